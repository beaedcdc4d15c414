import { beforeEach, describe, it } from 'vitest'
import { limits } from '../../src/domain/limits.ts'
import { attempt, right, statuses } from '../support/app/attempts.ts'
import { alterUser, logIn, member, someAddress, somePassword, startApp, type TestApp } from '../support/app/support.ts'

type Event = { event: string; user_id: string | null; ip: string | null; detail: object | null; count: number }

/** Returns the entries as an admin finds them. */
const suspicions = async (app: TestApp): Promise<Event[]> => {
  const email = await member(app)
  await alterUser(app, email, { role: 'admin' })
  const { access_token: bearer } = await logIn(app, email)
  const reply = await app.call('GET /api/admin/audit?event=spray_suspected', { bearer })
  return ((await reply.json()) as { entries: Event[] }).entries
}

const failures = (app: TestApp, times: number) => statuses(times, () => attempt(app, someAddress('nobody')))

describe('failed log-ins of all accounts together', () => {
  let app: TestApp
  beforeEach(async () => {
    app = startApp({ vars: { LIMIT_LOGIN_FAILURES: '5/2m' } })
    await app.db.batch([app.db.prepare('delete from throttles'), app.db.prepare('delete from audit')])
  })

  it('are recorded in the audit when one password is tried on two hundred accounts from as many networks (A-04e)', async ({
    expect,
  }) => {
    const usual = startApp()
    await failures(usual, limits.logInFailures.limit - 1)
    const before = await suspicions(usual)

    await failures(usual, 200 - limits.logInFailures.limit + 1)
    const after = await suspicions(usual)

    const { limit, window } = limits.logInFailures
    expect(before).toEqual([])
    expect(after).toMatchObject([
      { user_id: null, ip: null, detail: { failures: limit, seconds: window / 1000 }, count: 1 },
    ])
  })

  it('are recorded once in a window, and again in the next (A-04e)', async ({ expect }) => {
    await failures(app, 12)
    const first = await suspicions(app)
    app.wait({ minutes: 2 })
    await failures(app, 4)
    const quiet = await suspicions(app)
    await failures(app, 1)
    const second = await suspicions(app)

    expect([first.length, quiet.length, second.length]).toEqual([1, 1, 2])
  })

  it('are recorded once, although they come at once (A-04e, A-04a)', async ({ expect }) => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => attempt(app, someAddress())))

    expect(answers.filter((answer) => answer.status === 401).length).toBeGreaterThanOrEqual(5)
    expect(await suspicions(app)).toHaveLength(1)
  })

  it('count all the same for accounts that exist, and from devices that are known (A-04e)', async ({ expect }) => {
    const email = await member(app)
    const device = /device=([^;]+)/.exec((await attempt(app, email, right)).headers.getSetCookie().join())![1]

    await statuses(2, () => attempt(app, email, { device }))
    await statuses(2, () => attempt(app, email))
    const four = await suspicions(app)
    await attempt(app, email, { device })

    expect([four.length, (await suspicions(app)).length]).toEqual([0, 1])
  })

  it('refuse nobody, and cost no round trip of their own (A-04e)', async ({ expect }) => {
    const email = await member(app)
    await failures(app, 4)

    const json = { email: someAddress(), password: 'a wrong passphrase' }
    const last = await app.cost('POST /api/auth/login', { json })
    const beyond = await app.cost('POST /api/auth/login', { json })
    const entered = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })

    for (const { response, trips, tripsAfter } of [last, beyond])
      expect({ status: response.status, trips, tripsAfter }).toEqual({ status: 401, trips: 1, tripsAfter: 1 })
    expect(entered.status).toBe(200)
  })

  it('do not count if the password is right, nor if the attempt is refused (A-04e)', async ({ expect }) => {
    const email = await member(app)
    const strict = startApp({ vars: { LIMIT_LOGIN_FAILURES: '5/2m', LIMIT_LOGIN_ACCOUNT: '2/1h' } })

    const answers = await statuses(8, () => attempt(strict, email))
    await statuses(3, async () => attempt(app, await member(app), right))

    expect(answers).toEqual([401, 401, ...Array(6).fill(429)])
    expect(await suspicions(app)).toEqual([])
  })
})
