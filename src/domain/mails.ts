/** The purposes of mails that somebody can cause to the address of somebody else. Each is counted separately. */
export type MailPurpose = 'verify' | 'reset' | 'confirm' | 'enrol' | 'log_in'

export type LinkDefinition = {
  /** The page of the link is `/auth/PAGE`, and the operation behind the page is `POST /api/auth/PAGE`. */
  page: string
  /** The setting that gives the link the URL of another page. */
  setting: string
  /**
   * The page is on the site of FRONTEND_URL. Links without this use a page of the service, because a site that was made
   * for an older release has no page for a newer link.
   */
  onSite?: true
}

/**
 * The links in mails. The purpose of a link's token is `link` and the link's name, and each token has one purpose. The
 * operation that sets a password also accepts the token of `verify_email`, because both prove the mailbox.
 */
export const links = {
  verify_email: { page: 'verify-email', setting: 'VERIFY_EMAIL_URL', onSite: true },
  reject_registration: { page: 'reject-registration', setting: 'REJECT_REGISTRATION_URL' },
  reset_password: { page: 'reset-password', setting: 'RESET_PASSWORD_URL', onSite: true },
  log_in: { page: 'login/mail/link', setting: 'LOGIN_URL' },
  confirm_email: { page: 'confirm-email', setting: 'CONFIRM_EMAIL_URL', onSite: true },
  approve_email_change: { page: 'approve-email-change', setting: 'APPROVE_EMAIL_URL' },
  cancel_email_change: { page: 'cancel-email-change', setting: 'CANCEL_EMAIL_URL', onSite: true },
  revert_email_change: { page: 'revert-email-change', setting: 'REVERT_EMAIL_URL' },
  end_freeze: { page: 'end-freeze', setting: 'END_FREEZE_URL' },
  end_session: { page: 'end-session', setting: 'END_SESSION_URL', onSite: true },
  end_sessions: { page: 'end-sessions', setting: 'END_SESSIONS_URL' },
  remove_factor: { page: 'remove-factor', setting: 'REMOVE_FACTOR_URL' },
  confirm_factor_recovery: { page: 'confirm-factor-recovery', setting: 'CONFIRM_FACTOR_RECOVERY_URL' },
  cancel_factor_recovery: { page: 'cancel-factor-recovery', setting: 'CANCEL_FACTOR_RECOVERY_URL' },
  undo_deletion: { page: 'undo-deletion', setting: 'UNDO_DELETION_URL' },
} as const satisfies Record<string, LinkDefinition>

export type LinkName = keyof typeof links

/** The purpose of a link's token, from which its key is derived. */
export type LinkPurpose = `link ${LinkName}`

type MailDefinition = {
  /** The links in the mail; a notice has none. All their tokens are derived from the mail's one id. */
  links?: LinkName[]
  /**
   * What voids the links early. `takeover`: anything that may give the account to another person, such as a new
   * password, a new address, a dispute or an admin. `admin`: only an admin, because the owner recovers the account by
   * the link. Without this, a link ends by its use or its age.
   */
  voidedBy?: 'takeover' | 'admin'
  /** The mail belongs to a pending change of address, and its links end with it. */
  ofChange?: true
  /** The links end at a fixed time, so they are valid for less time if the mail is sent late. */
  endsOnTime?: true
  /** The mail has a code, which is typed where somebody asked for it. */
  code?: true
  /** The purpose under whose limits per address the mail is counted. Only kinds that may be postponed need it here. */
  purpose?: MailPurpose
}

/** The kinds of mail. What each contains is in `mail/structures.ts`, and its words are in `i18n/`. */
export const mails = {
  verify_email: { links: ['verify_email', 'reject_registration'], voidedBy: 'takeover', purpose: 'verify' },
  set_password: { links: ['reset_password'], voidedBy: 'takeover', purpose: 'verify' },
  reset_password: { links: ['reset_password'], voidedBy: 'takeover', purpose: 'reset' },
  invite: { links: ['reset_password'], voidedBy: 'takeover' },
  log_in: { links: ['log_in'], code: true, voidedBy: 'takeover', endsOnTime: true },
  sign_up: { links: ['log_in'], code: true, endsOnTime: true },
  log_in_paused: { links: ['reset_password'], voidedBy: 'takeover' },
  confirm_email: { links: ['confirm_email'], voidedBy: 'takeover', ofChange: true, purpose: 'confirm' },
  account_exists: { purpose: 'verify' },
  email_change: { links: ['cancel_email_change'], voidedBy: 'takeover', ofChange: true, endsOnTime: true },
  email_changed: {},
  password_changed: { links: ['end_sessions'] },
  password_removed: { links: ['end_sessions'] },
  new_device: { links: ['end_session'], endsOnTime: true },
  refresh_reuse: {},
  second_factor_failed: {},
  recovery_code_used: { links: ['end_session'], endsOnTime: true },
  approve_email_change: {
    links: ['approve_email_change', 'cancel_email_change'],
    voidedBy: 'takeover',
    ofChange: true,
    endsOnTime: true,
  },
  revert_email_change: { links: ['revert_email_change'], voidedBy: 'admin', endsOnTime: true },
  email_change_reverted: {},
  account_frozen: {},
  end_freeze: { links: ['end_freeze'], voidedBy: 'admin', endsOnTime: true },
  account_restored: { links: ['reset_password'], voidedBy: 'takeover' },
  deletion_requested: { links: ['undo_deletion'], voidedBy: 'admin', endsOnTime: true },
  account_deleted: {},
  password_guessed: {},
  address_reserved: { purpose: 'verify' },
  factor_added: { links: ['remove_factor'], endsOnTime: true },
  factor_removed: {},
  factor_copied: {},
  recovery_codes_made: {},
  factors_reset: {},
  factors_changed: {},
  factor_recovery: { links: ['cancel_factor_recovery'], voidedBy: 'takeover', endsOnTime: true },
  factor_recovery_ready: {
    links: ['confirm_factor_recovery', 'cancel_factor_recovery'],
    voidedBy: 'takeover',
    endsOnTime: true,
  },
  factors_recovered: {},
  enrolment_code: { code: true, purpose: 'enrol', endsOnTime: true },
} as const satisfies Record<string, MailDefinition>

export type MailKind = keyof typeof mails

export const mailKinds = Object.keys(mails) as [MailKind, ...MailKind[]]

const definitions: Record<MailKind, MailDefinition> = mails

/** Returns the kinds of mail whose definition satisfies the condition `is`. */
export const kindsOf = (is: (mail: MailDefinition) => unknown) => mailKinds.filter((kind) => is(definitions[kind]))

/** Whether a mail of this kind has a code. */
export const hasCode = (kind: MailKind) => definitions[kind].code === true

/** Returns the purposes of the links in a mail of this kind. */
export const purposesOf = (kind: MailKind) => (definitions[kind].links ?? []).map((name): LinkPurpose => `link ${name}`)
