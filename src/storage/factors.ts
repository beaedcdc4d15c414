import { and, eq, exists, isNotNull, not, notExists, type SQL, sql } from 'drizzle-orm'
import type { FactorChange, FactorStore, ListedFactors, Unchanged } from '../domain/ports/factors.ts'
import { batch, type Db, insertWhere, previousChanged } from './database.ts'
import { recordEvent, recordOnce } from './events.ts'
import { factorChanges, idsOf } from './factor-changes.ts'
import { holds, oneFactor, spend } from './proofs.ts'
import { blocked, clear, refusedUntil, reserve } from './rate-limits.ts'
import { passkeys, recoveryCodes, sessions, totp, users } from './schema.ts'
import { userOf } from './sessions.ts'

/** Reads the factors of a user, never what proves them. */
export const readingFactors = (db: Db, userId: SQL) => ({
  totp: db
    .select({ id: totp.id, name: totp.name, createdAt: totp.createdAt, lastUsedAt: totp.lastUsedAt })
    .from(totp)
    .where(eq(totp.userId, userId))
    .orderBy(totp.id),
  passkeys: db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(passkeys.id),
  codes: db
    .select({ used: recoveryCodes.used, createdAt: recoveryCodes.createdAt })
    .from(recoveryCodes)
    .where(eq(recoveryCodes.userId, userId)),
})

/** What a change requires, as it was before the batch. */
export type Before = { verified: boolean; proven: boolean; found: boolean; apps: number }

/** Reads what a change of the session's user requires. `found`: whether there is something to change. */
export const stateBefore = (db: Db, { sid, full, now }: FactorChange, found: SQL) => {
  const me = userOf(db, sid, now)
  const flag = (condition: SQL | undefined, name: string) => sql<boolean>`${condition}`.mapWith(Boolean).as(name)
  return db
    .select({
      verified: flag(isNotNull(users.emailVerifiedAt), 'verified'),
      proven: flag(holds(db, sid, full, sql`(${me})`), 'proven'),
      found: flag(found, 'found'),
      apps: sql<number>`(select count(*) from ${totp} where user_id = ${users.id})`.as('apps'),
    })
    .from(users)
    .where(eq(users.id, me))
}

/** Returns why the change did not happen; undefined if the session has ended. */
export const whyNot = (
  { before: [before], wait }: { before: Before[]; wait: { until: Date | null }[] },
  now: Date,
): Unchanged | undefined => {
  if (!before) return
  if (!before.proven) return 'unproven'
  return refusedUntil(wait, now) ?? (before.found ? 'factor_limit' : 'gone')
}

const held = ({
  totp,
  passkeys,
  codes,
}: {
  totp: ListedFactors['totp']
  passkeys: ListedFactors['passkeys']
  codes: NonNullable<ListedFactors['recoveryCodes']>[]
}) => ({
  totp,
  passkeys,
  recoveryCodes: codes[0],
})

export const createFactorStore = (db: Db): FactorStore => ({
  async read(sid, now) {
    const me = userOf(db, sid, now)
    const { user, ...rows } = await batch(db, {
      user: db.select().from(users).where(eq(users.id, me)),
      ...readingFactors(db, sql`(${me})`),
    })
    return user[0] && { user: user[0], ...held(rows) }
  },

  async readOf(userId) {
    const { user, ...rows } = await batch(db, {
      user: db.select().from(users).where(eq(users.id, userId)),
      ...readingFactors(db, sql`${userId}`),
    })
    return user[0] && { user: user[0], ...held(rows) }
  },

  async addTotp(input) {
    const { sid, full, limits, cleared, notice, audit: entry, now, app, most, codes, next } = input
    const me = userOf(db, sid, now)
    const change = factorChanges(db, entry, now)
    const renewed = and(eq(sessions.id, sid), eq(sessions.nonce, next.nonce))
    const unused = notExists(db.select({ one: sql`1` }).from(totp).where(eq(totp.id, app.id)))
    const fewer = sql`(select count(*) from ${totp} where user_id = ${users.id}) < ${most}`
    const may = and(
      eq(users.id, me),
      isNotNull(users.emailVerifiedAt),
      holds(db, sid, full, sql`(${me})`),
      unused,
      fewer,
    )
    const theirs = sql`from ${users} where ${eq(users.id, change.owner)}`
    const results = await batch(db, {
      wait: blocked(db, limits),
      before: stateBefore(db, input, unused),
      place: reserve(db, limits, now, exists(db.select({ one: sql`1` }).from(users).where(may))),
      event: recordOnce(
        db,
        { ...entry, event: 'factor_added', userId: sql`${users.id}`, detail: { factor: 'totp', id: app.id } },
        sql`from ${users} where ${and(may, previousChanged)}`,
      ),
      app: insertWhere(db, totp, { ...app, userId: sql`${users.id}`, createdAt: now }, theirs).onConflictDoNothing(),
      codes: insertWhere(
        db,
        recoveryCodes,
        { ...codes, userId: sql`${users.id}`, createdAt: now },
        theirs,
      ).onConflictDoNothing(),
      ...change.ending(sid),
      renewed: change.renewing({ sid, ...next }),
      cleared: clear(db, cleared, change.done),
      ...change.telling({ ...notice, kind: 'factor_added' }),
      session: db.select().from(sessions).where(renewed),
      user: db.select().from(users).where(eq(users.id, change.owner)),
      kept: db.select({ setId: recoveryCodes.setId }).from(recoveryCodes).where(eq(recoveryCodes.userId, change.owner)),
    })
    const { session, user, kept, ended, mails, before } = results
    if (!session[0] || !user[0]) return before[0]?.proven && !before[0].verified ? 'unverified' : whyNot(results, now)
    return {
      signedIn: { session: session[0], user: user[0] },
      codesKept: kept[0]?.setId === codes.setId,
      ended: idsOf(ended),
      mails,
    }
  },

  async renameTotp({ sid, id, name, audit: entry, now }) {
    const me = userOf(db, sid, now)
    const mine = and(eq(totp.id, id), eq(totp.userId, me))
    const { user, app } = await batch(db, {
      user: db.select({ id: users.id }).from(users).where(eq(users.id, me)),
      renamed: db
        .update(totp)
        .set({ name })
        .where(and(mine, sql`${totp.name} is not ${name}`)),
      event: recordEvent(
        db,
        { ...entry, event: 'factor_renamed', userId: sql`${totp.userId}`, detail: { factor: 'totp', id } },
        sql`from ${totp} where ${and(mine, previousChanged)}`,
      ),
      app: readingFactors(db, sql`(${me})`).totp,
    })
    return user[0] && (app.find((one) => one.id === id) ?? 'gone')
  },

  async replaceCodes(input) {
    const { sid, full, limits, cleared, notice, audit: entry, now, codes } = input
    const me = userOf(db, sid, now)
    const change = factorChanges(db, entry, now)
    const hasFactor = not(oneFactor)
    const may = and(eq(users.id, me), holds(db, sid, full, sql`(${me})`), hasFactor)
    const results = await batch(db, {
      wait: blocked(db, limits),
      before: stateBefore(db, input, hasFactor),
      place: reserve(db, limits, now, exists(db.select({ one: sql`1` }).from(users).where(may))),
      event: recordOnce(
        db,
        { ...entry, event: 'recovery_codes_made', userId: sql`${users.id}` },
        sql`from ${users} where ${and(may, previousChanged)}`,
      ),
      codes: insertWhere(
        db,
        recoveryCodes,
        { ...codes, userId: sql`${users.id}`, createdAt: now },
        sql`from ${users} where ${eq(users.id, change.owner)}`,
      ).onConflictDoUpdate({
        target: recoveryCodes.userId,
        set: { ...codes, used: 0, createdAt: now },
      }),
      cleared: clear(db, cleared, change.done),
      ...change.telling({ ...notice, kind: 'recovery_codes_made' }),
      spent: spend(db, sid, full, change.done),
      happened: change.happened,
    })
    return results.happened[0] ? { mails: results.mails } : whyNot(results, now)
  },
})
