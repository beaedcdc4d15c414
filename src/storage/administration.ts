import { and, eq, exists, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { Administered, Administration, AuditEntry, User } from '../domain/ports.ts'
import { adminOf, notLastAdmin } from './admins.ts'
import { attempt, type Db, insertWhere, previousChanged } from './database.ts'
import { everyLink, killLinks, post, posted } from './mail.ts'
import { audit, sessions, users } from './schema.ts'

/** What every write of an admin asks in its own SQL. */
export const asking = (db: Db) => {
  const actor = (sid: string, now: Date) => sql`(${adminOf(db, sid, now)})`
  const target = (id: string, sid: string, now: Date) => and(eq(users.id, id), sql`${users.id} <> ${actor(sid, now)}`)
  const done = (entry: AuditEntry) => exists(db.select({ one: sql`1` }).from(audit).where(eq(audit.id, entry.id)))

  /** Why nothing was done, read in the same transaction. */
  const state = (id: string, sid: string, now: Date) =>
    db
      .select({
        user: sql<string | null>`(${db.select({ id: users.id }).from(users).where(eq(users.id, id))})`.as('user'),
        asker: sql<string | null>`${actor(sid, now)}`.as('asker'),
      })
      .from(sql`(select 1)`)

  return { actor, target, done, state }
}

/** Whose password is that of the mailbox's owner. With a password and no verified address it may be a stranger's. */
const owned = or(eq(users.role, 'admin'), isNotNull(users.emailVerifiedAt), isNull(users.password))

/** What a mail says of where it comes from. */
export const byAdmin = { by: 'admin' }

type State = { user: string | null; asker: string | null }

export const refusal = ({ user, asker }: State = { user: null, asker: null }) => {
  if (asker === null) return 'forbidden' as const
  if (user === null) return 'not_found' as const
  return user === asker ? ('own_account' as const) : ('last_admin' as const)
}

/**
 * What admins do to others. That the asker is an admin, is not the target, and leaves an admin behind is asked by the
 * statement that acts, so that two who demote each other at once cannot both succeed.
 */
export const d1Administration = (
  db: Db,
): Pick<Administration, 'setRole' | 'setStatus' | 'requestPasswordReset' | 'endSessions'> => {
  const { actor, target, done, state } = asking(db)

  /**
   * One change to a user under the rules of the last admin, with its audit entry, which marks that it happened.
   * `ends`: the sessions end with it, and whatever link could start or lead to another.
   */
  const change = async (
    { sid, audit: entry, now, id }: { sid: string; audit: AuditEntry; now: Date; id: string },
    event: 'role_changed' | 'status_changed',
    set: Partial<Pick<User, 'role' | 'status' | 'erasesAt' | 'frozenUntil'>>,
    { allowed, ends }: { allowed: SQL | undefined; ends: boolean },
  ): Promise<Administered<{ user: User; ended: string[] }>> => {
    const [, , ended, , [found], [user]] = await attempt(() =>
      db.batch([
        db
          .update(users)
          .set({ ...set, ...(ends && { pendingEmail: null }), updatedAt: now })
          .where(and(target(id, sid, now), allowed)),
        insertWhere(
          db,
          audit,
          {
            ...entry,
            event,
            userId: id,
            actorId: actor(sid, now),
            detail: set.role ? { role: set.role } : { status: set.status! },
          },
          sql`where ${previousChanged}`,
        ).onConflictDoNothing(),
        db
          .delete(sessions)
          .where(and(eq(sessions.userId, id), ends ? done(entry) : sql`false`))
          .returning({ id: sessions.id }),
        killLinks(db, ends ? sql`(select ${id} where ${done(entry)})` : sql`null`, now, { kinds: everyLink }),
        state(id, sid, now),
        db
          .select()
          .from(users)
          .where(and(eq(users.id, id), done(entry))),
      ]),
    )
    return user ? { user, ended: ended.map((session) => session.id) } : refusal(found)
  }

  return {
    async setRole(input) {
      const allowed = input.role === 'admin' ? owned : notLastAdmin(db)
      const set = await change(input, 'role_changed', { role: input.role }, { allowed, ends: false })
      return set === 'last_admin' && input.role === 'admin' ? 'unowned' : set
    },

    setStatus: (input) =>
      change(
        input,
        'status_changed',
        // An admin's word ends a freeze, and enabling takes an account out of the line of those that are erased.
        { status: input.status, frozenUntil: null, ...(input.status === 'active' && { erasesAt: null }) },
        {
          allowed: input.status === 'active' ? undefined : notLastAdmin(db),
          ends: input.status === 'disabled',
        },
      ),

    async requestPasswordReset({ sid, audit: entry, id, mailId, lifetimes, now }) {
      const kind = sql`iif(${users.password} is null, 'invite', 'reset_password')`
      const lifetime = sql`iif(${users.password} is null, ${lifetimes.invite}, ${lifetimes.reset})`
      const [, , [found], [letter], [happened]] = await attempt(() =>
        db.batch([
          insertWhere(
            db,
            audit,
            { ...entry, event: 'password_reset_requested', userId: id, actorId: actor(sid, now) },
            sql`from ${users} where ${and(eq(users.id, id), sql`${actor(sid, now)} is not null`)}`,
          ).onConflictDoNothing(),
          post(
            db,
            { id: mailId, kind, lifetime, now, detail: byAdmin },
            sql`from ${users} where ${and(eq(users.id, id), eq(users.status, 'active'), done(entry))}`,
          ),
          state(id, sid, now),
          posted(db, mailId),
          db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
        ]),
      )
      return happened ? { mail: letter } : refusal(found)
    },

    async endSessions({ sid, audit: entry, id, now }) {
      const [, , , ended, [found], [happened]] = await attempt(() =>
        db.batch([
          insertWhere(
            db,
            audit,
            { ...entry, event: 'sessions_ended', userId: id, actorId: actor(sid, now) },
            sql`from ${users} where ${and(eq(users.id, id), sql`${actor(sid, now)} is not null`)}`,
          ).onConflictDoNothing(),
          db
            .update(users)
            .set({ pendingEmail: null })
            .where(and(eq(users.id, id), done(entry))),
          killLinks(db, sql`(select ${id} where ${done(entry)})`, now, { kinds: ['confirm_email'] }),
          db
            .delete(sessions)
            .where(and(eq(sessions.userId, id), done(entry)))
            .returning({ id: sessions.id }),
          state(id, sid, now),
          db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
        ]),
      )
      return happened ? { ended: ended.map((session) => session.id) } : refusal(found)
    },
  }
}
