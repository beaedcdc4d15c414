import type { AuditEntry, Limit, Mail, Proof, Refused, User } from '../model.ts'

/** What a link that undoes a change of address leads to. */
export type Disputed = { user: User; passwordHash: string | null }

export type WayBackStore = {
  /** The account whose change of address the link undoes, and the hash that was valid before; takes a place under each limit. */
  read(input: { linkId: string; limits: Limit[]; now: Date }): Promise<Refused | Disputed | undefined>
  /**
   * Gives the account back to its previous address: sessions end, the password goes, what was added since goes, and a
   * link to choose a password is mailed there. By the password that was valid then, or because a freeze is over.
   */
  restore(input: {
    linkId: string
    by: Proof | 'freeze is over'
    letter: { id: string; lifetime: number }
    notice: { id: string; lifetime: number }
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mails: Mail[] } | undefined>
}
