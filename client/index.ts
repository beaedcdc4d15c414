import type { Api } from './api.ts'
import { authorized, type Fetch } from './authorized.ts'
import { type Call, flat, type Verbs } from './flat.ts'
import { outgoing } from './requests.ts'
import { type Routes, routes } from './routes.ts'
import { type DeviceStore, memoryDevice, type TokenStore } from './stores.ts'
import { adminVerbs, forms, verbs } from './verbs.ts'

export type { Api, ErrorCode } from './api.ts'
export { type Code, type FieldError, GatehouseError } from './errors.ts'
export { pages } from './pages.ts'
export type { CallOptions } from './requests.ts'
export { type DeviceStore, memoryTokens, type TokenStore, type Tokens } from './stores.ts'
export { type Words, words, wordsFor } from './words.ts'

export type User = Api['/api/user/profile']['$get']['output']
export type Session = Api['/api/user/sessions']['$get']['output']['sessions'][number]
export type AuditEntry = Api['/api/admin/audit']['$get']['output']['entries'][number]
export type Stats = Api['/api/admin/stats']['$get']['output']

export type Options = {
  /** Where the service is. Left out: where the page came from, which forwards `/api/*`. */
  url?: string | undefined
  /** Given, tokens travel in headers and bodies and are kept here. Left out, they are cookies that no script reads. */
  tokens?: TokenStore | undefined
  /** With `tokens`: where the `device_token` is kept that a log-in gives, which may outlive a log-out. Left out, in memory. */
  device?: DeviceStore | undefined
  /** A refresh was refused, so the session has ended or, with cookies, there never was one; or another tab logged out. */
  onSignedOut?: (() => void) | undefined
  /** Another tab logged somebody in: what this one shows is not theirs. */
  onUserChanged?: ((userId: string) => void) | undefined
  /** In place of the global one. */
  fetch?: Fetch | undefined
  /** Sent with every request but refreshes. */
  headers?: Record<string, string> | undefined
}

/** One function for each operation: it takes one object and gives the body of the reply, or throws `GatehouseError`. */
export interface Client extends Verbs<typeof verbs> {
  /** New tokens now, where the client would wait until the old ones have expired: after a change of role. */
  refresh: () => Promise<void>
  /** What admins may do. */
  admin: Verbs<typeof adminVerbs>
  /** The same operations by path and method, with the whole reply: `api.user.profile.$get()`. */
  api: Routes<'/api'>
}

/** The service, for one who is signed in or will be. An expired access token is refreshed on the way. */
export const createClient = (options: Options = {}): Client => {
  const { url = '/', tokens, device = memoryDevice(), onSignedOut, onUserChanged, headers = {} } = options
  // Called as a method of anything but the global object, the browser's fetch refuses to work.
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const { send, refresh } = authorized({ url, tokens, device, onSignedOut, onUserChanged, fetch })
  const call: Call = async (method, path, parts, own) => send(outgoing(method, path, parts, own, headers))
  return { ...flat(verbs, forms, call), refresh, admin: flat(adminVerbs, forms, call), api: routes(call) }
}

/** The body of a reply: `await json(client.api.user.profile.$get())`. */
export const json = async <R extends { json: () => Promise<unknown> }>(
  reply: Promise<R>,
): Promise<Awaited<ReturnType<R['json']>>> => (await (await reply).json()) as Awaited<ReturnType<R['json']>>
