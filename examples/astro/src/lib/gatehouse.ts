import { env } from 'cloudflare:workers'
import { somebodyElse } from './pages.ts'

/** How this site's server reaches the service. */

/** The headers of a visitor's request that are passed on. This server sets the visitor's address itself. */
const passedOn = [
  'accept',
  'accept-language',
  'authorization',
  'content-type',
  'cookie',
  'gatehouse-bookmark',
  'gatehouse-device',
  'gatehouse-proof',
  'if-none-match',
  'origin',
  'purpose',
  'referer',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-purpose',
  'user-agent',
]

/** Headers that describe one connection, or a body before it was decoded (RFC 9110 §7.6.1). */
const notPassedBack = ['connection', 'content-encoding', 'content-length', 'keep-alive', 'transfer-encoding']

/** Milliseconds that a page waits at most. Uploads may take longer. */
const answerWithin = 20_000
const uploadWithin = 120_000

/** Bytes of a body: the service accepts pictures of 5 MiB, and a form adds a little. */
const largest = 6 * 1024 * 1024

/**
 * Sends a request to the service: by the binding if there is one, otherwise over the network. Rejects if no answer
 * comes in time.
 */
export const send = (url: URL, init: RequestInit): Promise<Response> => {
  const timed = { signal: AbortSignal.timeout(answerWithin), ...init }
  return env.GATEHOUSE ? env.GATEHOUSE.fetch(new Request(url, timed)) : fetch(url, timed)
}

/**
 * Returns a URL of the service as this server reaches it. A binding accepts any host, so the service's public host is
 * used. The path is assigned, not resolved: `//api/` would name another host, which would receive the visitor's
 * cookies.
 */
export const addressOf = (path: string, search = ''): URL => {
  const url = new URL(env.GATEHOUSE ? env.GATEHOUSE_ISSUER : env.GATEHOUSE_URL)
  url.pathname = path
  url.search = search
  return url
}

/** Returns the headers about a visitor that the service needs when this server asks on the visitor's behalf. */
export const visitorHeaders = (request: Request, address: string, names = passedOn): Headers => {
  const headers = new Headers()
  for (const name of names) {
    const value = request.headers.get(name)
    // Basic credentials are for a guard in front of the whole site, and would hide the cookies from the service.
    if (value !== null && (name !== 'authorization' || /^bearer /i.test(value))) headers.set(name, value)
  }
  if (env.PROXY_KEY) {
    headers.set('Gatehouse-Proxy-Key', env.PROXY_KEY)
    headers.set('Gatehouse-Client-IP', address)
  }
  return headers
}

const problem = (status: number, code: string, title: string, detail: string, more: Record<string, string> = {}) =>
  new Response(JSON.stringify({ type: 'about:blank', title, status, code, detail }), {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...more },
  })

export const unavailable = () =>
  problem(
    503,
    'dependency_unavailable',
    'Unavailable',
    'The service behind this site does not answer. Try again in a moment.',
    { 'Retry-After': '5' },
  )

export const otherUser = () => problem(409, 'user_changed', 'Another user', somebodyElse)

const tooLarge = () =>
  problem(413, 'payload_too_large', 'Too large', 'This is larger than the service accepts.', { Connection: 'close' })

/**
 * Streams the body instead of holding it as a whole: an isolate has 128 MB for all its visitors. Breaks off beyond what
 * the service accepts.
 */
const streamed = (body: ReadableStream<Uint8Array>, exceeded: () => void) => {
  let bytes = 0
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (part, controller) => {
        bytes += part.byteLength
        if (bytes <= largest) return controller.enqueue(part)
        exceeded()
        controller.error(new Error('the body is too large'))
      },
    }),
  )
}

/**
 * Forwards a request of the visitor's browser to the service, and returns its reply. `Origin` stays what the browser
 * sent: the service decides whether this site may call it.
 * @param address the visitor's IP address according to the platform
 */
export const forward = async (request: Request, address: string): Promise<Response> => {
  const { pathname, search } = new URL(request.url)
  if (Number(request.headers.get('Content-Length') ?? 0) > largest) return tooLarge()
  let exceeded = false
  const stream = request.body && streamed(request.body, () => (exceeded = true))
  try {
    const response = await send(addressOf(pathname, search), {
      method: request.method,
      headers: visitorHeaders(request, address),
      redirect: 'manual',
      ...(stream && { body: stream, duplex: 'half', signal: AbortSignal.timeout(uploadWithin) }),
    })
    const headers = new Headers(response.headers)
    for (const name of notPassedBack) headers.delete(name)
    return new Response(response.body, { status: response.status, headers })
  } catch (error) {
    if (exceeded) return tooLarge()
    console.error('the service cannot be reached:', error instanceof Error ? error.message : error)
    return unavailable()
  }
}
