import { and, eq, exists, inArray, isNull, ne, type SQL, sql } from 'drizzle-orm'
import type { Users } from '../domain/ports.ts'
import { attempt, type Db, insertWhere } from './database.ts'
import { recordEvent, seldom } from './events.ts'
import { killLinks, openLink, post, posted } from './mail.ts'
import { audit, mail, sessions, users } from './schema.ts'
import { userOf } from './sessions.ts'
import { clear, forgetDevices } from './throttles.ts'

type PasswordChanges = Pick<Users, 'readResetLink' | 'resetPassword' | 'changePassword' | 'upgradePassword'>

/** The links that `/reset-password` takes. */
const resetKinds = ['reset_password', 'set_password', 'invite'] as const

export const d1PasswordChanges = (db: Db, notBefore: Date): PasswordChanges => {
  /** Of a link that may set a password now: unused, not too old, mailed to the address its active user has. */
  const usable = (linkId: string, now: Date) =>
    and(
      eq(mail.id, linkId),
      inArray(mail.kind, [...resetKinds]),
      isNull(mail.usedAt),
      openLink(now, notBefore),
      exists(
        db
          .select({ one: sql`1` })
          .from(users)
          .where(
            and(eq(users.id, mail.userId), eq(users.emailCanonical, mail.addressCanonical), eq(users.status, 'active')),
          ),
      ),
    )

  return {
    readResetLink: ({ linkId, now }) =>
      attempt(async () => {
        const owner = db.select({ id: mail.userId }).from(mail).where(usable(linkId, now))
        const [[user]] = await db.batch([db.select().from(users).where(eq(users.id, owner))])
        return user
      }),

    async resetPassword(input) {
      const { linkId, nonce, password, noticeId, noticeLifetime, cleared, devicesForgotten, audit: entry, now } = input
      const mine = and(eq(mail.id, linkId), eq(mail.nonce, nonce))
      const owner = db.select({ id: mail.userId }).from(mail).where(mine)
      const won = exists(owner)
      const [, , ended, , , , , , [winner], [notice]] = await attempt(() =>
        db.batch([
          db.update(mail).set({ usedAt: now, nonce, nextAttemptAt: null }).where(usable(linkId, now)),
          db
            .update(users)
            .set({
              password,
              emailVerifiedAt: sql`coalesce(${users.emailVerifiedAt}, ${now.getTime()})`,
              pendingEmail: null,
              updatedAt: now,
            })
            .where(eq(users.id, owner)),
          db.delete(sessions).where(eq(sessions.userId, owner)).returning({ id: sessions.id }),
          killLinks(db, sql`(${owner})`, now, { but: linkId }),
          clear(db, cleared, won),
          forgetDevices(db, devicesForgotten, now, won),
          insertWhere(
            db,
            audit,
            { ...entry, event: 'password_reset', userId: sql`(${owner})` },
            sql`where ${won}`,
          ).onConflictDoNothing(),
          notify(db, noticeId, noticeLifetime, now, sql`${eq(users.id, owner)}`),
          db.select({ id: mail.id }).from(mail).where(mine),
          posted(db, noticeId),
        ]),
      )
      return winner && { ended: ended.map((session) => session.id), mail: notice }
    },

    async changePassword(input) {
      const { sid, checkedPassword, password, noticeId, noticeLifetime, cleared, audit: entry, now } = input
      // The new hash has a random salt, so that it is itself the mark of this change.
      const changed = and(eq(users.id, userOf(db, sid, now)), eq(users.password, password))
      const owner = db.select({ id: users.id }).from(users).where(changed)
      const done = exists(owner)
      const [, ended, , , , , , [winner], [notice]] = await attempt(() =>
        db.batch([
          db
            .update(users)
            .set({ password, pendingEmail: null, updatedAt: now })
            .where(and(eq(users.id, userOf(db, sid, now)), eq(users.password, checkedPassword))),
          db
            .delete(sessions)
            .where(and(eq(sessions.userId, owner), ne(sessions.id, sid)))
            .returning({ id: sessions.id }),
          killLinks(db, sql`(${owner})`, now),
          clear(db, cleared, done),
          forgetDevices(db, input.devicesForgotten, now, done),
          recordEvent(db, { ...entry, event: 'password_changed', userId: sql`(${owner})` }, sql`where ${done}`),
          notify(db, noticeId, noticeLifetime, now, sql`${changed}`),
          owner,
          posted(db, noticeId),
        ]),
      )
      return winner && { ended: ended.map((session) => session.id), mail: notice }
    },

    async upgradePassword({ userId, checkedPassword, password }) {
      await attempt(() =>
        db
          .update(users)
          .set({ password })
          .where(and(eq(users.id, userId), eq(users.password, checkedPassword))),
      )
    },
  }
}

const notify = (db: Db, id: string, lifetime: number, now: Date, who: SQL) =>
  post(
    db,
    { id, kind: 'password_changed', lifetime: sql`${lifetime}`, now },
    sql`from ${users} where ${who} and ${seldom('password_changed', users.id, id, now)}`,
  )
