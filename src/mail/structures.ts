import type { LinkName, MailKind } from '../domain/mails.ts'
import type english from './english.json'

export type TextKey = keyof typeof english

/** The texts of a kind of mail that are paragraphs. */
type Part<Kind extends string> = TextKey extends infer Key
  ? Key extends `${Kind}.${infer Name}`
    ? Exclude<Name, 'subject' | 'heading' | 'preview'>
    : never
  : never

/** A link as text, or behind a button. `says`: the text of the button, if it is not called `button`. */
export type LinkPart<Name = string> = { link: LinkName } | { button: LinkName; says?: Name }

/** Paragraphs that several mails share, the code of the mail, and the site. */
type Shared = 'lasts' | 'once' | 'device' | 'by_operator' | 'code_or_link' | 'code_limits' | 'code_alone' | 'site'

/** The parts of a mail, in order. Each is a paragraph by the name of its text, one that many mails share, or a link. */
type Structure<Kind extends string> = (Part<Kind> | Shared | LinkPart<Part<Kind>>)[]

/**
 * Mails about passkeys have texts of their own: in most languages, a passkey has another gender or article than an app.
 */
export type TextKind = MailKind | 'passkey_added' | 'passkey_removed'

/**
 * What each kind of mail consists of. Its words are in `i18n/`. They contain nothing that a requester typed: whoever
 * causes a mail to somebody else must not choose its text.
 */
const written: { [Kind in TextKind]: Structure<Kind> } = {
  verify_email: ['what', { button: 'verify_email' }, 'lasts', 'not_you', { link: 'reject_registration' }],
  set_password: ['what', { button: 'reset_password' }, 'once', 'earlier', 'not_you'],
  invite: ['what', { button: 'reset_password' }, 'once', 'not_you'],
  reset_password: ['what', { button: 'reset_password' }, 'lasts', 'not_you'],
  log_in: ['what', 'code_alone', 'code_or_link', { button: 'log_in' }, 'code_limits', 'not_you'],
  sign_up: ['what', 'code_alone', 'code_or_link', { button: 'log_in' }, 'code_limits', 'not_you'],
  log_in_paused: ['what', 'you', { button: 'reset_password' }, 'once', 'not_you'],
  account_exists: ['what', 'you', 'site', 'not_you'],
  password_guessed: ['what', 'you', 'not_you', 'site'],
  password_changed: ['what', 'you', 'not_you', { button: 'end_sessions' }, 'lasts', 'mailbox'],
  password_removed: ['what', 'you', 'not_you', { button: 'end_sessions' }, 'once'],
  new_device: ['what', 'device', 'not_you', { button: 'end_session' }, 'lasts', 'password', 'site'],
  second_factor_failed: ['what', 'you', 'not_you', 'site'],
  recovery_code_used: ['what', 'device', 'not_you', { button: 'end_session' }, 'lasts', 'password', 'site'],
  refresh_reuse: ['what', 'unchanged', 'again', 'site', 'harmless'],
  address_reserved: ['what', 'you', 'owner'],
  confirm_email: ['what', 'you', { button: 'confirm_email' }, 'lasts', 'not_you'],
  email_change: ['what', 'not_you', { button: 'cancel_email_change' }, 'lasts', 'password'],
  approve_email_change: [
    'what',
    'you',
    { button: 'approve_email_change' },
    'not_you',
    { button: 'cancel_email_change', says: 'cancel' },
    'lasts',
  ],
  revert_email_change: ['what', 'you', 'not_you', { button: 'revert_email_change' }, 'lasts'],
  email_change_reverted: ['what', 'yours', 'site'],
  account_frozen: ['what', 'password', 'other'],
  end_freeze: ['what', 'you', { button: 'end_freeze' }, 'not_you'],
  account_restored: ['what', { button: 'reset_password' }, 'lasts'],
  deletion_requested: ['what', 'not_you', { button: 'undo_deletion' }],
  account_deleted: ['what', 'again'],
  email_changed: ['what', 'not_you', 'site'],
  factor_added: ['what', 'you', 'not_you', { button: 'remove_factor' }, 'once', 'password', 'site'],
  passkey_added: ['what', 'you', 'not_you', { button: 'remove_factor' }, 'once', 'password', 'site'],
  factor_removed: ['what', 'not_you', 'site'],
  passkey_removed: ['what', 'not_you', 'site'],
  factor_copied: ['what', 'not_you', 'site'],
  recovery_codes_made: ['what', 'not_you', 'site'],
  factors_reset: ['what', 'not_you', 'site'],
  factor_recovery: ['what', 'device', 'you', 'not_you', { button: 'cancel_factor_recovery' }, 'password', 'site'],
  factor_recovery_ready: [
    'what',
    { button: 'confirm_factor_recovery' },
    'once',
    'not_you',
    { link: 'cancel_factor_recovery' },
  ],
  factors_recovered: ['what', 'not_you', 'site'],
  factors_changed: ['what', 'yours', 'not_yours'],
  enrolment_code: ['what', 'code_alone', 'keep', 'not_you', 'site'],
}

/** The notice of a factor that an admin removed: its words do not depend on who removed it, apart from these. */
export const removedByAdmin = ['by_operator', 'factors_reset.not_you', 'site'] satisfies (TextKey | 'site')[]

export const structures: Record<TextKind, (string | LinkPart)[]> = written
