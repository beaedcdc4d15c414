import { resolve } from 'node:path'
import { openBackup, readBackup } from './backup/file.ts'
import { type Table, tables } from './backup/tables.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { checkPlace, execute, localState, type Place, Stop, send } from './lib/database.ts'
import { literal, packed, plainJson } from './lib/sql-literal.ts'

const help = `
Copies the database to a file, and restores it into an empty database.

  npm run backup -- FILE [OPTIONS]             reads all tables page by page, changes nothing, blocks nobody
  npm run backup -- FILE --restore [OPTIONS]   restores into a migrated database without users

  --remote           the deployed database instead of the local one; wrangler must be logged in
  --persist-to DIR   the folder of the local database, as given to \`npm start\` (.wrangler/state)
  --env NAME         the environment of wrangler.toml (with --remote: production)
  --help

FILE (.ndjson.gz) contains password hashes, addresses and sessions, but no pictures or secrets.
`

/** Rows per table in the first query, which reads all tables at once, and in each later query. */
const firstPage = 1000
const nextPage = { local: 20_000, remote: 5000 }

/** Rows restored in one transaction. The deployed database answers no other request meanwhile. */
const chunk = { local: 20_000, remote: 5000 }

const number = (count: number) => count.toLocaleString('en')

/** Overwrites one line on a terminal; writes nothing elsewhere. */
const tell = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

const applied = 'select name from d1_migrations order by id'

type Row = Record<string, unknown>

/** @param after the last value of the column `by` on the previous page */
const pageOf = ({ name, columns, by }: Table, limit: number, after?: string | number) =>
  `select ${by} as "row id", ${columns.map((column) => `"${column}"`).join(', ')} from "${name}"
    ${after === undefined ? '' : `where ${by} > ${literal(after)}`} order by ${by} limit ${limit}`

/** Yields all rows of a table, whose first page has already been read. */
async function* rowsOf(table: Table, first: Row[], place: Place): AsyncGenerator<unknown[]> {
  let limit = firstPage
  for (let rows = first; ; ) {
    for (const row of rows) yield table.columns.map((column) => row[column])
    if (rows.length < limit) return
    limit = place.remote ? nextPage.remote : nextPage.local
    rows = (await execute([pageOf(table, limit, rows.at(-1)!['row id'] as string | number)], place))[0]!
  }
}

const backUp = async (file: string, place: Place) => {
  const { write, close } = openBackup(file)
  const queries = [applied, ...tables.map((table) => pageOf(table, firstPage))]
  const [migrations, ...first] = await execute(queries, place)
  const counts: Record<string, number> = {}
  await write({ backup: 1, at: new Date().toISOString(), migrations: migrations!.map(({ name }) => String(name)) })
  for (const [index, table] of tables.entries()) {
    const { name, columns } = table
    await write({ table: name, columns })
    counts[name] = 0
    for await (const row of rowsOf(table, first[index]!, place)) {
      await write(row)
      if (++counts[name] % 1000 === 0) tell(`${name}: ${number(counts[name])}`)
    }
  }
  await write({ end: counts })
  await close()
  tell('')
  return counts
}

/** Reads the whole file before any of it is used. @throws {Stop} if a row is missing */
const check = async (file: string) => {
  let migrations: string[] | undefined
  let table = ''
  const counts: Record<string, number> = {}
  for await (const line of readBackup(file)) {
    if (Array.isArray(line)) counts[table]!++
    else if ('backup' in line) migrations = line.migrations
    else if ('table' in line) {
      table = line.table
      counts[table] = 0
    } else if (JSON.stringify(line.end) !== JSON.stringify(counts)) throw new Stop(`${file} lacks rows.`)
  }
  if (!migrations) throw new Stop(`${file} is not a backup.`)
  return migrations
}

/**
 * Triggers fill the search index, the totals and the counter of sessions as rows are inserted. The days of `daily` were
 * counted when things happened, so the file's rows replace what the triggers made. Rows of a user who was deleted while
 * the backup was read are left out; so is the second of two rows with the same key or address, which changed hands
 * meanwhile.
 */
const restoring = (name: string, columns: string[], rows: unknown[][]): string[] => {
  const daily = name === 'daily'
  const kept = daily ? rows.filter((row) => row[columns.indexOf('day')] !== 'now') : rows
  const of = tables.find((table) => table.name === name)?.of
  const owner = of && `value ->> ${columns.indexOf(of)}`
  const where = owner ? `(${owner} is null or ${owner} in (select id from users))` : 'true'
  const values = columns.map((_, index) => `value ->> ${index}`).join(', ')
  return packed(kept.map(plainJson)).map(
    (pack) =>
      `insert into "${name}" (${columns.map((column) => `"${column}"`).join(', ')}) select ${values}
        from json_each(${literal(`[${pack.join(',')}]`)}) where ${where}
        on conflict do ${daily ? 'update set count = excluded.count' : 'nothing'}`,
  )
}

const restore = async (file: string, place: Place) => {
  const migrations = await check(file)
  const [there, [found]] = (await execute([applied, 'select exists (select 1 from users) as users'], place)) as [
    Row[],
    Row[],
  ]
  const lacking = migrations.filter((name) => !there.some((row) => row.name === name))
  if (lacking.length > 0) throw new Stop(`The database lacks migrations that the backup has: ${lacking.join(', ')}.`)
  if (found!.users) throw new Stop('The database has users. A backup can be restored only into an empty one.')

  const size = place.remote ? chunk.remote : chunk.local
  let table = { name: '', columns: [] as string[] }
  let rows: unknown[][] = []
  let statements: string[] = []
  let waiting = 0
  let sent = 0
  const prepare = () => {
    statements.push(...restoring(table.name, table.columns, rows))
    waiting += rows.length
    rows = []
  }
  const flush = async () => {
    prepare()
    if (statements.length > 0) await send(statements, place)
    sent += waiting
    tell(`${number(sent)} rows`)
    statements = []
    waiting = 0
  }
  for await (const line of readBackup(file)) {
    if (Array.isArray(line)) {
      rows.push(line)
      if (waiting + rows.length === size) await flush()
    } else if ('table' in line) {
      prepare()
      table = { name: line.table, columns: line.columns }
    }
  }
  await flush()
  tell('')
  return sent
}

const list = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([name, count]) => `${number(count)} ${name}`)
    .join(', ')

/** `npm run backup` */
export const backup: Main = async (args) => {
  const { values, positionals } = readArguments('backup', args, {
    restore: { type: 'boolean', default: false },
    remote: { type: 'boolean', default: false },
    'persist-to': { type: 'string' },
    env: { type: 'string' },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const { remote, env, 'persist-to': persistTo } = values
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0) throw new Stop('One file is needed: npm run backup -- FILE')
  if (remote && persistTo !== undefined)
    throw new Stop('--persist-to is for the local database, --remote for the deployed one.')
  const place = { remote, env, persistTo: resolve(persistTo ?? localState) }
  checkPlace(place)
  if (!values.restore) {
    console.log(`${file}: ${list(await backUp(resolve(file), place))}.`)
    return 0
  }
  console.log(`${number(await restore(resolve(file), place))} rows were restored.`)
  if (remote)
    console.log(
      `Sessions that have ended since the backup are live again. To end all: npm run rotate -- --emergency --env ${env ?? 'production'}`,
    )
  return 0
}

if (import.meta.main) await runCommand(backup)
