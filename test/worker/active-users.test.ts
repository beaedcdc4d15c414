import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, inject, it } from 'vitest'
import { newId, randomId } from '../../src/domain/ids.ts'
import { dailySeries } from '../../src/domain/model.ts'
import { bodyOf, signedInAdmin } from '../support/app/administrators.ts'
import { failedMail } from '../support/app/failed-mails.ts'
import { logIn, member, someAddress, somePassword, startApp, type TestApp } from '../support/app/support.ts'

const day = 86_400_000

const nameOf = (days: number) => new Date(days * day).toISOString().slice(0, 10)

/** What a user did at a time: a log-in, or a refresh of the session that the user started last. */
type Act = { user: number; at: number; refresh: boolean }

/** Counts users by day, week and month as a scan of everything that happened would. */
const scanned = (acts: Act[]) => {
  const seen = new Set<string>()
  for (const { user, at } of acts) {
    const days = Math.floor(at / day)
    const date = new Date(days * day)
    const monday = days - ((date.getUTCDay() + 6) % 7)
    const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / day
    for (const [metric, start] of [
      ['active', days],
      ['active_week', monday],
      ['active_month', first],
    ] as const)
      seen.add(`${metric} ${nameOf(start)} ${user}`)
  }
  const counts: Record<string, number> = {}
  for (const one of seen) {
    const key = one.slice(0, one.lastIndexOf(' '))
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

/** Lets users do this in an empty database, and returns what the triggers counted. */
const counted = async (acts: Act[]) => {
  const { DB } = env
  const ids = [0, 1, 2, 3].map(() => newId(new Date()))
  const session = new Map<number, string>()
  await DB.batch([
    ...['sessions', 'mail', 'users', 'daily'].map((table) => DB.prepare(`delete from ${table}`)),
    ...ids.map((id) =>
      DB.prepare(
        'insert into users (id, email, email_canonical, created_at, updated_at) values (?1, ?1, ?1, 0, 0)',
      ).bind(id),
    ),
    ...acts.map(({ user, at, refresh }) => {
      const known = session.get(user)
      if (refresh && known) return DB.prepare('update sessions set rotated_at = ? where id = ?').bind(at, known)
      const id = randomId()
      session.set(user, id)
      return DB.prepare(
        `insert into sessions (id, user_id, nonce, created_at, rotated_at, auth_time, expires_at, ends_at)
          values (?1, ?2, ?1, ?3, ?3, ?3, ?3, ?3)`,
      ).bind(id, ids[user]!, at)
    }),
  ])
  const { results } = await DB.prepare(
    `select metric || ' ' || day as key, count from daily where metric like 'active%'`,
  ).all<{
    key: string
    count: number
  }>()
  return Object.fromEntries(results.map(({ key, count }) => [key, count]))
}

describe('active users', () => {
  it('are counted by triggers as a scan of all log-ins and refreshes would count them', async ({ expect }) => {
    const begin = Date.UTC(2026, 10, 20)
    // Two months with a change of year, most acts close together.
    const step = fc.record({
      user: fc.integer({ min: 0, max: 3 }),
      later: fc.oneof(fc.integer({ min: 0, max: day / 2 }), fc.integer({ min: 0, max: 12 * day })),
      refresh: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        let at = begin
        const acts = steps.map(({ user, later, refresh }): Act => {
          at += later
          return { user, at, refresh }
        })

        expect(await counted(acts)).toEqual(scanned(acts))
      }),
      { numRuns: 60, seed: inject('seed') },
    )
  })
})

type Series = { day: string; count: number }[]
type Stats = Record<
  'failures' | 'active_users' | 'active_users_by_week' | 'active_users_by_month' | 'mails_failed' | 'registrations',
  Series
>

const stats = async (app: TestApp, bearer: string, query = '') =>
  bodyOf<Stats>(await app.call(`GET /api/admin/stats${query}`, { bearer }))

const last = (series: Series) => series.at(-1)!.count

describe('the statistics of a day', () => {
  it('count a user once who logs in and refreshes often', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const email = await member(app)
    const before = await stats(app, bearer)

    for (let n = 0; n < 3; n++) {
      const { refresh_token } = await logIn(app, email)
      await app.call('POST /api/auth/refresh', { json: { refresh_token } })
    }

    const after = await stats(app, bearer)
    for (const series of ['active_users', 'active_users_by_week', 'active_users_by_month'] as const)
      expect(last(after[series]) - last(before[series]), series).toBe(1)
  })

  it('count each failed log-in, of known and unknown addresses', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const email = await member(app)
    const before = last((await stats(app, bearer)).failures)

    for (const address of [email, email, someAddress(), someAddress()])
      await app.call('POST /api/auth/login', { json: { email: address, password: `not ${somePassword}` } })

    expect(last((await stats(app, bearer)).failures) - before).toBe(4)
  })

  it('count a mail that is given up, and none that will be tried again', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const before = last((await stats(app, bearer)).mails_failed)
    const [final, again] = [await failedMail(app), await failedMail(app, { next: new Date(9_999_999_999_999) })]

    for (const id of [final, again])
      await app.db.prepare("update mail set last_error = 'E_OTHER' where id = ?").bind(id).run()

    expect(last((await stats(app, bearer)).mails_failed) - before).toBe(1)
  })

  it('read at most 1,100 rows, however many days and users there are', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    // Weeks and months add at most 30 rows.
    const days = Array.from({ length: 400 }, (_, ago) => nameOf(Math.floor(app.now().getTime() / day) - ago))
    await app.db.batch(
      dailySeries.map((name) =>
        app.db
          .prepare(
            'insert into daily (metric, day, count) select ?, value, 1 from json_each(?) where true on conflict do nothing',
          )
          .bind(name, JSON.stringify(days)),
      ),
    )
    await Promise.all(Array.from({ length: 120 }, () => failedMail(app)))

    const { whole } = await app.cost('GET /api/admin/stats?days=120', { bearer })

    expect(whole.rowsRead).toBeLessThanOrEqual(1100 - 30)
  })

  it('are those of as many days as were asked for, and always of the current month', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    for (const days of [1, 7, 120]) {
      const reply = await stats(app, bearer, `?days=${days}`)

      const today = app.now().toISOString().slice(0, 10)
      expect(reply.registrations).toHaveLength(days)
      expect(reply.registrations.at(-1)!.day).toBe(today)
      expect(reply.active_users_by_month.at(-1)!.day).toBe(`${today.slice(0, 7)}-01`)
    }
    expect((await app.call('GET /api/admin/stats?days=121', { bearer })).status).toBe(422)
  })
})
