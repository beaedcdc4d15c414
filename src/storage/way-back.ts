import { and, eq, exists, gte, isNotNull, lte, ne, or, sql } from 'drizzle-orm'
import { kindsOf } from '../domain/mails.ts'
import type { WayBackStore } from '../domain/ports/way-back.ts'
import { batch, type Db } from './database.ts'
import { disputes } from './disputes.ts'
import { recordOnce } from './events.ts'
import { isWayBack, killLinks } from './mail-links.ts'
import { enqueue, enqueued } from './outbox.ts'
import { oneFactor } from './proofs.ts'
import { audit, devices, mail, passkeys, recoveryCodes, sessions, totp, users } from './schema.ts'

/**
 * The kinds of links that become void when the account is returned. Links that undo earlier changes stay valid. So do
 * those that remove a factor, because they work only while the account has the address that they were mailed to, and
 * this address is the owner's again.
 */
const madeVoid = kindsOf(({ links }) => links).filter(
  (kind) => kind !== 'revert_email_change' && kind !== 'factor_added',
)

/** Links that return an account to its previous address. */
export const createWayBackStore = (db: Db, notBefore: Date): WayBackStore => {
  const { done, one, usable, readBy, proves, usingUp } = disputes(db, notBefore)
  const before = { passwordHash: sql`${mail.passwordHash}`, changedAt: sql`${mail.createdAt}` }

  return {
    read: (input) => readBy(usable(input.linkId, input.now), before, input),

    async restore({ linkId, by, letter, notice, audit: entry, now }) {
      const given = by === 'freeze is over' ? undefined : by
      const proven = given
        ? proves(given, before, now)
        : and(isNotNull(mail.usedAt), exists(one(and(eq(users.id, mail.userId), lte(users.frozenUntil, now)))))
      const of = (column: 'user_id' | 'address' | 'address_canonical' | 'created_at') =>
        sql`(select ${sql.raw(column)} from ${mail} where id = ${linkId})`
      const owner = of('user_id')
      const other = one(and(eq(users.emailCanonical, mail.addressCanonical), ne(users.id, mail.userId)))
      const restored = done(entry)
      const mine = and(eq(users.id, owner), restored)
      const {
        ended,
        happened,
        notice: told,
        letter: chosen,
      } = await batch(db, {
        event: recordOnce(
          db,
          { ...entry, event: 'email_change_reverted', userId: sql`${mail.userId}` },
          sql`from ${mail} where ${and(usable(linkId, now), proven, sql`not ${exists(other)}`)}`,
        ),
        tell: enqueue(
          db,
          { id: notice.id, kind: 'email_change_reverted', lifetimeMs: notice.lifetimeMs, now },
          sql`from ${users} where ${and(mine, sql`${users.emailCanonical} <> ${of('address_canonical')}`)}`,
        ),
        // Whoever had the account meanwhile may know the password: the owner chooses another.
        account: db
          .update(users)
          .set({
            email: of('address'),
            emailCanonical: of('address_canonical'),
            emailVerifiedAt: now,
            passwordHash: null,
            pendingEmail: null,
            status: 'active',
            frozenUntil: null,
            erasesAt: null,
            // Whoever had the account meanwhile may have a device cookie.
            deviceCookiesNotBefore: now,
            updatedAt: now,
          })
          .where(mine),
        ended: db
          .delete(sessions)
          .where(and(eq(sessions.userId, owner), restored))
          .returning({ id: sessions.id }),
        devices: db
          .delete(devices)
          .where(and(eq(devices.userId, owner), gte(devices.firstSeenAt, of('created_at')), restored)),
        apps: db.delete(totp).where(and(eq(totp.userId, owner), gte(totp.createdAt, of('created_at')), restored)),
        passkeys: db
          .delete(passkeys)
          .where(and(eq(passkeys.userId, owner), gte(passkeys.createdAt, of('created_at')), restored)),
        ...usingUp(given, owner, restored, now),
        // Codes made since the change are not the owner's, and no code outlives the last factor.
        codes: db
          .delete(recoveryCodes)
          .where(
            and(
              eq(recoveryCodes.userId, owner),
              or(gte(recoveryCodes.createdAt, of('created_at')), exists(one(and(eq(users.id, owner), oneFactor)))),
              restored,
            ),
          ),
        // Voids this link and those of every later change.
        changes: db
          .update(mail)
          .set({ expiresAt: now, passwordHash: null, nextAttemptAt: null })
          .where(and(eq(mail.userId, owner), isWayBack, gte(mail.createdAt, of('created_at')), restored)),
        links: killLinks(db, sql`(select ${owner} where ${restored})`, now, { but: letter.id, kinds: madeVoid }),
        choose: enqueue(
          db,
          { id: letter.id, kind: 'account_restored', lifetimeMs: letter.lifetimeMs, now },
          sql`from ${users} where ${mine}`,
        ),
        happened: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
        letter: enqueued(db, letter.id),
        notice: enqueued(db, notice.id),
      })
      if (!happened[0]) return
      return {
        ended: ended.map(({ id }) => id),
        mails: [told[0], chosen[0]].filter((mail) => mail !== undefined),
      }
    },
  }
}
