import { and, eq, gt, inArray, isNotNull, isNull, lte, not, sql } from 'drizzle-orm'
import type { FactorRecoveryStore } from '../domain/ports/factor-recovery.ts'
import { batch, type Db, previousChanged, some } from './database.ts'
import { recordOnce } from './events.ts'
import { factorChanges, idsOf } from './factor-changes.ts'
import { killLinks, openLink } from './mail-links.ts'
import { enqueue, enqueued } from './outbox.ts'
import { oneFactor } from './proofs.ts'
import { blocked, refusedUntil, reserve } from './rate-limits.ts'
import { recoveryMails } from './recovery-mails.ts'
import { audit, mail, users } from './schema.ts'

export const createFactorRecoveryStore = (db: Db, notBefore: Date): FactorRecoveryStore => ({
  async request({ userId, passwordHash, limits, notices, ready, detail, audit: entry, now }) {
    const open = and(eq(mail.userId, userId), eq(mail.kind, 'factor_recovery_ready'), gt(mail.expiresAt, now))
    const able = and(
      eq(users.id, userId),
      eq(users.passwordHash, passwordHash),
      eq(users.status, 'active'),
      isNotNull(users.emailVerifiedAt),
      not(oneFactor),
    )
    const may = and(able, not(some(db, mail, open)))
    const begun = sql`from ${users} where ${and(eq(users.id, userId), some(db, audit, eq(audit.id, entry.id)))}`
    const { wait, user, waits, letter } = await batch(db, {
      wait: blocked(db, limits),
      place: reserve(db, limits, now, some(db, users, may)),
      event: recordOnce(
        db,
        { ...entry, event: 'factor_recovery_requested', userId, detail: { ready_at: ready.at.toISOString() } },
        sql`from ${users} where ${and(may, previousChanged)}`,
      ),
      ...Object.fromEntries(
        notices.map(({ id, at }, days) => [
          `notice${days}`,
          enqueue(
            db,
            {
              ...{ id, kind: 'factor_recovery', now: at, detail },
              lifetimeMs: ready.at.getTime() - at.getTime(),
              ...(days > 0 && { postponed: sql`true` }),
            },
            begun,
          ),
        ]),
      ),
      ready: enqueue(
        db,
        {
          ...{ id: ready.id, kind: 'factor_recovery_ready', now: ready.at, detail },
          ...{ lifetimeMs: ready.lifetimeMs, postponed: sql`true` },
        },
        begun,
      ),
      user: db.select({ id: users.id }).from(users).where(able),
      waits: db.select({ at: mail.createdAt }).from(mail).where(open),
      letter: enqueued(db, notices[0]!.id),
    })
    if (!user[0]) return
    return waits[0] ? { mail: letter[0], readyAt: waits[0].at } : refusedUntil(wait, now)
  },

  async confirm({ linkId, notice, audit: entry, now }) {
    const change = factorChanges(db, entry, now)
    const usable = and(
      eq(mail.id, linkId),
      eq(mail.kind, 'factor_recovery_ready'),
      lte(mail.createdAt, now),
      isNull(mail.usedAt),
      openLink(now, notBefore),
    )
    const { ended, mails, happened } = await batch(db, {
      event: recordOnce(
        db,
        { ...entry, event: 'factor_recovery_done', userId: sql`${users.id}` },
        sql`from ${users} join ${mail} on ${mail.userId} = ${users.id} and ${mail.addressCanonical} = ${users.emailCanonical} where ${and(
          usable,
          eq(users.status, 'active'),
          not(oneFactor),
        )}`,
      ),
      used: db
        .update(mail)
        .set({ usedAt: now, nextAttemptAt: null })
        .where(and(eq(mail.id, linkId), change.done)),
      ...change.removingAll,
      ...change.ending(),
      ...change.telling({ ...notice, kind: 'factors_recovered' }),
      happened: change.happened,
    })
    return happened[0] && { ended: idsOf(ended), mails }
  },

  async cancel({ linkId, audit: entry, now }) {
    const link = and(eq(mail.id, linkId), inArray(mail.kind, recoveryMails), openLink(now, notBefore))
    const { written } = await batch(db, {
      event: recordOnce(
        db,
        { ...entry, event: 'factor_recovery_cancelled', userId: sql`${mail.userId}`, detail: { by: 'link' } },
        sql`from ${mail} where ${link}`,
      ),
      waits: killLinks(db, sql`(select user_id from ${audit} where id = ${entry.id})`, now, { kinds: recoveryMails }),
      written: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
    })
    return written.length > 0
  },
})
