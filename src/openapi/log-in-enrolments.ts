import { EnrolBody, EnrolMailBody, EnrolOptionsBody, TransportQuery } from '../routes/auth-schemas.ts'
import {
  EnrolledSessionReply,
  EnrolMailReply,
  EnrolOptionsReply,
  enrolmentChallenge,
} from './enrolment-reply-schemas.ts'
import { enrolment, recoveryCodes, sessions } from './examples.ts'
import { type Group, json } from './operation.ts'
import { creation, newCredential } from './passkey-examples.ts'
import { tokensReply } from './replies.ts'

const { first, next, proven } = enrolmentChallenge

export const logInEnrolments: Group = {
  tag: 'Sessions',
  operations: {
    'POST /api/auth/login/enrol/mail': {
      id: 'mailEnrolmentCode',
      summary: 'Ask for the code that an enrolment needs',
      description:
        'Takes the `challenge` of a log-in that was answered with `enrolment_required`, or the cookie `login`, and mails a code to the address of the account. The code is good for ten minutes, and only with the challenge in this reply. So whoever adds the second factor knows the password and reads the mailbox. Asking again sends another code.',
      body: json(EnrolMailBody, { first: { challenge: first }, cookie: {} }),
      bodyOptional: true,
      replies: {
        200: {
          says: 'Mailed.',
          content: json(EnrolMailReply, {
            mailed: { message: 'A code is on its way to your e-mail address.', challenge: next, expires_in: 600 },
          }),
          headers: { 'Set-Cookie': 'The cookie `login`, if the challenge came with it.' },
        },
      },
      refusals: ['invalid_challenge', 'rate_limited'],
    },
    'POST /api/auth/login/enrol/options': {
      id: 'beginEnrolment',
      summary: 'Begin to add the second factor that a log-in needs',
      description:
        'Takes the challenge and the mailed code, and returns what an authenticator app or a browser needs to make the factor. The code works once: the `challenge` in the reply stands for it in later requests, also in one for the other `type`. Nothing of the factor is stored yet. 404 for a type that is not among the `methods` of the log-in.',
      body: json(EnrolOptionsBody, {
        app: { challenge: next, type: 'totp', mail_code: '4071 9266' },
        passkey: { challenge: next, type: 'passkey', mail_code: '4071 9266' },
        again: { challenge: proven, type: 'passkey' },
      }),
      replies: {
        200: {
          says: 'The seed of an app, or the options for `navigator.credentials.create`.',
          content: json(EnrolOptionsReply, {
            app: { challenge: proven, ...enrolment },
            passkey: { challenge: proven, ...creation },
          }),
          headers: { 'Set-Cookie': 'The cookie `login`, if the challenge came with it.' },
        },
      },
      refusals: ['invalid_challenge', 'wrong_code', 'not_found', 'rate_limited'],
    },
    'POST /api/auth/login/enrol': {
      id: 'enrol',
      summary: 'Add the second factor and log in',
      description:
        'Takes the challenge, and `enrolment` with a `code` of the app, or the `credential` of a new passkey. Adds the factor and starts a session, which states two factors; all other sessions of the user end. The reply is that of a log-in, with ten recovery codes, which are shown only here. The owner is informed by mail, with a link that removes the factor.',
      query: TransportQuery,
      device: true,
      body: json(EnrolBody, {
        app: { challenge: proven, enrolment: enrolment.enrolment, code: '287082', name: 'Old phone' },
        passkey: { challenge: proven, credential: newCredential },
      }),
      replies: {
        200: {
          ...tokensReply('Logged in.'),
          content: json(EnrolledSessionReply, { both: { ...sessions.both, recovery_codes: recoveryCodes } }),
        },
      },
      refusals: [
        'invalid_challenge',
        'invalid_enrolment',
        'invalid_ceremony',
        'wrong_code',
        'passkey_refused',
        'not_found',
        'rate_limited',
      ],
    },
  },
}
