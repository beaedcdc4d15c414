import { env } from 'cloudflare:workers'
import { beforeEach, describe, it } from 'vitest'
import { createMacs } from '../../src/domain/macs.ts'
import { almost, attempt, right, someNetwork, statuses } from '../support/app/attempts.ts'
import { seen } from '../support/app/equal-replies.ts'
import { bitTurned } from '../support/app/forged-tokens.ts'
import { countHashes } from '../support/app/hashes.ts'
import {
  askForAddress,
  changePassword,
  codeOf,
  confirmEmail,
  cookiesOf,
  fromOurPage,
  linkIn,
  logIn,
  member,
  newPassword,
  refresh,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'

/** Logs in like a browser, and returns the device cookie. */
const knownDevice = async (app: TestApp, email: string, password = somePassword): Promise<string> => {
  const response = await attempt(app, email, { password })
  const { device } = cookiesOf(response)
  if (!device) throw new Error(`no cookie of a device: ${response.status}`)
  return device
}

type Cookies = { token: string; device: string }

/** Guesses from strangers' devices, as often as the limits allow in fifteen minutes. */
const attack = (app: TestApp, email: string) => statuses(11, () => attempt(app, email))

/** Sets a new password by mail; `device`: the cookie of the browser that follows the link. */
const reset = async (app: TestApp, email: string, device?: string) => {
  app.wait({ minutes: 2 })
  await app.call('POST /api/auth/forgot-password', { json: { email } })
  const json = { token: linkIn(app, email), new_password: newPassword }
  return app.call('POST /api/auth/reset-password', { json, cookies: device === undefined ? undefined : { device } })
}

describe('a device that has logged in before', () => {
  let app: TestApp
  let email: string
  let device: string
  beforeEach(async () => {
    app = startApp()
    email = await member(app)
    device = await knownDevice(app, email)
  })

  it('gets in while strangers have used up every attempt of the account (A-05, N12)', async ({ expect }) => {
    const attacked = await attack(app, email)

    const elsewhere = await attempt(app, email, right)
    const here = await attempt(app, email, { ...right, device })

    expect(attacked.at(-1)).toBe(429)
    expect([elsewhere.status, here.status]).toEqual([429, 200])
  })

  it('gets in after a hundred failures in a row, which keep out every other device (A-05, N11, N12)', async ({
    expect,
  }) => {
    for (let n = 0; n < 10; n++) {
      await statuses(10, () => attempt(app, email))
      app.wait({ minutes: 15 })
    }

    const elsewhere = await attempt(app, email, right)
    const here = await attempt(app, email, { ...right, device })

    expect(await codeOf(elsewhere)).toBe('rate_limited')
    expect(here.status).toBe(200)
  })

  it('has ten failures of its own in a quarter of an hour, which say when they end (A-04, A-05)', async ({
    expect,
  }) => {
    const answers = await statuses(10, () => attempt(app, email, { device }))
    app.wait({ seconds: 0.4 })
    const refused = await attempt(app, email, { ...right, device })

    app.wait({ seconds: almost(refused) })
    const early = await attempt(app, email, { ...right, device })
    app.wait({ seconds: 1 })
    const inTime = await attempt(app, email, { ...right, device })

    expect(answers).toEqual(Array(10).fill(401))
    expect(Number(refused.headers.get('Retry-After'))).toBe(900)
    expect([refused.status, early.status, inTime.status]).toEqual([429, 429, 200])
  })

  it('uses up none of the account’s, nor those of another known device (A-05)', async ({ expect }) => {
    const other = await knownDevice(app, email)

    await statuses(11, () => attempt(app, email, { device }))

    expect(await statuses(10, () => attempt(app, email))).toEqual(Array(10).fill(401))
    expect((await attempt(app, email, { ...right, device: other })).status).toBe(200)
  })

  it('begins anew after the right password, and keeps its own count with the next cookie (A-05)', async ({
    expect,
  }) => {
    const first = await statuses(9, () => attempt(app, email, { device }))
    const next = cookiesOf(await attempt(app, email, { ...right, device })).device!
    const second = await statuses(5, () => attempt(app, email, { device }))
    const third = await statuses(6, () => attempt(app, email, { device: next }))

    expect([...first, ...second]).toEqual(Array(14).fill(401))
    expect(third).toEqual([...Array(5).fill(401), 429])
  })

  it('gets ten of forty at once hashed (A-04a)', async ({ expect }) => {
    const hashes = countHashes()

    const answers = await Promise.all(Array.from({ length: 40 }, () => attempt(app, email, { device })))

    const wrong = answers.filter((answer) => answer.status === 401).length
    const busy = answers.filter((answer) => answer.status === 503).length
    expect(hashes()).toBe(wrong)
    expect(wrong).toBeLessThanOrEqual(10)
    // The gate admits nine: the tenth may be refused, and another request gets its place.
    expect(wrong + busy).toBeGreaterThanOrEqual(10)
    expect((await attempt(app, email, right)).status).toBe(200)
  })

  it('does not depend on the attempts of its network, which others may have used up (A-04, A-05)', async ({
    expect,
  }) => {
    const ip = someNetwork()

    await statuses(30, () => attempt(app, someAddress(), { ip }))
    const response = await attempt(app, email, { ...right, device, ip })
    const unknown = await attempt(app, email, { ...right, ip })

    expect([response.status, unknown.status]).toEqual([200, 429])
  })

  it('stays known when it logs out (A-05)', async ({ expect }) => {
    const cookies = cookiesOf(await attempt(app, email, { ...right, device }))

    const response = await app.call('POST /api/auth/logout', { cookies, headers: fromOurPage })
    await attack(app, email)

    expect(Object.keys(cookiesOf(response))).toEqual(['token', 'refresh_token'])
    expect((await attempt(app, email, { ...right, device: cookies.device })).status).toBe(200)
  })

  it('stays known when its user has another address (A-05)', async ({ expect }) => {
    const next = someAddress('next')
    const { access_token: bearer } = await logIn(app, email)
    await askForAddress(app, bearer, next)
    await confirmEmail(app, linkIn(app, next), { bearer })

    await attack(app, next)

    expect((await attempt(app, next, { ...right, device })).status).toBe(200)
  })

  it('stays known behind a new key (F15)', async ({ expect }) => {
    const [a, b] = env.TOKEN_KEYS.split(',')
    const old = startApp({ vars: { TOKEN_KEYS: a } })
    const before = await knownDevice(old, email)
    const rotated = startApp({ vars: { TOKEN_KEYS: `${b},${a}` } })

    await attack(rotated, email)

    expect((await attempt(rotated, email, { ...right, device: before })).status).toBe(200)
  })

  it.for([
    ['a reset of the password', reset],
    [
      'a change of the password',
      async (app: TestApp, email: string) => changePassword(app, { bearer: (await logIn(app, email)).access_token }),
    ],
  ] as const)('is known no more after %s, until it logs in again (A-05)', async ([, renew], { expect }) => {
    await renew(app, email)
    app.wait({ minutes: 1 })
    const again = await knownDevice(app, email, newPassword)
    await attack(app, email)

    const before = await attempt(app, email, { password: newPassword, device })
    const after = await attempt(app, email, { password: newPassword, device: again })

    expect([before.status, after.status]).toEqual([429, 200])
  })

  it('is no longer known after a new password, although the keys have changed since (A-05, F15)', async ({
    expect,
  }) => {
    const [a, b] = env.TOKEN_KEYS.split(',')
    await reset(app, email)
    const rotated = startApp({ vars: { TOKEN_KEYS: `${b},${a}` } })
    rotated.wait({ minutes: 3 })

    await attack(rotated, email)

    expect((await attempt(rotated, email, { password: newPassword, device })).status).toBe(429)
  })

  it.for([0, 1])(
    'is no longer known if version 0.1.0 revoked it, under key %i of two (A-05, F15)',
    async (key, { expect }) => {
      const { id } = (await logIn(app, email)).user
      const macs = createMacs([app.services.settings.tokenKeys[key]!])
      const row = [
        macs.sign('throttle', `devicesForgotten ${id}`),
        app.now().getTime(),
        app.now().getTime() + 400 * 86_400_000,
      ]
      await attack(app, email)
      const before = await attempt(app, email, { ...right, device })

      await app.db
        .prepare('insert into throttles (key, count, blocked_until, ends_at) values (?, 0, ?, ?)')
        .bind(...row)
        .run()
      // The earlier successful log-in has cleared the count.
      await attack(app, email)
      const after = await attempt(app, email, { ...right, device })

      expect([before.status, after.status]).toEqual([200, 429])
    },
  )

  it('is not known to a user who registers the address after the earlier one is gone (A-05, A-36)', async ({
    expect,
  }) => {
    const { access_token: bearer } = await logIn(app, email)
    await app.call('DELETE /api/user/account', { bearer, json: { current_password: somePassword } })
    // Mails to the address are still counted.
    app.wait({ minutes: 2 })
    await member(app, email)

    await attack(app, email)

    expect((await attempt(app, email, { ...right, device })).status).toBe(429)
  })

  it.for([
    { days: 399.9, status: 200 },
    { days: 400, status: 429 },
  ])('that rested $days days answers $status (A-05)', async ({ days, status }, { expect }) => {
    app.wait({ days })
    await attack(app, email)

    expect((await attempt(app, email, { ...right, device })).status).toBe(status)
  })

  it('is not brought back by a cookie that outlived the record of the new password (A-05)', async ({ expect }) => {
    await reset(app, email)
    app.wait({ days: 401 })
    await app.cron()
    await attack(app, email)

    expect((await attempt(app, email, { password: newPassword, device })).status).toBe(429)
  })

  const forgeries: [string, (device: string, other: string) => string][] = [
    ['another user’s', (_, other) => other],
    ['another user’s with this user’s id', (device, other) => splice(other, device, 2)],
    ['of another device', (device, other) => splice(device, other, 1)],
    ['of a later time', (device) => spliced(device, 3, (time) => (Number.parseInt(time, 36) + 1).toString(36))],
    ['under the other key', (device) => spliced(device, 0, () => 'b')],
    ['under a key that does not exist', (device) => spliced(device, 0, () => 'c')],
    ['with a MAC that is nearly right', (device) => spliced(device, 4, (mac) => bitTurned(mac, 0))],
    ['with the MAC of another', (device, other) => splice(device, other, 4)],
    ['without a MAC', (device) => spliced(device, 4, () => '')],
    ['empty', () => ''],
    ['one character', () => 'x'],
    ['8 kB', () => 'x'.repeat(8192)],
    ['twice', (device) => `${device}; device=${device}`],
  ]
  it.for(forgeries)('is not known by a forged cookie: %s (A-05)', async ([, forge], { expect }) => {
    const other = await knownDevice(app, await member(app))
    await attack(app, email)

    const forged = await attempt(app, email, { ...right, device: forge(device, other) })
    const genuine = await attempt(app, email, { ...right, device })

    expect([forged.status, genuine.status]).toEqual([429, 200])
  })

  it('is not known by a refresh token, nor by a cookie of another deployment (A-05, A-09)', async ({ expect }) => {
    const { refresh_token } = await logIn(app, email)
    const [, b] = env.TOKEN_KEYS.split(',')
    const elsewhere = await knownDevice(startApp({ vars: { TOKEN_KEYS: `a${b!.slice(1)}` } }), email)
    await attack(app, email)

    expect((await attempt(app, email, { ...right, device: refresh_token })).status).toBe(429)
    expect((await attempt(app, email, { ...right, device: elsewhere })).status).toBe(429)
    expect((await refresh(app, device)).status).toBe(401)
  })

  it('is known only for the user who logged in last (A-05)', async ({ expect }) => {
    const other = await member(app)
    const shared = cookiesOf(await attempt(app, other, { ...right, device })).device!
    await attack(app, email)

    expect((await attempt(app, email, { ...right, device: shared })).status).toBe(429)
    expect((await attempt(app, email, { ...right, device })).status).toBe(200)
  })
})

const spliced = (token: string, at: number, change: (part: string) => string) =>
  token
    .split('.')
    .map((part, n) => (n === at ? change(part) : part))
    .join('.')

/** Returns the token with one part changed. */
const splice = (token: string, other: string, at: number) => spliced(token, at, () => other.split('.')[at]!)

describe('a browser that sets a new password', () => {
  let app: TestApp
  let email: string
  beforeEach(async () => {
    app = startApp()
    email = await member(app)
  })

  it('by mail can log in at once, whatever strangers try from then on, and no other device can (A-05, N12)', async ({
    expect,
  }) => {
    const before = await knownDevice(app, email)
    const { device } = cookiesOf(await reset(app, email, before))
    const attacked = await attack(app, email)

    const fresh = { password: newPassword }
    const without = await attempt(app, email, fresh)
    const old = await attempt(app, email, { ...fresh, device: before })
    const here = await attempt(app, email, { ...fresh, device })

    expect(attacked.at(-1)).toBe(429)
    expect([without.status, old.status, here.status]).toEqual([429, 429, 200])
  })

  it('by mail is known as its user only, signed in as nobody, and forgotten by the next new password (A-05)', async ({
    expect,
  }) => {
    const other = await member(app)
    const reply = await reset(app, email)
    const { device } = cookiesOf(reply)
    await attack(app, other)

    expect(Object.keys(cookiesOf(reply))).toEqual(['device'])
    expect((await app.call('GET /api/user/profile', { cookies: { device: device! } })).status).toBe(401)
    expect((await attempt(app, other, { ...right, device })).status).toBe(429)
    await reset(app, email)
    await attack(app, email)
    expect((await attempt(app, email, { password: newPassword, device })).status).toBe(429)
  })

  it('by mail does not become known if the reset is refused: for a short password or a used link (A-05)', async ({
    expect,
  }) => {
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const token = linkIn(app, email)
    const replies: Response[] = []
    for (const new_password of ['short', newPassword, newPassword])
      replies.push(await app.call('POST /api/auth/reset-password', { json: { token, new_password } }))

    expect(replies.map((reply) => [reply.status, Object.keys(cookiesOf(reply))])).toEqual([
      [422, []],
      [200, ['device']],
      [400, []],
    ])
  })

  it.for([
    ['signed in by cookies', true, ({ token }: Cookies) => ({ cookies: { token }, headers: fromOurPage })],
    ['known, with a bearer token', true, ({ token, device }: Cookies) => ({ bearer: token, cookies: { device } })],
    ['unknown, with a bearer token', false, ({ token }: Cookies) => ({ bearer: token })],
    [
      'of another user, with a bearer token',
      false,
      ({ token }: Cookies, device: string) => ({ bearer: token, cookies: { device } }),
    ],
  ] as const)('by the current one, %s, stays known: %s (A-05, N12)', async ([, stays, as], { expect }) => {
    const foreign = await knownDevice(app, await member(app))
    const before = cookiesOf(await attempt(app, email, right)) as Cookies
    const wrong = await changePassword(app, as(before, foreign), 'not the passphrase')
    const reply = await changePassword(app, as(before, foreign))
    await attack(app, email)

    const { device } = cookiesOf(reply)
    const old = await attempt(app, email, { password: newPassword, device: before.device })
    const entered = await attempt(app, email, { password: newPassword, device })

    expect([wrong.status, reply.status]).toEqual([422, 200])
    expect(wrong.headers.getSetCookie()).toEqual([])
    // If cookies name the session, they are renewed with it.
    expect(Object.keys(cookiesOf(reply)).sort()).toEqual(
      'bearer' in as(before, foreign) ? (stays ? ['device'] : []) : ['device', 'refresh_token', 'token'],
    )
    expect([old.status, entered.status]).toEqual([429, stays ? 200 : 429])
  })

  it('gets no cookie under TOKEN_TRANSPORT=body', async ({ expect }) => {
    const inBody = startApp({ vars: { TOKEN_TRANSPORT: 'body' } })
    const device = await knownDevice(app, email)
    const { access_token: bearer } = await logIn(inBody, email)

    const changed = await changePassword(inBody, { bearer, cookies: { device } })
    const replies = [changed, await reset(inBody, email, device)]

    expect(replies.map((reply) => [reply.status, cookiesOf(reply)])).toEqual([
      [200, {}],
      [200, {}],
    ])
  })
})

describe('a cookie of a device', () => {
  it('does not distinguish addresses, at any attempt (A-01, A-04)', async ({ expect }) => {
    const app = startApp()
    const mine = await knownDevice(app, await member(app))
    const headers = { 'CF-Ray': 'the-same-for-both' }
    const [known, unknown] = [await member(app), someAddress('nobody')]

    for (let n = 0; n < 12; n++) {
      const [a, b] = [
        await attempt(app, known, { headers, device: mine }),
        await attempt(app, unknown, { headers, device: mine }),
      ]
      expect(await seen(a)).toBe(await seen(b))
      expect(a.headers.get('Retry-After')).toBe(b.headers.get('Retry-After'))
    }
  })

  it('names nobody: not in itself, and not where it is counted (N19)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app, someAddress('grace'))
    const device = await knownDevice(app, email)

    await attempt(app, email, { device })
    await reset(app, email)

    const { results } = await app.db.prepare('select key from throttles').all<{ key: string }>()
    expect(device).toMatch(/^a\.[\w-]{22}\.[0-9a-f-]{36}\.[0-9a-z]{8}\.[\w-]{43}$/)
    for (const { key } of results) expect(key).toMatch(/^[\w-]{43}$/)
    expect(results.length).toBeGreaterThan(3)
  })

  it.for([
    ['both', '', true],
    ['both', '?transport=cookie', true],
    ['both', '?transport=body', false],
    ['body', '?transport=cookie', false],
    ['cookie', '?transport=body', true],
  ] as const)('under TOKEN_TRANSPORT=%s with “%s” is set: %s', async ([setting, query, set], { expect }) => {
    const app = startApp({ vars: { TOKEN_TRANSPORT: setting } })
    const email = await member(app)

    const response = await app.call(`POST /api/auth/login${query}`, { json: { email, password: somePassword } })

    expect('device' in cookiesOf(response)).toBe(set)
  })

  it('comes with no refusal, no refresh and no reauthentication (A-01)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const cookies = cookiesOf(await attempt(app, email, right))

    const refused = await attempt(app, email, { device: cookies.device })
    const refreshed = await app.call('POST /api/auth/refresh', { cookies, headers: fromOurPage })
    const again = await stepUp(app, {
      cookies: cookiesOf(refreshed),
      json: { password: somePassword },
      headers: fromOurPage,
    })

    expect(refused.headers.getSetCookie()).toEqual([])
    expect([refreshed.status, again.status]).toEqual([200, 200])
    for (const reply of [refreshed, again]) expect('device' in cookiesOf(reply)).toBe(false)
  })

  it('opens nothing, and asks for no Origin: a client without a browser may keep it (A-20)', async ({ expect }) => {
    const app = startApp()
    const { email } = await signedInUser(app)
    const device = await knownDevice(app, email)

    const read = await app.call('GET /api/user/profile', { cookies: { device } })
    const entered = await app.call('POST /api/auth/login?transport=body', {
      json: { email, password: somePassword },
      cookies: { device },
    })

    expect([read.status, entered.status]).toEqual([401, 200])
  })

  it('does not keep a stranger from registering an unknown address (A-04)', async ({ expect }) => {
    const app = startApp()
    const device = await knownDevice(app, await member(app))
    const unknown = someAddress()

    await statuses(11, () => attempt(app, unknown, { device }))

    expect((await register(app, unknown)).status).toBe(201)
  })
})
