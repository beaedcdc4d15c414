import type { DeviceCookie, Limit, Mail, MailLimit, MailsSpent, Refused, Visitor } from '../model.ts'

export type MailLogInStore = {
  /**
   * Queues a mail with a code and a link to the active user of the address; with `signUp`, also to an address without an
   * account. No mail is postponed. If the budget of the address or of the known device is used up, or too many codes of
   * the address were wrong, the user gets a mail that leads to recovery instead, as seldom as `help` allows.
   * @returns the id of the active user, and whether the device is known for them
   */
  ask(input: {
    emailCanonical: string
    address: string
    limits: Limit[]
    mail: { id: string; lifetimeMs: number; detail: Record<string, string>; language: Visitor['language'] }
    /** The budget of mails for requests from unknown devices, and the limit of wrong codes. */
    budget: MailLimit[]
    failures: Limit[]
    device: { known: DeviceCookie; budget: MailLimit[]; failures: Limit[]; forgottenKeys: string[] } | undefined
    help: { id: string; lifetimeMs: number; budget: Limit[] }
    /** Set if addresses without an account get mails too, while fewer mails were sent that day than `spent` allows. */
    signUp: { spent: MailsSpent | undefined } | undefined
    now: Date
  }): Promise<Refused | { userId: string | undefined; recognised: boolean; mail: Mail | undefined }>
  /** Takes a place under each limit. @param known whether the address has an account */
  take(limits: Limit[], known: boolean, now: Date): Promise<Refused | undefined>
}
