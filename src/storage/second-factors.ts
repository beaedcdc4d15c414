import { and, eq, gt, gte, lt, not, notExists, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { MfaRequired, RecoveryCodes, Totp } from '../domain/model.ts'
import type { HeldFactors, Second, SecondFactorStore } from '../domain/ports/second-factors.ts'
import { counted } from './audit.ts'
import { batch, type Db, some } from './database.ts'
import { recordEvent } from './events.ts'
import { enqueue, enqueued } from './outbox.ts'
import { passkeyHolds, usePasskey } from './passkey-proofs.ts'
import { needsFactor, oneFactor } from './proofs.ts'
import { blocked, open, refusedUntil, reserve } from './rate-limits.ts'
import { mail, recoveryCodes, throttles, totp, users } from './schema.ts'

/**
 * Whether `second` belongs to the user of the statement and is still unused. Without it: whether that user has no
 * second factor and needs none, so that the password is enough.
 */
export const factorsProven = (
  db: Db,
  second: Second | undefined,
  { mfaRequired, now }: { mfaRequired: MfaRequired; now: Date },
): SQL | undefined => {
  if (!second) return and(oneFactor, not(needsFactor(mfaRequired)))
  const { factor, limits } = second
  if ('totp' in factor) {
    const { id, step } = factor.totp
    const unused = and(eq(totp.id, id), eq(totp.userId, users.id), lt(totp.lastStep, step))
    return and(some(db, totp, unused), open(limits, now.getTime()))
  }
  if ('passkey' in factor) return passkeyHolds(db, factor.passkey)
  // No limit: a recovery code cannot be guessed, and has to work while somebody else uses up the limit of codes.
  const { setId, index } = factor.recovery
  return some(
    db,
    recoveryCodes,
    and(
      eq(recoveryCodes.userId, users.id),
      eq(recoveryCodes.setId, setId),
      sql`${recoveryCodes.used} & ${1 << index} = 0`,
    ),
  )
}

/**
 * Returns the statements that use up the factor if `when` is true, after the write that relied on it. The use of a
 * recovery code is recorded. If it started a session, its owner is mailed a link that ends the session.
 */
export const useUp = (
  db: Db,
  { factor, told }: Second,
  { userId, sid, when, now }: { userId: string | SQL; sid?: string; when: SQL; now: Date },
): Record<`code${string}`, BatchItem<'sqlite'>> => {
  if ('totp' in factor) {
    const { id, step } = factor.totp
    const newest = { lastStep: sql`max(${totp.lastStep}, ${step})`, lastUsedAt: now }
    return {
      codeUsed: db
        .update(totp)
        .set(newest)
        .where(and(eq(totp.id, id), when)),
    }
  }
  if ('passkey' in factor) return usePasskey(db, factor.passkey, when, now)
  const { setId, index } = factor.recovery
  const { audit, mailId, lifetimeMs, detail } = told!
  return {
    codeUsed: db
      .update(recoveryCodes)
      .set({ used: sql`${recoveryCodes.used} | ${1 << index}` })
      .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.setId, setId), when)),
    codeRecorded: recordEvent(db, { ...audit, event: 'recovery_code_used', userId }, sql`where ${when}`),
    ...(sid !== undefined && {
      codeMailed: enqueue(
        db,
        { id: mailId, kind: 'recovery_code_used', lifetimeMs, now, sessionId: sid, detail },
        sql`from ${users} where ${and(eq(users.id, userId), when)}`,
      ),
    }),
  }
}

/** Returns the statements that read the apps and recovery codes of the users in `of`, for a batch. */
export const heldBy = (db: Db, of: SQL) => ({
  apps: db.select().from(totp).where(sql`${totp.userId} in ${of}`),
  recovery: db.select().from(recoveryCodes).where(sql`${recoveryCodes.userId} in ${of}`),
})

/** Returns what the statements of `heldBy` read; nothing if the batch did not contain them. */
export const heldIn = (apps: Totp[] = [], [recovery]: RecoveryCodes[] = []): HeldFactors => ({ apps, recovery })

export const createSecondFactorStore = (db: Db): SecondFactorStore => ({
  async read(userId) {
    const {
      user: [user],
      apps,
      recovery,
    } = await batch(db, {
      user: db
        .select()
        .from(users)
        .where(and(eq(users.id, userId), eq(users.status, 'active'))),
      ...heldBy(db, sql`(${userId})`),
    })
    return user && { user, ...heldIn(apps, recovery) }
  },

  async reserve(limits, now) {
    const { wait } = await batch(db, { wait: blocked(db, limits), reserved: reserve(db, limits, now) })
    return refusedUntil(wait, now)
  },

  async noteWrong({ userId, counter, failure, noticeId, noticeLifetimeMs, quietMs, now }) {
    const third = some(
      db,
      throttles,
      and(eq(throttles.key, counter), gte(throttles.shortCount, 3), gt(throttles.shortEndsAt, now)),
    )
    const told = db
      .select({ one: sql`1` })
      .from(mail)
      .where(
        and(
          eq(mail.userId, userId),
          eq(mail.kind, 'second_factor_failed'),
          gt(mail.createdAt, new Date(now.getTime() - quietMs)),
        ),
      )
    const {
      notice: [notice],
    } = await batch(db, {
      ...counted(db, failure),
      told: enqueue(
        db,
        { id: noticeId, kind: 'second_factor_failed', lifetimeMs: noticeLifetimeMs, now },
        sql`from ${users} where ${and(eq(users.id, userId), third, notExists(told))}`,
      ),
      notice: enqueued(db, noticeId),
    })
    return notice
  },
})
