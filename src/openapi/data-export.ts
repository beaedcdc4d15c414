import { exported } from './examples.ts'
import { ExportReply } from './factor-reply-schemas.ts'
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
  },
}
