/**
 * The links of mails that lead to the service unless a setting says otherwise, and their pages, which this site forwards.
 * All other links follow FRONTEND_URL.
 */
export const links = {
  REJECT_REGISTRATION_URL: '/auth/reject-registration',
  LOGIN_URL: '/auth/login/mail/link',
  APPROVE_EMAIL_URL: '/auth/approve-email-change',
  REVERT_EMAIL_URL: '/auth/revert-email-change',
  END_FREEZE_URL: '/auth/end-freeze',
  END_SESSIONS_URL: '/auth/end-sessions',
  REMOVE_FACTOR_URL: '/auth/remove-factor',
  CONFIRM_FACTOR_RECOVERY_URL: '/auth/confirm-factor-recovery',
  CANCEL_FACTOR_RECOVERY_URL: '/auth/cancel-factor-recovery',
  UNDO_DELETION_URL: '/auth/undo-deletion',
}
