import * as z from 'zod'
import { EmailBody, ResetPasswordBody, TokenQuery, VerifyEmailBody } from '../routes/link-schemas.ts'
import { RegisterBody } from '../routes/schemas.ts'
import { email, linkToken, newPassword, password, user } from './examples.ts'
import { type Group, json, page } from './operation.ts'
import { done, notMeant, passwordSet, registeredCookie } from './replies.ts'
import { ChangedUser, MessageReply, RegisteredReply } from './reply-schemas.ts'

/** What a new password can be refused for. */
export const passwordRefusals = [
  'password_too_short',
  'password_too_long',
  'password_too_common',
  'password_breached',
] as const

export const links: Group = {
  tag: 'Registration and recovery',
  description: 'Becoming known, and getting back in.',
  operations: {
    'POST /api/auth/register': {
      id: 'register',
      summary: 'Register',
      description:
        'Takes an e-mail address, a password and, if given, a name and a phone number. With `EMAIL_VERIFICATION=required` (the default) the reply is the same whether or not the address was known; a link is mailed, and the account can be used once the link was opened. Registering an unverified address again with the same password sends the link again; with another password, a link is sent that lets the owner of the mailbox choose one. With `EMAIL_VERIFICATION=optional` the reply is the user, and `email_taken` says that the address was known. Neither starts a session.',
      body: json(RegisterBody, {
        minimal: { email, password },
        complete: { email, password, name: 'Ada Lovelace', phone: '+44 20 7946 0958' },
      }),
      replies: {
        201: {
          says: 'Registered. `Registered` where verification is required, else the `ChangedUser`.',
          content: json(z.union([RegisteredReply, ChangedUser]), {
            required: { message: 'Follow the link in the mail we sent, then log in.', email },
            optional: { ...user, email_verified: false, last_login_at: null },
          }),
          headers: registeredCookie,
        },
      },
      refusals: [...passwordRefusals, 'email_taken', 'registration_closed', 'rate_limited', 'busy'],
    },
    'POST /api/auth/verify-email': {
      id: 'verifyEmail',
      summary: 'Verify an e-mail address',
      description:
        'Takes the token from the link in the mail and marks the address as verified. Safe to repeat while the link lives (24 hours). Starts no session. The link shows who reads the mailbox and not who chose the password: a page sends `require_proof` too, and where the answer is `proof_required` asks for the password, or leads to `reset-password` with the same token.',
      body: json(VerifyEmailBody, {
        link: { token: linkToken },
        page: { token: linkToken, require_proof: true },
        password: { token: linkToken, password },
      }),
      replies: { 200: done('Verified.', 'This address is verified. You can log in.') },
      refusals: ['invalid_link', 'proof_required', 'wrong_password', 'rate_limited', 'busy'],
    },
    'GET /api/auth/verify-email': {
      id: 'verifyEmailByGet',
      summary: 'Verify an e-mail address by a link',
      description:
        'The same with the token in the query, for API clients only: a browser that asks for `text/html` gets a page that reads the token from the fragment, so that no mail scanner spends it and no log holds it.',
      query: TokenQuery,
      replies: {
        200: {
          says: 'Verified; or the page, where nothing has happened yet.',
          content: {
            ...json(MessageReply, { done: { message: 'This address is verified. You can log in.' } }),
            ...page('Reads the token and posts it.'),
          },
        },
        204: notMeant,
      },
      refusals: ['invalid_link', 'rate_limited'],
    },
    'POST /api/auth/resend-verification': {
      id: 'resendVerification',
      summary: 'Send the verification link again',
      description:
        'Takes an e-mail address. Mails a new link if an unverified account has it, which ends the earlier one. The reply is the same for every address; at most one mail a minute and five an hour go to one.',
      body: json(EmailBody, { address: { email } }),
      replies: {
        200: done('Taken.', 'If this address waits to be verified, a new link is on its way.'),
      },
      refusals: ['rate_limited'],
    },
    'POST /api/auth/forgot-password': {
      id: 'forgotPassword',
      summary: 'Ask for a link to reset the password',
      description:
        'Takes an e-mail address. Mails a link that lives 30 minutes if an active account has it, which ends the earlier one. The reply is the same for every address; at most one mail a minute and five an hour go to one.',
      body: json(EmailBody, { address: { email } }),
      replies: {
        200: done('Taken.', 'If this address has an account, a link to set a new password is on its way.'),
      },
      refusals: ['rate_limited'],
    },
    'POST /api/auth/reset-password': {
      id: 'resetPassword',
      summary: 'Set a new password by a link',
      description:
        'Takes the token from the link in the mail and the new password. The link that verifies an address which is not verified yet will do. Works once. Ends all sessions, verifies the address, tells the owner by mail, and does not log in. The cookie `device` comes with the reply, and `device_token` for a client without cookies, so that wrong passwords of strangers do not keep this device from logging in; those of before are void. A password that is refused does not use the link up.',
      body: json(ResetPasswordBody, { link: { token: linkToken, new_password: newPassword } }),
      replies: {
        200: passwordSet('The new password holds, and all sessions have ended. Log in with it.'),
      },
      refusals: ['invalid_link', ...passwordRefusals, 'rate_limited', 'busy'],
    },
    'GET /api/auth/reset-password': {
      id: 'resetPasswordPage',
      summary: 'The page behind the link',
      description:
        'Where the link in the mail leads, unless `RESET_PASSWORD_URL` says otherwise: a page that reads the token from the fragment and posts it with the new password. For clients that ask for `text/html`.',
      local: true,
      replies: { 200: { says: 'The page.', content: page('Reads the token and posts it with the password.') } },
      refusals: ['not_found'],
    },
  },
}
