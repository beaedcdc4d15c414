import { DeleteAccountBody, ProfileBody, SessionParam } from '../routes/schemas.ts'
import { exported, password, sessionEntry, user as someone } from './examples.ts'
import { type Group, json, type Operation } from './operation.ts'
import { ExportReply, MessageReply, SessionsReply, User } from './reply-schemas.ts'

const message = (text: string) => json(MessageReply, { done: { message: text } })

const updateProfile = (id: string): Operation => ({
  id,
  summary: 'Change the profile',
  description:
    'Takes any of name, phone and e-mail; what is left out stays, `null` clears name or phone. A new e-mail address becomes `pending_email` until the link mailed to it is followed, and the old address gets a notice with a link to stop it; sending the current address cancels the wait. Asks for the password of the last 15 minutes, or `current_password`, where `email` is sent. `PUT` and `PATCH` do the same.',
  access: 'user',
  body: json(ProfileBody, {
    name: { name: 'Ada Lovelace', phone: '+44 20 7946 0958' },
    email: { email: 'ada@lovelace.example', current_password: password },
    clear: { phone: null },
  }),
  replies: { 200: { says: 'The user as they are now.', content: json(User, { user: someone }) } },
  refusals: ['reauthentication_required', 'wrong_password', 'rate_limited', 'busy'],
})

const removeAccount = (id: string): Operation => ({
  id,
  summary: 'Delete the account',
  description:
    'Removes the user and everything of theirs, at once and for good; all tokens are dead. Asks for the password of the last 15 minutes, or `current_password`.',
  access: 'user',
  body: json(DeleteAccountBody, { password: { current_password: password } }),
  bodyOptional: true,
  replies: {
    200: {
      says: 'Gone.',
      content: message('Your account and everything in it is gone.'),
      headers: { 'Set-Cookie': 'Both cookies, expired.' },
    },
  },
  refusals: ['reauthentication_required', 'wrong_password', 'last_admin', 'rate_limited', 'busy'],
})

export const account: Group = {
  tag: 'User',
  operations: {
    'PUT /api/user/profile': updateProfile('replaceProfile'),
    'PATCH /api/user/profile': updateProfile('updateProfile'),
    'DELETE /api/user/profile': removeAccount('deleteProfile'),
    'DELETE /api/user/account': removeAccount('deleteAccount'),
    'GET /api/user/sessions': {
      id: 'listSessions',
      summary: 'List the sessions',
      description:
        'Where the user is signed in: device, browser, place and times. Newest use first. Under `REPLICA_READS` as the nearest replica knows them, unless `Gatehouse-Bookmark` says more.',
      access: 'user',
      near: true,
      replies: {
        200: { says: 'All live sessions.', content: json(SessionsReply, { one: { sessions: [sessionEntry] } }) },
      },
    },
    'DELETE /api/user/sessions': {
      id: 'endOtherSessions',
      summary: 'End all other sessions',
      description: 'This one lives. A change of e-mail address that waits is cancelled.',
      access: 'user',
      replies: { 200: { says: 'Ended.', content: message('All other sessions have ended.') } },
      refusals: ['rate_limited'],
    },
    'DELETE /api/user/sessions/{id}': {
      id: 'endSession',
      summary: 'End one session',
      description: 'Its tokens are refused at once. A change of e-mail address that it asked for is cancelled.',
      access: 'user',
      path: SessionParam,
      replies: { 200: { says: 'Ended.', content: message('This session has ended.') } },
      refusals: ['not_found', 'rate_limited'],
    },
    'GET /api/user/export': {
      id: 'exportAccount',
      summary: 'Export all data',
      description: 'All that is held on the user, as a download. Asks for the password of the last 15 minutes.',
      access: 'user',
      replies: {
        200: {
          says: 'Everything.',
          content: json(ExportReply, { all: exported }),
          headers: { 'Content-Disposition': 'A file name.' },
        },
      },
      refusals: ['reauthentication_required', 'rate_limited'],
    },
  },
}
