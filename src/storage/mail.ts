import { and, asc, eq, exists, gt, gte, inArray, isNotNull, isNull, lte, ne, not, type SQL, sql } from 'drizzle-orm'
import type { MailKind, Outbox } from '../domain/ports.ts'
import { attempt, type Db, insertWhere, previousChanged } from './database.ts'
import { audit, daily, mail, users } from './schema.ts'

/** The links a person may follow; other mails are notices. */
const links = [
  'verify_email',
  'set_password',
  'reset_password',
  'invite',
  'confirm_email',
  'email_change',
  'approve_email_change',
  'account_restored',
] as const satisfies MailKind[]

/** Links by which an owner takes an account back. Only an admin, and their own use, ends them early. */
export const recoveryLinks: MailKind[] = ['revert_email_change', 'end_freeze', 'deletion_requested']

/** All that belongs to a change of address which waits. */
export const changeLinks: MailKind[] = ['confirm_email', 'email_change', 'approve_email_change']

/** The user for whom a session asked for a change of address. It ends with the session: that may have been somebody else's. */
export const whoAsked = (session: SQL | undefined, now: Date) =>
  sql`(select ${mail.userId} from ${mail} where ${and(eq(mail.kind, 'confirm_email'), gt(mail.expiresAt, now), session)})`

export const everyLink: MailKind[] = [...links, ...recoveryLinks]

const minute = 60_000

/** 5 min, 30 min, 2 h after the first minute, then none. The wait after an attempt is also the lease of whoever makes it. */
const nextAttempt = (now: Date) =>
  sql`${now.getTime()} + case ${mail.attempts} when 0 then ${minute} when 1 then ${5 * minute} when 2 then ${30 * minute} when 3 then ${120 * minute} end`

/**
 * Puts a mail to the user of `where` into the outbox. Whoever inserts it also sends it, after the reply: the row starts
 * with the lease of that first attempt, and the cron takes it up a minute later if nobody did.
 */
export const post = (
  db: Db,
  letter: {
    id: string | SQL
    kind: MailKind | SQL
    lifetime: number | SQL
    now: Date | SQL
    /** In place of the user's own address. */
    to?: { address: string | SQL; addressCanonical: string | SQL }
    sessionId?: string
    /** The hash that proves the way back. */
    password?: SQL
    awaitsApproval?: boolean
    /** Hangs on no user's row: the user is about to go. */
    toNobody?: boolean
    detail?: Record<string, string> | SQL
    /** Whether `now` is yet to come: then nobody has the lease, and the first attempt is the cron's. */
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
      password: letter.password,
      awaitsApproval: letter.awaitsApproval,
      kind: letter.kind,
      address: letter.to?.address ?? sql`${users.email}`,
      addressCanonical: letter.to?.addressCanonical ?? sql`${users.emailCanonical}`,
      createdAt: letter.now,
      expiresAt: sql`${at} + ${letter.lifetime}`,
      attempts: letter.postponed ? sql`iif(${letter.postponed}, 0, 1)` : 1,
      nextAttemptAt: letter.postponed ? sql`${at} + iif(${letter.postponed}, 0, ${minute})` : sql`${at} + ${minute}`,
      detail: letter.detail,
    },
    rest,
  ).onConflictDoNothing()
}

/** A newer change of address replaces the one that waits, with its links. Nothing where the new one was not inserted. */
export const supersede = (db: Db, id: string, now: Date) => {
  const newer = (column: 'user_id' | 'kind') => sql`(select ${sql.raw(column)} from ${mail} where ${mail.id} = ${id})`
  return db
    .update(mail)
    .set({ expiresAt: now, nextAttemptAt: null })
    .where(
      and(
        eq(mail.userId, newer('user_id')),
        sql`${mail.kind} = ${newer('kind')}`,
        inArray(mail.kind, ['confirm_email', 'email_change']),
        ne(mail.id, id),
        gt(mail.expiresAt, now),
      ),
    )
}

/** Of a link that is not too old, nor from before all that is refused: TOKENS_NOT_BEFORE. */
export const openLink = (now: Date, notBefore: Date) => and(gt(mail.expiresAt, now), gte(mail.createdAt, notBefore))

/** Kills open links of the user: all but the one that is being used, or those of some kinds. */
export const killLinks = (
  db: Db,
  userId: SQL,
  now: Date,
  { but = '', kinds = [...links] }: { but?: string | SQL; kinds?: MailKind[] } = {},
) =>
  db
    .update(mail)
    .set({ expiresAt: now, password: null, nextAttemptAt: null })
    .where(
      and(eq(mail.userId, userId), inArray(mail.kind, kinds), sql`${mail.id} is not ${but}`, gt(mail.expiresAt, now)),
    )

/**
 * Whether an address is kept for the one who may still undo a change of it: to everybody else it is taken. The kind is a
 * literal, as the partial index wants it.
 * @param but the user to whom it is free
 */
export const reserved = (canonical: string | SQL, now: Date, but: SQL | string = '') =>
  sql`exists (select 1 from ${mail} as kept where kept.address_canonical = ${canonical} and kept.kind = 'revert_email_change' and kept.expires_at > ${now.getTime()} and kept.user_id is not ${but})`

/** The mail of this id, as the last word on whether the batch before it wrote it. */
export const posted = (db: Db, id: string | SQL) => db.select().from(mail).where(eq(mail.id, id))

/** Whether what the mail is for still holds: its user is active, and has the address, the wish or the lack that it is about. */
const holds = (db: Db) => {
  const has = sql`${users.status} = 'active' and ${users.emailCanonical} = ${mail.addressCanonical}`
  return exists(
    db
      .select({ one: sql`1` })
      .from(users)
      .where(sql`${users.id} = ${mail.userId} and case ${mail.kind}
        when 'verify_email' then ${has} and ${users.emailVerifiedAt} is null
        when 'set_password' then ${has} and ${users.emailVerifiedAt} is null
        when 'account_exists' then ${has} and ${users.emailVerifiedAt} is not null
        when 'reset_password' then ${has}
        when 'invite' then ${has}
        when 'confirm_email' then ${users.status} = 'active' and ${users.pendingEmail} = ${mail.address}
        else true end`),
  )
}

/** First what somebody waits for, then what warns, and last what anybody may cause for an address that nobody uses yet. */
const urgencies: Partial<Record<MailKind, number>> = {
  reset_password: 0,
  verify_email: 2,
  set_password: 2,
  account_exists: 2,
}
const urgencyOf = (kind: MailKind) => urgencies[kind] ?? 1
const urgency = sql`case ${mail.kind} ${sql.join(
  Object.entries(urgencies).map(([kind, place]) => sql`when ${kind} then ${place}`),
  sql` `,
)} else 1 end`

/** What was asked for and is a link: it was not sent, so it is as if it had been asked for later. */
const asked = sql`${mail.kind} in ('verify_email', 'set_password', 'reset_password', 'invite', 'confirm_email')`

export const d1Outbox = (db: Db): Outbox => ({
  async takeDue(now, limit) {
    const due = and(isNotNull(mail.nextAttemptAt), lte(mail.nextAttemptAt, now))
    const [, mails, waiting] = await attempt(() =>
      db.batch([
        db
          .update(mail)
          .set({ nextAttemptAt: null, lastError: 'obsolete' })
          .where(and(due, isNotNull(mail.userId), not(holds(db)))),
        db
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
        db.select({ id: mail.id }).from(mail).where(due).limit(100),
      ]),
    )
    // `returning` keeps no order.
    return { mails: mails.sort((a, b) => urgencyOf(a.kind) - urgencyOf(b.kind)), waiting: waiting.length }
  },

  async markSent(id, now, alarm) {
    const day = now.toISOString().slice(0, 10)
    const sent = sql`(select ${daily.count} from ${daily} where ${daily.metric} = 'mails_sent' and ${daily.day} = ${day})`
    await attempt(() =>
      db.batch([
        db
          .update(mail)
          .set({ sentAt: now, nextAttemptAt: null, lastError: null })
          .where(and(eq(mail.id, id), isNull(mail.sentAt))),
        db
          .insert(daily)
          .select(sql`select ${day}, 'mails_sent', 1 where ${previousChanged}`)
          .onConflictDoUpdate({ target: [daily.metric, daily.day], set: { count: sql`${daily.count} + 1` } }),
        ...(alarm
          ? [
              insertWhere(
                db,
                audit,
                { ...alarm.entry, event: 'mail_quota_near', userId: null, detail: { sent: alarm.at } },
                sql`where ${and(previousChanged, sql`${sent} = ${alarm.at}`)}`,
              ).onConflictDoNothing(),
            ]
          : []),
        // The address of somebody whose account is gone is kept no longer than it takes to tell them.
        db.delete(mail).where(and(eq(mail.id, id), isNull(mail.userId))),
      ]),
    )
  },

  async markFailed(id, { code, final, again, now }) {
    const later = again && {
      attempts: 0,
      nextAttemptAt: again,
      createdAt: sql`iif(${asked}, ${again.getTime()}, ${mail.createdAt})`,
      expiresAt: sql`case when ${asked} then ${again.getTime()} + ${mail.expiresAt} - ${mail.createdAt}
        when ${mail.kind} in ('email_change', 'new_device') then ${mail.expiresAt}
        else ${mail.expiresAt} + ${again.getTime() - now.getTime()} end`,
    }
    await attempt(() =>
      db
        .update(mail)
        .set({ lastError: code, ...later, ...(final && { nextAttemptAt: null }) })
        // A link that was used or voided while it was on its way stays so.
        .where(and(eq(mail.id, id), ...(again ? [gt(mail.expiresAt, now), isNull(mail.usedAt)] : []))),
    )
  },
})
