import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { documented } from '../operations/document.ts'
import { operations as known, ofLinks } from '../operations/index.ts'
import { attempt, right, someNetwork, statuses } from '../support/app/attempts.ts'
import { countHashes } from '../support/app/hashes.ts'
import { codeOf, logIn, member, signedInUser, someAddress, startApp, type TestApp } from '../support/app/support.ts'
import { logged } from './setup.ts'

/** A binding that answers as told, and records the keys that it was asked about. */
const answering = (answer: (key: string) => unknown) => {
  const keys: string[] = []
  const binding = {
    limit: async ({ key }: { key: string }) => {
      keys.push(key)
      return answer(key)
    },
  } as unknown as RateLimit
  return { keys, binding }
}

const closed = () => answering(() => ({ success: false }))
const open = () => answering(() => ({ success: true }))

const forStrangers = documented.filter(
  ({ operation, access }) => /^\w+ \/(?:api|avatars)/.test(operation) && access === 'nobody',
)
/** Operations that one session may call only so often: each call may leave a row in the audit. */
const ofSessions = documented.filter(
  ({ operation, access }) => access === 'user' && /^(?!GET )|\/export$/.test(operation),
)
const shielded = forStrangers.filter(({ operation }) => known[operation]?.unshielded === undefined)

describe('the shield', () => {
  it('protects everything expensive that strangers may ask for, in the OpenAPI document too', ({ expect }) => {
    const declared = forStrangers.filter(({ limited }) => limited).map(({ operation }) => operation)

    expect(shielded.map(({ operation }) => operation).sort()).toEqual(declared.sort())
    expect(shielded.length).toBeGreaterThanOrEqual(10)
  })

  it('counts refreshes by the session of a genuine token, whatever network asks (A-04, A-05)', async ({ expect }) => {
    const { refresh_token } = await signedInUser(startApp())
    const shield = closed()
    const app = startApp({ bindings: { SHIELD: shield.binding } })
    const refreshed = (token: string) => app.cost('POST /api/auth/refresh', { json: { refresh_token: token } })

    const forged = await refreshed(`${refresh_token.slice(0, -2)}AA`)
    const asked = shield.keys.length
    const genuine = await refreshed(refresh_token)

    expect([forged.response.status, forged.trips, asked]).toEqual([401, 0, 0])
    expect([genuine.response.status, genuine.trips, shield.keys.length]).toEqual([429, 0, 1])
    expect(genuine.response.headers.get('Retry-After')).toBe('10')
    expect((await startApp().call('POST /api/auth/refresh', { json: { refresh_token } })).status).toBe(200)
  })

  it.for([...shielded.filter(({ operation }) => !operation.endsWith('/refresh')), { operation: 'GET /health/ready' }])(
    'refuses $operation before D1 is asked and anything is hashed (A-04, ASVS 2.4.1)',
    async ({ operation }, { expect }) => {
      const app = startApp({ bindings: { SHIELD: closed().binding } })
      const hashes = countHashes()
      const json = operation.startsWith('POST') ? { email: someAddress(), password: 'a passphrase' } : undefined

      const { response, trips, tripsAfter } = await app.cost(operation, { json })
      const replied = await app.call(operation, { json })

      expect({ status: response.status, trips, tripsAfter, hashes: hashes() }).toEqual({
        status: 429,
        trips: 0,
        tripsAfter: 0,
        hashes: 0,
      })
      expect(await codeOf(replied)).toBe('rate_limited')
      expect(replied.headers.get('Retry-After')).toBe('10')
    },
  )

  it('protects nothing else', async ({ expect }) => {
    const shield = closed()
    const healthy = startApp()
    const { access_token: bearer, refresh_token } = await signedInUser(healthy)
    const app = startApp({ bindings: { SHIELD: shield.binding } })
    const html = { Accept: 'text/html' }

    const replies = [
      await app.call('GET /health'),
      await app.call('GET /.well-known/jwks.json'),
      await app.call('GET /api/user/profile', { bearer }),
      await app.call('GET /api/user/sessions', { bearer }),
      await app.call('GET /api/auth/reset-password', { headers: html }),
      await app.call('GET /api/auth/verify-email', { headers: html }),
      await app.call('POST /api/auth/logout', { json: { refresh_token } }),
    ]

    expect(replies.map((reply) => reply.status)).toEqual(Array(7).fill(200))
    expect(shield.keys).toEqual([])
  })

  it.for(ofSessions)(
    'refuses $operation to one session from anywhere, in the OpenAPI document too (ASVS 2.4.1)',
    async ({ operation, limited }, { expect }) => {
      const { access_token: bearer } = await signedInUser(startApp())
      const app = startApp({ bindings: { SHIELD: closed().binding } })
      const json = /^(?:GET|DELETE)/.test(operation) ? undefined : { name: 'Ada' }

      const { response, trips, tripsAfter } = await app.cost(operation, { bearer, json })
      const unknown = await app.request(operation, { json })

      expect(limited).toBe(true)
      expect({ status: response.status, trips, tripsAfter }).toEqual({ status: 429, trips: 0, tripsAfter: 0 })
      expect(await codeOf(response)).toBe('rate_limited')
      expect(response.headers.get('Retry-After')).toBe('10')
      expect(unknown.status).toBe(401)
    },
  )

  it('counts what a session writes, from all networks together, and no other’s of the same user (ASVS 2.4.1)', async ({
    expect,
  }) => {
    const asked = new Map<string, number>()
    const twenty = answering((key) => {
      asked.set(key, (asked.get(key) ?? 0) + 1)
      return { success: asked.get(key)! <= 20 }
    })
    const healthy = startApp()
    const one = await signedInUser(healthy)
    const other = await logIn(healthy, one.user.email)
    const app = startApp({ bindings: { SHIELD: twenty.binding } })
    const ip = someNetwork()
    const rename = (bearer: string, from = ip) =>
      app.call('PATCH /api/user/profile', { bearer, ip: from, json: { name: `Ada ${someAddress()}` } })

    const renamed = await statuses(20, () => rename(one.access_token, someNetwork()))
    const refused = await rename(one.access_token)
    const exported = await app.call('GET /api/user/export', { bearer: one.access_token, ip })
    const read = await app.call('GET /api/user/profile', { bearer: one.access_token, ip })

    expect(renamed).toEqual(Array(20).fill(200))
    expect([refused.status, exported.status, read.status]).toEqual([429, 429, 200])
    expect((await rename(other.access_token)).status).toBe(200)
    expect(asked.size).toBe(2)
    for (const key of asked.keys()) expect(key).toMatch(/^[\w-]{43}$/)
  })

  it('counts networks, all operations together, under keys that name nobody (A-04b)', async ({ expect }) => {
    const shield = open()
    const app = startApp({ bindings: { SHIELD: shield.binding } })
    const forgot = (ip: string) => app.call('POST /api/auth/forgot-password', { ip, json: { email: someAddress() } })

    await forgot('2001:db8:0:1::a')
    await forgot('2001:DB8:0:1:FFFF::1')
    await attempt(app, someAddress(), { ip: '2001:0db8:0000:0001:0:0:0:c' })
    await forgot('2001:db8:0:2::a')
    await forgot('198.51.100.7')
    await forgot('::ffff:198.51.100.7')

    const [a, b, c, other, four, mapped] = shield.keys
    expect([b, c, mapped]).toEqual([a, a, four])
    expect(new Set(shield.keys).size).toBe(3)
    expect(other).not.toBe(a)
    for (const key of shield.keys) expect(key).toMatch(/^[\w-]{43}$/)
  })

  it('is asked once for each request, and not for one that was refused earlier', async ({ expect }) => {
    const shield = open()
    const app = startApp({ bindings: { SHIELD: shield.binding } })
    const json = { email: someAddress(), password: 'a passphrase' }

    await app.call('POST /api/auth/login', { json })
    const crossSite = await app.call('POST /api/auth/login', { json, headers: { Origin: 'https://evil.example' } })

    expect(crossSite.status).toBe(403)
    expect(shield.keys).toHaveLength(1)
  })

  it('counts the visitor that a site in front names, not the site', async ({ expect }) => {
    const shield = open()
    const key = 'a key that only the site in front knows'
    const app = startApp({ vars: { PROXY_KEY: key }, bindings: { SHIELD: shield.binding } })
    const as = (visitor: string) => ({ 'Gatehouse-Proxy-Key': key, 'Gatehouse-Client-IP': visitor })
    const ip = someNetwork()

    await attempt(app, someAddress(), { ip, headers: as('203.0.113.1') })
    await attempt(app, someAddress(), { ip, headers: as('203.0.113.2') })
    await attempt(app, someAddress(), { ip: '203.0.113.1' })

    expect(shield.keys[0]).not.toBe(shield.keys[1])
    expect(shield.keys[2]).toBe(shield.keys[0])
  })

  it('is off if local work multiplies every limit', async ({ expect }) => {
    const shield = closed()
    const app = startApp({ vars: { THROTTLE_FACTOR: '1.5' }, bindings: { SHIELD: shield.binding } })

    await logIn(app, await member(app))

    expect(shield.keys).toEqual([])
  })
})

describe('a shield that', () => {
  const broken: [string, RateLimit | undefined][] = [
    ['is not bound', undefined],
    [
      'throws',
      answering(() => {
        throw new Error('rate limiter unavailable')
      }).binding,
    ],
    ['hangs', answering(() => new Promise(() => {})).binding],
  ]

  it.for(broken)('%s lets requests pass, which D1 then counts (F6, ASVS 16.5.2)', async ([, binding], { expect }) => {
    const app = startApp({ bindings: { SHIELD: binding as RateLimit } })
    const email = await member(app)

    const answers = await statuses(11, () => attempt(app, email))

    expect(answers).toEqual([...Array(10).fill(401), 429])
    // One line for all of them, and another one a minute later.
    expect(logged()).toEqual([expect.stringContaining('"at":"shield"')])
    app.wait({ seconds: 40 })
    await attempt(app, email)
    expect(logged()).toEqual([])
    app.wait({ seconds: 20 })
    await attempt(app, email)
    expect(logged()).toHaveLength(1)
  })

  it.for([
    ['nothing', undefined],
    ['an empty object', {}],
    ['a text', 'no'],
  ])('answers %s lets pass (F6)', async ([, answer], { expect }) => {
    const app = startApp({ bindings: { SHIELD: answering(() => answer).binding } })

    const email = await member(app)
    logged()

    const entered = await attempt(app, email, right)
    const { access_token: bearer } = (await entered.clone().json()) as { access_token: string }
    const renamed = await app.call('PATCH /api/user/profile', { bearer, json: { name: 'Ada' } })
    expect([entered.status, renamed.status]).toEqual([200, 200])
  })
})

describe('the real binding', () => {
  /**
   * The windows of the emulator begin with every tenth second of the clock, so many requests at once are in two windows
   * at most.
   */
  const flood = (app: TestApp, ip: string) =>
    Promise.all(Array.from({ length: 201 }, () => app.request(ofLinks[0]!, { ip, json: { token: 'garbage' } })))

  it('lets a hundred through in ten seconds, and others as before (A-04)', async ({ expect }) => {
    const app = startApp({ bindings: { SHIELD: env.SHIELD } })
    const email = await member(app)

    const answers = (await flood(app, someNetwork())).map((reply) => reply.status)

    const refused = answers.filter((status) => status === 429).length
    expect(new Set(answers)).toEqual(new Set([400, 429]))
    expect(refused).toBeGreaterThanOrEqual(1)
    expect(refused).toBeLessThanOrEqual(101)
    expect((await attempt(app, email, right)).status).toBe(200)
  })
})
