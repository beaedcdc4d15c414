import { env } from 'cloudflare:workers'
import { beforeAll, describe, it } from 'vitest'
import document from '../../docs/openapi.json'
import { rows } from '../operations/index.ts'
import { meet, populate, type World } from '../support/app/population.ts'
import { alterUser, member, register, someAddress, somePassword, startApp } from '../support/app/support.ts'
import { inFull, leaves } from '../support/budgets/budget.ts'
import { bounded, spend } from '../support/budgets/budget-rows.ts'
import { faulty } from '../support/faults/faulty.ts'

const users = 1200

describe('what the bindings are asked', () => {
  let world: World

  beforeAll(async () => {
    await populate(users)
    world = await meet(users)
  }, 60_000)

  it.for(rows)('by $operation: $what', async (row, { expect, task }) => {
    const spent = await spend(world, row)
    task.meta.budget = { operation: row.operation, what: row.what, users, analyzed: false, ...spent }

    expect(bounded(spent, row.budget)).toEqual(inFull(row.budget))
  })

  it.for([
    { operation: 'POST /api/auth/login', what: 'right, a known device', left: leaves.logIn },
    { operation: 'POST /api/auth/refresh', what: 'first', left: leaves.refresh },
  ] as const)('leaves $left rows for the cron by $operation', async ({ operation, what, left }, { expect }) => {
    const { request } = rows.find((row) => row.operation === operation && row.what === what)!
    const call = await request(world, operation)
    // From a network that has no counter yet.
    const before = await removable()
    await world.app.call(operation, { ...call, ip: '198.51.100.7' })

    expect((await removable()) - before).toBe(left)
  })

  it('has a row for every operation of the API, and none for another', ({ expect }) => {
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )

    expect([...new Set(rows.map(({ operation }) => operation))].sort()).toEqual(documented.sort())
  })
})

/** Returns how many rows the cron will remove. */
const removable = async () => {
  const counts = ['sessions', 'throttles', 'audit', 'mail', 'devices'].map((table) => `(select count(*) from ${table})`)
  const row = await env.DB.prepare(`select ${counts.join(' + ')} as n`).first<{ n: number }>()
  return row!.n
}

/**
 * Round trips before the reply: what the peer needs at best, and what we allow ourselves. The peer is Better Auth
 * 1.7.24 on D1, with joins and one instance for all requests. It lists users in four trips, and changes a profile in
 * two.
 */
const best: [operation: string, peer: number, ours: number, cases?: RegExp][] = [
  ['POST /api/auth/register', 4, 2],
  ['POST /api/auth/login', 2, 2],
  ['POST /api/auth/login', 1, 1, /^(wrong|unknown)/],
  ['GET /api/user/profile', 1, 1],
  ['POST /api/auth/refresh', 2, 1, /^(?!reused)/],
  ['GET /api/user/sessions', 2, 1],
  ['POST /api/user/change-password', 6, 2],
  ['POST /api/auth/forgot-password', 2, 1],
  ['POST /api/auth/reset-password', 7, 2],
  ['POST /api/auth/logout', 4, 1],
  ['GET /api/admin/users', 4, 2],
]

describe('no more round trips than the peer at its best', () => {
  it.for(best)('for %s: %i there, %i here', ([operation, peer, ours, cases = /^/], { expect }) => {
    const trips = rows
      .filter((row) => row.operation === operation && cases.test(row.what))
      .map(({ budget }) => inFull(budget).trips[0])

    expect(Math.max(...trips)).toBe(ours)
    expect(ours).toBeLessThanOrEqual(peer)
  })
})

describe('the same statements are made for an address', () => {
  /** Returns the statements that D1 gets before the reply. */
  const told = async (operation: string, json: object) => {
    const said: string[][] = []
    const app = startApp({
      bindings: {
        DB: faulty(env.DB, ({ sql }, go) => {
          said.push(sql)
          return go()
        }),
      },
    })
    const reply = await app.request(operation, { json })
    const untilReply = [...said]
    await app.settled()
    return { status: reply.status, statements: untilReply }
  }

  it.for([
    { operation: 'POST /api/auth/forgot-password', json: {} },
    { operation: 'POST /api/auth/resend-verification', json: {} },
    { operation: 'POST /api/auth/register', json: { password: somePassword } },
    { operation: 'POST /api/auth/login', json: { password: 'a wrong passphrase' } },
  ])('that is known and for one that is not, by $operation (A-03)', async ({ operation, json }, { expect }) => {
    const app = startApp()
    const [verified, waiting, disabled] = [await member(app), someAddress(), await member(app)]
    await register(app, waiting, 'another passphrase')
    await alterUser(app, disabled, { status: 'disabled' })

    const stranger = await told(operation, { ...json, email: someAddress() })
    const known = []
    for (const email of [verified, waiting, disabled]) known.push(await told(operation, { ...json, email }))

    expect(stranger.statements.length).toBeGreaterThan(0)
    expect(known).toEqual([stranger, stranger, stranger])
  })
})
