import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrationFiles } from '../doctor/database.ts'
import { closeDatabases, execute, localBindings, type Place, Stop, send } from '../lib/database.ts'
import { isMark } from '../lib/marks.ts'
import { root } from '../lib/process.ts'
import { literal } from '../lib/sql-literal.ts'
import { check, readBackup, type Source } from './file.ts'
import { number } from './progress.ts'
import { restore } from './restore.ts'
import { tables } from './tables.ts'

const applied =
  'create table d1_migrations (id integer primary key autoincrement, name text unique, applied_at timestamp default current_timestamp not null)'

/** Creates an empty database with all migrations, as wrangler does. */
export const migrateLocal = async (persistTo: string, ...statements: string[]): Promise<Place> => {
  const { unstable_splitSqlQuery: split } = await import('wrangler')
  const folder = join(root, 'migrations')
  const names = migrationFiles(folder)
  const place = { remote: false, persistTo, env: undefined }
  const texts = names.flatMap((name) => split(readFileSync(join(folder, name), 'utf8')))
  const noted = `insert into d1_migrations (name) values ${names.map((name) => `(${literal(name)})`).join(', ')}`
  await send([...texts, applied, noted, ...statements], place)
  return place
}

/**
 * Tables of which a backup can contain two rows with the same key, with the columns of that key: while the backup is
 * read, one row may give up a key that another one takes.
 */
const keys: Record<string, string[]> = { throttles: ['key'], users: ['email_canonical'], devices: ['user_id', 'name'] }

/**
 * Returns how many rows of each table a restore must produce: all, except marks of commands, and rows that are
 * inconsistent because the database changed while the backup was read.
 */
const expected = async (source: Source) => {
  const counts: Record<string, number> = {}
  const owners = new Set<unknown>()
  const daily: unknown[][] = []
  let seen = new Set<string>()
  let table = { name: '', columns: [] as string[] }
  const of = (row: unknown[], column: string) => row[table.columns.indexOf(column)]
  const taken = (row: unknown[]) => {
    const by = keys[table.name]
    if (!by) return false
    const key = JSON.stringify(by.map((column) => of(row, column)))
    const twice = seen.has(key)
    seen.add(key)
    return twice
  }
  for await (const line of readBackup(source)) {
    if (Array.isArray(line)) {
      const owner = tables.find(({ name }) => name === table.name)?.of
      const gone = owner !== undefined && of(line, owner) !== null && !owners.has(of(line, owner))
      const mark = table.name === 'throttles' && isMark(of(line, 'key'))
      if (gone || mark || taken(line)) continue
      if (table.name === 'users') owners.add(of(line, 'id'))
      if (table.name === 'daily') daily.push(['metric', 'day', 'count'].map((column) => of(line, column)))
      counts[table.name]!++
    } else if ('table' in line) {
      table = { name: line.table, columns: line.columns }
      counts[table.name] = 0
      seen = new Set()
    }
  }
  return { counts, daily }
}

/**
 * Counts the rows of a restored database. The days of `daily` are compared one by one, because triggers count them as
 * rows arrive.
 */
const found = async (names: string[], daily: unknown[][], place: Place): Promise<Record<string, number>> => {
  const others = names.filter((name) => name !== 'daily')
  const own = (name: string) => (name === 'throttles' ? `where key not like 'restored %'` : '')
  const results = await execute(
    [
      ...others.map((name) => `select count(*) as n from "${name}" ${own(name)}`),
      'select metric, day, count from daily',
    ],
    place,
  )
  const days = new Set(results[others.length]!.map(({ metric, day, count }) => JSON.stringify([metric, day, count])))
  const same = daily.filter((row) => row[1] === 'now' || days.has(JSON.stringify(row))).length
  return { ...Object.fromEntries(others.map((name, index) => [name, Number(results[index]![0]!.n)])), daily: same }
}

/**
 * Restores a backup into a new local database, which is removed afterwards, and compares the totals of every table.
 * @returns what is in it, a line for each table
 * @throws {Stop} if anything is missing
 */
export const verify = async (source: Source): Promise<string[]> => {
  const contents = await check(source)
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  process.once('exit', remove)
  try {
    const place = await migrateLocal(folder)
    const restored = await restore(source, place)
    const { counts, daily } = await expected(source)
    const there = await found(Object.keys(counts), daily, place)
    const { AVATARS } = await localBindings(place)
    let pictures = 0
    for (let cursor: string | undefined; ; ) {
      const listed = await AVATARS.list({ cursor })
      pictures += listed.objects.length
      if (!listed.truncated) break
      cursor = listed.cursor
    }
    const lines = Object.entries(contents.counts).map(([name, inFile]) => {
      const leftOut = inFile - counts[name]!
      const wrong = there[name] === counts[name] ? '' : `, restored: ${number(there[name]!)}`
      return {
        wrong: wrong !== '',
        says: `${name}: ${number(inFile)}${leftOut > 0 ? ` (${number(leftOut)} left out: changed during the backup, or progress of another command)` : ''}${wrong}`,
      }
    })
    if (contents.pictures > 0 || pictures > 0)
      lines.push({
        wrong: pictures !== contents.pictures || restored.pictures !== contents.pictures,
        says: `pictures: ${number(contents.pictures)}${pictures === contents.pictures ? '' : `, restored: ${number(pictures)}`}`,
      })
    const wrong = lines.filter((line) => line.wrong)
    if (wrong.length > 0)
      throw new Stop(`${source.file} cannot be restored completely: ${wrong.map(({ says }) => says).join('; ')}.`)
    return lines.map(({ says }) => says)
  } finally {
    await closeDatabases()
    remove()
    process.off('exit', remove)
  }
}
