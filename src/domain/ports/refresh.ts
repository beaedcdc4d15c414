import type { AuditEntry, Mail, Rate, Refused, SignedIn, Visitor } from '../model.ts'

export type RefreshStore = {
  /**
   * Rotates a refresh token. The first request with a generation moves the session to the next generation. Within the
   * grace time, repeating it returns the same successor. After that, while a lost answer is forgiven and nobody has
   * presented the successor, the session's own `device` gets another successor. Any other old generation is reuse: in a
   * round trip of its own, the session is ended, its owner is mailed and the audit records it. Only a rotation counts
   * towards the limit; if it is refused, the token stays valid.
   */
  rotate(input: {
    sid: string
    generation: number
    nonce: string
    idleMs: number
    /** Milliseconds. */
    graceMs: number
    forgivenMs: number
    device: string | null
    verifiedOnly: boolean
    visitor: Visitor
    /** How often the session may be refreshed. */
    limit: Rate
    audit: AuditEntry
    mailId: string
    noticeLifetimeMs: number
    now: Date
  }): Promise<Refused | { signedIn: SignedIn | undefined; reused: boolean; mail: Mail | undefined }>
}
