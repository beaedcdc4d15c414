import { auditEntry } from './audit.ts'
import { AuthError } from './errors.ts'
import { leastId } from './ids.ts'
import type { AuditRow, Visitor } from './model.ts'
import type { AuditStore } from './ports/audit.ts'
import type { DataExportStore, Holdings } from './ports/data-export.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { Authentication, Principal } from './proof.ts'

type Needs = {
  dataExportStore: DataExportStore
  auditStore: AuditStore
  authentication: Authentication
  now: Clock
  defer: Defer
}

/** How far back users see what happened to their account. */
const activityMs = 30 * 86_400_000

/** Export of a user's data (GDPR, article 20), and what happened to the account lately. */
export const createDataExport = ({ dataExportStore, auditStore, authentication, now, defer }: Needs) => ({
  /** Returns all data held on the user. @throws AuthError `reauthentication_required`, `invalid_token` */
  async holdings(principal: Principal, visitor: Visitor): Promise<Holdings> {
    authentication.requireRecent(principal)
    const at = now()
    const holdings = await dataExportStore.holdings(principal.sid, at)
    if (!holdings) throw new AuthError('invalid_token')
    defer(
      auditStore.add({ ...auditEntry(visitor, at), event: 'data_exported', userId: holdings.user.id, actorId: null }),
    )
    return holdings
  },

  /** Returns the audit entries of the last 30 days, newest first, at most 100. @throws AuthError `invalid_token` */
  async activity({ sid }: Principal): Promise<AuditRow[]> {
    const at = now()
    const entries = await dataExportStore.activity(sid, leastId(new Date(at.getTime() - activityMs)), at)
    if (!entries) throw new AuthError('invalid_token')
    return entries
  },
})
