import type { AuditEntry, Mail, SignedIn, User } from '../model.ts'

export type PasswordChangeStore = {
  /** The user whose password the link may set. */
  readResetLink(input: { linkId: string; now: Date }): Promise<User | undefined>
  /** Uses the link up, sets the password, verifies the address, ends all sessions, kills other links. Undefined: somebody was first. */
  resetPassword(input: {
    linkId: string
    nonce: string
    passwordHash: string
    noticeId: string
    noticeLifetime: number
    /** Failure counters that a new password clears. */
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mail: Mail | undefined } | undefined>
  /**
   * The same for a signed-in user who gave the current password. The session goes on under another id, so that whoever
   * has a copy of its tokens has nothing (ASVS 7.2.4). Undefined: the session or the password changed meanwhile.
   */
  changePassword(input: {
    sid: string
    userId: string
    checkedHash: string
    passwordHash: string
    /** The new id of the session, and its nonce. */
    next: { sid: string; nonce: string; idle: number; device: string }
    noticeId: string
    noticeLifetime: number
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<{ signedIn: SignedIn; ended: string[]; mail: Mail | undefined } | undefined>
  /**
   * By the link of the mail about a new password: drops that password, ends every session, cancels a change of
   * address that waits, and mails a link to set another password. Undefined: no such link.
   */
  disownPassword(input: {
    linkId: string
    nonce: string
    mailId: string
    lifetime: number
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mail: Mail | undefined } | undefined>
  /** Replaces a hash by a better one of the same password, unless it changed meanwhile. */
  upgradePassword(input: { userId: string; checkedHash: string; passwordHash: string }): Promise<void>
}
