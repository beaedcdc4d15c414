import { and, eq, inArray, isNull, not, type SQL, sql } from 'drizzle-orm'
import type { User } from '../domain/model.ts'
import type { InvitationStore } from '../domain/ports/invitations.ts'
import { adminGuards, refusal } from './administration.ts'
import { batch, type Db, insertWhere, previousChanged } from './database.ts'
import { recordOnce } from './events.ts'
import { externalIdTaken } from './external-ids.ts'
import { killLinks, reserved } from './mail-links.ts'
import { mergedMetadata } from './metadata.ts'
import { enqueue, enqueued } from './outbox.ts'
import { devices, sessions, users } from './schema.ts'
import { searchText } from './search-text.ts'

/** A user whom an admin created and who has not set a password: nothing in the account belongs to anybody yet. */
const untouched = and(inArray(users.origin, ['invited', 'created']), isNull(users.passwordHash))

/** An active user whose address is not verified; but neither the calling admin nor a user who is `untouched`. */
const unreadBut = (actor: SQL) =>
  and(
    isNull(users.emailVerifiedAt),
    eq(users.status, 'active'),
    sql`${users.id} <> ${actor}`,
    sql`${untouched} is not true`,
  )

/**
 * The id of the user who already has the address, or else the new user's id. The external id of the former does not
 * count as taken, because the invitation may take that user over.
 */
const ofAddress = ({ id, emailCanonical }: User) =>
  sql`coalesce((select held.id from ${users} as held where held.email_canonical = ${emailCanonical}), ${id})`

/** Users created by admins. */
export const createInvitationStore = (db: Db): InvitationStore => {
  return {
    async create(request) {
      const { audit: entry, user, mailId, lifetimeMs, now } = request
      const { actor, done, reasons } = adminGuards(db, request)
      const idTaken = user.externalId ? externalIdTaken(user.externalId, ofAddress(user)) : sql<number>`false`
      const free = and(not(reserved(user.emailCanonical, now)), not(idTaken))
      const unread = db
        .select({ id: users.id })
        .from(users)
        .where(and(eq(users.emailCanonical, user.emailCanonical), unreadBut(actor), free))
      const {
        created: [created],
        letter: [letter],
        found: [found],
      } = await batch(db, {
        user: insertWhere(
          db,
          users,
          { ...user, metadata: mergedMetadata(sql`null`, user.metadata), ...searchText(user) },
          sql`where ${actor} is not null and ${free}`,
        ).onConflictDoNothing(),
        userCreated: recordOnce(
          db,
          { ...entry, event: 'user_created', userId: user.id, actorId: actor, detail: { role: user.role } },
          sql`where ${previousChanged}`,
        ),
        mail: enqueue(
          db,
          { id: mailId, kind: 'invite', lifetimeMs, now },
          sql`from ${users} where ${and(eq(users.id, user.id), done)}`,
        ),
        created: db.select().from(users).where(eq(users.id, user.id)),
        letter: enqueued(db, mailId),
        found: db
          .select({
            ...reasons(user.id),
            unread: sql<string | null>`(${unread})`.as('unread'),
            idTaken: sql<number>`${idTaken}`.as('id_taken'),
          })
          .from(sql`(select 1)`),
      })
      if (created) return { user: created, mail: letter }
      if (!found?.caller) return refusal(found)
      if (found.idTaken) return 'external_id_taken'
      return found.unread === null ? 'email_taken' : { unread: found.unread }
    },

    async takeOver(request) {
      const { audit: entry, id, user, mailId, lifetimeMs, now } = request
      const { actor, done, state } = adminGuards(db, request)
      const idFree = user.externalId ? not(externalIdTaken(user.externalId, sql`${id}`)) : undefined
      const it = and(eq(users.id, id), eq(users.emailCanonical, user.emailCanonical), unreadBut(actor), idFree)
      const { email, name, role, origin, locale, externalId } = user
      const {
        ended,
        taken: [taken],
        letter: [letter],
        found: [found],
      } = await batch(db, {
        userCreated: recordOnce(
          db,
          { ...entry, event: 'user_created', userId: id, actorId: actor, detail: { role, took_over: true } },
          sql`from ${users} where ${and(it, not(reserved(user.emailCanonical, now)))}`,
        ),
        takenOver: db
          .update(users)
          .set({
            ...{ email, name, role, origin, locale, externalId },
            metadata: mergedMetadata(sql`null`, user.metadata),
            ...searchText({ email, emailCanonical: user.emailCanonical, name, phone: null }),
            ...{ passwordHash: null, phone: null, avatar: null, pendingEmail: null, lastLoginAt: null },
            deviceCookiesNotBefore: now,
            updatedAt: now,
          })
          .where(and(it, done)),
        ended: db
          .delete(sessions)
          .where(and(eq(sessions.userId, id), done))
          .returning({ id: sessions.id }),
        devices: db.delete(devices).where(and(eq(devices.userId, id), done)),
        links: killLinks(db, sql`(select ${id} where ${done})`, now, { but: mailId }),
        mail: enqueue(
          db,
          { id: mailId, kind: 'invite', lifetimeMs, now },
          sql`from ${users} where ${and(eq(users.id, id), done)}`,
        ),
        taken: db
          .select()
          .from(users)
          .where(and(eq(users.id, id), done)),
        letter: enqueued(db, mailId),
        found: state(id),
      })
      if (taken) return { user: taken, ended: ended.map((session) => session.id), mail: letter }
      return found?.caller ? 'email_taken' : refusal(found)
    },
  }
}
