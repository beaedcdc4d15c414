import { describe, it, vi } from 'vitest'
import { createMacs } from '../../src/domain/macs.ts'
import { nobodysHash } from '../../src/domain/nobody.ts'
import { bodyOf, signedInAdmin } from '../support/app/administrators.ts'
import { attempt } from '../support/app/attempts.ts'
import { countHashes } from '../support/app/hashes.ts'
import {
  alterUser,
  linkIn,
  logIn,
  mailsTo,
  member,
  register,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { logged } from './setup.ts'

const vars = {
  MIGRATION_HOOK: 'https://old.example.com/check',
  MIGRATION_SECRET: 'a secret of 32 characters or more',
}

type Asked = { url: string; init: RequestInit }
type Answer = (asked: Asked) => Response | Promise<Response>

const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status })

/** An old system that knows one password. */
const knows =
  (password: string): Answer =>
  ({ init }) =>
    json({ valid: (JSON.parse(String(init.body)) as { password: string }).password === password })

/** The service, with the old system behind a service binding. */
const bridged = (answer: Answer = knows(somePassword), more: Record<string, string | undefined> = {}) => {
  const asked: Asked[] = []
  const fetch = async (url: string, init: RequestInit) => {
    asked.push({ url, init })
    return answer({ url, init })
  }
  const app = startApp({ vars: { ...vars, ...more }, bindings: { MIGRATION: { fetch } } as never })
  return { app, asked }
}

const mark = async (app: TestApp, email: string, values: Parameters<typeof alterUser>[2] = {}) => {
  await alterUser(app, email, { passwordHash: null })
  await alterUser(app, email, { origin: 'imported', lastLoginAt: null, ...values })
  await alterUser(app, email, { migrationPending: true })
  return email
}

/** Creates a user whom an import marked. */
const imported = async (app: TestApp, values: Parameters<typeof alterUser>[2] = {}) =>
  mark(app, await member(app), values)

const rowOf = (app: TestApp, email: string) =>
  app.db
    .prepare('select id, password is not null as has, migration_pending as pending from users where email = ?')
    .bind(email)
    .first<{ id: string; has: number; pending: number | null }>()

const statistics = async (app: TestApp) => {
  const { access_token: bearer } = await signedInAdmin(app)
  return (await bodyOf<{ awaiting_migration: number }>(await app.call('GET /api/admin/stats', { bearer })))
    .awaiting_migration
}

const statusOf = async (app: TestApp, email: string, password: string) =>
  (await attempt(app, email, { password })).status

const hex = (bytes: ArrayBuffer) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, '0')).join('')

describe('the first log-in of a marked user', () => {
  it('asks the old system once, keeps our hash, and never asks it again', async ({ expect }) => {
    const { app, asked } = bridged()
    const email = await imported(app, { externalId: `old|${Date.now()}` })
    const before = await statistics(app)

    const { user } = await logIn(app, email)
    const row = await rowOf(app, email)
    await logIn(app, email)

    expect(user).toMatchObject({ email })
    expect(row).toMatchObject({ has: 1, pending: null })
    expect(asked).toHaveLength(1)
    expect(await statistics(app)).toBe(before - 1)
  })

  it('sends a signed request with its time, and follows no redirect', async ({ expect }) => {
    const { app, asked } = bridged()
    const externalId = `old|${crypto.randomUUID()}`
    const email = await imported(app, { externalId })

    await logIn(app, email)

    const { url, init } = asked[0]!
    const headers = new Headers(init.headers)
    const time = headers.get('Gatehouse-Time')!
    const key = await crypto.subtle.importKey(
      'raw',
      new TextEncoder().encode(vars.MIGRATION_SECRET),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    )
    const mac = hex(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${time}.${init.body}`)))
    expect([url, init.method, init.redirect]).toEqual([vars.MIGRATION_HOOK, 'POST', 'manual'])
    expect(JSON.parse(String(init.body))).toEqual({ email, external_id: externalId, password: somePassword })
    expect(Number(time)).toBe(Math.floor(app.now().getTime() / 1000))
    expect(headers.get('Gatehouse-Signature')).toBe(mac)
    expect(headers.get('Content-Type')).toBe('application/json')
  })

  it('goes by https if there is no binding', async ({ expect }) => {
    const app = startApp({ vars })
    const email = await imported(app)
    const fetched = vi
      .spyOn(globalThis, 'fetch')
      .mockImplementation((async () => json({ valid: true })) as typeof fetch)

    try {
      await logIn(app, email)
      expect(fetched.mock.calls.map(([url]) => url)).toEqual([vars.MIGRATION_HOOK])
    } finally {
      fetched.mockRestore()
    }
  })

  it('costs the same round trips as any other log-in, and one hash', async ({ expect }) => {
    const { app } = bridged()
    const [plain, marked] = [await member(app), await imported(app)]
    const hashes = countHashes()

    const usual = await app.cost('POST /api/auth/login', { json: { email: plain, password: somePassword } })
    const asking = await app.cost('POST /api/auth/login', { json: { email: marked, password: somePassword } })

    expect([usual.response.status, asking.response.status]).toEqual([200, 200])
    expect([asking.trips, asking.statements]).toEqual([usual.trips, usual.statements])
    expect(hashes()).toBe(2)
  })

  it('counts a wrong password as a failure, and asks no more beyond the limit', async ({ expect }) => {
    const { app, asked } = bridged()
    const email = await imported(app)

    const statuses = []
    for (let n = 0; n < 12; n++) statuses.push(await statusOf(app, email, 'a wrong password'))

    expect(statuses.slice(0, 5)).toEqual(Array(5).fill(401))
    expect(statuses.at(-1)).toBe(429)
    expect(asked).toHaveLength(statuses.filter((status) => status === 401).length)
    expect(await rowOf(app, email)).toMatchObject({ has: 0, pending: 1 })
    const { results } = await app.db
      .prepare(`select count from audit where event = 'log_in_failed' and user_id = ?`)
      .bind((await rowOf(app, email))!.id)
      .all()
    expect(results).toHaveLength(1)
  })

  it('asks for an unverified user too, and then mails the link that sets a password', async ({ expect }) => {
    const { app, asked } = bridged()
    const email = someAddress('old')
    await register(app, email)
    await mark(app, email, { emailVerifiedAt: null })
    app.wait({ minutes: 2 })

    const [wrong, right] = [await statusOf(app, email, 'a wrong password'), await statusOf(app, email, somePassword)]
    await app.settled()
    const reset = await app.call('POST /api/auth/reset-password', {
      json: { token: linkIn(app, email), new_password: 'a new passphrase here' },
    })

    expect([wrong, right, reset.status]).toEqual([401, 401, 200])
    expect(mailsTo(app, email).length).toBeGreaterThan(1)
    expect(asked).toHaveLength(2)
    expect(await rowOf(app, email)).toMatchObject({ has: 1, pending: null })
  })
})

describe('the old system is not asked', () => {
  it.for<{ what: string; arrange: (app: TestApp) => Promise<string> }>([
    { what: 'nobody has', arrange: async () => someAddress('nobody') },
    { what: 'has a password', arrange: (app) => member(app) },
    {
      what: 'has none and no mark',
      arrange: async (app) => {
        const email = await member(app)
        await alterUser(app, email, { passwordHash: null })
        return email
      },
    },
    {
      what: 'was disabled and enabled',
      arrange: async (app) => {
        const email = await imported(app)
        const { access_token: bearer } = await signedInAdmin(app)
        const { id } = (await rowOf(app, email))!
        for (const status of ['disabled', 'active'])
          await app.call(`PUT /api/admin/users/${id}/status`, { bearer, json: { status } })
        return email
      },
    },
    {
      what: 'an admin vouched for',
      arrange: async (app) => {
        const email = await imported(app, { emailVerifiedAt: null })
        const { access_token: bearer } = await signedInAdmin(app)
        const { id } = (await rowOf(app, email))!
        await app.call(`PATCH /api/admin/users/${id}`, { bearer, json: { email_verified: true } })
        return email
      },
    },
    {
      what: 'an admin vouched for once more',
      arrange: async (app) => {
        const email = await imported(app)
        const { access_token: bearer } = await signedInAdmin(app)
        const { id } = (await rowOf(app, email))!
        await app.call(`PATCH /api/admin/users/${id}`, { bearer, json: { email_verified: true } })
        return email
      },
    },
    {
      what: 'an admin moved to another address',
      arrange: async (app) => {
        const [email, next] = [await imported(app), someAddress('next')]
        const { access_token: bearer } = await signedInAdmin(app)
        const { id } = (await rowOf(app, email))!
        await app.call(`PATCH /api/admin/users/${id}`, { bearer, json: { email: next, email_verified: true } })
        return next
      },
    },
    {
      what: 'was invited',
      arrange: async (app) => {
        const email = await imported(app, { emailVerifiedAt: null })
        const { access_token: bearer } = await signedInAdmin(app)
        await app.call('POST /api/admin/users', { bearer, json: { email } })
        return email
      },
    },
    {
      what: 'set a password by mail',
      arrange: async (app) => {
        const email = await imported(app)
        app.wait({ minutes: 2 })
        await app.call('POST /api/auth/forgot-password', { json: { email } })
        const json = { token: linkIn(app, email), new_password: 'a new passphrase here' }
        await app.call('POST /api/auth/reset-password', { json })
        return email
      },
    },
  ])('for an address that $what', async ({ arrange }, { expect }) => {
    const { app, asked } = bridged(() => json({ valid: true }))
    const email = await arrange(app)

    expect(await statusOf(app, email, 'the password at the old system')).toBe(401)
    expect(asked).toEqual([])
  })

  it('if no hook is set: the mark alone has no effect', async ({ expect }) => {
    const { app, asked } = bridged(() => json({ valid: true }), { MIGRATION_HOOK: undefined })

    expect(await statusOf(app, await imported(app), somePassword)).toBe(401)
    expect(asked).toEqual([])
  })
})

describe('a fault of the old system', () => {
  it.for<{ what: string; answer: Answer }>([
    { what: 'throws', answer: () => Promise.reject(new Error('no route')) },
    { what: 'answers 500', answer: () => json({ valid: true }, 500) },
    { what: 'answers 401', answer: () => json({ valid: false }, 401) },
    { what: 'answers 201', answer: () => json({ valid: true }, 201) },
    {
      what: 'redirects',
      answer: () => new Response(null, { status: 302, headers: { Location: 'https://evil.example' } }),
    },
    { what: 'sends a huge body', answer: () => new Response(`${' '.repeat(5000)}{"valid":true}`) },
    { what: 'sends no JSON', answer: () => new Response('<p>valid</p>') },
    { what: 'sends nothing', answer: () => new Response(null) },
    { what: 'sends null', answer: () => json(null) },
    { what: 'says something else', answer: () => json({ valid: 'true' }) },
  ])('is 503 in its own words, and no failure: it $what', async ({ answer }, { expect }) => {
    let working = false
    const { app, asked } = bridged((one) => (working ? knows(somePassword)(one) : answer(one)))
    const email = await imported(app)

    const replies = []
    for (let n = 0; n < 12; n++) {
      replies.push(await app.call('POST /api/auth/login', { json: { email, password: somePassword } }))
      await app.settled()
    }

    const bodies = await Promise.all(replies.map(async (reply) => ((await reply.json()) as { code: string }).code))
    expect(replies.map(({ status }) => status)).toEqual(Array(12).fill(503))
    expect(new Set(bodies)).toEqual(new Set(['migration_unavailable']))
    expect(Number(replies[0]!.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(asked).toHaveLength(12)
    for (const line of logged()) expect(line).toContain('"at":"the migration hook"')
    expect(await rowOf(app, email)).toMatchObject({ has: 0, pending: 1 })
    working = true
    expect((await logIn(app, email)).user.email).toBe(email)
  })

  it('includes an answer that hangs for three seconds', { timeout: 15_000 }, async ({ expect }) => {
    const { app } = bridged(() => new Promise<Response>(() => {}))
    const email = await imported(app)
    const since = Date.now()

    expect(await statusOf(app, email, somePassword)).toBe(503)
    expect(Date.now() - since).toBeGreaterThanOrEqual(2900)
    expect(logged()).toHaveLength(1)
  })

  it('also ends a hanging body', { timeout: 15_000 }, async ({ expect }) => {
    const { app } = bridged(() => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })))

    expect(await statusOf(app, await imported(app), somePassword)).toBe(503)
    expect(logged()).toHaveLength(1)
  })
})

describe('races', () => {
  /** Holds back the answers of the old system until they are released. */
  const held = () => {
    let letGo = () => {}
    const gate = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let arrived = 0
    const { app } = bridged(async (one) => {
      arrived++
      await gate
      return knows(somePassword)(one)
    })
    const waitFor = async (n: number) => {
      while (arrived < n) await scheduler.wait(1)
    }
    return { app, letGo, waitFor }
  }

  it('of two log-ins both succeed, with one hash', async ({ expect }) => {
    const { app, letGo, waitFor } = held()
    const email = await imported(app)

    const both = [1, 2].map(() => app.call('POST /api/auth/login', { json: { email, password: somePassword } }))
    await waitFor(2)
    letGo()
    const replies = await Promise.all(both)

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(await rowOf(app, email)).toMatchObject({ has: 1, pending: null })
  })

  it.for<{ what: string; act: (app: TestApp, email: string, id: string) => Promise<unknown> }>([
    {
      what: 'a reset',
      act: async (app, email) => {
        app.wait({ minutes: 2 })
        await app.call('POST /api/auth/forgot-password', { json: { email } })
        return app.call('POST /api/auth/reset-password', {
          json: { token: linkIn(app, email), new_password: 'a new passphrase here' },
        })
      },
    },
    { what: 'disabling', act: (app, email) => alterUser(app, email, { status: 'disabled' }) },
    {
      what: 'disabling and enabling',
      act: async (app, email) => {
        await alterUser(app, email, { status: 'disabled' })
        await alterUser(app, email, { status: 'active' })
      },
    },
    { what: 'dropping the password', act: (app, email) => alterUser(app, email, { passwordHash: null }) },
    { what: 'deletion', act: (app, email) => app.db.prepare('delete from users where email = ?').bind(email).run() },
  ])('with $what are lost by the log-in: the mark is gone', async ({ act }, { expect }) => {
    const { app, letGo, waitFor } = held()
    const email = await imported(app)
    const { id } = (await rowOf(app, email))!

    const asking = app.call('POST /api/auth/login', { json: { email, password: somePassword } })
    await waitFor(1)
    await act(app, email, id)
    letGo()

    expect((await asking).status).toBe(401)
    const { results } = await app.db.prepare('select id from sessions where user_id = ?').bind(id).all()
    expect(results).toEqual([])
    expect((await rowOf(app, email))?.pending ?? null).toBe(null)
  })
})

describe('an unknown address', () => {
  const keys = createMacs([{ id: 'a', secret: new Uint8Array(32).fill(7) }])

  it('draws the bridge as often as there are users of it, if it is asked at all', ({ expect }) => {
    const mix = [
      { format: 'bridge', count: 300, users: 1000 },
      { format: 'none', count: 100, users: 1000 },
    ]
    const share = (bridged: boolean) =>
      Array.from({ length: 3000 }, (_, n) => nobodysHash(keys, `nobody-${n}@example.com`, mix, bridged)).filter(
        (drawn) => drawn === 'bridge',
      ).length / 3000

    expect(share(true)).toBeCloseTo(1 / 3, 1)
    expect(share(false)).toBe(0)
  })

  it('waits as long as an answer took, hashes nothing, and fails as it did', async ({ expect }) => {
    let broken = false
    const { app, asked } = bridged(async () => {
      await scheduler.wait(120)
      return json({ valid: false }, broken ? 500 : 200)
    })
    await app.db.prepare('delete from users').run()
    const email = await imported(app)
    const hashes = countHashes()
    await statusOf(app, email, 'a wrong password')
    const since = Date.now()

    const unknown = await statusOf(app, someAddress('nobody'), 'a wrong password')
    const took = Date.now() - since
    broken = true
    await statusOf(app, email, 'a wrong password')
    logged()
    const failing = await statusOf(app, someAddress('nobody'), 'a wrong password')

    expect([unknown, failing, hashes()]).toEqual([401, 503, 0])
    expect(took).toBeGreaterThanOrEqual(110)
    expect(asked).toHaveLength(2)
  })
})
