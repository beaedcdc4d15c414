import { beforeEach, describe, it } from 'vitest'
import { createClient, type Tokens } from '../../client/dist/index.js'
import { attempt, right, statuses } from '../support/app/attempts.ts'
import { cookiesOf, linkIn, member, newPassword, somePassword, startApp, type TestApp } from '../support/app/support.ts'

/** How a client without cookies becomes a known device: `device_token`, and the header in which it is sent back. */

type Body = { access_token?: string; device_token?: string }

const logIn = (app: TestApp, email: string, transport: string, headers?: Record<string, string>) =>
  app.call(`POST /api/auth/login?transport=${transport}`, { json: { email, password: somePassword }, headers })

const shut = (app: TestApp, email: string) => statuses(11, () => attempt(app, email))

describe('a device without cookies', () => {
  let app: TestApp
  let email: string
  beforeEach(async () => {
    app = startApp()
    email = await member(app)
  })

  it.for([
    { transport: 'body', given: true },
    { transport: 'both', given: true },
    { transport: 'cookie', given: false },
  ])('is given what makes it known with transport=$transport: $given', async ({ transport, given }, { expect }) => {
    const body = (await (await logIn(app, email, transport)).json()) as Body

    expect('device_token' in body).toBe(given)
  })

  it('gets in while strangers have used up every attempt of the account', async ({ expect }) => {
    const { device_token = '' } = (await (await logIn(app, email, 'body')).json()) as Body
    await shut(app, email)

    const stranger = await attempt(app, email, right)
    const known = await attempt(app, email, { ...right, headers: { 'Gatehouse-Device': device_token } })

    expect([stranger.status, known.status]).toEqual([429, 200])
  })

  it('becomes known by the reply to a reset, also under TOKEN_TRANSPORT=body', async ({ expect }) => {
    const own = startApp({ vars: { TOKEN_TRANSPORT: 'body' } })
    own.wait({ minutes: 2 })
    await own.call('POST /api/auth/forgot-password', { json: { email } })
    const reset = await own.call('POST /api/auth/reset-password', {
      json: { token: linkIn(own, email), new_password: newPassword },
    })
    const { device_token = '' } = (await reset.json()) as Body
    await shut(own, email)

    const known = await attempt(own, email, { password: newPassword, headers: { 'Gatehouse-Device': device_token } })

    expect(cookiesOf(reset)).toEqual({})
    expect(known.status).toBe(200)
  })

  it('counts by the header if a cookie is sent too, whichever of them is valid', async ({ expect }) => {
    const { device_token = '' } = (await (await logIn(app, email, 'body')).json()) as Body
    await shut(app, email)

    const header = await attempt(app, email, {
      ...right,
      device: 'nothing',
      headers: { 'Gatehouse-Device': device_token },
    })
    // The log-in has cleared the count.
    await shut(app, email)
    const cookie = await attempt(app, email, {
      ...right,
      device: device_token,
      headers: { 'Gatehouse-Device': 'nothing' },
    })

    expect([header.status, cookie.status]).toEqual([200, 429])
  })

  it('opens nothing with it: neither without the password nor in place of a token', async ({ expect }) => {
    const { device_token = '' } = (await (await logIn(app, email, 'body')).json()) as Body

    const wrong = await attempt(app, email, { headers: { 'Gatehouse-Device': device_token } })
    const profile = await app.call('GET /api/user/profile', { headers: { 'Gatehouse-Device': device_token } })

    expect([wrong.status, profile.status]).toEqual([401, 401])
  })

  it('is kept by the typed client over a log-out, and sent with the next log-in', async ({ expect }) => {
    let held: Tokens | undefined
    const client = createClient({
      url: 'http://localhost:8787',
      tokens: {
        get: () => held,
        set: (tokens) => {
          held = tokens
        },
      },
      fetch: async (input, init) => {
        const request = new Request(input, init)
        const { pathname, search } = new URL(request.url)
        const body = request.body ? await request.text() : undefined
        return app.call(`${request.method} ${pathname}${search}`, {
          body,
          headers: Object.fromEntries(request.headers),
        })
      },
    })
    const json = { email, password: somePassword }
    await client.api.auth.login.$post({ json, query: {} })
    await client.api.auth.logout.$post({ json: {} })
    await shut(app, email)

    const again = await client.api.auth.login.$post({ json, query: {} })

    expect(again.status).toBe(200)
  })
})

describe('the bound of consecutive failures', () => {
  it('asks to wait an hour at most, and says what reopens the account, for known and unknown addresses alike', async ({
    expect,
  }) => {
    const app = startApp({ vars: { LIMIT_LOGIN_CONSECUTIVE: '5/400d' } })
    const known = await member(app)
    const told = []
    for (const email of [known, 'nobody-at-all@example.com']) {
      await statuses(5, () => attempt(app, email))
      const refused = await attempt(app, email, right)
      const { detail } = (await refused.json()) as { detail: string }
      told.push([refused.status, refused.headers.get('Retry-After'), detail])
    }

    expect(told[0]).toEqual([429, '3600', expect.stringMatching(/“Forgot password”/)])
    expect(told[1]).toEqual(told[0])
  })
})
