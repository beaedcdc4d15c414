import { scrypt as noble } from '@noble/hashes/scrypt.js'
import type { Scrypt } from '../../src/domain/scrypt.ts'
import { nativeScrypt as native } from '../../src/native-scrypt.ts'
import type { ScryptCost } from '../../src/setting-values.ts'
import { type Finding, fault, ok } from './finding.ts'

/** CPU milliseconds of a request on Workers Free. */
const free = 10

/** The most hashes in one request: a change of password verifies the old one and hashes the new one. */
const hashes = 2

const engines = { noble, native }

/** The values of PASSWORD_ENGINE. */
export type Engine = keyof typeof engines

/** Returns the CPU milliseconds of one hash: elapsed time would include other work of this computer. */
const measure = (scrypt: Scrypt, { ln, r, p }: ScryptCost) => {
  const from = process.cpuUsage()
  scrypt(new TextEncoder().encode('a password'), new Uint8Array(16), { N: 2 ** ln, r, p, dkLen: 32 })
  const { user, system } = process.cpuUsage(from)
  return Math.round((user + system) / 1000)
}

/**
 * Judges what one hash costs.
 * @param took the CPU milliseconds of one hash, by engine
 * @param cpuMs the CPU limit of a request in wrangler.toml
 * @param engine the one that the Worker uses
 */
export const judgeHash = (took: Record<Engine, number>, cpuMs: number, engine: Engine): Finding => {
  const other = engine === 'noble' ? 'native' : 'noble'
  const words = `a hash took ${took[engine]} ms of CPU here (PASSWORD_ENGINE=${engine}), and ${took[other]} ms with ${other}; a request may take ${cpuMs} ms (limits.cpu_ms)`
  if (took[engine] * hashes > cpuMs)
    return fault('hash', `${words}: raise it, because a change of the password computes two`)
  return ok('hash', took[engine] > free ? `${words}. Workers Free, with ${free} ms, is not enough` : words)
}

/** Measures one hash of each engine on this computer, and judges the one that the Worker uses. */
export const checkHash = (cost: ScryptCost, cpuMs = 30_000, engine: Engine = 'noble'): Finding =>
  judgeHash({ noble: measure(noble, cost), native: measure(native, cost) }, cpuMs, engine)
