import { ReauthenticateBody, TransportQuery } from '../routes/auth-schemas.ts'
import { password } from './examples.ts'
import { type Group, json } from './operation.ts'
import { tokensReply } from './replies.ts'

export const reauthentication: Group = {
  tag: 'Sessions',
  operations: {
    'POST /api/auth/reauthenticate': {
      id: 'reauthenticate',
      summary: 'Give the password again',
      description:
        'Takes the password of the signed-in user and returns the next tokens of the same session with a new `auth_time`. The access token is fresh (claim `fresh`): operations that require a recent log-in accept it. The token of a later refresh is not fresh. `proof` is for one request that requires full proof, in the header `Gatehouse-Proof`, within a minute. A wrong password counts against the account as at log-in, and too many end the session. If a cookie signed in, the refresh token is sent by cookie only.',
      access: 'user',
      query: TransportQuery,
      body: json(ReauthenticateBody, { password: { password } }),
      replies: { 200: tokensReply('The next tokens.') },
      refusals: ['wrong_password', 'rate_limited', 'busy'],
    },
  },
}
