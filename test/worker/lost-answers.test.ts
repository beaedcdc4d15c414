import { env } from 'cloudflare:workers'
import { afterEach, describe, it, vi } from 'vitest'
import {
  codeOf,
  cookiesOf,
  fromOurPage,
  mailsTo,
  member,
  type SessionBody,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { faultyD1 } from '../support/faults/faults.ts'
import { logged } from './setup.ts'

type Device = SessionBody & { email: string; device_token: string }

/** A client without cookies that has logged in: its tokens, and what makes its device a known one. */
const device = async (app: TestApp): Promise<Device> => {
  const email = someAddress()
  await member(app, email)
  return secondDevice(app, email)
}

const secondDevice = async (app: TestApp, email: string): Promise<Device> => {
  const json = { email, password: somePassword }
  const reply = await app.call('POST /api/auth/login?transport=body', { json })
  return { email, ...((await reply.json()) as Omit<Device, 'email'>) }
}

const present = (app: TestApp, refresh_token: string, device_token?: string) =>
  app.call('POST /api/auth/refresh?transport=body', {
    json: { refresh_token },
    headers: device_token === undefined ? {} : { 'Gatehouse-Device': device_token },
  })

const tokenOf = async (reply: Response) => {
  if (reply.status !== 200) throw new Error(`refresh answered ${reply.status}: ${await reply.text()}`)
  return ((await reply.json()) as SessionBody).refresh_token
}

const alarms = (app: TestApp, email: string) =>
  mailsTo(app, email).filter(({ subject }) => subject.includes('logged out')).length

/** Whether the session has ended and its owner was notified. */
const ended = async (app: TestApp, { email }: Device, reply: Response) =>
  reply.status === 401 && (await codeOf(reply)) === 'invalid_token' && alarms(app, email) === 1

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a refresh whose answer was lost', () => {
  it.for([30, 599.999])(
    'is made good after %d seconds, by the device of the session, with another successor',
    async (seconds, { expect }) => {
      const app = startApp()
      const one = await device(app)
      const first = await tokenOf(await present(app, one.refresh_token, one.device_token))
      app.wait({ seconds })

      const second = await tokenOf(await present(app, one.refresh_token, one.device_token))

      expect(second).not.toBe(first)
      expect((await present(app, second, one.device_token)).status).toBe(200)
      expect(alarms(app, one.email)).toBe(0)
    },
  )

  it('is forgiven for the cookie of the device', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await member(app, email)
    const json = { email, password: somePassword }
    const cookies = cookiesOf(await app.call('POST /api/auth/login', { json, headers: fromOurPage }))
    const again = () => app.call('POST /api/auth/refresh', { cookies, headers: fromOurPage })
    await again()
    app.wait({ minutes: 5 })

    const reply = await again()

    expect(reply.status).toBe(200)
    const next = { ...cookies, ...cookiesOf(reply) }
    expect((await app.call('POST /api/auth/refresh', { cookies: next, headers: fromOurPage })).status).toBe(200)
  })

  it('is forgiven again and again, each time for as long', async ({ expect }) => {
    const app = startApp()
    const one = await device(app)
    await present(app, one.refresh_token, one.device_token)
    for (const minutes of [9, 9, 9]) {
      app.wait({ minutes })
      const made = await tokenOf(await present(app, one.refresh_token, one.device_token))
      app.wait({ seconds: 29 })
      expect(await tokenOf(await present(app, one.refresh_token)), 'for everybody').toBe(made)
    }

    const last = await tokenOf(await present(app, one.refresh_token, one.device_token))
    expect((await present(app, last)).status).toBe(200)
  })

  it('is forgiven once for twenty requests at once', async ({ expect }) => {
    const app = startApp()
    const one = await device(app)
    await present(app, one.refresh_token)
    app.wait({ minutes: 2 })

    const replies = await Promise.all(
      Array.from({ length: 20 }, () => present(app, one.refresh_token, one.device_token)),
    )

    expect(new Set(await Promise.all(replies.map(tokenOf))).size).toBe(1)
  })

  it('recognises its own work when the answer of the database was lost as well (R16)', async ({ expect }) => {
    const d1 = faultyD1(env.DB)
    const app = startApp({ bindings: { DB: d1.binding } })
    const one = await device(app)
    await present(app, one.refresh_token, one.device_token)
    app.wait({ minutes: 5 })

    d1.fail('after')
    const second = await tokenOf(await present(app, one.refresh_token, one.device_token))

    expect(await tokenOf(await present(app, one.refresh_token, one.device_token))).toBe(second)
    expect((await present(app, second, one.device_token)).status).toBe(200)
    expect(alarms(app, one.email)).toBe(0)
  })

  it('that somebody else got ends the session, whoever of the two comes first', async ({ expect }) => {
    for (let round = 0; round < 10; round++) {
      const app = startApp()
      const one = await device(app)
      const first = await tokenOf(await present(app, one.refresh_token, one.device_token))
      app.wait({ minutes: 5 })
      const both = [one.refresh_token, first]

      const replies = await Promise.all(
        (round % 2 ? both : both.toReversed()).map((token) => present(app, token, one.device_token)),
      )

      expect(replies.map(({ status }) => status).sort()).toEqual([200, 401])
      expect(alarms(app, one.email)).toBe(1)
      const won = await tokenOf(replies.find(({ status }) => status === 200)!)
      expect((await present(app, won, one.device_token)).status).toBe(401)
    }
  })

  it.for<{ who: string; minutes?: number; proof: (app: TestApp, one: Device) => Promise<string | undefined> }>([
    { who: 'a client that shows no device', proof: async () => undefined },
    {
      who: 'another device of the same user',
      proof: async (app, { email }) => (await secondDevice(app, email)).device_token,
    },
    { who: 'a device of somebody else', proof: async (app) => (await device(app)).device_token },
    { who: 'a device that somebody made up', proof: async (_, { device_token }) => `${device_token.slice(0, -1)}_` },
    { who: 'its device after ten minutes', minutes: 10, proof: async (_, { device_token }) => device_token },
  ])('ends the session where it is sent again by $who', async ({ minutes = 5, proof }, { expect }) => {
    const app = startApp()
    const one = await device(app)
    const first = await tokenOf(await present(app, one.refresh_token, one.device_token))
    const shown = await proof(app, one)
    app.wait({ minutes })

    expect(await ended(app, one, await present(app, one.refresh_token, shown))).toBe(true)
    expect((await present(app, first, one.device_token)).status).toBe(401)
  })

  it('is not forgiven with REFRESH_GRACE_SECONDS=0', async ({ expect }) => {
    const app = startApp({ vars: { REFRESH_GRACE_SECONDS: '0' } })
    const one = await device(app)
    await present(app, one.refresh_token, one.device_token)
    app.wait({ seconds: 1 })

    expect(await ended(app, one, await present(app, one.refresh_token, one.device_token))).toBe(true)
  })

  it('leaves the token valid if the limit of the session is reached', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_REFRESH_SESSION: '1/10m' } })
    const one = await device(app)
    await present(app, one.refresh_token, one.device_token)
    app.wait({ minutes: 5 })

    const refused = await present(app, one.refresh_token, one.device_token)

    expect([refused.status, await codeOf(refused)]).toEqual([429, 'rate_limited'])
    app.wait({ minutes: 4.9 })
    expect((await present(app, one.refresh_token, one.device_token)).status).toBe(429)
    expect(alarms(app, one.email)).toBe(0)
  })

  it('of a re-authentication costs as little', async ({ expect }) => {
    const app = startApp()
    const one = await device(app)
    const json = { password: somePassword }
    await stepUp(app, { bearer: one.access_token, json })
    app.wait({ minutes: 5 })

    const next = await tokenOf(await present(app, one.refresh_token, one.device_token))

    expect((await present(app, next)).status).toBe(200)
  })

  it('is forgiven for the cookie that the device got with a new password', async ({ expect }) => {
    const app = startApp()
    const one = await device(app)
    const json = { current_password: somePassword, new_password: 'another fine passphrase' }
    const reply = await app.call('POST /api/user/change-password', { bearer: one.access_token, json })
    const kept = (await reply.json()) as Device
    await present(app, kept.refresh_token, kept.device_token)
    app.wait({ minutes: 5 })

    expect((await present(app, kept.refresh_token, kept.device_token)).status).toBe(200)
  })

  it('is not forgiven for the cookie from before the new password', async ({ expect }) => {
    const app = startApp()
    const one = await device(app)
    const json = { current_password: somePassword, new_password: 'another fine passphrase' }
    const reply = await app.call('POST /api/user/change-password', { bearer: one.access_token, json })
    const kept = (await reply.json()) as Device
    await present(app, kept.refresh_token)
    app.wait({ minutes: 5 })

    expect((await present(app, kept.refresh_token, one.device_token)).status).toBe(401)
  })
})

describe('of two clients that follow one session', () => {
  /** Both have the newest refresh token and the proof of the device. */
  const copied = async (app: TestApp) => {
    const owner = await device(app)
    return { owner, thief: { ...owner } }
  }

  it.for(['the owner', 'the thief'] as const)(
    'the one that was overtaken ends it at its next refresh: %s comes second',
    async (who, { expect }) => {
      const app = startApp()
      const { owner, thief } = await copied(app)
      const [early, late] = who === 'the thief' ? [owner, thief] : [thief, owner]
      early.refresh_token = await tokenOf(await present(app, early.refresh_token, early.device_token))
      app.wait({ minutes: 5 })
      // As if an answer had been lost. This makes the token of the first one void.
      late.refresh_token = await tokenOf(await present(app, late.refresh_token, late.device_token))
      app.wait({ minutes: 5 })

      expect(await ended(app, owner, await present(app, early.refresh_token, early.device_token))).toBe(true)
      expect((await present(app, late.refresh_token, late.device_token)).status).toBe(401)
    },
  )

  it('the second ends it if the first has gone on', async ({ expect }) => {
    const app = startApp()
    const { owner, thief } = await copied(app)
    for (let n = 0; n < 2; n++) {
      thief.refresh_token = await tokenOf(await present(app, thief.refresh_token, thief.device_token))
      app.wait({ minutes: 4 })
    }

    expect(await ended(app, owner, await present(app, owner.refresh_token, owner.device_token))).toBe(true)
    expect((await present(app, thief.refresh_token, thief.device_token)).status).toBe(401)
  })

  it('neither continues, although both got the same answer within the grace time', async ({ expect }) => {
    const app = startApp()
    const { owner, thief } = await copied(app)
    for (const one of [thief, owner])
      one.refresh_token = await tokenOf(await present(app, one.refresh_token, one.device_token))
    app.wait({ minutes: 14 })
    thief.refresh_token = await tokenOf(await present(app, thief.refresh_token, thief.device_token))
    app.wait({ minutes: 14 })

    expect(await ended(app, owner, await present(app, owner.refresh_token, owner.device_token))).toBe(true)
    expect((await present(app, thief.refresh_token, thief.device_token)).status).toBe(401)
  })
})

describe('a client that waits as long as Retry-After says', () => {
  it.for([5, 6, 7, 8, 9])(
    'continues with its session, although the database took the write and was silent: %d seconds',
    async (seconds, { expect }) => {
      const d1 = faultyD1(env.DB)
      const app = startApp({ bindings: { DB: d1.binding } })
      const one = await device(app)
      vi.spyOn(Math, 'random').mockReturnValue((seconds - 5) / 5)

      d1.fail('after', 'after', 'after')
      const unknown = await present(app, one.refresh_token)
      // The timeout of each of three tries, before the reply that says how long to wait.
      app.wait({ seconds: 3 * 3 + Number(unknown.headers.get('Retry-After')) })
      const again = await present(app, one.refresh_token)

      expect([unknown.status, unknown.headers.get('Retry-After')]).toEqual([503, String(seconds)])
      expect(again.status).toBe(200)
      expect(alarms(app, one.email)).toBe(0)
      expect(logged()).toHaveLength(1)
    },
  )
})

describe('a week on a bad line', () => {
  /** Returns numbers between 0 and 1, the same in each run (mulberry32). */
  const random = (seed: number) => () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  it.for([1, 2, 3])('loses no session and raises no alarm, seed %d', { timeout: 120_000 }, async (seed, { expect }) => {
    const app = startApp()
    const one = await device(app)
    const chance = random(seed)
    const seen = { asked: 0, requestLost: 0, answerLost: 0, refused: 0 }
    let token = one.refresh_token

    /** One request that takes up to ten seconds and may be lost on its way there or back. */
    const send = async () => {
      seen.asked++
      if (chance() < 0.15) {
        seen.requestLost++
        app.wait({ seconds: 10 })
        return
      }
      const reply = await present(app, token, one.device_token)
      if (chance() < 0.25) {
        seen.answerLost++
        app.wait({ seconds: 10 })
        return
      }
      if (reply.status !== 200) seen.refused++
      else token = await tokenOf(reply)
      return reply
    }
    const end = app.now().getTime() + 7 * 86_400_000
    while (app.now().getTime() < end) {
      app.wait({ minutes: 14 + chance() * 120 })
      // Once more at once, as the client does; later, when the user tries again.
      while (!(await send()) && !(await send())) app.wait({ seconds: 5 + chance() * 240 })
    }

    expect(seen.refused).toBe(0)
    expect(alarms(app, one.email)).toBe(0)
    expect(seen.answerLost).toBeGreaterThan(15)
    expect(seen.requestLost).toBeGreaterThan(10)
    expect(
      await app.db.prepare('select count(*) as n from sessions where user_id = ?').bind(one.user.id).first(),
    ).toEqual({
      n: 1,
    })
  })
})
