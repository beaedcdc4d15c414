import { scryptSync } from 'node:crypto'
import { scrypt as noble } from '@noble/hashes/scrypt.js'
import type { Scrypt } from './domain/scrypt.ts'

/** Bytes that one hash may take. The runtime's check counts a little more than the 32 MiB of the highest cost. */
const maxmem = 2 ** 26

/** The most N · r · p that workerd computes. Its error calls this the cost. */
const maxCost = 2 ** 20

/**
 * The runtime's scrypt (RFC 7914). It computes the same bytes as noble's, in native code. Where the runtime refuses the
 * cost, noble computes them, because a stored hash may have that cost.
 */
export const nativeScrypt: Scrypt = (password, salt, cost) => {
  const { N, r, p, dkLen } = cost
  return N * r * p > maxCost ? noble(password, salt, cost) : scryptSync(password, salt, dkLen, { N, r, p, maxmem })
}
