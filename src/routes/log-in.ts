import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { LoginBody, LoginForm, TransportQuery } from './auth-schemas.ts'
import { readCookie } from './cookies.ts'
import { shielded } from './guards.ts'
import { deviceOf, sessionReply } from './replies.ts'
import { jsonOrForm, mayBeOAuth, valid } from './validate.ts'

/** `/api/auth`: log-in. */
export const logIn = new Hono<AppEnv>().post(
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
    const tokens = await logIn.logIn(input, c.var.visitor)
    c.set('userId', tokens.user.id)
    return sessionReply(c, tokens, { transport: c.req.valid('query').transport })
  },
)
