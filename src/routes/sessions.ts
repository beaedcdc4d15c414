import type { Context } from 'hono'
import { Hono } from 'hono'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'
import { LogoutBody, RefreshBody, RefreshForm, TransportQuery } from './auth-schemas.ts'
import { expireCookies, expireRefused, readCookie } from './cookies.ts'
import { byOwnLink } from './csrf.ts'
import { bearerOf } from './guards.ts'
import { ignorePrefetch } from './navigation.ts'
import { deviceOf, message, sessionReply } from './replies.ts'
import { jsonOrForm, mayBeOAuth, optional, optionalJson, valid } from './validate.ts'

const refreshBody = optional(
  RefreshBody,
  jsonOrForm(RefreshBody, 'refresh_token', RefreshForm, ({ refresh_token }) => ({ refresh_token })),
)

/** `/api/auth`: refresh and log-out. */
export const sessions = new Hono<AppEnv>()
  .post('/refresh', mayBeOAuth, valid('query', TransportQuery), refreshBody, async (c) => {
    const inBody = c.req.valid('json').refresh_token ?? undefined
    const token = inBody ?? readCookie(c, 'refresh_token')
    const cameBy = inBody === undefined ? ('cookie' as const) : ('body' as const)
    try {
      if (token === undefined) throw new AuthError('invalid_token')
      const tokens = await c.get('services').sessions.refresh(token, deviceOf(c), c.get('visitor'))
      c.set('userId', tokens.user.id)
      return sessionReply(c, tokens, { transport: c.req.valid('query').transport, cameBy })
    } catch (error) {
      const invalid = error instanceof AuthError && error.code === 'invalid_token'
      if (invalid && cameBy === 'cookie') expireRefused(c)
      throw error
    }
  })
  .post('/logout', optionalJson(LogoutBody), (c) => logOut(c, c.req.valid('json').refresh_token ?? undefined))
  .get('/logout', ignorePrefetch, byOwnLink, (c) => logOut(c))

/**
 * Ends every session that a token of the request names. The cookies expire first, so they are gone even if the database
 * is down.
 */
const logOut = async (c: Context<AppEnv>, refreshToken?: string) => {
  const present = (...tokens: (string | undefined)[]) => tokens.filter((token) => token !== undefined)
  const named = {
    // A malformed header names no session here, and must not prevent a log-out.
    accessTokens: present(bearerOf(c), readCookie(c, 'token')),
    refreshTokens: present(refreshToken, readCookie(c, 'refresh_token')),
  }
  expireCookies(c)
  await c.get('services').sessions.logOut(named, c.get('visitor'))
  return message(c, 'You are logged out.')
}
