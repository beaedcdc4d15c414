import type { computeHash } from 'argon2id'
import code from 'argon2id/dist/simd.wasm'
import setup from 'argon2id/lib/setup.js'

let ready: Promise<computeHash> | undefined

/** Workers compile no WebAssembly at run time: it comes with the bundle, compiled. One instance, so that its memory is there once. */
export const argon2idWasm = () => {
  const instantiate = (imports: WebAssembly.Imports) => ({
    instance: new WebAssembly.Instance(code, imports),
    module: code,
  })
  ready ??= setup(instantiate, instantiate).catch((error) => {
    // No memory just now: the next one tries again.
    ready = undefined
    throw error
  })
  return ready
}
