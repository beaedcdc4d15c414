import { getTableColumns, getTableName } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import {
  audit,
  auditDays,
  auditKeys,
  daily,
  devices,
  mail,
  passkeys,
  recoveryCodes,
  sessions,
  throttles,
  totp,
  trustedDevices,
  users,
} from './schema.ts'

/**
 * `columns` are copied as they are. `by`: the columns that order the pages of the table, for which there is an index.
 */
export type BackupTable = { name: string; columns: string[]; by: string[] }

const table = (source: SQLiteTable, ...by: string[]): BackupTable => ({
  name: getTableName(source),
  columns: Object.values(getTableColumns(source)).map(({ name }) => name),
  by,
})

/**
 * Every table with data of its own, in the order of a restore. Tables that refer to users come after them; sessions
 * come after apps and passkeys, because triggers void the proofs of sessions when an app or a passkey is added; and
 * `daily` comes last, because triggers count in it. Triggers or the cron rebuild all other tables.
 */
export const backupTables: BackupTable[] = [
  table(audit, 'id'),
  table(auditDays, 'day'),
  table(throttles, 'key'),
  table(users, 'rowid'),
  table(devices, 'user_id', 'name'),
  table(mail, 'id'),
  table(totp, 'id'),
  table(passkeys, 'id'),
  table(recoveryCodes, 'user_id'),
  table(trustedDevices, 'user_id', 'id'),
  table(sessions, 'id'),
  table(auditKeys, 'pseudonym'),
  table(daily, 'rowid'),
]

/**
 * Returns a query of the rows after a key, each with the columns of its key first.
 * @param after SQL of each column of the key; undefined: from the first row on
 */
export const pageOf = ({ name, columns, by }: BackupTable, limit: number, after?: string[]): string => {
  const key = by.join(', ')
  const keys = by.map((column, index) => `${column} as "key ${index}"`)
  return `select ${[...keys, ...columns.map((column) => `"${column}"`)].join(', ')} from "${name}"
    ${after ? `where (${key}) > (${after.join(', ')})` : ''} order by ${key} limit ${limit}`
}

/** The query of the migrations that a database has. */
export const appliedMigrations = 'select name from d1_migrations order by id'
