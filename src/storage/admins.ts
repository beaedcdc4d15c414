import { and, eq, gt, isNotNull, ne, or, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { type Db, some } from './database.ts'
import { sessions, users } from './schema.ts'

/** Returns the admin of a live session as a subquery: a write that uses it is authorised by the database itself. */
export const adminOf = (db: Db, sid: string, now: Date) =>
  db
    .select({ id: users.id })
    .from(users)
    .innerJoin(sessions, eq(sessions.userId, users.id))
    .where(and(eq(sessions.id, sid), gt(sessions.expiresAt, now), eq(users.status, 'active'), eq(users.role, 'admin')))

/**
 * Whether there would be an active admin with a verified address without this row of `users`: the row is not such an
 * admin, or another one exists.
 */
export const notLastAdmin = (db: Db) => {
  const other = alias(users, 'other_admin')
  return or(
    ne(users.role, 'admin'),
    ne(users.status, 'active'),
    sql`${users.emailVerifiedAt} is null`,
    some(
      db,
      other,
      and(
        sql`${other.role} = 'admin'`,
        eq(other.status, 'active'),
        isNotNull(other.emailVerifiedAt),
        ne(other.id, users.id),
      ),
    ),
  )
}
