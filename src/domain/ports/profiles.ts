import type { AuditEntry, User } from '../model.ts'

export type ProfileStore = {
  /**
   * Undefined members stay as they are. `email`: the user's own, as they write it from now on; a change of address that
   * waits is cancelled. Undefined: no such session.
   */
  update(input: {
    sid: string
    change: { name?: string | null; phone?: string | null }
    email: { address: string; canonical: string } | undefined
    audit: AuditEntry
    now: Date
  }): Promise<User | undefined>
  /** Sets the picture, once however often it is sent; returns the one it replaces. Undefined: no such session. */
  setAvatar(input: {
    sid: string
    avatar: string | null
    audit: AuditEntry
    now: Date
  }): Promise<{ user: User; replaced: string | null } | undefined>
}
