import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { bodyOf, refusalOf } from '../support/app/administrators.ts'
import { codeFor, confirmTotp, factorsOf } from '../support/app/enrolments.ts'
import {
  appConfirmed,
  type Begun,
  codeAskedFor,
  type Enrolled,
  type EnrolmentRefusal,
  enrolmentBegun,
  enrolOperation,
  logInByEnrolling,
  mailedCode,
  mailOperation,
  memberWhoMustEnrol,
  optionsOperation,
  passkeyMade,
  refusedUntilEnrolled,
} from '../support/app/log-in-enrolments.ts'
import { asksForPasskey, beginPasskey, logInByPasskey, ourSite } from '../support/app/passkeys.ts'
import { addApp } from '../support/app/second-factors.ts'
import {
  alterUser,
  codeOf,
  cookiesOf,
  fromOurPage,
  linkIn,
  logIn,
  logInWith,
  mailsTo,
  newPassword,
  profile,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { createPasskey } from '../support/webauthn/authenticator.ts'

const password = somePassword

const idOf = (app: TestApp, email: string) =>
  app.db.prepare('select id from users where email = ?').bind(email).first<string>('id')

/** Nothing that opens the account exists. */
const nothingBegan = async (app: TestApp, email: string) =>
  app.db
    .prepare(
      'select (select count(*) from sessions where user_id = ?1) + (select count(*) from totp where user_id = ?1) + (select count(*) from passkeys where user_id = ?1) + (select count(*) from recovery_codes where user_id = ?1) as n',
    )
    .bind(await idOf(app, email))
    .first<number>('n')

describe('a log-in of somebody who must add a second factor', () => {
  it('starts with an app after the mailed code, and states two factors (ASVS 6.3.3)', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)

    const begun = await enrolmentBegun(app, email)
    const reply = await app.call(enrolOperation, { json: { ...(await appConfirmed(app, begun)), name: 'Phone' } })

    const body = await bodyOf<Enrolled>(reply)
    expect(decodeJwt(body.access_token)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'aal2', fresh: true })
    expect(body.recovery_codes).toHaveLength(10)
    expect((await profile(app, body.access_token)).status).toBe(200)
    const held = await factorsOf(app, body.access_token)
    expect([held.totp.map(({ name }) => name), held.recovery_codes?.left]).toEqual([['Phone'], 10])
    expect(begun.otpauth_uri).toContain(encodeURIComponent(email))
  })

  it('starts with a passkey, which then opens the account alone', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)

    const { soft, json } = await passkeyMade(await enrolmentBegun(app, email, 'passkey'))
    const body = await bodyOf<Enrolled>(await app.call(enrolOperation, { json }))

    expect(decodeJwt(body.access_token)).toMatchObject({ amr: ['pwd', 'pop', 'user', 'mfa'], acr: 'phr' })
    expect(body.accepted_credentials).toEqual([soft.id])
    expect((await logInByPasskey(app, soft)).status).toBe(200)
  })

  it('asks for the factor from then on, and its recovery codes work (ASVS 6.4.4)', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const { secret, recovery_codes } = await logInByEnrolling(app, email)

    const again = await logInWith(app, email, password)
    const used = await app.call('POST /api/auth/login', { json: { email, password, otp: await codeFor(app, secret) } })
    app.wait({ seconds: 30 })
    const next = await app.call('POST /api/auth/login', { json: { email, password, otp: await codeFor(app, secret) } })
    const recovered = await app.call('POST /api/auth/login', { json: { email, password, otp: recovery_codes[3] } })

    expect(await codeOf(again)).toBe('second_factor_required')
    // The code that confirmed the app has counted (ASVS 6.5.1).
    expect([used.status, next.status, recovered.status]).toEqual([422, 200, 200])
  })

  it('goes on by the cookie alone', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const step = async (operation: string, json: object, login?: string) => {
      const reply = await app.request(`${operation}?transport=cookie`, {
        json,
        headers: fromOurPage,
        ...(login && { cookies: { login } }),
      })
      await app.settled()
      return { reply, body: (await reply.clone().json()) as Begun, login: cookiesOf(reply).login }
    }

    const first = await step('POST /api/auth/login', { email, password })
    const mailed = await step(mailOperation, {}, first.login)
    const begun = await step(optionsOperation, { type: 'totp', mail_code: mailedCode(app, email) }, mailed.login)
    const { enrolment, secret } = begun.body
    const done = await step(enrolOperation, { enrolment, code: await codeFor(app, secret) }, begun.login)

    expect([first, mailed, begun].map(({ body }) => body.challenge)).toEqual([undefined, undefined, undefined])
    expect(done.reply.status).toBe(200)
    expect(Object.keys(cookiesOf(done.reply)).sort()).toEqual(['device', 'login', 'refresh_token', 'token'])
    expect(done.login).toBe('')
    expect(await done.reply.json()).not.toHaveProperty('access_token')
  })

  it('may change its mind about the kind of factor after the code', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const { challenge } = await enrolmentBegun(app, email, 'totp')

    const other = await bodyOf<Begun>(await app.call(optionsOperation, { json: { challenge, type: 'passkey' } }))
    const { json } = await passkeyMade(other)

    expect((await app.call(enrolOperation, { json })).status).toBe(200)
  })

  it('keeps the choice of the first step about remembering', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const first = await app.call('POST /api/auth/login', { json: { email, password, remember: false } })
    const { challenge } = (await first.json()) as EnrolmentRefusal
    const asked = await app.call(mailOperation, { json: { challenge } })
    const next = (await asked.json()) as { challenge: string }
    const json = { challenge: next.challenge, type: 'totp', mail_code: mailedCode(app, email) }
    const begun = await bodyOf<Begun>(await app.call(optionsOperation, { json }))

    const reply = await app.call(enrolOperation, { json: await appConfirmed(app, begun) })

    expect(
      reply.headers
        .getSetCookie()
        .filter((line) => line.startsWith('token='))
        .join(),
    ).not.toContain('Max-Age')
  })

  it('ends every other session, tells the owner, and is in the audit', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    await alterUser(app, user.email, { mfaRequired: true })

    await logInByEnrolling(app, user.email)

    expect((await profile(app, user.access_token)).status).toBe(401)
    const subjects = mailsTo(app, user.email).map(({ subject }) => subject)
    expect(subjects.at(-1)).toBe('An authenticator app was added at Gatehouse')
    const { results } = await app.db
      .prepare(
        "select event, detail from audit where user_id = ? and event in ('factor_added', 'logged_in') order by id",
      )
      .bind(user.user.id)
      .all<{ event: string; detail: string }>()
    expect(results.map(({ event }) => event).filter((event) => event === 'factor_added')).toHaveLength(1)
    expect(results.find(({ event, detail }) => event === 'logged_in' && detail)?.detail).toContain('mfa')
  })

  it('tells the owner by a mail whose link removes the factor', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const { access_token } = await logInByEnrolling(app, email)

    await app.call('POST /api/auth/remove-factor', { json: { token: linkIn(app, email, 'remove-factor') } })

    expect((await profile(app, access_token)).status).toBe(401)
    expect(await codeOf(await logInWith(app, email, password))).toBe('enrolment_required')
  })
})

describe('the code of an enrolment', () => {
  it('is not good with the challenge of another log-in (ASVS 6.6.2)', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    // Somebody who knows the password begins, and the owner gives them the code that the owner was mailed.
    const thief = await codeAskedFor(app, email)
    app.wait({ minutes: 2 })
    const owner = await codeAskedFor(app, email)

    const reply = await app.call(optionsOperation, {
      json: { challenge: thief.challenge, type: 'totp', mail_code: owner.mail_code },
    })

    expect(await refusalOf(reply)).toEqual({ status: 422, code: 'wrong_code', fields: ['mail_code wrong_code'] })
  })

  it('works once (ASVS 6.5.1)', async ({ expect }) => {
    const app = startApp()
    const given = { ...(await codeAskedFor(app, await memberWhoMustEnrol(app))), type: 'totp' }

    const first = await app.call(optionsOperation, { json: given })
    const second = await app.call(optionsOperation, { json: given })

    expect([first.status, second.status]).toEqual([200, 422])
  })

  it('is void after ten minutes, with its challenge (ASVS 6.5.5)', async ({ expect }) => {
    const app = startApp()
    const given = { ...(await codeAskedFor(app, await memberWhoMustEnrol(app))), type: 'totp' }
    app.wait({ minutes: 10 })

    const reply = await app.call(optionsOperation, { json: given })

    expect(await refusalOf(reply)).toMatchObject({ status: 400, code: 'invalid_token' })
  })

  it('is void once the account has another address', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const given = { ...(await codeAskedFor(app, email)), type: 'totp' }
    await alterUser(app, email, { email: `new.${email}`, emailCanonical: `new.${email}` })

    expect((await app.call(optionsOperation, { json: given })).status).toBe(422)
  })

  it('is accepted with and without the space between its halves', async ({ expect }) => {
    const app = startApp()
    const { challenge, mail_code } = await codeAskedFor(app, await memberWhoMustEnrol(app))

    const json = { challenge, type: 'totp', mail_code: mail_code.replace(' ', '') }

    expect(mail_code).toMatch(/^\d{4} \d{4}$/)
    expect((await app.call(optionsOperation, { json })).status).toBe(200)
  })

  it('may be guessed ten times, counted for the user and not for the mail (ASVS 6.6.3)', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    let given = await codeAskedFor(app, email)
    const guess = async () => {
      const mail_code = given.mail_code === '0000 0000' ? '1111 1111' : '0000 0000'
      return (await app.call(optionsOperation, { json: { challenge: given.challenge, type: 'totp', mail_code } }))
        .status
    }
    const statuses: number[] = []
    for (let n = 0; n < 5; n++) statuses.push(await guess())
    app.wait({ minutes: 1 })
    given = await codeAskedFor(app, email)
    for (let n = 0; n < 6; n++) statuses.push(await guess())

    const right = await app.call(optionsOperation, { json: { ...given, type: 'totp' } })

    expect(statuses).toEqual([...Array(10).fill(422), 429])
    expect(right.status).toBe(429)
    expect(mailsTo(app, email).some(({ subject }) => subject.startsWith('Somebody may have your password'))).toBe(true)
  })

  it('is mailed once in a minute, and not postponed', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const { challenge } = await refusedUntilEnrolled(app, email)
    const before = mailsTo(app, email).length

    const first = await app.call(mailOperation, { json: { challenge } })
    const second = await app.call(mailOperation, { json: { challenge } })
    app.wait({ minutes: 1 })
    await app.cron()
    const sent = mailsTo(app, email).length - before
    const third = await app.call(mailOperation, { json: { challenge } })

    expect([first.status, second.status, third.status]).toEqual([200, 429, 200])
    expect(sent).toBe(1)
  })

  it('is stored nowhere', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const { mail_code, challenge } = await codeAskedFor(app, email)

    const { results } = await app.db.prepare("select * from mail where kind = 'enrolment_code'").all()

    expect(JSON.stringify(results)).not.toContain(mail_code.replace(' ', ''))
    expect(challenge).not.toContain(mail_code.replace(' ', ''))
  })

  it('is required: the password alone is what a thief has too', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const { challenge: first } = await refusedUntilEnrolled(app, email)
    const { challenge, mail_code } = await codeAskedFor(app, email)

    const replies = [
      await app.call(optionsOperation, { json: { challenge: first, type: 'totp' } }),
      await app.call(optionsOperation, { json: { challenge: first, type: 'totp', mail_code } }),
      await app.call(optionsOperation, { json: { challenge, type: 'totp' } }),
    ]

    const missing = { status: 422, code: 'validation_failed', fields: ['mail_code required'] }
    expect(await Promise.all(replies.map(refusalOf))).toEqual([missing, missing, missing])
  })
})

describe('nothing but the mailed code leads to a factor', () => {
  it('not an enrolment of another user', async ({ expect }) => {
    const app = startApp()
    const [ada, eve] = [await memberWhoMustEnrol(app), await memberWhoMustEnrol(app)]
    const hers = await enrolmentBegun(app, ada)
    const { enrolment, secret } = await enrolmentBegun(app, eve)

    const reply = await app.call(enrolOperation, {
      json: { challenge: hers.challenge, enrolment, code: await codeFor(app, secret) },
    })

    expect(await refusalOf(reply)).toMatchObject({ status: 400, code: 'invalid_token' })
    expect(await nothingBegan(app, ada)).toBe(0)
  })

  it('not an enrolment of a session, and the other way round', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const bearer = user.access_token
    const inSession = await bodyOf<Begun>(await app.call('POST /api/user/factors/totp', { bearer }))
    await alterUser(app, user.email, { mfaRequired: true })
    const atLogIn = await enrolmentBegun(app, user.email)

    const first = await app.call(enrolOperation, {
      json: { ...(await appConfirmed(app, inSession)), challenge: atLogIn.challenge },
    })
    const { enrolment, secret } = atLogIn
    const code = await codeFor(app, secret)
    const second = await confirmTotp(app, bearer, { enrolment, code, current_password: password })

    expect([await codeOf(first), await codeOf(second)]).toEqual(['invalid_token', 'invalid_token'])
  })

  it('not the passkey of a session, nor one that did not verify its user', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const { public_key } = await beginPasskey(app, user.access_token)
    await alterUser(app, user.email, { mfaRequired: true })
    const begun = await enrolmentBegun(app, user.email, 'passkey')
    const made = await createPasskey(
      { ...ourSite, challenge: public_key.challenge },
      { userHandle: public_key.user.id },
    )
    const unverified = await passkeyMade(begun, { verified: false })

    const replies = [
      await app.call(enrolOperation, { json: { challenge: begun.challenge, credential: made.registration } }),
      await app.call(enrolOperation, { json: unverified.json }),
    ]

    expect(await Promise.all(replies.map(codeOf))).toEqual(['invalid_token', 'passkey_refused'])
  })

  it('not a challenge from before the code, nor one of a second step', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const given = await codeAskedFor(app, email)
    const begun = await bodyOf<Begun>(await app.call(optionsOperation, { json: { ...given, type: 'totp' } }))
    const json = await appConfirmed(app, begun)

    const reply = await app.call(enrolOperation, { json: { ...json, challenge: given.challenge } })
    const asCode = await app.call('POST /api/auth/login/code', { json: { challenge: begun.challenge, code: '123456' } })
    const asPasskey = await app.call('POST /api/auth/login/passkey/options', { json: { challenge: begun.challenge } })

    expect([reply.status, asCode.status, asPasskey.status]).toEqual([400, 400, 400])
    expect(await nothingBegan(app, email)).toBe(0)
    expect((await app.call(enrolOperation, { json })).status).toBe(200)
  })

  it('not the challenge of a second step, once the factor is gone', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const id = (await idOf(app, email))!
    await addApp(app, id)
    const first = await logInWith(app, email, password)
    const { challenge } = (await first.json()) as EnrolmentRefusal
    await app.db.prepare('delete from totp where user_id = ?').bind(id).run()

    expect((await app.call(mailOperation, { json: { challenge } })).status).toBe(400)
  })

  it.for([
    {
      what: 'a new password',
      change: async (app: TestApp, email: string) => {
        await app.call('POST /api/auth/forgot-password', { json: { email } })
        const token = linkIn(app, email, 'reset-password')
        await app.call('POST /api/auth/reset-password', { json: { token, new_password: newPassword } })
      },
    },
    {
      what: 'a factor that was added meanwhile',
      change: async (app: TestApp, email: string) => void (await addApp(app, (await idOf(app, email))!)),
    },
    {
      what: 'an admin who disables the account',
      change: (app: TestApp, email: string) => alterUser(app, email, { status: 'disabled' }),
    },
  ])('not after $what', async ({ change }, { expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const begun = await enrolmentBegun(app, email)
    const json = await appConfirmed(app, begun)

    await change(app, email)
    const replies = [
      await app.call(mailOperation, { json: { challenge: begun.challenge } }),
      await app.call(optionsOperation, { json: { challenge: begun.challenge, type: 'totp' } }),
      await app.call(enrolOperation, { json }),
    ]

    expect(await Promise.all(replies.map(codeOf))).toEqual(Array(3).fill('invalid_token'))
  })

  it('not a wrong code of the app, which may be typed again', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const json = await appConfirmed(app, await enrolmentBegun(app, email))

    const wrong = await app.call(enrolOperation, { json: { ...json, code: 'none' } })
    const right = await app.call(enrolOperation, { json })

    expect([await codeOf(wrong), right.status]).toEqual(['wrong_code', 200])
  })

  it('and an enrolment happens once', async ({ expect }) => {
    const app = startApp()
    const email = await memberWhoMustEnrol(app)
    const json = await appConfirmed(app, await enrolmentBegun(app, email))

    const replies = [await app.call(enrolOperation, { json }), await app.call(enrolOperation, { json })]

    expect(replies.map(({ status }) => status)).toEqual([200, 400])
    const { n } = (await app.db
      .prepare('select count(*) as n from totp where user_id = ?')
      .bind(await idOf(app, email))
      .first<{ n: number }>())!
    expect(n).toBe(1)
  })

  it('and the usual log-in of an account that needs none offers no enrolment', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)

    expect(await logIn(app, user.email)).toHaveProperty('access_token')
    expect((await asksForPasskey(app)).public_key.allowCredentials).toEqual([])
  })
})

describe('a factor that cannot be added here', () => {
  it.for([
    { type: 'totp', vars: { DATA_KEYS: undefined } },
    { type: 'passkey', vars: { PASSKEYS: 'off' } },
  ])('is not begun, and the code stays good: $type', async ({ type, vars }, { expect }) => {
    const app = startApp()
    const lacking = startApp({ vars: vars as never })
    const given = await codeAskedFor(app, await memberWhoMustEnrol(app))

    const refused = await lacking.call(optionsOperation, { json: { ...given, type } })
    const begun = await app.call(optionsOperation, { json: { ...given, type } })

    expect([refused.status, begun.status]).toEqual([404, 200])
  })
})
