import { createContext, runInContext } from 'node:vm'

/** Signals in React Native can be aborted and listened to, and nothing else. */
class PlainController {
  readonly #real = new AbortController()
  readonly signal = this.#real.signal
  abort() {
    this.#real.abort()
  }
}

/** The class that React Native had for years: it takes pairs, and throws for most methods. */
class OldSearchParams {
  readonly #pairs: [string, string][] = []
  append(name: string, value: string) {
    this.#pairs.push([name, value])
  }
  get() {
    throw new Error('not implemented')
  }
  has = this.get
  set = this.get
  toString() {
    return this.#pairs.map((pair) => pair.join('=')).join('&')
  }
}

/**
 * A global scope with what React Native has: no `AbortSignal.timeout`, `crypto`, `URL`, `localStorage`, `document`,
 * `addEventListener`, Web Locks, `BroadcastChannel`, `structuredClone` or `TextEncoder`.
 * @returns what a CommonJS bundle exports
 */
export const exportsInReactNative = (bundle: string): Record<string, (given: object) => Promise<object>> => {
  const module = { exports: {} }
  const scope = createContext({
    module,
    exports: module.exports,
    console,
    fetch,
    Headers,
    Request,
    Response,
    FormData,
    Blob,
    AbortController: PlainController,
    AbortSignal: class {},
    URLSearchParams: OldSearchParams,
    navigator: { product: 'ReactNative' },
    setTimeout,
    clearTimeout,
  })
  runInContext(bundle, scope)
  return module.exports
}
