import { Hono } from 'hono'
import { invalidChallenge } from '../domain/log-in-challenges.ts'
import type { AppContext, AppEnv } from '../env.ts'
import { PasskeyChallengeBody, PasskeyLoginBody, TransportQuery } from './auth-schemas.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { signalReply } from './factor-replies.ts'
import { shielded } from './guards.ts'
import { deviceOf, sessionReply } from './replies.ts'
import { json, optionalJson, valid } from './validate.ts'

/**
 * Returns the challenge of the first step, if this is the second one. The cookie is read only if the request says that
 * it is the second step: a browser that begins a new log-in may still have the cookie of an earlier one.
 */
const firstStepOf = (c: AppContext, body: { challenge?: string | undefined; second_step?: boolean | undefined }) => {
  if (body.challenge !== undefined || !body.second_step) return { challenge: body.challenge, kept: false }
  const challenge = readCookie(c, 'login')
  if (challenge === undefined) throw invalidChallenge()
  return { challenge, kept: true }
}

/** `/api/auth`: log-in by passkey. */
export const passkeyLogIns = new Hono<AppEnv>()
  .post('/login/passkey/options', shielded, optionalJson(PasskeyChallengeBody), async (c) => {
    const { challenge } = firstStepOf(c, c.req.valid('json'))
    const { publicKey, expiresIn } = await c.var.services.passkeyLogIns.options(challenge)
    return c.json({ public_key: publicKey, expires_in: expiresIn })
  })
  .post('/login/passkey', shielded, valid('query', TransportQuery), json(PasskeyLoginBody), async (c) => {
    const { credential, remember = true, trust_device, ...body } = c.req.valid('json')
    const { challenge, kept } = firstStepOf(c, body)
    const { passkeyLogIns, refreshTokens } = c.var.services
    const replaces = refreshTokens.read(readCookie(c, 'refresh_token') ?? '')
    const tokens = await passkeyLogIns.logIn(
      { credential, challenge, remember, replaces, device: deviceOf(c), trustDevice: trust_device },
      c.var.visitor,
    )
    c.set('userId', tokens.user.id)
    if (kept) writeCookie(c, 'login', '', 0)
    const { transport } = c.req.valid('query')
    return sessionReply(c, tokens, { transport, more: signalReply(tokens.signalled) })
  })
