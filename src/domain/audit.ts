import { newId } from './ids.ts'
import type { AuditEntry, Visitor } from './ports.ts'

/** Everything that the audit trail tells of. Stable: administrators filter by them. */
export const auditEvents = [
  'registered',
  'email_verified',
  'logged_in',
  'log_in_failed',
  'spray_suspected',
  'logged_out',
  'refresh_reuse',
  'reauthenticated',
  'password_changed',
  'password_reset',
  'profile_updated',
  'avatar_changed',
  'email_change_requested',
  'email_change_cancelled',
  'email_changed',
  'session_ended',
  'sessions_ended',
  'data_exported',
  'account_deleted',
  'user_created',
  'user_read',
  'users_listed',
  'audit_read',
  'user_updated',
  'role_changed',
  'status_changed',
  'password_reset_requested',
  'breach_check_skipped',
] as const

export type AuditEvent = (typeof auditEvents)[number]

/** What every entry of the audit says besides its event: when, and from where. */
export const auditEntry = (visitor: Visitor, at: Date): AuditEntry => ({
  id: newId(at),
  at,
  ip: visitor.ip,
  userAgent: visitor.userAgent,
})
