import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, it } from 'vitest'
import { createClient, json, memoryTokens } from '../../client/dist/index.js'
import { documented } from '../operations/document.ts'
import { addressed, budgetOf, operations } from '../operations/index.ts'
import { lagging } from '../support/app/replica-lag.ts'
import {
  alterUser,
  askForAddress,
  codeOf,
  cookiesOf,
  fromOurPage,
  linkIn,
  member,
  refresh,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { inFull } from '../support/budgets/budget.ts'
import { logged } from './setup.ts'

const header = 'Gatehouse-Bookmark'
const world = lagging(env.DB, env.REPLICA)

const start = (vars: Record<string, string> = {}, more: Partial<Env> = {}) =>
  startApp({ vars: { REPLICA_READS: 'on', ...vars }, bindings: { DB: world.binding, ...more } })

beforeAll(() => applyD1Migrations(env.REPLICA, env.TEST_MIGRATIONS))
beforeEach(() => {
  world.fault()
})

/** A user whose current state the replica has. */
const known = async (app: TestApp) => {
  const session = await signedInUser(app)
  await world.catchUp()
  world.asked()
  return session
}

const rename = (app: TestApp, bearer: string, name: string) =>
  app.call('PATCH /api/user/profile', { bearer, json: { name } })

const nameOf = async (response: Response) => ((await response.json()) as { name: string | null }).name

const bookmarkIn = (response: Response) => {
  const bookmark = response.headers.get(header)
  if (!bookmark) throw new Error(`no bookmark in a reply of ${response.status}`)
  return bookmark
}

const read = (app: TestApp, bearer: string, bookmark?: string, path = '/profile') =>
  app.call(`GET /api/user${path}`, { bearer, headers: bookmark === undefined ? {} : { [header]: bookmark } })

describe('a client that sends a bookmark reads its own writes', () => {
  it('by the header', async ({ expect }) => {
    const app = start()
    const { access_token } = await known(app)

    const written = await rename(app, access_token, 'Ada')
    const answer = await read(app, access_token, bookmarkIn(written))

    expect(await nameOf(answer)).toBe('Ada')
    expect(world.asked()).toEqual(['primary', 'replica'])
  })

  it.for([
    ['http://localhost:8787', '', ''],
    ['https://localhost:8787', '__Host-', '; Secure'],
  ] as const)('by the cookie, at %s', async ([url, prefix, secure], { expect }) => {
    const app = start({ APP_URL: url })
    const email = await member(app)
    const login = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
    await world.catchUp()
    const token = cookiesOf(login)[`${prefix}token`]!

    const written = await app.call('PATCH /api/user/profile', {
      cookies: { [`${prefix}token`]: token },
      headers: { Origin: url },
      json: { name: 'Ada' },
    })
    world.asked()
    const answer = await app.call('GET /api/user/profile', {
      cookies: { [`${prefix}token`]: token, ...cookiesOf(written) },
    })

    expect(await nameOf(answer)).toBe('Ada')
    expect(world.asked()).toEqual(['replica'])
    const line = `^${prefix}bookmark=[\\w.-]+; Max-Age=900; Path=/; HttpOnly${secure}; SameSite=Lax$`
    for (const reply of [login, written]) expect(reply.headers.getSetCookie().at(-1)).toMatch(new RegExp(line))
  })

  it('by the typed client, which keeps the tokens itself', async ({ expect }) => {
    const app = start()
    const email = await member(app)
    const fetch = (input: string, { method, headers, body }: RequestInit) =>
      app.call(`${method} ${new URL(input).pathname}${new URL(input).search}`, {
        body: body as string,
        headers: Object.fromEntries(new Headers(headers)),
      })
    const { api } = createClient({ url: 'http://localhost:8787', tokens: memoryTokens(), fetch })
    await api.auth.login.$post({ json: { email, password: somePassword }, query: {} })
    await world.catchUp()

    await api.user.profile.$patch({ json: { name: 'Ada' } })
    world.asked()

    expect((await json(api.user.profile.$get())).name).toBe('Ada')
    expect(world.asked()).toEqual(['replica'])
  })

  it('of sessions, too', async ({ expect }) => {
    const app = start()
    const { email, access_token } = await known(app)
    const other = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })

    const count = async (bookmark?: string) => {
      const response = await read(app, access_token, bookmark, '/sessions')
      return ((await response.json()) as { sessions: unknown[] }).sessions.length
    }

    expect(await count()).toBe(1)
    expect(await count(bookmarkIn(other))).toBe(2)
  })

  it('and of several that go on at once each gets its own', async ({ expect }) => {
    const app = start()
    const people = await Promise.all([known(app), known(app), known(app), known(app)])

    const answers = await Promise.all(
      people.map(async ({ access_token, email }) => {
        const written = await rename(app, access_token, email)
        return nameOf(await read(app, access_token, bookmarkIn(written)))
      }),
    )

    expect(answers).toEqual(people.map(({ email }) => email))
  })
})

describe('without a bookmark', () => {
  it('what was true a moment ago may be read, for as long as the replica lags', async ({ expect }) => {
    const app = start()
    const { access_token } = await known(app)
    await rename(app, access_token, 'Ada')
    world.asked()

    const before = await nameOf(await read(app, access_token))
    await world.catchUp()
    const after = await nameOf(await read(app, access_token))

    expect([before, after]).toEqual([null, 'Ada'])
    expect(world.asked()).toEqual(['replica'])
  })

  it('a session that is too new for the replica is not refused', async ({ expect }) => {
    const app = start()
    const { access_token } = await signedInUser(app)
    world.asked()

    const answers = [await read(app, access_token), await read(app, access_token, undefined, '/sessions')]

    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(world.asked()).toEqual(['replica', 'primary'])
  })
})

describe('a session that was ended elsewhere', () => {
  const ended = async (app: TestApp) => {
    const { email, access_token, refresh_token } = await signedInUser(app)
    await alterUser(app, email, { role: 'admin' })
    const owner = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
    const { access_token: mine } = (await owner.clone().json()) as { access_token: string }
    await world.catchUp()
    const ending = await app.call('DELETE /api/user/sessions', { bearer: mine })
    if (ending.status !== 200) throw new Error(`ending answered ${ending.status}`)
    return { access_token, refresh_token, bookmark: bookmarkIn(owner) }
  }

  it.for(['/profile', '/sessions'])('reads %s until the replica knows, and no longer', async (path, { expect }) => {
    const app = start()
    const { access_token, bookmark } = await ended(app)

    const lagging = [await read(app, access_token, undefined, path), await read(app, access_token, bookmark, path)]
    await world.catchUp()
    const caughtUp = [await read(app, access_token, undefined, path), await read(app, access_token, bookmark, path)]

    expect(lagging.map(({ status }) => status)).toEqual([200, 200])
    expect(caughtUp.map(({ status }) => status)).toEqual([401, 401])
  })

  it('can no longer read when its access token expires, however far behind the replica is', async ({ expect }) => {
    const app = start({ ACCESS_TOKEN_EXPIRE_MINUTES: '1' })
    const { access_token } = await ended(app)

    app.wait({ seconds: 50 })
    const before = await read(app, access_token)
    app.wait({ seconds: 20 })
    const after = await read(app, access_token)

    expect([before.status, after.status]).toEqual([200, 401])
  })

  it.for(documented.filter(({ access, near }) => access !== 'nobody' && !near))(
    'gets nothing by $operation',
    async ({ operation }, { expect }) => {
      const app = start()
      const { access_token } = await ended(app)
      const { json, form } = operations[operation]!
      const sent = { json: await json?.(app), body: form?.() }
      world.asked()

      const id = operation.includes('/admin/') ? '00000000-0000-7000-8000-000000000000' : 'A'.repeat(22)
      const response = await app.call(addressed(operation, { id }), { bearer: access_token, ...sent })

      expect(response.status).toBe(401)
      expect(world.asked()).toEqual(['primary'])
    },
  )

  it('gets no new tokens', async ({ expect }) => {
    const app = start()
    const { refresh_token } = await ended(app)

    expect((await refresh(app, refresh_token)).status).toBe(401)
  })

  it('is refused at once if the primary is requested', async ({ expect }) => {
    const app = start()
    const { access_token } = await ended(app)

    expect((await read(app, access_token, 'primary')).status).toBe(401)
  })
})

describe('an invalid bookmark', () => {
  it.for([
    ['nothing', ''],
    ['a space', ' '],
    ['a constraint of D1', 'first-unconstrained'],
    ['one of D1 in clear', '00000001-00000001-00000000-9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f'],
    ['one that is far ahead', 'ffffffff-ffffffff-ffffffff-ffffffffffffffffffffffffffffffff'],
    ['one with a key of ours and nothing behind it', 'a.'],
    ['one with a key of ours and zeros', `a.${'A'.repeat(116)}`],
    ['one of nobody’s key', `nobody.${'A'.repeat(116)}`],
    ['SQL', "a' or 1=1 --"],
    ['10 kB', `a.${'A'.repeat(10_000)}`],
  ] as const)('as %s has the primary answer', async ([, bookmark], { expect }) => {
    const app = start()
    const { access_token } = await known(app)
    await rename(app, access_token, 'Ada')
    world.asked()

    const answers = [
      await read(app, access_token, bookmark),
      await app.call('GET /api/user/profile', { bearer: access_token, cookies: `bookmark=${bookmark}` }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(await nameOf(answers[0]!)).toBe('Ada')
  })

  it('as ours with one character changed has the primary answer (ASVS 11.3.3)', async ({ expect }) => {
    const app = start()
    const { access_token } = await known(app)
    const bookmark = bookmarkIn(await rename(app, access_token, 'Ada'))
    const at = bookmark.length - 20
    const changed = `${bookmark.slice(0, at)}${bookmark[at] === 'A' ? 'B' : 'A'}${bookmark.slice(at + 1)}`
    world.asked()

    expect(await nameOf(await read(app, access_token, changed))).toBe('Ada')
    expect(world.asked()).toEqual(['primary'])
  })

  it('as one of another database has the primary answer, however far ahead it is', async ({ expect }) => {
    const app = start()
    const { access_token } = await known(app)
    const ahead = await app.services.bookmarks!.seal('00000001-ffffffff-00000000-9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f')
    const strange = await app.services.bookmarks!.seal('whatever')

    const answers = [await read(app, access_token, ahead), await read(app, access_token, strange)]

    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(logged()).toEqual([expect.stringContaining('"at":"replica"')])
  })
})

describe('a replica that', () => {
  it.for(['fails', 'hangs', 'stuck'] as const)('%s is passed over, and logged once', async (fault, { expect }) => {
    const app = start()
    const { access_token } = await known(app)
    const bookmark = bookmarkIn(await rename(app, access_token, 'Ada'))
    world.fault(fault)

    const names = [
      await nameOf(await read(app, access_token, bookmark)),
      await nameOf(await read(app, access_token, bookmark)),
    ]

    expect(names).toEqual(['Ada', 'Ada'])
    expect(logged()).toEqual([expect.stringContaining('"at":"replica"')])
    app.wait({ minutes: 1 })
    await read(app, access_token, bookmark)
    expect(logged()).toHaveLength(1)
  })
})

describe('a bookmark', () => {
  it('reveals nothing: not how far the database is, nor that it is the same as another', async ({ expect }) => {
    const app = start()
    const { access_token } = await known(app)
    const written = await rename(app, access_token, 'Ada')
    const bookmark = bookmarkIn(written)
    const again = await app.services.bookmarks!.seal(world.bookmark())

    expect(await app.services.bookmarks!.open(bookmark)).toBe(world.bookmark())
    expect(bookmark).not.toBe(again)
    expect(bookmark).toHaveLength(again.length)
    expect(JSON.stringify([...written.headers])).not.toContain(world.bookmark().slice(9, 17))
  })

  it('of somebody else opens nothing', async ({ expect }) => {
    const app = start()
    const [mine, theirs] = [await known(app), await known(app)]
    const bookmark = bookmarkIn(await rename(app, theirs.access_token, 'Ada'))

    const anonymous = await app.call('GET /api/user/profile', { headers: { [header]: bookmark } })
    const own = await read(app, mine.access_token, bookmark)

    expect(anonymous.status).toBe(401)
    expect(await own.json()).toMatchObject({ email: mine.email, name: null })
  })

  it('comes with what was written, by the header alone where no cookie signs in', async ({ expect }) => {
    const app = start()
    const { email, access_token, refresh_token } = await known(app)
    const replies = [
      await app.call('POST /api/auth/login?transport=body', { json: { email, password: somePassword } }),
      await app.call('POST /api/auth/refresh?transport=body', { json: { refresh_token } }),
      await rename(app, access_token, 'Ada'),
      await app.call('POST /api/user/change-password', {
        bearer: access_token,
        json: { current_password: somePassword, new_password: 'another passphrase' },
      }),
    ]

    for (const reply of replies) {
      expect(reply.status).toBe(200)
      expect(reply.headers.get(header)).toMatch(/^[\w-]{1,16}\.[\w-]{116}$/)
      expect(Object.keys(cookiesOf(reply))).not.toContain('bookmark')
    }
  })

  it('comes with a link that was followed if one is signed in', async ({ expect }) => {
    const app = start()
    const { access_token } = await known(app)
    const next = 'next.of.ada@example.com'
    await askForAddress(app, access_token, next)
    await world.catchUp()

    const followed = await app.call('POST /api/auth/confirm-email', {
      json: { token: linkIn(app, next) },
      cookies: { token: access_token },
      headers: fromOurPage,
    })
    const answer = await app.call('GET /api/user/profile', { cookies: { token: access_token, ...cookiesOf(followed) } })

    expect(await answer.json()).toMatchObject({ email: next })
  })

  it('does not come with a read, which may cross a write, nor with a refusal', async ({ expect }) => {
    const app = start()
    const { email, access_token } = await known(app)
    const replies = [
      await read(app, access_token),
      await read(app, access_token, 'primary'),
      await read(app, access_token, undefined, '/export'),
      await app.call('POST /api/auth/login', { json: { email, password: 'a wrong passphrase' } }),
      await app.call('POST /api/auth/refresh', { json: { refresh_token: 'forged' } }),
      await app.call('GET /health'),
    ]

    expect(replies.map(({ headers }) => headers.has(header))).toEqual(replies.map(() => false))
    expect(replies.flatMap((reply) => Object.keys(cookiesOf(reply)))).toEqual([])
  })

  it('is removed with the cookies that hold tokens', async ({ expect }) => {
    const app = start()
    const { access_token } = await known(app)

    const out = await app.call('POST /api/auth/logout', { cookies: { token: access_token }, headers: fromOurPage })

    expect(out.headers.getSetCookie()).toContain('bookmark=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax')
    expect(cookiesOf(out)).toEqual({ token: '', refresh_token: '', bookmark: '' })
  })

  it('can be read by pages of other origins that may call', async ({ expect }) => {
    const app = start()

    const response = await app.call('POST /api/auth/logout', { headers: fromOurPage })

    expect(response.headers.get('Access-Control-Expose-Headers')).toMatch(/(^|, ?)Gatehouse-Bookmark$/)
  })
})

describe('the round trips', () => {
  it.for([
    ['GET /api/user/profile', budgetOf('GET /api/user/profile', 'signed in')],
    ['GET /api/user/sessions', budgetOf('GET /api/user/sessions', 'signed in')],
    ['GET /api/user/export', budgetOf('GET /api/user/export', 'signed in')],
    ['PATCH /api/user/profile', budgetOf('PATCH /api/user/profile', 'another name'), { name: 'Ada' }],
    ['POST /api/auth/refresh', budgetOf('POST /api/auth/refresh', 'first'), 'refresh'],
    ['POST /api/auth/login', budgetOf('POST /api/auth/login', 'right, a new device'), 'log-in'],
  ] as const)('of %s stay what they are without', async ([operation, budget, body], { expect }) => {
    const app = start()
    const { email, access_token, refresh_token } = await known(app)
    const json = body === 'refresh' ? { refresh_token } : body === 'log-in' ? { email, password: somePassword } : body

    const { response, trips, statements } = await app.cost(operation, { bearer: access_token, json })

    expect(response.status).toBe(200)
    expect(trips).toBe(inFull(budget).trips[0])
    expect(statements).toBe(inFull(budget).statements[0])
  })

  it('are two if a session has ended, because a replica alone refuses nobody', async ({ expect }) => {
    const app = start()
    const { access_token } = await known(app)
    await app.call('POST /api/auth/logout', { bearer: access_token })
    await world.catchUp()

    const { response, trips } = await app.cost('GET /api/user/profile', { bearer: access_token })

    expect([response.status, await codeOf(response), trips]).toEqual([401, 'invalid_token', 2])
  })
})

describe('without the setting', () => {
  it('nothing is there: no session of D1, no bookmark, no header', async ({ expect }) => {
    const { withSession: _, ...plain } = world.binding
    const app = start({ REPLICA_READS: 'off' }, { DB: plain as unknown as D1Database })
    const email = await member(app)

    const login = await app.call('POST /api/auth/login', {
      json: { email, password: somePassword },
      headers: fromOurPage,
    })
    const { access_token } = (await login.json()) as { access_token: string }
    const answer = await app.call('GET /api/user/profile', {
      bearer: access_token,
      headers: { [header]: 'primary', ...fromOurPage },
    })
    const out = await app.call('POST /api/auth/logout', { bearer: access_token })

    expect(Object.keys(cookiesOf(login)).toSorted()).toEqual(['device', 'refresh_token', 'token'])
    expect(Object.keys(cookiesOf(out)).toSorted()).toEqual(['refresh_token', 'token'])
    for (const { headers } of [login, answer, out]) {
      expect(headers.has(header)).toBe(false)
      expect(headers.get('Access-Control-Expose-Headers') ?? '').not.toContain(header)
    }
  })

  it('a word that is neither on nor off is refused', async ({ expect }) => {
    const response = await start({ REPLICA_READS: 'yes' }).call('POST /api/auth/logout')

    expect(await codeOf(response)).toBe('misconfigured')
    expect(logged()).toEqual([expect.stringContaining('REPLICA_READS')])
  })
})

describe('with the sessions of a real D1', () => {
  it('a bookmark goes to the client and comes back', async ({ expect }) => {
    const app = startApp({ vars: { REPLICA_READS: 'on' } })
    const { access_token } = await signedInUser(app)

    const written = await rename(app, access_token, 'Ada')
    const sealed = bookmarkIn(written)
    const bookmark = await app.services.bookmarks!.open(sealed)
    const { response, trips } = await app.cost('GET /api/user/profile', {
      bearer: access_token,
      headers: { [header]: sealed },
    })

    expect(bookmark).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/)
    expect(await nameOf(response)).toBe('Ada')
    expect(trips).toBe(1)
    expect((await app.call('GET /api/user/profile', { bearer: access_token })).status).toBe(200)
  })
})
