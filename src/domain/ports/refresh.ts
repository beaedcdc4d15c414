import type { AuditEntry, Mail, Rate, Refused, SignedIn, Visitor } from '../model.ts'

export type RefreshStore = {
  /**
   * Rotates a refresh token. The first to present a generation moves the session to the next one. Presenting it again
   * within the grace time gets the same successor. Later, while a lost answer is forgiven and nobody has presented the
   * successor, the session's own `device` gets another successor. Any other old generation is reuse: it ends the
   * session, mails its owner and is recorded in the audit, in a round trip of its own. Only a rotation counts
   * towards the limit; if refused, the token stays valid.
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
