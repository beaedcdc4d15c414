import { env } from 'cloudflare:workers'

/** The way from this site's server to the service. */

/** What a request of the visitor's is allowed to say to the service. Addresses above all are said by us. */
const passedOn = [
  'accept',
  'accept-language',
  'authorization',
  'content-type',
  'cookie',
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

/** Headers that describe one connection, or a body as it was before it was decoded (RFC 9110 §7.6.1). */
const notPassedBack = ['connection', 'content-encoding', 'content-length', 'keep-alive', 'transfer-encoding']

/** Nobody waits longer for a page. */
const answerWithin = 20_000

/** To the service: by the binding if there is one, else over the network. Rejects where no answer comes in time. */
export const send = (url: URL, init: RequestInit): Promise<Response> => {
  const timed = { signal: AbortSignal.timeout(answerWithin), ...init }
  return env.GATEHOUSE ? env.GATEHOUSE.fetch(new Request(url, timed)) : fetch(url, timed)
}

/**
 * An address of the service, as this server reaches it. A binding reaches it by any name, so by its public one. The path
 * is set and not resolved: `//api/` would name another host, which would be given the visitor's cookies.
 */
export const addressOf = (path: string, search = ''): URL => {
  const url = new URL(env.GATEHOUSE ? env.GATEHOUSE_ISSUER : env.GATEHOUSE_URL)
  url.pathname = path
  url.search = search
  return url
}

/** What the service has to know of a visitor in whose name this server asks. */
export const visitorHeaders = (request: Request, address: string, names = passedOn): Headers => {
  const headers = new Headers()
  for (const name of names) {
    const value = request.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  if (env.PROXY_KEY) {
    headers.set('Gatehouse-Proxy-Key', env.PROXY_KEY)
    headers.set('Gatehouse-Client-IP', address)
  }
  return headers
}

/**
 * Hands a request of the visitor's browser to the service, and its reply back. `Origin` stays what the browser said:
 * the service decides whether this site may.
 * @param address where the visitor is, as the platform says
 */
export const forward = async (request: Request, address: string): Promise<Response> => {
  const { pathname, search } = new URL(request.url)
  try {
    const response = await send(addressOf(pathname, search), {
      method: request.method,
      headers: visitorHeaders(request, address),
      body: request.body === null ? null : await request.arrayBuffer(),
      redirect: 'manual',
    })
    const headers = new Headers(response.headers)
    for (const name of notPassedBack) headers.delete(name)
    return new Response(response.body, { status: response.status, headers })
  } catch (error) {
    console.error('the service cannot be reached:', error instanceof Error ? error.message : error)
    const problem = {
      type: 'about:blank',
      title: 'Unavailable',
      status: 503,
      code: 'dependency_unavailable',
      detail: 'The service behind this site does not answer. Try again in a moment.',
    }
    return new Response(JSON.stringify(problem), {
      status: 503,
      headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', 'Retry-After': '5' },
    })
  }
}
