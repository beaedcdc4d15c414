import { Misconfigured } from './misconfigured.ts'
import type { ScryptCost } from './setting-values.ts'

/**
 * The minimum that OWASP's password storage cheat sheet lists for scrypt with r=8, as ln → p. 2^16 and more do not fit
 * into an isolate.
 */
const owasp: Record<number, number> = { 13: 10, 14: 5, 15: 3 }

type Values = {
  APP_URL: string
  MIGRATION_HOOK?: string | undefined
  MIGRATION_SECRET?: string | undefined
  BACKUP_EVERY_HOURS: number
  BACKUP_KEYS?: unknown
  MAIL_LOGIN: string
  PASSWORDLESS: string
  AUDIT_RETENTION_DAYS: number
  AUDIT_ARCHIVE_AFTER_DAYS: number
  THROTTLE_FACTOR: number
  PASSWORD_SCRYPT: ScryptCost
  REFRESH_TOKEN_EXPIRE_DAYS: number
  SESSION_MAX_DAYS: number
  FACTOR_RECOVERY_HOURS: number
}

/**
 * Refuses settings that are valid alone, but not together or not in a deployment.
 * @param frontend the URL of the site
 * @param links the settings of mailed links, with their values
 * @throws {Misconfigured} naming the setting
 */
export const checkTogether = (
  v: Values,
  { frontend, links, local }: { frontend: string; links: [string, string | undefined][]; local: boolean },
) => {
  const refuse = (setting: string, why: string): never => {
    throw new Misconfigured([`${setting}: ${why}`])
  }
  if (!URL.canParse(frontend) || !/^https?:[^?#*]+$/.test(frontend))
    refuse('FRONTEND_URL', 'must be an http(s) URL without a query or a fragment')
  const refuseDeployed = (wrong: boolean, setting: string, why: string) => {
    if (wrong && !local) refuse(setting, `must be ${why} unless APP_URL is localhost`)
  }
  refuseDeployed(!v.APP_URL.startsWith('https:'), 'APP_URL', 'https')
  refuseDeployed(!frontend.startsWith('https:'), 'FRONTEND_URL', 'https')
  for (const [name, url] of links) refuseDeployed(url?.startsWith('http:') ?? false, name, 'https')
  refuseDeployed(v.MIGRATION_HOOK?.startsWith('http:') ?? false, 'MIGRATION_HOOK', 'https')
  if (v.MIGRATION_HOOK && !v.MIGRATION_SECRET) refuse('MIGRATION_SECRET', 'must be set if MIGRATION_HOOK is')
  if (v.BACKUP_EVERY_HOURS > 0 && !v.BACKUP_KEYS) refuse('BACKUP_KEYS', 'must be set if BACKUP_EVERY_HOURS is')
  if (v.MAIL_LOGIN === 'signup' && v.PASSWORDLESS !== 'on')
    refuse('PASSWORDLESS', 'must be on if MAIL_LOGIN is signup: such accounts have no password')
  if (v.AUDIT_ARCHIVE_AFTER_DAYS >= v.AUDIT_RETENTION_DAYS)
    refuse('AUDIT_ARCHIVE_AFTER_DAYS', 'must be less than AUDIT_RETENTION_DAYS')
  refuseDeployed(v.THROTTLE_FACTOR > 1, 'THROTTLE_FACTOR', 'at most 1')
  refuseDeployed(
    v.PASSWORD_SCRYPT.p < (owasp[v.PASSWORD_SCRYPT.ln] ?? Number.POSITIVE_INFINITY),
    'PASSWORD_SCRYPT',
    'at least ln=15,r=8,p=3, ln=14,r=8,p=5 or ln=13,r=8,p=10',
  )
  // Whoever reads the mailbox can set a password, and must not get further within three days (docs/decisions/0023).
  if (v.FACTOR_RECOVERY_HOURS > 0 && v.FACTOR_RECOVERY_HOURS < 72)
    refuse('FACTOR_RECOVERY_HOURS', 'must be 0, or 72 to 336')
  if (v.REFRESH_TOKEN_EXPIRE_DAYS > v.SESSION_MAX_DAYS)
    refuse('REFRESH_TOKEN_EXPIRE_DAYS', 'must not be more than SESSION_MAX_DAYS')
}
