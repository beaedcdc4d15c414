import { describe, it } from 'vitest'
import { aliases } from '../../src/aliases.ts'
import { createApp } from '../../src/app.ts'
import { signedInAdmin } from '../support/app/administrators.ts'
import {
  codeOf,
  linkIn,
  logIn,
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

const problemOf = async (response: Response) =>
  (await response.clone().json()) as { code: string; detail: string; errors: { field: string; code: string }[] }

const warningsOf = async (response: Response) =>
  ((await response.clone().json()) as { warnings?: string[] }).warnings?.map((text) => /^`(\w+)`/.exec(text)?.[1])

const change = (app: TestApp, bearer: string, json: object) => app.call('PUT /api/user/profile', { bearer, json })

const names = [
  ['first_name', 'last_name'],
  ['firstName', 'lastName'],
  ['fname', 'lname'],
] as const

describe('a name in two parts', () => {
  it.for(names)('%s and %s is one at registration', async ([first, last], { expect }) => {
    const app = startApp()
    const email = someAddress()

    const response = await app.call('POST /auth/register', {
      json: { email, password: somePassword, [first]: ' Ada ', [last]: 'Lovelace' },
    })
    await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })

    expect(response.status).toBe(201)
    expect(await warningsOf(response)).toBeUndefined()
    expect((await logIn(app, email)).user).toMatchObject({ name: 'Ada Lovelace' })
  })

  it.for(names)('%s and %s is one in a profile, and for an admin', async ([first, last], { expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInUser(app)
    const admin = await signedInAdmin(app)

    const own = await change(app, access_token, { [first]: 'Ada', [last]: 'Lovelace' })
    const byAdmin = await app.call(`PUT /api/admin/users/${user.id}`, {
      bearer: admin.access_token,
      json: { [first]: 'Grace', [last]: 'Hopper' },
    })

    expect(await own.json()).toMatchObject({ name: 'Ada Lovelace' })
    expect(await byAdmin.json()).toMatchObject({ name: 'Grace Hopper' })
  })

  it.for([
    [{ first_name: 'Ada', last_name: null }, 'Ada'],
    [{ first_name: '', last_name: 'Lovelace' }, 'Lovelace'],
    [{ first_name: '', last_name: ' ' }, null],
    [{ first_name: null, last_name: null }, null],
    [{ name: 'Ada', first_name: 'Grace', last_name: 'Hopper' }, 'Ada'],
  ] as const)('%j is %s', async ([json, name], { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    await change(app, access_token, { name: 'As it was' })

    const response = await change(app, access_token, json)

    expect(await response.json()).toMatchObject({ name })
  })

  it('that lacks a key changes nothing, and says so', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    await change(app, access_token, { name: 'Ada Lovelace' })

    const response = await change(app, access_token, { first_name: 'Grace' })

    expect(await warningsOf(response)).toEqual(['first_name'])
    expect(await response.json()).toMatchObject({ name: 'Ada Lovelace' })
  })

  it.for([
    { first_name: 5, last_name: 'Lovelace' },
    { first_name: 'Ada', last_name: ['Lovelace'] },
    { first_name: 'a'.repeat(60), last_name: 'b'.repeat(60) },
  ])('that is no name is refused: %j', async (json, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await change(app, access_token, json)

    expect(response.status).toBe(422)
    expect((await problemOf(response)).errors).toMatchObject([{ field: 'name' }])
  })
})

describe('the passwords of a change', () => {
  it.for(['PUT /api/user/change-password', 'POST /api/user/change-password', 'PUT /users/me/password'])(
    'may be spelled in the other way: %s',
    async (operation, { expect }) => {
      const app = startApp()
      const { email, access_token } = await signedInUser(app)
      const json = { currentPassword: somePassword, newPassword, confirmPassword: newPassword }

      const response = await app.call(operation, { bearer: access_token, json })

      expect(response.status).toBe(200)
      expect(await warningsOf(response)).toEqual(['confirmPassword'])
      expect(JSON.stringify(await response.json())).not.toContain(newPassword)
      expect((await logIn(app, email, newPassword)).user).toMatchObject({ email })
    },
  )

  it.for([
    { newPassword },
    { new_password: newPassword },
    { currentPassword: 'not this one', newPassword },
    { current_password: 'not this one', currentPassword: somePassword, newPassword },
  ])('are refused without the right current one: %j', async (json, { expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)

    const response = await app.call('PUT /api/user/change-password', { bearer: access_token, json })

    expect(response.status).toBe(422)
    expect((await problemOf(response)).errors).toMatchObject([{ field: 'current_password' }])
    expect((await logIn(app, email)).user).toMatchObject({ email })
  })

  it('are not changed by a profile', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)

    const response = await change(app, access_token, { password: newPassword, name: 'Ada' })

    expect(await warningsOf(response)).toEqual(['password'])
    expect((await logIn(app, email)).user).toMatchObject({ name: 'Ada' })
  })

  it('are spelled the other way for full proof too', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)

    const response = await app.call('DELETE /account/me', {
      bearer: access_token,
      json: { currentPassword: somePassword },
    })

    expect(await response.json()).not.toHaveProperty('erases_at')
    expect((await app.call('POST /login', { json: { email, password: somePassword } })).status).toBe(401)
  })
})

describe('a member that other services know', () => {
  it.for([
    {
      operation: 'POST /account/register',
      status: 201,
      json: () => ({ email: someAddress(), password: somePassword }),
    },
    { operation: 'PUT /account/me', status: 200, json: () => ({ name: 'Ada' }) },
    { operation: 'POST /account/verify-request', status: 200, json: () => ({ email: someAddress() }) },
  ])('did nothing, says the reply to $operation', async ({ operation, status, json }, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await app.call(operation, {
      bearer: access_token,
      json: { ...json(), username: 'ada', avatar_url: 'https://example.com/a.png', role: 'admin', isActive: true },
    })

    expect(response.status).toBe(status)
    expect(await warningsOf(response)).toEqual(['username', 'avatar_url', 'role', 'isActive'])
    expect(await (await profile(app, access_token)).json()).toMatchObject({ role: 'user', avatar_url: null })
  })

  it('keeps the cookies of the reply that names it', async ({ expect }) => {
    const app = startApp()

    const response = await app.call('POST /auth/login', {
      json: { email: await member(app), password: somePassword, role: 'admin' },
    })

    expect(await warningsOf(response)).toEqual(['role'])
    expect(response.headers.getSetCookie()).toHaveLength(3)
    expect(response.headers.get('Content-Type')).toBe('application/json')
  })

  it('is not named if it is ours, or if nobody knows it', async ({ expect }) => {
    const app = startApp()
    const json = { username: await member(app), password: somePassword, 'my own': 1, __proto__: { role: 'admin' } }

    const response = await app.call('POST /auth/login', { json })

    expect(await warningsOf(response)).toBeUndefined()
  })

  it('is not named in a refusal', async ({ expect }) => {
    const app = startApp()

    const response = await app.call('POST /auth/login', {
      json: { email: someAddress(), password: somePassword, role: 'admin' },
    })

    expect(response.status).toBe(401)
    expect(await response.json()).not.toHaveProperty('warnings')
  })

  it('is refused by name if an admin sends it', async ({ expect }) => {
    const app = startApp()
    const { user } = await signedInUser(app)
    const { access_token } = await signedInAdmin(app)

    const response = await app.call(`PUT /api/admin/users/${user.id}`, {
      bearer: access_token,
      json: { username: 'ada', role: 'admin', first_name: 'Ada' },
    })

    expect(response.status).toBe(422)
    expect((await problemOf(response)).errors).toEqual(
      ['username', 'role', 'first_name'].map((field) => ({
        field,
        code: 'unknown_member',
        detail: 'is not a member of this request',
      })),
    )
  })

  it('is named twenty times at most', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)

    const response = await app.call('POST /api/admin/users', {
      bearer: access_token,
      json: { email: someAddress(), ...Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`m${n}`, n])) },
    })

    expect((await problemOf(response)).errors).toHaveLength(20)
  })
})

describe('is_verified', () => {
  it('vouches for an address as email_verified does', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    const { access_token: bearer } = await signedInAdmin(app)
    const list = await app.call(`GET /api/admin/users?search=${email}&is_verified=false`, { bearer })
    const { users } = (await list.json()) as { users: { id: string; email: string }[] }

    const response = await app.call(`PUT /api/admin/users/${users[0]!.id}`, { bearer, json: { is_verified: true } })
    const after = await app.call(`GET /api/admin/users?search=${email}&is_verified=false`, { bearer })

    expect(users).toMatchObject([{ email }])
    expect(await response.json()).toMatchObject({ email_verified: true })
    expect(await after.json()).toMatchObject({ users: [] })
  })

  it('is refused if it is neither true nor false', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)

    const response = await app.call('GET /api/admin/users?is_verified=maybe', { bearer })

    expect((await problemOf(response)).errors).toMatchObject([{ field: 'email_verified' }])
  })
})

describe('a query', () => {
  it('takes limit for per_page', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    for (let n = 0; n < 3; n++) await register(app, someAddress())

    const page = await app.call('GET /api/admin/users?limit=2', { bearer })
    const both = await app.call('GET /api/admin/users?limit=1&per_page=2', { bearer })
    const audit = await app.call('GET /api/admin/audit?limit=2', { bearer })
    const tooMany = await app.call('GET /api/admin/users?limit=101', { bearer })

    expect(await page.json()).toMatchObject({ per_page: 2, users: [{}, {}] })
    expect(await both.json()).toMatchObject({ per_page: 2 })
    expect(((await audit.json()) as { entries: object[] }).entries).toHaveLength(2)
    expect(tooMany.status).toBe(422)
  })

  it.for([
    'search=',
    'search=%20',
    'search=&role=&status=&email_verified=&is_verified=&sort=&page=&per_page=&limit=&cursor=',
  ])('has nothing to say where it is empty: %s', async (query, { expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)

    const response = await app.call(`GET /api/admin/users?${query}`, { bearer })

    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ page: 1, per_page: 20, total_is_exact: true })
  })

  it('that is empty is refused for a link, which must have a token', async ({ expect }) => {
    const response = await startApp().call('GET /account/verify?token=')

    expect(response.status).toBe(422)
    expect((await problemOf(response)).errors).toMatchObject([{ field: 'token', code: 'required' }])
  })
})

describe('a secret in the query', () => {
  it.for([
    'POST /account/reset-password?token=TOKEN&new_password=PASSWORD',
    'POST /account/reset-password?token=TOKEN&newPassword=PASSWORD',
    'POST /account/login?password=PASSWORD',
    'POST /account/refresh?refresh_token=TOKEN',
    'POST /account/logout?refresh_token=TOKEN',
    'GET /account/logout?refresh_token=TOKEN',
    'POST /account/verify?token=TOKEN',
    'POST /api/auth/reset-password?token=TOKEN',
  ])('is refused, though it is right: %s', async (address, { expect }) => {
    const app = startApp()
    const { email, refresh_token } = await signedInUser(app)
    app.wait({ minutes: 2 })
    await app.call('POST /account/forgot-password', { json: { email } })
    const token = address.includes('reset') ? linkIn(app, email) : refresh_token

    const response = await app.call(
      address.replace('TOKEN', token).replace('PASSWORD', encodeURIComponent(newPassword)),
    )

    expect(response.status).toBe(422)
    const { code, detail, errors } = await problemOf(response)
    expect({ code, detail }).toEqual({
      code: 'validation_failed',
      detail: expect.stringMatching(/^Send it in the body/),
    })
    expect(new Set(errors.map((error) => error.code))).toEqual(new Set(['in_query']))
    expect((await refresh(app, refresh_token)).status).toBe(200)
    expect((await logIn(app, email)).user).toMatchObject({ email })
  })

  it('is refused even with a right body', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)

    const response = await app.call('POST /login?password=x', { json: { email, password: somePassword } })

    expect(await codeOf(response)).toBe('validation_failed')
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('is the link that verifies, and no other', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)

    const response = await app.call(`GET /account/verify?token=${linkIn(app, email)}`)

    expect(response.status).toBe(200)
    expect((await logIn(app, email)).user).toMatchObject({ email_verified: true })
  })
})

describe('the index', () => {
  it('says by message that the service runs', async ({ expect }) => {
    const response = await startApp({ vars: { APP_NAME: 'Ours' } }).call('GET /')

    expect(await response.json()).toMatchObject({ message: 'Ours is running.', name: 'Ours' })
  })
})

describe('pages and older paths', () => {
  /** Where people with an account are led, and the pages that the front end should have. */
  const pages = ['/account', '/account/security', '/account/sessions', '/account/data', '/account/organizations']
  const own = [
    ...new Set(
      createApp(() => ({}) as never)
        .routes.filter(({ method, path }) => method === 'GET' && !/^\/api\b|[*:]/.test(path))
        .map(({ path }) => path),
    ),
  ]

  it('have no path in common', ({ expect }) => {
    expect(own).toContain('/docs')
    expect([...pages, ...own].filter((path) => Object.hasOwn(aliases, path))).toEqual([])
  })

  it.for(Object.keys(aliases).filter((path) => path.startsWith('/account/')))(
    '%s answers a browser as it answers everybody',
    async (path, { expect }) => {
      const app = startApp()

      const asked = await Promise.all(
        ['text/html', '*/*'].map((Accept) => app.request(`GET ${path}`, { headers: { Accept } })),
      )

      expect(asked[0]!.status).toBe(asked[1]!.status)
      if (asked[0]!.status === 200) expect(asked[0]!.headers.get('Content-Type')).toBe('application/json')
    },
  )

  it.for(['/auth/verify-email', '/auth/reset-password'])('%s is the page of a link still', async (path, { expect }) => {
    const response = await startApp().request(`GET ${path}`, { headers: { Accept: 'text/html' } })

    expect(response.headers.get('Content-Type')).toMatch(/^text\/html/)
  })

  it('verify a browser that follows the older link with its token', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)

    const response = await app.call(`GET /account/verify?token=${linkIn(app, email)}`, {
      headers: { Accept: 'text/html,application/xhtml+xml' },
    })

    expect(response.status).toBe(200)
    expect((await logIn(app, email)).user).toMatchObject({ email_verified: true })
  })
})
