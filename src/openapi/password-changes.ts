import { EmailBody, ResetPasswordBody } from '../routes/auth-schemas.ts'
import { ChangePasswordBody } from '../routes/user-schemas.ts'
import { email, linkToken, newPassword, password, passwordChanged } from './examples.ts'
import { byLink, pageOfLink } from './mail-links.ts'
import { type Group, json, type Operation, page } from './operation.ts'
import { passwordRefusals } from './problems.ts'
import { deviceCookie, done, passwordSet } from './replies.ts'
import { PasswordChangedReply } from './reply-schemas.ts'

const changePassword = (id: string): Operation => ({
  id,
  summary: 'Change the password',
  description:
    'Takes the current and the new password. All other sessions end. This one goes on under another id with new tokens, and every token of before is refused: use those of the reply. The owner is told by mail, with a link that ends everything. What made devices known before is void; `device_token` comes with the reply, and a new cookie `device` where cookies sign in or the request brought a genuine one of this user. A wrong current password is 422, not 401: a fresh access token would not help. `POST` and `PUT` do the same.',
  tag: 'User',
  access: 'user',
  device: true,
  body: json(ChangePasswordBody, { change: { current_password: password, new_password: newPassword } }),
  replies: {
    200: {
      says: 'Changed.',
      content: json(PasswordChangedReply, { bearer: passwordChanged }),
      headers: deviceCookie,
    },
  },
  refusals: ['wrong_password', ...passwordRefusals, 'rate_limited', 'busy'],
})

export const passwordChanges: Group = {
  tag: 'Registration and recovery',
  operations: {
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
    'POST /api/user/change-password': changePassword('changePassword'),
    'PUT /api/user/change-password': changePassword('replacePassword'),
    'POST /api/auth/end-sessions': byLink({
      id: 'endSessionsByLink',
      summary: 'Disown a new password',
      description:
        'Takes the token of the mail that told of a new password (7 days). Ends every session, voids that password, cancels a change of address that waits, and mails a link to choose another password. Works once.',
      done: 'All sessions have ended, and that password is void. A link to choose another is on its way to you.',
    }),
    'GET /api/auth/end-sessions': pageOfLink('endSessionsPage', 'Page: disown a new password'),
  },
}
