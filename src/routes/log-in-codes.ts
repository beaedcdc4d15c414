import { Hono } from 'hono'
import { invalidChallenge } from '../domain/log-in-challenges.ts'
import type { AppEnv } from '../env.ts'
import { LoginCodeBody, TransportQuery } from './auth-schemas.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { shielded } from './guards.ts'
import { deviceOf, sessionReply } from './replies.ts'
import { json, valid } from './validate.ts'

/** `/api/auth`: the second step of a log-in. */
export const logInCodes = new Hono<AppEnv>().post(
  '/login/code',
  shielded,
  valid('query', TransportQuery),
  json(LoginCodeBody),
  async (c) => {
    const body = c.req.valid('json')
    const { logInCodes, refreshTokens } = c.var.services
    const kept = body.challenge === undefined ? readCookie(c, 'login') : undefined
    const challenge = body.challenge ?? kept
    if (challenge === undefined) throw invalidChallenge()
    const [field, typed] = body.code
      ? (['code', body.code] as const)
      : (['recovery_code', body.recovery_code!] as const)
    const replaces = refreshTokens.read(readCookie(c, 'refresh_token') ?? '')
    const step = { challenge, typed, field, replaces, device: deviceOf(c), trustDevice: body.trust_device }
    const tokens = await logInCodes.finish(step, c.var.visitor)
    c.set('userId', tokens.user.id)
    if (kept !== undefined) writeCookie(c, 'login', '', 0)
    return sessionReply(c, tokens, { transport: c.req.valid('query').transport })
  },
)
