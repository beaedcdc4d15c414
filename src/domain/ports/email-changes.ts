import type { AuditEntry, FullProof, Limit, Mail, MailLimit, Proof, Refused, User } from '../model.ts'

/**
 * What shows that a link to a new address is followed by the account's own user: their session, or the hash that their
 * password matched.
 */
export type Asserted = { sid: string } | Proof

export type EmailChange = {
  /** `waiting`: for the other mailbox. `unproven`: neither the session nor the password belongs to the account. */
  state: 'changed' | 'waiting' | 'taken' | 'unproven'
  ended: string[]
  mail: Mail | undefined
}

/**
 * The mail to the previous address after a change: with a link to undo the change, or only a notice if the account
 * cannot return to that address.
 */
export type Revert = { id: string; lifetimeMs: number; noticeLifetimeMs: number }

export type EmailChangeStore = {
  /**
   * Stores the pending address, mails a link to it, and mails the current address a notice with a link to cancel.
   * Without `full` proof the notice asks for approval. `proofFailed`: the proof was used before, or the password
   * changed meanwhile.
   */
  request(input: {
    sid: string
    change: { name?: string | null; phone?: string | null }
    address: string
    addressCanonical: string
    full: FullProof | undefined
    limits: Limit[]
    mailLimits: MailLimit[]
    linkId: string
    noticeId: string
    lifetimeMs: number
    detail: { link: Record<string, string>; notice: Record<string, string> }
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<Refused | { user: User; mails: Mail[]; proofFailed: boolean } | undefined>
  /**
   * Reads the user whose change of address the link confirms, and the session that requested the change. Takes a place
   * under each limit.
   */
  readLink(input: {
    linkId: string
    limits: Limit[]
    now: Date
  }): Promise<Refused | { user: User; askedBy: string } | undefined>
  /**
   * Records that the new mailbox was read. If nothing else is missing the account switches to it: other sessions than
   * the requesting one end, open links become void, and the old address gets a mail with a link to undo. Undefined if
   * there is no such link.
   */
  confirm(input: {
    linkId: string
    nonce: string
    by: Asserted | undefined
    revert: Revert
    removed: { audit: AuditEntry }
    audit: AuditEntry
    now: Date
  }): Promise<EmailChange | undefined>
  /** Records the approval of the current mailbox. Otherwise the same as `confirm`. */
  approve(input: {
    linkId: string
    revert: Revert
    approval: AuditEntry
    removed: { audit: AuditEntry }
    audit: AuditEntry
    now: Date
  }): Promise<EmailChange | undefined>
  /** Drops the pending address and ends the session that requested it. Undefined if there is no such link. */
  cancel(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<{ ended: string[] } | undefined>
}
