import { SessionParam } from '../routes/user-schemas.ts'
import { sessionEntry } from './examples.ts'
import { byLink, pageOfLink } from './mail-links.ts'
import { type Group, json } from './operation.ts'
import { MessageReply, SessionsReply } from './reply-schemas.ts'

const message = (text: string) => json(MessageReply, { done: { message: text } })

export const ownSessions: Group = {
  tag: 'User',
  operations: {
    'GET /api/user/sessions': {
      id: 'listSessions',
      summary: 'List the sessions',
      description:
        'Where the user is signed in: device, browser, place and times, most recently used first. Under `REPLICA_READS` the nearest replica answers, unless `Gatehouse-Bookmark` says otherwise.',
      access: 'user',
      near: true,
      replies: {
        200: { says: 'All live sessions.', content: json(SessionsReply, { one: { sessions: [sessionEntry] } }) },
      },
    },
    'DELETE /api/user/sessions': {
      id: 'endOtherSessions',
      summary: 'End all other sessions',
      description:
        'This session continues. A pending change of e-mail address is cancelled, and all trusted devices are forgotten.',
      access: 'user',
      replies: { 200: { says: 'Ended.', content: message('All other sessions have ended.') } },
      refusals: ['rate_limited'],
    },
    'DELETE /api/user/sessions/{id}': {
      id: 'endSession',
      summary: 'End one session',
      description: 'Its tokens are refused at once. A change of e-mail address that it requested is cancelled.',
      access: 'user',
      path: SessionParam,
      replies: { 200: { says: 'Ended.', content: message('This session has ended.') } },
      refusals: ['not_found', 'rate_limited'],
    },
    'POST /api/auth/end-session': byLink({
      id: 'endSessionByLink',
      summary: 'End the session that a mail is about',
      description:
        'Takes the token mailed after the first log-in from a new device, and ends that session. Safe to repeat.',
      done: 'That session has ended. If it was not yours, set a new password now.',
    }),
    'GET /api/auth/end-session': pageOfLink('endSessionPage', 'Page: end the session that a mail is about'),
  },
}
