import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { EndFreezeBody, RevertEmailBody } from './auth-schemas.ts'
import { shielded } from './guards.ts'
import { htmlOnly } from './navigation.ts'
import { linkPage } from './pages.ts'
import { message } from './replies.ts'
import { json } from './validate.ts'

const frozen =
  'The account is frozen: nobody can log in or change anything. After 72 hours it returns to its old address, unless somebody at the new address gives a proof from before the change.'

/** `/api/auth`: the old address's link to undo a change, and the new address's objection. */
export const wayBack = new Hono<AppEnv>()
  .post('/revert-email-change', shielded, json(RevertEmailBody), async (c) => {
    const { token, ...given } = c.req.valid('json')
    const frozenUntil = await c.var.services.wayBack.revert(token, given, c.var.visitor)
    return frozenUntil
      ? c.json({ message: frozen, frozen_until: frozenUntil.toISOString() })
      : message(
          c,
          'Your account has its old address again, and all sessions have ended. A link to choose a new password is on its way there.',
        )
  })
  .get('/revert-email-change', htmlOnly, linkPage('revert-email-change'))
  .post('/end-freeze', shielded, json(EndFreezeBody), async (c) => {
    const { token, ...given } = c.req.valid('json')
    await c.var.services.wayBack.endFreeze(token, given, c.var.visitor)
    return message(c, 'The account is open again and keeps its address. Log in.')
  })
  .get('/end-freeze', htmlOnly, linkPage('end-freeze'))
