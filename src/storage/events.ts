import { getTableColumns, is, ne, notInArray, or, SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { AuditEvent } from '../domain/audit.ts'
import { newId } from '../domain/ids.ts'
import type { MailKind } from '../domain/mails.ts'
import type { AuditEntry, AuditRow } from '../domain/model.ts'
import { type Db, insertWhere } from './database.ts'
import { audit, mail } from './schema.ts'

/** The most entries of one event and one user in an hour; further ones are counted on the newest entry. */
const entriesInAnHour = 20

/** The most notices of one kind that a user gets in an hour: by then they know. */
const noticesInAnHour = 5

const hour = 3_600_000

/** Returns the least id of an entry that is `age` milliseconds old: ids sort by time. */
const least = (at: Date, age: number) => newId(new Date(Math.max(0, at.getTime() - age)), 'A'.repeat(22))

export const anHourAgo = (at: Date) => least(at, hour)

type Told<T> = { [Name in keyof T]: T[Name] | SQL }

export type Event = Told<AuditEntry> & {
  event: AuditEvent
  userId: string | SQL | null
  actorId?: string | SQL | null
  detail?: AuditRow['detail'] | SQL
  /** The least id of the last hour, if `at` is an expression. */
  since?: string | SQL
  /** The ids of all entries that this request writes. They must not count as repetitions of each other. */
  own?: string[]
}

/**
 * Writes an audit entry if the rest of the statement yields a row. However often a user repeats an event, it leaves at
 * most `entriesInAnHour` entries in an hour. The entries themselves are counted, so that no counter row is needed. `+`
 * makes SQLite search the user's entries, not all entries of the event. The entry that counts further events gets a
 * newer id each time, so that a reader who continues from the newest known entry sees it again.
 */
export const recordEvent = (db: Db, { since, own, ...entry }: Event, rest: SQL) => {
  const from = since ?? anHourAgo(entry.at as Date)
  const lately = sql`select iif(count(*) < ${entriesInAnHour}, null, max(told.id)) from ${audit} as told
    where told.user_id = ${entry.userId} and told.id >= ${from} and +told.event = ${entry.event} and told.actor_id is ${entry.actorId ?? null}`
  const anew = (column: 'at' | 'ip' | 'user_agent') => sql.raw(`excluded.${column}`)
  return insertWhere(db, audit, { ...entry, id: sql`coalesce((${lately}), ${entry.id})` }, rest).onConflictDoUpdate({
    target: audit.id,
    set: {
      // With `own`, one statement writes several entries, and each must find the shared entry under its previous id.
      ...(own ? {} : { id: sql`max(${audit.id}, ${entry.id})` }),
      count: sql`${audit.count} + 1`,
      at: anew('at'),
      ip: anew('ip'),
      userAgent: anew('user_agent'),
    },
    // A conflict with an entry of this very request means that the write is being repeated.
    setWhere: own ? notInArray(audit.id, own) : ne(audit.id, entry.id),
  })
}

/** Writes an audit entry if the rest of the statement yields a row; repeating the write changes nothing. */
export const recordOnce = (db: Db, entry: Omit<Event, 'since' | 'own'>, rest: SQL) =>
  insertWhere(db, audit, entry, rest).onConflictDoNothing()

/**
 * Whether the user of `userId` may get another notice of this kind: they got fewer than the maximum within the hour.
 */
export const seldom = (kind: MailKind, userId: SQLWrapper, id: string | SQL, now: Date | SQL) => {
  const at = now instanceof Date ? now.getTime() : now
  return sql`(select count(*) from ${mail} as told where told.user_id = ${userId} and told.kind = ${kind} and told.created_at > ${at} - ${hour} and told.id <> ${id}) < ${noticesInAnHour}`
}

/** Whether the row has other values than these; undefined ones are not compared. */
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
 * Returns the time until which an admin who has used up the limit of writes must wait, or null. Each write has an audit
 * entry; those entries are counted, except the one of this very request.
 */
export const writtenEnough = (actorId: SQLWrapper, { audit: { id }, now, writes: { limit, window } }: Writing) =>
  sql<number | null>`(select told.at + ${window} from ${audit} as told where told.actor_id = ${actorId}
    and told.id >= ${least(now, window)} and told.id <> ${id} and told.event not in ('user_read', 'users_listed', 'mails_listed', 'audit_read')
    order by told.id desc limit 1 offset ${limit - 1})`

type Writing = { audit: AuditEntry; now: Date; writes: { limit: number; window: number } }
