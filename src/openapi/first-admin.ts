import { FirstAdminBody, TransportQuery } from '../routes/auth-schemas.ts'
import { email, password } from './examples.ts'
import { type Group, json } from './operation.ts'
import { passwordRefusals } from './problems.ts'
import { tokensReply } from './replies.ts'

export const firstAdmin: Group = {
  tag: 'Administration',
  operations: {
    'POST /api/auth/first-admin': {
      id: 'makeFirstAdmin',
      summary: 'Make the first admin of a local run',
      description:
        'Creates an admin with this address, which counts as verified, and starts a session. `token` comes from the link that `npm start` prints; it is valid for 30 minutes. The operation exists only where `APP_URL` names this computer and the request came to such a URL, and only while there is no admin; otherwise it is `not_found`. A deployed service gets its first admin by `npm run admin`.',
      query: TransportQuery,
      body: json(FirstAdminBody, {
        minimal: { token: 'ayHwMsDuMdhlUE4QOBpoXmdxqMQOBXkFCNY2jMlbP9E', email, password },
        complete: { token: 'ayHwMsDuMdhlUE4QOBpoXmdxqMQOBXkFCNY2jMlbP9E', email, password, name: 'Ada Lovelace' },
      }),
      replies: { 200: tokensReply('There is an admin now, who is logged in.') },
      refusals: ['not_found', 'enrolment_required', ...passwordRefusals, 'email_taken', 'rate_limited', 'busy'],
    },
  },
}
