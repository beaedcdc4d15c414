import { and, eq, not, type SQL, sql } from 'drizzle-orm'
import type { UsedPasskey } from '../domain/model.ts'
import type { SpentChallenge } from '../domain/passkey-challenges.ts'
import { type Db, some } from './database.ts'
import { recordEvent, seldom } from './events.ts'
import { enqueue } from './outbox.ts'
import { passkeys, throttles, users } from './schema.ts'

/** Whether no other request used the challenge. */
export const isUnused = (db: Db, { key }: SpentChallenge) => not(some(db, throttles, eq(throttles.key, key)))

/** Uses up the challenge if `when` is true. The cron forgets it when it is too old to be answered anyway. */
export const spendChallenge = (db: Db, { key, until }: SpentChallenge, when: SQL) =>
  db.insert(throttles).select(sql`select ${key}, 1, 0, ${until.getTime()}, 0, 0 where ${when}`).onConflictDoNothing()

/**
 * Whether the user of the statement still has the passkey, with the key that was verified, and its challenge is unused.
 * @param alone whether the passkey came without a password: then its authenticator must have verified the user
 */
export const passkeyHolds = (db: Db, { id, publicKey, challenge }: UsedPasskey, alone = false) =>
  and(
    some(
      db,
      passkeys,
      and(
        eq(passkeys.id, id),
        eq(passkeys.userId, users.id),
        eq(passkeys.publicKey, publicKey),
        alone ? eq(passkeys.uv, true) : undefined,
      ),
    ),
    isUnused(db, challenge),
  )

/** Returns the statements that record that a passkey may have been copied, and tell its owner. */
const tellOfCopy = (db: Db, { id, signCount, told }: UsedPasskey, when: SQL, now: Date) => {
  if (!told) return
  const { audit, mailId, lifetimeMs, detail } = told
  const kind = 'factor_copied'
  const from = sql`from ${passkeys} join ${users} on ${users.id} = ${passkeys.userId} where ${and(eq(passkeys.id, id), when)}`
  const counts = sql`json_object('id', ${passkeys.id}, 'highest', ${passkeys.signCount}, 'count', ${signCount})`
  return {
    codeRecorded: recordEvent(
      db,
      { ...audit, event: 'passkey_count_regressed', userId: sql`${users.id}`, detail: counts },
      from,
    ),
    codeMailed: enqueue(
      db,
      { id: mailId, kind, lifetimeMs, now, detail },
      sql`${from} and ${seldom(kind, users.id, mailId, now)}`,
    ),
  }
}

/**
 * Returns the statements that record the use of a passkey if `when` is true, after the write that relied on it. If its
 * authenticator verified the user, it is enough without the password from now on (WebAuthn Level 3 §7.2,
 * `uvInitialized`).
 */
export const usePasskey = (db: Db, used: UsedPasskey, when: SQL, now: Date) => ({
  codeUsed: db
    .update(passkeys)
    .set({
      signCount: sql`max(${passkeys.signCount}, ${used.signCount})`,
      backedUp: used.backedUp,
      lastUsedAt: now,
      ...(used.verified && { uv: true }),
    })
    .where(and(eq(passkeys.id, used.id), when)),
  codeSpent: spendChallenge(db, used.challenge, when),
  ...tellOfCopy(db, used, when, now),
})
