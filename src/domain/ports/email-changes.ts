import type { AuditEntry, FullProof, Limit, Mail, Proof, Refused, User } from '../model.ts'

/** Who says that a link to a new address is followed by the account's own user: their session, or the hash their password matched. */
export type Asserted = { sid: string } | Proof

export type EmailChange = {
  /** `waiting`: for the other mailbox. `unproven`: neither the session nor the password is the account's. */
  state: 'changed' | 'waiting' | 'taken' | 'unproven'
  ended: string[]
  mail: Mail | undefined
}

/** The mail to the address that an account leaves: with a way back, or a notice where there is nothing to go back from. */
export type Revert = { id: string; lifetime: number; noticeLifetime: number }

export type EmailChangeStore = {
  /**
   * Makes the address the pending one, mails a link to it, and a notice with a way to stop it to the current one. Without
   * `full` proof that notice asks for approval. `proofFailed`: the proof was used before, or the password changed meanwhile.
   */
  request(input: {
    sid: string
    change: { name?: string | null; phone?: string | null }
    address: string
    addressCanonical: string
    full: FullProof | undefined
    limits: Limit[]
    mailLimits: Limit[]
    linkId: string
    noticeId: string
    lifetime: number
    detail: { link: Record<string, string>; notice: Record<string, string> }
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<Refused | { user: User; mails: Mail[]; proofFailed: boolean } | undefined>
  /** The user whose change of address the link confirms, and the session that asked for it; takes a place under each limit. */
  readLink(input: {
    linkId: string
    limits: Limit[]
    now: Date
  }): Promise<Refused | { user: User; askedBy: string } | undefined>
  /**
   * Notes that the new mailbox was read. Where nothing else is missing the account switches to it: sessions end but the
   * one that asked, open links die, and the old address gets a mail with a way back. Undefined: no such link.
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
  /** The same for the approval by the current mailbox. */
  approve(input: {
    linkId: string
    revert: Revert
    approval: AuditEntry
    removed: { audit: AuditEntry }
    audit: AuditEntry
    now: Date
  }): Promise<EmailChange | undefined>
  /** Forgets the address that waits, and ends the session that asked for it. Undefined: no such link. */
  cancel(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<{ ended: string[] } | undefined>
}
