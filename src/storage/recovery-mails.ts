import { and, eq, gt, inArray, type SQL, sql } from 'drizzle-orm'
import { kindsOf } from '../domain/mails.ts'
import type { AuditEntry } from '../domain/model.ts'
import type { Db } from './database.ts'
import { recordOnce } from './events.ts'
import { killLinks } from './mail-links.ts'
import { mail } from './schema.ts'

/**
 * The mails about a removal of second factors that has not happened yet. Their rows are the wait itself: no other row
 * records it.
 */
export const recoveryMails = kindsOf(({ links }) => links?.includes('cancel_factor_recovery'))

/** Returns the statements that end the wait of a user who has just given a second factor, if `when` is true. */
export const endRecovery = (
  db: Db,
  { userId, audit: entry, now }: { userId: string | SQL; audit: AuditEntry; now: Date },
  when: ReturnType<typeof sql>,
) => ({
  recoveryCancelled: recordOnce(
    db,
    { ...entry, event: 'factor_recovery_cancelled', userId, detail: { by: 'factor' } },
    sql`from ${mail} where ${and(eq(mail.userId, userId), inArray(mail.kind, recoveryMails), gt(mail.expiresAt, now), when)} limit 1`,
  ),
  recoveryEnded: killLinks(db, sql`(select ${userId} where ${when})`, now, { kinds: recoveryMails }),
})
