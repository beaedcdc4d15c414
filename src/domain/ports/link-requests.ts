import type { Limit, Mail, MailLimit, MailsSpent, Refused } from '../model.ts'

export type LinkRequestStore = {
  /**
   * Queues a mail with a link to the active user of the address, if there is one. It is postponed if `mailLimits` are
   * exhausted, or if so many mails were sent today that those to new accounts wait (`spent`). Without `limits`, no
   * limit of the caller applies.
   */
  request(input: {
    purpose: 'verify' | 'reset'
    emailCanonical: string
    limits: Limit[]
    mailId: string
    mailLimits: MailLimit[]
    spent: MailsSpent | undefined
    lifetimesMs: { verify: number; reset: number }
    detail: Record<string, string>
    /** The language of the request, for a recipient who has none. */
    language: string | null
    now: Date
  }): Promise<Refused | { mail: Mail | undefined }>
}
