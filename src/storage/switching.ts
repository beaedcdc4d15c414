import { and, eq, exists, gt, isNotNull, isNull, ne, type SQL, sql } from 'drizzle-orm'
import { freezeMs } from '../domain/earlier-proofs.ts'
import type { AuditEntry } from '../domain/model.ts'
import type { EmailChange, Revert } from '../domain/ports/email-changes.ts'
import { forget } from './account-deletion.ts'
import { type Db, some } from './database.ts'
import { recordOnce } from './events.ts'
import { isWayBack, killLinks, openLink, reserved, wayBackKind } from './mail-links.ts'
import { enqueue, enqueued } from './outbox.ts'
import { mail, sessions, users } from './schema.ts'

type Switch = {
  /** The id of the mail to the new mailbox. */
  change: SQL
  revert: Revert
  removed: { audit: AuditEntry }
  audit: AuditEntry
  now: Date
}

/** Whether the password was set less than `freezeMs` ago. */
const youngPassword = (now: Date) => sql`(coalesce(${users.deviceCookiesNotBefore}, 0) > ${now.getTime() - freezeMs})`

/** Switches an account to another address once both mailboxes have confirmed what they must. */
export const switching = (db: Db, notBefore: Date) => {
  /**
   * Conditions of a mail to a new address: it is valid, its user still waits for exactly this address, and the session
   * that requested it is live, so that an intruder's request ends with the intruder's session.
   */
  const waiting = (now: Date) =>
    and(
      eq(mail.kind, 'confirm_email'),
      openLink(now, notBefore),
      some(db, users, and(eq(users.id, mail.userId), eq(users.pendingEmail, mail.address), eq(users.status, 'active'))),
      some(
        db,
        sessions,
        and(eq(sessions.id, mail.sessionId), eq(sessions.userId, mail.userId), gt(sessions.expiresAt, now)),
      ),
    )

  const confirmed = isNotNull(mail.usedAt)

  const ready = (change: SQL, now: Date) =>
    and(sql`${mail.id} = ${change}`, waiting(now), confirmed, eq(mail.awaitsApproval, false))

  const part = (change: SQL, column: 'user_id' | 'address' | 'address_canonical' | 'session_id') =>
    sql`(select ${sql.raw(column)} from ${mail} where ${mail.id} = ${change})`

  /** A self-registered account that was never verified and never used. The reader of the mailbox may replace it. */
  const givesWay = and(
    // `is`, because the origin may be null.
    sql`${users.origin} is 'registered'`,
    eq(users.status, 'active'),
    isNull(users.emailVerifiedAt),
    isNull(users.lastLoginAt),
  )

  /** Whether another account has the address, or can still return to it. */
  const taken = (change: SQL, now: Date) => {
    const wanted = part(change, 'address_canonical')
    const owner = part(change, 'user_id')
    const other = db
      .select({ one: sql`1` })
      .from(users)
      .where(and(eq(users.emailCanonical, wanted), ne(users.id, owner), sql`not (${givesWay})`))
    return sql`(${exists(other)} or ${reserved(wanted, now, owner)})`
  }

  const statements = ({ change, revert, removed, audit: entry, now }: Switch) => {
    const winner = db.select({ id: mail.userId }).from(mail).where(eq(mail.id, revert.id))
    const won = exists(winner)
    const free = sql`not ${taken(change, now)}`
    const may = and(exists(db.select({ id: mail.id }).from(mail).where(ready(change, now))), free)
    const removable = and(
      eq(users.emailCanonical, part(change, 'address_canonical')),
      ne(users.id, part(change, 'user_id')),
      givesWay,
      may,
    )
    const doomed = db.select({ id: users.id }).from(users).where(removable)
    const user = part(change, 'user_id')
    /** When the account left the address that it returns to, if that was recent. */
    const left = sql`(select min(kept.created_at) from ${mail} as kept where kept.user_id = ${user} and kept.kind = ${wayBackKind} and kept.expires_at > ${now.getTime()} and kept.address_canonical = ${part(change, 'address_canonical')})`
    // Clocks differ, and undoing a change must undo every later one.
    const after = sql`max(${now.getTime()}, coalesce((select 1 + max(earlier.created_at) from ${mail} as earlier where earlier.user_id = ${user} and earlier.kind = ${wayBackKind}), 0))`
    return {
      isTaken: db
        .select({ taken: sql<boolean>`${taken(change, now)}`.mapWith(Boolean).as('taken') })
        .from(mail)
        .where(and(sql`${mail.id} = ${change}`, waiting(now))),
      forgotten: forget(db, doomed),
      removal: recordOnce(
        db,
        {
          ...removed.audit,
          event: 'registration_removed',
          userId: sql`${users.id}`,
          actorId: part(change, 'user_id'),
          detail: { because: 'email_confirmed' },
        },
        sql`from ${users} where ${removable}`,
      ),
      removed: db.delete(users).where(removable),
      // The old address and the hash valid with it are stored before they are replaced. The link mailed to an address
      // that the account left recently can undo every change since. If the account returns to such an address, the
      // address that it leaves now gets only a notice.
      marked: enqueue(
        db,
        {
          id: revert.id,
          kind: sql`iif(${left} is null, 'revert_email_change', 'email_changed')`,
          lifetimeMs: sql`iif(${left} is null, ${revert.lifetimeMs}, ${revert.noticeLifetimeMs})`,
          now: after,
          // Every new password revokes the device cookies. A password younger than the freeze is no proof: whoever reads a
          // mailbox for a moment can set one.
          passwordHash: sql`iif(${left} is null and not ${youngPassword(now)}, ${users.passwordHash}, null)`,
        },
        sql`from ${users} where ${and(eq(users.id, part(change, 'user_id')), may)}`,
      ),
      switched: db
        .update(users)
        .set({
          email: part(change, 'address'),
          emailCanonical: part(change, 'address_canonical'),
          emailVerifiedAt: now,
          pendingEmail: null,
          updatedAt: now,
        })
        .where(and(eq(users.id, winner), isNotNull(users.pendingEmail))),
      ended: db
        .delete(sessions)
        .where(and(eq(sessions.userId, winner), sql`${sessions.id} is not ${part(change, 'session_id')}`))
        .returning({ id: sessions.id }),
      links: killLinks(db, sql`(${winner})`, now, { but: change }),
      // Returning to an address undoes every change since the account left it.
      obsolete: db
        .update(mail)
        .set({ expiresAt: now, passwordHash: null, nextAttemptAt: null })
        .where(and(eq(mail.userId, winner), isWayBack, ne(mail.id, revert.id), sql`${mail.createdAt} >= ${left}`)),
      event: recordOnce(db, { ...entry, event: 'email_changed', userId: sql`(${winner})` }, sql`where ${won}`),
      letter: enqueued(db, revert.id),
    }
  }

  type Results = {
    isTaken: { taken: boolean }[]
    ended: { id: string }[]
    letter: EmailChange['mail'][]
  }

  /** Returns the result, read in the same transaction. */
  const outcome = ({ isTaken, ended, letter }: Results): EmailChange => {
    const state = letter[0] ? 'changed' : isTaken[0]?.taken ? 'taken' : 'waiting'
    return { state, ended: ended.map(({ id }) => id), mail: letter[0] }
  }

  return { waiting, confirmed, taken, statements, outcome }
}

/** Returns the change that an approval is about: the most recent request of the same user and session. */
export const approvedBy = (linkId: string) =>
  sql`(select asked.id from ${mail} as asked, ${mail} as approval where approval.id = ${linkId} and approval.kind = 'approve_email_change' and asked.user_id = approval.user_id and asked.kind = 'confirm_email' and asked.session_id = approval.session_id order by asked.expires_at desc limit 1)`
