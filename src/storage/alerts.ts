import { and, eq, gte, inArray, isNotNull, lt, lte, or, sql } from 'drizzle-orm'
import type { Alert, AlertStore } from '../domain/ports/alerts.ts'
import { batch, type Db, some } from './database.ts'
import { audit, mail, rareEvent, throttles } from './schema.ts'

/** How many failing mails make an alert: a single one may be addressed to a mailbox that does not exist. */
const several = 3

/**
 * Returns the key of an alert's row. The space keeps it apart from the keys of counters. The clean-up removes the row
 * when its time is over.
 */
const keyOf = (alert: Alert) => `alert ${alert}`

export const createAlertStore = (db: Db): AlertStore => ({
  async holding({ late, spraySince, quotaSince }) {
    const waiting = isNotNull(mail.nextAttemptAt)
    // 0 is included because an exhausted quota of the mail service does not count as an attempt.
    const failing = and(isNotNull(mail.lastError), inArray(mail.attempts, [0, 2, 3, 4]))
    const failed = db.select({ one: sql`1` }).from(mail).where(and(waiting, failing)).limit(several)
    const since = (event: 'spray_suspected' | 'mail_quota_near', id: string) =>
      some(db, audit, and(eq(audit.event, event), rareEvent, gte(audit.id, id)))
    const { state } = await batch(db, {
      state: db
        .select({
          outbox: sql<number>`${or(
            some(db, mail, and(waiting, lt(mail.nextAttemptAt, late))),
            sql`(select count(*) from ${failed}) = ${several}`,
          )}`.as('outbox'),
          // Without aliases, D1 would return one value for two columns with the same SQL text.
          spraying: sql<number>`${since('spray_suspected', spraySince)}`.as('spraying'),
          mail_quota: sql<number>`${since('mail_quota_near', quotaSince)}`.as('mail_quota'),
        })
        .from(sql`(select 1)`),
    })
    return Object.entries(state[0] ?? {}).flatMap(([alert, holds]) => (holds ? (alert as Alert) : []))
  },

  async claim(alert, now, until) {
    const { claimed } = await batch(db, {
      claimed: db
        .insert(throttles)
        .values({ key: keyOf(alert), count: 1, blockedUntil: new Date(0), endsAt: until })
        .onConflictDoUpdate({ target: throttles.key, set: { endsAt: until }, setWhere: lte(throttles.endsAt, now) })
        .returning({ key: throttles.key }),
    })
    return claimed.length > 0
  },

  async extend(alert, until) {
    await batch(db, {
      extended: db
        .update(throttles)
        .set({ endsAt: until })
        .where(eq(throttles.key, keyOf(alert))),
    })
  },
})
