import type { AuditEntry, User } from '../model.ts'

export type FirstAdminStore = {
  /**
   * Creates an active user with a verified address and the role `admin`, unless there is an admin or the address is
   * taken. Repeating it with the same id changes nothing.
   * @returns the user that was created; otherwise whether an admin exists
   */
  make(input: {
    user: Pick<User, 'id' | 'email' | 'emailCanonical' | 'name'> & { passwordHash: string }
    audit: AuditEntry
    now: Date
  }): Promise<{ user: User | undefined; hasAdmin: boolean }>
}
