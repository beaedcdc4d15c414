import { and, eq, exists, gt, or, type SQL, sql } from 'drizzle-orm'
import { type FullProof, type MfaRequired, secondFactors } from '../domain/model.ts'
import type { Asserted } from '../domain/ports/email-changes.ts'
import { type Db, some } from './database.ts'
import { mail, sessions, users } from './schema.ts'

/**
 * Whether the proof in the request is still valid. For a password: the user has the hash that it matched, and no second
 * factor. For a one-use proof: the session has not used it. Undefined if the request contained none.
 */
export const holds = (db: Db, sid: string, full: FullProof | undefined, userId: SQL): SQL | undefined => {
  if (full === undefined) return
  const row = db.select({ one: sql`1` })
  return 'passwordHash' in full
    ? exists(row.from(users).where(and(eq(users.id, userId), eq(users.passwordHash, full.passwordHash), oneFactor)))
    : proofHolds(db, sid, full.proof)
}

/** Whether the account has no second factor. */
export const oneFactor = sql`${users.factors} & ${secondFactors} = 0`

/** Whether the user of the statement must have a second factor. */
export const needsFactor = (policy: MfaRequired): SQL =>
  policy === 'all'
    ? sql`true`
    : sql`(${users.mfaRequired}${policy === 'admins' ? sql` or ${users.role} = 'admin'` : sql``})`

/**
 * Whether the session still has this one-use proof. Triggers void it when a factor is added, because it does not prove
 * that factor.
 */
const proofHolds = (db: Db, sid: string, proof: string) =>
  some(db, sessions, and(eq(sessions.id, sid), eq(sessions.proof, proof)))

/** Whether the user of the statement has no second factor, or the session has this one-use proof. */
export const passwordSuffices = (db: Db, sid: string, proof: string | undefined) =>
  or(oneFactor, proof === undefined ? undefined : proofHolds(db, sid, proof))

/** Uses up a one-use proof if `when` is true: at the end of the batch that acted on it. */
export const spend = (db: Db, sid: string, full: FullProof | undefined, when: SQL) =>
  db
    .update(sessions)
    .set({ proof: null })
    .where(and(eq(sessions.id, sid), full && 'proof' in full ? eq(sessions.proof, full.proof) : sql`false`, when))

/**
 * Whether the user of a mail to a new address is the one who follows its link: the request has a session of that user,
 * or it gave the password of that user, whose hash is still the same.
 */
export const asserted = (db: Db, by: Asserted, now: Date) =>
  'sid' in by
    ? some(db, sessions, and(eq(sessions.id, by.sid), eq(sessions.userId, mail.userId), gt(sessions.expiresAt, now)))
    : some(db, users, and(eq(users.id, mail.userId), eq(users.passwordHash, by.passwordHash)))
