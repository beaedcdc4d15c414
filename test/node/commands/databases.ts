import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { migrateLocal } from '../../../cli/backup/verify.ts'
import { migrationFiles } from '../../../cli/doctor/database.ts'
import { closeDatabases } from '../../../cli/lib/database.ts'
import { root } from '../../../cli/lib/process.ts'
import { alone } from './inside.ts'

const names = migrationFiles(join(root, 'migrations'))

/** The migrations that were applied, as wrangler records them. */
const applied = [
  'create table d1_migrations (id integer primary key autoincrement, name text unique, applied_at timestamp default current_timestamp not null)',
  `insert into d1_migrations (name) values ${names.map((name) => `('${name}')`).join(', ')}`,
]

/** The text of each migration, and of what wrangler does after it. */
export const migrations = [
  ...names.map((name) => readFileSync(join(root, 'migrations', name), 'utf8')),
  applied.join(';\n'),
]

/** Creates a local database as `npm start` does, below the folder, and runs these statements. */
export const makeDatabase = async (folder: string, ...statements: string[]): Promise<string> => {
  const persistTo = join(folder, 'state')
  await alone(async () => {
    await migrateLocal(persistTo, ...statements)
    await closeDatabases()
  })
  return persistTo
}

const fileBelow = (state: string) => {
  const files = join(state, 'v3', 'd1', 'miniflare-D1DatabaseObject')
  return join(files, readdirSync(files).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))!)
}

/** Changes something in the file of a local database. */
export const write = (state: string, sql: string): void => {
  using database = new DatabaseSync(fileBelow(state), { timeout: 10_000 })
  database.exec(sql)
}

/** Returns what a query finds in the file of a local database. */
export const read = (state: string, sql: string, ...values: string[]): Record<string, unknown>[] => {
  using database = new DatabaseSync(fileBelow(state), { timeout: 10_000 })
  return database
    .prepare(sql)
    .all(...values)
    .map((row) => ({ ...row }))
}
