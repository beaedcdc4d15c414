import { DeleteAccountBody, ProfileBody, SessionParam } from '../routes/schemas.ts'
import { exported, password, sessionEntry, user as someone } from './examples.ts'
import { type Group, json, type Operation } from './operation.ts'
import { ChangedUser, DeletedReply, ExportReply, MessageReply, SessionsReply } from './reply-schemas.ts'

const message = (text: string) => json(MessageReply, { done: { message: text } })

const updateProfile = (id: string): Operation => ({
  id,
  summary: 'Change the profile',
  description:
    'Takes any of name, phone and e-mail; what is left out stays, `null` clears name or phone. A new e-mail address becomes `pending_email` until the link mailed to it is followed, and the current address gets a mail with a link to stop that; sending the current address cancels the wait. With full proof (`current_password`, or the header `Gatehouse-Proof`) no more is needed; with a fresh access token alone (one that came with a log-in or a re-authentication) the current mailbox has to approve the change too. The reply is the same. For seven days after the change the old address can undo it. `PUT` and `PATCH` do the same.',
  access: 'user',
  proves: true,
  body: json(ProfileBody, {
    name: { name: 'Ada Lovelace', phone: '+44 20 7946 0958' },
    email: { email: 'ada@lovelace.example', current_password: password },
    clear: { phone: null },
  }),
  replies: { 200: { says: 'The user as they are now.', content: json(ChangedUser, { user: someone }) } },
  refusals: ['reauthentication_required', 'wrong_password', 'rate_limited', 'busy'],
})

const removeAccount = (id: string): Operation => ({
  id,
  summary: 'Delete the account',
  description:
    'With full proof (`current_password`, or the header `Gatehouse-Proof`) removes the user and everything of theirs, at once and for good. With a fresh access token alone, and for seven days after a change of address, the account is disabled at once and erased after `DELETION_GRACE_DAYS` (7): the reply says when in `erases_at`, and a link that undoes it is mailed. All tokens are dead, and the owner is told by mail.',
  access: 'user',
  proves: true,
  body: json(DeleteAccountBody, { password: { current_password: password } }),
  bodyOptional: true,
  replies: {
    200: {
      says: 'Gone.',
      content: json(DeletedReply, {
        gone: { message: 'Your account and everything in it is gone.' },
        later: { message: 'Your account is disabled now, and erased later.', erases_at: '2026-11-28T09:31:12.000Z' },
      }),
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
      description:
        'All that is held on the user, as a download. Asks for a fresh access token: one that came with a log-in or a re-authentication of the last 15 minutes.',
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
