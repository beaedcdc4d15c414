import { Stop } from '../../lib/database.ts'
import type { Mapping } from '../columns.ts'
import { beginningOf } from './bytes.ts'
import { csv } from './csv.ts'
import { type Entry, isObject } from './entry.ts'
import { entryOf, ndjson, parsed, usersIn, wholeText } from './json.ts'
import { looksLikeSql, openSql } from './sql.ts'
import { likeness } from './tables.ts'

export type Reading = {
  /** The encoding of the file; recognised if it is not given. */
  encoding?: string | undefined
  /** The table or list that has the users, if there is more than one. */
  table?: string | undefined
  mapping: Mapping
}

/**
 * Opens a file of NDJSON, JSON, SQL or CSV. The beginning of the file shows which of these it is.
 * @returns a function that reads its users, each time from the beginning
 * @throws Stop if the file cannot be read
 */
export const openEntries = async (file: string, options: Reading): Promise<() => AsyncGenerator<Entry>> => {
  const { encoding, table, mapping } = options
  const start = await beginningOf(file, encoding)
  const single = <T>(kind: string, read: T): T => {
    if (table !== undefined) throw new Stop(`${file} is ${kind}, which has no tables. Leave --table out.`)
    return read
  }
  if (!/^[[{]/.test(start))
    return looksLikeSql(start) ? openSql(file, start, options) : single('CSV', () => csv(file, encoding, start))
  const first = start.split(/\r?\n/)[0]!
  const line = parsed(first)
  const alone = isObject(line) && start.trim() !== first.trim()
  if (start.startsWith('{') && (alone || (isObject(line) && !Object.values(line).some(Array.isArray))))
    return single('NDJSON', () => ndjson(file, encoding))
  const value = parsed(await wholeText(file, encoding))
  const one = isObject(value) && likeness(value, mapping) > 0
  const list = one ? [value] : value === undefined ? undefined : usersIn(value, mapping, file, table)
  if (!list) throw new Stop(`${file} is neither NDJSON nor complete JSON with a list of users.`)
  return async function* () {
    for (const [at, one] of list.entries()) yield entryOf(at + 1, one)
  }
}
