import { faulty } from './faulty.ts'

/** One call of the service to a binding: its number, counted from 1 over all bindings, which binding, and what for. */
export type Call = { number: number; to: string; what: string; sql: string[] }

/** Stands between the service and all its bindings. `go` makes the call; it may be called late, or never. */
export type Between = (call: Call, go: () => Promise<unknown>) => Promise<unknown>

type Method = (...args: unknown[]) => unknown

/** Calls to Images form a chain, of which only the last does the work. */
const images = (binding: ImagesBinding, call: (go: () => Promise<unknown>) => Promise<unknown>): ImagesBinding => {
  const transformer = (real: ImageTransformer): ImageTransformer =>
    ({
      transform: (transform: ImageTransform) => transformer(real.transform(transform)),
      output: (options: ImageOutputOptions) => call(() => real.output(options)),
    }) as ImageTransformer
  return { input: (stream: ReadableStream<Uint8Array>) => transformer(binding.input(stream)) } as ImagesBinding
}

/** Wraps any other binding: each call of a method counts. */
const any = (binding: object, call: (what: string, go: () => Promise<unknown>) => Promise<unknown>) =>
  new Proxy(binding, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as unknown
      if (typeof member !== 'function' || typeof name === 'symbol') return member
      return (...args: unknown[]) => call(name, async () => (member as Method).apply(target, args))
    },
  })

/**
 * Wraps every binding, so that each call goes through `between`. A new binding of the service is included
 * automatically. A batch of D1 is one call.
 */
export const faultyBindings = (bindings: object, between: Between): Partial<Env> => {
  let number = 0
  const ask = (to: string, what: string, sql: string[], go: () => Promise<unknown>) =>
    between({ number: ++number, to, what, sql }, go)
  const wrapped = Object.entries(bindings).map(([name, binding]) => {
    if (name === 'DB') return [name, faulty(binding as D1Database, ({ sql }, go) => ask(name, sql.join('; '), sql, go))]
    if (name === 'IMAGES') return [name, images(binding as ImagesBinding, (go) => ask(name, 'output', [], go))]
    return [name, any(binding as object, (what, go) => ask(name, what, [], go))]
  })
  return Object.fromEntries(wrapped)
}

/** Returns the names of the bindings among the variables: the objects, except lists, which only tests have. */
export const bindingsOf = (env: object) =>
  Object.fromEntries(
    Object.entries(env).filter(([, value]) => typeof value === 'object' && value !== null && !Array.isArray(value)),
  )
