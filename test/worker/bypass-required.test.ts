import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { beginTotp, codeFor } from '../support/app/enrolments.ts'
import {
  appConfirmed,
  codeAskedFor,
  enrolmentBegun,
  passkeyMade,
  refusedUntilEnrolled,
} from '../support/app/log-in-enrolments.ts'
import { mailed } from '../support/app/mail-log-ins.ts'
import { answer, asksForPasskey } from '../support/app/passkeys.ts'
import { userWithFactors } from '../support/app/second-factors.ts'
import {
  alterUser,
  changePassword,
  fromOurPage,
  newPassword,
  refresh,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  stepUpOperation,
  type TestApp,
} from '../support/app/support.ts'
import { type Attempt, strangePasskey, testBypasses } from '../support/app/token-bypasses.ts'

const password = somePassword

/** A user who must have a second factor and has none, with a session from before. */
const required = async (app: TestApp) => {
  const user = await signedInUser(app)
  await alterUser(app, user.email, { mfaRequired: true })
  return user
}

type User = Awaited<ReturnType<typeof required>>

/** Every operation that can start a session, with requests that have everything but a proven mailbox and a factor. */
const attempts: Record<string, Attempt<User>[]> = {
  'POST /api/auth/login': [
    { lacks: 'a factor', status: 403, request: (_, { email }) => ({ json: { email, password } }) },
    { lacks: 'a factor, in a form', status: 403, request: (_, { email }) => ({ form: { username: email, password } }) },
    {
      lacks: 'a factor, whatever the otp',
      status: 403,
      request: (_, { email }) => ({ json: { email, password, otp: '123456' } }),
    },
    {
      lacks: 'a factor, beside the cookies of an older session',
      status: 403,
      request: (_, { email, refresh_token }) => ({
        json: { email, password },
        cookies: { refresh_token },
        headers: fromOurPage,
      }),
    },
    {
      lacks: 'a factor, and cookies alone are asked for',
      status: 403,
      request: (_, { email }) => ({ json: { email, password, remember: false } }),
    },
  ],
  'POST /api/auth/login/code': [
    {
      lacks: 'the challenge of an account that has a factor',
      status: 400,
      request: async (app, { email }) => {
        const { code } = await userWithFactors(app)
        return { json: { challenge: (await refusedUntilEnrolled(app, email)).challenge, code: await code() } }
      },
    },
    {
      lacks: 'a factor, although the mailbox is proven',
      status: 400,
      request: async (app, { email }) => {
        const { challenge, secret } = await enrolmentBegun(app, email)
        return { json: { challenge, code: await codeFor(app, secret) } }
      },
    },
  ],
  'POST /api/auth/login/passkey': [
    strangePasskey,
    {
      lacks: 'a passkey that was added',
      status: 400,
      request: async (app, { email }) => {
        const begun = await enrolmentBegun(app, email, 'passkey')
        const { soft } = await passkeyMade(begun)
        return { json: { credential: await answer(soft, await asksForPasskey(app)), challenge: begun.challenge } }
      },
    },
  ],
  'POST /api/auth/login/enrol': [
    {
      lacks: 'the code from the mail',
      status: 400,
      request: async (app, user) => {
        const { enrolment, secret } = await beginTotp(app, user.access_token)
        const { challenge } = await refusedUntilEnrolled(app, user.email)
        return { json: { challenge, enrolment, code: await codeFor(app, secret) } }
      },
    },
    {
      lacks: 'the code from the mail, which was asked for',
      status: 400,
      request: async (app, user) => {
        const { enrolment, secret } = await beginTotp(app, user.access_token)
        const { challenge } = await codeAskedFor(app, user.email)
        return { json: { challenge, enrolment, code: await codeFor(app, secret) } }
      },
    },
    {
      lacks: 'a right code of the app',
      status: 422,
      request: async (app, { email }) => ({
        json: { ...(await appConfirmed(app, await enrolmentBegun(app, email))), code: 'none' },
      }),
    },
    {
      lacks: 'a passkey that verified its user',
      status: 422,
      request: async (app, { email }) => ({
        json: (await passkeyMade(await enrolmentBegun(app, email, 'passkey'), { verified: false })).json,
      }),
    },
  ],
  'POST /api/auth/login/mail/code': [
    {
      lacks: 'a factor, although the mailbox is proven',
      status: 403,
      request: async (app, { email }) => ({ json: (await mailed(app, email)).byCode }),
    },
  ],
  'POST /api/auth/login/mail/link': [
    {
      lacks: 'a factor, although the mailbox is proven',
      status: 403,
      request: async (app, { email }) => ({ json: (await mailed(app, email)).byLink }),
    },
  ],
  [stepUpOperation]: [
    { lacks: 'a factor', status: 403, request: (_, { access_token: bearer }) => ({ bearer, json: { password } }) },
    {
      lacks: 'a factor, whatever the otp',
      status: 403,
      request: (_, { access_token: bearer }) => ({ bearer, json: { password, otp: '123456' } }),
    },
  ],
}

/** Operations that continue a session of before, and those that add a factor in it with the password. */
const continuing = [
  'POST /api/auth/refresh',
  'POST /api/user/change-password',
  'PUT /api/user/change-password',
  'POST /api/user/passkeys',
  'POST /api/user/factors/totp/confirm',
]

/** An operation of the local service, which creates its user. */
const creating = ['POST /api/auth/first-admin']

describe('an account that must have a second factor and has none gets no tokens', () => {
  testBypasses(required, attempts, [...continuing, ...creating])

  it('that say more than was proven, in a session of before', async ({ expect }) => {
    const app = startApp()
    const user = await required(app)
    const refreshed = (await (await refresh(app, user.refresh_token)).json()) as SessionBody
    const changed = await changePassword(app, { bearer: refreshed.access_token }, password, newPassword)

    const claims = [refreshed, (await changed.json()) as SessionBody].map((body) => decodeJwt(body.access_token))

    for (const claim of claims) {
      expect(claim).toMatchObject({ amr: ['pwd'], acr: 'aal1' })
      expect(claim).not.toHaveProperty('fresh')
    }
  })
})
