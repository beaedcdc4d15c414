import { Stop } from '../../lib/database.ts'
import { linesOf } from './bytes.ts'
import type { Entry, Fields } from './entry.ts'

/** How far a quoted field may reach. Without a limit, a quote that is never closed would swallow all users after it. */
const most = { lines: 1000, characters: 200_000 }

/** A record as far as it has been read: its fields, and the text of a quoted field that is still open. */
type State = { fields: string[]; open: string | undefined }

/** Whether an odd number of backslashes precedes a place, so that they escape the character there. */
const escaped = (line: string, at: number) => (/\\*$/.exec(line.slice(0, at))?.[0].length ?? 0) % 2 === 1

/**
 * Adds one line to a record, by RFC 4180 and the habits of other writers: a quote opens a field only at its beginning
 * and closes it only at its end. Any other quote is a character like others, and so is `\"`.
 */
const readLine = (state: State, line: string, delimiter: string): void => {
  let at = 0
  if (state.open !== undefined) state.open += '\n'
  for (;;) {
    if (state.open === undefined) {
      const quote = /^ *"/.exec(line.slice(at, at + 8))
      if (!quote) {
        const end = line.indexOf(delimiter, at)
        state.fields.push(end < 0 ? line.slice(at) : line.slice(at, end))
        if (end < 0) return
        at = end + delimiter.length
        continue
      }
      state.open = ''
      at += quote[0].length
    }
    const quote = line.indexOf('"', at)
    if (quote < 0) {
      state.open += line.slice(at)
      return
    }
    const behind = line.slice(quote + 1)
    const ends = behind.trim() === '' ? behind.length : behind.search(/[^ ]/)
    const closes = ends === behind.length || behind.startsWith(delimiter, ends)
    if (behind.startsWith('"')) {
      state.open += `${line.slice(at, quote)}"`
      at = quote + 2
    } else if (!closes) {
      state.open += escaped(line, quote) ? `${line.slice(at, quote - 1)}"` : line.slice(at, quote + 1)
      at = quote + 1
    } else {
      state.fields.push(state.open + line.slice(at, quote))
      state.open = undefined
      if (ends === behind.length) return
      at = quote + 1 + ends + delimiter.length
    }
  }
}

type Record = { line: number; fields: string[] } | { line: number; error: string }

/**
 * Yields the records of a file. If a quote stays open, its line is an error, and reading continues with the next line.
 */
async function* recordsOf(
  file: string,
  encoding: string | undefined,
  delimiter: string,
  skip: number,
): AsyncGenerator<Record> {
  const source = linesOf(file, encoding)
  const waiting: string[] = []
  let line = 0
  const next = async () => {
    const text = waiting.length > 0 ? waiting.shift() : (await source.next()).value
    if (text !== undefined) line++
    return text as string | undefined
  }
  for (;;) {
    const text = await next()
    if (text === undefined) return
    if (line <= skip || text.trim() === '') continue
    const state: State = { fields: [], open: undefined }
    const first = line
    const taken: string[] = []
    readLine(state, text, delimiter)
    let characters = text.length
    while (state.open !== undefined && taken.length < most.lines && characters < most.characters) {
      const more = await next()
      if (more === undefined) break
      taken.push(more)
      characters += more.length
      readLine(state, more, delimiter)
    }
    if (state.open === undefined) yield { line: first, fields: state.fields }
    else {
      yield { line: first, error: 'has a quote that is never closed' }
      waiting.unshift(...taken)
      line = first
    }
  }
}

/** Returns the columns of Firebase's CSV, which has no header, by its documentation ("CSV file format"). */
const ofFirebase = (count: number): string[] => {
  const names = ['localId', 'email', 'emailVerified', 'passwordHash', 'salt', 'displayName', 'photoUrl']
  for (const provider of ['google', 'facebook', 'twitter', 'github'])
    names.push(...['Id', 'Email', 'DisplayName', 'PhotoUrl'].map((what) => `${provider}${what}`))
  names.push('createdAt', 'lastSignedInAt', 'phoneNumber', 'disabled', 'customAttributes')
  return Array.from({ length: count }, (_, at) => names[at] ?? `column ${at + 1}`)
}

/** Numbers names that occur again, so that no column hides another of the same name. */
const distinct = (names: string[]): string[] => {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name} (${count})`
  })
}

const delimiters = [',', ';', '\t', '|']

/**
 * Yields the entries of CSV with a header, which shows the delimiter, or of Firebase's CSV, which has none.
 * @param start the beginning of the file
 * @throws Stop if there is no header
 */
export async function* csv(file: string, encoding: string | undefined, start: string): AsyncGenerator<Entry> {
  const [first = '', second = ''] = start.split(/\r\n|\n|\r/)
  // Excel reads the delimiter from such a first line.
  const separator = /^"?sep=(.)"?$/.exec(first)?.[1]
  const header = separator ? second : first
  const delimiter = separator ?? delimiters.reduce((a, b) => (header.split(b).length > header.split(a).length ? b : a))
  let names: string[] | undefined
  for await (const record of recordsOf(file, encoding, delimiter, separator ? 1 : 0)) {
    if ('error' in record) {
      yield record
      continue
    }
    const { line, fields } = record
    if (!names) {
      const bare = fields.some((field) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(field.trim()))
      if (!bare) {
        names = distinct(fields.map((name) => name.trim()))
        continue
      }
      if (fields.length < 26 || fields.length > 30)
        throw new Stop(
          `${file} has no header, because its first line has an e-mail address. Add a first line with the names of the columns.`,
        )
      names = ofFirebase(fields.length)
    }
    const [width, given] = [names.length, fields.length]
    // A delimiter at the end of each line adds an empty field.
    const fits = given === width || (given > width && fields.slice(width).every((field) => field.trim() === ''))
    if (fits) yield { line, fields: Object.fromEntries(names.map((name, at) => [name, fields[at]])) as Fields }
    else yield { line, error: 'does not have as many columns as the header' }
  }
}
