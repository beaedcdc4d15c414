import type { AuditEntry, Session } from '../model.ts'

/** What a user does with their own sessions. */
export type OwnSessionStore = {
  /** Newest use first; none where the asking session does not live. */
  list(sid: string, now: Date): Promise<Session[]>
  /** Undefined: the asking session does not live. False: that other session is not the user's. */
  endOne(input: { sid: string; other: string; audit: AuditEntry; now: Date }): Promise<boolean | undefined>
  /** Ends all but this one, and cancels a waiting change of address. */
  endOthers(input: { sid: string; audit: AuditEntry; now: Date }): Promise<string[] | undefined>
  /** Ends the session that the mailed link is about. Undefined: no such link. Safe to repeat while the link lives. */
  endByLink(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<string | undefined>
}
