import { env } from 'cloudflare:workers'
import { beforeAll, describe, type ExpectStatic, it } from 'vitest'
import { rows } from '../operations/index.ts'
import { meet, populate, type World } from '../support/app/population.ts'
import type { Bytes, Table } from '../support/app/seed.ts'
import { inFull, type Spent } from '../support/budgets/budget.ts'
import { bounded, spend } from '../support/budgets/budget-rows.ts'
import { deepPages, lists, ofNobody, otherLetters } from '../support/budgets/scale-lists.ts'

/**
 * The cost of an operation does not depend on the number of users: with more users each operation keeps its budget
 * (`budgets.test.ts`), and lists of all kinds cost what they cost with a thousand. This file uses some more users; `npm
 * run scale` does the same with a million, and writes its results into docs/reference/scale.md.
 */

/** The most rows that any request may read. */
const most = 1100

/** Rows by which two plans of the same cost may differ: some read a whole table of eight rows. */
const slack = 8

type Cost = { trips: number; tripsAfter: number; rowsRead: number; rowsWritten: number }

type Population = { users: number; analyzed: boolean }

declare module 'vitest' {
  interface TaskMeta {
    // tools/prove/scale.ts reads these from the report.
    size?: { users: number; tables: Partial<Record<Table, Bytes>> }
    budget?: Spent & Population & { operation: string; what: string }
    cost?: Cost & Population & { group: string; name: string }
  }
}

const sizes = env.TEST_SCALE.split(',').map(Number)

const few = sizes[0]!

/** Returns the cost of the work, including the part after the reply. */
const measure = async ({ app }: World, work: () => Promise<unknown>): Promise<Cost> => {
  await app.settled()
  const before = { ...app.counter }
  await work()
  const { trips } = app.counter
  await app.settled()
  return {
    trips: trips - before.trips,
    tripsAfter: app.counter.trips - trips,
    rowsRead: app.counter.rowsRead - before.rowsRead,
    rowsWritten: app.counter.rowsWritten - before.rowsWritten,
  }
}

/**
 * An event that is counted on an existing audit entry is searched for among those of the last hour, in which the admin
 * here, and the entries without a user, have more than any person would cause.
 */
const anotherHour = () => env.DB.exec('delete from audit where actor_id is not null or user_id is null')

const first = new Map<string, Cost>()

/** The smallest crowd decides what a list may cost; a larger one must cost the same. */
const expectAsFirst = (expect: ExpectStatic, name: string, { rowsRead, ...others }: Cost) => {
  const known = first.get(name)
  if (!known) return first.set(name, { rowsRead, ...others })
  expect(others).toEqual({ trips: known.trips, tripsAfter: known.tripsAfter, rowsWritten: known.rowsWritten })
  expect(rowsRead).toBeLessThanOrEqual(known.rowsRead + slack)
}

describe.each([...sizes.map((users) => ({ users, analyzed: false })), { users: sizes.at(-1)!, analyzed: true }])(
  'with $users users, statistics for the planner: $analyzed',
  ({ users, analyzed }) => {
    let world: World

    let tables: Awaited<ReturnType<typeof populate>>

    beforeAll(async () => {
      tables = await populate(users)
      if (analyzed) await env.DB.exec('ANALYZE')
      world = await meet(users)
    }, 3_600_000)

    it('the database has that many users', async ({ expect, task }) => {
      task.meta.size = { users, tables }
      const count = await env.DB.prepare('select sum(count) as n from totals').first<{ n: number }>()
      expect(count?.n).toBe(users)
    })

    for (const [group, named] of Object.entries(lists))
      describe(group, () => {
        it.for(Object.keys(named))('%s', { timeout: 120_000 }, async (name, { expect, task }) => {
          let response: Response | undefined
          await anotherHour()
          const cost = await measure(world, async () => {
            const request = `GET /api/admin/users?${named[name]!(world)}`
            response = await world.app.request(request, { bearer: world.admin.access_token })
          })
          task.meta.cost = { group, name, users, analyzed, ...cost }

          const text = (await response?.text()) ?? ''
          expect(response?.status, text).toBe(200)
          if (group === deepPages) return
          expect(cost.rowsRead).toBeLessThanOrEqual(most)
          if (group === otherLetters) expect(text.startsWith('{"users":[{')).toBe(!ofNobody.test(name))
          else expectAsFirst(expect, `${group}: ${name}`, cost)
        })
      })

    // This runs before other tests change expired rows, and after those that need every user of the small crowd.
    describe('Cron', () => {
      it.for([
        ['send what is due', (app: World['app']) => app.services.mailDelivery.deliverDue()],
        ['look for pictures that nobody has', (app: World['app']) => app.services.upkeep.removeOrphans()],
        ['look for users to write anew for search: none', (app: World['app']) => app.services.upkeep.mendSearch()],
      ] as const)('%s', { timeout: 120_000 }, async ([name, work], { expect, task }) => {
        const cost = await measure(world, () => work(world.app))
        task.meta.cost = { group: 'Cron', name, users, analyzed, ...cost }

        expectAsFirst(expect, `Cron: ${name}`, cost)
      })

      it.for(['remove what has expired', 'remove what has expired, the next minute'])(
        '%s',
        { timeout: 120_000 },
        async (name, { expect, task }) => {
          const cost = await measure(world, () => world.app.services.upkeep.removeExpired())
          task.meta.cost = { group: 'Cron', name, users, analyzed, ...cost }

          // Each of at most ten rounds checks a portion of every table: at least 100 rows of it, or its 1440th part.
          expect(cost.trips).toBeLessThanOrEqual(10)
          expect(cost.rowsRead / cost.trips).toBeLessThan(20_000 + users / 20)
        },
      )
    })

    if (users !== few)
      describe('every operation keeps its budget', () => {
        beforeAll(anotherHour)

        it.for(rows)('by $operation: $what', { timeout: 120_000 }, async (row, { expect, task }) => {
          const spent = await spend(world, row)
          task.meta.budget = { operation: row.operation, what: row.what, users, analyzed, ...spent }

          expect(bounded(spent, row.budget)).toEqual(inFull(row.budget))
          expect(spent.rows[0]).toBeLessThanOrEqual(most)
        })
      })
  },
)
