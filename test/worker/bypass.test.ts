import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { beginTotp, codeFor } from '../support/app/enrolments.ts'
import { appConfirmed, enrolmentBegun } from '../support/app/log-in-enrolments.ts'
import { mailed, wrongOf } from '../support/app/mail-log-ins.ts'
import { answer, asksForPasskey, beginPasskey, givePasskey, made, type Requested } from '../support/app/passkeys.ts'
import { userWithFactors, wrongCode } from '../support/app/second-factors.ts'
import {
  alterUser,
  newPassword,
  type SessionBody,
  somePassword,
  startApp,
  stepUpOperation,
  type TestApp,
} from '../support/app/support.ts'
import { type Attempt, strangePasskey, testBypasses } from '../support/app/token-bypasses.ts'
import { trustedDevice } from '../support/app/trusted-devices.ts'

const password = somePassword

type User = Awaited<ReturnType<typeof userWithFactors>>

const challengeOf = async (app: TestApp, { email }: User) => {
  const reply = await app.call('POST /api/auth/login', { json: { email, password } })
  return ((await reply.json()) as { challenge: string }).challenge
}

const bearer = ({ access_token }: User) => ({ bearer: access_token })

/**
 * Every operation that can give tokens, with requests that have everything but the second factor. The user also has a
 * session from before the app was added.
 */
const attempts: Record<string, Attempt<User>[]> = {
  'POST /api/auth/login': [
    { lacks: 'a code', status: 403, request: (_, { email }) => ({ json: { email, password } }) },
    {
      lacks: 'a right code',
      status: 422,
      request: async (_, { email, code }) => ({ json: { email, password, otp: await wrongCode(code) } }),
    },
    {
      lacks: 'a code of its form',
      status: 422,
      request: (_, { email }) => ({ json: { email, password, otp: 'let me in' } }),
    },
    { lacks: 'a code in its form', status: 403, request: (_, { email }) => ({ form: { username: email, password } }) },
    {
      lacks: 'a trusted device of this account',
      status: 403,
      request: async (app, { email }) => ({
        json: { email, password },
        headers: { 'Gatehouse-Trust': (await trustedDevice(app, await userWithFactors(app))).trust },
      }),
    },
    {
      lacks: 'a device that is still trusted',
      status: 403,
      request: async (app, user) => {
        const { trust } = await trustedDevice(app, user)
        await app.call('DELETE /api/user/trusted-devices', bearer(user))
        return { json: { email: user.email, password }, headers: { 'Gatehouse-Trust': trust } }
      },
    },
    {
      lacks: 'the password, on a trusted device',
      status: 401,
      request: async (app, user) => ({
        json: { email: user.email, password: newPassword },
        headers: { 'Gatehouse-Trust': (await trustedDevice(app, user)).trust },
      }),
    },
    {
      lacks: 'the password',
      status: 401,
      request: async (_, { email, code }) => ({ json: { email, password: newPassword, otp: await code() } }),
    },
    {
      lacks: 'a code, beside the cookies of an older session',
      status: 403,
      request: (_, { email, refresh_token }) => ({
        json: { email, password },
        cookies: { refresh_token },
        headers: { Origin: 'http://localhost:8787' },
      }),
    },
  ],
  'POST /api/auth/login/code': [
    {
      lacks: 'a right code',
      status: 422,
      request: async (app, user) => ({
        json: { challenge: await challengeOf(app, user), code: await wrongCode(user.code) },
      }),
    },
    {
      lacks: 'a recovery code',
      status: 422,
      request: async (app, user) => ({
        json: { challenge: await challengeOf(app, user), recovery_code: 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA' },
      }),
    },
    { lacks: 'a challenge', status: 400, request: async (_, { code }) => ({ json: { code: await code() } }) },
    {
      lacks: 'the challenge of this account',
      status: 422,
      request: async (app, { code }) => ({
        json: { challenge: await challengeOf(app, await userWithFactors(app)), code: await code() },
      }),
    },
  ],
  'POST /api/auth/login/passkey': [
    strangePasskey,
    {
      lacks: 'a verified user',
      status: 422,
      request: async (app, { user }) => {
        const { soft } = await givePasskey(app, user.id)
        return { json: { credential: await answer(soft, await asksForPasskey(app), { verified: false }) } }
      },
    },
    {
      lacks: 'the right signature',
      status: 422,
      request: async (app, { user }) => {
        const { soft } = await givePasskey(app, user.id)
        const [asked, other] = [await asksForPasskey(app), await asksForPasskey(app)]
        const [first, second] = [await answer(soft, asked), await answer(soft, other)]
        const response = { ...first.response, signature: second.response.signature }
        return { json: { credential: { ...first, response } } }
      },
    },
    {
      lacks: 'a passkey of this account, after the password',
      status: 400,
      request: async (app, user) => {
        await givePasskey(app, user.user.id)
        const { soft } = await givePasskey(app, (await userWithFactors(app)).user.id)
        const challenge = await challengeOf(app, user)
        return { json: { credential: await answer(soft, await asksForPasskey(app, challenge)), challenge } }
      },
    },
  ],
  'POST /api/auth/login/enrol': [
    {
      lacks: 'the challenge of an account without a factor',
      status: 400,
      request: async (app, user) => ({
        json: { challenge: await challengeOf(app, user), enrolment: 'd.none', code: await user.code() },
      }),
    },
    {
      lacks: 'a challenge from after the first factor was added',
      status: 400,
      request: async (app, { email, appId }) => {
        await alterUser(app, email, { mfaRequired: true })
        const { results: held } = await app.db.prepare('select * from totp where id = ?').bind(appId).all()
        await app.db.prepare('delete from totp where id = ?').bind(appId).run()
        const json = await appConfirmed(app, await enrolmentBegun(app, email))
        const { user_id, secret, created_at } = held[0] as { user_id: string; secret: string; created_at: number }
        await app.db
          .prepare('insert into totp (id, user_id, secret, last_step, created_at) values (?, ?, ?, 0, ?)')
          .bind(appId, user_id, secret, created_at)
          .run()
        return { json }
      },
    },
  ],
  'POST /api/auth/login/mail/code': [
    {
      lacks: 'the factor',
      status: 403,
      request: async (app, { email }) => ({ json: (await mailed(app, email)).byCode }),
    },
    {
      lacks: 'the challenge of this browser',
      status: 400,
      request: async (app, { email }) => ({ json: { code: (await mailed(app, email)).code } }),
    },
    {
      lacks: 'the code',
      status: 422,
      request: async (app, { email }) => {
        const { challenge, code } = await mailed(app, email)
        return { json: { challenge, code: wrongOf(code) } }
      },
    },
  ],
  'POST /api/auth/login/mail/link': [
    {
      lacks: 'the factor',
      status: 403,
      request: async (app, { email }) => ({ json: (await mailed(app, email)).byLink }),
    },
    {
      lacks: 'the challenge of this browser',
      status: 409,
      request: async (app, { email }) => ({ json: { token: (await mailed(app, email)).token } }),
    },
  ],
  'POST /api/user/passkeys': [
    {
      lacks: 'a proof of both',
      status: 403,
      request: async (app, user) => {
        const soft = await made(await beginPasskey(app, user.access_token))
        return { ...bearer(user), json: { credential: soft.registration, current_password: password } }
      },
    },
    {
      lacks: 'a proof of both: this one is from before there was an app',
      status: 403,
      request: async (app, user) => {
        const soft = await made(await beginPasskey(app, user.access_token))
        const headers = { 'Gatehouse-Proof': user.proof }
        return { ...bearer(user), json: { credential: soft.registration }, headers }
      },
    },
  ],
  'POST /api/user/factors/totp/confirm': [
    {
      lacks: 'a proof of both',
      status: 403,
      request: async (app, user) => {
        const { secret, enrolment } = await beginTotp(app, user.access_token)
        return { ...bearer(user), json: { enrolment, code: await codeFor(app, secret), current_password: password } }
      },
    },
  ],
  [stepUpOperation]: [
    {
      lacks: 'a passkey of this account',
      status: 422,
      request: async (app, user) => {
        const { soft } = await givePasskey(app, (await userWithFactors(app)).user.id)
        await givePasskey(app, user.user.id)
        const asked = await app.call('POST /api/auth/reauthenticate/passkey/options', bearer(user))
        return { ...bearer(user), json: { credential: await answer(soft, (await asked.json()) as Requested) } }
      },
    },
    { lacks: 'a code', status: 403, request: (_, user) => ({ ...bearer(user), json: { password } }) },
    {
      lacks: 'a right code',
      status: 422,
      request: async (_, user) => ({ ...bearer(user), json: { password, otp: await wrongCode(user.code) } }),
    },
  ],
  'POST /api/user/change-password': [
    {
      lacks: 'a proof of both',
      status: 403,
      request: (_, user) => ({ ...bearer(user), json: { current_password: password, new_password: newPassword } }),
    },
    {
      lacks: 'a proof of both: this one is from before there was an app',
      status: 401,
      request: (_, user) => ({
        ...bearer(user),
        json: { current_password: password, new_password: newPassword },
        headers: { 'Gatehouse-Proof': user.proof },
      }),
    },
  ],
}
attempts['PUT /api/user/change-password'] = attempts['POST /api/user/change-password']!

/** Operations that continue a session and start none: their tokens say that one factor was given. */
const continuing = ['POST /api/auth/refresh']

/** An operation that creates its user, who has no second factor yet. */
const creating = ['POST /api/auth/first-admin']

describe('an account with a second factor gets no tokens', () => {
  testBypasses(userWithFactors, attempts, [...continuing, ...creating])

  it('that say more than was proven, by a refresh', async ({ expect }) => {
    const app = startApp()
    const { refresh_token } = await userWithFactors(app)

    const reply = await app.call('POST /api/auth/refresh', { json: { refresh_token } })

    const claims = decodeJwt(((await reply.json()) as SessionBody).access_token)
    expect(claims).toMatchObject({ amr: ['pwd'], acr: 'aal1' })
    expect(claims).not.toHaveProperty('fresh')
  })
})
