import { and, count, desc, eq, getTableColumns, gt, gte, inArray, type SQL, sql } from 'drizzle-orm'
import { dailySeries, periodSeries, type Series } from '../domain/model.ts'
import { bridge } from '../domain/nobody.ts'
import type { UserDirectoryStore, UserFilter, UserPage } from '../domain/ports/user-directory.ts'
import { batch, type Db } from './database.ts'
import { failedMails } from './mail-directory.ts'
import { daily, passwordFormats, sessions, totals, users } from './schema.ts'
import { matching } from './search-text.ts'
import { userLists } from './user-lists.ts'

/** A search stops counting here, because each further hit costs a row. With a page of 100 it reads 1,004 rows. */
const countedHits = 800

/** The most hits that a page reads if each must be checked against a filter. */
const filteredHits = 300

/** Conditions checked on each hit; `+` keeps SQLite from starting with an index of these instead of the hits. */
const asked = ({ role, status, verified, mfaRequired }: UserFilter) =>
  and(
    role && sql`+${users.role} = ${role}`,
    status && sql`+${users.status} = ${status}`,
    mfaRequired && sql`+${users.mfaRequired}`,
    verified === undefined ? undefined : sql`+${users.emailVerifiedAt} is ${sql.raw(verified ? 'not null' : 'null')}`,
  )

/** Metrics of which `daily` holds only the current total. */
const currentTotals = ['sessions', 'totp_users', 'passkey_users', 'cron', 'cron_faults'] as const

const wholeId = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** The form in which requests accept an external id; any other text is not looked up. */
const wholeExternalId = /^[!-~]{1,255}$/

/**
 * Returns the query for hits. A text in the form of an id, which is how the audit names users, finds the user with that
 * id or external id. Any other text finds users by the search index and by external id, without repeating a user found
 * by both.
 */
const found = ({ search, externalId }: { search: string | undefined; externalId: string | undefined }, below: SQL) => {
  if (search === undefined)
    return externalId === undefined
      ? sql`select rowid as hit from ${users} where mfa_required = 1 ${below}`
      : sql`select rowid as hit from ${users} where ${users.externalId} = ${externalId} ${below}`
  if (wholeId.test(search))
    return sql`select rowid as hit from ${users} where (${users.id} = ${search.toLowerCase()} or ${users.externalId} = ${search}) ${below}`
  const indexed = sql`from users_search where users_search match ${matching(search)}`
  const byText = sql`select rowid as hit ${indexed} ${below}`
  if (!wholeExternalId.test(search)) return byText
  return sql`${byText} union all select rowid as hit from ${users} where ${users.externalId} = ${search} ${below}
    and not exists (select 1 ${indexed} and users_search.rowid = ${users}.rowid)`
}

/** How many passwords the old system still has. */
const awaiting = (db: Db) =>
  sql`(${db.select({ n: passwordFormats.count }).from(passwordFormats).where(eq(passwordFormats.format, bridge))})`

const countsOf = (db: Db, metrics: readonly (typeof daily.$inferSelect)['metric'][], days: SQL) =>
  db
    .select()
    .from(daily)
    .where(and(inArray(daily.metric, [...metrics]), days))

export const createUserDirectoryStore = (db: Db): UserDirectoryStore => ({
  list: userLists(db),

  async search({ search, filter, limit, offset, after }): Promise<UserPage | undefined> {
    if (after !== undefined && !/^\d{1,15}$/.test(after)) return
    const { externalId, mfaRequired, ...rest } = filter
    // Without a text or an id, the hits are the users of whom a second factor is required.
    const others = search === undefined && externalId === undefined ? rest : { ...rest, mfaRequired }
    const filtered = Object.values(others).some((value) => value !== undefined)
    // D1 binds numbers as REAL, which FTS5 does not use as a bound.
    const below = after === undefined ? sql`` : sql`and rowid < cast(${Number(after)} as integer)`
    const hits = (most: number, skip = 0) =>
      sql`select hit from (${found({ search, externalId }, below)}) order by hit desc limit ${most} offset ${skip}`
    const looked = filtered ? hits(filteredHits) : hits(limit + 1, offset)
    const {
      rows,
      seen: [seen],
    } = await batch(db, {
      rows: db
        .select({ ...getTableColumns(users), hit: sql<number>`hit`.as('hit') })
        .from(sql`(${looked}) as hits`)
        .innerJoin(users, sql`users.rowid = hit`)
        .where(filtered ? asked(others) : undefined)
        .orderBy(sql`hit desc`),
      seen: filtered
        ? db
            .select({ count: count().as('count'), last: sql<number | null>`min(hit)`.as('last') })
            .from(sql`(${looked}) as hits`)
        : db
            .select({ count: count().as('count'), last: sql<number | null>`null`.as('last') })
            .from(sql`(select 1 from (${found({ search, externalId }, sql``)}) limit ${countedHits + 1})`),
    })
    const from = filtered ? offset : 0
    const page = rows.slice(from, from + limit)
    const more = rows.length > from + limit
    const unseen = filtered && seen?.count === filteredHits ? seen.last : undefined
    const next = more ? page.at(-1)?.hit : unseen
    const total = filtered ? rows.length : Math.min(seen?.count ?? 0, countedHits)
    return {
      users: page.map(({ hit: _, ...user }) => user),
      total,
      totalIsExact: filtered ? unseen === undefined && after === undefined : (seen?.count ?? 0) <= countedHits,
      next: next === undefined || next === null ? undefined : String(next),
    }
  },

  async find(id) {
    const {
      user: [user],
    } = await batch(db, {
      user: db.select().from(users).where(eq(users.id, id)),
    })
    return user
  },

  async sessionsOf(id, now) {
    const {
      user: [user],
      live,
    } = await batch(db, {
      user: db.select().from(users).where(eq(users.id, id)),
      live: db
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, id), gt(sessions.expiresAt, now)))
        .orderBy(desc(sessions.rotatedAt), desc(sessions.id)),
    })
    return { user, sessions: live }
  },

  async statistics(since, periodsSince) {
    const {
      kinds,
      counts,
      failed: [failed],
    } = await batch(db, {
      kinds: db
        .select({ ...getTableColumns(totals), awaiting: sql<number>`coalesce(${awaiting(db)}, 0)`.as('awaiting') })
        .from(totals),
      // One query with OR reads the whole table once the planner has statistics.
      counts: countsOf(db, dailySeries, gte(daily.day, since))
        .unionAll(countsOf(db, periodSeries, gte(daily.day, periodsSince)))
        .unionAll(countsOf(db, currentTotals, eq(daily.day, 'now'))),
      failed: failedMails(db),
    })
    const total = (metric: (typeof currentTotals)[number]) => counts.find((row) => row.metric === metric)?.count ?? 0
    return {
      totals: kinds,
      failedMails: failed?.failed ?? 0,
      awaitingMigration: kinds[0]?.awaiting ?? 0,
      sessions: total('sessions'),
      totpUsers: total('totp_users'),
      passkeyUsers: total('passkey_users'),
      cronRanAt: total('cron'),
      cronFaults: total('cron_faults'),
      days: counts.filter((row): row is typeof row & { metric: Series } => row.day !== 'now'),
    }
  },
})
