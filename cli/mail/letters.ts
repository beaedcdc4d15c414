import { hasCode, type MailKind, mailKinds, purposesOf } from '../../src/domain/mails.ts'
import type { Letter } from '../../src/domain/ports/mailer.ts'

const minute = 60_000
const day = 1440 * minute

/** Milliseconds for which the links of a kind work, with the default settings. */
const lifetimes: Partial<Record<MailKind, number>> = {
  reset_password: 30 * minute,
  account_restored: 30 * minute,
  log_in: 10 * minute,
  sign_up: 10 * minute,
  log_in_paused: 30 * minute,
  password_removed: 7 * day,
  invite: 7 * day,
  password_changed: 7 * day,
  revert_email_change: 7 * day,
  factor_added: 7 * day,
  deletion_requested: 7 * day,
  end_freeze: 3 * day,
  new_device: 30 * day,
  recovery_code_used: 30 * day,
}

const from = { browser: 'Firefox', os: 'Linux', city: 'Berlin', country: 'DE' }

const details: Partial<Record<MailKind, Letter['detail']>> = {
  address_reserved: { until: String(Date.UTC(2026, 10, 25, 9, 30)) },
  confirm_email: { ...from, account: 'a…a@example.com' },
  email_change: { ...from, address: 'a…e@example.net' },
  approve_email_change: { ...from, address: 'a…e@example.net' },
  recovery_code_used: { ...from, left: '7' },
}

/** Returns an example of a letter. Its links contain no real token. */
export const exampleOf = (kind: MailKind, locale: string, more: Letter['detail'] = {}): Letter => {
  const createdAt = new Date(Date.UTC(2026, 10, 21, 14, 5))
  return {
    kind,
    to: 'ada@example.com',
    tokens: Object.fromEntries(purposesOf(kind).map((purpose) => [purpose, 'EXAMPLE'])),
    code: hasCode(kind) ? '12345678' : undefined,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + (lifetimes[kind] ?? day)),
    detail: { ...(details[kind] ?? from), ...more },
    locale,
  }
}

/** Every mail that has words of its own, by name. */
export const examples = [
  ...mailKinds.map((kind) => ({ name: kind as string, kind, more: {} })),
  ...(['factor_added', 'factor_removed'] as const).map((kind) => ({
    name: kind.replace('factor', 'passkey'),
    kind,
    more: { is: 'passkey' },
  })),
]
