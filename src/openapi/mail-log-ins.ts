import { MailLoginBody, MailLoginCodeBody, MailLoginLinkBody, TransportQuery } from '../routes/auth-schemas.ts'
import { email, linkToken } from './examples.ts'
import { MailLoginReply } from './factor-reply-schemas.ts'
import { pageOfLink } from './mail-links.ts'
import { type Group, json } from './operation.ts'
import { tokensReply } from './replies.ts'

const challenge = `1.${'c'.repeat(200)}`

const message = 'If this address can log in, a mail with a code and a link is on its way.'

export const mailLogIns: Group = {
  tag: 'Sessions',
  operations: {
    'POST /api/auth/login/mail': {
      id: 'askForLogInMail',
      summary: 'Ask for a log-in mail',
      description:
        'Mails a code of eight digits and a link, which work for ten minutes. Only the browser that asked can use them: it has the `challenge`, in the reply or as the cookie `login`. The reply is the same for every address. With `MAIL_LOGIN=signup`, an address without an account gets a mail too, and the account is made when the code or the link is used. If a browser asks again, it sends its earlier `challenge` (or the cookie), so that the code of the earlier mail still counts. No mail is postponed: while the budget of an address is used up, its user gets at most one mail an hour, with a link to set a password. A device that is known (`device_token`) has a budget of its own. 404 while `MAIL_LOGIN` is off.',
      query: TransportQuery,
      device: true,
      body: json(MailLoginBody, { ask: { email }, shared: { email, remember: false }, again: { email, challenge } }),
      replies: {
        200: {
          says: 'A mail is on its way, if the address can log in.',
          content: json(MailLoginReply, {
            both: { message, challenge, expires_in: 600 },
            cookie: { message, expires_in: 600 },
          }),
          headers: { 'Set-Cookie': 'The cookie `login`, unless `transport=body`.' },
        },
      },
      refusals: ['not_found', 'rate_limited'],
    },
    'POST /api/auth/login/mail/code': {
      id: 'logInByMailCode',
      summary: 'Log in by the code of a mail',
      description:
        'Takes the `challenge` of the request for the mail, or the cookie `login`, and the code. Starts a session as a log-in by password does; `transport` and `device` are read here; `remember` was decided by the request for the mail. The first use verifies the address. Unless this browser registered the address, that first use also removes any password, factors and sessions from before, since anybody may have registered it. If the account has a second factor, the reply is `second_factor_required` with another `challenge`. The session of an account that has a password gets no `proof`. A code works once. Wrong codes count like wrong passwords, and at most five are checked for one mail.',
      query: TransportQuery,
      device: true,
      body: json(MailLoginCodeBody, { code: { challenge, code: '12345678' }, cookie: { code: '1234 5678' } }),
      replies: { 200: tokensReply('Logged in.') },
      refusals: [
        'invalid_challenge',
        'wrong_code',
        'second_factor_required',
        'enrolment_required',
        'not_found',
        'rate_limited',
      ],
    },
    'POST /api/auth/login/mail/link': {
      id: 'logInByMailLink',
      summary: 'Log in by the link of a mail',
      description:
        'Takes the token of the link, and the `challenge` of the request for the mail or the cookie `login`. Replies as the code of the same mail would. In a browser without that challenge, the link logs nobody in and is not used up: the refusal `other_browser` has the code as `code_to_type`, for the page where the log-in began.',
      query: TransportQuery,
      device: true,
      body: json(MailLoginLinkBody, { link: { challenge, token: linkToken }, cookie: { token: linkToken } }),
      replies: { 200: tokensReply('Logged in.') },
      refusals: [
        'invalid_link',
        'other_browser',
        'second_factor_required',
        'enrolment_required',
        'not_found',
        'rate_limited',
      ],
    },
    'GET /api/auth/login/mail/link': pageOfLink('mailLogInPage', 'Page: log in by the link of a mail'),
  },
}
