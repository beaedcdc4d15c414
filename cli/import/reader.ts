import type { Options } from './arguments.ts'
import { createColumns, type Mapping, plain } from './columns.ts'
import { type Person, personOf } from './person.ts'
import type { Entry, Fields } from './reading/entry.ts'
import type { Lines } from './report.ts'
import type { Source } from './sources/source.ts'
import { recognise, sources } from './sources/sources.ts'

/** Returns functions that read entries. The first entry determines the source, and thereby how all entries are read. */
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
    /** Returns which columns of an entry are read as which of ours. */
    used: (fields: Fields) => columns.usedOf(fields),
    hidden: () => new Set([...(source.reads ?? []), ...options.ignored].map(plain)),
  }
}

/** Reads the file from its beginning, each time it is called. */
export type Entries = () => AsyncIterable<Entry>

/**
 * Reads the file a second time and yields the users that the survey counted. To keep them all in memory would cost
 * more.
 */
export async function* everybody(
  entries: Entries,
  options: Options,
  now: Date,
  { lines, ids }: { lines: Lines; ids: Map<string, number> },
): AsyncGenerator<Person> {
  const reader = createReader(options, now)
  for await (const entry of entries()) {
    if ('error' in entry) continue
    const { result } = await reader.read(entry.fields)
    if (!('person' in result)) continue
    const { person } = result
    if (lines.get(person.emailCanonical) !== entry.line) continue
    const oldId = person.id ?? person.externalId
    yield oldId === null || ids.get(oldId) === entry.line ? person : { ...person, id: null, externalId: null }
  }
}
