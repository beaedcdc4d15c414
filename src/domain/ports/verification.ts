import type { AuditEntry, Limit, Refused, User } from '../model.ts'

export type VerificationStore = {
  /** The user of an open link that verifies, taking a place under each limit. */
  readVerificationLink(input: {
    linkId: string
    limits: Limit[]
    now: Date
  }): Promise<Refused | { user: User } | undefined>
  /**
   * Verifies the address the link was mailed to, if the user is who registered it or has the password that was checked,
   * where that is asked for. Safe to repeat while the link lives. Undefined: no such link, or too old.
   */
  verifyEmail(input: {
    linkId: string
    proof: { registered: string } | { checkedHash: string } | undefined
    audit: AuditEntry
    now: Date
  }): Promise<'verified' | 'unproven' | undefined>
  /**
   * By a link to an address that is not verified: removes who registered it and never used the account. Anybody else of
   * that address loses password, sessions and links, and stays. Undefined: no such link.
   */
  rejectRegistration(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<{ ended: string[] } | undefined>
}
