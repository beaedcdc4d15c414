import { and, eq, exists, gt, isNotNull, isNull, lte, not, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { AccountDeletionStore, Removal } from '../domain/ports/account-deletion.ts'
import { adminOf, notLastAdmin } from './admins.ts'
import { batch, type Db, previousChanged, some } from './database.ts'
import { recordOnce } from './events.ts'
import { isWayBack, killLinks, openLink } from './mail-links.ts'
import { enqueue, enqueued } from './outbox.ts'
import { holds } from './proofs.ts'
import { audit, mail, sessions, users } from './schema.ts'
import { userOf } from './sessions.ts'

/**
 * Anonymises the audit entries of unverified users before the users are deleted. Nobody was told their ids, so no
 * pseudonym is needed to find the entries later.
 */
export const forget = (db: Db, doomed: SQLWrapper) =>
  db
    .update(audit)
    .set({ userId: null, ip: null, userAgent: null, detail: null })
    .where(sql`${audit.userId} in ${doomed}`)

export const createAccountDeletionStore = (db: Db, notBefore: Date): AccountDeletionStore => {
  /** Whether a change of the user's address can still be undone. */
  const wayBack = (userId: SQLWrapper, now: Date) =>
    some(db, mail, and(eq(mail.userId, userId), isWayBack, gt(mail.expiresAt, now)))

  /**
   * Deletes a user. The audit entries that remain name nobody: a pseudonym replaces the user's id, and entries about
   * the user lose their network address, user agent and detail. All other rows refer to the user's row and are deleted
   * with it, except the mail that informs the owner.
   */
  const remove = async (
    { userId, pseudonym, notice, audit: entry, now }: Removal,
    { allowedIf, actorId, tell = true }: { allowedIf: SQL | undefined; actorId?: SQL; tell?: boolean },
  ) => {
    const target = and(eq(users.id, userId), allowedIf)
    const allowed = some(db, users, and(target, notLastAdmin(db)))
    const { user, live, removed, letter } = await batch(db, {
      user: db.select().from(users).where(target),
      live: db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, userId)),
      event: recordOnce(db, { ...entry, event: 'account_deleted', userId: pseudonym, actorId }, sql`where ${allowed}`),
      subject: db
        .update(audit)
        .set({ userId: pseudonym, ip: null, userAgent: null, detail: null })
        .where(and(eq(audit.userId, userId), allowed)),
      actor: db
        .update(audit)
        .set({ actorId: pseudonym })
        .where(and(eq(audit.actorId, userId), allowed)),
      // Mailed only to a verified address: the owner of an unverified one need not know of the account.
      told: enqueue(
        db,
        { id: notice.id, kind: 'account_deleted', lifetimeMs: notice.lifetimeMs, now, toNobody: true },
        sql`from ${users} where ${and(target, notLastAdmin(db), isNotNull(users.emailVerifiedAt), tell ? undefined : sql`false`)}`,
      ),
      row: db.delete(users).where(and(target, notLastAdmin(db))),
      // If the write is repeated, the user is already gone; the audit entry shows that this request deleted them.
      removed: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
      letter: enqueued(db, notice.id),
    })
    if (removed[0]) return { ended: live.map((session) => session.id), user: user[0], mail: letter[0] }
    return user[0] && ('last_admin' as const)
  }

  return {
    removeOwn: (input) => {
      const { sid, full, now } = input
      const me = userOf(db, sid, now)
      const allowedIf = and(eq(users.id, me), holds(db, sid, full, sql`(${me})`), not(wayBack(users.id, now)))
      return remove({ ...input, audit: { ...input.audit, ip: null, userAgent: null } }, { allowedIf })
    },

    removeOther: (input) => {
      const actorId = sql`(${adminOf(db, input.sid, input.now)})`
      return remove(input, { allowedIf: sql`${users.id} <> ${actorId}`, actorId })
    },

    erase: (input) =>
      remove(input, {
        allowedIf: and(due(input.now), not(wayBack(users.id, input.now))),
        tell: false,
      }),

    async schedule({ sid, full, after, mailId, audit: entry, now }) {
      const me = userOf(db, sid, now)
      const owner = db.select({ id: audit.userId }).from(audit).where(eq(audit.id, entry.id))
      const done = exists(owner)
      const holding = holds(db, sid, full, sql`(${me})`)
      const { user, ended, letter, erased } = await batch(db, {
        user: db
          .select({ proven: sql<boolean>`${holding ?? sql`true`}`.mapWith(Boolean).as('proven') })
          .from(users)
          .where(eq(users.id, me)),
        event: recordOnce(
          db,
          { ...entry, event: 'deletion_requested', userId: sql`${users.id}` },
          sql`from ${users} where ${and(eq(users.id, me), holding, notLastAdmin(db))}`,
        ),
        account: db
          .update(users)
          .set({
            status: 'disabled',
            pendingEmail: null,
            erasesAt: sql`max(${now.getTime() + after}, coalesce((select max(expires_at) from ${mail} where ${and(eq(mail.userId, users.id), isWayBack)}), 0))`,
            updatedAt: now,
          })
          .where(and(eq(users.id, owner), eq(users.status, 'active'))),
        ended: db
          .delete(sessions)
          .where(and(eq(sessions.userId, owner), done))
          .returning({ id: sessions.id }),
        links: killLinks(db, sql`(${owner})`, now),
        told: enqueue(
          db,
          {
            id: mailId,
            kind: 'deletion_requested',
            lifetimeMs: sql`(${users.erasesAt} - ${now.getTime()})`,
            now,
          },
          sql`from ${users} where ${and(eq(users.id, owner), isNotNull(users.erasesAt))}`,
        ),
        letter: enqueued(db, mailId),
        erased: db.select({ at: users.erasesAt }).from(users).where(eq(users.id, owner)),
      })
      if (erased[0]?.at) return { ended: ended.map(({ id }) => id), mail: letter[0], erasesAt: erased[0].at }
      return user[0] && (user[0].proven ? 'last_admin' : 'unproven')
    },

    async undo({ linkId, audit: entry, now }) {
      const link = and(
        eq(mail.id, linkId),
        eq(mail.kind, 'deletion_requested'),
        openLink(now, notBefore),
        some(db, users, and(eq(users.id, mail.userId), eq(users.emailCanonical, mail.addressCanonical))),
      )
      // The link acts once, and repeating it changes nothing. A later deletion request has a link of its own.
      const owner = db
        .select({ id: mail.userId })
        .from(mail)
        .where(and(link, isNull(mail.usedAt)))
      const { row } = await batch(db, {
        account: db
          .update(users)
          .set({
            status: sql`iif(${users.frozenUntil} is null, 'active', 'disabled')`,
            erasesAt: null,
            updatedAt: now,
          })
          .where(and(eq(users.id, owner), isNotNull(users.erasesAt))),
        event: recordOnce(
          db,
          { ...entry, event: 'deletion_undone', userId: sql`(${owner})` },
          sql`where ${previousChanged}`,
        ),
        used: db
          .update(mail)
          .set({ usedAt: now, nextAttemptAt: null })
          .where(and(link, isNull(mail.usedAt))),
        row: db.select({ id: mail.id }).from(mail).where(link),
      })
      return row.length > 0
    },

    async due(now, limit) {
      const { rows } = await batch(db, {
        rows: db
          .select({ id: users.id })
          .from(users)
          .where(and(due(now), not(wayBack(users.id, now))))
          .limit(limit),
      })
      return rows.map(({ id }) => id)
    },
  }
}

/** Users who are due to be erased, unless their address is disputed or an admin has enabled the account again. */
const due = (now: Date) =>
  and(isNotNull(users.erasesAt), lte(users.erasesAt, now), eq(users.status, 'disabled'), isNull(users.frozenUntil))
