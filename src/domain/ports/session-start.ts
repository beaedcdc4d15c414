import type { AuditEntry, Limit, Mail, Proof, Session, User } from '../model.ts'

export type SessionStartStore = {
  /**
   * Starts the session if the proof of its user still holds; ends the oldest beyond `keep` and the one it replaces.
   * Otherwise returns the user as they are now.
   */
  start(input: {
    session: Session
    proof: Proof
    verifiedOnly: boolean
    /** A session of the same user whose current token, or one succeeded within the grace time, came along. */
    replaces: { sid: string; generation: number; grace: number; audit: AuditEntry } | undefined
    keep: number
    cleared: string[]
    /** Places that were taken at `now` and are given back: a right log-in is not one of those that a network has. */
    returned: Limit[]
    audit: AuditEntry
    /** Browser, OS and country. The owner is mailed when it is new, except on the first log-in ever. */
    device: { name: string; mailId: string; lifetime: number; detail: Record<string, string> }
    now: Date
  }): Promise<{ ended: string[]; mail: Mail | undefined } | { changed: User | undefined }>
}
