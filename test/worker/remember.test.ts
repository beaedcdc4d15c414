import { describe, it } from 'vitest'
import { bodyOf } from '../support/app/administrators.ts'
import { logInByMail } from '../support/app/mail-log-ins.ts'
import { addPasskey, answer, asksForPasskey } from '../support/app/passkeys.ts'
import {
  cookiesOf,
  fromOurPage,
  member,
  newPassword,
  profile,
  refresh,
  type SessionBody,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'

const halfADay = 12 * 60 * 60
const aWeek = 7 * 24 * 60 * 60

const logIn = (app: TestApp, email: string, more: object) =>
  app.call('POST /api/auth/login', { json: { email, password: somePassword, ...more } })

/** Returns which cookies a reply sets, and for how long: `undefined` means until the browser closes. */
const agesOf = (response: Response) =>
  Object.fromEntries(
    response.headers.getSetCookie().map((line) => {
      const [, age] = /; Max-Age=(\d+)/i.exec(line) ?? []
      if (/; Expires=/i.test(line)) throw new Error(`an end that was not asked for: ${line}`)
      return [line.split('=')[0], age === undefined ? undefined : Number(age)]
    }),
  )

const idleOf = async (response: Response) => ((await response.clone().json()) as SessionBody).refresh_expires_in

/** The log-ins that take `remember`. */
const waysIn: Record<string, typeof logIn> = {
  password: logIn,
  mail: logInByMail,
  passkey: async (app, email, more) => {
    const { access_token } = await bodyOf<SessionBody>(await logIn(app, email, {}))
    const { soft } = await addPasskey(app, access_token)
    const credential = await answer(soft, await asksForPasskey(app))
    return app.call('POST /api/auth/login/passkey', { json: { credential, ...more } })
  },
}

const withTheBrowser = { token: undefined, refresh_token: undefined }

/** A user at a shared computer, with cookies. */
const visitor = async (app: TestApp) => {
  const email = await member(app)
  const response = await logIn(app, email, { remember: false })
  return { email, cookies: cookiesOf(response), body: (await response.json()) as SessionBody }
}

const refreshByCookie = (app: TestApp, refresh_token: string | undefined) =>
  app.call('POST /api/auth/refresh', { cookies: { refresh_token: refresh_token! }, headers: fromOurPage })

describe('a log-in that is not to be remembered', () => {
  it.for(['remember', 'rememberMe', 'remember_me'])(
    'by %s: false gets cookies that go with the browser, and half a day',
    async (member_, { expect }) => {
      const app = startApp()

      const response = await logIn(app, await member(app), { [member_]: false })

      expect(response.status).toBe(200)
      expect(agesOf(response)).toEqual({ ...withTheBrowser, device: undefined })
      expect(await idleOf(response)).toBe(halfADay)
      expect(await response.json()).not.toHaveProperty('warnings')
    },
  )

  it('over https sets them under their own names', async ({ expect }) => {
    const app = startApp({ vars: { APP_URL: 'https://localhost:8787' } })

    const response = await logIn(app, await member(app), { remember: false })

    expect(agesOf(response)).toEqual({
      '__Host-token': undefined,
      '__Host-refresh_token': undefined,
      '__Host-device': undefined,
    })
    for (const line of response.headers.getSetCookie()) expect(line).toContain('; Path=/; HttpOnly; Secure;')
  })

  it.for([{}, { remember: true }, { remember: null }, { rememberMe: 'on' }, { rememberMe: true }, { remember: 0 }])(
    'is requested by false alone: %j',
    async (more, { expect }) => {
      const app = startApp()

      const response = await logIn(app, await member(app), more)

      expect(agesOf(response)).toEqual({ token: 900, refresh_token: aWeek, device: 34_560_000 })
      expect(await idleOf(response)).toBe(aWeek)
    },
  )

  it.for(
    Object.entries(waysIn).flatMap(([way, logIn]) =>
      [false, 'false', 'False'].map((remember) => ({ way, logIn, remember })),
    ),
  )('by $way may say $remember', async ({ logIn, remember }, { expect }) => {
    const app = startApp()

    const response = await logIn(app, await member(app), { remember })

    expect(response.status).toBe(200)
    expect(agesOf(response)).toMatchObject(withTheBrowser)
    expect(await idleOf(response)).toBe(halfADay)
  })

  it.for(
    Object.entries(waysIn).flatMap(([way, logIn]) =>
      ['on', '', 'not false', { toString: 1 }].map((remember) => ({ way, logIn, remember })),
    ),
  )('by $way is not one that says $remember', async ({ logIn, remember }, { expect }) => {
    const app = startApp()

    expect(await idleOf(await logIn(app, await member(app), { remember }))).toBe(aWeek)
  })

  it('uses our own member if two disagree', async ({ expect }) => {
    const app = startApp()

    const response = await logIn(app, await member(app), { remember: false, rememberMe: true })

    expect(await idleOf(response)).toBe(halfADay)
  })
})

describe('a session that is not remembered', () => {
  it('stays like that through refreshes, and a replay of one', async ({ expect }) => {
    const app = startApp()
    const { cookies } = await visitor(app)

    app.wait({ hours: 11 })
    const first = await refreshByCookie(app, cookies.refresh_token)
    const replayed = await refreshByCookie(app, cookies.refresh_token)
    app.wait({ hours: 11 })
    const second = await refreshByCookie(app, cookiesOf(first).refresh_token)

    for (const reply of [first, replayed, second]) {
      expect(reply.status).toBe(200)
      expect(agesOf(reply)).toEqual(withTheBrowser)
      expect(await idleOf(reply)).toBe(halfADay)
    }
  })

  it.for([
    { hours: 11.999, status: 200 },
    { hours: 12, status: 401 },
  ])('answers $status to a refresh after $hours hours without use', async ({ hours, status }, { expect }) => {
    const app = startApp()
    const { body } = await visitor(app)
    app.wait({ hours: 11 })
    const { refresh_token } = (await (await refresh(app, body.refresh_token)).json()) as SessionBody

    app.wait({ hours })

    expect((await refresh(app, refresh_token)).status).toBe(status)
  })

  it('ends at the latest when every session does', async ({ expect }) => {
    const app = startApp({ vars: { SESSION_MAX_DAYS: '1', REFRESH_TOKEN_EXPIRE_DAYS: '1' } })
    const { body } = await visitor(app)
    app.wait({ hours: 11 })
    const second = (await (await refresh(app, body.refresh_token)).json()) as SessionBody
    app.wait({ hours: 11 })

    const third = await refresh(app, second.refresh_token)

    expect(await idleOf(third)).toBe(2 * 60 * 60)
  })

  it('stays like that when the password is given again', async ({ expect }) => {
    const app = startApp()
    const { cookies } = await visitor(app)

    const response = await stepUp(app, {
      json: { password: somePassword },
      cookies: { token: cookies.token! },
      headers: fromOurPage,
    })

    expect(agesOf(response)).toEqual(withTheBrowser)
    expect(await idleOf(response)).toBe(halfADay)
  })

  it('stays like that under the id that a new password gives it', async ({ expect }) => {
    const app = startApp()
    const { cookies } = await visitor(app)

    const changed = await app.call('POST /api/user/change-password', {
      json: { current_password: somePassword, new_password: newPassword },
      cookies,
      headers: fromOurPage,
    })
    const refreshed = await refreshByCookie(app, cookiesOf(changed).refresh_token)

    expect(agesOf(changed)).toEqual({ ...withTheBrowser, device: undefined })
    expect(await idleOf(changed)).toBe(halfADay)
    expect(agesOf(refreshed)).toEqual(withTheBrowser)
    expect(await idleOf(refreshed)).toBe(halfADay)
  })

  it('makes no other session of its user shorter', async ({ expect }) => {
    const app = startApp()
    const { email } = await visitor(app)
    const kept = (await (await logIn(app, email, {})).json()) as SessionBody

    app.wait({ days: 6 })

    expect((await refresh(app, kept.refresh_token)).status).toBe(200)
  })

  it('signs out as every session does, with cookies that end at once', async ({ expect }) => {
    const app = startApp()
    const { cookies, body } = await visitor(app)

    const response = await app.call('POST /api/auth/logout', { cookies, headers: fromOurPage })

    expect(agesOf(response)).toEqual({ token: 0, refresh_token: 0 })
    expect((await profile(app, body.access_token)).status).toBe(401)
  })
})

describe('a session that the previous release writes', () => {
  it('is remembered', async ({ expect }) => {
    const app = startApp()
    await visitor(app)
    const columns = 'user_id, generation, nonce, created_at, rotated_at, auth_time, expires_at, ends_at'
    const sid = 'A'.repeat(22)
    await app.db
      .prepare(
        `insert into sessions (id, ${columns}) select ?, ${columns} from sessions order by created_at desc limit 1`,
      )
      .bind(sid)
      .run()

    const response = await refreshByCookie(app, app.services.refreshTokens.issue(sid, 0))

    expect(agesOf(response)).toEqual({ token: 900, refresh_token: aWeek })
    expect(await idleOf(response)).toBe(aWeek)
  })
})
