import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import document from '../../docs/openapi.json'
import { faults as operations, subjects } from '../operations/index.ts'
import {
  codeOf,
  cookiesOf,
  mailsTo,
  member,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
} from '../support/app/support.ts'
import { faultGroups } from '../support/faults/fault-groups.ts'
import { startBetween } from '../support/faults/fault-runs.ts'
import { connectionLost, failing, faulty, overloaded } from '../support/faults/faulty.ts'
import { logged } from './setup.ts'

describe('the operations that are made to fail', () => {
  it('are exactly those of docs/openapi.json', ({ expect }) => {
    const declared = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    )

    expect([...new Set(operations.map(({ operation }) => operation))].sort()).toEqual(declared.sort())
  })

  it('belong to subjects, each of which one file tests', ({ expect }) => {
    expect(Object.values(faultGroups).flat().sort()).toEqual(Object.keys(subjects).sort())
  })
})

describe('while D1 answers nothing', () => {
  it('a refresh by cookie leaves the cookies, and a log-out still expires them', async ({ expect }) => {
    const healthy = startApp()
    const email = await member(healthy)
    const cookies = cookiesOf(await healthy.call('POST /api/auth/login', { json: { email, password: somePassword } }))
    const headers = { Origin: 'http://localhost:8787' }
    const app = startApp({ bindings: { DB: faulty(env.DB, () => Promise.reject(connectionLost())) } })

    const refreshed = await app.call('POST /api/auth/refresh', { cookies, headers })
    const restored = await healthy.call('POST /api/auth/refresh', { cookies, headers })
    const left = await app.call('POST /api/auth/logout', { cookies, headers })
    const denied = await healthy.call('POST /api/auth/refresh', { cookies, headers })

    logged()
    expect([refreshed.status, left.status]).toEqual([503, 503])
    expect(refreshed.headers.getSetCookie()).toEqual([])
    expect(cookiesOf(left)).toMatchObject({ token: '', refresh_token: '' })
    expect(restored.status).toBe(200)
    // KV has the ended session from the log-out, so a refresh is refused (I3).
    expect(denied.status).toBe(401)
  })
})

describe('an answer of D1 that is lost', () => {
  it('of a refresh that is sent again gives the same successor (R16)', async ({ expect }) => {
    const healthy = startApp()
    const { refresh_token } = await signedInUser(healthy)
    const DB = faulty(
      env.DB,
      failing('after', ({ number }) => number === 1, overloaded),
    )
    await refresh(startApp({ bindings: { DB } }), refresh_token)
    logged()

    const replies = [await refresh(healthy, refresh_token), await refresh(healthy, refresh_token)]

    const bodies = (await Promise.all(replies.map((reply) => reply.json()))) as SessionBody[]
    expect(bodies[0]!.refresh_token).toBe(bodies[1]!.refresh_token)
    expect((await refresh(healthy, bodies[0]!.refresh_token)).status).toBe(200)
  })

  it.for([
    { when: 'before', trip: 1, what: 'a stolen token was noticed' },
    { when: 'after', trip: 1, what: 'a stolen token was noticed' },
    { when: 'before', trip: 2, what: 'its session was ended' },
    { when: 'after', trip: 2, what: 'its session was ended' },
  ] as const)(
    '$when $what answers 503, and after the next attempt the session has ended (R17)',
    async ({ when, trip }, { expect }) => {
      const healthy = startApp()
      const { email, refresh_token } = await signedInUser(healthy)
      const successor = (await (await refresh(healthy, refresh_token)).json()) as SessionBody
      const DB = faulty(
        env.DB,
        failing(when, ({ number }) => number === trip, overloaded),
      )
      const later = startApp({ bindings: { DB } })
      const after = startApp()
      for (const app of [later, after]) app.wait({ seconds: 31 })

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

  it('about the end of a stolen session is repeated, and everything after it happens once (R17, F3)', async ({
    expect,
  }) => {
    const { email, user, refresh_token } = await signedInUser(startApp())
    await refresh(startApp(), refresh_token)
    const DB = faulty(
      env.DB,
      failing('after', ({ number }) => number === 2, connectionLost),
    )
    const later = startApp({ bindings: { DB } })
    later.wait({ seconds: 31 })

    const refused = await refresh(later, refresh_token)
    const again = await refresh(later, refresh_token)

    expect([refused.status, again.status]).toEqual([401, 401])
    expect(mailsTo(later, email)).toHaveLength(1)
    expect(await later.kv.get(`sid:${refresh_token.split('.')[1]}`)).not.toBeNull()
    const { results } = await later.db
      .prepare("select event from audit where user_id = ? and event = 'refresh_reuse'")
      .bind(user.id)
      .all()
    expect(results).toHaveLength(1)
  })
})

describe('the end of a stolen session', () => {
  it('continues although the client has hung up (R2)', async ({ expect }) => {
    const { refresh_token } = await signedInUser(startApp())
    const successor = (await (await refresh(startApp(), refresh_token)).json()) as SessionBody
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    let trips = 0
    const { app } = startBetween(async ({ to }, go) => {
      if (to !== 'DB' || ++trips !== 2) return go()
      reach()
      await released
      return go()
    })
    app.wait({ seconds: 31 })

    const asked = app.request('POST /api/auth/refresh', { json: { refresh_token } })
    await reached
    // The work for which the runtime waits after a reply, or after a client that hung up before it.
    const kept = app.settled().then(() => 'kept')
    const early = await Promise.race([kept, scheduler.wait(20).then(() => 'still going on')])
    release()
    await kept

    expect(early).toBe('still going on')
    expect((await profile(startApp(), successor.access_token)).status).toBe(401)
    expect((await asked).status).toBe(401)
  })
})

describe('a KV that', () => {
  const garbage = (value: unknown) => () => Promise.resolve(value)
  const kinds: { what: string; get: () => Promise<unknown>; put: () => Promise<unknown>; lines: number }[] = [
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
    { what: 'answers undefined', get: garbage(undefined), put: garbage(undefined), lines: 0 },
    { what: 'answers a number', get: garbage(0), put: garbage(0), lines: 0 },
    { what: 'answers an object', get: garbage({}), put: garbage({}), lines: 0 },
  ]

  it.for(kinds)(
    '$what is not missed: log-in, refresh, profile and log-out work (F6)',
    async ({ get, put, lines }, { expect }) => {
      const email = await member(startApp())
      const app = startApp({ bindings: { DENYLIST: { get, put } as unknown as KVNamespace } })

      const entered = await app.request('POST /api/auth/login', { json: { email, password: somePassword } })
      const session = (await entered.json()) as SessionBody
      const refreshed = await refresh(app, session.refresh_token)
      const read = await profile(app, session.access_token)
      const left = await app.request('POST /api/auth/logout', { bearer: session.access_token })
      await scheduler.wait(5)

      expect([entered.status, refreshed.status, read.status, left.status]).toEqual([200, 200, 200, 200])
      expect((await profile(app, session.access_token)).status).toBe(401)
      expect(logged()).toHaveLength(lines)
    },
  )
})
