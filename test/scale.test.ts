import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, type ExpectStatic, it } from 'vitest'
import document from '../docs/openapi.json'
import { hashScrypt } from '../src/domain/scrypt.ts'
import { deepPages } from './scale-lists.ts'
import { operations, sameAsAnother } from './scale-operations.ts'
import type { World } from './scale-world.ts'
import { type Bytes, seed, type Table } from './seed.ts'
import { type SessionBody, somePassword, startApp } from './support.ts'

/**
 * What an operation costs does not depend on how many users there are. Here with a thousand and some more; `npm run
 * scale` runs the same with a million, and writes what it finds into docs/scale.md.
 */

/** Rows that one request may read, whatever it asks for. */
const most = 1100

/** Rows by which two plans of one cost may differ: some read a table of eight rows as a whole. */
const slack = 8

type Cost = { trips: number; tripsAfter: number; rowsRead: number; rowsWritten: number }

declare module 'vitest' {
  interface TaskMeta {
    // scripts/scale.ts reads these from the report.
    size?: { users: number; tables: Partial<Record<Table, Bytes>> }
    cost?: Cost & { group: string; name: string; users: number; analyzed: boolean }
  }
}

const sizes = env.TEST_SCALE.split(',').map(Number)

/** What the work costs, and after the reply too. */
const measure = async ({ app }: World, work: () => Promise<unknown>): Promise<Cost> => {
  await app.settled()
  Object.assign(app.counter, { trips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 })
  await work()
  const { trips } = app.counter
  await app.settled()
  const { rowsRead, rowsWritten } = app.counter
  return { trips, tripsAfter: app.counter.trips - trips, rowsRead, rowsWritten }
}

const populate = async (users: number) => {
  const tables: Partial<Record<Table, Bytes>> = {}
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  const password = hashScrypt(somePassword, { ln: 1, r: 8, p: 1 })
  const from = Date.now()
  await seed(env.DB, { users, password, now: from }, (table, bytes) => {
    tables[table] = bytes
    if (users > 100_000) console.log(`${users} rows of ${table} after ${Math.round((Date.now() - from) / 1000)} s`)
  })
  return tables
}

const meet = async (users: number): Promise<World> => {
  const app = startApp({ vars: { THROTTLE_FACTOR: '1000' } })
  const emails = (role: string, limit: number) =>
    env.DB.prepare(
      `select email from users where rowid > 300 and role = ? and status = 'active' and email_verified_at is not null limit ?`,
    )
      .bind(role, limit)
      .all<{ email: string }>()
  const people = (await emails('user', 150)).results.map(({ email }) => email)
  const [boss] = (await emails('admin', 1)).results
  const places = env.DB.prepare(
    `select id, email_canonical as email, coalesce(last_login_at, 0) as lastLogin, rowid as row from users
      where rowid >= ? and (last_login_at is null) = ? limit 1`,
  )
  const placed = (silent: number) => places.bind(users / 2, silent).first<World['middle']>()

  const email = () => {
    const next = people.pop()
    if (!next) throw new Error('more people are needed than were taken')
    return next
  }
  const logIn = async (address = email()) => {
    const response = await app.call('POST /api/auth/login', { json: { email: address, password: somePassword } })
    if (response.status !== 200) throw new Error(await response.text())
    return { ...((await response.json()) as SessionBody), email: address }
  }
  return {
    app,
    admin: await logIn(boss!.email),
    email,
    password: somePassword,
    logIn,
    middle: (await placed(0))!,
    silent: (await placed(1))!,
  }
}

/** Method and path of what has been asked for. */
const asked = new Set<string>()

const first = new Map<string, Cost>()

/** The fewest users set what an operation may cost; more of them change nothing. */
const expectAsFirst = (expect: ExpectStatic, name: string, { rowsRead, ...others }: Cost) => {
  const known = first.get(name)
  if (!known) return first.set(name, { rowsRead, ...others })
  expect(others).toEqual({ trips: known.trips, tripsAfter: known.tripsAfter, rowsWritten: known.rowsWritten })
  expect(rowsRead).toBeLessThanOrEqual(known.rowsRead + slack)
}

describe.each(
  sizes.flatMap((users) =>
    users === sizes.at(-1)
      ? [
          { users, analyzed: false },
          { users, analyzed: true },
        ]
      : [{ users, analyzed: false }],
  ),
)('with $users users, statistics for the planner: $analyzed', ({ users, analyzed }) => {
  let world: World

  let tables: Awaited<ReturnType<typeof populate>>

  beforeAll(async () => {
    tables = await populate(users)
    if (analyzed) await env.DB.exec('ANALYZE')
    world = await meet(users)
  }, 3_600_000)

  it('there are so many', async ({ expect, task }) => {
    task.meta.size = { users, tables }
    const count = await env.DB.prepare('select sum(count) as n from totals').first<{ n: number }>()
    expect(count?.n).toBe(users)
  })

  for (const [group, named] of Object.entries(operations))
    describe(group, () => {
      it.for(Object.keys(named))('%s', { timeout: 120_000 }, async (name, { expect, task }) => {
        const { request, call, status = 200 } = await named[name]!(world)
        let response: Response | undefined
        const cost = await measure(world, async () => {
          response = await world.app.request(request, call)
        })
        task.meta.cost = { group, name, users, analyzed, ...cost }
        asked.add(request.replace(/\?.*/, ''))

        expect(response?.status, await response?.text()).toBe(status)
        if (group === deepPages) return
        expect(cost.rowsRead).toBeLessThanOrEqual(most)
        expectAsFirst(expect, `${group}: ${name}`, cost)
      })
    })

  describe('Cron', () => {
    it.for([
      ['send what is due', (app: World['app']) => app.services.outbox.deliverDue()],
      ['remove what has expired', (app: World['app']) => app.services.upkeep.removeExpired()],
      ['remove what has expired: nothing', (app: World['app']) => app.services.upkeep.removeExpired()],
      ['look for pictures that nobody has', (app: World['app']) => app.services.upkeep.removeOrphans()],
    ] as const)('%s', { timeout: 120_000 }, async ([name, work], { expect, task }) => {
      const cost = await measure(world, () => work(world.app))
      task.meta.cost = { group: 'Cron', name, users, analyzed, ...cost }

      expectAsFirst(expect, `Cron: ${name}`, cost)
    })
  })
})

it('is measured for every operation of the API', ({ expect }) => {
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const measured = (operation: string) =>
    [...asked].some((request) => new RegExp(`^${operation.replace(/\{\w+\}/, '[^/]+')}$`).test(request))

  const missing = documented.filter((name) => name.includes(' /api/') && !measured(name) && !sameAsAnother.has(name))

  expect(asked.size).toBeGreaterThan(30)
  expect(missing).toEqual([])
})
