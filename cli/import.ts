import './import/heap.ts'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { addingApps, openSeal, type Seal } from './import/apps.ts'
import { help, type Options, readOptions } from './import/arguments.ts'
import { findCollisions } from './import/collisions.ts'
import { addingPasskeys, checkRpId } from './import/passkey-rows.ts'
import type { Person } from './import/person.ts'
import { check, number, preview } from './import/preview.ts'
import { everybody } from './import/reader.ts'
import { openEntries } from './import/reading/entries.ts'
import { withInput } from './import/reading/standard-input.ts'
import { type Lines, openReport, reportKnown, writeIds } from './import/report.ts'
import { fingerprint, finished, progress, type Run, stopped } from './import/run.ts'
import { counting, countingUpdated, idsFor, importing } from './import/statements.ts'
import { survey } from './import/survey.ts'
import { askPassword, tryPassword } from './import/try.ts'
import { listRuns, undo } from './import/undo.ts'
import { type Main, runCommand } from './lib/command.ts'
import { checkPlace, execute, send } from './lib/database.ts'
import { readDeployment } from './lib/deployment.ts'

/** Users that are sent in one part. The deployed database answers no other request while it takes a part. */
const chunk = 2000

/** The limit that Cloudflare applies if wrangler.toml sets none (Workers, "CPU time"). */
const defaultCpuMs = 30_000

/** Writes a line over the previous one. Writes nothing if standard error is not a terminal. */
const tell = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

/**
 * Returns the CPU limit of the deployment, even for a local import, because a local import rehearses a deployed one.
 */
const cpuLimit = ({ env }: Options) => readDeployment(env ?? 'production').cpuMs ?? defaultCpuMs

/** Sends all users in parts, skips the parts that an earlier run sent, and records the progress after each part. */
const sendAll = async (everybody: AsyncIterable<Person>, options: Options, run: Run, seal: Seal | undefined) => {
  let met = 0
  let people: Person[] = []
  const flush = async () => {
    met += people.length
    if (people.length > 0 && met > run.sent) {
      run.sent = met
      // In one transaction, so that no user is sent twice.
      const [now, ids] = [new Date(), people.map(idsFor)]
      const users = importing(people, now, run.id, options.update, ids)
      const passkeys = addingPasskeys(people, ids, now, options.rpId)
      await send([...users, ...(await addingApps(people, ids, now, seal)), ...passkeys, progress(run)], options)
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

/**
 * Returns what must be equal, besides the file, for a run to be resumed: every option that affects how the file is read.
 * The destination is not among them, because the run is recorded there. The options that have no such effect are listed,
 * so that a new option cannot be forgotten.
 */
export const sameness = ({
  what: _what,
  file: _file,
  stdin: _stdin,
  dryRun: _dryRun,
  tries: _tries,
  reportFile: _reportFile,
  withoutPasswords: _withoutPasswords,
  idsFile: _idsFile,
  secrets: _secrets,
  remote: _remote,
  persistTo: _persistTo,
  env: _env,
  states,
  ...others
}: Options): unknown[] => [[...states], others]

/** Finds collisions of ids. A dry run needs no database, so there may be none to compare with. */
const collisions = async (ids: Map<string, number>, lines: Lines, options: Options) => {
  if (options.dryRun && !options.remote && !existsSync(join(options.persistTo, 'v3', 'd1'))) return []
  return findCollisions(ids, lines, options, (count) => tell(`${number(count)} ids compared`))
}

/** @param path the file to read, which is a temporary one for the standard input */
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
    for (const { line } of await collisions(found.ids, lines, options)) {
      found.sharedIds++
      report.write(line, { warned: 'id', why: 'belongs to a user with another address: imported without it' })
    }
    tell('')
    for (const line of preview(found, options, cpuMs)) console.log(line)
    check(found, options)
    if (found.withPasskeys > 0) checkRpId(options.rpId, options)
    const people = () => everybody(entries, options, now, { lines, ids: found.ids })
    if (options.tries !== undefined) await tryPassword(options.tries, people(), askPassword)
    if (dryRun) {
      console.log('Nothing was imported.')
      return found.users > 0 ? 0 : 1
    }
    const seal = found.withApps > 0 ? await openSeal(options, options.secrets) : undefined
    const of = await fingerprint(path, ...sameness(options))
    const earlier = await stopped(of, options)
    const run = earlier ?? { of, id: randomUUID(), began: now.getTime(), sent: 0 }
    if (earlier) console.log(`Resuming after ${number(earlier.sent)} users that an earlier run sent.`)
    await sendAll(people(), options, run, seal)
    const since = new Date(run.began)
    const [rows, changed] = await execute([counting(run.id, since), countingUpdated(run.id, since)], options)
    const [made, updated] = [Number(rows?.[0]?.made), Number(changed?.[0]?.updated)]
    const met = await reportKnown(run, made + updated < found.users, lines, report, options)
    if (options.idsFile !== undefined) await writeIds(options.idsFile, [...found.ids.keys()], options)
    await execute([finished(run)], options)
    if (met.replaced > 0)
      console.log(`New users who replace a registration that nobody had verified or used: ${number(met.replaced)}.`)
    if (updated > 0) console.log(`Users of an earlier import who were changed: ${number(updated)}.`)
    console.log(`New users: ${number(made)}. Known users, left unchanged: ${number(found.users - made - updated)}.`)
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
