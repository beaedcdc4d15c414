import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { ReauthenticateBody, TransportQuery } from './auth-schemas.ts'
import { readCookie } from './cookies.ts'
import { sessionShielded, signedIn } from './guards.ts'
import { sessionReply } from './replies.ts'
import { json, valid } from './validate.ts'

/** `/api/auth`: giving the password, a passkey or the code of a mail again (step-up). */
export const reauthentication = new Hono<AppEnv>()
  .post('/reauthenticate/passkey/options', signedIn, sessionShielded, async (c) => {
    const { publicKey, expiresIn } = await c.var.services.reauthentication.passkeyOptions(c.var.principal)
    return c.json({ public_key: publicKey, expires_in: expiresIn })
  })
  .post(
    '/reauthenticate',
    signedIn,
    sessionShielded,
    valid('query', TransportQuery),
    json(ReauthenticateBody),
    async (c) => {
      const { principal, via, visitor, services } = c.var
      const { otp, challenge, mail_code: mailCode, ...proofs } = c.req.valid('json')
      const asked = mailCode === undefined ? undefined : (challenge ?? readCookie(c, 'login'))
      const given = { ...proofs, otp: otp || undefined, challenge: asked, mailCode }
      const tokens = await services.reauthentication.reauthenticate(principal, given, visitor)
      return sessionReply(c, tokens, { transport: c.req.valid('query').transport, cameBy: via })
    },
  )
