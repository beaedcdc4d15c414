import { logInByMail } from '../app/mail-log-ins.ts'
import { answer, asksForPasskey, givePasskey, logInByPasskey } from '../app/passkeys.ts'
import { addApp, addRecoveryCodes } from '../app/second-factors.ts'
import { mailsTo, type SessionBody, someAddress, somePassword, startApp, type TestApp } from '../app/support.ts'
import { someoneSignedIn } from '../faults/fault-world.ts'
import { accountOf, ask, follow, linkTo, opens, registers, resetBy } from './way-back-world.ts'

/** Changes of the address of accounts that have other proofs than a password, and what a thief does with them. */

export const thiefs = 'the passphrase of the thief'

export const startOpenApp = () =>
  startApp({ vars: { MAIL_LOGIN: 'on', PASSWORDLESS: 'on', TRUSTED_DEVICE_DAYS: '30' } })

export type Account = {
  /** What proves its owner, as members of a body. */
  proofs: Record<string, () => Promise<object>>
  /** Logs in to the account at this address. The owner may have chosen `password` just now. */
  logIn: (email: string, password: string) => Promise<SessionBody | undefined>
}

/** Makes the factors of a user older. */
export const age = async (app: TestApp, id: string, hours: number) => {
  for (const table of ['totp', 'passkeys', 'recovery_codes'])
    await app.db
      .prepare(`update ${table} set created_at = created_at - ? where user_id = ?`)
      .bind(hours * 3_600_000, id)
      .run()
}

const withoutPassword = (app: TestApp, id: string) =>
  app.db.prepare('update users set password = null where id = ?').bind(id).run()

export const credentialOf = async (app: TestApp, soft: Awaited<ReturnType<typeof givePasskey>>['soft']) => ({
  credential: await answer(soft, await asksForPasskey(app)),
})

const bodyIf = async (reply: Response) => (reply.status === 200 ? ((await reply.json()) as SessionBody) : undefined)

/** By what proves the owner of an account. All factors are old enough. */
export const accounts: Record<string, (app: TestApp, id: string) => Promise<Account>> = {
  'a password, an app and recovery codes': async (app, id) => {
    const { code } = await addApp(app, id)
    const codes = await addRecoveryCodes(app, id)
    await age(app, id, 100)
    const shown = async () => {
      app.wait({ seconds: 30 })
      return code()
    }
    return {
      proofs: {
        'the password of before': async () => ({ password: somePassword }),
        'a code of the app': async () => ({ otp: await shown() }),
        'a recovery code': async () => ({ otp: codes.pop()! }),
      },
      logIn: async (email, password) => opens(app, email, password, await shown()),
    }
  },
  'a passkey alone': async (app, id) => {
    const { soft } = await givePasskey(app, id)
    await age(app, id, 100)
    await withoutPassword(app, id)
    return {
      proofs: { 'the passkey': () => credentialOf(app, soft) },
      logIn: async () => bodyIf(await logInByPasskey(app, soft)),
    }
  },
  'a mailbox alone': async (app, id) => {
    await withoutPassword(app, id)
    return { proofs: {}, logIn: async (email) => bodyIf(await logInByMail(app, email)) }
  },
}

export type Theft = Account & {
  app: TestApp
  id: string
  /** The address of the owner, and the one that the thief moved the account to. */
  a: string
  at: string
  session: SessionBody
  /** What the thief gives as a proof. */
  loot: (() => Promise<object>)[]
  /** The link in the mailbox of `a`. */
  link: string
}

/** Moves an account with a recent token; whoever asks reads both mailboxes. */
export const moveByMail = async (app: TestApp, { access_token: bearer }: SessionBody, from: string, to: string) => {
  app.wait({ minutes: 2 })
  const asked = await ask(app, bearer, to)
  if (asked.status !== 200) return false
  await follow(app, 'approve-email-change', linkTo(app, from, 'approve-email-change'))
  return (await follow(app, 'confirm-email', linkTo(app, to, 'confirm-email'), {}, bearer)).status === 200
}

/** A thief has a session, and the owner approves the change of address by mistake. */
export const steal = async (kind: string): Promise<Theft> => {
  const app = startOpenApp()
  const session = await someoneSignedIn(app)
  const [id, a, at] = [session.user.id, session.email, someAddress('b')]
  const account = await accounts[kind]!(app, id)
  if (!(await moveByMail(app, session, a, at))) throw new Error('the account was not moved')
  return { ...account, app, id, a, at, session, loot: [], link: linkTo(app, a, 'revert-email-change') }
}

/**
 * What the thief may do next. Changes of factors are written into the database: a thief who saw both factors once could
 * make them.
 */
export const acts: Record<string, (theft: Theft) => Promise<unknown>> = {
  'moves it on': async (theft) => {
    const next = someAddress('c')
    const { status } = (await accountOf(theft.app, theft.id))!
    if (status === 'active' && (await moveByMail(theft.app, theft.session, theft.at, next))) theft.at = next
  },
  'sets a password by the new mailbox': async (theft) => {
    if (await resetBy(theft.app, theft.at, thiefs)) theft.loot.push(async () => ({ password: thiefs }))
  },
  'adds an app and codes': async ({ app, id, loot }) => {
    const { code } = await addApp(app, id)
    loot.push(async () => ({ otp: await code() }))
    await app.db.prepare('delete from recovery_codes where user_id = ?').bind(id).run()
    const codes = await addRecoveryCodes(app, id)
    loot.push(async () => ({ otp: codes[0]! }))
  },
  'adds a passkey': async ({ app, id, loot }) => {
    const { soft } = await givePasskey(app, id)
    loot.push(() => credentialOf(app, soft))
  },
  'removes the factors of the owner': async ({ app, id, a }) => {
    const left = '(select min(created_at) from mail where user_id = ? and address = ?)'
    for (const table of ['totp', 'passkeys', 'recovery_codes'])
      await app.db.prepare(`delete from ${table} where user_id = ? and created_at < ${left}`).bind(id, id, a).run()
  },
  'deletes it': ({ app, session }) => app.call('DELETE /api/user/account', { bearer: session.access_token }),
  'registers the freed address': ({ app, a }) => registers(app, a),
  'disputes a later change': async (theft) => {
    const from = theft.at
    await acts['moves it on']!(theft)
    if (theft.at !== from)
      await follow(theft.app, 'revert-email-change', linkTo(theft.app, from, 'revert-email-change'))
  },
  'trusts a device': ({ app, id }) =>
    app.db
      .prepare(
        'insert or ignore into trusted_devices (id, user_id, name, created_at, last_used_at, expires_at) values (?, ?, ?, ?, ?, ?)',
      )
      .bind('thief'.padEnd(22, 'A'), id, 'Device of the thief', app.now().getTime(), app.now().getTime(), 9e15)
      .run(),
}

/** Tries to end a freeze with everything that the thief has, by the link in the mailbox of the thief. */
export const objections = async ({ app, at, loot }: Theft): Promise<number[]> => {
  const mail = mailsTo(app, at).findLast(({ text }) => text.includes('/end-freeze#'))
  if (!mail) throw new Error('the new mailbox was not told of the freeze')
  const link = linkTo(app, at, 'end-freeze')
  const statuses: number[] = []
  for (const proof of loot) {
    app.wait({ seconds: 30 })
    statuses.push((await follow(app, 'end-freeze', link, await proof())).status)
  }
  return statuses
}
