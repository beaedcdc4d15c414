import { PasskeyChallengeBody, PasskeyLoginBody, TransportQuery } from '../routes/auth-schemas.ts'
import { sessions } from './examples.ts'
import { PasskeyRequestReply, PasskeySessionReply } from './factor-reply-schemas.ts'
import { type Group, json } from './operation.ts'
import { assertion, request, signal } from './passkey-examples.ts'
import { tokensReply } from './replies.ts'

const challenge = `1.019aa2f6-7c1e-7d2a-9b1f-5a6c7d8e9f00.r.mhvp1q9c.${'n'.repeat(8)}.${'d'.repeat(22)}.${'m'.repeat(43)}`

export const passkeyLogIns: Group = {
  tag: 'Sessions',
  operations: {
    'POST /api/auth/login/passkey/options': {
      id: 'beginPasskeyLogIn',
      summary: 'Begin to log in with a passkey',
      description:
        'Returns the options for `navigator.credentials.get`, valid for five minutes. Without a body, any passkey of the site may answer: nothing is read or stored, so a page can ask for the options when it opens (conditional mediation). With the `challenge` of a log-in by password that asked for a second factor, or `second_step: true` for the challenge in the cookie `login`, the options name the passkeys of that user. 404 while passkeys are off.',
      body: json(PasskeyChallengeBody, { first: {}, second: { challenge }, cookie: { second_step: true } }),
      bodyOptional: true,
      replies: { 200: { says: 'The options.', content: json(PasskeyRequestReply, { one: request }) } },
      refusals: ['invalid_challenge', 'not_found', 'rate_limited'],
    },
    'POST /api/auth/login/passkey': {
      id: 'logInByPasskey',
      summary: 'Log in with a passkey',
      description:
        'Takes what `navigator.credentials.get` returned, and starts a session as a log-in by password does. Without a `challenge`, the passkey has to have verified its user, and is all that is needed. With the `challenge` of a log-in by password (or `second_step: true` for the cookie `login`), it is the second factor, and any passkey of the user will do. Each answer counts once. `unknown_credential: true` in a refusal says that the service does not have that passkey. The reply also has what a site passes on to password managers.',
      query: TransportQuery,
      device: true,
      body: json(PasskeyLoginBody, {
        passkey: { credential: assertion },
        second: { credential: assertion, challenge },
      }),
      replies: {
        200: {
          ...tokensReply('Logged in.'),
          content: json(PasskeySessionReply, { both: { ...sessions.both, ...signal } }),
        },
      },
      refusals: ['invalid_ceremony', 'invalid_challenge', 'passkey_refused', 'not_found', 'rate_limited'],
    },
  },
}
