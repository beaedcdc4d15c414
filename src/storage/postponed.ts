import { and, type SQL, sql } from 'drizzle-orm'
import type { MailPurpose } from '../domain/mails.ts'
import { kindsOf } from '../domain/mails.ts'
import type { MailLimit, MailsSpent } from '../domain/model.ts'
import { type Db, previousChanged } from './database.ts'
import { enqueue } from './outbox.ts'
import { closedByShort, shortened } from './rate-limits.ts'
import { daily, mail, throttles, users } from './schema.ts'

/**
 * The kinds of mail of one purpose. They share the limits of an address, and at most one mail of them is postponed for
 * each user at a time.
 */
const sharing = (purpose: MailPurpose) => kindsOf((kind) => kind.purpose === purpose)

const list = (values: readonly (string | SQL)[]) =>
  sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )

/** Whether a limit applies: the limit of a mailbox does not apply to resets of verified accounts. */
const counts = ({ unverified }: Pick<MailLimit, 'unverified'>) =>
  unverified === undefined
    ? sql`true`
    : sql`exists (select 1 from ${users} as asked where asked.email_canonical = ${unverified} and asked.email_verified_at is null)`

type Waiting = {
  purpose: MailPurpose
  limits: MailLimit[]
  /** If this many mails were sent today, the mail waits for the next day. */
  spent?: MailsSpent | undefined
  now: Date
  /** The source from which `from` selects the user, if the mail may also go to an address without a user. */
  among?: SQL
}

/**
 * Returns two statements that must follow each other in a batch. The first puts a mail to the user of `where` (columns
 * of `users`) into the outbox, as `enqueue` does. If a limit is exhausted the mail is **postponed**: its row has no
 * attempt yet, is due when the limit reopens, and has that moment as its creation time, from which its lifetime counts.
 * Nothing is written if a mail of this purpose already waits for the user, or if this mail would only repeat that they
 * have an account. The second statement counts the mail under every limit, in the window in which it is sent. Only
 * mails are counted, so an address to which no mail goes has no counter; nobody can observe that.
 *
 * The domain passes the row to `deliver` as usual; `deliver` leaves a postponed mail to the cron.
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
  // A day without mails has no row, and `iif` is then 0.
  const due = sql`(select max(${at}, coalesce(max(${throttles.blockedUntil}), 0)${tomorrow}) as at from ${throttles} where ${sql.join(mine, sql` or `)}) as due`
  // The user was told within the hour that they have an account: repeating that is not worth a wait.
  const told = sql`(due.at > ${at} and other.kind = 'account_exists' and other.created_at > ${at - 3_600_000} and ${users.emailVerifiedAt} is not null)`
  const waits = sql`exists (select 1 from ${mail} as other where other.user_id is ${users.id} and other.kind in (${list(sharing(purpose))}) and (${users.id} is not null or other.address_canonical = ${letter.to?.addressCanonical ?? ''}) and (other.attempts = 0 and other.next_attempt_at is not null or ${told}))`
  const rows = limits.map(
    ({ short, ...limit }) =>
      sql`select ${limit.key} as key, ${limit.limit} as most, ${limit.window} as width, ${short.limit} as short_most, ${short.window} as short_width where ${counts(limit)}`,
  )
  const t = throttles
  // A postponed mail counts in the window in which it will be sent. If the present window is over by then, the row
  // describes the later window from now on, and the limit stays closed until the mail is due.
  const sentAt = sql`(excluded.short_ends_at - case ${t.key} ${sql.join(
    limits.map(({ key, short }) => sql`when ${key} then ${short.window}`),
    sql` `,
  )} end)`
  const over = sql`${t.endsAt} <= ${sentAt}`
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
        sql`select limits.key, 1, max(iif(limits.most > 1, 0, letter.at + limits.width), iif(limits.short_most > 1, 0, letter.at + limits.short_width)), letter.at + limits.width, 1, letter.at + limits.short_width from (${sql.join(rows, sql` union all `)}) as limits, (select ${mail.createdAt} as at from ${mail} where ${mail.id} = ${letter.id}) as letter where ${previousChanged}`,
      )
      .onConflictDoUpdate({
        target: t.key,
        set: {
          count,
          blockedUntil: sql`max(iif(${count} < ${most}, 0, ${endsAt}), ${closedByShort(limits, sentAt)})`,
          endsAt,
          ...shortened(limits, sentAt),
        },
      }),
  }
}
