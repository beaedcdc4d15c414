import { decodeJwt } from 'jose'
import { beforeAll, describe, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { bitTurned, resigned, signingKeys, withHeader } from '../support/app/forged-tokens.ts'
import { twoColours } from '../support/app/pictures.ts'
import {
  alterUser,
  askForAddress,
  codeOf,
  linkIn,
  logIn,
  member,
  register,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

const change = { current_password: somePassword, new_password: 'another fine passphrase' }

const known = { current_password: somePassword }

const picture = () => {
  const form = new FormData()
  form.set('file', new File([twoColours()], 'a.png', { type: 'image/png' }))
  return form
}

/** What the operation takes; `{id}` in its address is a session of the asker, or another user. */
type Row = { json?: unknown; body?: () => BodyInit }

/** Every operation of somebody signed in, with a body that it accepts. The last ends the account. */
const ofUsers: Record<string, Row> = {
  'GET /api/user/profile': {},
  'PUT /api/user/profile': { json: { name: 'Ada' } },
  'PATCH /api/user/profile': { json: { name: 'Ada' } },
  'POST /api/user/upload-avatar': { body: picture },
  'PUT /api/user/avatar': { body: picture },
  'DELETE /api/user/avatar': {},
  'GET /api/user/sessions': {},
  'DELETE /api/user/sessions/{id}': {},
  'DELETE /api/user/sessions': {},
  'GET /api/user/export': {},
  'POST /api/user/change-password': { json: change },
  'PUT /api/user/change-password': { json: change },
  'POST /api/auth/reauthenticate': { json: { password: somePassword } },
  'DELETE /api/user/account': {},
  'DELETE /api/user/profile': {},
}

const ofAdmins: Record<string, Row> = {
  'GET /api/admin/users': {},
  'POST /api/admin/users': { json: { email: someAddress('invited') } },
  'GET /api/admin/users/{id}': {},
  'PUT /api/admin/users/{id}': { json: { name: 'Ada' } },
  'PATCH /api/admin/users/{id}': { json: { name: 'Ada' } },
  'PUT /api/admin/users/{id}/role': { json: { role: 'user' } },
  'PUT /api/admin/users/{id}/status': { json: { status: 'active' } },
  'POST /api/admin/users/{id}/password-reset': {},
  'GET /api/admin/users/{id}/sessions': {},
  'DELETE /api/admin/users/{id}/sessions': {},
  'GET /api/admin/stats': {},
  'GET /api/admin/audit': {},
  'DELETE /api/admin/users/{id}': {},
}

/** The older addresses of the same. */
const aliases: Record<string, Row> = {
  'GET /users/me': {},
  'PATCH /users/me': { json: { name: 'Ada' } },
  'GET /me': {},
  'PUT /me': { json: { name: 'Ada' } },
  'DELETE /me': {},
  'GET /auth/me': {},
  'POST /users/me/password': { json: change },
  'POST /users/change-password': { json: change },
  'PUT /users/me/password': { json: change },
  'GET /account/me': {},
  'PUT /account/me': { json: { name: 'Ada' } },
  'DELETE /account/me': {},
}

const operations = Object.entries({ ...ofUsers, ...aliases, ...ofAdmins })

/** Every operation that a stranger may call. */
const open = [
  'POST /api/auth/register',
  'POST /api/auth/login',
  'POST /api/auth/refresh',
  'POST /api/auth/logout',
  'GET /api/auth/logout',
  'POST /api/auth/verify-email',
  'GET /api/auth/verify-email',
  'POST /api/auth/reject-registration',
  'GET /api/auth/reject-registration',
  'POST /api/auth/resend-verification',
  'POST /api/auth/forgot-password',
  'POST /api/auth/reset-password',
  'GET /api/auth/reset-password',
  'POST /api/auth/confirm-email',
  'GET /api/auth/confirm-email',
  'POST /api/auth/cancel-email-change',
  'GET /api/auth/cancel-email-change',
  'POST /api/auth/approve-email-change',
  'GET /api/auth/approve-email-change',
  'POST /api/auth/revert-email-change',
  'GET /api/auth/revert-email-change',
  'POST /api/auth/end-freeze',
  'GET /api/auth/end-freeze',
  'POST /api/auth/end-sessions',
  'GET /api/auth/end-sessions',
  'POST /api/auth/undo-deletion',
  'GET /api/auth/undo-deletion',
  'POST /api/auth/end-session',
  'GET /api/auth/end-session',
  'GET /avatars/:key',
  'GET /',
  'GET /health',
  'GET /health/ready',
  'GET /errors',
  'GET /.well-known/jwks.json',
  'GET /.well-known/change-password',
  'GET /.well-known/oauth-authorization-server',
  'GET /.well-known/openid-configuration',
  'GET /openapi.json',
  'GET /docs',
  'GET /docs/*',
  'GET /redoc',
  'GET /redoc/*',
  'GET /assets/*',
  'GET /favicon.svg',
  'GET /favicon.ico',
]

type Credentials = { bearer?: string; cookies?: Record<string, string>; headers?: Record<string, string> }

/** What strangers bring, made of a session that is alive while they do. */
const strangers: [string, string, (session: SessionBody) => Promise<Credentials> | Credentials][] = [
  ['nobody', 'not_authenticated', () => ({})],
  ['a word', 'invalid_token', () => ({ bearer: 'invalid' })],
  ['a signature with one bit turned', 'invalid_token', (s) => ({ bearer: bitTurned(s.access_token, 2) })],
  ['claims with one bit turned', 'invalid_token', (s) => ({ bearer: bitTurned(s.access_token, 1) })],
  [
    'the signature of another key',
    'invalid_token',
    async (s) => ({ bearer: await resigned(s.access_token, { key: signingKeys[1] }) }),
  ],
  [
    'no signature (A-07)',
    'invalid_token',
    (s) => ({ bearer: withHeader(s.access_token, { alg: 'none', typ: 'at+jwt' }, '') }),
  ],
  [
    'a token that has expired',
    'invalid_token',
    async (s) => ({ bearer: await resigned(s.access_token, { claims: { exp: 1_700_000_000 } }) }),
  ],
  ['a refresh token (A-09)', 'invalid_token', (s) => ({ bearer: s.refresh_token })],
  ['a refresh token in the cookie (A-09)', 'invalid_token', (s) => ({ cookies: { token: s.refresh_token } })],
  ['a cookie of another name', 'not_authenticated', (s) => ({ cookies: { session: s.access_token } })],
  [
    'a broken header beside a good cookie',
    'invalid_token',
    (s) => ({ cookies: { token: s.access_token }, headers: { Authorization: 'Bearer broken' } }),
  ],
]

/** RFC 6750 §2.1 allows one form; these carry a good token in others. */
const schemes: [string, (token: string) => string][] = [
  ['Basic', (token) => `Basic ${token}`],
  ['Token', (token) => `Token ${token}`],
  ['no scheme', (token) => token],
  ['two spaces', (token) => `Bearer  ${token}`],
  ['a tab', (token) => `Bearer\t${token}`],
  ['two tokens', (token) => `Bearer ${token} ${token}`],
  ['two headers', (token) => `Bearer ${token}, Bearer ${token}`],
  ['quotes', (token) => `Bearer "${token}"`],
  ['a malformed escape', (token) => `Bearer ${token}%`],
  ['no token', () => 'Bearer '],
  ['no token and no space', () => 'Bearer'],
  ['nothing', () => ''],
]

/** An asker who may do all there is, and what `{id}` stands for in an address. */
const someAsker = async (app: TestApp) => {
  const email = await member(app)
  await alterUser(app, email, { role: 'admin' })
  // An admin there always is another of: who is not the last may delete the own account.
  await alterUser(app, await member(app), { role: 'admin' })
  const other = decodeJwt<{ sid: string }>((await logIn(app, email)).access_token).sid
  const session = await logIn(app, email)
  const target = (await signedInUser(app)).user.id
  const addressed = (operation: string) => operation.replace('{id}', operation.includes('/admin/') ? target : other)
  return { email, session, addressed }
}

const origin = { Origin: 'http://localhost:8787' }

describe('the tables of operations', () => {
  it('hold all there are: what is not open is guarded (ASVS 8.2.1)', ({ expect }) => {
    const { routes } = createApp(() => {
      throw new Error('no request is made')
    })

    const mounted = routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)

    const guarded = Object.keys({ ...ofUsers, ...ofAdmins }).map((operation) => operation.replace('{id}', ':id'))
    expect([...new Set(mounted)].sort()).toEqual([...guarded, ...open].sort())
  })
})

describe.for(operations)('%s', ([operation, { json, body }]) => {
  let app: TestApp
  let asker: Awaited<ReturnType<typeof someAsker>>
  beforeAll(async () => {
    app = startApp()
    asker = await someAsker(app)
  })
  const ask = (by: Credentials) =>
    app.call(asker.addressed(operation), { json, body: body?.(), ...by, headers: { ...origin, ...by.headers } })

  it.for(strangers)('refuses %s (ASVS 7.2.1, 9.1.1)', async ([, code, bring], { expect }) => {
    const response = await ask(await bring(asker.session))

    expect(response.status).toBe(401)
    expect(await codeOf(response)).toBe(code)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      code === 'invalid_token' ? 'Bearer error="invalid_token"' : 'Bearer',
    )
  })

  it.for(schemes)('refuses a good token by %s (A-11)', async ([, header], { expect }) => {
    const response = await ask({ headers: { Authorization: header(asker.session.access_token) } })

    expect(response.status).toBe(401)
    expect(await codeOf(response)).toBe('invalid_token')
  })

  it.for(['access_token', 'token'])('does not read ?%s= (ASVS 14.2.1)', async (name, { expect }) => {
    const address = `${asker.addressed(operation)}?${name}=${asker.session.access_token}`

    const response = await app.call(address, { json, body: body?.() })

    // Below /api/auth, where tokens are used up, one in the query is refused as such.
    const asSuch = name === 'token' && address.includes(' /api/auth/')
    expect(response.status).toBe(asSuch ? 422 : 401)
  })

  it('lets the same session pass in the end, by the header in any case', async ({ expect }) => {
    const response = await ask({ headers: { Authorization: `bEARER ${asker.session.access_token}` } })

    expect(response.ok).toBe(true)
  })
})

describe('a token that was good a moment ago', () => {
  type Asker = Awaited<ReturnType<typeof someAsker>>
  const ended: [string, (app: TestApp, asker: Asker) => Promise<unknown>][] = [
    [
      'was logged out (ASVS 7.4.1)',
      (app, { session }) => app.call('POST /api/auth/logout', { bearer: session.access_token }),
    ],
    ['was disabled (ASVS 7.4.2)', (app, { email }) => alterUser(app, email, { status: 'disabled' })],
    [
      'was deleted (ASVS 7.4.2)',
      (app, { session }) => app.call('DELETE /api/user/account', { bearer: session.access_token, json: known }),
    ],
    [
      'waits to be erased (ASVS 7.4.2)',
      (app, { session }) => app.call('DELETE /api/user/account', { bearer: session.access_token }),
    ],
    [
      'waited to be erased, and was kept (ASVS 7.4.2)',
      async (app, { email, session }) => {
        await app.call('DELETE /api/user/account', { bearer: session.access_token })
        await app.call('POST /api/auth/undo-deletion', { json: { token: linkIn(app, email) } })
      },
    ],
    [
      'gave a wrong password too often in it',
      async (app, { session }) => {
        const json = { password: 'a wrong guess' }
        for (let n = 0; n < 10; n++)
          await app.call('POST /api/auth/reauthenticate', { bearer: session.access_token, json })
      },
    ],
    [
      'has a new password from this very session, which goes on under another id (ASVS 7.2.4)',
      (app, { session }) => app.call('POST /api/user/change-password', { bearer: session.access_token, json: change }),
    ],
    [
      'took back a change of address that it asked for',
      async (app, { email, session }) => {
        await askForAddress(app, session.access_token, someAddress('next'))
        await app.call('POST /api/auth/cancel-email-change', { json: { token: linkIn(app, email) } })
      },
    ],
    [
      'was deleted, and came back as another user (ASVS 10.3.3)',
      async (app, { email, session }) => {
        await app.call('DELETE /api/user/account', { bearer: session.access_token, json: known })
        app.wait({ minutes: 2 })
        await member(app, email)
      },
    ],
    [
      'has a new password from another session (ASVS 7.4.3)',
      async (app, { email }) => {
        const { access_token } = await logIn(app, email)
        await app.call('POST /api/user/change-password', { bearer: access_token, json: change })
      },
    ],
    [
      'has a new password by mail (A-17)',
      async (app, { email }) => {
        app.wait({ minutes: 2 })
        await app.call('POST /api/auth/forgot-password', { json: { email } })
        const token = linkIn(app, email)
        await app.call('POST /api/auth/reset-password', { json: { token, new_password: change.new_password } })
      },
    ],
    [
      'ended it from another session (ASVS 7.5.2)',
      async (app, { email }) => {
        const { access_token } = await logIn(app, email)
        await app.call('DELETE /api/user/sessions', { bearer: access_token })
      },
    ],
  ]

  it.for(ended)('opens nothing when its user %s (ASVS 7.4.1, 7.4.2, I3)', async ([, end], { expect }) => {
    const app = startApp()
    const asker = await someAsker(app)

    await end(app, asker)

    for (const [operation, { json, body }] of operations) {
      const bearer = asker.session.access_token
      const response = await app.call(asker.addressed(operation), { bearer, json, body: body?.() })
      expect([operation, response.status, await codeOf(response)]).toEqual([operation, 401, 'invalid_token'])
    }
  })
})

describe('an operation of admins', () => {
  it.for(Object.entries(ofAdmins))(
    'is refused to others: %s (ASVS 8.2.1)',
    async ([operation, { json }], { expect }) => {
      const app = startApp()
      const { addressed } = await someAsker(app)
      const { access_token } = await signedInUser(app)

      const response = await app.call(addressed(operation), { bearer: access_token, json })

      expect(response.status).toBe(403)
      expect(await codeOf(response)).toBe('forbidden')
    },
  )

  it.for(Object.entries(ofAdmins))(
    'is refused at once to a former admin: %s (A-19c, ASVS 8.3.2)',
    async ([operation, { json }], { expect }) => {
      const app = startApp()
      const { email, session, addressed } = await someAsker(app)

      await alterUser(app, email, { role: 'user' })
      const response = await app.call(addressed(operation), { bearer: session.access_token, json })

      expect(response.status).toBe(403)
      expect(await codeOf(response)).toBe('forbidden')
    },
  )
})

describe('a link from a mail', () => {
  it('opens no operation of those signed in (A-09)', async ({ expect }) => {
    const app = startApp()
    const { addressed } = await someAsker(app)
    const email = someAddress()
    await register(app, email)
    const bearer = linkIn(app, email)

    for (const [operation, { json, body }] of operations) {
      const response = await app.call(addressed(operation), { bearer, json, body: body?.() })
      expect([operation, response.status]).toEqual([operation, 401])
    }
  })
})
