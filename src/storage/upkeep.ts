import { and, asc, eq, gt, gte, inArray, isNotNull, isNull, lt, notExists, sql } from 'drizzle-orm'
import type { UpkeepStore } from '../domain/ports/upkeep.ts'
import { forget } from './account-deletion.ts'
import { batch, type Db, roundTrip, some } from './database.ts'
import { audit, daily, devices, mail, sessions, throttles, users } from './schema.ts'
import { mendSearch } from './search-upkeep.ts'

export const createUpkeepStore = (db: Db): UpkeepStore => ({
  async ready() {
    try {
      await roundTrip(() => db.run(sql`select 1`))
      return true
    } catch {
      return false
    }
  },

  async removeExpired({ now, unverifiedBefore, auditBefore, devicesBefore, limit, counters }) {
    const expired = db
      .select({ id: mail.id })
      .from(mail)
      .where(lt(mail.expiresAt, now))
      .orderBy(asc(mail.expiresAt), asc(mail.id))
      .limit(limit)
    const changes = eq(mail.kind, 'confirm_email')
    const lapsed = db
      .select({ id: mail.userId })
      .from(mail)
      .where(and(changes, inArray(mail.id, expired)))
    const waiting = db
      .select({ one: sql`1` })
      .from(mail)
      .where(and(eq(mail.userId, users.id), changes, gte(mail.expiresAt, now)))
    // A link mailed shortly before the account's last day still works.
    const promised = db
      .select({ one: sql`1` })
      .from(mail)
      .where(and(eq(mail.userId, users.id), gte(mail.expiresAt, now)))
    const unverified = db
      .select({ id: users.id })
      .from(users)
      .where(
        unverifiedBefore
          ? and(
              eq(users.origin, 'registered'),
              isNull(users.emailVerifiedAt),
              gte(users.id, unverifiedBefore.since),
              lt(users.id, unverifiedBefore.id),
              lt(users.updatedAt, unverifiedBefore.time),
              isNull(users.lastLoginAt),
              notExists(promised),
            )
          : sql`false`,
      )
      .orderBy(asc(users.id))
      .limit(limit)
    const results = await batch(db, {
      sessions: db
        .delete(sessions)
        .where(
          inArray(
            sessions.id,
            db.select({ id: sessions.id }).from(sessions).where(lt(sessions.expiresAt, now)).limit(limit),
          ),
        ),
      throttles: db
        .delete(throttles)
        .where(
          inArray(
            throttles.key,
            db.select({ key: throttles.key }).from(throttles).where(lt(throttles.endsAt, now)).limit(counters),
          ),
        ),
      // A pending address that nobody confirmed in time is dropped.
      pendingEmails: db
        .update(users)
        .set({ pendingEmail: null })
        .where(and(inArray(users.id, lapsed), isNotNull(users.pendingEmail), notExists(waiting))),
      mails: db.delete(mail).where(inArray(mail.id, expired)),
      forgotten: forget(db, unverified),
      unverified: db.delete(users).where(inArray(users.id, unverified)),
      devices: db
        .delete(devices)
        .where(
          inArray(
            sql`rowid`,
            db.select({ id: sql`rowid` }).from(devices).where(lt(devices.lastSeenAt, devicesBefore)).limit(limit),
          ),
        ),
      audit: db
        .delete(audit)
        .where(
          inArray(audit.id, db.select({ id: audit.id }).from(audit).where(lt(audit.id, auditBefore)).limit(limit)),
        ),
    })
    return Object.values(results).reduce((removed, { meta }) => removed + meta.changes, 0)
  },

  mendSearch: (limit) => mendSearch(db, limit),

  async avatarsInUse(keys, now) {
    // `npm run backup -- --restore` leaves the mark; its key has a space, which no counter's has.
    const mark = and(gte(throttles.key, 'restored '), lt(throttles.key, 'restored!'), gt(throttles.endsAt, now))
    const { found, state } = await batch(db, {
      found: db.select({ avatar: users.avatar }).from(users).where(inArray(users.avatar, keys)),
      state: db
        .select({
          doubtful: sql<number>`${some(db, throttles, mark)} or not ${some(db, daily, eq(daily.metric, 'registrations'))}`,
        })
        .from(sql`(select 1)`),
    })
    return { used: found.flatMap(({ avatar }) => avatar ?? []), doubtful: !!state[0]?.doubtful }
  },
})
