import { fromHex } from './base64.ts'
import type { ForeignHash } from './format.ts'
import { deriveScrypt, milliseconds } from './scrypt-of-others.ts'

const form = /^([0-9a-f]{32}):([0-9a-f]{128})$/
const cost = { N: 2 ** 14, r: 16, p: 1 }

/**
 * Reads Better Auth's `salt:hash`, both hexadecimal, without parameters: scrypt with N=2^14, r=16, p=1 over the
 * password in NFKC. The salt is the hexadecimal text itself, not the bytes it encodes.
 */
export const betterAuth = (stored: string): ForeignHash | undefined => {
  const [, salt, hash] = form.exec(stored) ?? []
  if (!salt || !hash) return
  return {
    load: () => deriveScrypt(new TextEncoder().encode(salt), { ...cost, length: 64 }),
    hash: fromHex(hash),
    prepare: (password) => password.normalize('NFKC'),
    workMs: milliseconds(cost.N, cost.r, cost.p),
  }
}
