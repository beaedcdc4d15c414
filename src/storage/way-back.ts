import { and, eq, exists, gte, isNotNull, isNull, lte, ne, or, type SQL, sql } from 'drizzle-orm'
import type { AuditEntry, MailKind, WayBack } from '../domain/ports.ts'
import { freezeTime } from '../domain/way-back.ts'
import { batch, type Db, insertWhere, previousChanged } from './database.ts'
import { everyLink, killLinks, openLink, post, posted } from './mail.ts'
import { audit, devices, mail, sessions, users } from './schema.ts'
import { blocked, forgetDevices, refusedUntil, reserve } from './throttles.ts'

/** Disabled by its own owner, by a way back or by the wish to be erased, and not by an admin. */
const withinReach = or(eq(users.status, 'active'), isNotNull(users.frozenUntil), isNotNull(users.erasesAt))

/** All that may be in a mailbox when the account is given back. The ways back of earlier changes stay. */
const madeVoid: MailKind[] = [
  ...everyLink.filter((kind) => kind !== 'revert_email_change'),
  'new_device',
  'password_changed',
]

/** Links that give an account back to the address it had. */
export const d1WayBack = (db: Db, notBefore: Date): WayBack => {
  const done = (entry: AuditEntry) => exists(db.select({ one: sql`1` }).from(audit).where(eq(audit.id, entry.id)))
  const one = (condition: SQL | undefined) => db.select({ one: sql`1` }).from(users).where(condition)

  const usable = (linkId: string, now: Date) =>
    and(
      eq(mail.id, linkId),
      eq(mail.kind, 'revert_email_change'),
      openLink(now, notBefore),
      exists(one(and(eq(users.id, mail.userId), withinReach))),
    )

  /**
   * The change that the freeze is about: the oldest that was disputed, for undoing it undoes all that came after it. A
   * dispute that an admin ended is none of this freeze.
   */
  const disputed = (userId: SQL, now: Date, column: 'id' | 'created_at' | 'password' = 'id') =>
    sql`(select ${sql.raw(`dispute.${column}`)} from ${mail} as dispute where dispute.user_id = ${userId} and dispute.kind = 'revert_email_change' and dispute.used_at + ${freezeTime} >= (select frozen.frozen_until from ${users} as frozen where frozen.id = dispute.user_id) and dispute.expires_at > ${now.getTime()} order by dispute.created_at, dispute.id limit 1)`

  /** Takes a place where there is such a link, and reads the account and a hash. */
  const readBy: (
    link: SQL | undefined,
    password: SQL,
    input: Parameters<WayBack['read']>[0],
  ) => ReturnType<WayBack['read']> = async (link, password, { limits, now }) => {
    const owner = db.select({ id: mail.userId }).from(mail).where(link)
    const { wait, user, hash } = await batch(db, {
      wait: blocked(db, limits),
      user: db.select().from(users).where(eq(users.id, owner)),
      hash: db
        .select({ password: sql<string | null>`${password}`.as('hash') })
        .from(mail)
        .where(link),
      place: reserve(db, limits, now, exists(owner)),
    })
    if (!user[0]) return
    return refusedUntil(wait, now) ?? { user: user[0], password: hash[0]?.password ?? null }
  }

  const frozenBy = (linkId: string, now: Date) =>
    and(
      eq(mail.id, linkId),
      eq(mail.kind, 'end_freeze'),
      openLink(now, notBefore),
      exists(one(and(eq(users.id, mail.userId), isNotNull(users.frozenUntil)))),
    )

  return {
    read: (input) => readBy(usable(input.linkId, input.now), sql`${mail.password}`, input),

    readFrozen: (input) =>
      readBy(frozenBy(input.linkId, input.now), disputed(sql`${mail.userId}`, input.now, 'password'), input),

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
          .where(
            and(
              eq(mail.userId, owner),
              eq(mail.kind, 'revert_email_change'),
              gte(mail.createdAt, of('created_at')),
              restored,
            ),
          ),
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

    async freeze({ linkId, until, keepsUntil, notice, letter, audit: entry, now }) {
      const owner = db.select({ id: mail.userId }).from(mail).where(usable(linkId, now))
      // Each link freezes once. While another one does, only an older change is worth three days more.
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
        event: insertWhere(
          db,
          audit,
          { ...entry, event: 'account_frozen', userId: sql`(${owner})` },
          sql`where ${previousChanged}`,
        ).onConflictDoNothing(),
        ended: db
          .delete(sessions)
          .where(and(eq(sessions.userId, owner), frozen))
          .returning({ id: sessions.id }),
        links: killLinks(db, sql`(select (${owner}) where ${frozen})`, now),
        tell: post(
          db,
          {
            id: notice.id,
            kind: 'account_frozen',
            lifetime: notice.lifetime,
            now,
            to: { address: of('address'), addressCanonical: of('address_canonical') },
          },
          sql`from ${users} where ${mine}`,
        ),
        open: post(
          db,
          { id: letter.id, kind: 'end_freeze', lifetime: letter.lifetime, now },
          sql`from ${users} where ${mine}`,
        ),
        user: db.select({ until: users.frozenUntil }).from(users).where(eq(users.id, owner)),
        // The link lives as long as the freeze, and its change is undone with the freeze.
        kept: db
          .update(mail)
          .set({
            usedAt: sql`coalesce(${mail.usedAt}, ${now.getTime()})`,
            expiresAt: sql`max(${mail.expiresAt}, ${keepsUntil.getTime()})`,
          })
          .where(and(usable(linkId, now), frozen)),
        notice: posted(db, notice.id),
        letter: posted(db, letter.id),
      })
      if (!user[0]?.until) return
      return {
        until: user[0].until,
        ended: ended.map(({ id }) => id),
        mails: [told[0], opened[0]].filter((mail) => mail !== undefined),
      }
    },

    async endFreeze({ linkId, password, audit: entry, now }) {
      const owner = sql`(select user_id from ${mail} where id = ${linkId})`
      const ended = done(entry)
      const { happened } = await batch(db, {
        event: insertWhere(
          db,
          audit,
          { ...entry, event: 'account_unfrozen', userId: sql`${mail.userId}` },
          sql`from ${mail} where ${and(
            frozenBy(linkId, now),
            sql`${disputed(sql`${mail.userId}`, now, 'password')} = ${password}`,
          )}`,
        ).onConflictDoNothing(),
        account: db
          .update(users)
          .set({ status: sql`iif(${users.erasesAt} is null, 'active', 'disabled')`, frozenUntil: null, updatedAt: now })
          .where(and(eq(users.id, owner), ended)),
        changes: db
          .update(mail)
          .set({ expiresAt: now, password: null, nextAttemptAt: null })
          .where(and(eq(mail.userId, owner), eq(mail.kind, 'revert_email_change'), isNotNull(mail.usedAt), ended)),
        links: killLinks(db, sql`(select ${owner} where ${ended})`, now, { kinds: ['end_freeze'] }),
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
        event: insertWhere(
          db,
          audit,
          { ...entry, event: 'account_unfrozen', userId },
          sql`where ${previousChanged}`,
        ).onConflictDoNothing(),
        links: killLinks(db, sql`(select ${userId} where ${done(entry)})`, now, { kinds: ['end_freeze'] }),
      })
    },
  }
}
