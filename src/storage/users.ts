import { and, eq, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import type { Users } from '../domain/ports.ts'
import { attempt, type Db, insertWhere, previousChanged } from './database.ts'
import { killLinks, post, posted, reserved, supersede } from './mail.ts'
import { audit, mail, users } from './schema.ts'
import { blocked, refusedUntil, reserve } from './throttles.ts'

type Registration = Pick<Users, 'beginRegistration' | 'register' | 'requestLink'>

export const d1Registration = (db: Db): Registration => ({
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

  async register({ user, disputable, mailId, mailLimits, lifetimes, detail, audit: entry, now }) {
    const ofAddress = eq(users.emailCanonical, user.emailCanonical)
    const mine = disputable ? ofAddress : eq(users.id, user.id)
    // To everybody else an address is taken for as long as its last account may come back to it; then it has no user.
    const kept = reserved(user.emailCanonical, now)
    const kind = sql`case when ${users.id} is null then 'address_reserved' when ${users.emailVerifiedAt} is not null then 'account_exists' when ${users.password} is null then 'set_password' else 'verify_email' end`
    const lifetime = sql`iif(${users.id} is not null and ${users.emailVerifiedAt} is null, ${lifetimes.verify}, ${lifetimes.notice})`
    const until = sql`(select max(kept.expires_at) from ${mail} as kept where kept.address_canonical = ${user.emailCanonical} and kept.kind = 'revert_email_change')`
    const disputed = and(
      disputable ? ofAddress : sql`false`,
      isNull(users.emailVerifiedAt),
      ne(users.id, user.id),
      isNotNull(users.password),
      ne(users.password, user.password ?? ''),
    )
    const [, , , , , , , [letter], [registered]] = await attempt(() =>
      db.batch([
        insertWhere(db, users, user, sql`where not ${kept}`).onConflictDoNothing(),
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
          {
            id: mailId,
            kind,
            lifetime,
            now,
            to: {
              address: sql`coalesce(${users.email}, ${user.email})`,
              addressCanonical: user.emailCanonical,
            },
            detail: sql`iif(${users.id} is null, json_object('until', ${until}), ${JSON.stringify(detail)})`,
          },
          sql`from (select 1) left join ${users} on ${ofAddress} where ${previousChanged} and iif(${users.id} is null, ${kept}, ${mine} and ${users.status} = 'active')`,
        ),
        supersede(db, mailId, now),
        posted(db, mailId),
        db.select().from(users).where(ofAddress),
      ]),
    )
    return { user: registered, mail: letter }
  },

  async requestLink({ purpose, emailCanonical, limits, mailId, mailLimits, lifetimes, detail, now }) {
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
        post(
          db,
          { id: mailId, kind, lifetime: lifetimes[purpose], now, detail },
          sql`from ${users} where ${recipient}`,
        ),
        supersede(db, mailId, now),
        posted(db, mailId),
      ]),
    )
    return refusedUntil(wait, now) ?? { mail: letter }
  },
})
