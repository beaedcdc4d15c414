import { EndFreezeBody, RevertEmailBody } from '../routes/auth-schemas.ts'
import { linkToken, password, recoveryCode } from './examples.ts'
import { byLink, pageOfLink } from './mail-links.ts'
import { type Group, json, type Operation } from './operation.ts'
import { assertion } from './passkey-examples.ts'
import { RevertedReply } from './reply-schemas.ts'

const refusals: Operation['refusals'] = ['wrong_password', 'wrong_code', 'passkey_refused', 'not_found', 'busy']

export const wayBack: Group = {
  tag: 'Links from mails',
  operations: {
    'POST /api/auth/revert-email-change': byLink({
      id: 'revertEmailChange',
      summary: 'Undo a change of e-mail address',
      description:
        'Takes the token mailed to the old address (7 days), and a proof from before the change: the password that was valid then; or as `otp` a code of an authenticator app or a recovery code; or as `credential` what `navigator.credentials.get` returned for the options of `/api/auth/login/passkey/options`, with a passkey that verifies its user. A password counts unless it was set less than 72 hours before the change, and a factor if it was added at least 72 hours before. With a proof, the account returns to its old address at once: sessions end, the password is void, everything added since is removed, and a link to choose a password is mailed there. Without a proof, the account is frozen for 72 hours and both addresses are informed; then the same happens, unless somebody at the new address gives such a proof (`/api/auth/end-freeze`).',
      body: json(RevertEmailBody, {
        password: { token: linkToken, password },
        passkey: { token: linkToken, credential: assertion },
        mailbox: { token: linkToken },
      }),
      done: '',
      reply: {
        says: 'The account is back, or frozen.',
        content: json(RevertedReply, {
          back: { message: 'Your account has its old address again.' },
          frozen: { message: 'The account is frozen.', frozen_until: '2026-11-24T09:31:12.000Z' },
        }),
      },
      refusals,
    }),
    'GET /api/auth/revert-email-change': pageOfLink('revertEmailChangePage', 'Page: undo a change of e-mail address'),
    'POST /api/auth/end-freeze': byLink({
      id: 'endFreeze',
      summary: 'Open a frozen account',
      description:
        'Takes the token mailed to the new address of a frozen account, and a proof from before the change, as `/api/auth/revert-email-change` does. The freeze ends for good, and the account keeps its address.',
      body: json(EndFreezeBody, {
        password: { token: linkToken, password },
        code: { token: linkToken, otp: recoveryCode },
        passkey: { token: linkToken, credential: assertion },
      }),
      done: 'The account is open again and keeps its address. Log in.',
      refusals,
    }),
    'GET /api/auth/end-freeze': pageOfLink('endFreezePage', 'Page: open a frozen account'),
  },
}
