import { decodeJwt } from 'jose'
import { beforeAll, describe, it } from 'vitest'
import { aliases } from '../../src/aliases.ts'
import { createApp } from '../../src/app.ts'
import { hostedPages } from '../../src/routes/ui.ts'
import { documented } from '../operations/document.ts'
import { operations as catalogue, addressed as withParameters } from '../operations/index.ts'
import type { Operation } from '../operations/operation.ts'
import { bitTurned, resigned, signingKeys, withHeader } from '../support/app/forged-tokens.ts'
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
  stepUp,
  type TestApp,
} from '../support/app/support.ts'

const change = { current_password: somePassword, new_password: 'another fine passphrase' }

const known = { current_password: somePassword }

type Guarded = Pick<Operation, 'json' | 'form' | 'arrange'>

type Arranged = { id?: string; factor?: string; json?: object; body?: FormData; headers?: Record<string, string> }

/** Every operation for signed-in users, with a body that it accepts. */
const guarded = documented
  .filter(({ access }) => access !== 'nobody')
  .map(({ operation }): [string, Guarded] => [operation, catalogue[operation]!])

const ofAdmins = guarded.filter(([operation]) => operation.includes(' /api/admin/'))

/** The same operations at their older paths. */
const older = Object.entries(aliases).flatMap(([address, path]) =>
  guarded
    .filter(([operation]) => operation.endsWith(` ${path}`))
    .map(([operation, body]): [string, Guarded] => [operation.replace(path, address), body]),
)

const operations = [...guarded, ...older]

type Credentials = { bearer?: string; cookies?: Record<string, string>; headers?: Record<string, string> }

/** Credentials of strangers, made from a session that is live at the time. */
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

/** RFC 6750 §2.1 allows one form; these carry a valid token in others. */
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

const bodyOf = async (app: TestApp, { json, form }: Guarded) => ({ json: await json?.(app), body: form?.() })

/** A caller who may do everything, and the value of `{id}` in a path. */
const someAsker = async (app: TestApp) => {
  const email = await member(app)
  await alterUser(app, email, { role: 'admin' })
  // There is always another admin: only an admin who is not the last may delete their own account.
  await alterUser(app, await member(app), { role: 'admin' })
  const other = decodeJwt<{ sid: string }>((await logIn(app, email)).access_token).sid
  const session = await logIn(app, email)
  const target = (await signedInUser(app)).user.id
  const addressed = (operation: string) => operation.replace('{id}', operation.includes('/admin/') ? target : other)
  return { email, session, addressed }
}

const origin = { Origin: 'http://localhost:8787' }

describe('the tables of operations', () => {
  it('contain every operation: whatever is not public is guarded (ASVS 8.2.1)', ({ expect }) => {
    const { routes } = createApp(() => {
      throw new Error('no request is made')
    })

    const mounted = routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)

    // Pages and their files, which the document does not list.
    const pages = hostedPages.map((name) => `/${name}`)
    const files = [
      '/docs/*',
      '/redoc/*',
      '/ui/assets/*',
      '/ui/previews/*',
      '/ui/brand.css',
      '/favicon.svg',
      '/favicon.ico',
      ...pages,
    ].map((path) => `GET ${path}`)
    const all = [...Object.keys(catalogue).map((operation) => operation.replace(/\{(\w+)\}/g, ':$1')), ...files]
    expect([...new Set(mounted)].sort()).toEqual(all.sort())
    expect(guarded.length).toBeGreaterThanOrEqual(28)
    expect(older.length).toBeGreaterThanOrEqual(12)
  })
})

describe.for(operations)('%s', ([operation, row]) => {
  let app: TestApp
  let asker: Awaited<ReturnType<typeof someAsker>>
  beforeAll(async () => {
    app = startApp()
    asker = await someAsker(app)
  })
  const ask = async (by: Credentials) =>
    app.call(asker.addressed(operation), {
      ...(await bodyOf(app, row)),
      ...by,
      headers: { ...origin, ...by.headers },
    })

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

    const response = await app.call(address, await bodyOf(app, row))

    // Below /api/auth, where tokens are used up, a token in the query is refused for being there.
    const asSuch = name === 'token' && address.includes(' /api/auth/')
    expect(response.status).toBe(asSuch ? 422 : 401)
  })

  it('lets the same session pass in the end, by the header in any letter case', async ({ expect }) => {
    const token = asker.session.access_token
    const { id, factor, headers, ...sent } = (await row.arrange?.(app, token)) ?? ((await bodyOf(app, row)) as Arranged)
    const address = id === undefined ? asker.addressed(operation) : withParameters(operation, { id, factor })

    const response = await app.call(address, {
      ...sent,
      headers: { ...origin, ...headers, Authorization: `bEARER ${token}` },
    })

    expect(response.ok).toBe(true)
  })
})

describe('a token that was valid a moment ago', () => {
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
        for (let n = 0; n < 10; n++) await stepUp(app, { bearer: session.access_token, json })
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

    for (const [operation, row] of operations) {
      const bearer = asker.session.access_token
      const response = await app.call(asker.addressed(operation), { bearer, ...(await bodyOf(app, row)) })
      expect([operation, response.status, await codeOf(response)]).toEqual([operation, 401, 'invalid_token'])
    }
  })
})

describe('an operation of admins', () => {
  it.for(ofAdmins)('is refused to others: %s (ASVS 8.2.1)', async ([operation, row], { expect }) => {
    const app = startApp()
    const { addressed } = await someAsker(app)
    const { access_token } = await signedInUser(app)

    const response = await app.call(addressed(operation), { bearer: access_token, ...(await bodyOf(app, row)) })

    expect(response.status).toBe(403)
    expect(await codeOf(response)).toBe('forbidden')
  })

  it.for(ofAdmins)(
    'is refused at once to a former admin: %s (A-19c, ASVS 8.3.2)',
    async ([operation, row], { expect }) => {
      const app = startApp()
      const { email, session, addressed } = await someAsker(app)

      await alterUser(app, email, { role: 'user' })
      const response = await app.call(addressed(operation), {
        bearer: session.access_token,
        ...(await bodyOf(app, row)),
      })

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

    for (const [operation, row] of operations) {
      const response = await app.call(addressed(operation), { bearer, ...(await bodyOf(app, row)) })
      expect([operation, response.status]).toEqual([operation, 401])
    }
  })
})
