import type { AuditEntry, Mail } from '../model.ts'

export type OutboxStore = {
  /**
   * Returns due mails, leased to the caller until their next attempt: resets first, then notices, registrations last;
   * and how many are left, counted up to a hundred. A mail whose reason no longer exists is dropped.
   */
  takeDue(now: Date, limit: number): Promise<{ mails: Mail[]; waiting: number }>
  /**
   * Marks a mail as sent and counts it. `alarm.at` is a number of mails: if this mail brings the day's count to that
   * number, the audit entry is recorded.
   */
  markSent(id: string, now: Date, alarm: { at: number; entry: AuditEntry } | undefined): Promise<void>
  /**
   * `final`: no further attempt. `again`: this attempt does not count, the next one is at that time, and the lifetime
   * of the links starts then. With neither, the next attempt is due when the lease ends.
   */
  markFailed(id: string, failure: { code: string; final: boolean; again?: Date; now: Date }): Promise<void>
}
