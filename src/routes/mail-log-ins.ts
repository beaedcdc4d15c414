import { type Context, Hono } from 'hono'
import { mailChallengeSeconds } from '../domain/mail-challenges.ts'
import type { Started } from '../domain/session-start.ts'
import type { AppContext, AppEnv } from '../env.ts'
import type { Transport } from '../setting-values.ts'
import { MailLoginBody, MailLoginCodeBody, MailLoginLinkBody, TransportQuery } from './auth-schemas.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { shielded } from './guards.ts'
import { keepChallenge } from './log-in.ts'
import { htmlOnly } from './navigation.ts'
import { linkPage } from './pages.ts'
import { deviceOf, sessionReply, transportOf } from './replies.ts'
import { json, valid } from './validate.ts'

type Browser = Parameters<AppContext['var']['services']['mailLogIns']['byCode']>[1]

/**
 * Logs in with the challenge and the cookies of this browser. The reply has the tokens or the challenge of the second
 * step.
 */
const answered = async (
  c: Context<AppEnv>,
  challenge: string | undefined,
  transport: Transport | undefined,
  logIn: (browser: Browser) => Promise<Started>,
) => {
  const kept = challenge === undefined ? readCookie(c, 'login') : undefined
  const tokens = await logIn({
    challenge: challenge ?? kept,
    replaces: c.var.services.refreshTokens.read(readCookie(c, 'refresh_token') ?? ''),
    device: deviceOf(c),
    registered: readCookie(c, 'registered'),
  }).catch((error) => keepChallenge(c, error, transport))
  c.set('userId', tokens.user.id)
  if (kept !== undefined) writeCookie(c, 'login', '', 0)
  return sessionReply(c, tokens, { transport })
}

/** `/api/auth`: log-in by mail. */
export const mailLogIns = new Hono<AppEnv>()
  .post('/login/mail', shielded, valid('query', TransportQuery), json(MailLoginBody), async (c) => {
    const { email, remember = true, challenge: given } = c.req.valid('json')
    const earlier = given ?? readCookie(c, 'login')
    const transport = transportOf(c, c.req.valid('query').transport)
    const asked = { email, remember, earlier, device: deviceOf(c) }
    const { challenge, expiresIn } = await c.var.services.mailLogIns.ask(asked, c.var.visitor)
    if (transport !== 'body') writeCookie(c, 'login', challenge, mailChallengeSeconds)
    return c.json({
      message: 'If this address can log in, a mail with a code and a link is on its way.',
      ...(transport !== 'cookie' && { challenge }),
      expires_in: expiresIn,
    })
  })
  .post('/login/mail/code', shielded, valid('query', TransportQuery), json(MailLoginCodeBody), async (c) => {
    const { challenge, code } = c.req.valid('json')
    return answered(c, challenge, c.req.valid('query').transport, (browser) =>
      c.var.services.mailLogIns.byCode(code, browser, c.var.visitor),
    )
  })
  .post('/login/mail/link', shielded, valid('query', TransportQuery), json(MailLoginLinkBody), async (c) => {
    const { challenge, token } = c.req.valid('json')
    return answered(c, challenge, c.req.valid('query').transport, (browser) =>
      c.var.services.mailLogIns.byLink(token, browser, c.var.visitor),
    )
  })
  .get('/login/mail/link', htmlOnly, linkPage('login/mail/link'))
