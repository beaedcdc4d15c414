import { TokenBody } from '../routes/schemas.ts'
import { linkToken } from './examples.ts'
import { type Group, json, type Operation, page } from './operation.ts'
import { MessageReply } from './reply-schemas.ts'

/** A link's token sent as JSON: what its page does, and what any client may do. */
const act = (
  operation: Pick<Operation, 'id' | 'summary' | 'description'> & { done: string; refusals?: 'email_taken'[] },
): Operation => ({
  id: operation.id,
  summary: operation.summary,
  description: operation.description,
  body: json(TokenBody, { token: { token: linkToken } }),
  replies: { 200: { says: 'Done.', content: json(MessageReply, { done: { message: operation.done } }) } },
  refusals: ['invalid_link', 'rate_limited', ...(operation.refusals ?? [])],
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
        'Takes the token mailed to the new address (24 h). The account switches to it, all sessions end but the one that asked for the change, open links die, and the old address is told.',
      done: 'This is your address now. Your other sessions have ended.',
      refusals: ['email_taken'],
    }),
    'GET /api/auth/confirm-email': opens('confirmEmailPage', 'Page: confirm a new e-mail address'),
    'POST /api/auth/cancel-email-change': act({
      id: 'cancelEmailChange',
      summary: 'Cancel a change of e-mail address',
      description: 'Takes the token mailed to the old address, good while the change waits. Safe to repeat.',
      done: 'Your address stays as it is.',
    }),
    'GET /api/auth/cancel-email-change': opens('cancelEmailChangePage', 'Page: cancel a change of e-mail address'),
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
