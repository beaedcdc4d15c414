import type { AuditEntry, Limit, Mail, MailLimit, MailsSpent, Refused, User } from '../model.ts'

export type RegistrationStore = {
  /** Takes a place under each limit and reads the user of the address. */
  beginRegistration(input: {
    emailCanonical: string
    limits: Limit[]
    now: Date
  }): Promise<Refused | { existing: Pick<User, 'id' | 'passwordHash' | 'emailVerifiedAt'> | undefined }>
  /**
   * Makes the user where the address is free. Where it is not and `disputable`: an unverified user with another password
   * loses that password and the links that would verify it. Then the mail that fits what is now there, which is postponed
   * where `mailLimits` leave no room, or so many mails were sent today that those to new accounts have to wait (`spent`).
   * No user: the address is kept for an account that may come back to it.
   */
  register(input: {
    user: User
    disputable: boolean
    mailId: string
    mailLimits: MailLimit[]
    spent: MailsSpent | undefined
    lifetimes: { verify: number; notice: number }
    /** What the mail says of the request. */
    detail: Record<string, string>
    audit: AuditEntry
    now: Date
  }): Promise<{ user: User | undefined; mail: Mail | undefined }>
  /** Mails a link of the purpose to the active user of the address, if there is one: postponed as above. No `limits`: none is asked. */
  requestLink(input: {
    purpose: 'verify' | 'reset'
    emailCanonical: string
    limits: Limit[]
    mailId: string
    mailLimits: MailLimit[]
    spent: MailsSpent | undefined
    lifetimes: { verify: number; reset: number }
    detail: Record<string, string>
    now: Date
  }): Promise<Refused | { mail: Mail | undefined }>
}
