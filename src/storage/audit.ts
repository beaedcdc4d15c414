import { and, desc, eq, exists, gt, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { AuditEvent } from '../domain/audit.ts'
import type { AuditRow } from '../domain/model.ts'
import type { AuditStore } from '../domain/ports/audit.ts'
import { batch, type Db, insertWhere, previousChanged, roundTrip } from './database.ts'
import { recordEvent, recordOnce } from './events.ts'
import { reserve } from './rate-limits.ts'
import { audit, auditDays, commonEvents, rareEvent, throttles, users } from './schema.ts'

/**
 * There are fewer entries of one user than of one event. If a user is named, `+` keeps SQLite from using the event's
 * index.
 */
const only = (named: string | undefined) => (named === undefined ? sql`` : sql`+`)

/**
 * The most entries that are searched for one page of a common event, because the index by event leaves these events
 * out.
 */
const searched = 300

const isCommon = (event: AuditEvent) => commonEvents.some((common) => common === event)

/**
 * The shared entry is looked for among this many of the newest entries: those of the actor or, if the entry has no
 * actor, of the user or of nobody. The window has more of them only while thousands of networks are guessing.
 */
const lookedThrough = 2000

/**
 * Adds one to the entry of the window, and moves the entry to the time of the event just counted, so that a reader who
 * continues from the newest known entry sees it again. The part of an id after its time identifies the entry.
 */
export const counted = (db: Db, { since, ...entry }: Entry, detail?: SQL) => {
  const { actorId } = entry
  const set = {
    ...(detail && { detail }),
    count: sql`${audit.count} + 1`,
    at: sql`max(${audit.at}, ${entry.at.getTime()})`,
    ip: entry.ip,
    userAgent: entry.userAgent,
  }
  const recent = db
    .select({ id: audit.id })
    .from(audit)
    .where(and(actorId ? eq(audit.actorId, actorId) : sql`${audit.userId} is ${entry.userId}`, gte(audit.id, since)))
    .orderBy(desc(audit.id))
    .limit(lookedThrough)
  return {
    countedAgain: db
      .update(audit)
      .set({ id: sql`max(${audit.id}, ${entry.id})`, ...set })
      .where(sql`${audit.id} = (select id from ${recent} where substr(id, 15) = substr(${entry.id}, 15) limit 1)`),
    counted: insertWhere(db, audit, entry, sql`where not ${previousChanged}`).onConflictDoUpdate({
      target: audit.id,
      set,
    }),
  }
}

type Entry = Parameters<AuditStore['count']>[0] & { actorId?: string; detail?: AuditRow['detail'] }

export const createAuditStore = (db: Db): AuditStore => ({
  async count(entry) {
    await batch(db, counted(db, entry))
  },

  async countFailure(entry, all, alarm) {
    const filled = db
      .select({ one: sql`1` })
      .from(throttles)
      .where(and(eq(throttles.key, all.key), gt(throttles.blockedUntil, entry.at)))
    await batch(db, {
      ...counted(db, entry),
      reserved: reserve(db, [all], entry.at),
      alarm: recordOnce(db, alarm, sql`where ${and(previousChanged, exists(filled))}`),
    })
  },

  async add(entry) {
    await roundTrip(() => recordEvent(db, entry, sql`where true`))
  },

  async addListed(entry) {
    const { detail } = entry
    const shown = sql`json_set(${audit.detail}, '$.shown', ${audit.detail} ->> 'shown' + ${detail.shown}, '$.last', coalesce(${detail.last}, ${audit.detail} ->> 'last'))`
    await batch(db, counted(db, entry, shown))
  },

  namesOf: (ids) =>
    roundTrip(() =>
      db
        .select({ id: users.id, email: users.email, name: users.name })
        .from(users)
        // One parameter, because D1 binds at most a hundred.
        .where(sql`${users.id} in (select value from json_each(${JSON.stringify(ids)}))`),
    ),

  async list({ userId, actorId, event, from, before, limit }) {
    const someone = userId ?? actorId
    const range = and(
      userId === undefined ? undefined : eq(audit.userId, userId),
      actorId === undefined ? undefined : sql`${only(userId)}${audit.actorId} = ${actorId}`,
      from === undefined ? undefined : gte(audit.id, from),
      before === undefined ? undefined : lt(audit.id, before),
    )
    const archived = db.select({ day: auditDays.day }).from(auditDays).orderBy(desc(auditDays.day)).limit(1)
    const entries = db.select().from(audit).orderBy(desc(audit.id)).limit(limit)
    if (event === undefined || someone !== undefined || !isCommon(event)) {
      const ofEvent = event && sql`${only(someone)}${audit.event} = ${event} and ${someone ? sql`true` : rareEvent}`
      const { rows, newest } = await batch(db, { rows: entries.where(and(range, ofEvent)), newest: archived })
      return { rows, searchedTo: undefined, archivedDay: newest[0]?.day }
    }
    const last = db
      .select({ id: audit.id })
      .from(audit)
      .where(range)
      .orderBy(desc(audit.id))
      .limit(1)
      .offset(searched - 1)
    const { rows, end, newest } = await batch(db, {
      rows: entries.where(and(range, sql`${audit.event} = ${event} and ${audit.id} >= coalesce(${last}, '')`)),
      end: last,
      newest: archived,
    })
    return { rows, searchedTo: end[0]?.id, archivedDay: newest[0]?.day }
  },
})
