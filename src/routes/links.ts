import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { readCookie } from './cookies.ts'
import { sessionOf, shielded } from './guards.ts'
import {
  approveEmailChangePage,
  cancelEmailChangePage,
  confirmEmailPage,
  endSessionPage,
  rejectRegistrationPage,
  resetPasswordPage,
  verifyEmailPage,
} from './link-pages.ts'
import {
  ConfirmEmailBody,
  EmailBody,
  EndFreezeBody,
  ResetPasswordBody,
  RevertEmailBody,
  TokenBody,
  TokenQuery,
  VerifyEmailBody,
} from './link-schemas.ts'
import { htmlOnly, ignorePrefetch, wantsPage } from './navigation.ts'
import { endFreezePage, endSessionsPage, revertEmailChangePage, undoDeletionPage } from './recovery-pages.ts'
import { keepDevice, keepRegistration, message, userReply } from './replies.ts'
import { RegisterBody } from './schemas.ts'
import { json, valid } from './validate.ts'
import { visitorOf } from './visitor.ts'

/** Registration, and whatever goes on by mail. */
export const links = new Hono<AppEnv>()
  .post('/register', shielded, json(RegisterBody), async (c) => {
    const { email, password, name = null, phone = null } = c.req.valid('json')
    const { registration, settings } = c.var.services
    const { user, registered } = await registration.register({ email, password, name, phone }, visitorOf(c))
    keepRegistration(c, registered)
    if (!settings.verificationRequired) return c.json(userReply(c, user), 201)
    return c.json({ message: 'Follow the link in the mail we sent, then log in.', email: email.address }, 201)
  })
  .post('/verify-email', shielded, json(VerifyEmailBody), async (c) => {
    const { token, password, require_proof: requireProof = false } = c.req.valid('json')
    const registered = readCookie(c, 'registered')
    await c.var.services.verification.verifyEmail({ token, password, registered, requireProof }, visitorOf(c))
    return message(c, verified)
  })
  .get(
    '/verify-email',
    ignorePrefetch,
    async (c, next) => (wantsPage(c) ? verifyEmailPage(c) : next()),
    shielded,
    valid('query', TokenQuery),
    async (c) => {
      await c.var.services.verification.verifyEmail({ ...c.req.valid('query'), requireProof: false }, visitorOf(c))
      return message(c, verified)
    },
  )
  .post('/reject-registration', shielded, json(TokenBody), async (c) => {
    await c.var.services.verification.rejectRegistration(c.req.valid('json').token, visitorOf(c))
    return message(c, 'Whoever registered this address cannot get in.')
  })
  .get('/reject-registration', htmlOnly, rejectRegistrationPage)
  .post('/resend-verification', shielded, json(EmailBody), async (c) => {
    await c.var.services.verification.resendVerification(c.req.valid('json').email, visitorOf(c))
    return message(c, 'If this address waits to be verified, a new link is on its way.')
  })
  .post('/forgot-password', shielded, json(EmailBody), async (c) => {
    await c.var.services.passwordChanges.forgotPassword(c.req.valid('json').email, visitorOf(c))
    return message(c, 'If this address has an account, a link to set a new password is on its way.')
  })
  .post('/reset-password', shielded, json(ResetPasswordBody), async (c) => {
    const { token, new_password } = c.req.valid('json')
    const { device } = await c.var.services.passwordChanges.resetPassword(token, new_password, visitorOf(c))
    const kept = keepDevice(c, device)
    return c.json({ message: 'The new password holds, and all sessions have ended. Log in with it.', ...kept })
  })
  .get('/reset-password', htmlOnly, resetPasswordPage)
  .post('/confirm-email', shielded, json(ConfirmEmailBody), async (c) => {
    const { token, password } = c.req.valid('json')
    const { emailChanges } = c.var.services
    const state = await emailChanges.confirm(token, { sid: await sessionOf(c), password }, visitorOf(c))
    return message(
      c,
      state === 'changed'
        ? changed
        : 'This mailbox is yours. The change waits for the approval of the current one: open the link in the mail there.',
    )
  })
  .get('/confirm-email', htmlOnly, confirmEmailPage)
  .post('/approve-email-change', shielded, json(TokenBody), async (c) => {
    const state = await c.var.services.emailChanges.approve(c.req.valid('json').token, visitorOf(c))
    return message(
      c,
      state === 'changed' ? changed : 'You approved the change. It waits for the link in the mail to the new address.',
    )
  })
  .get('/approve-email-change', htmlOnly, approveEmailChangePage)
  .post('/cancel-email-change', shielded, json(TokenBody), async (c) => {
    await c.var.services.emailChanges.cancel(c.req.valid('json').token, visitorOf(c))
    return message(c, 'Your address stays as it is. The session that asked for another has ended.')
  })
  .get('/cancel-email-change', htmlOnly, cancelEmailChangePage)
  .post('/revert-email-change', shielded, json(RevertEmailBody), async (c) => {
    const { token, password } = c.req.valid('json')
    const frozenUntil = await c.var.services.wayBack.revert(token, password, visitorOf(c))
    return frozenUntil
      ? c.json({ message: frozen, frozen_until: frozenUntil.toISOString() })
      : message(
          c,
          'Your account has its old address again, and all sessions have ended. A link to choose a new password is on its way there.',
        )
  })
  .get('/revert-email-change', htmlOnly, revertEmailChangePage)
  .post('/end-freeze', shielded, json(EndFreezeBody), async (c) => {
    const { token, password } = c.req.valid('json')
    await c.var.services.wayBack.endFreeze(token, password, visitorOf(c))
    return message(c, 'The account is open again and keeps its address. Log in.')
  })
  .get('/end-freeze', htmlOnly, endFreezePage)
  .post('/end-sessions', shielded, json(TokenBody), async (c) => {
    await c.var.services.passwordChanges.disownPassword(c.req.valid('json').token, visitorOf(c))
    return message(
      c,
      'All sessions have ended, and that password is void. A link to choose another is on its way to you.',
    )
  })
  .get('/end-sessions', htmlOnly, endSessionsPage)
  .post('/undo-deletion', shielded, json(TokenBody), async (c) => {
    await c.var.services.accountDeletion.undo(c.req.valid('json').token, visitorOf(c))
    return message(c, 'Your account stays. Log in. If somebody else asked for the deletion, set a new password.')
  })
  .get('/undo-deletion', htmlOnly, undoDeletionPage)
  .post('/end-session', shielded, json(TokenBody), async (c) => {
    await c.var.services.ownSessions.endByLink(c.req.valid('json').token, visitorOf(c))
    return message(c, 'That session has ended. If it was not yours, set a new password now.')
  })
  .get('/end-session', htmlOnly, endSessionPage)

const changed = 'This is the address of the account now. The other sessions have ended.'

const frozen =
  'The account is frozen: nobody can log in or change anything. After 72 hours it has its old address again, unless the new address proves the password that was valid before.'

const verified = 'This address is verified. You can log in.'
