import { leastId, newId } from './ids.ts'
import type { Macs } from './macs.ts'
import type { AuditEntry, Visitor } from './model.ts'

/** Every event that the audit trail records. The names are stable, because admins filter by them. */
export const auditEvents = [
  'registered',
  'email_verified',
  'registration_rejected',
  'logged_in',
  'log_in_failed',
  'spray_suspected',
  'logged_out',
  'refresh_reuse',
  'second_factor_failed',
  'recovery_code_used',
  'reauthenticated',
  'reauthentication_failed',
  'password_changed',
  'password_removed',
  'password_disowned',
  'password_reset',
  'profile_updated',
  'avatar_changed',
  'email_change_requested',
  'email_change_approved',
  'email_change_cancelled',
  'email_changed',
  'email_change_reverted',
  'account_frozen',
  'account_unfrozen',
  'registration_removed',
  'deletion_requested',
  'deletion_undone',
  'session_ended',
  'sessions_ended',
  'data_exported',
  'account_deleted',
  'factor_added',
  'factor_renamed',
  'factor_removed',
  'recovery_codes_made',
  'passkey_count_regressed',
  'factor_recovery_requested',
  'factor_recovery_cancelled',
  'factor_recovery_done',
  'trusted_device_added',
  'trusted_devices_forgotten',
  'user_created',
  'user_read',
  'users_listed',
  'mails_listed',
  'audit_read',
  'user_updated',
  'role_changed',
  'status_changed',
  'password_reset_requested',
  'factors_reset',
  'mail_retried',
  'breach_check_skipped',
  'mail_quota_near',
] as const

export type AuditEvent = (typeof auditEvents)[number]

/**
 * Failures of one subject within this many milliseconds share an audit entry, so that a flood cannot fill the audit.
 */
export const auditWindowMs = 900_000

/** The visitor of work that the cron does without a request. */
export const nobody: Visitor = { ip: null, networks: [], city: null, country: null, userAgent: null, language: null }

/** Returns the fields that every audit entry has besides its event: time and origin. */
export const auditEntry = (visitor: Visitor, at: Date): AuditEntry => ({
  id: newId(at),
  at,
  ip: visitor.ip,
  userAgent: visitor.userAgent,
})

/**
 * Returns the audit entry that all failures of one subject within a window share: each failure computes the same id.
 */
export const failureEntry = (
  macs: Macs,
  event: 'reauthentication_failed' | 'second_factor_failed',
  subject: string,
  userId: string,
  visitor: Visitor,
  at: Date,
) => {
  const window = new Date(Math.floor(at.getTime() / auditWindowMs) * auditWindowMs)
  const id = newId(at, macs.sign('audit', `${event} ${subject} ${window.getTime()}`))
  return { ...auditEntry(visitor, at), id, since: leastId(window), event, userId }
}
