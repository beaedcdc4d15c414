import { beforeAll, describe, it } from 'vitest'
import { bodyOf, signedInAdmin } from './administrators.ts'
import { seed } from './seed.ts'
import { linkIn, logIn, member, signedInUser, someAddress, somePassword, startApp, type TestApp } from './support.ts'

type Request = { operation: string; json?: unknown; bearer?: string }

type Budget = {
  what: string
  /** Makes whoever asks, and returns the request. */
  arrange: (app: TestApp) => Promise<Request>
  status?: number
  /** Round trips to D1: until the reply, and after it. */
  trips: number
  after?: number
  /** Rows read and written at most, before the reply. */
  rows: [read: number, written: number]
}

const start = () => startApp({ vars: { THROTTLE_FACTOR: '10000' } })

const as = async (app: TestApp, operation: string, json?: unknown): Promise<Request> => ({
  operation,
  json,
  bearer: (await signedInUser(app)).access_token,
})

/** A user who waits for a new address; the links of both mails. */
const waiting = async (app: TestApp) => {
  const { access_token, email } = await signedInUser(app)
  const next = someAddress('next')
  await app.call('PATCH /api/user/profile', { bearer: access_token, json: { email: next } })
  return { confirm: linkIn(app, next), cancel: linkIn(app, email) }
}

/** An admin does it to a user: `ID` is theirs. */
const byAdmin = async (app: TestApp, operation: string, json?: unknown): Promise<Request> => {
  const { access_token } = await signedInAdmin(app)
  const { user } = await signedInUser(app)
  return { operation: operation.replace('ID', user.id), json, bearer: access_token }
}

/** architecture.md, "Budgets per operation". */
const budgets: Budget[] = [
  {
    what: 'asking for another address',
    arrange: (app) => as(app, 'PATCH /api/user/profile', { email: someAddress('next') }),
    trips: 2,
    after: 2,
    rows: [44, 24],
  },
  {
    what: 'asking for another address with the password',
    arrange: (app) =>
      as(app, 'PATCH /api/user/profile', { email: someAddress('next'), current_password: somePassword }),
    trips: 3,
    after: 2,
    rows: [52, 27],
  },
  {
    what: 'sending the address one has',
    arrange: async (app) => {
      const { access_token, email } = await signedInUser(app)
      return { operation: 'PATCH /api/user/profile', json: { email }, bearer: access_token }
    },
    trips: 2,
    rows: [18, 5],
  },
  {
    what: 'confirming another address',
    arrange: async (app) => ({
      operation: 'POST /api/auth/confirm-email',
      json: { token: (await waiting(app)).confirm },
    }),
    trips: 1,
    after: 1,
    rows: [57, 19],
  },
  {
    what: 'confirming by a forged link',
    arrange: async () => ({
      operation: 'POST /api/auth/confirm-email',
      json: { token: `${'x'.repeat(22)}.${'y'.repeat(43)}` },
    }),
    status: 400,
    trips: 0,
    rows: [0, 0],
  },
  {
    what: 'cancelling the change of address',
    arrange: async (app) => ({
      operation: 'POST /api/auth/cancel-email-change',
      json: { token: (await waiting(app)).cancel },
    }),
    trips: 1,
    rows: [12, 7],
  },
  {
    what: 'listing sessions',
    arrange: (app) => as(app, 'GET /api/user/sessions'),
    trips: 1,
    rows: [4, 0],
  },
  {
    what: 'ending another session',
    arrange: async (app) => {
      const { access_token, email } = await signedInUser(app)
      const { access_token: bearer } = await logIn(app, email)
      const { sessions } = await bodyOf<{ sessions: { id: string; current: boolean }[] }>(
        await app.call('GET /api/user/sessions', { bearer: access_token }),
      )
      const other = sessions.find(({ current }) => current)!
      return { operation: `DELETE /api/user/sessions/${other.id}`, bearer }
    },
    trips: 1,
    rows: [19, 6],
  },
  {
    what: 'ending a session by the link of a mail',
    arrange: async (app) => {
      const email = await member(app)
      for (const browser of ['Firefox', 'Chrome'])
        await app.call('POST /api/auth/login', {
          json: { email, password: somePassword },
          headers: { 'User-Agent': `Mozilla/5.0 ${browser}/140.0` },
        })
      return { operation: 'POST /api/auth/end-session', json: { token: linkIn(app, email) } }
    },
    trips: 1,
    rows: [13, 7],
  },
  {
    what: 'exporting what is held',
    arrange: (app) => as(app, 'GET /api/user/export'),
    trips: 1,
    after: 1,
    rows: [21, 0],
  },
  {
    what: 'deleting the account',
    arrange: (app) => as(app, 'DELETE /api/user/account'),
    trips: 1,
    rows: [41, 17],
  },
  {
    what: 'deleting the account with the password',
    arrange: (app) => as(app, 'DELETE /api/user/account', { current_password: somePassword }),
    trips: 2,
    rows: [46, 20],
  },
  {
    what: 'listing users of a kind as an admin',
    arrange: (app) => byAdmin(app, 'GET /api/admin/users?role=admin&status=active'),
    trips: 2,
    rows: [70, 0],
  },
  {
    what: 'reading a user as an admin',
    arrange: (app) => byAdmin(app, 'GET /api/admin/users/ID'),
    trips: 2,
    after: 1,
    rows: [3, 0],
  },
  {
    what: 'creating a user as an admin',
    arrange: (app) => byAdmin(app, 'POST /api/admin/users', { email: someAddress('new') }),
    status: 201,
    trips: 2,
    after: 1,
    rows: [20, 19],
  },
  {
    what: 'renaming a user as an admin',
    arrange: (app) => byAdmin(app, 'PATCH /api/admin/users/ID', { name: 'Grace' }),
    trips: 2,
    rows: [28, 9],
  },
  {
    what: 'moving a user to another address as an admin',
    arrange: async (app) => byAdmin(app, 'PATCH /api/admin/users/ID', { email: someAddress('moved') }),
    trips: 2,
    after: 2,
    rows: [54, 26],
  },
  {
    what: 'setting a role as an admin',
    arrange: (app) => byAdmin(app, 'PUT /api/admin/users/ID/role', { role: 'admin' }),
    trips: 2,
    rows: [18, 10],
  },
  {
    what: 'disabling a user as an admin',
    arrange: (app) => byAdmin(app, 'PUT /api/admin/users/ID/status', { status: 'disabled' }),
    trips: 2,
    rows: [33, 14],
  },
  {
    what: 'having a password reset as an admin',
    arrange: (app) => byAdmin(app, 'POST /api/admin/users/ID/password-reset'),
    trips: 2,
    after: 1,
    rows: [22, 10],
  },
  {
    what: 'listing the sessions of a user as an admin',
    arrange: (app) => byAdmin(app, 'GET /api/admin/users/ID/sessions'),
    trips: 2,
    after: 1,
    rows: [9, 0],
  },
  {
    what: 'ending the sessions of a user as an admin',
    arrange: (app) => byAdmin(app, 'DELETE /api/admin/users/ID/sessions'),
    trips: 2,
    rows: [23, 8],
  },
  {
    what: 'deleting a user as an admin',
    arrange: (app) => byAdmin(app, 'DELETE /api/admin/users/ID'),
    trips: 2,
    rows: [52, 18],
  },
  {
    what: 'reading the audit as an admin',
    arrange: (app) => byAdmin(app, 'GET /api/admin/audit'),
    trips: 2,
    rows: [56, 0],
  },
]

const spend = async (app: TestApp, { arrange }: Budget) => {
  const { operation, ...call } = await arrange(app)
  return app.cost(operation, call)
}

const check = async (app: TestApp, budget: Budget) => {
  const { response, trips, tripsAfter, rowsRead, rowsWritten } = await spend(app, budget)
  const [read, written] = budget.rows
  return {
    status: response.status,
    trips,
    after: tripsAfter,
    read: Math.max(rowsRead, read),
    written: Math.max(rowsWritten, written),
  }
}

/** What it may cost. Fewer rows are fine: a range that ends with its index takes one less to read. */
const allowed = ({ status = 200, trips, after = 0, rows: [read, written] }: Budget) => ({
  status,
  trips,
  after,
  read,
  written,
})

describe('what D1 is asked', () => {
  it.for(budgets)('by $what: $trips round trips', async (budget, { expect }) => {
    expect(await check(start(), budget)).toEqual(allowed(budget))
  })
})

describe('what D1 is asked with three thousand users more', () => {
  beforeAll(async () => {
    const app = start()
    await seed(app.db, { users: 3000, password: 'x', now: app.now().getTime() })
  }, 60_000)

  it.for(budgets)('by $what: the same', async (budget, { expect }) => {
    expect(await check(start(), budget)).toEqual(allowed(budget))
  })
})
