import { GatehouseError } from './errors.ts'
import { asksDevice, isLogIn, takesTransport } from './kinds.ts'
import type { Mark } from './marks.ts'
import { type Outgoing, searchOf } from './requests.ts'
import type { DeviceStore, TokenStore } from './stores.ts'

export type Fetch = (input: string, init: RequestInit) => Promise<Response>

export type Sending = {
  url: string
  tokens: TokenStore | undefined
  device: DeviceStore
  trust: DeviceStore
  fetch: Fetch
}

/** Under REPLICA_READS, a write returns this and a later read sends it back, so that the read sees the write. */
const bookmarkHeader = 'Gatehouse-Bookmark'

/** Creates a function that sends a request once, with the tokens, the device and the bookmark of this client. */
export const createAttempt = ({ url, tokens, device, trust, fetch }: Sending) => {
  const base = url.replace(/\/+$/, '')
  /** The bookmark of the last write. With cookies, it is also a cookie. */
  let bookmark: string | null = null

  return async (request: Outgoing, { turn }: Mark): Promise<Response> => {
    const headers = new Headers(request.init.headers)
    if (tokens && asksDevice(request)) {
      const known = await device.get()
      if (known) headers.set('Gatehouse-Device', known)
    }
    if (tokens && isLogIn(request)) {
      const trusted = await trust.get()
      if (trusted) headers.set('Gatehouse-Trust', trusted)
    }
    if (tokens && turn && !headers.has('Authorization')) headers.set('Authorization', `Bearer ${turn}`)
    if (bookmark && request.method === 'GET' && !headers.has(bookmarkHeader)) headers.set(bookmarkHeader, bookmark)
    // Tokens go where scripts cannot read them, unless this client keeps them.
    const transport = takesTransport(request) ? { transport: tokens ? 'body' : 'cookie' } : {}
    // `fetch` in Workers has no `credentials`, and bearer tokens do not need it.
    const credentials: RequestInit = tokens ? {} : { credentials: 'include' }
    const target = base + request.path + searchOf({ ...transport, ...request.query })
    try {
      const response = await fetch(target, { ...credentials, ...request.init, headers })
      if (tokens) bookmark = response.headers.get(bookmarkHeader) ?? bookmark
      return response
    } catch (cause) {
      if (request.init.signal?.aborted) throw cause
      throw new GatehouseError('unreachable', { cause })
    }
  }
}
