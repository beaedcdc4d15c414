import { createMiddleware } from 'hono/factory'
import { AuthError } from '../domain/errors.ts'
import type { AppContext, AppEnv, SignedInEnv } from '../env.ts'
import { readCookie } from './cookies.ts'

/** RFC 6750 §2.1, strictly: one scheme, one space, one token. */
const bearer = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i

/** Returns the access token in the header, if it has the form of one. */
export const bearerOf = (c: AppContext) => bearer.exec(c.req.header('Authorization') ?? '')?.[1]

/**
 * Returns the request's access token and how it was sent. The header wins; an invalid one never falls back to the
 * cookie.
 */
export const credentials = (c: AppContext): { token: string; via: 'bearer' | 'cookie' } | undefined => {
  const header = c.req.header('Authorization')
  if (header !== undefined) {
    const token = bearerOf(c)
    if (!token) throw new AuthError('invalid_token')
    return { token, via: 'bearer' }
  }
  const token = readCookie(c, 'token')
  return token === undefined ? undefined : { token, via: 'cookie' }
}

/**
 * Admits a request with a genuine access token and says which session it names. Whether that session is live is checked
 * by the database, in the round trip that does the work: storage takes the `sid` and nothing else.
 */
export const signedIn = createMiddleware<SignedInEnv>(async (c, next) => {
  const given = credentials(c)
  if (!given) throw new AuthError('not_authenticated')
  const { accessTokens, now } = c.get('services')
  const read = await accessTokens.read(given.token, now())
  if (!read) throw new AuthError('invalid_token')
  c.set('principal', read)
  c.set('via', given.via)
  c.set('userId', read.userId)
  await next()
})

/** Returns the one-use proof in a request. */
export const proofOf = (c: AppContext) => c.req.header('Gatehouse-Proof')

/** Returns the session that a request names, where naming one is optional: an invalid token counts as none. */
export const sessionOf = async (c: AppContext): Promise<string | undefined> => {
  try {
    const given = credentials(c)
    const { accessTokens, now } = c.var.services
    return given && (await accessTokens.read(given.token, now()))?.sid
  } catch {
    return undefined
  }
}

/** Comes first in operations that are open to strangers and cost a hash, a mail or a round trip. */
export const shielded = createMiddleware<AppEnv>(async (c, next) => {
  await c.get('services').edgeRateLimit.network(c.get('visitor'))
  await next()
})

/** Comes after `signedIn` and before operations that write an audit row at each request. */
export const sessionShielded = createMiddleware<SignedInEnv>(async (c, next) => {
  await c.get('services').edgeRateLimit.session(c.get('principal').sid)
  await next()
})

/** Admits admins, by the role now in the database and not by the one in the token (ASVS 8.3.2). */
export const admin = createMiddleware<SignedInEnv>(async (c, next) => {
  await c.get('services').sessions.readAdmin(c.get('principal').sid)
  await next()
})
