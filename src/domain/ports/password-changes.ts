import type { AuditEntry, Mail, SignedIn, User } from '../model.ts'

export type PasswordChangeStore = {
  /** Reads the user whose password the link may set. */
  readResetLink(input: { linkId: string; now: Date }): Promise<User | undefined>
  /**
   * Uses the link up, sets the password, verifies the address, ends all sessions, voids other links. Undefined if the
   * link was used meanwhile.
   */
  resetPassword(input: {
    linkId: string
    nonce: string
    passwordHash: string
    noticeId: string
    noticeLifetimeMs: number
    /** Failure counters that a new password clears. */
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mail: Mail | undefined } | undefined>
  /**
   * Sets the password of a signed-in user who gave the current one. The session continues under a new id, so that
   * copies of its tokens are void (ASVS 7.2.4). Undefined if the session, the password or the proof changed meanwhile.
   */
  changePassword(input: {
    sid: string
    userId: string
    checkedHash: string
    /** The id of the one-use proof that an account with a second factor needs too. */
    proof: string | undefined
    passwordHash: string
    /** The new id of the session, and its nonce. */
    next: { sid: string; nonce: string; idleMs: number; device: string }
    noticeId: string
    noticeLifetimeMs: number
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<{ signedIn: SignedIn; ended: string[]; mail: Mail | undefined } | undefined>
  /**
   * By the link of the mail about a new password: removes that password, ends every session, cancels a pending change
   * of address, and mails a link to set another password. Undefined if there is no such link.
   */
  disownPassword(input: {
    linkId: string
    nonce: string
    mailId: string
    lifetimeMs: number
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mail: Mail | undefined } | undefined>
  /**
   * Replaces a hash with a stronger one of the same password, unless it changed meanwhile. `checkedHash` is null if the
   * old system accepted the password, and then the user must still have the mark of the import.
   */
  upgradePassword(input: { userId: string; checkedHash: string | null; passwordHash: string }): Promise<void>
}
