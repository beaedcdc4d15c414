import { existsSync, readFileSync } from 'node:fs'
import { signingKey, tokenKey } from './dev-vars.ts'

/** The secrets whose keys can be rotated. The first key signs or encrypts; all of them verify or decrypt. */
export const secretOf = { signing: 'SIGNING_KEYS', tokens: 'TOKEN_KEYS', data: 'DATA_KEYS' } as const
export type Subject = keyof typeof secretOf

/**
 * Milliseconds for which verifiers may cache the published keys: they are served with `max-age=300`, and jose's
 * `createRemoteJWKSet` keeps them for 600 s. Isolates with the previous settings end sooner.
 */
export const publishedFor = 10 * 60_000

/**
 * The steps of a rotation. `publish`: a new key is last and only verifies. `use`: the new key is first and signs. After
 * that, the others are dropped.
 */
export type Step = 'publish' | 'use'

/** The state of a rotation. `at`: when the service got it; undefined if that is not known. */
export type Progress = { step: Step; at: Date | undefined }

/** Returns the start of the comment in the file of secrets that records the rotation, next to its keys. */
export const recordOf = (subject: Subject) => `# rotation of ${secretOf[subject]}:`

export const record = ({ step, at }: Progress) => `${step} ${at?.toISOString() ?? 'not uploaded'}`

export const readProgress = (file: string, subject: Subject): Progress | undefined => {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : []
  const line = lines.find((text) => text.startsWith(recordOf(subject)))
  const [, step, time] = /: (publish|use) (.+)$/.exec(line ?? '') ?? []
  if (!step) return
  const at = new Date(time!)
  return { step: step as Step, at: Number.isNaN(at.getTime()) ? undefined : at }
}

type Keys = { signing: { kid: string }[]; tokens: string[]; data: string[] }

/** Parses the keys of a secret. */
const list = (text: string) => text.split(/\s*,\s*/)
const read = { signing: (text: string) => JSON.parse(text).keys, tokens: list, data: list } as {
  [S in Subject]: (text: string) => Keys[S]
}
const joined = (keys: unknown[]) => keys.join()
const write = { signing: (keys: unknown[]) => JSON.stringify({ keys }), tokens: joined, data: joined }

export const keyIds = (subject: Subject, text: string): string[] =>
  subject === 'signing' ? read.signing(text).map(({ kid }) => kid) : list(text).map((key) => key.split('.')[0]!)

const change = (subject: Subject, text: string, changed: (keys: unknown[]) => unknown[]) =>
  write[subject](changed(read[subject](text)))

const fresh = (subject: Subject, now: Date) => (subject === 'signing' ? signingKey(now) : tokenKey(now))

/** Returns the secret with a new key at its end. */
export const withNew = (subject: Subject, text: string, now: Date) =>
  change(subject, text, (keys) => [...keys, fresh(subject, now)])

/** Returns the secret with its last key first. */
export const withLastFirst = (subject: Subject, text: string) =>
  change(subject, text, (keys) => [keys.at(-1), ...keys.slice(0, -1)])

export const withFirstAlone = (subject: Subject, text: string) => change(subject, text, (keys) => keys.slice(0, 1))

/** Returns a secret with one new key. */
export const anew = (subject: Subject, now: Date) => write[subject]([fresh(subject, now)])

const day = 86_400_000

/**
 * How long tokens of a key are valid. For token keys: links of new-device mails for 30 days, refresh tokens as long as
 * their sessions. For data keys: an enrolment for ten minutes; seeds are encrypted anew before a key is dropped.
 */
const lifetime = {
  signing: (s: { accessTokenSeconds: number }) => s.accessTokenSeconds * 1000,
  tokens: (s: { sessionSeconds: number }) => Math.max(30 * day, s.sessionSeconds * 1000),
  data: () => 10 * 60_000,
}

/** Returns when the next step may be taken. */
export const dueAt = (
  subject: Subject,
  { step, at }: Progress,
  settings: { accessTokenSeconds: number; sessionSeconds: number },
): Date | undefined =>
  at && new Date(at.getTime() + publishedFor + (step === 'publish' ? 0 : lifetime[subject](settings)))
