import { env } from 'cloudflare:workers'
import { describe, it, vi } from 'vitest'
import document from '../../docs/openapi.json'
import { runCron } from '../../src/cron.ts'
import {
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
import { faulty, overloaded } from '../support/faults/faulty.ts'
import { logged, reported } from './setup.ts'

type Line = Record<string, string | number | undefined>

const lines = (): Line[] => reported().map((line) => JSON.parse(line))

/** A binding that records its points. */
const dataset = () => {
  const points: AnalyticsEngineDataPoint[] = []
  const binding: AnalyticsEngineDataset = { writeDataPoint: (point) => void points.push(point!) }
  return { points, bindings: { EVENTS: binding } as Partial<Env> }
}

const wrongPassword = (app: TestApp, email: string) =>
  app.call('POST /api/auth/login', { json: { email, password: 'a wrong passphrase' } })

describe('the line of a reply', () => {
  it('shows the cost of a reply before and after it was sent', async ({ expect }) => {
    const app = startApp()

    const { response } = await app.cost('POST /api/auth/register', {
      json: { email: someAddress(), password: somePassword },
    })

    const [line, ...more] = lines()
    expect(more).toEqual([])
    expect(line).toEqual({
      level: 'info',
      at: 'reply',
      time: expect.any(String),
      request_id: response.headers.get('X-Request-Id'),
      operation: 'POST /api/auth/register',
      method: 'POST',
      status: 201,
      ms: expect.any(Number),
      shield_ms: expect.any(Number),
      d1_ms: expect.any(Number),
      d1_after_ms: expect.any(Number),
      mail_after_ms: expect.any(Number),
      trips: 2,
      trips_after: 1,
      rows_read: app.counter.rowsRead,
      rows_written: app.counter.rowsWritten,
      mails_sent: 1,
    })
    expect(Date.parse(String(line!.time))).toBeLessThanOrEqual(Date.now())
  })

  it('names the caller, or the user whose tokens the reply contains', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer, refresh_token, user } = await signedInUser(app)
    await app.call('GET /api/user/profile', { bearer })
    await app.call('POST /api/auth/refresh', { json: { refresh_token } })
    await wrongPassword(app, user.email)

    const named = lines().map((line) => [line.operation, line.status, line.user])

    expect(named.slice(-4)).toEqual([
      ['POST /api/auth/login', 200, user.id],
      ['GET /api/user/profile', 200, user.id],
      ['POST /api/auth/refresh', 200, user.id],
      ['POST /api/auth/login', 401, undefined],
    ])
  })

  it.for([
    ['GET /users/me', 'GET /api/user/profile', 'GET'],
    ['GET /m%65', 'GET /api/user/profile', 'GET'],
    ['HEAD /health', 'GET /health', 'HEAD'],
    ['GET /docs/swagger-ui.css', 'GET /docs/*', 'GET'],
    ['DELETE /api/user/sessions/ada%40example.com', 'DELETE /api/user/sessions/{id}', 'DELETE'],
    ['PUT /api/user/sessions', 'none', 'PUT'],
    ['OPTIONS /api/user/profile', 'none', 'OPTIONS'],
    ['GET /ada@example.com/%0a{"level":"error"}', 'none', 'GET'],
    ['GET /"},"x":{"', 'none', 'GET'],
    ['PROPFIND /secret', 'none', 'other'],
  ])('of %s names the operation %s', async ([request = '', operation, method], { expect }) => {
    const app = startApp()

    await app.request(request)

    const written = reported()
    expect(written).toHaveLength(1)
    // Not only `ada`, which may occur in an id.
    expect(written[0]).not.toMatch(/\n|ada@|secret|x"/)
    expect(JSON.parse(written[0]!)).toMatchObject({ level: 'info', at: 'reply', operation, method })
  })

  it('has the id that lines of its errors have, before and after it', async ({ expect }) => {
    const healthy = startApp()
    const email = await member(healthy)
    const app = startApp({ bindings: { DB: faulty(env.DB, () => Promise.reject(overloaded())) } })
    reported()

    await app.call('POST /api/auth/login', { json: { email, password: somePassword } })

    const [line] = lines()
    expect(line).toMatchObject({ status: 503, code: 'dependency_unavailable', trips: 1 })
    expect(logged().map((text) => JSON.parse(text).request_id)).toEqual([line!.request_id])
  })

  it('counts for each of many simultaneous requests only its own calls', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer, refresh_token } = await signedInUser(app)
    reported()

    await Promise.all([
      ...Array.from({ length: 10 }, () => app.request('GET /health')),
      ...Array.from({ length: 10 }, () => app.request('GET /api/user/profile', { bearer })),
      app.request('POST /api/auth/refresh', { json: { refresh_token } }),
      app.request('POST /api/auth/register', { json: { email: someAddress(), password: somePassword } }),
    ])
    await app.settled()

    const trips = Object.groupBy(lines(), ({ operation }) => String(operation))
    const asked = (operation: string) => new Set(trips[operation]!.map((line) => `${line.trips} ${line.trips_after}`))
    expect(asked('GET /health')).toEqual(new Set(['0 undefined']))
    expect(asked('GET /api/user/profile')).toEqual(new Set(['1 undefined']))
    expect(asked('POST /api/auth/refresh')).toEqual(new Set(['1 undefined']))
    expect(asked('POST /api/auth/register')).toEqual(new Set(['2 1']))
  })

  it('waits no longer than twenty seconds for what goes on after it', async ({ expect }) => {
    const { promise, resolve } = Promise.withResolvers<EmailSendResult>()
    const app = startApp({ bindings: { EMAIL: { send: () => promise } as unknown as SendEmail } })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const asked = app.request('POST /api/auth/register', { json: { email: someAddress(), password: somePassword } })
    await asked
    await vi.advanceTimersByTimeAsync(19_999)
    const early = lines()
    await vi.advanceTimersByTimeAsync(1)
    const late = lines()
    vi.useRealTimers()
    resolve({ messageId: '<x@example.com>' })
    await app.settled()

    expect(early).toEqual([])
    expect(late).toEqual([expect.objectContaining({ status: 201, trips: 2 })])
    expect(lines()).toEqual([])
  })

  it('reports a refresh token that was used again', async ({ expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)
    const next = (await (await app.call('POST /api/auth/refresh', { json: { refresh_token } })).json()) as SessionBody
    await app.call('POST /api/auth/refresh', { json: { refresh_token: next.refresh_token } })
    app.wait({ minutes: 1 })
    reported()

    await app.call('POST /api/auth/refresh', { json: { refresh_token } })

    expect(lines()).toEqual([expect.objectContaining({ status: 401, code: 'invalid_token', event: 'refresh_reuse' })])
  })

  it('reports by a code why a mail was not sent', async ({ expect }) => {
    const refuse = () => Promise.reject(Object.assign(new Error('no mail to x'), { code: 'E_RATE_LIMIT_EXCEEDED' }))
    const app = startApp({ bindings: { EMAIL: { send: refuse } as unknown as SendEmail } })

    await register(app, someAddress())

    expect(lines()).toEqual([expect.objectContaining({ mails_failed: 1, mail_error: 'E_RATE_LIMIT_EXCEEDED' })])
  })
})

describe('with LOG=refusals', () => {
  it('has a line if something failed, and none if all is well', async ({ expect }) => {
    const app = startApp({ vars: { LOG: 'refusals' } })
    const email = await member(app)
    await logIn(app, email)
    await wrongPassword(app, email)
    await runCron(app.services)
    const quiet = lines()
    const down = startApp({
      vars: { LOG: 'refusals' },
      bindings: { DB: faulty(env.DB, () => Promise.reject(overloaded())) },
    })

    await down.request('POST /api/auth/login', { json: { email, password: somePassword } })
    await runCron(down.services)

    expect(quiet).toEqual([])
    expect(lines()).toEqual([
      expect.objectContaining({ at: 'reply', status: 503 }),
      expect.objectContaining({ at: 'cron', faults: 5 }),
    ])
    expect(logged()).toHaveLength(7)
  })
})

describe('the line of the cron', () => {
  it('says what it sent, and what failed', async ({ expect }) => {
    let down = true
    let sent = 0
    const app = startApp({
      bindings: {
        EMAIL: { send: () => (down || sent++ >= 20 ? Promise.reject(new Error('down')) : {}) } as unknown as SendEmail,
      },
      vars: { THROTTLE_FACTOR: '100' },
    })
    await app.db.prepare('update mail set next_attempt_at = null').run()
    for (let n = 0; n < 25; n++) await register(app, someAddress())
    down = false
    app.wait({ minutes: 1 })
    reported()

    await runCron(app.services)
    await runCron(app.services)

    expect(lines()).toEqual([
      expect.objectContaining({
        ...{ level: 'info', at: 'cron', operation: 'cron', mails_sent: 20, mails_failed: 5 },
        database_bytes: expect.toSatisfy((size: number) => size > 100_000),
      }),
      expect.not.objectContaining({ mails_sent: expect.anything() }),
    ])
  })
})

describe('Analytics Engine', () => {
  it('gets a point for each reply and each run of the cron, in columns that stay', async ({ expect }) => {
    const { points, bindings } = dataset()
    const app = startApp({ bindings })
    const email = await member(app)
    points.length = 0

    await app.call('POST /api/auth/login', {
      json: { email, password: 'a wrong passphrase' },
      headers: { 'CF-Ray': '93a1b2c3d4e5f607-FRA' },
    })
    await runCron(app.services)

    const number = expect.any(Number)
    expect(points).toEqual([
      {
        indexes: ['POST /api/auth/login'],
        blobs: ['reply', 'POST /api/auth/login', 'invalid_credentials', '', '', 'FRA'],
        doubles: [401, number, number, 1, 1, number, number, 0, 0, 0, 0, 0],
      },
      {
        indexes: ['cron'],
        blobs: ['cron', 'cron', '', '', '', ''],
        doubles: [0, number, number, number, 0, number, number, 0, 0, 0, 0, 0],
      },
    ])
  })

  it('delays no request if it fails, and the log says so once', async ({ expect }) => {
    const EVENTS = {
      writeDataPoint: () => {
        throw new Error('too many points')
      },
    }
    const app = startApp({ bindings: { EVENTS } as Partial<Env> })

    const replies = await Promise.all([app.call('GET /health/ready'), app.call('GET /errors')])
    await runCron(app.services)

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(logged().map((line) => JSON.parse(line).at)).toEqual(['events'])
    expect(reported()).toHaveLength(3)
  })

  it('takes the name of every operation as an index', ({ expect }) => {
    const names = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    )

    expect(names.length).toBeGreaterThan(40)
    expect(names.filter((name) => new TextEncoder().encode(name).length > 96)).toEqual([])
  })
})

describe('Server-Timing', () => {
  it('shows a developer where the time went', async ({ expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)

    const reply = await app.call('POST /api/auth/refresh', { json: { refresh_token } })

    expect(reply.headers.get('Server-Timing')).toMatch(
      /^total;dur=\d+, shield;dur=\d+, (kv;dur=\d+, )?d1;dur=\d+, (kv;dur=\d+, )?trips;desc="1"$/,
    )
  })

  it('shows it to nobody else, since time reveals who has an account', async ({ expect }) => {
    const app = startApp({ vars: { APP_URL: 'https://auth.example.com', PASSWORD_SCRYPT: 'ln=13,r=8,p=10' } })

    const reply = await app.request('GET /health/ready')

    expect(reply.status).toBe(200)
    expect(reply.headers.has('Server-Timing')).toBe(false)
  })
})
