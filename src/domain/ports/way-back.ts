import type { AuditEntry, Limit, Mail, Passkey, Proof, Refused, User } from '../model.ts'
import type { HeldFactors, Second } from './second-factors.ts'

/** The account that a link can return to its previous address, as `changedAt` left it. */
export type Disputed = {
  user: User
  /** The hash that was valid before the change. */
  passwordHash: string | null
  changedAt: Date
  /** The factors that the account has now, if they were asked for. */
  held: HeldFactors & { passkeys: Passkey[] }
}

/** `factors`: whether to read the factors. */
export type Dispute = { linkId: string; limits: Limit[]; factors: boolean; now: Date }

/** Proves who owned the account before the change: by the hash, or by a factor older than the change at `changedAt`. */
export type EarlierProof = Proof | { second: Second; changedAt: Date }

export type WayBackStore = {
  /** Reads the account whose change of address the link undoes; takes a place under each limit. */
  read(input: Dispute): Promise<Refused | Disputed | undefined>
  /**
   * Returns the account to its previous address: ends sessions, removes the password and the factors added since the
   * change, and mails a link to set a password. Requires a proof from before the change, which this uses up, or an
   * expired freeze.
   */
  restore(input: {
    linkId: string
    by: EarlierProof | 'freeze is over'
    letter: { id: string; lifetimeMs: number }
    notice: { id: string; lifetimeMs: number }
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mails: Mail[] } | undefined>
}
