import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import type { ArchiveVault, AuditArchiveStore } from '../domain/ports/audit-archive.ts'
import { timed } from '../meter.ts'
import { batch, type Db, insertWhere, previousChanged, roundTrip, withTimeout } from './database.ts'
import { audit, auditDays, auditKeys } from './schema.ts'

/** Milliseconds after which a call to R2 is abandoned. */
const timeoutMs = 10_000

/** As many keys as R2 lists and removes in one call. */
const limit = 1000

export const createAuditArchiveStore = (db: Db): AuditArchiveStore => ({
  async oldest({ before, limit, people }) {
    const page = db.select().from(audit).where(lt(audit.id, before)).orderBy(audit.id).limit(limit)
    const { entries, keys, nobodys } = await batch(db, {
      made: db
        .insert(auditKeys)
        .select(
          sql`select value ->> 'pseudonym', value ->> 'userId', value ->> 'secret' from json_each(${JSON.stringify(people)})
            where value ->> 'userId' is null or exists (select 1 from users where id = value ->> 'userId')`,
        )
        .onConflictDoNothing(),
      entries: page,
      keys: db
        .select()
        .from(auditKeys)
        .where(sql`${auditKeys.userId} in (select user_id from ${page} union select actor_id from ${page})`),
      nobodys: db.select().from(auditKeys).where(isNull(auditKeys.userId)),
    })
    return { entries, keys: [...keys, ...nobodys] }
  },

  async portions(day) {
    const { found } = await batch(db, {
      found: db.select({ portions: auditDays.portions }).from(auditDays).where(eq(auditDays.day, day)),
    })
    return found[0]?.portions ?? []
  },

  async move({ day, known, portions, manifest, ids }) {
    const sum = (of: 'entries' | 'bytes') => portions.reduce((all, portion) => all + portion[of], 0)
    const set = { entries: sum('entries'), bytes: sum('bytes'), portions, manifest }
    const moved = sql`${audit.id} in (select value from json_each(${JSON.stringify(ids)}))`
    const all = sql`(select count(*) from ${audit} where ${moved}) = ${ids.length}`
    await batch(db, {
      day: insertWhere(db, auditDays, { day, ...set }, sql`where ${all}`).onConflictDoUpdate({
        target: auditDays.day,
        set,
        setWhere: sql`json_array_length(${auditDays.portions}) = ${known}`,
      }),
      entries: db.delete(audit).where(and(moved, previousChanged)),
    })
  },

  async days({ before, limit }) {
    const { day, entries, bytes, manifest } = auditDays
    const { days } = await batch(db, {
      days: db
        .select({ day, entries, bytes, manifest })
        .from(auditDays)
        .where(before === undefined ? undefined : lt(day, before))
        .orderBy(desc(day))
        .limit(limit),
    })
    return days
  },

  async oldestDay() {
    const { oldest } = await batch(db, {
      oldest: db.select({ day: auditDays.day }).from(auditDays).orderBy(auditDays.day).limit(1),
    })
    return oldest[0]?.day
  },

  async forgetDay(day) {
    await roundTrip(() => db.delete(auditDays).where(eq(auditDays.day, day)))
  },
})

export const createArchiveVault = (bucket: R2Bucket): ArchiveVault => {
  const attempt = <T>(work: () => Promise<T>) => withTimeout(timeoutMs, timed('r2', work), 'late')
  return {
    write: async (name, bytes) => void (await attempt(() => bucket.put(name, bytes))),

    read: (name) =>
      attempt(async () => {
        const object = await bucket.get(name)
        return object ? new Uint8Array(await object.arrayBuffer()) : undefined
      }),

    async remove(prefix) {
      const { objects, truncated } = await attempt(() => bucket.list({ prefix, limit }))
      if (objects.length > 0) await attempt(() => bucket.delete(objects.map(({ key }) => key)))
      return !truncated
    },
  }
}
