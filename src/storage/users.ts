import { and, eq, exists, inArray, isNotNull, isNull, ne, or, sql } from 'drizzle-orm'
import type { Users } from '../domain/ports.ts'
import { attempt, type Db, insertWhere, previousChanged } from './database.ts'
import { killLinks, openLink, posted } from './mail.ts'
import { postOrPostpone } from './postponed.ts'
import { audit, mail, users } from './schema.ts'
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

  async register({ user, disputable, mailId, mailLimits, spent, lifetimes, audit: entry, now }) {
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
    const [, , , , , , [letter], [registered]] = await attempt(() =>
      db.batch([
        insertWhere(db, users, user, sql`where true`).onConflictDoNothing(),
        insertWhere(
          db,
          audit,
          { ...entry, event: 'registered', userId: user.id },
          sql`where ${previousChanged}`,
        ).onConflictDoNothing(),
        db.update(users).set({ password: null, updatedAt: now }).where(disputed),
        // But for resets: such a link proves the mailbox and keeps no password of before.
        killLinks(db, sql`(select ${users.id} from ${users} where ${ofAddress} and ${previousChanged})`, now, {
          kinds: ['verify_email', 'set_password', 'invite', 'confirm_email', 'email_change'],
        }),
        ...postOrPostpone(
          db,
          { id: mailId, kind, lifetime },
          { purpose: 'verify', limits: mailLimits, spent, now },
          and(mine, eq(users.status, 'active')),
        ),
        posted(db, mailId),
        db.select().from(users).where(ofAddress),
      ]),
    )
    if (!registered) throw new Error('the address has no user after registration')
    return { user: registered, mail: letter }
  },

  async requestLink({ purpose, emailCanonical, limits, mailId, mailLimits, spent, lifetimes, now }) {
    const verify = purpose === 'verify'
    const kind = verify
      ? sql`iif(${users.password} is null, 'set_password', 'verify_email')`
      : ('reset_password' as const)
    const recipient = and(
      eq(users.emailCanonical, emailCanonical),
      eq(users.status, 'active'),
      verify ? isNull(users.emailVerifiedAt) : undefined,
      limits.length > 0 ? previousChanged : undefined,
    )
    const mails = [
      ...postOrPostpone(
        db,
        { id: mailId, kind, lifetime: lifetimes[purpose] },
        { purpose, limits: mailLimits, spent, now },
        recipient,
      ),
      posted(db, mailId),
    ] as const
    if (limits.length === 0) {
      const [, , [letter]] = await attempt(() => db.batch([...mails]))
      return { mail: letter }
    }
    const [wait, , , , [letter]] = await attempt(() =>
      db.batch([blocked(db, limits), reserve(db, limits, now), ...mails]),
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
          .set({ usedAt: sql`iif(${mail.id} = ${linkId}, ${now.getTime()}, ${mail.usedAt})`, nextAttemptAt: null })
          .where(
            or(
              and(eq(mail.id, linkId), isNull(mail.usedAt), exists(link)),
              // Another one that is still to be sent has nothing left to do.
              and(
                eq(mail.userId, link),
                inArray(mail.kind, ['verify_email', 'set_password']),
                isNotNull(mail.nextAttemptAt),
              ),
            ),
          ),
        db.select({ id: users.id }).from(users).where(eq(users.id, link)),
      ]),
    )
    return owner !== undefined
  },
})
