import { env } from 'cloudflare:workers'
import { beforeEach, describe, it } from 'vitest'
import { firefox } from '../support/app/browsers.ts'
import {
  alterUser,
  codeOf,
  linkIn,
  logIn,
  member,
  profile,
  refresh,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { cleanUp } from '../support/budgets/budget.ts'

const count = async (app: TestApp, table: string, where = 'true', ...values: unknown[]) =>
  app.db
    .prepare(`select count(*) as n from ${table} where ${where}`)
    .bind(...values)
    .first<number>('n')

const verify = (app: TestApp, email: string) =>
  app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })

// Expired rows are removed whichever test left them, so each test starts without those of the others.
beforeEach(async () => {
  for (const table of ['mail', 'sessions', 'users', 'throttles', 'audit'])
    await env.DB.prepare(`delete from ${table}`).run()
})

describe('the clean-up', () => {
  it.for([
    { what: 'keeps a session that lives', days: 7, milliseconds: 0, left: 1 },
    { what: 'removes a session that expired', days: 7, milliseconds: 1, left: 0 },
  ])('$what', async ({ days, milliseconds, left }, { expect }) => {
    const app = startApp()
    await signedInUser(app)

    app.wait({ days, seconds: milliseconds / 1000 })
    await app.cron()

    expect(await count(app, 'sessions')).toBe(left)
  })

  it.for([
    { what: 'keeps a device that was seen', milliseconds: 0, left: 1 },
    { what: 'forgets a device that was not seen', milliseconds: 1, left: 0 },
  ])('$what for 400 days (ASVS 14.2.7)', async ({ milliseconds, left }, { expect }) => {
    const app = startApp()
    const { email } = await signedInUser(app)
    app.wait({ days: 1 })
    const json = { email, password: somePassword }
    await app.call('POST /api/auth/login', { json, headers: { 'User-Agent': firefox } })

    app.wait({ days: 399, seconds: milliseconds / 1000 })
    await app.cron()

    expect(await count(app, 'devices')).toBe(1 + left)
  })

  it('keeps a session that is refreshed, and counts those that are left', async ({ expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)
    await signedInUser(app)
    app.wait({ days: 6 })
    const kept = (await (await refresh(app, refresh_token)).json()) as { refresh_token: string }

    app.wait({ days: 2 })
    await app.cron()

    const counter = await app.db
      .prepare("select count from daily where metric = 'sessions' and day = 'now'")
      .first('count')
    expect((await refresh(app, kept.refresh_token)).status).toBe(200)
    expect(await count(app, 'sessions')).toBe(1)
    expect(counter).toBe(1)
  })

  it('opens nothing that a throttle has closed', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const guess = () => app.call('POST /api/auth/login', { json: { email, password: 'a wrong passphrase' } })
    for (let time = 0; time < 10; time++) await guess()
    app.wait({ minutes: 14, seconds: 59 })

    await app.cron()
    const closed = await guess()
    app.wait({ seconds: 1 })
    const open = await guess()

    expect([closed.status, open.status]).toEqual([429, 401])
  })

  it('removes counters whose window is over, and keeps those that count on (N11)', async ({ expect }) => {
    const app = startApp()
    await app.call('POST /api/auth/login', { json: { email: someAddress(), password: 'a wrong passphrase' } })

    app.wait({ minutes: 16 })
    await app.cron()

    // Consecutive failures of the address, which are counted for more than a year.
    expect(await count(app, 'throttles')).toBe(1)
    app.wait({ days: 401 })
    await app.cron()
    expect(await count(app, 'throttles')).toBe(0)
  })

  it.for([
    { what: 'keeps a link that lives', hours: 24, milliseconds: 0, left: 1 },
    { what: 'removes a link that expired', hours: 24, milliseconds: 1, left: 0 },
  ])('$what', async ({ hours, milliseconds, left }, { expect }) => {
    const app = startApp()
    await register(app, someAddress())

    app.wait({ hours, seconds: milliseconds / 1000 })
    await app.cron()

    expect(await count(app, 'mail')).toBe(left)
  })

  it('keeps a link that was used, since it may be repeated while it lives', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    await verify(app, email)

    app.wait({ hours: 23 })
    await app.cron()

    expect((await verify(app, email)).status).toBe(200)
  })

  it('keeps a mail that is still to be sent', async ({ expect }) => {
    const send = () => Promise.reject(new Error('no'))
    const broken = startApp({ bindings: { EMAIL: { send } as unknown as SendEmail } })
    const email = someAddress()
    await register(broken, email)
    const app = startApp()

    await app.services.upkeep.removeExpired()
    app.wait({ minutes: 1 })
    await app.cron()

    expect(app.mailbox.map(({ to }) => to)).toEqual([email])
  })

  it('keeps audit entries for ninety days (ASVS 14.2.7)', async ({ expect }) => {
    const app = startApp()
    const { email } = await signedInUser(app)
    const entries = await count(app, 'audit')
    app.wait({ days: 1 })
    await logIn(app, email)

    app.wait({ days: 89 })
    await app.cron()
    const kept = await count(app, 'audit')
    app.wait({ seconds: 1 })
    await app.cron()

    expect(kept).toBe(entries! + 1)
    expect(await count(app, 'audit')).toBe(1)
  })

  it('keeps audit entries for as long as the setting says', async ({ expect }) => {
    const app = startApp({ vars: { AUDIT_RETENTION_DAYS: '3' } })
    await signedInUser(app)

    app.wait({ days: 2, hours: 23 })
    await app.cron()
    const kept = await count(app, 'audit')
    app.wait({ hours: 2 })
    await app.cron()

    expect(kept).toBeGreaterThan(0)
    expect(await count(app, 'audit')).toBe(0)
  })
})

describe('an account that nobody verified', () => {
  it.for([
    { what: 'is kept for thirty days', days: 30, milliseconds: 0, left: 1 },
    { what: 'is removed after thirty days', days: 30, milliseconds: 1, left: 0 },
  ])('$what (decision 22)', async ({ days, milliseconds, left }, { expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)

    app.wait({ days, seconds: milliseconds / 1000 })
    await app.cron()

    expect(await count(app, 'users', 'email = ?', email)).toBe(left)
  })

  it.for(['imported', 'invited', 'created', null] as const)(
    'is kept for ever if it did not register itself: %s',
    async (origin, { expect }) => {
      const app = startApp()
      const [theirs, own] = [someAddress(), someAddress()]
      for (const email of [theirs, own]) await register(app, email)
      await alterUser(app, theirs, { origin })

      app.wait({ days: 31 })
      await app.cron()
      await app.cron()

      expect(await count(app, 'users', 'email = ?', own)).toBe(0)
      app.wait({ days: 4000 })
      await app.cron()
      expect(await count(app, 'users', 'email = ?', theirs)).toBe(1)
    },
  )

  it('that is removed can be registered again, by its first password too', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    app.wait({ days: 30, seconds: 1 })
    await app.cron()

    await register(app, email)
    await verify(app, email)

    expect(await logIn(app, email)).toHaveProperty('access_token')
  })

  it.for([
    { what: 'registered again', again: 'register', json: { password: somePassword } },
    { what: 'asked for the link again', again: 'resend-verification', json: {} },
    { what: 'forgot the password', again: 'forgot-password', json: {} },
  ])(
    'is kept while a link is valid that was mailed because somebody $what (I1, I7)',
    async ({ again, json }, { expect }) => {
      const app = startApp()
      const email = someAddress()
      await register(app, email)
      app.wait({ days: 29, hours: 23, minutes: 50 })
      await app.call(`POST /api/auth/${again}`, { json: { email, ...json } })
      app.wait({ minutes: 20 })

      await app.cron()

      expect(await count(app, 'users', 'email = ?', email)).toBe(1)
      const token = linkIn(app, email)
      const replies = [
        await app.call('POST /api/auth/verify-email', { json: { token } }),
        await app.call('POST /api/auth/reset-password', {
          json: { token, new_password: 'a new passphrase for tests' },
        }),
      ]
      expect(replies.map(({ status }) => status)).toContain(200)
    },
  )

  it('is kept if verification is optional', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)

    app.wait({ days: 400 })
    await app.cron()

    expect(await logIn(app, email)).toHaveProperty('access_token')
  })

  it('is kept if its user has logged in while verification was optional', async ({ expect }) => {
    const optional = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(optional, email)
    await logIn(optional, email)
    const app = startApp()

    app.wait({ days: 400 })
    await app.cron()

    expect(await count(app, 'users', 'email = ?', email)).toBe(1)
  })

  it('is all that goes: others stay, and the totals are right', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await register(app, someAddress())

    app.wait({ days: 31 })
    await app.cron()

    const { results } = await app.db.prepare('select verified, count from totals where count > 0').all()
    expect(results).toEqual([{ verified: 1, count: 1 }])
    expect(await logIn(app, email)).toHaveProperty('access_token')
  })
})

describe('a run of the clean-up', () => {
  const throttle = (app: TestApp, rows: number, endsAt: number, before = `${endsAt} `) =>
    app.db
      .prepare(
        `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
         insert into throttles(key, count, blocked_until, ends_at) select ? || i, 1, 0, cast(? as integer) from n`,
      )
      .bind(rows, before, endsAt)
      .run()

  it('removes a bounded number of rows, and the next ones the rest', async ({ expect }) => {
    const app = startApp()
    await throttle(app, 20_200, app.now().getTime() - 1)

    const removed = [await app.services.upkeep.removeExpired(), await app.services.upkeep.removeExpired()]

    expect(removed).toEqual([20_000, 200])
    expect(await count(app, 'throttles')).toBe(0)
  })

  it('walks through a table of any size, portion by portion, and then begins again', async ({ expect }) => {
    const app = startApp()
    const now = app.now().getTime()
    const lives = now + 86_400_000
    // In the order of their keys: five thousand live rows, one that is over, and again as many live ones.
    await throttle(app, 5000, lives, 'a')
    await throttle(app, 1, now - 1, 'b')
    await throttle(app, 5000, lives, 'c')
    const runs: { removed: number; read: number; written: number }[] = []
    for (let run = 0; run < 12; run++) {
      Object.assign(app.counter, { rowsRead: 0, rowsWritten: 0 })
      const removed = await app.services.upkeep.removeExpired()
      runs.push({ removed, read: app.counter.rowsRead, written: app.counter.rowsWritten })
      if (run === 5) await throttle(app, 1, now - 1, 'b')
    }

    expect(runs.map(({ removed }) => removed)).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0])
    expect(Math.max(...runs.map(({ read }) => read))).toBeLessThan(6200)
    expect(Math.max(...runs.map(({ written }) => written))).toBeLessThanOrEqual(cleanUp.rowsWritten)
    const size = await app.db.prepare("select size from sweeps where name = 'throttles'").first('size')
    expect(size).toBe(10_000)
  })

  it('costs no more than the budget of a run, however large every table is', async ({ expect }) => {
    const app = startApp()
    const { user } = await signedInUser(app)
    const now = app.now().getTime()
    const many = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500)'
    const insert = (text: string) => app.db.prepare(`${many} ${text}`).bind(user.id, now).run()
    await throttle(app, 5000, now + 86_400_000, 'k')
    await insert(`insert into sessions (id, user_id, nonce, created_at, rotated_at, auth_time, expires_at, ends_at)
      select 's' || i, ?1, 'n', ?2, ?2, ?2, ?2 + 60000, ?2 + 60000 from n`)
    await insert(`insert into mail (id, user_id, kind, address, address_canonical, created_at, expires_at)
      select 'm' || i, ?1, 'notice', 'a', 'a', ?2, ?2 + 60000 from n`)
    await insert(`insert into users (id, email, email_canonical, created_at, updated_at, origin)
      select '018-' || i || substr(?1, 1, 1), 'u' || i, 'u' || i, ?2, ?2, 'imported' from n`)
    await insert(`insert into devices (user_id, name, first_seen_at, last_seen_at)
      select '018-' || i || substr(?1, 1, 1), 'Firefox', ?2, ?2 from n`)
    const costs: { read: number; written: number }[] = []
    for (let run = 0; run < 30; run++) {
      Object.assign(app.counter, { rowsRead: 0, rowsWritten: 0 })
      await app.services.upkeep.removeExpired()
      costs.push({ read: app.counter.rowsRead, written: app.counter.rowsWritten })
    }

    expect(Math.max(...costs.map(({ written }) => written))).toBeLessThanOrEqual(cleanUp.rowsWritten)
    expect(Math.max(...costs.map(({ read }) => read))).toBeLessThanOrEqual(cleanUp.rowsRead)
    expect(costs.some(({ written }) => written > 4)).toBe(true)
  })

  it('counts the sessions that are left, however many portions they are', async ({ expect }) => {
    const app = startApp()
    const { user } = await signedInUser(app)
    await app.db
      .prepare(
        `with recursive n(i) as (select 1 union all select i + 1 from n where i < 1299)
         insert into sessions (id, user_id, nonce, created_at, rotated_at, auth_time, expires_at, ends_at)
         select 's' || i, ?1, 'n', ?2, ?2, ?2, ?2 + iif(i <= 100, -1, 60000), ?2 + 60000 from n`,
      )
      .bind(user.id, app.now().getTime())
      .run()
    const counted = () => app.db.prepare("select count from daily where metric = 'sessions'").first('count')

    for (let run = 0; run < 30; run++) await app.services.upkeep.removeExpired()

    expect(await count(app, 'sessions')).toBe(1200)
    expect(await counted()).toBe(1200)
  })

  it('twice at once removes the same (F10)', async ({ expect }) => {
    const app = startApp()
    const now = app.now().getTime()
    await throttle(app, 900, now - 1)
    await throttle(app, 3, now + 60_000)

    await Promise.all([app.cron(), app.cron(), app.cron()])

    expect(await count(app, 'throttles')).toBe(3)
  })

  it('with nothing to remove takes one round trip', async ({ expect }) => {
    const app = startApp()
    await signedInUser(app)
    app.counter.trips = 0

    await app.services.upkeep.removeExpired()

    expect(app.counter.trips).toBe(1)
  })

  it('does not log out anybody', async ({ expect }) => {
    const app = startApp()
    const { access_token, refresh_token } = await signedInUser(app)

    await app.cron()

    expect((await profile(app, access_token)).status).toBe(200)
    expect((await refresh(app, refresh_token)).status).toBe(200)
    expect(await codeOf(await profile(app, 'x'))).toBe('invalid_token')
  })
})
