import type { AuditEntry, FullProof, Mail, User } from '../model.ts'

export type Removal = {
  userId: string
  pseudonym: string
  /** The mail to the owner. */
  notice: { id: string; lifetimeMs: number }
  audit: AuditEntry
  now: Date
}

export type Removed = 'last_admin' | { ended: string[]; user: User | undefined; mail: Mail | undefined }

export type AccountDeletionStore = {
  /**
   * Removes the session's user and all their data if the proof is still valid. Undefined if it is not, if there is no
   * such session, or if a change of the address can still be undone: the account is kept until then.
   */
  removeOwn(input: Removal & { sid: string; full: FullProof }): Promise<Removed | undefined>
  /** Removes another user, for an admin. Undefined if there is no such user. */
  removeOther(input: Removal & { sid: string }): Promise<Removed | undefined>
  /** Removes an account that is due. Undefined if it was kept after all. */
  erase(input: Removal): Promise<Removed | undefined>
  /**
   * Disables the session's account, ends its sessions and mails a link that undoes it. The account is erased after
   * `after` milliseconds, but not while a change of address can be undone. `unproven`: the proof was used, or the
   * password changed meanwhile.
   */
  schedule(input: {
    sid: string
    full: FullProof | undefined
    after: number
    mailId: string
    audit: AuditEntry
    now: Date
  }): Promise<'last_admin' | 'unproven' | { ended: string[]; mail: Mail | undefined; erasesAt: Date } | undefined>
  /** Enables the account again. False if there is no such link. Safe to repeat while the link is valid. */
  undo(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<boolean>
  /** Returns the users who are due to be erased. */
  due(now: Date, limit: number): Promise<string[]>
}
