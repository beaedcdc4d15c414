import { basename } from 'node:path'
import { Misconfigured } from '../../src/misconfigured.ts'
import { readSettings, type Settings } from '../../src/settings.ts'
import { published } from '../doctor/places.ts'
import { placeOf } from '../lib/cloudflare-account.ts'
import { Stop } from '../lib/database.ts'
import type { Deployment } from '../lib/deployment.ts'
import { readVars } from '../lib/dev-vars.ts'
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
} from '../lib/rotation.ts'
import { assertCurrent, readShared, type Shared } from '../lib/rotation-state.ts'
import { missingKeys, seedsByKey } from '../lib/seeds.ts'

type Lines = Record<string, string | undefined>
/**
 * The new lines of the file, the secrets to upload, and the lines that record the upload. `step`: the step that the
 * deployment records; `ends`: the rotation is over, and its record is removed from the deployment.
 */
export type Change = {
  says: string
  lines: Lines
  upload: string[]
  after: Lines
  step?: Progress['step']
  ends?: boolean
  /** Every seed is encrypted under the first key before the others are dropped. */
  reseals?: boolean
  before?: Shared
}

export const settingsOf = ({ vars, secretFile }: Deployment): Settings => {
  try {
    return readSettings({ ...vars, ...readVars([secretFile]) })
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error
    throw new Stop(`The settings are wrong, so nothing was changed. ${error.message}`)
  }
}

/** Rounds up to the minute. */
export const minutes = (date: Date) =>
  `${new Date(date.getTime() + 59_999).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** The database of a deployment keeps the state of a rotation. In a local run, a comment beside the keys keeps it. */
const stepTo = (
  subject: Subject,
  step: Progress['step'],
  value: string,
  says: string,
  { env }: Deployment,
  before: Shared | undefined,
  now: Date,
): Change => ({
  says,
  lines: { [recordOf(subject)]: record({ step, at: undefined }), [secretOf[subject]]: value },
  upload: [secretOf[subject]],
  after: { [recordOf(subject)]: env ? undefined : record({ step, at: now }) },
  step,
  before,
})

/**
 * Whether the file's keys are those of the deployment in any order, or, if the deployment has recorded no step yet,
 * whether they belong to the first step.
 */
const goesOn = (progress: Progress, shared: Shared | undefined, ids: string[]) =>
  shared ? [...shared.ids].sort().join() === [...ids].sort().join() : progress.step === 'publish'

/** Settings may have been lowered since the step was taken, or raised. */
const latest = (one: Date | undefined, other: Date) => (one && one > other ? one : other)

/** Returns the next step of a rotation. @throws {Stop} if it is too early for that step */
export const next = async (subject: Subject, deployment: Deployment, finish: boolean, now: Date): Promise<Change> => {
  const { secretFile, env, vars } = deployment
  const name = secretOf[subject]
  const value = readVars([secretFile])[name]
  if (!value)
    throw new Stop(
      subject === 'data'
        ? `${basename(secretFile)} has no ${name}: npm run secrets -- ${basename(secretFile)} makes one. If the deployment has one, put your copy there, because Cloudflare never returns secrets.`
        : `${basename(secretFile)} has no ${name}, and Cloudflare never returns secrets. Put your copy there, or make a new key without it, which ends every session: npm run rotate -- ${subject} --emergency${env ? ` --env ${env}` : ''}`,
    )
  const settings = settingsOf(deployment)
  const noted = readProgress(secretFile, subject)
  const shared = env ? await readShared(subject, deployment) : undefined
  const ids = keyIds(subject, value)
  const to = (step: Progress['step'], keys: string, says: string) =>
    stepTo(subject, step, keys, says, deployment, shared, now)
  if (noted && !noted.at && goesOn(noted, shared, ids))
    return to(noted.step, value, `${name}: the keys that the previous step put into the file are uploaded`)
  assertCurrent(shared, ids, deployment)
  if (shared && !shared.due)
    return to(shared.step, value, `${name}: the keys of the step that was not completed are uploaded`)
  const progress = shared ?? noted
  if (!progress) {
    if (finish) throw new Stop(`No rotation of ${name} is under way: npm run rotate -- ${subject}`)
    const changed = withNew(subject, value, now)
    const added = keyIds(subject, changed).at(-1)
    return to(
      'publish',
      changed,
      `${name}: ${added} is now the last key: ${subject === 'data' ? 'it decrypts, and encrypts nothing yet' : 'it verifies, and signs nothing yet'}`,
    )
  }
  const due = latest(shared?.due, dueAt(subject, progress, settings)!)
  if (!finish) throw new Stop(`A rotation of ${name} is under way; its next step is --finish, from ${minutes(due)} on.`)
  if (now < due) throw new Stop(`Too early: ${name} may be changed again from ${minutes(due)} on.`)
  if (progress.step === 'use')
    return {
      says: `${name}: ${keyIds(subject, value).slice(1).join(', ')} is dropped; ${subject === 'data' ? 'every seed is encrypted under the first key' : 'everything that it signed has expired'}`,
      lines: { [name]: withFirstAlone(subject, value) },
      upload: [name],
      after: { [recordOf(subject)]: undefined },
      ends: true,
      reseals: subject === 'data',
      before: shared,
    }
  const changed = withLastFirst(subject, value)
  const [first] = keyIds(subject, changed)
  if (subject === 'signing' && env) {
    const seen = await published(vars.APP_URL ?? '')
    if (!seen?.includes(first!)) throw new Stop(`${vars.APP_URL} does not publish ${first}, so nothing was changed.`)
  }
  return to(
    'use',
    changed,
    `${name}: ${first} is now the first key: it ${subject === 'data' ? 'encrypts' : 'signs'} from now on`,
  )
}

/** In whole seconds, as in access tokens, and rounded up so that no earlier token is accepted. */
const fromNowOn = (now: Date) => `${new Date(Math.ceil(now.getTime() / 1000) * 1000).toISOString().slice(0, 19)}Z`

export const emergency = (subject: Subject | undefined, { env }: Deployment, now: Date): Change => {
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
    ends: subject !== undefined,
  }
}

/** Gives up a rotation whose newer keys are lost. */
export const abandon = async (subject: Subject, deployment: Deployment): Promise<Change> => {
  const name = secretOf[subject]
  const value = readVars([deployment.secretFile])[name]
  if (!deployment.env || !value) throw new Stop(`--abandon needs --env NAME, and a file that has ${name}.`)
  if (subject === 'data') {
    const missing = missingKeys(await seedsByKey(placeOf(deployment, true)), keyIds(subject, value))
    if (missing.length > 0)
      throw new Stop(`Seeds are encrypted under ${missing.join(', ')}, which the file lacks, so nothing was uploaded.`)
  }
  return {
    says: `${name}: the keys of the file are uploaded, ${keyIds(subject, value).join(', ')}; what others made is refused`,
    lines: { [recordOf(subject)]: undefined },
    upload: [name],
    after: {},
    ends: true,
  }
}
