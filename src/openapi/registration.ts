import * as z from 'zod'
import { RegisterBody } from '../routes/auth-schemas.ts'
import { email, password, user } from './examples.ts'
import { type Group, json } from './operation.ts'
import { passwordRefusals } from './problems.ts'
import { registeredCookie } from './replies.ts'
import { ChangedUser, RegisteredReply } from './reply-schemas.ts'

export const registration: Group = {
  tag: 'Registration and recovery',
  operations: {
    'POST /api/auth/register': {
      id: 'register',
      summary: 'Register',
      description:
        'Takes an e-mail address, a password and, if given, a name and a phone number. With `EMAIL_VERIFICATION=required` (the default) the reply is the same whether or not the address was known; a link is mailed, and the account can be used once the link is opened. Registering an unverified address again with the same password sends the link again; with another password, the link lets the owner of the mailbox choose one. With `EMAIL_VERIFICATION=optional` the reply is the user, and `email_taken` says that the address was known. No session starts under either setting.',
      body: json(RegisterBody, {
        minimal: { email, password },
        complete: { email, password, name: 'Ada Lovelace', phone: '+44 20 7946 0958' },
      }),
      replies: {
        201: {
          says: 'Registered. `Registered` if verification is required, otherwise the `ChangedUser`.',
          content: json(z.union([RegisteredReply, ChangedUser]), {
            required: { message: 'Follow the link in the mail we sent, then log in.', email },
            optional: { ...user, email_verified: false, last_login_at: null },
          }),
          headers: registeredCookie,
        },
      },
      refusals: [...passwordRefusals, 'email_taken', 'registration_closed', 'rate_limited', 'busy'],
    },
  },
}
