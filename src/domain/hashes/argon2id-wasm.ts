import type { computeHash } from 'argon2id'
import code from 'argon2id/dist/simd.wasm'
import setup from 'argon2id/lib/setup.js'

let ready: Promise<computeHash> | undefined

/**
 * Returns the one instance of the WebAssembly version, so that its memory is allocated once. The bundle contains it
 * compiled, because Workers cannot compile WebAssembly at run time.
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
