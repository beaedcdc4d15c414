import type { Api } from 'gatehouse-auth'

/** Returns a code as words: `account_deleted` → "Account deleted". */
export const sentence = (code: string) => {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

type Event = NonNullable<Api['/api/admin/audit']['$get']['input']['query']['event']>

/** The events that the audit page can filter by, chosen from all that the service records. */
const filters: Event[] = [
  'registered',
  'email_verified',
  'registration_rejected',
  'logged_in',
  'log_in_failed',
  'spray_suspected',
  'logged_out',
  'refresh_reuse',
  'password_changed',
  'reauthenticated',
  'password_reset',
  'password_reset_requested',
  'breach_check_skipped',
  'email_change_requested',
  'email_changed',
  'email_change_cancelled',
  'profile_updated',
  'avatar_changed',
  'session_ended',
  'sessions_ended',
  'data_exported',
  'account_deleted',
  'user_created',
  'user_read',
  'user_updated',
  'role_changed',
  'status_changed',
]

export const events = filters.map((event) => [event, sentence(event)] as const)
