import type { Operation } from './operations.ts';
export declare const verbs: {
    /** Register. */
    readonly register: 'POST /api/auth/register';
    /** Verify an e-mail address. */
    readonly verifyEmail: 'POST /api/auth/verify-email';
    /** Send the verification link again. */
    readonly resendVerification: 'POST /api/auth/resend-verification';
    /** Ask for a link to reset the password. */
    readonly forgotPassword: 'POST /api/auth/forgot-password';
    /** Set a new password by a link. */
    readonly resetPassword: 'POST /api/auth/reset-password';
    /** Say that all second factors are lost. */
    readonly recoverFactors: 'POST /api/auth/recover-factors';
    /** Log in. */
    readonly logIn: 'POST /api/auth/login';
    /** Finish a log-in by a code. */
    readonly logInWithCode: 'POST /api/auth/login/code';
    /** Ask for the code that an enrolment needs. */
    readonly mailEnrolmentCode: 'POST /api/auth/login/enrol/mail';
    /** Begin to add the second factor that a log-in needs. */
    readonly beginEnrolment: 'POST /api/auth/login/enrol/options';
    /** Add the second factor and log in. */
    readonly enrol: 'POST /api/auth/login/enrol';
    /** Ask for a log-in mail. */
    readonly askForLogInMail: 'POST /api/auth/login/mail';
    /** Log in by the code of a mail. */
    readonly logInByMailCode: 'POST /api/auth/login/mail/code';
    /** Log in by the link of a mail. */
    readonly logInByMailLink: 'POST /api/auth/login/mail/link';
    /** Begin to log in with a passkey. */
    readonly beginPasskeyLogIn: 'POST /api/auth/login/passkey/options';
    /** Log in with a passkey. */
    readonly logInByPasskey: 'POST /api/auth/login/passkey';
    /** Log out. */
    readonly logOut: 'POST /api/auth/logout';
    /** Give the password or a passkey again. */
    readonly reauthenticate: 'POST /api/auth/reauthenticate';
    /** Begin to re-authenticate with a passkey. */
    readonly beginPasskeyReauthentication: 'POST /api/auth/reauthenticate/passkey/options';
    /** Read the profile. */
    readonly getProfile: 'GET /api/user/profile';
    /** Change the profile. */
    readonly updateProfile: 'PATCH /api/user/profile';
    /** Change the password. */
    readonly changePassword: 'POST /api/user/change-password';
    /** Remove the password. */
    readonly removePassword: 'DELETE /api/user/password';
    /** Delete the account. */
    readonly deleteAccount: 'DELETE /api/user/account';
    /** List the sessions. */
    readonly listSessions: 'GET /api/user/sessions';
    /** End all other sessions. */
    readonly endOtherSessions: 'DELETE /api/user/sessions';
    /** End one session. */
    readonly endSession: 'DELETE /api/user/sessions/:id';
    /** Export all data. */
    readonly exportAccount: 'GET /api/user/export';
    /** List what happened to the account lately. */
    readonly listActivity: 'GET /api/user/activity';
    /** List the second factors. */
    readonly listFactors: 'GET /api/user/factors';
    /** Begin to add an authenticator app. */
    readonly beginTotp: 'POST /api/user/factors/totp';
    /** Add an authenticator app. */
    readonly confirmTotp: 'POST /api/user/factors/totp/confirm';
    /** Name an authenticator app. */
    readonly renameTotp: 'PATCH /api/user/factors/totp/:id';
    /** Remove an authenticator app. */
    readonly removeTotp: 'DELETE /api/user/factors/totp/:id';
    /** Make new recovery codes. */
    readonly replaceRecoveryCodes: 'POST /api/user/factors/recovery-codes';
    /** Begin to add a passkey. */
    readonly beginPasskey: 'POST /api/user/passkeys/options';
    /** Add a passkey. */
    readonly addPasskey: 'POST /api/user/passkeys';
    /** Name a passkey. */
    readonly renamePasskey: 'PATCH /api/user/passkeys/:id';
    /** Remove a passkey. */
    readonly removePasskey: 'DELETE /api/user/passkeys/:id';
    /** List the trusted devices. */
    readonly listTrustedDevices: 'GET /api/user/trusted-devices';
    /** Forget all trusted devices. */
    readonly forgetTrustedDevices: 'DELETE /api/user/trusted-devices';
    /** Forget a trusted device. */
    readonly forgetTrustedDevice: 'DELETE /api/user/trusted-devices/:id';
    /** Set the picture. */
    readonly uploadAvatar: 'POST /api/user/upload-avatar';
    /** Remove the picture. */
    readonly deleteAvatar: 'DELETE /api/user/avatar';
    /** Say that somebody else registered the address. */
    readonly rejectRegistration: 'POST /api/auth/reject-registration';
    /** Confirm a new e-mail address. */
    readonly confirmEmail: 'POST /api/auth/confirm-email';
    /** Approve a change of e-mail address. */
    readonly approveEmailChange: 'POST /api/auth/approve-email-change';
    /** Cancel a change of e-mail address. */
    readonly cancelEmailChange: 'POST /api/auth/cancel-email-change';
    /** Undo a change of e-mail address. */
    readonly revertEmailChange: 'POST /api/auth/revert-email-change';
    /** Open a frozen account. */
    readonly endFreeze: 'POST /api/auth/end-freeze';
    /** Disown a new password. */
    readonly endSessionsByLink: 'POST /api/auth/end-sessions';
    /** Remove a factor that somebody else added. */
    readonly removeFactorByLink: 'POST /api/auth/remove-factor';
    /** Cancel a scheduled deletion. */
    readonly undoDeletion: 'POST /api/auth/undo-deletion';
    /** End the session that a mail is about. */
    readonly endSessionByLink: 'POST /api/auth/end-session';
    /** Remove all second factors after the wait. */
    readonly confirmFactorRecovery: 'POST /api/auth/confirm-factor-recovery';
    /** Keep the second factors. */
    readonly cancelFactorRecovery: 'POST /api/auth/cancel-factor-recovery';
    /** Make the first admin of a local run. */
    readonly makeFirstAdmin: 'POST /api/auth/first-admin';
};
export declare const adminVerbs: {
    /** List and search users. */
    readonly listUsers: 'GET /api/admin/users';
    /** Invite a user. */
    readonly createUser: 'POST /api/admin/users';
    /** Read a user. */
    readonly getUser: 'GET /api/admin/users/:id';
    /** Change a user. */
    readonly updateUser: 'PATCH /api/admin/users/:id';
    /** Delete a user. */
    readonly deleteUser: 'DELETE /api/admin/users/:id';
    /** List the sessions of a user. */
    readonly listUserSessions: 'GET /api/admin/users/:id/sessions';
    /** End all sessions of a user. */
    readonly endUserSessions: 'DELETE /api/admin/users/:id/sessions';
    /** List the second factors of a user. */
    readonly listUserFactors: 'GET /api/admin/users/:id/factors';
    /** Remove all second factors of a user. */
    readonly removeUserFactors: 'DELETE /api/admin/users/:id/factors';
    /** Read the statistics. */
    readonly getStats: 'GET /api/admin/stats';
    /** Set the role. */
    readonly setRole: 'PUT /api/admin/users/:id/role';
    /** Disable or enable a user. */
    readonly setStatus: 'PUT /api/admin/users/:id/status';
    /** Mail a link to set a password. */
    readonly requestPasswordReset: 'POST /api/admin/users/:id/password-reset';
    /** Remove one second factor of a user. */
    readonly removeUserFactor: 'DELETE /api/admin/users/:id/factors/:factor';
    /** Read the audit trail. */
    readonly listAudit: 'GET /api/admin/audit';
    /** List the archived days of the audit. */
    readonly listArchivedDays: 'GET /api/admin/audit/archive';
    /** List mails. */
    readonly listMails: 'GET /api/admin/mails';
    /** Send a failed mail again. */
    readonly retryMail: 'POST /api/admin/mails/:id/retry';
    /** Read the settings in effect. */
    readonly getSettings: 'GET /api/admin/settings';
};
/** Operations that take a form with a file. */
export declare const forms: readonly Operation[];
