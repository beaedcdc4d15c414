import { ProofBody } from '../routes/user-schemas.ts'
import { password } from './examples.ts'
import { type Group, json } from './operation.ts'
import { done } from './replies.ts'

export const passwordRemovals: Group = {
  tag: 'User',
  operations: {
    'DELETE /api/user/password': {
      id: 'removePassword',
      summary: 'Remove the password',
      description:
        'Needs full proof, and another way to log in: a passkey that verifies its user, or log-in by mail. All other sessions end, and the owner is informed by mail, with a link that ends everything. A link from `forgot-password` sets a password again. 404 while `PASSWORDLESS` is off, and for an account without a password.',
      access: 'user',
      proves: true,
      body: json(ProofBody, { password: { current_password: password }, header: {} }),
      bodyOptional: true,
      replies: { 200: done('Removed.', 'Your account has no password now. Your other sessions have ended.') },
      refusals: [
        'not_found',
        'forbidden',
        'last_factor',
        'reauthentication_required',
        'wrong_password',
        'second_factor_required',
        'rate_limited',
        'busy',
      ],
    },
  },
}
