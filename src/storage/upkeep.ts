import { and, eq, gt, gte, inArray, isNotNull, isNull, lt, notExists, type SQL, sql } from 'drizzle-orm'
import type { UpkeepStore } from '../domain/ports/upkeep.ts'
import { forget } from './account-deletion.ts'
import { batch, type Db, roundTrip, some } from './database.ts'
import { audit, daily, devices, mail, sessions, sweeps, throttles, trustedDevices, users } from './schema.ts'
import { mendSearch } from './search-upkeep.ts'
import { countPortion, inPortion, moveOn, type Swept } from './sweeps.ts'

const swept = {
  sessions: { table: sessions, key: sessions.id },
  throttles: { table: throttles, key: throttles.key },
  mail: { table: mail, key: mail.id },
  devices: { table: devices, key: devices.userId },
  users: { table: users, key: users.id },
} satisfies Record<string, Swept>

/** Milliseconds between two notes of the cron. */
const notedEveryMs = 3_600_000

export const createUpkeepStore = (db: Db): UpkeepStore => ({
  async ready() {
    try {
      await roundTrip(() => db.run(sql`select 1`))
      return true
    } catch {
      return false
    }
  },

  async removeExpired({ now, unverifiedBefore, auditBefore, devicesBefore, portion, counters, entries }) {
    const over = (swept: Swept, condition: SQL | undefined) => and(inPortion(db, swept), condition)
    const expired = db
      .select({ id: mail.id })
      .from(mail)
      .where(over(swept.mail, lt(mail.expiresAt, now)))
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
              inPortion(db, swept.users),
              eq(users.origin, 'registered'),
              isNull(users.emailVerifiedAt),
              lt(users.id, unverifiedBefore.id),
              lt(users.updatedAt, unverifiedBefore.time),
              isNull(users.lastLoginAt),
              notExists(promised),
            )
          : sql`false`,
      )
    const removed = {
      sessions: db.delete(sessions).where(over(swept.sessions, lt(sessions.expiresAt, now))),
      throttles: db
        .delete(throttles)
        .where(over(swept.throttles, and(lt(throttles.endsAt, now), lt(throttles.shortEndsAt, now)))),
      // A pending address that nobody confirmed in time is dropped.
      pendingEmails: db
        .update(users)
        .set({ pendingEmail: null })
        .where(and(inArray(users.id, lapsed), isNotNull(users.pendingEmail), notExists(waiting))),
      mails: db.delete(mail).where(inArray(mail.id, expired)),
      forgotten: forget(db, unverified),
      unverified: db.delete(users).where(inArray(users.id, unverified)),
      devices: db.delete(devices).where(over(swept.devices, lt(devices.lastSeenAt, devicesBefore))),
      trustedDevices: db
        .delete(trustedDevices)
        .where(and(inPortion(db, { table: users, key: trustedDevices.userId }), lt(trustedDevices.expiresAt, now))),
      audit: db
        .delete(audit)
        .where(
          inArray(audit.id, db.select({ id: audit.id }).from(audit).where(lt(audit.id, auditBefore)).limit(entries)),
        ),
    }
    const each = Object.entries(swept)
    const results = await batch(db, {
      ...Object.fromEntries(
        each.map(([name, table]) => [`${name}Portion`, moveOn(db, table, name === 'throttles' ? counters : portion)]),
      ),
      ...removed,
      ...Object.fromEntries(each.map(([name, table]) => [`${name}Left`, countPortion(db, table)])),
      liveSessions: db
        .insert(daily)
        .select(sql`select 'now', 'sessions', ${sweeps.size} from ${sweeps} where ${sweeps.name} = 'sessions'`)
        .onConflictDoUpdate({
          target: [daily.metric, daily.day],
          set: { count: sql`excluded.count` },
          setWhere: sql`${daily.count} <> excluded.count`,
        }),
    })
    return Object.keys(removed).reduce((sum, name) => sum + results[name as keyof typeof removed].meta.changes, 0)
  },

  async noteRun({ now, faults }) {
    await batch(db, {
      noted: db
        .insert(daily)
        .values([
          { day: 'now', metric: 'cron', count: now.getTime() },
          { day: 'now', metric: 'cron_faults', count: faults },
        ])
        .onConflictDoUpdate({
          target: [daily.metric, daily.day],
          set: { count: sql`excluded.count` },
          setWhere: sql`abs(excluded.count - ${daily.count}) >= iif(${daily.metric} = 'cron', ${notedEveryMs}, 1)`,
        }),
    })
  },

  mendSearch: (limit) => mendSearch(db, limit),

  async avatarsInUse(keys, now) {
    // `npm run backup -- --restore` leaves the mark. Its key has a space, which no key of a counter has.
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
