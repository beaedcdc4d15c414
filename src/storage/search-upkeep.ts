import { and, eq, sql } from 'drizzle-orm'
import { isVisible, tidyName } from '../domain/text.ts'
import { type Db, roundTrip } from './database.ts'
import { users } from './schema.ts'
import { searchText } from './search-text.ts'

/**
 * Rows whose name is not as a name is kept now, or whose text for search is not that of what they hold: from before there
 * was one, or written by a release that does not know of it. The words are those of the index `users_unsearched`.
 */
const unsearched = sql`((name glob '*[^ -~]*' and instr(coalesce(search_name, ''), name || char(10)) <> 1)
    or name <> trim(name)
    or (email_canonical glob '*xn--*' and instr(coalesce(search_email, ''), email || char(10)) <> 1)
    or (phone is not null and search_phone is not phone))`

/** Mends so many of them. Safe to run twice at once: a row that changed in between is left for the next time. */
export const mendSearch = async (db: Db, limit: number): Promise<number> => {
  const rows = await roundTrip(() =>
    db
      .select({
        id: users.id,
        email: users.email,
        emailCanonical: users.emailCanonical,
        name: users.name,
        phone: users.phone,
      })
      .from(users)
      .where(unsearched)
      .orderBy(users.id)
      .limit(limit),
  )
  if (rows.length === 0) return 0
  const mended = rows.map((row) => {
    const tidy = row.name === null ? null : tidyName(row.name)
    const name = tidy !== null && isVisible(tidy) ? tidy : null
    return { ...row, tidy: name, ...searchText({ ...row, name }) }
  })
  const cell = (name: string) => sql`mended.value ->> ${name}`
  await roundTrip(() =>
    db
      .update(users)
      .set({
        name: cell('tidy'),
        searchName: cell('searchName'),
        searchEmail: cell('searchEmail'),
        searchPhone: cell('searchPhone'),
      })
      .from(sql`json_each(${JSON.stringify(mended)}) as mended`)
      .where(
        and(
          eq(users.id, cell('id')),
          sql`${users.email} = ${cell('email')}`,
          sql`${users.name} is ${cell('name')}`,
          sql`${users.phone} is ${cell('phone')}`,
        ),
      ),
  )
  return rows.length
}
