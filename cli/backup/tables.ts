import { getTableColumns, getTableName, is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import * as schema from '../../src/storage/schema.ts'

/** `of` is the column that names a user who has to be there, `by` the one that its pages are in order of. */
export type Table = { name: string; columns: string[]; of: string | undefined; by: string }

/** Migrations made them without a rowid, which the schema cannot tell. */
const byKey: Record<string, string> = { throttles: 'key' }

/** Triggers make it anew, row by row of users. */
const derived = ['totals', 'password_formats']

/** Those that refer to users come after them, and what triggers count while rows come after all that is counted. */
const place = ({ name, of }: Table) => (name === 'daily' ? 2 : of === undefined ? 0 : 1)

/** Every table of the schema that holds something of its own, in the order in which they come back. */
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
