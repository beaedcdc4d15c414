import { readForeign } from '../../src/domain/hashes/foreign.ts'
import type { Options } from './arguments.ts'
import { plain, reaches, type Used } from './columns.ts'
import type { Person, Reading } from './person.ts'
import { createReader, type Entries } from './reader.ts'
import type { Fields } from './reading/entry.ts'
import type { Lines, Report } from './report.ts'
import { hasColumn, isRoleColumn, rolesOf } from './roles.ts'

/**
 * CPU milliseconds that a log-in takes besides verifying the imported hash: our own hash is made in the same request.
 * It includes a reserve for slower machines.
 */
const besidesMs = 700

/** The most words of a column that are shown; all others are counted as "others". */
const words = 12

/** How often each word occurs. */
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

/**
 * Returns an empty survey of a file.
 * @param options the columns that they name stay in `absent` until an entry has them
 */
export const createSurvey = ({
  mapped,
  admins,
  ignored,
  metadata = [],
}: Pick<Options, 'mapped' | 'admins' | 'ignored'> & { metadata?: string[] }) => ({
  format: undefined as Options['format'],
  lines: 0,
  refused: 0,
  notes: 0,
  users: 0,
  admins: 0,
  disabled: 0,
  unverified: 0,
  withPassword: 0,
  /** Users whose old id is kept as their id, and the line of every old id, kept or not: its first one. */
  keptIds: 0,
  ids: new Map<string, number>(),
  /** Users who are imported without their old id: somebody before them in the file has it, or somebody here. */
  sharedIds: 0,
  withApps: 0,
  withPasskeys: 0,
  /** The line of each passkey by the id of its credential: the first one counts. */
  credentials: new Map<string, number>(),
  withMetadata: 0,
  tooMuch: 0,
  /** Users with a language, and users whose language is left out. */
  withLocale: 0,
  otherLocale: 0,
  bridged: 0,
  /** CPU milliseconds of the most expensive log-in, and how many log-ins need more than a request may use. */
  dearestMs: 0,
  slow: 0,
  /** All columns of the file, those that its source combines or ignores, and which ones are read as each of ours. */
  names: new Set<string>(),
  hidden: new Set<string>(),
  used: new Map<string, Set<string>>(),
  /** Kinds of hashes that can be verified here, and kinds that cannot, with the reason. */
  usable: new Map() as Counts,
  unusable: new Map<string, { count: number; why: string }>(),
  /** Named columns that no entry has had so far. */
  absent: {
    mapped: new Set(mapped),
    metadata: new Set(metadata),
    admins: new Set(admins.map(({ column }) => column)),
    ignored: new Set(ignored),
  },
  /** By column: unknown words about whether a user may log in, and words of roles. */
  unknown: new Map<string, Counts>(),
  roles: new Map<string, Counts>(),
  samples: [] as { line: number; person: Person; kind: string | undefined }[],
})

/** What remains of the ids of somebody who is imported without one. */
export const withoutId = { id: null, externalId: null }

export type Survey = ReturnType<typeof createSurvey>

const counted = (survey: Survey, person: Person, { hash, unknown, notes }: Reading, cpuMs: number) => {
  survey.users++
  survey.notes += notes.length
  if (person.role === 'admin') survey.admins++
  if (person.status === 'disabled') survey.disabled++
  if (!person.emailVerifiedAt) survey.unverified++
  if (person.id) survey.keptIds++
  if (person.metadata) survey.withMetadata++
  if (person.seeds.length > 0) survey.withApps++
  if (person.passkeys.length > 0) survey.withPasskeys++
  if (notes.some(({ field }) => field === 'metadata')) survey.tooMuch++
  if (person.locale) survey.withLocale++
  if (notes.some(({ field }) => field === 'locale')) survey.otherLocale++
  if (person.bridged) survey.bridged++
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

/** Removes the columns that an entry has from those that no entry has had so far. */
const seeColumns = ({ absent }: Survey, fields: Fields) => {
  for (const path of absent.mapped) if (reaches(fields, path)) absent.mapped.delete(path)
  for (const path of absent.metadata) if (reaches(fields, path)) absent.metadata.delete(path)
  for (const column of absent.admins) if (hasColumn(fields, column)) absent.admins.delete(column)
  if (absent.ignored.size === 0) return
  const names = new Set(Object.keys(fields).map(plain))
  for (const name of absent.ignored) if (names.has(plain(name))) absent.ignored.delete(name)
}

/**
 * Reads the whole file and sends nothing.
 * @param lines receives the line of each address. The first entry with an address counts
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
  const found = createSurvey(options)
  let [seen, unseen, roles] = [undefined as Used[] | undefined, [] as Used[], [] as string[]]
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
    seeColumns(found, fields)
    const used = reader.used(fields)
    if (used !== seen) {
      ;[seen, unseen] = [used, used.filter(({ column, from }) => !found.used.get(column)?.has(from))]
      for (const name of [...Object.keys(given), ...Object.keys(fields)])
        if (found.names.size < 500) found.names.add(name)
      roles = Object.keys(fields).filter(isRoleColumn)
    }
    // A source may name a column that its files do not always have.
    unseen = unseen.filter(({ column, from }) => {
      const has = reaches(fields, from)
      if (has) of(found.used, column, () => new Set()).add(from)
      return !has
    })
    if ('refused' in result) {
      refuse(line, result.refused)
      continue
    }
    const { person, notes } = result
    const before = lines.get(person.emailCanonical)
    if (before !== undefined) {
      refuse(line, { field: 'email', why: `is the same as in line ${before}` })
      continue
    }
    const oldId = person.id ?? person.externalId
    const first = oldId === null ? undefined : found.ids.get(oldId)
    if (first !== undefined) {
      found.notes++
      found.sharedIds++
      report.write(line, { warned: 'id', why: `is the same as in line ${first}: imported without it` })
      Object.assign(person, withoutId)
    } else if (oldId !== null) found.ids.set(oldId, line)
    lines.set(person.emailCanonical, line)
    person.passkeys = person.passkeys.filter(({ credentialId }) => {
      const first = found.credentials.get(credentialId)
      if (first === undefined) found.credentials.set(credentialId, line)
      else notes.push({ field: 'passkeys', why: `is the same as in line ${first}` })
      return first === undefined
    })
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
