import { Hono } from 'hono'
import { challengeSeconds, invalidChallenge } from '../domain/log-in-challenges.ts'
import type { AppContext, AppEnv } from '../env.ts'
import { EnrolBody, EnrolMailBody, EnrolOptionsBody, TransportQuery } from './auth-schemas.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { newCredential, signalReply } from './factor-replies.ts'
import { shielded } from './guards.ts'
import { deviceOf, sessionReply } from './replies.ts'
import { json, optionalJson, valid } from './validate.ts'

/**
 * Returns the challenge of the step before. `keep` sends the next challenge the way this one came, in the body or as a
 * cookie; `forget` expires the cookie.
 */
const stepOf = (c: AppContext, given: string | undefined) => {
  const challenge = given ?? readCookie(c, 'login')
  if (challenge === undefined) throw invalidChallenge()
  const keep = (next: string): { challenge?: string } => {
    if (given !== undefined) return { challenge: next }
    writeCookie(c, 'login', next, challengeSeconds)
    return {}
  }
  const forget = () => {
    if (given === undefined) writeCookie(c, 'login', '', 0)
  }
  return { challenge, keep, forget }
}

/** `/api/auth`: a log-in that first adds the second factor that its account needs. */
export const logInEnrolments = new Hono<AppEnv>()
  .post('/login/enrol/mail', shielded, optionalJson(EnrolMailBody), async (c) => {
    const { challenge, keep } = stepOf(c, c.req.valid('json').challenge)
    const next = await c.var.services.logInEnrolments.mailCode(challenge, c.var.visitor)
    const message = 'A code is on its way to your e-mail address.'
    return c.json({ message, ...keep(next.challenge), expires_in: next.expiresIn })
  })
  .post('/login/enrol/options', shielded, json(EnrolOptionsBody), async (c) => {
    const { type, mail_code, ...body } = c.req.valid('json')
    const { challenge, keep } = stepOf(c, body.challenge)
    const begun = await c.var.services.logInEnrolments.options(challenge, type, mail_code || undefined, c.var.visitor)
    return c.json({
      ...keep(begun.challenge),
      expires_in: begun.expiresIn,
      ...('publicKey' in begun
        ? { public_key: begun.publicKey }
        : { secret: begun.secret, otpauth_uri: begun.otpauthUri, enrolment: begun.enrolment }),
    })
  })
  .post('/login/enrol', shielded, valid('query', TransportQuery), json(EnrolBody), async (c) => {
    const { credential, enrolment = '', code = '', name = null, ...body } = c.req.valid('json')
    const { challenge, forget } = stepOf(c, body.challenge)
    const { logInEnrolments, refreshTokens } = c.var.services
    const replaces = refreshTokens.read(readCookie(c, 'refresh_token') ?? '')
    const given = credential
      ? { credential: newCredential(credential), name: name ?? undefined }
      : { enrolment, code, name }
    const { signalled, ...tokens } = await logInEnrolments.finish(
      { challenge, given, replaces, device: deviceOf(c) },
      c.var.visitor,
    )
    c.set('userId', tokens.user.id)
    forget()
    const more = signalled && signalReply(signalled)
    return sessionReply(c, tokens, { transport: c.req.valid('query').transport, more })
  })
