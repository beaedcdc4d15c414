import { and, eq, gt, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import type { LogInEnrolmentStore, NewFactor } from '../domain/ports/log-in-enrolments.ts'
import type { Second } from '../domain/ports/second-factors.ts'
import { batch, type Db, insertWhere, previousChanged, some } from './database.ts'
import { recordOnce } from './events.ts'
import { factorChanges } from './factor-changes.ts'
import { enqueue, enqueued } from './outbox.ts'
import { isUnused } from './passkey-proofs.ts'
import { oneFactor } from './proofs.ts'
import { blocked, open, refusedUntil, reserve } from './rate-limits.ts'
import { mail, passkeys, recoveryCodes, totp, users } from './schema.ts'

/** Whether the user of the statement gave this password and may add a first factor. */
const passed = ({ userId, passwordHash }: { userId: string; passwordHash: string }) =>
  and(
    eq(users.id, userId),
    eq(users.passwordHash, passwordHash),
    eq(users.status, 'active'),
    isNotNull(users.emailVerifiedAt),
    oneFactor,
  )

/**
 * Returns the statements that add the first factor of a user, before the statement that starts the session `sid`. The
 * session requires the factor, so it starts only if the factor was added. All other sessions end.
 */
export const enrolling = (
  db: Db,
  { factor: proven, enrols }: Second & { enrols: NewFactor },
  { sid, now, ...who }: { userId: string; passwordHash: string; sid: string; now: Date },
) => {
  const { codes, notice, audit: entry } = enrols
  const change = factorChanges(db, entry, now)
  const [kind, id] = 'totp' in enrols ? ['totp', enrols.totp.id] : ['passkey', enrols.passkey.id]
  const isNew =
    'passkey' in enrols && 'passkey' in proven
      ? and(
          isUnused(db, proven.passkey.challenge),
          sql`not ${some(db, passkeys, eq(passkeys.credentialId, enrols.passkey.credentialId))}`,
        )
      : undefined
  const theirs = sql`from ${users} where ${eq(users.id, change.owner)}`
  const own = { userId: sql`${users.id}`, createdAt: now }
  const { ended: othersEnded, ...voided } = change.ending(sid)
  const { mails: notices, ...told } = change.telling({ ...notice, kind: 'factor_added' })
  return {
    factorAdded: recordOnce(
      db,
      { ...entry, event: 'factor_added', userId: who.userId, detail: { factor: kind!, id: id! } },
      sql`from ${users} where ${and(passed(who), isNew)}`,
    ),
    // The session's own statements set the step of the code, and use up the challenge.
    factor: ('totp' in enrols
      ? insertWhere(db, totp, { ...enrols.totp, ...own, lastStep: 0 }, theirs)
      : insertWhere(db, passkeys, { ...enrols.passkey, ...own }, theirs)
    ).onConflictDoNothing(),
    codes: insertWhere(db, recoveryCodes, { ...codes, ...own }, theirs).onConflictDoUpdate({
      target: recoveryCodes.userId,
      set: { ...codes, used: 0, createdAt: now },
      setWhere: ne(recoveryCodes.setId, codes.setId),
    }),
    ...voided,
    othersEnded,
    ...told,
    notices,
  }
}

export const createLogInEnrolmentStore = (db: Db): LogInEnrolmentStore => ({
  async mailCode({ mailId, limits, lifetimeMs, detail, language, now, ...who }) {
    const {
      wait,
      letter: [letter],
    } = await batch(db, {
      wait: blocked(db, limits),
      place: reserve(db, limits, now, some(db, users, passed(who))),
      mail: enqueue(
        db,
        { id: mailId, kind: 'enrolment_code', lifetimeMs, now, detail, language },
        sql`from ${users} where ${and(passed(who), previousChanged)}`,
      ),
      letter: enqueued(db, mailId),
    })
    return letter ?? refusedUntil(wait, now)
  },

  async useCode({ userId, mailId, nonce, limits, now }) {
    const reader = and(
      eq(users.id, mail.userId),
      eq(users.emailCanonical, mail.addressCanonical),
      eq(users.status, 'active'),
    )
    const { used } = await batch(db, {
      use: db
        .update(mail)
        .set({ usedAt: now, nonce, nextAttemptAt: null })
        .where(
          and(
            eq(mail.id, mailId),
            eq(mail.kind, 'enrolment_code'),
            eq(mail.userId, userId),
            isNull(mail.usedAt),
            gt(mail.expiresAt, now),
            some(db, users, reader),
            open(limits, now.getTime()),
          ),
        ),
      used: db
        .select({ id: mail.id })
        .from(mail)
        .where(and(eq(mail.id, mailId), eq(mail.nonce, nonce))),
    })
    return used.length > 0
  },
})
