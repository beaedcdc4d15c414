import { and, eq, ne, sql } from 'drizzle-orm'
import type { FirstAdminStore } from '../domain/ports/first-admin.ts'
import { batch, type Db, insertWhere, previousChanged, some } from './database.ts'
import { recordOnce } from './events.ts'
import { reserved } from './mail-links.ts'
import { users } from './schema.ts'
import { searchText } from './search-text.ts'

export const createFirstAdminStore = (db: Db): FirstAdminStore => ({
  async make({ user, audit: entry, now }) {
    // SQLite uses the index of admins only for a condition with the same literal value.
    const admins = sql`${users.role} = 'admin'`
    const made = {
      ...{ ...user, ...searchText({ ...user, phone: null }), emailVerifiedAt: now, createdAt: now, updatedAt: now },
      ...({ role: 'admin', origin: 'created' } as const),
    }
    const {
      user: [created],
      admin,
    } = await batch(db, {
      made: insertWhere(
        db,
        users,
        made,
        sql`where not ${some(db, users, admins)} and not ${reserved(user.emailCanonical, now)}`,
      ).onConflictDoNothing(),
      told: recordOnce(
        db,
        { ...entry, event: 'user_created', userId: user.id, detail: { role: 'admin', by: 'first-admin link' } },
        sql`where ${previousChanged}`,
      ),
      user: db.select().from(users).where(eq(users.id, user.id)),
      admin: db
        .select({ id: users.id })
        .from(users)
        .where(and(admins, ne(users.id, user.id)))
        .limit(1),
    })
    return { user: created, hasAdmin: admin.length > 0 }
  },
})
