import { ConfirmEmailBody, EndFreezeBody, RevertEmailBody, TokenBody } from '../routes/link-schemas.ts'
import { linkToken, password } from './examples.ts'
import { type Group, json, type Operation, page } from './operation.ts'
import { MessageReply, RevertedReply } from './reply-schemas.ts'

type Act = Pick<Operation, 'id' | 'summary' | 'description' | 'access'> & {
  done: string
  body?: Operation['body']
  reply?: Operation['replies'][200]
  refusals?: Operation['refusals']
}

/** A link's token sent as JSON: what its page does, and what any client may do. */
const act = ({ done, body, reply, refusals = [], ...operation }: Act): Operation => ({
  ...operation,
  body: body ?? json(TokenBody, { token: { token: linkToken } }),
  replies: { 200: reply ?? { says: 'Done.', content: json(MessageReply, { done: { message: done } }) } },
  refusals: ['invalid_link', 'rate_limited', ...refusals],
})

/** The page that the link in a mail opens where no front end is configured. Other clients find nothing there. */
const opens = (id: string, summary: string): Operation => ({
  id,
  summary,
  description:
    'For browsers (`Accept: text/html`): a page whose script reads the token from the fragment and posts it.',
  local: true,
  replies: { 200: { says: 'The page.', content: page(summary) } },
  refusals: ['not_found'],
})

export const mailLinks: Group = {
  tag: 'Links from mails',
  description: 'What the links in mails about an existing account do.',
  operations: {
    'POST /api/auth/reject-registration': act({
      id: 'rejectRegistration',
      summary: 'Say that somebody else registered the address',
      description:
        'Takes the second token of the mail that asks to verify an address, while the address is not verified. An account that was registered and never used is removed; any other loses its password, its sessions and its links, and stays.',
      done: 'Whoever registered this address cannot get in.',
    }),
    'GET /api/auth/reject-registration': opens(
      'rejectRegistrationPage',
      'Page: say that somebody else registered the address',
    ),
    'POST /api/auth/confirm-email': act({
      id: 'confirmEmail',
      summary: 'Confirm a new e-mail address',
      description:
        "Takes the token mailed to the new address (24 h), in a session of the account or with its password: a typing error must not give the account away. The account switches to the address, all sessions end but the one that asked for the change, open links die, and the old address gets a mail with a way back. Where the change was asked for without full proof it then waits for the current mailbox's approval, and the reply says so.",
      access: 'optional',
      body: json(ConfirmEmailBody, { session: { token: linkToken }, password: { token: linkToken, password } }),
      done: 'This is the address of the account now. The other sessions have ended.',
      refusals: ['email_taken', 'proof_required', 'wrong_password', 'busy'],
    }),
    'GET /api/auth/confirm-email': opens('confirmEmailPage', 'Page: confirm a new e-mail address'),
    'POST /api/auth/approve-email-change': act({
      id: 'approveEmailChange',
      summary: 'Approve a change of e-mail address',
      description:
        'Takes the token mailed to the current address where the change was asked for without full proof. The account switches to the new address once its mailbox has confirmed too. Safe to repeat while the change waits.',
      done: 'You approved the change. It waits for the link in the mail to the new address.',
      refusals: ['email_taken'],
    }),
    'GET /api/auth/approve-email-change': opens('approveEmailChangePage', 'Page: approve a change of e-mail address'),
    'POST /api/auth/cancel-email-change': act({
      id: 'cancelEmailChange',
      summary: 'Cancel a change of e-mail address',
      description:
        'Takes the token mailed to the current address, good while the change waits. Ends the session that asked for the change. Safe to repeat.',
      done: 'Your address stays as it is. The session that asked for another has ended.',
    }),
    'GET /api/auth/cancel-email-change': opens('cancelEmailChangePage', 'Page: cancel a change of e-mail address'),
    'POST /api/auth/revert-email-change': act({
      id: 'revertEmailChange',
      summary: 'Undo a change of e-mail address',
      description:
        'Takes the token mailed to the old address (7 days). With the password that was valid before the change the account has its old address again at once: sessions end, the password is void, what was added since goes, and a link to choose a password is mailed there. Without it the account is frozen for 72 hours, both addresses are told, and then the same happens, unless the new address proves that password (`/api/auth/end-freeze`).',
      body: json(RevertEmailBody, { password: { token: linkToken, password }, mailbox: { token: linkToken } }),
      done: '',
      reply: {
        says: 'The account is back, or frozen.',
        content: json(RevertedReply, {
          back: { message: 'Your account has its old address again.' },
          frozen: { message: 'The account is frozen.', frozen_until: '2026-11-24T09:31:12.000Z' },
        }),
      },
      refusals: ['wrong_password', 'busy'],
    }),
    'GET /api/auth/revert-email-change': opens('revertEmailChangePage', 'Page: undo a change of e-mail address'),
    'POST /api/auth/end-freeze': act({
      id: 'endFreeze',
      summary: 'Open a frozen account',
      description:
        'Takes the token mailed to the new address of a frozen account, and the password that was valid before the change. The freeze ends for good, and the account keeps its address.',
      body: json(EndFreezeBody, { password: { token: linkToken, password } }),
      done: 'The account is open again and keeps its address. Log in.',
      refusals: ['wrong_password', 'busy'],
    }),
    'GET /api/auth/end-freeze': opens('endFreezePage', 'Page: open a frozen account'),
    'POST /api/auth/end-sessions': act({
      id: 'endSessionsByLink',
      summary: 'Disown a new password',
      description:
        'Takes the token of the mail that told of a new password (7 days). Ends every session, voids that password, cancels a change of address that waits, and mails a link to choose another password. Works once.',
      done: 'All sessions have ended, and that password is void. A link to choose another is on its way to you.',
    }),
    'GET /api/auth/end-sessions': opens('endSessionsPage', 'Page: disown a new password'),
    'POST /api/auth/undo-deletion': act({
      id: 'undoDeletion',
      summary: 'Keep an account that waits to be erased',
      description: 'Takes the token of the mail that told of the deletion. Safe to repeat while the link lives.',
      done: 'Your account stays. Log in. If somebody else asked for the deletion, set a new password.',
    }),
    'GET /api/auth/undo-deletion': opens('undoDeletionPage', 'Page: keep an account that waits to be erased'),
    'POST /api/auth/end-session': act({
      id: 'endSessionByLink',
      summary: 'End a session that a mail told of',
      description:
        'Takes the token mailed after the first log-in from a new device, and ends that session. Safe to repeat.',
      done: 'That session has ended. If it was not yours, set a new password now.',
    }),
    'GET /api/auth/end-session': opens('endSessionPage', 'Page: end a session that a mail told of'),
  },
}
