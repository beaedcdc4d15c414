import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { root, run } from '../../scripts/process.ts'

export const migrations = readdirSync(join(root, 'migrations'))
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .map((name) => readFileSync(join(root, 'migrations', name), 'utf8'))

/** A local database as `npm start` makes it, kept below the folder. */
export const makeDatabase = async (folder: string): Promise<string> => {
  const state = join(folder, 'state')
  const file = join(folder, 'migrations.sql')
  writeFileSync(file, migrations.join(';\n'))
  const { status, output } = await run('wrangler', [
    ...['d1', 'execute', 'DB', '--local', '--persist-to', state],
    ...['--file', file],
  ])
  assert.equal(status, 0, output)
  return state
}

const fileBelow = (state: string) => {
  const files = join(state, 'v3', 'd1', 'miniflare-D1DatabaseObject')
  return join(files, readdirSync(files).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))!)
}

/** Changes something in the file below a local database. */
export const write = (state: string, sql: string): void => {
  using database = new DatabaseSync(fileBelow(state))
  database.exec(sql)
}

/** What a query finds in the file below a local database. */
export const read = (state: string, sql: string, ...values: string[]): Record<string, unknown>[] => {
  using database = new DatabaseSync(fileBelow(state))
  return database
    .prepare(sql)
    .all(...values)
    .map((row) => ({ ...row }))
}
