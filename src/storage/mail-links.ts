import { and, eq, gt, gte, inArray, type SQL, sql } from 'drizzle-orm'
import { kindsOf, type MailKind } from '../domain/mails.ts'
import type { Db } from './database.ts'
import { mail } from './schema.ts'

/** Links that are void as soon as the account may belong to another person. */
const links = kindsOf(({ voidedBy }) => voidedBy === 'takeover')

/** Links by which an owner recovers an account. Only their use or an admin voids them early. */
const recoveryLinks = kindsOf(({ voidedBy }) => voidedBy === 'admin')

/**
 * The kind of a mail that can undo a change of address, for queries that name the mail or its user. `||` keeps SQLite
 * from using the index `mail_reserved`, which is for addresses. With statistics from a time when no user had changed an
 * address, SQLite would expect that index to be empty, and read all of it.
 */
export const wayBackKind = sql.raw(`'revert_email_change' || ''`)
export const isWayBack = sql`${mail.kind} = ${wayBackKind}`

/** All links that belong to a pending change of address. */
export const changeLinks = kindsOf(({ ofChange }) => ofChange)

/**
 * Returns the user for whom a session requested a change of address. The request ends with the session, which may have
 * been an intruder's.
 */
export const whoAsked = (session: SQL | undefined, now: Date) =>
  sql`(select ${mail.userId} from ${mail} where ${and(eq(mail.kind, 'confirm_email'), gt(mail.expiresAt, now), session)})`

export const everyLink: MailKind[] = [...links, ...recoveryLinks]

/** Conditions of a link that has not expired and is not older than TOKENS_NOT_BEFORE. */
export const openLink = (now: Date, notBefore: Date) => and(gt(mail.expiresAt, now), gte(mail.createdAt, notBefore))

/**
 * Voids open links of the user, except the one of the mail `but`. By default, links of all kinds that a takeover voids.
 */
export const killLinks = (
  db: Db,
  userId: SQL,
  now: Date,
  { but = '', kinds = [...links] }: { but?: string | SQL; kinds?: MailKind[] } = {},
) =>
  db
    .update(mail)
    .set({ expiresAt: now, passwordHash: null, nextAttemptAt: null })
    .where(
      and(eq(mail.userId, userId), inArray(mail.kind, kinds), sql`${mail.id} is not ${but}`, gt(mail.expiresAt, now)),
    )

/**
 * Whether an address is reserved for a user who can still undo a change of it; for everybody else it is taken. The kind
 * is a literal, which the partial index requires.
 * @param but the user for whom it is free
 */
export const reserved = (canonical: string | SQL, now: Date, but: SQL | string = '') =>
  sql`exists (select 1 from ${mail} as kept where kept.address_canonical = ${canonical} and kept.kind = 'revert_email_change' and kept.expires_at > ${now.getTime()} and kept.user_id is not ${but})`
