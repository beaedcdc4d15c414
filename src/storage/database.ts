import { exists, getTableColumns, is, SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import type { SQLiteInsertValue, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { AuthError } from '../domain/errors.ts'

export type Db = DrizzleD1Database & { $client: D1Database }

export const createDatabase = (d1: D1Database): Db => drizzle(d1)

/** Milliseconds after which a call is given up. D1 answers in 250 at worst; what comes later may still take effect. */
const patience = 3000

/** D1's own words for what passes by itself. Anything else, `overloaded` above all, gets worse by asking again. */
const transient =
  /Network connection lost|storage caused object to be reset|reset because its code was updated|Cannot resolve D1 DB due to transient issue/

/**
 * Runs one round trip, at most three times where D1 says that the fault is passing. Whatever is given to it must be
 * safe to repeat, or `most` be 1: a write that failed may have taken effect (platform: D1 never repeats writes itself).
 * @throws AuthError `dependency_unavailable`, with D1's error as its cause
 */
export const roundTrip = async <T>(work: () => Promise<T>, most = 3): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await withTimeout(patience, work())
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      if (tries === most || !(cause instanceof Error) || !transient.test(cause.message))
        throw new AuthError('dependency_unavailable', { cause })
      await scheduler.wait(Math.random() * 50 * 2 ** tries)
    }
  }
}

/** Waits so long for the work and then throws; what comes later may still take effect. */
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

/** One transaction whose results are read by name: a statement more or less moves no other's result. */
export const batch = async <S extends Record<string, BatchItem<'sqlite'>>>(
  db: Db,
  statements: S,
): Promise<{ [Name in keyof S]: S[Name]['_']['result'] }> => {
  const [first, ...rest] = Object.values(statements)
  const results = await roundTrip(() => db.batch([first!, ...rest]))
  const named = Object.keys(statements).map((name, at) => [name, results[at]])
  return Object.fromEntries(named) as { [Name in keyof S]: S[Name]['_']['result'] }
}

/**
 * `insert … select …`: one row, made only where the rest of the statement (`from … where …`) yields one. A D1 batch
 * cannot branch, so the SQL does. Columns left out get their default.
 */
export const insertWhere = <T extends SQLiteTable>(db: Db, table: T, values: SQLiteInsertValue<T>, rest: SQL) => {
  const cells = Object.entries(getTableColumns(table)).map(([name, column]) => {
    const value = (values as Record<string, unknown>)[name]
    return is(value, SQL) ? value : sql.param(value ?? column.default ?? null, column)
  })
  return db.insert(table).select(sql`select ${sql.join(cells, sql`, `)} ${rest}`)
}

/** `exists (select 1 from table where …)`. */
export const some = (db: Db, table: SQLiteTable | SQL, where: SQL | undefined) =>
  exists(db.select({ one: sql`1` }).from(table).where(where))

/** True where the statement before this one, in the same batch, changed a row. Reads in between do not count. */
export const previousChanged = sql<boolean>`changes() > 0`
