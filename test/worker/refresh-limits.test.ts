import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { limits } from '../../src/domain/limits.ts'
import { almost, attempt, right, someNetwork, statuses } from '../support/app/attempts.ts'
import {
  codeOf,
  fromOurPage,
  logIn,
  member,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { faultyD1 } from '../support/faults/faults.ts'

const from = (app: TestApp, ip: string, refresh_token: string) =>
  app.call('POST /api/auth/refresh', { json: { refresh_token }, ip })

/** Refreshes so many times, each time with the newest token, and returns the tokens from the first to the newest. */
const refreshed = async (app: TestApp, times: number, first: string, ip = someNetwork()) => {
  const tokens = [first]
  for (let n = 0; n < times; n++) {
    const response = await from(app, ip, tokens.at(-1)!)
    if (response.status !== 200) throw new Error(`refresh ${n + 1} answered ${response.status}`)
    tokens.push(((await response.json()) as SessionBody).refresh_token)
  }
  return tokens
}

const generationOf = async (app: TestApp, email: string) => {
  const sql = 'select generation from sessions where user_id = (select id from users where email = ?)'
  return (await app.db.prepare(sql).bind(email).first<{ generation: number }>())?.generation
}

describe('refreshing one session', () => {
  it('makes ten new tokens a minute, and leaves the last one good (A-04)', async ({ expect }) => {
    const app = startApp()
    const { email, refresh_token } = await signedInUser(app)
    const newest = (await refreshed(app, 10, refresh_token)).at(-1)!

    app.wait({ seconds: 0.4 })
    const refused = await refresh(app, newest)
    const generation = await generationOf(app, email)
    app.wait({ seconds: almost(refused) })
    const early = await refresh(app, newest)
    app.wait({ seconds: 1 })
    const inTime = await refresh(app, newest)

    expect([refused.status, await codeOf(refused)]).toEqual([429, 'rate_limited'])
    expect(Number(refused.headers.get('Retry-After'))).toBe(limits.refreshSession.window / 1000)
    expect(generation).toBe(10)
    expect([early.status, inTime.status]).toEqual([429, 200])
  })

  it('answers a token sent again as often as it comes, also when there are no new ones (R3, R6)', async ({
    expect,
  }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)
    const tokens = await refreshed(app, 10, refresh_token)

    const again = await Promise.all(Array.from({ length: 20 }, () => refresh(app, tokens.at(-2)!)))

    const bodies = await Promise.all(again.map(async (reply) => ((await reply.json()) as SessionBody).refresh_token))
    expect(again.map((reply) => reply.status)).toEqual(Array(20).fill(200))
    expect(new Set(bodies)).toEqual(new Set([tokens.at(-1)]))
  })

  it('counts as one what was asked twenty times at once (R6)', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_REFRESH_SESSION: '2/1m' } })
    const { refresh_token } = await signedInUser(app)

    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(app, refresh_token)))
    const [one] = (await Promise.all(answers.map((answer) => answer.json()))) as SessionBody[]
    const second = await refresh(app, one!.refresh_token)

    expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(200))
    expect(second.status).toBe(200)
  })

  it('does not hide a stolen token: the session ends though its limit is reached (R2)', async ({ expect }) => {
    const app = startApp()
    const { refresh_token, access_token } = await signedInUser(app)
    await refreshed(app, 10, refresh_token)

    const reused = await refresh(app, refresh_token)

    expect(reused.status).toBe(401)
    expect((await profile(app, access_token)).status).toBe(401)
  })

  it('counts once what took effect though the answer was lost (R16)', async ({ expect }) => {
    const d1 = faultyD1(env.DB)
    const app = startApp({ vars: { LIMIT_REFRESH_SESSION: '2/1m' }, bindings: { DB: d1.binding } })
    const { refresh_token } = await signedInUser(app)

    d1.fail('after')
    const tokens = await refreshed(app, 2, refresh_token)

    expect((await refresh(app, tokens.at(-1)!)).status).toBe(429)
  })

  it('leaves another session of the user its own ten', async ({ expect }) => {
    const app = startApp()
    const mine = await signedInUser(app)
    const other = await logIn(app, mine.email)
    await refreshed(app, 10, mine.refresh_token)

    expect((await refresh(app, other.refresh_token)).status).toBe(200)
  })

  it('leaves the cookies of a browser that has to wait', async ({ expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)
    const newest = (await refreshed(app, 10, refresh_token)).at(-1)!

    const response = await app.call('POST /api/auth/refresh', {
      cookies: { refresh_token: newest },
      headers: fromOurPage,
    })

    expect(response.status).toBe(429)
    expect(response.headers.getSetCookie()).toEqual([])
  })
})

describe('refreshing many sessions from one network', () => {
  it('is not limited more than from many networks, and neither are requests that create no token', async ({
    expect,
  }) => {
    const app = startApp()
    const ip = someNetwork()
    const email = await member(app)
    const tokens: string[] = []
    for (let n = 0; n < 20; n++) {
      const body: SessionBody = await (await attempt(app, email, right)).json()
      tokens.push(body.refresh_token)
    }

    for (const token of tokens) await refreshed(app, 10, token, ip)
    const forged = await statuses(40, () => from(app, ip, `${tokens[0]!.slice(0, -2)}AA`))

    expect(new Set(forged)).toEqual(new Set([401]))
  })
})
