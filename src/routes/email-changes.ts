import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { ConfirmEmailBody, TokenBody } from './auth-schemas.ts'
import { sessionOf, shielded } from './guards.ts'
import { htmlOnly } from './navigation.ts'
import { linkPage } from './pages.ts'
import { message } from './replies.ts'
import { json } from './validate.ts'

const changed = 'The account now uses this address. The other sessions have ended.'

/** `/api/auth`: the links of a change of address, which is requested at the profile. */
export const emailChanges = new Hono<AppEnv>()
  .post('/confirm-email', shielded, json(ConfirmEmailBody), async (c) => {
    const { token, password } = c.req.valid('json')
    const { emailChanges } = c.var.services
    const state = await emailChanges.confirm(token, { sid: await sessionOf(c), password }, c.var.visitor)
    return message(
      c,
      state === 'changed'
        ? changed
        : 'This mailbox is confirmed. Now approve the change: open the link in the mail to the current address.',
    )
  })
  .get('/confirm-email', htmlOnly, linkPage('confirm-email'))
  .post('/approve-email-change', shielded, json(TokenBody), async (c) => {
    const state = await c.var.services.emailChanges.approve(c.req.valid('json').token, c.var.visitor)
    return message(
      c,
      state === 'changed' ? changed : 'You approved the change. Now open the link in the mail to the new address.',
    )
  })
  .get('/approve-email-change', htmlOnly, linkPage('approve-email-change'))
  .post('/cancel-email-change', shielded, json(TokenBody), async (c) => {
    await c.var.services.emailChanges.cancel(c.req.valid('json').token, c.var.visitor)
    return message(c, 'Your address stays as it is. The session that requested the change has ended.')
  })
  .get('/cancel-email-change', htmlOnly, linkPage('cancel-email-change'))
