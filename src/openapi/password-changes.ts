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
    'Takes the current and the new password. All other sessions end. This one continues under a new id with new tokens, and every earlier token is refused: use those of the reply. The owner is informed by mail, with a link that ends everything. Earlier device cookies and device tokens are void; the reply has a new `device_token`, and a new cookie `device` if the session uses cookies or the request had a genuine one of this user. A wrong current password is 422, not 401: a fresh access token would not help. `POST` and `PUT` do the same.',
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
  refusals: ['wrong_password', 'second_factor_required', ...passwordRefusals, 'rate_limited', 'busy'],
})

export const passwordChanges: Group = {
  tag: 'Registration and recovery',
  operations: {
    'POST /api/auth/forgot-password': {
      id: 'forgotPassword',
      summary: 'Ask for a link to reset the password',
      description:
        'Takes an e-mail address. If an active account has it, mails a link that is valid for 30 minutes; earlier links stay valid. The reply is the same for every address. An address gets at most one mail a minute, and three while a link is valid.',
      body: json(EmailBody, { address: { email } }),
      replies: {
        200: done('Accepted.', 'If this address has an account, a link to set a new password is on its way.'),
      },
      refusals: ['rate_limited'],
    },
    'POST /api/auth/reset-password': {
      id: 'resetPassword',
      summary: 'Set a new password by a link',
      description:
        "Takes the token of a mailed link and the new password. The verification link of an unverified address works too. Works once. Ends all sessions, verifies the address, informs the owner by mail, and does not log in. The reply has a new cookie `device`, or `device_token` for clients without cookies, so that strangers' wrong passwords cannot keep this device from logging in. Earlier device cookies and device tokens are void. A refused password does not use the link up.",
      body: json(ResetPasswordBody, { link: { token: linkToken, new_password: newPassword } }),
      replies: {
        200: passwordSet('The password was changed, and all sessions have ended. Log in with the new one.'),
      },
      refusals: ['invalid_link', ...passwordRefusals, 'rate_limited', 'busy'],
    },
    'GET /api/auth/reset-password': {
      id: 'resetPasswordPage',
      summary: 'The page behind the link',
      description:
        'The page of the mailed link, unless `RESET_PASSWORD_URL` names another. It reads the token from the fragment and posts it with the new password. For clients that accept `text/html`.',
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
        'Takes the token of the mail about a new password (7 days). Ends every session, voids that password, cancels a pending change of address, and mails a link to choose another password. Works once.',
      done: 'All sessions have ended, and that password is void. A link to choose another is on its way to you.',
    }),
    'GET /api/auth/end-sessions': pageOfLink('endSessionsPage', 'Page: disown a new password'),
  },
}
