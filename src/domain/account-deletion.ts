import { auditEntry, nobody } from './audit.ts'
import { AuthError, InvalidLink } from './errors.ts'
import { randomId } from './ids.ts'
import { readLinkToken } from './link-tokens.ts'
import type { Macs } from './macs.ts'
import type { FullProof, Visitor } from './model.ts'
import { type MailDelivery, noticeLifetimeMs } from './outbox.ts'
import type { AccountDeletionStore, Removal, Removed } from './ports/account-deletion.ts'
import type { Denylist } from './ports/denylist.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { Authentication, Given, Principal } from './proof.ts'

type Needs = {
  accountDeletionStore: AccountDeletionStore
  denylist: Denylist
  authentication: Authentication
  mailDelivery: MailDelivery
  macs: Macs
  settings: { deletionGraceSeconds: number }
  now: Clock
  defer: Defer
  /** Removes a picture. It may fail silently: the upkeep removes pictures that are left behind. */
  removeAvatar: (avatar: string) => Promise<void>
}

/** How many accounts one run of the cron erases. Each costs one round trip. */
const erasedAtOnce = 20

/**
 * Returns the pseudonym that replaces a deleted user's id in the audit. It is a MAC of the id, so it does not reveal
 * the id.
 */
export const pseudonym = (macs: Macs, userId: string) => macs.sign('audit', `user ${userId}`)

/** Deletion of accounts (GDPR, article 17). */
export const createAccountDeletion = (needs: Needs) => {
  const { accountDeletionStore, denylist, authentication, mailDelivery, macs, settings, now, defer, removeAvatar } =
    needs

  const removing = (userId: string, visitor: Visitor, at: Date): Removal => ({
    userId,
    pseudonym: pseudonym(macs, userId),
    notice: { id: randomId(), lifetimeMs: noticeLifetimeMs },
    audit: auditEntry(visitor, at),
    now: at,
  })

  const clear = (removed: Exclude<Removed, 'last_admin'>, at: Date): void => {
    if (removed.ended.length > 0) defer(denylist.add(removed.ended, at))
    if (removed.user?.avatar) defer(removeAvatar(removed.user.avatar))
    if (removed.mail) defer(mailDelivery.deliver(removed.mail))
  }

  const schedule = async (
    { sid }: Principal,
    full: FullProof | undefined,
    visitor: Visitor,
    at: Date,
  ): Promise<Date> => {
    const scheduled = await accountDeletionStore.schedule({
      sid,
      full,
      after: settings.deletionGraceSeconds * 1000,
      mailId: randomId(),
      audit: auditEntry(visitor, at),
      now: at,
    })
    if (scheduled === undefined) throw new AuthError('invalid_token')
    if (scheduled === 'unproven') throw new AuthError('reauthentication_required')
    if (scheduled === 'last_admin') throw new AuthError('last_admin')
    if (scheduled.ended.length > 0) defer(denylist.add(scheduled.ended, at))
    if (scheduled.mail) defer(mailDelivery.deliver(scheduled.mail))
    return scheduled.erasesAt
  }

  return {
    /**
     * Deletes the caller's own account and all its data. With full proof, the deletion is immediate and final. With
     * only a recent token, or while a change of address can still be undone, the account is disabled at once and erased
     * later; a mail explains how to undo this.
     * @returns the time of the later erasure; undefined if the account was erased at once
     * @throws AuthError `reauthentication_required`, `wrong_password`, `last_admin`, `invalid_token`
     */
    removeOwn: (principal: Principal, given: Given, visitor: Visitor): Promise<Date | undefined> =>
      authentication.proven(principal, given, visitor, async (full) => {
        const at = now()
        if (!full) return schedule(principal, full, visitor, at)
        const removed = await accountDeletionStore.removeOwn({
          ...removing(principal.userId, visitor, at),
          sid: principal.sid,
          full,
        })
        if (removed === undefined) return schedule(principal, full, visitor, at)
        if (removed === 'last_admin') throw new AuthError('last_admin')
        return clear(removed, at) as undefined
      }),

    /**
     * Deletes another user's account at once, for an admin.
     * @throws AuthError `reauthentication_required`, `not_found`, `own_account`, `last_admin`
     */
    async removeOther(principal: Principal, userId: string, visitor: Visitor): Promise<void> {
      authentication.requireRecent(principal)
      if (userId === principal.userId) throw new AuthError('own_account')
      const at = now()
      const removed = await accountDeletionStore.removeOther({ ...removing(userId, visitor, at), sid: principal.sid })
      if (removed === undefined) throw new AuthError('not_found')
      if (removed === 'last_admin') throw new AuthError('last_admin')
      clear(removed, at)
    },

    /** Cancels a scheduled deletion. Safe to repeat while the link is valid. @throws InvalidLink */
    async undo(token: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link undo_deletion', token)
      const at = now()
      if (!linkId || !(await accountDeletionStore.undo({ linkId, audit: auditEntry(visitor, at), now: at })))
        throw new InvalidLink()
    },

    /** Erases the accounts that are due and returns how many. Two runs at once do no harm. */
    async eraseDue(): Promise<number> {
      const at = now()
      let erased = 0
      for (const userId of await accountDeletionStore.due(at, erasedAtOnce)) {
        const removed = await accountDeletionStore.erase(removing(userId, nobody, at))
        if (removed === undefined || removed === 'last_admin') continue
        clear(removed, at)
        erased++
      }
      return erased
    },
  }
}
