import { appliedMigrations } from '../../src/storage/backup-tables.ts'
import { execute, type Place, Stop, send } from '../lib/database.ts'
import { findMarks, isMark, putMark } from '../lib/marks.ts'
import { literal, packed, plainJson } from '../lib/sql-literal.ts'
import { check, readBackup, type Source } from './file.ts'
import { pictureWriter } from './pictures.ts'
import { number, tell } from './progress.ts'
import { tables } from './tables.ts'

/** Rows restored in one transaction. The deployed database answers no other request meanwhile. */
const chunk = { local: 20_000, remote: 5000 }

/**
 * A mark records the progress of a restore: it is written together with the rows that it counts. While it exists, the
 * cron removes no picture. It stays for a day after the restore (`storage/upkeep.ts`).
 */
const keyOf = (id: string) => `restored ${id}`
const resumableMs = 7 * 86_400_000
const restsMs = 86_400_000
const finished = -1

const mark = (id: string, count: number, now = Date.now()) =>
  putMark({ key: keyOf(id), count, at: 0, until: now + (count === finished ? restsMs : resumableMs) })

/**
 * Returns the statements that restore rows. As rows are inserted, triggers fill the search index, the totals and the
 * counter of sessions. Triggers also count the restored rows in `daily`, so the file's rows replace these counts.
 * Two kinds of rows are left out, which arise if the database changes while the backup is read: rows of a user who was
 * deleted, and the second of two rows with the same key or address.
 */
const restoring = (name: string, columns: string[], rows: unknown[][]): string[] => {
  const daily = name === 'daily'
  const own = (row: unknown[]) =>
    name === 'throttles' ? !isMark(row[columns.indexOf('key')]) : !daily || row[columns.indexOf('day')] !== 'now'
  const of = tables.find((table) => table.name === name)?.of
  const owner = of && `value ->> ${columns.indexOf(of)}`
  const where = owner ? `(${owner} is null or ${owner} in (select id from users))` : 'true'
  const values = columns.map((_, index) => `value ->> ${index}`).join(', ')
  return packed(rows.filter(own).map(plainJson)).map(
    (pack) =>
      `insert into "${name}" (${columns.map((column) => `"${column}"`).join(', ')}) select ${values}
        from json_each(${literal(`[${pack.join(',')}]`)}) where ${where}
        on conflict do ${daily ? 'update set count = excluded.count' : 'nothing'}`,
  )
}

type Row = Record<string, unknown>

/**
 * Returns how many rows of this backup the database already has. @throws {Stop} if this backup may not be restored into
 * it
 */
const begun = async (id: string, migrations: string[], place: Place): Promise<number> => {
  const asked = [appliedMigrations, 'select exists (select 1 from users) as users', findMarks('restored')]
  const [there, [found], marks] = (await execute(asked, place)) as [Row[], Row[], Row[]]
  const progress = marks.find(({ key }) => key === keyOf(id))
  const lacking = migrations.filter((name) => !there.some((row) => row.name === name))
  if (lacking.length > 0) throw new Stop(`The database lacks migrations that the backup has: ${lacking.join(', ')}.`)
  const done = Number(progress?.count ?? 0)
  if (done === finished) throw new Stop('The database has been restored from this backup already.')
  if (!progress && marks.some(({ count }) => count !== finished))
    throw new Stop('A restore of another backup was cut off here: continue with that file, or use a new database.')
  if (found!.users && !progress)
    throw new Stop('The database has users. A backup can be restored only into an empty one.')
  return done
}

/**
 * Restores a backup, or resumes an earlier restore of the same file that was interrupted.
 * @returns the rows and pictures that are restored, and how many of the rows an earlier run had restored
 */
export const restore = async (source: Source, place: Place) => {
  const { migrations, id } = await check(source)
  const before = await begun(id, migrations, place)
  const size = place.remote ? chunk.remote : chunk.local
  const pictures = pictureWriter(place)
  let table = { name: '', columns: [] as string[] }
  let rows: unknown[][] = []
  let statements: string[] = []
  let waiting = 0
  let skipped = 0
  let sent = before
  const prepare = () => {
    statements.push(...restoring(table.name, table.columns, rows))
    waiting += rows.length
    rows = []
  }
  const flush = async () => {
    prepare()
    if (waiting > 0) await send([...statements, mark(id, sent + waiting)], place)
    sent += waiting
    tell(`${number(sent)} rows`)
    statements = []
    waiting = 0
  }
  for await (const line of readBackup(source)) {
    if (Array.isArray(line)) {
      if (skipped < before) skipped++
      else rows.push(line)
      if (waiting + rows.length === size) await flush()
    } else if ('table' in line) {
      prepare()
      table = { name: line.table, columns: line.columns }
    } else if ('picture' in line) await pictures.put(line.picture, Buffer.from(line.data, 'base64'))
  }
  await flush()
  const stored = await pictures.flush()
  await send([mark(id, finished)], place)
  tell('')
  return { rows: sent, before, pictures: stored }
}
