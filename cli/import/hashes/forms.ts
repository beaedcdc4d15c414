import { digestBytes } from '../../../src/domain/hashes/format.ts'
import { base64 } from './bytes.ts'

/** These functions compose hashes from their parts, in the forms that src/domain/hashes reads. */

export const scryptForm = (N: string | number, r: string, p: string, salt: string, hash: string) =>
  `$scrypt-imported$ln=${Math.log2(Number(N))},r=${r},p=${p}$${salt}$${hash}`

/**
 * Returns a PBKDF2 hash in passlib's form. If the hash is longer than one output of its digest function, only that first
 * block is kept: every further block costs as much again and proves nothing more.
 */
export const pbkdf2Form = (digest: string, rounds: string | number, salt: Uint8Array, hash: Uint8Array) => {
  const name = digest.toLowerCase().replace('-', '') as keyof typeof digestBytes
  const [s, h] = [salt, hash.slice(0, digestBytes[name])].map(base64)
  return `$pbkdf2-${name}$${rounds}$${s!.replaceAll('+', '.')}$${h!.replaceAll('+', '.')}`
}

export const digestForm = (digest: string, order: 'ps' | 'sp' | 'hmac', rounds: number, salt: string, hash: string) =>
  `$digest$${digest.toLowerCase().replace('-', '')},${order},${rounds}$${salt || '-'}$${hash}`

/** Returns the form for a bcrypt hash of something derived from the password. */
export const prehashedBcrypt = (pre: string, bcrypt: string): string | undefined => {
  const [, cost, salt, hash] = /^\$2[aby]\$(\d\d)\$(.{22})(.{31})$/.exec(bcrypt) ?? []
  return hash && `$pre=${pre}$bcrypt$${cost}$${salt}$${hash}`
}
