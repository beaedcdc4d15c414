import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, it, vi } from 'vitest'
import worker from '../../src/index.ts'
import { seen } from '../support/app/equal-replies.ts'
import {
  linkIn,
  logIn,
  mailsTo,
  member,
  register,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { failing, faulty, overloaded } from '../support/faults/faulty.ts'
import { logged } from './setup.ts'

type Letter = { to: string; subject: string; text: string }

/** A mail service that treats the n-th letter as the test says; accepted letters are in `sent`. */
const mailService = (answer: (letter: Letter, number: number) => unknown) => {
  const tried: Letter[] = []
  const sent: Letter[] = []
  const binding = {
    send: async (letter: Letter) => {
      tried.push(letter)
      await answer(letter, tried.length)
      sent.push(letter)
      return { messageId: `<${tried.length}@example.com>` }
    },
  } as unknown as SendEmail
  return { tried, sent, binding }
}

const refused = (code: string | undefined = 'E_INTERNAL_SERVER_ERROR') =>
  Object.assign(new Error('the service says no'), code && { code })

/** A mail service that fails so many times, and then works. */
const failingService = (times: number, error: () => unknown = refused) =>
  mailService((_letter, number) => {
    if (number <= times) throw error()
  })

const tokenIn = ({ text }: Letter) => /#token=([\w.-]+)/.exec(text)?.[1]

const verify = (app: TestApp, token = '') => app.call('POST /api/auth/verify-email', { json: { token } })

const forgot = (app: TestApp, email: string) => app.call('POST /api/auth/forgot-password', { json: { email } })

const reset = (app: TestApp, token = '') =>
  app.call('POST /api/auth/reset-password', { json: { token, new_password: 'a new passphrase for tests' } })

// A run of the cron sends everything that is due, including mails that another test left.
beforeEach(async () => {
  await env.DB.prepare('delete from mail').run()
})

describe('a mail', () => {
  it('is sent after the reply', async ({ expect }) => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const service = mailService(() => released)
    const app = startApp({ bindings: { EMAIL: service.binding } })

    const reply = await app.request('POST /api/auth/register', {
      json: { email: someAddress(), password: 'a passphrase for tests' },
    })
    const [tried, before] = [service.tried.length, service.sent.length]
    release()
    await app.settled()

    expect(reply.status).toBe(201)
    // The mail is not even begun before the reply: composing it takes time, and there is a mail only if somebody has the
    // address.
    expect([tried, before]).toEqual([0, 0])
    expect(service.sent).toHaveLength(1)
  })

  it('names its sender, and is marked as automatic', async ({ expect }) => {
    const service = mailService(() => undefined)
    const app = startApp({ bindings: { EMAIL: service.binding } })
    const email = someAddress()

    await register(app, email)

    expect(service.sent[0]).toMatchObject({
      from: { email: 'no-reply@example.com', name: 'Gatehouse' },
      to: email,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  })

  it('that the mail service does not accept is tried again after 1, 5, 30 and 120 minutes, then never (F8)', async ({
    expect,
  }) => {
    const service = failingService(Number.POSITIVE_INFINITY)
    const app = startApp({ bindings: { EMAIL: service.binding } })
    await register(app, someAddress())
    const tried: number[] = []
    const look = async (wait: { minutes?: number; seconds?: number; days?: number }) => {
      app.wait(wait)
      await app.cron()
      tried.push(service.tried.length)
    }

    await look({ seconds: 59.999 })
    await look({ seconds: 0.001 })
    for (const minutes of [5, 30, 120]) {
      await look({ minutes, seconds: -0.001 })
      await look({ seconds: 0.001 })
    }
    await look({ minutes: 180 })
    await look({ days: 1 })

    expect(tried).toEqual([1, 2, 2, 3, 3, 4, 4, 5, 5, 5])
    expect(service.sent).toEqual([])
  })

  it.for([1, 2, 3, 4])(
    'that is accepted after %i failures is sent once, and its link works (F8, I7)',
    async (times, { expect }) => {
      const service = failingService(times)
      const app = startApp({ bindings: { EMAIL: service.binding } })
      const email = someAddress()
      await register(app, email)

      for (const minutes of [1, 5, 30, 120, 600]) {
        app.wait({ minutes })
        await app.cron()
      }

      expect(service.sent.map(({ to }) => to)).toEqual([email])
      expect(new Set(service.tried.map(tokenIn)).size).toBe(1)
      expect((await verify(app, tokenIn(service.sent[0]!))).status).toBe(200)
      expect(await logIn(app, email)).toHaveProperty('access_token')
    },
  )

  it.for([
    { what: 'E_RECIPIENT_SUPPRESSED', error: () => refused('E_RECIPIENT_SUPPRESSED'), attempts: 1 },
    { what: 'E_RATE_LIMIT_EXCEEDED', error: () => refused('E_RATE_LIMIT_EXCEEDED'), attempts: 2 },
    { what: 'E_DAILY_LIMIT_EXCEEDED', error: () => refused('E_DAILY_LIMIT_EXCEEDED'), attempts: 1 },
    { what: 'E_SENDER_NOT_VERIFIED', error: () => refused('E_SENDER_NOT_VERIFIED'), attempts: 2 },
    { what: 'E_DELIVERY_FAILED', error: () => refused('E_DELIVERY_FAILED'), attempts: 2 },
    { what: 'an error without a code', error: () => new Error('email from x not allowed'), attempts: 2 },
    { what: 'what is no error', error: () => 'no', attempts: 2 },
  ])(
    'refused with $what has been tried $attempts times a minute later (F8)',
    async ({ error, attempts }, { expect }) => {
      const service = failingService(Number.POSITIVE_INFINITY, error)
      const app = startApp({ bindings: { EMAIL: service.binding } })
      await register(app, someAddress())

      app.wait({ minutes: 1 })
      await app.cron()

      expect(service.tried).toHaveLength(attempts)
    },
  )

  it('that fails is not noticed by whoever asked for it (A-02, F8)', async ({ expect }) => {
    const service = failingService(Number.POSITIVE_INFINITY, () => refused('E_RECIPIENT_SUPPRESSED'))
    const [working, broken] = [startApp(), startApp({ bindings: { EMAIL: service.binding } })]
    const [one, other, stranger] = [await member(working), await member(working), someAddress()]
    for (const app of [working, broken]) app.wait({ minutes: 1 })

    const replies = [await forgot(working, one), await forgot(broken, other), await forgot(broken, stranger)]

    const bytes = await Promise.all(replies.map((reply, at) => seen(reply, [one, other, stranger][at])))
    expect(service.tried).toHaveLength(1)
    expect(new Set(bytes).size).toBe(1)
  })

  it('with a link that is too old by then is not sent', async ({ expect }) => {
    const service = failingService(4)
    const app = startApp({ bindings: { EMAIL: service.binding } })
    const email = await member(startApp())
    app.wait({ minutes: 1 })
    await forgot(app, email)

    for (const minutes of [1, 5, 30, 120]) {
      app.wait({ minutes })
      await app.cron()
    }

    // At 0, 1 and 6 minutes; at 36 minutes the link is no longer valid.
    expect(service.tried).toHaveLength(3)
    expect(service.sent).toEqual([])
  })

  it('that is not sent yet when another is requested is sent as well, and both links are valid', async ({ expect }) => {
    const service = failingService(1)
    const app = startApp({ bindings: { EMAIL: service.binding } })
    const email = await member(startApp())
    app.wait({ minutes: 1 })
    await forgot(app, email)
    app.wait({ minutes: 1 })

    await forgot(app, email)
    for (const minutes of [1, 5]) {
      app.wait({ minutes })
      await app.cron()
    }

    const [old, fresh] = service.tried.map(tokenIn)
    expect(service.sent.map(tokenIn).sort()).toEqual([old, fresh].sort())
    expect(old).not.toBe(fresh)
    // Using one of them voids the other.
    expect([(await reset(app, old)).status, (await reset(app, fresh)).status]).toEqual([200, 400])
  })

  it('to a user whose account is gone by then is not sent', async ({ expect }) => {
    const service = failingService(1)
    const app = startApp({ bindings: { EMAIL: service.binding } })
    const email = await member(startApp())
    const { access_token } = await logIn(startApp(), email)
    app.wait({ minutes: 1 })
    await forgot(app, email)

    await app.call('DELETE /api/user/account', { bearer: access_token, json: { current_password: somePassword } })
    for (const minutes of [1, 5]) {
      app.wait({ minutes })
      await app.cron()
    }

    // The mail about the deletion itself is sent.
    expect(service.sent).toMatchObject([{ to: email, subject: 'Your account at Gatehouse was deleted' }])
  })
})

describe('a link that was mailed', () => {
  it('stays valid when another is requested, and each proves the mailbox (ASVS 6.6.2)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    const tokens: string[] = []
    await register(app, email)
    tokens.push(linkIn(app, email))
    for (let time = 0; time < 3; time++) {
      app.wait({ minutes: 1 })
      await app.call('POST /api/auth/resend-verification', { json: { email } })
      tokens.push(linkIn(app, email))
    }

    const replies = []
    for (const token of tokens) replies.push((await verify(app, token)).status)

    expect(replies).toEqual([200, 200, 200, 200])
  })

  it('leaves links of another kind alone', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    const verification = linkIn(app, email)

    await forgot(app, email)

    expect((await verify(app, verification)).status).toBe(200)
    expect((await reset(app, linkIn(app, email))).status).toBe(200)
  })

  it('is valid until it is used or too old, whatever else was sent (I7)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    for (let time = 0; time < 4; time++) {
      app.wait({ minutes: 1 })
      await forgot(app, email)
      await app.cron()
    }

    const ids = mailsTo(app, email).map((mail) => tokenIn(mail)!.split('.')[0])
    const { results } = await app.db
      .prepare('select id, expires_at from mail where sent_at is not null')
      .all<{ id: string; expires_at: number }>()
    const alive = results.filter((row) => row.expires_at > app.now().getTime())

    expect(alive.map(({ id }) => id).sort()).toEqual(ids.sort())
  })
})

describe('the cron', () => {
  it('sends what an isolate that died after its reply left behind (F11)', async ({ expect }) => {
    const dead = mailService(() => new Promise(() => {}))
    const dying = startApp({ bindings: { EMAIL: dead.binding } })
    const email = someAddress()
    await dying.request('POST /api/auth/register', { json: { email, password: 'a passphrase for tests' } })
    const next = startApp()

    await next.cron()
    const early = mailsTo(next, email).length
    next.wait({ minutes: 1, seconds: 1 })
    await next.cron()

    expect(early).toBe(0)
    expect(mailsTo(next, email)).toHaveLength(1)
    expect((await verify(next, linkIn(next, email))).status).toBe(200)
  })

  it('twice at once sends each mail once (F10)', async ({ expect }) => {
    const broken = startApp({ bindings: { EMAIL: failingService(Number.POSITIVE_INFINITY).binding } })
    const addresses = Array.from({ length: 12 }, () => someAddress())
    for (const email of addresses) await register(broken, email)
    const apps = [startApp(), startApp(), startApp()]
    for (const app of apps) app.wait({ minutes: 2 })

    await Promise.all(apps.flatMap((app) => [app.cron(), app.cron()]))

    const sent = apps.flatMap((app) => app.mailbox.map(({ to }) => to))
    expect(sent.sort()).toEqual(addresses.sort())
  })

  it('sends all that is due in one run, twenty at a time', async ({ expect }) => {
    const broken = startApp({
      vars: { THROTTLE_FACTOR: '100' },
      bindings: { EMAIL: failingService(Number.POSITIVE_INFINITY).binding },
    })
    const addresses = Array.from({ length: 25 }, () => someAddress())
    for (const email of addresses) {
      await register(broken, email)
      broken.wait({ seconds: 1 })
    }
    const app = startApp()
    app.wait({ minutes: 2 })

    const { waiting } = await app.services.mailDelivery.deliverDue()

    expect(waiting).toBe(0)
    expect(
      app.mailbox
        .slice(0, 20)
        .map(({ to }) => to)
        .sort(),
    ).toEqual(addresses.slice(0, 20).sort())
    expect(app.mailbox.map(({ to }) => to).sort()).toEqual(addresses.sort())
  })

  it('sends the others if one mail hangs, and retries that one at its next turn (F10)', async ({ expect }) => {
    const broken = startApp({ bindings: { EMAIL: failingService(Number.POSITIVE_INFINITY).binding } })
    const [stuck, ...others] = [someAddress('stuck'), someAddress(), someAddress()]
    for (const email of [stuck!, ...others]) await register(broken, email)
    const service = mailService(({ to }) => (to === stuck ? new Promise(() => {}) : undefined))
    const [app, next] = [startApp({ bindings: { EMAIL: service.binding } }), startApp()]
    app.wait({ minutes: 1, seconds: 1 })
    next.wait({ minutes: 6, seconds: 2 })

    const never = app.services.mailDelivery.deliverDue()
    await vi.waitFor(() => expect(service.sent).toHaveLength(2))
    await next.cron()

    expect(service.sent.map(({ to }) => to).sort()).toEqual(others.sort())
    expect(next.mailbox.map(({ to }) => to)).toEqual([stuck])
    expect(await Promise.race([never, Promise.resolve('still waiting')])).toBe('still waiting')
  })

  it('ends when everything it took is done, even if one of them fails (F9)', async ({ expect }) => {
    const broken = startApp({ bindings: { EMAIL: failingService(Number.POSITIVE_INFINITY).binding } })
    const [first, slow] = [someAddress(), someAddress()]
    for (const email of [first, slow]) await register(broken, email)
    const service = mailService(({ to }) => (to === slow ? scheduler.wait(50) : undefined))
    let marks = 0
    const marking = ({ sql }: { sql: string[] }) => /^update "mail" set "sent_at"/.test(sql[0]!) && ++marks === 1
    const app = startApp({
      bindings: { EMAIL: service.binding, DB: faulty(env.DB, failing('before', marking, overloaded)) },
    })
    app.wait({ minutes: 2 })

    const outcome = await app.services.mailDelivery.deliverDue().catch((error) => error.code)

    expect(outcome).toBe('dependency_unavailable')
    expect(service.sent.map(({ to }) => to).sort()).toEqual([first, slow].sort())
    expect(marks).toBe(2)
  })

  it('sends a mail again whose sending it could not record: once, with the same link (F9)', async ({ expect }) => {
    let broken = true
    const marking = ({ sql }: { sql: string[] }) => broken && /^update "mail" set "sent_at"/.test(sql[0]!)
    const app = startApp({ bindings: { DB: faulty(env.DB, failing('before', marking, overloaded)) } })
    const email = someAddress()
    await register(app, email)
    broken = false

    for (const minutes of [1, 5, 30, 120]) {
      app.wait({ minutes })
      await app.cron()
    }

    expect(logged()).toHaveLength(1)
    const tokens = mailsTo(app, email).map(tokenIn)
    expect(tokens).toHaveLength(2)
    expect(new Set(tokens).size).toBe(1)
    expect((await verify(app, tokens[0])).status).toBe(200)
  })

  it('loses no mail whose lease it took without learning of it (F3)', async ({ expect }) => {
    const dead = startApp({ bindings: { EMAIL: failingService(Number.POSITIVE_INFINITY).binding } })
    const email = someAddress()
    await register(dead, email)
    let taken = 0
    const taking = ({ sql }: { sql: string[] }) => /^update "mail" set "attempts"/.test(sql[0]!) && ++taken === 1
    const app = startApp({ bindings: { DB: faulty(env.DB, failing('after', taking)) } })

    for (const minutes of [1, 5, 30]) {
      app.wait({ minutes })
      await app.cron()
    }

    expect(mailsTo(app, email)).toHaveLength(1)
  })
})

describe('the scheduled handler of the Worker', () => {
  const run = async (bindings: Partial<Env> = {}) => {
    const ctx = createExecutionContext()
    await worker.scheduled(createScheduledController(), { ...env, ...bindings })
    await waitOnExecutionContext(ctx)
  }

  /** Leaves a registration of two minutes ago whose mail was not sent. */
  const waiting = async () => {
    const app = startApp({ bindings: { EMAIL: failingService(1).binding } })
    app.wait({ minutes: -2 })
    const email = someAddress()
    await register(app, email)
    return email
  }

  it('sends what is due', async ({ expect }) => {
    const email = await waiting()
    const service = mailService(() => undefined)

    await run({ EMAIL: service.binding })
    await run({ EMAIL: service.binding })

    expect(service.sent.map(({ to }) => to)).toEqual([email])
  })

  it('run twice at once sends it once (F10)', async ({ expect }) => {
    const email = await waiting()
    const service = mailService(() => undefined)

    await Promise.all([run({ EMAIL: service.binding }), run({ EMAIL: service.binding })])

    expect(service.sent.map(({ to }) => to)).toEqual([email])
  })

  it('ends without an exception if D1 is down, and says so in the log (F1)', async ({ expect }) => {
    const DB = faulty(env.DB, () => Promise.reject(overloaded()))

    await run({ DB })

    const lines = logged().map((line) => JSON.parse(line))
    expect(lines.length).toBeGreaterThanOrEqual(2)
    for (const line of lines) expect(line).toMatchObject({ level: 'error', at: 'scheduled' })
  })

  it('sends mails even if nothing can be removed (F10)', async ({ expect }) => {
    const email = await waiting()
    const service = mailService(() => undefined)
    const removing = ({ sql }: { sql: string[] }) => /^insert into "sweeps"/.test(sql[0]!)

    await run({ EMAIL: service.binding, DB: faulty(env.DB, failing('before', removing, overloaded)) })

    expect(service.sent.map(({ to }) => to)).toEqual([email])
    expect(logged()).toHaveLength(1)
  })
})
