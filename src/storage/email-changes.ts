import { and, eq, exists, gt, inArray, isNotNull, isNull, not, notInArray, sql } from 'drizzle-orm'
import type { EmailChangeStore } from '../domain/ports/email-changes.ts'
import { batch, type Db, previousChanged, roundTrip, some } from './database.ts'
import { recordOnce } from './events.ts'
import { changeLinks, killLinks, openLink } from './mail-links.ts'
import { enqueue, enqueued } from './outbox.ts'
import { postOrPostpone } from './postponed.ts'
import { asserted, holds, spend } from './proofs.ts'
import { blocked, clear, refusedUntil, reserve } from './rate-limits.ts'
import { mail, sessions, users } from './schema.ts'
import { searchText } from './search-text.ts'
import { userOf } from './sessions.ts'
import { approvedBy, switching } from './switching.ts'

/** Changes of address, from the request to the moment when the account switches. */
export const createEmailChangeStore = (db: Db, notBefore: Date): EmailChangeStore => {
  const { waiting, confirmed, taken, statements, outcome } = switching(db, notBefore)

  return {
    async request(input) {
      const { sid, change, address, addressCanonical, full, limits, mailLimits, linkId, noticeId, lifetimeMs, now } =
        input
      const { detail, cleared } = input
      const me = userOf(db, sid, now)
      const asked = exists(enqueued(db, linkId))
      const proven = and(exists(me), holds(db, sid, full, sql`(${me})`))
      // True if this very request made the address the pending one.
      const wished = and(eq(users.id, me), eq(users.pendingEmail, address), eq(users.updatedAt, now))
      const { mail: letter, mailPlaces } = postOrPostpone(
        db,
        {
          id: linkId,
          kind: 'confirm_email',
          lifetimeMs,
          sessionId: sid,
          to: { address, addressCanonical },
          awaitsApproval: full === undefined,
          detail: detail.link,
        },
        { purpose: 'confirm', limits: mailLimits, now },
        wished,
      )
      const { wait, proof, user, link, notice } = await batch(db, {
        wait: blocked(db, limits),
        proof: db.select({ holds: sql<boolean>`${proven}`.mapWith(Boolean).as('holds') }).from(sql`(select 1)`),
        place: reserve(db, limits, now, proven),
        pending: db
          .update(users)
          .set({ ...change, ...searchText(change), pendingEmail: address, updatedAt: now })
          .where(and(eq(users.id, me), previousChanged)),
        // A newer request replaces the pending one, and its approval mail replaces the older one.
        superseded: db
          .update(mail)
          .set({ expiresAt: now, nextAttemptAt: null })
          .where(
            and(
              eq(mail.userId, me),
              inArray(mail.kind, changeLinks),
              notInArray(mail.id, [linkId, noticeId]),
              gt(mail.expiresAt, now),
              exists(db.select({ id: users.id }).from(users).where(wished)),
            ),
          ),
        asked: letter,
        mailPlaces,
        told: enqueue(
          db,
          {
            id: noticeId,
            kind: full ? 'email_change' : 'approve_email_change',
            lifetimeMs,
            now,
            sessionId: sid,
            detail: detail.notice,
          },
          sql`from ${users} where ${and(eq(users.id, me), asked)}`,
        ),
        event: recordOnce(
          db,
          { ...input.audit, event: 'email_change_requested', userId: sql`(${me})` },
          sql`where ${asked}`,
        ),
        cleared: clear(db, cleared, asked),
        spent: spend(db, sid, full, asked),
        user: db.select().from(users).where(eq(users.id, me)),
        link: enqueued(db, linkId),
        notice: enqueued(db, noticeId),
      })
      if (!user[0]) return
      const mails = [link[0], notice[0]].filter((letter) => letter !== undefined)
      return refusedUntil(wait, now) ?? { user: user[0], mails, proofFailed: !proof[0]?.holds && mails.length === 0 }
    },

    async readLink({ linkId, limits, now }) {
      const change = and(eq(mail.id, linkId), waiting(now))
      const owner = db.select({ id: mail.userId }).from(mail).where(change)
      const { wait, user, asked } = await batch(db, {
        wait: blocked(db, limits),
        user: db.select().from(users).where(eq(users.id, owner)),
        asked: db.select({ by: mail.sessionId }).from(mail).where(change),
        place: reserve(db, limits, now, exists(owner)),
      })
      if (!user[0] || !asked[0]?.by) return
      return refusedUntil(wait, now) ?? { user: user[0], askedBy: asked[0].by }
    },

    async confirm({ linkId, nonce, by, revert, removed, audit: entry, now }) {
      if (by === undefined) {
        const [waits] = await roundTrip(() =>
          db
            .select({ id: mail.id })
            .from(mail)
            .where(and(eq(mail.id, linkId), waiting(now))),
        )
        return waits && { state: 'unproven', ended: [], mail: undefined }
      }
      const change = sql`${linkId}`
      const proven = asserted(db, by, now)
      const results = await batch(db, {
        proof: db
          .select({ holds: sql<boolean>`${proven}`.mapWith(Boolean).as('holds') })
          .from(mail)
          .where(and(eq(mail.id, linkId), waiting(now))),
        // A link to an address that is taken stays valid: the address may be free tomorrow.
        read: db
          .update(mail)
          .set({ usedAt: now, nonce, nextAttemptAt: null })
          .where(and(eq(mail.id, linkId), waiting(now), isNull(mail.usedAt), proven, not(taken(change, now)))),
        ...statements({ change, revert, removed, audit: entry, now }),
      })
      const { proof } = results
      // If an earlier try of this request already made the change, nothing is pending any more and `proof` is empty.
      if (results.letter[0]) return outcome(results)
      return proof[0] && (proof[0].holds ? outcome(results) : { ...outcome(results), state: 'unproven' })
    },

    async approve({ linkId, revert, approval, removed, audit: entry, now }) {
      const change = approvedBy(linkId)
      const live = some(
        db,
        sql`${mail} as given`,
        sql`given.id = ${linkId} and given.kind = 'approve_email_change' and given.expires_at > ${now.getTime()}`,
      )
      const results = await batch(db, {
        approved: db
          .update(mail)
          .set({ awaitsApproval: false })
          .where(and(sql`${mail.id} = ${change}`, waiting(now), eq(mail.awaitsApproval, true), live)),
        approval: recordOnce(
          db,
          {
            ...approval,
            event: 'email_change_approved',
            userId: sql`(select user_id from ${mail} where id = ${linkId})`,
          },
          sql`where ${previousChanged}`,
        ),
        waits: db
          .select({ id: mail.id, confirmed: sql<boolean>`${confirmed}`.mapWith(Boolean).as('confirmed') })
          .from(mail)
          .where(and(sql`${mail.id} = ${change}`, waiting(now), live)),
        ...statements({ change, revert, removed, audit: entry, now }),
      })
      if (results.letter[0]) return outcome(results)
      const [waits] = results.waits
      // Only the reader of the new mailbox may learn that the address belongs to another account.
      return waits && (waits.confirmed ? outcome(results) : { ...outcome(results), state: 'waiting' })
    },

    async cancel({ linkId, audit: entry, now }) {
      const link = and(
        eq(mail.id, linkId),
        inArray(mail.kind, ['email_change', 'approve_email_change']),
        openLink(now, notBefore),
      )
      const owner = db.select({ id: mail.userId }).from(mail).where(link)
      const asked = db.select({ id: mail.sessionId }).from(mail).where(link)
      const { row } = await batch(db, {
        pending: db
          .update(users)
          .set({ pendingEmail: null, updatedAt: now })
          .where(and(eq(users.id, owner), isNotNull(users.pendingEmail))),
        event: recordOnce(
          db,
          { ...entry, event: 'email_change_cancelled', userId: sql`(${owner})` },
          sql`where ${previousChanged}`,
        ),
        links: killLinks(db, sql`(${owner})`, now, { kinds: ['confirm_email'] }),
        // Whoever asked was not the owner of this mailbox.
        session: db.delete(sessions).where(and(eq(sessions.id, asked), eq(sessions.userId, owner))),
        row: db.select({ sid: mail.sessionId }).from(mail).where(link),
      })
      return row[0] && { ended: row[0].sid === null ? [] : [row[0].sid] }
    },
  }
}
