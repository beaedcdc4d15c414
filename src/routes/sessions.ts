import type { Context } from 'hono'
import { Hono } from 'hono'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'
import { expireCookies, expireRefused, readCookie } from './cookies.ts'
import { byOwnLink } from './csrf.ts'
import { bearerOf, sessionShielded, shielded, signedIn } from './guards.ts'
import { ignorePrefetch } from './navigation.ts'
import { deviceOf, message, sessionReply } from './replies.ts'
import {
  LoginBody,
  LoginForm,
  LogoutBody,
  ReauthenticateBody,
  RefreshBody,
  RefreshForm,
  TransportQuery,
} from './session-schemas.ts'
import { json, jsonOrForm, mayBeOAuth, optional, optionalJson, valid } from './validate.ts'
import { visitorOf } from './visitor.ts'

const refreshBody = optional(
  RefreshBody,
  jsonOrForm(RefreshBody, 'refresh_token', RefreshForm, ({ refresh_token }) => ({ refresh_token })),
)

export const sessions = new Hono<AppEnv>()
  .post(
    '/login',
    mayBeOAuth,
    shielded,
    valid('query', TransportQuery),
    jsonOrForm(LoginBody, 'password', LoginForm, ({ username, password }) => ({ username, password })),
    async (c) => {
      const { email, username, password, remember = true } = c.req.valid('json')
      const { logIn, refreshTokens } = c.var.services
      const replaces = refreshTokens.read(readCookie(c, 'refresh_token') ?? '')
      const device = deviceOf(c)
      const input = { email: email ?? username ?? '', password, remember, replaces, device }
      const tokens = await logIn.logIn(input, visitorOf(c))
      return sessionReply(c, tokens, { transport: c.req.valid('query').transport })
    },
  )
  .post('/refresh', mayBeOAuth, valid('query', TransportQuery), refreshBody, async (c) => {
    const inBody = c.req.valid('json').refresh_token ?? undefined
    const token = inBody ?? readCookie(c, 'refresh_token')
    const cameBy = inBody === undefined ? ('cookie' as const) : ('body' as const)
    try {
      if (token === undefined) throw new AuthError('invalid_token')
      const tokens = await c.var.services.sessions.refresh(token, deviceOf(c), visitorOf(c))
      return sessionReply(c, tokens, { transport: c.req.valid('query').transport, cameBy })
    } catch (error) {
      const invalid = error instanceof AuthError && error.code === 'invalid_token'
      if (invalid && cameBy === 'cookie') expireRefused(c)
      throw error
    }
  })
  .post('/logout', optionalJson(LogoutBody), (c) => logOut(c, c.req.valid('json').refresh_token ?? undefined))
  .get('/logout', ignorePrefetch, byOwnLink, (c) => logOut(c))
  .post(
    '/reauthenticate',
    signedIn,
    sessionShielded,
    valid('query', TransportQuery),
    json(ReauthenticateBody),
    async (c) => {
      const { principal, via, services } = c.var
      const tokens = await services.reauthentication.reauthenticate(
        principal.sid,
        c.req.valid('json').password,
        visitorOf(c),
      )
      return sessionReply(c, tokens, { transport: c.req.valid('query').transport, cameBy: via })
    },
  )

/** Whatever names a session ends it; and the cookies go first, so that they go also where the database is down. */
const logOut = async (c: Context<AppEnv>, refreshToken?: string) => {
  const present = (...tokens: (string | undefined)[]) => tokens.filter((token) => token !== undefined)
  const named = {
    // Here a malformed header names no session, and is no reason to stay logged in.
    accessTokens: present(bearerOf(c), readCookie(c, 'token')),
    refreshTokens: present(refreshToken, readCookie(c, 'refresh_token')),
  }
  expireCookies(c)
  await c.var.services.sessions.logOut(named, visitorOf(c))
  return message(c, 'You are logged out.')
}
