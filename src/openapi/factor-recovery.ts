import { RecoverFactorsBody } from '../routes/auth-schemas.ts'
import { challenge } from './examples.ts'
import { FactorRecoveryReply } from './factor-reply-schemas.ts'
import { byLink, pageOfLink } from './mail-links.ts'
import { type Group, json } from './operation.ts'

const begun = 'We have sent you a mail. A link to remove your second factors follows when the wait is over.'

export const factorRecovery: Group = {
  tag: 'Registration and recovery',
  operations: {
    'POST /api/auth/recover-factors': {
      id: 'recoverFactors',
      summary: 'Say that all second factors are lost',
      description:
        'Takes the `challenge` of a log-in that was answered with `second_factor_required`, or the cookie `login`. After `FACTOR_RECOVERY_HOURS` the owner is mailed a link that removes all second factors; until then a mail each day has a link that stops this. A log-in with a second factor stops it too, and so does a new password. Asking again while the wait is on changes nothing. With `FACTOR_RECOVERY_HOURS=0`, the default, the reply is 404.',
      body: json(RecoverFactorsBody, { challenge: { challenge }, cookie: {} }),
      bodyOptional: true,
      replies: {
        200: {
          says: 'The wait has begun.',
          content: json(FactorRecoveryReply, { begun: { message: begun, ready_at: '2026-11-24T09:31:12.000Z' } }),
        },
      },
      refusals: ['invalid_challenge', 'not_found', 'rate_limited'],
    },
    'POST /api/auth/confirm-factor-recovery': byLink({
      id: 'confirmFactorRecovery',
      summary: 'Remove all second factors after the wait',
      description:
        'Takes the token mailed at the end of the wait. Removes every authenticator app, every passkey and all recovery codes, and ends every session. Works once.',
      done: 'Your second factors are removed, and all sessions have ended. Log in and add one again.',
    }),
    'GET /api/auth/confirm-factor-recovery': pageOfLink(
      'confirmFactorRecoveryPage',
      'Page: remove all second factors after the wait',
    ),
    'POST /api/auth/cancel-factor-recovery': byLink({
      id: 'cancelFactorRecovery',
      summary: 'Keep the second factors',
      description: 'Takes the token of any mail about the wait, and ends the wait.',
      done: 'Your second factors stay. Set a new password now.',
    }),
    'GET /api/auth/cancel-factor-recovery': pageOfLink('cancelFactorRecoveryPage', 'Page: keep the second factors'),
  },
}
