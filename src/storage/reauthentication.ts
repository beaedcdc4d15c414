import { and, eq, exists, gt, gte, ne, sql } from 'drizzle-orm'
import type { Sessions } from '../domain/ports.ts'
import { attempt, type Db } from './database.ts'
import { recordEvent } from './events.ts'
import { sessions, users } from './schema.ts'
import { ownerOf } from './sessions.ts'
import { clear } from './throttles.ts'

/** A session's next generation by the password. Of sessions that began before `notBefore` there is none. */
export const d1Reauthentication = (db: Db, notBefore: Date): Pick<Sessions, 'renew'> => {
  return {
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
          recordEvent(
            db,
            { ...entry, event: 'reauthenticated', userId: sql`${sessions.userId}` },
            sql`from ${sessions} where ${renewed}`,
          ),
          db.select().from(sessions).where(renewed),
          ownerOf(db, sid),
        ]),
      )
      return session && user && { session, user }
    },
  }
}
