import fc from 'fast-check'
import { beforeEach, describe, expect, inject, it } from 'vitest'
import {
  bodySchema,
  type Case,
  casesOf,
  goodCase,
  isStrict,
  type Operation,
  operations,
} from '../support/fuzz/fuzz-requests.ts'
import { resolved } from '../support/fuzz/fuzz-schema.ts'
import { fuzzWorld } from '../support/fuzz/fuzz-world.ts'
import { logged } from './setup.ts'

/** A request of each operation costs some ten milliseconds, and there are fifty operations. */
const runs = Math.max(2, Math.ceil(inject('fuzzRuns') / 8))
/**
 * Each test starts from another seed: with one list of cases for all, the same strange header would be tried fifty
 * times.
 */
let seed = inject('seed')
beforeEach(() => {
  seed = (seed + 1) | 0
})

/** Some GETs act: they log out, or verify by a link. */
const acts = ({ method, name }: Operation) => method !== 'GET' || /logout|verify-email/.test(name)

/** This world has an admin, so nobody becomes the first one: test/worker/first-admin.test.ts has the rest. */
const firstAdmin = '/api/auth/first-admin'

const world = fuzzWorld()
beforeEach(() => world.empty())

describe('an operation of the document, whatever it is sent', () => {
  it.for(operations)(
    '$name, answers as the document says, and a refusal changes nothing (A-18, A-24, A-29b, ASVS 2.1.1, 2.2.1, 16.5.1)',
    { timeout: 20_000 + runs * 500 },
    async (operation) => {
      const statuses: number[] = []

      const holds = fc.asyncProperty(casesOf(operation), async (request) => {
        const { send } = await world.prepare(operation, request)
        const before = await world.before()
        const response = await send()

        statuses.push(response.status)
        expect(response.status).toBeLessThan(500)
        expect(logged()).toEqual([])
        if (response.status < 400 && acts(operation)) return world.renew()
        const changed = await world.changed(before)
        // A smaller example must start from the same state.
        if (changed.length > 0) await world.empty()
        expect(changed).toEqual([])
      })

      await fc.assert(holds, { seed, numRuns: runs, examples: [[goodCase(operation)]] })
      // An operation that only ever refused would show nothing.
      if (operation.path === '/.well-known/change-password') expect(statuses[0]).toBe(302)
      else if (operation.path === firstAdmin) expect(statuses[0]).toBe(404)
      else expect(statuses[0], 'the request that the operation takes').toBeLessThan(300)
    },
  )
})

/** Names that no body should contain, and any others. */
const strangers = fc.oneof(
  fc.constantFrom('role', 'status', 'email_verified', 'id', 'user_id', 'sid', 'pending_email', 'avatar', 'created_at'),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'is_admin', 'roles', 'redirect_to', ''),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const sentinel = 'sentinel-4f1c'
const examples: [string, unknown][] = [
  ['role', 'admin'],
  ['__proto__', { role: sentinel }],
]
const values = fc.constantFrom<unknown[]>(sentinel, [sentinel], { role: sentinel }, 'admin', true, null, 1)

const withBody = operations.flatMap((operation) => {
  const schema = bodySchema(operation)
  return schema ? [{ ...operation, schema }] : []
})

describe('a member that an operation does not know', () => {
  it('is refused by the operations of admins, by the word of the document', () => {
    const strict = withBody.filter(({ schema }) => isStrict(schema)).map(({ path }) => path)
    const ofAdmins = withBody.map(({ path }) => path).filter((path) => path.startsWith('/api/admin/'))

    expect(strict).toEqual(ofAdmins)
    expect(strict.length).toBeGreaterThan(3)
  })

  it.for(withBody)(
    'is refused or ignored, and never stored, by $name (A-18, A-24, decision 16)',
    { timeout: 20_000 + runs * 500 },
    async ({ schema, ...operation }) => {
      const known = Object.keys(resolved(schema).properties ?? {})
      const good = goodCase(operation)
      const ignored = async (member: string, value: unknown) => {
        const body = {
          ...good.body,
          value: Object.fromEntries([...Object.entries((good.body as { value: object }).value), [member, value]]),
        }
        const { send } = await world.prepare(operation, { ...good, body } as Case)
        const admins = await rolesOf()
        const response = await send()

        if (isStrict(schema)) {
          expect(response.status).toBe(422)
          expect(await response.json()).toMatchObject({ errors: [{ code: 'unknown_member' }] })
        } else {
          if (operation.path === firstAdmin) expect(response.status).toBe(404)
          else expect(response.status).toBeLessThan(300)
          expect(await rolesOf()).toBe(admins)
        }
        expect(await world.everything()).not.toContain(sentinel)
        if (response.status < 300) world.renew()
      }

      await fc.assert(
        fc.asyncProperty(
          strangers.filter((name) => !known.includes(name)),
          values,
          ignored,
        ),
        {
          seed,
          numRuns: Math.max(2, Math.ceil(runs / 3)),
          examples: examples.filter(([name]) => !known.includes(name)),
        },
      )
    },
  )

  /** Returns how many admins there are. */
  const rolesOf = async () =>
    JSON.stringify((await world.app.db.prepare("select count(*) as n from users where role = 'admin'").all()).results)
})
