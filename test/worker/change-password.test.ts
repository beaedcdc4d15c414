import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { countHashes } from '../support/app/hashes.ts'
import {
  alterUser,
  changePassword,
  codeOf,
  cookiesOf,
  fromOurPage,
  linkIn,
  logIn,
  logInWith,
  mailsTo,
  member,
  newPassword,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
  whichOpens,
} from '../support/app/support.ts'

describe('changing the password', () => {
  it('makes the new one work and the old one fail (ASVS 6.2.2)', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)

    const done = await changePassword(app, { bearer: access_token })

    expect(done.status).toBe(200)
    expect(await done.json()).toEqual({
      message: expect.any(String),
      access_token: expect.any(String),
      device_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 900,
      refresh_expires_in: 604_800,
    })
    expect(await whichOpens(app, email)).toEqual({ old: false, new: true })
  })

  it('ends the other sessions, and this one continues under another id (ASVS 7.2.4, 7.4.3, I2)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const [mine, other] = [await logIn(app, email), await logIn(app, email)]

    const done = await changePassword(app, { bearer: mine.access_token })

    expect(cookiesOf(done)).toEqual({})
    const next = (await done.json()) as SessionBody
    const [before, after] = [decodeJwt(mine.access_token), decodeJwt(next.access_token)]
    expect(after.sid).not.toBe(before.sid)
    expect(after).toMatchObject({ sub: before.sub, auth_time: Math.floor(app.now().getTime() / 1000) })
    expect((await profile(app, next.access_token)).status).toBe(200)
    expect((await refresh(app, next.refresh_token)).status).toBe(200)
    for (const dead of [mine, other]) {
      expect(await codeOf(await profile(app, dead.access_token))).toBe('invalid_token')
      expect(await codeOf(await refresh(app, dead.refresh_token))).toBe('invalid_token')
    }
    expect((await refresh(app, next.refresh_token)).status).toBe(200)
  })

  it('denies the old tokens to services that verify by themselves, and not the new ones (ASVS 7.4.3)', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const next = (await (await changePassword(app, { bearer: access_token })).json()) as SessionBody

    const denied = async (token: string) => (await app.kv.get(`sid:${decodeJwt(token).sid}`)) !== null

    expect([await denied(access_token), await denied(next.access_token)]).toEqual([true, false])
  })

  it('does not make the new token a fresh one, nor move the end of the session (ASVS 7.3.2)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    let session = await logIn(app, email)
    for (let day = 0; day < 24; day += 6) {
      app.wait({ days: 6 })
      session = (await (await refresh(app, session.refresh_token)).json()) as SessionBody
    }

    const next = (await (await changePassword(app, { bearer: session.access_token })).json()) as SessionBody

    expect(next.refresh_expires_in).toBe(6 * 86_400)
    expect(decodeJwt(next.access_token).fresh).toBeUndefined()
  })

  it('does not affect other users', async ({ expect }) => {
    const app = startApp()
    const [one, other] = [await signedInUser(app), await signedInUser(app)]

    await changePassword(app, { bearer: one.access_token })

    expect((await profile(app, other.access_token)).status).toBe(200)
    expect(await whichOpens(app, other.email)).toEqual({ old: true, new: false })
  })

  it('notifies the owner (ASVS 6.3.7)', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    const before = mailsTo(app, email).length

    await changePassword(app, { bearer: access_token })

    const [notice, ...more] = mailsTo(app, email).slice(before)
    expect(notice?.subject).toContain('password')
    expect(notice?.text).toContain('was changed')
    expect(more).toEqual([])
  })

  it('lets the link of that mail end everything, and set another password (ASVS 6.3.7)', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    const next = (await (await changePassword(app, { bearer: access_token })).json()) as SessionBody
    const token = linkIn(app, email, 'end-sessions')

    const ended = await app.call('POST /api/auth/end-sessions', { json: { token } })

    expect(ended.status).toBe(200)
    expect(await codeOf(await profile(app, next.access_token))).toBe('invalid_token')
    expect(await whichOpens(app, email)).toEqual({ old: false, new: false })
    const again = await app.call('POST /api/auth/end-sessions', { json: { token } })
    expect(again.status).toBe(400)
    const json = { token: linkIn(app, email, 'reset-password'), new_password: somePassword }
    expect((await app.call('POST /api/auth/reset-password', { json })).status).toBe(200)
    expect(await whichOpens(app, email)).toEqual({ old: true, new: false })
  })

  it('ends the links that were mailed before (A-14, I2)', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    app.wait({ minutes: 1 })
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const token = linkIn(app, email)
    await changePassword(app, { bearer: access_token })

    const reset = await app.call('POST /api/auth/reset-password', {
      json: { token, new_password: 'a passphrase of a thief' },
    })

    expect(reset.status).toBe(400)
    expect(await whichOpens(app, email)).toEqual({ old: false, new: true })
  })

  it('works with the cookie, from a page of ours', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const entered = await logInWith(app, email, somePassword)

    const done = await app.call('POST /api/user/change-password', {
      cookies: cookiesOf(entered),
      headers: fromOurPage,
      json: { current_password: somePassword, new_password: newPassword },
    })

    expect(done.status).toBe(200)
    const cookies = cookiesOf(done)
    const body = await done.json()
    for (const token of ['access_token', 'refresh_token']) expect(body).not.toHaveProperty(token)
    expect(await codeOf(await profile(app, cookiesOf(entered).token!))).toBe('invalid_token')
    expect((await profile(app, cookies.token!)).status).toBe(200)
    expect((await refresh(app, cookies.refresh_token!)).status).toBe(200)
    expect(await whichOpens(app, email)).toEqual({ old: false, new: true })
  })

  it('with a bearer token and the cookies of the same session returns tokens both ways', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const entered = await logInWith(app, email, somePassword)

    const done = await app.call('POST /api/user/change-password', {
      bearer: cookiesOf(entered).token!,
      cookies: cookiesOf(entered),
      headers: fromOurPage,
      json: { current_password: somePassword, new_password: newPassword },
    })

    const body = (await done.json()) as SessionBody
    const cookies = cookiesOf(done)
    expect(cookies).toMatchObject({ token: body.access_token, refresh_token: body.refresh_token })
    expect((await profile(app, body.access_token)).status).toBe(200)
  })

  it('with a bearer token and the cookies of another session leaves those alone', async ({ expect }) => {
    const app = startApp()
    const mine = await signedInUser(app)
    const theirs = await logInWith(app, await member(app), somePassword)

    const done = await app.call('POST /api/user/change-password', {
      bearer: mine.access_token,
      cookies: cookiesOf(theirs),
      headers: fromOurPage,
      json: { current_password: somePassword, new_password: newPassword },
    })

    expect(done.status).toBe(200)
    expect(cookiesOf(done)).not.toHaveProperty('token')
    expect(cookiesOf(done)).not.toHaveProperty('refresh_token')
    expect((await profile(app, cookiesOf(theirs).token!)).status).toBe(200)
  })

  it('by eight requests at once sets one password', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    const before = mailsTo(app, email).length
    const passwords = Array.from({ length: 8 }, (_, at) => `${newPassword} no. ${at}`)

    const replies = await Promise.all(
      passwords.map((password) => changePassword(app, { bearer: access_token }, somePassword, password)),
    )

    const winner = passwords.filter((_, at) => replies[at]!.status === 200)
    expect(winner).toHaveLength(1)
    expect(mailsTo(app, email)).toHaveLength(before + 1)
    const entered = []
    for (const password of passwords) entered.push((await logInWith(app, email, password)).status === 200)
    expect(entered).toEqual(passwords.map((password) => password === winner[0]))
  })

  it('sent again after its answer was lost is refused: the session has another id (F12)', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    const before = mailsTo(app, email).length
    await changePassword(app, { bearer: access_token })

    const again = await changePassword(app, { bearer: access_token })

    expect([again.status, await codeOf(again)]).toEqual([401, 'invalid_token'])
    expect(mailsTo(app, email)).toHaveLength(before + 1)
    expect(await whichOpens(app, email)).toEqual({ old: false, new: true })
  })
})

describe('a change of password', () => {
  it('needs the current one, and names the field that is wrong (ASVS 6.2.3)', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    const other = await logIn(app, email)
    const before = mailsTo(app, email).length

    const refused = await changePassword(app, { bearer: access_token }, 'a wrong passphrase')

    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({
      code: 'wrong_password',
      errors: [{ field: 'current_password', code: 'wrong_password' }],
    })
    expect(mailsTo(app, email)).toHaveLength(before)
    expect((await profile(app, other.access_token)).status).toBe(200)
    expect(await whichOpens(app, email)).toEqual({ old: true, new: false })
  })

  it('to the same password is refused, even if its letters are composed differently (ASVS 2.1.2, 2.2.3)', async ({
    expect,
  }) => {
    const app = startApp()
    const password = 'caf\u00e9 horse battery'
    const email = await member(app, undefined, password)
    const { access_token } = await logIn(app, email, password)
    const other = await logIn(app, email, password)

    const refused = [
      await changePassword(app, { bearer: access_token }, password, password),
      await changePassword(app, { bearer: access_token }, password, 'cafe\u0301 horse battery'),
    ]

    for (const reply of refused) {
      expect(reply.status).toBe(422)
      expect(await reply.json()).toMatchObject({
        code: 'validation_failed',
        errors: [{ field: 'new_password', code: 'unchanged' }],
      })
    }
    expect((await profile(app, other.access_token)).status).toBe(200)
  })

  it('is for the user of the token, whatever else the body names (A-19, ASVS 8.2.2)', async ({ expect }) => {
    const app = startApp()
    const [one, other] = [await signedInUser(app), await signedInUser(app)]

    await app.call('POST /api/user/change-password', {
      bearer: one.access_token,
      json: {
        current_password: somePassword,
        new_password: newPassword,
        email: other.email,
        user_id: other.user.id,
        id: other.user.id,
        role: 'admin',
      },
    })

    expect(await whichOpens(app, one.email)).toEqual({ old: false, new: true })
    expect(await whichOpens(app, other.email)).toEqual({ old: true, new: false })
    expect(await logIn(app, one.email, newPassword)).toMatchObject({ user: { role: 'user' } })
  })

  it('by a session that ended is refused while the password is right', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    await app.call('POST /api/auth/logout', { bearer: access_token })

    const refused = await changePassword(app, { bearer: access_token })

    expect(refused.status).toBe(401)
    expect(await whichOpens(app, email)).toEqual({ old: true, new: false })
  })

  it('by a disabled user is refused while the password is right', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    await alterUser(app, email, { status: 'disabled' })

    const refused = await changePassword(app, { bearer: access_token })
    await alterUser(app, email, { status: 'active' })

    expect(refused.status).toBe(401)
    expect(await whichOpens(app, email)).toEqual({ old: true, new: false })
  })

  it('costs one hash to check the password, and one to make the new (A-03)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const hashes = countHashes()

    await changePassword(app, { bearer: access_token }, 'a wrong passphrase')
    const forWrong = hashes()
    await changePassword(app, { bearer: access_token })

    expect([forWrong, hashes() - forWrong]).toEqual([1, 2])
  })
})

describe('guessing the current password', () => {
  const guess = (app: TestApp, bearer: string) => changePassword(app, { bearer }, 'a wrong passphrase')

  it('ends after ten attempts in a quarter of an hour, and with it the session, whether the next password is right or wrong (A-04, N11, ASVS 2.3.2)', async ({
    expect,
  }) => {
    const app = startApp()
    const { email, access_token, refresh_token } = await signedInUser(app)
    const before = mailsTo(app, email).length
    const replies: Response[] = []
    for (let time = 0; time < 10; time++) replies.push(await guess(app, access_token))
    const hashes = countHashes()

    const refused = await changePassword(app, { bearer: access_token })

    expect(replies.map(({ status }) => status)).toEqual(Array(10).fill(422))
    expect([refused.status, await codeOf(refused)]).toEqual([401, 'invalid_token'])
    expect((await refresh(app, refresh_token)).status).toBe(401)
    expect(hashes()).toBe(0)
    expect(mailsTo(app, email).slice(before)).toMatchObject([{ subject: 'A device was logged out of Gatehouse' }])
    expect(await whichOpens(app, email)).toEqual({ old: true, new: false })
  })

  it('nine times leaves the session as it is', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    const before = mailsTo(app, email).length
    for (let time = 0; time < 9; time++) await guess(app, access_token)

    const done = await changePassword(app, { bearer: access_token })

    expect(done.status).toBe(200)
    expect(mailsTo(app, email).slice(before)).toHaveLength(1)
  })

  it.for([
    { minutes: 14.99, statuses: [422, 401] },
    { minutes: 15, statuses: [422, 200] },
  ])('goes on after $minutes minutes: $statuses', async ({ minutes, statuses }, { expect }) => {
    const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
    const { access_token } = await signedInUser(app)
    for (let time = 0; time < 9; time++) await guess(app, access_token)

    app.wait({ minutes })
    const tenth = await guess(app, access_token)
    const right = await changePassword(app, { bearer: access_token })

    expect([tenth.status, right.status]).toEqual(statuses)
  })

  it('is counted for each session by itself, and keeps nobody from logging in (A-05)', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    for (let time = 0; time < 11; time++) await guess(app, access_token)

    const other = await logIn(app, email)
    const done = await changePassword(app, { bearer: other.access_token })

    expect(done.status).toBe(200)
  })

  it('starts again after a right one', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    for (let time = 0; time < 9; time++) await guess(app, access_token)
    const next = (await (await changePassword(app, { bearer: access_token })).json()) as SessionBody

    const replies: Response[] = []
    for (let time = 0; time < 11; time++) replies.push(await guess(app, next.access_token))

    expect(replies.map(({ status }) => status)).toEqual([...Array(10).fill(422), 401])
  })

  it('by forty requests at once gets ten answers (A-04a)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const hashes = countHashes()

    const replies = await Promise.all(Array.from({ length: 40 }, () => guess(app, access_token)))

    const statuses = replies.map(({ status }) => status)
    expect(statuses.filter((status) => status === 429 || status === 401)).toHaveLength(30)
    expect(hashes()).toBeLessThanOrEqual(10)
    // Attempts that a full gate refused were not tried.
    for (const status of statuses) if (status === 503) await guess(app, access_token)
    expect((await changePassword(app, { bearer: access_token })).status).toBe(401)
  })
})

describe('a new password that is refused', () => {
  const bad = [
    { what: 'too short', password: 'horse 7', code: 'password_too_short' },
    { what: 'too long', password: `${'horse battery '.repeat(18)}12345`, code: 'password_too_long' },
    { what: 'common', password: 'passwordpassword', code: 'password_too_common' },
    { what: 'a row of digits', password: '123456789012345', code: 'password_too_common' },
    { what: 'the name of the service', password: 'Gatehouse 2026', code: 'password_too_common' },
  ]

  it.for(bad)(
    'for being $what is refused alike by every operation that sets one (ASVS 6.1.3, 6.3.4)',
    async ({ password, code }, { expect }) => {
      const app = startApp()
      const { email, access_token } = await signedInUser(app)
      app.wait({ minutes: 1 })
      await app.call('POST /api/auth/forgot-password', { json: { email } })

      const replies = [
        await app.call('POST /api/auth/register', { json: { email: 'somebody@example.com', password } }),
        await app.call('POST /api/auth/reset-password', {
          json: { token: linkIn(app, email), new_password: password },
        }),
        await changePassword(app, { bearer: access_token }, somePassword, password),
      ]

      const bodies = (await Promise.all(replies.map((reply) => reply.json()))) as { errors: [{ field: string }] }[]
      expect(bodies.map(({ errors }) => errors[0].field)).toEqual(['password', 'new_password', 'new_password'])
      for (const body of bodies) {
        expect(body).toMatchObject({ status: 422, code, errors: [{ code }] })
        expect(body.errors).toHaveLength(1)
      }
      expect(await whichOpens(app, email)).toEqual({ old: true, new: false })
    },
  )

  it('says why, in a sentence for people (N10)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const refused = await changePassword(app, { bearer: access_token }, somePassword, 'qwertyuiop')

    const { detail, errors } = (await refused.json()) as { detail: string; errors: [{ detail: string }] }
    expect(detail).toMatch(/\w+ \w+ .*\./)
    expect(errors[0].detail).toBe(detail)
  })

  it.for([
    { setting: undefined, length: 7, status: 422 },
    { setting: undefined, length: 8, status: 200 },
    { setting: '15', length: 14, status: 422 },
    { setting: '15', length: 15, status: 200 },
  ])(
    'has $length characters where PASSWORD_MIN_LENGTH is $setting: $status (ASVS 6.2.1, N1)',
    async ({ setting, length, status }, { expect }) => {
      const { access_token } = await signedInUser(startApp())
      const app = startApp({ vars: { PASSWORD_MIN_LENGTH: setting } })

      const reply = await changePassword(
        app,
        { bearer: access_token },
        somePassword,
        'horse-mug-kettle'.slice(0, length),
      )

      expect(reply.status).toBe(status)
    },
  )
})
