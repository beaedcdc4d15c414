import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { AuditEvent } from '../domain/audit.ts'

const time = (name: string) => integer(name, { mode: 'timestamp_ms' })

export const userOrigins = ['registered', 'imported', 'invited', 'created'] as const

export const users = sqliteTable(
  'users',
  {
    /** UUIDv7: sorts by creation. */
    id: text('id').primaryKey(),
    /** As it was typed; mail goes here. */
    email: text('email').notNull(),
    /** Made once, by `domain/email.ts`; SQLite folds case otherwise than JavaScript does. */
    emailCanonical: text('email_canonical').notNull().unique(),
    /** Device cookies of this moment and before are revoked; null: none is. */
    deviceCookiesNotBefore: time('device_cookies_not_before'),
    /** A PHC string; null until a password has been set by somebody who reads the mailbox. */
    passwordHash: text('password'),
    name: text('name'),
    /** E.164 */
    phone: text('phone'),
    role: text('role', { enum: ['user', 'admin'] })
      .notNull()
      .default('user'),
    status: text('status', { enum: ['active', 'disabled'] })
      .notNull()
      .default('active'),
    emailVerifiedAt: time('email_verified_at'),
    /** How the row came about. Null: before this was kept; such a row is treated as an imported one. */
    origin: text('origin', { enum: userOrigins }),
    /** The account is disabled, and it is erased at this time unless its owner undoes that. */
    erasesAt: time('erases_at'),
    /** The account is disabled while its last change of address is in dispute; at this time the change is undone. */
    frozenUntil: time('frozen_until'),
    /** The address that waits to be confirmed. */
    pendingEmail: text('pending_email'),
    /** The key of the picture: random, never made of anything of the user's. Or its https URL, where it is kept elsewhere. */
    avatar: text('avatar'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    lastLoginAt: time('last_login_at'),
    /** What search finds them by besides: see `search-text.ts`. */
    searchName: text('search_name'),
    searchEmail: text('search_email'),
    searchPhone: text('search_phone'),
  },
  (t) => [
    // Few of many: a query that is to use one of these says the same, with the value as a literal.
    index('users_admins').on(t.id).where(sql`role = 'admin'`),
    index('users_abandoned').on(t.id).where(sql`email_verified_at is null and last_login_at is null`),
    // Asked whether a stored picture is still somebody's.
    index('users_avatar').on(t.avatar).where(sql`avatar is not null`),
    index('users_erasing').on(t.erasesAt).where(sql`erases_at is not null`),
    index('users_frozen').on(t.frozenUntil).where(sql`frozen_until is not null`),
  ],
)

/** Live sessions only: ending one deletes its row, and one row serves however often it is refreshed. */
export const sessions = sqliteTable(
  'sessions',
  {
    /** 128 random bits: the `sid` of both tokens. */
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** How often the session was refreshed; a refresh token names the one it belongs to. */
    generation: integer('generation').notNull().default(0),
    /** The one whose token made it; null where that is the one before. */
    parent: integer('parent'),
    /** Made by whoever wrote the generation: a repeated write recognises itself. */
    nonce: text('nonce').notNull(),
    createdAt: time('created_at').notNull(),
    /** The last log-in or refresh. */
    rotatedAt: time('rotated_at').notNull(),
    /** When the password was last given. */
    authTime: time('auth_time').notNull(),
    /** How its user was authenticated: methods of RFC 8176, separated by spaces. */
    amr: text('amr').notNull().default('pwd'),
    /** The id of the one-use proof that the last log-in or re-authentication gave out; null once it is used. */
    proof: text('proof'),
    /** Whether it outlives its browser: `remember` of its log-in. */
    remembered: integer('remembered', { mode: 'boolean' }).notNull().default(true),
    /** Slides with each refresh, never past `endsAt`. */
    expiresAt: time('expires_at').notNull(),
    /** Never moves. */
    endsAt: time('ends_at').notNull(),
    ip: text('ip'),
    city: text('city'),
    country: text('country'),
    userAgent: text('user_agent'),
    /** The id of the device that was made known when the session began, or with its last new password. */
    device: text('device'),
  },
  (t) => [index('sessions_user').on(t.userId, t.createdAt), index('sessions_expiry').on(t.expiresAt)],
)

export const mailKinds = [
  'verify_email',
  'set_password',
  'reset_password',
  'invite',
  'confirm_email',
  'account_exists',
  'email_change',
  'email_changed',
  'password_changed',
  'new_device',
  'refresh_reuse',
  'approve_email_change',
  'revert_email_change',
  'email_change_reverted',
  'account_frozen',
  'end_freeze',
  'account_restored',
  'deletion_requested',
  'account_deleted',
  'password_guessed',
  'address_reserved',
] as const

/** The outbox and the one-time links in one: a link's token is made anew from the row's id whenever it is sent. */
export const mail = sqliteTable(
  'mail',
  {
    /** 128 random bits. */
    id: text('id').primaryKey(),
    userId: text('user_id').references(() => users.id, { onDelete: 'cascade' }),
    /** The session that asked for it (a change of address), or that it is about (a new device). */
    sessionId: text('session_id'),
    kind: text('kind', { enum: mailKinds }).notNull(),
    address: text('address').notNull(),
    addressCanonical: text('address_canonical').notNull(),
    createdAt: time('created_at').notNull(),
    /** A link that was superseded or must not work any more expires at once. */
    expiresAt: time('expires_at').notNull(),
    usedAt: time('used_at'),
    /** Of the request that used the link. */
    nonce: text('nonce'),
    /** The hash that was valid before a change of address: whoever knows the password undoes the change at once. */
    passwordHash: text('password'),
    /** A change of address that the owner of the current address has to approve as well. */
    awaitsApproval: integer('awaits_approval', { mode: 'boolean' }).notNull().default(false),
    sentAt: time('sent_at'),
    attempts: integer('attempts').notNull().default(0),
    /** Null: nothing to do. Whoever attempts moves it first, which is the lease. */
    nextAttemptAt: time('next_attempt_at'),
    /** The code of the last failure, never its words. */
    lastError: text('last_error'),
    /** What the message says besides: names out of fixed lists, nothing that a requester typed. */
    detail: text('detail', { mode: 'json' }).$type<Record<string, string>>(),
  },
  (t) => [
    index('mail_user').on(t.userId, t.kind),
    index('mail_due').on(t.nextAttemptAt).where(sql`next_attempt_at is not null`),
    index('mail_expiry').on(t.expiresAt),
    // Asked whether an address is kept for the one who may still undo a change of it.
    index('mail_reserved').on(t.addressCanonical).where(sql`kind = 'revert_email_change'`),
  ],
)

/** `WITHOUT ROWID`, which Drizzle cannot say: a migration that makes it anew has to (0002). */
export const throttles = sqliteTable(
  'throttles',
  {
    /** An HMAC of scope and subject: no address of anybody is kept here. */
    key: text('key').primaryKey(),
    count: integer('count').notNull(),
    blockedUntil: time('blocked_until').notNull(),
    endsAt: time('ends_at').notNull(),
  },
  (t) => [index('throttles_end').on(t.endsAt)],
)

export const audit = sqliteTable(
  'audit',
  {
    /** UUIDv7 of `at`: sorts by time. */
    id: text('id').primaryKey(),
    at: time('at').notNull(),
    event: text('event').$type<AuditEvent>().notNull(),
    /** Whom it happened to; not a reference, since it outlives the user. */
    userId: text('user_id'),
    /** Who did it, where that is somebody else. */
    actorId: text('actor_id'),
    ip: text('ip'),
    userAgent: text('user_agent'),
    detail: text('detail', { mode: 'json' }).$type<Record<string, string | number | boolean | null>>(),
    /** Repeated failures within one throttle window share a row. */
    count: integer('count').notNull().default(1),
  },
  (t) => [
    index('audit_user').on(t.userId, t.id),
    index('audit_actor').on(t.actorId, t.id).where(sql`actor_id is not null`),
    index('audit_event').on(t.event, t.id),
  ],
)

/** The browsers, systems and countries that a user has logged in from. A new one is worth a mail. */
export const devices = sqliteTable(
  'devices',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    firstSeenAt: time('first_seen_at').notNull(),
    lastSeenAt: time('last_seen_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.name] }), index('devices_seen').on(t.lastSeenAt)],
)

/** How many users there are of each kind, at most eight rows, kept by triggers: no total ever scans users. */
export const totals = sqliteTable(
  'totals',
  {
    role: text('role').notNull(),
    status: text('status').notNull(),
    verified: integer('verified', { mode: 'boolean' }).notNull(),
    count: integer('count').notNull(),
  },
  (t) => [primaryKey({ columns: [t.role, t.status, t.verified] })],
)

/**
 * How many passwords are of each format that is not ours, kept by triggers; under `none`, how many users have no password.
 * A format is a hash without its salt and digest. The rest of the users have hashes of our own.
 */
export const passwordFormats = sqliteTable('password_formats', {
  format: text('format').primaryKey(),
  count: integer('count').notNull(),
})

/** Counts for each day (UTC), kept by triggers; mails are counted as they are sent. The day `now` has what exists now (`sessions`). */
export const daily = sqliteTable(
  'daily',
  {
    day: text('day').notNull(),
    metric: text('metric', { enum: ['registrations', 'logins', 'sessions', 'mails_sent'] }).notNull(),
    count: integer('count').notNull(),
  },
  (t) => [primaryKey({ columns: [t.metric, t.day] })],
)
