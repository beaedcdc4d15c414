import { describe, it } from 'vitest'
import { bodyOf, signedInAdmin, type UserBody } from '../support/app/administrators.ts'
import {
  codeOf,
  confirmEmail,
  linkIn,
  logIn,
  mailsTo,
  member,
  newPassword,
  profile,
  refresh,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

const attempt = (app: TestApp, email: string, password = somePassword) =>
  app.call('POST /api/auth/login', { json: { email, password } })

const invite = async (app: TestApp, bearer: string, email: string, values = {}) =>
  bodyOf<UserBody>(await app.call('POST /api/admin/users', { bearer, json: { email, ...values } }), 201)

const setPassword = (app: TestApp, token: string, new_password = newPassword) =>
  app.call('POST /api/auth/reset-password', { json: { token, new_password } })

const forget = async (app: TestApp, email: string) => {
  app.wait({ minutes: 2 })
  await app.call('POST /api/auth/forgot-password', { json: { email } })
  return linkIn(app, email)
}

const edit = (app: TestApp, bearer: string, id: string, json: object) =>
  app.call(`PATCH /api/admin/users/${id}`, { bearer, json })

const setStatus = (app: TestApp, bearer: string, id: string, status: string) =>
  app.call(`PUT /api/admin/users/${id}/status`, { bearer, json: { status } })

/** An admin, and a user whom the admin edits. */
const two = async (app: TestApp) => ({ admin: await signedInAdmin(app), user: await signedInUser(app) })

describe('creating a user', () => {
  it('creates one without a password, unverified, and signs nobody in', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const email = someAddress('new')

    const response = await app.call('POST /api/admin/users', {
      bearer: access_token,
      json: { email, name: 'Grace', role: 'admin' },
    })

    expect(await bodyOf(response, 201)).toMatchObject({
      email,
      name: 'Grace',
      phone: null,
      role: 'admin',
      status: 'active',
      email_verified: false,
      last_login_at: null,
    })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('lets the owner of the mailbox choose the password (ASVS 6.4.1)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const email = someAddress('new')
    await invite(app, access_token, email)

    const chosen = await setPassword(app, linkIn(app, email))

    expect(chosen.status).toBe(200)
    expect((await logIn(app, email, newPassword)).user).toMatchObject({ email, email_verified: true, role: 'user' })
  })

  it.for([
    { days: 6.999, status: 200 },
    { days: 7, status: 400 },
  ])('answers $status to an invitation of $days days', async ({ days, status }, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const email = someAddress('new')
    await invite(app, access_token, email)

    app.wait({ days })
    const response = await setPassword(app, linkIn(app, email))

    expect(response.status).toBe(status)
  })

  it('mails nothing that the admin typed', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const email = someAddress('new')

    await invite(app, access_token, email, { name: 'Sentinel https://evil.example' })

    expect(mailsTo(app, email).length).toBe(1)
    expect(JSON.stringify(mailsTo(app, email))).not.toMatch(/Sentinel|evil/)
  })

  it('refuses an address that is taken, in any letter case, and mails nothing to it', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const email = await member(app)
    const before = app.mailbox.length

    const response = await app.call('POST /api/admin/users', {
      bearer: access_token,
      json: { email: email.toUpperCase() },
    })

    expect(response.status).toBe(409)
    expect(await codeOf(response)).toBe('email_taken')
    expect(app.mailbox.length).toBe(before)
  })

  it('creates one user from eight requests at once', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const email = someAddress('new')

    const responses = await Promise.all(
      Array.from({ length: 8 }, () => app.call('POST /api/admin/users', { bearer: access_token, json: { email } })),
    )

    expect(responses.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)])
    expect(mailsTo(app, email).length).toBe(1)
  })

  it.for([
    { registration: 'open', status: 201 },
    { registration: 'invite', status: 201 },
    { registration: 'closed', status: 403 },
  ])('answers $status where registration is $registration', async ({ registration, status }, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const other = startApp({ vars: { REGISTRATION: registration } })

    const response = await other.call('POST /api/admin/users', {
      bearer: access_token,
      json: { email: someAddress('new') },
    })

    expect(response.status).toBe(status)
  })
})

describe('reading a user', () => {
  it('shows what the users themselves see', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)

    const response = await app.call(`GET /api/admin/users/${user.user.id}`, { bearer: admin.access_token })

    expect(await bodyOf(response)).toEqual(await bodyOf(await profile(app, user.access_token)))
  })

  it.for(['00000000-0000-7000-8000-000000000000', 'x', "' or 1=1--", '%'])(
    'finds nobody by %s',
    async (id, { expect }) => {
      const app = startApp()
      const { access_token } = await signedInAdmin(app)

      const response = await app.call(`GET /api/admin/users/${encodeURIComponent(id)}`, { bearer: access_token })

      expect(response.status).toBe(404)
    },
  )
})

describe('editing a user', () => {
  it('changes name and phone, leaves what is absent, and clears what is null', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const { id } = user.user

    await edit(app, admin.access_token, id, { name: '李明', phone: '+44 20 7946 0958' })
    const changed = await bodyOf(await edit(app, admin.access_token, id, { name: null }))

    expect(changed).toMatchObject({ name: null, phone: '+442079460958', email: user.email, email_verified: true })
    expect((await profile(app, user.access_token)).status).toBe(200)
  })

  it('changes the address: sessions and links end, the old address is informed, the new one must be verified', async ({
    expect,
  }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const oldLink = await forget(app, user.email)
    const email = someAddress('moved')

    const moved = await bodyOf(await edit(app, admin.access_token, user.user.id, { email }))

    expect(moved).toMatchObject({ email, email_verified: false, pending_email: null })
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect((await refresh(app, user.refresh_token)).status).toBe(401)
    expect((await setPassword(app, oldLink)).status).toBe(400)
    expect(mailsTo(app, user.email).at(-1)?.subject).toContain('was changed')
    expect((await attempt(app, email)).status).toBe(401)
    const link = linkIn(app, email)
    expect((await app.call('POST /api/auth/verify-email', { json: { token: link } })).status).toBe(200)
    expect((await attempt(app, email)).status).toBe(200)
    expect((await attempt(app, user.email)).status).toBe(401)
  })

  it('changes the address at once if the admin vouches for it', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const email = someAddress('moved')

    const moved = await bodyOf(await edit(app, admin.access_token, user.user.id, { email, email_verified: true }))

    expect(moved).toMatchObject({ email, email_verified: true })
    expect(mailsTo(app, email)).toEqual([])
    expect((await attempt(app, email)).status).toBe(200)
  })

  it('treats the current address in another letter case as no change', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const before = app.mailbox.length

    const kept = await bodyOf(
      await edit(app, admin.access_token, user.user.id, { email: user.email.toUpperCase(), name: 'Ann' }),
    )

    expect(kept).toMatchObject({ email_verified: true, name: 'Ann' })
    expect((await profile(app, user.access_token)).status).toBe(200)
    expect(app.mailbox.length).toBe(before)
  })

  it('mails the invitation again to a corrected address, valid as long as any other', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { id } = await invite(app, access_token, someAddress('typo'))
    const email = someAddress('right')
    await edit(app, access_token, id, { email })

    app.wait({ days: 6 })
    const chosen = await setPassword(app, linkIn(app, email))

    expect(chosen.status).toBe(200)
    expect((await attempt(app, email, newPassword)).status).toBe(200)
  })

  it('refuses an address that is taken, and changes nothing else either', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const taken = await member(app)

    const response = await edit(app, admin.access_token, user.user.id, { email: taken, name: 'Changed' })

    expect(response.status).toBe(409)
    expect(await codeOf(response)).toBe('email_taken')
    expect(await bodyOf(await profile(app, user.access_token))).toMatchObject({ email: user.email, name: null })
  })

  it('gives an address to one of two users who are moved to it at once', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const other = await signedInUser(app)
    const email = someAddress('wanted')

    const responses = await Promise.all(
      [user, other].map(({ user: { id } }) => edit(app, admin.access_token, id, { email })),
    )

    expect(responses.map(({ status }) => status).sort()).toEqual([200, 409])
  })

  it('withdraws a verification: the user is logged out, and gets in again by a requested link', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)

    const changed = await bodyOf(await edit(app, admin.access_token, user.user.id, { email_verified: false }))

    expect(changed.email_verified).toBe(false)
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect((await attempt(app, user.email)).status).toBe(401)
    // The log-in requested a link, but the minute since the registration had no place for another mail.
    app.wait({ minutes: 2 })
    await app.services.mailDelivery.deliverDue()
    await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, user.email) } })
    expect((await attempt(app, user.email)).status).toBe(200)
  })

  it.for([{ email: 'own@example.com' }, { email_verified: true }, { email_verified: false }])(
    'refuses %o for one’s own account',
    async (change, { expect }) => {
      const app = startApp()
      const { access_token, user } = await signedInAdmin(app)

      const response = await edit(app, access_token, user.id, change)

      expect(response.status).toBe(409)
      expect(await codeOf(response)).toBe('own_account')
      expect((await profile(app, access_token)).status).toBe(200)
    },
  )

  it('lets admins change their own name, even if their own address is sent too', async ({ expect }) => {
    const app = startApp()
    const { access_token, user, email } = await signedInAdmin(app)

    const changed = await bodyOf(await edit(app, access_token, user.id, { name: 'Boss', email }))

    expect(changed).toMatchObject({ name: 'Boss', email, email_verified: true })
  })

  it('keeps an account whose address was corrected, however old it is, even if nobody has logged in yet', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { id } = await invite(app, access_token, someAddress('new'))
    app.wait({ days: 29 })
    const again = await logIn(app, (await signedInAdmin(app)).email)
    await edit(app, again.access_token, id, { email: someAddress('mended') })

    app.wait({ days: 2 })
    await app.cron()

    const admin = await logIn(app, (await signedInAdmin(app)).email)
    expect((await app.call(`GET /api/admin/users/${id}`, { bearer: admin.access_token })).status).toBe(200)
  })
})

describe('setting a role', () => {
  it('makes an admin, who can administer with the token they have', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)

    const response = await app.call(`PUT /api/admin/users/${user.user.id}/role`, {
      bearer: admin.access_token,
      json: { role: 'admin' },
    })

    expect(await bodyOf(response)).toMatchObject({ id: user.user.id, role: 'admin' })
    expect((await app.call('GET /api/admin/stats', { bearer: user.access_token })).status).toBe(200)
  })

  it.for(['user', 'admin'])('is refused for oneself (%s)', async (role, { expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInAdmin(app)
    await signedInAdmin(app)

    const response = await app.call(`PUT /api/admin/users/${user.id}/role`, { bearer: access_token, json: { role } })

    expect(response.status).toBe(409)
    expect(await codeOf(response)).toBe('own_account')
  })
})

describe('disabling a user', () => {
  it('ends every session at once (ASVS 7.4.2)', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const second = await logIn(app, user.email)

    const response = await setStatus(app, admin.access_token, user.user.id, 'disabled')

    expect(await bodyOf(response)).toMatchObject({ status: 'disabled' })
    for (const session of [user, second]) {
      expect((await profile(app, session.access_token)).status).toBe(401)
      expect((await refresh(app, session.refresh_token)).status).toBe(401)
    }
  })

  it('keeps the user out until they are enabled, and brings no session back', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)

    await setStatus(app, admin.access_token, user.user.id, 'disabled')
    const meanwhile = await attempt(app, user.email)
    await setStatus(app, admin.access_token, user.user.id, 'active')

    expect(meanwhile.status).toBe(401)
    expect(await codeOf(meanwhile)).toBe('invalid_credentials')
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect((await attempt(app, user.email)).status).toBe(200)
  })

  it('voids links for good: they stay void when the user is enabled again (ASVS 7.4.2)', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const reset = await forget(app, user.email)
    const email = someAddress('intruder')
    await app.call('PATCH /api/user/profile', { bearer: user.access_token, json: { email } })
    const confirm = linkIn(app, email)

    await setStatus(app, admin.access_token, user.user.id, 'disabled')
    await setStatus(app, admin.access_token, user.user.id, 'active')

    expect((await setPassword(app, reset)).status).toBe(400)
    expect((await confirmEmail(app, confirm, { password: somePassword })).status).toBe(400)
    expect((await logIn(app, user.email)).user).toMatchObject({ email: user.email, pending_email: null })
  })

  it('voids the link by which a user who is leaving can undo that', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    await app.call('DELETE /api/user/account', { bearer: user.access_token, json: {} })
    const link = linkIn(app, user.email)

    const disabled = await setStatus(app, admin.access_token, user.user.id, 'disabled')
    const undone = await app.call('POST /api/auth/undo-deletion', { json: { token: link } })

    expect(disabled.status).toBe(200)
    expect(undone.status).toBe(400)
    expect((await attempt(app, user.email)).status).toBe(401)
    const entries = `GET /api/admin/audit?user_id=${user.user.id}`
    expect(await (await app.call(entries, { bearer: admin.access_token })).text()).toContain('"status_changed"')
  })

  it('stops mails that would give access again, whoever requests them', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    await setStatus(app, admin.access_token, user.user.id, 'disabled')
    const before = mailsTo(app, user.email).length

    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/forgot-password', { json: { email: user.email } })
    await app.call(`POST /api/admin/users/${user.user.id}/password-reset`, { bearer: admin.access_token })

    expect(mailsTo(app, user.email).length).toBe(before)
  })

  it('is refused for oneself', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInAdmin(app)
    await signedInAdmin(app)

    const response = await setStatus(app, access_token, user.id, 'disabled')

    expect(response.status).toBe(409)
    expect(await codeOf(response)).toBe('own_account')
  })
})

describe('having a password reset', () => {
  it('mails a link to the user and shows it to nobody else (ASVS 6.4.6)', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)

    const response = await app.call(`POST /api/admin/users/${user.user.id}/password-reset`, {
      bearer: admin.access_token,
    })

    const link = linkIn(app, user.email)
    expect(await response.text()).not.toContain(link)
    expect(mailsTo(app, admin.email).at(-1)?.text).not.toContain(link)
    expect((await setPassword(app, link)).status).toBe(200)
    expect((await attempt(app, user.email)).status).toBe(401)
    expect((await attempt(app, user.email, newPassword)).status).toBe(200)
  })

  it.for([
    { minutes: 29.9, status: 200 },
    { minutes: 30, status: 400 },
  ])('answers $status to a link of $minutes minutes', async ({ minutes, status }, { expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    await app.call(`POST /api/admin/users/${user.user.id}/password-reset`, { bearer: admin.access_token })

    app.wait({ minutes })
    const response = await setPassword(app, linkIn(app, user.email))

    expect(response.status).toBe(status)
  })

  it('invites a user again who never chose a password', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const email = someAddress('new')
    const { id } = await invite(app, access_token, email)
    const first = linkIn(app, email)

    await app.call(`POST /api/admin/users/${id}/password-reset`, { bearer: access_token })

    app.wait({ days: 6 })
    expect((await setPassword(app, linkIn(app, email))).status).toBe(200)
    expect((await setPassword(app, first)).status).toBe(400)
  })
})

describe('the sessions of a user', () => {
  it('are listed and ended by an admin (ASVS 7.4.5)', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const second = await logIn(app, user.email)
    const path = `/api/admin/users/${user.user.id}/sessions`

    const listed = await bodyOf<{ sessions: { current: boolean }[] }>(
      await app.call(`GET ${path}`, { bearer: admin.access_token }),
    )
    await app.call(`DELETE ${path}`, { bearer: admin.access_token })

    expect(listed.sessions.map(({ current }) => current)).toEqual([false, false])
    for (const { access_token } of [user, second]) expect((await profile(app, access_token)).status).toBe(401)
    expect((await profile(app, admin.access_token)).status).toBe(200)
    expect(await bodyOf(await app.call(`GET ${path}`, { bearer: admin.access_token }))).toEqual({ sessions: [] })
  })

  it('take a pending change of address with them', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const email = someAddress('next')
    await app.call('PATCH /api/user/profile', { bearer: user.access_token, json: { email } })

    await app.call(`DELETE /api/admin/users/${user.user.id}/sessions`, { bearer: admin.access_token })

    const confirmed = await confirmEmail(app, linkIn(app, email), { password: somePassword })
    expect(confirmed.status).toBe(400)
    expect((await logIn(app, user.email)).user).toMatchObject({ pending_email: null })
  })
})

describe('deleting a user', () => {
  it('ends everything the user had', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await two(app)
    const link = await forget(app, user.email)

    const response = await app.call(`DELETE /api/admin/users/${user.user.id}`, { bearer: admin.access_token })

    expect(response.status).toBe(200)
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect((await refresh(app, user.refresh_token)).status).toBe(401)
    expect((await setPassword(app, link)).status).toBe(400)
    expect((await attempt(app, user.email)).status).toBe(401)
    const gone = await app.call(`GET /api/admin/users/${user.user.id}`, { bearer: admin.access_token })
    expect(gone.status).toBe(404)
  })

  it('is refused for one’s own account', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInAdmin(app)
    await signedInAdmin(app)

    const response = await app.call(`DELETE /api/admin/users/${user.id}`, { bearer: access_token })

    expect(response.status).toBe(409)
    expect(await codeOf(response)).toBe('own_account')
    expect((await profile(app, access_token)).status).toBe(200)
  })
})

describe('an operation on a user who does not exist', () => {
  it.for([
    ['PATCH', '', { name: 'Ann' }],
    ['PUT', '', { email: 'nobody@example.com' }],
    ['PUT', '/role', { role: 'admin' }],
    ['PUT', '/status', { status: 'disabled' }],
    ['POST', '/password-reset', undefined],
    ['GET', '/sessions', undefined],
    ['DELETE', '/sessions', undefined],
    ['DELETE', '', undefined],
  ] as const)('%s %s is 404', async ([method, path, json], { expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const gone = await signedInUser(app)
    await app.call(`DELETE /api/admin/users/${gone.user.id}`, { bearer: access_token })

    const response = await app.call(`${method} /api/admin/users/${gone.user.id}${path}`, { bearer: access_token, json })

    expect(response.status).toBe(404)
    expect(await codeOf(response)).toBe('not_found')
  })
})

describe('an account that somebody registered and nobody verified', () => {
  const registered = async (app: TestApp, bearer: string) => {
    const email = someAddress()
    await register(app, email)
    const path = `/api/admin/users?search=${encodeURIComponent(email)}`
    const { users } = await bodyOf<{ users: UserBody[] }>(await app.call(`GET ${path}`, { bearer }))
    return users[0]!
  }

  const setRole = (app: TestApp, bearer: string, id: string, role = 'admin') =>
    app.call(`PUT /api/admin/users/${id}/role`, { bearer, json: { role } })

  it('becomes no admin account before the owner of the mailbox has set the password (A-17b, A-18)', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { id, email } = await registered(app, access_token)

    const refused = await setRole(app, access_token, id)
    const { role } = await bodyOf(await app.call(`GET /api/admin/users/${id}`, { bearer: access_token }))
    const audit = await app.call(`GET /api/admin/audit?user=${id}&event=role_changed`, { bearer: access_token })
    await app.call(`POST /api/admin/users/${id}/password-reset`, { bearer: access_token })
    await setPassword(app, linkIn(app, email))

    expect([refused.status, await codeOf(refused), role]).toEqual([403, 'forbidden', 'user'])
    expect((await bodyOf<{ detail: string }>(refused, 403)).detail).toContain('not verified')
    expect(await bodyOf(audit)).toMatchObject({ entries: [] })
    expect((await attempt(app, email)).status).toBe(401)
    expect(await bodyOf(await setRole(app, access_token, id))).toMatchObject({ role: 'admin', email_verified: true })
  })

  it('can become one while it has no password, which nobody else can set then (A-17b)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { id, email } = await invite(app, access_token, someAddress('new'))

    const made = await setRole(app, access_token, id)
    await register(app, email)

    expect(await bodyOf(made)).toMatchObject({ role: 'admin', email_verified: false })
    expect((await attempt(app, email)).status).toBe(401)
    await setPassword(app, linkIn(app, email))
    expect((await logIn(app, email, newPassword)).user).toMatchObject({ role: 'admin' })
  })

  it('stays an admin account if it is one, and becomes a user account, whether or not it is verified', async ({
    expect,
  }) => {
    const app = startApp()
    const [admin, other] = [await signedInAdmin(app), await signedInAdmin(app)]
    await edit(app, admin.access_token, other.user.id, { email_verified: false })

    for (const role of ['admin', 'user', 'user'])
      expect(await bodyOf(await setRole(app, admin.access_token, other.user.id, role))).toMatchObject({ role })
    expect((await setRole(app, admin.access_token, other.user.id)).status).toBe(403)
  })

  it('is not verified by its link once it is disabled', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { id, email } = await registered(app, access_token)
    const token = linkIn(app, email)

    await setStatus(app, access_token, id, 'disabled')
    const response = await app.call('POST /api/auth/verify-email', { json: { token } })

    expect(response.status).toBe(400)
    expect(await bodyOf(await app.call(`GET /api/admin/users/${id}`, { bearer: access_token }))).toMatchObject({
      email_verified: false,
    })
  })
})
