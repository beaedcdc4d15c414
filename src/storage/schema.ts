import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { AuditEvent } from '../domain/audit.ts'
import { mailKinds } from '../domain/mails.ts'
import { dailySeries, type Metadata, periodSeries } from '../domain/model.ts'
import type { ArchivePortion } from '../domain/ports/audit-archive.ts'

const time = (name: string) => integer(name, { mode: 'timestamp_ms' })

/*
 * Tables whose rows have random keys are `WITHOUT ROWID`, which Drizzle cannot express: `sessions`, `mail`,
 * `throttles`, `audit`, `devices`, `trusted_devices`, `recovery_codes`, `audit_keys`. A migration that rebuilds one of
 * them must add `WITHOUT ROWID`, and create the triggers of the table again, as migration 0010 does.
 */

export const userOrigins = ['registered', 'imported', 'invited', 'created'] as const

export const users = sqliteTable(
  'users',
  {
    /** UUIDv7: sorts by creation. */
    id: text('id').primaryKey(),
    /** The address as typed; mail is sent to it. */
    email: text('email').notNull(),
    /** Computed once, by `domain/email.ts`; SQLite folds case differently from JavaScript. */
    emailCanonical: text('email_canonical').notNull().unique(),
    /** Device cookies issued at this moment or before are revoked; null: no cookie is revoked. */
    deviceCookiesNotBefore: time('device_cookies_not_before'),
    /**
     * The hash of the password: a PHC string, or an imported hash in its own format. Null: the user has no password.
     */
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
    /** How the account was created. Null in rows from before this was recorded, which count as imported. */
    origin: text('origin', { enum: userOrigins }),
    /** Set while the account is disabled and waits to be erased at this time; the owner can undo it until then. */
    erasesAt: time('erases_at'),
    /**
     * Set while the account is disabled because its last change of address is disputed; the change is undone at this
     * time.
     */
    frozenUntil: time('frozen_until'),
    /** The new address that waits for confirmation. */
    pendingEmail: text('pending_email'),
    /**
     * The picture's key, which is random and not derived from the user; or its https URL if another provider stores it.
     */
    avatar: text('avatar'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    lastLoginAt: time('last_login_at'),
    /** The user's id in the system that an import came from, or in another one that an admin names. */
    externalId: text('external_id'),
    /** Data that admins and imports set for the user: an object of at most 4 KiB, or null. */
    metadata: text('metadata', { mode: 'json' }).$type<Metadata>(),
    /**
     * Set by an import: the old system is asked for the password at the first log-in (MIGRATION_HOOK). Triggers clear it
     * for good when the password, the status or the address is set (migration 0011).
     */
    migrationPending: integer('migration_pending', { mode: 'boolean' }),
    /** The second factors that the user has, as bits of `domain/model.ts`. Triggers on their tables keep it. */
    factors: integer('factors').notNull().default(0),
    /** The language of mails to the user, as a tag of BCP 47. Null: nobody said, as in rows from before it was recorded. */
    locale: text('locale'),
    /** The last day on which the user logged in or refreshed, in days since 1970. Triggers on `sessions` move it. */
    activeDay: integer('active_day').notNull().default(0),
    /** Whether an admin requires a second factor of this user, whatever MFA_REQUIRED says. */
    mfaRequired: integer('mfa_required', { mode: 'boolean' }).notNull().default(false),
    /** Additional text for search: see `search-text.ts`. */
    searchName: text('search_name'),
    searchEmail: text('search_email'),
    searchPhone: text('search_phone'),
  },
  (t) => [
    // Partial indexes for rare rows. A query uses one only if it repeats the condition with literal values.
    index('users_admins').on(t.id).where(sql`role = 'admin'`),
    uniqueIndex('users_external_id').on(t.externalId).where(sql`external_id is not null`),
    // Used to check whether a stored picture still belongs to a user.
    index('users_avatar').on(t.avatar).where(sql`avatar is not null`),
    index('users_erasing').on(t.erasesAt).where(sql`erases_at is not null`),
    index('users_frozen').on(t.frozenUntil).where(sql`frozen_until is not null`),
    index('users_invited').on(t.id).where(sql`password is null and migration_pending is null`),
    index('users_mfa_required').on(t.mfaRequired).where(sql`mfa_required = 1`),
  ],
)

/** Live sessions only: ending a session deletes its row, and a refresh updates it in place. */
export const sessions = sqliteTable(
  'sessions',
  {
    /** 128 random bits: the `sid` of both tokens. */
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** How often the session was refreshed; a refresh token names its generation. */
    generation: integer('generation').notNull().default(0),
    /** The generation whose token created this one; null if that is the previous generation. */
    parent: integer('parent'),
    /** Written with the generation, so that a repeated write recognises itself. */
    nonce: text('nonce').notNull(),
    createdAt: time('created_at').notNull(),
    /** The last log-in or refresh. */
    rotatedAt: time('rotated_at').notNull(),
    /** The last log-in or re-authentication. */
    authTime: time('auth_time').notNull(),
    /** How its user was authenticated: methods of RFC 8176, separated by spaces. */
    amr: text('amr').notNull().default('pwd'),
    /** When the user last gave two factors; null: only one so far. */
    mfaAt: time('mfa_at'),
    /** The id of the one-use proof that the last log-in or re-authentication issued; null once it is used. */
    proof: text('proof'),
    /** Whether the session survives a restart of the browser: `remember` at log-in. */
    remembered: integer('remembered', { mode: 'boolean' }).notNull().default(true),
    /** Moves with each refresh, but never past `endsAt`. */
    expiresAt: time('expires_at').notNull(),
    /** Never moves. */
    endsAt: time('ends_at').notNull(),
    ip: text('ip'),
    city: text('city'),
    country: text('country'),
    userAgent: text('user_agent'),
    /** The id of the device that started the session or last set a new password in it. */
    device: text('device'),
    /** Refreshes in the window that ends at `turnsEndAt`. */
    turns: integer('turns').notNull().default(0),
    turnsEndAt: time('turns_end_at').notNull().default(sql`0`),
  },
  (t) => [index('sessions_user').on(t.userId, t.createdAt)],
)

/** Authenticator apps (RFC 6238). */
export const totp = sqliteTable(
  'totp',
  {
    /** UUIDv7 */
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The seed, encrypted under the first of DATA_KEYS: see `seedAbout` in `domain/totp.ts`. */
    secret: text('secret').notNull(),
    /** The newest time step whose code was accepted: that code and older ones are refused (RFC 6238 §5.2). */
    lastStep: integer('last_step').notNull(),
    name: text('name'),
    createdAt: time('created_at').notNull(),
    lastUsedAt: time('last_used_at'),
  },
  (t) => [index('totp_user').on(t.userId)],
)

/** Passkeys: credentials of WebAuthn. */
export const passkeys = sqliteTable(
  'passkeys',
  {
    /** UUIDv7 */
    id: text('id').primaryKey(),
    /** In base64url, as browsers have it. */
    credentialId: text('credential_id').notNull().unique(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The RP ID that the passkey was made for. The passkey works for no other, even if PASSKEY_RP_ID changes. */
    rpId: text('rp_id').notNull(),
    /** COSE_Key in base64url. */
    publicKey: text('public_key').notNull(),
    /** The algorithm's COSE identifier. */
    alg: integer('alg').notNull(),
    /** The highest signature counter that was seen; synced passkeys usually send 0. */
    signCount: integer('sign_count').notNull(),
    /**
     * Whether its authenticator has verified the user here (WebAuthn's `uvInitialized`). Otherwise the passkey is a
     * second factor only.
     */
    uv: integer('uv', { mode: 'boolean' }).notNull(),
    backupEligible: integer('backup_eligible', { mode: 'boolean' }).notNull(),
    backedUp: integer('backed_up', { mode: 'boolean' }).notNull(),
    /** Whether the browser said that it can be found without its id; null: the browser did not say. */
    discoverable: integer('discoverable', { mode: 'boolean' }),
    transports: text('transports', { mode: 'json' }).$type<string[]>(),
    /** The model of the authenticator, 32 hexadecimal digits. */
    aaguid: text('aaguid').notNull(),
    name: text('name').notNull(),
    createdAt: time('created_at').notNull(),
    lastUsedAt: time('last_used_at'),
    /**
     * What its authenticator has as the user's id, in base64url, if the passkey was imported; empty: unknown. Null: the
     * id of the user here.
     */
    userHandle: text('user_handle'),
  },
  (t) => [index('passkeys_user').on(t.userId, t.id)],
)

/** The recovery codes of a user: one set, which a new one replaces. */
export const recoveryCodes = sqliteTable('recovery_codes', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  /** Part of what is hashed, so that no code of an earlier set counts. */
  setId: text('set_id').notNull(),
  /** The SHA-256 of each code, in order. */
  hashes: text('hashes', { mode: 'json' }).$type<string[]>().notNull(),
  /** The codes that were used: bit n for the code at place n. */
  used: integer('used').notNull().default(0),
  createdAt: time('created_at').notNull(),
})

/** The devices on which log-ins of a user need no second factor. */
export const trustedDevices = sqliteTable(
  'trusted_devices',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** 128 random bits; the token of the device names it. */
    id: text('id').notNull(),
    name: text('name').notNull(),
    createdAt: time('created_at').notNull(),
    lastUsedAt: time('last_used_at').notNull(),
    /** Never moves. */
    expiresAt: time('expires_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.id] })],
)

/**
 * The outbox and the one-time links in one table: a link's token is derived from the row's id whenever the mail is
 * sent.
 */
export const mail = sqliteTable(
  'mail',
  {
    /** 128 random bits. */
    id: text('id').primaryKey(),
    userId: text('user_id').references(() => users.id, { onDelete: 'cascade' }),
    /** The session that requested the mail (a change of address), or that it is about (a new device). */
    sessionId: text('session_id'),
    kind: text('kind', { enum: mailKinds }).notNull(),
    address: text('address').notNull(),
    addressCanonical: text('address_canonical').notNull(),
    createdAt: time('created_at').notNull(),
    /** A link that is superseded or voided expires at once. */
    expiresAt: time('expires_at').notNull(),
    usedAt: time('used_at'),
    /** The nonce of the request that used the link. */
    nonce: text('nonce'),
    /** The hash that was valid before a change of address: its password undoes the change at once. */
    passwordHash: text('password'),
    /** Whether the owner of the current address must approve the change as well. */
    awaitsApproval: integer('awaits_approval', { mode: 'boolean' }).notNull().default(false),
    sentAt: time('sent_at'),
    attempts: integer('attempts').notNull().default(0),
    /**
     * Null: no attempt is due. A sender moves this time forward before it tries, so that no other sender tries as well:
     * this is its lease.
     */
    nextAttemptAt: time('next_attempt_at'),
    /** The code of the last failure, never its message. */
    lastError: text('last_error'),
    /** Further facts in the message: names from fixed lists, nothing that a requester typed. */
    detail: text('detail', { mode: 'json' }).$type<Record<string, string>>(),
    /** The language that its user had when it was written, or else that of the request which caused it. */
    locale: text('locale'),
  },
  (t) => [
    index('mail_user').on(t.userId, t.kind),
    index('mail_due').on(t.nextAttemptAt).where(sql`next_attempt_at is not null`),
    // Nothing is written here for a mail that is sent at once.
    index('mail_failed').on(t.createdAt, t.id).where(sql`last_error is not null and sent_at is null`),
    // Used to check whether an address is reserved for a user who can still undo a change of it.
    index('mail_reserved').on(t.addressCanonical).where(sql`kind = 'revert_email_change'`),
  ],
)

export const throttles = sqliteTable('throttles', {
  /**
   * A MAC of scope and subject, so that no address is stored here; or the name of something that is no counter, such as
   * a used challenge or an alert.
   */
  key: text('key').primaryKey(),
  count: integer('count').notNull(),
  /** Until when one of the windows is full. */
  blockedUntil: time('blocked_until').notNull(),
  endsAt: time('ends_at').notNull(),
  /** A second, shorter window of the same subject. */
  shortCount: integer('short_count').notNull().default(0),
  shortEndsAt: time('short_ends_at').notNull().default(sql`0`),
})

/**
 * Events of ordinary traffic. They make up most of the audit. The index by event leaves them out, because each of them
 * would have to write it.
 */
export const commonEvents = [
  'registered',
  'email_verified',
  'logged_in',
  'log_in_failed',
  'logged_out',
] as const satisfies AuditEvent[]

/** The condition of the index of events; a query uses the index only if it repeats these words. */
export const rareEvent = sql.raw(`event not in (${commonEvents.map((event) => `'${event}'`).join(', ')})`)

export const audit = sqliteTable(
  'audit',
  {
    /** UUIDv7 of `at`: sorts by time. */
    id: text('id').primaryKey(),
    at: time('at').notNull(),
    event: text('event').$type<AuditEvent>().notNull(),
    /** The subject of the event. Not a reference, because the entry outlives the user. */
    userId: text('user_id'),
    /** Who did it, if somebody else. */
    actorId: text('actor_id'),
    ip: text('ip'),
    userAgent: text('user_agent'),
    detail: text('detail', { mode: 'json' }).$type<Record<string, string | number | boolean | null>>(),
    /** How often the event happened: repetitions within one window share a row. */
    count: integer('count').notNull().default(1),
  },
  (t) => [
    index('audit_user').on(t.userId, t.id),
    index('audit_actor').on(t.actorId, t.id).where(sql`actor_id is not null`),
    index('audit_event').on(t.event, t.id).where(rareEvent),
  ],
)

/**
 * The pseudonym of each user in the archive of the audit, and the secret that seals what the archive says about the
 * user. The row is deleted with its user; then nobody can read the sealed parts any more.
 */
export const auditKeys = sqliteTable('audit_keys', {
  pseudonym: text('pseudonym').primaryKey(),
  /** Null in one row: its secret seals entries that are about no user. */
  userId: text('user_id')
    .unique()
    .references(() => users.id, { onDelete: 'cascade' }),
  /** 32 random bytes. */
  secret: text('secret').notNull(),
})

/** The days in the archive of the audit (UTC). */
export const auditDays = sqliteTable('audit_days', {
  day: text('day').primaryKey(),
  entries: integer('entries').notNull(),
  bytes: integer('bytes').notNull(),
  portions: text('portions', { mode: 'json' }).notNull().$type<ArchivePortion[]>(),
  /** The name of the manifest; null until every entry of the day is in the archive. */
  manifest: text('manifest'),
})

/** The browsers, systems and countries that a user has logged in from. A new one causes a mail. */
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
  (t) => [primaryKey({ columns: [t.userId, t.name] })],
)

/** How far the clean-up has come in each table that it walks through (`sweeps.ts`): one row for each table. */
export const sweeps = sqliteTable('sweeps', {
  name: text('name').primaryKey(),
  /** The last portion was `position < key <= until`; null: up to the end of the table. */
  position: text('position').notNull(),
  until: text('until'),
  /** Rows of this pass so far, and of the last complete one. */
  seen: integer('seen').notNull(),
  size: integer('size').notNull(),
})

/** Users by kind, in at most eight rows. Triggers maintain them, so that no total has to scan the users. */
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
 * Passwords by foreign format, maintained by triggers. A format is a hash without its salt and digest; `none` counts
 * users without a password, and `bridge` those whose password the old system still has. All other users have hashes in
 * our own format.
 */
export const passwordFormats = sqliteTable('password_formats', {
  format: text('format').primaryKey(),
  count: integer('count').notNull(),
})

/**
 * Daily counts (UTC), maintained by triggers; mails are counted when they are sent. The day `now` holds current totals
 * (`sessions`, `totp_users`, `passkey_users`), when the cron ran in milliseconds (`cron`), and how many of its parts
 * failed (`cron_faults`). Users who were active in a week or a month are counted on its first day.
 */
export const daily = sqliteTable(
  'daily',
  {
    day: text('day').notNull(),
    metric: text('metric', {
      enum: [...dailySeries, ...periodSeries, 'sessions', 'totp_users', 'passkey_users', 'cron', 'cron_faults'],
    }).notNull(),
    count: integer('count').notNull(),
  },
  (t) => [primaryKey({ columns: [t.metric, t.day] })],
)
