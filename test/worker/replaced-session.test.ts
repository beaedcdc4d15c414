import { describe, it } from 'vitest'
import {
  fromOurPage,
  logIn,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

const enter = (app: TestApp, email: string, refresh_token: string) =>
  app.call('POST /api/auth/login', {
    json: { email, password: somePassword },
    cookies: { refresh_token },
    headers: fromOurPage,
  })

const ends = async (app: TestApp) =>
  (await app.db.prepare("select user_id from audit where event = 'session_ended'").all<{ user_id: string }>()).results

describe('a log-in that brings the refresh token of another session', () => {
  it('ends that one if it belongs to the same user, and the audit records it (ASVS 7.2.4, 16.3.1)', async ({
    expect,
  }) => {
    const app = startApp()
    await app.db.prepare('delete from audit').run()
    const { email, user, access_token, refresh_token } = await signedInUser(app)

    const entered = await enter(app, email, refresh_token)

    expect(entered.status).toBe(200)
    expect((await profile(app, access_token)).status).toBe(401)
    expect(await ends(app)).toEqual([{ user_id: user.id }])
  })

  it.for([
    ['of somebody else', async (_: TestApp, token: string) => token],
    [
      'that somebody else has turned',
      async (app: TestApp, token: string) => {
        await refresh(app, token)
        return token
      },
    ],
  ] as const)('%s leaves it alone (ASVS 7.2.4)', async ([, presented], { expect }) => {
    const app = startApp()
    await app.db.prepare('delete from audit').run()
    const [intruder, victim] = [await signedInUser(app), await signedInUser(app)]
    const token = await presented(app, victim.refresh_token)

    const entered = await enter(app, intruder.email, token)

    expect(entered.status).toBe(200)
    expect((await profile(app, victim.access_token)).status).toBe(200)
    expect(await ends(app)).toEqual([])
  })

  it('leaves it alone if the token is an old one of the same user, until it is presented to refresh (RFC 9700)', async ({
    expect,
  }) => {
    const app = startApp()
    await app.db.prepare('delete from audit').run()
    const { email, access_token, refresh_token } = await signedInUser(app)
    const turned = (await (await refresh(app, refresh_token)).json()) as SessionBody
    app.wait({ minutes: 1 })

    await enter(app, email, refresh_token)
    const alive = await profile(app, access_token)
    const none = await ends(app)
    await enter(app, email, turned.refresh_token)

    expect([alive.status, none.length]).toEqual([200, 0])
    expect((await profile(app, access_token)).status).toBe(401)
    expect(await ends(app)).toHaveLength(1)
    expect((await profile(app, (await logIn(app, email)).access_token)).status).toBe(200)
  })
})
