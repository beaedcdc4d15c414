import type { AuditEntry, FullProof, Mail, User } from '../model.ts'

export type Removal = {
  userId: string
  pseudonym: string
  /** The mail to the owner. */
  notice: { id: string; lifetime: number }
  audit: AuditEntry
  now: Date
}

export type Removed = 'last_admin' | { ended: string[]; user: User | undefined; mail: Mail | undefined }

export type AccountDeletionStore = {
  /**
   * Removes the user of the session and everything of theirs, where the proof still holds. Undefined: no such session or
   * proof, or somebody may still undo a change of the address, for whom the account is kept.
   */
  removeOwn(input: Removal & { sid: string; full: FullProof }): Promise<Removed | undefined>
  /** The same for somebody else, asked by an admin. Undefined: no such user. */
  removeOther(input: Removal & { sid: string }): Promise<Removed | undefined>
  /** The same for an account whose time has come. Undefined: it was kept after all. */
  erase(input: Removal): Promise<Removed | undefined>
  /**
   * Disables the account of the session, to be erased `after` so many milliseconds and not while a way back lives. Ends
   * every session and mails a link that undoes it. `unproven`: the proof was used, or the password changed meanwhile.
   */
  schedule(input: {
    sid: string
    full: FullProof | undefined
    after: number
    mailId: string
    audit: AuditEntry
    now: Date
  }): Promise<'last_admin' | 'unproven' | { ended: string[]; mail: Mail | undefined; erasesAt: Date } | undefined>
  /** Enables the account again. False: no such link. Safe to repeat while the link lives. */
  undo(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<boolean>
  /** Users whose time has come. */
  due(now: Date, limit: number): Promise<string[]>
}
