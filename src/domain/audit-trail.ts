import { type AuditEvent, auditEntry } from './audit.ts'
import { completeFrom } from './audit-archive.ts'
import { leastId, newId } from './ids.ts'
import type { Macs } from './macs.ts'
import type { Visitor } from './model.ts'
import type { AuditStore } from './ports/audit.ts'
import type { Clock, Defer } from './ports/outside.ts'

type Needs = { auditStore: AuditStore; macs: Macs; now: Clock; defer: Defer }

/** Pages of one query that an admin reads within this many milliseconds share one audit entry. */
const listedWindowMs = 900_000

/** The admin who reads, and where the request comes from. */
export type Reader = { adminId: string; visitor: Visitor }

export type AuditTrail = ReturnType<typeof createAuditTrail>

/** Reading the audit trail, and recording what admins read. */
export const createAuditTrail = ({ auditStore, macs, now, defer }: Needs) => {
  /** Records a query without its search text. A MAC of the text shows whether two searches were the same. */
  const tellListed = (
    event: 'users_listed' | 'mails_listed' | 'audit_read',
    { adminId: actorId, visitor }: Reader,
    query: Record<string, string | boolean | undefined>,
    ids: string[],
  ) => {
    const at = now()
    const window = new Date(Math.floor(at.getTime() / listedWindowMs) * listedWindowMs)
    const asked = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
    const id = newId(at, macs.sign('audit', `${event} ${actorId} ${JSON.stringify(asked)} ${window.getTime()}`))
    const detail = {
      ...(asked as Record<string, string>),
      shown: ids.length,
      first: ids[0] ?? null,
      last: ids.at(-1) ?? null,
    }
    defer(
      auditStore.addListed({
        ...auditEntry(visitor, at),
        id,
        since: leastId(window),
        event,
        userId: null,
        actorId,
        detail,
      }),
    )
  }

  return {
    tellListed,

    /**
     * Returns audit entries from `from` to `to`, newest first. With a filter for a common event, a page may contain
     * fewer entries than the limit, or none, although more pages follow. `completeFrom`: older entries are in the
     * archive.
     */
    async list(
      reader: Reader,
      query: {
        userId?: string
        actorId?: string
        event?: AuditEvent
        from?: Date
        to?: Date
        cursor?: string
        limit: number
        /** Also return who the users and actors of the entries are. */
        named?: boolean
      },
    ) {
      const bound = (time: Date | undefined) => time && leastId(time)
      const to = bound(query.to)
      const before = [query.cursor, to].filter((id) => id !== undefined).sort()[0]
      const { rows, searchedTo, archivedDay } = await auditStore.list({
        ...query,
        from: bound(query.from),
        before,
        limit: query.limit + 1,
      })
      const entries = rows.slice(0, query.limit)
      const ids = query.named
        ? entries.flatMap(({ userId, actorId }) => [userId, actorId]).filter((id) => id !== null)
        : []
      const people = ids.length > 0 ? await auditStore.namesOf([...new Set(ids)]) : []
      const { userId: user, actorId: actor, event, from, to: until } = query
      tellListed(
        'audit_read',
        reader,
        { user, actor, event, from: from?.toISOString(), to: until?.toISOString() },
        entries.map(({ id }) => id),
      )
      return {
        entries,
        people,
        next: rows.length > query.limit ? entries.at(-1)?.id : searchedTo,
        completeFrom: completeFrom(archivedDay),
      }
    },
  }
}
