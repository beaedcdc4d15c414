import { Stop } from '../../lib/database.ts'
import { createColumns, type Mapping } from '../columns.ts'
import { recognise } from '../sources/sources.ts'
import type { Fields } from './entry.ts'

/**
 * Returns how likely it is that an entry is a user: 3 in the shape of a known source, 2 with address and password, 1
 * with an address alone, and 0 for anything else.
 */
export const likeness = (fields: Fields, mapping: Mapping): number => {
  if (recognise(fields) !== 'table') return 3
  const used = createColumns(mapping).usedOf(fields)
  const reads = (column: string) =>
    used.some((one) => one.column === column && (one.from in fields || one.from.includes('.')))
  return reads('email') ? (reads('password') ? 2 : 1) : 0
}

/**
 * Returns the one of several tables that has the users.
 * @param wanted the value of --table
 * @throws Stop if no table has users, or if several may
 */
export const chosen = <T extends { name: string; likeness: number }>(tables: T[], file: string, wanted?: string): T => {
  const names = tables.map(({ name }) => name).join(', ')
  if (wanted !== undefined) {
    const found =
      tables.find(({ name }) => name === wanted) ?? tables.find(({ name }) => name.split('.').at(-1) === wanted)
    if (!found) throw new Stop(`${file} has no table or list ${wanted}. It has: ${names}.`)
    return found
  }
  const best = Math.max(...tables.map(({ likeness }) => likeness))
  const those = tables.filter((table) => table.likeness === best)
  if (those.length === 1) return those[0]!
  throw new Stop(
    best > 0
      ? `${file} has users in more than one place: ${those.map(({ name }) => name).join(', ')}. Choose one with --table.`
      : `Nothing in ${file} looks like users. It has: ${names}. Choose one with --table, and name the column of addresses in a --mapping file.`,
  )
}
