import type { LinkPurpose, Macs } from './macs.ts'
import type { Clock, Letter, Mail, Mailer, MailKind, Outbox, Replied } from './ports.ts'
import { linkToken } from './tokens.ts'

/** What the links in a mail of this kind are for; a notice has none. All of them are made of the mail's one id. */
export const linkPurposes: Partial<Record<MailKind, LinkPurpose[]>> = {
  verify_email: ['link verify_email', 'link reject_registration'],
  set_password: ['link reset_password'],
  reset_password: ['link reset_password'],
  invite: ['link reset_password'],
  confirm_email: ['link confirm_email'],
  email_change: ['link cancel_email_change'],
  approve_email_change: ['link approve_email_change', 'link cancel_email_change'],
  revert_email_change: ['link revert_email_change'],
  end_freeze: ['link end_freeze'],
  account_restored: ['link reset_password'],
  deletion_requested: ['link undo_deletion'],
  password_changed: ['link end_sessions'],
  new_device: ['link end_session'],
}

const tokensOf = (macs: Macs, { id, kind }: Mail): Letter['tokens'] =>
  Object.fromEntries(linkPurposes[kind]?.map((purpose) => [purpose, linkToken(macs, purpose, id)]) ?? [])

/** Milliseconds: a notice of something that happened is worth sending for a day. */
export const noticeLifetime = 86_400_000

/** How many mails one run of the cron takes: each may take seconds, and the lease of a first attempt is a minute. */
const batch = 20

type Needs = { outbox: Outbox; mailer: Mailer; macs: Macs; now: Clock; replied: Replied }

export type Post = ReturnType<typeof post>

/** Sends what the outbox holds. A mail is written with what it announces, in one transaction, and sent from here. */
export const post = ({ outbox, mailer, macs, now, replied }: Needs) => {
  /**
   * Sends a mail that this caller has the lease of. Never rejects for what the mail service says.
   * @param mail none where there was nobody to write to, and a stranger must not know
   */
  const deliver = async (mail: Mail | undefined): Promise<void> => {
    // The reply goes first: the time that writing a mail takes would tell that there was somebody to write to. So would a
    // request that ends with its reply, whose line in the log is then written before it and not after it.
    await replied()
    if (!mail) return
    if (mail.expiresAt <= now()) return outbox.markFailed(mail.id, { code: 'expired', final: true })
    const result = await mailer({
      kind: mail.kind,
      to: mail.address,
      tokens: tokensOf(macs, mail),
      createdAt: mail.createdAt,
      expiresAt: mail.expiresAt,
      detail: mail.detail ?? {},
    })
    await (result === 'sent' ? outbox.markSent(mail.id, now()) : outbox.markFailed(mail.id, result))
  }

  return {
    deliver,
    /** Sends what is due, and says how many wait for another run. Two at once share the work: taking a mail is its lease. */
    deliverDue: async (): Promise<{ waiting: number }> => {
      const { mails, waiting } = await outbox.takeDue(now(), batch)
      // One that cannot be noted must not end the run while others are on their way: they would be sent again.
      const results = await Promise.allSettled(mails.map(deliver))
      for (const result of results) if (result.status === 'rejected') throw result.reason
      return { waiting }
    },
  }
}
