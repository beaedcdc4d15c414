import { and, eq, exists, gte, isNotNull, lte, ne, sql } from 'drizzle-orm'
import type { MailKind, WayBack } from '../domain/ports.ts'
import { batch, type Db, insertWhere } from './database.ts'
import { disputes } from './disputes.ts'
import { everyLink, isWayBack, killLinks, post, posted } from './mail.ts'
import { audit, devices, mail, sessions, users } from './schema.ts'
import { forgetDevices } from './throttles.ts'

/** All that may be in a mailbox when the account is given back. The ways back of earlier changes stay. */
const madeVoid: MailKind[] = [
  ...everyLink.filter((kind) => kind !== 'revert_email_change'),
  'new_device',
  'password_changed',
]

/** Links that give an account back to the address it had. */
export const d1WayBack = (db: Db, notBefore: Date): Pick<WayBack, 'read' | 'restore'> => {
  const { done, one, usable, readBy } = disputes(db, notBefore)

  return {
    read: (input) => readBy(usable(input.linkId, input.now), sql`${mail.password}`, input),

    async restore({ linkId, by, devicesForgotten, letter, notice, audit: entry, now }) {
      const proven =
        by === 'freeze is over'
          ? and(isNotNull(mail.usedAt), exists(one(and(eq(users.id, mail.userId), lte(users.frozenUntil, now)))))
          : eq(mail.password, by.password)
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
        event: insertWhere(
          db,
          audit,
          { ...entry, event: 'email_change_reverted', userId: sql`${mail.userId}` },
          sql`from ${mail} where ${and(usable(linkId, now), proven, sql`not ${exists(other)}`)}`,
        ).onConflictDoNothing(),
        tell: post(
          db,
          { id: notice.id, kind: 'email_change_reverted', lifetime: notice.lifetime, now },
          sql`from ${users} where ${and(mine, sql`${users.emailCanonical} <> ${of('address_canonical')}`)}`,
        ),
        // Whoever had the account meanwhile may know the password: the owner chooses another.
        account: db
          .update(users)
          .set({
            email: of('address'),
            emailCanonical: of('address_canonical'),
            emailVerifiedAt: now,
            password: null,
            pendingEmail: null,
            status: 'active',
            frozenUntil: null,
            erasesAt: null,
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
        cookies: forgetDevices(db, devicesForgotten, now, restored),
        // This way back and those of every later change.
        changes: db
          .update(mail)
          .set({ expiresAt: now, password: null, nextAttemptAt: null })
          .where(and(eq(mail.userId, owner), isWayBack, gte(mail.createdAt, of('created_at')), restored)),
        links: killLinks(db, sql`(select ${owner} where ${restored})`, now, { but: letter.id, kinds: madeVoid }),
        choose: post(
          db,
          { id: letter.id, kind: 'account_restored', lifetime: letter.lifetime, now },
          sql`from ${users} where ${mine}`,
        ),
        happened: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
        letter: posted(db, letter.id),
        notice: posted(db, notice.id),
      })
      if (!happened[0]) return
      return {
        ended: ended.map(({ id }) => id),
        mails: [told[0], chosen[0]].filter((mail) => mail !== undefined),
      }
    },
  }
}
