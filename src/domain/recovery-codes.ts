import { sha256 } from '@noble/hashes/sha2.js'
import { base64url } from 'jose'
import { randomBytes, randomId } from './ids.ts'

/** How many codes a set has. Its row has a bit for each code, which says whether it was used. */
export const codesInSet = 10

/** Crockford's base 32: no two characters look alike. */
const signs = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 24 characters have 120 bits, so a hash without salt or cost is enough (ASVS 6.5.2). */
const length = 24

const utf8 = new TextEncoder()

const hashOf = (setId: string, code: string) => sha256(utf8.encode(`${setId} ${code}`))

const newCode = () => Array.from(randomBytes(length), (byte) => signs[byte & 31]).join('')

/** Returns a typed code in its canonical form; undefined for anything that is not a code. */
export const typedRecoveryCode = (text: string): string | undefined => {
  const code = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  return code.length === length && [...code].every((sign) => signs.includes(sign)) ? code : undefined
}

/** A stored set, without its user. */
export type RecoverySet = { setId: string; hashes: string[]; used: number }

/** Creates a set. The codes are shown once, in groups of four, and only their hashes are kept. */
export const newRecoveryCodes = (): { codes: string[]; setId: string; hashes: string[] } => {
  const setId = randomId()
  const codes = Array.from({ length: codesInSet }, newCode)
  return {
    codes: codes.map((code) => code.replace(/.{4}(?!$)/g, '$&-')),
    setId,
    hashes: codes.map((code) => base64url.encode(hashOf(setId, code))),
  }
}

/** Returns the index of an unused code; undefined if it is wrong or used. It compares with every code of the set. */
export const matchingCode = ({ setId, hashes, used }: RecoverySet, code: string): number | undefined => {
  const given = hashOf(setId, code)
  const matches = hashes.map((hash) => crypto.subtle.timingSafeEqual(base64url.decode(hash), given))
  const index = matches.indexOf(true)
  return index >= 0 && ((used >> index) & 1) === 0 ? index : undefined
}

/** Returns how many codes of a set are left. */
export const codesLeft = (used: number): number =>
  Array.from({ length: codesInSet }, (_, index) => 1 - ((used >> index) & 1)).reduce((sum, left) => sum + left, 0)
