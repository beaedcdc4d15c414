import { scrypt } from '@noble/hashes/scrypt.js'
import type { ScryptCost } from '../../src/setting-values.ts'
import { type Finding, fault, ok } from './finding.ts'

/** Milliseconds of CPU that a request of Workers Free has. */
const free = 10

/** How many hashes the dearest request makes: to verify the old password and to hash the new one. */
const hashes = 2

/**
 * One hash, measured here.
 * @param cpuMs what wrangler.toml lets a request take
 */
export const checkHash = ({ ln, r, p }: ScryptCost, cpuMs = 30_000): Finding => {
  // Not the time on the wall: this computer may be busy with other things.
  const from = process.cpuUsage()
  scrypt('a password', new Uint8Array(16), { N: 2 ** ln, r, p, dkLen: 32 })
  const took = Math.round(process.cpuUsage(from).user / 1000)
  const words = `a hash took ${took} ms of CPU here; a request may take ${cpuMs} ms (limits.cpu_ms)`
  if (took * hashes > cpuMs) return fault('hash', `${words}: raise it, for a change of password makes two`)
  return ok('hash', took > free ? `${words}. Workers Free, with ${free} ms, is not enough` : words)
}
