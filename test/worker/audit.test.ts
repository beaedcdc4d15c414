import { describe, expect, it } from 'vitest'
import type { auditEvents } from '../../src/domain/audit.ts'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import { beginTotp, codeFor, withBoth } from '../support/app/enrolments.ts'
import { lacksFactor, losesFactors, waited } from '../support/app/factor-recovery.ts'
import { failedMail } from '../support/app/failed-mails.ts'
import { addPasskey, answer, asksForPasskey } from '../support/app/passkeys.ts'
import { addApp, userWithFactors, wrongCode } from '../support/app/second-factors.ts'
import {
  alterUser,
  askForAddress,
  confirmEmail,
  linkIn,
  logIn,
  member,
  newPassword,
  refresh,
  register,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { trustedDevice } from '../support/app/trusted-devices.ts'
import { endByLink } from '../support/faults/arranged.ts'
import { linkTo, proofHeader } from '../support/way-back/way-back-world.ts'

type Entry = {
  id: string
  at: string
  event: string
  user_id: string | null
  actor_id: string | null
  ip: string | null
  user_agent: string | null
  detail: Record<string, unknown> | null
  count: number
}

type Trail = { entries: Entry[]; next_cursor: string | null }

const trail = async (app: TestApp, bearer: string, query: Record<string, string | number> = {}) => {
  const params = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  return bodyOf<Trail>(await app.call(`GET /api/admin/audit?${params}`, { bearer }))
}

/** The origin of the act that a test looks for. */
const here = { ip: '203.0.113.44', headers: { 'User-Agent': 'audited client/1.0' } }

type People = { admin: SessionBody & { email: string }; user: SessionBody & { email: string } }

/** Changes the address of the user, and returns the token of the link that undoes it. */
const wayBack = async (app: TestApp, { access_token: bearer, email }: People['user'], next = someAddress('next')) => {
  await askForAddress(app, bearer, next)
  await confirmEmail(app, linkIn(app, next), { bearer })
  return linkIn(app, email, 'revert-email-change')
}

/**
 * Events without a user, and events that delete their user. Other files test them: breaches, spraying, deletion,
 * postponed, listed.
 */
type OfNobody =
  | 'breach_check_skipped'
  | 'spray_suspected'
  | 'mail_quota_near'
  | 'registration_removed'
  | 'users_listed'
  | 'mails_listed'
  | 'audit_read'

const ofTotp = { factor: 'totp', id: expect.any(String) }

/**
 * Each event, and what causes it; `user` and `admin` are signed in. By default the subject is the user, and there is no
 * other actor.
 */
const acts: Record<
  Exclude<(typeof auditEvents)[number], OfNobody>,
  {
    act: (app: TestApp, people: People) => Promise<unknown>
    /** The subject, if it is a user who did not exist before. */
    subject?: string
    byAdmin?: boolean
    detail?: Record<string, unknown>
  }
> = {
  registered: {
    act: (app) =>
      app.call('POST /api/auth/register', {
        json: { email: 'audited-1@example.com', password: somePassword },
        ...here,
      }),
    subject: 'audited-1@example.com',
  },
  email_verified: {
    act: async (app) => {
      await register(app, 'audited-2@example.com')
      const token = linkIn(app, 'audited-2@example.com')
      await app.call('POST /api/auth/verify-email', { json: { token }, ...here })
    },
    subject: 'audited-2@example.com',
  },
  registration_rejected: {
    act: async (app) => {
      await register(app, 'audited-4@example.com')
      await alterUser(app, 'audited-4@example.com', { origin: 'imported' })
      const token = linkIn(app, 'audited-4@example.com', 'reject-registration')
      await app.call('POST /api/auth/reject-registration', { json: { token }, ...here })
    },
    subject: 'audited-4@example.com',
    detail: { removed: false },
  },
  logged_in: {
    act: (app, { user }) =>
      app.call('POST /api/auth/login', { json: { email: user.email, password: somePassword }, ...here }),
  },
  log_in_failed: {
    act: (app, { user }) =>
      app.call('POST /api/auth/login', { json: { email: user.email, password: 'a wrong guess' }, ...here }),
  },
  logged_out: { act: (app, { user }) => app.call('POST /api/auth/logout', { bearer: user.access_token, ...here }) },
  refresh_reuse: {
    act: async (app, { user: { refresh_token } }) => {
      await refresh(app, refresh_token)
      app.wait({ minutes: 1 })
      await app.call('POST /api/auth/refresh', { json: { refresh_token }, ...here })
    },
  },
  second_factor_failed: {
    act: async (app) => {
      const { email, code } = await userWithFactors(app, 'audited-5@example.com')
      await app.call('POST /api/auth/login', {
        json: { email, password: somePassword, otp: await wrongCode(code) },
        ...here,
      })
    },
    subject: 'audited-5@example.com',
  },
  recovery_code_used: {
    act: async (app) => {
      const { email, recoveryCodes } = await userWithFactors(app, 'audited-6@example.com')
      await app.call('POST /api/auth/login', {
        json: { email, password: somePassword, otp: recoveryCodes[0] },
        ...here,
      })
    },
    subject: 'audited-6@example.com',
  },
  reauthenticated: {
    act: (app, { user }) =>
      stepUp(app, {
        bearer: user.access_token,
        json: { password: somePassword },
        ...here,
      }),
  },
  reauthentication_failed: {
    act: (app, { user }) =>
      stepUp(app, {
        bearer: user.access_token,
        json: { password: 'a wrong guess' },
        ...here,
      }),
  },
  password_changed: {
    act: (app, { user }) =>
      app.call('POST /api/user/change-password', {
        bearer: user.access_token,
        json: { current_password: somePassword, new_password: newPassword },
        ...here,
      }),
  },
  password_removed: {
    act: (app, { user }) =>
      app.call('DELETE /api/user/password', {
        bearer: user.access_token,
        json: { current_password: somePassword },
        ...here,
      }),
  },
  password_disowned: {
    act: async (app, { user }) => {
      await app.call('POST /api/user/change-password', {
        bearer: user.access_token,
        json: { current_password: somePassword, new_password: newPassword },
      })
      await app.call('POST /api/auth/end-sessions', { json: { token: linkIn(app, user.email) }, ...here })
    },
  },
  password_reset: {
    act: async (app, { user: { email } }) => {
      app.wait({ minutes: 2 })
      await app.call('POST /api/auth/forgot-password', { json: { email } })
      const json = { token: linkIn(app, email), new_password: newPassword }
      await app.call('POST /api/auth/reset-password', { json, ...here })
    },
  },
  profile_updated: {
    act: (app, { user }) =>
      app.call('PATCH /api/user/profile', { bearer: user.access_token, json: { name: 'Ada' }, ...here }),
  },
  avatar_changed: {
    act: async (app, { user }) => {
      await alterUser(app, user.email, { avatar: 'x'.repeat(22) })
      await app.call('DELETE /api/user/avatar', { bearer: user.access_token, ...here })
    },
  },
  email_change_requested: {
    act: (app, { user }) =>
      app.call('PATCH /api/user/profile', {
        bearer: user.access_token,
        json: { email: someAddress('next') },
        ...here,
      }),
  },
  email_change_approved: {
    act: async (app, { user }) => {
      await askForAddress(app, user.access_token, someAddress('next'), {})
      const token = linkIn(app, user.email, 'approve-email-change')
      await app.call('POST /api/auth/approve-email-change', { json: { token }, ...here })
    },
  },
  email_change_cancelled: {
    act: async (app, { user }) => {
      const json = { email: someAddress('next') }
      await app.call('PATCH /api/user/profile', { bearer: user.access_token, json })
      const token = linkIn(app, user.email, 'cancel-email-change')
      await app.call('POST /api/auth/cancel-email-change', { json: { token }, ...here })
    },
  },
  email_changed: {
    act: async (app, { user }) => {
      const email = someAddress('next')
      await askForAddress(app, user.access_token, email)
      const token = linkIn(app, email)
      await app.call('POST /api/auth/confirm-email', { bearer: user.access_token, json: { token }, ...here })
    },
  },
  email_change_reverted: {
    act: async (app, { user }) => {
      const token = await wayBack(app, user)
      await app.call('POST /api/auth/revert-email-change', { json: { token, password: somePassword }, ...here })
    },
  },
  account_frozen: {
    act: async (app, { user }) => {
      const token = await wayBack(app, user)
      await app.call('POST /api/auth/revert-email-change', { json: { token }, ...here })
    },
  },
  account_unfrozen: {
    act: async (app, { user }) => {
      const email = someAddress('next')
      const token = await wayBack(app, user, email)
      await app.call('POST /api/auth/revert-email-change', { json: { token } })
      const json = { token: linkIn(app, email, 'end-freeze'), password: somePassword }
      await app.call('POST /api/auth/end-freeze', { json, ...here })
    },
  },
  deletion_requested: {
    act: (app, { user }) => app.call('DELETE /api/user/account', { bearer: user.access_token, ...here }),
  },
  deletion_undone: {
    act: async (app, { user }) => {
      await app.call('DELETE /api/user/account', { bearer: user.access_token })
      await app.call('POST /api/auth/undo-deletion', { json: { token: linkIn(app, user.email) }, ...here })
    },
  },
  session_ended: {
    act: async (app, { user }) => {
      const { access_token } = await logIn(app, user.email)
      const { sessions } = await bodyOf<{ sessions: { id: string; current: boolean }[] }>(
        await app.call('GET /api/user/sessions', { bearer: access_token }),
      )
      const other = sessions.find(({ current }) => !current)!
      await app.call(`DELETE /api/user/sessions/${other.id}`, { bearer: access_token, ...here })
    },
  },
  sessions_ended: {
    act: async (app, { user }) => {
      await logIn(app, user.email)
      await app.call('DELETE /api/user/sessions', { bearer: user.access_token, ...here })
    },
  },
  data_exported: { act: (app, { user }) => app.call('GET /api/user/export', { bearer: user.access_token, ...here }) },
  factor_added: {
    act: async (app, { user }) => {
      const { secret, enrolment } = await beginTotp(app, user.access_token)
      const json = { enrolment, code: await codeFor(app, secret), current_password: somePassword }
      await app.call('POST /api/user/factors/totp/confirm', { bearer: user.access_token, json, ...here })
    },
    detail: ofTotp,
  },
  factor_renamed: {
    act: async (app, { user }) => {
      const { id } = await addApp(app, user.user.id)
      const json = { name: 'Old phone' }
      await app.call(`PATCH /api/user/factors/totp/${id}`, { bearer: user.access_token, json, ...here })
    },
    detail: ofTotp,
  },
  factor_removed: {
    act: async (app, { user }) => {
      const { id } = await addApp(app, user.user.id)
      await withBoth(app, user)
      const headers = { ...here.headers, ...proofHeader(user.proof) }
      await app.call(`DELETE /api/user/factors/totp/${id}`, { bearer: user.access_token, ...here, headers })
    },
    detail: ofTotp,
  },
  passkey_count_regressed: {
    act: async (app, { user }) => {
      const differs = { backupEligible: false, signCount: 7 }
      const { soft } = await addPasskey(app, user.access_token, { differs })
      const json = { credential: await answer(soft, await asksForPasskey(app), differs) }
      await app.call('POST /api/auth/login/passkey', { json, ...here })
    },
    detail: { id: expect.any(String), highest: 7, count: 7 },
  },
  recovery_codes_made: {
    act: async (app, { user }) => {
      await addApp(app, user.user.id)
      await withBoth(app, user)
      const headers = { ...here.headers, ...proofHeader(user.proof) }
      await app.call('POST /api/user/factors/recovery-codes', { bearer: user.access_token, ...here, headers })
    },
  },
  mail_retried: {
    act: async (app, { user, admin }) =>
      app.call(`POST /api/admin/mails/${await failedMail(app, { userId: user.user.id })}/retry`, {
        bearer: admin.access_token,
        ...here,
      }),
    byAdmin: true,
    detail: { kind: 'new_device' },
  },
  trusted_device_added: {
    act: async (app, { user }) => {
      const { code } = await addApp(app, user.user.id)
      const json = { email: user.user.email, password: somePassword, otp: await code(), trust_device: true }
      await app.call('POST /api/auth/login', { json, ...here })
    },
    detail: { id: expect.any(String) },
  },
  trusted_devices_forgotten: {
    act: async (app, { user }) => {
      const { code } = await addApp(app, user.user.id)
      await trustedDevice(app, { email: user.user.email, code })
      await app.call('DELETE /api/user/trusted-devices', { bearer: user.access_token, ...here })
    },
  },
  factor_recovery_requested: {
    act: async (app, { user }) => {
      await addApp(app, user.user.id)
      const challenge = await lacksFactor(app, user.user.email)
      await app.call('POST /api/auth/recover-factors', { json: { challenge }, ...here })
    },
    detail: { ready_at: expect.any(String) },
  },
  factor_recovery_cancelled: {
    act: async (app, { user }) => {
      await addApp(app, user.user.id)
      await losesFactors(app, user.user.email)
      const token = linkTo(app, user.user.email, 'cancel-factor-recovery')
      await app.call('POST /api/auth/cancel-factor-recovery', { json: { token }, ...here })
    },
    detail: { by: 'link' },
  },
  factor_recovery_done: {
    act: async (app, { user }) => {
      await addApp(app, user.user.id)
      await losesFactors(app, user.user.email)
      const token = await waited(app, user.user.email)
      await app.call('POST /api/auth/confirm-factor-recovery', { json: { token }, ...here })
    },
  },
  factors_reset: {
    act: async (app, { admin, user }) => {
      await addApp(app, user.user.id)
      await app.call(`DELETE /api/admin/users/${user.user.id}/factors`, { bearer: admin.access_token, ...here })
    },
    byAdmin: true,
  },
  account_deleted: {
    act: (app, { admin, user }) =>
      app.call(`DELETE /api/admin/users/${user.user.id}`, { bearer: admin.access_token, ...here }),
    byAdmin: true,
  },
  user_created: {
    act: (app, { admin }) =>
      app.call('POST /api/admin/users', {
        bearer: admin.access_token,
        json: { email: 'audited-9@example.com', role: 'admin' },
        ...here,
      }),
    subject: 'audited-9@example.com',
    byAdmin: true,
    detail: { role: 'admin' },
  },
  user_read: {
    act: (app, { admin, user }) =>
      app.call(`GET /api/admin/users/${user.user.id}`, { bearer: admin.access_token, ...here }),
    byAdmin: true,
  },
  user_updated: {
    act: (app, { admin, user }) =>
      app.call(`PATCH /api/admin/users/${user.user.id}`, {
        bearer: admin.access_token,
        json: { name: 'Ada', email: someAddress('moved') },
        ...here,
      }),
    byAdmin: true,
    detail: { email: true, name: true, phone: false, verified: null },
  },
  role_changed: {
    act: (app, { admin, user }) =>
      app.call(`PUT /api/admin/users/${user.user.id}/role`, {
        bearer: admin.access_token,
        json: { role: 'admin' },
        ...here,
      }),
    byAdmin: true,
    detail: { role: 'admin' },
  },
  status_changed: {
    act: (app, { admin, user }) =>
      app.call(`PUT /api/admin/users/${user.user.id}/status`, {
        bearer: admin.access_token,
        json: { status: 'disabled' },
        ...here,
      }),
    byAdmin: true,
    detail: { status: 'disabled' },
  },
  password_reset_requested: {
    act: (app, { admin, user }) =>
      app.call(`POST /api/admin/users/${user.user.id}/password-reset`, { bearer: admin.access_token, ...here }),
    byAdmin: true,
  },
}

const idOf = async (app: TestApp, email: string) =>
  (await app.db.prepare('select id from users where email = ?').bind(email).first<{ id: string }>())?.id

describe('the audit records', () => {
  it.for(Object.keys(acts) as (keyof typeof acts)[])(
    '%s: when, whom, by whom, from where (ASVS 16.2.1, 16.3.1)',
    async (event, { expect }) => {
      const app = startApp()
      const people = { admin: await signedInAdmin(app), user: await signedInUser(app) }
      const { act, subject, byAdmin = false, detail = null } = acts[event]
      app.wait({ seconds: 1 })

      await act(app, people)

      const { access_token } = await logIn(app, people.admin.email)
      const { entries } = await trail(app, access_token, { event })
      const whom = subject ? await idOf(app, subject) : people.user.user.id
      expect(whom).toBeTypeOf('string')
      // The admin who reads logged in a moment later, from another place.
      expect(entries.find((entry) => entry.ip === here.ip)).toEqual({
        id: expect.any(String),
        at: app.now().toISOString(),
        event,
        // A deleted user appears under a pseudonym.
        user_id: event === 'account_deleted' ? expect.stringMatching(/^[\w-]{43}$/) : whom,
        actor_id: byAdmin ? people.admin.user.id : null,
        ip: here.ip,
        user_agent: here.headers['User-Agent'],
        detail,
        count: 1,
      })
    },
  )

  it.for([
    [
      'ending a session by the link of a mail',
      'session_ended',
      async (app: TestApp, email: string) => {
        await logIn(app, email)
        const json = { email, password: somePassword }
        await app.call('POST /api/auth/login', { json, headers: { 'User-Agent': 'Mozilla/5.0 Firefox/140.0' } })
        await endByLink(app, linkIn(app, email), here)
      },
    ],
    [
      'an admin who ends all sessions',
      'sessions_ended',
      async (app: TestApp, email: string) => {
        await logIn(app, email)
        const { access_token } = await signedInAdmin(app)
        const id = await idOf(app, email)
        await logIn(app, email)
        await app.call(`DELETE /api/admin/users/${id}/sessions`, { bearer: access_token, ...here })
      },
    ],
    [
      'an admin who looks at sessions',
      'user_read',
      async (app: TestApp, email: string) => {
        const { access_token } = await signedInAdmin(app)
        const id = await idOf(app, email)
        await app.call(`GET /api/admin/users/${id}/sessions`, { bearer: access_token, ...here })
      },
    ],
  ] as const)('%s, too', async ([, event, act], { expect }) => {
    const app = startApp()
    const email = await member(app)
    const { access_token } = await signedInAdmin(app)
    app.wait({ seconds: 1 })

    await act(app, email)

    const { entries } = await trail(app, access_token, { event })
    const id = await idOf(app, email)
    expect(entries.find(({ user_id }) => user_id === id)).toMatchObject({ ip: here.ip })
  })

  it('nothing that did not happen', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const user = await signedInUser(app)
    const before = await trail(app, admin.access_token, { user: user.user.id })

    const { id } = user.user
    const bearer = admin.access_token
    await app.call(`PUT /api/admin/users/${id}/role`, { bearer: user.access_token, json: { role: 'admin' } })
    await app.call(`PATCH /api/admin/users/${id}`, { bearer, json: { email: admin.email } })
    await app.call('PATCH /api/user/profile', { bearer: user.access_token, json: { name: '' } })
    await app.call(`DELETE /api/user/sessions/${'x'.repeat(22)}`, { bearer: user.access_token })
    await app.call('DELETE /api/user/sessions', { bearer: user.access_token })
    await app.call('POST /api/auth/confirm-email', { json: { token: `${'x'.repeat(22)}.${'y'.repeat(43)}` } })
    await app.call('POST /api/auth/approve-email-change', { json: { token: `${'x'.repeat(22)}.${'y'.repeat(43)}` } })
    await app.call('POST /api/auth/undo-deletion', { json: { token: `${'x'.repeat(22)}.${'y'.repeat(43)}` } })
    await app.call('POST /api/user/change-password', {
      bearer: user.access_token,
      json: { current_password: somePassword, new_password: 'short' },
    })
    const refreshed = await bodyOf<SessionBody>(await refresh(app, user.refresh_token))
    await app.call('DELETE /api/user/account', { bearer: refreshed.access_token })
    await askForAddress(app, refreshed.access_token, someAddress('next'), {})

    expect(await trail(app, admin.access_token, { user: user.user.id })).toEqual(before)
  })

  it('no secret, and nothing anybody typed (ASVS 16.2.5, 16.4.1)', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const user = await signedInUser(app)
    const email = someAddress('sentinel')
    const json = { name: 'sentinel\\n{"event":"x"}', phone: '+442079460958', email }
    await app.call('PATCH /api/user/profile', { bearer: user.access_token, json })
    await app.call(`PATCH /api/admin/users/${user.user.id}`, {
      bearer: admin.access_token,
      json: { ...json, email: someAddress('sentinel') },
    })
    await app.call('POST /api/auth/login', { json: { email: user.email, password: 'sentinel guess' } })

    const { entries } = await trail(app, admin.access_token, { per_page: 100 })

    const ours = entries.filter(({ user_id }) => user_id === user.user.id)
    expect(ours.length).toBeGreaterThan(3)
    expect(JSON.stringify(ours)).not.toMatch(/sentinel|442079460958|scrypt/)
  })
})

describe('wrong passwords of somebody who is logged in', () => {
  it('share an entry for each session within a quarter of an hour, however they were given', async ({ expect }) => {
    const app = startApp()
    app.wait({ seconds: (900_000 - (app.now().getTime() % 900_000)) / 1000 + 60 })
    const user = await signedInUser(app)
    const other = await logIn(app, user.email)
    const wrong = 'a wrong guess'
    await askForAddress(app, user.access_token, someAddress('next'))
    const ways = [
      ['POST /api/user/change-password', { current_password: wrong, new_password: newPassword }],
      ['PATCH /api/user/profile', { email: someAddress('next'), current_password: wrong }],
      ['DELETE /api/user/account', { current_password: wrong }],
    ] as const
    for (const [operation, json] of ways) await app.call(operation, { bearer: user.access_token, json })
    for (const { access_token } of [user, other]) await stepUp(app, { bearer: access_token, json: { password: wrong } })

    const { access_token } = await signedInAdmin(app)
    const { entries } = await trail(app, access_token, { event: 'reauthentication_failed', user: user.user.id })

    expect(entries.map(({ count }) => count).sort()).toEqual([1, 4])
    expect(JSON.stringify(entries)).not.toContain(wrong)
  })
})

describe('failures to log in', () => {
  const fail = (app: TestApp, email: string, call = {}) =>
    app.call('POST /api/auth/login', { json: { email, password: 'a wrong guess' }, ...call })

  /** Moves to the middle of a quarter of an hour, so that a few seconds do not leave it. */
  const settle = (app: TestApp) => {
    const quarter = 900_000
    app.wait({ seconds: (quarter - (app.now().getTime() % quarter)) / 1000 + 60 })
  }

  it('for one address within a quarter of an hour share an entry that counts them', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    settle(app)

    for (let n = 0; n < 4; n++) {
      app.wait({ seconds: 10 })
      await fail(app, n % 2 ? email : email.toUpperCase(), n === 3 ? here : {})
    }

    const { access_token } = await signedInAdmin(app)
    const { entries } = await trail(app, access_token, { event: 'log_in_failed', user: (await idOf(app, email))! })
    expect(entries).toMatchObject([
      { count: 4, at: app.now().toISOString(), ip: here.ip, user_agent: here.headers['User-Agent'] },
    ])
  })

  it('start another entry a quarter of an hour later', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    settle(app)

    await fail(app, email)
    app.wait({ minutes: 15 })
    await fail(app, email)

    const { access_token } = await signedInAdmin(app)
    const { entries } = await trail(app, access_token, { event: 'log_in_failed', user: (await idOf(app, email))! })
    expect(entries.map(({ count }) => count)).toEqual([1, 1])
  })

  it('for addresses that nobody has are counted without naming them', async ({ expect }) => {
    const app = startApp()
    settle(app)

    for (const email of ['ghost-one@example.com', 'ghost-one@example.com', 'ghost-two@example.com'])
      await fail(app, email, { headers: { 'User-Agent': 'haunted' } })

    const { access_token } = await signedInAdmin(app)
    const { entries } = await trail(app, access_token, { event: 'log_in_failed', per_page: 100 })
    const ours = entries.filter(({ user_agent }) => user_agent === 'haunted')
    expect(ours.map(({ user_id, count }) => [user_id, count]).sort()).toEqual([[null, 3]])
    expect(JSON.stringify(ours)).not.toContain('ghost')
  })

  it.for([
    ['of somebody', true],
    ['of nobody', false],
  ] as const)('%s are never filed in the past of what a reader has seen', async ([, known], { expect }) => {
    // The time to the next window and four rounds is longer than a token usually lives.
    const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
    const { access_token } = await signedInAdmin(app)
    const agent = known ? 'followed' : 'followed ghost'
    const email = known ? await member(app) : someAddress('ghost')
    settle(app)
    /** Returns all entries since the known one: pages from the newest on. */
    const since = async (last: string) => {
      const seen: Entry[] = []
      let page = await trail(app, access_token, { per_page: 2 })
      for (;;) {
        // Other tests of this file have moved the clock into the future.
        seen.push(...page.entries.filter(({ id, at }) => id > last && at <= app.now().toISOString()))
        if (!page.next_cursor || page.entries.some(({ id }) => id <= last)) return seen
        page = await trail(app, access_token, { per_page: 2, cursor: page.next_cursor })
      }
    }
    let last = (await trail(app, access_token, { to: app.now().toISOString() })).entries[0]!.id

    for (let count = 1; count <= 4; count++) {
      app.wait({ seconds: 30 })
      await register(app, someAddress('between'))
      app.wait({ seconds: 30 })
      await fail(app, email, { headers: { 'User-Agent': agent } })
      const at = app.now()
      app.wait({ seconds: 30 })
      await register(app, someAddress('between'))

      const news = await since(last)
      const ours = news.filter(({ user_agent }) => user_agent === agent)
      expect(ours.map((entry) => [entry.count, entry.at])).toEqual([[count, at.toISOString()]])
      expect(news.map(({ at }) => at)).toEqual(
        news
          .map(({ at }) => at)
          .toSorted()
          .toReversed(),
      )
      const from = await trail(app, access_token, { event: 'log_in_failed', from: at.toISOString() })
      const to = await trail(app, access_token, { event: 'log_in_failed', to: at.toISOString() })
      expect(from.entries.filter(({ user_agent }) => user_agent === agent)).toHaveLength(1)
      expect(to.entries.filter(({ user_agent }) => user_agent === agent)).toEqual([])
      last = news[0]!.id
    }
  })

  it('share one row if a hundred come at once', async ({ expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '1000' } })
    const email = await member(app)
    settle(app)

    const before = await app.db.prepare('select count(*) as count from audit').first<{ count: number }>()
    for (let n = 0; n < 10; n++) await Promise.all(Array.from({ length: 5 }, () => fail(app, email)))
    const after = await app.db.prepare('select count(*) as count from audit').first<{ count: number }>()

    expect(after!.count).toBe(before!.count + 1)
    const { access_token } = await signedInAdmin(app)
    const { entries } = await trail(app, access_token, { event: 'log_in_failed', user: (await idOf(app, email))! })
    expect(entries).toMatchObject([{ count: 50 }])
  })
})

describe('reading the audit', () => {
  it('is newest first, and shows every entry once by cursor', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const user = await signedInUser(app)
    for (let n = 0; n < 9; n++) {
      app.wait({ seconds: n % 3 === 0 ? 1 : 0 })
      await app.call('PATCH /api/user/profile', { bearer: user.access_token, json: { name: `Ada ${n}` } })
    }

    const query = { user: user.user.id, per_page: 2 }
    const pages = [await trail(app, access_token, query)]
    for (let cursor = pages[0]!.next_cursor; cursor; cursor = pages.at(-1)!.next_cursor)
      pages.push(await trail(app, access_token, { ...query, cursor }))

    const { entries } = await trail(app, access_token, { user: user.user.id, per_page: 100 })
    const ids = pages.flatMap((page) => page.entries.map(({ id }) => id))
    expect(ids).toEqual(entries.map(({ id }) => id))
    expect(new Set(ids).size).toBe(12)
    expect(entries.map(({ at }) => at)).toEqual(
      entries
        .map(({ at }) => at)
        .toSorted()
        .reverse(),
    )
  })

  it('shows fifty entries a page by default', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInAdmin(app)
    await app.db
      .prepare(
        `with recursive n(i) as (select 1 union all select i + 1 from n where i < 60)
         insert into audit (id, at, event, user_id, count)
         select printf('00000000-0000-7000-8000-%012d', i), i, 'logged_in', 'fifty', 1 from n`,
      )
      .run()

    const page = await trail(app, access_token, { user: 'fifty' })

    expect(page.entries.length).toBe(50)
    expect(page.next_cursor).toBe(page.entries.at(-1)?.id)
    expect((await trail(app, access_token, { user: user.id })).next_cursor).toBeNull()
  })

  it('filters by subject, actor and event', async ({ expect }) => {
    const app = startApp()
    const [one, two] = [await signedInAdmin(app), await signedInAdmin(app)]
    const [ann, bob] = [await signedInUser(app), await signedInUser(app)]
    for (const admin of [one, two])
      for (const { user } of [ann, bob]) {
        await app.call(`GET /api/admin/users/${user.id}`, { bearer: admin.access_token })
        await app.call(`PATCH /api/admin/users/${user.id}`, {
          bearer: admin.access_token,
          json: { name: admin.user.id },
        })
      }

    const seen = async (query: Record<string, string>) =>
      (await trail(app, one.access_token, { ...query, per_page: 100 })).entries
        .map(({ event, user_id, actor_id }) => {
          const whom = user_id === ann.user.id ? 'ann' : user_id === bob.user.id ? 'bob' : 'other'
          return `${event} ${whom} ${actor_id === one.user.id ? 'one' : actor_id === two.user.id ? 'two' : '-'}`
        })
        .sort()

    expect(await seen({ actor: two.user.id })).toEqual([
      'user_read ann two',
      'user_read bob two',
      'user_updated ann two',
      'user_updated bob two',
    ])
    expect(await seen({ user: ann.user.id, event: 'user_read' })).toEqual(['user_read ann one', 'user_read ann two'])
    expect(await seen({ user: bob.user.id, actor: one.user.id })).toEqual(['user_read bob one', 'user_updated bob one'])
    expect(await seen({ user: bob.user.id, actor: one.user.id, event: 'role_changed' })).toEqual([])
    expect(await seen({ user: "' or 1=1--" })).toEqual([])
  })

  it('filters by time: from one moment until just before another', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const user = await signedInUser(app)
    const moments: string[] = []
    for (let n = 0; n < 3; n++) {
      app.wait({ seconds: 10 })
      moments.push(app.now().toISOString())
      await app.call('PATCH /api/user/profile', { bearer: user.access_token, json: { name: `Ada ${n}` } })
    }

    const seen = async (query: Record<string, string>) =>
      (await trail(app, access_token, { user: user.user.id, event: 'profile_updated', ...query })).entries.map(
        ({ at }) => moments.indexOf(at),
      )

    expect(await seen({ from: moments[1]! })).toEqual([2, 1])
    expect(await seen({ to: moments[1]! })).toEqual([0])
    expect(await seen({ from: moments[1]!, to: moments[2]! })).toEqual([1])
    expect(await seen({ from: moments[1]!.replace('Z', '+00:00') })).toEqual([2, 1])
    expect(await seen({ from: moments[2]!, to: moments[1]! })).toEqual([])
    expect((await seen({ from: '1900-01-01T00:00:00Z' })).length).toBeGreaterThan(0)
    expect(await seen({ to: '1900-01-01T00:00:00Z' })).toEqual([])
  })

  it('finds every entry of a common event, however many others lie between, and reads few for a page', async ({
    expect,
  }) => {
    const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
    const { access_token: bearer } = await signedInAdmin(app)
    await app.db.prepare("delete from audit where event = 'logged_out'").run()
    // Every 250th of a thousand entries is a log-out, the oldest among them.
    await app.db
      .prepare(
        `with recursive n(i) as (select 0 union all select i + 1 from n where i < 999)
         insert into audit (id, at, event)
         select printf('00000000-0001-7000-8000-%012d', i), i, iif(i % 250, 'profile_updated', 'logged_out') from n`,
      )
      .run()
    const pages: { found: number; read: number }[] = []
    let cursor: string | null = ''

    while (cursor !== null && pages.length < 20) {
      app.counter.rowsRead = 0
      const page: Trail = await trail(app, bearer, { event: 'logged_out', per_page: 2, ...(cursor && { cursor }) })
      pages.push({ found: page.entries.length, read: app.counter.rowsRead })
      cursor = page.next_cursor
    }

    expect(cursor).toBeNull()
    expect(pages.reduce((sum, { found }) => sum + found, 0)).toBe(4)
    expect(pages.some(({ found }) => found < 2)).toBe(true)
    expect(Math.max(...pages.map(({ read }) => read))).toBeLessThan(1000)
  })

  it('continues by cursor within the bounds of time', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const user = await signedInUser(app)
    for (let n = 0; n < 4; n++) {
      app.wait({ seconds: 10 })
      await app.call('PATCH /api/user/profile', { bearer: user.access_token, json: { name: `Ada ${n}` } })
    }
    const query = { user: user.user.id, event: 'profile_updated', per_page: 1, to: app.now().toISOString() }

    const first = await trail(app, access_token, query)
    const second = await trail(app, access_token, { ...query, cursor: first.next_cursor! })

    const times = [...first.entries, ...second.entries].map(({ at }) => Date.parse(at) - app.now().getTime())
    expect(times).toEqual([-10_000, -20_000])
  })

  it('is itself no event', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const before = await trail(app, access_token)

    expect(await trail(app, access_token)).toEqual(before)
  })

  it.for([
    'event=everything',
    'event=logged_in&event=logged_out',
    'from=yesterday',
    'from=2026-01-01',
    'from=1700000000',
    'to=2026-13-01T00:00:00Z',
    'per_page=0',
    'per_page=101',
    'cursor=x',
    "cursor=' or 1=1--",
    `user=${'x'.repeat(65)}`,
  ])('is refused by %s (A-23)', async (query, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)

    const response = await app.call(`GET /api/admin/audit?${query}`, { bearer: access_token })

    expect(await refusalOf(response)).toMatchObject({ status: 422, code: 'validation_failed' })
  })
})

describe('a page of the audit', () => {
  it('is refused for an invalid cursor, with a code of its own', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)

    const response = await app.call('GET /api/admin/audit?cursor=x', { bearer: access_token })

    const detail = 'is not a cursor of this list: use next_cursor of the previous page'
    expect(await response.json()).toMatchObject({ errors: [{ field: 'cursor', code: 'invalid_cursor', detail }] })
  })

  it('is the first one if a form sends empty fields', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const query = 'user=&actor=&event=&from=&to=&cursor=&per_page='

    const response = await app.call(`GET /api/admin/audit?${query}`, { bearer: access_token })

    const { entries } = await bodyOf<Trail>(response)
    expect(entries.length).toBeGreaterThan(0)
    const all = (await trail(app, access_token, { per_page: 100 })).entries.map(({ id }) => id)
    expect(all).toEqual(expect.arrayContaining(entries.map(({ id }) => id)))
  })
})

describe('an entry of the audit', () => {
  it.for([
    { days: undefined, kept: 89.9, gone: 90.1 },
    { days: '7', kept: 6.9, gone: 7.1 },
  ])(
    'is removed after AUDIT_RETENTION_DAYS ($days): there at $kept, gone at $gone (ASVS 14.2.7)',
    async (row, { expect }) => {
      const app = startApp({ vars: row.days ? { AUDIT_RETENTION_DAYS: row.days } : {} })
      const email = await member(app)
      const id = (await idOf(app, email))!
      const count = async () =>
        (
          await app.db
            .prepare('select count(*) as count from audit where user_id = ?')
            .bind(id)
            .first<{ count: number }>()
        )?.count

      app.wait({ days: row.kept })
      await app.cron()
      const before = await count()
      app.wait({ days: row.gone - row.kept })
      await app.cron()

      expect(before).toBe(2)
      expect(await count()).toBe(0)
    },
  )

  it('outlives its user', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const user = await signedInUser(app)
    app.wait({ seconds: 1 })
    await app.call('DELETE /api/user/account', {
      bearer: user.access_token,
      json: { current_password: somePassword },
    })

    // Other tests have moved the clock, and their cron erased every account whose deletion was due.
    const to = new Date(app.now().getTime() + 1).toISOString()
    const { entries } = await trail(app, admin.access_token, { event: 'account_deleted', to })

    const entry = entries.find(({ at }) => at === app.now().toISOString())
    expect(entry).toMatchObject({ ip: null, user_agent: null, actor_id: null })
    expect((await trail(app, admin.access_token, { user: user.user.id })).entries).toEqual([])
    const kept = await trail(app, admin.access_token, { user: entry!.user_id! })
    const [newest, ...earlier] = kept.entries.map(({ event }) => event)
    expect(newest).toBe('account_deleted')
    expect(earlier.sort()).toEqual(['email_verified', 'logged_in', 'registered'])
  })
})
