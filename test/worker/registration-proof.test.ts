import { describe, it } from 'vitest'
import { seen } from '../support/app/equal-replies.ts'
import { countHashes } from '../support/app/hashes.ts'
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
  register,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

/**
 * The reader of the mailbox and the person who chose the password count as two people until something shows that they
 * are one.
 */

const theirs = 'a password of an attacker'

type Cookies = Record<string, string>

/** Registers in a separate browser. Returns the cookies that it keeps, and the token of the link. */
const registered = async (app: TestApp, email = someAddress(), password = somePassword) => {
  const cookies = cookiesOf(await register(app, email, password))
  return { email, cookies, token: linkIn(app, email, 'verify-email') }
}

/** Sends what our page sends. */
const onPage = (
  app: TestApp,
  token: string,
  { cookies = {}, ...more }: { cookies?: Cookies; password?: string } = {},
) =>
  app.call('POST /api/auth/verify-email', {
    json: { token, require_proof: true, ...more },
    cookies,
    headers: fromOurPage,
  })

const reset = (app: TestApp, token: string, new_password = newPassword) =>
  app.call('POST /api/auth/reset-password', { json: { token, new_password } })

const attempt = async (app: TestApp, email: string, password = somePassword) =>
  (await app.call('POST /api/auth/login', { json: { email, password } })).status

const answer = async (reply: Response) => [reply.status, reply.ok ? 'ok' : await codeOf(reply)]

describe('verifying on a page', () => {
  it('accepts the link alone in the browser that registered', async ({ expect }) => {
    const app = startApp()
    const { email, cookies, token } = await registered(app)

    const reply = await onPage(app, token, { cookies })

    expect(await answer(reply)).toEqual([200, 'ok'])
    expect(await attempt(app, email)).toBe(200)
  })

  it.for<{ what: string; cookies: (app: TestApp, own: Cookies) => Promise<Cookies> | Cookies }>([
    { what: 'has no cookie', cookies: () => ({}) },
    { what: 'registered another address', cookies: async (app) => (await registered(app)).cookies },
    { what: 'has a verified account', cookies: async (app) => cookiesOf(await register(app, await member(app))) },
    { what: 'made up a cookie', cookies: () => ({ registered: 'x' }) },
    {
      what: 'has a cookie with one character changed',
      cookies: (_app, { registered: own = '' }) => ({
        registered: own.replace(/(?<=^.{20})./, (sign) => (sign === 'A' ? 'B' : 'A')),
      }),
    },
    {
      what: 'is logged in as somebody else',
      cookies: async (app) => {
        const { cookies } = await registered(app)
        const { access_token } = await logIn(app, await member(app))
        return { ...cookies, token: access_token }
      },
    },
  ])('asks a browser that $what for the password, and verifies nothing', async ({ cookies }, { expect }) => {
    const app = startApp()
    const { email, token, cookies: own } = await registered(app)

    const refused = await onPage(app, token, { cookies: await cookies(app, own) })

    expect(await answer(refused)).toEqual([403, 'proof_required'])
    expect(await attempt(app, email)).toBe(401)
    expect(await answer(await onPage(app, token, { password: somePassword }))).toEqual([200, 'ok'])
    expect(await attempt(app, email)).toBe(200)
  })

  it('does not make valid the password of a stranger who registered the address (GHSA-xhpr-465j-7p9q)', async ({
    expect,
  }) => {
    const app = startApp()
    const { email, token } = await registered(app, someAddress(), theirs)
    // The owner of the mailbox uses the service with another address, and so has a cookie for it.
    const { cookies } = await registered(app)

    const pressed = await onPage(app, token, { cookies })
    const guessed = await onPage(app, token, { cookies, password: somePassword })
    const chosen = await reset(app, token)

    expect(await answer(pressed)).toEqual([403, 'proof_required'])
    expect(await answer(guessed)).toEqual([422, 'wrong_password'])
    expect(chosen.status).toBe(200)
    expect([await attempt(app, email, theirs), await attempt(app, email, newPassword)]).toEqual([401, 200])
  })

  it('is safe to repeat, also in another browser once the address is verified', async ({ expect }) => {
    const app = startApp()
    const { cookies, token } = await registered(app)

    const replies = [
      await onPage(app, token, { cookies }),
      await onPage(app, token, { cookies }),
      await onPage(app, token),
    ]

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('reports an invalid link before anything else', async ({ expect }) => {
    const app = startApp()
    const { token } = await registered(app)
    app.wait({ hours: 24 })
    const hashes = countHashes()

    const replies = [
      await onPage(app, token),
      await onPage(app, token, { password: somePassword }),
      await reset(app, token),
    ]

    expect(await Promise.all(replies.map(answer))).toEqual(Array(3).fill([400, 'invalid_token']))
    expect(hashes()).toBe(0)
  })

  it('does not accept the cookie of an earlier registration whose account was removed', async ({ expect }) => {
    const app = startApp()
    const first = await registered(app)
    await app.call('POST /api/auth/reject-registration', {
      json: { token: linkIn(app, first.email, 'reject-registration') },
    })
    app.wait({ minutes: 2 })
    const second = await registered(app, first.email, theirs)

    const reply = await onPage(app, second.token, { cookies: first.cookies })

    expect(await answer(reply)).toEqual([403, 'proof_required'])
    expect(await attempt(app, first.email, theirs)).toBe(401)
  })

  it('works with cookies that were sealed under a previous key', async ({ expect }) => {
    const app = startApp()
    const { cookies, token } = await registered(app)
    const rotated = startApp({ vars: { TOKEN_KEYS: app.services.settings.tokenKeys.map(keyText).reverse().join() } })

    expect((await onPage(rotated, token, { cookies })).status).toBe(200)
  })
})

const keyText = ({ id, secret }: { id: string; secret: Uint8Array }) =>
  `${id}.${btoa(String.fromCharCode(...secret))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')}`

describe('the owner of a mailbox who registered it, and', () => {
  it('registers again in the same browser, may use the newest link there', async ({ expect }) => {
    const app = startApp()
    const { email, cookies: first } = await registered(app)
    app.wait({ minutes: 2 })
    const { cookies: second, token } = await registered(app, email)

    const replies = [await onPage(app, token, { cookies: second }), await onPage(app, token, { cookies: first })]

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
  })

  it('registers in two browsers with one password, may use the link in both', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    const laptop = await registered(app, email)
    app.wait({ minutes: 2 })
    const phone = await registered(app, email)

    expect((await onPage(app, phone.token, { cookies: laptop.cookies })).status).toBe(200)
    expect(await attempt(app, email)).toBe(200)
  })

  it('registers in two browsers with two passwords, chooses one by the newest mail', async ({ expect }) => {
    const app = startApp()
    const { email, cookies, token } = await registered(app)
    app.wait({ minutes: 2 })
    await register(app, email, newPassword)

    expect(await answer(await onPage(app, token, { cookies }))).toEqual([400, 'invalid_token'])
    expect((await reset(app, linkIn(app, email, 'reset-password'), newPassword)).status).toBe(200)
    expect(await attempt(app, email, newPassword)).toBe(200)
  })

  it('opens the mail elsewhere, gives the password', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await registered(app)

    expect((await onPage(app, token, { password: somePassword })).status).toBe(200)
    expect(await attempt(app, email)).toBe(200)
  })

  it('opens the mail elsewhere and has forgotten the password, chooses another with the same link', async ({
    expect,
  }) => {
    const app = startApp()
    const { email, token } = await registered(app)

    await onPage(app, token)
    const chosen = await reset(app, token)

    expect(chosen.status).toBe(200)
    expect([await attempt(app, email), await attempt(app, email, newPassword)]).toEqual([401, 200])
    expect((await onPage(app, token)).status).toBe(200)
  })

  it('asks for another mail, is still known by the cookie of the registration', async ({ expect }) => {
    const app = startApp()
    const { email, cookies } = await registered(app)
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/resend-verification', { json: { email } })

    expect((await onPage(app, linkIn(app, email, 'verify-email'), { cookies })).status).toBe(200)
  })

  it('has an imported account, gives its password', async ({ expect }) => {
    const app = startApp()
    const { email } = await registered(app)
    await alterUser(app, email, { origin: 'imported' })
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/resend-verification', { json: { email } })
    const token = linkIn(app, email, 'verify-email')

    expect(await answer(await onPage(app, token))).toEqual([403, 'proof_required'])
    expect((await onPage(app, token, { password: somePassword })).status).toBe(200)
  })
})

describe('the password beside the link', () => {
  it.for([true, false, undefined])('is checked where require_proof is %s', async (require_proof, { expect }) => {
    const app = startApp()
    const { email, token } = await registered(app)
    const verify = (password: string) =>
      app.call('POST /api/auth/verify-email', { json: { token, password, require_proof } })

    const wrong = await verify('a wrong passphrase')
    const before = await attempt(app, email)

    expect([wrong.status, await codeOf(wrong)]).toEqual([422, 'wrong_password'])
    expect(await wrong.json()).toMatchObject({ errors: [{ field: 'password', code: 'wrong_password' }] })
    expect(before).toBe(401)
    expect((await verify(somePassword)).status).toBe(200)
    expect(await attempt(app, email)).toBe(200)
  })

  it('may be wrong ten times in a quarter of an hour, and costs nothing beyond', async ({ expect }) => {
    const app = startApp()
    const { token } = await registered(app)
    const guesses: Response[] = []
    for (let n = 0; n < 14; n++) guesses.push(await onPage(app, token, { password: `guess ${n}` }))
    const hashes = countHashes()

    const right = await onPage(app, token, { password: somePassword })
    app.wait({ minutes: 15 })
    const later = await onPage(app, token, { password: somePassword })

    const codes = await Promise.all(guesses.map(codeOf))
    expect(codes.filter((code) => code === 'wrong_password')).toHaveLength(10)
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(4)
    expect(await answer(right)).toEqual([429, 'rate_limited'])
    expect(later.status).toBe(200)
    expect(hashes()).toBe(1)
  })

  it('is counted for each link: nobody without the link can use up its attempts, and a right password costs none', async ({
    expect,
  }) => {
    const app = startApp()
    const { token } = await registered(app)
    const forged = `${token.slice(0, -2)}${token.at(-2) === 'A' ? 'B' : 'A'}${token.at(-1)}`
    const statuses: number[] = []
    for (let n = 0; n < 12; n++) statuses.push((await onPage(app, forged, { password: `guess ${n}` })).status)
    for (let n = 0; n < 12; n++) statuses.push((await onPage(app, token, { password: somePassword })).status)

    expect(statuses).toEqual([...Array(12).fill(400), ...Array(12).fill(200)])
  })

  it('does not open another account than that of the link', async ({ expect }) => {
    const app = startApp()
    const [one, other] = [await registered(app, someAddress(), theirs), await registered(app)]

    expect(await answer(await onPage(app, one.token, { password: somePassword, cookies: other.cookies }))).toEqual([
      422,
      'wrong_password',
    ])
  })
})

describe('the link that verifies', () => {
  it('sets no password once the address is verified', async ({ expect }) => {
    const app = startApp()
    const { email, cookies, token } = await registered(app)
    await onPage(app, token, { cookies })

    expect(await answer(await reset(app, token))).toEqual([400, 'invalid_token'])
    expect(await attempt(app, email)).toBe(200)
  })

  it('sets no password if the address was verified by something else', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await registered(app)
    await alterUser(app, email, { emailVerifiedAt: app.now() })

    expect(await answer(await reset(app, token))).toEqual([400, 'invalid_token'])
    expect(await attempt(app, email)).toBe(200)
  })

  it('sets none for a disabled user', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await registered(app)
    await alterUser(app, email, { status: 'disabled' })

    expect(await answer(await reset(app, token))).toEqual([400, 'invalid_token'])
  })

  it('sets one once, and ends the sessions that somebody else had with the old one', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const { email, token } = await registered(app, someAddress(), theirs)
    const { access_token } = await logIn(app, email, theirs)

    const replies = [await reset(app, token), await reset(app, token, 'seven brass lanterns at dusk')]

    expect(replies.map(({ status }) => status)).toEqual([200, 400])
    expect((await app.call('GET /api/user/profile', { bearer: access_token })).status).toBe(401)
    expect(mailsTo(app, email).at(-1)?.subject).toContain('Your password')
  })

  it('still verifies alone if no proof is required, as the older services promised', async ({ expect }) => {
    const app = startApp()
    const [one, other] = [await registered(app), await registered(app)]

    const replies = [
      await app.call('POST /api/auth/verify-email', { json: { token: one.token } }),
      await app.call(`GET /api/auth/verify-email?token=${other.token}`),
    ]

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
  })
})

describe('a mail that a stranger causes', () => {
  const from = {
    headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 <b>zq73</b>' },
    cf: { city: 'Berlin', country: 'DE' },
  }
  const words = 'from this device: Firefox on Linux, near Berlin, DE.'

  it.for<{ what: string; cause: (app: TestApp) => Promise<string> }>([
    {
      what: 'registers',
      cause: async (app) => {
        const email = someAddress()
        await app.call('POST /api/auth/register', { json: { email, password: somePassword }, ...from })
        return email
      },
    },
    {
      what: 'registers again, with another password',
      cause: async (app) => {
        const { email } = await registered(app)
        app.wait({ minutes: 2 })
        await app.call('POST /api/auth/register', { json: { email, password: newPassword }, ...from })
        return email
      },
    },
    {
      what: 'registers what is verified',
      cause: async (app) => {
        const email = await member(app)
        app.wait({ minutes: 2 })
        await app.call('POST /api/auth/register', { json: { email, password: newPassword }, ...from })
        return email
      },
    },
    {
      what: 'asks for the link again',
      cause: async (app) => {
        const { email } = await registered(app)
        app.wait({ minutes: 2 })
        await app.call('POST /api/auth/resend-verification', { json: { email }, ...from })
        return email
      },
    },
    {
      what: 'logs in before the address is verified',
      cause: async (app) => {
        const { email } = await registered(app)
        app.wait({ minutes: 2 })
        await app.call('POST /api/auth/login', { json: { email, password: somePassword }, ...from })
        return email
      },
    },
    {
      what: 'forgot the password',
      cause: async (app) => {
        const email = await member(app)
        await app.call('POST /api/auth/forgot-password', { json: { email }, ...from })
        return email
      },
    },
  ])('who $what says from where, by names of our own lists', async ({ cause }, { expect }) => {
    const app = startApp()

    const text = mailsTo(app, await cause(app))
      .at(-1)!
      .text.replaceAll('\n', ' ')

    expect(text).toContain(words)
    expect(text).not.toContain('zq73')
  })
})

describe('the cookie of a registration', () => {
  const line = (reply: Response) => reply.headers.getSetCookie().join('\n')

  it('is for a day, for us alone, and for no script', async ({ expect }) => {
    const secure = { APP_URL: 'https://auth.example.com', PASSWORD_SCRYPT: 'ln=15,r=8,p=3' }

    expect(line(await register(startApp(), someAddress()))).toMatch(
      /^registered=[\w.-]{80,110}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect(line(await register(startApp({ vars: secure }), someAddress()))).toMatch(
      /^__Host-registered=[\w.-]{80,110}; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  it('lives as long as the link', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION_EXPIRE_HOURS: '48' } })

    expect(line(await register(app, someAddress()))).toContain('Max-Age=172800;')
  })

  it.for([
    { transport: 'both', cookies: ['registered'] },
    { transport: 'cookie', cookies: ['registered'] },
    { transport: 'body', cookies: [] },
  ])('is set under TOKEN_TRANSPORT=$transport: $cookies', async ({ transport, cookies }, { expect }) => {
    const app = startApp({ vars: { TOKEN_TRANSPORT: transport } })

    expect(Object.keys(cookiesOf(await register(app, someAddress())))).toEqual(cookies)
  })

  it('is not part of a refusal', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)

    const replies = [await register(app, email), await register(app, someAddress(), 'short')]

    expect(replies.map((reply) => [reply.status, cookiesOf(reply)])).toEqual([
      [409, {}],
      [422, {}],
    ])
  })

  it.for<{ what: string; make: (app: TestApp) => Promise<string> }>([
    { what: 'a verified address', make: (app) => member(app) },
    { what: 'one that waits', make: async (app) => (await registered(app)).email },
    {
      what: 'one that somebody registered with another password',
      make: async (app) => (await registered(app, someAddress(), theirs)).email,
    },
    {
      what: 'a disabled one',
      make: async (app) => {
        const email = await member(app)
        await alterUser(app, email, { status: 'disabled' })
        return email
      },
    },
  ])('says nothing of $what: same length, and nothing that can be read (A-02)', async ({ make }, { expect }) => {
    const app = startApp()
    const [known, unknown] = [await make(app), someAddress()]
    app.wait({ minutes: 2 })

    const replies = [await register(app, known), await register(app, unknown)]

    expect(await seen(replies[0]!, known)).toBe(await seen(replies[1]!, unknown))
    expect(cookiesOf(replies[0]!).registered).toHaveLength(cookiesOf(replies[1]!).registered!.length)
  })

  it('opens nothing', async ({ expect }) => {
    const app = startApp()
    const { email, cookies, token } = await registered(app)
    await onPage(app, token, { cookies })

    expect((await app.call('GET /api/user/profile', { cookies })).status).toBe(401)
    expect(await attempt(app, email, 'a wrong passphrase')).toBe(401)
  })
})
