import { ReauthenticateBody, TransportQuery } from '../routes/auth-schemas.ts'
import { password } from './examples.ts'
import { PasskeyRequestReply } from './factor-reply-schemas.ts'
import { type Group, json } from './operation.ts'
import { assertion, request } from './passkey-examples.ts'
import { tokensReply } from './replies.ts'

export const reauthentication: Group = {
  tag: 'Sessions',
  operations: {
    'POST /api/auth/reauthenticate': {
      id: 'reauthenticate',
      summary: 'Give the password or a passkey again',
      description:
        'Takes the password of the signed-in user, or as `credential` what `navigator.credentials.get` returned for the options of `/api/auth/reauthenticate/passkey/options`, and returns the next tokens of the same session with a new `auth_time`. The access token is fresh (claim `fresh`): operations that require a recent log-in accept it. The token of a later refresh is not fresh. The `proof` of the reply is for one request that requires full proof: send it in the header `Gatehouse-Proof`, within a minute. An account with a second factor sends `otp` too: a code of its authenticator app, or a recovery code. A passkey that verified its user is enough alone; any other one comes with the password. An account without a password sends the code of a log-in mail in place of the password: `mail_code`, with the `challenge` of the browser that asked for it. An account that must have a second factor and has none gets `enrolment_required`. A wrong password or code counts against the account as at log-in, and too many end the session. If a cookie authenticated the request, the refresh token is sent by cookie only.',
      access: 'user',
      query: TransportQuery,
      body: json(ReauthenticateBody, {
        password: { password },
        otp: { password, otp: '123456' },
        passkey: { credential: assertion },
        mail: { mail_code: '1234 5678' },
      }),
      replies: { 200: tokensReply('The next tokens.') },
      refusals: [
        'invalid_ceremony',
        'wrong_password',
        'reauthentication_required',
        'second_factor_required',
        'enrolment_required',
        'wrong_code',
        'passkey_refused',
        'not_found',
        'rate_limited',
        'busy',
      ],
    },
    'POST /api/auth/reauthenticate/passkey/options': {
      id: 'beginPasskeyReauthentication',
      summary: 'Begin to re-authenticate with a passkey',
      description:
        "Returns the options for `navigator.credentials.get`, valid for five minutes in the same session. They name the user's passkeys. 404 without one, and while passkeys are off.",
      access: 'user',
      replies: { 200: { says: 'The options.', content: json(PasskeyRequestReply, { one: request }) } },
      // A request with a secret in its query is refused with `validation_failed`.
      refusals: ['validation_failed', 'not_found', 'rate_limited'],
    },
  },
}
