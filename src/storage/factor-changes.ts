import { and, eq, isNotNull, ne, type SQL, sql } from 'drizzle-orm'
import type { MailKind } from '../domain/mails.ts'
import type { AuditEntry } from '../domain/model.ts'
import { type Db, insertWhere, some } from './database.ts'
import { killLinks, wayBackKind, whoAsked } from './mail-links.ts'
import { enqueue } from './outbox.ts'
import { oneFactor } from './proofs.ts'
import { recoveryMails } from './recovery-mails.ts'
import { audit, mail, passkeys, recoveryCodes, sessions, totp, users } from './schema.ts'
import { nextGeneration } from './sessions.ts'

type Notice = { id: string; kind: MailKind; lifetimeMs: number; detail?: Record<string, string> | SQL }

/**
 * The statements that changes of factors share. The first statement of a batch writes the request's audit entry if
 * everything that it requires holds; the entry marks that the change happened, and every other statement reads it.
 */
export const factorChanges = (db: Db, entry: AuditEntry, now: Date) => {
  const owner = sql`(select user_id from ${audit} where id = ${entry.id})`
  const done = some(db, audit, eq(audit.id, entry.id))

  return {
    owner,
    done,

    /**
     * Ends all sessions except `kept`. Also ends a change of address that one of the ended sessions requested, and the
     * wait of a recovery.
     */
    ending: (kept = '') => {
      const asked = whoAsked(and(eq(mail.userId, owner), ne(mail.sessionId, kept)), now)
      return {
        pendingEmail: db
          .update(users)
          .set({ pendingEmail: null })
          .where(and(eq(users.id, asked), isNotNull(users.pendingEmail))),
        changeLinks: killLinks(db, asked, now, { kinds: ['confirm_email'] }),
        recovery: killLinks(db, owner, now, { kinds: recoveryMails }),
        ended: db
          .delete(sessions)
          .where(and(eq(sessions.userId, owner), ne(sessions.id, kept)))
          .returning({ id: sessions.id }),
      }
    },

    /** Deletes every factor. */
    removingAll: {
      apps: db.delete(totp).where(eq(totp.userId, owner)),
      passkeys: db.delete(passkeys).where(eq(passkeys.userId, owner)),
      codes: db.delete(recoveryCodes).where(eq(recoveryCodes.userId, owner)),
    },

    /** Deletes the recovery codes if no factor is left. Must come after the deletion of the factor. */
    codesWithout: db
      .delete(recoveryCodes)
      .where(and(eq(recoveryCodes.userId, owner), some(db, users, and(eq(users.id, owner), oneFactor)))),

    /**
     * Mails a notice to the owner, and one without a link to each address to which the account can still return: a thief
     * may have changed the address.
     */
    telling: ({ id, kind, lifetimeMs, detail }: Notice) => ({
      told: enqueue(db, { id, kind, lifetimeMs, now, detail }, sql`from ${users} where ${eq(users.id, owner)}`),
      toldBefore: insertWhere(
        db,
        mail,
        {
          id: sql`${id} || '.' || kept.id`,
          userId: owner,
          kind: 'factors_changed',
          address: sql`kept.address`,
          addressCanonical: sql`kept.address_canonical`,
          createdAt: now,
          expiresAt: new Date(now.getTime() + lifetimeMs),
          attempts: 1,
          nextAttemptAt: new Date(now.getTime() + leaseMs),
          locale: sql`kept.locale`,
        },
        sql`from ${mail} as kept where kept.user_id = ${owner} and kept.kind = ${wayBackKind} and kept.expires_at > ${now.getTime()}`,
      ).onConflictDoNothing(),
      // A row of `toldBefore` is found by its key, which begins with that of the notice.
      mails: db.select().from(mail).where(sql`${mail.id} >= ${id} and ${mail.id} < ${id} || '/'`),
    }),

    /**
     * Moves the session to its next generation and records that two factors were given in it. This voids its one-use
     * proof.
     */
    renewing: ({ sid, nonce, amr, idleMs }: { sid: string; nonce: string; amr: string; idleMs: number }) =>
      db
        .update(sessions)
        .set({ ...nextGeneration({ nonce, idleMs, now }), amr, mfaAt: now, proof: null })
        .where(and(eq(sessions.id, sid), eq(sessions.userId, owner), ne(sessions.nonce, nonce))),

    happened: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
  }
}

/** Milliseconds in which the request itself sends a mail, before the cron does (`outbox.ts`). */
const leaseMs = 60_000

export const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id)
