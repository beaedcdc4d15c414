import fc from 'fast-check'
import { beforeAll, describe, it } from 'vitest'
import { newId } from '../../src/domain/ids.ts'
import { bodyOf, signedInAdmin } from '../support/app/administrators.ts'
import {
  linkIn,
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

type Series = { day: string; count: number }[]

type Stats = {
  total_users: number
  verified_users: number
  unverified_users: number
  admin_users: number
  disabled_users: number
  active_sessions: number
  recent_registrations: number
  registrations: Series
  logins: Series
}

const statsOf = async (app: TestApp, bearer: string) =>
  bodyOf<Stats>(await app.call('GET /api/admin/stats', { bearer }))

/** Returns the statistics after the cron has counted the sessions. */
const countedStats = async (app: TestApp, bearer: string) => {
  await app.services.upkeep.removeExpired()
  return statsOf(app, bearer)
}

/** Returns the same by counting, which the service never does. */
const counted = async (app: TestApp) =>
  app.db
    .prepare(
      `select count(*) as total_users,
         count(*) filter (where email_verified_at is not null) as verified_users,
         count(*) filter (where email_verified_at is null) as unverified_users,
         count(*) filter (where role = 'admin') as admin_users,
         count(*) filter (where status = 'disabled') as disabled_users,
         (select count(*) from sessions) as active_sessions
       from users`,
    )
    .first()

const day = 86_400_000

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10)

const on = (series: Series, date: string) => series.find(({ day }) => day === date)?.count

let app: TestApp
let bearer: string
beforeAll(async () => {
  app = startApp({ vars: { THROTTLE_FACTOR: '1000', ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
  bearer = (await signedInAdmin(app)).access_token
})

describe('statistics', () => {
  it('count users by kind, as they are', async ({ expect }) => {
    const before = await countedStats(app, bearer)
    await register(app, someAddress())
    const verified = await member(app)
    const disabled = await signedInUser(app)
    const admin = await signedInUser(app)
    await app.call(`PUT /api/admin/users/${disabled.user.id}/status`, { bearer, json: { status: 'disabled' } })
    await app.call(`PUT /api/admin/users/${admin.user.id}/role`, { bearer, json: { role: 'admin' } })

    const after = await countedStats(app, bearer)

    expect(verified).toBeTypeOf('string')
    expect(after).toMatchObject({
      total_users: before.total_users + 4,
      verified_users: before.verified_users + 3,
      unverified_users: before.unverified_users + 1,
      admin_users: before.admin_users + 1,
      disabled_users: before.disabled_users + 1,
      // The session of the disabled user has ended.
      active_sessions: before.active_sessions + 1,
      recent_registrations: before.recent_registrations + 4,
    })
    expect(after).toMatchObject((await counted(app))!)
  })

  it('show thirty days, today the last, with a zero where nothing was', async ({ expect }) => {
    const { registrations, logins } = await statsOf(app, bearer)

    const days = Array.from({ length: 30 }, (_, n) => dayOf(app.now().getTime() - (29 - n) * day))
    expect(registrations.map((entry) => entry.day)).toEqual(days)
    expect(logins.map((entry) => entry.day)).toEqual(days)
    expect(registrations.slice(0, 29).map(({ count }) => count)).toEqual(Array(29).fill(0))
  })

  it('go on with the days: today’s numbers move back, and leave after thirty', async ({ expect }) => {
    const later = startApp({ vars: { THROTTLE_FACTOR: '1000' } })
    const date = dayOf(later.now().getTime())
    const admin = await signedInAdmin(later)
    const today = await statsOf(later, admin.access_token)
    const at = async (days: number) => {
      later.wait({ days })
      return statsOf(later, (await logIn(later, admin.email)).access_token)
    }

    const [after6, after7, after29, after30] = [await at(6), await at(1), await at(22), await at(1)]

    expect(on(after6!.registrations, date)).toBe(on(today.registrations, date))
    expect(after6!.recent_registrations).toBe(today.recent_registrations)
    expect(after7!.recent_registrations).toBe(0)
    expect(after29!.registrations[0]).toEqual({ day: date, count: on(today.registrations, date) })
    expect(on(after30!.registrations, date)).toBeUndefined()
    expect(after30!.logins.reduce((sum, { count }) => sum + count, 0)).toBe(4)
  })

  it('count log-ins, not refreshes and not failures', async ({ expect }) => {
    const email = await member(app)
    const before = await statsOf(app, bearer)
    const { refresh_token } = await logIn(app, email)
    await bodyOf<SessionBody>(await app.call('POST /api/auth/refresh', { json: { refresh_token } }))
    await app.call('POST /api/auth/login', { json: { email, password: 'a wrong guess' } })

    const after = await statsOf(app, bearer)

    const date = dayOf(app.now().getTime())
    expect(on(after.logins, date)).toBe(on(before.logins, date)! + 1)
  })

  it('keep what happened on a day, although the user is deleted', async ({ expect }) => {
    const before = await countedStats(app, bearer)
    const user = await signedInUser(app)
    const json = { current_password: somePassword }
    await app.call('DELETE /api/user/account', { bearer: user.access_token, json })

    const after = await countedStats(app, bearer)

    expect(after.total_users).toBe(before.total_users)
    expect(after.active_sessions).toBe(before.active_sessions)
    expect(after.recent_registrations).toBe(before.recent_registrations + 1)
  })

  it('count users who wait to be erased as disabled, and nobody twice who came back', async ({ expect }) => {
    const user = await signedInUser(app)
    await app.call('DELETE /api/user/account', { bearer: user.access_token })
    expect(await countedStats(app, bearer)).toMatchObject((await counted(app))!)

    await app.call('POST /api/auth/undo-deletion', { json: { token: linkIn(app, user.email) } })

    expect(await countedStats(app, bearer)).toMatchObject((await counted(app))!)
  })

  it('are right after writes at once', async ({ expect }) => {
    const before = await countedStats(app, bearer)
    const shared = someAddress()
    const double = await signedInUser(app)
    const json = { current_password: somePassword }

    await Promise.all([
      // At most eight hashes wait.
      ...Array.from({ length: 4 }, () => register(app, shared)),
      ...Array.from({ length: 4 }, () => register(app, someAddress())),
      ...Array.from({ length: 4 }, () => app.call('DELETE /api/user/account', { bearer: double.access_token, json })),
    ])

    const after = await countedStats(app, bearer)
    expect(after).toMatchObject((await counted(app))!)
    expect(after.total_users).toBe(before.total_users + 5)
    await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, shared) } })
    expect(await countedStats(app, bearer)).toMatchObject((await counted(app))!)
  })

  it('cost the same however many users there are', async ({ expect }) => {
    const few = await app.cost('GET /api/admin/stats', { bearer })
    await app.db
      .prepare(
        `with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
         insert into users (id, email, email_canonical, role, status, email_verified_at, created_at, updated_at)
         select printf('00000000-0000-7000-8000-%012d', i), i || '@many.example', i || '@many.example',
           iif(i % 3, 'user', 'admin'), iif(i % 5, 'active', 'disabled'), iif(i % 7, 1, null), 1, 1 from n`,
      )
      .run()

    const many = await app.cost('GET /api/admin/stats', { bearer })

    expect(many.trips).toBe(2)
    // One row for each of the eight kinds that exist, and for each day with an entry.
    expect(many.rowsRead).toBeLessThanOrEqual(few.rowsRead + 8)
    expect(many.rowsRead).toBeLessThanOrEqual(100)
    await app.db.prepare("delete from users where email like '%@many.example'").run()
    expect(await countedStats(app, bearer)).toMatchObject((await counted(app))!)
  })
})

/** What an import, the command line or the Worker may do to the tables, one batch each. */
type Write =
  | { kind: 'add'; role: string; status: string; verified: boolean; ago: number; sessions: number }
  | { kind: 'add again' | 'remove' | 'end sessions'; whom: number }
  | { kind: 'set'; whom: number; role: string; status: string; verified: boolean }
  | { kind: 'fail'; whom: number; write: 'add' | 'remove' | 'set' }
  | { kind: 'disable all' | 'remove some' }

const role = fc.constantFrom('user', 'admin')
const status = fc.constantFrom('active', 'disabled')
const verified = fc.boolean()
const whom = fc.nat(20)
const someWrite: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('add'), role, status, verified, ago: fc.nat(40), sessions: fc.nat(2) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set'), whom, role, status, verified }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('add again', 'remove', 'end sessions'), whom }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('fail'), whom, write: fc.constantFrom('add', 'remove', 'set') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('disable all', 'remove some') }) },
) as fc.Arbitrary<Write>

/** How many sequences of writes are tried; each takes about a tenth of a second. */
const runs = 25

describe('whatever is written to the tables', () => {
  const sql = (text: string, ...values: unknown[]) => app.db.prepare(text).bind(...values)
  const addUser = (id: string, w: { role: string; status: string; verified: boolean; ago: number }) => {
    const created = app.now().getTime() - w.ago * day
    return sql(
      `insert into users (id, email, email_canonical, role, status, email_verified_at, created_at, updated_at)
       values (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?6) on conflict (email_canonical) do update set role = excluded.role`,
      id,
      `${id}@random.example`,
      w.role,
      w.status,
      w.verified ? 1 : null,
      created,
    )
  }
  const addSession = (id: string, userId: string) =>
    sql(
      `insert into sessions (id, user_id, nonce, created_at, rotated_at, auth_time, expires_at, ends_at)
       values (?1, ?2, 'n', ?3, ?3, ?3, ?3, ?3)`,
      id,
      userId,
      app.now().getTime(),
    )
  const broken = () => sql("insert into users (id, email) values ('broken', 'broken')")

  it(`totals equal a count, and days what was added on them (${runs} sequences)`, { timeout: 60_000 }, async ({
    expect,
  }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(someWrite, { minLength: 1, maxLength: 25 }), async (writes) => {
        const ids: string[] = []
        const before = await countedStats(app, bearer)
        const added = new Map<string, number>()
        const one = (n: number) => ids[n % Math.max(1, ids.length)] ?? 'nobody'
        const set = (w: { role: string; status: string; verified: boolean }, id: string) =>
          sql(
            'update users set role = ?, status = ?, email_verified_at = ? where id = ?',
            w.role,
            w.status,
            w.verified ? 1 : null,
            id,
          )
        const drop = (id: string) => sql('delete from users where id = ?', id)

        for (const write of writes)
          switch (write.kind) {
            case 'add': {
              const id = newId(app.now())
              const sessions = Array.from({ length: write.sessions }, (_, n) => addSession(`${id} ${n}`, id))
              await app.db.batch([addUser(id, write), ...sessions])
              ids.push(id)
              const date = dayOf(app.now().getTime() - write.ago * day)
              added.set(date, (added.get(date) ?? 0) + 1)
              break
            }
            case 'add again':
              if (ids.length === 0) break
              // On a conflict this is an update, and not a registration.
              await sql(
                `insert into users (id, email, email_canonical, role, status, created_at, updated_at)
                 select 'again ' || id, email, email_canonical, 'admin', 'active', 1, 1 from users where id = ?
                 on conflict (email_canonical) do update set role = excluded.role`,
                one(write.whom),
              ).run()
              break
            case 'remove':
              await drop(one(write.whom)).run()
              break
            case 'end sessions':
              await sql('delete from sessions where user_id = ?', one(write.whom)).run()
              break
            case 'set':
              await set(write, one(write.whom)).run()
              break
            case 'fail': {
              const some = { role: 'admin', status: 'disabled', verified: true, ago: 0 }
              const statement =
                write.write === 'add'
                  ? addUser(newId(app.now()), some)
                  : write.write === 'set'
                    ? set(some, one(write.whom))
                    : drop(one(write.whom))
              await expect(app.db.batch([statement, broken()])).rejects.toThrow('NOT NULL')
              break
            }
            case 'disable all':
              await sql("update users set status = 'disabled' where email like '%@random.example'").run()
              break
            case 'remove some':
              await sql("delete from users where email like '%@random.example' and role = 'admin'").run()
          }

        const after = await countedStats(app, bearer)
        expect(after).toMatchObject((await counted(app))!)
        for (const { day, count } of after.registrations)
          expect(count, day).toBe(on(before.registrations, day)! + (added.get(day) ?? 0))
        expect(after.recent_registrations).toBe(
          after.registrations.slice(-7).reduce((sum, { count }) => sum + count, 0),
        )
      }),
      { numRuns: runs },
    )
  })
})
