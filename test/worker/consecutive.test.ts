import { beforeEach, describe, it } from 'vitest'
import { attempt, right, someNetwork, statuses, wrong } from '../support/app/attempts.ts'
import { member, signedInUser, someAddress, startApp, stepUpOperation, type TestApp } from '../support/app/support.ts'

/** Sends wrong passwords, as many at a time as one address may have, with a quarter of an hour after each ten. */
const guess = async (app: TestApp, email: string, times: number) => {
  const answers: number[] = []
  for (let left = times; left > 0; left -= 10) {
    answers.push(...(await statuses(Math.min(left, 10), () => attempt(app, email))))
    app.wait({ minutes: 15 })
  }
  return answers
}

const counters = async (app: TestApp) =>
  (await app.db.prepare('select count(*) as n from throttles').first<{ n: number }>())!.n

describe('a count of consecutive failures', () => {
  it.for([
    ['1', 1],
    ['7', 7],
    ['30', 30],
    ['60', 60],
  ] as const)(
    'of %s lasts four days for each, so that whoever waits gains nothing (N11)',
    async ([, first], { expect }) => {
      const app = startApp()
      const [kept, ended] = [await member(app), await member(app)]

      await guess(app, kept, first)
      await guess(app, ended, first)
      const minutes = first * 4 * 24 * 60 - Math.ceil(first / 10) * 30
      app.wait({ minutes: minutes - 60 })
      await guess(app, kept, 99 - first)
      const last = await attempt(app, kept)
      app.wait({ minutes: 15 })
      const full = await attempt(app, kept, right)
      app.wait({ minutes: Math.ceil(first / 10) * 30 + 61 })
      await guess(app, ended, 99 - first)
      const anew = await attempt(app, ended, right)

      expect([last.status, full.status, anew.status]).toEqual([401, 429, 200])
    },
  )

  it('that is full lasts for the whole window, whether anybody has the address or not (N11, A-01)', async ({
    expect,
  }) => {
    const app = startApp()
    const [known, unknown] = [await member(app), someAddress('nobody')]

    const answers = [await guess(app, known, 100), await guess(app, unknown, 100)]
    app.wait({ days: 390 })
    const late = [await attempt(app, known, right), await attempt(app, unknown, right)]

    expect(answers).toEqual([Array(100).fill(401), Array(100).fill(401)])
    expect(late.map(({ status }) => status)).toEqual([429, 429])
  })

  it('keeps an address closed to strangers whose owner then mistypes the password in a session', async ({ expect }) => {
    const app = startApp()
    const { email, access_token: bearer } = await signedInUser(app)
    await guess(app, email, 10)
    app.wait({ minutes: -15 })

    const mistyped = await app.call(stepUpOperation, { bearer, json: { password: wrong } })
    const stranger = await attempt(app, email, right)
    app.wait({ minutes: 15 })
    const later = await attempt(app, email, right)

    expect(await mistyped.json()).toMatchObject({ code: 'wrong_password' })
    expect([stranger.status, later.status]).toEqual([429, 200])
  })

  it('of an unknown address cannot be told from that of a user if guesses are less than an hour apart (A-01)', async ({
    expect,
  }) => {
    const app = startApp()
    const [known, unknown] = [await member(app), someAddress('nobody')]

    const answers: number[][] = []
    for (let n = 0; n < 102; n++) {
      answers.push([(await attempt(app, known)).status, (await attempt(app, unknown)).status])
      app.wait({ minutes: 19 })
    }

    expect(answers).toEqual([...Array(100).fill([401, 401]), [429, 429], [429, 429]])
  })

  it('of an unknown address is removed within the hour, unless it grows (ASVS 2.4.1)', async ({ expect }) => {
    const app = startApp()
    await app.db.prepare('delete from throttles').run()

    await statuses(5, () => attempt(app, someAddress('nobody')))
    const before = await counters(app)
    app.wait({ minutes: 21 })
    await app.cron()

    expect(before).toBeGreaterThanOrEqual(10)
    expect(await counters(app)).toBe(0)
  })
})

describe('failures at unknown addresses', () => {
  let app: TestApp
  const entries = async () => {
    const sql = "select count, ip, user_id from audit where event = 'log_in_failed' order by count desc"
    return (await app.db.prepare(sql).all<{ count: number; ip: string; user_id: string | null }>()).results
  }
  beforeEach(async () => {
    app = startApp()
    await app.db.prepare('delete from audit').run()
  })

  it('are one entry of the audit for a network and a quarter of an hour (ASVS 2.4.1, 16.3.1)', async ({ expect }) => {
    // Moves to the start of a window.
    app.wait({ seconds: 900 - (Math.floor(app.now().getTime() / 1000) % 900) })
    const [ip, other] = [someNetwork(), someNetwork()]

    await statuses(20, () => attempt(app, someAddress('nobody'), { ip }))
    await attempt(app, someAddress('nobody'), { ip: other })
    const first = await entries()
    app.wait({ minutes: 15 })
    await attempt(app, someAddress('nobody'), { ip })

    expect(first).toEqual([
      { count: 20, ip, user_id: null },
      { count: 1, ip: other, user_id: null },
    ])
    expect(await entries()).toHaveLength(3)
  })

  it('are one for a /48, whichever of its networks they come from (A-04b)', async ({ expect }) => {
    app.wait({ seconds: 900 - (Math.floor(app.now().getTime() / 1000) % 900) })

    await statuses(20, (n) => attempt(app, someAddress('nobody'), { ip: `2001:db8:99:${n}::1` }))

    expect((await entries()).map(({ count }) => count)).toEqual([20])
  })

  it('store at most 256 characters about a client (ASVS 2.4.1)', async ({ expect }) => {
    const headers = { 'User-Agent': 'x'.repeat(4000) }
    const email = await member(app)

    await attempt(app, someAddress('nobody'), { headers })
    await attempt(app, email, { ...right, headers })

    const sql = 'select max(length(user_agent)) as n from audit union all select max(length(user_agent)) from sessions'
    const { results } = await app.db.prepare(sql).all<{ n: number }>()
    expect(results.map(({ n }) => n)).toEqual([256, 256])
  })
})
