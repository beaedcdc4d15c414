// Generated from src/openapi by `npm run client`.

import type { Operation } from './operations.ts'

export const verbs = {
  /** Register. */
  register: 'POST /api/auth/register',
  /** Verify an e-mail address. */
  verifyEmail: 'POST /api/auth/verify-email',
  /** Send the verification link again. */
  resendVerification: 'POST /api/auth/resend-verification',
  /** Ask for a link to reset the password. */
  forgotPassword: 'POST /api/auth/forgot-password',
  /** Set a new password by a link. */
  resetPassword: 'POST /api/auth/reset-password',
  /** Say that all second factors are lost. */
  recoverFactors: 'POST /api/auth/recover-factors',
  /** Log in. */
  logIn: 'POST /api/auth/login',
  /** Finish a log-in by a code. */
  logInWithCode: 'POST /api/auth/login/code',
  /** Ask for the code that an enrolment needs. */
  mailEnrolmentCode: 'POST /api/auth/login/enrol/mail',
  /** Begin to add the second factor that a log-in needs. */
  beginEnrolment: 'POST /api/auth/login/enrol/options',
  /** Add the second factor and log in. */
  enrol: 'POST /api/auth/login/enrol',
  /** Ask for a log-in mail. */
  askForLogInMail: 'POST /api/auth/login/mail',
  /** Log in by the code of a mail. */
  logInByMailCode: 'POST /api/auth/login/mail/code',
  /** Log in by the link of a mail. */
  logInByMailLink: 'POST /api/auth/login/mail/link',
  /** Begin to log in with a passkey. */
  beginPasskeyLogIn: 'POST /api/auth/login/passkey/options',
  /** Log in with a passkey. */
  logInByPasskey: 'POST /api/auth/login/passkey',
  /** Log out. */
  logOut: 'POST /api/auth/logout',
  /** Give the password or a passkey again. */
  reauthenticate: 'POST /api/auth/reauthenticate',
  /** Begin to re-authenticate with a passkey. */
  beginPasskeyReauthentication: 'POST /api/auth/reauthenticate/passkey/options',
  /** Read the profile. */
  getProfile: 'GET /api/user/profile',
  /** Change the profile. */
  updateProfile: 'PATCH /api/user/profile',
  /** Change the password. */
  changePassword: 'POST /api/user/change-password',
  /** Remove the password. */
  removePassword: 'DELETE /api/user/password',
  /** Delete the account. */
  deleteAccount: 'DELETE /api/user/account',
  /** List the sessions. */
  listSessions: 'GET /api/user/sessions',
  /** End all other sessions. */
  endOtherSessions: 'DELETE /api/user/sessions',
  /** End one session. */
  endSession: 'DELETE /api/user/sessions/:id',
  /** Export all data. */
  exportAccount: 'GET /api/user/export',
  /** List what happened to the account lately. */
  listActivity: 'GET /api/user/activity',
  /** List the second factors. */
  listFactors: 'GET /api/user/factors',
  /** Begin to add an authenticator app. */
  beginTotp: 'POST /api/user/factors/totp',
  /** Add an authenticator app. */
  confirmTotp: 'POST /api/user/factors/totp/confirm',
  /** Name an authenticator app. */
  renameTotp: 'PATCH /api/user/factors/totp/:id',
  /** Remove an authenticator app. */
  removeTotp: 'DELETE /api/user/factors/totp/:id',
  /** Make new recovery codes. */
  replaceRecoveryCodes: 'POST /api/user/factors/recovery-codes',
  /** Begin to add a passkey. */
  beginPasskey: 'POST /api/user/passkeys/options',
  /** Add a passkey. */
  addPasskey: 'POST /api/user/passkeys',
  /** Name a passkey. */
  renamePasskey: 'PATCH /api/user/passkeys/:id',
  /** Remove a passkey. */
  removePasskey: 'DELETE /api/user/passkeys/:id',
  /** List the trusted devices. */
  listTrustedDevices: 'GET /api/user/trusted-devices',
  /** Forget all trusted devices. */
  forgetTrustedDevices: 'DELETE /api/user/trusted-devices',
  /** Forget a trusted device. */
  forgetTrustedDevice: 'DELETE /api/user/trusted-devices/:id',
  /** Set the picture. */
  uploadAvatar: 'POST /api/user/upload-avatar',
  /** Remove the picture. */
  deleteAvatar: 'DELETE /api/user/avatar',
  /** Say that somebody else registered the address. */
  rejectRegistration: 'POST /api/auth/reject-registration',
  /** Confirm a new e-mail address. */
  confirmEmail: 'POST /api/auth/confirm-email',
  /** Approve a change of e-mail address. */
  approveEmailChange: 'POST /api/auth/approve-email-change',
  /** Cancel a change of e-mail address. */
  cancelEmailChange: 'POST /api/auth/cancel-email-change',
  /** Undo a change of e-mail address. */
  revertEmailChange: 'POST /api/auth/revert-email-change',
  /** Open a frozen account. */
  endFreeze: 'POST /api/auth/end-freeze',
  /** Disown a new password. */
  endSessionsByLink: 'POST /api/auth/end-sessions',
  /** Remove a factor that somebody else added. */
  removeFactorByLink: 'POST /api/auth/remove-factor',
  /** Cancel a scheduled deletion. */
  undoDeletion: 'POST /api/auth/undo-deletion',
  /** End the session that a mail is about. */
  endSessionByLink: 'POST /api/auth/end-session',
  /** Remove all second factors after the wait. */
  confirmFactorRecovery: 'POST /api/auth/confirm-factor-recovery',
  /** Keep the second factors. */
  cancelFactorRecovery: 'POST /api/auth/cancel-factor-recovery',
  /** Make the first admin of a local run. */
  makeFirstAdmin: 'POST /api/auth/first-admin',
} as const satisfies Record<string, Operation>

export const adminVerbs = {
  /** List and search users. */
  listUsers: 'GET /api/admin/users',
  /** Invite a user. */
  createUser: 'POST /api/admin/users',
  /** Read a user. */
  getUser: 'GET /api/admin/users/:id',
  /** Change a user. */
  updateUser: 'PATCH /api/admin/users/:id',
  /** Delete a user. */
  deleteUser: 'DELETE /api/admin/users/:id',
  /** List the sessions of a user. */
  listUserSessions: 'GET /api/admin/users/:id/sessions',
  /** End all sessions of a user. */
  endUserSessions: 'DELETE /api/admin/users/:id/sessions',
  /** List the second factors of a user. */
  listUserFactors: 'GET /api/admin/users/:id/factors',
  /** Remove all second factors of a user. */
  removeUserFactors: 'DELETE /api/admin/users/:id/factors',
  /** Read the statistics. */
  getStats: 'GET /api/admin/stats',
  /** Set the role. */
  setRole: 'PUT /api/admin/users/:id/role',
  /** Disable or enable a user. */
  setStatus: 'PUT /api/admin/users/:id/status',
  /** Mail a link to set a password. */
  requestPasswordReset: 'POST /api/admin/users/:id/password-reset',
  /** Remove one second factor of a user. */
  removeUserFactor: 'DELETE /api/admin/users/:id/factors/:factor',
  /** Read the audit trail. */
  listAudit: 'GET /api/admin/audit',
  /** List the archived days of the audit. */
  listArchivedDays: 'GET /api/admin/audit/archive',
  /** List mails. */
  listMails: 'GET /api/admin/mails',
  /** Send a failed mail again. */
  retryMail: 'POST /api/admin/mails/:id/retry',
  /** Read the settings in effect. */
  getSettings: 'GET /api/admin/settings',
} as const satisfies Record<string, Operation>

/** Operations that take a form with a file. */
export const forms: readonly Operation[] = ['POST /api/user/upload-avatar']
