import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'
import { readCookie } from './cookies.ts'

/** RFC 6750 §2.1, and nothing looser: one scheme, one space, one token. */
const bearer = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i

/** The access token in the header, if it has the form of one. */
export const bearerOf = (c: Context<AppEnv>) => bearer.exec(c.req.header('Authorization') ?? '')?.[1]

/** The access token of a request and the way it came. The header wins; an invalid one never falls back to the cookie. */
export const credentials = (c: Context<AppEnv>): { token: string; via: 'bearer' | 'cookie' } | undefined => {
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
 * Lets a request pass whose access token is genuine, and says which session it names. Whether that session lives is
 * for the database to say, in the same round trip that does the work: storage takes the `sid` and nothing else.
 */
export const signedIn = createMiddleware<AppEnv>(async (c, next) => {
  const given = credentials(c)
  if (!given) throw new AuthError('not_authenticated')
  const { accessTokens, now } = c.var.services
  const read = await accessTokens.read(given.token, now())
  if (!read) throw new AuthError('invalid_token')
  c.set('principal', read)
  c.set('via', given.via)
  await next()
})

/** The one-use proof of a request. */
export const proofOf = (c: Context<AppEnv>) => c.req.header('Gatehouse-Proof')

/** The session that a request names where it need not name one: a token that does not hold is as good as none. */
export const sessionOf = async (c: Context<AppEnv>): Promise<string | undefined> => {
  try {
    const given = credentials(c)
    const { accessTokens, now } = c.var.services
    return given && (await accessTokens.read(given.token, now()))?.sid
  } catch {
    return undefined
  }
}

/** Before anything else of an operation that strangers may ask for and that costs a hash, a mail or a round trip. */
export const shielded = createMiddleware<AppEnv>(async (c, next) => {
  await c.var.services.edgeRateLimit.network(c.var.visitor)
  await next()
})

/** Behind `signedIn`, before what leaves a row of the audit whenever it is asked for. */
export const sessionShielded = createMiddleware<AppEnv>(async (c, next) => {
  await c.var.services.edgeRateLimit.session(c.var.principal.sid)
  await next()
})

/** Lets an admin pass: by the role that the database has now, not by the one the token was made with (ASVS 8.3.2). */
export const admin = createMiddleware<AppEnv>(async (c, next) => {
  await c.var.services.sessions.readAdmin(c.var.principal.sid)
  await next()
})
