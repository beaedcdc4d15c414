import type { ExpectStatic } from 'vitest'
import { signedInAdmin } from '../app/administrators.ts'
import { twoColours } from '../app/pictures.ts'
import {
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
} from '../app/support.ts'

/**
 * Requests that clients of the older services send, rewritten, with the old service's answer (`there`) and ours
 * (`here`). The page about the older layouts has the same table, word for word.
 */
type Replayed = {
  of: 'B' | 'C' | 'D' | 'E'
  sends: string
  /** `passes`: the client needs no change. */
  outcome: 'passes' | 'differs'
  there: string
  here: string
  play: (app: TestApp, expect: ExpectStatic) => Promise<void>
}

const json = async (response: Response) => (await response.json()) as Record<string, unknown>

/** Registers with `body`, follows the link, and returns the reply and the user. */
const registered = async (app: TestApp, address: string, expect: ExpectStatic, body: object) => {
  const email = someAddress()
  const response = await app.call(address, { json: { email, password: somePassword, ...body } })
  expect(response.status).toBe(201)
  const said = await json(response)
  await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })
  return { said, user: (await logIn(app, email)).user }
}

const jarOf = async (app: TestApp, address: string) =>
  cookiesOf(await app.call(address, { json: { email: await member(app), password: somePassword } }))

/** A user whose mailbox has a link to set a new password. */
const forgetful = async (app: TestApp) => {
  const email = await member(app)
  app.wait({ minutes: 2 })
  await app.call('POST /api/auth/forgot-password', { json: { email } })
  return { email, token: linkIn(app, email) }
}

const asAdmin = async (app: TestApp) => {
  const { access_token } = await signedInAdmin(app)
  return (operation: string, body?: object) => app.call(operation, { bearer: access_token, json: body })
}

export const replayed: Replayed[] = [
  {
    of: 'B',
    sends: '`POST /auth/register` with `fname`, `lname`, `phone`',
    outcome: 'differs',
    there: 'tokens',
    here: '201 and a message; `name` is made of both parts, and the phone is in E.164. Log-in works once the link is used',
    async play(app, expect) {
      const { said, user } = await registered(app, 'POST /auth/register', expect, {
        fname: 'Ada',
        lname: 'Lovelace',
        phone: '+44 20 7946 0958',
      })
      expect(Object.keys(said)).toEqual(['message', 'email'])
      expect(user).toMatchObject({ name: 'Ada Lovelace', phone: '+442079460958' })
    },
  },
  {
    of: 'B',
    sends: '`GET /auth/verify-email?token=…`, twice',
    outcome: 'passes',
    there: '200 both times',
    here: '200 both times',
    async play(app, expect) {
      const email = someAddress()
      await register(app, email)
      const address = `GET /auth/verify-email?token=${linkIn(app, email)}`
      expect((await app.call(address)).status).toBe(200)
      expect((await app.call(address)).status).toBe(200)
    },
  },
  {
    of: 'B',
    sends: '`POST /auth/login` by form, `username` and `password`',
    outcome: 'passes',
    there: 'tokens',
    here: 'tokens, and the user',
    async play(app, expect) {
      const form = { username: await member(app), password: somePassword }
      const tokens = await json(await app.call('POST /auth/login', { form }))
      expect(tokens).toMatchObject({
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        token_type: 'bearer',
      })
    },
  },
  {
    of: 'B',
    sends: '`POST /auth/login-json`',
    outcome: 'passes',
    there: 'tokens',
    here: 'tokens, and the user',
    async play(app, expect) {
      const response = await app.call('POST /auth/login-json', {
        json: { email: await member(app), password: somePassword },
      })
      expect(await json(response)).toMatchObject({
        access_token: expect.any(String),
        refresh_token: expect.any(String),
      })
    },
  },
  {
    of: 'B',
    sends: '`POST /auth/refresh` with `refresh_token`',
    outcome: 'passes',
    there: 'tokens',
    here: 'tokens; the one that was sent is used up',
    async play(app, expect) {
      const { refresh_token } = await signedInUser(app)
      const next = await json(await app.call('POST /auth/refresh', { json: { refresh_token } }))
      expect(next.refresh_token).not.toBe(refresh_token)
      app.wait({ minutes: 1 })
      expect((await refresh(app, refresh_token)).status).toBe(401)
    },
  },
  {
    of: 'B',
    sends: '`GET /users/me`',
    outcome: 'differs',
    there: '`fname`, `lname`',
    here: '`name`',
    async play(app, expect) {
      const { access_token, email } = await signedInUser(app)
      const user = await json(await app.call('GET /users/me', { bearer: access_token }))
      expect(user).toMatchObject({ email, name: null })
      expect(user).not.toHaveProperty('fname')
    },
  },
  {
    of: 'B',
    sends: '`PATCH /users/me` with `fname`, `lname`',
    outcome: 'passes',
    there: 'the name is changed',
    here: 'the name is changed',
    async play(app, expect) {
      const { access_token } = await signedInUser(app)
      await app.call('PATCH /users/me', { bearer: access_token, json: { fname: 'Ada', lname: 'Lovelace' } })
      expect(await json(await profile(app, access_token))).toMatchObject({ name: 'Ada Lovelace' })
    },
  },
  {
    of: 'B',
    sends: '`PATCH /users/me` with `phone: null`',
    outcome: 'differs',
    there: 'the phone stays',
    here: 'the phone is removed: a client has to leave out members that it does not change',
    async play(app, expect) {
      const { access_token } = await signedInUser(app)
      await app.call('PATCH /users/me', { bearer: access_token, json: { phone: '+442079460958' } })
      await app.call('PATCH /users/me', { bearer: access_token, json: { phone: null } })
      expect(await json(await profile(app, access_token))).toMatchObject({ phone: null })
    },
  },
  {
    of: 'B',
    sends: '`PATCH /users/me` with a phone as a `tel:` link',
    outcome: 'passes',
    there: 'the phone is changed',
    here: 'the phone is changed, and returned as E.164',
    async play(app, expect) {
      const { access_token } = await signedInUser(app)
      const response = await app.call('PATCH /users/me', {
        bearer: access_token,
        json: { phone: 'tel:+41-44-668-18-00' },
      })
      expect(await json(response)).toMatchObject({ phone: '+41446681800' })
    },
  },
  {
    of: 'B',
    sends: '`POST /users/change-password` with `current_password`, `new_password`',
    outcome: 'differs',
    there: '204',
    here: '200, a message and new tokens; the earlier ones are revoked',
    async play(app, expect) {
      const { access_token } = await signedInUser(app)
      const body = { current_password: somePassword, new_password: newPassword }
      const response = await app.call('POST /users/change-password', { bearer: access_token, json: body })
      expect(response.status).toBe(200)
      const { access_token: next } = (await json(response)) as { access_token: string }
      expect((await profile(app, access_token)).status).toBe(401)
      expect((await profile(app, next)).status).toBe(200)
    },
  },
  {
    of: 'B',
    sends: '`POST /auth/forgot-password`, `POST /auth/reset-password`',
    outcome: 'differs',
    there: '204',
    here: '200 and a message',
    async play(app, expect) {
      const email = await member(app)
      app.wait({ minutes: 2 })
      const asked = await app.call('POST /auth/forgot-password', { json: { email } })
      const body = { token: linkIn(app, email), new_password: newPassword }
      const reset = await app.call('POST /auth/reset-password', { json: body })
      expect([asked.status, reset.status]).toEqual([200, 200])
      expect(await json(asked)).toHaveProperty('message')
      expect((await logIn(app, email, newPassword)).user).toMatchObject({ email })
    },
  },
  {
    of: 'B',
    sends: '`POST /users/logout` with `refresh_token` alone',
    outcome: 'passes',
    there: 'the session ends',
    here: 'the session ends',
    async play(app, expect) {
      const { refresh_token, access_token } = await signedInUser(app)
      expect((await app.call('POST /users/logout', { json: { refresh_token } })).status).toBe(200)
      expect((await profile(app, access_token)).status).toBe(401)
    },
  },
  {
    of: 'C',
    sends: '`POST /account/register`, `GET /account/verify?token=…`',
    outcome: 'passes',
    there: 'the account, verified',
    here: 'the account, verified',
    async play(app, expect) {
      const email = someAddress()
      const response = await app.call('POST /account/register', { json: { email, password: somePassword } })
      expect(response.status).toBe(201)
      expect((await app.call(`GET /account/verify?token=${linkIn(app, email)}`)).status).toBe(200)
      expect((await logIn(app, email)).user).toMatchObject({ email_verified: true })
    },
  },
  {
    of: 'C',
    sends: '`POST /account/verify-request` with `email`',
    outcome: 'passes',
    there: 'the link again',
    here: 'the link again, once a minute',
    async play(app, expect) {
      const email = someAddress()
      await register(app, email)
      app.wait({ minutes: 2 })
      expect((await app.call('POST /account/verify-request', { json: { email } })).status).toBe(200)
      expect(mailsTo(app, email)).toHaveLength(2)
    },
  },
  {
    of: 'C',
    sends: '`POST /account/login`, then `refresh`, `GET /account/me` and `logout` by cookie',
    outcome: 'passes',
    there: 'cookies',
    here: 'cookies, and tokens in the body of the log-in',
    async play(app, expect) {
      let jar = await jarOf(app, 'POST /account/login')
      const refreshed = await app.call('POST /account/refresh', { cookies: jar })
      jar = { ...jar, ...cookiesOf(refreshed) }
      const me = await app.call('GET /account/me', { cookies: jar })
      const out = await app.call('POST /account/logout', { cookies: jar })
      expect([refreshed.status, me.status, out.status]).toEqual([200, 200, 200])
      expect((await app.call('GET /account/me', { cookies: jar })).status).toBe(401)
    },
  },
  {
    of: 'C',
    sends: '`POST /account/forgot-password?email=…`',
    outcome: 'differs',
    there: 'the mail',
    here: '415: `email` belongs in a JSON body',
    async play(app, expect) {
      const email = await member(app)
      app.wait({ minutes: 2 })
      const sent = mailsTo(app, email).length
      const refused = await app.call(`POST /account/forgot-password?email=${email}`)
      expect([refused.status, mailsTo(app, email).length]).toEqual([415, sent])
      expect((await app.call('POST /account/forgot-password', { json: { email } })).status).toBe(200)
      expect(mailsTo(app, email)).toHaveLength(sent + 1)
    },
  },
  {
    of: 'C',
    sends: '`POST /account/reset-password?token=…&password=…`',
    outcome: 'differs',
    there: 'the password is changed',
    here: '422, and the link is not used up: `token` and `new_password` belong in a body',
    async play(app, expect) {
      const { email, token } = await forgetful(app)
      const refused = await app.call(`POST /account/reset-password?token=${token}&password=x`)
      expect(refused.status).toBe(422)
      const body = { token, new_password: newPassword }
      expect((await app.call('POST /account/reset-password', { json: body })).status).toBe(200)
      expect((await logIn(app, email, newPassword)).user).toMatchObject({ email })
    },
  },
  {
    of: 'C',
    sends: '`GET /me`, `PUT /me`, `DELETE /me`',
    outcome: 'passes',
    there: 'the profile; the name is changed; the account is gone',
    here: 'the profile; the name is changed; the account is disabled, and erased after 7 days',
    async play(app, expect) {
      const { email, access_token: bearer } = await signedInUser(app)
      const statuses = [
        await app.call('GET /me', { bearer }),
        await app.call('PUT /me', { bearer, json: { name: 'Ada' } }),
        await app.call('DELETE /me', { bearer }),
      ].map(({ status }) => status)
      expect(statuses).toEqual([200, 200, 200])
      expect((await app.call('POST /login', { json: { email, password: somePassword } })).status).toBe(401)
    },
  },
  {
    of: 'D',
    sends: '`GET /`',
    outcome: 'passes',
    there: '`message`',
    here: '`message`, `name`, `version`, `links`',
    async play(app, expect) {
      expect(Object.keys(await json(await app.call('GET /')))).toEqual(['message', 'name', 'version', 'links'])
    },
  },
  {
    of: 'D',
    sends: '`POST /api/auth/register` with `firstName`, `lastName`, `username`, `confirmPassword`',
    outcome: 'differs',
    there: '`success`, `data`',
    here: '201 and a message without such members; `name` is made of both parts, and `warnings` names the other two',
    async play(app, expect) {
      const { said, user } = await registered(app, 'POST /api/auth/register', expect, {
        firstName: 'Ada',
        lastName: 'Lovelace',
        username: 'ada',
        confirmPassword: somePassword,
      })
      expect(Object.keys(said)).toEqual(['message', 'email', 'warnings'])
      expect(said.warnings).toMatchObject([/username/, /confirmPassword/].map((name) => expect.stringMatching(name)))
      expect(user).toMatchObject({ name: 'Ada Lovelace' })
    },
  },
  {
    of: 'D',
    sends: '`POST /api/auth/register` of a known address',
    outcome: 'differs',
    there: '400 or 409',
    here: '201, as for any other address; 409 with `EMAIL_VERIFICATION=optional`',
    async play(app, expect) {
      const optional = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
      expect((await register(app, await member(app))).status).toBe(201)
      expect((await register(optional, await member(optional))).status).toBe(409)
    },
  },
  {
    of: 'D',
    sends: '`POST /api/auth/login` with `rememberMe: false`',
    outcome: 'differs',
    there: '`success`, `data`, the cookies `access_token` and `refresh_token`',
    here: 'tokens and the user; the cookies `token` and `refresh_token`, which end with the browser',
    async play(app, expect) {
      const body = { email: await member(app), password: somePassword, rememberMe: false }
      const response = await app.call('POST /api/auth/login', { json: body })
      expect(Object.keys(cookiesOf(response))).toEqual(['token', 'refresh_token', 'device'])
      expect(response.headers.getSetCookie().join()).not.toMatch(/max-age|expires/i)
      expect(await json(response)).not.toHaveProperty('success')
    },
  },
  {
    of: 'D',
    sends: '`POST /api/auth/login` with a wrong password',
    outcome: 'passes',
    there: '401',
    here: '401',
    async play(app, expect) {
      const body = { email: await member(app), password: 'not this one' }
      expect((await app.call('POST /api/auth/login', { json: body })).status).toBe(401)
    },
  },
  {
    of: 'D',
    sends: '`POST /api/auth/login` before the link was followed',
    outcome: 'differs',
    there: '200, and 400 at the profile',
    here: '401 and a new link; 200 with `EMAIL_VERIFICATION=optional`',
    async play(app, expect) {
      const email = someAddress()
      const optional = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
      for (const [at, status] of [
        [app, 401],
        [optional, 200],
      ] as const) {
        await register(at, email)
        const body = { email, password: somePassword }
        expect((await at.call('POST /api/auth/login', { json: body })).status).toBe(status)
      }
    },
  },
  {
    of: 'D',
    sends: '`POST /api/auth/refresh`; `POST /api/auth/logout` with the access token, twice',
    outcome: 'passes',
    there: '200 each',
    here: '200 each',
    async play(app, expect) {
      const { refresh_token } = await signedInUser(app)
      const refreshed = await refresh(app, refresh_token)
      const { access_token: bearer } = (await json(refreshed)) as { access_token: string }
      expect(refreshed.status).toBe(200)
      for (let n = 0; n < 2; n++) expect((await app.call('POST /api/auth/logout', { bearer })).status).toBe(200)
    },
  },
  {
    of: 'D',
    sends: '`GET /api/user/profile` without a token',
    outcome: 'differs',
    there: '403',
    here: '401 with `WWW-Authenticate`',
    async play(app, expect) {
      const response = await app.call('GET /api/user/profile')
      expect([response.status, response.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer'])
    },
  },
  {
    of: 'D',
    sends: '`GET /api/user/profile`',
    outcome: 'differs',
    there: '`isVerified`, `isActive`, `createdAt` as a number',
    here: '`email_verified`, `status`, `created_at` in ISO 8601',
    async play(app, expect) {
      const user = await json(await profile(app, (await signedInUser(app)).access_token))
      expect(user).toMatchObject({ email_verified: true, status: 'active', created_at: expect.stringMatching(/Z$/) })
      expect(user).not.toHaveProperty('isVerified')
    },
  },
  {
    of: 'D',
    sends: '`PUT /api/user/profile` with `first_name`, `last_name`, `avatar_url`',
    outcome: 'differs',
    there: '200 with all three',
    here: '200; `name` is made of both parts, and `warnings` names `avatar_url`: a picture has to be uploaded',
    async play(app, expect) {
      const { access_token } = await signedInUser(app)
      const response = await app.call('PUT /api/user/profile', {
        bearer: access_token,
        json: { first_name: 'Ada', last_name: 'Lovelace', avatar_url: 'https://example.com/a.png' },
      })
      expect(await json(response)).toMatchObject({
        name: 'Ada Lovelace',
        avatar_url: null,
        warnings: [expect.stringContaining('avatar_url')],
      })
    },
  },
  {
    of: 'D',
    sends: '`PUT /api/user/change-password` with `currentPassword`, `newPassword`',
    outcome: 'passes',
    there: '200',
    here: '200, and new tokens, by cookie or in the body as the old ones were sent',
    async play(app, expect) {
      const { access_token, email } = await signedInUser(app)
      const body = { currentPassword: somePassword, newPassword }
      const response = await app.call('PUT /api/user/change-password', { bearer: access_token, json: body })
      expect(response.status).toBe(200)
      expect((await logIn(app, email, newPassword)).user).toMatchObject({ email })
    },
  },
  {
    of: 'D',
    sends: '`PUT /api/user/change-password` with a wrong `currentPassword`',
    outcome: 'differs',
    there: '400',
    here: '422 `wrong_password`',
    async play(app, expect) {
      const { access_token } = await signedInUser(app)
      const body = { currentPassword: 'not this one', newPassword }
      const response = await app.call('PUT /api/user/change-password', { bearer: access_token, json: body })
      expect([response.status, await codeOf(response)]).toEqual([422, 'wrong_password'])
    },
  },
  {
    of: 'D',
    sends: '`POST /api/user/upload-avatar` with `file`',
    outcome: 'passes',
    there: 'the user, with `avatar_url`',
    here: 'the user, with `avatar_url`',
    async play(app, expect) {
      const { access_token } = await signedInUser(app)
      const body = new FormData()
      body.set('file', new File([twoColours()], 'a.png', { type: 'image/png' }))
      const response = await app.call('POST /api/user/upload-avatar', { bearer: access_token, body })
      expect(await json(response)).toMatchObject({ avatar_url: expect.stringContaining('/avatars/') })
    },
  },
  {
    of: 'D',
    sends: '`GET /api/admin/users?search=&limit=10`',
    outcome: 'differs',
    there: 'ten, with `pagination` in `data`',
    here: 'ten; `total`, `page`, `per_page` and `pages` beside `users`',
    async play(app, expect) {
      const call = await asAdmin(app)
      const list = await json(await call('GET /api/admin/users?search=&limit=10'))
      expect(list).toMatchObject({ users: expect.any(Array), total: expect.any(Number), page: 1, per_page: 10 })
      expect(list).not.toHaveProperty('data')
    },
  },
  {
    of: 'D',
    sends: '`GET /api/admin/users?is_verified=true`',
    outcome: 'passes',
    there: 'the verified users',
    here: 'the verified users',
    async play(app, expect) {
      await register(app, someAddress())
      const call = await asAdmin(app)
      const { users } = (await json(await call('GET /api/admin/users?is_verified=true'))) as { users: object[] }
      expect(users.length).toBeGreaterThan(0)
      for (const user of users) expect(user).toMatchObject({ email_verified: true })
    },
  },
  {
    of: 'D',
    sends: '`PUT /api/admin/users/{id}` with `first_name`, `last_name`, `is_verified`',
    outcome: 'passes',
    there: 'the updated user',
    here: 'the updated user',
    async play(app, expect) {
      const { user } = await signedInUser(app)
      const call = await asAdmin(app)
      const body = { first_name: 'Ada', last_name: 'Lovelace', is_verified: true }
      const response = await call(`PUT /api/admin/users/${user.id}`, body)
      expect(await json(response)).toMatchObject({ name: 'Ada Lovelace', email_verified: true })
    },
  },
  {
    of: 'D',
    sends: '`PUT /api/admin/users/{id}` with `username`, `role`',
    outcome: 'differs',
    there: 'the updated user',
    here: '422 that names both: the role has an operation of its own',
    async play(app, expect) {
      const { user } = await signedInUser(app)
      const call = await asAdmin(app)
      const response = await call(`PUT /api/admin/users/${user.id}`, { username: 'ada', role: 'admin' })
      expect(response.status).toBe(422)
      expect(await json(response)).toMatchObject({ errors: [{ field: 'username' }, { field: 'role' }] })
    },
  },
  {
    of: 'D',
    sends: '`GET /api/admin/stats`',
    outcome: 'passes',
    there: '`total_users`, `verified_users`, `unverified_users`, `admin_users`, `recent_registrations`',
    here: 'these five and more',
    async play(app, expect) {
      const call = await asAdmin(app)
      const five = ['total_users', 'verified_users', 'unverified_users', 'admin_users', 'recent_registrations']
      expect(Object.keys(await json(await call('GET /api/admin/stats')))).toEqual(expect.arrayContaining(five))
    },
  },
  {
    of: 'E',
    sends: '`POST /auth/register` with `name`, `email`, `password`',
    outcome: 'differs',
    there: '201 and the cookie `token`',
    here: '201 and no cookie with a token: the client has to log in',
    async play(app, expect) {
      const optional = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
      for (const at of [app, optional]) {
        const body = { name: 'Ada', email: someAddress(), password: somePassword }
        const response = await at.call('POST /auth/register', { json: body })
        expect([response.status, Object.keys(cookiesOf(response))]).toEqual([201, ['registered']])
      }
    },
  },
  {
    of: 'E',
    sends: '`POST /auth/register` with a password of 7 characters',
    outcome: 'differs',
    there: '201',
    here: '422 `password_too_short`: `PASSWORD_MIN_LENGTH` is at least 8',
    async play(app, expect) {
      expect(await codeOf(await register(app, someAddress(), 'test123'))).toBe('password_too_short')
    },
  },
  {
    of: 'E',
    sends: '`POST /auth/login`',
    outcome: 'differs',
    there: '`id`, `name`, `email`, and the cookie `token`',
    here: 'the cookie `token`; the user is in `user`',
    async play(app, expect) {
      const email = await member(app)
      const response = await app.call('POST /auth/login', { json: { email, password: somePassword } })
      expect(cookiesOf(response)).toHaveProperty('token')
      const body = await json(response)
      expect(body).toMatchObject({ user: { email } })
      expect(body).not.toHaveProperty('email')
    },
  },
  {
    of: 'E',
    sends: '`POST /auth/login` again, with all cookies',
    outcome: 'passes',
    there: '200',
    here: '200; the earlier session ends',
    async play(app, expect) {
      const email = await member(app)
      const first = cookiesOf(await app.call('POST /auth/login', { json: { email, password: somePassword } }))
      const again = await app.call('POST /auth/login', { json: { email, password: somePassword }, cookies: first })
      expect(again.status).toBe(200)
      expect((await app.call('GET /auth/me', { cookies: first })).status).toBe(401)
    },
  },
  {
    of: 'E',
    sends: '`GET /auth/me` by cookie',
    outcome: 'passes',
    there: 'the user',
    here: 'the user',
    async play(app, expect) {
      const me = await app.call('GET /auth/me', { cookies: await jarOf(app, 'POST /auth/login') })
      expect(await json(me)).toMatchObject({ id: expect.any(String), name: null, email: expect.any(String) })
    },
  },
  {
    of: 'E',
    sends: '`GET /auth/logout` by cookie',
    outcome: 'differs',
    there: '204',
    here: '200 and a message; the cookies end',
    async play(app, expect) {
      const out = await app.call('GET /auth/logout', { cookies: await jarOf(app, 'POST /auth/login') })
      expect(out.status).toBe(200)
      expect(cookiesOf(out)).toEqual({ token: '', refresh_token: '' })
    },
  },
]
