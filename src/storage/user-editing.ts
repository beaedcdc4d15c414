import { and, eq, exists, isNotNull, isNull, ne, not, or, sql } from 'drizzle-orm'
import type { Administration } from '../domain/ports.ts'
import { asking, refusal } from './administration.ts'
import { attempt, type Db, insertWhere, previousChanged } from './database.ts'
import { notLastAdmin } from './deletion.ts'
import { differs } from './events.ts'
import { killLinks, post, posted, supersede } from './mail.ts'
import { audit, sessions, users } from './schema.ts'

/** Users as admins make and mend them. */
export const d1UserEditing = (db: Db): Pick<Administration, 'create' | 'edit'> => {
  return {
    async create(request) {
      const { audit: entry, user, mailId, lifetime, now } = request
      const { actor, done, state } = asking(db, request)
      const [, , , [created], [letter], [asker]] = await attempt(() =>
        db.batch([
          insertWhere(db, users, user, sql`where ${actor} is not null`).onConflictDoNothing(),
          insertWhere(
            db,
            audit,
            { ...entry, event: 'user_created', userId: user.id, actorId: actor, detail: { role: user.role } },
            sql`where ${previousChanged}`,
          ).onConflictDoNothing(),
          post(
            db,
            { id: mailId, kind: 'invite', lifetime, now },
            sql`from ${users} where ${and(eq(users.id, user.id), done)}`,
          ),
          db.select().from(users).where(eq(users.id, user.id)),
          posted(db, mailId),
          state(user.id),
        ]),
      )
      if (created) return { user: created, mail: letter }
      return asker?.asker ? 'email_taken' : refusal(asker)
    },

    async edit(request) {
      const { audit: entry, id, change, verifyId, noticeId, lifetimes, now } = request
      const { email, name, phone, verified } = change
      const { actor: asker, done, state } = asking(db, request)
      const other = sql`${users.id} <> ${asker}`
      // A form sends the address it was given: the same one again is no change, and nobody loses a session over it.
      const same = email ? eq(users.emailCanonical, email.canonical) : sql`true`
      const free = sql`not exists (select 1 from ${users} as taken where taken.email_canonical = ${email?.canonical ?? ''} and taken.id <> ${id})`
      const may = and(
        eq(users.id, id),
        sql`${asker} is not null`,
        or(same, and(other, free, verified === undefined ? notLastAdmin(db) : undefined)),
        verified === undefined ? undefined : other,
        verified === false ? notLastAdmin(db) : undefined,
      )
      const another = or(
        differs(users, { name, phone, email: email?.address }),
        verified === undefined ? undefined : sql`${users.emailVerifiedAt} is ${sql.raw(verified ? '' : 'not ')}null`,
      )
      const moved = exists(
        db
          .select({ one: sql`1` })
          .from(audit)
          .where(and(eq(audit.id, entry.id), sql`${audit.detail} ->> 'email'`)),
      )
      const ends = verified === false ? done : moved
      // A new address is verified by its mailbox, unless the admin vouches for it.
      const verifiedAt =
        verified === undefined
          ? sql`iif(${same}, ${users.emailVerifiedAt}, null)`
          : verified
            ? sql`coalesce(${users.emailVerifiedAt}, ${now.getTime()})`
            : null
      const [, , , ended, , , , [found], [user], [notice], [link], [taken]] = await attempt(() =>
        db.batch([
          insertWhere(
            db,
            audit,
            {
              ...entry,
              event: 'user_updated',
              userId: id,
              actorId: asker,
              detail: sql`json_patch(${JSON.stringify({
                name: name !== undefined,
                phone: phone !== undefined,
                verified: verified ?? null,
              })}, iif(${same}, '{"email":false}', '{"email":true}'))`,
            },
            sql`from ${users} where ${and(may, another)}`,
          ).onConflictDoNothing(),
          post(
            db,
            { id: noticeId, kind: 'email_changed', lifetime: lifetimes.notice, now },
            sql`from ${users} where ${and(eq(users.id, id), moved, not(same), isNotNull(users.emailVerifiedAt))}`,
          ),
          db
            .update(users)
            .set({
              name,
              phone,
              ...(email && { email: email.address, emailCanonical: email.canonical }),
              pendingEmail: verified === false ? null : sql`iif(${same}, ${users.pendingEmail}, null)`,
              emailVerifiedAt: verifiedAt,
              updatedAt: now,
            })
            .where(and(eq(users.id, id), done)),
          db
            .delete(sessions)
            .where(and(eq(sessions.userId, id), ends))
            .returning({ id: sessions.id }),
          // Not the new one, which is there already where this is a repetition.
          killLinks(db, sql`(select ${id} where ${ends})`, now, { but: verifyId }),
          post(
            db,
            {
              id: verifyId,
              kind: sql`iif(${users.password} is null, 'invite', 'verify_email')`,
              lifetime: sql`iif(${users.password} is null, ${lifetimes.invite}, ${lifetimes.verify})`,
              now,
            },
            sql`from ${users} where ${and(eq(users.id, id), isNull(users.emailVerifiedAt), moved)}`,
          ),
          supersede(db, verifyId, now),
          state(id),
          db
            .select()
            .from(users)
            .where(and(eq(users.id, id), or(done, and(may, not(another!))))),
          posted(db, noticeId),
          posted(db, verifyId),
          db
            .select({ id: users.id })
            .from(users)
            .where(email ? and(eq(users.emailCanonical, email.canonical), ne(users.id, id)) : sql`false`),
        ]),
      )
      if (user)
        return {
          user,
          ended: ended.map((session) => session.id),
          mails: [notice, link].filter((letter) => letter !== undefined),
        }
      const why = refusal(found)
      return why === 'last_admin' && taken ? 'email_taken' : why
    },
  }
}
