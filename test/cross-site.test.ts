import { beforeAll, describe, it } from 'vitest'
import document from '../docs/openapi.json'
import {
  codeOf,
  cookiesOf,
  member,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
} from './support.ts'

const vars = { FRONTEND_URL: 'https://www.example.com/app', CORS_ORIGINS: 'https://other.example.net' }
const ours = 'http://localhost:8787'

/** What a browser may say about where a request comes from, and whether that is a page of ours. */
const origins = [
  { origin: ours, trusted: true },
  { origin: 'https://www.example.com', trusted: true },
  { origin: 'https://other.example.net', trusted: true },
  { origin: 'https://evil.example', trusted: false },
  { origin: 'null', trusted: false },
  { origin: 'https://sub.www.example.com', trusted: false },
  { origin: 'https://example.com', trusted: false },
  { origin: 'http://www.example.com', trusted: false },
  { origin: 'https://www.example.com.evil.example', trusted: false },
  { origin: 'https://www.example.com:8443', trusted: false },
  { origin: 'https://WWW.EXAMPLE.COM', trusted: false },
  { origin: 'http://localhost:8788', trusted: false },
  { origin: '', trusted: false },
]
const sites = ['cross-site', 'same-site', 'same-origin', 'none']

/** An Origin decides by itself, whatever the site is said to be; without one the site must be our own. */
const pages = [
  ...origins.flatMap((row) => [{ ...row, site: undefined }, ...sites.map((site) => ({ ...row, site }))]),
  ...sites.map((site) => ({ origin: undefined, site, trusted: site === 'same-origin' })),
]

const from = ({ origin, site }: { origin?: string | undefined; site?: string | undefined }) => ({
  ...(origin !== undefined && { Origin: origin }),
  ...(site !== undefined && { 'Sec-Fetch-Site': site }),
})

const bothCookies = (session: SessionBody) => ({ token: session.access_token, refresh_token: session.refresh_token })

const ofOurs = pages.filter(({ trusted }) => trusted)
const ofOthers = pages.filter(({ trusted }) => !trusted)

describe('a page of ours', () => {
  it.for(ofOurs)('($origin, $site) refreshes by cookie (A-20)', async (page, { expect }) => {
    const app = startApp({ vars })
    const session = await signedInUser(app)

    const response = await app.call('POST /api/auth/refresh', { cookies: bothCookies(session), headers: from(page) })

    expect(response.status).toBe(200)
    expect(cookiesOf(response).refresh_token).not.toBe(session.refresh_token)
  })

  it.for(ofOurs)('($origin, $site) logs in, by JSON and by form (A-20)', async (page, { expect }) => {
    const app = startApp({ vars })
    const email = await member(app)
    const headers = from(page)

    const byJson = await app.call('POST /api/auth/login', { json: { email, password: somePassword }, headers })
    const byForm = await app.call('POST /api/auth/login', {
      form: { username: email, password: somePassword },
      headers,
    })

    expect([byJson.status, byForm.status]).toEqual([200, 200])
  })
})

describe('a page of another site', () => {
  it.for(ofOthers)(
    '($origin, $site) does not refresh by our cookies (A-20, N20, ASVS 3.5.1)',
    async (page, { expect }) => {
      const app = startApp({ vars })
      const session = await signedInUser(app)

      const response = await app.call('POST /api/auth/refresh', { cookies: bothCookies(session), headers: from(page) })

      expect(response.status).toBe(403)
      expect(await codeOf(response)).toBe('cross_site')
      app.wait({ minutes: 1 })
      expect((await refresh(app, session.refresh_token)).status).toBe(200)
    },
  )

  it.for(ofOthers)('($origin, $site) plants no cookies by a log-in (A-20, ASVS 3.5.1)', async (page, { expect }) => {
    const app = startApp({ vars })
    const email = await member(app)
    const headers = from(page)

    const byJson = await app.call('POST /api/auth/login', { json: { email, password: somePassword }, headers })
    const byForm = await app.call('POST /api/auth/login', {
      form: { username: email, password: somePassword },
      headers,
    })

    expect([byJson.status, byForm.status]).toEqual([403, 403])
    expect([...byJson.headers.getSetCookie(), ...byForm.headers.getSetCookie()]).toEqual([])
  })

  const evil = [
    { origin: 'https://evil.example', site: 'cross-site' },
    { origin: 'null', site: 'cross-site' },
    { origin: 'https://sub.www.example.com', site: 'same-site' },
    { origin: undefined, site: 'cross-site' },
    { origin: undefined, site: 'same-site' },
  ]

  it.for(evil)('($origin, $site) does nothing else with our cookies either (A-20)', async (page, { expect }) => {
    const app = startApp({ vars })
    const session = await signedInUser(app)
    const call = { cookies: bothCookies(session), headers: from(page) }
    const change = { current_password: somePassword, new_password: 'another fine passphrase' }

    const answers = [
      await app.call('POST /api/auth/logout', call),
      await app.call('POST /users/logout', call),
      await app.call('POST /api/user/change-password', { ...call, json: change }),
      await app.call('POST /users/me/password', { ...call, json: change }),
      await app.call('POST /api/auth/reauthenticate', { ...call, json: { password: somePassword } }),
    ]

    expect(answers.map((answer) => answer.status)).toEqual([403, 403, 403, 403, 403])
    expect(answers.flatMap((answer) => answer.headers.getSetCookie())).toEqual([])
    expect((await profile(app, session.access_token)).status).toBe(200)
    expect((await refresh(app, session.refresh_token)).status).toBe(200)
  })
})

describe('a request with cookies that says nothing of its page', () => {
  it.for([
    ['ours', `${ours}/some/page`, 200],
    ['allow-listed', 'https://www.example.com/app/profile', 200],
    ['another site’s', `https://evil.example/?${ours}`, 403],
    ['no URL', 'localhost:8787', 403],
    ['absent', undefined, 403],
  ] as const)('passes by its Referer or not, which is %s', async ([, Referer, status], { expect }) => {
    const app = startApp({ vars })
    const session = await signedInUser(app)
    const headers = { ...(Referer && { Referer }) }

    const response = await app.call('POST /api/auth/refresh', { cookies: bothCookies(session), headers })

    expect(response.status).toBe(status)
  })

  it.for(['token', 'refresh_token', '__Host-token', '__Host-refresh_token', '__HOST-TOKEN', 'Token'])(
    'is not taken for an API client’s for the cookie %s',
    async (name, { expect }) => {
      const app = startApp()

      const response = await app.call('POST /api/auth/logout', { cookies: { other: '1', [name]: 'x' } })

      expect(response.status).toBe(403)
    },
  )
})

describe('a client that is no browser', () => {
  it('says nothing of where it comes from, and needs not', async ({ expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const response = await refresh(app, session.refresh_token)

    expect(response.status).toBe(200)
  })

  it('passes with a bearer token, which no page can add to a request of another site', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await app.call('POST /api/auth/reauthenticate', {
      bearer: access_token,
      json: { password: somePassword },
      headers: from({ origin: 'https://evil.example', site: 'cross-site' }),
    })

    expect(response.status).toBe(200)
  })

  it.for(['Basic YTpi', 'Negotiate x', 'Digest x', ''])(
    'is not a browser that adds “Authorization: %s” by itself to what a page sends (A-20)',
    async (Authorization, { expect }) => {
      const app = startApp()
      const session = await signedInUser(app)

      const response = await app.call('POST /api/auth/logout', {
        cookies: bothCookies(session),
        headers: { Authorization, ...from({ origin: 'https://evil.example', site: 'cross-site' }) },
      })

      expect(response.status).toBe(403)
      expect((await profile(app, session.access_token)).status).toBe(200)
    },
  )
})

describe('a body', () => {
  const types: [string, number][] = [
    ['application/json', 200],
    ['application/json; charset=utf-8', 200],
    ['APPLICATION/JSON', 200],
    ['application/json; x=1', 200],
    ['text/plain', 415],
    ['text/plain; x=application/json', 415],
    ['application/x-www-form-urlencoded', 415],
    ['APPLICATION/X-WWW-FORM-URLENCODED', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/jsonp', 415],
    ['', 415],
  ]

  it.for(types)('sent as “%s” with cookies answers %i (A-20, ASVS 3.5.2)', async ([type, status], { expect }) => {
    const app = startApp()
    const session = await signedInUser(app)
    const body = new TextEncoder().encode(JSON.stringify({ password: somePassword }))
    const headers = { ...from({ origin: ours }), ...(type && { 'Content-Type': type }) }

    const response = await app.call('POST /api/auth/reauthenticate', { body, headers, cookies: bothCookies(session) })

    expect(response.status).toBe(status)
  })

  it.for(types)('sent as “%s” by another site answers 403 (A-20)', async ([type], { expect }) => {
    const app = startApp()
    const session = await signedInUser(app)
    const body = new TextEncoder().encode(JSON.stringify({ password: somePassword }))
    const headers = { ...from({ origin: 'https://evil.example' }), ...(type && { 'Content-Type': type }) }

    const response = await app.call('POST /api/auth/reauthenticate', { body, headers, cookies: bothCookies(session) })

    expect(response.status).toBe(403)
  })
})

/** A body of each type, as a page could send it: the first two without asking the service first (Fetch §2.2.2). */
const bodies: {
  type: string
  body: (json: object, form: Record<string, string>) => BodyInit
  json?: true
  form?: true
}[] = [
  { type: 'application/json', body: (json) => JSON.stringify(json), json: true },
  { type: 'application/json; x', body: (json) => JSON.stringify(json), json: true },
  { type: 'text/plain', body: (json) => JSON.stringify(json) },
  { type: 'application/x-www-form-urlencoded', body: (_, form) => new URLSearchParams(form).toString(), form: true },
  { type: 'APPLICATION/X-WWW-FORM-URLENCODED', body: (_, form) => new URLSearchParams(form).toString(), form: true },
  { type: 'multipart/form-data; boundary=x', body: () => '--x--' },
  { type: '', body: (json) => new TextEncoder().encode(JSON.stringify(json)) },
]

const loaded = { ...vars, THROTTLE_FACTOR: '10000' }

/** What decision 8 says, in other words than the code: who may send something, and as what. */
const expected = (
  page: { origin?: string | undefined; site?: string | undefined; trusted: boolean },
  sends: string,
) => {
  const says = page.origin !== undefined || page.site !== undefined
  if (sends === 'bearer') return 'passes'
  if (says) return page.trusted ? 'passes' : 'cross-site'
  return sends === 'cookie' ? 'cross-site' : 'passes'
}

describe('the whole matrix of pages, types and credentials', () => {
  const silent = { origin: undefined, site: undefined, trusted: false }
  const all = [...pages, silent]
  const app = startApp({ vars: loaded })
  const [email, other] = [someAddress(), someAddress()]
  let session: SessionBody
  beforeAll(async () => {
    session = await signedInUser(app, email)
    await member(app, other)
  })

  it.for(all)(
    'from ($origin, $site) a current password is taken where decision 8 lets it (A-20, ASVS 3.5.1, 3.5.2)',
    async (page, { expect }) => {
      const wrong: string[] = []
      for (const sends of ['cookie', 'bearer', 'nothing'])
        for (const { type, body, json } of bodies) {
          const credential: Record<string, string> = {
            cookie: { Cookie: `token=${session.access_token}` },
            bearer: { Authorization: `Bearer ${session.access_token}`, Cookie: `token=${session.access_token}` },
            nothing: {},
          }[sends]!
          const reply = await app.call('POST /api/auth/reauthenticate', {
            body: body({ password: somePassword }, { password: somePassword }),
            headers: { ...from(page), ...credential, ...(type && { 'Content-Type': type }) },
          })

          const passed = sends === 'nothing' ? 401 : json ? 200 : 415
          const wanted = expected(page, sends) === 'passes' ? passed : 403
          if (reply.status !== wanted) wrong.push(`${sends} as "${type}": ${reply.status} for ${wanted}`)
          if (reply.status !== 200) expect(reply.headers.getSetCookie()).toEqual([])
        }

      expect(wrong).toEqual([])
      expect((await profile(app, session.access_token)).status).toBe(200)
    },
  )

  it.for(all)(
    'from ($origin, $site) a log-in plants cookies where decision 8 lets it (A-20, ASVS 3.5.1)',
    async (page, { expect }) => {
      const wrong: string[] = []
      for (const sends of ['cookie', 'nothing'])
        for (const { type, body, json, form } of bodies) {
          const reply = await app.call('POST /api/auth/login', {
            body: body({ email: other, password: somePassword }, { username: other, password: somePassword }),
            headers: {
              ...from(page),
              ...(sends === 'cookie' && { Cookie: 'refresh_token=x' }),
              ...(type && { 'Content-Type': type }),
            },
          })

          const wanted = expected(page, sends) === 'passes' ? (json || form ? 200 : 415) : 403
          if (reply.status !== wanted) wrong.push(`${sends} as "${type}": ${reply.status} for ${wanted}`)
          if (reply.status !== 200) expect(reply.headers.getSetCookie()).toEqual([])
        }

      expect(wrong).toEqual([])
    },
  )

  it.for(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((method) => method !== 'get')
        .map((method) => `${method.toUpperCase()} ${path.replace('{id}', 'x')}`),
    ),
  )('holds for %s like for any other (A-20, ASVS 3.5.1)', async (operation, { expect }) => {
    for (const page of all.filter(({ trusted }) => !trusted)) {
      const reply = await app.request(operation, { cookies: bothCookies(session), headers: from(page), json: {} })

      expect(reply.status, JSON.stringify(page)).toBe(403)
      expect(await codeOf(reply)).toBe('cross_site')
      expect(reply.headers.getSetCookie()).toEqual([])
    }
  })
})

describe('logging out by GET', () => {
  it.for([
    ['cross-site', 403],
    ['same-site', 200],
    ['same-origin', 200],
    ['none', 200],
    [undefined, 200],
  ] as const)('from %s answers %i (A-20a, ASVS 3.5.3)', async ([site, status], { expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const answers = [
      await app.call('GET /api/auth/logout', { cookies: bothCookies(session), headers: from({ site }) }),
      await app.call('GET /auth/logout', { cookies: bothCookies(session), headers: from({ site }) }),
    ]

    expect(answers.map((answer) => answer.status)).toEqual([status, status])
    expect((await profile(app, session.access_token)).status).toBe(status === 200 ? 401 : 200)
  })
})

describe('CORS', () => {
  it.for(origins)('lets a page of $origin read: $trusted (ASVS 3.4.2)', async ({ origin, trusted }, { expect }) => {
    const app = startApp({ vars })
    const { access_token } = await signedInUser(app)

    const response = await app.call('GET /api/user/profile', { bearer: access_token, headers: { Origin: origin } })

    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(trusted ? origin : null)
    expect(response.headers.get('Access-Control-Allow-Credentials')).toBe('true')
    expect(response.headers.get('Vary')?.split(', ')).toContain('Origin')
  })

  it.for(origins)(
    'lets a page of $origin ask beforehand: $trusted (ASVS 3.4.2)',
    async ({ origin, trusted }, { expect }) => {
      const app = startApp({ vars })

      const response = await app.call('OPTIONS /api/user/profile', {
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'PUT',
          'Access-Control-Request-Headers': 'authorization,content-type',
        },
      })

      expect(response.status).toBe(204)
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe(trusted ? origin : null)
      expect(response.headers.get('Vary')?.split(', ')).toContain('Origin')
    },
  )

  it('says what a preflight may send', async ({ expect }) => {
    const app = startApp({ vars })

    const { headers } = await app.call('OPTIONS /login', {
      headers: {
        Origin: 'https://www.example.com',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
    })

    expect(headers.get('Access-Control-Allow-Methods')?.split(',')).toEqual(
      expect.arrayContaining(['GET', 'PUT', 'PATCH', 'POST', 'DELETE']),
    )
    expect(headers.get('Access-Control-Allow-Headers')?.toLowerCase()).toBe('authorization,content-type')
  })

  it.for([
    ['a refusal', 'POST /api/auth/login', { email: someAddress(), password: 'wrong, whatever it is' }, 401],
    ['bad input', 'POST /api/auth/login', {}, 422],
    ['an unknown address', 'POST /api/nowhere', {}, 404],
    ['a wrong method', 'PUT /api/auth/login', {}, 405],
  ] as const)('lets a page of ours read %s too', async ([, operation, json, status], { expect }) => {
    const app = startApp({ vars })
    const Origin = 'https://www.example.com'

    const response = await app.call(operation, { json, headers: { Origin } })

    expect(response.status).toBe(status)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(Origin)
    expect(response.headers.get('Access-Control-Expose-Headers')).toContain('Retry-After')
  })

  it('never allows every origin to send credentials (ASVS 3.4.2)', async ({ expect }) => {
    const app = startApp({ vars })

    const answers = [
      await app.call('GET /.well-known/jwks.json', { headers: { Origin: 'https://evil.example' } }),
      await app.call('GET /.well-known/jwks.json'),
      await app.call('GET /.well-known/oauth-authorization-server', { headers: { Origin: 'https://evil.example' } }),
    ]

    for (const { headers } of answers) {
      expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
    }
  })
})
