import type { AuditEntry, Limit, Mail, Refused } from '../model.ts'

/** A mail that is written now and sent at its time. */
export type Timed = { id: string; at: Date }

/** The removal of all second factors by a user who lost them, after a wait in which the owner can stop it. */
export type FactorRecoveryStore = {
  /**
   * Begins the wait, unless it has begun before: writes the mail about it, a reminder for each day, and the mail with
   * the link at its end. Undefined if the password has changed, or the user has no second factor, is disabled or has
   * not verified the address.
   */
  request(input: {
    userId: string
    passwordHash: string
    limits: Limit[]
    notices: Timed[]
    ready: Timed & { lifetimeMs: number }
    detail: Record<string, string>
    audit: AuditEntry
    now: Date
  }): Promise<Refused | { mail: Mail | undefined; readyAt: Date } | undefined>
  /** Removes all second factors of the link's user and ends every session. Undefined if there is no such link now. */
  confirm(input: {
    linkId: string
    notice: { id: string; lifetimeMs: number }
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mails: Mail[] } | undefined>
  /** Ends the wait that a mail is about. False if there is no such link. */
  cancel(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<boolean>
}
