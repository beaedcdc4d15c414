import { readForeign } from '../../src/domain/hashes/foreign.ts'
import type { Options } from './arguments.ts'
import { createColumns, type Mapping, plain, type Used } from './columns.ts'
import { type Person, personOf, type Reading } from './person.ts'
import type { Entry, Fields } from './reading/entry.ts'
import type { Lines, Report } from './report.ts'
import { isRoleColumn, rolesOf } from './roles.ts'
import type { Source } from './sources/source.ts'
import { recognise, sources } from './sources/sources.ts'

/** CPU milliseconds that a log-in takes besides the imported hash, with what another machine is slower: ours is made in the same request. */
const besidesMs = 700

/** Words of a column that are told; the others are counted with "others". */
const words = 12

/** How often each of some words was met. */
export type Counts = Map<string, number>

export const add = (counts: Counts, key: string, most = Number.POSITIVE_INFINITY) => {
  const name = counts.has(key) || counts.size < most ? key : 'others'
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

const of = <T>(map: Map<string, T>, key: string, make: () => T): T => {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}

/** What the file holds, as it is read. */
export const createSurvey = () => ({
  format: undefined as Options['format'],
  lines: 0,
  refused: 0,
  notes: 0,
  users: 0,
  admins: 0,
  disabled: 0,
  unverified: 0,
  withPassword: 0,
  /** CPU milliseconds of the dearest log-in, and how many log-ins take more than a request may. */
  dearestMs: 0,
  slow: 0,
  /** Every column of the file, those that its source puts together, and which are read as which of ours. */
  names: new Set<string>(),
  hidden: new Set<string>(),
  used: new Map<string, Set<string>>(),
  /** Kinds of hashes that are verified here, and of those that are not, with why. */
  usable: new Map() as Counts,
  unusable: new Map<string, { count: number; why: string }>(),
  /** By column: words of a state that nobody knows, and words of roles. */
  unknown: new Map<string, Counts>(),
  roles: new Map<string, Counts>(),
  samples: [] as { line: number; person: Person; kind: string | undefined }[],
})

export type Survey = ReturnType<typeof createSurvey>

const counted = (survey: Survey, person: Person, { hash, unknown, notes }: Reading, cpuMs: number) => {
  survey.users++
  survey.notes += notes.length
  if (person.role === 'admin') survey.admins++
  if (person.status === 'disabled') survey.disabled++
  if (!person.emailVerifiedAt) survey.unverified++
  for (const { column, word } of unknown)
    add(
      of(survey.unknown, column, () => new Map()),
      word,
      words,
    )
  if (hash?.why !== undefined) of(survey.unusable, hash.kind, () => ({ count: 0, why: hash.why! })).count++
  else if (hash) add(survey.usable, hash.kind)
  if (person.password === null) return
  survey.withPassword++
  const { workMs } = readForeign(person.password)!
  if (workMs + besidesMs > cpuMs) survey.slow++
  // A password in decomposed letters is tried in two forms.
  survey.dearestMs = Math.max(survey.dearestMs, 2 * workMs + besidesMs)
}

/** Reads the entries of a file, always in the same way: what is particular to a source is found out once. */
export const createReader = (options: Options, now: Date) => {
  let { format } = options
  let source: Source = {} as Source
  let columns = createColumns({})
  const prepare = (fields: Fields) => {
    format ??= recognise(fields)
    source = sources[format]
    const ignored = new Set([...(source.ignores ?? []), ...options.ignored].map(plain))
    const mapping: Mapping = { ...source.mapping, ...options.mapping }
    columns = createColumns(mapping, ignored)
  }
  return {
    read: async (given: Fields) => {
      if (!format || !source.title) prepare(given)
      const fields = source.flatten?.(given) ?? given
      return { fields, result: await personOf(fields, { ...options, source: format!, columns, now }) }
    },
    format: () => format,
    /** Which columns of an entry are read as which of ours. */
    used: (fields: Fields) => columns.usedOf(fields),
    hidden: () => new Set([...(source.reads ?? []), ...options.ignored].map(plain)),
  }
}

/** Reads the file from its beginning, as often as it is called. */
export type Entries = () => AsyncIterable<Entry>

/**
 * Reads the whole file and sends nothing.
 * @param lines where each address stands: the first entry of an address counts
 */
export const survey = async (
  entries: Entries,
  options: Options,
  {
    now,
    cpuMs,
    report,
    lines,
    tell,
  }: { now: Date; cpuMs: number; report: Report; lines: Lines; tell: (count: number) => void },
): Promise<Survey> => {
  const found = createSurvey()
  let [seen, roles] = [undefined as Used[] | undefined, [] as string[]]
  const reader = createReader(options, now)
  const refuse = (line: number, { field, why }: { field: string; why: string }) => {
    found.refused++
    report.write(line, { refused: field, why })
  }
  for await (const entry of entries()) {
    if (++found.lines % 1000 === 0) tell(found.lines)
    if ('error' in entry) {
      refuse(entry.line, { field: 'line', why: entry.error })
      continue
    }
    const { line, fields: given } = entry
    const { fields, result } = await reader.read(given)
    const used = reader.used(fields)
    if (used !== seen) {
      seen = used
      for (const name of Object.keys(given)) if (found.names.size < 500) found.names.add(name)
      for (const { column, from } of used) of(found.used, column, () => new Set()).add(from)
      roles = Object.keys(fields).filter(isRoleColumn)
    }
    if ('refused' in result) {
      refuse(line, result.refused)
      continue
    }
    const { person, notes } = result
    const before = lines.get(person.emailCanonical)
    if (before !== undefined) {
      refuse(line, { field: 'email', why: `is that of line ${before}` })
      continue
    }
    lines.set(person.emailCanonical, line)
    for (const { field, why, kept } of notes) report.write(line, { [kept ? 'warned' : 'left_out']: field, why })
    for (const name of roles)
      for (const role of rolesOf(fields[name]))
        add(
          of(found.roles, name, () => new Map()),
          role,
          words,
        )
    counted(found, person, result, cpuMs)
    if (found.samples.length < 3) found.samples.push({ line, person, kind: result.hash?.kind })
  }
  found.format = reader.format()
  found.hidden = reader.hidden()
  return found
}

/** Reads the file once more, for whom the survey counted: kept in memory, everybody would take more than the reading does. */
export async function* everybody(entries: Entries, options: Options, now: Date, lines: Lines): AsyncGenerator<Person> {
  const reader = createReader(options, now)
  for await (const entry of entries()) {
    if ('error' in entry) continue
    const { result } = await reader.read(entry.fields)
    if ('person' in result && lines.get(result.person.emailCanonical) === entry.line) yield result.person
  }
}
