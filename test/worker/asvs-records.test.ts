import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import openApi from '../../docs/openapi.json'
import { createApp } from '../../src/app.ts'
import { signedInAdmin } from '../support/app/administrators.ts'
import { bitTurned } from '../support/app/forged-tokens.ts'
import {
  codeOf,
  fromOurPage,
  logIn,
  member,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { faulty } from '../support/faults/faulty.ts'
import { logged, reported } from './setup.ts'

type Line = { level: string; at: string; operation: string; code: string; user?: string; request_id: string }

const lines = () => reported().map((line) => JSON.parse(line) as Line)

/** A forbidden attempt: the code of its refusal, and whether the caller is known. */
const attempts: Record<string, { code: string; known: boolean; ask: (app: TestApp) => Promise<Response> }> = {
  'administering as a user (ASVS 16.3.2)': {
    code: 'forbidden',
    known: true,
    ask: async (app) => app.call('GET /api/admin/users', { bearer: (await signedInUser(app)).access_token }),
  },
  'changing one’s own role (ASVS 16.3.2)': {
    code: 'own_account',
    known: true,
    ask: async (app) => {
      const { access_token: bearer, user } = await signedInAdmin(app)
      return app.call(`PUT /api/admin/users/${user.id}/role`, { bearer, json: { role: 'user' } })
    },
  },
  'exporting long after the password was given (ASVS 16.3.2)': {
    code: 'reauthentication_required',
    known: true,
    ask: async (app) => {
      const { refresh_token } = await signedInUser(app)
      app.wait({ minutes: 20 })
      const next = await app.call('POST /api/auth/refresh', { json: { refresh_token } })
      const { access_token: bearer } = (await next.json()) as { access_token: string }
      return app.call('GET /api/user/export', { bearer })
    },
  },
  'a token with a bit turned (ASVS 16.3.3)': {
    code: 'invalid_token',
    known: false,
    ask: async (app) =>
      app.call('GET /api/user/profile', { bearer: bitTurned((await signedInUser(app)).access_token, 2) }),
  },
  'a request of another site with the visitor’s cookies (ASVS 16.3.3)': {
    code: 'cross_site',
    known: false,
    ask: async (app) =>
      app.call('DELETE /api/user/account', {
        cookies: { token: (await signedInUser(app)).access_token },
        headers: { Origin: 'https://evil.example' },
      }),
  },
  'guessing beyond the limit (ASVS 16.3.3)': {
    code: 'rate_limited',
    known: false,
    ask: async (app) => {
      const guess = () =>
        app.call('POST /api/auth/login', { json: { email: 'nobody@example.com', password: 'wrong passphrase' } })
      for (let time = 0; time < 10; time++) await guess()
      return guess()
    },
  },
}

describe('the log records', () => {
  it.for(Object.keys(attempts))('%s', async (name, { expect }) => {
    const { code, known, ask } = attempts[name]!
    // These have a line even if other replies have none.
    const app = startApp({ vars: { LOG: 'refusals' } })

    const response = await ask(app)

    const last = lines().at(-1)!
    expect(await codeOf(response)).toBe(code)
    expect(last).toMatchObject({ level: 'info', at: 'reply', code, request_id: response.headers.get('X-Request-Id') })
    expect(last.operation).toMatch(/^[A-Z]+ \/[a-z/{}-]+$/)
    expect(last.user === undefined).toBe(!known)
  })

  it('one line for each, whatever the request contains, and nothing that was sent (ASVS 16.2.4, 16.4.1)', async ({
    expect,
  }) => {
    const app = startApp()
    const email = await member(app)
    const { access_token } = await logIn(app, email)
    reported()

    await app.request('DELETE /api/user/sessions/SENTINEL"%0a{"x":1}?token=SENTINEL', {
      cookies: { token: access_token },
      headers: { Origin: 'https://evil.example\n', 'User-Agent': 'SENTINEL', Referer: 'https://SENTINEL.example' },
    })

    const written = reported()
    expect(written).toHaveLength(1)
    expect(written[0]).not.toMatch(/SENTINEL|\n/)
    expect(written[0]).not.toContain(access_token)
    expect(written[0]).not.toContain(email)
    expect(JSON.parse(written[0]!)).toEqual({
      level: 'info',
      at: 'reply',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      request_id: expect.any(String),
      operation: 'DELETE /api/user/sessions/{id}',
      method: 'DELETE',
      status: 403,
      code: 'cross_site',
      ms: expect.any(Number),
      trips: 0,
      rows_read: 0,
      rows_written: 0,
    })
  })

  it('nothing for everyday mistakes, if ordinary replies are not logged', async ({ expect }) => {
    const app = startApp({ vars: { LOG: 'refusals' } })

    await app.call('POST /api/auth/register', { json: { email: 'x', password: 'y' } })
    await app.call('GET /api/user/profile')
    await app.request('GET /nothing')

    expect(reported()).toEqual([])
  })
})

describe('the audit', () => {
  it('is changed by no operation, and can be read only by admins (ASVS 16.4.2)', async ({ expect }) => {
    const app = startApp()
    const { access_token: user } = await signedInUser(app)
    const { access_token: admin } = await signedInAdmin(app)
    const { routes } = createApp(() => {
      throw new Error('no request is made')
    })

    const mounted = routes.filter(({ method, path }) => method !== 'ALL' && /^\/api\/.*audit/.test(path))
    const read = await Promise.all(
      [undefined, user, admin].map((bearer) => app.call('GET /api/admin/audit', { bearer })),
    )
    const written = await Promise.all(
      ['POST', 'PUT', 'PATCH', 'DELETE'].map((method) =>
        app.call(`${method} /api/admin/audit`, { bearer: admin, headers: fromOurPage, json: {} }),
      ),
    )

    expect(new Set(mounted.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(['GET /api/admin/audit', 'GET /api/admin/audit/archive']),
    )
    expect(Object.keys(openApi.paths['/api/admin/audit'])).toEqual(['get'])
    expect(Object.keys(openApi.paths['/api/admin/audit/archive'])).toEqual(['get'])
    expect(read.map(({ status }) => status)).toEqual([401, 403, 200])
    expect(written.map(({ status }) => status)).toEqual([405, 405, 405, 405])
  })

  it('has the visitor’s address from Cloudflare, whatever the visitor claims (ASVS 15.3.4, A-04b)', async ({
    expect,
  }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    const forged = [
      'X-Forwarded-For',
      'X-Real-IP',
      'Forwarded',
      'True-Client-IP',
      'CF-Connecting-IPv6',
      'Gatehouse-Client-IP',
    ]

    await app.call('POST /api/auth/login', {
      json: { email, password: 'a wrong passphrase' },
      ip: '203.0.113.77',
      headers: Object.fromEntries(forged.map((name) => [name, '198.51.100.9'])),
    })

    const { results } = await env.DB.prepare('select distinct ip from audit where event = ?')
      .bind('log_in_failed')
      .all<{ ip: string }>()
    expect(results.map(({ ip }) => ip)).toContain('203.0.113.77')
    expect(results.map(({ ip }) => ip)).not.toContain('198.51.100.9')
  })
})

describe('a database that is full', () => {
  it.for(['D1_ERROR: database or disk is full: SQLITE_FULL', 'D1_ERROR: string or blob too big: SQLITE_TOOBIG'])(
    'answers 503, and nothing is issued or mailed: %s (F18, ASVS 16.5.3, 16.3.4)',
    async (message, { expect }) => {
      const healthy = startApp()
      const email = await member(healthy)
      const app = startApp({ bindings: { DB: faulty(env.DB, () => Promise.reject(new Error(message))) } })

      const registered = await app.call('POST /api/auth/register', {
        json: { email: someAddress(), password: somePassword },
      })
      const entered = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })

      for (const reply of [registered, entered]) {
        expect(reply.status).toBe(503)
        expect(await codeOf(reply)).toBe('dependency_unavailable')
        expect(reply.headers.getSetCookie()).toEqual([])
        expect(Number(reply.headers.get('Retry-After'))).toBeGreaterThan(0)
      }
      expect(app.mailbox).toEqual([])
      expect(logged().map((line) => JSON.parse(line))).toEqual([
        expect.objectContaining({ level: 'error', at: 'request' }),
        expect.objectContaining({ level: 'error', at: 'request' }),
      ])
      expect((await logIn(healthy, email)).user.email).toBe(email)
    },
  )
})
