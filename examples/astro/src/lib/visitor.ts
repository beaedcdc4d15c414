import { env } from 'cloudflare:workers'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { addressOf, send, visitorHeaders } from './gatehouse.ts'

/** Who is signed in, as far as the access token says. The role is as old as the token: 15 minutes at most. */
export type Visitor = { id: string; role: 'user' | 'admin' }

let keys: ReturnType<typeof createRemoteJWKSet> | undefined

/** The service's public keys, asked for once and kept, and asked for again when a token names another. */
const publishedKeys = () => {
  keys ??= createRemoteJWKSet(addressOf('/.well-known/jwks.json'), {
    [customFetch]: (url, init) => send(new URL(url), init as RequestInit),
  })
  return keys
}

/** What jose says of a token that is not ours, or holds no longer. Anything else says that the keys could not be had. */
const refused = /^ERR_(JW[TS]_|JWKS_NO_MATCHING_KEY|JOSE_ALG_NOT_ALLOWED|JOSE_NOT_SUPPORTED)/

/** Either value of the service's ACCESS_TOKEN_TYPE: it signs nothing else, so the site need not be told which. */
const types: (string | undefined)[] = ['at+jwt', 'JWT']

/**
 * RFC 9068 §4. Undefined for whatever is not a token of ours that holds now; `unknown` where the service's keys cannot be
 * had: whoever brought the token is signed in as before, and nobody can say so.
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
    console.error('the keys of the service cannot be had:', error instanceof Error ? error.message : error)
    return 'unknown'
  }
}

/** With https the names carry a prefix that no other host of the site can give a cookie (RFC 6265bis §4.1.3.2). */
const prefix = () => (env.GATEHOUSE_ISSUER.startsWith('https:') ? '__Host-' : '')

const cookieOf = (request: Request, name: string) =>
  (request.headers.get('Cookie') ?? '')
    .split(/; */)
    .find((pair) => pair.startsWith(`${prefix()}${name}=`))
    ?.split('=', 2)[1]

/** The visitor by the access token alone, which costs no request once the keys are here. */
export const readVisitor = async (request: Request): Promise<Visitor | 'unknown' | undefined> => {
  const token = cookieOf(request, 'token')
  return token ? verify(token) : undefined
}

type Refreshed = { status: number; cookies: string[] }

/** An answer that is lost is asked for once more: both fit into the time in which the service gives the same one again. */
const refreshWithin = 4_000

/**
 * Requests that bring the same token at once each ask, and by the service's grace get the same successor. None waits for
 * another's answer: a browser that hangs up takes its request away, and whoever waited would wait for ever.
 */
const refresh = async (token: string, request: Request, address: string): Promise<Refreshed> => {
  const headers = visitorHeaders(request, address, ['user-agent'])
  // The device makes good what is lost for longer.
  const device = cookieOf(request, 'device')
  const named = { refresh_token: token, ...(device && { device }) }
  headers.set(
    'Cookie',
    Object.entries(named)
      .map(([name, value]) => `${prefix()}${name}=${value}`)
      .join('; '),
  )
  // Whoever sends a visitor's cookie by itself says so: as this site, which the service has on its list.
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
 * The visitor, after a refresh if it takes one.
 * @returns `cookies` to hand to the browser; `unknown` where service or keys did not answer, so nobody can say
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
  // Dead cookies stay until the next log-in: by now they may be those of one that went on meanwhile in another tab.
  return { cookies: [], unknown: status !== 401 }
}
