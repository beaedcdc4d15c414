import type { Api } from './api.ts'

/** What a method of a path takes and gives. */
type Endpoint = { input: object; output: unknown }

/** `POST /api/auth/login`: every operation there is. */
export type Operation = {
  [P in keyof Api]: {
    [M in keyof Api[P]]: M extends `$${infer Method}` ? `${Uppercase<Method>} ${P}` : never
  }[keyof Api[P]]
}[keyof Api]

export type EndpointOf<O extends Operation> = O extends `${infer Method} ${infer P extends keyof Api}`
  ? Api[P][`$${Lowercase<Method>}` & keyof Api[P]] & Endpoint
  : never

/** Whether a request is one of these, none of which has a parameter in its path. */
export const among = (...operations: Operation[]) => {
  const all = new Set<string>(operations)
  return ({ method, path }: { method: string; path: string }) => all.has(`${method} ${path}`)
}
