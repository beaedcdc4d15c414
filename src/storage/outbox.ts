import { and, asc, eq, gt, inArray, isNotNull, isNull, lte, ne, not, type SQL, sql } from 'drizzle-orm'
import { kindsOf, type MailKind } from '../domain/mails.ts'
import type { OutboxStore } from '../domain/ports/outbox.ts'
import { batch, type Db, insertWhere, previousChanged, roundTrip, some } from './database.ts'
import { recordOnce } from './events.ts'
import { daily, mail, users } from './schema.ts'

const minute = 60_000

/**
 * Links in mails of these kinds end at a fixed time, even if a used-up quota delays the mail. Every other mail
 * gets a later end with the delay: see `markFailed`.
 */
const endingOnTime = kindsOf(({ endsOnTime }) => endsOnTime)

/**
 * Puts a mail into the outbox, to the user whom `rest` (`from … where …`) selects. The request that inserts the mail
 * also sends it, after the reply: the row starts with the lease of that first attempt, and the cron takes over a minute
 * later if the attempt did not happen.
 */
export const enqueue = (
  db: Db,
  letter: {
    id: string | SQL
    kind: MailKind | SQL
    lifetimeMs: number | SQL
    now: Date | SQL
    /** Replaces the user's own address. */
    to?: { address: string | SQL; addressCanonical: string | SQL }
    sessionId?: string
    /** The hash that allows undoing a change of address. */
    passwordHash?: SQL
    awaitsApproval?: boolean
    /** Refers to no user's row, because the user is about to be deleted. */
    toNobody?: boolean
    detail?: Record<string, string> | SQL
    /**
     * The language of whoever asked for the mail, for a user who has none. A notice has no such language: a thief could
     * choose one that the owner cannot read.
     */
    language?: string | null
    /** Whether `now` is in the future: then nobody has the lease, and the cron makes the first attempt. */
    postponed?: SQL
  },
  rest: SQL,
) => {
  const at = letter.now instanceof Date ? letter.now.getTime() : letter.now
  return insertWhere(
    db,
    mail,
    {
      id: letter.id,
      userId: letter.toNobody ? null : sql`${users.id}`,
      sessionId: letter.sessionId,
      passwordHash: letter.passwordHash,
      awaitsApproval: letter.awaitsApproval,
      kind: letter.kind,
      address: letter.to?.address ?? sql`${users.email}`,
      addressCanonical: letter.to?.addressCanonical ?? sql`${users.emailCanonical}`,
      createdAt: letter.now,
      expiresAt: sql`${at} + ${letter.lifetimeMs}`,
      attempts: letter.postponed ? sql`iif(${letter.postponed}, 0, 1)` : 1,
      nextAttemptAt: letter.postponed ? sql`${at} + iif(${letter.postponed}, 0, ${minute})` : sql`${at} + ${minute}`,
      detail: letter.detail,
      locale: letter.language ? sql`coalesce(${users.locale}, ${letter.language})` : sql`${users.locale}`,
    },
    rest,
  ).onConflictDoNothing()
}

/** Reads the mail of this id, to see whether an earlier statement of the same batch wrote the mail. */
export const enqueued = (db: Db, id: string | SQL) => db.select().from(mail).where(eq(mail.id, id))

/**
 * Returns the time of the next attempt: 1 min, 5 min, 30 min and 2 h after the one before, then none. The wait after an
 * attempt is also the lease of that attempt.
 */
const nextAttempt = (now: Date) =>
  sql`${now.getTime()} + case ${mail.attempts} when 0 then ${minute} when 1 then ${5 * minute} when 2 then ${30 * minute} when 3 then ${120 * minute} end`

/**
 * Whether there is still a reason to send a mail. For the kinds below, the user must be active and, depending on the
 * kind, still have the address or the pending change, or still lack the verification or the password.
 */
export const holds = (db: Db) => {
  const has = sql`${users.status} = 'active' and ${users.emailCanonical} = ${mail.addressCanonical}`
  return some(
    db,
    users,
    sql`${users.id} = ${mail.userId} and case ${mail.kind}
        when 'verify_email' then ${has} and ${users.emailVerifiedAt} is null
        when 'set_password' then ${has} and (${users.emailVerifiedAt} is null or ${users.passwordHash} is null)
        when 'account_exists' then ${has} and ${users.emailVerifiedAt} is not null
        when 'reset_password' then ${has}
        when 'invite' then ${has}
        when 'log_in' then ${has}
        when 'log_in_paused' then ${has}
        when 'confirm_email' then ${users.status} = 'active' and ${users.pendingEmail} = ${mail.address}
        else true end`,
  )
}

/**
 * Resets and codes that somebody waits for come first, then warnings, and last the mails that anybody can cause by registering
 * an address.
 */
const urgencies: Partial<Record<MailKind, number>> = {
  reset_password: 0,
  account_restored: 0,
  enrolment_code: 0,
  log_in: 0,
  log_in_paused: 0,
  sign_up: 0,
  verify_email: 2,
  set_password: 2,
  account_exists: 2,
}
const urgencyOf = (kind: MailKind) => urgencies[kind] ?? 1
const urgency = sql`case ${mail.kind} ${sql.join(
  Object.entries(urgencies).map(([kind, place]) => sql`when ${kind} then ${place}`),
  sql` `,
)} else 1 end`

/** Mails whose links somebody requested. If a used-up quota delays such a mail, the lifetime of its link starts anew. */
const asked = sql`${mail.kind} in ('verify_email', 'set_password', 'reset_password', 'invite', 'confirm_email')`

export const createOutboxStore = (db: Db): OutboxStore => ({
  async takeDue(now, limit) {
    const due = and(isNotNull(mail.nextAttemptAt), lte(mail.nextAttemptAt, now))
    const { mails, waiting } = await batch(db, {
      obsolete: db
        .update(mail)
        .set({ nextAttemptAt: null, lastError: 'obsolete' })
        .where(and(due, isNotNull(mail.userId), not(holds(db)))),
      mails: db
        .update(mail)
        .set({ attempts: sql`${mail.attempts} + 1`, nextAttemptAt: nextAttempt(now) })
        .where(
          inArray(
            mail.id,
            db
              .select({ id: mail.id })
              .from(mail)
              .where(due)
              .orderBy(asc(urgency), asc(mail.nextAttemptAt))
              .limit(limit),
          ),
        )
        .returning(),
      waiting: db.select({ id: mail.id }).from(mail).where(due).limit(100),
    })
    // `returning` does not keep the order.
    return { mails: mails.sort((a, b) => urgencyOf(a.kind) - urgencyOf(b.kind)), waiting: waiting.length }
  },

  async markSent(id, now, alarm) {
    const day = now.toISOString().slice(0, 10)
    const sent = sql`(select ${daily.count} from ${daily} where ${daily.metric} = 'mails_sent' and ${daily.day} = ${day})`
    await batch(db, {
      sent: db
        .update(mail)
        .set({ sentAt: now, nextAttemptAt: null, lastError: null })
        .where(and(eq(mail.id, id), isNull(mail.sentAt))),
      daily: db
        .insert(daily)
        .select(sql`select ${day}, 'mails_sent', 1 where ${previousChanged}`)
        .onConflictDoUpdate({ target: [daily.metric, daily.day], set: { count: sql`${daily.count} + 1` } }),
      ...(alarm
        ? {
            alarm: recordOnce(
              db,
              { ...alarm.entry, event: 'mail_quota_near', userId: null, detail: { sent: alarm.at } },
              sql`where ${and(previousChanged, sql`${sent} = ${alarm.at}`)}`,
            ),
          }
        : {}),
      // The row of `sign_up` stays, although it has no user yet: its code is used after the mail was sent.
      withoutUser: db.delete(mail).where(and(eq(mail.id, id), isNull(mail.userId), ne(mail.kind, 'sign_up'))),
    })
  },

  async markFailed(id, { code, final, again, now }) {
    const later = again && {
      attempts: 0,
      nextAttemptAt: again,
      createdAt: sql`iif(${asked}, ${again.getTime()}, ${mail.createdAt})`,
      expiresAt: sql`case when ${asked} then ${again.getTime()} + ${mail.expiresAt} - ${mail.createdAt}
        when ${inArray(mail.kind, endingOnTime)} then ${mail.expiresAt}
        else ${mail.expiresAt} + ${again.getTime() - now.getTime()} end`,
    }
    await roundTrip(() =>
      db
        .update(mail)
        .set({ lastError: code, ...later, ...(final && { nextAttemptAt: null }) })
        // A link that was used or voided while its mail was being sent stays void.
        .where(and(eq(mail.id, id), ...(again ? [gt(mail.expiresAt, now), isNull(mail.usedAt)] : []))),
    )
  },
})
