import type { Settings } from '../settings.ts'
import { newId } from './ids.ts'
import { linkToken } from './link-tokens.ts'
import type { Macs } from './macs.ts'
import type { MailCodes } from './mail-codes.ts'
import { hasCode, purposesOf } from './mails.ts'
import type { Mail, MailsSpent } from './model.ts'
import type { Letter, Mailer } from './ports/mailer.ts'
import type { OutboxStore } from './ports/outbox.ts'
import type { Clock, Replied } from './ports/outside.ts'

const tokensOf = (macs: Macs, { id, kind }: Mail): Letter['tokens'] =>
  Object.fromEntries(purposesOf(kind).map((purpose) => [purpose, linkToken(macs, purpose, id)]))

/** Milliseconds for which a notice of an event is worth sending: a day. */
export const noticeLifetimeMs = 86_400_000

/** How many mails the cron takes at once: each may take seconds, and the lease of a first attempt is a minute. */
const batch = 20

/** Milliseconds for which one run of the cron keeps taking mails; the next run begins a minute after this one began. */
const runMs = 45_000

const day = 86_400_000

/**
 * The share of the daily quota at which the audit records an alarm. From then on, mails to new accounts wait for the
 * next day.
 */
const nearly = 0.8

const near = (quota: number) => Math.ceil(quota * nearly)

/**
 * Returns how many mails may be sent on a day before mails that can wait are postponed, and until when they wait;
 * undefined without a quota.
 */
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
  mailCodes: MailCodes
  settings: Pick<Settings, 'mailDailyQuota'>
  now: Clock
  replied: Replied
}

export type MailDelivery = ReturnType<typeof createMailDelivery>

/** Sends the mails of the outbox. Each mail is written in one transaction with the event that it announces. */
export const createMailDelivery = ({ outboxStore, mailer, macs, mailCodes, settings, now, replied }: Needs) => {
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
   * Sends a mail that this caller has leased, unless it is postponed. An error of the mail service never rejects the
   * promise.
   * @param mail undefined if there is no mail to send; the client must not notice this
   * @returns whether the mail service accepts no more mails for now
   */
  const deliver = async (mail: Mail | undefined): Promise<boolean> => {
    // The reply must leave first: the time that composing a mail takes would reveal that the account exists. The
    // request's log line would reveal it too: the line would appear before this work in one case and after this work in
    // the other.
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
      ...(hasCode(mail.kind) && { code: mailCodes.of(mail.id) }),
      createdAt: mail.createdAt,
      expiresAt: mail.expiresAt,
      detail: mail.detail ?? {},
      locale: mail.locale,
    })
    await note(mail.id, result)
    return result !== 'sent' && result.rest !== undefined
  }

  return {
    deliver,
    /**
     * Sends due mails until its time is used up and returns how many still wait. Two runs at once share the work:
     * taking a mail leases it.
     */
    deliverDue: async (): Promise<{ waiting: number }> => {
      for (const until = now().getTime() + runMs; ; ) {
        const { mails, waiting } = await outboxStore.takeDue(now(), batch)
        // A failed status write must not end the run while other mails are being sent: they would be sent again.
        const results = await Promise.allSettled(mails.map(deliver))
        for (const result of results) if (result.status === 'rejected') throw result.reason
        const full = results.some((result) => result.status === 'fulfilled' && result.value)
        if (full || waiting === 0 || now().getTime() >= until) return { waiting }
      }
    },
  }
}
