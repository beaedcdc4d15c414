import { and, eq, sql } from 'drizzle-orm'
import { isVisible, tidyName } from '../domain/text.ts'
import { type Db, roundTrip } from './database.ts'
import { users } from './schema.ts'
import { searchText } from './search-text.ts'

/**
 * Rows whose name is not in today's normal form, or whose search text does not match their data: they are older than
 * the search text, or an older release wrote them. The condition is that of the index `users_unsearched`.
 */
const unsearched = sql`((name glob '*[^ -~]*' and instr(coalesce(search_name, ''), name || char(10)) <> 1)
    or name <> trim(name)
    or (email_canonical glob '*xn--*' and instr(coalesce(search_email, ''), email || char(10)) <> 1)
    or (phone is not null and search_phone is not phone))`

/**
 * Rewrites up to `limit` rows that `unsearched` selects. Two runs at once do no harm: a row that changed in between is
 * left for the next run.
 */
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
