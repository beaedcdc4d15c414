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
   * Returns a page of mails. With `userId`: those of this user, newest first, whatever the `state`. Without it: the
   * mails of all users that failed and were not sent since, newest first; or those that wait, the next one first. The
   * counts `failed` and `waiting` are of all users, and stop at a hundred.
   */
  list(input: {
    state: 'failed' | 'waiting'
    userId: string | undefined
    limit: number
    after: { at: number; id: string } | undefined
  }): Promise<{ mails: ListedMail[]; failed: number; waiting: number }>
  /**
   * Leases a mail that failed and has no further attempt planned, so that the caller sends it. `not_found`: there is no
   * such mail, it was sent or still waits, or its link or its reason has ended.
   */
  retry(input: AdminWrite & { id: string }): Promise<Administered<{ mail: Mail }>>
}
