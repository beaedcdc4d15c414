import type { AuditEntry, Limit, Mail, MailLimit, MailsSpent, Refused, User } from '../model.ts'

export type RegistrationStore = {
  /** Takes a place under each limit and reads the user of the address. */
  beginRegistration(input: {
    emailCanonical: string
    limits: Limit[]
    now: Date
  }): Promise<Refused | { existing: Pick<User, 'id' | 'passwordHash' | 'emailVerifiedAt'> | undefined }>
  /**
   * Creates the user if the address is free. If it is taken, and `disputable`, an unverified user with another password
   * loses that password and the links that would verify it. Then queues the mail that fits the result; it is postponed
   * if `mailLimits` are exhausted, or if so many mails were sent today that those to new accounts wait (`spent`). The
   * user is undefined if the address is reserved for an account that may return to it.
   */
  register(input: {
    user: User
    disputable: boolean
    mailId: string
    mailLimits: MailLimit[]
    spent: MailsSpent | undefined
    lifetimesMs: { verify: number; notice: number }
    /** The circumstances of the request, for the mail. */
    detail: Record<string, string>
    /** The language of the request, for a recipient who has none. */
    language: string | null
    audit: AuditEntry
    now: Date
  }): Promise<{ user: User | undefined; mail: Mail | undefined }>
}
