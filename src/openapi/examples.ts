/** Values that several operations show. Each can be sent as it is and is valid: a test checks that. */

export const email = 'ada@example.com'
export const password = 'correct horse battery staple'
export const newPassword = 'seven brass lanterns at dusk'

/** A token of the right form with an invalid signature. */
export const accessToken = 'eyJhbGciOiJFUzI1NiIsImtpZCI6IjEiLCJ0eXAiOiJhdCtqd3QifQ.e30.c2lnbmF0dXJl'
export const refreshToken = `1.${'s'.repeat(22)}.0.${'m'.repeat(43)}`
export const deviceToken = `1.${'d'.repeat(22)}.01960a2b-7c3d-7e4f-8a5b-6c7d8e9f0a1b.m9x1k2ab.${'m'.repeat(43)}`
export const challenge = `1.019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c.r.mhvp1q9c.n2Kd8fQx.${'d'.repeat(22)}.${'m'.repeat(43)}`
export const recoveryCode = '4T8K-9QWX-2ZJM-7HCV-R3NB-E5GD'
export const linkToken = `${'l'.repeat(22)}.${'m'.repeat(43)}`

export const user = {
  id: '019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c',
  email,
  email_verified: true,
  pending_email: null,
  name: 'Ada Lovelace',
  phone: '+442079460958',
  locale: 'en',
  avatar_url: null,
  role: 'user',
  status: 'active',
  created_at: '2026-11-21T09:30:00.000Z',
  updated_at: '2026-11-21T09:31:12.000Z',
  last_login_at: '2026-11-21T09:31:12.000Z',
  external_id: null,
  second_factor: false,
  mfa_required: false,
  has_password: true,
  metadata: {},
}

export const recoveryCodes = Array.from({ length: 10 }, (_, n) => `${'0123456789'[n]}W2K-9QHT-4XZN-7C3M-PV6B-D8RA`)

export const factors = {
  totp: [
    {
      id: '019aa2f9-1d2e-7f30-9a4b-5c6d7e8f9a0b',
      name: 'Old phone',
      created_at: '2026-11-21T09:40:00.000Z',
      last_used_at: null,
    },
  ],
  passkeys: [
    {
      id: '019aa2fa-2e3f-7041-8b5c-6d7e8f9a0b1c',
      name: 'Firefox on Linux',
      created_at: '2026-11-21T09:45:00.000Z',
      last_used_at: null,
      synced: true,
      backed_up: true,
      second_factor_only: false,
    },
  ],
  recovery_codes: { left: 10, created_at: '2026-11-21T09:40:00.000Z' },
}

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

export const enrolment = {
  secret,
  otpauth_uri: `otpauth://totp/Gatehouse:${encodeURIComponent(email)}?secret=${secret}&issuer=Gatehouse`,
  enrolment: `1.${'e'.repeat(144)}`,
  expires_in: 600,
}

export const proof = `${'p'.repeat(22)}.mhvp1q9c.${'m'.repeat(43)}`

const session = { token_type: 'bearer', expires_in: 900, refresh_expires_in: 604_800, user }

export const passwordChanged = {
  message: 'The password was changed. Your other sessions have ended.',
  access_token: accessToken,
  token_type: 'bearer',
  expires_in: 900,
  refresh_token: refreshToken,
  refresh_expires_in: 604_800,
}

/** The reply to a log-in, by `transport`. */
export const sessions = {
  both: {
    access_token: accessToken,
    refresh_token: refreshToken,
    ...session,
    proof,
    proof_expires_in: 300,
    device_token: deviceToken,
  },
  cookie: session,
}

export const sessionEntry = {
  id: 'q8Xn2vTzR4mLw6yKc1bD0g',
  current: true,
  created_at: '2026-11-21T09:31:12.000Z',
  last_used_at: '2026-11-21T10:02:40.000Z',
  expires_at: '2026-11-28T10:02:40.000Z',
  ip: '203.0.113.7',
  city: 'London',
  country: 'GB',
  browser: 'Firefox',
  os: 'Linux',
  amr: ['pwd'],
  acr: 'aal1',
}

export const auditRecord = {
  id: '019aa2f7-5b0c-7c31-8d02-3f6a7b8c9d0e',
  at: '2026-11-21T09:31:12.000Z',
  event: 'logged_in',
  user_id: user.id,
  actor_id: null,
  ip: '203.0.113.7',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  detail: null,
  count: 1,
}

export const archivedDay = { day: '2026-09-30', entries: 48_210, bytes: 6_412_377, complete: true }

export const trustedDevice = {
  id: 'k3vQ0T7xw1mZ5bYpR9sLdA',
  name: 'Firefox on Linux, GB',
  created_at: '2026-11-21T09:31:12.000Z',
  last_used_at: '2026-11-21T09:31:12.000Z',
  expires_at: '2026-12-21T09:31:12.000Z',
}

export const exported = {
  user,
  sessions: [sessionEntry],
  factors,
  devices: [
    {
      name: 'Firefox on Linux, GB',
      first_seen_at: '2026-11-21T09:31:12.000Z',
      last_seen_at: '2026-11-21T09:31:12.000Z',
    },
  ],
  trusted_devices: [trustedDevice],
  mails: [
    {
      kind: 'verify_email',
      address: email,
      created_at: '2026-11-21T09:30:00.000Z',
      sent_at: '2026-11-21T09:30:01.000Z',
    },
  ],
  audit: [auditRecord],
}

/** Thirty days ending on the day of the examples. */
const days = Array.from({ length: 30 }, (_, ago) => ({
  day: new Date(Date.UTC(2026, 10, 21) - (29 - ago) * 86_400_000).toISOString().slice(0, 10),
  count: ago === 29 ? 1 : 0,
}))

export const statistics = {
  total_users: 1,
  verified_users: 1,
  unverified_users: 0,
  admin_users: 0,
  disabled_users: 0,
  active_sessions: 1,
  totp_users: 1,
  passkey_users: 1,
  awaiting_migration: 0,
  failed_mails: 0,
  cron_ran_at: '2026-11-21T14:00:12.000Z',
  cron_faults: 0,
  recent_registrations: 1,
  registrations: days,
  logins: days,
  failures: days,
  active_users: days,
  active_users_by_week: [{ day: '2026-11-16', count: 1 }],
  active_users_by_month: [{ day: '2026-11-01', count: 1 }],
  mails_sent: days,
  mails_failed: days,
  factors_added: days,
}

export const listedMail = {
  id: 'kW3rTz0QmJx1c2VbNf8yLg',
  user_id: user.id,
  kind: 'verify_email',
  email,
  state: 'failed',
  created_at: '2026-11-21T09:30:00.000Z',
  sent_at: null,
  attempts: 1,
  next_attempt_at: null,
  error: 'E_RECIPIENT_SUPPRESSED',
}
