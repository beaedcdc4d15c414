import { exists, getTableColumns, is, SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import type { SQLiteInsertValue, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { AuthError } from '../domain/errors.ts'

export type Db = DrizzleD1Database & { $client: D1Database }

export const createDatabase = (d1: D1Database): Db => drizzle(d1)

/**
 * Milliseconds after which a call is abandoned. D1 answers within 250 at worst; an abandoned call may still take
 * effect.
 */
const timeoutMs = 3000

/**
 * D1's messages for faults that pass by themselves. Repeating after any other, above all `overloaded`, makes things
 * worse.
 */
const transient =
  /Network connection lost|storage caused object to be reset|reset because its code was updated|Cannot resolve D1 DB due to transient issue/

/**
 * Runs one round trip, up to three times if D1 reports a transient fault. The work must be safe to repeat, or `most`
 * must be 1: a write that failed may have taken effect (D1 never repeats writes itself).
 * @throws AuthError `dependency_unavailable`, with D1's error as its cause
 */
export const roundTrip = async <T>(work: () => Promise<T>, most = 3): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await withTimeout(timeoutMs, work())
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      if (tries === most || !(cause instanceof Error) || !transient.test(cause.message))
        throw new AuthError('dependency_unavailable', { cause })
      await scheduler.wait(Math.random() * 50 * 2 ** tries)
    }
  }
}

/** Waits for the work, and throws if it takes longer than `milliseconds`; the work may still take effect. */
export const withTimeout = <T>(milliseconds: number, work: Promise<T>, late = 'D1_TIMEOUT_ERROR'): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(late)), milliseconds)
    const end = (how: () => void) => {
      clearTimeout(timer)
      how()
    }
    work.then(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    )
  })

/**
 * Runs one transaction and returns its results by name, so that adding a statement does not move the others' results. A
 * statement may be left out by spreading `undefined` instead of it.
 */
export const batch = async <S extends Record<string, BatchItem<'sqlite'>>>(
  db: Db,
  statements: S,
): Promise<{ [Name in keyof S]: NonNullable<S[Name]>['_']['result'] }> => {
  const [first, ...rest] = Object.values(statements)
  const results = await roundTrip(() => db.batch([first!, ...rest]))
  const named = Object.keys(statements).map((name, at) => [name, results[at]])
  return Object.fromEntries(named) as { [Name in keyof S]: NonNullable<S[Name]>['_']['result'] }
}

/**
 * Builds `insert … select …`: inserts one row, only if the rest of the statement (`from … where …`) yields one. A D1
 * batch cannot branch, so the SQL does. Columns that are left out get their default.
 */
export const insertWhere = <T extends SQLiteTable>(db: Db, table: T, values: SQLiteInsertValue<T>, rest: SQL) => {
  const cells = Object.entries(getTableColumns(table)).map(([name, column]) => {
    const value = (values as Record<string, unknown>)[name] ?? column.default ?? null
    return is(value, SQL) ? value : sql.param(value, column)
  })
  return db.insert(table).select(sql`select ${sql.join(cells, sql`, `)} ${rest}`)
}

/** Builds `exists (select 1 from table where …)`. */
export const some = (db: Db, table: SQLiteTable | SQL, where: SQL | undefined) =>
  exists(db.select({ one: sql`1` }).from(table).where(where))

/** True if the last write before this one in the batch changed a row. Reads in between do not count. */
export const previousChanged = sql<boolean>`changes() > 0`
