import { and, asc, desc, eq, gt, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { MailDirectoryStore } from '../domain/ports/mail-directory.ts'
import { adminGuards, refusal } from './administration.ts'
import { batch, type Db, previousChanged } from './database.ts'
import { recordOnce } from './events.ts'
import { holds } from './outbox.ts'
import { mail } from './schema.ts'

/** The most mails of one user that are sorted for a page. */
const sorted = 300

/** How far the mails of all users are counted. */
const countedMails = 100

/** In the words of the index `mail_failed`, which a query has to repeat. */
const failed = sql`last_error is not null and sent_at is null`
const waiting = sql`next_attempt_at is not null`

const leaseMs = 60_000

const total = (which: SQL) =>
  sql<number>`(select count(*) from (select 1 from ${mail} where ${which} limit ${countedMails}))`

/** Reads how many mails failed and were not sent since. */
export const failedMails = (db: Db) => db.select({ failed: total(failed).as('failed') }).from(sql`(select 1)`)

export const createMailDirectoryStore = (db: Db): MailDirectoryStore => ({
  async list({ state, userId, limit, after }) {
    const columns = {
      ...{ id: mail.id, userId: mail.userId, kind: mail.kind, address: mail.address, createdAt: mail.createdAt },
      ...{ sentAt: mail.sentAt, attempts: mail.attempts, nextAttemptAt: mail.nextAttemptAt, lastError: mail.lastError },
    }
    const newest = [desc(mail.createdAt), desc(mail.id)]
    const older = after && sql`(${mail.createdAt}, ${mail.id}) < (${after.at}, ${after.id})`
    const later = after && sql`(${mail.nextAttemptAt}, ${mail.id}) > (${after.at}, ${after.id})`
    const own = db
      .select({ id: mail.id })
      .from(mail)
      .where(eq(mail.userId, userId ?? ''))
      .limit(sorted)
    const ofAll = db.select(columns).from(mail)
    const {
      mails,
      counts: [counts],
    } = await batch(db, {
      mails:
        userId !== undefined
          ? ofAll
              .where(and(sql`${mail.id} in ${own}`, older))
              .orderBy(...newest)
              .limit(limit)
          : state === 'failed'
            ? ofAll
                .where(and(failed, older))
                .orderBy(...newest)
                .limit(limit)
            : ofAll.where(and(waiting, later)).orderBy(asc(mail.nextAttemptAt), asc(mail.id)).limit(limit),
      counts: db
        .select({ failed: total(failed).as('failed'), waiting: total(waiting).as('waiting') })
        .from(sql`(select 1)`),
    })
    return { mails, failed: counts?.failed ?? 0, waiting: counts?.waiting ?? 0 }
  },

  async retry(request) {
    const { id, audit: entry, now } = request
    const { actor, done, state } = adminGuards(db, request)
    const {
      found: [found],
      mail: [leased],
    } = await batch(db, {
      leased: db
        .update(mail)
        .set({ attempts: 1, nextAttemptAt: new Date(now.getTime() + leaseMs), lastError: null })
        .where(
          and(
            eq(mail.id, id),
            isNull(mail.sentAt),
            isNull(mail.nextAttemptAt),
            isNotNull(mail.lastError),
            isNull(mail.usedAt),
            gt(mail.expiresAt, now),
            holds(db),
            sql`${actor} is not null`,
          ),
        ),
      event: recordOnce(
        db,
        {
          ...entry,
          event: 'mail_retried',
          userId: sql`(select ${mail.userId} from ${mail} where ${eq(mail.id, id)})`,
          actorId: actor,
          detail: sql`(select json_object('kind', ${mail.kind}) from ${mail} where ${eq(mail.id, id)})`,
        },
        sql`where ${previousChanged}`,
      ),
      found: state(''),
      mail: db
        .select()
        .from(mail)
        .where(and(eq(mail.id, id), done)),
    })
    return leased ? { mail: leased } : refusal(found)
  },
})
