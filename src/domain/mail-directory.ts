import { auditEntry } from './audit.ts'
import type { AuditTrail, Reader } from './audit-trail.ts'
import { AuthError, rateLimited } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Visitor } from './model.ts'
import type { MailDelivery } from './outbox.ts'
import type { ListedMail, MailDirectoryStore } from './ports/mail-directory.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { Authentication, Principal } from './proof.ts'

type Needs = {
  mailDirectoryStore: MailDirectoryStore
  auditTrail: AuditTrail
  authentication: Authentication
  mailDelivery: MailDelivery
  limits: Limits
  now: Clock
  defer: Defer
}

/** Errors of mails that are not sent because their reason or their link has ended. */
const ended = ['obsolete', 'expired']

/** Whether a mail was sent, waits for an attempt, has failed for good, or lost its reason before it was sent. */
export const stateOf = ({ sentAt, nextAttemptAt, lastError }: ListedMail) =>
  sentAt ? 'sent' : nextAttemptAt ? 'waiting' : lastError && !ended.includes(lastError) ? 'failed' : 'dropped'

/** The mails of the service, for admins. */
export const createMailDirectory = (needs: Needs) => {
  const { mailDirectoryStore, auditTrail, authentication, mailDelivery, limits, now, defer } = needs
  return {
    /** Returns a page of mails, which the audit records. @param query.cursor `next` of the previous page */
    async list(
      reader: Reader,
      query: { state: 'failed' | 'waiting'; userId: string | undefined; cursor: string | undefined; limit: number },
    ) {
      const { state, userId, cursor, limit } = query
      const [at, id = ''] = cursor?.split(' ') ?? []
      const after = at === undefined ? undefined : { at: Number(at), id }
      const { mails, ...counts } = await mailDirectoryStore.list({ state, userId, limit: limit + 1, after })
      const page = mails.slice(0, limit)
      const last = page.at(-1)
      const told = userId === undefined ? { state } : { user: userId }
      auditTrail.tellListed(
        'mails_listed',
        reader,
        told,
        page.map((mail) => mail.id),
      )
      const place = last && (state === 'waiting' && userId === undefined ? last.nextAttemptAt! : last.createdAt)
      return { mails: page, ...counts, next: mails.length > limit ? `${place!.getTime()} ${last!.id}` : undefined }
    },

    /**
     * Sends a mail again that failed and has no further attempt planned.
     * @throws AuthError `reauthentication_required`, `forbidden`, `rate_limited`; `not_found` if there is no such mail, it
     * was sent or still waits, or its link or its reason has ended
     */
    async retry(principal: Principal, id: string, visitor: Visitor): Promise<void> {
      authentication.requireRecent(principal)
      const at = now()
      const retried = await mailDirectoryStore.retry({
        ...{ id, sid: principal.sid, now: at },
        ...{ audit: auditEntry(visitor, at), writes: limits.adminWrites() },
      })
      if (typeof retried === 'string') throw new AuthError(retried)
      if ('refusedUntil' in retried) throw rateLimited(retried.refusedUntil, at)
      defer(mailDelivery.deliver(retried.mail))
    },
  }
}
