import { and, eq, exists, gt, isNotNull, isNull, ne, notExists, sql } from 'drizzle-orm'
import type { Profiles } from '../domain/ports.ts'
import { attempt, type Db, insertWhere, previousChanged } from './database.ts'
import { forget } from './deletion.ts'
import { differs, recordEvent } from './events.ts'
import { killLinks, openLink, post, posted, supersede } from './mail.ts'
import { audit, mail, sessions, users } from './schema.ts'
import { userOf } from './sessions.ts'
import { blocked, refusedUntil, reserve } from './throttles.ts'

export const d1Profiles = (db: Db, notBefore: Date): Profiles => ({
  async update({ sid, change, keepsEmail, audit: entry, now }) {
    const me = userOf(db, sid, now)
    const cancelled = keepsEmail ? { pendingEmail: null } : {}
    const [, , , [user]] = await attempt(() =>
      db.batch([
        db
          .update(users)
          .set({ ...change, ...cancelled, updatedAt: now })
          .where(and(eq(users.id, me), differs(users, { ...change, ...cancelled }))),
        recordEvent(db, { ...entry, event: 'profile_updated', userId: sql`(${me})` }, sql`where ${previousChanged}`),
        killLinks(db, keepsEmail ? sql`(${me})` : sql`null`, now, { kinds: ['confirm_email', 'email_change'] }),
        db.select().from(users).where(eq(users.id, me)),
      ]),
    )
    return user
  },

  async requestEmailChange(input) {
    const { sid, change, address, addressCanonical, limits, mailLimits, linkId, noticeId, lifetime, now } = input
    const me = userOf(db, sid, now)
    const asked = exists(posted(db, linkId))
    const [wait, , , , , , , , , [user], [link], [notice]] = await attempt(() =>
      db.batch([
        blocked(db, limits),
        reserve(db, limits, now, exists(me)),
        db
          .update(users)
          .set({ ...change, pendingEmail: address, updatedAt: now })
          .where(and(eq(users.id, me), previousChanged)),
        reserve(db, mailLimits, now, previousChanged),
        post(
          db,
          { id: linkId, kind: 'confirm_email', lifetime, now, sessionId: sid, to: { address, addressCanonical } },
          sql`from ${users} where ${and(eq(users.id, me), previousChanged)}`,
        ),
        supersede(db, linkId, now),
        post(
          db,
          { id: noticeId, kind: 'email_change', lifetime, now, sessionId: sid },
          sql`from ${users} where ${and(eq(users.id, me), asked)}`,
        ),
        supersede(db, noticeId, now),
        insertWhere(
          db,
          audit,
          { ...input.audit, event: 'email_change_requested', userId: sql`(${me})` },
          sql`where ${asked}`,
        ).onConflictDoNothing(),
        db.select().from(users).where(eq(users.id, me)),
        posted(db, linkId),
        posted(db, noticeId),
      ]),
    )
    if (!user) return
    return refusedUntil(wait, now) ?? { user, mails: [link, notice].filter((letter) => letter !== undefined) }
  },

  async confirmEmail({ linkId, nonce, noticeId, noticeLifetime, audit: entry, now }) {
    /** The user who waits for just this address, and whose session that asked for it lives: an intruder's link ends with it. */
    const waiting = and(
      eq(mail.id, linkId),
      eq(mail.kind, 'confirm_email'),
      isNull(mail.usedAt),
      openLink(now, notBefore),
      exists(
        db
          .select({ one: sql`1` })
          .from(users)
          .where(and(eq(users.id, mail.userId), eq(users.pendingEmail, mail.address), eq(users.status, 'active'))),
      ),
      exists(
        db
          .select({ one: sql`1` })
          .from(sessions)
          .where(and(eq(sessions.id, mail.sessionId), eq(sessions.userId, mail.userId), gt(sessions.expiresAt, now))),
      ),
    )
    const owner = db.select({ id: mail.userId }).from(mail).where(waiting)
    const wanted = db.select({ address: mail.addressCanonical }).from(mail).where(waiting)
    const mine = and(eq(mail.id, linkId), eq(mail.nonce, nonce))
    const winner = db.select({ id: mail.userId }).from(mail).where(mine)
    const of = (column: 'address' | 'address_canonical') =>
      sql`(select ${sql.raw(column)} from ${mail} where ${mail.id} = ${linkId})`
    const unread = and(eq(users.emailCanonical, wanted), isNull(users.emailVerifiedAt), ne(users.id, owner))
    const [[other], , , , , , ended, , , [done], [notice]] = await attempt(() =>
      db.batch([
        db
          .select({ id: users.id })
          .from(users)
          .where(and(eq(users.emailCanonical, wanted), isNotNull(users.emailVerifiedAt), ne(users.id, owner))),
        // Whoever registered the address and never read its mailbox gives way to the one who does.
        forget(db, db.select({ id: users.id }).from(users).where(unread)),
        db.delete(users).where(unread),
        post(
          db,
          { id: noticeId, kind: 'email_changed', lifetime: noticeLifetime, now },
          sql`from ${users} where ${users.id} = (${owner}) and not exists (select 1 from ${users} as taken where taken.email_canonical = (${wanted}) and taken.id <> ${users.id})`,
        ),
        db
          .update(mail)
          .set({ usedAt: now, nonce, nextAttemptAt: null })
          .where(and(waiting, exists(posted(db, noticeId)))),
        db
          .update(users)
          .set({
            email: of('address'),
            emailCanonical: of('address_canonical'),
            emailVerifiedAt: now,
            pendingEmail: null,
            updatedAt: now,
          })
          .where(and(eq(users.id, winner), isNotNull(users.pendingEmail))),
        db
          .delete(sessions)
          .where(
            and(
              eq(sessions.userId, winner),
              sql`${sessions.id} is not (select ${mail.sessionId} from ${mail} where ${mail.id} = ${linkId})`,
            ),
          )
          .returning({ id: sessions.id }),
        killLinks(db, sql`(${winner})`, now, { but: linkId }),
        insertWhere(
          db,
          audit,
          { ...entry, event: 'email_changed', userId: sql`(${winner})` },
          sql`where ${exists(winner)}`,
        ).onConflictDoNothing(),
        winner,
        posted(db, noticeId),
      ]),
    )
    if (done) return { taken: false, ended: ended.map((session) => session.id), mail: notice }
    return other && { taken: true, ended: [], mail: undefined }
  },

  async cancelEmailChange({ linkId, audit: entry, now }) {
    const owner = db
      .select({ id: mail.userId })
      .from(mail)
      .where(and(eq(mail.id, linkId), eq(mail.kind, 'email_change'), openLink(now, notBefore)))
    const [, , , [link]] = await attempt(() =>
      db.batch([
        db
          .update(users)
          .set({ pendingEmail: null, updatedAt: now })
          .where(and(eq(users.id, owner), isNotNull(users.pendingEmail))),
        insertWhere(
          db,
          audit,
          { ...entry, event: 'email_change_cancelled', userId: sql`(${owner})` },
          sql`where ${previousChanged}`,
        ).onConflictDoNothing(),
        killLinks(db, sql`(${owner})`, now, { kinds: ['confirm_email'] }),
        owner,
      ]),
    )
    return link !== undefined
  },

  async setAvatar({ sid, avatar, audit: entry, now }) {
    const me = userOf(db, sid, now)
    const written = db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id))
    const [[before], earlier, , , [user]] = await attempt(() =>
      db.batch([
        db.select({ avatar: users.avatar }).from(users).where(eq(users.id, me)),
        written,
        // A repeated write must not come back over one that replaced it meanwhile: its picture is already removed.
        db
          .update(users)
          .set({ avatar, updatedAt: now })
          .where(and(eq(users.id, me), sql`${users.avatar} is not ${avatar}`, notExists(written))),
        insertWhere(
          db,
          audit,
          { ...entry, event: 'avatar_changed', userId: sql`(${me})` },
          sql`where ${previousChanged}`,
        ).onConflictDoNothing(),
        db.select().from(users).where(eq(users.id, me)),
      ]),
    )
    const replaced = earlier.length === 0 && before?.avatar !== avatar ? (before?.avatar ?? null) : null
    return user && { user, replaced }
  },
})
