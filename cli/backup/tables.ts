import { getTableColumns, getTableName, is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import * as schema from '../../src/storage/schema.ts'

/**
 * `of` is the column that names the user of a row; that user must exist. `by` is the column that pages are ordered by.
 */
export type Table = { name: string; columns: string[]; of: string | undefined; by: string }

/**
 * Tables that migrations create without a rowid, which the schema cannot express, and the expression that orders their
 * pages.
 */
const byKey: Record<string, string> = {
  throttles: 'key',
  sessions: 'id',
  mail: 'id',
  audit: 'id',
  // Both columns of the key in one text, because a page may end between two devices of one user.
  devices: "user_id || ' ' || name",
}

/** Tables that are rebuilt: by triggers, as each user is inserted, or by the cron. */
const derived = ['totals', 'password_formats', 'sweeps']

/**
 * The order of restoring: tables that refer to users come after them, and `daily`, which triggers count, comes last.
 */
const place = ({ name, of }: Table) => (name === 'daily' ? 2 : of === undefined ? 0 : 1)

/** Every table of the schema that has data of its own, in the order of restoring. */
export const tables: Table[] = Object.values(schema)
  .filter((value) => is(value, SQLiteTable))
  .map((table) => ({
    name: getTableName(table),
    columns: Object.values(getTableColumns(table)).map(({ name }) => name),
    of: getTableConfig(table).foreignKeys.map((key) => key.reference().columns[0]!.name)[0],
    by: byKey[getTableName(table)] ?? 'rowid',
  }))
  .filter(({ name }) => !derived.includes(name))
  .sort((a, b) => place(a) - place(b))
