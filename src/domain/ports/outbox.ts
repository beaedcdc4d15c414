import type { AuditEntry, Mail } from '../model.ts'

export type OutboxStore = {
  /**
   * Mails that are due, leased to the caller until their next attempt: resets first, then notices, registrations last; and
   * how many it leaves, a hundred at most. A mail whose reason has gone meanwhile is dropped.
   */
  takeDue(now: Date, limit: number): Promise<{ mails: Mail[]; waiting: number }>
  /** Notes and counts it. The mail that makes `alarm.at` of the day leaves the entry in the audit. */
  markSent(id: string, now: Date, alarm: { at: number; entry: AuditEntry } | undefined): Promise<void>
  /** `final`: no further attempt. `again`: this was none, the next is then, and a link lives from there. Otherwise the lease says when. */
  markFailed(id: string, failure: { code: string; final: boolean; again?: Date; now: Date }): Promise<void>
}
