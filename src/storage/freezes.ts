import { and, eq, isNotNull, isNull, lte, sql } from 'drizzle-orm'
import type { FreezeStore } from '../domain/ports/freezes.ts'
import { batch, type Db, previousChanged } from './database.ts'
import { disputes } from './disputes.ts'
import { recordOnce } from './events.ts'
import { isWayBack, killLinks } from './mail-links.ts'
import { enqueue, enqueued } from './outbox.ts'
import { audit, mail, sessions, users } from './schema.ts'

/** Freezes: the time in which the new address can answer a dispute by the old one. */
export const createFreezeStore = (db: Db, notBefore: Date): FreezeStore => {
  const { done, usable, disputed, readBy, proves, usingUp, frozenBy } = disputes(db, notBefore)
  const before = (now: Date) => ({
    passwordHash: disputed(sql`${mail.userId}`, now, 'password'),
    changedAt: disputed(sql`${mail.userId}`, now, 'created_at'),
  })

  return {
    readFrozen: (input) => readBy(frozenBy(input.linkId, input.now), before(input.now), input),

    async freeze({ linkId, until, keepsUntil, notice, letter, audit: entry, now }) {
      const owner = db.select({ id: mail.userId }).from(mail).where(usable(linkId, now))
      // Each link freezes once. During a freeze, only a dispute of an older change adds three more days.
      const disputes = db
        .select({ id: mail.userId })
        .from(mail)
        .where(
          and(
            usable(linkId, now),
            isNull(mail.usedAt),
            sql`${mail.createdAt} < coalesce(${disputed(sql`${mail.userId}`, now, 'created_at')}, ${mail.createdAt} + 1)`,
          ),
        )
      const of = (column: 'address' | 'address_canonical') =>
        sql`(select ${sql.raw(column)} from ${mail} where id = ${linkId})`
      const frozen = done(entry)
      const mine = and(eq(users.id, owner), frozen)
      const {
        ended,
        user,
        notice: told,
        letter: opened,
      } = await batch(db, {
        account: db
          .update(users)
          .set({ status: 'disabled', frozenUntil: until, pendingEmail: null, updatedAt: now })
          .where(eq(users.id, disputes)),
        event: recordOnce(
          db,
          { ...entry, event: 'account_frozen', userId: sql`(${owner})` },
          sql`where ${previousChanged}`,
        ),
        ended: db
          .delete(sessions)
          .where(and(eq(sessions.userId, owner), frozen))
          .returning({ id: sessions.id }),
        links: killLinks(db, sql`(select (${owner}) where ${frozen})`, now),
        tell: enqueue(
          db,
          {
            id: notice.id,
            kind: 'account_frozen',
            lifetimeMs: notice.lifetimeMs,
            now,
            to: { address: of('address'), addressCanonical: of('address_canonical') },
          },
          sql`from ${users} where ${mine}`,
        ),
        open: enqueue(
          db,
          { id: letter.id, kind: 'end_freeze', lifetimeMs: letter.lifetimeMs, now },
          sql`from ${users} where ${mine}`,
        ),
        user: db.select({ until: users.frozenUntil }).from(users).where(eq(users.id, owner)),
        // The link stays valid as long as the freeze lasts; its change is undone at the end.
        kept: db
          .update(mail)
          .set({
            usedAt: sql`coalesce(${mail.usedAt}, ${now.getTime()})`,
            expiresAt: sql`max(${mail.expiresAt}, ${keepsUntil.getTime()})`,
          })
          .where(and(usable(linkId, now), frozen)),
        notice: enqueued(db, notice.id),
        letter: enqueued(db, letter.id),
      })
      if (!user[0]?.until) return
      return {
        until: user[0].until,
        ended: ended.map(({ id }) => id),
        mails: [told[0], opened[0]].filter((mail) => mail !== undefined),
      }
    },

    async endFreeze({ linkId, by, audit: entry, now }) {
      const owner = sql`(select user_id from ${mail} where id = ${linkId})`
      const ended = done(entry)
      const { happened } = await batch(db, {
        event: recordOnce(
          db,
          { ...entry, event: 'account_unfrozen', userId: sql`${mail.userId}` },
          sql`from ${mail} where ${and(frozenBy(linkId, now), proves(by, before(now), now))}`,
        ),
        account: db
          .update(users)
          .set({ status: sql`iif(${users.erasesAt} is null, 'active', 'disabled')`, frozenUntil: null, updatedAt: now })
          .where(and(eq(users.id, owner), ended)),
        changes: db
          .update(mail)
          .set({ expiresAt: now, passwordHash: null, nextAttemptAt: null })
          .where(and(eq(mail.userId, owner), isWayBack, isNotNull(mail.usedAt), ended)),
        links: killLinks(db, sql`(select ${owner} where ${ended})`, now, { kinds: ['end_freeze'] }),
        ...usingUp(by, owner, ended, now),
        happened: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
      })
      return happened.length > 0
    },

    async due(now, limit) {
      const { rows } = await batch(db, {
        rows: db
          .select({ userId: users.id, linkId: sql<string | null>`${disputed(sql`${users.id}`, now)}`.as('link') })
          .from(users)
          .where(and(isNotNull(users.frozenUntil), lte(users.frozenUntil, now)))
          .limit(limit),
      })
      return rows.map(({ userId, linkId }) => ({ userId, linkId: linkId ?? undefined }))
    },

    async thaw({ userId, audit: entry, now }) {
      await batch(db, {
        account: db
          .update(users)
          .set({ status: sql`iif(${users.erasesAt} is null, 'active', 'disabled')`, frozenUntil: null, updatedAt: now })
          .where(and(eq(users.id, userId), lte(users.frozenUntil, now))),
        event: recordOnce(db, { ...entry, event: 'account_unfrozen', userId }, sql`where ${previousChanged}`),
        links: killLinks(db, sql`(select ${userId} where ${done(entry)})`, now, { kinds: ['end_freeze'] }),
      })
    },
  }
}
