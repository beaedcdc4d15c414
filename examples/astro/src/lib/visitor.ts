import { env } from 'cloudflare:workers'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { addressOf, send, visitorHeaders } from './gatehouse.ts'

/** The signed-in visitor according to the access token. The role is as old as the token: up to 15 minutes. */
export type Visitor = { id: string; role: 'user' | 'admin' }

let keys: ReturnType<typeof createRemoteJWKSet> | undefined

/** The service's public keys, fetched once and kept, and fetched again when a token names another key. */
const publishedKeys = () => {
  keys ??= createRemoteJWKSet(addressOf('/.well-known/jwks.json'), {
    [customFetch]: (url, init) => send(new URL(url), init as RequestInit),
  })
  return keys
}

/**
 * jose's errors for a token that is not ours or has expired. Any other error means that the keys could not be fetched.
 */
const refused = /^ERR_(JW[TS]_|JWKS_NO_MATCHING_KEY|JOSE_ALG_NOT_ALLOWED|JOSE_NOT_SUPPORTED)/

/**
 * Both values of the service's ACCESS_TOKEN_TYPE: it signs nothing else, so the site need not know which one is set.
 */
const types: (string | undefined)[] = ['at+jwt', 'JWT']

/**
 * Verifies an access token (RFC 9068 §4). Undefined if it is not a valid token of the service; `unknown` if the
 * service's keys cannot be fetched, because then nobody can tell.
 */
const verify = async (token: string): Promise<Visitor | 'unknown' | undefined> => {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, publishedKeys(), {
      algorithms: ['ES256', 'EdDSA'],
      issuer: env.GATEHOUSE_ISSUER,
      audience: env.GATEHOUSE_ISSUER,
      requiredClaims: ['sub', 'sid', 'exp', 'role'],
    })
    if (!types.includes(protectedHeader.typ)) return undefined
    return { id: payload.sub as string, role: payload.role === 'admin' ? 'admin' : 'user' }
  } catch (error) {
    if (refused.test((error as { code?: string }).code ?? '')) return undefined
    console.error('the keys of the service cannot be fetched:', error instanceof Error ? error.message : error)
    return 'unknown'
  }
}

/** With https the names have a prefix that keeps other hosts of the site from setting them (RFC 6265bis §4.1.3.2). */
const prefix = () => (env.GATEHOUSE_ISSUER.startsWith('https:') ? '__Host-' : '')

const cookieOf = (request: Request, name: string) =>
  (request.headers.get('Cookie') ?? '')
    .split(/; */)
    .find((pair) => pair.startsWith(`${prefix()}${name}=`))
    ?.split('=', 2)[1]

/** Reads the visitor from the access token alone, which costs no request once the keys are here. */
export const readVisitor = async (request: Request): Promise<Visitor | 'unknown' | undefined> => {
  const token = cookieOf(request, 'token')
  return token ? verify(token) : undefined
}

type Refreshed = { status: number; cookies: string[] }

/**
 * Milliseconds for one attempt. A lost answer is requested once more: both attempts fit into the time in which the
 * service returns the same answer.
 */
const refreshWithin = 4_000

/**
 * Refreshes the visitor's tokens. Simultaneous requests with the same token each ask and get the same successor, thanks
 * to the service's grace time. No request waits for another request's refresh: if the browser that sent that request
 * hung up, the wait would never end.
 */
const refresh = async (token: string, request: Request, address: string): Promise<Refreshed> => {
  const headers = visitorHeaders(request, address, ['user-agent'])
  // With the device cookie, an answer that was lost can be requested again for longer.
  const device = cookieOf(request, 'device')
  const named = { refresh_token: token, ...(device && { device }) }
  headers.set(
    'Cookie',
    Object.entries(named)
      .map(([name, value]) => `${prefix()}${name}=${value}`)
      .join('; '),
  )
  // A server that sends a visitor's cookie may name only an allowed origin: this site is on the service's list.
  headers.set('Origin', new URL(request.url).origin)
  for (let tries = 1; tries <= 2; tries++)
    try {
      const signal = AbortSignal.timeout(refreshWithin)
      const response = await send(addressOf('/api/auth/refresh', '?transport=cookie'), {
        method: 'POST',
        headers,
        signal,
      })
      await response.body?.cancel()
      return { status: response.status, cookies: response.headers.getSetCookie() }
    } catch {}
  return { status: 503, cookies: [] }
}

/**
 * Returns the visitor, after a refresh if necessary.
 * @returns `cookies` for the browser; `unknown` if the service or its keys did not answer
 */
export const recognize = async (
  request: Request,
  address: string,
): Promise<{ visitor?: Visitor | undefined; cookies: string[]; unknown?: boolean }> => {
  const visitor = await readVisitor(request)
  if (visitor === 'unknown') return { cookies: [], unknown: true }
  if (visitor) return { visitor, cookies: [] }
  const token = cookieOf(request, 'refresh_token')
  if (!token) return { cookies: [] }
  const { status, cookies } = await refresh(token, request, address)
  if (status === 200) {
    const access = cookies.find((cookie) => cookie.startsWith(`${prefix()}token=`))
    const renewed = /=([^;]+)/.exec(access ?? '')?.[1]
    const now = renewed ? await verify(renewed) : undefined
    return now === 'unknown' ? { cookies, unknown: true } : { visitor: now, cookies }
  }
  // Invalid cookies stay until the next log-in: they may belong to one that happened meanwhile in another tab.
  return { cookies: [], unknown: status !== 401 }
}
