import type { AuditEntry, Limit, Mail, Refused, SignedIn, Visitor } from '../model.ts'

export type RefreshStore = {
  /**
   * The first to present a generation turns the session to the next. Whoever presents it again within the grace time
   * finds the same one; later, while it is forgiven and nobody has presented the next one, the session's own `device`
   * turns it to another. Any other older one ends the session, mails its owner, and is written to the audit, in a
   * round trip of its own. Only what turns the session takes a place under each limit; refused, the token stays good.
   */
  rotate(input: {
    sid: string
    generation: number
    nonce: string
    idle: number
    /** Milliseconds. */
    grace: number
    forgiven: number
    device: string | null
    verifiedOnly: boolean
    visitor: Visitor
    limits: Limit[]
    audit: AuditEntry
    mailId: string
    noticeLifetime: number
    now: Date
  }): Promise<Refused | { signedIn: SignedIn | undefined; reused: boolean; mail: Mail | undefined }>
}
