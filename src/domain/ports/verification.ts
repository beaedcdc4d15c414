import type { AuditEntry, Limit, Refused, User } from '../model.ts'

export type VerificationStore = {
  /** Reads the user of an open verification link and takes a place under each limit. */
  readVerificationLink(input: {
    linkId: string
    limits: Limit[]
    now: Date
  }): Promise<Refused | { user: User } | undefined>
  /**
   * Verifies the address that the link was mailed to. If proof is required, the user must have registered in this
   * browser or have the password that was checked. Safe to repeat while the link is valid. Undefined if there is no
   * such link, or it is too old.
   */
  verifyEmail(input: {
    linkId: string
    proof: { registered: string } | { checkedHash: string } | undefined
    audit: AuditEntry
    now: Date
  }): Promise<'verified' | 'unproven' | undefined>
  /**
   * By a link to an unverified address: removes the account if it was self-registered and never used. Any other
   * account with that address stays but loses its password, sessions and links. Undefined if there is no such link.
   */
  rejectRegistration(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<{ ended: string[] } | undefined>
}
