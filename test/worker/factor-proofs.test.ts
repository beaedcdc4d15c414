import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { addApp, userWithFactors, wrongCode } from '../support/app/second-factors.ts'
import {
  changePassword,
  codeOf,
  logIn,
  logInWith,
  mailsTo,
  newPassword,
  profile,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { faulty } from '../support/faults/faulty.ts'

const password = somePassword

type User = Awaited<ReturnType<typeof userWithFactors>>

/** Logs in with both factors, at a time when the code was not used yet. */
const signedIn = async (app: TestApp) => {
  const user = await userWithFactors(app)
  const json = { email: user.email, password, otp: await user.code() }
  const session = (await (await app.call('POST /api/auth/login', { json })).json()) as SessionBody
  app.wait({ minutes: 6 })
  return { ...user, ...session }
}

const again = async (app: TestApp, user: User, more: object = {}) =>
  stepUp(app, { bearer: user.access_token, json: { password, ...more } })

describe('a re-authentication in an account with a second factor', () => {
  it('by the password alone is refused, as RFC 9470 asks for more (ASVS 7.5.3)', async ({ expect }) => {
    const app = startApp()
    const user = await signedIn(app)

    const reply = await again(app, user)

    expect([reply.status, await codeOf(reply)]).toEqual([403, 'second_factor_required'])
    expect(await reply.json()).toMatchObject({ methods: ['totp', 'recovery_code'] })
    expect(reply.headers.get('WWW-Authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="phr aal2"',
    )
  })

  it.for(['an app', 'a recovery code'])(
    'with a code of %s makes the session fresh and aal2',
    async (how, { expect }) => {
      const app = startApp()
      const user = await signedIn(app)
      app.wait({ days: 2 })
      const next = await app.call('POST /api/auth/refresh', { json: { refresh_token: user.refresh_token } })
      const older = (await next.json()) as SessionBody
      const otp = how === 'an app' ? await user.code() : user.recoveryCodes[0]!

      const reply = await again(app, { ...user, ...older }, { otp })

      const after = (await reply.json()) as SessionBody & { recovery_codes_left?: number }
      expect(reply.status).toBe(200)
      expect(decodeJwt(older.access_token)).toMatchObject({ acr: 'aal1' })
      expect(decodeJwt(after.access_token)).toMatchObject({ acr: 'aal2', fresh: true, amr: ['pwd', 'otp', 'mfa'] })
      expect(after.recovery_codes_left).toBe(how === 'an app' ? undefined : 9)
      const told = mailsTo(app, user.email).filter(({ subject }) => subject.startsWith('A recovery code'))
      expect(told).toHaveLength(how === 'an app' ? 0 : 1)
    },
  )

  it('accepts no code twice, nor one that a log-in used', async ({ expect }) => {
    const app = startApp()
    const user = await userWithFactors(app)
    const otp = await user.code()
    const first = await again(app, user, { otp })
    const second = await again(app, user, { otp })
    const atLogIn = await app.call('POST /api/auth/login', { json: { email: user.email, password, otp } })
    app.wait({ seconds: 30 })
    const next = await user.code()
    await app.call('POST /api/auth/login', { json: { email: user.email, password, otp: next } })

    expect([first.status, second.status, atLogIn.status]).toEqual([200, 422, 422])
    expect((await again(app, user, { otp: next })).status).toBe(422)
  })

  it('with wrong codes ends the session at the tenth', async ({ expect }) => {
    const app = startApp()
    const user = await signedIn(app)
    const otp = await wrongCode(user.code)
    const statuses = []
    for (let n = 0; n < 10; n++) statuses.push((await again(app, user, { otp })).status)

    expect(statuses).toEqual(Array(10).fill(422))
    expect((await profile(app, user.access_token)).status).toBe(401)
  })

  it('counts wrong codes under the limit of the account', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_FACTOR_ACCOUNT: '2/15m' } })
    const user = await signedIn(app)
    const otp = await wrongCode(user.code)
    const statuses = []
    for (let n = 0; n < 2; n++) statuses.push((await again(app, user, { otp })).status)
    statuses.push((await again(app, user, { otp: await user.code() })).status)
    statuses.push((await again(app, user, { otp: user.recoveryCodes[0] })).status)

    expect(statuses).toEqual([422, 422, 429, 200])
  })

  it('ignores a code without a second factor', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    expect((await stepUp(app, { bearer: access_token, json: { password, otp: '000000' } })).status).toBe(200)
  })
})

/** What takes full proof. */
const operations: Record<
  string,
  { operation: string; json?: object; done: (app: TestApp, user: User) => Promise<boolean> }
> = {
  'a new address': {
    operation: 'PATCH /api/user/profile',
    json: { email: 'another@example.com' },
    done: async (app, { access_token }) =>
      ((await (await profile(app, access_token)).json()) as { pending_email: string | null }).pending_email !== null,
  },
  'a deletion': {
    operation: 'DELETE /api/user/account',
    done: async (app, { access_token }) => (await profile(app, access_token)).status === 401,
  },
  'a new password': {
    operation: 'POST /api/user/change-password',
    json: { new_password: newPassword },
    done: async (app, { email }) => (await logInWith(app, email, newPassword)).status !== 401,
  },
}

describe('a password alone is no full proof for an account with a second factor', () => {
  it.for(Object.keys(operations))(
    '%s is refused, and takes the proof of a re-authentication',
    async (what, { expect }) => {
      const app = startApp()
      const user = await signedIn(app)
      const { operation, json, done } = operations[what]!
      const call = (headers?: Record<string, string>) =>
        app.call(operation, { bearer: user.access_token, json: { ...json, current_password: password }, headers })
      const refused = await call()
      const [before] = [await done(app, user)]
      const { proof } = (await (await again(app, user, { otp: await user.code() })).json()) as SessionBody

      const accepted = await call({ 'Gatehouse-Proof': proof })

      expect([refused.status, await codeOf(refused), before]).toEqual([403, 'second_factor_required', false])
      expect([accepted.status, await done(app, user)]).toEqual([200, true])
    },
  )

  it.for(Object.keys(operations))(
    '%s refuses the proof of a log-in from before there was an app',
    async (what, { expect }) => {
      const app = startApp()
      const user = await signedInUser(app)
      const { operation, json, done } = operations[what]!
      await addApp(app, user.user.id)

      const reply = await app.call(operation, {
        bearer: user.access_token,
        json: { ...json, ...(what === 'a new password' && { current_password: password }) },
        headers: { 'Gatehouse-Proof': user.proof },
      })

      expect([reply.status === 200, await done(app, user as User)]).toEqual([false, false])
    },
  )

  it('a password that was right when it was checked is refused if an app is added before the write', async ({
    expect,
  }) => {
    const quiet = startApp()
    const user = await signedInUser(quiet)
    const app = startApp({
      bindings: {
        DB: faulty(env.DB, async ({ sql }, go) => {
          if (sql.some((text) => /^update "users" set .*"password" = /.test(text))) await addApp(quiet, user.user.id)
          return go()
        }),
      },
    })

    const reply = await changePassword(app, { bearer: user.access_token })

    expect([reply.status, await codeOf(reply)]).toEqual([401, 'invalid_token'])
    expect((await logInWith(quiet, user.email, password)).status).toBe(403)
  })

  it('keeps working for an account without one', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)

    expect((await changePassword(app, { bearer: user.access_token })).status).toBe(200)
    expect(await logIn(app, user.email, newPassword)).toHaveProperty('access_token')
  })
})
