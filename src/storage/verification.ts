import { and, eq, exists, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Users } from '../domain/ports.ts'
import { attempt, type Db, insertWhere, previousChanged } from './database.ts'
import { forget } from './deletion.ts'
import { killLinks, openLink } from './mail.ts'
import { audit, mail, sessions, users } from './schema.ts'
import { blocked, refusedUntil, reserve } from './throttles.ts'

type Verification = Pick<Users, 'readVerificationLink' | 'verifyEmail' | 'rejectRegistration'>

export const d1Verification = (db: Db, notBefore: Date): Verification => {
  /** The user of an open link, who still has the address that it was mailed to. */
  const ownerOf = (linkId: string, now: Date) =>
    db
      .select({ userId: mail.userId })
      .from(mail)
      .where(
        and(
          eq(mail.id, linkId),
          eq(mail.kind, 'verify_email'),
          openLink(now, notBefore),
          exists(
            db
              .select({ one: sql`1` })
              .from(users)
              .where(and(eq(users.id, mail.userId), eq(users.emailCanonical, mail.addressCanonical))),
          ),
        ),
      )

  return {
    async readVerificationLink({ linkId, limits, now }) {
      const owner = ownerOf(linkId, now)
      const [wait, [user]] = await attempt(() =>
        db.batch([
          blocked(db, limits),
          db.select().from(users).where(eq(users.id, owner)),
          reserve(db, limits, now, exists(owner)),
        ]),
      )
      return user && (refusedUntil(wait, now) ?? { user })
    },

    async verifyEmail({ linkId, proof, audit: entry, now }) {
      const owner = ownerOf(linkId, now)
      const proven =
        proof && ('registered' in proof ? eq(users.id, proof.registered) : eq(users.password, proof.checkedPassword))
      const verified = db
        .select({ one: sql`1` })
        .from(users)
        .where(and(eq(users.id, owner), isNotNull(users.emailVerifiedAt)))
      const [, , , [user]] = await attempt(() =>
        db.batch([
          db
            .update(users)
            .set({ emailVerifiedAt: now, updatedAt: now })
            .where(and(eq(users.id, owner), isNull(users.emailVerifiedAt), proven)),
          insertWhere(
            db,
            audit,
            { ...entry, event: 'email_verified', userId: sql`(${owner})` },
            sql`where ${previousChanged}`,
          ).onConflictDoNothing(),
          db
            .update(mail)
            .set({ usedAt: now, nextAttemptAt: null })
            .where(and(eq(mail.id, linkId), isNull(mail.usedAt), exists(verified))),
          db.select({ verifiedAt: users.emailVerifiedAt }).from(users).where(eq(users.id, owner)),
        ]),
      )
      return user && (user.verifiedAt ? 'verified' : 'unproven')
    },

    async rejectRegistration({ linkId, audit: entry, now }) {
      const unread = and(eq(users.id, ownerOf(linkId, now)), isNull(users.emailVerifiedAt))
      const unused = and(unread, eq(users.origin, 'registered'), eq(users.status, 'active'), isNull(users.lastLoginAt))
      const removed = db.select({ id: users.id }).from(users).where(unused)
      // The link itself goes with what follows: the entry tells whose it was, and that it was this request.
      const rejected = sql`(select ${audit.userId} from ${audit} where ${audit.id} = ${entry.id})`
      const [, , , , ended, , [done]] = await attempt(() =>
        db.batch([
          forget(db, removed),
          insertWhere(
            db,
            audit,
            {
              ...entry,
              event: 'registration_rejected',
              userId: sql`${users.id}`,
              detail: sql`iif(${exists(removed)}, '{"removed":true}', '{"removed":false}')`,
            },
            sql`from ${users} where ${unread}`,
          ).onConflictDoNothing(),
          db.delete(users).where(unused),
          db
            .update(users)
            .set({ password: null, pendingEmail: null, updatedAt: now })
            .where(and(eq(users.id, rejected), isNull(users.emailVerifiedAt))),
          db.delete(sessions).where(eq(sessions.userId, rejected)).returning({ id: sessions.id }),
          killLinks(db, rejected, now),
          db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
        ]),
      )
      return done && { ended: ended.map((session) => session.id) }
    },
  }
}
