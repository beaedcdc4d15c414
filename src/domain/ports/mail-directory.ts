import type { MailKind } from '../mails.ts'
import type { Mail } from '../model.ts'
import type { Administered, AdminWrite } from './administration.ts'

/** A mail as admins see it: nothing that opens its links. */
export type ListedMail = {
  id: string
  userId: string | null
  kind: MailKind
  address: string
  createdAt: Date
  sentAt: Date | null
  attempts: number
  nextAttemptAt: Date | null
  lastError: string | null
}

export type MailDirectoryStore = {
  /**
   * Returns mails of a user, newest first; or of all users those that failed and were not sent since, newest first; or
   * those that wait, the next one first. `failed` and `waiting`: how many there are of all users, counted up to a hundred.
   */
  list(input: {
    state: 'failed' | 'waiting'
    userId: string | undefined
    limit: number
    after: { at: number; id: string } | undefined
  }): Promise<{ mails: ListedMail[]; failed: number; waiting: number }>
  /**
   * Leases a mail that will not be tried again, so that the caller sends it. `not_found`: there is no such mail, or its
   * link or its reason has ended.
   */
  retry(input: AdminWrite & { id: string }): Promise<Administered<{ mail: Mail }>>
}
