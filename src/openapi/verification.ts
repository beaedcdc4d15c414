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
        'Takes the token from the link in the mail and marks the address as verified. Safe to repeat while the link lives (24 hours). Starts no session. The link shows who reads the mailbox and not who chose the password: a page sends `require_proof` too, and where the answer is `proof_required` asks for the password, or leads to `reset-password` with the same token.',
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
        'The same with the token in the query, for API clients only: a browser that asks for `text/html` gets a page that reads the token from the fragment, so that no mail scanner spends it and no log holds it.',
      query: TokenQuery,
      replies: {
        200: {
          says: 'Verified; or the page, where nothing has happened yet.',
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
        'Takes an e-mail address. Mails a new link if an unverified account has it, which ends the earlier one. The reply is the same for every address; at most one mail a minute and five an hour go to one.',
      body: json(EmailBody, { address: { email } }),
      replies: {
        200: done('Taken.', 'If this address waits to be verified, a new link is on its way.'),
      },
      refusals: ['rate_limited'],
    },
    'POST /api/auth/reject-registration': byLink({
      id: 'rejectRegistration',
      summary: 'Say that somebody else registered the address',
      description:
        'Takes the second token of the mail that asks to verify an address, while the address is not verified. An account that was registered and never used is removed; any other loses its password, its sessions and its links, and stays.',
      done: 'Whoever registered this address cannot get in.',
    }),
    'GET /api/auth/reject-registration': pageOfLink(
      'rejectRegistrationPage',
      'Page: say that somebody else registered the address',
    ),
  },
}
