import type { AuditEntry, Mail, Refused } from '../model.ts'
import type { Dispute, Disputed, EarlierProof } from './way-back.ts'

export type FreezeStore = {
  /** Freezes the account until `until` and mails both addresses. Safe to repeat: then it returns the first `until`. */
  freeze(input: {
    linkId: string
    until: Date
    keepsUntil: Date
    notice: { id: string; lifetimeMs: number }
    letter: { id: string; lifetimeMs: number }
    audit: AuditEntry
    now: Date
  }): Promise<{ until: Date; ended: string[]; mails: Mail[] } | undefined>
  /** Reads the frozen account that the link to its new address can reopen; takes a place under each limit. */
  readFrozen(input: Dispute): Promise<Refused | Disputed | undefined>
  /** Ends the freeze for good by a proof from before the change, and uses up the proof. */
  endFreeze(input: { linkId: string; by: EarlierProof; audit: AuditEntry; now: Date }): Promise<boolean>
  /**
   * Returns accounts whose freeze is over, each with the link that undoes the change; `linkId` is undefined if nothing
   * is left to undo.
   */
  due(now: Date, limit: number): Promise<{ userId: string; linkId: string | undefined }[]>
  /** Ends a freeze that has nothing to undo. */
  thaw(input: { userId: string; audit: AuditEntry; now: Date }): Promise<void>
}
