import { and, eq, exists, isNotNull, or, type SQL, sql } from 'drizzle-orm'
import { freezeMs } from '../domain/earlier-proofs.ts'
import type { AuditEntry } from '../domain/model.ts'
import type { EarlierProof, WayBackStore } from '../domain/ports/way-back.ts'
import { batch, type Db, some } from './database.ts'
import { isWayBack, openLink, wayBackKind } from './mail-links.ts'
import { blocked, refusedUntil, reserve } from './rate-limits.ts'
import { audit, mail, passkeys, users } from './schema.ts'
import { factorsProven, heldBy, heldIn, useUp } from './second-factors.ts'

/** Active accounts, and those disabled by a freeze or a scheduled deletion and not by an admin. */
const withinReach = or(eq(users.status, 'active'), isNotNull(users.frozenUntil), isNotNull(users.erasesAt))

/** The queries behind the links of a disputed change of address. */
export const disputes = (db: Db, notBefore: Date) => {
  const done = (entry: AuditEntry) => some(db, audit, eq(audit.id, entry.id))
  const one = (condition: SQL | undefined) => db.select({ one: sql`1` }).from(users).where(condition)

  const usable = (linkId: string, now: Date) =>
    and(
      eq(mail.id, linkId),
      isWayBack,
      openLink(now, notBefore),
      exists(one(and(eq(users.id, mail.userId), withinReach))),
    )

  /**
   * The change that the freeze is about: the oldest disputed one, because undoing it undoes all later ones. A dispute
   * that an admin ended does not belong to this freeze.
   */
  const disputed = (userId: SQL, now: Date, column: 'id' | 'created_at' | 'password' = 'id') =>
    sql`(select ${sql.raw(`dispute.${column}`)} from ${mail} as dispute where dispute.user_id = ${userId} and dispute.kind = ${wayBackKind} and dispute.used_at + ${freezeMs} >= (select frozen.frozen_until from ${users} as frozen where frozen.id = dispute.user_id) and dispute.expires_at > ${now.getTime()} order by dispute.created_at, dispute.id limit 1)`

  /** The change that a link is about: the hash that was valid before it, and when it happened. */
  type Before = { passwordHash: SQL; changedAt: SQL }

  /** Takes a place under the limits if `link` finds a mail, and reads the user of that mail and what `before` names. */
  const readBy: (
    link: SQL | undefined,
    before: Before,
    input: Parameters<WayBackStore['read']>[0],
  ) => ReturnType<WayBackStore['read']> = async (link, { passwordHash, changedAt }, { limits, factors, now }) => {
    const owner = db.select({ id: mail.userId }).from(mail).where(link)
    const { wait, user, before, apps, recovery, keys } = await batch(db, {
      wait: blocked(db, limits),
      user: db.select().from(users).where(eq(users.id, owner)),
      before: db
        .select({
          passwordHash: sql<string | null>`${passwordHash}`.as('hash'),
          changedAt: sql<Date>`${changedAt}`.mapWith(mail.createdAt).as('changed_at'),
        })
        .from(mail)
        .where(link),
      ...(factors && {
        ...heldBy(db, sql`${owner}`),
        keys: db.select().from(passkeys).where(eq(passkeys.userId, owner)),
      }),
      place: reserve(db, limits, now, exists(owner)),
    })
    if (!user[0] || !before[0]) return
    return (
      refusedUntil(wait, now) ?? {
        user: user[0],
        ...before[0],
        held: { ...heldIn(apps, recovery), passkeys: keys ?? [] },
      }
    )
  }

  /** Whether the proof still holds for the account of the mail in the statement. */
  const proves = (by: EarlierProof, { passwordHash, changedAt }: Before, now: Date) =>
    'second' in by
      ? and(
          // Disputes of older changes may have come since: the factor was not compared with those.
          sql`${changedAt} = ${by.changedAt.getTime()}`,
          exists(one(and(eq(users.id, mail.userId), factorsProven(db, by.second, { mfaRequired: 'none', now })))),
        )
      : sql`${passwordHash} = ${by.passwordHash}`

  /** Uses up the factor, if the request contained one. */
  const usingUp = (by: EarlierProof | undefined, userId: SQL, when: SQL, now: Date) =>
    by && 'second' in by ? useUp(db, by.second, { userId, when, now }) : {}

  const frozenBy = (linkId: string, now: Date) =>
    and(
      eq(mail.id, linkId),
      eq(mail.kind, 'end_freeze'),
      openLink(now, notBefore),
      exists(one(and(eq(users.id, mail.userId), isNotNull(users.frozenUntil)))),
    )

  return { done, one, usable, disputed, readBy, proves, usingUp, frozenBy }
}
