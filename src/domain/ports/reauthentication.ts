import type { AuditEntry, Limit, Mail, Refused, SignedIn } from '../model.ts'
import type { InWindow } from './audit.ts'

export type ReauthenticationStore = {
  /** The active user of a live session, taking a place under each limit. */
  readLimited(input: { sid: string; limits: Limit[]; now: Date }): Promise<Refused | SignedIn | undefined>
  /** Turns the session to its next generation with a new `authTime` and proof. Undefined: the session or the password is gone. */
  renew(input: {
    sid: string
    nonce: string
    /** The id of the proof that the reply gives. */
    proof: string
    checkedHash: string
    idle: number
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<SignedIn | undefined>
  /**
   * Counts a wrong password that was given in the session, or by a link that it asked for: in the audit, where failures of
   * one window share an entry, and under each limit of `counted`. Where the session's own `counters` are used up it ends,
   * and its owner is mailed. Undefined: it lives on.
   */
  noteWrongPassword(input: {
    sid: string
    counters: string[]
    counted: Limit[]
    failure: InWindow
    ending: AuditEntry
    noticeId: string
    noticeLifetime: number
    now: Date
  }): Promise<{ mail: Mail | undefined } | undefined>
}
