import { ArchiveQuery } from '../routes/admin-schemas.ts'
import { ArchiveReply } from './admin-reply-schemas.ts'
import { archivedDay } from './examples.ts'
import { type Group, json } from './operation.ts'

export const auditArchive: Group = {
  tag: 'Administration',
  operations: {
    'GET /api/admin/audit/archive': {
      id: 'listArchivedDays',
      summary: 'List the archived days of the audit',
      description:
        'Returns the days that have audit entries in the archive, newest first. The entries themselves are not served: `npm run audit-export` reads them.',
      access: 'admin',
      query: ArchiveQuery,
      replies: {
        200: { says: 'A page.', content: json(ArchiveReply, { page: { days: [archivedDay], next_cursor: null } }) },
      },
    },
  },
}
