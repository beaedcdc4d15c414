import { and, inArray, max, type SQL, sql } from 'drizzle-orm'
import type { Limit } from '../domain/ports.ts'
import { type Db, previousChanged } from './database.ts'
import { throttles } from './schema.ts'

const keys = (limits: Limit[]) =>
  inArray(
    throttles.key,
    limits.map((limit) => limit.key),
  )

/**
 * Takes a place under every limit in one statement, or changes nothing where one of them has none: `changes() > 0` after
 * it tells. With `chained`, only if the statement before it in the batch changed something.
 */
export const reserve = (db: Db, limits: Limit[], now: Date, chained = false) => {
  const at = now.getTime()
  const t = throttles
  const each = (value: (limit: Limit) => number | SQL) =>
    sql`case ${t.key} ${sql.join(
      limits.map((limit) => sql`when ${limit.key} then ${value(limit)}`),
      sql` `,
    )} end`
  const rows = limits.map(
    ({ key, limit, window }) => sql`select ${key}, 1, ${limit > 1 ? 0 : at + window}, ${at + window}`,
  )
  const open = sql`not exists (select 1 from ${t} where ${keys(limits)} and ${t.blockedUntil} > ${at})`
  const over = sql`${t.endsAt} <= ${at}`
  const count = sql`iif(${over}, 1, ${t.count} + 1)`
  const endsAt = each(({ window, sliding }) => (sliding ? at + window : sql`iif(${over}, ${at + window}, ${t.endsAt})`))
  return db
    .insert(t)
    .select(
      sql`select * from (${sql.join(rows, sql` union all `)}) where ${and(open, chained ? previousChanged : undefined)}`,
    )
    .onConflictDoUpdate({
      target: t.key,
      set: { count, blockedUntil: sql`iif(${count} < ${each(({ limit }) => limit)}, 0, ${endsAt})`, endsAt },
    })
}

/** Until when one of them is closed: read this before `reserve` in the same batch, and it says whether that had a place. */
export const blocked = (db: Db, limits: Limit[]) =>
  db
    .select({ until: max(throttles.blockedUntil).as('until') })
    .from(throttles)
    .where(keys(limits))

export const refusedUntil = (rows: { until: Date | null }[], now: Date) => {
  const until = rows[0]?.until
  return until && until > now ? { refusedUntil: until } : undefined
}

export const clear = (db: Db, cleared: string[], where?: SQL) =>
  db.delete(throttles).where(and(inArray(throttles.key, cleared), where))
