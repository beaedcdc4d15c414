import type { AuditEntry, Mail } from '../model.ts'
import type { Administered, AdminWrite } from './administration.ts'
import type { FactorRemoval, RemovalRules, Unchanged } from './factors.ts'

type Removed = { ended: string[]; mails: Mail[] }

type ByAdmin = AdminWrite & { id: string; notice: { id: string; lifetimeMs: number } }

/** Recovery codes never outlive the last factor: each removal also deletes them if no other factor remains. */
export type FactorRemovalStore = {
  /** Removes a factor of the session's user and ends all other sessions. Undefined if the session has ended. */
  remove(input: FactorRemoval): Promise<Unchanged | Removed | undefined>
  /**
   * Removes the factor that the mail is about and ends every session. Works once. Undefined if there is no such link or
   * the factor is already gone.
   */
  removeByLink(input: {
    linkId: string
    notice: { id: string; lifetimeMs: number }
    audit: AuditEntry
    now: Date
  }): Promise<Removed | undefined>
  /**
   * Removes one factor of another user by the rules of {@link FactorRemoval}, and ends all their sessions. `not_found`:
   * there is no such user or factor.
   */
  removeOne(input: ByAdmin & RemovalRules & { factor: string }): Promise<Administered<Removed> | 'last_factor'>
  /** Removes all factors of another user, and ends their sessions. Changes nothing if there is no factor. */
  reset(input: ByAdmin): Promise<Administered<Removed>>
}
