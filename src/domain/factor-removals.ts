import { type AdminWriteNeeds, createAdminWrites } from './admin-writes.ts'
import { randomId } from './ids.ts'
import type { Visitor } from './model.ts'
import { noticeLifetimeMs } from './outbox.ts'
import type { FactorRemovalStore } from './ports/factor-removals.ts'
import type { Principal } from './proof.ts'

type Needs = AdminWriteNeeds & { factorRemovalStore: FactorRemovalStore }

/**
 * Second factors that an admin removes for a user who has lost them. The password stays, and the user's sessions end.
 * @throws AuthError `reauthentication_required`, `forbidden`, `not_found`, `own_account`, `rate_limited`
 */
export const createFactorRemovals = (needs: Needs) => {
  const { factorRemovalStore } = needs
  const { asked, done } = createAdminWrites(needs)

  return {
    /** Removes all of them, recovery codes included. */
    async removeAll(principal: Principal, id: string, visitor: Visitor): Promise<void> {
      const notice = { id: randomId(), lifetimeMs: noticeLifetimeMs }
      done(await factorRemovalStore.reset({ ...(await asked(principal, visitor)), id, notice }))
    },
  }
}
