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
        "Takes the token mailed to the new address (24 h), in a session of the account or with its password: a typing error must not give the account away. The account switches to the address, all sessions end but the one that asked for the change, open links die, and the old address gets a mail with a way back. Where the change was asked for without full proof it then waits for the current mailbox's approval, and the reply says so.",
      access: 'optional',
      body: json(ConfirmEmailBody, { session: { token: linkToken }, password: { token: linkToken, password } }),
      done: 'This is the address of the account now. The other sessions have ended.',
      refusals: ['email_taken', 'proof_required', 'wrong_password', 'busy'],
    }),
    'GET /api/auth/confirm-email': pageOfLink('confirmEmailPage', 'Page: confirm a new e-mail address'),
    'POST /api/auth/approve-email-change': byLink({
      id: 'approveEmailChange',
      summary: 'Approve a change of e-mail address',
      description:
        'Takes the token mailed to the current address where the change was asked for without full proof. The account switches to the new address once its mailbox has confirmed too. Safe to repeat while the change waits.',
      done: 'You approved the change. It waits for the link in the mail to the new address.',
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
        'Takes the token mailed to the current address, good while the change waits. Ends the session that asked for the change. Safe to repeat.',
      done: 'Your address stays as it is. The session that asked for another has ended.',
    }),
    'GET /api/auth/cancel-email-change': pageOfLink('cancelEmailChangePage', 'Page: cancel a change of e-mail address'),
  },
}
