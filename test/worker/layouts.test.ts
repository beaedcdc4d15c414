import { describe, type ExpectStatic, it } from 'vitest'
import { twoColours } from '../support/app/pictures.ts'
import {
  alterUser,
  codeOf,
  cookiesOf,
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

/** What the refresh of every layout answers. A log-in answers more. */
const sessionReply = {
  access_token: 'string',
  token_type: 'string',
  expires_in: 'number',
  refresh_token: 'string',
  refresh_expires_in: 'number',
  user: 'object',
}
/** The same, with the proof that a log-in also gives. */
const logInReply = { ...sessionReply, device_token: 'string', proof: 'string', proof_expires_in: 'number' }
const typesOf = (body: object) => Object.fromEntries(Object.entries(body).map(([name, value]) => [name, typeof value]))

const cookieSession = async (app: TestApp, email: string) =>
  cookiesOf(await app.call('POST /api/auth/login', { json: { email, password: somePassword } }))

/** An admin's token and address, and a user to act on. */
const someAdmin = async (app: TestApp) => {
  const email = await member(app)
  await alterUser(app, email, { role: 'admin' })
  return { email, bearer: (await logIn(app, email)).access_token, user: await signedInUser(app) }
}

/** How each operation is recognised: at any path, it answers and does its own thing, and nothing else. */
const operations: Record<string, (app: TestApp, address: string, expect: ExpectStatic) => Promise<void>> = {
  async register(app, address, expect) {
    const email = someAddress()
    const response = await app.call(address, { json: { email, password: somePassword, name: 'Ada' } })
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({ message: expect.any(String), email })
    expect(linkIn(app, email)).toBeTruthy()
  },
  async 'log in'(app, address, expect) {
    const email = await member(app)
    const response = await app.call(address, { json: { email, password: somePassword } })
    const body = (await response.json()) as { access_token: string; user: object }
    expect(typesOf(body)).toEqual(logInReply)
    expect(body.user).toMatchObject({ email })
    expect((await profile(app, body.access_token)).status).toBe(200)
  },
  async 'log in by form'(app, address, expect) {
    const email = await member(app)
    const response = await app.call(address, { form: { username: email, password: somePassword } })
    expect(typesOf((await response.json()) as object)).toEqual(logInReply)
  },
  async 'log in for the cookie'(app, address, expect) {
    const email = await member(app)
    const { token } = cookiesOf(await app.call(address, { json: { email, password: somePassword } }))
    const me = await app.call('GET /auth/me', { cookies: { token: token! } })
    expect(await me.json()).toMatchObject({ email })
  },
  async refresh(app, address, expect) {
    const { refresh_token } = await signedInUser(app)
    const body = (await (await app.call(address, { json: { refresh_token } })).json()) as { refresh_token: string }
    expect(typesOf(body)).toEqual(sessionReply)
    expect(body.refresh_token).not.toBe(refresh_token)
  },
  async 'log out by refresh token'(app, address, expect) {
    const { refresh_token, access_token } = await signedInUser(app)
    const response = await app.call(address, { json: { refresh_token } })
    expect(response.status).toBe(200)
    expect((await profile(app, access_token)).status).toBe(401)
  },
  async 'log out by access token'(app, address, expect) {
    const { refresh_token, access_token } = await signedInUser(app)
    const response = await app.call(address, { bearer: access_token })
    expect(response.status).toBe(200)
    expect((await refresh(app, refresh_token)).status).toBe(401)
  },
  async 'log out by cookie'(app, address, expect) {
    const { token } = await cookieSession(app, await member(app))
    const response = await app.call(address, { cookies: { token: token! } })
    expect(cookiesOf(response)).toMatchObject({ token: '' })
    expect((await profile(app, token!)).status).toBe(401)
  },
  async 'verify by query'(app, address, expect) {
    const email = someAddress()
    await register(app, email)
    const response = await app.call(`${address}?token=${linkIn(app, email)}`)
    expect(response.status).toBe(200)
    expect((await logIn(app, email)).user).toMatchObject({ email_verified: true })
  },
  async verify(app, address, expect) {
    const email = someAddress()
    await register(app, email)
    const response = await app.call(address, { json: { token: linkIn(app, email) } })
    expect(response.status).toBe(200)
    expect((await logIn(app, email)).user).toMatchObject({ email_verified: true })
  },
  async 'send the link again'(app, address, expect) {
    const email = someAddress()
    await register(app, email)
    app.wait({ minutes: 2 })
    const response = await app.call(address, { json: { email } })
    expect(response.status).toBe(200)
    expect(mailsTo(app, email)).toHaveLength(2)
  },
  async 'forget the password'(app, address, expect) {
    const email = await member(app)
    app.wait({ minutes: 2 })
    const response = await app.call(address, { json: { email } })
    expect(response.status).toBe(200)
    expect(mailsTo(app, email).at(-1)?.text).toContain('/auth/reset-password#token=')
  },
  async 'reset the password'(app, address, expect) {
    const email = await member(app)
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const response = await app.call(address, { json: { token: linkIn(app, email), new_password: newPassword } })
    expect(response.status).toBe(200)
    expect((await logIn(app, email, newPassword)).user).toMatchObject({ email })
  },
  async 'read the profile'(app, address, expect) {
    const { email, access_token, user } = await signedInUser(app)
    const response = await app.call(address, { bearer: access_token })
    expect(await response.json()).toMatchObject({ id: user.id, email, role: 'user' })
  },
  async 'read the profile by cookie'(app, address, expect) {
    const email = await member(app)
    const { token } = await cookieSession(app, email)
    const response = await app.call(address, { cookies: { token: token! } })
    expect(await response.json()).toMatchObject({ email })
  },
  async 'change the password'(app, address, expect) {
    const { email, access_token } = await signedInUser(app)
    const json = { current_password: somePassword, new_password: newPassword }
    const response = await app.call(address, { bearer: access_token, json })
    expect(response.status).toBe(200)
    expect((await logIn(app, email, newPassword)).user).toMatchObject({ email })
  },
  async 'edit the profile'(app, address, expect) {
    const { email, access_token } = await signedInUser(app)
    const response = await app.call(address, { bearer: access_token, json: { name: 'Ada', phone: '+44 20 7946 0958' } })
    expect(await response.json()).toMatchObject({ email, name: 'Ada', phone: '+442079460958' })
    expect(await (await profile(app, access_token)).json()).toMatchObject({ email, name: 'Ada' })
  },
  async 'upload a picture'(app, address, expect) {
    const { access_token } = await signedInUser(app)
    const body = new FormData()
    body.set('file', new File([twoColours()], 'a.png', { type: 'image/png' }))
    const response = await app.call(address, { bearer: access_token, body })
    expect(await response.json()).toMatchObject({ avatar_url: expect.stringContaining('/avatars/') })
  },
  async 'delete the account'(app, address, expect) {
    const { email, access_token } = await signedInUser(app)
    const response = await app.call(address, { bearer: access_token })
    expect(response.status).toBe(200)
    expect((await profile(app, access_token)).status).toBe(401)
    const again = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
    expect(again.status).toBe(401)
  },
  async 'list users'(app, address, expect) {
    const { bearer, email } = await someAdmin(app)
    const response = await app.call(address, { bearer })
    expect(await response.json()).toMatchObject({ users: expect.arrayContaining([expect.objectContaining({ email })]) })
  },
  async 'read a user'(app, address, expect) {
    const { bearer, user } = await someAdmin(app)
    const response = await app.call(address.replace('{id}', user.user.id), { bearer })
    expect(await response.json()).toMatchObject({ id: user.user.id, email: user.email })
  },
  async 'edit a user'(app, address, expect) {
    const { bearer, user } = await someAdmin(app)
    const response = await app.call(address.replace('{id}', user.user.id), { bearer, json: { name: 'Ada' } })
    expect(await response.json()).toMatchObject({ id: user.user.id, name: 'Ada' })
    expect(await (await profile(app, user.access_token)).json()).toMatchObject({ name: 'Ada' })
  },
  async 'delete a user'(app, address, expect) {
    const { bearer, user } = await someAdmin(app)
    const response = await app.call(address.replace('{id}', user.user.id), { bearer })
    expect(response.status).toBe(200)
    expect((await profile(app, user.access_token)).status).toBe(401)
  },
  async 'give a role'(app, address, expect) {
    const { bearer, user } = await someAdmin(app)
    const response = await app.call(address.replace('{id}', user.user.id), { bearer, json: { role: 'admin' } })
    expect(await response.json()).toMatchObject({ role: 'admin' })
    expect((await app.call('GET /api/admin/users', { bearer: user.access_token })).status).toBe(200)
  },
  async 'read the statistics'(app, address, expect) {
    const { bearer } = await someAdmin(app)
    const response = await app.call(address, { bearer })
    expect(await response.json()).toMatchObject({
      total_users: expect.any(Number),
      registrations: expect.any(Array),
    })
  },
  async 'be healthy'(app, address, expect) {
    const response = await app.call(address)
    expect(await response.json()).toEqual({ status: 'healthy' })
  },
}

/** The five layouts in full, as their clients know them. */
const rows: [layout: string, address: string, operation: keyof typeof operations][] = [
  ['A', 'POST /auth/register', 'register'],
  ['A', 'POST /auth/login', 'log in'],
  ['A', 'POST /auth/logout', 'log out by refresh token'],
  ['A', 'POST /auth/forgot-password', 'forget the password'],
  ['A', 'POST /auth/reset-password', 'reset the password'],
  ['A', 'GET /users/me', 'read the profile'],
  ['A', 'POST /users/me/password', 'change the password'],

  ['B', 'POST /auth/register', 'register'],
  ['B', 'GET /auth/verify-email', 'verify by query'],
  ['B', 'POST /auth/login', 'log in by form'],
  ['B', 'POST /auth/login-json', 'log in'],
  ['B', 'POST /auth/refresh', 'refresh'],
  ['B', 'POST /auth/forgot-password', 'forget the password'],
  ['B', 'POST /auth/reset-password', 'reset the password'],
  ['B', 'GET /users/me', 'read the profile'],
  ['B', 'PATCH /users/me', 'edit the profile'],
  ['B', 'POST /users/change-password', 'change the password'],
  ['B', 'POST /users/logout', 'log out by access token'],

  ['C', 'POST /register', 'register'],
  ['C', 'POST /login', 'log in'],
  ['C', 'POST /refresh', 'refresh'],
  ['C', 'POST /logout', 'log out by refresh token'],
  ['C', 'GET /me', 'read the profile'],
  ['C', 'PUT /me', 'edit the profile'],
  ['C', 'DELETE /me', 'delete the account'],
  ['C', 'POST /account/register', 'register'],
  ['C', 'GET /account/verify', 'verify by query'],
  ['C', 'POST /account/verify', 'verify'],
  ['C', 'POST /account/verify-request', 'send the link again'],
  ['C', 'POST /account/login', 'log in'],
  ['C', 'POST /account/refresh', 'refresh'],
  ['C', 'POST /account/logout', 'log out by cookie'],
  ['C', 'GET /account/logout', 'log out by cookie'],
  ['C', 'GET /account/me', 'read the profile by cookie'],
  ['C', 'PUT /account/me', 'edit the profile'],
  ['C', 'DELETE /account/me', 'delete the account'],
  ['C', 'POST /account/forgot-password', 'forget the password'],
  ['C', 'POST /account/reset-password', 'reset the password'],

  ['D', 'POST /api/auth/register', 'register'],
  ['D', 'POST /api/auth/login', 'log in'],
  ['D', 'POST /api/auth/logout', 'log out by access token'],
  ['D', 'POST /api/auth/refresh', 'refresh'],
  ['D', 'POST /api/auth/forgot-password', 'forget the password'],
  ['D', 'POST /api/auth/reset-password', 'reset the password'],
  ['D', 'POST /api/auth/verify-email', 'verify'],
  ['D', 'POST /api/auth/resend-verification', 'send the link again'],
  ['D', 'GET /api/user/profile', 'read the profile'],
  ['D', 'PUT /api/user/profile', 'edit the profile'],
  ['D', 'POST /api/user/change-password', 'change the password'],
  ['D', 'PUT /api/user/change-password', 'change the password'],
  ['D', 'POST /api/user/upload-avatar', 'upload a picture'],
  ['D', 'DELETE /api/user/account', 'delete the account'],
  ['D', 'GET /api/admin/users', 'list users'],
  ['D', 'GET /api/admin/users/{id}', 'read a user'],
  ['D', 'PUT /api/admin/users/{id}', 'edit a user'],
  ['D', 'DELETE /api/admin/users/{id}', 'delete a user'],
  ['D', 'PUT /api/admin/users/{id}/role', 'give a role'],
  ['D', 'GET /api/admin/stats', 'read the statistics'],
  ['D', 'GET /health', 'be healthy'],

  ['E', 'POST /auth/register', 'register'],
  ['E', 'POST /auth/login', 'log in for the cookie'],
  ['E', 'GET /auth/me', 'read the profile by cookie'],
  ['E', 'GET /auth/logout', 'log out by cookie'],

  // This path belongs to no layout, but is in the table of older paths with its siblings.
  ['A', 'POST /auth/verify-email', 'verify'],
  ['A', 'POST /auth/resend-verification', 'send the link again'],
]

describe('a client of an older layout', () => {
  it.for(rows)('%s finds at %s how to %s', async ([, address, operation], { expect }) => {
    const app = startApp()

    await operations[operation]!(app, address, expect)
  })
})

describe('a stranger', () => {
  const open = [
    'register',
    'log in',
    'log in by form',
    'log in for the cookie',
    'refresh',
    'log out by refresh token',
    'log out by access token',
    'log out by cookie',
    'verify by query',
    'verify',
    'send the link again',
    'forget the password',
    'reset the password',
    'be healthy',
  ]

  it.for(rows.filter(([, , operation]) => !open.includes(String(operation))))(
    'of layout %s is refused at %s',
    async ([, address], { expect }) => {
      const app = startApp()
      await signedInUser(app)

      const response = await app.call(address)

      expect(response.status).toBe(401)
      expect(await codeOf(response)).toBe('not_authenticated')
    },
  )
})

describe('another spelling of an address', () => {
  /** Spellings that a server decodes are the same path, guard included; all others lead nowhere. */
  const spellings: [string, 'the same' | 'none'][] = [
    ['/users/m%65', 'the same'],
    ['/%75sers/me', 'the same'],
    ['/x/../me', 'the same'],
    ['/x/%2e%2e/me', 'the same'],
    ['/./me', 'the same'],
    ['/me?token=x', 'the same'],
    ['/me#x', 'the same'],
    ['/api/user/../user/profile', 'the same'],
    ['/%61pi/user/profile', 'the same'],
    ['/api/user/pr%6ffile', 'the same'],
    ['//me', 'none'],
    ['/me/', 'none'],
    ['/ME', 'none'],
    ['/me%2f', 'none'],
    ['/me%00', 'none'],
    ['/me;x=1', 'none'],
    ['/me.css', 'none'],
    ['/me/x.css', 'none'],
    ['/me%3Fx', 'none'],
    ['/m%2565', 'none'],
    ['/%', 'none'],
    ['/%ff', 'none'],
    ['/users%2fme', 'none'],
    ['/users/..%2fme', 'none'],
    ['/x/..%2fme', 'none'],
    ['//api/user/profile', 'none'],
    ['/api//user/profile', 'none'],
    ['/api/user/profile/', 'none'],
    ['/api/user/profile/x.css', 'none'],
    ['/api/user%2Fprofile', 'none'],
    ['/API/USER/PROFILE', 'none'],
    ['/api/user/', 'none'],
    ['/__proto__', 'none'],
    ['/constructor', 'none'],
    ['/toString', 'none'],
  ]

  it.for(spellings)('%s is %s (A-04c, ASVS 14.2.5)', async ([path, meaning], { expect }) => {
    const app = startApp()
    const { access_token, email } = await signedInUser(app)

    const stranger = await app.request(`GET ${path}`)
    const user = await app.request(`GET ${path}`, { bearer: access_token })

    expect([401, 404]).toContain(stranger.status)
    expect(user.status).toBe(meaning === 'the same' ? 200 : 404)
    expect(JSON.stringify(await user.json()).includes(email)).toBe(meaning === 'the same')
  })

  it.for(['/auth/%6Cogin', '/x/../auth/login', '/%6cogin', '/login?a=b', '/api/auth/./login', '/api/auth/login'])(
    '%s is counted as the one log-in there is (A-04c)',
    async (path, { expect }) => {
      const app = startApp()
      const email = await member(app)
      for (let n = 0; n < 10; n++) await app.request(`POST ${path}`, { json: { email, password: 'wrong, of course' } })

      const response = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })

      expect(response.status).toBe(429)
    },
  )

  it.for(['//auth/login', '/auth/login/', '/AUTH/LOGIN', '/auth//login', '/auth%2Flogin'])(
    '%s is no log-in at all (A-04c)',
    async (path, { expect }) => {
      const app = startApp()
      const email = await member(app)

      const response = await app.request(`POST ${path}`, { json: { email, password: somePassword } })

      expect(response.status).toBe(404)
      expect(response.headers.getSetCookie()).toEqual([])
    },
  )
})
