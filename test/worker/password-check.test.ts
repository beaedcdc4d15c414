import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { describe, it, vi } from 'vitest'
import { AuthError } from '../../src/domain/errors.ts'
import * as scrypt from '../../src/domain/scrypt.ts'
import { attempt, right, statuses, wrong } from '../support/app/attempts.ts'
import { formWith } from '../support/app/avatar-support.ts'
import {
  changePassword,
  codeOf,
  logIn,
  member,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { type Between, faulty } from '../support/faults/faulty.ts'

/** From now on no hash is computed, as if too many were waiting already. Returns a function that ends this. */
const fillGate = () => {
  const busy = () => {
    throw new AuthError('busy', { retryAfter: 3 })
  }
  const spies = [vi.spyOn(scrypt, 'verifyScrypt'), vi.spyOn(scrypt, 'hashScrypt')]
  for (const spy of spies) spy.mockImplementation(busy)
  return () => spies.forEach((spy) => void spy.mockRestore())
}

const giveAgain = (app: TestApp, bearer: string, password: string) => stepUp(app, { bearer, json: { password } })

describe('the attempts of a session to give its password', () => {
  it.for([
    ['reauthenticating', giveAgain],
    ['changing it', (app: TestApp, bearer: string, password: string) => changePassword(app, { bearer }, password)],
    [
      'changing the address',
      (app: TestApp, bearer: string, current_password: string) =>
        app.call('PATCH /api/user/profile', { bearer, json: { email: someAddress('next'), current_password } }),
    ],
  ] as const)('are not used up by a service that is busy, when %s (A-32)', async ([, ask], { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const empty = fillGate()
    const busy = await statuses(12, () => ask(app, access_token, somePassword))
    empty()
    const answers = await statuses(11, () => ask(app, access_token, wrong))

    expect(busy).toEqual(Array(12).fill(503))
    expect(answers).toEqual([...Array(10).fill(422), 401])
  })

  it('are counted anew after the right one, when changing the address', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const change = (current_password: string) =>
      app.call('PATCH /api/user/profile', {
        bearer: access_token,
        json: { email: someAddress('next'), current_password },
      })

    const guessed = await statuses(9, () => change(wrong))
    const changed = await change(somePassword)
    const again = await statuses(9, () => change(wrong))

    expect(guessed).toEqual(Array(9).fill(422))
    expect(changed.status).toBe(200)
    expect(again).toEqual(Array(9).fill(422))
  })

  it.for([
    ['too short', 'short'],
    ['too common', 'password1234'],
    ['made of the address', 'grace.hopper@example.com'],
    ['the current one', somePassword],
  ] as const)('are not used up by a new password that is %s (ASVS 6.2.3)', async ([, next], { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app, `grace.hopper${Math.random()}@example.com`)

    const refused = await statuses(12, () => changePassword(app, { bearer: access_token }, somePassword, next))
    const guessed = await statuses(10, () => changePassword(app, { bearer: access_token }, wrong))
    const last = await changePassword(app, { bearer: access_token }, somePassword)

    expect(refused).toEqual(Array(12).fill(422))
    expect(guessed).toEqual(Array(10).fill(422))
    expect(last.status).toBe(401)
  })

  it('are used up by ten wrong passwords of forty at once, whatever else is refused (A-04a)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        changePassword(app, { bearer: access_token }, n % 2 ? wrong : somePassword, n % 2 ? undefined : 'x'),
      ),
    )
    const codes = await Promise.all(answers.map(codeOf))
    const later = await statuses(11, () => giveAgain(app, access_token, wrong))

    const checked = codes.filter((code) => code === 'wrong_password').length
    expect(checked).toBeLessThanOrEqual(10)
    expect(later.filter((status) => status === 422)).toHaveLength(10 - checked)
  })
})

describe('the attempts to log in', () => {
  it.for([
    ['an account', true, false],
    ['an address that is unknown', false, false],
    ['a known device', true, true],
  ] as const)(
    'of %s are not used up by a service that is busy (A-05, A-32)',
    async ([, known, onDevice], { expect }) => {
      const app = startApp()
      const email = known ? await member(app) : someAddress()
      const entered = await attempt(app, known ? email : await member(app), right)
      const device = onDevice ? /device=([^;]+)/.exec(entered.headers.getSetCookie().join())![1] : undefined

      const empty = fillGate()
      const busy = await statuses(12, () => attempt(app, email, { device }))
      empty()
      const answers = await statuses(11, () => attempt(app, email, { device }))

      expect(busy).toEqual(Array(12).fill(503))
      expect(answers).toEqual([...Array(10).fill(401), 429])
    },
  )

  it('are not given back to strangers by an untried guess of a known device, nor the reverse (A-05)', async ({
    expect,
  }) => {
    const app = startApp()
    const email = await member(app)
    const device = /device=([^;]+)/.exec((await attempt(app, email, right)).headers.getSetCookie().join())![1]!
    await statuses(10, () => attempt(app, email))
    await statuses(9, () => attempt(app, email, { device }))

    const empty = fillGate()
    const busy = await statuses(5, () => attempt(app, email, { device }))
    empty()

    expect(busy).toEqual(Array(5).fill(503))
    expect((await attempt(app, email, right)).status).toBe(429)
    expect(await statuses(2, () => attempt(app, email, { device }))).toEqual([401, 429])
  })

  it('of a network are not used up by a service that is busy, and by guesses they are (A-04)', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_LOGIN_NETWORK: '4/5m' } })
    const ip = '198.51.100.77'

    const empty = fillGate()
    const busy = await statuses(5, () => attempt(app, someAddress(), { ip }))
    empty()
    const guesses = await statuses(5, () => attempt(app, someAddress(), { ip }))

    expect(busy).toEqual(Array(5).fill(503))
    expect(guesses).toEqual([401, 401, 401, 401, 429])
  })
})

describe('limits that are kept by user', () => {
  it('do not count a picture from a session that has ended', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_AVATAR: '2/1h' } })
    const mine = await signedInUser(app)
    const ended = await logIn(app, mine.email)
    const send = (bearer: string) =>
      app.call('POST /api/user/upload-avatar', { bearer, body: formWith(new Uint8Array([1])) })
    await app.call('POST /api/auth/logout', { bearer: ended.access_token })

    const dead = await statuses(5, () => send(ended.access_token))
    const alive = await statuses(3, () => send(mine.access_token))

    expect(dead).toEqual(Array(5).fill(401))
    expect(alive).toEqual([415, 415, 429])
  })

  it('do not count a new address requested by a session that ends meanwhile', async ({ expect }) => {
    let ending = ''
    const between: Between = async ({ sql }, go) => {
      if (ending && sql.some((statement) => /^update "users" set .*"pending_email"/.test(statement)))
        await env.DB.prepare('delete from sessions where id = ?').bind(ending).run()
      return go()
    }
    const app = startApp({ vars: { LIMIT_EMAIL_CHANGE: '1/1h' }, bindings: { DB: faulty(env.DB, between) } })
    const mine = await signedInUser(app)
    const other = await logIn(app, mine.email)
    const ask = (bearer: string) =>
      app.call('PATCH /api/user/profile', { bearer, json: { email: someAddress('next') } })

    ending = decodeJwt<{ sid: string }>(other.access_token).sid
    const dead = await ask(other.access_token)
    ending = ''
    const alive = await statuses(2, () => ask(mine.access_token))

    expect(dead.status).toBe(401)
    expect(alive).toEqual([200, 429])
  })
})
