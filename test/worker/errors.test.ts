import { env } from 'cloudflare:workers'
import { beforeAll, describe, it, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { errorCodes } from '../../src/domain/problems.ts'
import { mailed } from '../support/app/mail-log-ins.ts'
import { addPasskey, logInByPasskey, proofByPasskey } from '../support/app/passkeys.ts'
import { faultsOf } from '../support/app/reply-headers.ts'
import { addApp, userWithFactors } from '../support/app/second-factors.ts'
import {
  alterUser,
  askForAddress,
  codeOf,
  confirmEmail,
  linkIn,
  logIn,
  member,
  newPassword,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { faulty } from '../support/faults/faulty.ts'
import { logged } from './setup.ts'

/** An app whose database answers only with this error. */
const withBrokenD1 = (error: () => unknown, vars: Record<string, string> = {}) =>
  startApp({ vars, bindings: { DB: faulty(env.DB, () => Promise.reject(error())) } })

const d1Down = () => new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.')

const admin = async (app: TestApp) => {
  const email = await member(app)
  await alterUser(app, email, { role: 'admin' })
  return logIn(app, email)
}

const withPassword = (password: string) => (app: TestApp) =>
  app.call('POST /api/auth/register', { json: { email: someAddress(), password } })

/** A request for each code, made when there is something to refuse. */
const refusals: Record<string, { status: number; ask: () => Promise<Response>; challenge?: string }> = {
  malformed_json: {
    status: 400,
    ask: () => startApp().call('POST /api/auth/login', { body: '{', headers: { 'Content-Type': 'application/json' } }),
  },
  validation_failed: { status: 422, ask: () => startApp().call('POST /api/auth/register', { json: {} }) },
  unsupported_media_type: { status: 415, ask: () => startApp().call('POST /api/auth/login', { body: 'x' }) },
  unsupported_grant_type: {
    status: 400,
    ask: () => startApp().call('POST /api/auth/login', { form: { grant_type: 'client_credentials' } }),
  },
  payload_too_large: {
    status: 413,
    ask: () => startApp().call('POST /api/auth/login', { json: { password: 'x'.repeat(17_000) } }),
  },
  not_found: { status: 404, ask: () => startApp().call('GET /nothing') },
  method_not_allowed: { status: 405, ask: () => startApp().call('PUT /api/auth/login') },
  not_authenticated: { status: 401, ask: () => startApp().call('GET /api/user/profile'), challenge: 'Bearer' },
  invalid_token: {
    status: 401,
    ask: () => startApp().call('GET /api/user/profile', { bearer: 'x' }),
    challenge: 'Bearer error="invalid_token"',
  },
  invalid_credentials: {
    status: 401,
    ask: async () => {
      const app = startApp()
      return app.call('POST /api/auth/login', { json: { email: await member(app), password: 'a wrong one' } })
    },
    challenge: 'Bearer',
  },
  wrong_password: {
    status: 422,
    ask: async () => {
      const app = startApp()
      const { access_token } = await signedInUser(app)
      return stepUp(app, { bearer: access_token, json: { password: 'a wrong one' } })
    },
  },
  second_factor_required: {
    status: 403,
    ask: async () => {
      const app = startApp()
      const { access_token } = await userWithFactors(app)
      return stepUp(app, { bearer: access_token, json: { password: somePassword } })
    },
    challenge: 'Bearer error="insufficient_user_authentication", acr_values="phr aal2"',
  },
  enrolment_required: {
    status: 403,
    ask: async () => {
      const app = startApp()
      const { access_token, email } = await signedInUser(app)
      await alterUser(app, email, { mfaRequired: true })
      return stepUp(app, { bearer: access_token, json: { password: somePassword } })
    },
    challenge: 'Bearer error="insufficient_user_authentication", acr_values="phr aal2"',
  },
  wrong_code: {
    status: 422,
    ask: async () => {
      const app = startApp()
      const { access_token } = await userWithFactors(app)
      return stepUp(app, { bearer: access_token, json: { password: somePassword, otp: 'x' } })
    },
  },
  other_browser: {
    status: 409,
    ask: async () => {
      const app = startApp()
      const { token } = await mailed(app, await member(app))
      return app.call('POST /api/auth/login/mail/link', { json: { token } })
    },
  },
  passkey_refused: {
    status: 422,
    ask: async () => {
      const app = startApp()
      const { access_token } = await signedInUser(app)
      const { soft } = await addPasskey(app, access_token)
      return logInByPasskey(app, soft, { differs: { origin: 'https://evil.example' } })
    },
  },
  reauthentication_required: {
    status: 403,
    ask: async () => {
      const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
      const { access_token } = await signedInUser(app)
      app.wait({ minutes: 16 })
      return app.call('DELETE /api/user/account', { bearer: access_token })
    },
    challenge: 'Bearer error="insufficient_user_authentication", max_age="900"',
  },
  proof_required: {
    status: 403,
    ask: async () => {
      const app = startApp()
      const { access_token } = await signedInUser(app)
      const next = someAddress('next')
      await askForAddress(app, access_token, next)
      return confirmEmail(app, linkIn(app, next))
    },
  },
  forbidden: {
    status: 403,
    ask: async () => {
      const app = startApp()
      return app.call('GET /api/admin/users', { bearer: (await signedInUser(app)).access_token })
    },
  },
  cross_site: {
    status: 403,
    ask: () => startApp().call('POST /api/auth/logout', { headers: { Origin: 'https://evil.example' } }),
  },
  password_breached: {
    status: 422,
    ask: () => {
      // The SHA-1 of 'nine llamas on the 7th floor'.
      vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('D5756560B5BA09ECB52D3076020C56F6CF5:3'))
      const app = startApp({ vars: { BREACH_CHECK: 'on' } })
      return register(app, someAddress(), 'nine llamas on the 7th floor')
    },
  },
  email_taken: {
    status: 409,
    ask: async () => {
      const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
      const email = someAddress()
      await register(app, email)
      return register(app, email)
    },
  },
  external_id_taken: {
    status: 409,
    ask: async () => {
      const app = startApp()
      const { access_token: bearer } = await admin(app)
      const invite = () =>
        app.call('POST /api/admin/users', { bearer, json: { email: someAddress(), external_id: 'taken' } })
      await invite()
      return invite()
    },
  },
  last_admin: {
    status: 409,
    ask: async () => {
      const app = startApp()
      await app.db.prepare("update users set role = 'user'").run()
      return app.call('DELETE /api/user/account', { bearer: (await admin(app)).access_token })
    },
  },
  factor_limit: {
    status: 409,
    ask: async () => {
      const app = startApp()
      const { access_token, user } = await signedInUser(app)
      await addApp(app, user.id)
      await addApp(app, user.id)
      return app.call('POST /api/user/factors/totp', { bearer: access_token })
    },
  },
  last_factor: {
    status: 409,
    ask: async () => {
      const app = startApp({ vars: { MAIL_LOGIN: 'off' } })
      const { access_token, email } = await signedInUser(app)
      const { soft, added } = await addPasskey(app, access_token)
      const bearer = added.access_token
      const headers = { 'Gatehouse-Proof': await proofByPasskey(app, bearer, soft) }
      await alterUser(app, email, { passwordHash: null })
      return app.call(`DELETE /api/user/passkeys/${added.passkey.id}`, { bearer, headers })
    },
  },
  own_account: {
    status: 409,
    ask: async () => {
      const app = startApp()
      const { access_token, user } = await admin(app)
      return app.call(`PUT /api/admin/users/${user.id}/role`, { bearer: access_token, json: { role: 'user' } })
    },
  },
  password_too_short: { status: 422, ask: () => withPassword('x')(startApp()) },
  password_too_long: { status: 422, ask: () => withPassword('x'.repeat(300))(startApp()) },
  password_too_common: { status: 422, ask: () => withPassword('password')(startApp()) },
  registration_closed: {
    status: 403,
    ask: () => register(startApp({ vars: { REGISTRATION: 'closed' } }), someAddress()),
  },
  rate_limited: {
    status: 429,
    ask: async () => {
      const app = startApp({ vars: { THROTTLE_FACTOR: '0.01' } })
      await register(app, someAddress())
      return register(app, someAddress())
    },
  },
  busy: {
    status: 503,
    ask: async () => {
      const app = startApp()
      const email = await member(app)
      const replies = await Promise.all(
        Array.from({ length: 25 }, () => app.call('POST /api/auth/login', { json: { email, password: somePassword } })),
      )
      const codes = await Promise.all(replies.map(codeOf))
      return replies[codes.indexOf('busy')]!
    },
  },
  dependency_unavailable: {
    status: 503,
    ask: async () => {
      const reply = await withBrokenD1(d1Down).call('POST /api/auth/forgot-password', {
        json: { email: someAddress() },
      })
      logged()
      return reply
    },
  },
  migration_unavailable: {
    status: 503,
    ask: async () => {
      const vars = { MIGRATION_HOOK: 'https://old.example.com', MIGRATION_SECRET: 'a secret of 32 characters or more' }
      const app = startApp({
        vars,
        bindings: { MIGRATION: { fetch: async () => new Response('', { status: 500 }) } } as never,
      })
      const email = await member(app)
      await alterUser(app, email, { passwordHash: null })
      await alterUser(app, email, { migrationPending: true })
      const reply = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
      logged()
      return reply
    },
  },
  misconfigured: {
    status: 500,
    ask: async () => {
      const reply = await startApp({ vars: { TOKEN_KEYS: undefined } }).call('GET /')
      logged()
      return reply
    },
  },
}

describe('a refusal', () => {
  it('has a test here for every code', ({ expect }) => {
    const tried = Object.keys(refusals)

    expect(tried.sort()).toEqual([...errorCodes].sort())
  })

  it.for(Object.entries(refusals).map(([code, refusal]) => ({ code, ...refusal })))(
    'with $code is $status and problem+json with every header (RFC 9457, ASVS 16.5.1)',
    async ({ code, status, ask, challenge }, { expect }) => {
      const refused = await ask()

      const text = await refused.text()
      // The last two occur when a form is refused: test/worker/oauth-forms.test.ts.
      const {
        errors: _,
        methods: __,
        error: ___,
        error_description: ____,
        code_to_type: _____,
        ...body
      } = JSON.parse(text)
      expect(refused.status).toBe(status)
      const ofForm = code === 'unsupported_grant_type'
      expect(refused.headers.get('Content-Type')).toBe(ofForm ? 'application/json' : 'application/problem+json')
      expect(body).toEqual({
        type: `http://localhost:8787/errors#${code}`,
        title: expect.stringMatching(/^[A-Z]/),
        status,
        code,
        detail: expect.stringMatching(/\w \w.*\.$/),
        request_id: refused.headers.get('X-Request-Id'),
      })
      expect(refused.headers.get('WWW-Authenticate')).toBe(challenge ?? null)
      expect(refused.headers.get('Cache-Control')).toBe('no-store')
      expect(faultsOf(refused)).toEqual([])
    },
  )

  it.for(['rate_limited', 'busy', 'dependency_unavailable'])(
    'with %s says when to retry (RFC 9110 §10.2.3)',
    async (code, { expect }) => {
      const refused = await refusals[code]!.ask()

      expect(refused.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
    },
  )

  it.for(['validation_failed', 'password_too_short', 'wrong_password'])(
    'with %s names the member it is about',
    async (code, { expect }) => {
      const refused = await refusals[code]!.ask()

      const { errors } = (await refused.json()) as { errors: object[] }
      const member = { field: expect.stringMatching(/^\w+$/), code: expect.any(String), detail: expect.any(String) }
      expect(errors).toEqual(errors.map(() => member))
      expect(errors.length).toBeGreaterThan(0)
    },
  )

  it('says in words what a member must be', async ({ expect }) => {
    const refused = await startApp().call('POST /api/auth/verify-email', { json: { token: 'x'.repeat(257) } })

    const { errors } = (await refused.json()) as { errors: object[] }
    expect(errors).toEqual([{ field: 'token', code: 'too_long', detail: expect.stringMatching(/256 characters/) }])
  })

  it('of a link is 400 and asks for no log-in', async ({ expect }) => {
    const app = startApp()

    const refused = await app.call('POST /api/auth/verify-email', { json: { token: 'x' } })

    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ code: 'invalid_token', status: 400 })
    expect(refused.headers.get('WWW-Authenticate')).toBeNull()
  })

  it('has the id of the request that Cloudflare gave it', async ({ expect }) => {
    const app = startApp()

    const refused = await app.call('GET /nothing', { headers: { 'CF-Ray': '9a1b2c3d4e5f6789-FRA' } })

    expect(await refused.json()).toMatchObject({ request_id: '9a1b2c3d4e5f6789-FRA' })
    expect(refused.headers.get('X-Request-Id')).toBe('9a1b2c3d4e5f6789-FRA')
  })

  it('has no id that a client chose (ASVS 4.1.3)', async ({ expect }) => {
    const app = startApp()

    const refused = await app.call('GET /nothing', { headers: { 'X-Request-Id': 'chosen-by-me' } })

    expect(await refused.text()).not.toContain('chosen-by-me')
  })
})

describe('an address', () => {
  it.for([
    '/nowhere',
    '/api',
    '/api/',
    '/api/auth',
    '/api/auth/login/',
    '/api/auth//login',
    '//api/auth/login',
    '/API/auth/login',
    '/AUTH/LOGIN',
    '/auth',
    '/users',
    '/users/me/x.css',
    '/me/x.css',
    '/api/v1/auth/login',
    '/api/auth/token',
    '/token',
    '/oauth/token',
    '/.git/config',
    '/.env',
    '/.dev.vars',
    '/wrangler.toml',
    '/__test',
    '/debug',
    '/admin',
    '/constructor',
    '/__proto__',
    '/health/',
    '/api/auth/login%00',
    '/api/auth%2Flogin',
    '/%E0%A4%A',
    '/<script>',
  ])('%s is not found (A-04c, ASVS 13.4.1, 14.2.5)', async (path, { expect }) => {
    const app = startApp()

    const replies = [await app.request(`GET ${path}`), await app.request(`POST ${path}`, { json: {} })]

    for (const reply of replies) {
      const text = await reply.text()
      expect(reply.status).toBe(404)
      expect(JSON.parse(text)).toMatchObject({ code: 'not_found' })
      expect(text).not.toContain(path.slice(1))
      expect(faultsOf(reply)).toEqual([])
    }
    expect(app.counter.trips).toBe(0)
  })
})

const routes = createApp(() => {
  throw new Error('no request is made')
}).routes.filter(({ method }) => method !== 'ALL')

/** Whether a route answers at a path: `/totp/:id` also answers at `/totp/confirm`. */
const answers = (route: string, path: string) =>
  new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`).test(path.replace(/:\w+/g, 'x'))

/** Path → the methods that it supports. */
const methodsOf = new Map(
  routes
    .filter(({ path }) => !path.includes('*'))
    .map(({ path }) => [
      path,
      new Set(routes.filter((route) => answers(route.path, path)).map(({ method }) => method)),
    ]),
)

const allMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'MKCOL']

describe('a method', () => {
  const app = startApp()
  let bearer: string
  beforeAll(async () => {
    bearer = (await admin(app)).access_token
  })

  it.for([...methodsOf].map(([path, methods]) => ({ path, methods })))(
    'that $path does not have is 405 with Allow (ASVS 4.1.4)',
    async ({ path, methods }, { expect }) => {
      const others = allMethods.filter((method) => !methods.has(method))

      for (const method of others) {
        const refused = await app.request(`${method} ${path.replace(':id', 'x')}`, { bearer })

        const allowed = refused.headers.get('Allow')?.split(', ').sort()
        expect(refused.status, method).toBe(405)
        expect(await codeOf(refused)).toBe('method_not_allowed')
        expect(allowed).toEqual([...methods, ...(methods.has('GET') ? ['HEAD'] : [])].sort())
        expect(faultsOf(refused)).toEqual([])
      }
    },
  )

  it('in a header or a query is not obeyed (ASVS 4.1.4)', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)
    const override = { 'X-HTTP-Method-Override': 'DELETE', 'X-HTTP-Method': 'DELETE', 'X-Method-Override': 'DELETE' }

    const replies = [
      await app.call('GET /api/user/profile?_method=DELETE', { bearer, headers: override }),
      await app.call('GET /api/user/profile', { bearer }),
    ]

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
  })

  it.for(['/', '/health', '/errors', '/.well-known/jwks.json', '/api/user/profile', '/docs'])(
    'HEAD of %s is GET without its content (RFC 9110 §9.3.2)',
    async (path, { expect }) => {
      const app = startApp()
      const { access_token: bearer } = await signedInUser(app)

      const [get, head] = [await app.call(`GET ${path}`, { bearer }), await app.call(`HEAD ${path}`, { bearer })]

      expect(get.status).toBe(200)
      expect(head.status).toBe(200)
      expect(head.headers.get('Content-Type')).toBe(get.headers.get('Content-Type'))
      expect(await head.text()).toBe('')
      expect(faultsOf(head)).toEqual([])
    },
  )

  it('HEAD of what cannot be read is 405', async ({ expect }) => {
    const app = startApp()

    const refused = await app.request('HEAD /api/auth/login')

    expect(refused.status).toBe(405)
    expect(refused.headers.get('Allow')).toBe('POST')
    expect(await refused.text()).toBe('')
  })
})

describe('a preflight', () => {
  const ask = (app: TestApp, origin: string, path = '/api/user/profile') =>
    app.call(`OPTIONS ${path}`, {
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'PATCH',
        'Access-Control-Request-Headers': 'content-type,authorization',
      },
    })

  it('from an origin on the list is answered with it (ASVS 3.4.2)', async ({ expect }) => {
    const app = startApp({ vars: { CORS_ORIGINS: 'https://www.example.com' } })

    const reply = await ask(app, 'https://www.example.com')

    expect(reply.status).toBe(204)
    expect(reply.headers.get('Access-Control-Allow-Origin')).toBe('https://www.example.com')
    expect(reply.headers.get('Access-Control-Allow-Credentials')).toBe('true')
    expect(reply.headers.get('Access-Control-Allow-Methods')).toContain('PATCH')
    expect(reply.headers.get('Vary')).toContain('Origin')
    expect(faultsOf(reply)).toEqual([])
  })

  it.for([
    'https://evil.example',
    'null',
    'https://www.example.com.evil.example',
    'https://evil-www.example.com',
    'http://www.example.com',
    'https://www.example.com:8443',
    'https://WWW.example.com.',
    '*',
  ])('from %s is answered without it (ASVS 3.4.2)', async (origin, { expect }) => {
    const app = startApp({ vars: { CORS_ORIGINS: 'https://www.example.com' } })

    const reply = await ask(app, origin)

    expect(reply.headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(reply.headers.get('Vary')).toContain('Origin')
    expect(faultsOf(reply)).toEqual([])
  })
})

/** What must occur in no reply and no log line. */
const secrets = ['SENTINEL', 'select', 'insert into', 'update "', 'users', 'src/', 'node_modules', '.ts:']

describe('a fault', () => {
  const told = async (response: Response) => `${JSON.stringify([...response.headers])} ${await response.clone().text()}`

  it.for<{ what: string; error: () => unknown }>([
    {
      what: 'with SQL and parameters in its message',
      error: () => new Error('D1_ERROR: near "select SENTINEL from users": syntax error at offset 3: SQLITE_ERROR'),
    },
    {
      what: 'whose cause has them',
      error: () => new Error('Failed query: select "SENTINEL"', { cause: new Error('D1_ERROR: SENTINEL from users') }),
    },
    { what: 'of a constraint', error: () => new Error('D1_ERROR: UNIQUE constraint failed: users.SENTINEL') },
    { what: 'of another type', error: () => new TypeError("Cannot read properties of undefined (reading 'SENTINEL')") },
    { what: 'that is no Error', error: () => 'SENTINEL' },
  ])(
    'of D1, $what, reveals nothing to the client or the log (ASVS 13.4.2, 16.2.5, 16.3.4, 16.5.1)',
    async ({ error }, { expect }) => {
      const app = withBrokenD1(error)

      const refused = await app.call('POST /api/auth/login', {
        json: { email: 'SENTINEL@example.com', password: 'SENTINEL' },
      })

      const lines = logged()
      expect(refused.status).toBe(503)
      expect(await codeOf(refused)).toBe('dependency_unavailable')
      for (const secret of secrets.filter((text) => text !== '.ts:')) {
        expect((await told(refused)).toLowerCase()).not.toContain(secret.toLowerCase())
        expect(lines.join('\n').toLowerCase()).not.toContain(secret.toLowerCase())
      }
      expect(lines).toHaveLength(1)
      expect(JSON.parse(lines[0]!)).toMatchObject({
        level: 'error',
        request_id: refused.headers.get('X-Request-Id'),
      })
      expect(faultsOf(refused)).toEqual([])
    },
  )

  it('is one line of the log, whatever the request contains (ASVS 16.2.4, 16.4.1)', async ({ expect }) => {
    const app = withBrokenD1(() => new Error('D1_ERROR: x\n{"level":"info"}'))

    await app.call('POST /api/auth/login', {
      json: { email: 'a\n{"event":"x"}', password: 'x' },
      headers: { 'User-Agent': '{"event":"x"}' },
    })

    const lines = logged()
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain('\n')
    expect(lines[0]).not.toContain('event')
  })

  it('of the assets is 503 with every header (ASVS 16.5.4)', async ({ expect }) => {
    const app = startApp({
      bindings: { ASSETS: { fetch: () => Promise.reject(new Error('SENTINEL')) } as unknown as Fetcher },
    })

    const refused = await app.request('GET /docs')

    expect(refused.status).toBe(503)
    expect(await told(refused)).not.toContain('SENTINEL')
    expect(faultsOf(refused)).toEqual([])
    expect(logged().join()).not.toContain('SENTINEL')
  })

  it('of the mail service is not shown to the client, and the log names no address (F8)', async ({ expect }) => {
    const email = someAddress()
    const broken = () => Promise.reject(Object.assign(new Error(`to ${email}`), { code: 'E_INTERNAL_SERVER_ERROR' }))
    const app = startApp({ bindings: { EMAIL: { send: broken } as unknown as SendEmail } })

    const known = await register(app, email)

    expect(known.status).toBe(201)
    expect(logged().join()).not.toContain(email)
  })

  it('of the denylist does not fail the request (F6)', async ({ expect }) => {
    const kv = { get: () => Promise.reject(new Error('SENTINEL')), put: () => Promise.reject(new Error('SENTINEL')) }
    const app = startApp({ bindings: { DENYLIST: kv as unknown as KVNamespace } })
    const { access_token } = await signedInUser(app)

    const left = await app.call('POST /api/auth/logout', { bearer: access_token })

    expect(left.status).toBe(200)
    const lines = logged()
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join()).not.toContain('SENTINEL')
  })
})

describe('the log', () => {
  it('contains no address, password or token of a whole story, however often D1 fails (ASVS 14.2.4, 16.2.5)', async ({
    expect,
  }) => {
    const email = someAddress('sentinel')
    const password = 'sentinel horse battery'
    const healthy = startApp()
    const written: string[] = []
    let calls = 0
    const app = startApp({
      bindings: {
        DB: faulty(env.DB, async (_call, go) => {
          // Two of three calls fail, before or after they take effect, and the third attempt succeeds.
          calls++
          if (calls % 3 === 1) throw new Error(`D1_ERROR: Network connection lost. ${email} ${password}`)
          const result = await go()
          if (calls % 3 === 2) throw new Error(`Failed query: params: ${email},${password}`)
          return result
        }),
      },
    })
    const say = async (operation: string, call: object) => {
      const reply = await app.request(operation, call)
      await app.settled()
      written.push(...logged())
      return reply
    }
    await member(healthy, email, password)
    const session = await logIn(healthy, email, password)
    healthy.wait({ minutes: 1 })
    await healthy.call('POST /api/auth/forgot-password', { json: { email } })
    const token = linkIn(healthy, email)
    const json = {
      email,
      username: email,
      password,
      token,
      new_password: password,
      refresh_token: session.refresh_token,
    }
    const bearer = session.access_token

    for (const operation of [
      'register',
      'login',
      'refresh',
      'forgot-password',
      'reset-password',
      'verify-email',
      'logout',
    ])
      for (let time = 0; time < 3; time++) await say(`POST /api/auth/${operation}`, { json })
    for (const current_password of [password, 'a wrong one'])
      await say('POST /api/user/change-password', { bearer, json: { current_password, new_password: newPassword } })

    const text = written.join('\n')
    expect(written.length).toBeGreaterThan(5)
    for (const secret of [email, password, token, bearer, session.refresh_token, 'sentinel', session.user.id])
      expect(text).not.toContain(secret)
    for (const line of written) expect(JSON.parse(line)).toHaveProperty('level', 'error')
  })
})

describe('a reply', () => {
  const html = { Accept: 'text/html' }
  const kinds: Record<string, (app: TestApp) => Promise<Response>> = {
    'of JSON': (app) => app.call('GET /health'),
    'of somebody signed in': async (app) =>
      app.call('GET /api/user/profile', { bearer: (await signedInUser(app)).access_token }),
    'that made something': (app) => register(app, someAddress()),
    'that sets cookies': async (app) =>
      app.call('POST /api/auth/login', { json: { email: await member(app), password: somePassword } }),
    'of nothing': (app) => app.call('HEAD /api/auth/verify-email?token=x'),
    'that is the first page': (app) => app.call('GET /', { headers: html }),
    'that is the page of errors': (app) => app.call('GET /errors', { headers: html }),
    'that is the page of a link': (app) => app.call('GET /api/auth/verify-email', { headers: html }),
    'that is the documentation': (app) => app.call('GET /docs'),
    'that is the other documentation': (app) => app.call('GET /redoc'),
    'that is a script': (app) => app.request('GET /docs/swagger-ui-bundle.js'),
    'that is a picture': (app) => app.request('GET /favicon.svg'),
    'that is the document': (app) => app.call('GET /openapi.json'),
    'that is known': async (app) => {
      const first = await app.request('GET /openapi.json')
      return app.request('GET /openapi.json', { headers: { 'If-None-Match': first.headers.get('ETag') ?? '' } })
    },
    'of keys': (app) => app.call('GET /.well-known/jwks.json'),
    'where nothing is': (app) => app.request('GET /nothing', { headers: html }),
  }

  it.for(Object.keys(kinds))(
    '%s has every header (ASVS 3.4.1, 3.4.3, 3.4.4, 3.4.5, 3.4.6, 3.4.8, 3.5.8, A-28)',
    async (kind, { expect }) => {
      const app = startApp()

      const reply = await kinds[kind]!(app)

      expect(reply.status).toBeLessThan(405)
      expect(faultsOf(reply)).toEqual([])
    },
  )

  it.for([
    'of somebody signed in',
    'that made something',
    'that sets cookies',
    'of nothing',
    'that is the page of a link',
  ])('%s is stored by no cache, and varies by visitor (A-22, ASVS 14.2.2, 14.3.2)', async (kind, { expect }) => {
    const app = startApp()

    const reply = await kinds[kind]!(app)

    expect(reply.headers.get('Cache-Control')).toBe('no-store')
    expect(reply.headers.get('Pragma')).toBe('no-cache')
    expect(reply.headers.get('Vary')?.split(', ')).toEqual(
      expect.arrayContaining(['Authorization', 'Cookie', 'Origin']),
    )
  })

  it('is 304 if nothing changed', async ({ expect }) => {
    const app = startApp()

    const reply = await kinds['that is known']!(app)

    expect(reply.status).toBe(304)
  })
})

describe('the documentation', () => {
  const paths = ['/docs', '/docs/', '/docs/init.js', '/redoc', '/redoc/init.js', '/openapi.json']

  it.for(paths)('%s exists, and is gone if DOCS is off (ASVS 13.4.5, decision 15)', async (path, { expect }) => {
    const [on, off] = [startApp(), startApp({ vars: { DOCS: 'off' } })]

    const replies = [await on.request(`GET ${path}`), await off.request(`GET ${path}`)]

    expect(replies.map(({ status }) => status)).toEqual([200, 404])
    expect(await codeOf(replies[1]!)).toBe('not_found')
    expect(faultsOf(replies[1]!)).toEqual([])
  })

  it.for([
    '/ui/assets/..%5C..%5Copenapi.json',
    '/ui/assets/.%09./.%09./openapi.json',
    '/ui/assets/..%5C..%5Cdocs/init.js',
    '/ui/previews/..%5C..%5Cdocs/',
  ])('is not reached by %s either', async (path, { expect }) => {
    const app = startApp({ vars: { DOCS: 'off' } })

    const reply = await app.request(`GET ${path}`)

    expect(reply.status).toBe(404)
  })

  it('is linked from the first page only if it exists', async ({ expect }) => {
    const [on, off] = [startApp(), startApp({ vars: { DOCS: 'off' } })]

    const bodies = await Promise.all([on, off].map(async (app) => (await app.call('GET /')).text()))

    expect(bodies[0]).toContain('/openapi.json')
    expect(bodies[1]).not.toMatch(/docs|redoc|openapi/)
  })

  it('of errors stays if DOCS is off, since every problem leads there', async ({ expect }) => {
    const app = startApp({ vars: { DOCS: 'off' } })

    const reply = await app.call('GET /errors')

    const { errors } = (await reply.json()) as { errors: { code: string }[] }
    expect(errors.map(({ code }) => code)).toEqual([...errorCodes])
  })
})

describe('health', () => {
  it('uses no dependency (ASVS 13.4.5)', async ({ expect }) => {
    const app = withBrokenD1(d1Down)

    const reply = await app.call('GET /health')

    expect(await reply.json()).toEqual({ status: 'healthy' })
    expect(app.counter.trips).toBe(0)
  })

  it('of the database is reported without detail', async ({ expect }) => {
    const [up, down] = [startApp(), withBrokenD1(d1Down)]

    const replies = [await up.call('GET /health/ready'), await down.call('GET /health/ready')]

    expect(replies.map(({ status }) => status)).toEqual([200, 503])
    expect(await replies[0]!.json()).toEqual({ status: 'ready' })
    expect(await codeOf(replies[1]!)).toBe('dependency_unavailable')
  })
})
