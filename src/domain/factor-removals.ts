import type { Settings } from '../settings.ts'
import { type AdminWriteNeeds, createAdminWrites } from './admin-writes.ts'
import { AuthError } from './errors.ts'
import { removalRules } from './factor-changes.ts'
import { randomId } from './ids.ts'
import type { Visitor } from './model.ts'
import { noticeLifetimeMs } from './outbox.ts'
import type { FactorRemovalStore } from './ports/factor-removals.ts'
import type { Principal } from './proof.ts'

type Needs = AdminWriteNeeds & { factorRemovalStore: FactorRemovalStore; settings: Settings }

/**
 * Second factors that an admin removes for a user who has lost them. The password stays, and the user's sessions end.
 * @throws AuthError `reauthentication_required`, `forbidden`, `not_found`, `own_account`, `rate_limited`
 */
export const createFactorRemovals = (needs: Needs) => {
  const { factorRemovalStore, settings } = needs
  const { asked, done } = createAdminWrites(needs)

  const noticeOf = () => ({ id: randomId(), lifetimeMs: noticeLifetimeMs })

  return {
    /**
     * Removes one app or passkey. The recovery codes go with the last one.
     * @throws AuthError `last_factor` where the owner could not remove it either
     */
    async removeOne(principal: Principal, id: string, factor: string, visitor: Visitor): Promise<void> {
      const request = {
        ...(await asked(principal, visitor)),
        ...removalRules(settings),
        id,
        factor,
        notice: noticeOf(),
      }
      const removed = await factorRemovalStore.removeOne(request)
      if (removed === 'last_factor') throw new AuthError(removed)
      done(removed)
    },

    /** Removes all of them, recovery codes included. */
    async removeAll(principal: Principal, id: string, visitor: Visitor): Promise<void> {
      done(await factorRemovalStore.reset({ ...(await asked(principal, visitor)), id, notice: noticeOf() }))
    },
  }
}
