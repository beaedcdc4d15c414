import type { Settings } from '../settings.ts'
import { newId } from './ids.ts'
import type { LinkPurpose, Macs } from './macs.ts'
import type { Mail, MailKind, MailsSpent } from './model.ts'
import type { Letter, Mailer } from './ports/mailer.ts'
import type { OutboxStore } from './ports/outbox.ts'
import type { Clock, Replied } from './ports/outside.ts'
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

/** How many mails the cron takes at once: each may take seconds, and the lease of a first attempt is a minute. */
const batch = 20

/** Milliseconds for which one run of the cron goes on taking mails: the next begins a minute after it. */
const run = 45_000

const day = 86_400_000

/** Of the daily quota: from there on the audit has said so, and mails to new accounts wait for the next day. */
const nearly = 0.8

const near = (quota: number) => Math.ceil(quota * nearly)

/** When a mail that can wait has to wait. Undefined where no quota is set. */
export const spentFrom = (quota: number | undefined, at: Date): MailsSpent | undefined =>
  quota === undefined
    ? undefined
    : {
        day: at.toISOString().slice(0, 10),
        most: near(quota),
        until: new Date((Math.floor(at.getTime() / day) + 1) * day),
      }

type Needs = {
  outboxStore: OutboxStore
  mailer: Mailer
  macs: Macs
  settings: Pick<Settings, 'mailDailyQuota'>
  now: Clock
  replied: Replied
}

export type MailDelivery = ReturnType<typeof createMailDelivery>

/** Sends what the outbox holds. A mail is written with what it announces, in one transaction, and sent from here. */
export const createMailDelivery = ({ outboxStore, mailer, macs, settings, now, replied }: Needs) => {
  const quota = settings.mailDailyQuota

  const note = async (id: string, result: Awaited<ReturnType<Mailer>>) => {
    const at = now()
    if (result === 'sent') {
      const entry = { id: newId(at), at, ip: null, userAgent: null }
      return outboxStore.markSent(id, at, quota === undefined ? undefined : { at: near(quota), entry })
    }
    const { rest, ...failure } = result
    const again = rest === undefined ? undefined : new Date(at.getTime() + rest)
    return outboxStore.markFailed(id, { ...failure, again, now: at })
  }

  /**
   * Sends a mail that this caller has the lease of, and leaves one that was postponed. Never rejects for what the mail
   * service says.
   * @param mail none where there was nobody to write to, and a stranger must not know
   * @returns whether the mail service takes no more for now
   */
  const deliver = async (mail: Mail | undefined): Promise<boolean> => {
    // The reply goes first: the time that writing a mail takes would reveal that the account exists. So would a
    // request that ends with its reply, whose line in the log is then written before it and not after it.
    await replied()
    if (!mail || mail.attempts === 0) return false
    if (mail.expiresAt <= now()) {
      await note(mail.id, { code: 'expired', final: true })
      return false
    }
    const result = await mailer({
      kind: mail.kind,
      to: mail.address,
      tokens: tokensOf(macs, mail),
      createdAt: mail.createdAt,
      expiresAt: mail.expiresAt,
      detail: mail.detail ?? {},
    })
    await note(mail.id, result)
    return result !== 'sent' && result.rest !== undefined
  }

  return {
    deliver,
    /**
     * Sends what is due while there is time, and says how many of that wait for another run. Two at once share the work:
     * taking a mail is its lease.
     */
    deliverDue: async (): Promise<{ waiting: number }> => {
      for (const until = now().getTime() + run; ; ) {
        const { mails, waiting } = await outboxStore.takeDue(now(), batch)
        // One that cannot be noted must not end the run while others are on their way: they would be sent again.
        const results = await Promise.allSettled(mails.map(deliver))
        for (const result of results) if (result.status === 'rejected') throw result.reason
        const full = results.some((result) => result.status === 'fulfilled' && result.value)
        if (full || waiting === 0 || now().getTime() >= until) return { waiting }
      }
    },
  }
}
