import { auditEntry } from './audit.ts'
import { AuthError, rateLimited } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Mail, Refused, Visitor } from './model.ts'
import type { MailDelivery } from './outbox.ts'
import type { Administered } from './ports/administration.ts'
import type { Denylist } from './ports/denylist.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { Authentication, Principal } from './proof.ts'

export type AdminWriteNeeds = {
  denylist: Denylist
  authentication: Authentication
  mailDelivery: MailDelivery
  limits: Limits
  now: Clock
  defer: Defer
}

/** How every change that an admin makes to another user begins and ends. */
export const createAdminWrites = ({ denylist, authentication, mailDelivery, limits, now, defer }: AdminWriteNeeds) => ({
  /** Requires a recent token (ASVS 8.4.2), and returns what storage needs. @throws AuthError `reauthentication_required` */
  asked: async (principal: Principal, visitor: Visitor) => {
    authentication.requireRecent(principal)
    const at = now()
    return { sid: principal.sid, audit: auditEntry(visitor, at), now: at, writes: limits.adminWrites() }
  },

  /**
   * Adds ended sessions to the denylist and sends the mails of a change.
   * @throws AuthError with the reason why the change did not happen
   */
  done: <T extends object>(result: Administered<T>): Exclude<T, Refused> => {
    if (typeof result === 'string') throw new AuthError(result)
    if ('refusedUntil' in result) throw rateLimited(result.refusedUntil, now())
    const { ended = [], mail, mails = [] }: { ended?: string[]; mail?: Mail; mails?: Mail[] } = result
    if (ended.length > 0) defer(denylist.add(ended, now()))
    for (const letter of mail ? [mail, ...mails] : mails) defer(mailDelivery.deliver(letter))
    return result as Exclude<T, Refused>
  },
})
