import { randomUUID } from 'node:crypto'
import { readForeign } from '../src/domain/hashes/foreign.ts'
import { help, type Options, readOptions } from './import/arguments.ts'
import { type Person, personOf } from './import/person.ts'
import { entriesOf } from './import/records.ts'
import { type Lines, openReport, type Report, tellKnown } from './import/report.ts'
import { fingerprint, forget, keep, type Run, stopped } from './import/run.ts'
import { recognise, sources } from './import/sources.ts'
import { counting, importing } from './import/statements.ts'
import { type Main, runCommand } from './lib/command.ts'
import { checkPlace, execute, send } from './lib/database.ts'
import { readDeployment } from './lib/deployment.ts'

/** Users that are sent at once. The deployed database answers nobody else while it takes them. */
const chunk = { local: 5000, remote: 2000 }

/**
 * CPU milliseconds that a log-in takes besides the imported hash, with what another machine is slower: ours is made in the
 * same request.
 */
const besides = 700

/** Cloudflare's own limit, where wrangler.toml sets none (Workers, "CPU time"). */
const noLimit = 30_000

const number = (count: number) => count.toLocaleString('en')

/** One line that is written over. Where nobody looks on, nothing. */
const tell = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

/** What the file holds, as it is read. */
const tally = () => ({
  /** CPU milliseconds of the dearest log-in, and how many log-ins take more than a request may. */
  dearest: 0,
  lines: 0,
  refused: 0,
  notes: 0,
  users: 0,
  admins: 0,
  disabled: 0,
  unverified: 0,
  withPassword: 0,
  slow: 0,
})
/** Where these users will log in: a local run tries out what will be deployed. */
const deployed = ({ env }: Options) => env ?? 'production'

type Tally = ReturnType<typeof tally>

const count = (tally: Tally, { role, status, emailVerifiedAt, password }: Person, cpuMs: number) => {
  tally.users++
  if (role === 'admin') tally.admins++
  if (status === 'disabled') tally.disabled++
  if (!emailVerifiedAt) tally.unverified++
  if (password === null) return
  tally.withPassword++
  const { work } = readForeign(password)!
  if (work + besides > cpuMs) tally.slow++
  // A password in decomposed letters is tried in two forms.
  tally.dearest = Math.max(tally.dearest, 2 * work + besides)
}

/** Reads the whole file, tells the report, and hands people on in chunks. */
const readAll = async (
  options: Options,
  now: Date,
  report: Report,
  lines: Lines,
  send: (people: Person[]) => Promise<void>,
): Promise<Tally> => {
  const sums = tally()
  const refuse = (line: number, field: string, why: string) => {
    sums.refused++
    report.write(line, { refused: field, why })
  }
  const size = options.remote ? chunk.remote : chunk.local
  const { cpuMs = noLimit } = readDeployment(deployed(options))
  let { format } = options
  let people: Person[] = []
  for await (const entry of entriesOf(options.file)) {
    if (++sums.lines % 1000 === 0) tell(`${number(sums.lines)} read`)
    if ('error' in entry) {
      refuse(entry.line, 'line', entry.error)
      continue
    }
    const { line, fields } = entry
    if (!format) {
      format = recognise(fields)
      console.log(`Read as ${sources[format].title}.`)
    }
    const read = await personOf(fields, { ...options, source: format, now })
    if ('refused' in read) {
      refuse(line, read.refused.field, read.refused.why)
      continue
    }
    const { person, notes } = read
    const before = lines.get(person.emailCanonical)
    if (before !== undefined) {
      refuse(line, 'email', `is that of line ${before}`)
      continue
    }
    lines.set(person.emailCanonical, line)
    for (const { field, why, kept } of notes) report.write(line, { [kept ? 'warned' : 'left_out']: field, why })
    sums.notes += notes.length
    count(sums, person, cpuMs)
    people.push(person)
    if (people.length === size) {
      await send(people)
      people = []
    }
  }
  if (people.length > 0) await send(people)
  return sums
}

/** Sends what an earlier run has not sent, and remembers how far it came. */
const sender = (options: Options, run: Run) => {
  let met = 0
  return async (people: Person[]) => {
    met += people.length
    if (met <= run.sent) return
    await send(importing(people, new Date(), run.id), options)
    run.sent = met
    keep(options.file, run)
    tell(`${number(met)} sent`)
  }
}

const describe = (sums: Tally, options: Options, { replaced, known } = { replaced: 0, known: 0 }) => {
  const { lines, users, refused, notes, admins, disabled, unverified, withPassword, slow, dearest } = sums
  console.log(`${number(lines)} entries: ${number(users)} users, ${number(refused)} refused.`)
  if (refused + notes + replaced + known > 0)
    console.log(`${options.file}.import-report.ndjson says of each what does not come along or was known, and why.`)
  console.log(
    `${number(withPassword)} have a password; ${number(users - withPassword)} have none and set one by "Forgot password".`,
  )
  console.log(
    `${number(unverified)} have not verified their address, ${number(disabled)} are disabled, ${number(admins)} are admins.`,
  )
  if (slow > 0)
    console.log(
      `${number(slow)} passwords take more CPU to verify than limits.cpu_ms = ${readDeployment(deployed(options)).cpuMs} allows: set it to ${Math.ceil(dearest / 1000) * 1000} in wrangler.toml and deploy before anybody logs in.`,
    )
}

/** `npm run import` */
export const importUsers: Main = async (args) => {
  const options = readOptions(args)
  if (!options) {
    console.log(help.trim())
    return 0
  }
  const { file, dryRun, remote, persistTo, env, format, mapping, verified } = options
  const now = new Date()
  const lines: Lines = new Map()
  if (!dryRun) checkPlace(options)
  const report = openReport(file)
  try {
    if (dryRun) {
      describe(await readAll(options, now, report, lines, async () => {}), options)
      console.log('Nothing was imported.')
      return 0
    }
    const of = await fingerprint(file, remote || persistTo, env, format, mapping, verified)
    const earlier = stopped(file, of)
    const run = earlier ?? { of, id: randomUUID(), began: now.getTime(), sent: 0 }
    if (earlier) console.log(`Going on after ${number(earlier.sent)} users that were sent before.`)
    const sums = await readAll(options, now, report, lines, sender(options, run))
    const [rows] = await execute([counting(run.id, new Date(run.began))], options)
    const made = Number(rows?.[0]?.made)
    const met = await tellKnown(run, made < sums.users, lines, report, options)
    forget(file)
    describe(sums, options, met)
    if (met.replaced > 0)
      console.log(`${number(met.replaced)} of the new ones replace a registration that nobody had verified or used.`)
    console.log(`${number(made)} are new; ${number(sums.users - made)} were known and stay as they are.`)
    return 0
  } finally {
    await report.close()
    tell('')
  }
}

if (import.meta.main) await runCommand(importUsers)
