import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { circumstances } from './devices.ts'
import { AuthError, InvalidLink, rateLimited } from './errors.ts'
import type { FactorChanges } from './factor-changes.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import { readLinkToken } from './link-tokens.ts'
import { invalidChallenge, type LogInChallenges } from './log-in-challenges.ts'
import type { Macs } from './macs.ts'
import type { Visitor } from './model.ts'
import { type MailDelivery, noticeLifetimeMs } from './outbox.ts'
import type { FactorRecoveryStore } from './ports/factor-recovery.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { SecondFactorStore } from './ports/second-factors.ts'

type Needs = {
  factorRecoveryStore: FactorRecoveryStore
  secondFactorStore: SecondFactorStore
  factorChanges: FactorChanges
  logInChallenges: LogInChallenges
  mailDelivery: MailDelivery
  limits: Limits
  macs: Macs
  settings: Pick<Settings, 'factorRecoverySeconds'>
  now: Clock
  defer: Defer
}

const dayMs = 86_400_000

/** Milliseconds for which the link at the end of the wait works. */
const linkLifetimeMs = 3 * dayMs

/**
 * Removes the second factors of a user who has lost them and the recovery codes, and still has the password and the
 * mailbox (docs/decisions/0039-trusted-devices.md). This takes days: the owner is told each day, and can stop it.
 */
export const createFactorRecovery = (needs: Needs) => {
  const { factorRecoveryStore, secondFactorStore, factorChanges, logInChallenges } = needs
  const { mailDelivery, limits, macs, settings, now, defer } = needs

  return {
    /**
     * Begins the wait, on behalf of a user whose log-in lacks its second factor.
     * @returns when the link is mailed
     * @throws InvalidLink if the challenge is forged, too old or void; AuthError `not_found` if this is switched off,
     * `rate_limited`
     */
    async request(challenge: string, visitor: Visitor): Promise<Date> {
      if (settings.factorRecoverySeconds === 0) throw new AuthError('not_found')
      const at = now()
      const passed = logInChallenges.read(challenge, at)
      const user = (await secondFactorStore.read(passed.userId))?.user
      // A mailbox alone removes no factor, so the first step has to be a password.
      const proven = passed.after === 'password' && passed.proofOf(user?.passwordHash ?? null)
      if (!user?.passwordHash || !proven) throw invalidChallenge()
      const waitMs = settings.factorRecoverySeconds * 1000
      const readyAt = new Date(at.getTime() + waitMs)
      const begun = await factorRecoveryStore.request({
        userId: user.id,
        passwordHash: user.passwordHash,
        limits: limits.factorChange(user.id),
        notices: Array.from({ length: Math.ceil(waitMs / dayMs) }, (_, days) => ({
          id: randomId(),
          at: new Date(at.getTime() + days * dayMs),
        })),
        ready: { id: randomId(), at: readyAt, lifetimeMs: linkLifetimeMs },
        detail: circumstances(visitor),
        audit: auditEntry(visitor, at),
        now: at,
      })
      if (!begun) throw invalidChallenge()
      if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, at)
      defer(mailDelivery.deliver(begun.mail))
      return begun.readyAt
    },

    /** Removes all second factors by the link at the end of the wait. Works once. @throws InvalidLink */
    async confirm(token: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link confirm_factor_recovery', token)
      const at = now()
      const notice = { id: randomId(), lifetimeMs: noticeLifetimeMs }
      const removed =
        linkId && (await factorRecoveryStore.confirm({ linkId, notice, audit: auditEntry(visitor, at), now: at }))
      factorChanges.done(removed || 'gone', new InvalidLink(), at)
    },

    /** Ends the wait: "That was not me". @throws InvalidLink */
    async cancel(token: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link cancel_factor_recovery', token)
      const at = now()
      const audit = auditEntry(visitor, at)
      if (!linkId || !(await factorRecoveryStore.cancel({ linkId, audit, now: at }))) throw new InvalidLink()
    },
  }
}
