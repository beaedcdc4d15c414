import { resolve } from 'node:path'
import { invitationLifetimeMs } from '../src/domain/administration.ts'
import type { AuditEvent } from '../src/domain/audit.ts'
import { type EmailAddress, isAmbiguous, parseEmail } from '../src/domain/email.ts'
import { newId, randomId } from '../src/domain/ids.ts'
import { removeFactors } from './admin/remove-factors.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { checkPlace, execute, localState, type Place, Stop } from './lib/database.ts'
import { readDeployment } from './lib/deployment.ts'
import { reserved } from './lib/reserved.ts'
import { elsewhere } from './lib/running.ts'
import { literal, statement } from './lib/sql-literal.ts'

const help = `
Makes the owner of EMAIL an admin. If no account has the address, the command creates one and mails an invitation to set
a password.

  npm run admin -- EMAIL [OPTIONS]

  --remove-factors   instead removes all second factors of the account, and logs it out: for somebody who lost them
  --remote           uses the deployed database instead of the local one; wrangler must be logged in
  --persist-to DIR   the folder of the local database, as given to \`npm start\` (.wrangler/state)
  --env NAME         the environment of wrangler.toml (with --remote: production)
  --help

You can run it while the service runs, and you can repeat it: an admin stays an admin.
`

type Options = Place & { address: EmailAddress; removesFactors: boolean }
type Found = { role: 'user' | 'admin'; status: 'active' | 'disabled'; verified: number; password: number }

/** Undefined if the arguments ask for help. @throws Stop with what is wrong */
const readOptions = (args: string[]): Options | undefined => {
  const { values, positionals } = readArguments('admin', args, {
    'remove-factors': { type: 'boolean', default: false },
    remote: { type: 'boolean', default: false },
    'persist-to': { type: 'string' },
    env: { type: 'string' },
  })
  const { remote, help, env, 'persist-to': persistTo, 'remove-factors': removesFactors } = values
  if (help) return
  const [email, ...others] = positionals
  if (email === undefined || others.length > 0) throw new Stop('One e-mail address is needed: npm run admin -- EMAIL')
  if (remote && persistTo !== undefined)
    throw new Stop('--persist-to is for the local database, --remote for the deployed one.')
  const address = parseEmail(email)
  if (!address) throw new Stop(`${JSON.stringify(email)} is not an e-mail address.`)
  return { address, removesFactors, remote, env, persistTo: resolve(persistTo ?? localState) }
}

/**
 * Whether a stranger may have registered the address and chosen the password. A click on the verification link must not
 * give such a password the rights of an admin.
 */
const unowned = (found: Found) => found.role !== 'admin' && !found.verified && !!found.password

/**
 * Returns the statements of one transaction. They read who has the address, then create an admin if nobody has it, or
 * change the role. Each statement checks whether it has something to do, so that of two runs at the same time only one
 * acts.
 */
const statements = (email: EmailAddress, now: Date) => {
  const { address, canonical } = email
  const at = now.getTime()
  const id = newId(now)
  const audit = (event: AuditEvent) =>
    [newId(now), event, JSON.stringify({ role: 'admin', by: 'command line' })] as const
  const [createdId, created, createdDetail] = audit('user_created')
  const [changedId, changed, changedDetail] = audit('role_changed')
  return [
    statement`select role, status, email_verified_at is not null as verified, password is not null as password
      from users where email_canonical = ${canonical}`,
    `${statement`insert into users (id, email, email_canonical, role, created_at, updated_at, origin)
      select ${id}, ${address}, ${canonical}, 'admin', ${at}, ${at}, 'created'`} where ${isAmbiguous(email) ? 'false' : `not ${reserved(literal(canonical), now)}`} on conflict do nothing`,
    statement`insert into audit (id, at, event, user_id, detail)
      select ${createdId}, ${at}, ${created}, id, ${createdDetail} from users where id = ${id}`,
    // Due at once: the cron sends it, and derives the link's token only then.
    statement`insert into mail (id, user_id, kind, address, address_canonical, created_at, expires_at, next_attempt_at)
      select ${randomId()}, id, 'invite', email, email_canonical, ${at}, ${at + invitationLifetimeMs}, ${at} from users where id = ${id}`,
    statement`insert into audit (id, at, event, user_id, detail)
      select ${changedId}, ${at}, ${changed}, id, ${changedDetail} from users
      where email_canonical = ${canonical} and role <> 'admin'
        and (email_verified_at is not null or password is null)`,
    statement`update users set role = 'admin', updated_at = ${at}
      where email_canonical = ${canonical} and exists (select 1 from audit where id = ${changedId})`,
    statement`select 1 as there from users where email_canonical = ${canonical}`,
  ]
}

const missing = ({ status, verified, password }: Found) => {
  const link = '"Forgot password" mails a link that does it.'
  if (status === 'disabled') return ' The account is disabled: another admin has to enable it.'
  if (!password) return ` No password has been set yet. ${link}`
  return verified ? '' : ` The address has not been verified yet. ${link}`
}

const nameOf = ({ remote, env, persistTo }: Place) => {
  if (!remote) return `the local one in ${persistTo}${env ? `, of the environment ${env}` : ''}`
  const { database } = readDeployment(env ?? 'production')
  return `${database}, deployed (${env ?? 'production'})`
}

/** Says which database was used, and whether the service uses another one. @returns the exit code */
const tellPlace = (place: Place) => {
  console.log(`Database: ${nameOf(place)}`)
  const warning = place.remote ? undefined : elsewhere(place.persistTo)
  if (warning) console.log(`Warning: ${warning}`)
  return 0
}

/** `npm run admin` */
export const admin: Main = async (args) => {
  const options = readOptions(args)
  if (!options) {
    console.log(help.trim())
    return 0
  }
  const { address } = options.address
  checkPlace(options)
  if (options.removesFactors) {
    console.log(await removeFactors(options.address, options, new Date()))
    return tellPlace(options)
  }
  const results = await execute(statements(options.address, new Date()), options)
  const found = results[0]?.[0] as Found | undefined
  if (found && unowned(found))
    throw new Stop(
      `${address} has not been verified, so anybody may have chosen its password: nothing was changed. Let its owner use "Forgot password", then run this again.`,
    )
  if (!found) {
    if (isAmbiguous(options.address))
      throw new Stop(`Some mail servers read ${address} differently, so no new account gets it: nothing was changed.`)
    if (!results.at(-1)?.[0])
      throw new Stop(
        `${address} is reserved for up to a week, since an account can still return to it: nothing was changed.`,
      )
    console.log(`${address} is a new admin.`)
    console.log('An invitation to set a password is in the outbox; the service mails it within a minute.')
  } else {
    const now = found.role === 'admin' ? 'is an admin already: nothing was changed' : 'is an admin now'
    console.log(`${address} ${now}.${missing(found)}`)
  }
  return tellPlace(options)
}

if (import.meta.main) await runCommand(admin)
