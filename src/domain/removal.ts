import { auditEntry } from './audit.ts'
import { AuthError } from './errors.ts'
import type { Macs } from './macs.ts'
import type { Audit, Clock, Defer, Deletion, Denylist, Holdings, Removed, User, Visitor } from './ports.ts'
import type { Asker, Recent } from './recent.ts'

type Needs = {
  deletion: Deletion
  audit: Audit
  denylist: Denylist
  recent: Recent
  macs: Macs
  now: Clock
  defer: Defer
  /** Removes a picture; best effort, what it misses the upkeep finds. */
  removeAvatar: (avatar: string) => Promise<void>
}

/** What is left of a user in the audit: whoever knows the id can still find the rows, nobody can find the id. */
export const pseudonym = (macs: Macs, userId: string) => macs.sign('audit', `user ${userId}`)

/** Leaving, and taking along what is held (GDPR, articles 17 and 20). */
export const removal = ({ deletion, audit, denylist, recent, macs, now, defer, removeAvatar }: Needs) => {
  const clear = (removed: Removed | undefined, missing: 'invalid_token' | 'not_found', at: Date): User | undefined => {
    if (removed === undefined) throw new AuthError(missing)
    if (removed === 'last_admin') throw new AuthError('last_admin')
    if (removed.ended.length > 0) defer(denylist.add(removed.ended, at))
    if (removed.user?.avatar) defer(removeAvatar(removed.user.avatar))
    return removed.user
  }

  return {
    /**
     * Removes the account and everything of it, at once and for good.
     * @throws AuthError `reauthentication_required`, `wrong_password`, `last_admin`, `invalid_token`
     */
    async removeOwn(asker: Asker, password: string | undefined, visitor: Visitor): Promise<void> {
      await recent(asker, password)
      const at = now()
      const { sid, userId } = asker
      const input = { sid, userId, pseudonym: pseudonym(macs, userId), audit: auditEntry(visitor, at), now: at }
      clear(await deletion.removeOwn(input), 'invalid_token', at)
    },

    /** The same, by an admin for somebody else. @throws AuthError `not_found`, `own_account`, `last_admin` */
    async removeOther(asker: Asker, userId: string, visitor: Visitor): Promise<void> {
      await recent(asker)
      if (userId === asker.userId) throw new AuthError('own_account')
      const at = now()
      const input = {
        sid: asker.sid,
        userId,
        pseudonym: pseudonym(macs, userId),
        audit: auditEntry(visitor, at),
        now: at,
      }
      clear(await deletion.removeOther(input), 'not_found', at)
    },

    /** All that is held on the user. @throws AuthError `reauthentication_required`, `invalid_token` */
    async holdings(asker: Asker, visitor: Visitor): Promise<Holdings> {
      await recent(asker)
      const at = now()
      const holdings = await audit.holdings(asker.sid, at)
      if (!holdings) throw new AuthError('invalid_token')
      defer(audit.add({ ...auditEntry(visitor, at), event: 'data_exported', userId: holdings.user.id, actorId: null }))
      return holdings
    },
  }
}
