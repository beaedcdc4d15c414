import { and, desc, eq, gt, inArray, isNotNull, ne, type SQL, sql } from 'drizzle-orm'
import { kindsOf } from '../domain/mails.ts'
import type { AuditEntry } from '../domain/model.ts'
import type { OwnSessionStore } from '../domain/ports/own-sessions.ts'
import { batch, type Db, previousChanged } from './database.ts'
import { recordEvent } from './events.ts'
import { killLinks, openLink, whoAsked } from './mail-links.ts'
import { audit, mail, sessions, trustedDevices, users } from './schema.ts'
import { userOf } from './sessions.ts'

/** The mails about one session, whose link ends it. */
const endingSession = kindsOf(({ links }) => links?.includes('end_session'))

/**
 * Statements for the end of the session of `target`: its audit entry while the row still exists, and the end of a change
 * of address that it requested. The batch deletes the session after them.
 */
const endingOf = (
  db: Db,
  { target, asked, entry, now }: { target: SQL | undefined; asked: SQL; entry: AuditEntry; now: Date },
) => ({
  sessionEnded: recordEvent(
    db,
    { ...entry, event: 'session_ended', userId: sql`${sessions.userId}` },
    sql`from ${sessions} where ${target}`,
  ),
  pendingEmail: db
    .update(users)
    .set({ pendingEmail: null })
    .where(and(eq(users.id, asked), isNotNull(users.pendingEmail))),
  links: killLinks(db, asked, now, { kinds: ['confirm_email'] }),
})

export const createOwnSessionStore = (db: Db, notBefore: Date, nearest: Db): OwnSessionStore => ({
  async list(sid, now) {
    const { own } = await batch(nearest, {
      own: nearest
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userOf(db, sid, now)), gt(sessions.expiresAt, now)))
        .orderBy(desc(sessions.rotatedAt), desc(sessions.id)),
    })
    return own
  },

  async endOne({ sid, other, audit: entry, now }) {
    const me = userOf(db, sid, now)
    const target = and(eq(sessions.id, other), eq(sessions.userId, me))
    const asked = whoAsked(and(eq(mail.sessionId, other), eq(mail.userId, me)), now)
    const {
      user: [user],
      gone: [gone],
      written: [written],
    } = await batch(db, {
      user: db.select({ id: users.id }).from(users).where(eq(users.id, me)),
      ...endingOf(db, { target, asked, entry, now }),
      gone: db.delete(sessions).where(target).returning({ id: sessions.id }),
      written: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
    })
    return written || gone ? true : user && false
  },

  async endOthers({ sid, audit: entry, now }) {
    const me = userOf(db, sid, now)
    const {
      user: [user],
      ended,
    } = await batch(db, {
      user: db.select({ id: users.id }).from(users).where(eq(users.id, me)),
      pendingEmail: db
        .update(users)
        .set({ pendingEmail: null })
        .where(and(eq(users.id, me), isNotNull(users.pendingEmail))),
      links: killLinks(db, sql`(${me})`, now, { kinds: ['confirm_email'] }),
      ended: db
        .delete(sessions)
        .where(and(eq(sessions.userId, me), ne(sessions.id, sid)))
        .returning({ id: sessions.id }),
      sessionsEnded: recordEvent(
        db,
        { ...entry, event: 'sessions_ended', userId: sql`(${me})` },
        sql`where ${previousChanged}`,
      ),
      trustedDevices: db.delete(trustedDevices).where(eq(trustedDevices.userId, me)),
    })
    return user && ended.map((session) => session.id)
  },

  async endByLink({ linkId, audit: entry, now }) {
    const link = and(eq(mail.id, linkId), inArray(mail.kind, endingSession), openLink(now, notBefore))
    const session = db.select({ id: mail.sessionId }).from(mail).where(link)
    const owner = db.select({ id: mail.userId }).from(mail).where(link)
    const target = eq(sessions.id, session)
    const asked = whoAsked(and(eq(mail.sessionId, session), eq(mail.userId, owner)), now)
    const {
      row: [row],
    } = await batch(db, {
      ...endingOf(db, { target, asked, entry, now }),
      ended: db.delete(sessions).where(target),
      linkUsed: db.update(mail).set({ usedAt: now, nextAttemptAt: null }).where(link),
      row: db.select({ sessionId: mail.sessionId }).from(mail).where(link),
    })
    return row?.sessionId ?? undefined
  },
})
