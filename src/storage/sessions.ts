import { and, eq, gt, gte, inArray, type SQL, sql } from 'drizzle-orm'
import type { SessionStore } from '../domain/ports/sessions.ts'
import { unrememberedIdleMs } from '../domain/sessions.ts'
import { batch, type Db, roundTrip } from './database.ts'
import { recordEvent } from './events.ts'
import { audit, sessions, users } from './schema.ts'
import { type Params, prepared, runOne } from './statements.ts'

/**
 * Returns the time at which a session that is used now will end if it is not used again. Sessions that are not
 * remembered need no comparison with `idleMs`: the shortest REFRESH_TOKEN_EXPIRE_DAYS, a day, is longer than their
 * limit.
 */
export const idleEnd = (now: SQL | number, idleMs: SQL | number) =>
  sql`min(${now} + iif(${sessions.remembered}, ${idleMs}, ${unrememberedIdleMs}), ${sessions.endsAt})`

/** The columns of a session's next generation, which begins with an authentication. */
export const nextGeneration = ({ nonce, idleMs, now }: { nonce: string; idleMs: number; now: Date }) => ({
  generation: sql`${sessions.generation} + 1`,
  parent: sessions.generation,
  nonce,
  rotatedAt: now,
  authTime: now,
  expiresAt: idleEnd(now.getTime(), idleMs),
})

/**
 * Returns the user of a live session as a subquery: the database itself authenticates a write whose `where` compares an
 * id with it.
 */
export const userOf = (db: Db, sid: string, now: Date) =>
  db
    .select({ id: users.id })
    .from(users)
    .innerJoin(sessions, eq(sessions.userId, users.id))
    .where(and(eq(sessions.id, sid), gt(sessions.expiresAt, now), eq(users.status, 'active')))

/** `notBefore`: sessions that began earlier count as ended. */
export const liveSession = (db: Db, sid: string, now: Date, notBefore = new Date(0)) =>
  db
    .select()
    .from(sessions)
    .where(and(eq(sessions.id, sid), gt(sessions.expiresAt, now), gte(sessions.createdAt, notBefore)))

/**
 * Returns the user of a session, to be read beside `liveSession` in a batch: in a join, columns of the same name would
 * overwrite each other.
 */
export const ownerOf = (db: Db, sid: string) =>
  db
    .select()
    .from(users)
    .where(eq(users.id, db.select({ id: sessions.userId }).from(sessions).where(eq(sessions.id, sid))))

/**
 * Every signed-in read runs this query, and most run nothing else. It uses a subquery and not a join: D1 prepares the
 * text for each request, and preparing a join takes longer than running it.
 */
const liveUser = prepared((db, { sid, now }: Params<{ sid: string; now: Date }>) => {
  const live = and(eq(sessions.id, sid), gt(sessions.expiresAt, now))
  const owner = db.select({ id: sessions.userId }).from(sessions).where(live)
  return db
    .select()
    .from(users)
    .where(and(eq(users.id, owner), eq(users.status, 'active')))
})

/** `nearest`: the database for reads that a replica may answer. */
export const createSessionStore = (db: Db, nearest: Db): SessionStore => {
  return {
    async read(sid, now) {
      const [user] = await roundTrip(() => runOne(liveUser(nearest, { sid, now })))
      return user
    },

    async end(sids, entries) {
      const target = inArray(sessions.id, sids)
      const [first] = entries
      const ids = sids.map((sid, index) => sql`when ${sid} then ${entries[index]?.id}`)
      const { gone, written } = await batch(db, {
        loggedOut: recordEvent(
          db,
          {
            ...first!,
            id: sql`case ${sessions.id} ${sql.join(ids, sql` `)} end`,
            event: 'logged_out',
            userId: sql`${sessions.userId}`,
            own: entries.map((entry) => entry.id),
          },
          sql`from ${sessions} where ${target}`,
        ),
        gone: db.delete(sessions).where(target).returning({ id: sessions.id }),
        written: db
          .select({ id: audit.id })
          .from(audit)
          .where(
            inArray(
              audit.id,
              entries.map((entry) => entry.id),
            ),
          ),
      })
      const ended = new Set([...written, ...gone].map(({ id }) => id))
      return sids.filter((sid, index) => ended.has(sid) || ended.has(entries[index]!.id))
    },
  }
}
