import type { AuditEntry, User } from '../model.ts'

export type ProfileStore = {
  /**
   * Members that are undefined stay as they are. `email` is the user's own address, perhaps in a new spelling; it
   * cancels a pending change of address. Undefined if there is no such session.
   */
  update(input: {
    sid: string
    change: { name?: string | null; phone?: string | null; locale?: string | null }
    email: { address: string; canonical: string } | undefined
    audit: AuditEntry
    now: Date
  }): Promise<User | undefined>
  /**
   * Sets the picture and returns the one it replaces; repeating it changes nothing. Undefined if there is no such
   * session.
   */
  setAvatar(input: {
    sid: string
    avatar: string | null
    audit: AuditEntry
    now: Date
  }): Promise<{ user: User; replaced: string | null } | undefined>
}
