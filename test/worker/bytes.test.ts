import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, it } from 'vitest'
import { limits } from '../../src/domain/limits.ts'
import { attempt, right, someNetwork, statuses } from '../support/app/attempts.ts'
import {
  alterUser,
  linkIn,
  mailsTo,
  refresh,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'

/** How much hostile but permitted traffic may leave in the database: bytes have a budget like rows. */

const day = 86_400_000
const megabyte = 1e6
const longest = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) '.repeat(20) }

/** Returns the bytes of the whole database, with its indexes and half-full pages. */
const bytes = async (app: TestApp): Promise<number> => (await app.db.prepare('select 1').run()).meta.size_after

const rows = async (app: TestApp, table: string) =>
  (await app.db.prepare(`select count(*) as n from ${table}`).first<{ n: number }>())!.n

/** Returns the bytes of one counter, measured with some hundred that the work leaves. */
const counterBy = async (app: TestApp, work: () => Promise<unknown>) => {
  const [size, count] = [await bytes(app), await rows(app, 'throttles')]
  await work()
  return ((await bytes(app)) - size) / ((await rows(app, 'throttles')) - count)
}

/** Returns the milliseconds that each existing counter will last, the longest first. */
const lifetimes = async (app: TestApp) => {
  const sql = 'select ends_at - ? as life from throttles order by life desc'
  return (await app.db.prepare(sql).bind(app.now().getTime()).all<{ life: number }>()).results.map(({ life }) => life)
}

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
})

describe('a thousand networks that guess at the allowed rate, all day', { timeout: 120_000 }, () => {
  const networks = 1000
  const perNetwork = limits.logInNetwork.limit / limits.logInNetwork.window

  it('leave less than 100 MB, however they spread the guesses over unknown addresses (ASVS 2.4.1)', async ({
    expect,
  }) => {
    const app = startApp()
    const loose = startApp({ vars: { THROTTLE_FACTOR: '1000' } })
    const ip = someNetwork()
    const counter = await counterBy(app, () => statuses(150, () => attempt(loose, someAddress('nobody'), { ip })))
    const size = await bytes(app)
    const [address, sample] = [someAddress('nobody'), 100]
    await statuses(sample, () => attempt(loose, address, { ip: someNetwork(), headers: longest }))
    const entry = ((await bytes(app)) - size) / sample - counter
    const audit = networks * (day / (15 * 60_000)) * entry

    const left: Record<number, number> = {}
    for (const each of [1, 49, 50, 99]) {
      await app.db.prepare('delete from throttles').run()
      const guessed = someAddress('nobody')
      for (let n = 0; n < each; n++) {
        if (n > 0 && n % 10 === 0) app.wait({ minutes: 16 })
        await attempt(app, guessed)
      }
      // One counter for the network; the others are those of the address, which are replaced as long as they last.
      const ofAddress = (await lifetimes(app)).filter((life) => life !== limits.logInNetwork.window).slice(0, 2)
      const alive = ofAddress.reduce((sum, life) => sum + Math.min(life, day), 0)
      left[each] = (networks * (perNetwork / each) * alive * counter + audit) / megabyte
    }

    expect(
      Object.values(left).filter((size) => size >= 100),
      JSON.stringify(left),
    ).toEqual([])
  })

  it('ask for mails to unknown addresses and leave no more (ASVS 2.4.1)', async ({ expect }) => {
    const app = startApp()
    const { limit, window } = limits.linkNetwork
    const ask = () => app.call('POST /api/auth/forgot-password', { json: { email: someAddress() }, ip: someNetwork() })
    const counter = await counterBy(app, () => statuses(100, ask))
    await app.db.prepare('delete from throttles').run()
    await ask()
    const alive = (await lifetimes(app)).reduce((sum, life) => sum + Math.min(life, day), 0)

    expect((networks * (limit / window) * alive * counter) / megabyte).toBeLessThan(100)
  })

  it('leave rows that are removed as fast as they come', async ({ expect }) => {
    const app = startApp()
    const aMinute = 2 * networks * perNetwork * 60_000
    await app.db
      .prepare(
        `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
          insert into throttles (key, count, blocked_until, ends_at) select hex(randomblob(21)), 1, 0, 1 from n`,
      )
      .bind(aMinute)
      .run()

    await app.cron()

    expect(await rows(app, 'throttles')).toBe(0)
  })
})

describe('one account', { timeout: 120_000 }, () => {
  it('leaves less than 5 MB in a day, whatever it does (ASVS 2.4.1)', async ({ expect }) => {
    const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
    const user = await signedInUser(app)
    const { email } = user
    let bearer = user.access_token
    const headers = longest
    const before = await bytes(app)
    const enter = async (from = headers) => (await attempt(app, email, { ...right, headers: from })).json() as never
    const session = async () => (await enter()) as { access_token: string; refresh_token: string }
    const systems = ['Windows NT 10.0', 'Macintosh', 'X11; Linux x86_64', 'iPhone', 'Android 14']
    const sids = async (token: string) => {
      const reply = await app.call('GET /api/user/sessions', { bearer: token })
      return ((await reply.json()) as { sessions: { id: string; current: boolean }[] }).sessions
    }

    // An hour of each act, more often than the audit has room for.
    for (let n = 0; n < 25; n++) {
      const one = await session()
      await app.call('POST /api/auth/logout', { bearer: one.access_token, headers })
      await app.call('PATCH /api/user/profile', { bearer, json: { name: `Ada ${n}` }, headers })
      // Recent, as a change of address requires.
      const again = { bearer, json: { password: somePassword }, headers }
      bearer = ((await (await stepUp(app, again)).json()) as typeof user).access_token
      await app.call('GET /api/user/export', { bearer, headers })
      await session()
      const other = (await sids(bearer)).find(({ current }) => !current)!
      await app.call(`DELETE /api/user/sessions/${other.id}`, { bearer, headers })
      await session()
      await app.call('DELETE /api/user/sessions', { bearer, headers })
      await attempt(app, email, { ...right, headers: { 'User-Agent': `Mozilla/5.0 (${systems[n % 5]}) Chrome/1${n}` } })
      const copied = await session()
      await refresh(app, copied.refresh_token)
      app.wait({ seconds: 31 })
      await app.call('POST /api/auth/refresh', { json: { refresh_token: copied.refresh_token }, headers })
      if (n < 20) {
        await alterUser(app, email, { avatar: `${'x'.repeat(20)}${n + 10}` })
        await app.call('DELETE /api/user/avatar', { bearer, headers })
      }
      if (n < 5) {
        // Mails to one address must be a minute apart.
        app.wait({ minutes: 2 })
        await app.call('PATCH /api/user/profile', { bearer, json: { email: someAddress('next') }, headers })
        await app.call('POST /api/auth/cancel-email-change', {
          json: { token: linkIn(app, email, 'cancel-email-change') },
          headers,
        })
        // The session that requested the change has ended with it.
        bearer = (await session()).access_token
      }
      for (const [from, to] of [
        [somePassword, `${somePassword} ${n}`],
        [`${somePassword} ${n}`, somePassword],
      ]) {
        const json = { current_password: from, new_password: to }
        const changed = await app.call('POST /api/user/change-password', { bearer, json, headers })
        bearer = ((await changed.json()) as { access_token?: string }).access_token ?? bearer
      }
    }
    const left = (await bytes(app)) - before

    const counts = await app.db
      .prepare('select event, count(*) as rows, sum(count) as n from audit group by event order by event')
      .all<{ event: string; rows: number; n: number }>()
    const told = Object.fromEntries(counts.results.map(({ event, rows: own, n }) => [event, [own, n]]))
    expect((left * 24) / megabyte, JSON.stringify(told)).toBeLessThan(5)
    expect(told).toMatchObject({
      logged_in: [20, 131],
      logged_out: [20, 25],
      profile_updated: [20, 25],
      reauthenticated: [20, 25],
      data_exported: [20, 25],
      session_ended: [20, 25],
      sessions_ended: [20, 25],
      refresh_reuse: [20, 25],
      password_changed: [20, 50],
    })
    const subjects = mailsTo(app, email).map(({ subject }) => subject)
    expect(subjects.filter((subject) => subject.includes('password was changed')).length).toBeLessThanOrEqual(5)
  })
})
