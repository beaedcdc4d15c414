import { Stop } from '../../lib/database.ts'
import type { Mapping } from '../columns.ts'
import { linesOf } from './bytes.ts'
import type { Entry } from './entry.ts'
import { bareName, createValueReader, nameForm, namesOf, type Value } from './sql-values.ts'
import { chosen, likeness } from './tables.ts'

const copy = new RegExp(`^COPY\\s+(?:ONLY\\s+)?(${nameForm})\\s*\\(([^)]*)\\)\\s+FROM\\s+stdin`, 'i')
const create = new RegExp(`^\\s*CREATE\\s+TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(${nameForm})\\s*\\(`, 'i')
const insert = new RegExp(
  `^\\s*(?:INSERT|REPLACE)\\s+(?:IGNORE\\s+)?(?:INTO\\s+)?(${nameForm})\\s*(?:\\(([^)]*)\\))?\\s*(?:OVERRIDING\\s+\\w+\\s+VALUE\\s+)?VALUES\\s*`,
  'i',
)
const beginsInsert = /^\s*(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?(?:INTO\b|["`[])/i

/** Whether the beginning of a file is that of a dump of PostgreSQL, MySQL, SQLite, D1 or SQL Server. */
export const looksLikeSql = (start: string): boolean =>
  start
    .split(/\r?\n/)
    .slice(0, 400)
    .some((line) => copy.test(line) || create.test(line) || beginsInsert.test(line)) ||
  /^(?:--|\/\*[!\s*]|PRAGMA |SET |BEGIN|USE \[)/.test(start)

const byMySql = (start: string) =>
  /^(?:-- (?:MySQL|MariaDB|phpMyAdmin)|\/\*!\d)|(?:^|\n)\/\*!\d|INSERT\s+INTO\s+`/i.test(start)

type Statement =
  | { kind: 'create'; table: string; columns: string[] }
  | { kind: 'copy'; table: string; columns: string[]; line: number; rows: AsyncIterable<string> }
  | { kind: 'insert'; table: string; columns: string[] | undefined; line: number; text: string; from: number }

const unreadable = 'cannot be read as SQL, so this row and the remaining rows of its INSERT are skipped'

/** Returns a value of COPY without the escapes for characters that would separate columns and rows. */
const unescaped = (text: string): Value =>
  text === '\\N'
    ? null
    : text.replace(/\\([bfnrtv\\]|[0-7]{1,3}|x[0-9A-Fa-f]{1,2})/g, (_all, code: string) => {
        const signs: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' }
        if (signs[code] !== undefined) return signs[code]
        return String.fromCharCode(code.startsWith('x') ? Number.parseInt(code.slice(1), 16) : Number.parseInt(code, 8))
      })

/**
 * Returns a function that takes the next line of a statement, and returns whether all quotes and brackets are closed
 * after it.
 */
const createBalance = (backslashes: boolean) => {
  let [depth, quote] = [0, '']
  return (line: string): boolean => {
    for (let at = 0; at < line.length; at++) {
      const sign = line[at]!
      if (quote !== '') {
        if (sign === '\\' && backslashes) at++
        else if (sign === quote) quote = ''
      } else if (sign === "'" || sign === '"' || sign === '`') quote = sign
      else if (sign === '(') depth++
      else if (sign === ')') depth--
      else if (sign === '-' && line[at + 1] === '-') break
    }
    return quote === '' && depth <= 0
  }
}

/** Yields the statements of a dump that create tables and insert rows. All others are skipped. */
async function* statementsOf(
  file: string,
  encoding: string | undefined,
  backslashes: boolean,
): AsyncGenerator<Statement> {
  const lines = linesOf(file, encoding)
  let number = 0
  const next = async (): Promise<string | undefined> => {
    const { value, done } = await lines.next()
    if (done) return
    number++
    return value
  }
  /** Returns the whole statement that begins with this line. */
  const whole = async (first: string, ended: (text: string, last: string) => boolean): Promise<string> => {
    const balance = createBalance(backslashes)
    const parts = [first]
    let even = balance(first)
    while (!(even && ended(parts[0]!, parts.at(-1)!))) {
      const more = await next()
      if (more === undefined) break
      parts.push(more)
      even = balance(more)
      if (parts.length > 1 && !/VALUES/i.test(parts[0]!)) parts.splice(0, 2, `${parts[0]}\n${parts[1]}`)
    }
    return parts.join('\n')
  }
  for (let line = await next(); line !== undefined; line = await next()) {
    const at = number
    const copied = copy.exec(line)
    if (copied) {
      const rows = (async function* () {
        for (let row = await next(); row !== undefined && row !== '\\.'; row = await next()) yield row
      })()
      yield { kind: 'copy', table: bareName(copied[1]!), columns: namesOf(copied[2]!), line: at + 1, rows }
      for await (const _rest of rows);
    } else if (create.test(line)) {
      const text = await whole(line, () => true)
      const [begin, table] = create.exec(text)!
      yield {
        kind: 'create',
        table: bareName(table!),
        columns: namesOf(text.slice(begin.length, text.lastIndexOf(')'))),
      }
    } else if (beginsInsert.test(line)) {
      const text = await whole(line, (head, last) => /VALUES/i.test(head) && !/(?:,|VALUES|\()\s*$/i.test(last))
      const parts = insert.exec(text)
      if (!parts) continue
      const columns = parts[2] === undefined ? undefined : namesOf(parts[2])
      yield { kind: 'insert', table: bareName(parts[1]!), columns, line: at, text, from: parts[0].length }
    }
  }
}

/** Yields the rows of an INSERT, each with its line. */
function* rowsOf(
  { text, from, line }: Extract<Statement, { kind: 'insert' }>,
  columns: string[],
  backslashes: boolean,
): Generator<Entry> {
  const reader = createValueReader(text, from, backslashes)
  let [counted, at] = [0, line]
  const lineNow = () => {
    for (; counted < reader.place(); counted++) if (text[counted] === '\n') at++
    return at
  }
  while (reader.take('(')) {
    const begins = lineNow()
    try {
      const values: Value[] = []
      do values.push(reader.value())
      while (reader.take(','))
      if (!reader.take(')')) throw new SyntaxError('a row does not end')
      if (values.length === columns.length)
        yield { line: begins, fields: Object.fromEntries(columns.map((name, place) => [name, values[place] ?? null])) }
      else yield { line: begins, error: 'does not have as many values as the table has columns' }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      yield { line: begins, error: unreadable }
      return
    }
    if (!reader.take(',')) return
  }
}

/**
 * Finds the table of the users in a dump.
 * @param start the beginning of the file
 * @returns a function that reads the users, each time from the beginning
 * @throws Stop if no table has users, or if several may
 */
export const openSql = async (
  file: string,
  start: string,
  { encoding, mapping, table }: { encoding?: string | undefined; mapping: Mapping; table?: string | undefined },
): Promise<() => AsyncGenerator<Entry>> => {
  const backslashes = byMySql(start)
  const columns = new Map<string, string[]>()
  const filled = new Set<string>()
  for await (const statement of statementsOf(file, encoding, backslashes)) {
    if (statement.columns) columns.set(statement.table, statement.columns)
    if (statement.kind !== 'create') filled.add(statement.table)
  }
  const tables = [...filled].map((name) => {
    const fields = Object.fromEntries((columns.get(name) ?? []).map((column) => [column, '']))
    return { name, likeness: likeness(fields, mapping) }
  })
  if (tables.length === 0)
    throw new Stop(`${file} is SQL without rows: it has neither COPY nor INSERT. Export the table with its data.`)
  const { name } = chosen(tables, file, table)
  return async function* () {
    for await (const statement of statementsOf(file, encoding, backslashes)) {
      if (statement.table !== name) continue
      if (statement.kind === 'insert')
        yield* rowsOf(statement, statement.columns ?? columns.get(name) ?? [], backslashes)
      if (statement.kind !== 'copy') continue
      let { line } = statement
      for await (const row of statement.rows) {
        const values = row.split('\t')
        if (values.length === statement.columns.length)
          yield {
            line,
            fields: Object.fromEntries(statement.columns.map((column, at) => [column, unescaped(values[at]!)])),
          }
        else yield { line, error: 'does not have as many columns as the table' }
        line++
      }
    }
  }
}
