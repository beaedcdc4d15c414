import { eq, not, notExists, type SQL, sql } from 'drizzle-orm'
import type { FactorStore, ListedFactors } from '../domain/ports/factors.ts'
import { batch, type Db, insertWhere } from './database.ts'
import { addition } from './factor-additions.ts'
import { ownFactorChange, renaming } from './own-factors.ts'
import { oneFactor } from './proofs.ts'
import { passkeys, recoveryCodes, totp, users } from './schema.ts'
import { userOf } from './sessions.ts'

/** Reads the factors of a user, but no seeds of apps and no hashes of recovery codes. */
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
    const { app, now } = input
    const { statements, added } = addition(db, input, {
      ...{ kind: 'totp', table: totp, id: app.id },
      unused: notExists(db.select({ one: sql`1` }).from(totp).where(eq(totp.id, app.id))),
      insert: (rest) =>
        insertWhere(db, totp, { ...app, userId: sql`${users.id}`, createdAt: now }, rest).onConflictDoNothing(),
    })
    return added(await batch(db, statements), {})
  },

  async renameTotp(input) {
    const { me, statements } = renaming(db, { kind: 'totp', table: totp }, input)
    const { user, apps } = await batch(db, { ...statements, apps: readingFactors(db, sql`(${me})`).totp })
    return user[0] && (apps.find(({ id }) => id === input.id) ?? 'gone')
  },

  async replaceCodes(input) {
    const { codes, now } = input
    const change = ownFactorChange(db, input, { event: 'recovery_codes_made', found: not(oneFactor) })
    const results = await batch(db, {
      ...change.begins,
      codes: insertWhere(
        db,
        recoveryCodes,
        { ...codes, userId: sql`${users.id}`, createdAt: now },
        sql`from ${users} where ${eq(users.id, change.owner)}`,
      ).onConflictDoUpdate({
        target: recoveryCodes.userId,
        set: { ...codes, used: 0, createdAt: now },
      }),
      ...change.ends,
    })
    return results.happened[0] ? { mails: results.mails } : change.whyNot(results, 'gone')
  },
})
