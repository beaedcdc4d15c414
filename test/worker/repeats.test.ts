import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, it, vi } from 'vitest'
import { randomId } from '../../src/domain/ids.ts'
import { faults as operations } from '../operations/index.ts'
import {
  newPassword,
  profile,
  refresh,
  register,
  type SessionBody,
  signedInUser,
  someAddress,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { arranged, record, send, startBetween } from '../support/faults/fault-runs.ts'
import { forgetOthers, isLive, type Operation, type Request, someoneSignedIn } from '../support/faults/fault-world.ts'
import { overloaded } from '../support/faults/faulty.ts'
import { broken } from '../support/races/invariants.ts'
import { logged } from './setup.ts'

const recorded: ({ operation: Operation; name: string } & Awaited<ReturnType<typeof record>>)[] = []
for (const operation of operations) recorded.push({ operation, name: operation.name, ...(await record(operation)) })

/** Operations that change something. */
const writing = recorded.filter(({ operation }) => !operation.operation.startsWith('GET '))

/** Operations that take an earlier token or link. */
const trusted = recorded.filter(({ calls }) => calls.some(({ to }) => to === 'DB'))

beforeEach(() => {
  const app = startApp()
  app.wait({ minutes: -1, seconds: -1 })
  return forgetOthers(app)
})

afterEach(() => void vi.useRealTimers())

const outcome = async (
  { done, holds }: Pick<Awaited<ReturnType<typeof arranged>>, 'done' | 'holds'>,
  app: TestApp,
) => ({ done: (await done?.(app)) ?? true, holds: (await holds?.(app, true)) ?? true })

const well = { done: true, holds: true }

describe('a KV that is minutes late, and caches that there was nothing', () => {
  const ending = recorded.filter(({ calls }) => calls.some(({ to, what }) => to === 'DENYLIST' && what === 'put'))
  const stale = { get: async () => null, put: async () => undefined } as unknown as KVNamespace

  it.for(ending)('lets nothing in that D1 has ended: $name (F7, R15, I1–I8)', async ({ operation }, { expect }) => {
    const { request, sessions, mails, ...shows } = await arranged(operation)
    const app = startApp({ bindings: { DENYLIST: stale } })

    const reply = await send(app, request)
    await app.settled()

    expect(reply.status).toBe(operation.status)
    expect(await outcome(shows, app)).toEqual(well)
    expect(await broken(app, { sessions, mails, admin: true, unanswered: 1 })).toEqual([])
  })
})

describe('an isolate that ends with its reply', () => {
  const after = recorded.filter(({ calls }) => calls.some(({ awaited }) => !awaited))

  it.for(after)(
    'leaves nothing undone that must be done, and its mails to the cron: $name (F11, I1–I8)',
    async ({ operation, calls, mails: expected }, { expect }) => {
      const { request, sessions, mails, ...shows } = await arranged(operation)
      const dropped = new Set(calls.flatMap(({ number, awaited }) => (awaited ? [] : [number])))
      const least = Math.min(...dropped)
      const app = startBetween(({ number }, go) => (number >= least ? new Promise(() => undefined) : go()))
      const next = startApp()

      // The timers of the isolate end with it.
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const reply = await send(app.app, request)
      await scheduler.wait(1)
      vi.useRealTimers()
      const state = await outcome(shows, next)
      const faults = await broken(next, { sessions, mails, admin: true, unanswered: 1 })
      next.wait({ minutes: 1, seconds: 1 })
      await next.services.mailDelivery.deliverDue()
      await next.settled()

      expect(reply.status).toBe(operation.status)
      expect(app.mails).toEqual([])
      expect(state).toEqual(well)
      expect(faults).toEqual([])
      // The mail after a log-in of an unverified user is not begun before the reply, so it was lost with the isolate.
      expect(next.mailbox).toHaveLength(operation.name.startsWith('log in before') ? 0 : expected)
      expect(await broken(next, { sessions, mails: [...mails, ...next.mailbox], admin: true, unanswered: 1 })).toEqual(
        [],
      )
    },
  )
})

describe('the same request twice', () => {
  it.for(writing)('one after the other does it once: $name (F12, I1–I8)', async (of, { expect }) => {
    const { operation, mails: expected } = of
    const { request, sessions, mails, ...shows } = await arranged(operation)
    const app = startApp()

    const replies = [await send(app, request), await send(app, request)]
    await app.settled()

    expect(replies.map(({ status }) => status)).toEqual([operation.status, operation.again])
    expect(app.mailbox.length).toBeLessThanOrEqual(operation.mailsAgain ? 2 * expected : expected)
    expect(await outcome(shows, app)).toEqual(well)
    expect(await broken(app, { sessions, mails: [...mails, ...app.mailbox], admin: true, unanswered: 2 })).toEqual([])
  })

  it.for(writing)('at once does it once: $name (F12, ASVS 15.4.2, I1–I8)', async (of, { expect }) => {
    const { operation, mails: expected } = of
    const { request, sessions, mails, ...shows } = await arranged(operation)
    const [app, other] = [startApp(), startApp()]

    const replies = await Promise.all([send(app, request), send(other, request)])
    await Promise.all([app.settled(), other.settled()])

    const allowed = [operation.status, operation.again, ...(operation.beside ?? [])]
    const statuses = replies.map(({ status }) => status)
    const sent = [...app.mailbox, ...other.mailbox]
    expect(statuses).toContain(operation.status)
    expect(statuses.filter((status) => !allowed.includes(status))).toEqual([])
    if (operation.again !== operation.status) expect(statuses[0]).not.toBe(statuses[1])
    expect(sent.length).toBeLessThanOrEqual(operation.mailsAgain ? 2 * expected : expected)
    expect(await outcome(shows, startApp())).toEqual(well)
    expect(await broken(startApp(), { sessions, mails: [...mails, ...sent], admin: true, unanswered: 2 })).toEqual([])
    logged()
  })
})

describe('keys that are changed while requests are on their way', () => {
  const turned = {
    SIGNING_KEYS: JSON.stringify({ keys: (JSON.parse(env.SIGNING_KEYS) as { keys: object[] }).keys.toReversed() }),
    TOKEN_KEYS: env.TOKEN_KEYS.split(',').toReversed().join(),
  }

  it.for(trusted)(
    'are no reason to refuse what the previous keys made: $name (F15, I1–I8)',
    async ({ operation }, { expect }) => {
      const { request, sessions, mails, ...shows } = await arranged(operation)
      const app = startApp({ vars: turned })

      const reply = await send(app, request)
      await app.settled()

      expect(reply.status).toBe(operation.status)
      expect(await outcome(shows, app)).toEqual(well)
      const seen = { sessions, mails: [...mails, ...app.mailbox], admin: true, unanswered: 1 }
      // A service with the old keys still reads what the new keys made.
      expect(await broken(startApp(), seen)).toEqual([])
    },
  )
})

describe('a clock that is an hour behind', () => {
  // The grace time of a refresh token depends on the clock, and so does the code of an app.
  const timeless = trusted.filter(
    ({ operation }) => operation.operation !== 'POST /api/auth/refresh' && !operation.byTheClock,
  )

  it.for(timeless)('stops nobody, and revives nothing: $name (F16, A-34, I1–I8)', async ({ operation }, { expect }) => {
    const { request, sessions, mails, ...shows } = await arranged(operation)
    const [behind, right] = [startApp(), startApp()]
    behind.wait({ hours: -1 })

    const early = await send(behind, request)
    await behind.settled()
    const state = await outcome(shows, right)
    const again = await send(behind, request)
    const later = await send(right, request)
    await Promise.all([behind.settled(), right.settled()])

    expect([early.status, again.status, later.status]).toEqual([operation.status, operation.again, operation.again])
    expect(state).toEqual(well)
    const sent = [...mails, ...behind.mailbox, ...right.mailbox]
    expect(await broken(right, { sessions, mails: sent, admin: true, unanswered: 3 })).toEqual([])
  })
})

describe('a refresh by a clock that is an hour behind', () => {
  it('gives tokens that are valid by the right one (F16)', async ({ expect }) => {
    const [behind, right] = [startApp(), startApp()]
    const session = await signedInUser(right)
    behind.wait({ hours: -1 })

    const early = (await (await refresh(behind, session.refresh_token)).json()) as SessionBody
    const renewed = await refresh(right, early.refresh_token)
    const read = await profile(right, ((await renewed.json()) as SessionBody).access_token)

    expect([renewed.status, read.status]).toEqual([200, 200])
  })
})

describe('a client that hangs up', () => {
  let visitors = 0

  /** Sends to the Worker itself, which drops a request whose client hung up. */
  const ask = ({ operation, json, body, bearer, cookies, headers: more = {} }: Request, signal?: AbortSignal) => {
    const [method, path] = operation.split(' ')
    const headers = new Headers({ 'CF-Connecting-IP': `203.0.113.${++visitors}`, ...more })
    if (bearer) headers.set('Authorization', `Bearer ${bearer}`)
    if (cookies)
      headers.set(
        'Cookie',
        Object.entries(cookies)
          .map((pair) => pair.join('='))
          .join('; '),
      )
    if (json) headers.set('Content-Type', 'application/json')
    const content = json ? JSON.stringify(json) : body
    const url = `${env.APP_URL}${path}`
    return exports.default.fetch(new globalThis.Request(url, { method, headers, body: content, signal }))
  }

  /**
   * All but log-ins: they load a module, and the runner of these tests never finishes an import that was cut off. The
   * built Worker contains its modules.
   */
  const cutOff = writing.filter(({ operation }) => operation.operation !== 'POST /api/auth/login')

  // Loads these modules beforehand, for the same reason.
  beforeAll(async () => {
    const json = { email: someAddress(), password: newPassword }
    await ask({ operation: 'POST /api/auth/register', json })
    await ask({ operation: 'POST /api/auth/login', json })
  })

  it.for(cutOff)('leaves all or nothing behind, and nobody waiting: $name (F13, I1–I8)', async (of, { expect }) => {
    const { operation } = of
    const { request, sessions, mails, ...shows } = await arranged(operation)
    const client = new AbortController()

    const pending = ask(request, client.signal).then(
      () => undefined,
      () => undefined,
    )
    await scheduler.wait(Math.random() * 8)
    client.abort()
    await Promise.race([pending, scheduler.wait(1000)])
    await scheduler.wait(20)
    const app = startApp()
    const state = await shows.done?.(app)
    const faults = await broken(app, { sessions, mails, admin: true, unanswered: 1 })
    const again = await send(app, request)
    await app.settled()

    expect(faults).toEqual([])
    const after =
      state === undefined ? [operation.status, operation.again] : [state ? operation.again : operation.status]
    expect(after).toContain(again.status)
    expect(await broken(app, { sessions, mails, admin: true, unanswered: 2 })).toEqual([])
    logged()
  })
})

describe('a run of the cron', () => {
  /** Like the Worker's handler: a part that fails does not stop the others. */
  const run = async ({ services, settled }: TestApp) => {
    const { mailDelivery, upkeep } = services
    await Promise.allSettled([mailDelivery.deliverDue(), upkeep.removeExpired(), upkeep.removeOrphans()])
    await settled()
  }

  /** A mail that was not sent, an expired session, and a picture without a user. */
  const due = async () => {
    const send = () => Promise.reject(new Error('no'))
    const email = someAddress('due')
    await register(startApp({ bindings: { EMAIL: { send } as unknown as SendEmail } }), email)
    const past = startApp()
    past.wait({ days: -8 })
    const session = await someoneSignedIn(past)
    // Alone: if more than half of several pictures were unused, the cron would keep them.
    const { objects } = await env.AVATARS.list()
    await env.AVATARS.delete(objects.map(({ key }) => key))
    const picture = randomId()
    await env.AVATARS.put(picture, 'a picture')
    const left = async (app: TestApp) => ({
      session: await isLive(session)(app),
      picture: (await env.AVATARS.head(picture)) !== null,
    })
    return { email, left }
  }

  const between = (which?: number, when?: 'before' | 'after') => {
    const calls: string[] = []
    const { app, mails } = startBetween(async ({ number, to, what }, go) => {
      calls.push(`${to} ${what}`)
      if (number !== which) return go()
      if (when === 'after') await go()
      throw to === 'DB' ? overloaded() : new Error('it broke')
    })
    app.wait({ hours: 2 })
    return { app, mails, calls }
  }

  it('that fails anywhere loses nothing, and the next one does the rest (F8, F9, F10, I1–I8)', {
    timeout: 60_000,
  }, async ({ expect }) => {
    await due()
    const { app, calls } = between()
    await run(app)
    expect(calls.length).toBeGreaterThanOrEqual(7)

    for (let number = 1; number <= calls.length; number++)
      for (const when of ['before', 'after'] as const) {
        const which = `${when} call ${number}: ${calls[number - 1]}`
        const { email, left } = await due()
        const struck = between(number, when)
        await run(struck.app)
        const next = between()
        next.app.wait({ minutes: 6 })

        await run(next.app)

        const sent = [...struck.mails, ...next.mails].filter(({ to }) => to === email)
        expect([1, 2], which).toContain(sent.length)
        expect(new Set(sent.map(({ text }) => text)).size, which).toBe(1)
        expect(await left(next.app), which).toEqual({ session: false, picture: false })
        expect(await broken(startApp(), { sessions: [], mails: [], admin: true }), which).toEqual([])
      }
    logged()
  })

  it('twice at once sends once and removes once, however its calls interleave (F10)', async ({ expect }) => {
    const { email, left } = await due()
    const runs = [1, 2, 3].map(() => {
      const one = startBetween(async (_call, go) => {
        await scheduler.wait(Math.random() * 4)
        return go()
      })
      one.app.wait({ hours: 2 })
      return one
    })

    await Promise.all(runs.map(({ app }) => run(app)))

    expect(runs.flatMap(({ mails }) => mails).filter(({ to }) => to === email)).toHaveLength(1)
    expect(await left(startApp())).toEqual({ session: false, picture: false })
  })
})
