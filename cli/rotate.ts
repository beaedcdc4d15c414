import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { Misconfigured } from '../src/misconfigured.ts'
import { readSettings, type Settings } from '../src/settings.ts'
import { published } from './doctor/places.ts'
import { remoteSecrets, uploadSecrets } from './lib/cloudflare-account.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { Stop } from './lib/database.ts'
import { type Deployment, defaultConfig, readDeployment } from './lib/deployment.ts'
import { readVars, writeLines } from './lib/dev-vars.ts'
import {
  anew,
  dueAt,
  keyIds,
  type Progress,
  readProgress,
  record,
  recordOf,
  type Subject,
  secretOf,
  withFirstAlone,
  withLastFirst,
  withNew,
} from './lib/rotation.ts'

const help = `
Replaces keys while the service runs. Tokens made with the old key stay valid until they expire.

  npm run rotate -- signing|tokens [OPTIONS]        adds a new key; the old one still signs
  npm run rotate -- signing|tokens --finish         after ten minutes: the new key signs. When all tokens of the
                                                    old key have expired, run this again: it drops that key
  npm run rotate -- [signing|tokens] --emergency    ends every session and every link at once; the named
                                                    secret gets one new key, and old tokens are refused

  --env NAME         the environment of wrangler.toml (default: local runs)
  --dry-run          shows what it would do, and changes nothing
  --secrets FILE     the file of secrets instead of .dev.vars or .dev.vars.NAME
  --config FILE      a configuration instead of wrangler.toml
  --help

signing: SIGNING_KEYS, for access tokens. tokens: TOKEN_KEYS, for refresh tokens and mailed links. The file of secrets is
changed first and then uploaded: Cloudflare never returns secrets, so the file is the only copy.
`

type Lines = Record<string, string | undefined>
/** The new lines of the file, the secrets to upload, and the lines that record the upload. */
type Change = { says: string; lines: Lines; upload: string[]; after: Lines }

const isSubject = (name: string): name is Subject => name in secretOf

const settingsOf = ({ vars, secretFile }: Deployment): Settings => {
  try {
    return readSettings({ ...vars, ...readVars([secretFile]) })
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error
    throw new Stop(`The settings are wrong, so nothing was changed. ${error.message}`)
  }
}

/** Rounds up to the minute. */
const minutes = (date: Date) => `${new Date(date.getTime() + 59_999).toISOString().slice(0, 16).replace('T', ' ')} UTC`

const stepTo = (subject: Subject, step: Progress['step'], value: string, says: string, now: Date): Change => ({
  says,
  lines: { [recordOf(subject)]: record({ step, at: undefined }), [secretOf[subject]]: value },
  upload: [secretOf[subject]],
  after: { [recordOf(subject)]: record({ step, at: now }) },
})

/** Returns the next step of a rotation. @throws {Stop} if it is too early for that step */
const next = async (subject: Subject, deployment: Deployment, finish: boolean, now: Date): Promise<Change> => {
  const { secretFile, env, vars } = deployment
  const name = secretOf[subject]
  const value = readVars([secretFile])[name]
  if (!value)
    throw new Stop(
      `${basename(secretFile)} has no ${name}, and Cloudflare never returns secrets. Put your copy there, or make a new key without it, which ends every session: npm run rotate -- ${subject} --emergency${env ? ` --env ${env}` : ''}`,
    )
  const settings = settingsOf(deployment)
  const progress = readProgress(secretFile, subject)
  if (progress && !progress.at)
    return stepTo(
      subject,
      progress.step,
      value,
      `${name}: the keys that the previous step put into the file are uploaded`,
      now,
    )
  if (!progress) {
    if (finish) throw new Stop(`No rotation of ${name} is under way: npm run rotate -- ${subject}`)
    const changed = withNew(subject, value, now)
    return stepTo(
      subject,
      'publish',
      changed,
      `${name}: ${keyIds(subject, changed).at(-1)} is now the last key: it verifies, and makes nothing yet`,
      now,
    )
  }
  const due = dueAt(subject, progress, settings)!
  if (!finish) throw new Stop(`A rotation of ${name} is under way; its next step is --finish, from ${minutes(due)} on.`)
  if (now < due) throw new Stop(`Too early: ${name} may be changed again from ${minutes(due)} on.`)
  if (progress.step === 'use')
    return {
      says: `${name}: ${keyIds(subject, value).slice(1).join(', ')} is dropped; everything that it signed has expired`,
      lines: { [name]: withFirstAlone(subject, value) },
      upload: [name],
      after: { [recordOf(subject)]: undefined },
    }
  const changed = withLastFirst(subject, value)
  const [first] = keyIds(subject, changed)
  if (subject === 'signing' && env) {
    const seen = await published(vars.APP_URL ?? '')
    if (!seen?.includes(first!)) throw new Stop(`${vars.APP_URL} does not publish ${first}, so nothing was changed.`)
  }
  return stepTo(subject, 'use', changed, `${name}: ${first} is now the first key: it makes everything new`, now)
}

/** In whole seconds, as in access tokens, and rounded up so that no earlier token is accepted. */
const fromNowOn = (now: Date) => `${new Date(Math.ceil(now.getTime() / 1000) * 1000).toISOString().slice(0, 19)}Z`

const emergency = (subject: Subject | undefined, { env }: Deployment, now: Date): Change => {
  if (!env && !subject) throw new Stop('A local run needs the name of the keys to replace: signing or tokens.')
  const key: Lines = subject ? { [recordOf(subject)]: undefined, [secretOf[subject]]: anew(subject, now) } : {}
  const before: Lines = env ? { TOKENS_NOT_BEFORE: fromNowOn(now) } : {}
  return {
    says: [
      ...(subject ? [`${secretOf[subject]}: one new key; everything that the others signed is refused`] : []),
      ...(env ? [`TOKENS_NOT_BEFORE: ${before.TOKENS_NOT_BEFORE}; every earlier session and link is refused`] : []),
    ].join('\n'),
    lines: { ...key, ...before },
    upload: Object.keys({ ...key, ...before }).filter((name) => !name.startsWith('#')),
    after: {},
  }
}

const afterwards = (subject: Subject | undefined, deployment: Deployment, now: Date) => {
  const progress = subject && readProgress(deployment.secretFile, subject)
  if (!progress) return
  const due = dueAt(subject, { ...progress, at: now }, settingsOf(deployment))!
  return `Next, from ${minutes(due)} on: npm run rotate -- ${subject} --finish${deployment.env ? ` --env ${deployment.env}` : ''}`
}

const carryOut = async ({ lines, upload, after }: Change, deployment: Deployment) => {
  const { env, secretFile } = deployment
  const file = basename(secretFile)
  if (env && !(await remoteSecrets(deployment)))
    throw new Stop(`${deployment.worker} is not deployed: npm run deploy -- --env ${env}`)
  // The file is written first: keys that exist only in the upload would be lost if the connection fails.
  writeLines(secretFile, lines)
  if (env)
    try {
      const values = readVars([secretFile])
      await uploadSecrets(deployment, Object.fromEntries(upload.map((name) => [name, values[name]!])))
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      throw new Stop(`${file} is changed, the deployed Worker is not: ${error.message}\nRun the same command again.`)
    }
  writeLines(secretFile, after)
}

/** `npm run rotate` */
export const rotate: Main = async (args) => {
  const { values, positionals } = readArguments('rotate', args, {
    env: { type: 'string' },
    finish: { type: 'boolean', default: false },
    emergency: { type: 'boolean', default: false },
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
    throw new Stop('What should be rotated? npm run rotate -- signing, or tokens. See npm run rotate -- --help')
  if (values.finish && values.emergency)
    throw new Stop('--emergency replaces the keys at once, so --finish has nothing to do.')
  const deployment = readDeployment(values.env, resolve(values.config), values.secrets && resolve(values.secrets))
  if (!deployment.env && !existsSync(deployment.secretFile))
    throw new Stop(`${basename(deployment.secretFile)} does not exist yet: \`npm start\` creates it.`)
  const now = new Date()
  const change = values.emergency
    ? emergency(subject, deployment, now)
    : await next(subject!, deployment, values.finish, now)
  console.log(change.says)
  if (values['dry-run']) {
    console.log('Nothing was done: --dry-run.')
    return 0
  }
  await carryOut(change, deployment)
  const then = afterwards(subject, deployment, now)
  if (then) console.log(then)
  return 0
}

if (import.meta.main) await runCommand(rotate)
