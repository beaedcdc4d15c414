import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { placeOf, remoteSecrets, uploadSecrets } from './lib/cloudflare-account.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { Stop } from './lib/database.ts'
import { type Deployment, defaultConfig, readDeployment } from './lib/deployment.ts'
import { readVars, writeLines } from './lib/dev-vars.ts'
import { dueAt, keyIds, type Subject, secretOf } from './lib/rotation.ts'
import { dropShared, readShared, writeShared } from './lib/rotation-state.ts'
import { hasSeeds, resealSeeds } from './lib/seeds.ts'
import { abandon, type Change, emergency, minutes, next, settingsOf } from './rotate/change.ts'

const help = `
Replaces keys while the service runs. Tokens made with the old key stay valid until they expire.

  npm run rotate -- signing|tokens|data [OPTIONS]   adds a new key; the old one still signs
  npm run rotate -- signing|tokens|data --finish    after ten minutes: the new key signs. When all tokens of the
                                                    old key have expired, run this again: it drops that key
  npm run rotate -- [signing|tokens] --emergency    ends every session and every link at once; the named
                                                    secret gets one new key, and old tokens are refused
  npm run rotate -- signing|tokens|data --abandon   gives up a rotation whose newer keys are lost: uploads the
                                                    keys of the file

  --env NAME         the environment of wrangler.toml (default: local runs)
  --dry-run          shows what it would do, and changes nothing
  --secrets FILE     the file of secrets instead of .dev.vars or .dev.vars.NAME
  --config FILE      a configuration instead of wrangler.toml
  --help

signing: SIGNING_KEYS, for access tokens. tokens: TOKEN_KEYS, for refresh tokens and mailed links. data: DATA_KEYS, for
the seeds of authenticator apps; before the old key is dropped, every seed is encrypted under the new one. The file of
secrets is changed first and then uploaded: Cloudflare never returns secrets, so the file is the only copy. The deployed
database records how far a rotation is, so anybody who has the current file can take the next step.
`

const isSubject = (name: string): name is Subject => name in secretOf

const afterwards = ({ step }: Change, subject: Subject | undefined, deployment: Deployment, now: Date) => {
  if (!subject || !step) return
  const due = dueAt(subject, { step, at: now }, settingsOf(deployment))!
  return `Next, from ${minutes(due)} on: npm run rotate -- ${subject} --finish${deployment.env ? ` --env ${deployment.env}` : ''}`
}

const carryOut = async (change: Change, subject: Subject | undefined, deployment: Deployment, now: Date) => {
  const { lines, upload, after, step, ends, reseals, before } = change
  const { env, secretFile } = deployment
  const file = basename(secretFile)
  if (env && !(await remoteSecrets(deployment)))
    throw new Stop(`${deployment.worker} is not deployed: npm run deploy -- --env ${env}`)
  if (reseals) await reseal(deployment)
  // The file is written first: keys that exist only in the upload would be lost if the connection fails.
  writeLines(secretFile, lines)
  const values = readVars([secretFile])
  const ids = subject ? keyIds(subject, values[secretOf[subject]]!) : []
  // Before the upload, so that of two computers only one uploads.
  const claimed =
    env && subject && step
      ? await writeShared(subject, before, { step, due: undefined, ids }, deployment, now)
      : undefined
  if (env)
    try {
      await uploadSecrets(deployment, Object.fromEntries(upload.map((name) => [name, values[name]!])))
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      throw new Stop(`${file} is changed, the deployed Worker is not: ${error.message}\nRun the same command again.`)
    }
  if (claimed && subject && step) {
    const due = dueAt(subject, { step, at: now }, settingsOf(deployment))
    await writeShared(subject, claimed, { step, due, ids }, deployment, new Date(now.getTime() + 1))
  }
  if (env && subject && ends) await forgetShared(subject, deployment)
  writeLines(secretFile, after)
}

/** Encrypts every seed under the first key, so that the others can be dropped. */
const reseal = async (deployment: Deployment) => {
  const place = placeOf(deployment, deployment.env !== undefined)
  const keys = settingsOf(deployment).dataKeys
  if (!keys || !hasSeeds(place)) return
  console.log(`Seeds that were encrypted anew: ${await resealSeeds(keys, place)}`)
}

/** An emergency does not wait for the database. */
const forgetShared = async (subject: Subject, deployment: Deployment) => {
  try {
    const shared = await readShared(subject, deployment)
    if (shared) await dropShared(shared, deployment)
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    console.error(`The keys are uploaded, but the rotation could not be recorded as over: ${error.message}`)
  }
}

/** `npm run rotate` */
export const rotate: Main = async (args) => {
  const { values, positionals } = readArguments('rotate', args, {
    env: { type: 'string' },
    finish: { type: 'boolean', default: false },
    emergency: { type: 'boolean', default: false },
    abandon: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    secrets: { type: 'string' },
    config: { type: 'string', default: defaultConfig },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const [subject, ...others] = positionals
  if (others.length > 0 || (subject !== undefined && !isSubject(subject)) || (!subject && !values.emergency))
    throw new Stop('What should be rotated? npm run rotate -- signing, tokens or data. See npm run rotate -- --help')
  if (values.finish && values.emergency)
    throw new Stop('--emergency replaces the keys at once, so --finish has nothing to do.')
  if (values.emergency && subject === 'data')
    throw new Stop(
      'DATA_KEYS cannot be replaced at once: the seeds under them would be lost. Rotate them, and if a copy of the database leaked too, remove the factors of its users: docs/operate/keys.md',
    )
  if (values.abandon && (values.finish || values.emergency || !subject))
    throw new Stop('--abandon gives up the rotation of signing, tokens or data, and does nothing else.')
  const deployment = readDeployment(values.env, resolve(values.config), values.secrets && resolve(values.secrets))
  if (!deployment.env && !existsSync(deployment.secretFile))
    throw new Stop(`${basename(deployment.secretFile)} does not exist yet: \`npm start\` creates it.`)
  const now = new Date()
  const change = values.emergency
    ? emergency(subject, deployment, now)
    : values.abandon
      ? await abandon(subject!, deployment)
      : await next(subject!, deployment, values.finish, now)
  console.log(change.says)
  if (values['dry-run']) {
    console.log('Nothing was done: --dry-run.')
    return 0
  }
  await carryOut(change, subject, deployment, now)
  const then = afterwards(change, subject, deployment, now)
  if (then) console.log(then)
  return 0
}

if (import.meta.main) await runCommand(rotate)
