import { and, eq, exists, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import type { Users } from '../domain/ports.ts'
import { attempt, type Db, insertWhere, previousChanged } from './database.ts'
import { killLinks, openLink, post, posted, supersede } from './mail.ts'
import { audit, mail, users } from './schema.ts'
import { searchText } from './search-text.ts'
import { blocked, refusedUntil, reserve } from './throttles.ts'

type Registration = Pick<Users, 'beginRegistration' | 'register' | 'requestLink' | 'verifyEmail'>

export const d1Registration = (db: Db, notBefore: Date): Registration => ({
  async beginRegistration({ emailCanonical, limits, now }) {
    const [wait, [existing]] = await attempt(() =>
      db.batch([
        blocked(db, limits),
        db
          .select({ id: users.id, password: users.password, emailVerifiedAt: users.emailVerifiedAt })
          .from(users)
          .where(eq(users.emailCanonical, emailCanonical)),
        reserve(db, limits, now),
      ]),
    )
    return refusedUntil(wait, now) ?? { existing }
  },

  async register({ user, disputable, mailId, mailLimits, lifetimes, audit: entry, now }) {
    const ofAddress = eq(users.emailCanonical, user.emailCanonical)
    const mine = disputable ? ofAddress : eq(users.id, user.id)
    const kind = sql`case when ${users.emailVerifiedAt} is not null then 'account_exists' when ${users.password} is null then 'set_password' else 'verify_email' end`
    const lifetime = sql`iif(${users.emailVerifiedAt} is null, ${lifetimes.verify}, ${lifetimes.notice})`
    const disputed = and(
      disputable ? ofAddress : sql`false`,
      isNull(users.emailVerifiedAt),
      ne(users.id, user.id),
      isNotNull(users.password),
      ne(users.password, user.password ?? ''),
    )
    const [, , , , , , , [letter], [registered]] = await attempt(() =>
      db.batch([
        insertWhere(db, users, { ...user, ...searchText(user) }, sql`where true`).onConflictDoNothing(),
        insertWhere(
          db,
          audit,
          { ...entry, event: 'registered', userId: user.id },
          sql`where ${previousChanged}`,
        ).onConflictDoNothing(),
        db.update(users).set({ password: null, updatedAt: now }).where(disputed),
        killLinks(db, sql`(select ${users.id} from ${users} where ${ofAddress} and ${previousChanged})`, now),
        reserve(db, mailLimits, now),
        post(
          db,
          { id: mailId, kind, lifetime, now },
          sql`from ${users} where ${mine} and ${users.status} = 'active' and ${previousChanged}`,
        ),
        supersede(db, mailId, now),
        posted(db, mailId),
        db.select().from(users).where(ofAddress),
      ]),
    )
    if (!registered) throw new Error('the address has no user after registration')
    return { user: registered, mail: letter }
  },

  async requestLink({ purpose, emailCanonical, limits, mailId, mailLimits, lifetimes, now }) {
    const verify = purpose === 'verify'
    const kind = verify
      ? sql`iif(${users.password} is null, 'set_password', 'verify_email')`
      : ('reset_password' as const)
    const recipient = and(
      eq(users.emailCanonical, emailCanonical),
      eq(users.status, 'active'),
      verify ? isNull(users.emailVerifiedAt) : undefined,
      previousChanged,
    )
    const [wait, , , , , [letter]] = await attempt(() =>
      db.batch([
        blocked(db, limits),
        reserve(db, limits, now),
        reserve(db, mailLimits, now, previousChanged),
        post(db, { id: mailId, kind, lifetime: lifetimes[purpose], now }, sql`from ${users} where ${recipient}`),
        supersede(db, mailId, now),
        posted(db, mailId),
      ]),
    )
    return refusedUntil(wait, now) ?? { mail: letter }
  },

  async verifyEmail({ linkId, audit: entry, now }) {
    const link = db
      .select({ userId: mail.userId })
      .from(mail)
      .where(
        and(
          eq(mail.id, linkId),
          eq(mail.kind, 'verify_email'),
          openLink(now, notBefore),
          exists(
            db
              .select({ one: sql`1` })
              .from(users)
              .where(and(eq(users.id, mail.userId), eq(users.emailCanonical, mail.addressCanonical))),
          ),
        ),
      )
    const [, , , [owner]] = await attempt(() =>
      db.batch([
        db
          .update(users)
          .set({ emailVerifiedAt: now, updatedAt: now })
          .where(and(eq(users.id, link), isNull(users.emailVerifiedAt))),
        insertWhere(
          db,
          audit,
          { ...entry, event: 'email_verified', userId: sql`(${link})` },
          sql`where ${previousChanged}`,
        ).onConflictDoNothing(),
        db
          .update(mail)
          .set({ usedAt: now, nextAttemptAt: null })
          .where(and(eq(mail.id, linkId), isNull(mail.usedAt), exists(link))),
        db.select({ id: users.id }).from(users).where(eq(users.id, link)),
      ]),
    )
    return owner !== undefined
  },
})
