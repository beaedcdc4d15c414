import type { Context } from 'hono'
import { Hono } from 'hono'
import { AuthError } from '../domain/errors.ts'
import { challengeSeconds } from '../domain/log-in-challenges.ts'
import type { AppEnv } from '../env.ts'
import type { Transport } from '../setting-values.ts'
import { LoginBody, LoginForm, TransportQuery } from './auth-schemas.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { shielded } from './guards.ts'
import { deviceOf, sessionReply, transportOf, trustOf } from './replies.ts'
import { jsonOrForm, mayBeOAuth, valid } from './validate.ts'

/** `/api/auth`: log-in. */
export const logIn = new Hono<AppEnv>().post(
  '/login',
  mayBeOAuth,
  shielded,
  valid('query', TransportQuery),
  jsonOrForm(LoginBody, 'password', LoginForm, ({ username, password, otp }) => ({ username, password, otp })),
  async (c) => {
    const { email, username, password, otp, remember = true, trust_device } = c.req.valid('json')
    const { transport } = c.req.valid('query')
    const { logIn, refreshTokens } = c.var.services
    const replaces = refreshTokens.read(readCookie(c, 'refresh_token') ?? '')
    const device = deviceOf(c)
    const input = {
      ...{ email: email ?? username ?? '', password, otp: otp || undefined, remember, replaces, device },
      ...{ trust: trustOf(c), trustDevice: trust_device },
    }
    const tokens = await logIn.logIn(input, c.var.visitor).catch((error) => keepChallenge(c, error, transport))
    c.set('userId', tokens.user.id)
    return sessionReply(c, tokens, { transport })
  },
)

/** Sends the challenge of a refusal the way the tokens would have been sent. */
export const keepChallenge = (c: Context<AppEnv>, error: unknown, wanted: Transport | undefined): never => {
  if (!(error instanceof AuthError) || typeof error.members?.challenge !== 'string') throw error
  const transport = transportOf(c, wanted)
  const { challenge, ...members } = error.members
  if (transport !== 'body') writeCookie(c, 'login', challenge, challengeSeconds)
  throw transport === 'cookie' ? new AuthError(error.code, { members }) : error
}
