import { and, eq, gt, inArray, isNotNull, isNull, not, or, type SQL, sql } from 'drizzle-orm'
import type { User } from '../domain/model.ts'
import type { Administered, AdministrationStore, AdminWrite } from '../domain/ports/administration.ts'
import { adminOf, notLastAdmin } from './admins.ts'
import { batch, type Db, previousChanged, some } from './database.ts'
import { differs, recordOnce, writtenEnough } from './events.ts'
import { everyLink, killLinks } from './mail-links.ts'
import { enqueue, enqueued } from './outbox.ts'
import { audit, mail, sessions, users } from './schema.ts'

/**
 * The conditions that every write of an admin checks in its own SQL. A free place under the limit of writes is one of
 * them.
 */
export const adminGuards = (db: Db, { sid, audit: entry, now, writes }: AdminWrite) => {
  const admin = adminOf(db, sid, now)
  const until = writtenEnough(sql`caller.id`, { audit: entry, now, writes })
  const actor = sql`(select caller.id from ${admin} as caller where ${until} is null)`
  const target = (id: string) => and(eq(users.id, id), sql`${users.id} <> ${actor}`)
  const done = some(db, audit, eq(audit.id, entry.id))

  /** Reads why nothing was done, in the same transaction. */
  const reasons = (id: string) => ({
    user: sql<string | null>`(${db.select({ id: users.id }).from(users).where(eq(users.id, id))})`.as('user'),
    caller: sql<string | null>`${actor}`.as('caller'),
    until: sql<number | null>`(select ${until} from ${admin} as caller)`.as('until'),
  })
  const state = (id: string) => db.select(reasons(id)).from(sql`(select 1)`)

  return { actor, target, done, reasons, state }
}

/** Users whose password no stranger can have chosen. A password without a verified address may be a stranger's. */
const owned = or(eq(users.role, 'admin'), isNotNull(users.emailVerifiedAt), isNull(users.passwordHash))

/** The detail of a mail that an admin caused. */
export const byAdmin = { by: 'admin' }

type State = { user: string | null; caller: string | null; until: number | null }

export const refusal = ({ user, caller, until }: State = { user: null, caller: null, until: null }) => {
  if (until !== null) return { refusedUntil: new Date(until) }
  if (caller === null) return 'forbidden' as const
  if (user === null) return 'not_found' as const
  return user === caller ? ('own_account' as const) : ('last_admin' as const)
}

/**
 * What admins do to other users. The statement that acts also checks that the caller is an admin and not the target,
 * and that another admin remains. So two admins who demote each other at once cannot both succeed.
 */
export const createAdministrationStore = (db: Db): AdministrationStore => {
  /**
   * Changes one user under the last-admin rule and writes the audit entry, which marks that the change happened. A user
   * who is already in the wanted state is not touched. With `ends`, the user's sessions end, and every link that could
   * lead to a new one becomes void: a user who disabled the account has one that enables it again.
   */
  const change = async (
    request: AdminWrite & { id: string },
    event: 'role_changed' | 'status_changed',
    set: Partial<Pick<User, 'role' | 'status' | 'erasesAt' | 'frozenUntil'>>,
    { allowed, ends }: { allowed: SQL | undefined; ends: boolean },
  ): Promise<Administered<{ user: User; ended: string[] }>> => {
    const { audit: entry, now, id } = request
    const { actor, target, done, state } = adminGuards(db, request)
    const may = and(target(id), allowed)
    const open = ends
      ? some(db, mail, and(eq(mail.userId, users.id), inArray(mail.kind, everyLink), gt(mail.expiresAt, now)))
      : undefined
    const other = or(differs(users, set), open)
    const {
      ended,
      found: [found],
      user: [user],
    } = await batch(db, {
      changed: db
        .update(users)
        .set({ ...set, ...(ends && { pendingEmail: null }), updatedAt: now })
        .where(and(may, other)),
      event: recordOnce(
        db,
        {
          ...entry,
          event,
          userId: id,
          actorId: actor,
          detail: set.role ? { role: set.role } : { status: set.status! },
        },
        sql`where ${previousChanged}`,
      ),
      ended: db
        .delete(sessions)
        .where(and(eq(sessions.userId, id), ends ? done : sql`false`))
        .returning({ id: sessions.id }),
      links: killLinks(db, ends ? sql`(select ${id} where ${done})` : sql`null`, now, { kinds: everyLink }),
      found: state(id),
      user: db
        .select()
        .from(users)
        .where(and(eq(users.id, id), or(done, and(may, not(other!))))),
    })
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
        // An admin's decision ends a freeze, and enabling an account cancels its scheduled deletion.
        { status: input.status, frozenUntil: null, ...(input.status === 'active' && { erasesAt: null }) },
        {
          allowed: input.status === 'active' ? undefined : notLastAdmin(db),
          ends: input.status === 'disabled',
        },
      ),

    async requestPasswordReset(request) {
      const { audit: entry, id, mailId, lifetimesMs, now } = request
      const { actor, done, state } = adminGuards(db, request)
      const kind = sql`iif(${users.passwordHash} is null, 'invite', 'reset_password')`
      const lifetimeMs = sql`iif(${users.passwordHash} is null, ${lifetimesMs.invite}, ${lifetimesMs.reset})`
      const {
        found: [found],
        letter: [letter],
        happened: [happened],
      } = await batch(db, {
        passwordResetRequested: recordOnce(
          db,
          { ...entry, event: 'password_reset_requested', userId: id, actorId: actor },
          sql`from ${users} where ${and(eq(users.id, id), sql`${actor} is not null`)}`,
        ),
        mail: enqueue(
          db,
          { id: mailId, kind, lifetimeMs, now, detail: byAdmin },
          sql`from ${users} where ${and(eq(users.id, id), eq(users.status, 'active'), done)}`,
        ),
        found: state(id),
        letter: enqueued(db, mailId),
        happened: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
      })
      return happened ? { mail: letter } : refusal(found)
    },

    async endSessions(request) {
      const { audit: entry, id, now } = request
      const { actor, done, state } = adminGuards(db, request)
      const live = some(db, sessions, eq(sessions.userId, id))
      const {
        ended,
        found: [found],
        happened: [happened],
      } = await batch(db, {
        sessionsEnded: recordOnce(
          db,
          { ...entry, event: 'sessions_ended', userId: id, actorId: actor },
          sql`from ${users} where ${and(eq(users.id, id), sql`${actor} is not null`, or(live, isNotNull(users.pendingEmail)))}`,
        ),
        pendingEmail: db
          .update(users)
          .set({ pendingEmail: null })
          .where(and(eq(users.id, id), done)),
        links: killLinks(db, sql`(select ${id} where ${done})`, now, { kinds: ['confirm_email'] }),
        ended: db
          .delete(sessions)
          .where(and(eq(sessions.userId, id), done))
          .returning({ id: sessions.id }),
        found: state(id),
        happened: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
      })
      if (!happened && !(found?.caller && found.user)) return refusal(found)
      return { ended: ended.map((session) => session.id) }
    },
  }
}
