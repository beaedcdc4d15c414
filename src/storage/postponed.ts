import { and, type SQL, sql } from 'drizzle-orm'
import type { MailKind, MailLimit, MailPurpose, MailsSpent } from '../domain/model.ts'
import { type Db, previousChanged } from './database.ts'
import { enqueue } from './outbox.ts'

import { daily, mail, throttles, users } from './schema.ts'

/** Mails that share the limits of their address. Of each purpose, one at most waits for a user. */
const kindsOf = {
  verify: ['verify_email', 'set_password', 'account_exists', 'address_reserved'],
  reset: ['reset_password'],
  confirm: ['confirm_email'],
} as const satisfies Record<MailPurpose, MailKind[]>

const list = (values: readonly (string | SQL)[]) =>
  sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )

/** Whether a limit counts at all: that of a mailbox has no part in resets of verified accounts. */
const counts = ({ unverified }: MailLimit) =>
  unverified === undefined
    ? sql`true`
    : sql`exists (select 1 from ${users} as asked where asked.email_canonical = ${unverified} and asked.email_verified_at is null)`

type Waiting = {
  purpose: MailPurpose
  limits: MailLimit[]
  /** Once so many mails were sent today, it waits until the day is over. */
  spent?: MailsSpent | undefined
  now: Date
  /** Where the user comes from, if the mail may go to an address that no user has. */
  among?: SQL
}

/**
 * Two statements, to follow each other in a batch. The first puts a mail to the user of `where` (columns of `users`) into
 * the outbox, as `post` does; where a limit is closed the mail is **postponed**: its row has no attempt yet, is due when
 * the limit opens, and is as old as that moment, so that its lifetime counts from there. Nothing where one of the purpose
 * waits for the user already, or would say again that they have an account. The second takes the mail's place under every limit, in the window in which it goes out.
 * Places are taken for mails alone: an address without an account has no counter either, which nobody can see.
 *
 * The domain hands the row to `deliver` as ever, which leaves a postponed one to the cron.
 */
export const postOrPostpone = (
  db: Db,
  letter: Omit<Parameters<typeof enqueue>[1], 'id' | 'now' | 'postponed'> & { id: string },
  { purpose, limits, spent, now, among = sql`${users}` }: Waiting,
  where: SQL | undefined,
) => {
  const at = now.getTime()
  const mine = limits.map((limit) => sql`(${throttles.key} = ${limit.key} and ${counts(limit)})`)
  const tomorrow = spent
    ? sql`, iif((select ${daily.count} from ${daily} where ${daily.metric} = 'mails_sent' and ${daily.day} = ${spent.day}) >= ${spent.most}, ${spent.until.getTime()}, 0)`
    : sql``
  // `iif` of nothing is 0: a day on which none was sent yet has no row.
  const due = sql`(select max(${at}, coalesce(max(${throttles.blockedUntil}), 0)${tomorrow}) as at from ${throttles} where ${sql.join(mine, sql` or `)}) as due`
  // That there is an account was said within the hour: to say it again is worth no wait.
  const told = sql`(due.at > ${at} and other.kind = 'account_exists' and other.created_at > ${at - 3_600_000} and ${users.emailVerifiedAt} is not null)`
  const waits = sql`exists (select 1 from ${mail} as other where other.user_id is ${users.id} and other.kind in (${list(kindsOf[purpose])}) and (${users.id} is not null or other.address_canonical = ${letter.to?.addressCanonical ?? ''}) and (other.attempts = 0 and other.next_attempt_at is not null or ${told}))`
  const rows = limits.map(
    (limit) => sql`select ${limit.key} as key, ${limit.limit} as most, ${limit.window} as width where ${counts(limit)}`,
  )
  const t = throttles
  // Full ones have no window that this mail could be in: it begins the next, and until then the limit stays closed.
  const over = sql`(${t.endsAt} <= ${at} or ${t.blockedUntil} >= ${t.endsAt})`
  const count = sql`iif(${over}, 1, ${t.count} + 1)`
  const endsAt = sql`iif(${over}, excluded.ends_at, ${t.endsAt})`
  const most = sql`case ${t.key} ${sql.join(
    limits.map((limit) => sql`when ${limit.key} then ${limit.limit}`),
    sql` `,
  )} end`
  return {
    mail: enqueue(
      db,
      { ...letter, now: sql`due.at`, postponed: sql`due.at > ${at}` },
      sql`from ${among}, ${due} where ${and(where, sql`not ${waits}`)}`,
    ),
    mailPlaces: db
      .insert(t)
      .select(
        sql`select limits.key, 1, iif(limits.most > 1, 0, letter.at + limits.width), letter.at + limits.width from (${sql.join(rows, sql` union all `)}) as limits, (select ${mail.createdAt} as at from ${mail} where ${mail.id} = ${letter.id}) as letter where ${previousChanged}`,
      )
      .onConflictDoUpdate({
        target: t.key,
        set: { count, blockedUntil: sql`iif(${count} < ${most}, ${t.blockedUntil}, ${endsAt})`, endsAt },
      }),
  }
}
