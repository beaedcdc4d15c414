import { and, eq, exists, gt, isNotNull, ne, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { Deletion, Removal } from '../domain/ports.ts'
import { attempt, type Db, insertWhere } from './database.ts'
import { audit, sessions, users } from './schema.ts'
import { userOf } from './sessions.ts'

/** The admin of a live session, as a subquery: a write that asks for it is authorised by the database itself. */
export const adminOf = (db: Db, sid: string, now: Date) =>
  db
    .select({ id: users.id })
    .from(users)
    .innerJoin(sessions, eq(sessions.userId, users.id))
    .where(and(eq(sessions.id, sid), gt(sessions.expiresAt, now), eq(users.status, 'active'), eq(users.role, 'admin')))

/** That `users` is not one of the admins who count, or that another would remain (active, with a verified address). */
export const notLastAdmin = (db: Db) => {
  const other = alias(users, 'other_admin')
  return or(
    ne(users.role, 'admin'),
    ne(users.status, 'active'),
    sql`${users.emailVerifiedAt} is null`,
    exists(
      db
        .select({ one: sql`1` })
        .from(other)
        .where(
          and(
            sql`${other.role} = 'admin'`,
            eq(other.status, 'active'),
            isNotNull(other.emailVerifiedAt),
            ne(other.id, users.id),
          ),
        ),
    ),
  )
}

/**
 * Takes out of the audit who is about to go without having verified an address: nobody was told their id, so that no
 * pseudonym is needed to find the entries again.
 */
export const forget = (db: Db, doomed: SQLWrapper) =>
  db
    .update(audit)
    .set({ userId: null, ip: null, userAgent: null, detail: null })
    .where(sql`${audit.userId} in ${doomed}`)

export const d1Deletion = (db: Db): Deletion => {
  /**
   * What the audit keeps names nobody: the user's id becomes a pseudonym, and where they are the subject, address, client
   * and detail go. All else hangs on the user's row and goes with it.
   */
  const remove = async ({
    userId,
    pseudonym,
    audit: entry,
    asker,
    actorId,
  }: Removal & { asker: SQL; actorId?: SQL }) => {
    const named = and(eq(users.id, userId), asker)
    const allowed = exists(
      db
        .select({ one: sql`1` })
        .from(users)
        .where(and(named, notLastAdmin(db))),
    )
    const [[user], live, , , , , [removed]] = await attempt(() =>
      db.batch([
        db.select().from(users).where(named),
        db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, userId)),
        insertWhere(
          db,
          audit,
          { ...entry, event: 'account_deleted', userId: pseudonym, actorId },
          sql`where ${allowed}`,
        ).onConflictDoNothing(),
        db
          .update(audit)
          .set({ userId: pseudonym, ip: null, userAgent: null, detail: null })
          .where(and(eq(audit.userId, userId), allowed)),
        db
          .update(audit)
          .set({ actorId: pseudonym })
          .where(and(eq(audit.actorId, userId), allowed)),
        db.delete(users).where(and(named, notLastAdmin(db))),
        // After a repeated write the user is gone already: the entry tells that it was this request that did it.
        db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
      ]),
    )
    if (removed) return { ended: live.map((session) => session.id), user }
    return user && ('last_admin' as const)
  }

  return {
    removeOwn: (input) =>
      remove({
        ...input,
        audit: { ...input.audit, ip: null, userAgent: null },
        asker: eq(users.id, userOf(db, input.sid, input.now)),
      }),
    removeOther: (input) => {
      const actorId = sql`(${adminOf(db, input.sid, input.now)})`
      return remove({ ...input, asker: sql`${users.id} <> ${actorId}`, actorId })
    },
  }
}
