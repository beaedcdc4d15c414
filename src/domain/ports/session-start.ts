import type { AuditEntry, Limit, Mail, Migrated, Proof, Session, User } from '../model.ts'

export type SessionStartStore = {
  /**
   * Starts the session if the proof of its user is still valid, and ends the session it replaces and the oldest ones
   * beyond `keep`. Otherwise returns the user as now stored.
   */
  start(input: {
    session: Session
    proof: Proof | Migrated
    verifiedOnly: boolean
    /** A session of the same user whose token, current or succeeded within the grace time, came with the request. */
    replaces: { sid: string; generation: number; graceMs: number; audit: AuditEntry } | undefined
    keep: number
    cleared: string[]
    /** Places taken at `now` that are given back: successful log-ins do not count against a network. */
    returned: Limit[]
    audit: AuditEntry
    /** Browser, OS and country. The owner is mailed when it is new, except on the first log-in ever. */
    device: { name: string; mailId: string; lifetimeMs: number; detail: Record<string, string> }
    now: Date
  }): Promise<{ ended: string[]; mail: Mail | undefined } | { changed: User | undefined }>
}
