import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { bodyOf } from '../support/app/administrators.ts'
import { askForMail, codeIn, logInByMail, mailed, wrongOf } from '../support/app/mail-log-ins.ts'
import { answer, asksForPasskey, givePasskey, logInByPasskey } from '../support/app/passkeys.ts'
import { userWithFactors } from '../support/app/second-factors.ts'
import {
  alterUser,
  codeOf,
  cookiesOf,
  fromOurPage,
  linkIn,
  logIn,
  mailsTo,
  member,
  newPassword,
  profile,
  register,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { rows } from '../support/faults/fault-world.ts'
import { moveTo, resetBy } from '../support/way-back/way-back-world.ts'

const byCode = (app: TestApp, json: object, more: object = {}) =>
  app.call('POST /api/auth/login/mail/code', { json, ...more })

const byLink = (app: TestApp, json: object, more: object = {}) =>
  app.call('POST /api/auth/login/mail/link', { json, ...more })

const claimsOf = ({ access_token }: SessionBody) => decodeJwt(access_token)

const sessionsOf = (app: TestApp, email: string) =>
  rows(app, 'select sessions.id from sessions join users on users.id = user_id where email = ?', email)

describe('asking for a log-in mail', () => {
  it('is answered alike for known and unknown addresses, and mails only the known one', async ({ expect }) => {
    const app = startApp()
    const [known, unknown] = [await member(app), someAddress()]
    const before = mailsTo(app, known).length

    const replies = []
    for (const email of [known, unknown]) {
      const reply = await app.call('POST /api/auth/login/mail', { json: { email } })
      const { challenge, ...body } = (await reply.json()) as { challenge: string }
      replies.push({ status: reply.status, length: challenge.length, body, cookie: cookiesOf(reply).login?.length })
    }

    // Addresses differ in length, and the challenge contains its own.
    expect(Math.abs(replies[0]!.length - replies[1]!.length)).toBeLessThanOrEqual(4)
    expect(replies.map(({ status, body }) => [status, body])).toEqual([
      [200, { message: expect.stringContaining('on its way'), expires_in: 600 }],
      [200, { message: expect.stringContaining('on its way'), expires_in: 600 }],
    ])
    expect([mailsTo(app, known).length - before, mailsTo(app, unknown).length]).toEqual([1, 0])
  })

  it('does not exist while MAIL_LOGIN is off', async ({ expect }) => {
    const on = startApp()
    const { byCode: json, byLink: link } = await mailed(on, await member(on))
    const off = startApp({ vars: { MAIL_LOGIN: 'off' } })

    const replies = [
      await off.call('POST /api/auth/login/mail', { json: { email: someAddress() } }),
      await byCode(off, json),
      await byLink(off, link),
    ]

    expect(replies.map(({ status }) => status)).toEqual([404, 404, 404])
    expect((await byCode(on, json)).status).toBe(200)
  })

  it.for(['disabled', 'unknown'])('sends nothing to an account that is %s', async (state, { expect }) => {
    const app = startApp()
    const email = state === 'unknown' ? someAddress() : await member(app)
    if (state === 'disabled') await alterUser(app, email, { status: 'disabled' })
    const before = mailsTo(app, email).length

    await askForMail(app, email)

    expect(mailsTo(app, email)).toHaveLength(before)
  })

  it('keeps the challenge from scripts if only cookies are wanted', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)

    const asked = await app.call('POST /api/auth/login/mail?transport=cookie', { json: { email } })
    const { login } = cookiesOf(asked)
    const reply = await app.call('POST /api/auth/login/mail/code?transport=cookie', {
      json: { code: codeIn(app, email) },
      cookies: { login: login! },
      headers: fromOurPage,
    })

    expect(await asked.json()).not.toHaveProperty('challenge')
    expect(asked.headers.getSetCookie()[0]).toMatch(/^login=.*Max-Age=600; Path=\/; HttpOnly; SameSite=Lax/)
    expect(reply.status).toBe(200)
    expect(cookiesOf(reply)).toMatchObject({ login: '', token: expect.any(String), refresh_token: expect.any(String) })
  })
})

describe('the code of a mail', () => {
  it('logs in, and the tokens say what was proven', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)

    const session = await bodyOf<SessionBody>(await logInByMail(app, email))

    expect(session.user).toMatchObject({ email, email_verified: true, has_password: true })
    expect(claimsOf(session)).toMatchObject({ amr: ['email'], acr: 'aal1', fresh: true })
    expect((await profile(app, session.access_token)).status).toBe(200)
  })

  it('is taken with a space or a hyphen between its groups', async ({ expect }) => {
    const app = startApp()
    const { challenge, code } = await mailed(app, await member(app))

    const reply = await byCode(app, { challenge, code: ` ${code.slice(0, 4)}-${code.slice(4)} ` })

    expect(reply.status).toBe(200)
  })

  it('works once (ASVS 6.5.1)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const { byCode: json, byLink: link } = await mailed(app, email)
    await byCode(app, json)

    const again = [await byCode(app, json), await byLink(app, link)]

    expect(again.map(({ status }) => status)).toEqual([422, 400])
    expect(await sessionsOf(app, email)).toHaveLength(1)
  })

  it('works for ten minutes (ASVS 6.5.5)', async ({ expect }) => {
    const app = startApp()
    const first = await mailed(app, await member(app))
    app.wait({ minutes: 9, seconds: 59 })
    const inTime = await byCode(app, first.byCode)
    const second = await mailed(app, await member(app))
    app.wait({ minutes: 10 })

    expect([inTime.status, (await byCode(app, second.byCode)).status]).toEqual([200, 400])
  })

  it('is worth nothing in another browser, which may have asked for the same address (ASVS 6.6.2)', async ({
    expect,
  }) => {
    const app = startApp()
    const email = await member(app)
    const { code, byCode: json } = await mailed(app, email)
    app.wait({ minutes: 2 })
    const stranger = await askForMail(app, email)

    const theirs = await byCode(app, { challenge: stranger.challenge, code })
    const without = await byCode(app, { code })

    expect([theirs.status, await codeOf(theirs), without.status]).toEqual([422, 'wrong_code', 400])
    expect((await byCode(app, json)).status).toBe(200)
  })

  it('still counts if the same browser has asked again', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const first = await mailed(app, email)
    // No second mail goes out within a minute, and the new challenge names one that does not exist.
    const { challenge } = await askForMail(app, email, { challenge: first.challenge })
    const byCookie = await askForMail(app, email, { cookies: { login: first.cookie } })
    const third = await askForMail(app, email, { challenge })

    expect((await byCode(app, { challenge: byCookie.challenge, code: wrongOf(first.code) })).status).toBe(422)
    expect((await byCode(app, { challenge: third.challenge, code: first.code })).status).toBe(200)
  })

  it('is void after a new password, a new address, and TOKENS_NOT_BEFORE (ASVS 7.4.3)', async ({ expect }) => {
    const app = startApp()
    const reset = await member(app)
    const first = await mailed(app, reset)
    await resetBy(app, reset, newPassword)
    const moved = await signedInUser(app)
    const second = await mailed(app, moved.email)
    await moveTo(app, moved.access_token, someAddress('next'))
    const third = await mailed(app, await member(app))
    const later = startApp({ vars: { TOKENS_NOT_BEFORE: new Date(app.now().getTime() + 1).toISOString() } })
    later.wait({ seconds: (app.now().getTime() - later.now().getTime()) / 1000 })

    const replies = [
      await byCode(app, first.byCode),
      await byCode(app, second.byCode),
      await byCode(later, third.byCode),
    ]

    expect(replies.map(({ status }) => status)).toEqual([422, 422, 400])
    expect((await byCode(app, third.byCode)).status).toBe(200)
  })

  it('is refused for an account that was disabled meanwhile', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const { byCode: json } = await mailed(app, email)
    await alterUser(app, email, { status: 'disabled' })

    expect((await byCode(app, json)).status).toBe(422)
    expect(await sessionsOf(app, email)).toEqual([])
  })

  it('gives no proof for changes to an account that has a password (ASVS 7.5.1)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const session = await bodyOf<SessionBody>(await logInByMail(app, email))

    const removal = await app.call('DELETE /api/user/password', { bearer: session.access_token })
    const moving = await app.call('PATCH /api/user/profile', {
      bearer: session.access_token,
      json: { email: someAddress('next') },
    })

    expect(session).not.toHaveProperty('proof')
    expect([removal.status, await codeOf(removal)]).toEqual([403, 'reauthentication_required'])
    // The change waits for the mailbox of the present address.
    expect(moving.status).toBe(200)
    expect(mailsTo(app, email).at(-1)!.text).toContain('/approve-email-change#token=')
  })
})

describe('wrong codes', () => {
  it('close a mail after five, for the right code too (ASVS 6.6.3)', async ({ expect }) => {
    const app = startApp()
    const { challenge, code } = await mailed(app, await member(app))
    const statuses = []
    for (let n = 0; n < 5; n++) statuses.push((await byCode(app, { challenge, code: wrongOf(code) })).status)

    const right = await byCode(app, { challenge, code })

    expect(statuses).toEqual([422, 422, 422, 422, 422])
    expect([right.status, await codeOf(right)]).toEqual([429, 'rate_limited'])
  })

  it('count for the address like wrong passwords, so that a newer mail renews no guesses (ASVS 6.3.1)', async ({
    expect,
  }) => {
    const app = startApp()
    const email = await member(app)
    const statuses = []
    for (let mail = 0; mail < 3; mail++) {
      const { challenge, code } = await mailed(app, email)
      for (let n = 0; n < 4; n++) statuses.push((await byCode(app, { challenge, code: wrongOf(code) })).status)
      app.wait({ minutes: 2 })
    }

    expect(statuses.filter((status) => status === 422)).toHaveLength(10)
    expect(statuses.slice(-2)).toEqual([429, 429])
    expect((await app.call('POST /api/auth/login', { json: { email, password: somePassword } })).status).toBe(429)
  })

  it('of strangers do not keep a known device out', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const { device_token: device } = (await logIn(app, email)) as SessionBody & { device_token: string }
    for (let mail = 0; mail < 3; mail++) {
      const { challenge, code } = await mailed(app, email)
      for (let n = 0; n < 4; n++) await byCode(app, { challenge, code: wrongOf(code) })
      app.wait({ minutes: 2 })
    }

    const { byCode: json } = await mailed(app, email, { device })

    expect((await byCode(app, json, { headers: { 'Gatehouse-Device': device } })).status).toBe(200)
  })

  it('are recorded in the audit', async ({ expect }) => {
    const app = startApp()
    const { email, user } = await signedInUser(app)
    const { challenge, code } = await mailed(app, email)
    for (let n = 0; n < 2; n++) await byCode(app, { challenge, code: wrongOf(code) })

    const [entry] = await rows(app, `select count from audit where user_id = ? and event = 'log_in_failed'`, user.id)

    expect(entry).toEqual({ count: 2 })
  })

  it('for an unknown address are counted alike', async ({ expect }) => {
    const app = startApp()
    const { challenge } = await askForMail(app, someAddress())
    const statuses = []
    for (let n = 0; n < 6; n++) statuses.push((await byCode(app, { challenge, code: '12345678' })).status)

    expect(statuses).toEqual([422, 422, 422, 422, 422, 429])
  })
})

describe('the link of a mail', () => {
  it('logs in the browser that asked', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const { token, cookie } = await mailed(app, email)

    const reply = await app.call('POST /api/auth/login/mail/link?transport=cookie', {
      json: { token },
      cookies: { login: cookie },
      headers: fromOurPage,
    })

    expect(reply.status).toBe(200)
    expect(cookiesOf(reply)).toMatchObject({ login: '', token: expect.any(String) })
    expect(await sessionsOf(app, email)).toHaveLength(1)
  })

  it.for(['none', 'of another browser', 'forged'])(
    'logs nobody in with a challenge that is %s, shows the code instead, and stays valid',
    async (what, { expect }) => {
      const app = startApp()
      const email = await member(app)
      const { token, code, byLink: json } = await mailed(app, email)
      app.wait({ minutes: 2 })
      const challenges = {
        none: undefined,
        'of another browser': (await askForMail(app, email)).challenge,
        forged: 'a.AAAA',
      }

      const reply = await byLink(app, { token, challenge: challenges[what as keyof typeof challenges] })

      expect([reply.status, await reply.json()]).toEqual([
        409,
        expect.objectContaining({ code: 'other_browser', code_to_type: code }),
      ])
      expect(await sessionsOf(app, email)).toEqual([])
      expect(cookiesOf(reply)).toEqual({})
      expect((await byLink(app, json)).status).toBe(200)
    },
  )

  it('is not used up by a scanner that opens it and presses its button', async ({ expect }) => {
    const app = startApp()
    const { token, byLink: json } = await mailed(app, await member(app))
    const html = { Accept: 'text/html' }
    for (const method of ['GET', 'HEAD'])
      await app.request(`${method} /auth/login/mail/link?token=${token}`, { headers: html })
    const pressed = await byLink(app, { token }, { ip: '192.0.2.9' })

    expect(pressed.status).toBe(409)
    expect((await byLink(app, json)).status).toBe(200)
  })
})

describe('the budget of log-in mails', () => {
  /** Asks until the hour's mails to strangers are used up. */
  const useUp = async (app: TestApp, email: string) => {
    for (let n = 0; n < 5; n++) {
      await askForMail(app, email)
      app.wait({ minutes: 2 })
    }
  }
  const subjectsTo = (app: TestApp, email: string) => mailsTo(app, email).map(({ subject }) => subject)
  const codes = 'Log in to Gatehouse'
  const help = 'Log-in codes for Gatehouse are paused'

  it('ends with one mail an hour that leads to recovery, behind the same reply', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await useUp(app, email)
    for (let n = 0; n < 3; n++) {
      await askForMail(app, email)
      app.wait({ minutes: 2 })
    }

    const said = subjectsTo(app, email).filter((subject) => [codes, help].includes(subject))
    const set = await app.call('POST /api/auth/reset-password', {
      json: { token: linkIn(app, email), new_password: newPassword },
    })

    expect(said).toEqual([codes, codes, codes, codes, codes, help])
    expect(set.status).toBe(200)
    // Recovery opens the budget again.
    expect((await byCode(app, (await mailed(app, email)).byCode)).status).toBe(200)
  })

  it('is not a reason for help if somebody asks twice within a minute', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    for (let n = 0; n < 3; n++) await askForMail(app, email)

    expect(subjectsTo(app, email).filter((subject) => subject !== 'Confirm your e-mail address for Gatehouse')).toEqual(
      [codes],
    )
  })

  it('postpones no mail', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await useUp(app, email)
    await askForMail(app, email)
    const before = mailsTo(app, email).length
    app.wait({ hours: 2 })
    await app.cron()

    expect(mailsTo(app, email)).toHaveLength(before)
  })

  it('of a known device is its own', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const { device_token: device } = (await logIn(app, email)) as SessionBody & { device_token: string }
    await useUp(app, email)

    const reply = await byCode(app, (await mailed(app, email, { device })).byCode)

    expect(reply.status).toBe(200)
  })

  it('of a known device is not open to a device of somebody else', async ({ expect }) => {
    const app = startApp()
    const [email, other] = [await member(app), await member(app)]
    const { device_token: device } = (await logIn(app, other)) as SessionBody & { device_token: string }
    await useUp(app, email)
    await askForMail(app, email)
    const before = mailsTo(app, email).length

    await askForMail(app, email, { device })

    expect(mailsTo(app, email)).toHaveLength(before)
  })

  it('sends no code while too many were wrong, but leads to recovery', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    for (let mail = 0; mail < 3; mail++) {
      const { challenge, code } = await mailed(app, email)
      for (let n = 0; n < 4; n++) await byCode(app, { challenge, code: wrongOf(code) })
      app.wait({ minutes: 2 })
    }

    await askForMail(app, email)

    expect(subjectsTo(app, email).at(-1)).toBe(help)
  })
})

describe('an account with a second factor', () => {
  const first = async (app: TestApp, email: string) => {
    const { byCode: json, ...more } = await mailed(app, email)
    const reply = await byCode(app, json)
    return { ...more, reply, ...((await reply.clone().json()) as { challenge: string; methods: string[] }) }
  }

  it('asks for it after the code, and starts no session before (ASVS 6.3.3)', async ({ expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const { reply, challenge, methods } = await first(app, email)
    const before = await sessionsOf(app, email)

    const done = await app.call('POST /api/auth/login/code', { json: { challenge, code: await code() } })

    expect([reply.status, await codeOf(reply), methods]).toEqual([
      403,
      'second_factor_required',
      ['totp', 'recovery_code'],
    ])
    expect(before).toHaveLength(1)
    // A mailbox is no factor, so there is only one.
    expect(claimsOf(await bodyOf<SessionBody>(done))).toMatchObject({ amr: ['email', 'otp'], acr: 'aal1' })
  })

  it('gets one session for one mail', async ({ expect }) => {
    const app = startApp()
    const { email, code, recoveryCodes } = await userWithFactors(app)
    const { challenge, token, code: typed, ...asked } = await first(app, email)
    await app.call('POST /api/auth/login/code', { json: { challenge, code: await code() } })

    const again = await app.call('POST /api/auth/login/code', { json: { challenge, recovery_code: recoveryCodes[0] } })

    expect(again.status).toBe(400)
    expect((await byLink(app, { challenge: asked.cookie, token })).status).toBe(400)
    expect(await sessionsOf(app, email)).toHaveLength(2)
  })

  it('is asked for it after the link too, and the challenge can be the cookie', async ({ expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const { token, cookie } = await mailed(app, email)
    const asked = { headers: fromOurPage, cookies: { login: cookie } }

    const reply = await app.call('POST /api/auth/login/mail/link?transport=cookie', { json: { token }, ...asked })
    const { login } = cookiesOf(reply)
    const done = await app.call('POST /api/auth/login/code?transport=cookie', {
      json: { code: await code() },
      headers: fromOurPage,
      cookies: { login: login! },
    })

    expect([reply.status, done.status]).toEqual([403, 200])
  })

  it('counts as two factors with a passkey that verified its user', async ({ expect }) => {
    const app = startApp()
    const { email, user } = await signedInUser(app)
    const { soft } = await givePasskey(app, user.id)
    const { challenge } = await first(app, email)

    const done = await logInByPasskey(app, soft, { challenge })

    expect(claimsOf(await bodyOf<SessionBody>(done))).toMatchObject({
      amr: ['email', 'pop', 'user', 'mfa'],
      acr: 'phr',
    })
  })

  it('does not make a passkey enough alone that never verified its user', async ({ expect }) => {
    const app = startApp()
    const { email, user } = await signedInUser(app)
    const { soft, id } = await givePasskey(app, user.id)
    await app.db.prepare('update passkeys set uv = 0 where id = ?').bind(id).run()
    const { challenge } = await first(app, email)

    const done = await logInByPasskey(app, soft, { challenge })
    const alone = await app.call('POST /api/auth/login/passkey', {
      json: { credential: await answer(soft, await asksForPasskey(app)) },
    })

    expect(claimsOf(await bodyOf<SessionBody>(done))).toMatchObject({ amr: ['email', 'pop', 'user'], acr: 'aal1' })
    expect(alone.status).toBe(422)
  })

  it('is not opened by the mail once the password was reset between the steps', async ({ expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const { challenge } = await first(app, email)
    await resetBy(app, email, newPassword)

    const done = await app.call('POST /api/auth/login/code', { json: { challenge, code: await code() } })

    expect(done.status).toBe(400)
    expect(await sessionsOf(app, email)).toEqual([])
  })
})

describe('the first use on an unverified account', () => {
  const attackers = 'the passphrase of a squatter'

  it('verifies the address and removes what a squatter left there', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email, attackers)
    const squatter = await logIn(app, email, attackers)

    const session = await bodyOf<SessionBody>(await logInByMail(app, email))

    expect(session.user).toMatchObject({ email_verified: true, has_password: false })
    expect((await profile(app, squatter.access_token)).status).toBe(401)
    expect((await app.call('POST /api/auth/login', { json: { email, password: attackers } })).status).toBe(401)
    expect((await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })).status).toBe(400)
  })

  it('keeps the password that this very browser chose', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    const { registered } = cookiesOf(await register(app, email))
    const { byCode: json } = await mailed(app, email)

    const reply = await byCode(app, json, { cookies: { registered: registered! }, headers: fromOurPage })

    expect((await bodyOf<SessionBody>(reply)).user).toMatchObject({ email_verified: true, has_password: true })
    expect((await app.call('POST /api/auth/login', { json: { email, password: somePassword } })).status).toBe(200)
  })

  it('does not keep it for a browser that registered another address', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email, attackers)
    const { registered } = cookiesOf(await register(app, someAddress()))
    const { byCode: json } = await mailed(app, email)

    const reply = await byCode(app, json, { cookies: { registered: registered! }, headers: fromOurPage })

    expect((await bodyOf<SessionBody>(reply)).user).toMatchObject({ has_password: false })
  })
})

describe('what a mail does not stand for', () => {
  it.for(['verified', 'unverified'])(
    'a required second factor: an account that is %s and has none gets no session (ASVS 6.3.3)',
    async (state, { expect }) => {
      const email = state === 'verified' ? await member(startApp()) : someAddress()
      if (state === 'unverified') await register(startApp(), email)
      const app = startApp({ vars: { MFA_REQUIRED: 'all' } })

      const replies = []
      for (const way of ['code', 'link'] as const) {
        const { byCode: code, byLink: link } = await mailed(app, email)
        replies.push(await (way === 'code' ? byCode(app, code) : byLink(app, link)))
        app.wait({ minutes: 2 })
      }

      expect(await Promise.all(replies.map(codeOf))).toEqual(['enrolment_required', 'enrolment_required'])
      expect(await sessionsOf(app, email)).toEqual([])
    },
  )

  it('the password, where lost factors are removed (ASVS 6.4.3)', async ({ expect }) => {
    const app = startApp()
    const { email } = await userWithFactors(app)
    const { challenge } = (await (await logInByMail(app, email)).json()) as { challenge: string }
    const first = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
    const byPassword = (await first.json()) as { challenge: string }

    const byMail = await app.call('POST /api/auth/recover-factors', { json: { challenge } })

    expect(byMail.status).toBe(400)
    expect(
      (await app.call('POST /api/auth/recover-factors', { json: { challenge: byPassword.challenge } })).status,
    ).toBe(200)
  })
})
