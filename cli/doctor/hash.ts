import { scrypt } from '@noble/hashes/scrypt.js'
import type { ScryptCost } from '../../src/setting-values.ts'
import { type Finding, fault, ok } from './finding.ts'

/** CPU milliseconds of a request on Workers Free. */
const free = 10

/** The most hashes in one request: a change of password verifies the old one and hashes the new one. */
const hashes = 2

/** Measures one hash on this computer. @param cpuMs the CPU limit of a request in wrangler.toml */
export const checkHash = ({ ln, r, p }: ScryptCost, cpuMs = 30_000): Finding => {
  // CPU time, not elapsed time: this computer may be busy with other work.
  const from = process.cpuUsage()
  scrypt('a password', new Uint8Array(16), { N: 2 ** ln, r, p, dkLen: 32 })
  const took = Math.round(process.cpuUsage(from).user / 1000)
  const words = `a hash took ${took} ms of CPU here; a request may take ${cpuMs} ms (limits.cpu_ms)`
  if (took * hashes > cpuMs) return fault('hash', `${words}: raise it, because a change of the password computes two`)
  return ok('hash', took > free ? `${words}. Workers Free, with ${free} ms, is not enough` : words)
}
