import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { countedKv } from './faults.ts'
import { faulty } from './faulty.ts'
import {
  alterUser,
  cookiesOf,
  linkIn,
  logIn,
  member,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from './support.ts'

const newPassword = 'a new passphrase for tests'

const start = () => {
  const kv = countedKv()
  const app = startApp({ vars: { THROTTLE_FACTOR: '10000' }, bindings: { DENYLIST: kv.binding } })
  return { app, kv: kv.counter }
}

type Request = { operation: string; json?: unknown; bearer?: string; cookies?: Record<string, string> }

type Budget = {
  what: string
  /** Makes whoever asks, and returns the request. */
  arrange: (app: TestApp) => Promise<Request>
  status: number
  /** Round trips to D1: until the reply, and after it. */
  trips: number
  after?: number
  /** Rows read and written at most, before the reply. */
  rows: [read: number, written: number]
  /** Operations on KV, those after the reply included. */
  kv?: [reads: number, writes: number]
}

const admin = async (app: TestApp) => {
  const email = await member(app)
  await alterUser(app, email, { role: 'admin' })
  return logIn(app, email)
}

const logInAs = (email: string, password = somePassword) => ({
  operation: 'POST /api/auth/login',
  json: { email, password },
})

/** The cookie by which a device is known from a log-in of before. */
const deviceOf = async (app: TestApp, email: string) => {
  const { device } = cookiesOf(await app.call('POST /api/auth/login', { json: { email, password: somePassword } }))
  return { device: device! }
}

/** architecture.md, "Budgets per operation". */
const budgets: Budget[] = [
  {
    what: 'registering',
    arrange: async () => ({
      operation: 'POST /api/auth/register',
      json: { email: someAddress(), password: somePassword },
    }),
    status: 201,
    trips: 2,
    after: 1,
    rows: [21, 29],
  },
  {
    what: 'registering an address that is verified',
    arrange: async (app) => ({
      operation: 'POST /api/auth/register',
      json: { email: await member(app), password: somePassword },
    }),
    status: 201,
    trips: 2,
    after: 1,
    rows: [34, 11],
  },
  {
    what: 'logging in',
    arrange: async (app) => {
      const { email } = await signedInUser(app)
      return logInAs(email)
    },
    status: 200,
    trips: 2,
    rows: [52, 24],
  },
  {
    what: 'logging in on a device that is known',
    arrange: async (app) => {
      const email = await member(app)
      return { ...logInAs(email), cookies: await deviceOf(app, email) }
    },
    status: 200,
    trips: 2,
    rows: [67, 24],
  },
  {
    what: 'logging in with a wrong password on a device that is known',
    arrange: async (app) => {
      const email = await member(app)
      return { ...logInAs(email, 'a wrong passphrase'), cookies: await deviceOf(app, email) }
    },
    status: 401,
    trips: 1,
    after: 1,
    rows: [40, 9],
  },
  {
    what: 'logging in with a wrong password',
    arrange: async (app) => logInAs(await member(app), 'a wrong passphrase'),
    status: 401,
    trips: 1,
    after: 1,
    rows: [19, 9],
  },
  {
    what: 'logging in with an unknown address',
    arrange: async () => logInAs(someAddress()),
    status: 401,
    trips: 1,
    after: 1,
    rows: [18, 9],
  },
  {
    what: 'refreshing',
    arrange: async (app) => {
      const { refresh_token } = await signedInUser(app)
      return { operation: 'POST /api/auth/refresh', json: { refresh_token } }
    },
    status: 200,
    trips: 1,
    rows: [21, 8],
    kv: [1, 0],
  },
  {
    what: 'refreshing with a token that was replaced a moment ago',
    arrange: async (app) => {
      const { refresh_token } = await signedInUser(app)
      await app.call('POST /api/auth/refresh', { json: { refresh_token } })
      return { operation: 'POST /api/auth/refresh', json: { refresh_token } }
    },
    status: 200,
    trips: 1,
    rows: [18, 0],
    kv: [1, 0],
  },
  {
    what: 'refreshing with a token that was used before',
    arrange: async (app) => {
      const { refresh_token } = await signedInUser(app)
      await app.call('POST /api/auth/refresh', { json: { refresh_token } })
      app.wait({ seconds: 10 })
      return { operation: 'POST /api/auth/refresh', json: { refresh_token } }
    },
    status: 401,
    trips: 1,
    after: 1,
    rows: [18, 11],
    kv: [1, 1],
  },
  {
    what: 'refreshing with a forged token',
    arrange: async (app) => {
      const { refresh_token } = await signedInUser(app)
      return { operation: 'POST /api/auth/refresh', json: { refresh_token: `${refresh_token.slice(0, -2)}AA` } }
    },
    status: 401,
    trips: 0,
    rows: [0, 0],
  },
  {
    what: 'reading the profile',
    arrange: async (app) => ({ operation: 'GET /api/user/profile', bearer: (await signedInUser(app)).access_token }),
    status: 200,
    trips: 1,
    rows: [2, 0],
  },
  {
    what: 'reading the profile with a forged token',
    arrange: async (app) => {
      const { access_token } = await signedInUser(app)
      return { operation: 'GET /api/user/profile', bearer: `${access_token.slice(0, -2)}AA` }
    },
    status: 401,
    trips: 0,
    rows: [0, 0],
  },
  {
    what: 'changing the name',
    arrange: async (app) => ({
      operation: 'PATCH /api/user/profile',
      json: { name: 'Ada' },
      bearer: (await signedInUser(app)).access_token,
    }),
    status: 200,
    trips: 1,
    rows: [11, 7],
  },
  {
    what: 'ending the other sessions',
    arrange: async (app) => {
      const email = await member(app)
      await logIn(app, email)
      return { operation: 'DELETE /api/user/sessions', bearer: (await logIn(app, email)).access_token }
    },
    status: 200,
    trips: 1,
    rows: [18, 7],
    kv: [0, 1],
  },
  {
    what: 'logging out',
    arrange: async (app) => ({ operation: 'POST /api/auth/logout', bearer: (await signedInUser(app)).access_token }),
    status: 200,
    trips: 1,
    rows: [4, 6],
    kv: [0, 1],
  },
  {
    what: 'logging out of a session that has ended',
    arrange: async (app) => {
      const { access_token: bearer } = await signedInUser(app)
      await app.call('POST /api/auth/logout', { bearer })
      return { operation: 'POST /api/auth/logout', bearer }
    },
    status: 200,
    trips: 1,
    rows: [0, 0],
    kv: [0, 0],
  },
  {
    what: 'logging out as nobody',
    arrange: async () => ({ operation: 'POST /api/auth/logout' }),
    status: 200,
    trips: 0,
    rows: [0, 0],
  },
  {
    what: 'verifying an address',
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      return { operation: 'POST /api/auth/verify-email', json: { token: linkIn(app, email) } }
    },
    status: 200,
    trips: 1,
    rows: [13, 9],
  },
  {
    what: 'verifying with a forged link',
    arrange: async () => ({
      operation: 'POST /api/auth/verify-email',
      json: { token: `${'A'.repeat(22)}.${'A'.repeat(43)}` },
    }),
    status: 400,
    trips: 0,
    rows: [0, 0],
  },
  {
    what: 'asking for the verification mail again',
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      return { operation: 'POST /api/auth/resend-verification', json: { email } }
    },
    status: 200,
    trips: 1,
    after: 1,
    rows: [25, 14],
  },
  {
    what: 'forgetting a password',
    arrange: async (app) => ({ operation: 'POST /api/auth/forgot-password', json: { email: await member(app) } }),
    status: 200,
    trips: 1,
    after: 1,
    rows: [16, 14],
  },
  {
    what: 'forgetting the password of an unknown address',
    arrange: async () => ({ operation: 'POST /api/auth/forgot-password', json: { email: someAddress() } }),
    status: 200,
    trips: 1,
    rows: [10, 9],
  },
  {
    what: 'resetting a password',
    arrange: async (app) => {
      const { email } = await signedInUser(app)
      await app.call('POST /api/auth/forgot-password', { json: { email } })
      return {
        operation: 'POST /api/auth/reset-password',
        json: { token: linkIn(app, email), new_password: newPassword },
      }
    },
    status: 200,
    trips: 2,
    after: 1,
    rows: [34, 19],
    kv: [0, 1],
  },
  {
    what: 'changing the password',
    arrange: async (app) => {
      const { email } = await signedInUser(app)
      return {
        operation: 'POST /api/user/change-password',
        json: { current_password: somePassword, new_password: newPassword },
        bearer: (await logIn(app, email)).access_token,
      }
    },
    status: 200,
    trips: 2,
    after: 1,
    rows: [55, 21],
    kv: [0, 1],
  },
  {
    what: 'giving the password again',
    arrange: async (app) => ({
      operation: 'POST /api/auth/reauthenticate',
      json: { password: somePassword },
      bearer: (await signedInUser(app)).access_token,
    }),
    status: 200,
    trips: 2,
    rows: [16, 10],
  },
  {
    what: 'listing users as an admin',
    arrange: async (app) => ({ operation: 'GET /api/admin/users', bearer: (await admin(app)).access_token }),
    status: 200,
    trips: 2,
    rows: [26, 0],
  },
  {
    what: 'reading statistics as an admin',
    arrange: async (app) => ({ operation: 'GET /api/admin/stats', bearer: (await admin(app)).access_token }),
    status: 200,
    trips: 2,
    rows: [13, 0],
  },
  ...['/health', '/.well-known/jwks.json', '/', '/errors', '/nothing'].map((path) => ({
    what: `asking for ${path}`,
    arrange: async () => ({ operation: `GET ${path}` }),
    status: path === '/nothing' ? 404 : 200,
    trips: 0,
    rows: [0, 0] as [number, number],
  })),
]

const spend = async ({ app, kv }: ReturnType<typeof start>, { arrange }: Budget) => {
  const { operation, ...call } = await arrange(app)
  const before = { ...kv }
  const cost = await app.cost(operation, call)
  return { ...cost, kv: [kv.reads - before.reads, kv.writes - before.writes] }
}

describe('what D1 and KV are asked', () => {
  it.for(budgets)('by $what: $trips round trips', async (budget, { expect }) => {
    const { response, trips, tripsAfter, rowsRead, rowsWritten, kv } = await spend(start(), budget)

    expect(response.status).toBe(budget.status)
    expect(trips).toBe(budget.trips)
    expect(tripsAfter).toBe(budget.after ?? 0)
    expect(kv).toEqual(budget.kv ?? [0, 0])
    expect(rowsRead).toBeLessThanOrEqual(budget.rows[0])
    expect(rowsWritten).toBeLessThanOrEqual(budget.rows[1])
  })

  it('is the same with three thousand users more', { timeout: 60_000 }, async ({ expect }) => {
    const measure = async () => {
      const costs: Record<string, number[]> = {}
      for (const budget of budgets) {
        const { rowsRead, rowsWritten } = await spend(start(), budget)
        costs[budget.what] = [rowsRead, rowsWritten]
      }
      return costs
    }
    const few = await measure()
    await crowd(startApp(), 3000)

    const many = await measure()

    expect(many).toEqual(few)
  })
})

/** So many users, each with a session and a mail, made by SQL alone. */
const crowd = async (app: TestApp, users: number) => {
  const now = app.now().getTime()
  const rows = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${users})`
  for (const insert of [
    `insert into users(id, email, email_canonical, password, name, role, status, email_verified_at, created_at, updated_at)
     ${rows} select printf('00000000-0000-7000-8000-%012d', i), 'crowd' || i || '@example.com',
     'crowd' || i || '@example.com', 'x', 'Crowd ' || i, 'user', 'active', ${now}, ${now}, ${now} from n`,
    `insert into sessions(id, user_id, generation, nonce, created_at, rotated_at, auth_time, expires_at, ends_at)
     ${rows} select 'session' || i, printf('00000000-0000-7000-8000-%012d', i), 0, 'x', ${now}, ${now}, ${now},
     ${now + 86_400_000}, ${now + 86_400_000} from n`,
    `insert into mail(id, user_id, kind, address, address_canonical, created_at, expires_at, attempts)
     ${rows} select 'mail' || i, printf('00000000-0000-7000-8000-%012d', i), 'verify_email', 'crowd' || i || '@example.com',
     'crowd' || i || '@example.com', ${now}, ${now + 86_400_000}, 1 from n`,
  ])
    await app.db.prepare(insert).run()
}

describe('the same statements are made for an address', () => {
  /** What D1 is told until the reply. */
  const told = async (operation: string, json: object) => {
    const said: string[][] = []
    const app = startApp({
      bindings: {
        DB: faulty(env.DB, ({ sql }, go) => {
          said.push(sql)
          return go()
        }),
      },
    })
    const reply = await app.request(operation, { json })
    const untilReply = [...said]
    await app.settled()
    return { status: reply.status, statements: untilReply }
  }

  it.for([
    { operation: 'POST /api/auth/forgot-password', json: {} },
    { operation: 'POST /api/auth/resend-verification', json: {} },
    { operation: 'POST /api/auth/register', json: { password: somePassword } },
    { operation: 'POST /api/auth/login', json: { password: 'a wrong passphrase' } },
  ])('that is known and for one that is not, by $operation (A-03)', async ({ operation, json }, { expect }) => {
    const app = startApp()
    const [verified, waiting, disabled] = [await member(app), someAddress(), await member(app)]
    await register(app, waiting, 'another passphrase')
    await alterUser(app, disabled, { status: 'disabled' })

    const stranger = await told(operation, { ...json, email: someAddress() })
    const known = []
    for (const email of [verified, waiting, disabled]) known.push(await told(operation, { ...json, email }))

    expect(stranger.statements.length).toBeGreaterThan(0)
    expect(known).toEqual([stranger, stranger, stranger])
  })
})
