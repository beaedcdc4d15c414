import { and, eq, exists, gt, gte, isNotNull, lte, ne, or, sql } from 'drizzle-orm'
import type { Sessions } from '../domain/ports.ts'
import { countEvent } from '../meter.ts'
import { attempt, type Db, insertWhere, previousChanged } from './database.ts'
import { post, posted } from './mail.ts'
import { audit, sessions, users } from './schema.ts'
import { liveSession, ownerOf } from './sessions.ts'
import { blocked, clear, refusedUntil, reserve } from './throttles.ts'

/** A session's next generation: by its refresh token, or by the password. Of sessions that began before `notBefore` there is none. */
export const d1Refresh = (db: Db, notBefore: Date): Pick<Sessions, 'rotate' | 'renew'> => {
  return {
    async rotate(turn) {
      const {
        sid,
        generation,
        nonce,
        idle,
        grace,
        verifiedOnly,
        visitor,
        limits,
        audit: entry,
        mailId,
        noticeLifetime,
        now,
      } = turn
      const at = now.getTime()
      const live = and(eq(sessions.id, sid), gt(sessions.expiresAt, now), gte(sessions.createdAt, notBefore))
      const active = and(
        eq(users.id, sessions.userId),
        eq(users.status, 'active'),
        verifiedOnly ? isNotNull(users.emailVerifiedAt) : undefined,
      )
      const reused = and(
        live,
        ne(sessions.nonce, nonce),
        or(
          gt(sessions.generation, generation + 1),
          and(eq(sessions.generation, generation + 1), lte(sessions.rotatedAt, new Date(at - grace))),
        ),
      )
      const turns = and(
        live,
        eq(sessions.generation, generation),
        exists(db.select({ one: sql`1` }).from(users).where(active)),
      )
      const [wait, , , , , ended, [session], [user], [letter]] = await attempt(() =>
        db.batch([
          blocked(db, limits),
          // Nothing turns where a try before this one has turned it already: a repetition counts once.
          reserve(db, limits, now, exists(db.select({ one: sql`1` }).from(sessions).where(turns))),
          db
            .update(sessions)
            .set({
              generation: generation + 1,
              nonce,
              rotatedAt: now,
              expiresAt: sql`min(${at + idle}, ${sessions.endsAt})`,
              ip: visitor.ip,
              city: visitor.city,
              country: visitor.country,
              userAgent: visitor.userAgent,
            })
            .where(and(turns, previousChanged)),
          insertWhere(
            db,
            audit,
            { ...entry, event: 'refresh_reuse', userId: sql`${sessions.userId}` },
            sql`from ${sessions} where ${reused}`,
          ).onConflictDoNothing(),
          post(
            db,
            { id: mailId, kind: 'refresh_reuse', lifetime: sql`${noticeLifetime}`, now },
            sql`from ${sessions} join ${users} on ${users.id} = ${sessions.userId} where ${reused}`,
          ),
          db.delete(sessions).where(reused).returning({ id: sessions.id }),
          liveSession(db, sid, now, notBefore),
          ownerOf(db, sid),
          posted(db, mailId),
        ]),
      )
      // Its own generation or the one it turned to a moment ago; a generation ahead of the row names a database restored.
      const current = session?.generation === generation + 1
      const allowed = user?.status === 'active' && (user.emailVerifiedAt !== null || !verifiedOnly)
      const refused = session?.generation === generation && allowed ? refusedUntil(wait, now) : undefined
      if (refused) return refused
      // The mail also where the write was repeated and found nothing left to end.
      const reuse = ended.length > 0 || letter !== undefined
      if (reuse) countEvent('refresh_reuse')
      return {
        signedIn: session && user && current && allowed ? { session, user } : undefined,
        reused: reuse,
        mail: letter,
      }
    },

    async renew({ sid, nonce, checkedPassword, idle, cleared, audit: entry, now }) {
      const renewed = and(eq(sessions.id, sid), eq(sessions.nonce, nonce))
      const done = exists(db.select({ one: sql`1` }).from(sessions).where(renewed))
      const [, , , [session], [user]] = await attempt(() =>
        db.batch([
          db
            .update(sessions)
            .set({
              generation: sql`${sessions.generation} + 1`,
              nonce,
              rotatedAt: now,
              authTime: now,
              expiresAt: sql`min(${now.getTime() + idle}, ${sessions.endsAt})`,
            })
            .where(
              and(
                eq(sessions.id, sid),
                gt(sessions.expiresAt, now),
                gte(sessions.createdAt, notBefore),
                ne(sessions.nonce, nonce),
                exists(
                  db
                    .select({ one: sql`1` })
                    .from(users)
                    .where(
                      and(
                        eq(users.id, sessions.userId),
                        eq(users.status, 'active'),
                        eq(users.password, checkedPassword),
                      ),
                    ),
                ),
              ),
            ),
          clear(db, cleared, done),
          insertWhere(
            db,
            audit,
            { ...entry, event: 'reauthenticated', userId: sql`${sessions.userId}` },
            sql`from ${sessions} where ${renewed}`,
          ).onConflictDoNothing(),
          db.select().from(sessions).where(renewed),
          ownerOf(db, sid),
        ]),
      )
      return session && user && { session, user }
    },
  }
}
