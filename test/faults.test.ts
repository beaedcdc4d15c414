import { env } from 'cloudflare:workers'
import { afterEach, describe, it, vi } from 'vitest'
import { type Between, connectionLost, type D1Call, failing, faulty, overloaded } from './faulty.ts'
import { logged } from './setup.ts'
import {
  codeOf,
  cookiesOf,
  linkIn,
  logIn,
  mailsTo,
  member,
  profile,
  refresh,
  register,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from './support.ts'

const newPassword = 'a new passphrase for tests'

type Request = { operation: string; json?: unknown; bearer?: string; cookies?: Record<string, string> }

type Arranged = {
  email: string
  request: Request
  /** Whether the operation took effect, as requests show; undefined where nothing but the reply shows it. */
  done?: (app: TestApp) => Promise<boolean>
  /** What else must hold, whether it took effect or not. */
  holds?: (app: TestApp, done: boolean) => Promise<unknown>
}

type Operation = {
  name: string
  status: number
  /** What the same request answers that is sent again after it took effect. */
  again: number
  /** In a healthy app, a minute before the request. */
  arrange: (app: TestApp) => Promise<Arranged>
}

const enters = async (app: TestApp, email: string, password: string) =>
  (await app.request('POST /api/auth/login', { json: { email, password } })).status === 200

const isSignedIn = async (app: TestApp, { access_token }: Pick<SessionBody, 'access_token'>) =>
  (await app.request('GET /api/user/profile', { bearer: access_token })).status === 200

const rows = async (app: TestApp, sql: string, ...values: unknown[]) =>
  (
    await app.db
      .prepare(sql)
      .bind(...values)
      .all<Record<string, unknown>>()
  ).results

const operations: Operation[] = [
  {
    name: 'register',
    status: 201,
    again: 201,
    arrange: async () => {
      const email = someAddress()
      return { email, request: { operation: 'POST /api/auth/register', json: { email, password: somePassword } } }
    },
  },
  {
    name: 'register what another registered',
    status: 201,
    again: 201,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email, 'a password of an attacker')
      const attackers = linkIn(app, email)
      return {
        email,
        request: { operation: 'POST /api/auth/register', json: { email, password: somePassword } },
        holds: async (later, done) => {
          // After it took effect, the attacker's link is dead and opens nothing (A-17b).
          const opened = await later.request('POST /api/auth/verify-email', { json: { token: attackers } })
          return !done || opened.status === 400
        },
        done: async () =>
          (await rows(app, 'select 1 from users where email = ? and password is null', email)).length === 1,
      }
    },
  },
  {
    name: 'log in',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = await member(app)
      return { email, request: { operation: 'POST /api/auth/login', json: { email, password: somePassword } } }
    },
  },
  {
    name: 'refresh',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const session = await signedInUser(app)
      return {
        email: session.email,
        request: { operation: 'POST /api/auth/refresh', json: { refresh_token: session.refresh_token } },
        // Never a generation more than one, and the session is not taken for stolen (I4).
        holds: async (later) => {
          const [row] = await rows(
            later,
            'select generation from sessions where user_id = (select id from users where email = ?)',
            session.email,
          )
          return (row?.generation as number) <= 1
        },
      }
    },
  },
  {
    name: 'verify an address',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      return {
        email,
        request: { operation: 'POST /api/auth/verify-email', json: { token: linkIn(app, email) } },
        // Not by logging in, which would have a newer link mailed in place of this one.
        done: async () =>
          (await rows(app, 'select 1 from users where email = ? and email_verified_at > 0', email)).length === 1,
      }
    },
  },
  {
    name: 'ask for the verification mail',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      return { email, request: { operation: 'POST /api/auth/resend-verification', json: { email } } }
    },
  },
  {
    name: 'forget a password',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = await member(app)
      return { email, request: { operation: 'POST /api/auth/forgot-password', json: { email } } }
    },
  },
  {
    name: 'reset a password',
    status: 200,
    again: 400,
    arrange: async (app) => {
      const session = await signedInUser(app)
      await app.call('POST /api/auth/forgot-password', { json: { email: session.email } })
      return {
        email: session.email,
        request: {
          operation: 'POST /api/auth/reset-password',
          json: { token: linkIn(app, session.email), new_password: newPassword },
        },
        done: (later) => enters(later, session.email, newPassword),
        // The session lives as long as the old password does (I2, I3).
        holds: async (later, done) => (await isSignedIn(later, session)) === !done,
      }
    },
  },
  {
    name: 'change the password',
    status: 200,
    again: 422,
    arrange: async (app) => {
      const email = await member(app)
      const [mine, other] = [await logIn(app, email), await logIn(app, email)]
      await app.call('POST /api/auth/forgot-password', { json: { email } })
      return {
        email,
        request: {
          operation: 'POST /api/user/change-password',
          json: { current_password: somePassword, new_password: newPassword },
          bearer: mine.access_token,
        },
        done: (later) => enters(later, email, newPassword),
        holds: async (later, done) => {
          const signedIn = [await isSignedIn(later, mine), await isSignedIn(later, other)]
          return signedIn[0] === true && signedIn[1] === !done
        },
      }
    },
  },
  {
    name: 'give the password again',
    status: 200,
    // The session was renewed: a token of before still names it.
    again: 200,
    arrange: async (app) => {
      const session = await signedInUser(app)
      return {
        email: session.email,
        request: {
          operation: 'POST /api/auth/reauthenticate',
          json: { password: somePassword },
          bearer: session.access_token,
        },
        holds: (later) => isSignedIn(later, session),
      }
    },
  },
  {
    name: 'log out',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const session = await signedInUser(app)
      return {
        email: session.email,
        request: { operation: 'POST /api/auth/logout', bearer: session.access_token },
        done: async (later) => !(await isSignedIn(later, session)),
        // Not even where D1 was down: KV was told, and says no to a refresh (I3).
        holds: async (later) => {
          const refreshed = await later.request('POST /api/auth/refresh', {
            json: { refresh_token: session.refresh_token },
          })
          return refreshed.status === 401
        },
      }
    },
  },
  {
    name: 'read the profile',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { email, access_token } = await signedInUser(app)
      return { email, request: { operation: 'GET /api/user/profile', bearer: access_token } }
    },
  },
  {
    name: 'change the name',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const session = await signedInUser(app)
      return {
        email: session.email,
        request: { operation: 'PATCH /api/user/profile', json: { name: 'Ada' }, bearer: session.access_token },
        done: async () =>
          (await rows(app, "select 1 from users where email = ? and name = 'Ada'", session.email)).length === 1,
      }
    },
  },
  {
    name: 'end the other sessions',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = await member(app)
      const [mine, other] = [await logIn(app, email), await logIn(app, email)]
      return {
        email,
        request: { operation: 'DELETE /api/user/sessions', bearer: mine.access_token },
        done: async (later) => !(await isSignedIn(later, other)),
        holds: (later) => isSignedIn(later, mine),
      }
    },
  },
  {
    name: 'delete the account',
    status: 200,
    again: 401,
    arrange: async (app) => {
      const session = await signedInUser(app)
      return {
        email: session.email,
        request: { operation: 'DELETE /api/user/account', bearer: session.access_token },
        done: async () => (await rows(app, 'select 1 from users where email = ?', session.email)).length === 0,
        holds: async (later, done) => (await isSignedIn(later, session)) === !done,
      }
    },
  },
]

/** What holds of an address whatever failed, a sentence for each that does not. */
const broken = async (app: TestApp, email: string): Promise<string[]> => {
  const now = app.now().getTime()
  const users = await rows(app, 'select * from users where email_canonical = ?', email)
  const mails = await rows(app, 'select * from mail where address_canonical = ?', email)
  const links = ['verify_email', 'set_password', 'reset_password']
  const live = mails.filter(
    (mail) => links.includes(`${mail.kind}`) && (mail.expires_at as number) > now && !mail.used_at,
  )
  const mailed = mailsTo(app, email).flatMap(({ text }) => /#token=([\w-]{22})\./.exec(text)?.[1] ?? [])
  return [
    users.length > 1 && 'I6: two users of one address',
    users.some((user) => !user.email_verified_at) && live.length === 0 && 'I1: neither verified nor waiting for a link',
    new Set(live.map(({ kind }) => kind)).size !== live.length && 'two links of one kind live',
    users.length > 0 &&
      mailed.some((id) => !mails.some((mail) => mail.id === id)) &&
      'I7: a link to nothing was mailed',
  ].filter((fault) => fault !== false)
}

const send = (app: TestApp, { operation, ...call }: Request) => app.request(operation, call)

/** A service whose calls to D1 go through `between`. */
const startBetween = (between: Between) => startApp({ bindings: { DB: faulty(env.DB, between) } })

/** A user made a minute ago, so that another mail may go to them. */
const arranged = async ({ arrange }: Operation) => {
  const before = startApp()
  before.wait({ minutes: -1, seconds: -1 })
  return { before, ...(await arrange(before)) }
}

/** How many calls to D1 an operation makes until its reply, and with what follows it. */
const callsOf = async (operation: Operation) => {
  const { request } = await arranged(operation)
  let calls = 0
  const app = startBetween((_call, go) => {
    calls++
    return go()
  })
  await send(app, request)
  const untilReply = calls
  await app.settled()
  return { untilReply, all: calls }
}

const nth = (number: number) => (call: D1Call) => call.number === number

describe('while D1 answers nothing (F1)', () => {
  it.for(operations)('$name is 503, and gives and mails nothing', async (operation, { expect }) => {
    const { before, request, email, done } = await arranged(operation)
    const app = startBetween(() => Promise.reject(connectionLost()))
    const mails = before.mailbox.length

    const refused = await send(app, request)
    await app.settled()

    const text = await refused.text()
    expect(refused.status).toBe(503)
    expect(JSON.parse(text)).toMatchObject({ code: 'dependency_unavailable' })
    expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect(text).not.toMatch(/token"|D1_|Network|select|users/)
    expect(Object.values(cookiesOf(refused)).join('')).toBe('')
    expect(app.mailbox).toEqual([])
    expect(before.mailbox).toHaveLength(mails)
    expect(logged()).toHaveLength(1)
    const healthy = startApp()
    expect(await done?.(healthy)).not.toBe(true)
    expect(await broken(healthy, email)).toEqual([])
  })

  it.for(operations)(
    '$name is no more lost than the time: the same request works afterwards',
    async (operation, { expect }) => {
      const { request } = await arranged(operation)
      await send(
        startBetween(() => Promise.reject(connectionLost())),
        request,
      )
      logged()

      const reply = await send(startApp(), request)

      expect(reply.status).toBe(operation.status)
    },
  )

  it('a refresh by cookie leaves the cookies, and a log-out expires them all the same', async ({ expect }) => {
    const healthy = startApp()
    const email = await member(healthy)
    const cookies = cookiesOf(await healthy.call('POST /api/auth/login', { json: { email, password: somePassword } }))
    const headers = { Origin: 'http://localhost:8787' }
    const app = startBetween(() => Promise.reject(connectionLost()))

    const refreshed = await app.call('POST /api/auth/refresh', { cookies, headers })
    const restored = await healthy.call('POST /api/auth/refresh', { cookies, headers })
    const left = await app.call('POST /api/auth/logout', { cookies, headers })

    logged()
    expect([refreshed.status, left.status]).toEqual([503, 503])
    expect(refreshed.headers.getSetCookie()).toEqual([])
    expect(cookiesOf(left)).toEqual({ token: '', refresh_token: '' })
    expect(restored.status).toBe(200)
  })
})

describe('while D1 is overloaded (F5)', () => {
  it.for(operations)('$name asks it once', async (operation, { expect }) => {
    const { request } = await arranged(operation)
    const asked = new Set<number>()
    const app = startBetween(({ number, sql }) => {
      // What only reads is asked twice by the counter of these tests, and by nobody else.
      asked.add(sql[0]!.startsWith('select') && sql.length === 1 ? 1 : number)
      return Promise.reject(overloaded())
    })

    const refused = await send(app, request)

    expect(refused.status).toBe(503)
    expect(asked.size).toBe(1)
    expect(logged()).toHaveLength(1)
  })
})

describe('a call to D1 that fails', () => {
  it.for(operations)('leaves all or nothing of: $name (F2)', { timeout: 30_000 }, async (operation, { expect }) => {
    const { all, untilReply } = await callsOf(operation)
    for (let number = 1; number <= all; number++) {
      const { request, email, done, holds } = await arranged(operation)
      const app = startBetween(failing('before', nth(number), overloaded))

      const reply = await send(app, request)
      await app.settled()

      const healthy = startApp()
      const which = `call ${number} of ${all}`
      expect(reply.status, which).toBe(number <= untilReply ? 503 : operation.status)
      const effective = (await done?.(healthy)) ?? number > untilReply
      expect(effective, which).toBe(number > untilReply)
      if (holds) expect(await holds(healthy, effective), which).toBe(true)
      const repeated = await send(healthy, request)
      await healthy.settled()
      expect(repeated.status, which).toBe(number <= untilReply ? operation.status : operation.again)
      expect(await broken(healthy, email), which).toEqual([])
      expect(logged(), which).toHaveLength(1)
    }
  })

  it.for(operations)(
    'once and passes, is not noticed by: $name (F2)',
    { timeout: 30_000 },
    async (operation, { expect }) => {
      const { all } = await callsOf(operation)
      for (let number = 1; number <= all; number++) {
        const { request, done } = await arranged(operation)
        const app = startBetween(failing('before', nth(number), connectionLost))

        const reply = await send(app, request)
        await app.settled()

        expect(reply.status, `call ${number} of ${all}`).toBe(operation.status)
        expect((await done?.(startApp())) ?? true).toBe(true)
      }
    },
  )
})

describe('an answer of D1 that is lost', () => {
  it.for(operations)('once, is not noticed by: $name (F3)', { timeout: 30_000 }, async (operation, { expect }) => {
    const { all } = await callsOf(operation)
    for (let number = 1; number <= all; number++) {
      const { request, email, done, holds } = await arranged(operation)
      const app = startBetween(failing('after', nth(number), connectionLost))

      const reply = await send(app, request)
      await app.settled()

      const which = `call ${number} of ${all}`
      expect(reply.status, which).toBe(operation.status)
      expect((await done?.(startApp())) ?? true, which).toBe(true)
      if (holds) expect(await holds(startApp(), true), which).toBe(true)
      expect(await broken(app, email), which).toEqual([])
      expect(mailsTo(app, email).length, which).toBeLessThanOrEqual(1)
      expect(logged(), which).toEqual([])
    }
  })

  it.for(operations)(
    'for good, is made up for by sending the same request again: $name (F3, F12)',
    { timeout: 30_000 },
    async (operation, { expect }) => {
      const { untilReply } = await callsOf(operation)
      for (let number = 1; number <= untilReply; number++) {
        const { request, email, done, holds } = await arranged(operation)
        const app = startBetween(failing('after', nth(number), overloaded))
        const lost = await send(app, request)
        await app.settled()

        const healthy = startApp()
        const repeated = await send(healthy, request)
        await healthy.settled()

        const which = `call ${number} of ${untilReply}`
        expect(lost.status, which).toBe(503)
        // The last call is what takes effect; the ones before it change nothing that the same request would find.
        expect(repeated.status, which).toBe(number === untilReply ? operation.again : operation.status)
        expect((await done?.(healthy)) ?? true, which).toBe(true)
        if (holds) expect(await holds(healthy, true), which).toBe(true)
        healthy.wait({ minutes: 1, seconds: 1 })
        await healthy.cron()
        expect(await broken(healthy, email), which).toEqual([])
        expect(logged(), which).toHaveLength(1)
      }
    },
  )

  it('of a refresh that is sent again gives the same successor (R16)', async ({ expect }) => {
    const healthy = startApp()
    const { refresh_token } = await signedInUser(healthy)
    await refresh(startBetween(failing('after', nth(1), overloaded)), refresh_token)
    logged()

    const replies = [await refresh(healthy, refresh_token), await refresh(healthy, refresh_token)]

    const bodies = (await Promise.all(replies.map((reply) => reply.json()))) as SessionBody[]
    expect(bodies[0]!.refresh_token).toBe(bodies[1]!.refresh_token)
    expect((await refresh(healthy, bodies[0]!.refresh_token)).status).toBe(200)
  })

  it.for(['before', 'after'] as const)(
    '%s a stolen token was noticed is 503, and the next attempt ends the session (R17)',
    async (when, { expect }) => {
      const healthy = startApp()
      const { email, refresh_token } = await signedInUser(healthy)
      const successor = (await (await refresh(healthy, refresh_token)).json()) as SessionBody
      const later = startBetween(failing(when, nth(1), overloaded))
      const after = startApp()
      for (const app of [later, after]) app.wait({ seconds: 11 })

      const lost = await refresh(later, refresh_token)
      const again = await refresh(after, refresh_token)

      logged()
      expect([lost.status, again.status]).toEqual([503, 401])
      expect(await codeOf(await refresh(after, successor.refresh_token))).toBe('invalid_token')
      expect(await codeOf(await profile(after, successor.access_token))).toBe('invalid_token')
      after.wait({ minutes: 2 })
      await after.cron()
      expect(mailsTo(after, email)).toHaveLength(1)
    },
  )
})

describe('a D1 that hangs (F4)', () => {
  afterEach(() => void vi.useRealTimers())

  it.for(operations)(
    'is given up after three seconds by: $name, and does no harm when it answers late',
    async (operation, { expect }) => {
      const { untilReply } = await callsOf(operation)
      const { request, email, done, holds } = await arranged(operation)
      const { promise: awake, resolve: wake } = Promise.withResolvers<void>()
      let late: Promise<unknown> = Promise.resolve()
      let reached = () => {}
      const stuck = new Promise<void>((resolve) => {
        reached = resolve
      })
      const app = startBetween((call, go) => {
        if (call.number !== untilReply) return go()
        reached()
        late = awake.then(go)
        return late
      })
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })

      const pending = send(app, request)
      await stuck
      await vi.advanceTimersByTimeAsync(2999)
      const early = await Promise.race([pending, scheduler.wait(20).then(() => undefined)])
      await vi.advanceTimersByTimeAsync(1)
      const reply = await pending
      vi.useRealTimers()
      const healthy = startApp()
      const repeated = await send(healthy, request)
      wake()
      await late
      await Promise.all([app.settled(), healthy.settled()])

      expect(early).toBeUndefined()
      expect(reply.status).toBe(503)
      expect(repeated.status).toBe(operation.status)
      expect((await done?.(healthy)) ?? true).toBe(true)
      if (holds) expect(await holds(healthy, true)).toBe(true)
      expect(await broken(healthy, email)).toEqual([])
      expect(logged()).toHaveLength(1)
    },
  )
})

describe('a KV that', () => {
  const garbage = (value: unknown) => () => Promise.resolve(value)
  const kinds: { what: string; get: () => Promise<unknown>; put: () => Promise<unknown>; lines: number }[] = [
    { what: 'throws', get: () => Promise.reject(new Error('x')), put: () => Promise.reject(new Error('x')), lines: 1 },
    {
      what: 'throws at once',
      get: () => {
        throw new Error('x')
      },
      put: () => {
        throw new Error('x')
      },
      lines: 1,
    },
    { what: 'hangs', get: () => new Promise(() => {}), put: () => new Promise(() => {}), lines: 0 },
    { what: 'answers undefined', get: garbage(undefined), put: garbage(undefined), lines: 0 },
    { what: 'answers a number', get: garbage(0), put: garbage(0), lines: 0 },
    { what: 'answers an object', get: garbage({}), put: garbage({}), lines: 0 },
  ]

  it.for(kinds)(
    '$what is not missed: log-in, refresh, profile and log-out work (F6)',
    async ({ get, put, lines }, { expect }) => {
      const email = await member(startApp())
      const app = startApp({ bindings: { DENYLIST: { get, put } as unknown as KVNamespace } })

      const entered = await send(app, { operation: 'POST /api/auth/login', json: { email, password: somePassword } })
      const session = (await entered.json()) as SessionBody
      const refreshed = await send(app, {
        operation: 'POST /api/auth/refresh',
        json: { refresh_token: session.refresh_token },
      })
      const read = await isSignedIn(app, session)
      const left = await send(app, { operation: 'POST /api/auth/logout', bearer: session.access_token })
      await scheduler.wait(5)

      expect([entered.status, refreshed.status, read, left.status]).toEqual([200, 200, true, 200])
      expect(await isSignedIn(app, session)).toBe(false)
      expect(logged()).toHaveLength(lines)
    },
  )
})
