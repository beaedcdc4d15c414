import { getTableColumns, is, ne, notInArray, or, SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { AuditEvent } from '../domain/audit.ts'
import { newId } from '../domain/ids.ts'
import type { AuditEntry, AuditRow, MailKind } from '../domain/model.ts'
import { type Db, insertWhere } from './database.ts'
import { audit, mail } from './schema.ts'

/** Entries of one event and one user that an hour has at most; what is beyond counts on the newest of them. */
const entriesInAnHour = 20

/** Notices of one kind that a user gets in an hour at most: by then they know. */
const noticesInAnHour = 5

const hour = 3_600_000

/** The least id that an entry has which is so many milliseconds old: ids sort by time. */
const least = (at: Date, age: number) => newId(new Date(Math.max(0, at.getTime() - age)), 'A'.repeat(22))

export const anHourAgo = (at: Date) => least(at, hour)

type Told<T> = { [Name in keyof T]: T[Name] | SQL }

export type Event = Told<AuditEntry> & {
  event: AuditEvent
  userId: string | SQL | null
  actorId?: string | SQL | null
  detail?: AuditRow['detail'] | SQL
  /** The least id of the last hour, where `at` is no value. */
  since?: string | SQL
  /** Not to be counted again: entries of this very request, where there are several. */
  own?: string[]
}

/**
 * Writes an entry of the audit where the rest of the statement yields a row. However often somebody does a thing, it
 * leaves no more than so many entries in an hour: the audit itself is counted, so that this costs no row of a counter.
 * Those of the user are looked through (`+`), not those that everybody left of the event.
 * The entry that counts is filed anew each time, under the id of the newest: who reads on from there sees it again.
 */
export const recordEvent = (db: Db, { since, own, ...entry }: Event, rest: SQL) => {
  const from = since ?? anHourAgo(entry.at as Date)
  const lately = sql`select iif(count(*) < ${entriesInAnHour}, null, max(told.id)) from ${audit} as told
    where told.user_id = ${entry.userId} and told.id >= ${from} and +told.event = ${entry.event} and told.actor_id is ${entry.actorId ?? null}`
  const anew = (column: 'at' | 'ip' | 'user_agent') => sql.raw(`excluded.${column}`)
  return insertWhere(db, audit, { ...entry, id: sql`coalesce((${lately}), ${entry.id})` }, rest).onConflictDoUpdate({
    target: audit.id,
    set: {
      // Several of one request come by one statement, which finds the entry under the id that it had before.
      ...(own ? {} : { id: sql`max(${audit.id}, ${entry.id})` }),
      count: sql`${audit.count} + 1`,
      at: anew('at'),
      ip: anew('ip'),
      userAgent: anew('user_agent'),
    },
    // The entry of this very request: it is sent again.
    setWhere: own ? notInArray(audit.id, own) : ne(audit.id, entry.id),
  })
}

/** Writes an entry of the audit where the rest of the statement yields a row: once, however often it is sent. */
export const recordOnce = (db: Db, entry: Omit<Event, 'since' | 'own'>, rest: SQL) =>
  insertWhere(db, audit, entry, rest).onConflictDoNothing()

/** Whether a notice to the user of `userId` says something new, or they have had enough of the kind within the hour. */
export const seldom = (kind: MailKind, userId: SQLWrapper, id: string | SQL, now: Date | SQL) => {
  const at = now instanceof Date ? now.getTime() : now
  return sql`(select count(*) from ${mail} as told where told.user_id = ${userId} and told.kind = ${kind} and told.created_at > ${at} - ${hour} and told.id <> ${id}) < ${noticesInAnHour}`
}

/** Whether a row would be another one with these values; of undefined ones nothing is asked. */
export const differs = <T extends SQLiteTable>(table: T, values: { [Name in keyof T['$inferInsert']]?: unknown }) => {
  const columns = getTableColumns(table)
  const each = Object.entries(values).flatMap(([name, value]) => {
    const column = columns[name as keyof typeof columns]
    return value === undefined || !column
      ? []
      : [sql`${column} is not ${is(value, SQL) ? value : sql.param(value, column)}`]
  })
  return or(...each) ?? sql`false`
}

/**
 * Until when an admin who has used up the limit of writes has to wait, or null. Each write has an entry in the audit;
 * those entries are counted, except the one of this very request.
 */
export const writtenEnough = (actorId: SQLWrapper, { audit: { id }, now, writes: { limit, window } }: Writing) =>
  sql<number | null>`(select told.at + ${window} from ${audit} as told where told.actor_id = ${actorId}
    and told.id >= ${least(now, window)} and told.id <> ${id} and told.event not in ('user_read', 'users_listed', 'audit_read')
    order by told.id desc limit 1 offset ${limit - 1})`

type Writing = { audit: AuditEntry; now: Date; writes: { limit: number; window: number } }
