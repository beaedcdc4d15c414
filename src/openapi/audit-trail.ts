import { AuditQuery } from '../routes/admin-schemas.ts'
import { AuditReply } from './admin-reply-schemas.ts'
import { auditRecord } from './examples.ts'
import { type Group, json } from './operation.ts'

export const auditTrail: Group = {
  tag: 'Administration',
  operations: {
    'GET /api/admin/audit': {
      id: 'listAudit',
      summary: 'Read the audit trail',
      description:
        'Returns audit entries, newest first, filtered by user, actor, event and time. If the filter is a common event (`registered`, `email_verified`, `logged_in`, `log_in_failed`, `logged_out`) without a user or an actor, a page may hold fewer entries than `per_page`, or none, and still have a `next_cursor`. Entries that `AUDIT_ARCHIVE_AFTER_DAYS` has moved into the archive are not returned; from the time `complete_from` on, all entries are found. With `names=true` the reply also says who the users and actors are.',
      access: 'admin',
      query: AuditQuery,
      replies: {
        200: {
          says: 'A page.',
          content: json(AuditReply, { page: { entries: [auditRecord], next_cursor: null, complete_from: null } }),
        },
      },
    },
  },
}
