import { and, eq, not, type SQL, sql } from 'drizzle-orm'
import type { PasskeyStore } from '../domain/ports/passkeys.ts'
import { batch, type Db, insertWhere, some } from './database.ts'
import { addition } from './factor-additions.ts'
import { removal, renaming } from './own-factors.ts'
import { isUnused, spendChallenge } from './passkey-proofs.ts'
import { blocked, refusedUntil, reserve } from './rate-limits.ts'
import { passkeys, throttles, users } from './schema.ts'
import { userOf } from './sessions.ts'

export const createPasskeyStore = (db: Db): PasskeyStore => {
  const of = (userId: SQL | string) =>
    db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(passkeys.id)
  const userWhere = (where: SQL | undefined) => db.select().from(users).where(where)
  const active = (id: SQL | string) => and(eq(users.id, id), eq(users.status, 'active'))

  return {
    async read(sid, now) {
      const me = userOf(db, sid, now)
      const { user, passkeys } = await batch(db, { user: userWhere(eq(users.id, me)), passkeys: of(sql`(${me})`) })
      return user[0] && { user: user[0], passkeys }
    },

    async readOf(userId) {
      const { user, passkeys } = await batch(db, { user: userWhere(active(userId)), passkeys: of(userId) })
      return user[0] && { user: user[0], passkeys }
    },

    async find({ credentialId, limits, challenge, now }) {
      const owner = sql`(select user_id from ${passkeys} where ${eq(passkeys.credentialId, credentialId)})`
      const { wait, user, theirs, used } = await batch(db, {
        wait: blocked(db, limits),
        place: reserve(db, limits, now),
        user: userWhere(active(owner)),
        theirs: of(owner),
        used: db.select({ key: throttles.key }).from(throttles).where(eq(throttles.key, challenge.key)),
      })
      return (
        refusedUntil(wait, now) ?? {
          passkey: theirs.find((passkey) => passkey.credentialId === credentialId),
          owner: user[0] && { user: user[0], passkeys: theirs },
          used: used.length > 0,
        }
      )
    },

    async add(input) {
      const { passkey, challenge, now } = input
      const unknown = not(some(db, passkeys, eq(passkeys.credentialId, passkey.credentialId)))
      const { owner, done, statements, added } = addition(db, input, {
        ...{ kind: 'passkey', table: passkeys, id: passkey.id },
        unused: and(unknown, isUnused(db, challenge))!,
        insert: (rest) =>
          insertWhere(
            db,
            passkeys,
            { ...passkey, userId: sql`${users.id}`, createdAt: now },
            rest,
          ).onConflictDoNothing(),
      })
      const results = await batch(db, {
        ...statements,
        challenge: spendChallenge(db, challenge, done),
        theirs: of(owner),
      })
      return added(results, { passkeys: results.theirs })
    },

    async rename(input) {
      const { me, statements } = renaming(db, { kind: 'passkey', table: passkeys }, input)
      const mine = and(eq(passkeys.id, input.id), eq(passkeys.userId, me))
      const { user, passkey } = await batch(db, { ...statements, passkey: db.select().from(passkeys).where(mine) })
      return user[0] && (passkey[0] ?? 'gone')
    },

    async remove(input) {
      const { owner, statements, removed } = removal(db, input, { kind: 'passkey', table: passkeys })
      const results = await batch(db, { ...statements, left: of(owner) })
      return removed(results, { passkeys: results.left })
    },
  }
}
