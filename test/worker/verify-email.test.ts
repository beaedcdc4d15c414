import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { asksByMail } from '../support/app/asked-by-mail.ts'
import { seen } from '../support/app/equal-replies.ts'
import {
  alterUser,
  codeOf,
  cookiesOf,
  linkIn,
  logIn,
  mailsTo,
  member,
  register,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

/** A registered user who has not verified yet, and the token that was mailed. */
const newcomer = async (app: TestApp) => {
  const email = someAddress()
  await register(app, email)
  return { email, token: linkIn(app, email) }
}

const post = (app: TestApp, token: string) => app.call('POST /api/auth/verify-email', { json: { token } })

const get = (app: TestApp, token: string, headers: Record<string, string> = {}) =>
  app.call(`GET /api/auth/verify-email?token=${token}`, { headers })

const resend = (app: TestApp, email: string) => app.call('POST /api/auth/resend-verification', { json: { email } })

/** Whether the address is verified, which a log-in shows. */
const isOpen = async (app: TestApp, email: string) =>
  (await app.call('POST /api/auth/login', { json: { email, password: somePassword } })).status === 200

/** The token with its last character changed to another that decodes to other bytes. */
const forged = (token: string) => `${token.slice(0, -2)}${token.at(-2) === 'A' ? 'B' : 'A'}${token.at(-1)}`

const ways = [
  { way: 'POST', verify: post },
  { way: 'GET', verify: get },
]

describe('verifying an e-mail address', () => {
  it.for(ways)('opens the account, by $way', async ({ verify }, { expect }) => {
    const app = startApp()
    const { email, token } = await newcomer(app)
    const before = await isOpen(app, email)

    const verified = await verify(app, token)

    expect(before).toBe(false)
    expect(verified.status).toBe(200)
    expect(await logIn(app, email)).toMatchObject({ user: { email_verified: true } })
  })

  it.for(ways)('does not log in, by $way (ASVS 7.6.2)', async ({ verify }, { expect }) => {
    const app = startApp()
    const { token } = await newcomer(app)

    const verified = await verify(app, token)

    expect(cookiesOf(verified)).toEqual({})
    expect(await verified.json()).toEqual({ message: expect.any(String) })
  })

  it.for(ways)('may be repeated while the link is valid, by $way', async ({ verify }, { expect }) => {
    const app = startApp()
    const { email, token } = await newcomer(app)

    const replies = [await verify(app, token), await verify(app, token)]
    app.wait({ hours: 23, minutes: 59 })
    replies.push(await verify(app, token))

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await isOpen(app, email)).toBe(true)
  })

  it.for(
    ways.flatMap((way) => [
      { ...way, seconds: 24 * 3600 - 0.001, status: 200 },
      { ...way, seconds: 24 * 3600, status: 400 },
    ]),
  )('answers $status to a link of $seconds seconds, by $way', async ({ verify, seconds, status }, { expect }) => {
    const app = startApp()
    const { email, token } = await newcomer(app)

    app.wait({ seconds })
    const verified = await verify(app, token)

    expect(verified.status).toBe(status)
    expect(await isOpen(app, email)).toBe(status === 200)
  })

  it.for([
    { minutes: 59.9, status: 200 },
    { minutes: 60, status: 400 },
  ])(
    'answers $status to a link of $minutes minutes if links are valid for an hour',
    async ({ minutes, status }, { expect }) => {
      const app = startApp({ vars: { EMAIL_VERIFICATION_EXPIRE_HOURS: '1' } })
      const { email, token } = await newcomer(app)

      app.wait({ minutes })
      const verified = await post(app, token)

      expect(verified.status).toBe(status)
      expect(mailsTo(app, email)[0]?.text).toContain('1 hour')
    },
  )

  it('does not enable a disabled account', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await newcomer(app)
    await alterUser(app, email, { status: 'disabled' })

    await post(app, token)

    expect(await isOpen(app, email)).toBe(false)
  })

  it('is for the address that the link was mailed to (A-10)', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await newcomer(app)
    const other = someAddress()
    await alterUser(app, email, { email: other, emailCanonical: other })

    const verified = await post(app, token)

    expect(verified.status).toBe(400)
    expect(await isOpen(app, other)).toBe(false)
  })

  it('works with a link of an earlier key, and not with one of a key that is gone (ASVS 11.2.2)', async ({
    expect,
  }) => {
    const app = startApp()
    const { token } = await newcomer(app)
    const [first, second] = env.TOKEN_KEYS.split(',')

    const rotated = await post(startApp({ vars: { TOKEN_KEYS: `${second},${first}` } }), token)
    const gone = await post(startApp({ vars: { TOKEN_KEYS: `${second}` } }), token)

    expect([rotated.status, gone.status]).toEqual([200, 400])
  })
})

describe('a verification link', () => {
  const none = async (app: TestApp) => {
    const { email, token } = await newcomer(app)
    await app.db.prepare('delete from mail where address = ?').bind(email).run()
    return { email, token }
  }

  it.for<{ what: string; make: (app: TestApp) => Promise<{ email: string; token: string }> }>([
    { what: 'that is garbage', make: async (app) => ({ ...(await newcomer(app)), token: 'garbage' }) },
    {
      what: 'that is forged',
      make: async (app) => {
        const { email, token } = await newcomer(app)
        return { email, token: forged(token) }
      },
    },
    {
      what: 'that has the MAC of another',
      make: async (app) => {
        const { email, token } = await newcomer(app)
        const other = await newcomer(app)
        return { email, token: `${token.split('.')[0]}.${other.token.split('.')[1]}` }
      },
    },
    { what: 'that is unknown', make: none },
    {
      what: 'that is too old',
      make: async (app) => {
        const made = await newcomer(app)
        app.wait({ hours: 24 })
        return made
      },
    },
    {
      what: 'that sets a password',
      make: async (app) => {
        const { email } = await newcomer(app)
        app.wait({ minutes: 1 })
        await app.call('POST /api/auth/forgot-password', { json: { email } })
        return { email, token: linkIn(app, email) }
      },
    },
    {
      what: 'that is an access token (A-09)',
      make: async (app) => {
        const { email } = await newcomer(app)
        const session = await logIn(app, await member(app))
        return { email, token: session.access_token.slice(0, 256) }
      },
    },
    {
      what: 'that is a refresh token (A-09)',
      make: async (app) => {
        const { email } = await newcomer(app)
        const session = await logIn(app, await member(app))
        return { email, token: session.refresh_token }
      },
    },
  ])('$what is refused like any other (A-38)', async ({ make }, { expect }) => {
    const app = startApp()
    const { email, token } = await make(app)

    const refused = [await post(app, token), await get(app, encodeURIComponent(token))]

    const invalid = await seen(await post(app, 'invalid'))
    expect(refused[0]?.status).toBe(400)
    expect(await codeOf(refused[0]!)).toBe('invalid_token')
    expect(await seen(refused[0]!)).toBe(invalid)
    expect((await refused[1]!.json()) as object).toMatchObject({ code: 'invalid_token', status: 400 })
    expect(await isOpen(app, email)).toBe(false)
  })

  it('that is forged costs no round trip (ASVS 6.6.3)', async ({ expect }) => {
    const app = startApp()
    const { token } = await newcomer(app)

    const cost = await app.cost('POST /api/auth/verify-email', { json: { token: forged(token) } })

    expect(cost.trips).toBe(0)
  })

  it.for([
    { query: '', why: 'no token' },
    { query: '?token=', why: 'an empty token' },
    { query: `?token=${'a'.repeat(257)}`, why: 'a token that is too long' },
    { query: '?token=a&token=b', why: 'two tokens' },
  ])('with $why is 422 (ASVS 15.3.7)', async ({ query }, { expect }) => {
    const app = startApp()

    const refused = await app.call(`GET /api/auth/verify-email${query}`)

    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ code: 'validation_failed', errors: [{ field: 'token' }] })
  })

  it('is in the fragment, so that it reaches no server by being opened (A-13, ASVS 14.2.1)', async ({ expect }) => {
    const app = startApp({ vars: { FRONTEND_URL: 'https://www.example.com/app/' } })
    const { email, token } = await newcomer(app)
    const [mail] = mailsTo(app, email)

    const url = /https?:\S+#\S+/.exec(mail!.text)?.[0]

    expect(url).toBe(`https://www.example.com/app/auth/verify-email#token=${token}`)
    expect(mail!.html).toContain(`href="${url}"`)
    // ASVS 11.5.1: an id of 128 random bits, a MAC of 256.
    expect(token).toMatch(/^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/)
  })

  it('is written by the template of the setting', async ({ expect }) => {
    const app = startApp({ vars: { VERIFY_EMAIL_URL: 'https://www.example.com/welcome?next=1#{token}' } })
    const email = someAddress()

    await register(app, email)

    expect(mailsTo(app, email)[0]?.text).toMatch(/https:\/\/www\.example\.com\/welcome\?next=1#[\w-]{22}\.[\w-]{43}\s/)
  })
})

describe('a GET of a verification link', () => {
  it.for<{ what: string; method: string; headers: Record<string, string> }>([
    { what: 'a HEAD', method: 'HEAD', headers: {} },
    { what: 'a prefetch', method: 'GET', headers: { 'Sec-Purpose': 'prefetch' } },
    { what: 'a prerender', method: 'GET', headers: { 'Sec-Purpose': 'prefetch;prerender' } },
    { what: 'a prefetch of an older browser', method: 'GET', headers: { Purpose: 'prefetch' } },
    {
      what: 'a prefetch by a browser',
      method: 'GET',
      headers: { 'Sec-Purpose': 'prefetch', Accept: 'text/html,*/*;q=0.8' },
    },
  ])('does nothing when it is $what (A-17c, ASVS 3.5.3)', async ({ method, headers }, { expect }) => {
    const app = startApp()
    const { email, token } = await newcomer(app)

    const ahead = await app.call(`${method} /api/auth/verify-email?token=${token}`, { headers })

    expect(ahead.status).toBe(204)
    expect(await ahead.text()).toBe('')
    expect(ahead.headers.get('Cache-Control')).toBe('no-store')
    expect(await isOpen(app, email)).toBe(false)
  })

  it('three times ahead leaves the link as it was (A-17c)', async ({ expect }) => {
    const app = startApp()
    const { token } = await newcomer(app)
    for (const method of ['HEAD', 'GET', 'HEAD'])
      await app.call(`${method} /api/auth/verify-email?token=${token}`, { headers: { Purpose: 'prefetch' } })

    const verified = await post(app, token)

    expect(verified.status).toBe(200)
  })

  it.for([
    { accept: 'text/html' },
    { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
    { accept: 'application/json, text/HTML;q=0.1' },
  ])('shows a page and does nothing where Accept is $accept', async ({ accept }, { expect }) => {
    const app = startApp()
    const { email, token } = await newcomer(app)

    const page = await get(app, token, { Accept: accept })

    const text = await page.text()
    expect(page.status).toBe(200)
    expect(page.headers.get('Content-Type')).toMatch(/^text\/html; charset=utf-8$/i)
    expect(page.headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(page.headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'")
    expect(text).not.toContain(token)
    expect(await isOpen(app, email)).toBe(false)
  })

  it.for([{ accept: '*/*' }, { accept: 'application/json' }, { accept: 'text/*' }, { accept: 'x-text/htmlish' }])(
    'verifies if Accept is $accept',
    async ({ accept }, { expect }) => {
      const app = startApp()
      const { email, token } = await newcomer(app)

      const verified = await get(app, token, { Accept: accept })

      expect(await verified.json()).toEqual({ message: expect.any(String) })
      expect(await isOpen(app, email)).toBe(true)
    },
  )

  it.for([
    { what: 'the page', accept: 'text/html' },
    { what: 'the reply', accept: '*/*' },
    { what: 'the refusal', accept: 'application/json', wrong: 'x' },
  ])('says that $what depends on Accept (A-22)', async ({ accept, wrong = '' }, { expect }) => {
    const app = startApp()
    const { token } = await newcomer(app)

    const reply = await get(app, token + wrong, { Accept: accept })

    expect(reply.headers.get('Vary')?.split(', ')).toContain('Accept')
    expect(reply.headers.get('Cache-Control')).toBe('no-store')
  })
})

describe('asking for the verification mail again', () => {
  asksByMail(resend, {
    'is unknown': 0,
    'is verified': 0,
    'waits to be verified': 1,
    'is disabled': 0,
    'was disabled before it was verified': 0,
  })

  it('sends a link that works, and leaves the earlier one', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await newcomer(app)
    app.wait({ minutes: 1 })

    await resend(app, email.toUpperCase())
    const old = await post(app, token)
    const fresh = await post(app, linkIn(app, email))

    expect([old.status, fresh.status]).toEqual([200, 200])
    expect(await isOpen(app, email)).toBe(true)
  })

  it.for([
    { seconds: 59.999, mails: 1 },
    { seconds: 60, mails: 2 },
  ])(
    'after $seconds seconds has sent $mails, and the newest link works (A-06)',
    async ({ seconds, mails }, { expect }) => {
      const app = startApp()
      const { email } = await newcomer(app)

      app.wait({ seconds })
      await resend(app, email)

      expect(mailsTo(app, email)).toHaveLength(mails)
      expect((await post(app, linkIn(app, email))).status).toBe(200)
    },
  )

  it('has sent five mails after ten times in an hour, and the newest link works (A-06)', async ({ expect }) => {
    const app = startApp()
    const { email } = await newcomer(app)

    for (let time = 0; time < 10; time++) {
      app.wait({ minutes: 5 })
      await resend(app, email)
    }

    expect(mailsTo(app, email)).toHaveLength(5)
    expect((await post(app, linkIn(app, email))).status).toBe(200)
  })

  it('is refused after thirty times in five minutes from one network (A-06)', async ({ expect }) => {
    const app = startApp()
    for (let time = 0; time < 30; time++) await resend(app, someAddress())
    const { email } = { email: someAddress() }

    const refused = await resend(app, email)
    app.wait({ minutes: 5 })
    const taken = await resend(app, email)

    expect([refused.status, taken.status]).toEqual([429, 200])
    expect(refused.headers.get('Retry-After')).toBe('300')
  })
})
