import { env } from 'cloudflare:workers'
import { beforeAll, describe, it } from 'vitest'
import document from '../../docs/openapi.json'
import { documented } from '../operations/document.ts'
import { signedInAdmin } from '../support/app/administrators.ts'
import { twoColours } from '../support/app/pictures.ts'
import { faultsOf } from '../support/app/reply-headers.ts'
import { codeOf, someAddress, somePassword, startApp, type TestApp } from '../support/app/support.ts'
import { faulty } from '../support/faults/faulty.ts'
import { logged } from './setup.ts'

/** Every operation of the document, with every kind of reply that it can give. */

const picture = 'P'.repeat(22)
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.keys(item).map((method) => ({
    method: method.toUpperCase(),
    path: path.replace('{id}', '019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c').replace('{key}', picture),
  })),
)
const unsafe = operations.filter(({ method }) => method !== 'GET')
const files = ['/docs/init.js', '/docs/swagger-ui.css', '/redoc/init.js', '/redoc/redoc.standalone.js', '/favicon.ico']

const app = startApp({ vars: { THROTTLE_FACTOR: '10000' } })
let bearer: string
beforeAll(async () => {
  bearer = (await signedInAdmin(app)).access_token
  await env.AVATARS.put(picture, twoColours(8, 8))
})

type Way = { ask: (app: TestApp, method: string, path: string) => Promise<Response>; statuses: number[] }

const healthy = { vars: { THROTTLE_FACTOR: '10000' } }
const d1Down = { ...healthy, bindings: { DB: faulty(env.DB, () => Promise.reject(new Error('D1_ERROR: overloaded'))) } }
const https = { vars: { APP_URL: 'https://localhost:8787' } }

/** Ways to call any operation, and the statuses that may result. */
const ways: Record<string, Way> = {
  'by anybody': {
    ask: (app, method, path) => app.request(`${method} ${path}`, { headers: { Accept: 'text/html' } }),
    statuses: [200, 201, 400, 401, 415, 422],
  },
  'by a program': {
    ask: (app, method, path) => app.request(`${method} ${path}`),
    statuses: [200, 400, 401, 404, 415, 422],
  },
  'with an invalid token': {
    ask: (app, method, path) => app.request(`${method} ${path}`, { bearer: 'x' }),
    statuses: [200, 400, 401, 404, 415, 422],
  },
  'by a preflight': {
    ask: (app, _, path) =>
      app.request(`OPTIONS ${path}`, {
        headers: { Origin: 'http://localhost:8787', 'Access-Control-Request-Method': 'PUT' },
      }),
    statuses: [204],
  },
  'by OPTIONS alone': { ask: (app, _, path) => app.request(`OPTIONS ${path}`), statuses: [204, 405] },
  'by a method it does not have': { ask: (app, _, path) => app.request(`PROPFIND ${path}`), statuses: [401, 405] },
}

/** Operations of users and strangers that read a JSON body. */
const takesJson = new Set(
  documented.filter(({ access, members }) => access !== 'admin' && members).map(({ operation }) => operation),
)

describe('a reply', () => {
  it.for(Object.entries(ways))(
    'to each operation asked for %s has every header (ASVS 3.4.1, 3.4.3, 3.4.4, 3.4.5, 3.4.6, 3.5.8)',
    async ([, { ask, statuses }], { expect }) => {
      for (const { method, path } of operations) {
        const reply = await ask(app, method, path)

        // The only operation that redirects; it does so for every caller.
        if (path === '/.well-known/change-password' && statuses.includes(200)) expect(reply.status, path).toBe(302)
        else expect(statuses, `${method} ${path}`).toContain(reply.status)
        expect(faultsOf(reply), `${method} ${path}`).toEqual([])
      }
    },
  )

  it('to HEAD has the headers of GET (ASVS 3.4.1, 3.4.3, RFC 9110 §9.3.2)', async ({ expect }) => {
    for (const { path } of operations.filter(({ method }) => method === 'GET')) {
      const [get, head] = [await app.request(`GET ${path}`, { bearer }), await app.request(`HEAD ${path}`, { bearer })]
      const named = (reply: Response) =>
        [...reply.headers.keys()].filter((name) => name !== 'content-length' && name !== 'set-cookie')

      expect(faultsOf(head), path).toEqual([])
      expect(await head.text(), path).toBe('')
      // Two GETs act, and their HEAD does not.
      if (/logout|verify-email/.test(path)) expect(head.status, path).toBe(204)
      else if (get.status < 300) expect(named(head), path).toEqual(named(get))
    }
  })

  it.for([
    ['a type it does not read', { 'Content-Type': 'text/plain' }, 'x', 415],
    ['a body that is too large', { 'Content-Type': 'application/json' }, 'x'.repeat(17_000), 413],
  ] as const)(
    'to %s has every header (ASVS 3.4.1, 3.4.3, 3.4.4, 4.1.1)',
    async ([, headers, body, status], { expect }) => {
      const taking = unsafe.filter(({ method, path }) => takesJson.has(`${method} ${path}`))

      for (const { method, path } of taking) {
        const reply = await app.request(`${method} ${path}`, {
          headers: { ...headers, Authorization: `Bearer ${bearer}` },
          body,
        })

        expect(reply.status, path).toBe(status)
        expect(reply.headers.get('Content-Type')).toBe('application/problem+json')
        expect(faultsOf(reply), path).toEqual([])
      }
    },
  )

  it('to a page of another site has every header, and none that lets it read (ASVS 3.4.2, 3.4.3, A-20)', async ({
    expect,
  }) => {
    for (const { method, path } of unsafe) {
      const reply = await app.request(`${method} ${path}`, {
        headers: { Origin: 'https://evil.example' },
        cookies: { token: bearer },
      })

      expect(reply.status, path).toBe(403)
      expect(await codeOf(reply)).toBe('cross_site')
      expect(reply.headers.get('Access-Control-Allow-Origin')).toBeNull()
      expect(reply.headers.getSetCookie()).toEqual([])
      expect(faultsOf(reply), path).toEqual([])
    }
  })

  it('has every header even if the database is down or a setting is missing, and over plain http (ASVS 3.4.1, 3.4.3, 16.5.2)', async ({
    expect,
  }) => {
    const [down, wrong, secure] = [startApp(d1Down), startApp({ vars: { TOKEN_KEYS: 'a.weak' } }), startApp(https)]

    for (const { method, path } of operations) {
      const replies = [
        await down.request(`${method} ${path}`, {
          bearer,
          ...(method !== 'GET' && { json: { email: someAddress(), password: somePassword } }),
        }),
        await wrong.request(`${method} ${path}`),
        await secure.request(`${method} http://localhost:8787${path}`),
      ]

      expect(replies[1]!.status, path).toBe(path === '/health' ? 503 : 500)
      expect(replies[2]!.status, path).toBe(path === '/health' ? 200 : 403)
      for (const reply of replies) expect(faultsOf(reply), `${method} ${path} ${reply.status}`).toEqual([])
    }
    expect(logged().length).toBeGreaterThan(0)
  })

  it('that is 429 has every header (ASVS 3.4.1, 3.4.3)', async ({ expect }) => {
    const strict = startApp({ vars: { THROTTLE_FACTOR: '0.01' } })
    const ask = () => strict.request('POST /api/auth/forgot-password', { json: { email: someAddress() } })
    await ask()

    const reply = await ask()

    expect(reply.status).toBe(429)
    expect(faultsOf(reply)).toEqual([])
  })
})

describe('a file', () => {
  it.for(files)(
    '%s has every header, known, by range, or under another name (ASVS 3.4.1, 3.4.3, 3.4.4)',
    async (path, { expect }) => {
      const whole = await app.request(`GET ${path}`)
      const known = await app.request(`GET ${path}`, { headers: { 'If-None-Match': whole.headers.get('ETag') ?? '' } })
      const part = await app.request(`GET ${path}`, { headers: { Range: 'bytes=0-9' } })
      const missing = await app.request(`GET ${path}.map`)

      expect([whole.status, known.status, part.status, missing.status]).toEqual([200, 304, 200, 404])
      for (const reply of [whole, known, part, missing]) expect(faultsOf(reply)).toEqual([])
    },
  )

  it('that somebody sent is never a document (ASVS 3.2.1, 5.3.1)', async ({ expect }) => {
    const reply = await app.request(`GET /avatars/${picture}`, {
      headers: { 'Sec-Fetch-Dest': 'document', Accept: 'text/html' },
    })

    expect(reply.status).toBe(200)
    expect(reply.headers.get('Content-Type')).toBe('image/webp')
    expect(reply.headers.get('Content-Security-Policy')).toMatch(/default-src 'none'.*sandbox/)
    expect(faultsOf(reply)).toEqual([])
  })
})

describe('an answer that a cache may keep', () => {
  const policies = [
    'content-security-policy',
    'cross-origin-resource-policy',
    'cross-origin-opener-policy',
    'access-control-allow-origin',
    'access-control-allow-credentials',
    'cache-control',
    'vary',
    'x-content-type-options',
    'x-frame-options',
    'referrer-policy',
  ]
  const askers = [undefined, 'http://localhost:8787', 'https://evil.example']
  const policyOf = ({ headers }: Response) => policies.map((name) => `${name}: ${headers.get(name)}`)
  const keptFor = (Origin: string | undefined, known?: string) => ({
    headers: { ...(Origin && { Origin }), ...(known && { 'If-None-Match': known }) },
  })

  it.for([`/avatars/${picture}`, '/openapi.json', '/docs', '/redoc', ...files])(
    '%s has the same policies in its 304 as in its 200 (ASVS 3.4.2, 3.4.3, RFC 9111 §3.2)',
    async (path, { expect }) => {
      for (const Origin of askers) {
        const whole = await app.request(`GET ${path}`, keptFor(Origin))
        const known = await app.request(`GET ${path}`, keptFor(Origin, whole.headers.get('ETag') ?? ''))
        const head = await app.request(`HEAD ${path}`, keptFor(Origin, whole.headers.get('ETag') ?? ''))

        expect([whole.status, known.status, head.status]).toEqual([200, 304, 304])
        expect(policyOf(known)).toEqual(policyOf(whole))
        expect(policyOf(head)).toEqual(policyOf(whole))
      }
    },
  )

  it.for([
    [`/avatars/${picture}`, 200],
    [`/avatars/${'Q'.repeat(22)}`, 404],
    ['/openapi.json', 200],
    ['/errors', 200],
    ['/health', 200],
    ['/health/ready', 200],
    ['/.well-known/jwks.json', 200],
    ['/.well-known/oauth-authorization-server', 200],
    ['/.well-known/openid-configuration', 200],
  ] as const)('%s (%i) is for every origin, and the same for each (ASVS 3.4.2)', async ([path, status], { expect }) => {
    for (const Origin of askers) {
      const reply = await app.request(`GET ${path}`, keptFor(Origin))

      expect(reply.status).toBe(status)
      expect(reply.headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(reply.headers.get('Access-Control-Allow-Credentials')).toBeNull()
      expect(reply.headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin')
      expect(reply.headers.get('Vary') ?? '').not.toContain('Origin')
      expect(faultsOf(reply)).toEqual([])
    }
  })

  it('is not kept for long if it may be deleted', async ({ expect }) => {
    const reply = await app.request(`GET /avatars/${picture}`)

    expect(reply.headers.get('Cache-Control')).toBe('public, max-age=3600, must-revalidate')
  })
})
