import { normalizePassword } from '../password-policy.ts'
import { parseScrypt } from '../scrypt.ts'
import { argon2 } from './argon2.ts'
import { bcrypt } from './bcrypt.ts'
import { betterAuth } from './better-auth.ts'
import { crypts } from './crypts.ts'
import { digests } from './digests.ts'
import { firebase } from './firebase.ts'
import { type ForeignHash, type Format, mostWorkMs } from './format.ts'
import { pbkdf2 } from './pbkdf2.ts'
import { prehashed } from './prehashed.ts'
import { scryptOfOthers } from './scrypt-of-others.ts'

/** Every format that is verified besides our own. A new one needs a file and a line here. */
export const formats = {
  bcrypt,
  argon2,
  pbkdf2,
  scrypt: scryptOfOthers,
  betterAuth,
  firebase,
  crypts,
  digests,
  prehashed: prehashed([bcrypt, argon2, pbkdf2, scryptOfOthers]),
} satisfies Record<string, Format>

/** The longest stored hash. Firebase's is the longest, because it contains the project's key. */
const longest = 512

/** Undefined if no format reads the hash. Our own scrypt is read in ../passwords.ts. */
export const readForeign = (stored: string): ForeignHash | undefined => {
  if (stored.length > longest) return
  for (const read of Object.values(formats)) {
    const hash = read(stored)
    if (hash) return hash.workMs <= mostWorkMs ? hash : undefined
  }
}

/**
 * Returns what to store for a hash from another system; undefined if it can never be verified. The hash is stored as it
 * came, unless it looks like one of ours.
 */
export const storable = (hash: string): string | undefined => {
  const stored = parseScrypt(hash) ? hash.replace('$scrypt$', '$scrypt-imported$') : hash
  return readForeign(stored) && stored
}

/**
 * Returns the forms of a password that the source may have hashed. The source hashed what the keyboard sent, while we
 * normalise to NFC. Most keyboards send NFC, so most passwords have one form, and only a decomposed one costs a second
 * hash.
 */
export const formsOf = (password: string, { prepare }: ForeignHash): string[] =>
  prepare ? [prepare(password)] : [...new Set([normalizePassword(password), password])]

/**
 * Returns a dummy hash in a format of `password_formats`. Such a format is a hash without its salt and digest, which do
 * not affect the time of a computation. Undefined if the format is not supported.
 */
export const specimenOf = (format: string): string | undefined => {
  const zeros = (length: number) => 'A'.repeat(length)
  // Firebase's digest is as long as its signer key.
  const [, signerKey] = /,sk=([^$]+)\$$/.exec(format) ?? []
  const hashes = [22, 27, 31, 43, 86].map((length) => `${zeros(22)}$${zeros(length)}`)
  const ends = [zeros(53), ...hashes, `${zeros(22)}$${zeros(43)}=`, `${zeros(22)}==$${signerKey}`]
  const texts = ends.map((end) => format + end)
  return [...texts, `${'0'.repeat(32)}:${'0'.repeat(128)}`].find((text) => readForeign(text) && formatOf(text, format))
}

/** Better Auth's hashes do not name their format; all others begin with it. */
const formatOf = (text: string, format: string) => format === 'better-auth' || text.startsWith(format)
