import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { bitTurned } from '../support/app/forged-tokens.ts'
import {
  codeOf,
  cookiesOf,
  fromOurPage,
  logIn,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  startApp,
} from '../support/app/support.ts'
import { faultyD1, staleKv } from '../support/faults/faults.ts'
import { logged } from './setup.ts'

const sidOf = (session: SessionBody) => decodeJwt<{ sid: string }>(session.access_token).sid

const bothCookies = (session: SessionBody) => ({ token: session.access_token, refresh_token: session.refresh_token })

describe('logging out', () => {
  it.for([
    ['POST with a bearer token', 'POST', (s: SessionBody) => ({ bearer: s.access_token })],
    ['POST with the refresh token', 'POST', (s: SessionBody) => ({ json: { refresh_token: s.refresh_token } })],
    ['POST with both cookies', 'POST', (s: SessionBody) => ({ cookies: bothCookies(s), headers: fromOurPage })],
    [
      'POST with the refresh cookie',
      'POST',
      (s: SessionBody) => ({ cookies: { refresh_token: s.refresh_token }, headers: fromOurPage }),
    ],
    [
      'POST with the access cookie',
      'POST',
      (s: SessionBody) => ({ cookies: { token: s.access_token }, headers: fromOurPage }),
    ],
    [
      'POST with a cookie and an empty object',
      'POST',
      (s: SessionBody) => ({ json: {}, cookies: bothCookies(s), headers: fromOurPage }),
    ],
    [
      'POST with a cookie beside a malformed Authorization header',
      'POST',
      (s: SessionBody) => ({ cookies: bothCookies(s), headers: { ...fromOurPage, Authorization: 'Bearer a b' } }),
    ],
    ['GET with both cookies', 'GET', (s: SessionBody) => ({ cookies: bothCookies(s) })],
    ['GET with a bearer token', 'GET', (s: SessionBody) => ({ bearer: s.access_token })],
  ] as const)('by %s ends the session at once (ASVS 7.4.1)', async ([, method, call], { expect }) => {
    const app = startApp()
    const session = await signedInUser(app)
    const other = await logIn(app, session.email)

    const response = await app.call(`${method} /api/auth/logout`, call(session))

    expect(response.status).toBe(200)
    expect((await profile(app, session.access_token)).status).toBe(401)
    expect((await refresh(app, session.refresh_token)).status).toBe(401)
    expect((await profile(app, other.access_token)).status).toBe(200)
  })

  it('expires both cookies (ASVS 14.3.1, N19)', async ({ expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const response = await app.call('POST /api/auth/logout', { bearer: session.access_token })

    expect(cookiesOf(response)).toEqual({ token: '', refresh_token: '' })
    for (const line of response.headers.getSetCookie()) expect(line).toMatch(/Max-Age=0/)
  })

  it('treats a refresh token that is null as none, and so does a refresh (localStorage.getItem)', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token: token, refresh_token } = await signedInUser(app)
    const headers = { Origin: 'http://localhost:8787' }
    const ask = (operation: string, cookies: Record<string, string>) =>
      app.call(`POST /api/auth/${operation}`, { json: { refresh_token: null }, cookies, headers })

    const refreshed = await ask('refresh', { refresh_token })
    const loggedOut = await ask('logout', { token })

    expect([refreshed.status, loggedOut.status]).toEqual([200, 200])
    expect(loggedOut.headers.getSetCookie()).toHaveLength(2)
    expect((await profile(app, token)).status).toBe(401)
  })

  it('ends every session that is named', async ({ expect }) => {
    const app = startApp()
    const header = await signedInUser(app)
    const body = await signedInUser(app)
    const access = await signedInUser(app)
    const renewal = await signedInUser(app)

    await app.call('POST /api/auth/logout', {
      bearer: header.access_token,
      json: { refresh_token: body.refresh_token },
      cookies: { token: access.access_token, refresh_token: renewal.refresh_token },
    })

    const named = [header, body, access, renewal]
    const answers = await Promise.all(named.map(async (one) => (await profile(app, one.access_token)).status))
    expect(answers).toEqual([401, 401, 401, 401])
  })

  it('works with an access token that expired long ago', async ({ expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    app.wait({ days: 6 })
    const response = await app.call('POST /api/auth/logout', { bearer: session.access_token })

    expect(response.status).toBe(200)
    expect((await refresh(app, session.refresh_token)).status).toBe(401)
  })

  it('works with a refresh token of an earlier generation', async ({ expect }) => {
    const app = startApp()
    const zero = await signedInUser(app)
    const one = (await (await refresh(app, zero.refresh_token)).json()) as SessionBody

    app.wait({ minutes: 5 })
    await app.call('POST /api/auth/logout', { json: { refresh_token: zero.refresh_token } })

    expect((await refresh(app, one.refresh_token)).status).toBe(401)
  })

  it.for([
    ['nobody', () => ({})],
    ['a forged access token', (s: SessionBody) => ({ bearer: bitTurned(s.access_token, 2) })],
    ['an access token with other claims', (s: SessionBody) => ({ bearer: bitTurned(s.access_token, 1) })],
    [
      'a forged refresh token',
      (s: SessionBody) => ({ json: { refresh_token: `${s.refresh_token.slice(0, -4)}AAAA` } }),
    ],
    ['a refresh token where the access token belongs (R11)', (s: SessionBody) => ({ bearer: s.refresh_token })],
    [
      'an access token where the refresh token belongs (R11)',
      (s: SessionBody) => ({ json: { refresh_token: s.access_token.slice(0, 500) } }),
    ],
  ] as const)('for %s says so too, and ends nothing', async ([, call], { expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const response = await app.call('POST /api/auth/logout', call(session))

    expect(response.status).toBe(200)
    expect((await profile(app, session.access_token)).status).toBe(200)
    expect((await refresh(app, session.refresh_token)).status).toBe(200)
  })

  it('twice has the same effect as once (F12)', async ({ expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const first = await app.call('POST /api/auth/logout', { bearer: session.access_token })
    const second = await app.call('POST /api/auth/logout', { bearer: session.access_token })

    expect([first.status, second.status]).toEqual([200, 200])
  })

  it('is one round trip', async ({ expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const { trips } = await app.cost('POST /api/auth/logout', { bearer: session.access_token })

    expect(trips).toBe(1)
  })

  it.for([
    ['HEAD', {}],
    ['GET', { 'Sec-Purpose': 'prefetch' }],
    ['GET', { 'Sec-Purpose': 'prefetch;prerender' }],
    ['GET', { Purpose: 'prefetch' }],
  ] as const)('does not happen by %s with %o (ASVS 3.5.3)', async ([method, headers], { expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const response = await app.call(`${method} /api/auth/logout`, { cookies: bothCookies(session), headers })

    expect(response.status).toBe(204)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(response.headers.getSetCookie()).toEqual([])
    expect((await profile(app, session.access_token)).status).toBe(200)
  })

  it('informs other Workers through the denylist', async ({ expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    await app.call('POST /api/auth/logout', { bearer: session.access_token })

    expect(await app.kv.get(`sid:${sidOf(session)}`)).toBe(app.now().toISOString())
  })

  it('takes effect without waiting for KV (F7)', async ({ expect }) => {
    const app = startApp({ bindings: { DENYLIST: staleKv() } })
    const session = await signedInUser(app)

    await app.call('POST /api/auth/logout', { bearer: session.access_token })

    expect((await profile(app, session.access_token)).status).toBe(401)
    expect((await refresh(app, session.refresh_token)).status).toBe(401)
  })

  it('while D1 is down expires the cookies, writes to KV, and reports that it is not done (ASVS 16.5.2)', async ({
    expect,
  }) => {
    const d1 = faultyD1(env.DB)
    const app = startApp({ bindings: { DB: d1.binding } })
    const session = await signedInUser(app)

    d1.down()
    const response = await app.call('POST /api/auth/logout', { cookies: bothCookies(session), headers: fromOurPage })
    d1.down(false)

    expect(response.status).toBe(503)
    expect(await codeOf(response)).toBe('dependency_unavailable')
    expect(cookiesOf(response)).toEqual({ token: '', refresh_token: '' })
    expect(await app.kv.get(`sid:${sidOf(session)}`)).not.toBeNull()
    expect((await refresh(app, session.refresh_token)).status).toBe(401)
    expect(logged()).toHaveLength(1)
  })

  it('succeeds when the answer of D1 was lost once (F3)', async ({ expect }) => {
    const d1 = faultyD1(env.DB)
    const app = startApp({ bindings: { DB: d1.binding } })
    const session = await signedInUser(app)

    d1.fail('after')
    const response = await app.call('POST /api/auth/logout', { bearer: session.access_token })

    expect(response.status).toBe(200)
    expect(await app.kv.get(`sid:${sidOf(session)}`)).not.toBeNull()
    expect((await profile(app, session.access_token)).status).toBe(401)
  })

  it('writes to KV once for each session, however often its tokens come', async ({ expect }) => {
    const app = startApp()
    const [one, two] = [await signedInUser(app), await signedInUser(app)]
    const [three, four] = [await signedInUser(app), await signedInUser(app)]
    const call = {
      bearer: one.access_token,
      json: { refresh_token: two.refresh_token },
      cookies: { token: three.access_token, refresh_token: four.refresh_token },
      headers: fromOurPage,
    }

    for (let n = 0; n < 10; n++) await app.call('POST /api/auth/logout', call)

    expect(app.counter.kvPuts).toBe(4)
    expect((await profile(app, four.access_token)).status).toBe(401)
  })
})
