import { and, eq, exists, isNotNull, ne, or, type SQL, sql } from 'drizzle-orm'
import type { PasskeyStore } from '../domain/ports/passkeys.ts'
import { batch, type Db, insertWhere, previousChanged, some } from './database.ts'
import { recordEvent, recordOnce } from './events.ts'
import { factorChanges, idsOf } from './factor-changes.ts'
import { stateBefore, whyNot } from './factors.ts'
import { isUnused, spendChallenge } from './passkey-proofs.ts'
import { holds, spend } from './proofs.ts'
import { blocked, clear, refusedUntil, reserve } from './rate-limits.ts'
import { passkeys, recoveryCodes, sessions, throttles, users } from './schema.ts'
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
      const { sid, full, limits, cleared, notice, audit: entry, now, passkey, most, codes, challenge, next } = input
      const me = userOf(db, sid, now)
      const change = factorChanges(db, entry, now)
      const renewed = and(eq(sessions.id, sid), eq(sessions.nonce, next.nonce))
      const unknown = sql`not ${some(db, passkeys, eq(passkeys.credentialId, passkey.credentialId))}`
      const unused = and(unknown, isUnused(db, challenge))!
      const fewer = sql`(select count(*) from ${passkeys} where user_id = ${users.id}) < ${most}`
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
          { ...entry, event: 'factor_added', userId: sql`${users.id}`, detail: { factor: 'passkey', id: passkey.id } },
          sql`from ${users} where ${and(may, previousChanged)}`,
        ),
        passkey: insertWhere(
          db,
          passkeys,
          { ...passkey, userId: sql`${users.id}`, createdAt: now },
          theirs,
        ).onConflictDoNothing(),
        codes: insertWhere(
          db,
          recoveryCodes,
          { ...codes, userId: sql`${users.id}`, createdAt: now },
          theirs,
        ).onConflictDoNothing(),
        challenge: spendChallenge(db, challenge, change.done),
        ...change.ending(sid),
        renewed: change.renewing({ sid, ...next }),
        cleared: clear(db, cleared, change.done),
        ...change.telling({ ...notice, kind: 'factor_added' }),
        session: db.select().from(sessions).where(renewed),
        user: userWhere(eq(users.id, change.owner)),
        theirs: of(change.owner),
        kept: db
          .select({ setId: recoveryCodes.setId })
          .from(recoveryCodes)
          .where(eq(recoveryCodes.userId, change.owner)),
      })
      const { session, user, kept, ended, mails, before } = results
      if (!session[0] || !user[0]) return before[0]?.proven && !before[0].verified ? 'unverified' : whyNot(results, now)
      return {
        signedIn: { session: session[0], user: user[0] },
        passkeys: results.theirs,
        codesKept: kept[0]?.setId === codes.setId,
        ended: idsOf(ended),
        mails,
      }
    },

    async rename({ sid, id, name, audit: entry, now }) {
      const me = userOf(db, sid, now)
      const mine = and(eq(passkeys.id, id), eq(passkeys.userId, me))
      const { user, renamed } = await batch(db, {
        user: db.select({ id: users.id }).from(users).where(eq(users.id, me)),
        name: db
          .update(passkeys)
          .set({ name })
          .where(and(mine, ne(passkeys.name, name))),
        event: recordEvent(
          db,
          { ...entry, event: 'factor_renamed', userId: sql`${passkeys.userId}`, detail: { factor: 'passkey', id } },
          sql`from ${passkeys} where ${and(mine, previousChanged)}`,
        ),
        renamed: db.select().from(passkeys).where(mine),
      })
      return user[0] && (renamed[0] ?? 'gone')
    },

    async remove(input) {
      const { sid, full, limits, cleared, notice, audit: entry, now, id } = input
      const me = userOf(db, sid, now)
      const change = factorChanges(db, entry, now)
      const mine = some(db, passkeys, and(eq(passkeys.id, id), eq(passkeys.userId, users.id)))
      const other = some(db, passkeys, and(ne(passkeys.id, id), eq(passkeys.userId, users.id), eq(passkeys.uv, true)))
      const may = and(
        eq(users.id, me),
        holds(db, sid, full, sql`(${me})`),
        mine,
        // Nobody locks themselves out.
        or(isNotNull(users.passwordHash), other),
      )
      const results = await batch(db, {
        wait: blocked(db, limits),
        before: stateBefore(db, input, mine),
        place: reserve(db, limits, now, exists(db.select({ one: sql`1` }).from(users).where(may))),
        event: recordOnce(
          db,
          { ...entry, event: 'factor_removed', userId: sql`${users.id}`, detail: { factor: 'passkey', id } },
          sql`from ${users} where ${and(may, previousChanged)}`,
        ),
        passkey: db.delete(passkeys).where(and(eq(passkeys.id, id), eq(passkeys.userId, change.owner))),
        codes: change.codesWithout,
        ...change.ending(sid),
        cleared: clear(db, cleared, change.done),
        ...change.telling({ ...notice, kind: 'factor_removed' }),
        spent: spend(db, sid, full, change.done),
        user: db.select({ id: users.id }).from(users).where(eq(users.id, change.owner)),
        left: of(change.owner),
      })
      const { user, left, ended, mails } = results
      if (user[0]) return { userId: user[0].id, passkeys: left, ended: idsOf(ended), mails }
      const why = whyNot(results, now)
      return why === 'factor_limit' ? 'last_factor' : why
    },
  }
}
