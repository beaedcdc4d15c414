import { DeleteAccountBody } from '../routes/user-schemas.ts'
import { password } from './examples.ts'
import { byLink, pageOfLink } from './mail-links.ts'
import { type Group, json, type Operation } from './operation.ts'
import { DeletedReply } from './reply-schemas.ts'

const removeAccount = (id: string): Operation => ({
  id,
  summary: 'Delete the account',
  description:
    'With full proof (`current_password`, or the header `Gatehouse-Proof`), deletes the user and all their data at once and for good. With a fresh access token alone, or within seven days of a change of address, the account is disabled at once and erased after `DELETION_GRACE_DAYS` (7): the reply says when in `erases_at`, and a link that undoes it is mailed. All tokens are void, and the owner is informed by mail.',
  access: 'user',
  proves: true,
  body: json(DeleteAccountBody, { password: { current_password: password } }),
  bodyOptional: true,
  replies: {
    200: {
      says: 'Deleted, or disabled and erased later.',
      content: json(DeletedReply, {
        gone: { message: 'Your account and everything in it was deleted.' },
        later: { message: 'Your account is disabled and will be erased later.', erases_at: '2026-11-28T09:31:12.000Z' },
      }),
      headers: { 'Set-Cookie': 'Both cookies, expired.' },
    },
  },
  refusals: [
    'reauthentication_required',
    'wrong_password',
    'second_factor_required',
    'last_admin',
    'rate_limited',
    'busy',
  ],
})

export const accountDeletion: Group = {
  tag: 'User',
  operations: {
    'DELETE /api/user/profile': removeAccount('deleteProfile'),
    'DELETE /api/user/account': removeAccount('deleteAccount'),
    'POST /api/auth/undo-deletion': byLink({
      id: 'undoDeletion',
      summary: 'Cancel a scheduled deletion',
      description: 'Takes the token of the mail about the deletion. Safe to repeat while the link is valid.',
      done: 'Your account is kept. Log in. If somebody else requested the deletion, set a new password.',
    }),
    'GET /api/auth/undo-deletion': pageOfLink('undoDeletionPage', 'Page: cancel a scheduled deletion'),
  },
}
