import { and, eq, isNull, not, or, sql } from 'drizzle-orm'
import type { AuditEntry, Mail, MailProof, MfaRequired } from '../domain/model.ts'
import type { Second } from '../domain/ports/second-factors.ts'
import { type Db, insertWhere, previousChanged, some } from './database.ts'
import { recordOnce } from './events.ts'
import { killLinks, openLink, reserved } from './mail-links.ts'
import { needsFactor } from './proofs.ts'
import { blocked, reserve } from './rate-limits.ts'
import { mail, passkeys, recoveryCodes, sessions, totp, users } from './schema.ts'
import { searchText } from './search-text.ts'
import { factorsProven } from './second-factors.ts'

type Claim = {
  proof: MailProof
  second: Second | undefined
  mfaRequired: MfaRequired
  session: { id: string; userId: string }
  /** The entry about the creation of the user, or about the verification of the address. */
  audit: AuditEntry
  notBefore: Date
  now: Date
}

/** What some of the statements return, depending on the claim. */
export type ClaimResults = {
  wait?: { until: Date | null }[]
  disowned?: { id: string }[]
  othersEnded?: { id: string }[]
  notices?: Mail[]
}

/**
 * The proof by a mail, for the batch that starts a session. The mail's row is claimed under the id of the session, so
 * that one of many requests wins, and a repeated one finds its own claim.
 */
export const claimMail = (db: Db, { proof, second, mfaRequired, session, audit, notBefore, now }: Claim) => {
  const { id, creates, keeps, limits = [] } = proof.mail
  const usable = and(eq(mail.id, id), isNull(mail.usedAt), openLink(now, notBefore))
  const owner = and(eq(users.id, session.userId), eq(users.status, 'active'))
  // A stranger may have added factors to an unverified account: they do not count, and are removed with its password.
  const mayUse = creates
    ? sql`${mail.kind} = 'sign_up' and not exists (select 1 from ${users} where ${users.emailCanonical} = ${mail.addressCanonical}) and not ${reserved(sql`${mail.addressCanonical}`, now)}`
    : and(
        eq(mail.kind, 'log_in'),
        some(
          db,
          users,
          and(
            owner,
            eq(users.id, mail.userId),
            eq(users.emailCanonical, mail.addressCanonical),
            or(
              and(isNull(users.emailVerifiedAt), not(needsFactor(mfaRequired))),
              factorsProven(db, second, { mfaRequired, now }),
            ),
          ),
        ),
      )
  const claimed = some(db, mail, and(eq(mail.id, id), eq(mail.nonce, session.id)))
  const unverified = and(claimed, some(db, users, and(owner, isNull(users.emailVerifiedAt))))!
  const unproven = keeps ? sql`false` : unverified
  const me = session.userId

  return {
    claimed,
    /** Reads whether the mail can still be used, after a claim that failed. */
    usable: db.select({ id: mail.id }).from(mail).where(usable),
    statements: {
      ...(limits.length > 0 && {
        wait: blocked(db, limits),
        place: reserve(db, limits, now, undefined, creates ? sql`false` : sql`true`),
      }),
      claimed: db
        .update(mail)
        .set({ usedAt: now, nonce: session.id, nextAttemptAt: null })
        .where(and(usable, mayUse, limits.length > 0 ? previousChanged : undefined)),
      ...(creates
        ? {
            created: insertWhere(
              db,
              users,
              { ...creates, ...searchText(creates) },
              sql`where ${claimed}`,
            ).onConflictDoNothing(),
            registered: recordOnce(
              db,
              { ...audit, event: 'registered', userId: creates.id },
              sql`where ${previousChanged}`,
            ),
          }
        : {
            disowned: db
              .delete(sessions)
              .where(and(eq(sessions.userId, me), unproven))
              .returning({ id: sessions.id }),
            apps: db.delete(totp).where(and(eq(totp.userId, me), unproven)),
            passkeys: db.delete(passkeys).where(and(eq(passkeys.userId, me), unproven)),
            codes: db.delete(recoveryCodes).where(and(eq(recoveryCodes.userId, me), unproven)),
            links: killLinks(db, sql`(select ${me} where ${unverified})`, now),
            verified: db
              .update(users)
              .set({
                emailVerifiedAt: now,
                ...(!keeps && { passwordHash: null, pendingEmail: null, deviceCookiesNotBefore: now }),
                updatedAt: now,
              })
              .where(and(owner, isNull(users.emailVerifiedAt), claimed)),
            emailVerified: recordOnce(
              db,
              { ...audit, event: 'email_verified', userId: me },
              sql`where ${previousChanged}`,
            ),
          }),
    },
  }
}
