import type { Settings } from '../settings.ts'
import { AuthError } from './errors.ts'
import { type FactorChanges, removalLifetimeMs } from './factor-changes.ts'
import type { Visitor } from './model.ts'
import type { PasswordRemovalStore } from './ports/password-removals.ts'
import type { Given, Principal } from './proof.ts'

type Needs = {
  passwordRemovalStore: PasswordRemovalStore
  factorChanges: FactorChanges
  settings: Settings
}

/** Accounts that give up their password. A link from "Forgot password" sets one again. */
export const createPasswordRemovals = ({ passwordRemovalStore, factorChanges, settings }: Needs) => ({
  /**
   * Removes the password, with full proof, and ends all other sessions. The owner gets a mail with a link that ends
   * every session, including this one.
   * @throws AuthError `not_found` if PASSWORDLESS is off or there is no password; `last_factor` if no other way in is
   * left, `reauthentication_required`, `wrong_password`, `second_factor_required`, `invalid_token`, `rate_limited`,
   * `busy`
   */
  async remove(principal: Principal, given: Given, visitor: Visitor): Promise<void> {
    if (!settings.passwordless) throw new AuthError('not_found')
    await factorChanges.proven(principal, given, visitor, async (full) => {
      const { notice, ...request } = factorChanges.change(principal, full, visitor)
      const removed = await passwordRemovalStore.remove({
        ...request,
        notice: { ...notice, lifetimeMs: removalLifetimeMs },
        byMail: settings.mailLogIn !== 'off',
      })
      factorChanges.done(removed, new AuthError('not_found'), request.now)
    })
  },
})
