import type { Hono } from 'hono'
import { hc } from 'hono/client'
import type { BlankEnv } from 'hono/types'
import type { Api } from './api.ts'
import { authorized, type DeviceStore, type Fetch, type TokenStore, type Tokens } from './authorized.ts'

export type { Api, ErrorCode } from './api.ts'
export type { DeviceStore, TokenStore, Tokens } from './authorized.ts'
export { type Code, type FieldError, GatehouseError } from './errors.ts'

export type User = Api['/api/user/profile']['$get']['output']
export type Session = Api['/api/user/sessions']['$get']['output']['sessions'][number]
export type AuditEntry = Api['/api/admin/audit']['$get']['output']['entries'][number]
export type Stats = Api['/api/admin/stats']['$get']['output']

export type Options = {
  /** Where the service is. Left out: where the page came from, which forwards `/api/*`. */
  url?: string
  /** Given, tokens travel in headers and bodies and are kept here. Left out, they are cookies that no script reads. */
  tokens?: TokenStore
  /** With `tokens`: where the `device_token` is kept that a log-in gives, which may outlive a log-out. Left out, in memory. */
  device?: DeviceStore
  /** A refresh was refused: the session has ended or, with cookies, there never was one. */
  onSignedOut?: () => void
  /** In place of the global one. */
  fetch?: Fetch
  /** Sent with every request but refreshes. */
  headers?: Record<string, string>
}

/** What `hc` makes of the operations: an interface, so that editors show its name and not all of them. */
export interface Client extends ReturnType<typeof hc<Hono<BlankEnv, Api, '/'>>> {}

/**
 * Hono's `hc` for this service. Every operation resolves with a success or throws `GatehouseError`; an expired access
 * token is refreshed on the way.
 */
export const createClient = ({ url = '/', tokens, device, onSignedOut, fetch, headers = {} }: Options = {}): Client => {
  // Called as a method of anything but the global object, the browser's fetch refuses to work.
  const send: Fetch = fetch ?? ((input, init) => globalThis.fetch(input, init))
  const own = authorized({ url, tokens, device, onSignedOut, fetch: send })
  return hc<Hono<BlankEnv, Api, '/'>>(url, { headers, fetch: own as typeof globalThis.fetch })
}

/** The body of a reply: `await json(client.api.user.profile.$get())`. */
export const json = async <R extends { json: () => Promise<unknown> }>(
  reply: Promise<R>,
): Promise<Awaited<ReturnType<R['json']>>> => (await (await reply).json()) as Awaited<ReturnType<R['json']>>

/** Tokens in memory: gone with the page or the process. */
export const memoryTokens = (initial?: Tokens): TokenStore => {
  let tokens = initial
  return {
    get: () => tokens,
    set: (next) => {
      tokens = next
    },
  }
}
