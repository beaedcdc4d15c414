import type { Api } from './api.ts'
import type { Call } from './flat.ts'
import type { CallOptions, Parts } from './requests.ts'

/** A reply with a typed body. */
export type Reply<Body> = Omit<Response, 'json'> & { json: () => Promise<Body> }

type Method<E> = E extends { input: infer Input; output: infer Body }
  ? Record<never, never> extends Input
    ? (parts?: Input, options?: CallOptions) => Promise<Reply<Body>>
    : (parts: Input, options?: CallOptions) => Promise<Reply<Body>>
  : never

/** An operation with several media types has one method. */
type Methods<P> = {
  [M in keyof P]: P[M] extends { input: infer Input; output: infer Body }
    ? Method<{ input: Input; output: Body }>
    : never
}

/** What may follow a path, up to the next slash. */
type Next<Path extends string> = keyof Api extends infer P
  ? P extends `${Path}/${infer Rest}`
    ? Rest extends `${infer Segment}/${string}`
      ? Segment
      : Rest
    : never
  : never

/** `api.user.sessions[':id'].$delete`: a member for each segment of a path, and one for each method. */
export type Routes<Path extends string> = (Path extends keyof Api ? Methods<Api[Path]> : unknown) & {
  [Segment in Next<Path>]: Routes<`${Path}/${Segment}`>
}

type Parted = (parts?: Parts, options?: CallOptions) => Promise<Response>

/** Returns a path that grows with each member that is read; `$get` and the like send the request. */
const grown = (path: string, call: Call): Parted =>
  new Proxy((() => {}) as unknown as Parted, {
    get: (_, key) => {
      // `await` checks whether the object is a promise.
      if (typeof key !== 'string' || key === 'then') return undefined
      if (!key.startsWith('$')) return grown(`${path}/${key}`, call)
      return (parts: Parts = {}, options: CallOptions = {}) => call(key.slice(1).toUpperCase(), path, parts, options)
    },
  })

export const routes = (call: Call): Routes<'/api'> => grown('/api', call) as unknown as Routes<'/api'>
