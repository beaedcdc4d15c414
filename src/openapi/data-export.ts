import { auditRecord, exported } from './examples.ts'
import { ActivityReply, ExportReply } from './factor-reply-schemas.ts'
import { type Group, json } from './operation.ts'

export const dataExport: Group = {
  tag: 'User',
  operations: {
    'GET /api/user/export': {
      id: 'exportAccount',
      summary: 'Export all data',
      description:
        'Returns all data held on the user, as a download. Requires a fresh access token: one from a log-in or a re-authentication in the last 15 minutes.',
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
    'GET /api/user/activity': {
      id: 'listActivity',
      summary: 'List what happened to the account lately',
      description:
        'Returns the audit entries of the user from the last 30 days, newest first, at most 100. For an action of an admin, the entry does not say where it came from.',
      access: 'user',
      replies: {
        200: {
          says: 'The entries.',
          content: json(ActivityReply, { one: { entries: [{ ...auditRecord, browser: 'Firefox', os: 'Linux' }] } }),
        },
      },
    },
  },
}
