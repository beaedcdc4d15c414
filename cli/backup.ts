import { resolve } from 'node:path'
import { check, needsPassphrase, openBackup, type Source } from './backup/file.ts'
import { passphraseOf } from './backup/passphrase.ts'
import { picturesOf } from './backup/pictures.ts'
import { applied, number, tell } from './backup/progress.ts'
import { restore } from './backup/restore.ts'
import { type Table, tables } from './backup/tables.ts'
import { verify } from './backup/verify.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { checkPlace, execute, localState, type Place, Stop } from './lib/database.ts'
import { literal } from './lib/sql-literal.ts'

const help = `
Copies the database to a file, and restores it into an empty database.

  npm run backup -- FILE [OPTIONS]             reads all tables page by page, changes nothing, blocks nobody
  npm run backup -- FILE --verify              restores into a new local database, compares all totals, removes it
  npm run backup -- FILE --restore [OPTIONS]   restores into a migrated database without users, or resumes an
                                               interrupted restore of the same file

  --encrypt          encrypts the file with a passphrase, from BACKUP_PASSPHRASE or typed; --verify and --restore ask
                     for it
  --pictures         includes the pictures of users
  --remote           the deployed database instead of the local one; wrangler must be logged in
  --persist-to DIR   the folder of the local database, as given to \`npm start\` (.wrangler/state)
  --env NAME         the environment of wrangler.toml (with --remote: production)
  --help

FILE (.ndjson.gz) contains password hashes, addresses and sessions, but no secrets. It is read back before it gets its
name. GATEHOUSE_PATIENCE_SECONDS (600) limits the wait for each answer of the database.
`

/** Rows per table in the first query, which reads all tables at once, and rows in each later query. */
const firstPage = 1000
const nextPage = { local: 20_000, remote: 5000 }

type Row = Record<string, unknown>

/** @param after the value of the column `by` in the last row of the previous page */
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

const backUp = async (source: Source, withPictures: boolean, place: Place) => {
  // The file comes first: if it cannot be written, nothing is read.
  const backup = await openBackup(source)
  try {
    const queries = [applied, ...tables.map((table) => pageOf(table, firstPage))]
    const [migrations, ...first] = await execute(queries, place)
    const counts: Record<string, number> = {}
    await backup.write({
      backup: 1,
      at: new Date().toISOString(),
      migrations: migrations!.map(({ name }) => String(name)),
    })
    for (const [index, table] of tables.entries()) {
      const { name, columns } = table
      await backup.write({ table: name, columns })
      counts[name] = 0
      for await (const row of rowsOf(table, first[index]!, place)) {
        await backup.write(row)
        if (++counts[name] % 1000 === 0) tell(`${name}: ${number(counts[name])}`)
      }
    }
    let pictures = 0
    if (withPictures)
      for await (const { key, bytes } of picturesOf(place)) {
        await backup.write({ picture: key, data: bytes.toString('base64') })
        if (++pictures % 100 === 0) tell(`pictures: ${number(pictures)}`)
      }
    await backup.write({ end: counts, pictures })
    await backup.close()
    // A disk may accept what it cannot read back.
    tell('reading it again')
    const written = await check({ ...source, file: backup.part })
    if (JSON.stringify(written.counts) !== JSON.stringify(counts) || written.pictures !== pictures)
      throw new Stop(`${source.file} could not be read back as it was written: nothing was kept.`)
    await backup.keep()
    tell('')
    return withPictures ? { ...counts, pictures } : counts
  } catch (error) {
    backup.discard()
    throw error
  }
}

const list = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([name, count]) => `${number(count)} ${name}`)
    .join(', ')

const bringBack = async (source: Source, place: Place) => {
  const { rows, before, pictures } = await restore(source, place)
  const earlier = before > 0 ? `, ${number(before)} of them by the run before` : ''
  console.log(
    `${number(rows)} rows were restored${earlier}${pictures > 0 ? `, and ${number(pictures)} pictures` : ''}.`,
  )
  if (place.remote)
    console.log(
      `Sessions that have ended since the backup are live again. To end all: npm run rotate -- --emergency --env ${place.env ?? 'production'}`,
    )
}

/** `npm run backup` */
export const backup: Main = async (args) => {
  const { values, positionals } = readArguments('backup', args, {
    restore: { type: 'boolean', default: false },
    verify: { type: 'boolean', default: false },
    encrypt: { type: 'boolean', default: false },
    pictures: { type: 'boolean', default: false },
    remote: { type: 'boolean', default: false },
    'persist-to': { type: 'string' },
    env: { type: 'string' },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const { remote, env, 'persist-to': persistTo, encrypt, pictures } = values
  const [given, ...others] = positionals
  if (given === undefined || others.length > 0) throw new Stop('One file is needed: npm run backup -- FILE')
  if (remote && persistTo !== undefined)
    throw new Stop('--persist-to is for the local database, --remote for the deployed one.')
  if (values.restore && values.verify) throw new Stop('--verify and --restore do different things: choose one.')
  const reading = values.restore || values.verify
  if (reading && (encrypt || pictures))
    throw new Stop('--encrypt and --pictures are for a new file: an existing one shows what it contains.')
  if (values.verify && (remote || env !== undefined || persistTo !== undefined))
    throw new Stop('--verify uses a new local database, and no other.')
  const file = resolve(given)
  const place = { remote, env, persistTo: resolve(persistTo ?? localState) }
  if (!values.verify) checkPlace(place)
  const passphrase = (reading ? needsPassphrase(file) : encrypt) ? await passphraseOf(!reading) : undefined
  const source = { file, passphrase }
  if (values.verify) for (const line of await verify(source)) console.log(line)
  else if (values.restore) await bringBack(source, place)
  else console.log(`${given}: ${list(await backUp(source, pictures, place))}.`)
  if (values.verify) console.log(`${given} comes back whole.`)
  return 0
}

if (import.meta.main) await runCommand(backup)
