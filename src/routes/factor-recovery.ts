import { Hono } from 'hono'
import { invalidChallenge } from '../domain/log-in-challenges.ts'
import type { AppEnv } from '../env.ts'
import { RecoverFactorsBody, TokenBody } from './auth-schemas.ts'
import { readCookie } from './cookies.ts'
import { shielded } from './guards.ts'
import { htmlOnly } from './navigation.ts'
import { linkPage } from './pages.ts'
import { message } from './replies.ts'
import { json, optionalJson } from './validate.ts'

/** `/api/auth`: the way for users who have lost every second factor. */
export const factorRecovery = new Hono<AppEnv>()
  .post('/recover-factors', shielded, optionalJson(RecoverFactorsBody), async (c) => {
    const challenge = c.req.valid('json').challenge ?? readCookie(c, 'login')
    if (challenge === undefined) throw invalidChallenge()
    const readyAt = await c.var.services.factorRecovery.request(challenge, c.var.visitor)
    return c.json({
      message: 'We have sent you a mail. A link to remove your second factors follows when the wait is over.',
      ready_at: readyAt.toISOString(),
    })
  })
  .post('/confirm-factor-recovery', shielded, json(TokenBody), async (c) => {
    await c.var.services.factorRecovery.confirm(c.req.valid('json').token, c.var.visitor)
    return message(c, 'Your second factors are removed, and all sessions have ended. Log in and add one again.')
  })
  .get('/confirm-factor-recovery', htmlOnly, linkPage('confirm-factor-recovery'))
  .post('/cancel-factor-recovery', shielded, json(TokenBody), async (c) => {
    await c.var.services.factorRecovery.cancel(c.req.valid('json').token, c.var.visitor)
    return message(c, 'Your second factors stay. Set a new password now.')
  })
  .get('/cancel-factor-recovery', htmlOnly, linkPage('cancel-factor-recovery'))
