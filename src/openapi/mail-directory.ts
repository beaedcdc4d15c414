import { IdParam, MailsQuery } from '../routes/admin-schemas.ts'
import { MailsReply } from './admin-reply-schemas.ts'
import { listedMail } from './examples.ts'
import { type Group, json } from './operation.ts'
import { MessageReply } from './reply-schemas.ts'

export const mailDirectory: Group = {
  tag: 'Administration',
  operations: {
    'GET /api/admin/mails': {
      id: 'listMails',
      summary: 'List mails',
      description:
        'Returns mails that failed and were not sent since, the newest first (`state=failed`, the default); or mails that wait for an attempt, the next one first (`state=waiting`); or the mails of one user in every state, newest first (`user`). Links and texts are never returned. Reading is recorded in the audit, once for each query in a quarter of an hour.',
      access: 'admin',
      query: MailsQuery,
      replies: {
        200: {
          says: 'A page.',
          content: json(MailsReply, { page: { mails: [listedMail], failed: 1, waiting: 0, next_cursor: null } }),
        },
      },
    },
    'POST /api/admin/mails/{id}/retry': {
      id: 'retryMail',
      summary: 'Send a failed mail again',
      description:
        'Sends a mail for which no further attempt is due. `not_found` if there is no such mail, if its link has ended, or if it has lost its reason, for example because the address was verified since.',
      access: 'admin',
      path: IdParam,
      replies: {
        200: { says: 'Accepted.', content: json(MessageReply, { done: { message: 'The mail is on its way again.' } }) },
      },
      refusals: ['reauthentication_required', 'not_found', 'rate_limited'],
    },
  },
}
