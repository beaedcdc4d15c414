import { ConfirmEmailBody } from '../routes/auth-schemas.ts'
import { linkToken, password } from './examples.ts'
import { byLink, pageOfLink } from './mail-links.ts'
import { type Group, json } from './operation.ts'

export const emailChanges: Group = {
  tag: 'Links from mails',
  operations: {
    'POST /api/auth/confirm-email': byLink({
      id: 'confirmEmail',
      summary: 'Confirm a new e-mail address',
      description:
        "Takes the token mailed to the new address (24 h), in a session of the account or with its password: otherwise a typing error would give the account away. The account switches to the address, all sessions but the requesting one end, open links become void, and the old address gets a mail with a link to undo the change. If the change was requested without full proof, it first waits for the current mailbox's approval, and the reply says so.",
      access: 'optional',
      body: json(ConfirmEmailBody, { session: { token: linkToken }, password: { token: linkToken, password } }),
      done: 'The account now uses this address. The other sessions have ended.',
      refusals: ['email_taken', 'proof_required', 'wrong_password', 'busy'],
    }),
    'GET /api/auth/confirm-email': pageOfLink('confirmEmailPage', 'Page: confirm a new e-mail address'),
    'POST /api/auth/approve-email-change': byLink({
      id: 'approveEmailChange',
      summary: 'Approve a change of e-mail address',
      description:
        'Takes the token mailed to the current address if the change was requested without full proof. The account switches to the new address once its mailbox has confirmed too. Safe to repeat while the change is pending.',
      done: 'You approved the change. Now open the link in the mail to the new address.',
      refusals: ['email_taken'],
    }),
    'GET /api/auth/approve-email-change': pageOfLink(
      'approveEmailChangePage',
      'Page: approve a change of e-mail address',
    ),
    'POST /api/auth/cancel-email-change': byLink({
      id: 'cancelEmailChange',
      summary: 'Cancel a change of e-mail address',
      description:
        'Takes the token mailed to the current address, valid while the change is pending. Ends the session that requested the change. Safe to repeat.',
      done: 'Your address stays as it is. The session that requested the change has ended.',
    }),
    'GET /api/auth/cancel-email-change': pageOfLink('cancelEmailChangePage', 'Page: cancel a change of e-mail address'),
  },
}
