import { randomUUID } from 'node:crypto'
import { help, type Options, readOptions } from './import/arguments.ts'
import type { Person } from './import/person.ts'
import { check, number, preview } from './import/preview.ts'
import { openEntries } from './import/reading/entries.ts'
import { withInput } from './import/reading/standard-input.ts'
import { type Lines, openReport, tellKnown } from './import/report.ts'
import { fingerprint, forget, keep, type Run, stopped } from './import/run.ts'
import { counting, countingUpdated, importing } from './import/statements.ts'
import { everybody, survey } from './import/survey.ts'
import { askPassword, tryPassword } from './import/try.ts'
import { listRuns, undo } from './import/undo.ts'
import { type Main, runCommand } from './lib/command.ts'
import { checkPlace, execute, send } from './lib/database.ts'
import { readDeployment } from './lib/deployment.ts'

/** Users that are sent at once. The deployed database answers nobody else while it takes them. */
const chunk = 2000

/** Cloudflare's own limit, where wrangler.toml sets none (Workers, "CPU time"). */
const noLimit = 30_000

/** One line that is written over. Where nobody looks on, nothing. */
const tell = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

/** What a request may take where these users will log in: a local run tries out what will be deployed. */
const cpuLimit = ({ env }: Options) => readDeployment(env ?? 'production').cpuMs ?? noLimit

/** Sends everybody in parts, but for what an earlier run has sent, and remembers how far it came. */
const sendAll = async (everybody: AsyncIterable<Person>, options: Options, run: Run) => {
  let met = 0
  let people: Person[] = []
  const flush = async () => {
    met += people.length
    if (people.length > 0 && met > run.sent) {
      await send(importing(people, new Date(), run.id, options.update), options)
      run.sent = met
      keep(options.file, run)
      tell(`${number(met)} sent`)
    }
    people = []
  }
  for await (const person of everybody) {
    people.push(person)
    if (people.length === chunk) await flush()
  }
  await flush()
}

/** What makes a run the same one besides the file: where it goes, and how the file is read. */
const sameness = ({
  remote,
  persistTo,
  env,
  format,
  mapping,
  hashing,
  verified,
  admins,
  states,
  ignored,
  encoding,
  table,
  update,
}: Options) => [
  remote || persistTo,
  ...[env, format, mapping, hashing, verified, admins, [...states], ignored, encoding, table, update],
]

/** @param path what is read: the file, or where the standard input was put */
const importFrom = async (path: string, options: Options) => {
  const { file, dryRun } = options
  const now = new Date()
  const lines: Lines = new Map()
  const entries = await openEntries(path, options)
  const report = openReport(file)
  try {
    const cpuMs = cpuLimit(options)
    const found = await survey(entries, options, {
      now,
      cpuMs,
      report,
      lines,
      tell: (count) => tell(`${number(count)} read`),
    })
    tell('')
    for (const line of preview(found, options, cpuMs)) console.log(line)
    check(found, options)
    const people = () => everybody(entries, options, now, lines)
    if (options.tries !== undefined) await tryPassword(options.tries, people(), askPassword)
    if (dryRun) {
      console.log('Nothing was imported.')
      return found.users > 0 ? 0 : 1
    }
    const of = await fingerprint(path, ...sameness(options))
    const earlier = stopped(file, of)
    const run = earlier ?? { of, id: randomUUID(), began: now.getTime(), sent: 0 }
    if (earlier) console.log(`Going on after ${number(earlier.sent)} users that were sent before.`)
    await sendAll(people(), options, run)
    const since = new Date(run.began)
    const [rows, changed] = await execute([counting(run.id, since), countingUpdated(run.id, since)], options)
    const [made, updated] = [Number(rows?.[0]?.made), Number(changed?.[0]?.updated)]
    const met = await tellKnown(run, made + updated < found.users, lines, report, options)
    forget(file)
    if (met.replaced > 0)
      console.log(`${number(met.replaced)} of the new ones replace a registration that nobody had verified or used.`)
    if (updated > 0) console.log(`${number(updated)} were as an earlier import left them, and are changed.`)
    console.log(`${number(made)} are new; ${number(found.users - made - updated)} were known and stay as they are.`)
    return found.users > 0 ? 0 : 1
  } finally {
    await report.close()
    tell('')
  }
}

/** `npm run import` */
export const importUsers: Main = async (args) => {
  const options = readOptions(args)
  if (!options) {
    console.log(help.trim())
    return 0
  }
  if (options.what !== 'import' || !options.dryRun) checkPlace(options)
  if (options.what === 'runs') {
    await listRuns(options)
    return 0
  }
  if (options.what === 'undo') {
    await undo(options.run, options)
    return 0
  }
  return options.stdin ? withInput((path) => importFrom(path, options)) : importFrom(options.file, options)
}

if (import.meta.main) await runCommand(importUsers)
