import { and, eq, exists, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm'
import type { VerificationStore } from '../domain/ports/verification.ts'
import { forget } from './account-deletion.ts'
import { batch, type Db, previousChanged, some } from './database.ts'
import { recordOnce } from './events.ts'
import { killLinks, openLink } from './mail-links.ts'
import { blocked, refusedUntil, reserve } from './rate-limits.ts'
import { audit, mail, sessions, users } from './schema.ts'

export const createVerificationStore = (db: Db, notBefore: Date): VerificationStore => {
  /** Returns the user of an open link who still has the address it was mailed to. */
  const ownerOf = (linkId: string, now: Date) =>
    db
      .select({ userId: mail.userId })
      .from(mail)
      .where(
        and(
          eq(mail.id, linkId),
          eq(mail.kind, 'verify_email'),
          openLink(now, notBefore),
          some(db, users, and(eq(users.id, mail.userId), eq(users.emailCanonical, mail.addressCanonical))),
        ),
      )

  return {
    async readVerificationLink({ linkId, limits, now }) {
      const owner = ownerOf(linkId, now)
      const {
        wait,
        user: [user],
      } = await batch(db, {
        wait: blocked(db, limits),
        user: db.select().from(users).where(eq(users.id, owner)),
        reserved: reserve(db, limits, now, exists(owner)),
      })
      return user && (refusedUntil(wait, now) ?? { user })
    },

    async verifyEmail({ linkId, proof, audit: entry, now }) {
      const owner = ownerOf(linkId, now)
      const proven =
        proof && ('registered' in proof ? eq(users.id, proof.registered) : eq(users.passwordHash, proof.checkedHash))
      const verified = db
        .select({ one: sql`1` })
        .from(users)
        .where(and(eq(users.id, owner), isNotNull(users.emailVerifiedAt)))
      const {
        user: [user],
      } = await batch(db, {
        verified: db
          .update(users)
          .set({ emailVerifiedAt: now, updatedAt: now })
          .where(and(eq(users.id, owner), isNull(users.emailVerifiedAt), proven)),
        emailVerified: recordOnce(
          db,
          { ...entry, event: 'email_verified', userId: sql`(${owner})` },
          sql`where ${previousChanged}`,
        ),
        linkUsed: db
          .update(mail)
          .set({ usedAt: sql`iif(${mail.id} = ${linkId}, ${now.getTime()}, ${mail.usedAt})`, nextAttemptAt: null })
          .where(
            or(
              and(eq(mail.id, linkId), isNull(mail.usedAt), exists(verified)),
              // A link that is still to be sent has no purpose any more.
              and(
                eq(mail.userId, owner),
                inArray(mail.kind, ['verify_email', 'set_password']),
                isNotNull(mail.nextAttemptAt),
                exists(verified),
              ),
            ),
          ),
        user: db.select({ verifiedAt: users.emailVerifiedAt }).from(users).where(eq(users.id, owner)),
      })
      return user && (user.verifiedAt ? 'verified' : 'unproven')
    },

    async rejectRegistration({ linkId, audit: entry, now }) {
      const unread = and(eq(users.id, ownerOf(linkId, now)), isNull(users.emailVerifiedAt))
      const unused = and(unread, eq(users.origin, 'registered'), eq(users.status, 'active'), isNull(users.lastLoginAt))
      const removed = db.select({ id: users.id }).from(users).where(unused)
      // The link is deleted by what follows, so the audit entry records whose it was and that this request used it.
      const rejected = sql`(select ${audit.userId} from ${audit} where ${audit.id} = ${entry.id})`
      const {
        ended,
        done: [done],
      } = await batch(db, {
        forget: forget(db, removed),
        registrationRejected: recordOnce(
          db,
          {
            ...entry,
            event: 'registration_rejected',
            userId: sql`${users.id}`,
            detail: sql`iif(${exists(removed)}, '{"removed":true}', '{"removed":false}')`,
          },
          sql`from ${users} where ${unread}`,
        ),
        removed: db.delete(users).where(unused),
        disowned: db
          .update(users)
          .set({ passwordHash: null, pendingEmail: null, updatedAt: now })
          .where(and(eq(users.id, rejected), isNull(users.emailVerifiedAt))),
        ended: db.delete(sessions).where(eq(sessions.userId, rejected)).returning({ id: sessions.id }),
        links: killLinks(db, rejected, now),
        done: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
      })
      return done && { ended: ended.map((session) => session.id) }
    },
  }
}
