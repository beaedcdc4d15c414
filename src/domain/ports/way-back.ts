import type { AuditEntry, Limit, Mail, Proof, Refused, User } from '../model.ts'

/** The account that a link can return to its previous address, and the hash that was valid there. */
export type Disputed = { user: User; passwordHash: string | null }

export type WayBackStore = {
  /**
   * Reads the account whose change of address the link undoes, and the hash that was valid before; takes a place under
   * each limit.
   */
  read(input: { linkId: string; limits: Limit[]; now: Date }): Promise<Refused | Disputed | undefined>
  /**
   * Returns the account to its previous address: ends sessions, removes the password and all factors added since, and
   * mails a link to set a password. Requires the password that was valid then, or an expired freeze.
   */
  restore(input: {
    linkId: string
    by: Proof | 'freeze is over'
    letter: { id: string; lifetimeMs: number }
    notice: { id: string; lifetimeMs: number }
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mails: Mail[] } | undefined>
}
