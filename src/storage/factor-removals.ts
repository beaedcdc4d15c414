import { and, eq, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { AuditEntry } from '../domain/model.ts'
import type { FactorRemovalStore } from '../domain/ports/factor-removals.ts'
import { adminGuards, refusal } from './administration.ts'
import { batch, type Db } from './database.ts'
import { recordOnce } from './events.ts'
import { factorChanges, idsOf } from './factor-changes.ts'
import { openLink } from './mail-links.ts'
import { canSpare, hasFactor, removal } from './own-factors.ts'
import { audit, mail, passkeys, totp, users } from './schema.ts'

type Notice = { id: string; lifetimeMs: number }

/** Removals of second factors: by their owner, by the link in the mail that told of their addition, and by an admin. */
export const createFactorRemovalStore = (db: Db, notBefore: Date): FactorRemovalStore => {
  const held = (factor: string | SQL) => or(hasFactor(db, totp, factor), hasFactor(db, passkeys, factor))
  const kindOf = (factor: string | SQL) => sql`iif(${hasFactor(db, passkeys, factor)}, 'passkey', 'totp')`

  /** Returns the statements that remove a factor of the user whom the audit entry is about, and end every session. */
  const removing = (
    change: ReturnType<typeof factorChanges>,
    { factor, notice, entry }: { factor: string | SQL; notice: Notice; entry: AuditEntry },
  ) => ({
    app: db.delete(totp).where(and(eq(totp.id, factor), eq(totp.userId, change.owner))),
    passkey: db.delete(passkeys).where(and(eq(passkeys.id, factor), eq(passkeys.userId, change.owner))),
    codes: change.codesWithout,
    ...change.ending(),
    ...change.telling({
      ...notice,
      kind: 'factor_removed',
      // The factor is gone by now, but the entry still says what it was.
      detail: sql`(select json_object('by', detail ->> '$.by', 'is', detail ->> '$.factor') from ${audit} where id = ${entry.id})`,
    }),
    happened: change.happened,
  })

  return {
    async remove(input) {
      const { statements, removed } = removal(db, input, { kind: 'totp', table: totp })
      return removed(await batch(db, statements), {})
    },

    async removeByLink({ linkId, notice, audit: entry, now }) {
      const change = factorChanges(db, entry, now)
      const factor = sql`(select json_extract(detail, '$.factor') from ${mail} where id = ${linkId})`
      const usable = and(
        eq(mail.id, linkId),
        eq(mail.kind, 'factor_added'),
        isNull(mail.usedAt),
        openLink(now, notBefore),
      )
      const to = (column: 'user_id' | 'address_canonical') =>
        sql`(select ${sql.raw(column)} from ${mail} where ${usable})`
      const { ended, mails, happened } = await batch(db, {
        event: recordOnce(
          db,
          {
            ...entry,
            event: 'factor_removed',
            userId: sql`${users.id}`,
            detail: sql`json_object('factor', ${kindOf(factor)}, 'id', ${factor}, 'by', 'link')`,
          },
          sql`from ${users} where ${and(
            eq(users.id, to('user_id')),
            eq(users.emailCanonical, to('address_canonical')),
            eq(users.status, 'active'),
            held(factor),
          )}`,
        ),
        used: db
          .update(mail)
          .set({ usedAt: now, nextAttemptAt: null })
          .where(and(eq(mail.id, linkId), change.done)),
        ...removing(change, { factor, notice, entry }),
      })
      return happened[0] && { ended: idsOf(ended), mails }
    },

    async removeOne(request) {
      const { id, factor, notice, audit: entry, now } = request
      const { actor, target, state } = adminGuards(db, request)
      const change = factorChanges(db, entry, now)
      const theirs = and(target(id), held(factor))
      const name = sql`coalesce((select name from ${totp} where id = ${factor}), (select name from ${passkeys} where id = ${factor}))`
      const { has, found, ...results } = await batch(db, {
        has: db.select({ id: users.id }).from(users).where(theirs),
        event: recordOnce(
          db,
          {
            ...entry,
            event: 'factor_removed',
            userId: sql`${users.id}`,
            actorId: actor,
            detail: sql`json_object('factor', ${kindOf(factor)}, 'id', ${factor}, 'name', ${name}, 'by', 'admin')`,
          },
          sql`from ${users} where ${and(theirs, canSpare(db, { ...request, id: factor }))}`,
        ),
        ...removing(change, { factor, notice, entry }),
        found: state(id),
      })
      if (results.happened[0]) return { ended: idsOf(results.ended), mails: results.mails }
      const why = refusal(found[0])
      // `refusal` says `last_admin` if it knows no reason. Here the factor is the reason.
      if (why !== 'last_admin') return why
      return has[0] ? 'last_factor' : 'not_found'
    },

    async reset(request) {
      const { id, notice, audit: entry, now } = request
      const { actor, target, state } = adminGuards(db, request)
      const change = factorChanges(db, entry, now)
      const may = target(id)
      const { ended, mails, happened, user, found } = await batch(db, {
        event: recordOnce(
          db,
          { ...entry, event: 'factors_reset', userId: sql`${users.id}`, actorId: actor },
          sql`from ${users} where ${and(may, sql`${users.factors} <> 0`)}`,
        ),
        ...change.removingAll,
        ...change.ending(),
        ...change.telling({ ...notice, kind: 'factors_reset' }),
        happened: change.happened,
        user: db.select({ id: users.id }).from(users).where(may),
        found: state(id),
      })
      if (!happened[0] && !user[0]) return refusal(found[0])
      return { ended: idsOf(ended), mails }
    },
  }
}
