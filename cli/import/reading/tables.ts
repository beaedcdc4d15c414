import { Stop } from '../../lib/database.ts'
import { createColumns, type Mapping } from '../columns.ts'
import { recognise } from '../sources/sources.ts'
import type { Fields } from './entry.ts'

/** How sure it is that entries are users: of a source that is known, with addresses and passwords, or with addresses. */
export const likeness = (fields: Fields, mapping: Mapping): number => {
  if (recognise(fields) !== 'table') return 3
  const used = createColumns(mapping).usedOf(fields)
  const reads = (column: string) =>
    used.some((one) => one.column === column && (one.from in fields || one.from.includes('.')))
  return reads('email') ? (reads('password') ? 2 : 1) : 0
}

/**
 * The one of several tables that has the users.
 * @param wanted what --table says
 * @throws Stop where none has, or more than one may
 */
export const chosen = <T extends { name: string; likeness: number }>(tables: T[], file: string, wanted?: string): T => {
  const names = tables.map(({ name }) => name).join(', ')
  if (wanted !== undefined) {
    const found =
      tables.find(({ name }) => name === wanted) ?? tables.find(({ name }) => name.split('.').at(-1) === wanted)
    if (!found) throw new Stop(`${file} has no ${wanted}. It has: ${names}.`)
    return found
  }
  const best = Math.max(...tables.map(({ likeness }) => likeness))
  const those = tables.filter((table) => table.likeness === best)
  if (those.length === 1) return those[0]!
  throw new Stop(
    best > 0
      ? `${file} has users in more than one place: ${those.map(({ name }) => name).join(', ')}. --table says which.`
      : `Nothing in ${file} looks like users. It has: ${names}. --table says which, and --mapping where addresses are.`,
  )
}
