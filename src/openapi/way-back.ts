import { EndFreezeBody, RevertEmailBody } from '../routes/auth-schemas.ts'
import { linkToken, password } from './examples.ts'
import { byLink, pageOfLink } from './mail-links.ts'
import { type Group, json } from './operation.ts'
import { RevertedReply } from './reply-schemas.ts'

export const wayBack: Group = {
  tag: 'Links from mails',
  operations: {
    'POST /api/auth/revert-email-change': byLink({
      id: 'revertEmailChange',
      summary: 'Undo a change of e-mail address',
      description:
        'Takes the token mailed to the old address (7 days). With the password that was valid before the change, the account returns to its old address at once: sessions end, the password is void, everything added since is removed, and a link to choose a password is mailed there. Without it, the account is frozen for 72 hours and both addresses are informed; then the same happens, unless somebody at the new address gives that password (`/api/auth/end-freeze`).',
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
    'GET /api/auth/revert-email-change': pageOfLink('revertEmailChangePage', 'Page: undo a change of e-mail address'),
    'POST /api/auth/end-freeze': byLink({
      id: 'endFreeze',
      summary: 'Open a frozen account',
      description:
        'Takes the token mailed to the new address of a frozen account, and the password that was valid before the change. The freeze ends for good, and the account keeps its address.',
      body: json(EndFreezeBody, { password: { token: linkToken, password } }),
      done: 'The account is open again and keeps its address. Log in.',
      refusals: ['wrong_password', 'busy'],
    }),
    'GET /api/auth/end-freeze': pageOfLink('endFreezePage', 'Page: open a frozen account'),
  },
}
