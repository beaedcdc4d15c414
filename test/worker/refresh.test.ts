import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import {
  alterUser,
  codeOf,
  cookiesOf,
  fromOurPage,
  logIn,
  mailsTo,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { brokenKv, faultyD1, staleKv } from '../support/faults/faults.ts'
import { logged } from './setup.ts'

const next = async (app: TestApp, token: string) => (await (await refresh(app, token)).json()) as SessionBody

/** A session that was refreshed three times, each time as late as a client does it. */
const refreshedThrice = async (app: TestApp) => {
  const zero = await signedInUser(app)
  const tokens = [zero.refresh_token]
  let newest: SessionBody = zero
  for (let n = 0; n < 3; n++) {
    app.wait({ minutes: 14 })
    newest = await next(app, newest.refresh_token)
    tokens.push(newest.refresh_token)
  }
  return { ...zero, tokens, newest }
}

describe('refreshing', () => {
  it('turns a token into its successor, in the same session (R1)', async ({ expect }) => {
    const app = startApp()
    const before = await signedInUser(app)

    app.wait({ minutes: 14 })
    const after = await next(app, before.refresh_token)

    const [old, fresh] = [decodeJwt(before.access_token), decodeJwt(after.access_token)]
    expect(after).toMatchObject({ token_type: 'bearer', expires_in: 900, refresh_expires_in: 604_800 })
    expect(after.refresh_token).not.toBe(before.refresh_token)
    expect(fresh.jti).not.toBe(old.jti)
    expect(fresh).toMatchObject({ sid: old.sid, sub: old.sub, auth_time: old.auth_time, amr: ['pwd'] })
    expect((await profile(app, after.access_token)).status).toBe(200)
  })

  it('leaves the access token before it alone', async ({ expect }) => {
    const app = startApp()
    const before = await signedInUser(app)

    await refresh(app, before.refresh_token)

    expect((await profile(app, before.access_token)).status).toBe(200)
  })

  it('is one round trip (R1)', async ({ expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)

    const { response, trips, tripsAfter } = await app.cost('POST /api/auth/refresh', { json: { refresh_token } })

    expect({ status: response.status, trips, tripsAfter }).toEqual({ status: 200, trips: 1, tripsAfter: 0 })
  })

  it.for([0, 3, 29.999])('gives the same successor again after %d seconds (R3)', async (seconds, { expect }) => {
    const app = startApp()
    const zero = await signedInUser(app)
    const first = await next(app, zero.refresh_token)

    app.wait({ seconds })
    const again = await next(app, zero.refresh_token)

    expect(again.refresh_token).toBe(first.refresh_token)
    expect((await profile(app, again.access_token)).status).toBe(200)
    expect((await refresh(app, again.refresh_token)).status).toBe(200)
  })

  it('writes nothing for a token sent again (R3)', async ({ expect }) => {
    const app = startApp()
    const zero = await signedInUser(app)
    await refresh(app, zero.refresh_token)

    const { rowsWritten } = await app.cost('POST /api/auth/refresh', { json: { refresh_token: zero.refresh_token } })

    expect(rowsWritten).toBe(0)
  })

  it.for([{ seconds: 30 }, { seconds: 3600 }])(
    'ends the session when a token is sent again after $seconds seconds (R5)',
    async ({ seconds }, { expect }) => {
      const app = startApp()
      const zero = await signedInUser(app)
      const one = await next(app, zero.refresh_token)

      app.wait({ seconds })
      const reused = await refresh(app, zero.refresh_token)

      expect(reused.status).toBe(401)
      expect(await codeOf(reused)).toBe('invalid_token')
      expect((await refresh(app, one.refresh_token)).status).toBe(401)
    },
  )

  it('ends the session when the token before the previous one is sent again, however soon (R4)', async ({ expect }) => {
    const app = startApp()
    const zero = await signedInUser(app)
    const one = await next(app, zero.refresh_token)
    const two = await next(app, one.refresh_token)

    app.wait({ seconds: 1 })
    const reused = await refresh(app, zero.refresh_token)

    expect(reused.status).toBe(401)
    expect((await refresh(app, two.refresh_token)).status).toBe(401)
  })

  it.for([0, 1, 2])(
    'ends the session when generation %d of three is sent again (R2, ASVS 10.4.5)',
    async (n, { expect }) => {
      const app = startApp()
      const { email, tokens, newest } = await refreshedThrice(app)
      const other = await logIn(app, email)

      app.wait({ minutes: 1 })
      const reused = await refresh(app, tokens[n]!)

      expect(reused.status).toBe(401)
      expect((await refresh(app, newest.refresh_token)).status).toBe(401)
      expect((await profile(app, newest.access_token)).status).toBe(401)
      expect((await refresh(app, other.refresh_token)).status).toBe(200)
    },
  )

  it('notifies the owner of a reuse, once (R2)', async ({ expect }) => {
    const app = startApp()
    const { email, tokens } = await refreshedThrice(app)
    const before = mailsTo(app, email).length

    app.wait({ minutes: 1 })
    await Promise.all([refresh(app, tokens[0]!), refresh(app, tokens[1]!), refresh(app, tokens[0]!)])

    expect(mailsTo(app, email).slice(before)).toMatchObject([{ subject: expect.stringContaining('logged out') }])
  })

  it('writes a reuse to the audit and to the denylist (R2, ASVS 16.3.3)', async ({ expect }) => {
    const app = startApp()
    const { tokens, newest, user } = await refreshedThrice(app)

    app.wait({ minutes: 1 })
    await refresh(app, tokens[0]!)

    const { results } = await app.db.prepare('select event from audit where user_id = ?').bind(user.id).all()
    const sid = decodeJwt<{ sid: string }>(newest.access_token).sid
    expect(results.filter(({ event }) => event === 'refresh_reuse')).toHaveLength(1)
    expect(await app.kv.get(`sid:${sid}`)).toBe(app.now().toISOString())
  })
})

describe('a session', () => {
  it.for([
    { days: 6.999, status: 200 },
    { days: 7, status: 401 },
  ])('that rested $days days answers $status (ASVS 7.3.1)', async ({ days, status }, { expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)

    app.wait({ days })
    const response = await refresh(app, refresh_token)

    expect(response.status).toBe(status)
  })

  it('ends 30 days after the log-in, however often it is refreshed (ASVS 7.3.2, 10.4.8, N18)', async ({ expect }) => {
    const app = startApp()
    let { refresh_token } = await signedInUser(app)
    const left: number[] = []
    for (let day = 6; day < 30; day += 6) {
      app.wait({ days: 6 })
      const body = await next(app, refresh_token)
      left.push(body.refresh_expires_in / 86_400)
      refresh_token = body.refresh_token
    }

    app.wait({ days: 5.999 })
    const last = await next(app, refresh_token)
    app.wait({ days: 0.001 })
    const late = await refresh(app, last.refresh_token)

    expect(left).toEqual([7, 7, 7, 6])
    expect(last.refresh_expires_in).toBe(86)
    expect(late.status).toBe(401)
  })

  it.for([
    { seconds: 299.999, status: 200 },
    { seconds: 300, status: 401 },
  ])(
    'that ends in 5 minutes answers $status to a fresh access token in $seconds s (ASVS 7.3.2)',
    async (row, { expect }) => {
      const app = startApp()
      let session: SessionBody = await signedInUser(app)
      for (const days of [6, 6, 6, 6, 6 - 5 / 1440]) {
        app.wait({ days })
        session = await next(app, session.refresh_token)
      }

      app.wait({ seconds: row.seconds })
      const response = await profile(app, session.access_token)

      expect(response.status).toBe(row.status)
    },
  )

  it.for([
    ['whose user is disabled', { status: 'disabled' }, { status: 'active' }],
    ['whose address is no longer verified', { emailVerifiedAt: null }, { emailVerifiedAt: new Date(0) }],
  ] as const)('%s is not refreshed, and lives on when that is mended (R10)', async ([, broken, mended], { expect }) => {
    const app = startApp()
    const { email, refresh_token } = await signedInUser(app)

    await alterUser(app, email, broken)
    const refused = await refresh(app, refresh_token)
    await alterUser(app, email, mended)
    const taken = await refresh(app, refresh_token)

    expect(refused.status).toBe(401)
    expect(await codeOf(refused)).toBe('invalid_token')
    expect(taken.status).toBe(200)
  })

  it('gives no successor again to a user who was disabled since (R10)', async ({ expect }) => {
    const app = startApp()
    const { email, refresh_token } = await signedInUser(app)
    await refresh(app, refresh_token)

    await alterUser(app, email, { status: 'disabled' })
    const again = await refresh(app, refresh_token)

    expect(again.status).toBe(401)
  })

  it('ends with its user (R10)', async ({ expect }) => {
    const app = startApp()
    const { email, refresh_token, access_token } = await signedInUser(app)

    await app.db.prepare('delete from users where email = ?').bind(email).run()

    expect((await refresh(app, refresh_token)).status).toBe(401)
    expect((await profile(app, access_token)).status).toBe(401)
  })
})

describe('a refresh token', () => {
  it('in the body takes precedence over the one in the cookie, which stays as it is (R14)', async ({ expect }) => {
    const app = startApp()
    const [inBody, inCookie] = [await signedInUser(app), await signedInUser(app)]

    const response = await app.call('POST /api/auth/refresh', {
      json: { refresh_token: inBody.refresh_token },
      cookies: { refresh_token: inCookie.refresh_token },
      headers: fromOurPage,
    })

    expect(await response.json()).toMatchObject({ user: { email: inBody.email } })
    app.wait({ minutes: 1 })
    expect((await refresh(app, inCookie.refresh_token)).status).toBe(200)
  })

  it.for([
    ['nothing', undefined],
    ['an empty one', ''],
    ['one character', 'x'],
    ['a word', 'invalid'],
    ['10 kB', 'x'.repeat(10_000)],
    ['a number', 7],
    ['null', null],
    ['a list', ['a.b.c']],
    ['letters that are no ASCII', 'a.ключ.0.ключ'],
  ] as const)('that is %s is refused, and ends nothing (R12)', async ([, refresh_token], { expect }) => {
    const app = startApp()
    const alive = await signedInUser(app)

    const response = await app.call('POST /api/auth/refresh', { json: { refresh_token } })

    expect([401, 422]).toContain(response.status)
    expect((await refresh(app, alive.refresh_token)).status).toBe(200)
  })

  it.for([
    ['an earlier generation', ([key, sid, , mac]: string[]) => [key, sid, '1', mac]],
    ['a generation in another form', ([key, sid, , mac]: string[]) => [key, sid, '00', mac]],
    ['the other key', ([, ...rest]: string[]) => ['b', ...rest]],
    ['a key that does not exist', ([, ...rest]: string[]) => ['c', ...rest]],
    ['half its MAC', ([key, sid, generation, mac]: string[]) => [key, sid, generation, mac!.slice(0, 21)]],
    ['no MAC', ([key, sid, generation]: string[]) => [key, sid, generation, '']],
    ['a part more', (parts: string[]) => [...parts, 'x']],
  ] as const)('made into %s is refused without asking the database (R12)', async ([, change], { expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)
    const forged = change(refresh_token.split('.')).join('.')

    const { response, trips } = await app.cost('POST /api/auth/refresh', { json: { refresh_token: forged } })

    expect({ status: response.status, trips }).toEqual({ status: 401, trips: 0 })
    expect((await refresh(app, refresh_token)).status).toBe(200)
  })

  it('with the MAC of another session is refused (R12)', async ({ expect }) => {
    const app = startApp()
    const [mine, theirs] = [await signedInUser(app), await signedInUser(app)]
    const macOf = (token: string) => token.slice(token.lastIndexOf('.'))
    const mixed = theirs.refresh_token.replace(macOf(theirs.refresh_token), macOf(mine.refresh_token))

    const response = await refresh(app, mixed)

    expect(response.status).toBe(401)
    expect((await refresh(app, theirs.refresh_token)).status).toBe(200)
  })

  it('of another deployment is refused, though its key has the same name (R12)', async ({ expect }) => {
    const [, b] = env.TOKEN_KEYS.split(',')
    const elsewhere = startApp({ vars: { TOKEN_KEYS: `a${b!.slice(1)}` } })
    const { refresh_token } = await signedInUser(elsewhere)

    const response = await refresh(startApp(), refresh_token)

    expect(response.status).toBe(401)
    expect((await refresh(elsewhere, refresh_token)).status).toBe(200)
  })

  it('outlives a new isolate, and its reuse is noticed there (R13)', async ({ expect }) => {
    const app = startApp()
    const { tokens, newest } = await refreshedThrice(app)
    const restarted = startApp()
    restarted.wait({ hours: 1 })

    const reused = await refresh(restarted, tokens[1]!)

    expect(reused.status).toBe(401)
    expect((await refresh(restarted, newest.refresh_token)).status).toBe(401)
  })

  it('outlives a new key in front of its own, and its replay is the same bytes (R13, F15)', async ({ expect }) => {
    const [a, b] = env.TOKEN_KEYS.split(',')
    const before = startApp({ vars: { TOKEN_KEYS: a } })
    const zero = await signedInUser(before)
    const one = await next(before, zero.refresh_token)
    const app = startApp({ vars: { TOKEN_KEYS: `${b},${a}` } })

    const again = await next(app, zero.refresh_token)
    const two = await refresh(app, one.refresh_token)
    const reused = await refresh(app, zero.refresh_token)

    expect(again.refresh_token).toBe(one.refresh_token)
    expect(two.status).toBe(200)
    expect(reused.status).toBe(401)
  })

  it('ends with its key (F15)', async ({ expect }) => {
    const [a, b] = env.TOKEN_KEYS.split(',')
    const zero = await signedInUser(startApp({ vars: { TOKEN_KEYS: `${a},${b}` } }))
    const app = startApp({ vars: { TOKEN_KEYS: b } })

    const response = await refresh(app, zero.refresh_token)

    expect(response.status).toBe(401)
  })

  it('from before a restore of the database is refused, without an alarm (F17)', async ({ expect }) => {
    const app = startApp()
    const zero = await signedInUser(app)
    const one = await next(app, zero.refresh_token)
    const two = await next(app, one.refresh_token)
    const mails = mailsTo(app, zero.email).length

    await app.db.prepare('update sessions set generation = 0').run()
    app.wait({ minutes: 1 })
    const ahead = await refresh(app, two.refresh_token)

    expect(ahead.status).toBe(401)
    expect(mailsTo(app, zero.email)).toHaveLength(mails)
    expect((await refresh(app, zero.refresh_token)).status).toBe(200)
  })
})

describe('refreshing while something is broken', () => {
  it('recognises its own work when the answer of the database was lost (R16)', async ({ expect }) => {
    const d1 = faultyD1(env.DB)
    const app = startApp({ bindings: { DB: d1.binding } })
    const zero = await signedInUser(app)

    d1.fail('after')
    const one = await next(app, zero.refresh_token)

    expect((await next(app, zero.refresh_token)).refresh_token).toBe(one.refresh_token)
    expect((await refresh(app, one.refresh_token)).status).toBe(200)
  })

  it('recognises its own work although there is no grace time (R16)', async ({ expect }) => {
    const d1 = faultyD1(env.DB)
    const app = startApp({ vars: { REFRESH_GRACE_SECONDS: '0' }, bindings: { DB: d1.binding } })
    const zero = await signedInUser(app)

    d1.fail('after')
    const one = await refresh(app, zero.refresh_token)

    expect(one.status).toBe(200)
    expect((await refresh(app, ((await one.json()) as SessionBody).refresh_token)).status).toBe(200)
  })

  it('lets the client try again when no answer came at all (R16)', async ({ expect }) => {
    const d1 = faultyD1(env.DB)
    const app = startApp({ bindings: { DB: d1.binding } })
    const zero = await signedInUser(app)

    d1.fail('after', 'after', 'after')
    const unknown = await refresh(app, zero.refresh_token)
    app.wait({ seconds: 5 })
    const again = await refresh(app, zero.refresh_token)

    expect(unknown.status).toBe(503)
    expect(unknown.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect(again.status).toBe(200)
    expect(logged()).toHaveLength(1)
  })

  it('keeps cookies and tokens while the database is down (ASVS 16.5.2)', async ({ expect }) => {
    const d1 = faultyD1(env.DB)
    const app = startApp({ bindings: { DB: d1.binding } })
    const { refresh_token } = await signedInUser(app)

    d1.down()
    const response = await app.call('POST /api/auth/refresh', { cookies: { refresh_token }, headers: fromOurPage })
    d1.down(false)

    expect(response.status).toBe(503)
    expect(await codeOf(response)).toBe('dependency_unavailable')
    expect(response.headers.getSetCookie()).toEqual([])
    expect((await refresh(app, refresh_token)).status).toBe(200)
    expect(logged().join()).not.toMatch(/select|update|session/i)
  })

  it.for(['before', 'after'] as const)(
    'ends a session whose token was reused, although D1 fails %s it took effect (R17)',
    async (when, { expect }) => {
      const d1 = faultyD1(env.DB)
      const app = startApp({ bindings: { DB: d1.binding } })
      const { tokens, newest } = await refreshedThrice(app)
      app.wait({ minutes: 1 })

      d1.fail(when, when, when)
      const unknown = await refresh(app, tokens[0]!)
      const again = await refresh(app, tokens[0]!)

      expect(unknown.status).toBe(503)
      expect(again.status).toBe(401)
      expect((await refresh(app, newest.refresh_token)).status).toBe(401)
      expect(logged()).toHaveLength(1)
    },
  )

  it('finds that a session has ended, although KV does not show it yet (R15, F7)', async ({ expect }) => {
    const app = startApp({ bindings: { DENYLIST: staleKv() } })
    const { tokens, newest } = await refreshedThrice(app)
    app.wait({ minutes: 1 })

    await refresh(app, tokens[0]!)

    expect((await refresh(app, newest.refresh_token)).status).toBe(401)
    expect((await profile(app, newest.access_token)).status).toBe(401)
  })

  it.for(['throws', 'hangs'] as const)('does not need KV, which %s (F6)', async (how, { expect }) => {
    const app = startApp({ bindings: { DENYLIST: brokenKv(how) } })
    const { refresh_token } = await signedInUser(app)

    const response = await refresh(app, refresh_token)

    expect(response.status).toBe(200)
  })

  it('believes KV when it says no', async ({ expect }) => {
    const app = startApp()
    const { refresh_token, access_token } = await signedInUser(app)

    await app.kv.put(`sid:${decodeJwt<{ sid: string }>(access_token).sid}`, 'ended elsewhere')
    const response = await refresh(app, refresh_token)

    expect(response.status).toBe(401)
  })
})

describe('refreshing by cookie', () => {
  it('removes an invalid access token, for services that only verify it', async ({ expect }) => {
    const response = await startApp().call('POST /api/auth/refresh', {
      cookies: { refresh_token: 'stale', token: 'stale' },
      headers: fromOurPage,
    })

    expect(response.status).toBe(401)
    expect(cookiesOf(response)).toEqual({ token: '' })
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/Max-Age=0/)])
  })

  it('does not end the session of a log-in in another tab if its refusal comes later', async ({ expect }) => {
    const app = startApp()
    const { user, refresh_token } = await signedInUser(app)
    await app.call('POST /api/auth/logout', { json: { refresh_token } })
    const jar = new Map([['refresh_token', refresh_token]])
    const keep = (response: Response) => {
      for (const [name, value] of Object.entries(cookiesOf(response)))
        if (value) jar.set(name, value)
        else jar.delete(name)
    }

    const late = await app.call('POST /api/auth/refresh', {
      cookies: Object.fromEntries(jar),
      headers: fromOurPage,
    })
    keep(await app.call('POST /api/auth/login', { json: { email: user.email, password: somePassword } }))
    keep(late)

    expect(late.status).toBe(401)
    const next = await app.call('POST /api/auth/refresh', { cookies: Object.fromEntries(jar), headers: fromOurPage })
    expect(next.status).toBe(200)
  })

  it('removes the cookies if one of two was planted, and uses no token (A-21)', async ({ expect }) => {
    const app = startApp()
    const [mine, theirs] = [await signedInUser(app), await signedInUser(app)]

    const response = await app.call('POST /api/auth/refresh', {
      cookies: `refresh_token=${theirs.refresh_token}; refresh_token=${mine.refresh_token}`,
      headers: fromOurPage,
    })

    expect(response.status).toBe(401)
    expect(cookiesOf(response)).toEqual({ token: '', refresh_token: '' })
    expect((await refresh(app, mine.refresh_token)).status).toBe(200)
    expect((await refresh(app, theirs.refresh_token)).status).toBe(200)
  })

  it('sets no cookie if none was sent', async ({ expect }) => {
    const response = await startApp().call('POST /api/auth/refresh')

    expect(response.status).toBe(401)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('leaves the cookies of a browser alone if a token in the body is invalid', async ({ expect }) => {
    const app = startApp()

    const response = await refresh(app, 'stale')

    expect(response.status).toBe(401)
    expect(response.headers.getSetCookie()).toEqual([])
  })
})
