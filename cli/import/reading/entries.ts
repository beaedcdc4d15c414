import { Stop } from '../../lib/database.ts'
import type { Mapping } from '../columns.ts'
import { beginningOf } from './bytes.ts'
import { csv } from './csv.ts'
import { type Entry, isObject } from './entry.ts'
import { entryOf, ndjson, parsed, usersIn, wholeText } from './json.ts'
import { looksLikeSql, openSql } from './sql.ts'
import { likeness } from './tables.ts'

export type Reading = {
  /** What the file is written in; found out unless given. */
  encoding?: string | undefined
  /** Where in the file users are, if there is more than one place. */
  table?: string | undefined
  mapping: Mapping
}

/**
 * Finds out what a file is: NDJSON, JSON, SQL or CSV, told apart by how it begins.
 * @returns a function that reads its users, as often as is wanted
 * @throws Stop where it cannot be read
 */
export const openEntries = async (file: string, options: Reading): Promise<() => AsyncGenerator<Entry>> => {
  const { encoding, table, mapping } = options
  const start = (await beginningOf(file, encoding)).trimStart()
  if (!/^[[{]/.test(start))
    return looksLikeSql(start) ? openSql(file, start, options) : () => csv(file, encoding, start)
  const first = start.split(/\r?\n/)[0]!
  const line = parsed(first)
  const alone = isObject(line) && start.trim() !== first.trim()
  if (start.startsWith('{') && (alone || (isObject(line) && !Object.values(line).some(Array.isArray))))
    return () => ndjson(file, encoding)
  const value = parsed(await wholeText(file, encoding))
  const one = isObject(value) && likeness(value, mapping) > 0
  const list = one ? [value] : value === undefined ? undefined : usersIn(value, mapping, file, table)
  if (!list) throw new Stop(`${file} is neither JSON with a list of users nor NDJSON.`)
  return async function* () {
    for (const [at, one] of list.entries()) yield entryOf(at + 1, one)
  }
}
