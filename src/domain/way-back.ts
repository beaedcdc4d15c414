import type { Settings } from '../settings.ts'
import { auditEntry, failureEntry, nobody } from './audit.ts'
import { InvalidLink } from './errors.ts'
import { randomId } from './ids.ts'
import type { LinkPasswords } from './link-passwords.ts'
import { readLinkToken } from './link-tokens.ts'
import type { Macs } from './macs.ts'
import type { Visitor } from './model.ts'
import { type MailDelivery, noticeLifetimeMs } from './outbox.ts'
import type { AuditStore } from './ports/audit.ts'
import type { Denylist } from './ports/denylist.ts'
import type { FreezeStore } from './ports/freezes.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { Disputed, WayBackStore } from './ports/way-back.ts'

const hour = 3_600_000
const day = 24 * hour

/** Milliseconds for which the old address can undo a change. */
export const wayBackLifetimeMs = 7 * day

/**
 * Milliseconds for which the new address can object to a dispute. Access to a mailbox alone never takes over an account
 * sooner.
 */
export const freezeMs = 72 * hour

/** How many freezes one run of the cron ends. */
const endedAtOnce = 20

type Needs = {
  wayBackStore: WayBackStore
  freezeStore: FreezeStore
  auditStore: AuditStore
  denylist: Denylist
  linkPasswords: LinkPasswords
  mailDelivery: MailDelivery
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
}

/**
 * Recovery after a change of address (docs/decisions/0023-way-back.md). The password that was valid before the change
 * gets the account back at once. Access to the old mailbox alone gets it back after three days, during which the new
 * address can object.
 */
export const createWayBack = (needs: Needs) => {
  const { wayBackStore, freezeStore, auditStore, denylist, linkPasswords, mailDelivery, macs, settings, now, defer } =
    needs

  const announce = (done: { ended: string[]; mails: Parameters<MailDelivery['deliver']>[0][] }, at: Date) => {
    if (done.ended.length > 0) defer(denylist.add(done.ended, at))
    for (const mail of done.mails) defer(mailDelivery.deliver(mail))
  }

  const noteWrong =
    (linkId: string, visitor: Visitor) =>
    async ({ user }: Disputed) =>
      auditStore.count(failureEntry(macs, 'reauthentication_failed', linkId, user.id, visitor, now()))

  type Claim = { linkId: string; by: Parameters<WayBackStore['restore']>[0]['by'] }

  const restore = async ({ linkId, by }: Claim, visitor: Visitor, at: Date) => {
    const done = await wayBackStore.restore({
      linkId,
      by,
      letter: { id: randomId(), lifetimeMs: settings.passwordResetSeconds * 1000 },
      notice: { id: randomId(), lifetimeMs: noticeLifetimeMs },
      audit: auditEntry(visitor, at),
      now: at,
    })
    if (done) announce(done, at)
    return done !== undefined
  }

  const freeze = async (linkId: string, visitor: Visitor): Promise<Date> => {
    const at = now()
    const until = new Date(at.getTime() + freezeMs)
    const frozen = await freezeStore.freeze({
      linkId,
      until,
      // The link outlives the freeze even if the cron is late.
      keepsUntil: new Date(until.getTime() + wayBackLifetimeMs),
      notice: { id: randomId(), lifetimeMs: noticeLifetimeMs },
      letter: { id: randomId(), lifetimeMs: freezeMs },
      audit: auditEntry(visitor, at),
      now: at,
    })
    if (!frozen) throw new InvalidLink()
    announce(frozen, at)
    return frozen.until
  }

  return {
    /**
     * Undoes a change of address by the link mailed to the old one. With the password that was valid before the change
     * the account is back at once; with the link alone it is frozen, and returned unless the new address objects.
     * @returns the end of the freeze; undefined if the account is already back
     * @throws InvalidLink, AuthError `wrong_password`, `rate_limited`, `busy`
     */
    async revert(token: string, password: string | undefined, visitor: Visitor): Promise<Date | undefined> {
      const linkId = readLinkToken(macs, 'link revert_email_change', token)
      if (!linkId) throw new InvalidLink()
      if (password === undefined) return freeze(linkId, visitor)
      return linkPasswords.check(
        { linkId, password },
        (counted) => wayBackStore.read({ linkId, limits: counted, now: now() }),
        noteWrong(linkId, visitor),
        async ({ passwordHash }) => {
          if (!(await restore({ linkId, by: { passwordHash } }, visitor, now()))) throw new InvalidLink()
          return undefined
        },
      )
    },

    /**
     * Ends the freeze for good, by the link mailed to the new address and the password that was valid before the change.
     * @throws InvalidLink, AuthError `wrong_password`, `rate_limited`, `busy`
     */
    async endFreeze(token: string, password: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link end_freeze', token)
      if (!linkId) throw new InvalidLink()
      await linkPasswords.check(
        { linkId, password },
        (counted) => freezeStore.readFrozen({ linkId, limits: counted, now: now() }),
        noteWrong(linkId, visitor),
        async ({ passwordHash }) => {
          const at = now()
          if (!(await freezeStore.endFreeze({ linkId, passwordHash, audit: auditEntry(visitor, at), now: at })))
            throw new InvalidLink()
        },
      )
    },

    /**
     * Ends freezes whose time is over: their accounts go back to their owners. Two runs at once do no harm.
     * @returns how many freezes were over
     */
    async endDue(): Promise<number> {
      const at = now()
      const over = await freezeStore.due(at, endedAtOnce)
      for (const { userId, linkId } of over) {
        if (linkId && (await restore({ linkId, by: 'freeze is over' }, nobody, at))) continue
        // An admin removed the link, or somebody else has the address now: there is nothing to return to.
        await freezeStore.thaw({ userId, audit: auditEntry(nobody, at), now: at })
      }
      return over.length
    },
  }
}
