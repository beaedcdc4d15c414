import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { browsersOnly, onlyWhenMeant, wantsHtml } from './acting.ts'
import { shielded } from './guards.ts'
import {
  cancelEmailChangePage,
  confirmEmailPage,
  endSessionPage,
  resetPasswordPage,
  verifyEmailPage,
} from './pages.tsx'
import { keepDevice, message, userReply } from './replies.ts'
import { EmailBody, RegisterBody, ResetPasswordBody, TokenBody, TokenQuery } from './schemas.ts'
import { json, valid } from './validate.ts'
import { visitorOf } from './visitor.ts'

/** Registration, and whatever goes on by mail. */
export const links = new Hono<AppEnv>()
  .post('/register', shielded, json(RegisterBody), async (c) => {
    const { email, password, name = null, phone = null } = c.req.valid('json')
    const { accounts, settings } = c.var.services
    const user = await accounts.register({ email, password, name, phone }, visitorOf(c))
    if (!settings.verificationRequired) return c.json(userReply(c, user), 201)
    return c.json({ message: 'Follow the link in the mail we sent, then log in.', email: email.address }, 201)
  })
  .post('/verify-email', shielded, json(TokenBody), async (c) => {
    await c.var.services.accounts.verifyEmail(c.req.valid('json').token, visitorOf(c))
    return message(c, verified)
  })
  .get(
    '/verify-email',
    onlyWhenMeant,
    async (c, next) => (wantsHtml(c) ? verifyEmailPage(c) : next()),
    shielded,
    valid('query', TokenQuery),
    async (c) => {
      await c.var.services.accounts.verifyEmail(c.req.valid('query').token, visitorOf(c))
      return message(c, verified)
    },
  )
  .post('/resend-verification', shielded, json(EmailBody), async (c) => {
    await c.var.services.accounts.resendVerification(c.req.valid('json').email, visitorOf(c))
    return message(c, 'If this address waits to be verified, a new link is on its way.')
  })
  .post('/forgot-password', shielded, json(EmailBody), async (c) => {
    await c.var.services.accounts.forgotPassword(c.req.valid('json').email, visitorOf(c))
    return message(c, 'If this address has an account, a link to set a new password is on its way.')
  })
  .post('/reset-password', shielded, json(ResetPasswordBody), async (c) => {
    const { token, new_password } = c.req.valid('json')
    const { device } = await c.var.services.accounts.resetPassword(token, new_password, visitorOf(c))
    const kept = keepDevice(c, device)
    return c.json({ message: 'The new password holds, and all sessions have ended. Log in with it.', ...kept })
  })
  .get('/reset-password', browsersOnly, resetPasswordPage)
  .post('/confirm-email', shielded, json(TokenBody), async (c) => {
    await c.var.services.profiles.confirmEmail(c.req.valid('json').token, visitorOf(c))
    return message(c, 'This is your address now. Your other sessions have ended.')
  })
  .get('/confirm-email', browsersOnly, confirmEmailPage)
  .post('/cancel-email-change', shielded, json(TokenBody), async (c) => {
    await c.var.services.profiles.cancelEmailChange(c.req.valid('json').token, visitorOf(c))
    return message(c, 'Your address stays as it is.')
  })
  .get('/cancel-email-change', browsersOnly, cancelEmailChangePage)
  .post('/end-session', shielded, json(TokenBody), async (c) => {
    await c.var.services.ownSessions.endByLink(c.req.valid('json').token, visitorOf(c))
    return message(c, 'That session has ended. If it was not yours, set a new password now.')
  })
  .get('/end-session', browsersOnly, endSessionPage)

const verified = 'This address is verified. You can log in.'
