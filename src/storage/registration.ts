import { and, eq, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import type { RegistrationStore } from '../domain/ports/registration.ts'
import { batch, type Db, insertWhere, previousChanged } from './database.ts'
import { recordOnce } from './events.ts'
import { killLinks, reserved } from './mail-links.ts'
import { enqueued } from './outbox.ts'
import { postOrPostpone } from './postponed.ts'
import { blocked, refusedUntil, reserve } from './rate-limits.ts'
import { mail, users } from './schema.ts'
import { searchText } from './search-text.ts'

export const createRegistrationStore = (db: Db): RegistrationStore => ({
  async beginRegistration({ emailCanonical, limits, now }) {
    const {
      wait,
      existing: [existing],
    } = await batch(db, {
      wait: blocked(db, limits),
      existing: db
        .select({ id: users.id, passwordHash: users.passwordHash, emailVerifiedAt: users.emailVerifiedAt })
        .from(users)
        .where(eq(users.emailCanonical, emailCanonical)),
      reserved: reserve(db, limits, now),
    })
    return refusedUntil(wait, now) ?? { existing }
  },

  async register({ user, disputable, mailId, mailLimits, spent, lifetimesMs, detail, language, audit: entry, now }) {
    const ofAddress = eq(users.emailCanonical, user.emailCanonical)
    const mine = disputable ? ofAddress : eq(users.id, user.id)
    // While a previous account can still return to the address, the address counts as taken but has no user.
    const kept = reserved(user.emailCanonical, now)
    const kind = sql`case when ${users.id} is null then 'address_reserved' when ${users.emailVerifiedAt} is not null then 'account_exists' when ${users.passwordHash} is null then 'set_password' else 'verify_email' end`
    const lifetimeMs = sql`iif(${users.id} is not null and ${users.emailVerifiedAt} is null, ${lifetimesMs.verify}, ${lifetimesMs.notice})`
    const until = sql`(select max(kept.expires_at) from ${mail} as kept where kept.address_canonical = ${user.emailCanonical} and kept.kind = 'revert_email_change')`
    const disputed = and(
      disputable ? ofAddress : sql`false`,
      isNull(users.emailVerifiedAt),
      ne(users.id, user.id),
      isNotNull(users.passwordHash),
      ne(users.passwordHash, user.passwordHash ?? ''),
    )
    const {
      letter: [letter],
      user: [registered],
    } = await batch(db, {
      inserted: insertWhere(db, users, { ...user, ...searchText(user) }, sql`where not ${kept}`).onConflictDoNothing(),
      registered: recordOnce(db, { ...entry, event: 'registered', userId: user.id }, sql`where ${previousChanged}`),
      disowned: db.update(users).set({ passwordHash: null, updatedAt: now }).where(disputed),
      links: killLinks(db, sql`(select ${users.id} from ${users} where ${ofAddress} and ${previousChanged})`, now, {
        kinds: ['verify_email', 'set_password', 'invite', 'confirm_email', 'email_change'],
      }),
      ...postOrPostpone(
        db,
        {
          id: mailId,
          kind,
          lifetimeMs,
          to: {
            address: sql`coalesce(${users.email}, ${user.email})`,
            addressCanonical: user.emailCanonical,
          },
          detail: sql`iif(${users.id} is null, json_object('until', ${until}), ${JSON.stringify(detail)})`,
          language,
        },
        {
          purpose: 'verify',
          limits: mailLimits,
          spent,
          now,
          among: sql`(select 1) left join ${users} on ${ofAddress}`,
        },
        sql`iif(${users.id} is null, ${kept}, ${mine} and ${users.status} = 'active')`,
      ),
      letter: enqueued(db, mailId),
      user: db.select().from(users).where(ofAddress),
    })
    return { user: registered, mail: letter }
  },
})
