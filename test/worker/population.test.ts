import { describe, it } from 'vitest'
import { rewritten } from '../../cli/import/hashes/written.ts'
import { readForeign, specimenOf, storable } from '../../src/domain/hashes/foreign.ts'
import { createMacs } from '../../src/domain/macs.ts'
import { nobodysHash } from '../../src/domain/nobody.ts'
import { hashScrypt } from '../../src/domain/scrypt.ts'
import { attempt } from '../support/app/attempts.ts'
import { countHashes } from '../support/app/hashes.ts'
import written from '../support/app/hashes-as-written.json'
import imported from '../support/app/imported-hashes.json'
import {
  alterUser,
  logIn,
  member,
  register,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

const own = hashScrypt(somePassword, { ln: 1, r: 8, p: 1 })
const bcrypt = (rounds: string) => `$2b$${rounds}$${'a'.repeat(53)}`

const formats = async (app: TestApp) => {
  const { results } = await app.db
    .prepare('select format, count from password_formats')
    .all<{ format: string; count: number }>()
  return Object.fromEntries(results.map(({ format, count }) => [format, count]))
}

const clean = async () => {
  const app = startApp()
  await app.db.prepare('delete from users').run()
  return app
}

const keys = createMacs([{ id: 'a', secret: new Uint8Array(32).fill(7) }])

describe('the formats on file', () => {
  const pepper = `$pre=append,${'A'.repeat(86)}$bcrypt$12$${'A'.repeat(22)}$${'A'.repeat(31)}`
  const sources = [
    ...imported.vectors.map(({ source, hash }) => ({ source, stored: storable(hash)! })),
    ...written.vectors.map(({ source, hash, of }) => ({ source, stored: storable(rewritten(hash, of))! })),
    { source: 'Devise with a pepper', stored: pepper },
  ]

  it.for(sources)('know $source, and what it costs', async ({ stored }, { expect }) => {
    const app = await clean()
    const email = await member(app)

    await alterUser(app, email, { passwordHash: stored })
    const [[format, count], ...others] = Object.entries(await formats(app)) as [[string, number], ...unknown[]]

    expect([count, others]).toEqual([1, []])
    expect(readForeign(specimenOf(format)!)?.workMs).toBe(readForeign(stored)!.workMs)
    // The format contains neither salt nor digest.
    expect(format.length).toBeLessThan(stored.length - 20)
    expect(stored.startsWith(format) || format === 'better-auth').toBe(true)
  })

  it('are counted as they come, change and go, and ours are not (N14)', async ({ expect }) => {
    const app = await clean()
    const emails = [await member(app), await member(app), await member(app)] as const
    await register(app, someAddress())

    const before = await formats(app)
    for (const email of emails) await alterUser(app, email, { passwordHash: bcrypt('10') })
    const three = await formats(app)
    await alterUser(app, emails[0], { passwordHash: bcrypt('12') })
    await alterUser(app, emails[1], { passwordHash: null })
    const moved = await formats(app)
    await alterUser(app, emails[0], { passwordHash: own })
    await alterUser(app, emails[0], { name: 'Ada' })
    await app.db.prepare('delete from users where email = ?').bind(emails[2]).run()

    expect(before).toEqual({})
    expect(three).toEqual({ $2b$10$: 3 })
    expect(moved).toEqual({ $2b$10$: 1, $2b$12$: 1, none: 1 })
    expect(await formats(app)).toEqual({ none: 1 })
  })
})

describe('the mark of an import', () => {
  const markOf = (app: TestApp, email: string) =>
    app.db.prepare('select migration_pending from users where email = ?').bind(email).first('migration_pending')

  it.for<{ what: string; change: Parameters<typeof alterUser>[2]; none: number }>([
    { what: 'a password is set', change: { passwordHash: own }, none: 0 },
    { what: 'the password that is not there is dropped', change: { passwordHash: null }, none: 1 },
    { what: 'the account is disabled', change: { status: 'disabled' }, none: 1 },
    { what: 'the address changes', change: { emailCanonical: 'moved@example.com' }, none: 1 },
  ])('is cleared for good when $what, and counted until then', async ({ change, none }, { expect }) => {
    const app = await clean()
    const [one, other] = [await member(app), await member(app)]
    for (const email of [one, other]) await alterUser(app, email, { passwordHash: null })
    for (const email of [one, other]) await alterUser(app, email, { migrationPending: true })
    const both = await formats(app)

    await alterUser(app, one, { name: 'Ada', status: 'active', emailCanonical: one })
    const untouched = await markOf(app, one)
    await alterUser(app, one, change)

    expect([both, untouched]).toEqual([{ bridge: 2 }, 1])
    expect(await formats(app)).toEqual({ bridge: 1, ...(none && { none }) })
    expect([await markOf(app, one), await markOf(app, other)]).toEqual([null, 1])
    await app.db.prepare('delete from users where email = ?').bind(other).run()
    expect((await formats(app)).bridge).toBeUndefined()
  })

  it('is not counted beside a password', async ({ expect }) => {
    const app = await clean()
    const email = await member(app)

    await alterUser(app, email, { migrationPending: true, passwordHash: bcrypt('10') })

    expect(await formats(app)).toEqual({ $2b$10$: 1 })
  })
})

describe('an address that nobody has', () => {
  const mix = [
    { format: '$2b$10$', count: 300, users: 1100 },
    { format: '$2b$12$', count: 300, users: 1100 },
    { format: 'none', count: 100, users: 1100 },
  ]

  it('draws a format as often as the population has it, and the same each time (A-03)', ({ expect }) => {
    const draws = Array.from({ length: 4000 }, (_, n) =>
      nobodysHash(keys, `somebody-${n}@example.com`, mix)?.slice(0, 7),
    )
    const share = (format: string | undefined) => draws.filter((drawn) => drawn === format).length / draws.length

    expect(share('$2b$10$')).toBeCloseTo(0.3, 1)
    expect(share('$2b$12$')).toBeCloseTo(0.3, 1)
    expect(share(undefined)).toBeCloseTo(0.4, 1)
    expect(nobodysHash(keys, 'somebody-1@example.com', mix)).toBe(nobodysHash(keys, 'somebody-1@example.com', mix))
    expect(nobodysHash(keys, 'somebody-1@example.com', [])).toBeUndefined()
    expect(nobodysHash(keys, 'somebody-1@example.com', mix.slice(2))).toBeUndefined()
  })

  it('costs a hash of that format and none of ours, and so does one without a password (A-03)', async ({ expect }) => {
    const app = await clean()
    const [one, none] = [await member(app), await member(app)]
    await alterUser(app, one, { passwordHash: bcrypt('04') })
    await alterUser(app, none, { passwordHash: null })
    const hashes = countHashes()

    const answers = [await attempt(app, someAddress('nobody')), await attempt(app, none)]
    const foreign = hashes()
    await alterUser(app, one, { passwordHash: own })
    answers.push(await attempt(app, someAddress('nobody')))

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
    expect([foreign, hashes()]).toEqual([0, 1])
    expect((await logIn(app, one)).user.email).toBe(one)
  })
})
