import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { checkFile, checkNoLink, replacePrivate } from './private-file.ts'

/**
 * Returns a key id such as `251121-5f3a9c0d`: the date on which the key was made, which shows its age, and random bits
 * that distinguish keys of one day.
 */
const id = (now: Date) => `${now.toISOString().slice(2, 10).replaceAll('-', '')}-${randomBytes(4).toString('hex')}`

/** Returns the date of a key; undefined if these commands did not make it. */
export const madeOn = (keyId: string): Date | undefined => {
  const [, year, month, day] = /^(\d\d)(\d\d)(\d\d)-[0-9a-f]{8}$/.exec(keyId) ?? []
  const date = new Date(`20${year}-${month}-${day}T00:00:00Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** Returns a private JWK (RFC 7517) for ES256. */
export const signingKey = (now = new Date()) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid: id(now), alg: 'ES256', ...privateKey.export({ format: 'jwk' }) }
}

/** Returns one key of 256 bits in the form that `src/settings.ts` reads. */
export const tokenKey = (now = new Date()) => `${id(now)}.${randomBytes(32).toString('base64url')}`

const makers: Record<string, () => string> = {
  SIGNING_KEYS: () => JSON.stringify({ keys: [signingKey()] }),
  TOKEN_KEYS: () => tokenKey(),
  DATA_KEYS: () => tokenKey(),
  BACKUP_KEYS: () => tokenKey(),
}

/** Returns the values in these files; later files win. A file that does not exist has none. */
export const readVars = (files: string[]): Record<string, string | undefined> =>
  Object.assign({}, ...files.filter(isText).map((file) => parseEnv(readFileSync(file, 'utf8'))))

/** @throws {Stop} if a device or a folder has the name of a file of secrets: reading it may never end */
const isText = (file: string) => {
  checkFile(file)
  return existsSync(file)
}

const heading = '# Settings and secrets. Commands add the secrets that are missing. Never commit this file.\n'

/**
 * Returns the secrets that these files lack.
 * @param vars settings from elsewhere: some need a secret
 */
export const missingSecrets = (files: string[], vars: Record<string, string | undefined> = {}): string[] => {
  const given: Record<string, string | undefined> = { ...vars, ...readVars(files) }
  const backups = Number(given.BACKUP_EVERY_HOURS ?? 0) > 0
  return Object.keys(makers).filter((name) => !given[name] && (name !== 'BACKUP_KEYS' || backups))
}

/**
 * Adds fresh random secrets to the last of these files: those that no file has, or those that `missing` lists. Existing
 * secrets are not touched.
 * @returns the names of what was added; the values are never shown
 * @throws {Stop} if the file is a link
 */
export const addMissingSecrets = (files: string[], missing = missingSecrets(files)): string[] => {
  const target = files.at(-1)
  if (!target || missing.length === 0) return []

  checkNoLink(target)
  checkFile(target)
  const before = existsSync(target) ? readFileSync(target, 'utf8') : heading
  const separator = before === '' || before.endsWith('\n') ? '' : '\n'
  const lines = missing.map((name) => `${name}='${makers[name]!()}'\n`)
  replacePrivate(target, `${before}${separator}${lines.join('')}`)
  return missing
}

/** Returns the beginning of the line that sets this name, or of the comment that starts with it. */
const lineOf = (name: string) => (name.startsWith('#') ? name : `${name}=`)

/**
 * Replaces or adds lines in a file of secrets. A member `NAME` sets a value, and a member `# words` sets what follows
 * these words in their comment; undefined removes the line.
 * @throws {Stop} if the file is a link
 */
export const writeLines = (file: string, lines: Record<string, string | undefined>) => {
  checkNoLink(file)
  const before = existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : []
  const starts = Object.keys(lines).map(lineOf)
  const kept = before.filter((line) => !starts.some((start) => line.trimStart().startsWith(start)))
  while (kept.at(-1) === '') kept.pop()
  const added = Object.entries(lines).flatMap(([name, value]) =>
    value === undefined ? [] : name.startsWith('#') ? `${name} ${value}` : `${name}='${value}'`,
  )
  replacePrivate(file, `${[...kept, ...added].join('\n')}\n`)
}
