import { createWriteStream, lstatSync, renameSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Entry, formats } from './audit-export/entry.ts'
import { readAudit } from './audit-export/read.ts'
import { number, tell } from './backup/progress.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { checkPlace, localState, Stop } from './lib/database.ts'
import { defaultConfig, readDeployment } from './lib/deployment.ts'
import { besides, createPrivate } from './lib/private-file.ts'
import { meaningOf } from './lib/said.ts'

const help = `
Writes the audit entries of some days to a file, oldest first: those in the database and those in the archive.

  npm run audit-export -- FROM TO [OPTIONS]

  FROM, TO           the first and the last day, in UTC, such as 2026-01-01 2026-01-31
  --out FILE         the file (audit-FROM-TO.ndjson, or .csv)
  --csv              CSV for spreadsheets; otherwise one JSON value per line
  --user ID          only entries about this user or caused by this user
  --remote           the deployed service instead of the local one; wrangler must be logged in
  --persist-to DIR   the folder of the local database, as given to \`npm start\` (.wrangler/state)
  --env NAME         the environment of wrangler.toml (with --remote: production)
  --config FILE      a configuration instead of wrangler.toml
  --help

The file contains IP addresses of visitors, and only its owner can read it. An entry with \`sealed\` is about an account
that has been deleted since the entry was archived: nobody can read the rest of it.
`

const day = /^\d{4}-\d\d-\d\d$/

/** @throws {Stop} */
const checkDays = (from: string | undefined, to: string | undefined, others: string[]) => {
  if (from === undefined || to === undefined || others.length > 0)
    throw new Stop('Two days are needed: npm run audit-export -- 2026-01-01 2026-01-31')
  for (const given of [from, to])
    if (
      !day.test(given) ||
      new Date(given).toString() === 'Invalid Date' ||
      new Date(given).toISOString().slice(0, 10) !== given
    )
      throw new Stop(`${given} is no day. Days look like 2026-01-31.`)
  if (from > to) throw new Stop(`${from} is after ${to}: give the earlier day first.`)
  return [from, to] as const
}

/** `npm run audit-export` */
export const auditExport: Main = async (args) => {
  const { values, positionals } = readArguments('audit-export', args, {
    out: { type: 'string' },
    csv: { type: 'boolean', default: false },
    user: { type: 'string' },
    remote: { type: 'boolean', default: false },
    'persist-to': { type: 'string' },
    env: { type: 'string' },
    config: { type: 'string', default: defaultConfig },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const [given, until, ...others] = positionals
  const [from, to] = checkDays(given, until, others)
  const { remote, env, user, 'persist-to': persistTo } = values
  if (remote && persistTo !== undefined)
    throw new Stop('--persist-to is for the local database, --remote for the deployed one.')
  const place = { remote, env, persistTo: resolve(persistTo ?? localState), config: resolve(values.config) }
  checkPlace(place)
  const deployment = readDeployment(env ?? (remote ? 'production' : undefined), place.config)
  const kind = values.csv ? 'csv' : 'ndjson'
  const file = resolve(values.out ?? `audit-${from}-${to}.${kind}`)
  if (lstatSync(file, { throwIfNoEntry: false })) throw new Stop(`${file} already exists.`)

  const { head, line } = formats[kind]
  let count = 0
  let sealed = 0
  const wanted = ({ user_id, actor_id }: Entry) => user === undefined || user_id === user || actor_id === user
  async function* lines() {
    yield head
    for await (const entry of readAudit(from, to, deployment, place)) {
      if (!wanted(entry)) continue
      yield line(entry)
      if (entry.sealed) sealed++
      if (++count % 1000 === 0) tell(`${number(count)} entries`)
    }
  }
  const part = besides(file, 'part')
  try {
    await pipeline(Readable.from(lines()), createWriteStream(part, { fd: createPrivate(part) }))
    renameSync(part, file)
  } catch (error) {
    rmSync(part, { force: true })
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof Stop || code === undefined) throw error
    throw new Stop(`${file} cannot be written: ${meaningOf(code)} (${code}).`)
  } finally {
    tell('')
  }
  const unreadable = sealed > 0 ? ` ${number(sealed)} of them are about deleted accounts and stay sealed.` : ''
  console.log(`${file}: ${number(count)} entries of ${from} to ${to}.${unreadable}`)
  return 0
}

if (import.meta.main) await runCommand(auditExport)
