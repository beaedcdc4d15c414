import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parse } from 'csv-parse'
import { Stop } from '../lib/database.ts'

export type Fields = Record<string, unknown>

/** One user of the file, or why it could not be read. `line` counts from 1; in a JSON array it is the number of the entry. */
export type Entry = { line: number; fields: Fields } | { line: number; error: string }

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const entryOf = (line: number, value: unknown): Entry =>
  isObject(value) ? { line, fields: value } : { line, error: 'is not a JSON object' }

const beginning = (file: string): string => {
  const bytes = Buffer.alloc(65_536)
  const opened = openSync(file, 'r')
  const length = readSync(opened, bytes)
  closeSync(opened)
  return bytes
    .toString('utf8', 0, length)
    .replace(/^\uFEFF/, '')
    .trimStart()
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {}
}

/** An array, or an object with one under `users` or `identities`, as Firebase writes it. */
const arrayOf = (value: unknown): unknown[] | undefined =>
  Array.isArray(value)
    ? value
    : isObject(value)
      ? [value.users, value.identities].find((list): list is unknown[] => Array.isArray(list))
      : undefined

async function* ndjson(file: string): AsyncGenerator<Entry> {
  let line = 0
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    if (text.trim() === '') continue
    const value = parsed(line === 1 ? text.replace(/^\uFEFF/, '') : text)
    yield value === undefined ? { line, error: 'is not JSON' } : entryOf(line, value)
  }
}

/** With a header, as PostgreSQL's `COPY … CSV HEADER` writes it (RFC 4180). What separates the columns, the header shows. */
async function* csv(file: string, header: string): AsyncGenerator<Entry> {
  const delimiter = [',', ';', '\t'].reduce((a, b) => (header.split(b).length > header.split(a).length ? b : a))
  const skipped: Entry[] = []
  const parser = parse({
    bom: true,
    columns: (names: string[]) => names.map((name) => name.trim()),
    delimiter,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
  })
  parser.on('skip', ({ lines, code }: { lines: number; code: string }) =>
    skipped.push({
      line: lines,
      error: code === 'CSV_RECORD_INCONSISTENT_COLUMNS' ? 'has not as many columns as the header' : 'is not CSV',
    }),
  )
  const records = createReadStream(file).pipe(parser)
  for await (const { record, info } of records as AsyncIterable<{ record: Fields; info: { lines: number } }>) {
    // The parser is some records ahead of who reads them.
    while (skipped[0] && skipped[0].line < info.lines) yield skipped.shift()!
    yield { line: info.lines, fields: record }
  }
  yield* skipped
}

/**
 * The users of a file: NDJSON, JSON or CSV, told apart by how it begins.
 * @throws Stop where it cannot be read
 */
export async function* entriesOf(file: string, _options: object = {}): AsyncGenerator<Entry> {
  const start = beginning(file)
  if (start === '') throw new Stop(`${file} is empty.`)
  const first = start.split(/\r?\n/)[0]!
  const whole = start.startsWith('[') || (start.startsWith('{') && (!parsed(first) || arrayOf(parsed(first))))
  if (!whole) return yield* start.startsWith('{') ? ndjson(file) : csv(file, first)
  const list = arrayOf(parsed(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')))
  if (!list) throw new Stop(`${file} is neither a JSON array of users nor NDJSON.`)
  yield* list.map((value, at) => entryOf(at + 1, value))
}
