import { and, eq, gt, gte, inArray, type SQL, sql } from 'drizzle-orm'
import type { MailKind } from '../domain/model.ts'
import type { Db } from './database.ts'
import { mail } from './schema.ts'

/** The links a person may follow; other mails are notices. */
const links = [
  'verify_email',
  'set_password',
  'reset_password',
  'invite',
  'confirm_email',
  'email_change',
  'approve_email_change',
  'account_restored',
] as const satisfies MailKind[]

/** Links by which an owner takes an account back. Only an admin, and their own use, ends them early. */
export const recoveryLinks: MailKind[] = ['revert_email_change', 'end_freeze', 'deletion_requested']

/**
 * The kind of a way back from a change of address, where the mail is named or its user is. `||` keeps SQLite from the index
 * `mail_reserved`, which is for addresses: where statistics were made while nobody had changed theirs, its plans read the
 * whole table.
 */
export const wayBackKind = sql.raw(`'revert_email_change' || ''`)
export const isWayBack = sql`${mail.kind} = ${wayBackKind}`

/** All that belongs to a change of address which waits. */
export const changeLinks: MailKind[] = ['confirm_email', 'email_change', 'approve_email_change']

/** The user for whom a session asked for a change of address. It ends with the session: that may have been somebody else's. */
export const whoAsked = (session: SQL | undefined, now: Date) =>
  sql`(select ${mail.userId} from ${mail} where ${and(eq(mail.kind, 'confirm_email'), gt(mail.expiresAt, now), session)})`

export const everyLink: MailKind[] = [...links, ...recoveryLinks]

/** Of a link that is not too old, nor from before all that is refused: TOKENS_NOT_BEFORE. */
export const openLink = (now: Date, notBefore: Date) => and(gt(mail.expiresAt, now), gte(mail.createdAt, notBefore))

/** Kills open links of the user: all but the one that is being used, or those of some kinds. */
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
 * Whether an address is kept for the one who may still undo a change of it: to everybody else it is taken. The kind is a
 * literal, as the partial index wants it.
 * @param but the user to whom it is free
 */
export const reserved = (canonical: string | SQL, now: Date, but: SQL | string = '') =>
  sql`exists (select 1 from ${mail} as kept where kept.address_canonical = ${canonical} and kept.kind = 'revert_email_change' and kept.expires_at > ${now.getTime()} and kept.user_id is not ${but})`
