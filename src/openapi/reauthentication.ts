import { ReauthenticateBody, TransportQuery } from '../routes/auth-schemas.ts'
import { password } from './examples.ts'
import { type Group, json } from './operation.ts'
import { tokensReply } from './replies.ts'

export const reauthentication: Group = {
  tag: 'Sessions',
  operations: {
    'POST /api/auth/reauthenticate': {
      id: 'reauthenticate',
      summary: 'Give the password again, and a code',
      description:
        'Takes the password of the signed-in user and returns the next tokens of the same session with a new `auth_time`. The access token is fresh (claim `fresh`): operations that require a recent log-in accept it. The token of a later refresh is not fresh. `proof` is for one request that requires full proof, in the header `Gatehouse-Proof`, within a minute. An account with a second factor sends `otp` too: a code of its authenticator app, or a recovery code. A wrong password or code counts against the account as at log-in, and too many end the session. If a cookie signed in, the refresh token is sent by cookie only.',
      access: 'user',
      query: TransportQuery,
      body: json(ReauthenticateBody, { password: { password }, otp: { password, otp: '123456' } }),
      replies: { 200: tokensReply('The next tokens.') },
      refusals: ['wrong_password', 'second_factor_required', 'wrong_code', 'rate_limited', 'busy'],
    },
  },
}
