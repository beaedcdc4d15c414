import { and, eq, exists, gt, gte, inArray, isNull, ne, sql } from 'drizzle-orm'
import { amrOfProofs } from '../domain/assurance.ts'
import type { ReauthenticationStore } from '../domain/ports/reauthentication.ts'
import { counted as countedFailure } from './audit.ts'
import { batch, type Db, some } from './database.ts'
import { recordEvent, recordOnce } from './events.ts'
import { killLinks, openLink, whoAsked } from './mail-links.ts'
import { enqueue, enqueued } from './outbox.ts'
import { passkeyHolds, usePasskey } from './passkey-proofs.ts'
import { blocked, clear, refusedUntil, reserve, take } from './rate-limits.ts'
import { endRecovery } from './recovery-mails.ts'
import { mail, sessions, throttles, users } from './schema.ts'
import { factorsProven, heldBy, heldIn, useUp } from './second-factors.ts'
import { liveSession, nextGeneration, ownerOf, userOf } from './sessions.ts'

/**
 * Moves a session to its next generation by the password or a passkey. Sessions that began before `notBefore` count as
 * ended.
 */
export const createReauthenticationStore = (db: Db, notBefore: Date): ReauthenticationStore => {
  /** Whether the log-in mail is unused and the only proof that its user can give beside factors. */
  const mailHolds = (id: string, now: Date) =>
    and(
      isNull(users.passwordHash),
      some(
        db,
        mail,
        and(
          eq(mail.id, id),
          eq(mail.kind, 'log_in'),
          eq(mail.userId, users.id),
          eq(mail.addressCanonical, users.emailCanonical),
          isNull(mail.usedAt),
          openLink(now, notBefore),
        ),
      ),
    )

  return {
    async readLimited({ sid, limits, withFactors, now }) {
      const alive = exists(userOf(db, sid, now))
      const {
        wait,
        session: [session],
        user: [user],
        apps,
        recovery,
      } = await batch(db, {
        wait: blocked(db, limits),
        session: liveSession(db, sid, now),
        user: ownerOf(db, sid),
        reserved: reserve(db, limits, now, alive),
        ...(withFactors && heldBy(db, sql`(${userOf(db, sid, now)})`)),
      })
      if (!session || user?.status !== 'active') return
      return refusedUntil(wait, now) ?? { user, session, held: heldIn(apps, recovery) }
    },

    async renew({ sid, nonce, proof, by, second, factorFound, mfaRequired, idleMs, cleared, audit: entry, now }) {
      const renewed = and(eq(sessions.id, sid), eq(sessions.nonce, nonce))
      const done = some(db, sessions, renewed)
      const owner = db.select({ id: sessions.userId }).from(sessions).where(eq(sessions.id, sid))
      const told = 'passkey' in by ? by.passkey.told : second?.told
      const {
        session: [session],
        user: [user],
        mails = [],
      } = await batch(db, {
        renewed: db
          .update(sessions)
          .set({
            ...nextGeneration({ nonce, idleMs, now }),
            proof,
            // With a mail, a code is no second factor (NIST SP 800-63B-4 §3.1.3.1).
            ...(((second && !('mail' in by)) || 'passkey' in by) && {
              mfaAt: now,
              amr: amrOfProofs(by, second?.factor),
            }),
          })
          .where(
            and(
              eq(sessions.id, sid),
              gt(sessions.expiresAt, now),
              gte(sessions.createdAt, notBefore),
              ne(sessions.nonce, nonce),
              some(
                db,
                users,
                and(
                  eq(users.id, sessions.userId),
                  eq(users.status, 'active'),
                  'passkey' in by
                    ? passkeyHolds(db, by.passkey, true)
                    : and(
                        'mail' in by ? mailHolds(by.mail.id, now) : eq(users.passwordHash, by.passwordHash),
                        factorsProven(db, second, { mfaRequired, now }),
                      ),
                ),
              ),
            ),
          ),
        cleared: clear(db, cleared, done),
        ...('passkey' in by && usePasskey(db, by.passkey, done, now)),
        ...('mail' in by && {
          mailUsed: db
            .update(mail)
            .set({ usedAt: now, nextAttemptAt: null })
            .where(and(eq(mail.id, by.mail.id), done)),
        }),
        ...(second && useUp(db, second, { userId: sql`(${owner})`, sid, when: done, now })),
        ...(factorFound && endRecovery(db, { userId: sql`(${owner})`, audit: factorFound, now }, done)),
        reauthenticated: recordEvent(
          db,
          { ...entry, event: 'reauthenticated', userId: sql`${sessions.userId}` },
          sql`from ${sessions} where ${renewed}`,
        ),
        session: db.select().from(sessions).where(renewed),
        user: ownerOf(db, sid),
        ...(told && { mails: enqueued(db, told.mailId) }),
      })
      return session && user && { session, user, mails }
    },

    async noteWrongPassword(input) {
      const { sid, counters, counted, failure, ending, noticeId, noticeLifetimeMs, now } = input
      const owner = db.select({ id: sessions.userId }).from(sessions).where(eq(sessions.id, sid))
      const usedUp = some(db, throttles, and(inArray(throttles.key, counters), gt(throttles.blockedUntil, now)))
      // By the user as well, which is indexed: by the session alone, all mails would be searched.
      const asked = whoAsked(and(eq(mail.sessionId, sid), eq(mail.userId, owner)), now)
      const told = exists(enqueued(db, noticeId))
      const { told: notice } = await batch(db, {
        ...countedFailure(db, failure),
        ...(counted.length > 0 && { place: take(db, counted, now.getTime(), exists(owner)) }),
        notice: enqueue(
          db,
          { id: noticeId, kind: 'password_guessed', lifetimeMs: noticeLifetimeMs, now },
          sql`from ${users} where ${and(eq(users.id, owner), usedUp)}`,
        ),
        ending: recordOnce(
          db,
          { ...ending, event: 'session_ended', userId: sql`(${owner})`, detail: { because: 'password_guessed' } },
          sql`where ${told} and ${exists(owner)}`,
        ),
        change: db
          .update(users)
          .set({ pendingEmail: null })
          .where(and(eq(users.id, asked), told)),
        links: killLinks(db, sql`(select ${asked} where ${told})`, now, { kinds: ['confirm_email'] }),
        session: db.delete(sessions).where(and(eq(sessions.id, sid), told)),
        told: enqueued(db, noticeId),
      })
      return notice[0] && { mail: notice[0] }
    },
  }
}
