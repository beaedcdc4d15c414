import { describe, it } from 'vitest'
import { bodyOf, refusalOf } from '../support/app/administrators.ts'
import {
  alterUser,
  logIn,
  profile,
  register,
  signedInUser,
  someAddress,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

const change = (app: TestApp, bearer: string, json: object, method = 'PATCH') =>
  app.call(`${method} /api/user/profile`, { bearer, json })

describe('the profile', () => {
  it('contains what a user may see of themselves, and nothing else (ASVS 15.3.1)', async ({ expect }) => {
    const app = startApp()
    const { access_token, email, user } = await signedInUser(app)

    const shown = await bodyOf(await profile(app, access_token))

    expect(shown).toEqual({
      id: user.id,
      email,
      email_verified: true,
      pending_email: null,
      name: null,
      phone: null,
      locale: null,
      avatar_url: null,
      external_id: null,
      metadata: {},
      second_factor: false,
      mfa_required: false,
      has_password: true,
      role: 'user',
      status: 'active',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: expect.any(String),
      last_login_at: app.now().toISOString(),
    })
  })

  it('is the same at every path it has', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const canonical = await bodyOf(await profile(app, access_token))

    for (const path of ['/users/me', '/me', '/auth/me'])
      expect(await bodyOf(await app.call(`GET ${path}`, { bearer: access_token })), path).toEqual(canonical)
  })

  it('shows the role and status that the database has, not those of the token (ASVS 8.3.2)', async ({ expect }) => {
    const app = startApp()
    const { access_token, email } = await signedInUser(app)
    await alterUser(app, email, { role: 'admin' })

    expect(await bodyOf(await profile(app, access_token))).toMatchObject({ role: 'admin' })
  })
})

describe('changing the profile', () => {
  it.for(['PUT', 'PATCH'])(
    '%s changes what is given, leaves what is absent, and clears what is null',
    async (method, { expect }) => {
      const app = startApp()
      const { access_token } = await signedInUser(app)
      await change(app, access_token, { name: 'Ada', phone: '+44 20 7946 0958' }, method)

      app.wait({ minutes: 1 })
      const changed = await bodyOf(await change(app, access_token, { name: null }, method))

      expect(changed).toMatchObject({ name: null, phone: '+442079460958', updated_at: app.now().toISOString() })
      expect(await bodyOf(await profile(app, access_token))).toEqual(changed)
    },
  )

  it('treats an empty change as no change', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    await change(app, access_token, { name: 'Ada', phone: '+442079460958' })

    const changed = await bodyOf(await change(app, access_token, {}))

    expect(changed).toMatchObject({ name: 'Ada', phone: '+442079460958', pending_email: null })
  })

  it("does not treat columns of the row as members of the profile, whoever's they are (A-18, A-19, ASVS 15.3.3)", async ({
    expect,
  }) => {
    const app = startApp()
    const one = await signedInUser(app)
    const two = await signedInUser(app)
    const grabs = {
      id: two.user.id,
      user_id: two.user.id,
      role: 'admin',
      is_admin: true,
      is_verified: true,
      email_verified: false,
      status: 'disabled',
      disabled_at: null,
      password: 'x',
      password_hash: 'x',
      token_version: 7,
      created_at: '2020-01-01T00:00:00Z',
      last_login_at: null,
      pending_email: 'x@example.com',
      avatar: 'x',
      avatar_key: 'x',
      avatar_url: 'http://169.254.169.254/',
      constructor: { prototype: { role: 'admin' } },
    }
    const row = (id: string) => app.db.prepare('select * from users where id = ?').bind(id).first()
    const before = await Promise.all([row(one.user.id), row(two.user.id)])

    const response = await change(app, one.access_token, { name: 'Eve', ...grabs })

    expect(response.status).toBe(200)
    const after = await Promise.all([row(one.user.id), row(two.user.id)])
    expect(after).toEqual([{ ...before[0], name: 'Eve', updated_at: before[0]!.updated_at }, before[1]])
  })

  it('does not treat __proto__ as one either (A-24, ASVS 15.3.6)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await app.call('PATCH /api/user/profile', {
      bearer: access_token,
      body: '{"name":"Eve","__proto__":{"role":"admin","phone":"+442079460958"}}',
      headers: { 'Content-Type': 'application/json' },
    })

    expect(await bodyOf(response)).toMatchObject({ name: 'Eve', role: 'user', phone: null })
    expect(({} as { role?: string }).role).toBeUndefined()
  })
})

describe('a name', () => {
  it.for([
    'Ada Lovelace',
    '李明',
    'Σωκράτης',
    'محمد',
    'José',
    "O'Brien-Smith",
    'Ωმეგა ქართული',
    '김',
    'X',
    '🦊',
    '👩‍🚀 Astronaut',
    'נועה',
    '<img src=x onerror=1>"\'',
    "'; drop table users;--",
    '100%_*',
    'x'.repeat(100),
    '🦊'.repeat(100),
  ])('may be %s', async (name, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const changed = await change(app, access_token, { name })

    expect(await bodyOf(changed)).toMatchObject({ name })
    expect(changed.headers.get('Content-Type')).toMatch(/^application\/json/)
  })

  it.for([
    ['', 'name too_short'],
    [' ', 'name invalid'],
    ['\u00a0\u2003', 'name invalid'],
    ['x'.repeat(101), 'name invalid'],
    ['🦊'.repeat(101), 'name invalid'],
    ['x'.repeat(401), 'name too_long'],
    ['a\u0000b', 'name invalid'],
    ['a\r\nBcc: v@example.com', 'name invalid'],
    ['a\tb', 'name invalid'],
    ['a\u001bb', 'name invalid'],
    ['a\u0085b', 'name invalid'],
    ['a\u2028b', 'name invalid'],
    ['a\u202eb', 'name invalid'],
    ['a\u2066b', 'name invalid'],
    ['\ud800', 'name invalid'],
    [7, 'name invalid_type'],
    [true, 'name invalid_type'],
    [['Ada'], 'name invalid_type'],
    [{ first: 'Ada' }, 'name invalid_type'],
  ] as const)('may not be %j (A-26)', async ([name, field], { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    await change(app, access_token, { name: 'Ada' })

    const response = await change(app, access_token, { name, phone: '+442079460958' })

    const { status, code, fields } = await refusalOf(response)
    expect({ status, code }).toEqual({ status: 422, code: 'validation_failed' })
    expect(fields).toContain(field)
    expect(await bodyOf(await profile(app, access_token))).toMatchObject({ name: 'Ada', phone: null })
  })
})

describe('a phone number', () => {
  it.for([
    ['+44 20 7946 0958', '+442079460958'],
    ['+442079460958', '+442079460958'],
    [' +44-20-7946-0958 ', '+442079460958'],
    ['+49 (0) 30 901820', '+4930901820'],
    ['+1 (212) 555-0100', '+12125550100'],
    ['+81 3-1234-5678', '+81312345678'],
    ['+39 06 6982', '+39066982'],
    ['+375 17 309-60-80', '+375173096080'],
  ] as const)('%s is kept as %s', async ([given, kept], { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const changed = await change(app, access_token, { phone: given })

    expect(await bodyOf(changed)).toMatchObject({ phone: kept })
  })

  it.for([
    '020 7946 0958',
    '00442079460958',
    '442079460958',
    '+',
    '+0',
    '+44',
    '+999 123456789',
    '+44 20 7946 0958 ext. 7',
    'call +44 20 7946 0958',
    '+44 20 7946 0958 or so',
    '+44207946095812345',
    "+44'; drop table users;--",
    '+44\u0000207946095',
    `+${'4'.repeat(41)}`,
    '',
    7,
    {},
    ['+442079460958'],
  ])('may not be %j', async (phone, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    await change(app, access_token, { phone: '+442079460958' })

    const response = await change(app, access_token, { phone, name: 'Ada' })

    expect(await refusalOf(response)).toMatchObject({ status: 422, code: 'validation_failed' })
    expect(await bodyOf(await profile(app, access_token))).toMatchObject({ phone: '+442079460958', name: null })
  })
})

describe('a profile that was given at registration', () => {
  it('is kept in the same form', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    const password = 'a passphrase for tests'

    await app.call('POST /api/auth/register', { json: { email, password, name: '李明', phone: '+44 20 7946 0958' } })

    expect((await logIn(app, email, password)).user).toMatchObject({ name: '李明', phone: '+442079460958' })
  })

  it('is empty if none was given', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()

    await register(app, email)

    expect((await logIn(app, email)).user).toMatchObject({ name: null, phone: null, avatar_url: null })
  })
})
