import * as z from 'zod/mini'
import { limits, type Rates } from './domain/limits.ts'
import './locale.ts'
import { linkSettings, mailSettings, mailVariables } from './mail-settings.ts'
import { Misconfigured } from './misconfigured.ts'
import { isLoopback, trustedOrigins } from './origins.ts'
import { passkeySites } from './passkey-sites.ts'
import { factor, rates } from './rate-settings.ts'
import { secrets } from './secret-settings.ts'
import { checkTogether } from './setting-rules.ts'
import {
  hookUrl,
  listOf,
  mailbox,
  mailDomain,
  moment,
  origin,
  pageOrigin,
  scryptCost,
  whole,
} from './setting-values.ts'
import { shownSettings } from './shown-settings.ts'

const variables = {
  APP_NAME: z._default(z.string().check(z.trim(), z.maxLength(60), z.minLength(1)), 'Gatehouse'),
  APP_URL: origin,
  FRONTEND_URL: z._default(z.string().check(z.trim()), ''),
  CORS_ORIGINS: z._default(listOf(pageOrigin), []),
  ...mailVariables,
  ALERT_MAIL: z.optional(z.union([z.literal(''), mailbox])),
  BACKUP_EVERY_HOURS: whole(0, 0, 720),
  BACKUP_KEEP_DAYS: whole(30, 1, 3650),
  REGISTRATION: z._default(z.enum(['open', 'invite', 'closed']), 'open'),
  REGISTRATION_DOMAINS: z._default(listOf(mailDomain), []),
  EMAIL_VERIFICATION: z._default(z.enum(['required', 'optional']), 'required'),
  TOKEN_AUDIENCE: z.optional(z.string().check(z.trim())),
  TOKEN_TRANSPORT: z._default(z.enum(['both', 'body', 'cookie']), 'both'),
  DOCS: z._default(z.enum(['on', 'off']), 'on'),
  PAGES: z._default(z.enum(['on', 'account', 'off']), 'on'),
  CONSOLE: z._default(z.enum(['on', 'off']), 'on'),
  LOG: z._default(z.enum(['requests', 'refusals']), 'requests'),
  THROTTLE_FACTOR: z._default(factor, 1),
  ACCESS_TOKEN_TYPE: z._default(z.enum(['at+jwt', 'JWT']), 'at+jwt'),
  TOKEN_SUBJECT: z._default(z.enum(['id', 'external_id']), 'id'),
  TOKEN_METADATA: z._default(z.enum(['on', 'off']), 'off'),
  ACCESS_TOKEN_EXPIRE_MINUTES: whole(15, 1, 60),
  REFRESH_TOKEN_EXPIRE_DAYS: whole(7, 1, 365),
  SESSION_MAX_DAYS: whole(30, 1, 365),
  TOKENS_NOT_BEFORE: moment,
  REFRESH_GRACE_SECONDS: whole(30, 0, 60),
  PASSWORD_RESET_TOKEN_EXPIRE_MINUTES: whole(30, 5, 1440),
  EMAIL_VERIFICATION_EXPIRE_HOURS: whole(24, 1, 168),
  DELETION_GRACE_DAYS: whole(7, 1, 30),
  PASSWORD_MIN_LENGTH: whole(8, 8, 64),
  BREACH_CHECK: z._default(z.enum(['on', 'off']), 'off'),
  PASSWORD_ENGINE: z._default(z.enum(['noble', 'native']), 'noble'),
  PASSWORD_SCRYPT: z._default(scryptCost, { ln: 15, r: 8, p: 3 }),
  PASSKEYS: z._default(z.enum(['on', 'off']), 'on'),
  PASSKEY_RP_ID: z._default(z.string().check(z.trim(), z.toLowerCase()), ''),
  PASSKEY_ORIGINS: z._default(listOf(z.string()), []),
  MFA_REQUIRED: z._default(z.enum(['none', 'admins', 'all']), 'none'),
  MAIL_LOGIN: z._default(z.enum(['off', 'on', 'signup']), 'off'),
  PASSWORDLESS: z._default(z.enum(['on', 'off']), 'off'),
  AAL2_HOURS: whole(24, 1, 720),
  TRUSTED_DEVICE_DAYS: whole(0, 0, 90),
  FACTOR_RECOVERY_HOURS: whole(0, 0, 336),
  AUDIT_RETENTION_DAYS: whole(90, 1, 3650),
  AUDIT_ARCHIVE_AFTER_DAYS: whole(0, 0, 3650),
  REPLICA_READS: z._default(z.enum(['on', 'off']), 'off'),
  FIRST_ADMIN: z.optional(z.string().check(z.regex(/^[\w-]{22,64}\.\d{13}$/))),
  MIGRATION_HOOK: hookUrl,
}

const all = z.object({ ...variables, ...rates, ...secrets })

/** The names of all variables and secrets. */
export const settingNames: readonly string[] = Object.keys(all.shape)

/**
 * Reads the variables and secrets of a deployment once. The rest of the code sees numbers, keys and booleans.
 * @throws {Misconfigured} naming each setting that is missing, weak or contradicts another
 */
export const readSettings = (env: object) => {
  const parsed = all.safeParse(env)
  if (!parsed.success)
    throw new Misconfigured(parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`))
  const v = parsed.data
  const appUrl = new URL(v.APP_URL)
  const local = isLoopback(appUrl.hostname)
  const frontend = v.FRONTEND_URL === '' ? v.APP_URL : v.FRONTEND_URL.replace(/\/+$/, '')
  checkTogether(v, { frontend, local, links: linkSettings.map((name) => [name, v[name]]) })
  const passkeys = passkeySites(v, v.APP_URL, frontend)
  if (v.MFA_REQUIRED !== 'none' && !v.DATA_KEYS && !passkeys)
    throw new Misconfigured([
      'MFA_REQUIRED: must be none while users can add no factor: set DATA_KEYS or PASSKEY_RP_ID',
    ])

  const mail = mailSettings(v, frontend)
  /** The values of settings that another setting replaces or switches off. */
  const instead = {
    FRONTEND_URL: frontend,
    TOKEN_AUDIENCE: v.TOKEN_AUDIENCE || v.APP_URL,
    MAIL_FROM_NAME: mail.mailFrom.name,
    MAIL_DAILY_QUOTA: mail.mailDailyQuota,
    PASSKEY_RP_ID: passkeys?.rpId,
    ...(v.TOKEN_TRANSPORT === 'body' && { PAGES: 'off', CONSOLE: 'off' }),
    ...Object.fromEntries(Object.values(mail.links).map((url, at) => [linkSettings[at], url])),
  }
  return {
    shown: shownSettings(settingNames, { ...v, ...instead }),
    appName: v.APP_NAME,
    appUrl: v.APP_URL,
    /** Cookies are Secure and have the `__Host-` prefix, and plain http is refused. */
    secure: appUrl.protocol === 'https:',
    local,
    /** Identifies this run of `npm start`, for the link that makes the first admin. Undefined in a deployed service. */
    firstAdmin: local ? v.FIRST_ADMIN : undefined,
    frontendUrl: frontend,
    /** Pages of these origins may call this service with cookies. Only for CORS and the cross-site rule. */
    origins: trustedOrigins([v.APP_URL, new URL(frontend).origin, ...v.CORS_ORIGINS], local),
    /** Sites that a visitor may be sent to after the log-in. No patterns: one could match somebody else's page. */
    returnOrigins: trustedOrigins(
      [v.APP_URL, new URL(frontend).origin, ...v.CORS_ORIGINS].filter((origin) => /^https?:[^*]+$/.test(origin)),
      local,
    ),
    /** Where operators are alerted to problems. */
    alerts: v.ALERT_MAIL || v.ALERT_WEBHOOK ? { mail: v.ALERT_MAIL, webhook: v.ALERT_WEBHOOK } : undefined,
    backups: { everyHours: v.BACKUP_EVERY_HOURS, keepDays: v.BACKUP_KEEP_DAYS, keys: v.BACKUP_KEYS },
    registration: v.REGISTRATION,
    registrationDomains: new Set(v.REGISTRATION_DOMAINS),
    verificationRequired: v.EMAIL_VERIFICATION === 'required',
    tokenAudience: v.TOKEN_AUDIENCE || v.APP_URL,
    tokenTransport: v.TOKEN_TRANSPORT,
    /** The header `typ` of access tokens: RFC 9068's, or `JWT` for verifiers that know no other. */
    accessTokenType: v.ACCESS_TOKEN_TYPE,
    /** What `sub` of access tokens names: the user's id, or the external id where there is one. */
    tokenSubject: v.TOKEN_SUBJECT,
    /** Whether access tokens carry the metadata of their user. */
    tokenMetadata: v.TOKEN_METADATA === 'on',
    docs: v.DOCS === 'on',
    /** Which pages for people are there, besides those of mailed links. They need cookies. */
    pages: v.TOKEN_TRANSPORT === 'body' ? 'off' : v.PAGES,
    /** Whether the pages for admins are there. */
    console: v.CONSOLE === 'on' && v.TOKEN_TRANSPORT !== 'body',
    log: v.LOG,
    throttleFactor: v.THROTTLE_FACTOR,
    limits: Object.fromEntries(Object.entries(limits).map(([name, { setting }]) => [name, v[setting]])) as Rates,
    accessTokenSeconds: v.ACCESS_TOKEN_EXPIRE_MINUTES * 60,
    refreshTokenSeconds: v.REFRESH_TOKEN_EXPIRE_DAYS * 86_400,
    sessionSeconds: v.SESSION_MAX_DAYS * 86_400,
    /** Tokens of sessions and links created before this time are refused. */
    tokensNotBefore: v.TOKENS_NOT_BEFORE,
    refreshGraceSeconds: v.REFRESH_GRACE_SECONDS,
    passwordResetSeconds: v.PASSWORD_RESET_TOKEN_EXPIRE_MINUTES * 60,
    emailVerificationSeconds: v.EMAIL_VERIFICATION_EXPIRE_HOURS * 3600,
    /** The time between a deletion without full proof and the erasure. */
    deletionGraceSeconds: v.DELETION_GRACE_DAYS * 86_400,
    passwordMinLength: v.PASSWORD_MIN_LENGTH,
    /** Whether new passwords are looked up in a list of breached ones. */
    breachCheck: v.BREACH_CHECK === 'on',
    passwordEngine: v.PASSWORD_ENGINE,
    passwordScrypt: v.PASSWORD_SCRYPT,
    /** How long a session counts as `aal2` after two factors were given in it (NIST SP 800-63B-4 §2.2.3). */
    aal2Seconds: v.AAL2_HOURS * 3600,
    /** How long a device that its user trusts needs no second factor; 0: no device is trusted. */
    trustedDeviceSeconds: v.TRUSTED_DEVICE_DAYS * 86_400,
    /** How long a user who lost every factor waits until the password and the mailbox suffice; 0: they never do. */
    factorRecoverySeconds: v.FACTOR_RECOVERY_HOURS * 3600,
    /** Who must have a second factor, besides users of whom an admin requires one. */
    mfaRequired: v.MFA_REQUIRED,
    /** Where passkeys work; undefined: nowhere. */
    passkeys,
    /** Log-in by mail; with `signup`, also for new addresses. */
    mailLogIn: v.MAIL_LOGIN,
    /** Whether users may remove their password. */
    passwordless: v.PASSWORDLESS === 'on',
    auditRetentionDays: v.AUDIT_RETENTION_DAYS,
    /** The days after which entries move into the archive; 0: they stay in the database. */
    auditArchiveAfterDays: v.AUDIT_ARCHIVE_AFTER_DAYS,
    /** Whether replicas of the database may answer frequent reads. */
    replicaReads: v.REPLICA_READS === 'on',
    ...mail,
    proxyKey: v.PROXY_KEY,
    /** The account for pictures, if it is used instead of R2. */
    cloudinary: v.CLOUDINARY_URL,
    /** The old system, which is asked about passwords whose hashes were not imported. */
    migrationHook:
      v.MIGRATION_HOOK && v.MIGRATION_SECRET ? { url: v.MIGRATION_HOOK, secret: v.MIGRATION_SECRET } : undefined,
    signingKeys: v.SIGNING_KEYS,
    tokenKeys: v.TOKEN_KEYS,
    /** The keys of stored seeds. Without them nobody can add an authenticator app. */
    dataKeys: v.DATA_KEYS,
  }
}

export type Settings = ReturnType<typeof readSettings>
