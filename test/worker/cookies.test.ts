import { describe, it } from 'vitest'
import {
  codeOf,
  cookiesOf,
  fromOurPage,
  member,
  profile,
  refresh,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

/** localhost, so that hashing may be cheap; https, so that cookies are as in production. */
const https = { APP_URL: 'https://localhost:8787' }
const fromOurHttpsPage = { Origin: https.APP_URL }

/** Members of a reply and names of cookies that hold a token. */
const whereTokensAre = async (response: Response) => ({
  body: Object.keys((await response.clone().json()) as object).filter((name) => /^(access|refresh)_token$/.test(name)),
  cookies: Object.keys(cookiesOf(response)).filter((name) => /token$/.test(name)),
})

const everywhere = { body: ['access_token', 'refresh_token'], cookies: ['token', 'refresh_token'] }
const inBody = { body: ['access_token', 'refresh_token'], cookies: [] }
const inCookies = { body: [], cookies: ['token', 'refresh_token'] }
const accessInBody = { body: ['access_token'], cookies: ['token', 'refresh_token'] }

const logIn = (app: TestApp, email: string, query = '') =>
  app.call(`POST /api/auth/login${query}`, { json: { email, password: somePassword } })

describe('a cookie', () => {
  it('over http is for this path, unreadable by scripts, and not sent from other sites (ASVS 3.3.2)', async ({
    expect,
  }) => {
    const app = startApp()
    const email = await member(app)

    const response = await logIn(app, email)

    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^token=[\w.-]+; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(/^refresh_token=[\w.-]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(/^device=[\w.-]+; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
  })

  it('over https is Secure as well, and bound to this host by its name (ASVS 3.3.1, 3.3.3)', async ({ expect }) => {
    const app = startApp({ vars: https })
    const email = await member(app)

    const response = await logIn(app, email)

    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-token=[\w.-]+; Max-Age=900; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      expect.stringMatching(/^__Host-refresh_token=[\w.-]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      expect.stringMatching(/^__Host-device=[\w.-]+; Max-Age=34560000; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
  })

  it('is expired with the attributes it was set with, or a browser would keep it', async ({ expect }) => {
    const app = startApp({ vars: https })

    const response = await app.call('POST /api/auth/logout')

    expect(response.headers.getSetCookie()).toEqual([
      '__Host-token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-refresh_token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    ])
  })

  it('lasts as long as its content', async ({ expect }) => {
    const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '5', REFRESH_TOKEN_EXPIRE_DAYS: '2' } })
    const email = await member(app)

    const lines = (await logIn(app, email)).headers.getSetCookie()

    expect(lines.map((line) => /Max-Age=(\d+)/.exec(line)?.[1])).toEqual(['300', '172800', '34560000'])
  })

  it('is small enough for every browser (ASVS 3.3.5)', async ({ expect }) => {
    const app = startApp({ vars: https })
    const email = await member(app)

    const lines = (await logIn(app, email)).headers.getSetCookie()

    for (const line of lines) expect(line.length).toBeLessThan(4096)
  })
})

describe('over https', () => {
  it.for([
    ['the name with the prefix', 200, '__Host-'],
    ['the bare name, which a subdomain can set', 401, ''],
    ['another case of the prefix', 401, '__host-'],
    ['the weaker prefix', 401, '__Secure-'],
  ] as const)('a cookie by %s answers %i (A-21)', async ([, status, prefix], { expect }) => {
    const app = startApp({ vars: https })
    const session = await signedInUser(app)

    const read = await app.call('GET /api/user/profile', { cookies: { [`${prefix}token`]: session.access_token } })
    const refreshed = await app.call('POST /api/auth/refresh', {
      cookies: { [`${prefix}refresh_token`]: session.refresh_token },
      headers: fromOurHttpsPage,
    })

    expect([read.status, refreshed.status]).toEqual([status, status])
  })

  it('a request over plain http is refused, whatever it brings (ASVS 4.1.2)', async ({ expect }) => {
    const app = startApp({ vars: https })
    const { access_token } = await signedInUser(app)

    const response = await app.request('GET http://localhost:8787/api/user/profile', { bearer: access_token })

    expect(response.status).toBe(403)
    expect(await codeOf(response)).toBe('forbidden')
    expect(response.headers.has('Location')).toBe(false)
  })
})

describe('over http', () => {
  it('the cookie name with the prefix is not read (A-21)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await app.call('GET /api/user/profile', { cookies: { '__Host-token': access_token } })

    expect(response.status).toBe(401)
  })
})

describe('a cookie that somebody else planted', () => {
  const nbsp = '\u00a0'
  it.for([
    ['twice ours', (good: string, evil: string) => `refresh_token=${good}; refresh_token=${evil}`, 'nobody'],
    [
      'twice ours, theirs first',
      (good: string, evil: string) => `refresh_token=${evil}; refresh_token=${good}`,
      'nobody',
    ],
    ['twice the same', (good: string) => `refresh_token=${good}; refresh_token=${good}`, 'nobody'],
    [
      'a name behind a no-break space',
      (good: string, evil: string) => `${nbsp}refresh_token=${evil}; refresh_token=${good}`,
      'good',
    ],
    ['that name alone', (_: string, evil: string) => `${nbsp}refresh_token=${evil}`, 'nobody'],
    ['a name in capitals', (good: string, evil: string) => `REFRESH_TOKEN=${evil}; refresh_token=${good}`, 'good'],
    [
      'a name that begins like ours',
      (good: string, evil: string) => `refresh_token2=${evil}; refresh_token=${good}`,
      'good',
    ],
    [
      'a name that ends like ours',
      (good: string, evil: string) => `my_refresh_token=${evil}; refresh_token=${good}`,
      'good',
    ],
    [
      'a value that holds our name',
      (good: string, evil: string) => `x=refresh_token=${evil}; refresh_token=${good}`,
      'good',
    ],
    ['no name', (good: string, evil: string) => `=${evil}; refresh_token=${good}`, 'good'],
    ['an empty one', (good: string) => `refresh_token=; refresh_token=${good}`, 'good'],
    ['an empty one alone', () => 'refresh_token=', 'nobody'],
    ['a quoted value', (_: string, evil: string) => `refresh_token="${evil}"`, 'nobody'],
    ['tabs and no spaces', (good: string) => `a=b;\trefresh_token\t=\t${good}\t;c=d`, 'good'],
    ['no separator where one belongs', (_: string, evil: string) => `a=b, refresh_token=${evil}`, 'nobody'],
  ] as const)('as %s is never used (A-21)', async ([, header, whose], { expect }) => {
    const app = startApp()
    const [mine, theirs] = [await signedInUser(app), await signedInUser(app)]
    const cookies = header(mine.refresh_token, theirs.refresh_token)

    const response = await app.call('POST /api/auth/refresh', { cookies, headers: fromOurPage })

    const body = (await response.json()) as { user?: { email: string } }
    expect(response.status).toBe(whose === 'good' ? 200 : 401)
    expect(body.user?.email).toBe(whose === 'good' ? mine.email : undefined)
    app.wait({ minutes: 1 })
    expect((await refresh(app, theirs.refresh_token)).status).toBe(200)
  })

  /**
   * Ways to place a second cookie of our name, or of a similar name, before or after ours, and whose token is then
   * read.
   */
  const tossed: [string, (ours: string, good: string, evil: string) => string, 'good' | 'nobody'][] = [
    ['before', (ours, good, evil) => `${ours}=${evil}; ${ours}=${good}`, 'nobody'],
    ['behind', (ours, good, evil) => `${ours}=${good}; ${ours}=${evil}`, 'nobody'],
    ['behind others', (ours, good, evil) => `a=1; ${ours}=${good}; b=2; ${ours} = ${evil}`, 'nobody'],
    ['without the prefix', (_, good, evil) => `token=${evil}; refresh_token=${evil}; ${good}`, 'good'],
    ['with it in another case', (ours, good, evil) => `${ours.toUpperCase()}=${evil}; ${good}`, 'good'],
    ['with the weaker prefix', (ours, good, evil) => `__Secure-${ours}=${evil}; ${good}`, 'good'],
    ['behind a no-break space', (ours, good, evil) => `${nbsp}${ours}=${evil}; ${good}`, 'good'],
    ['behind a form feed', (ours, good, evil) => `\f${ours}=${evil}; ${good}`, 'good'],
    ['in quotes', (ours, good, evil) => `"${ours}"=${evil}; ${good}`, 'good'],
    [
      'escaped',
      (ours, good, evil) => `${ours.replaceAll('_', '%5F').replaceAll('-', '%2D')}x=${evil}; ${good}`,
      'good',
    ],
    ['without a name', (ours, good, evil) => `=${ours}=${evil}; ${good}`, 'good'],
    ['behind a comma', (ours, good, evil) => `a=1,${ours}=${evil}; ${good}`, 'good'],
  ]

  it.for(tossed)(
    '%s, over https, is not used, neither to read nor to refresh (A-21)',
    async ([, header, whose], { expect }) => {
      const app = startApp({ vars: https })
      const [mine, theirs] = [await signedInUser(app), await signedInUser(app)]
      const wanted = whose === 'good' ? 200 : 401
      const pair = (name: string, value: string) => (whose === 'good' ? `${name}=${value}` : value)

      const read = await app.call('GET /api/user/profile', {
        cookies: header('__Host-token', pair('__Host-token', mine.access_token), theirs.access_token),
      })
      const refreshed = await app.call('POST /api/auth/refresh', {
        cookies: header('__Host-refresh_token', pair('__Host-refresh_token', mine.refresh_token), theirs.refresh_token),
        headers: fromOurHttpsPage,
      })

      expect([read.status, refreshed.status]).toEqual([wanted, wanted])
      for (const reply of [read, refreshed]) expect(await reply.text()).not.toContain(theirs.email)
      app.wait({ minutes: 1 })
      expect((await refresh(app, theirs.refresh_token)).status).toBe(200)
    },
  )

  it('together with our access token signs nobody in (A-21)', async ({ expect }) => {
    const app = startApp()
    const [mine, theirs] = [await signedInUser(app), await signedInUser(app)]

    const response = await app.call('GET /api/user/profile', {
      cookies: `token=${theirs.access_token}; token=${mine.access_token}`,
    })

    expect(response.status).toBe(401)
    expect(await codeOf(response)).toBe('not_authenticated')
  })
})

describe('the tokens of a log-in', () => {
  it.for([
    ['both', '', everywhere],
    ['both', '?transport=both', everywhere],
    ['both', '?transport=', everywhere],
    ['both', '?transport=body', inBody],
    ['both', '?transport=cookie', inCookies],
    ['body', '', inBody],
    ['body', '?transport=both', inBody],
    ['body', '?transport=cookie', inBody],
    ['cookie', '', inCookies],
    ['cookie', '?transport=both', inCookies],
    ['cookie', '?transport=body', inCookies],
  ] as const)(
    'are sent as required under TOKEN_TRANSPORT=%s with “%s” (ASVS 3.3.4)',
    async ([setting, query, where], { expect }) => {
      const app = startApp({ vars: { TOKEN_TRANSPORT: setting } })
      const email = await member(app)

      const response = await logIn(app, email, query)

      expect(await whereTokensAre(response)).toEqual(where)
      expect(await response.json()).toMatchObject({ user: { email }, expires_in: 900 })
    },
  )

  it.for(['?transport=evil', '?transport=body&transport=cookie'])('refuse “%s”', async (query, { expect }) => {
    const app = startApp()
    const email = await member(app)

    const response = await logIn(app, email, query)

    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ errors: [{ field: 'transport' }] })
  })
})

describe('the tokens of a refresh', () => {
  it.for([
    ['both', 'body', '', everywhere],
    ['both', 'body', '?transport=body', inBody],
    ['both', 'body', '?transport=cookie', inCookies],
    ['both', 'cookie', '', accessInBody],
    ['both', 'cookie', '?transport=both', accessInBody],
    ['both', 'cookie', '?transport=body', accessInBody],
    ['both', 'cookie', '?transport=cookie', inCookies],
    ['cookie', 'cookie', '?transport=body', inCookies],
    ['cookie', 'body', '?transport=body', inCookies],
    ['body', 'body', '', inBody],
    ['body', 'cookie', '', accessInBody],
  ] as const)('under TOKEN_TRANSPORT=%s from the %s with “%s” travel so (ASVS 3.3.4)', async (row, { expect }) => {
    const [setting, from, query, where] = row
    const { refresh_token } = await signedInUser(startApp())
    const app = startApp({ vars: { TOKEN_TRANSPORT: setting } })
    const call = from === 'body' ? { json: { refresh_token } } : { cookies: { refresh_token }, headers: fromOurPage }

    const response = await app.call(`POST /api/auth/refresh${query}`, call)

    expect(response.status).toBe(200)
    expect(await whereTokensAre(response)).toEqual(where)
  })

  it('as cookies are a session like any other', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const first = cookiesOf(await logIn(app, email, '?transport=cookie'))

    const second = await app.call('POST /api/auth/refresh', { cookies: first, headers: fromOurPage })

    const { token } = cookiesOf(second)
    expect((await app.call('GET /api/user/profile', { cookies: { token: token! } })).status).toBe(200)
    expect((await profile(app, token!)).status).toBe(200)
  })
})

describe('a request with a header and a cookie', () => {
  it('counts by its header', async ({ expect }) => {
    const app = startApp()
    const [inHeader, inCookie] = [await signedInUser(app), await signedInUser(app)]

    const response = await app.call('GET /api/user/profile', {
      bearer: inHeader.access_token,
      cookies: { token: inCookie.access_token },
    })

    expect(await response.json()).toMatchObject({ email: inHeader.email })
  })
})
