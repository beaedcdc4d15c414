import { Hono } from 'hono'
import type { AppEnv, SignedInEnv } from '../env.ts'
import { EmailBody, ResetPasswordBody, TokenBody } from './auth-schemas.ts'
import { proofOf, shielded } from './guards.ts'
import { htmlOnly } from './navigation.ts'
import { linkPage } from './pages.ts'
import { deviceOf, keepDevice, keptInBody, message, namedByCookies, successorBody } from './replies.ts'
import { ChangePasswordBody } from './user-schemas.ts'
import { json } from './validate.ts'

/** `/api/auth`: a new password by a mailed link, and the link for owners who did not set a new password themselves. */
export const passwordChangesByMail = new Hono<AppEnv>()
  .post('/forgot-password', shielded, json(EmailBody), async (c) => {
    await c.var.services.passwordChanges.forgotPassword(c.req.valid('json').email, c.var.visitor)
    return message(c, 'If this address has an account, a link to set a new password is on its way.')
  })
  .post('/reset-password', shielded, json(ResetPasswordBody), async (c) => {
    const { token, new_password } = c.req.valid('json')
    const { device } = await c.var.services.passwordChanges.resetPassword(token, new_password, c.var.visitor)
    const kept = keepDevice(c, device)
    return c.json({
      message: 'The password was changed, and all sessions have ended. Log in with the new one.',
      ...kept,
    })
  })
  .get('/reset-password', htmlOnly, linkPage('reset-password'))
  .post('/end-sessions', shielded, json(TokenBody), async (c) => {
    await c.var.services.passwordChanges.disownPassword(c.req.valid('json').token, c.var.visitor)
    return message(
      c,
      'All sessions have ended, and that password is void. A link to choose another is on its way to you.',
    )
  })
  .get('/end-sessions', htmlOnly, linkPage('end-sessions'))

/** `/api/user`: a new password by the current one. */
export const passwordChanges = new Hono<SignedInEnv>().on(
  ['POST', 'PUT'],
  '/change-password',
  json(ChangePasswordBody),
  async (c) => {
    const { current_password: current, new_password: newPassword } = c.req.valid('json')
    const { principal, via, visitor, services } = c.var
    const input = { principal, current, newPassword, proof: proofOf(c), device: deviceOf(c) }
    const byCookies = namedByCookies(c)
    const { tokens, device, wasKnown } = await services.passwordChanges.changePassword(input, visitor)
    if (wasKnown || via === 'cookie') keepDevice(c, device, tokens)
    const kept = via === 'cookie' ? {} : keptInBody(c, device)
    const text = 'The password was changed. Your other sessions have ended.'
    return c.json({ ...successorBody(c, tokens, text, byCookies), ...kept })
  },
)
