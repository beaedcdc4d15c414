import { existsSync, readFileSync } from 'node:fs'
import { signingKey, tokenKey } from './dev-vars.ts'

/** What can be rotated, and the secret that holds its keys: the first makes, all verify. */
export const secretOf = { signing: 'SIGNING_KEYS', tokens: 'TOKEN_KEYS' } as const
export type Subject = keyof typeof secretOf

/**
 * Whoever verifies access tokens may hold the published keys for ten minutes: they are served with `max-age=300`, and jose's
 * `createRemoteJWKSet` keeps them for 600 s. Isolates with the settings of before are gone sooner.
 */
export const publishedFor = 10 * 60_000

/** `publish`: a new key stands last and verifies. `use`: it stands first and makes. Then the others are dropped. */
export type Step = 'publish' | 'use'

/** How far a rotation is. `at`: since when the service has it; undefined where nobody knows that it does. */
export type Progress = { step: Step; at: Date | undefined }

/** The comment in the file of secrets that keeps it, beside the keys it is about. */
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

type Keys = { signing: { kid: string }[]; tokens: string[] }

/** The keys of a secret that the Worker takes. */
const read = { signing: (text: string) => JSON.parse(text).keys, tokens: (text: string) => text.split(/\s*,\s*/) } as {
  [S in Subject]: (text: string) => Keys[S]
}
const write = { signing: (keys: unknown[]) => JSON.stringify({ keys }), tokens: (keys: unknown[]) => keys.join() }

export const keyIds = (subject: Subject, text: string): string[] =>
  subject === 'signing' ? read.signing(text).map(({ kid }) => kid) : read.tokens(text).map((key) => key.split('.')[0]!)

const change = (subject: Subject, text: string, changed: (keys: unknown[]) => unknown[]) =>
  write[subject](changed(read[subject](text)))

const fresh = (subject: Subject, now: Date) => (subject === 'signing' ? signingKey(now) : tokenKey(now))

/** The secret with a new key at its end. */
export const withNew = (subject: Subject, text: string, now: Date) =>
  change(subject, text, (keys) => [...keys, fresh(subject, now)])

/** The secret with its last key first. */
export const withLastFirst = (subject: Subject, text: string) =>
  change(subject, text, (keys) => [keys.at(-1), ...keys.slice(0, -1)])

export const withFirstAlone = (subject: Subject, text: string) => change(subject, text, (keys) => keys.slice(0, 1))

/** A secret of one new key. */
export const anew = (subject: Subject, now: Date) => write[subject]([fresh(subject, now)])

const day = 86_400_000

/** How long lives what a key has made: links of new devices 30 days, refresh tokens as long as their sessions. */
const lifetime = {
  signing: (s: { accessTokenSeconds: number }) => s.accessTokenSeconds * 1000,
  tokens: (s: { sessionSeconds: number }) => Math.max(30 * day, s.sessionSeconds * 1000),
}

/** When the next step may be taken. */
export const dueAt = (
  subject: Subject,
  { step, at }: Progress,
  settings: { accessTokenSeconds: number; sessionSeconds: number },
): Date | undefined =>
  at && new Date(at.getTime() + publishedFor + (step === 'publish' ? 0 : lifetime[subject](settings)))
