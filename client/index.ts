import type { Api } from './api.ts'
import type { Fetch } from './attempts.ts'
import { authorized } from './authorized.ts'
import { type Call, flat, type Verbs } from './flat.ts'
import { outgoing } from './requests.ts'
import { type Routes, routes } from './routes.ts'
import { type DeviceStore, memoryDevice, type TokenStore } from './stores.ts'
import { adminVerbs, forms, verbs } from './verbs.ts'

export type { Api, ErrorCode } from './api.ts'
export { type Code, type FieldError, GatehouseError, type SecondFactorNeeded } from './errors.ts'
export { pages } from './pages.ts'
export {
  createPasskey,
  enrolPasskey,
  logInWithPasskey,
  type PasskeyLogIn,
  passkeysFillFields,
  passkeysWork,
  proveWithPasskey,
  signalPasskeys,
} from './passkeys.ts'
export type { CallOptions } from './requests.ts'
export { type DeviceStore, memoryTokens, type TokenStore, type Tokens } from './stores.ts'
export { type Words, words, wordsFor } from './words.ts'

export type User = Api['/api/user/profile']['$get']['output']
export type Factors = Api['/api/user/factors']['$get']['output']
export type Session = Api['/api/user/sessions']['$get']['output']['sessions'][number]
export type AuditEntry = Api['/api/admin/audit']['$get']['output']['entries'][number]
export type Stats = Api['/api/admin/stats']['$get']['output']

export type Options = {
  /** The URL of the service. By default the origin of the page, which forwards `/api/*`. */
  url?: string | undefined
  /**
   * If given, tokens travel in headers and bodies and are kept here. Otherwise they are cookies that no script can
   * read.
   */
  tokens?: TokenStore | undefined
  /** With `tokens`: where to keep the `device_token` of a log-in, also after a log-out. By default in memory. */
  device?: DeviceStore | undefined
  /**
   * With `tokens`: where to keep the `trust_token` of a log-in with `trust_device`. A later log-in that sends it needs
   * no second factor. By default in memory.
   */
  trust?: DeviceStore | undefined
  /**
   * Called when a refresh was refused, because the session has ended or, with cookies, never existed; or when another
   * tab logged out.
   */
  onSignedOut?: (() => void) | undefined
  /** Called when another tab logged somebody in: what this tab shows belongs to another user. */
  onUserChanged?: ((userId: string) => void) | undefined
  /** Used instead of the global `fetch`. */
  fetch?: Fetch | undefined
  /** Sent with every request except refreshes. */
  headers?: Record<string, string> | undefined
}

/**
 * One function for each operation: it takes one object and returns the body of the reply, or throws `GatehouseError`.
 */
export interface Client extends Verbs<typeof verbs> {
  /** Gets new tokens now instead of when the old ones have expired: for example after a change of role. */
  refresh: () => Promise<void>
  /** Operations for admins. */
  admin: Verbs<typeof adminVerbs>
  /** The same operations by path and method, with the whole reply: `api.user.profile.$get()`. */
  api: Routes<'/api'>
}

/** Creates a client. It refreshes an expired access token by itself. */
export const createClient = (options: Options = {}): Client => {
  const { url = '/', tokens, device = memoryDevice(), trust = memoryDevice(), headers = {} } = options
  const { onSignedOut, onUserChanged } = options
  // The browser's `fetch` throws if it is called as a method of any other object than the global one.
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const { send, refresh } = authorized({ url, tokens, device, trust, onSignedOut, onUserChanged, fetch })
  const call: Call = async (method, path, parts, own) => send(outgoing(method, path, parts, own, headers))
  return { ...flat(verbs, forms, call), refresh, admin: flat(adminVerbs, forms, call), api: routes(call) }
}

/** Returns the body of a reply: `await json(client.api.user.profile.$get())`. */
export const json = async <R extends { json: () => Promise<unknown> }>(
  reply: Promise<R>,
): Promise<Awaited<ReturnType<R['json']>>> => (await (await reply).json()) as Awaited<ReturnType<R['json']>>
