import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { EmailBody, TokenBody, TokenQuery, VerifyEmailBody } from './auth-schemas.ts'
import { readCookie } from './cookies.ts'
import { shielded } from './guards.ts'
import { htmlOnly, ignorePrefetch, wantsPage } from './navigation.ts'
import { linkPage } from './pages.ts'
import { message } from './replies.ts'
import { json, valid } from './validate.ts'

const verified = 'This address is verified. You can log in.'

/** `/api/auth`: verification of a registered address. */
export const verification = new Hono<AppEnv>()
  .post('/verify-email', shielded, json(VerifyEmailBody), async (c) => {
    const { token, password, require_proof: requireProof = false } = c.req.valid('json')
    const registered = readCookie(c, 'registered')
    await c.var.services.verification.verifyEmail({ token, password, registered, requireProof }, c.var.visitor)
    return message(c, verified)
  })
  .get(
    '/verify-email',
    ignorePrefetch,
    async (c, next) => (wantsPage(c) ? linkPage('verify-email')(c) : next()),
    shielded,
    valid('query', TokenQuery),
    async (c) => {
      await c.var.services.verification.verifyEmail({ ...c.req.valid('query'), requireProof: false }, c.var.visitor)
      return message(c, verified)
    },
  )
  .post('/resend-verification', shielded, json(EmailBody), async (c) => {
    await c.var.services.verification.resendVerification(c.req.valid('json').email, c.var.visitor)
    return message(c, 'If this address is not verified yet, a new link is on its way.')
  })
  .post('/reject-registration', shielded, json(TokenBody), async (c) => {
    await c.var.services.verification.rejectRegistration(c.req.valid('json').token, c.var.visitor)
    return message(c, 'Whoever registered this address can no longer log in.')
  })
  .get('/reject-registration', htmlOnly, linkPage('reject-registration'))
