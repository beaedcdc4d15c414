import { and, gt, gte, inArray, max, or, type SQL, sql } from 'drizzle-orm'
import type { Limit } from '../domain/model.ts'
import type { Db } from './database.ts'
import { throttles } from './schema.ts'

const t = throttles

const keys = (limits: Pick<Limit, 'key'>[]) =>
  sql`${throttles.key} in (${sql.join(
    limits.map(({ key }) => sql`${key}`),
    sql`, `,
  )})`

/** Whether every limit has a free place at this moment. */
export const open = (limits: Limit[], at: number) =>
  sql`not exists (select 1 from ${throttles} where ${keys(limits)} and ${throttles.blockedUntil} > ${at})`

/** Writes a number from the settings into the text of the statement: D1 binds at most 100 values. */
const written = (n: number) => sql.raw(String(n))

/** Returns the time at which a count of consecutive failures expires, if it has just reached `count`. */
const lasting = (
  { limit, window }: Limit,
  sliding: NonNullable<Limit['sliding']>,
  count: SQL,
  at: number,
  known: SQL,
) =>
  sql`${at} + iif(${count} >= ${limit}, ${window}, ${count} * iif(${count} * 2 >= ${limit} or ${known}, ${written(sliding.known)}, ${written(sliding.unknown)}))`

/** Takes a place under every limit if `when` is true, without checking `open`. `known`: the address has an account. */
export const take = (db: Db, limits: Limit[], at: number, when: SQL | undefined, known = sql`true`) => {
  const each = (value: (limit: Limit) => number | SQL) =>
    sql`case ${t.key} ${sql.join(
      limits.map((limit) => sql`when ${limit.key} then ${value(limit)}`),
      sql` `,
    )} end`
  const rows = limits.map((each) => {
    const { key, limit, window, sliding, short } = each
    const endsAt = sliding ? lasting(each, sliding, sql`1`, at, known) : sql`${at} + ${window}`
    const closed = sql`iif(${limit} > 1, 0, ${at} + ${window})`
    if (!short) return sql`select ${key}, 1, ${closed}, ${endsAt}, 0, 0`
    const shortEndsAt = sql`${at} + ${written(short.window)}`
    return sql`select ${key}, 1, max(${closed}, iif(${written(short.limit)} > 1, 0, ${shortEndsAt})), ${endsAt}, 1, ${shortEndsAt}`
  })
  const over = sql`${t.endsAt} <= ${at}`
  const count = sql`iif(${over}, 1, ${t.count} + 1)`
  const endsAt = each((limit) =>
    limit.sliding
      ? lasting(limit, limit.sliding, sql`(${count})`, at, known)
      : sql`iif(${over}, ${at} + ${limit.window}, ${t.endsAt})`,
  )
  return db
    .insert(t)
    .select(sql`select * from (${sql.join(rows, sql` union all `)}) where ${when}`)
    .onConflictDoUpdate({
      target: t.key,
      set: {
        count,
        blockedUntil: sql`max(iif(${count} < ${each(({ limit }) => limit)}, 0, ${endsAt}), ${closedByShort(limits, sql`${at}`)})`,
        endsAt,
        ...shortened(limits, sql`${at}`),
      },
    })
}

/** Whether the row that is inserted counts in a short window as well: `excluded` is that row. */
const isShort = sql`excluded.short_count > 0`
const shortOver = (at: SQL) => sql`${t.shortEndsAt} <= ${at}`
const shortCount = (at: SQL) => sql`iif(${shortOver(at)}, 1, ${t.shortCount} + 1)`
const shortEnd = (at: SQL) => sql`iif(${shortOver(at)}, excluded.short_ends_at, ${t.shortEndsAt})`

/** The columns of a row's short window after one more place is taken at `at`. */
export const shortened = (limits: Pick<Limit, 'short'>[], at: SQL) =>
  limits.some(({ short }) => short)
    ? {
        shortCount: sql`iif(${isShort}, ${shortCount(at)}, ${t.shortCount})`,
        shortEndsAt: sql`iif(${isShort}, ${shortEnd(at)}, ${t.shortEndsAt})`,
      }
    : {}

/**
 * The time until which the short window closes a row that gets one more place at `at`; if the row is already closed
 * until later, that time stays.
 */
export const closedByShort = (limits: Pick<Limit, 'key' | 'short'>[], at: SQL) => {
  const most = limits.flatMap(({ key, short }) => (short ? [sql`when ${key} then ${written(short.limit)}`] : []))
  if (most.length === 0) return sql`${t.blockedUntil}`
  return sql`max(${t.blockedUntil}, iif(${isShort} and ${shortCount(at)} >= case ${t.key} ${sql.join(most, sql` `)} end, ${shortEnd(at)}, 0))`
}

/**
 * Takes a place under every limit in one statement. Changes nothing if a limit is exhausted or `when` is false; in the
 * next statement, `changes() > 0` tells whether the places were taken.
 */
export const reserve = (db: Db, limits: Limit[], now: Date, when?: SQL, known?: SQL) =>
  take(db, limits, now.getTime(), and(open(limits, now.getTime()), when), known)

/**
 * Returns the time until which one of the limits is closed. If this is read before `reserve` in the same batch, the
 * result tells whether `reserve` found a free place.
 */
export const blocked = (db: Db, limits: Pick<Limit, 'key'>[]) =>
  db
    .select({ until: max(throttles.blockedUntil).as('until') })
    .from(throttles)
    .where(keys(limits))

export const refusedUntil = (rows: { until: Date | null }[], now: Date) => {
  const until = rows[0]?.until
  return until && until > now ? { refusedUntil: until } : undefined
}

/**
 * Gives back the place taken at `now` under each limit, and reopens a limit that it closed. A window that began later
 * stays as it is: this place is not in it, and giving it back there would admit one attempt too many.
 */
export const giveBack = (db: Db, limits: Limit[], now: Date, when?: SQL) => {
  const same = limits.map(
    ({ key, window }) => sql`(${throttles.key} = ${key} and ${throttles.endsAt} <= ${now.getTime() + window})`,
  )
  const short = limits.flatMap(({ key, short }) =>
    short ? [sql`when ${key} then ${t.shortEndsAt} <= ${now.getTime() + short.window}`] : [],
  )
  const sameShort = sql`case ${t.key} ${sql.join(short, sql` `)} end`
  return db
    .update(throttles)
    .set({
      count: sql`${throttles.count} - 1`,
      blockedUntil: new Date(0),
      ...(short.length > 0 && { shortCount: sql`max(0, ${t.shortCount} - coalesce(${sameShort}, 0))` }),
    })
    .where(and(or(...same) ?? sql`false`, gt(throttles.count, 0), gt(throttles.endsAt, now), when))
}

/**
 * Whether version 0.1.0 revoked the device cookies issued at `since` or before: it stored that in a row of `throttles`.
 * After a rollback, 0.1.0 writes such rows again, so they are read until no rollback to 0.1.0 is possible.
 */
export const forgottenSince = (db: Db, keys: string[], since: Date) =>
  db
    .select({ one: sql`1` })
    .from(throttles)
    .where(and(inArray(throttles.key, keys), gte(throttles.blockedUntil, since)))

export const clear = (db: Db, cleared: string[], where?: SQL) =>
  db.delete(throttles).where(and(inArray(throttles.key, cleared), where))
