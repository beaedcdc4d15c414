import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { bodyOf } from '../support/app/administrators.ts'
import { askForMail, logInByMail, mailed, wrongOf } from '../support/app/mail-log-ins.ts'
import { givePasskey } from '../support/app/passkeys.ts'
import { addApp, addRecoveryCodes, wrongCode } from '../support/app/second-factors.ts'
import {
  alterUser,
  codeOf,
  fromOurPage,
  logIn,
  profile,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  stepUpOperation,
  type TestApp,
} from '../support/app/support.ts'
import { confirmMove, linkTo, ownerOf, proofHeader } from '../support/way-back/way-back-world.ts'

/** Somebody without a password, who logged in by mail some minutes ago. */
const mailOnly = async (app: TestApp) => {
  const { email, user } = await signedInUser(app)
  await alterUser(app, email, { passwordHash: null })
  const { access_token: bearer, refresh_token } = await bodyOf<SessionBody>(await logInByMail(app, email))
  app.wait({ minutes: 4 })
  return { email, id: user.id, bearer, refresh_token }
}

const give = (app: TestApp, bearer: string, json: object) => stepUp(app, { bearer, json })

/** Asks for a mail, and returns what a re-authentication takes of it. */
const fromMail = async (app: TestApp, email: string) => {
  const { challenge, code } = await mailed(app, email)
  return { challenge, mail_code: code }
}

/** Returns whether a proof counts as full proof for a change that needs it. */
const proves = async (app: TestApp, bearer: string, proof: string) =>
  (await app.call('PATCH /api/user/profile', { bearer, json: { email: someAddress() }, headers: proofHeader(proof) }))
    .status === 200

describe('the code of a log-in mail, from an account without a password', () => {
  it('makes the same session fresh, and proves one change', async ({ expect }) => {
    const app = startApp()
    const { email, bearer } = await mailOnly(app)
    const given = await fromMail(app, email)

    const after = await bodyOf<SessionBody>(await give(app, bearer, given))

    const [old, fresh] = [decodeJwt(bearer), decodeJwt(after.access_token)]
    expect(fresh).toMatchObject({ sid: old.sid, auth_time: Number(old.auth_time) + 240, amr: ['email'], acr: 'aal1' })
    expect(after).toMatchObject({ proof_expires_in: 60 })
    expect(await proves(app, after.access_token, after.proof)).toBe(true)
    expect(await proves(app, after.access_token, after.proof)).toBe(false)
  })

  it('comes with the cookie that keeps the challenge', async ({ expect }) => {
    const app = startApp()
    const { email, bearer } = await mailOnly(app)
    const { cookie, code } = await mailed(app, email)

    const reply = await app.call(stepUpOperation, {
      cookies: { token: bearer, login: cookie },
      headers: fromOurPage,
      json: { mail_code: code },
    })

    expect(reply.status).toBe(200)
  })

  it('keeps the change of address that the session asked for before', async ({ expect }) => {
    const app = startApp()
    const { email, id, bearer } = await mailOnly(app)
    const next = someAddress('next')
    const { access_token, proof } = await bodyOf<SessionBody>(await give(app, bearer, await fromMail(app, email)))
    const headers = proofHeader(proof)
    await bodyOf(await app.call('PATCH /api/user/profile', { bearer: access_token, json: { email: next }, headers }))
    app.wait({ minutes: 2 })
    const again = await bodyOf<SessionBody>(await give(app, access_token, await fromMail(app, email)))

    await confirmMove(app, email, linkTo(app, next, 'confirm-email'), again.access_token)

    expect((await ownerOf(app, next))?.id).toBe(id)
  })

  it('works once, at the log-in and here together', async ({ expect }) => {
    const app = startApp()
    const { email, bearer } = await mailOnly(app)
    const { byCode, challenge, code } = await mailed(app, email)
    const given = { challenge, mail_code: code }

    const replies = [
      await give(app, bearer, given),
      await give(app, bearer, given),
      await app.call('POST /api/auth/login/mail/code', { json: byCode }),
    ]
    app.wait({ minutes: 2 })
    const other = await mailed(app, email)
    const reused = [
      await app.call('POST /api/auth/login/mail/code', { json: other.byCode }),
      await give(app, bearer, { challenge: other.challenge, mail_code: other.code }),
    ]

    expect(replies.map(({ status }) => status)).toEqual([200, 422, 422])
    expect(reused.map(({ status }) => status)).toEqual([200, 422])
  })

  it.for<[string, (app: TestApp, email: string) => Promise<object>, number, string]>([
    [
      'a wrong code',
      async (app, email) => {
        const { challenge, mail_code } = await fromMail(app, email)
        return { challenge, mail_code: wrongOf(mail_code) }
      },
      422,
      'wrong_code',
    ],
    [
      'no challenge',
      async (app, email) => ({ mail_code: (await fromMail(app, email)).mail_code }),
      400,
      'invalid_token',
    ],
    [
      'a forged challenge',
      async (app, email) => ({ ...(await fromMail(app, email)), challenge: 'A'.repeat(200) }),
      400,
      'invalid_token',
    ],
    [
      'the mail of somebody else',
      async (app) => {
        const { email } = await signedInUser(app)
        await alterUser(app, email, { passwordHash: null })
        return fromMail(app, email)
      },
      400,
      'invalid_token',
    ],
    [
      'the code of a mail that another browser asked for',
      async (app, email) => {
        const { mail_code } = await fromMail(app, email)
        app.wait({ minutes: 2 })
        return { challenge: (await askForMail(app, email)).challenge, mail_code }
      },
      422,
      'wrong_code',
    ],
    [
      'a mail of ten minutes ago',
      async (app, email) => {
        const given = await fromMail(app, email)
        app.wait({ minutes: 10 })
        return given
      },
      400,
      'invalid_token',
    ],
    [
      'a mail to an address that the account has left',
      async (app, email) => {
        const given = await fromMail(app, email)
        await alterUser(app, email, { email: 'left@example.com', emailCanonical: 'left@example.com' })
        return given
      },
      422,
      'wrong_code',
    ],
  ])('is refused with %s', async ([, of, status, code], { expect }) => {
    const app = startApp()
    const { email, bearer } = await mailOnly(app)

    const reply = await give(app, bearer, await of(app, email))

    expect([reply.status, await codeOf(reply)]).toEqual([status, code])
    expect(decodeJwt(bearer)).toMatchObject({ fresh: true })
  })

  it('is none where there is a password: a mailbox alone must not stand for it', async ({ expect }) => {
    const app = startApp()
    const { email, access_token: bearer } = await signedInUser(app)
    const given = await fromMail(app, email)

    const alone = await give(app, bearer, given)
    const wrong = await give(app, bearer, { ...given, password: 'not the passphrase at all' })

    expect([alone.status, await codeOf(alone)]).toEqual([403, 'reauthentication_required'])
    expect([wrong.status, await codeOf(wrong)]).toEqual([422, 'wrong_password'])
  })

  it('is none while nobody logs in by mail', async ({ expect }) => {
    const app = startApp({ vars: { MAIL_LOGIN: 'off' } })
    const { access_token: bearer } = await signedInUser(app)

    expect(await codeOf(await give(app, bearer, { challenge: 'A', mail_code: '12345678' }))).toBe('not_found')
  })

  it('ends the session after ten wrong ones, and is not tested from then on', async ({ expect }) => {
    const app = startApp()
    const { email, bearer } = await mailOnly(app)
    const { challenge, mail_code } = await fromMail(app, email)
    const wrong = { challenge, mail_code: wrongOf(mail_code) }

    const statuses: number[] = []
    for (let n = 0; n < 10; n++) statuses.push((await give(app, bearer, wrong)).status)

    expect(statuses).toEqual(Array(10).fill(422))
    expect((await give(app, bearer, { challenge, mail_code })).status).toBe(401)
    expect((await profile(app, bearer)).status).toBe(401)
  })

  it('does not close the log-in for its user', async ({ expect }) => {
    const app = startApp()
    const { email, bearer } = await mailOnly(app)
    const { challenge, mail_code } = await fromMail(app, email)
    for (let n = 0; n < 9; n++) await give(app, bearer, { challenge, mail_code: wrongOf(mail_code) })
    app.wait({ minutes: 2 })

    expect((await logInByMail(app, email)).status).toBe(200)
  })
})

describe('the code of a log-in mail, from an account with a second factor and no password', () => {
  const withApp = async (app: TestApp) => {
    const somebody = await mailOnly(app)
    const { code } = await addApp(app, somebody.id)
    return { ...somebody, code, codes: await addRecoveryCodes(app, somebody.id) }
  }

  it('is not enough alone, and the mail can still be used', async ({ expect }) => {
    const app = startApp()
    const { email, bearer, code, codes } = await withApp(app)
    const given = await fromMail(app, email)

    const alone = await give(app, bearer, given)
    const wrong = await give(app, bearer, { ...given, otp: await wrongCode(code) })
    const right = await bodyOf<SessionBody>(await give(app, bearer, { ...given, otp: codes[0] }))

    expect(await alone.json()).toMatchObject({ code: 'second_factor_required', methods: ['totp', 'recovery_code'] })
    expect(await codeOf(wrong)).toBe('wrong_code')
    // A mailbox is no factor, so the session has not proven two.
    expect(decodeJwt(right.access_token)).toMatchObject({ acr: 'aal1' })
    expect(await proves(app, right.access_token, right.proof)).toBe(true)
  })

  it('tells nobody whether a code of the app is right while the limit of codes is exhausted', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_FACTOR_ACCOUNT: '1/15m' } })
    const { email, bearer, code } = await withApp(app)
    const given = await fromMail(app, email)
    await give(app, bearer, { ...given, otp: await wrongCode(code) })

    const wrong = await give(app, bearer, { ...given, otp: await wrongCode(code) })
    const right = await give(app, bearer, { ...given, otp: await code() })

    expect([wrong.status, await codeOf(wrong)]).toEqual([429, 'rate_limited'])
    expect([right.status, await codeOf(right)]).toEqual([429, 'rate_limited'])
  })

  it('with a wrong code of the mail, the code of the app is not enough', async ({ expect }) => {
    const app = startApp()
    const { email, bearer, code } = await withApp(app)
    const { challenge, mail_code } = await fromMail(app, email)

    const reply = await give(app, bearer, { challenge, mail_code: wrongOf(mail_code), otp: await code() })

    expect([reply.status, await codeOf(reply)]).toEqual([422, 'wrong_code'])
  })

  it('does not lower what a log-in with a passkey proved', async ({ expect }) => {
    const app = startApp()
    const { email, access_token, user } = await signedInUser(app)
    await givePasskey(app, user.id)
    const codes = await addRecoveryCodes(app, user.id)
    await alterUser(app, email, { passwordHash: null })
    await app.db.prepare("update sessions set amr = 'pop user mfa', mfa_at = created_at").run()

    const given = { ...(await fromMail(app, email)), otp: codes[0] }
    const after = await bodyOf<SessionBody>(await give(app, access_token, given))

    expect(decodeJwt(after.access_token)).toMatchObject({ acr: 'phr', amr: ['pop', 'user', 'mfa'] })
  })

  it('does not help somebody who still has to add one', async ({ expect }) => {
    const app = startApp()
    const { email, bearer } = await mailOnly(app)
    const given = await fromMail(app, email)
    await alterUser(app, email, { mfaRequired: true })

    expect(await codeOf(await give(app, bearer, given))).toBe('enrolment_required')
    expect(await logIn(app, email, somePassword).catch(() => 'refused')).toBe('refused')
  })
})
