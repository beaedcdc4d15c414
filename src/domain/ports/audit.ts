import type { AuditEvent } from '../audit.ts'
import type { AuditEntry, AuditRow, Limit, User } from '../model.ts'

export type Counted = AuditEntry & { event: AuditEvent; userId: string | null }

/** `since`: the least id of the window. Ids of one subject within a window differ only in their time. */
export type InWindow = Counted & { since: string }

export type AuditStore = {
  /**
   * Adds one to the entry that failures of one subject share within a window, and moves it to the time of the latest
   * failure.
   */
  count(entry: InWindow): Promise<void>
  /** Counts a failed log-in. If it is the last one that `all` allows, records `alarm` in the same round trip. */
  countFailure(entry: InWindow, all: Limit, alarm: Counted & { detail: AuditRow['detail'] }): Promise<void>
  add(entry: AuditEntry & { event: AuditEvent; userId: string | null; actorId: string | null }): Promise<void>
  /** Counts a page shown to an admin: `shown` is added up, and `last` is replaced by the newest. */
  addListed(
    entry: InWindow & {
      actorId: string
      detail: NonNullable<AuditRow['detail']> & { shown: number; last: string | null }
    },
  ): Promise<void>
  /**
   * Returns entries older than the id `before`, newest first. `searchedTo`: the id down to which a common event was
   * searched for, if there are older entries. `archivedDay`: the newest day in the archive.
   */
  list(input: {
    userId?: string
    actorId?: string
    event?: AuditEvent
    from?: string
    before?: string
    limit: number
  }): Promise<{ rows: AuditRow[]; searchedTo: string | undefined; archivedDay: string | undefined }>
  /** Returns address and name of each of these users who still exists. */
  namesOf(ids: string[]): Promise<Pick<User, 'id' | 'email' | 'name'>[]>
}
