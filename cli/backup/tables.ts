import { getTableName, is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { type BackupTable, backupTables } from '../../src/storage/backup-tables.ts'
import * as schema from '../../src/storage/schema.ts'

/** `of` is the column that names the user of a row; that user must exist. */
export type Table = BackupTable & { of: string | undefined }

const owners = new Map<string, string | undefined>(
  Object.values(schema)
    .filter((value) => is(value, SQLiteTable))
    .map((table) => [
      getTableName(table),
      getTableConfig(table).foreignKeys.map((key) => key.reference().columns[0]!.name)[0],
    ]),
)

/** The tables of a backup, in the order in which they are restored. */
export const tables: Table[] = backupTables.map((table) => ({ ...table, of: owners.get(table.name) }))
