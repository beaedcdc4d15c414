import { EmailBody, TokenQuery, VerifyEmailBody } from '../routes/auth-schemas.ts'
import { email, linkToken, password } from './examples.ts'
import { byLink, pageOfLink } from './mail-links.ts'
import { type Group, json, page } from './operation.ts'
import { done, noPrefetch } from './replies.ts'
import { MessageReply } from './reply-schemas.ts'

export const verification: Group = {
  tag: 'Registration and recovery',
  operations: {
    'POST /api/auth/verify-email': {
      id: 'verifyEmail',
      summary: 'Verify an e-mail address',
      description:
        'Takes the token of the mailed link and marks the address as verified. Safe to repeat while the link is valid (24 hours). Starts no session. The link proves access to the mailbox, not who chose the password: a page should send `require_proof` too, and if the answer is `proof_required`, ask for the password or lead to `reset-password` with the same token.',
      body: json(VerifyEmailBody, {
        link: { token: linkToken },
        page: { token: linkToken, require_proof: true },
        password: { token: linkToken, password },
      }),
      replies: { 200: done('Verified.', 'This address is verified. You can log in.') },
      refusals: ['invalid_link', 'proof_required', 'wrong_password', 'rate_limited', 'busy'],
    },
    'GET /api/auth/verify-email': {
      id: 'verifyEmailByGet',
      summary: 'Verify an e-mail address by a link',
      description:
        'The same with the token in the query, for API clients only: a browser that accepts `text/html` gets a page that reads the token from the fragment, so that no mail scanner uses it up and no log contains it.',
      query: TokenQuery,
      replies: {
        200: {
          says: 'Verified; or the page, which has changed nothing yet.',
          content: {
            ...json(MessageReply, { done: { message: 'This address is verified. You can log in.' } }),
            ...page('Reads the token and posts it.'),
          },
        },
        204: noPrefetch,
      },
      refusals: ['invalid_link', 'rate_limited'],
    },
    'POST /api/auth/resend-verification': {
      id: 'resendVerification',
      summary: 'Send the verification link again',
      description:
        'Takes an e-mail address. If an unverified account has it, mails a new link; earlier links stay valid. The reply is the same for every address. An address gets at most one mail a minute and five an hour.',
      body: json(EmailBody, { address: { email } }),
      replies: {
        200: done('Accepted.', 'If this address is not verified yet, a new link is on its way.'),
      },
      refusals: ['rate_limited'],
    },
    'POST /api/auth/reject-registration': byLink({
      id: 'rejectRegistration',
      summary: 'Say that somebody else registered the address',
      description:
        'Takes the second token of the verification mail, while the address is not verified. An account that was registered and never used is removed; any other stays but loses its password, sessions and links.',
      done: 'Whoever registered this address can no longer log in.',
    }),
    'GET /api/auth/reject-registration': pageOfLink(
      'rejectRegistrationPage',
      'Page: say that somebody else registered the address',
    ),
  },
}
