import { LoginCodeBody, TransportQuery } from '../routes/auth-schemas.ts'
import { challenge, recoveryCode } from './examples.ts'
import { type Group, json } from './operation.ts'
import { tokensReply } from './replies.ts'

export const logInCodes: Group = {
  tag: 'Sessions',
  operations: {
    'POST /api/auth/login/code': {
      id: 'logInWithCode',
      summary: 'Finish a log-in by a code',
      description:
        "Takes the `challenge` of a log-in that was answered with `second_factor_required`, or the cookie `login`, and a `code` of the authenticator app or a `recovery_code`. Replies as the log-in itself would have; `transport` and `device` are read here, and `remember` is that of the first step. A code works once, and so does a recovery code; the owner is mailed when a recovery code is used. After too many wrong codes, the codes of the account's apps are refused for a while, and only recovery codes work. A challenge is valid for ten minutes, or until the password changes if that is sooner. `trust_device` works as at the log-in.",
      query: TransportQuery,
      device: true,
      body: json(LoginCodeBody, {
        code: { challenge, code: '123456' },
        cookie: { code: '123456' },
        recovery: { challenge, recovery_code: recoveryCode },
      }),
      replies: { 200: tokensReply('Logged in.') },
      refusals: ['invalid_challenge', 'wrong_code', 'rate_limited'],
    },
  },
}
