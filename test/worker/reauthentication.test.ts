import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { bodyOf } from '../support/app/administrators.ts'
import {
  alterUser,
  codeOf,
  cookiesOf,
  fromOurPage,
  logIn,
  mailsTo,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  stepUp,
  stepUpOperation,
  type TestApp,
} from '../support/app/support.ts'

const wrong = 'not the passphrase at all'

const again = (app: TestApp, bearer: string, password = somePassword) => stepUp(app, { bearer, json: { password } })

describe('giving the password again', () => {
  it('makes the same session fresh (ASVS 7.2.4)', async ({ expect }) => {
    const app = startApp()
    const before = await signedInUser(app)

    app.wait({ minutes: 14 })
    const response = await again(app, before.access_token)

    const after = (await response.json()) as SessionBody
    const [old, fresh] = [decodeJwt(before.access_token), decodeJwt(after.access_token)]
    expect(after).toMatchObject({ token_type: 'bearer', expires_in: 900, refresh_expires_in: 604_800 })
    expect(fresh).toMatchObject({ sid: old.sid, auth_time: Number(old.auth_time) + 14 * 60, amr: ['pwd'] })
    expect(fresh.jti).not.toBe(old.jti)
    expect((await profile(app, after.access_token)).status).toBe(200)
    expect((await refresh(app, after.refresh_token)).status).toBe(200)
  })

  it('makes the access token fresh, and gives a proof for one operation (ASVS 7.5.1)', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const before = await bodyOf<SessionBody>(await refresh(app, user.refresh_token))

    const after = await bodyOf<SessionBody>(await again(app, before.access_token))

    expect(user).toMatchObject({ proof: expect.any(String), proof_expires_in: 300 })
    expect(before).not.toHaveProperty('proof')
    expect(after).toMatchObject({ proof: expect.any(String), proof_expires_in: 60 })
    expect(decodeJwt(before.access_token)).not.toHaveProperty('fresh')
    expect(decodeJwt(after.access_token).fresh).toBe(true)
    expect((await app.call('GET /api/user/export', { bearer: before.access_token })).status).toBe(403)
    expect((await app.call('GET /api/user/export', { bearer: after.access_token })).status).toBe(200)
  })

  it('keeps its time through later refreshes', async ({ expect }) => {
    const app = startApp()
    const before = await signedInUser(app)
    app.wait({ minutes: 14 })
    const fresh = (await (await again(app, before.access_token)).json()) as SessionBody

    app.wait({ minutes: 14 })
    const later = (await (await refresh(app, fresh.refresh_token)).json()) as SessionBody

    expect(decodeJwt(later.access_token).auth_time).toBe(decodeJwt(fresh.access_token).auth_time)
  })

  it('takes the old refresh token out of use like a refresh (ASVS 7.2.4)', async ({ expect }) => {
    const app = startApp()
    const before = await signedInUser(app)
    const after = (await (await again(app, before.access_token)).json()) as SessionBody

    app.wait({ minutes: 1 })
    const reused = await refresh(app, before.refresh_token)

    expect(reused.status).toBe(401)
    expect((await refresh(app, after.refresh_token)).status).toBe(401)
  })

  it('lets a simultaneous refresh find the same successor', async ({ expect }) => {
    const app = startApp()
    const before = await signedInUser(app)
    const after = (await (await again(app, before.access_token)).json()) as SessionBody

    app.wait({ seconds: 2 })
    const crossed = (await (await refresh(app, before.refresh_token)).json()) as SessionBody

    expect(crossed.refresh_token).toBe(after.refresh_token)
  })

  it('does not move the end of the session (ASVS 7.3.2, 10.4.8)', async ({ expect }) => {
    const app = startApp()
    let session: SessionBody = await signedInUser(app)
    for (let day = 0; day < 24; day += 6) {
      app.wait({ days: 6 })
      session = (await (await refresh(app, session.refresh_token)).json()) as SessionBody
    }

    const response = await again(app, session.access_token)

    expect(await response.json()).toMatchObject({ refresh_expires_in: 6 * 86_400 })
  })

  it('is refused for a wrong one, names the member, and changes nothing', async ({ expect }) => {
    const app = startApp()
    const before = await signedInUser(app)

    const response = await again(app, before.access_token, wrong)

    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      code: 'wrong_password',
      errors: [{ field: 'password', code: 'wrong_password' }],
    })
    app.wait({ minutes: 1 })
    expect((await refresh(app, before.refresh_token)).status).toBe(200)
  })

  it('with a wrong one is recorded in the audit, and counts among the failures of the account (A-04, ASVS 16.3.1)', async ({
    expect,
  }) => {
    const app = startApp({ vars: { LIMIT_LOGIN_CONSECUTIVE: '10/30d' } })
    const user = await signedInUser(app)
    const others = [await logIn(app, user.email), await logIn(app, user.email)]
    for (let n = 0; n < 5; n++) for (const { access_token } of others) await again(app, access_token, wrong)

    const login = await app.call('POST /api/auth/login', { json: { email: user.email, password: somePassword } })

    expect(login.status).toBe(429)
    const { results } = await app.db
      .prepare("select count from audit where event = 'reauthentication_failed' and user_id = ?")
      .bind(user.user.id)
      .all()
    expect(results).toEqual([{ count: 5 }, { count: 5 }])
    for (const { access_token } of others) expect((await profile(app, access_token)).status).toBe(200)
  })

  it('with the tenth wrong one ends the session and notifies the owner once (A-04, ASVS 6.3.7)', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const other = await logIn(app, user.email)
    const before = mailsTo(app, user.email).length

    const statuses = []
    for (let n = 0; n < 12; n++) statuses.push((await again(app, user.access_token, wrong)).status)

    expect(statuses).toEqual([...Array(10).fill(422), 401, 401])
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect((await refresh(app, user.refresh_token)).status).toBe(401)
    expect((await profile(app, other.access_token)).status).toBe(200)
    expect(mailsTo(app, user.email).slice(before)).toMatchObject([{ subject: 'A device was logged out of Gatehouse' }])
    const { results } = await app.db
      .prepare("select detail from audit where event = 'session_ended' and user_id = ?")
      .bind(user.user.id)
      .all()
    expect(results).toEqual([{ detail: '{"because":"password_guessed"}' }])
  })

  it('is refused when the session has ended (ASVS 7.4.1)', async ({ expect }) => {
    const app = startApp()
    const session = await signedInUser(app)
    await app.call('POST /api/auth/logout', { bearer: session.access_token })

    const response = await again(app, session.access_token)

    expect(response.status).toBe(401)
    expect(await codeOf(response)).toBe('invalid_token')
  })

  it('is refused when the user is disabled', async ({ expect }) => {
    const app = startApp()
    const session = await signedInUser(app)
    await alterUser(app, session.email, { status: 'disabled' })

    const response = await again(app, session.access_token)

    expect(response.status).toBe(401)
    expect(await codeOf(response)).toBe('invalid_token')
  })

  it('by cookie is answered with cookies, and puts no refresh token where a script can read it (ASVS 3.3.4, 10.1.1)', async ({
    expect,
  }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const response = await app.call(`${stepUpOperation}?transport=body`, {
      json: { password: somePassword },
      cookies: { token: session.access_token },
      headers: fromOurPage,
    })

    expect(await response.clone().json()).not.toHaveProperty('refresh_token')
    expect((await refresh(app, cookiesOf(response).refresh_token!)).status).toBe(200)
  })

  it('is for one’s own session, not for others of the same user', async ({ expect }) => {
    const app = startApp()
    const mine = await signedInUser(app)
    const other = await logIn(app, mine.email)

    app.wait({ minutes: 10 })
    await again(app, mine.access_token)
    const refreshed = (await (await refresh(app, other.refresh_token)).json()) as SessionBody

    expect(decodeJwt(refreshed.access_token).auth_time).toBe(decodeJwt(other.access_token).auth_time)
  })
})
