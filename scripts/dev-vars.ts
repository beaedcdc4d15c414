import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

const id = () => randomBytes(6).toString('hex')

/** A private JWKS (RFC 7517) with one ES256 key. */
const signingKeys = () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return JSON.stringify({ keys: [{ kid: id(), alg: 'ES256', ...privateKey.export({ format: 'jwk' }) }] })
}

/** One key of 256 bits, written as `src/settings.ts` reads it. */
const tokenKeys = () => `${id()}.${randomBytes(32).toString('base64url')}`

const makers: Record<string, () => string> = { SIGNING_KEYS: signingKeys, TOKEN_KEYS: tokenKeys }

/** The values that these files give; later files win. A file that does not exist gives none. */
export const readVars = (files: string[]): Record<string, string | undefined> =>
  Object.assign({}, ...files.filter((file) => existsSync(file)).map((file) => parseEnv(readFileSync(file, 'utf8'))))

const heading =
  '# Settings and secrets of local runs. `npm start` adds the secrets that are missing. Never commit this file.\n'

/**
 * Adds fresh random secrets to the last of these files for those that none of them gives. Others are not touched.
 * @returns the names of what was added; the values are shown to nobody
 */
export const addMissingSecrets = (files: string[]): string[] => {
  const given = readVars(files)
  const missing = Object.keys(makers).filter((name) => !given[name])
  const target = files.at(-1)
  if (!target || missing.length === 0) return []

  const before = existsSync(target) ? readFileSync(target, 'utf8') : heading
  const separator = before === '' || before.endsWith('\n') ? '' : '\n'
  const lines = missing.map((name) => `${name}='${makers[name]!()}'\n`)
  appendFileSync(target, `${existsSync(target) ? '' : before}${separator}${lines.join('')}`, { mode: 0o600 })
  // `mode` holds for a new file only.
  chmodSync(target, 0o600)
  return missing
}
