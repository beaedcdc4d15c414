import type { computeHash } from 'argon2id'
import code from 'argon2id/dist/simd.wasm'
import setup from 'argon2id/lib/setup.js'

let ready: Promise<computeHash> | undefined

/**
 * Workers cannot compile WebAssembly at run time, so the bundle contains it compiled. One instance, so that its memory
 * is allocated once.
 */
export const argon2idWasm = () => {
  const instantiate = (imports: WebAssembly.Imports) => ({
    instance: new WebAssembly.Instance(code, imports),
    module: code,
  })
  ready ??= setup(instantiate, instantiate).catch((error) => {
    // Memory may be short only now, so the next call tries again.
    ready = undefined
    throw error
  })
  return ready
}
