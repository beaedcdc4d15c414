/** The parts of Node's modules that are used here: Workers have them, but their types do not. */
declare module 'node:async_hooks' {
  export class AsyncLocalStorage<Store> {
    run<Result>(store: Store, work: () => Result): Result
    getStore(): Store | undefined
  }
}

declare module 'node:crypto' {
  export const scryptSync: (
    password: Uint8Array,
    salt: Uint8Array,
    keylen: number,
    options: { N: number; r: number; p: number; maxmem: number },
  ) => Uint8Array
}
