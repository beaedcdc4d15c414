import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { limits } from '../../src/domain/limits.ts'
import { hashScrypt } from '../../src/domain/scrypt.ts'
import { attempt, right, someNetwork, statuses } from '../support/app/attempts.ts'
import {
  cookiesOf,
  member,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
} from '../support/app/support.ts'

/**
 * Rate limiting like that of the binding, but by the clock of the test: as many in ten seconds as wrangler.toml says.
 */
const binding = (now: () => Date) => {
  const asked = new Map<string, number>()
  return {
    limit: async ({ key }: { key: string }) => {
      const window = `${key} ${Math.floor(now().getTime() / 10_000)}`
      asked.set(window, (asked.get(window) ?? 0) + 1)
      return { success: asked.get(window)! <= 100 }
    },
  }
}

const shielded = () => {
  let now = () => new Date()
  const app = startApp({ bindings: { SHIELD: binding(() => now()) as RateLimit } })
  now = app.now
  return app
}

const people = async (count: number) => {
  const password = hashScrypt(somePassword, { ln: 1, r: 8, p: 1 })
  const at = Date.now()
  const { results } = await env.DB.prepare(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?1)
      insert into users (id, email, email_canonical, password, email_verified_at, created_at, updated_at)
      select printf('01a00000-0000-7000-8%03x-', random() & 4095) || printf('%012x', i + (random() & 0xffffffff) * 1024), 'pupil-' || ?2 || '-' || i || '@example.com', 'pupil-' || ?2 || '-' || i || '@example.com', ?3, ?4, ?4, ?4 from n
      returning email`,
  )
    .bind(count, crypto.randomUUID(), password, at)
    .all<{ email: string }>()
  return results.map(({ email }) => email)
}

describe('a thousand people behind one address', { timeout: 600_000 }, () => {
  it('log in at nine o’clock and refresh, and none is refused, while a guesser is bounded as ever (A-04, A-05)', async ({
    expect,
  }) => {
    const app = shielded()
    const ip = someNetwork()
    const school = await people(1000)
    const victims = await Promise.all(Array.from({ length: 40 }, () => someAddress('nobody')))

    const entered: number[] = []
    const refreshed: number[] = []
    for (const [n, email] of school.entries()) {
      const response = await app.request('POST /api/auth/login', { json: { email, password: somePassword }, ip })
      entered.push(response.status)
      // Eight log in per second, so all are in after two minutes.
      app.wait({ seconds: 0.12 })
      if (response.status !== 200 || n % 4 > 0) continue
      const { refresh_token } = (await response.json()) as SessionBody
      refreshed.push((await app.request('POST /api/auth/refresh', { json: { refresh_token }, ip })).status)
    }
    // All log-ins were in one window, and each has given its place back, so a guesser has as many guesses as without
    // them. The wait lets the shield's window of ten seconds end, which would still include the last log-ins.
    await app.settled()
    app.wait({ seconds: 20 })
    const guesses = await Promise.all(victims.map((email) => attempt(app, email, { ip })))

    expect([entered.length, new Set(entered)]).toEqual([1000, new Set([200])])
    expect([refreshed.length, new Set(refreshed)]).toEqual([250, new Set([200])])
    const answered = (status: number) => guesses.filter((guess) => guess.status === status).length
    expect(answered(429)).toBe(10)
    expect(answered(401) + answered(503)).toBe(limits.logInNetwork.limit)
  })

  it('are thirty pupils of a class within ten seconds (A-05)', async ({ expect }) => {
    const app = shielded()
    const ip = someNetwork()
    const answers: number[] = []

    for (const email of await people(30)) answers.push((await attempt(app, email, { ...right, ip })).status)

    expect(answers).toEqual(Array(30).fill(200))
  })
})

describe('a place of a network', () => {
  it('is taken by each guess, whatever right log-ins come between and beside them (A-04, A-04a)', async ({
    expect,
  }) => {
    const app = startApp()
    const ip = someNetwork()
    const email = await member(app)

    const answers: number[] = []
    for (let n = 0; n < 15; n++) {
      const both = [attempt(app, someAddress('nobody'), { ip }), attempt(app, email, { ...right, ip })]
      both.push(attempt(app, someAddress('nobody'), { ip }))
      for (const { status } of await Promise.all(both)) answers.push(status)
    }
    answers.push(...(await statuses(5, () => attempt(app, someAddress('nobody'), { ip }))))
    const one = await attempt(app, email, { ...right, ip })

    // A right log-in at the same time may have had the last place for a moment.
    expect(answers.filter((status) => status === 401)).toHaveLength(limits.logInNetwork.limit)
    expect(one.status).toBe(429)
  })

  it('is given back if a full gate refused (A-32)', async ({ expect }) => {
    const app = startApp({ vars: { PASSWORD_SCRYPT: 'ln=10,r=8,p=1' } })
    const ip = someNetwork()

    const flood = await Promise.all(Array.from({ length: 30 }, () => attempt(app, someAddress('nobody'), { ip })))
    const tried = flood.filter(({ status }) => status === 401).length
    const rest = await statuses(limits.logInNetwork.limit - tried + 1, () =>
      attempt(app, someAddress('nobody'), { ip }),
    )

    expect(flood.filter(({ status }) => status === 503).length).toBeGreaterThan(0)
    expect(rest).toEqual([...Array(limits.logInNetwork.limit - tried).fill(401), 429])
  })

  it('is not given back to a window that began after it was taken (A-04)', async ({ expect }) => {
    const app = startApp()
    const ip = someNetwork()
    const email = await member(app)
    await attempt(app, someAddress('nobody'), { ip })
    // The log-in takes its place at the end of a window, and its hash lasts into the next window, which others have
    // begun.
    app.wait({ seconds: 299.9 })
    const slow = attempt(app, email, { ...right, ip })
    app.wait({ seconds: 1 })
    const [late, ...guesses] = await Promise.all([
      slow,
      ...Array.from({ length: 31 }, () => attempt(app, someAddress('nobody'), { ip })),
    ])
    const after = await statuses(31, () => attempt(app, someAddress('nobody'), { ip }))

    const tried = [...guesses.map(({ status }) => status), ...after].filter((status) => status === 401).length
    expect(late!.status).toBe(200)
    expect(tried).toBe(limits.logInNetwork.limit)
  })

  it('does not count for a known device, which a guesser behind the same address cannot keep out (A-05)', async ({
    expect,
  }) => {
    const app = startApp()
    const ip = someNetwork()
    const email = await member(app)
    const { device } = cookiesOf(await attempt(app, email, { ...right, ip }))

    const guesses = await statuses(31, () => attempt(app, someAddress('nobody'), { ip }))
    const known = await attempt(app, email, { ...right, ip, device })
    const own = await statuses(11, () => attempt(app, email, { ip, device }))
    const other = await attempt(app, (await signedInUser(app)).email, { ...right, ip, device })

    expect(guesses).toEqual([...Array(30).fill(401), 429])
    expect(known.status).toBe(200)
    expect(own).toEqual([...Array(10).fill(401), 429])
    expect(other.status).toBe(429)
  })
})
