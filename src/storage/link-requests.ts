import { and, eq, isNull, sql } from 'drizzle-orm'
import type { LinkRequestStore } from '../domain/ports/link-requests.ts'
import { batch, type Db, previousChanged } from './database.ts'
import { enqueued } from './outbox.ts'
import { postOrPostpone } from './postponed.ts'
import { blocked, refusedUntil, reserve } from './rate-limits.ts'
import { users } from './schema.ts'

export const createLinkRequestStore = (db: Db): LinkRequestStore => ({
  async request({ purpose, emailCanonical, limits, mailId, mailLimits, spent, lifetimesMs, detail, language, now }) {
    const verify = purpose === 'verify'
    const kind = verify
      ? sql`iif(${users.passwordHash} is null, 'set_password', 'verify_email')`
      : ('reset_password' as const)
    const recipient = and(
      eq(users.emailCanonical, emailCanonical),
      eq(users.status, 'active'),
      verify ? isNull(users.emailVerifiedAt) : undefined,
      limits.length > 0 ? previousChanged : undefined,
    )
    const mails = {
      ...postOrPostpone(
        db,
        { id: mailId, kind, lifetimeMs: lifetimesMs[purpose], detail, language },
        { purpose, limits: mailLimits, spent, now },
        recipient,
      ),
      letter: enqueued(db, mailId),
    }
    if (limits.length === 0) {
      const {
        letter: [letter],
      } = await batch(db, mails)
      return { mail: letter }
    }
    const {
      wait,
      letter: [letter],
    } = await batch(db, {
      wait: blocked(db, limits),
      reserved: reserve(db, limits, now),
      ...mails,
    })
    return refusedUntil(wait, now) ?? { mail: letter }
  },
})
