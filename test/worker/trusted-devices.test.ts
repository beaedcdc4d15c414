import { decodeJwt } from 'jose'
import { beforeEach, describe, it } from 'vitest'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import { enrol, proofBy } from '../support/app/enrolments.ts'
import { addPasskey, answer, asksForPasskey, givePasskey } from '../support/app/passkeys.ts'
import { addApp, userWithFactors } from '../support/app/second-factors.ts'
import {
  alterUser,
  changePassword,
  cookiesOf,
  fromOurPage,
  newPassword,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { logInTrusted, logInTrusting, type Trusting, trustedDevice } from '../support/app/trusted-devices.ts'
import { rows } from '../support/faults/fault-world.ts'
import { eventsOf, proofHeader, resetBy } from '../support/way-back/way-back-world.ts'

type User = Awaited<ReturnType<typeof userWithFactors>>

type Listed = { trusted_devices: { id: string; name: string; created_at: string; expires_at: string }[] }

const listed = async (app: TestApp, bearer: string) =>
  (await bodyOf<Listed>(await app.call('GET /api/user/trusted-devices', { bearer }))).trusted_devices

/** A session of the owner in which both factors were given a moment ago, and its proof. */
const withProof = async (app: TestApp, { access_token: bearer, seed }: User) => ({
  bearer,
  headers: proofHeader(await proofBy(app, bearer, seed)),
})

const clock = (app: TestApp, other: TestApp) =>
  other.wait({ seconds: (app.now().getTime() - other.now().getTime()) / 1000 })

describe('a trusted device', () => {
  let app: TestApp
  let user: User
  let trust: string
  beforeEach(async () => {
    app = startApp()
    user = await userWithFactors(app)
    trust = (await trustedDevice(app, user)).trust
  })

  it('needs the password alone, and the session says that it was one factor', async ({ expect }) => {
    const body = await bodyOf<SessionBody>(await logInTrusted(app, user.email, trust))

    const claims = decodeJwt(body.access_token)
    expect(claims).toMatchObject({ amr: ['pwd'], acr: 'aal1' })
    expect(claims).not.toHaveProperty('fresh')
    expect(body).not.toHaveProperty('proof')
  })

  it('is no proof for a change of factors, for a new password or for an export', async ({ expect }) => {
    const { access_token: bearer } = await bodyOf<SessionBody>(await logInTrusted(app, user.email, trust))
    const headers = { 'Gatehouse-Trust': trust }
    const json = { current_password: somePassword }

    const codes = [
      await app.call(`DELETE /api/user/factors/totp/${user.appId}`, { bearer, json, headers }),
      await changePassword(app, { bearer, headers }),
      await app.call('GET /api/user/export', { bearer, headers }),
      await stepUp(app, { bearer, json: { password: somePassword }, headers }),
    ]

    expect(await Promise.all(codes.map(async (reply) => (await refusalOf(reply)).code))).toEqual([
      'second_factor_required',
      'second_factor_required',
      'reauthentication_required',
      'second_factor_required',
    ])
  })

  it('still needs the right password', async ({ expect }) => {
    expect((await refusalOf(await logInTrusted(app, user.email, trust, newPassword))).code).toBe('invalid_credentials')
  })

  it('is known to a browser by a cookie, which outlives a log-out', async ({ expect }) => {
    const reply = await app.request('POST /api/auth/login?transport=cookie', {
      json: { email: user.email, password: somePassword, otp: await user.code(1), trust_device: true },
      headers: fromOurPage,
    })
    const cookies = cookiesOf(reply)
    const line = reply.headers.getSetCookie().find((cookie) => cookie.startsWith('trust='))
    const left = await app.call('POST /api/auth/logout', { cookies, headers: fromOurPage })
    const again = await app.request('POST /api/auth/login', {
      json: { email: user.email, password: somePassword },
      cookies: { trust: cookies.trust! },
      headers: fromOurPage,
    })

    expect(line).toMatch(/; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(await reply.json()).toMatchObject({ trust_expires_in: 2_592_000 })
    expect(cookiesOf(left)).not.toHaveProperty('trust')
    expect(again.status).toBe(200)
  })

  it('is listed with its name and in the export', async ({ expect }) => {
    const { bearer } = await withProof(app, user)
    const [device, ...others] = await listed(app, bearer)
    const exported = await bodyOf<Listed>(await app.call('GET /api/user/export', { bearer }))

    expect(others).toEqual([])
    expect(device).toMatchObject({ name: 'a program' })
    expect(Date.parse(device!.expires_at) - Date.parse(device!.created_at)).toBe(30 * 86_400_000)
    expect(exported.trusted_devices).toEqual([device])
    expect(await eventsOf(app, user.user.id)).toContain('trusted_device_added')
  })

  const endings: { what: string; opens?: string; end: (app: TestApp, user: User) => Promise<unknown> }[] = [
    {
      what: 'the user forgets it',
      end: async (app, { access_token: bearer }) => {
        const [device] = await listed(app, bearer)
        return app.call(`DELETE /api/user/trusted-devices/${device!.id}`, { bearer })
      },
    },
    {
      what: 'the user forgets all',
      end: (app, { access_token: bearer }) => app.call('DELETE /api/user/trusted-devices', { bearer }),
    },
    {
      what: 'the user ends all other sessions',
      end: (app, { access_token: bearer }) => app.call('DELETE /api/user/sessions', { bearer }),
    },
    {
      what: 'the password is changed',
      opens: newPassword,
      end: async (app, user) => {
        return changePassword(app, await withProof(app, user))
      },
    },
    {
      what: 'the password is reset by mail',
      opens: newPassword,
      end: (app, { email }) => resetBy(app, email, newPassword),
    },
    {
      what: 'an app is added',
      end: async (app, user) =>
        enrol(app, user.access_token, { proof: await proofBy(app, user.access_token, user.seed) }),
    },
    {
      what: 'a passkey is added',
      end: async (app, user) =>
        addPasskey(app, user.access_token, { proof: await proofBy(app, user.access_token, user.seed) }),
    },
    {
      what: 'new recovery codes are made',
      end: async (app, user) =>
        app.call('POST /api/user/factors/recovery-codes', { ...(await withProof(app, user)), json: {} }),
    },
    {
      what: 'the account was disabled meanwhile',
      end: async (app, { email }) => {
        await alterUser(app, email, { status: 'disabled' })
        await alterUser(app, email, { status: 'active' })
      },
    },
    {
      what: 'an admin removes the factors and a new one is added',
      end: async (app, { user }) => {
        const { access_token: bearer } = await signedInAdmin(app)
        await app.call(`DELETE /api/admin/users/${user.id}/factors`, { bearer })
        await addApp(app, user.id)
      },
    },
    { what: 'its user becomes an admin', end: (app, { email }) => alterUser(app, email, { role: 'admin' }) },
    { what: 'thirty days pass', end: async (app) => app.wait({ minutes: 30 * 1440 }) },
  ]

  it.for(endings)('asks for the second factor again once $what', async ({ end, opens }, { expect }) => {
    expect((await logInTrusted(app, user.email, trust)).status).toBe(200)

    const ended = await end(app, user)
    if (ended instanceof Response) expect(ended.status).toBeLessThan(300)
    const refused = await logInTrusted(app, user.email, trust, opens)

    expect((await refusalOf(refused)).code).toBe('second_factor_required')
    expect(cookiesOf(refused)).not.toHaveProperty('token')
  })

  it('asks for the second factor again once one of two apps is removed', async ({ expect }) => {
    const { id } = await addApp(app, user.user.id)
    app.wait({ seconds: 30 })
    const newer = await trustedDevice(app, user)
    expect((await logInTrusted(app, user.email, newer.trust)).status).toBe(200)

    await bodyOf(await app.call(`DELETE /api/user/factors/totp/${id}`, { ...(await withProof(app, user)), json: {} }))

    expect((await logInTrusted(app, user.email, newer.trust)).status).toBe(403)
  })

  it('counts for its user only', async ({ expect }) => {
    const other = await userWithFactors(app)

    expect((await refusalOf(await logInTrusted(app, other.email, trust))).code).toBe('second_factor_required')
    expect((await logInTrusted(app, user.email, trust)).status).toBe(200)
  })

  it('cannot be made from a device token, or forged', async ({ expect }) => {
    const { device_token } = (await (await logInTrusted(app, user.email, trust)).json()) as { device_token: string }
    const forged = [device_token, trust.slice(0, -1), `x${trust}`, 'none']

    const refused = await Promise.all(forged.map((token) => logInTrusted(app, user.email, token)))

    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403])
    expect((await logInTrusted(app, user.email, trust)).status).toBe(200)
  })

  it.for([
    { what: 'are switched off', vars: { TRUSTED_DEVICE_DAYS: '0' }, status: 403 },
    { what: 'last fewer days than it is old', vars: { TRUSTED_DEVICE_DAYS: '1' }, status: 403 },
    { what: 'last longer than it is old', vars: { TRUSTED_DEVICE_DAYS: '3' }, status: 200 },
  ])('is answered $status when trusted devices $what', async ({ vars, status }, { expect }) => {
    const later = startApp({ vars })
    clock(app, later)
    later.wait({ minutes: 2 * 1440 })

    expect((await logInTrusted(later, user.email, trust)).status).toBe(status)
  })

  it('does not survive TOKENS_NOT_BEFORE', async ({ expect }) => {
    const moment = new Date(app.now().getTime() + 1000)
    const later = startApp({ vars: { TOKENS_NOT_BEFORE: moment.toISOString() } })
    clock(app, later)
    later.wait({ seconds: 2 })

    expect((await logInTrusted(later, user.email, trust)).status).toBe(403)
  })

  it('is no device of somebody else to forget', async ({ expect }) => {
    const other = await signedInUser(app)
    const [device] = await listed(app, user.access_token)

    const refused = await app.call(`DELETE /api/user/trusted-devices/${device!.id}`, {
      bearer: other.access_token,
    })
    await app.call('DELETE /api/user/trusted-devices', { bearer: other.access_token })

    expect(refused.status).toBe(404)
    expect((await logInTrusted(app, user.email, trust)).status).toBe(200)
  })

  it('is forgotten for good while forty log-ins use it', async ({ expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '1000' } })
    const logIns = Array.from({ length: 40 }, () => logInTrusted(app, user.email, trust))
    const forgotten = app.call('DELETE /api/user/trusted-devices', { bearer: user.access_token })

    const statuses = new Set((await Promise.all(logIns)).map(({ status }) => status))
    await forgotten
    // Too many hashes at once are refused with 503.
    for (const usual of [200, 403, 503]) statuses.delete(usual)

    expect([...statuses]).toEqual([])
    expect((await logInTrusted(app, user.email, trust)).status).toBe(403)
  })
})

describe('no device becomes trusted', () => {
  const cases: { why: string; vars?: Record<string, string>; ask: (app: TestApp, user: User) => Promise<Response> }[] =
    [
      {
        why: 'by a recovery code',
        ask: (app, { email, recoveryCodes }) => logInTrusting(app, email, recoveryCodes[0]!),
      },
      {
        why: 'on a shared computer',
        ask: async (app, { email, code }) => logInTrusting(app, email, await code(), { remember: false }),
      },
      {
        why: 'unless the user asks for it',
        ask: async (app, { email, code }) => logInTrusting(app, email, await code(), { trust_device: false }),
      },
      {
        why: 'of an admin',
        ask: async (app, { email, code }) => {
          await alterUser(app, email, { role: 'admin' })
          return logInTrusting(app, email, await code())
        },
      },
      {
        why: 'while TRUSTED_DEVICE_DAYS is 0',
        vars: { TRUSTED_DEVICE_DAYS: '0' },
        ask: async (app, { email, code }) => logInTrusting(app, email, await code()),
      },
      {
        why: 'of an account without a second factor',
        ask: async (app) => logInTrusting(app, (await signedInUser(app)).email, '123456'),
      },
    ]

  it.for(cases)('$why', async ({ vars, ask }, { expect }) => {
    const app = startApp({ vars })
    const reply = await ask(app, await userWithFactors(app))
    const body = (await reply.json()) as Trusting

    expect(reply.status).toBe(200)
    expect(body).not.toHaveProperty('trust_token')
    expect(cookiesOf(reply)).not.toHaveProperty('trust')
    expect(await rows(app, 'select 1 from trusted_devices where user_id = ?', body.user.id)).toEqual([])
  })
})

describe('a device becomes trusted', () => {
  it('in a second step by code or by passkey, and the refusal before it says for how long', async ({ expect }) => {
    const app = startApp()
    const user = await userWithFactors(app)
    const { soft } = await givePasskey(app, user.user.id)
    const first = async () =>
      (await (
        await app.call('POST /api/auth/login', { json: { email: user.email, password: somePassword } })
      ).json()) as { challenge: string; trust_days: number }

    const { challenge, trust_days } = await first()
    const byCode = await app.call('POST /api/auth/login/code', {
      json: { challenge, code: await user.code(), trust_device: true },
    })
    const second = await first()
    const byPasskey = await app.call('POST /api/auth/login/passkey', {
      json: {
        credential: await answer(soft, await asksForPasskey(app, second.challenge)),
        challenge: second.challenge,
        trust_device: true,
      },
    })

    expect(trust_days).toBe(30)
    const tokens = [cookiesOf(byCode).trust!, cookiesOf(byPasskey).trust!]
    const opened = await Promise.all(tokens.map((token) => logInTrusted(app, user.email, token)))
    expect(opened.map(({ status }) => status)).toEqual([200, 200])
  })

  it('and the oldest of more than ten gives way', async ({ expect }) => {
    const app = startApp()
    const user = await userWithFactors(app)
    const tokens: string[] = []
    for (let n = 0; n < 11; n++) {
      app.wait({ seconds: 30 })
      tokens.push((await trustedDevice(app, user)).trust)
    }

    const opened = await Promise.all([tokens[0]!, tokens[1]!, tokens[10]!].map((t) => logInTrusted(app, user.email, t)))

    expect(await listed(app, user.access_token)).toHaveLength(10)
    expect(opened.map(({ status }) => status)).toEqual([403, 200, 200])
  })

  it('and its row goes when it has expired', async ({ expect }) => {
    const app = startApp()
    const user = await userWithFactors(app)
    await trustedDevice(app, user)
    app.wait({ minutes: 30 * 1440 + 1 })

    for (let run = 0; run < 3; run++) await app.services.upkeep.removeExpired()

    expect(await rows(app, 'select 1 from trusted_devices where user_id = ?', user.user.id)).toEqual([])
  })
})
