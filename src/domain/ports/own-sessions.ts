import type { AuditEntry, Session } from '../model.ts'

/** A user's own sessions. */
export type OwnSessionStore = {
  /** Returns the sessions, most recently used first; none if the caller's session has ended. */
  list(sid: string, now: Date): Promise<Session[]>
  /** Undefined if the caller's session has ended. False if the other session is not the user's. */
  endOne(input: { sid: string; other: string; audit: AuditEntry; now: Date }): Promise<boolean | undefined>
  /** Ends all sessions but this one, cancels a pending change of address, and forgets all trusted devices. */
  endOthers(input: { sid: string; audit: AuditEntry; now: Date }): Promise<string[] | undefined>
  /**
   * Ends the session that the mailed link is about. Undefined if there is no such link. Safe to repeat while the link
   * is valid.
   */
  endByLink(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<string | undefined>
}
