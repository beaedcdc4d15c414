import type { AuditEvent } from '../audit.ts'
import type { AuditEntry, AuditRow, Limit } from '../model.ts'

export type Counted = AuditEntry & { event: AuditEvent; userId: string | null }

/** `since`: the least id of the window. The id is the same for all of one subject in it, except its time. */
export type InWindow = Counted & { since: string }

export type AuditStore = {
  /** Adds one to the entry that the failures of one subject in one window share, and files it anew under the time of the last. */
  count(entry: InWindow): Promise<void>
  /** The same for a failed log-in; and where it is the last that `all` has room for, in the same round trip, `alarm`. */
  countFailure(entry: InWindow, all: Limit, alarm: Counted & { detail: AuditRow['detail'] }): Promise<void>
  add(entry: AuditEntry & { event: AuditEvent; userId: string | null; actorId: string | null }): Promise<void>
  /** The same for a page that an admin was shown: `shown` adds up, and `last` is that of the newest. */
  addListed(
    entry: InWindow & {
      actorId: string
      detail: NonNullable<AuditRow['detail']> & { shown: number; last: string | null }
    },
  ): Promise<void>
  /** Newest first, below the id `before`. */
  list(input: {
    userId?: string
    actorId?: string
    event?: AuditEvent
    from?: string
    before?: string
    limit: number
  }): Promise<AuditRow[]>
}
