import { and, eq, getTableColumns, not, or, sql } from 'drizzle-orm'
import type { RefreshStore } from '../domain/ports/refresh.ts'
import { countEvent } from '../meter.ts'
import { batch, type Db, some } from './database.ts'
import { anHourAgo, recordEvent, seldom } from './events.ts'
import { enqueue, enqueued } from './outbox.ts'
import { copied, isFull, live, lost, type Presented, repeated } from './presented.ts'
import { sessions, users } from './schema.ts'
import { idleEnd } from './sessions.ts'
import { prepared } from './statements.ts'

/**
 * Rotates the token. Changes nothing if an earlier try of this request has already rotated it, so that a repetition
 * counts once.
 */
const turn = prepared((db, presented: Presented) => {
  const { generation, now, nonce, idleMs, windowMs, ip, city, country, userAgent, verifiedOnly } = presented
  const owner = and(
    eq(users.id, sessions.userId),
    eq(users.status, 'active'),
    sql`(not ${verifiedOnly} or ${users.emailVerifiedAt} is not null)`,
  )
  return db
    .update(sessions)
    .set({
      generation: sql`${sessions.generation} + 1`,
      parent: generation,
      nonce,
      rotatedAt: now,
      expiresAt: idleEnd(now, idleMs),
      ip,
      city,
      country,
      userAgent,
      turns: sql`iif(${sessions.turnsEndAt} > ${now}, ${sessions.turns}, 0) + 1`,
      turnsEndAt: sql`iif(${sessions.turnsEndAt} > ${now}, ${sessions.turnsEndAt}, ${now} + ${windowMs})`,
    })
    .where(
      and(
        live(presented),
        or(eq(sessions.generation, generation), lost(presented)),
        some(db, users, owner),
        not(isFull(presented)),
      ),
    )
})

const reused = (presented: Presented) => and(live(presented), copied(presented))

const noteReuse = prepared((db, presented: Presented) => {
  const { auditId: id, anHourAgo: since, now: at, ip, userAgent } = presented
  return recordEvent(
    db,
    { id, since, at, event: 'refresh_reuse', userId: sql`${sessions.userId}`, ip, userAgent },
    sql`from ${sessions} where ${reused(presented)}`,
  )
})

const tellOwner = prepared((db, presented: Presented) => {
  const { mailId: id, noticeLifetimeMs: lifetimeMs, now } = presented
  return enqueue(
    db,
    { id, kind: 'refresh_reuse', lifetimeMs, now },
    sql`from ${sessions} join ${users} on ${users.id} = ${sessions.userId} where ${reused(presented)} and ${seldom('refresh_reuse', users.id, id, now)}`,
  )
})

const endReused = prepared((db, presented: Presented) =>
  db.delete(sessions).where(reused(presented)).returning({ id: sessions.id }),
)

/**
 * Reads the current session, its user, whether the session's current generation is the one that the presented token was
 * exchanged for, whether this is reuse, and until when the session cannot be refreshed. In a batch no two columns may
 * have the same name.
 */
const outcome = prepared((db, presented: Presented) =>
  db
    .select({
      session: {
        id: sql<string>`${sessions.id}`.as('sid'),
        generation: sessions.generation,
        authTime: sessions.authTime,
        amr: sessions.amr,
        mfaAt: sessions.mfaAt,
        remembered: sessions.remembered,
        expiresAt: sessions.expiresAt,
      },
      user: getTableColumns(users),
      isCopy: sql<boolean>`${copied(presented)}`.mapWith(Boolean).as('is_copy'),
      isSuccessor: sql<boolean>`${repeated(presented)}`.mapWith(Boolean).as('is_successor'),
      closedUntil: sql<Date | null>`iif(${isFull(presented)}, ${sessions.turnsEndAt}, null)`
        .mapWith(sessions.turnsEndAt)
        .as('closed_until'),
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(live(presented)),
)

const letter = prepared((db, { mailId }: Presented) => enqueued(db, mailId))

/**
 * Ends the session of a reused token, if it still exists, and mails its owner (RFC 9700 §4.14.2). This is a
 * separate round trip, because its four statements would take a quarter of the time of every refresh, and almost no
 * refresh needs them.
 */
const endFamily = async (db: Db, presented: Parameters<typeof endReused>[1]) => {
  const {
    ended,
    mail: [mail],
  } = await batch(db, {
    event: noteReuse(db, presented),
    tellOwner: tellOwner(db, presented),
    ended: endReused(db, presented),
    mail: letter(db, presented),
  })
  // The mail is also returned if the write was repeated and found nothing left to end.
  const reused = ended.length > 0 || mail !== undefined
  if (reused) countEvent('refresh_reuse')
  return { reused, mail }
}

/**
 * Moves a session to its next generation by its refresh token (rotation). Sessions that began before `notBefore` count
 * as ended.
 */
export const createRefreshStore = (db: Db, notBefore: Date): RefreshStore => ({
  async rotate({ visitor, limit, audit: entry, ...given }) {
    const { generation, verifiedOnly } = given
    const presented = {
      ...given,
      notBefore,
      ip: visitor.ip,
      city: visitor.city,
      country: visitor.country,
      userAgent: visitor.userAgent,
      most: limit.limit,
      windowMs: limit.window,
      auditId: entry.id,
      anHourAgo: anHourAgo(given.now),
    }
    const {
      found: [found],
    } = await batch(db, {
      turn: turn(db, presented),
      found: outcome(db, presented),
    })
    if (found?.isCopy) return { signedIn: undefined, ...(await endFamily(db, presented)) }
    const allowed = found?.user.status === 'active' && (found.user.emailVerifiedAt !== null || !verifiedOnly)
    // A generation ahead of the row means that the database was restored. Any other token that did not rotate met an
    // exhausted limit.
    const may = allowed && found.session.generation >= generation
    if (may && !found.isSuccessor && found.closedUntil) return { refusedUntil: found.closedUntil }
    return {
      signedIn: may && found.isSuccessor ? { session: found.session, user: found.user } : undefined,
      reused: false,
      mail: undefined,
    }
  },
})
