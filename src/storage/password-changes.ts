import { and, eq, exists, inArray, isNull, ne, notInArray, or, type SQL, sql } from 'drizzle-orm'
import { kindsOf } from '../domain/mails.ts'
import type { PasswordChangeStore } from '../domain/ports/password-changes.ts'
import { batch, type Db, roundTrip, some } from './database.ts'
import { recordEvent, recordOnce, seldom } from './events.ts'
import { killLinks, openLink } from './mail-links.ts'
import { enqueue, enqueued } from './outbox.ts'
import { passwordSuffices } from './proofs.ts'
import { clear } from './rate-limits.ts'
import { mail, sessions, users } from './schema.ts'
import { idleEnd, userOf } from './sessions.ts'

/** The mails whose links `/reset-password` accepts: those that verify an address, and those to set a password. */
const resetKinds = kindsOf(({ links = [] }) => links.includes('reset_password') || links.includes('verify_email'))

export const createPasswordChangeStore = (db: Db, notBefore: Date): PasswordChangeStore => {
  const active = eq(users.status, 'active')

  /**
   * Conditions of a link that may set a password now: unused, not expired, mailed to the current address of an active
   * user.
   */
  const usable = (linkId: string, now: Date) =>
    and(
      eq(mail.id, linkId),
      inArray(mail.kind, resetKinds),
      isNull(mail.usedAt),
      openLink(now, notBefore),
      some(
        db,
        users,
        and(
          eq(users.id, mail.userId),
          eq(users.emailCanonical, mail.addressCanonical),
          eq(users.status, 'active'),
          or(ne(mail.kind, 'verify_email'), isNull(users.emailVerifiedAt)),
        ),
      ),
    )

  return {
    async readResetLink({ linkId, now }) {
      const owner = db.select({ id: mail.userId }).from(mail).where(usable(linkId, now))
      const { user } = await batch(db, { user: db.select().from(users).where(eq(users.id, owner)) })
      return user[0]
    },

    async resetPassword(input) {
      const { linkId, nonce, passwordHash, noticeId, noticeLifetimeMs, cleared, audit: entry, now } = input
      const mine = and(eq(mail.id, linkId), eq(mail.nonce, nonce))
      const owner = db.select({ id: mail.userId }).from(mail).where(mine)
      const won = exists(owner)
      const {
        ended,
        winner: [winner],
        posted: [notice],
      } = await batch(db, {
        linkUsed: db.update(mail).set({ usedAt: now, nonce, nextAttemptAt: null }).where(usable(linkId, now)),
        passwordHash: db
          .update(users)
          .set({
            passwordHash,
            emailVerifiedAt: sql`coalesce(${users.emailVerifiedAt}, ${now.getTime()})`,
            pendingEmail: null,
            // Somebody who knew the old password may have a device cookie.
            deviceCookiesNotBefore: now,
            updatedAt: now,
          })
          .where(eq(users.id, owner)),
        ended: db.delete(sessions).where(eq(sessions.userId, owner)).returning({ id: sessions.id }),
        links: killLinks(db, sql`(${owner})`, now, { but: linkId }),
        cleared: clear(db, cleared, won),
        passwordReset: recordOnce(
          db,
          { ...entry, event: 'password_reset', userId: sql`(${owner})` },
          sql`where ${won}`,
        ),
        notice: notify(db, noticeId, noticeLifetimeMs, now, sql`${eq(users.id, owner)}`),
        winner: db.select({ id: mail.id }).from(mail).where(mine),
        posted: enqueued(db, noticeId),
      })
      return winner && { ended: ended.map((session) => session.id), mail: notice }
    },

    async changePassword(input) {
      const { sid, userId, checkedHash, proof, passwordHash, next, cleared, audit: entry, now } = input
      const { noticeId, noticeLifetimeMs } = input
      const me = eq(users.id, userId)
      // The new hash has a random salt, so it identifies this change.
      const changed = and(me, eq(users.passwordHash, passwordHash))
      const done = some(db, users, changed)
      const renamed = and(eq(sessions.id, next.sid), eq(sessions.nonce, next.nonce))
      const { ended, session, user, notice } = await batch(db, {
        passwordHash: db
          .update(users)
          .set({ passwordHash, pendingEmail: null, deviceCookiesNotBefore: now, updatedAt: now })
          .where(
            and(
              me,
              eq(users.id, userOf(db, sid, now)),
              eq(users.passwordHash, checkedHash),
              passwordSuffices(db, sid, proof),
            ),
          ),
        ended: db
          .delete(sessions)
          .where(and(eq(sessions.userId, userId), notInArray(sessions.id, [sid, next.sid]), done))
          .returning({ id: sessions.id }),
        renamed: db
          .update(sessions)
          .set({
            id: next.sid,
            nonce: next.nonce,
            rotatedAt: now,
            authTime: now,
            proof: null,
            device: next.device,
            expiresAt: idleEnd(now.getTime(), next.idleMs),
          })
          .where(and(eq(sessions.id, sid), done)),
        // The link in the mail about this session also ends it under its new id.
        mails: db
          .update(mail)
          .set({ sessionId: next.sid })
          .where(and(eq(mail.userId, userId), eq(mail.sessionId, sid), done)),
        links: killLinks(db, sql`(select ${userId} where ${done})`, now),
        cleared: clear(db, cleared, done),
        event: recordEvent(db, { ...entry, event: 'password_changed', userId }, sql`where ${done}`),
        told: notify(db, noticeId, noticeLifetimeMs, now, sql`${changed}`),
        session: db.select().from(sessions).where(renamed),
        user: db.select().from(users).where(changed),
        notice: enqueued(db, noticeId),
      })
      if (!session[0] || !user[0]) return
      const signedIn = { session: session[0], user: user[0] }
      return { signedIn, ended: [sid, ...ended.map(({ id }) => id)], mail: notice[0] }
    },

    async disownPassword({ linkId, nonce, mailId, lifetimeMs, audit: entry, now }) {
      const usable = and(
        eq(mail.id, linkId),
        inArray(mail.kind, ['password_changed', 'password_removed']),
        isNull(mail.usedAt),
        openLink(now, notBefore),
        some(db, users, and(eq(users.id, mail.userId), eq(users.emailCanonical, mail.addressCanonical), active)),
      )
      const mine = and(eq(mail.id, linkId), eq(mail.nonce, nonce))
      const owner = db.select({ id: mail.userId }).from(mail).where(mine)
      const { ended, won, letter } = await batch(db, {
        used: db.update(mail).set({ usedAt: now, nonce, nextAttemptAt: null }).where(usable),
        passwordHash: db
          .update(users)
          .set({ passwordHash: null, pendingEmail: null, updatedAt: now })
          .where(eq(users.id, owner)),
        ended: db.delete(sessions).where(eq(sessions.userId, owner)).returning({ id: sessions.id }),
        links: killLinks(db, sql`(${owner})`, now, { but: mailId }),
        event: recordOnce(
          db,
          { ...entry, event: 'password_disowned', userId: sql`(${owner})` },
          sql`where ${exists(owner)}`,
        ),
        told: enqueue(
          db,
          { id: mailId, kind: 'reset_password', lifetimeMs, now },
          sql`from ${users} where ${eq(users.id, owner)}`,
        ),
        won: owner,
        letter: enqueued(db, mailId),
      })
      return won[0] && { ended: ended.map(({ id }) => id), mail: letter[0] }
    },

    async upgradePassword({ userId, checkedHash, passwordHash }) {
      await roundTrip(() =>
        db
          .update(users)
          .set({ passwordHash })
          .where(
            and(
              eq(users.id, userId),
              checkedHash === null
                ? and(isNull(users.passwordHash), eq(users.migrationPending, true))
                : eq(users.passwordHash, checkedHash),
            ),
          ),
      )
    },
  }
}

const notify = (db: Db, id: string, lifetimeMs: number, now: Date, who: SQL) =>
  enqueue(
    db,
    { id, kind: 'password_changed', lifetimeMs: sql`${lifetimeMs}`, now },
    sql`from ${users} where ${who} and ${seldom('password_changed', users.id, id, now)}`,
  )
