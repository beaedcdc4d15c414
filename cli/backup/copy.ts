import { appliedMigrations, pageOf } from '../../src/storage/backup-tables.ts'
import { execute, type Place, Stop } from '../lib/database.ts'
import { literal } from '../lib/sql-literal.ts'
import { check, type Line, openBackup, type Source } from './file.ts'
import { picturesOf } from './pictures.ts'
import { number, tell } from './progress.ts'
import { type Table, tables } from './tables.ts'

/** Rows per table in the first query, which reads all tables at once, and rows in each later query. */
const firstPage = 1000
const nextPage = { local: 20_000, remote: 5000 }

type Row = Record<string, unknown>

/** Yields all rows of a table, whose first page has already been read. */
async function* rowsOf(table: Table, first: Row[], place: Place): AsyncGenerator<unknown[]> {
  let limit = firstPage
  for (let rows = first; ; ) {
    for (const row of rows) yield table.columns.map((column) => row[column])
    if (rows.length < limit) return
    limit = place.remote ? nextPage.remote : nextPage.local
    const last = rows.at(-1)!
    const after = table.by.map((_, index) => literal(last[`key ${index}`] as string | number))
    rows = (await execute([pageOf(table, limit, after)], place))[0]!
  }
}

/** Yields the whole database as the lines of a file. */
export async function* linesOf(withPictures: boolean, place: Place): AsyncGenerator<Line> {
  const queries = [appliedMigrations, ...tables.map((table) => pageOf(table, firstPage))]
  const [migrations, ...first] = await execute(queries, place)
  const counts: Record<string, number> = {}
  yield { backup: 1, at: new Date().toISOString(), migrations: migrations!.map(({ name }) => String(name)) }
  for (const [index, table] of tables.entries()) {
    const { name, columns } = table
    yield { table: name, columns }
    counts[name] = 0
    for await (const row of rowsOf(table, first[index]!, place)) {
      yield row
      if (++counts[name] % 1000 === 0) tell(`${name}: ${number(counts[name])}`)
    }
  }
  let pictures = 0
  if (withPictures)
    for await (const { key, bytes } of picturesOf(place)) {
      yield { picture: key, data: bytes.toString('base64') }
      if (++pictures % 100 === 0) tell(`pictures: ${number(pictures)}`)
    }
  yield { end: counts, pictures }
}

/** Writes a backup to a file, and returns how many rows and pictures it contains. */
export const write = async (source: Source, lines: AsyncIterable<Line>): Promise<Record<string, number>> => {
  // The file comes first: if it cannot be written, nothing is read.
  const backup = await openBackup(source)
  try {
    let end: Extract<Line, { end: unknown }> | undefined
    for await (const line of lines) {
      await backup.write(line)
      if (!Array.isArray(line) && 'end' in line) end = line
    }
    await backup.close()
    // A disk may accept what it cannot read back.
    tell('reading it again')
    const written = await check({ ...source, file: backup.part })
    if (JSON.stringify(written.counts) !== JSON.stringify(end?.end) || written.pictures !== end?.pictures)
      throw new Stop(`${source.file} could not be read back as it was written: nothing was kept.`)
    await backup.keep()
    tell('')
    return end.pictures > 0 ? { ...end.end, pictures: end.pictures } : end.end
  } catch (error) {
    backup.discard()
    throw error
  }
}
