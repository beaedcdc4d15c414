import { base32 } from '../../src/domain/totp.ts'
import { list, object, text } from './sources/source.ts'

/** The seed of an authenticator app, in base32 without padding. */
export type Seed = { seed: string; name: string | null }

/** The most apps of a user, as in src/domain/factors.ts. */
const most = 2

/** The only parameters that we know, which are those of nearly every app (RFC 6238 §1.2), as systems write them. */
const usual = {
  digits: ['', '6'],
  period: ['', '30'],
  algorithm: ['', 'SHA1', 'SHA-1', 'HMACSHA1'],
}

const isUsual = (parameters: Record<string, unknown>) =>
  Object.entries(usual).every(([name, values]) => values.includes(text(parameters[name]).toUpperCase()))

/** Returns the parameters of a URI that an app reads as a QR code (Key URI Format). */
const ofUri = (uri: string): Record<string, unknown> | undefined => {
  const url = URL.parse(uri)
  return url?.host === 'totp' || url?.pathname.startsWith('//totp/') ? Object.fromEntries(url.searchParams) : undefined
}

/** Returns the members of an app: it may be the seed itself, a URI, or an object with a seed and parameters. */
const membersOf = (value: unknown): Record<string, unknown> | undefined => {
  if (typeof value !== 'string') return { ...object(value), ...ofSecret(object(value).secret) }
  return ofSecret(value)
}

const ofSecret = (secret: unknown): Record<string, unknown> | undefined =>
  /^otpauth:/i.test(text(secret)) ? ofUri(text(secret)) : { secret }

/** Returns the seed as apps take it. RFC 4226 §4 R6 asks for 16 bytes or more; some systems made ten. */
const seedOf = (written: string): string | undefined => {
  const seed = written.replace(/[\s=-]/g, '').toUpperCase()
  const bytes = base32.decode(seed)
  return bytes && bytes.length >= 10 && bytes.length <= 64 ? seed : undefined
}

/** Returns a list, or the only value as one. SQL and CSV have lists as JSON. */
export const listed = (value: unknown): unknown[] => {
  if (typeof value !== 'string') return Array.isArray(value) ? value : [value]
  if (!/^\s*[[{]/.test(value)) return [value]
  try {
    return [JSON.parse(value)].flat()
  } catch {
    return [value]
  }
}

/**
 * Reads the authenticator apps of a user from a seed, a URI, or a list of them.
 * @param leaveOut is told why an app is not imported, and never what it contains
 */
export const seedsOf = (value: unknown, leaveOut: (field: string, why: string) => null): Seed[] => {
  if (value === undefined) return []
  const field = 'totp_secret'
  const found = listed(value).flatMap((one): Seed[] => {
    const members = membersOf(one)
    const seed = members && seedOf(text(members.secret))
    if (!seed) leaveOut(field, 'is not the seed of an authenticator app in base32')
    else if (!isUsual(members))
      leaveOut(field, 'belongs to an app that does not show six digits of SHA-1 every 30 seconds')
    else return [{ seed, name: text(members.name).trim().slice(0, 100) || null }]
    return []
  })
  if (found.length > most) leaveOut(field, `is a list: only the first ${most} apps are imported`)
  return found.slice(0, most)
}

/** Returns the text of a seed that a system stored as plain bytes. */
export const base32Of = (bytes: Uint8Array): string => base32.encode(bytes)

/** Returns the entries of a list that have this kind, whatever the system calls it. */
export const ofKind = (value: unknown, member: string, kind: RegExp) =>
  list(typeof value === 'string' ? listed(value) : value).filter((one) => kind.test(text(one[member])))
