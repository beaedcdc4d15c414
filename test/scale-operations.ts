import { formWith } from './avatar-support.ts'
import { twoColours } from './pictures.ts'
import { deepest, deepPages, lists, searches } from './scale-lists.ts'
import { type Asked, asAdmin, type Operation, type World } from './scale-world.ts'
import { linkIn } from './support.ts'

const json = (request: string, body: unknown, bearer?: string, status = 200): Asked => ({
  request,
  call: { json: body, bearer },
  status,
})

let strangers = 0
const stranger = () => `stranger${++strangers}.${Date.now()}@example.com`

/** Who has just registered, and the token of the mail. */
const registered = async ({ app, password }: World) => {
  const email = stranger()
  await app.call('POST /api/auth/register', { json: { email, password } })
  return { email, token: linkIn(app, email) }
}

const registration: Record<string, Operation> = {
  'register: a new address': ({ password }) =>
    json('POST /api/auth/register', { email: stranger(), password }, undefined, 201),
  'register: a known address': ({ email, password }) =>
    json('POST /api/auth/register', { email: email(), password }, undefined, 201),
  'verify e-mail': async (world) => json('POST /api/auth/verify-email', { token: (await registered(world)).token }),
  'resend verification': async (world) => {
    const { email } = await registered(world)
    world.app.wait({ minutes: 2 })
    return json('POST /api/auth/resend-verification', { email })
  },
  'forgot password': ({ email }) => json('POST /api/auth/forgot-password', { email: email() }),
  'forgot password: unknown address': () => json('POST /api/auth/forgot-password', { email: stranger() }),
  'reset password': async ({ app, email }) => {
    const address = email()
    await app.call('POST /api/auth/forgot-password', { json: { email: address } })
    return json('POST /api/auth/reset-password', {
      token: linkIn(app, address),
      new_password: 'another fine passphrase',
    })
  },
}

const sessions: Record<string, Operation> = {
  'log in: with a device seen before': async ({ logIn, email, password }) => {
    const address = email()
    await logIn(address)
    return json('POST /api/auth/login', { email: address, password })
  },
  'log in: with a new device': ({ email, password }) => json('POST /api/auth/login', { email: email(), password }),
  'log in: the 21st session ends the oldest': async ({ logIn, email, password }) => {
    const address = email()
    for (let n = 0; n < 20; n++) await logIn(address)
    return json('POST /api/auth/login', { email: address, password })
  },
  'log in: wrong password': ({ email }) =>
    json('POST /api/auth/login', { email: email(), password: 'a wrong passphrase' }, undefined, 401),
  'log in: unknown address': ({ password }) =>
    json('POST /api/auth/login', { email: stranger(), password }, undefined, 401),
  refresh: async ({ logIn }) => json('POST /api/auth/refresh', { refresh_token: (await logIn()).refresh_token }),
  'refresh: a token used twice': async ({ app, logIn }) => {
    const { refresh_token } = await logIn()
    await app.call('POST /api/auth/refresh', { json: { refresh_token } })
    app.wait({ minutes: 1 })
    return json('POST /api/auth/refresh', { refresh_token }, undefined, 401)
  },
  reauthenticate: async ({ logIn, password }) =>
    json('POST /api/auth/reauthenticate', { password }, (await logIn()).access_token),
  'log out': async ({ logIn }) => json('POST /api/auth/logout', {}, (await logIn()).access_token),
}

/** Signed in, and with a change of address asked for. */
const changing = async ({ app, logIn }: World) => {
  const session = await logIn()
  const next = stranger()
  await app.call('PATCH /api/user/profile', { json: { email: next }, bearer: session.access_token })
  return { ...session, next }
}

const own: Record<string, Operation> = {
  profile: async ({ logIn }) => ({
    request: 'GET /api/user/profile',
    call: { bearer: (await logIn()).access_token },
  }),
  'change the profile': async ({ logIn }) =>
    json('PATCH /api/user/profile', { name: 'Somebody Else' }, (await logIn()).access_token),
  'change the address': async ({ logIn }) =>
    json('PATCH /api/user/profile', { email: stranger() }, (await logIn()).access_token),
  'confirm the new address': async (world) => {
    const { next } = await changing(world)
    return json('POST /api/auth/confirm-email', { token: linkIn(world.app, next) })
  },
  'cancel the change of address': async (world) => {
    const { email } = await changing(world)
    return json('POST /api/auth/cancel-email-change', { token: linkIn(world.app, email) })
  },
  'change the password': async ({ logIn, password }) =>
    json(
      'POST /api/user/change-password',
      { current_password: password, new_password: 'another fine passphrase' },
      (await logIn()).access_token,
    ),
  'own sessions': async ({ logIn }) => ({
    request: 'GET /api/user/sessions',
    call: { bearer: (await logIn()).access_token },
  }),
  'end one session': async ({ app, logIn }) => {
    const { email, access_token: bearer } = await logIn()
    await logIn(email)
    const list = await app.call('GET /api/user/sessions', { bearer })
    const { sessions } = (await list.json()) as { sessions: { id: string; current: boolean }[] }
    const other = sessions.find(({ current }) => !current)!
    return { request: `DELETE /api/user/sessions/${other.id}`, call: { bearer } }
  },
  'end a session by the link in a mail': async ({ app, logIn }) => {
    const { email } = await logIn()
    return json('POST /api/auth/end-session', { token: linkIn(app, email) })
  },
  'end all other sessions': async ({ logIn }) => ({
    request: 'DELETE /api/user/sessions',
    call: { bearer: (await logIn()).access_token },
  }),
  'upload a picture': async ({ logIn }) => ({
    request: 'POST /api/user/upload-avatar',
    call: { body: formWith(twoColours()), bearer: (await logIn()).access_token },
  }),
  'remove the picture': async ({ app, logIn }) => {
    const { access_token: bearer } = await logIn()
    await app.call('POST /api/user/upload-avatar', { body: formWith(twoColours()), bearer })
    return { request: 'DELETE /api/user/avatar', call: { bearer } }
  },
  export: async ({ logIn }) => ({ request: 'GET /api/user/export', call: { bearer: (await logIn()).access_token } }),
  'delete the account': async ({ logIn }) => ({
    request: 'DELETE /api/user/account',
    call: { bearer: (await logIn()).access_token },
  }),
}

const seen = async ({ logIn }: World) => (await logIn()).user.id

const administration: Record<string, Operation> = {
  statistics: asAdmin('stats'),
  'read a user': async (world) => asAdmin(`users/${await seen(world)}`)(world),
  'sessions of a user': async (world) => asAdmin(`users/${await seen(world)}/sessions`)(world),
  'create a user': ({ admin }) => json('POST /api/admin/users', { email: stranger() }, admin.access_token, 201),
  'edit a user': async (world) =>
    json(`PATCH /api/admin/users/${await seen(world)}`, { email: stranger() }, world.admin.access_token),
  'make a user an admin': async (world) =>
    json(`PUT /api/admin/users/${await seen(world)}/role`, { role: 'admin' }, world.admin.access_token),
  'disable a user': async (world) =>
    json(`PUT /api/admin/users/${await seen(world)}/status`, { status: 'disabled' }, world.admin.access_token),
  'mail a user a reset link': async (world) => ({
    request: `POST /api/admin/users/${await seen(world)}/password-reset`,
    call: { bearer: world.admin.access_token },
  }),
  'end the sessions of a user': async (world) => ({
    request: `DELETE /api/admin/users/${await seen(world)}/sessions`,
    call: { bearer: world.admin.access_token },
  }),
  'delete a user': async (world) => ({
    request: `DELETE /api/admin/users/${await seen(world)}`,
    call: { bearer: world.admin.access_token },
  }),
  audit: asAdmin('audit?per_page=100'),
  'audit, from the middle': (world) => asAdmin(`audit?per_page=100&cursor=${world.middle.id}`)(world),
  'audit of an event': asAdmin('audit?per_page=100&event=logged_in'),
  'audit of a user': async (world) => asAdmin(`audit?per_page=100&user=${await seen(world)}`)(world),
  'audit of a user and an event': async (world) =>
    asAdmin(`audit?per_page=100&event=logged_in&user=${await seen(world)}`)(world),
  'audit of an actor': (world) => asAdmin(`audit?per_page=100&actor=${world.admin.user.id}`)(world),
  'audit of an actor and an event': (world) =>
    asAdmin(`audit?per_page=100&event=user_read&actor=${world.admin.user.id}`)(world),
  'audit of a user by an actor': async (world) =>
    asAdmin(`audit?per_page=100&actor=${world.admin.user.id}&user=${await seen(world)}`)(world),
  'audit of a month': (world) => {
    const at = Number.parseInt(world.middle.id.replace('-', '').slice(0, 12), 16)
    const [from, to] = [at, at + 30 * 86_400_000].map((time) => new Date(time).toISOString())
    return asAdmin(`audit?per_page=100&from=${from}&to=${to}`)(world)
  },
}

/** What is measured, in the order of the table. */
export const operations: Record<string, Record<string, Operation>> = {
  'Registration and links': registration,
  Sessions: sessions,
  'Own account': own,
  'Lists of users': lists,
  'Search of users': searches,
  Administration: administration,
  [deepPages]: deepest,
}

/** Another name of an operation that is measured, or a page of HTML. */
export const sameAsAnother = new Set([
  'PUT /api/user/profile',
  'DELETE /api/user/profile',
  'PUT /api/user/avatar',
  'PUT /api/admin/users/{id}',
  'GET /api/auth/logout',
  ...['verify-email', 'reset-password', 'confirm-email', 'cancel-email-change', 'end-session'].map(
    (link) => `GET /api/auth/${link}`,
  ),
])
