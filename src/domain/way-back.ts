import type { Settings } from '../settings.ts'
import { auditEntry, nobody } from './audit.ts'
import { createEarlierProofs, type EarlierGiven, freezeMs, isGiven } from './earlier-proofs.ts'
import { InvalidLink } from './errors.ts'
import { randomId } from './ids.ts'
import { readLinkToken } from './link-tokens.ts'
import type { Visitor } from './model.ts'
import { type MailDelivery, noticeLifetimeMs } from './outbox.ts'
import type { Denylist } from './ports/denylist.ts'
import type { FreezeStore } from './ports/freezes.ts'
import type { Defer } from './ports/outside.ts'
import type { WayBackStore } from './ports/way-back.ts'

const day = 86_400_000

/** Milliseconds for which the old address can undo a change. */
export const wayBackLifetimeMs = 7 * day

/** How many freezes one run of the cron ends. */
const endedAtOnce = 20

type Needs = Parameters<typeof createEarlierProofs>[0] & {
  wayBackStore: WayBackStore
  freezeStore: FreezeStore
  denylist: Denylist
  mailDelivery: MailDelivery
  settings: Settings
  defer: Defer
}

/**
 * Recovery after a change of address (docs/decisions/0023-way-back.md). The password that was valid before the change, or
 * a factor that was three days old by then, gets the account back at once. Access to the old mailbox alone gets it back
 * after three days, during which the new address can object.
 */
export const createWayBack = (needs: Needs) => {
  const { wayBackStore, freezeStore, denylist, mailDelivery, macs, settings, now, defer } = needs
  const earlierProofs = createEarlierProofs(needs)

  const announce = (done: { ended: string[]; mails: Parameters<MailDelivery['deliver']>[0][] }, at: Date) => {
    if (done.ended.length > 0) defer(denylist.add(done.ended, at))
    for (const mail of done.mails) defer(mailDelivery.deliver(mail))
  }

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
     * Undoes a change of address by the link mailed to the old one. With a proof from before the change the account is
     * back at once; with the link alone it is frozen, and returned unless the new address objects.
     * @returns the end of the freeze; undefined if the account is already back
     * @throws InvalidLink, and what `check` of the earlier proofs throws
     */
    async revert(token: string, given: EarlierGiven, visitor: Visitor): Promise<Date | undefined> {
      const linkId = readLinkToken(macs, 'link revert_email_change', token)
      if (!linkId) throw new InvalidLink()
      if (!isGiven(given)) return freeze(linkId, visitor)
      return earlierProofs.check(linkId, given, visitor, wayBackStore.read, async (by) => {
        if (!(await restore({ linkId, by }, visitor, now()))) throw new InvalidLink()
        return undefined
      })
    },

    /**
     * Ends the freeze for good, by the link mailed to the new address and a proof from before the change.
     * @throws InvalidLink, and what `check` of the earlier proofs throws
     */
    async endFreeze(token: string, given: EarlierGiven, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link end_freeze', token)
      if (!linkId) throw new InvalidLink()
      await earlierProofs.check(linkId, given, visitor, freezeStore.readFrozen, async (by) => {
        const at = now()
        if (!(await freezeStore.endFreeze({ linkId, by, audit: auditEntry(visitor, at), now: at })))
          throw new InvalidLink()
      })
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
