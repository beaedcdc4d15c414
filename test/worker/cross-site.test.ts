import { beforeAll, describe, it } from 'vitest'
import document from '../../docs/openapi.json'
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
  stepUp,
  type TestApp,
} from '../support/app/support.ts'

const vars = { FRONTEND_URL: 'https://www.example.com/app', CORS_ORIGINS: 'https://other.example.net' }
const ours = 'http://localhost:8787'

/** What a browser may state about the origin of a request, and whether that is a page of ours. */
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

/**
 * If the browser states that no other page is involved, that decides; otherwise the origin decides, if it is trusted.
 */
const ownWord = ['same-origin', 'none']
const pages = [
  ...origins.flatMap((row) => [
    { ...row, site: undefined },
    ...sites.map((site) => ({ ...row, site, trusted: row.trusted || ownWord.includes(site) })),
  ]),
  ...sites.map((site) => ({ origin: undefined, site, trusted: ownWord.includes(site) })),
]

const from = ({ origin, site }: { origin?: string | undefined; site?: string | undefined }) => ({
  ...(origin !== undefined && { Origin: origin }),
  ...(site !== undefined && { 'Sec-Fetch-Site': site }),
})

const bothCookies = (session: SessionBody) => ({ token: session.access_token, refresh_token: session.refresh_token })

/** Every operation that may change something, with an id for its parameter. */
const writing = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.keys(item)
    .filter((method) => method !== 'get')
    .map((method) => `${method.toUpperCase()} ${path.replace('{id}', 'x')}`),
)

/** Logs in by JSON and by a form, from a page. */
const bothLogIns = async (app: TestApp, email: string, page: (typeof pages)[number]) => {
  const headers = from(page)
  return [
    await app.call('POST /api/auth/login', { json: { email, password: somePassword }, headers }),
    await app.call('POST /api/auth/login', { form: { username: email, password: somePassword }, headers }),
  ] as const
}

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

  it.for(ofOurs)('($origin, $site) refreshes by form, and so gets cookies (A-20)', async (page, { expect }) => {
    const app = startApp({ vars })
    const { refresh_token } = await signedInUser(app)

    const response = await app.call('POST /api/auth/refresh', {
      form: { grant_type: 'refresh_token', refresh_token },
      headers: from(page),
    })

    expect(response.status).toBe(200)
    expect(cookiesOf(response).refresh_token).not.toBe(refresh_token)
  })

  it.for(ofOurs)('($origin, $site) logs in, by JSON and by form (A-20)', async (page, { expect }) => {
    const app = startApp({ vars })
    const email = await member(app)

    const [byJson, byForm] = await bothLogIns(app, email, page)

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

  // A form needs no permission by CORS (Fetch §2.2.2). With a token of its own it would plant cookies; without one it
  // would use the visitor's.
  it.for(ofOthers)(
    '($origin, $site) does not refresh by a form (A-20, ASVS 3.5.1, 3.5.2)',
    async (page, { expect }) => {
      const app = startApp({ vars })
      const session = await signedInUser(app)
      const { refresh_token } = session
      const type = { 'Content-Type': 'application/x-www-form-urlencoded' }

      const replies = [
        await app.call('POST /api/auth/refresh', {
          form: { grant_type: 'refresh_token', refresh_token },
          headers: from(page),
        }),
        await app.call('POST /api/auth/refresh', {
          body: '',
          cookies: bothCookies(session),
          headers: { ...from(page), ...type },
        }),
      ]

      expect(replies.map(({ status }) => status)).toEqual([403, 403])
      expect(replies.flatMap((reply) => reply.headers.getSetCookie())).toEqual([])
      app.wait({ minutes: 1 })
      expect((await refresh(app, refresh_token)).status).toBe(200)
    },
  )

  it.for(ofOthers)('($origin, $site) plants no cookies by a log-in (A-20, ASVS 3.5.1)', async (page, { expect }) => {
    const app = startApp({ vars })
    const email = await member(app)

    const [byJson, byForm] = await bothLogIns(app, email, page)

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
      await stepUp(app, { ...call, json: { password: somePassword } }),
    ]

    expect(answers.map((answer) => answer.status)).toEqual([403, 403, 403, 403, 403])
    expect(answers.flatMap((answer) => answer.headers.getSetCookie())).toEqual([])
    expect((await profile(app, session.access_token)).status).toBe(200)
    expect((await refresh(app, session.refresh_token)).status).toBe(200)
  })
})

describe('a request with cookies that says nothing of its page', () => {
  it.for([undefined, `${ours}/some/page`, `https://evil.example/?${ours}`, 'localhost:8787'])(
    'comes from a client with a cookie jar, whatever its Referer: %s',
    async (Referer, { expect }) => {
      const app = startApp({ vars })
      const session = await signedInUser(app)
      const headers = { ...(Referer && { Referer }) }

      const response = await app.call('POST /api/auth/refresh', { cookies: bothCookies(session), headers })

      expect(response.status).toBe(200)
    },
  )

  it('may do all that its cookies let it', async ({ expect }) => {
    const app = startApp()
    const session = await signedInUser(app)
    const cookies = { ...bothCookies(session), device: 'x' }

    const answers = [
      await app.call('POST /api/auth/refresh', { cookies, json: { refresh_token: session.refresh_token } }),
      await app.call('POST /api/auth/forgot-password', { cookies, json: { email: session.email } }),
      await app.call('POST /api/auth/register', { cookies, json: { email: someAddress(), password: somePassword } }),
      await app.call('PATCH /api/user/profile', { cookies, json: { name: 'Ada' } }),
      await app.call('POST /api/auth/login', { cookies, form: { username: session.email, password: somePassword } }),
      await app.call('POST /api/auth/logout', { cookies }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 201, 200, 200, 200])
  })
})

describe('a client that is no browser', () => {
  it('sends nothing about its origin, and need not', async ({ expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const response = await refresh(app, session.refresh_token)

    expect(response.status).toBe(200)
  })

  it('passes with a bearer token, which no page can add to a request of another site', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await stepUp(app, {
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

    const response = await stepUp(app, { body, headers, cookies: bothCookies(session) })

    expect(response.status).toBe(status)
  })

  it.for(types)('sent as “%s” by another site answers 403 (A-20)', async ([type], { expect }) => {
    const app = startApp()
    const session = await signedInUser(app)
    const body = new TextEncoder().encode(JSON.stringify({ password: somePassword }))
    const headers = { ...from({ origin: 'https://evil.example' }), ...(type && { 'Content-Type': type }) }

    const response = await stepUp(app, { body, headers, cookies: bothCookies(session) })

    expect(response.status).toBe(403)
  })
})

/** A body of each type that a page could send: the first two without a preflight (Fetch §2.2.2). */
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

/** The cross-site rule, written in another way than in the code: who may send a request, and how. */
const expected = (
  page: { origin?: string | undefined; site?: string | undefined; trusted: boolean },
  sends: string,
) => {
  const says = page.origin !== undefined || page.site !== undefined
  return sends === 'bearer' || !says || page.trusted ? 'passes' : 'cross-site'
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
          const reply = await stepUp(app, {
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

  it.for(writing)('holds for %s like for any other (A-20, ASVS 3.5.1)', async (operation, { expect }) => {
    for (const page of pages.filter(({ trusted }) => !trusted)) {
      const reply = await app.request(operation, { cookies: bothCookies(session), headers: from(page), json: {} })

      expect(reply.status, JSON.stringify(page)).toBe(403)
      expect(await codeOf(reply)).toBe('cross_site')
      expect(reply.headers.getSetCookie()).toEqual([])
    }
  })
})

describe('the rule, stated by itself', () => {
  const table = {
    vars: { ...loaded, CORS_ORIGINS: 'https://other.example.net https://*.site.pages.dev tauri://localhost' },
  }
  const app = startApp(table)
  /** A genuine token of an ended session: requests that it lets pass do no harm here. */
  let session: SessionBody
  beforeAll(async () => {
    session = await signedInUser(app)
    await app.call('POST /api/auth/logout', { json: { refresh_token: session.refresh_token } })
  })

  const trusted = ['http://127.0.0.1:8787', 'https://pr-1.site.pages.dev', 'tauri://localhost']
  const foreign = ['https://evil.example', 'null', 'https://a.b.site.pages.dev', 'https://site.pages.dev']
  const referers = [undefined, `${ours}/account`, 'https://evil.example/']
  const types = ['application/json', 'application/x-www-form-urlencoded', 'text/plain']
  const jars = ['', 'device', 'token', 'token refresh_token']
  const bearers = ['', 'genuine', 'junk']

  /**
   * The cookies that an operation reads although a genuine bearer token came with it. Operations that are not listed
   * read none.
   */
  const reads: Record<string, string[]> = {
    'POST /api/auth/login': ['refresh_token', 'device'],
    'POST /api/auth/refresh': ['refresh_token'],
    'POST /api/auth/logout': ['token', 'refresh_token'],
    'POST /api/user/change-password': ['device', 'refresh_token'],
  }

  type Case = { origin?: string | undefined; site?: string | undefined; jar: string; bearer: string }
  const rule = (operation: string, { origin, site, jar, bearer }: Case) => {
    if (site === 'same-origin' || site === 'none') return 'passes'
    if (site === undefined && origin === undefined) return 'passes'
    if (origin !== undefined && trusted.includes(origin)) return 'passes'
    if (bearer !== 'genuine') return 'cross_site'
    return jar.split(' ').some((name) => reads[operation]?.includes(name)) ? 'cross_site' : 'passes'
  }

  const send = async (operation: string, at: Case, referer: string | undefined, type: string, body: string) => {
    const authorization = {
      '': undefined,
      genuine: `Bearer ${session.access_token}`,
      junk: 'Bearer x.y.z',
    }[at.bearer]
    const values = { token: session.access_token, refresh_token: session.refresh_token, device: 'x' }
    const jar = at.jar.split(' ').filter(Boolean) as (keyof typeof values)[]
    const reply = await app.request(operation, {
      headers: {
        ...from(at),
        'Content-Type': type,
        ...(referer && { Referer: referer }),
        ...(authorization && { Authorization: authorization }),
      },
      cookies: Object.fromEntries(jar.map((name) => [name, values[name]])),
      body,
    })
    const { code } = (await reply.json().catch(() => ({}))) as { code?: string }
    if (code === 'cross_site') {
      if (reply.status !== 403 || reply.headers.getSetCookie().length > 0) return 'refused, and did something'
      return 'cross_site'
    }
    return 'passes'
  }

  const everySite = [undefined, ...sites]
  const everyOrigin = [undefined, ...trusted, ...foreign]
  const json: Record<string, object> = {
    'POST /api/auth/login': { email: 'nobody@example.com', password: 'wrong, whatever it is' },
    'POST /api/user/change-password': { current_password: 'wrong, whatever it is', new_password: 'another fine one' },
  }

  it.for(['POST /api/nowhere', 'DELETE /api/nowhere'])(
    'holds for %s over each Origin, Sec-Fetch-Site, Referer, type, jar and bearer (A-20, ASVS 3.5.1, 3.5.2)',
    async (operation, { expect }) => {
      const wrong: string[] = []
      for (const origin of everyOrigin)
        for (const site of everySite)
          for (const referer of referers)
            for (const type of types)
              for (const jar of ['', 'token refresh_token device'])
                for (const bearer of ['', 'genuine', 'junk']) {
                  const at = { origin, site, jar, bearer }
                  const got = await send(operation, at, referer, type, '')
                  const wanted = rule(operation, at)
                  if (got !== wanted) wrong.push(`${JSON.stringify({ ...at, referer, type })}: ${got} for ${wanted}`)
                }

      expect(wrong).toEqual([])
    },
  )

  it.for(writing)(
    'holds for %s over each Origin, Sec-Fetch-Site, jar and bearer (A-20, ASVS 3.5.1)',
    async (operation, { expect }) => {
      const wrong: string[] = []
      for (const origin of [undefined, 'https://pr-1.site.pages.dev', 'https://evil.example'])
        for (const site of everySite)
          for (const jar of jars)
            for (const bearer of bearers) {
              const at = { origin, site, jar, bearer }
              const got = await send(operation, at, undefined, types[0]!, JSON.stringify(json[operation] ?? {}))
              const wanted = rule(operation, at)
              if (got !== wanted) wrong.push(`${JSON.stringify(at)}: ${got} for ${wanted}`)
            }

      expect(wrong).toEqual([])
    },
  )

  it('reads no cookie only because of a bearer token, and changes nothing (ASVS 3.5.1)', async ({ expect }) => {
    const victim = await signedInUser(app)
    const page = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }

    for (const bearer of ['x', victim.refresh_token, session.access_token, victim.access_token])
      for (const operation of ['POST /api/auth/refresh', 'POST /api/auth/logout']) {
        const reply = await app.request(operation, { cookies: bothCookies(victim), bearer, headers: page })

        expect(reply.status, `${operation} ${bearer}`).toBe(403)
        expect(reply.headers.getSetCookie()).toEqual([])
      }
    expect((await profile(app, victim.access_token)).status).toBe(200)
    expect((await refresh(app, victim.refresh_token)).status).toBe(200)
  })

  it.for([
    ['https://evil.example', 'https://evil.example'],
    ['null', 'null'],
    ['chrome-extension://abcdefghijklmnop', 'chrome-extension://abcdefghijklmnop'],
    ['https://xn--bcher-kva.example:8443', 'https://xn--bcher-kva.example:8443'],
    ['<script>alert(1)</script>', undefined],
    [`https://${'a'.repeat(300)}.example`, undefined],
    ['https://evil.example/path "quoted"', undefined],
    ['', undefined],
  ])('names the origin %j in the refusal, if it looks like one', async ([origin, named], { expect }) => {
    const reply = await app.call('POST /api/auth/logout', { headers: { Origin: origin! } })

    const { detail } = (await reply.json()) as { detail: string }
    expect(detail).toBe(
      named
        ? `This request comes from the origin ${named}, which is not allowed.`
        : 'This request comes from a page whose origin is not allowed.',
    )
  })
})

describe('logging out by GET', () => {
  const friend = { Referer: 'https://www.example.com/account' }
  const acts = [
    { what: 'a click on a page of ours', headers: { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Dest': 'document' } },
    { what: 'an address that was typed', headers: { 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Dest': 'document' } },
    { what: 'a script of ours', headers: { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Dest': 'empty' } },
    {
      what: 'a click on Next’s link',
      headers: { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Dest': 'empty', RSC: '1' },
    },
    { what: 'a link of an allowed host', headers: { 'Sec-Fetch-Site': 'same-site', ...friend } },
    { what: 'a script of one', headers: { 'Sec-Fetch-Site': 'same-site', Origin: 'https://www.example.com' } },
    { what: 'a client that is no browser', headers: {} },
  ]
  const refused = [
    { what: 'a page of another site', headers: { 'Sec-Fetch-Site': 'cross-site' } },
    { what: 'one that names ours', headers: { 'Sec-Fetch-Site': 'cross-site', ...friend } },
    { what: 'a sister host', headers: { 'Sec-Fetch-Site': 'same-site' } },
    {
      what: 'a sister host by its Referer',
      headers: { 'Sec-Fetch-Site': 'same-site', Referer: 'https://a.example.com/' },
    },
    { what: 'one that is no URL', headers: { 'Sec-Fetch-Site': 'same-site', Referer: 'www.example.com' } },
    {
      what: 'a sister host by its Origin',
      headers: { 'Sec-Fetch-Site': 'same-site', Origin: 'https://a.example.com', ...friend },
    },
    { what: 'an origin alone', headers: { Origin: 'https://evil.example' } },
  ]
  const ahead = [
    ['Sec-Purpose', 'prefetch'],
    ['Sec-Purpose', 'prefetch;prerender'],
    ['Purpose', 'prefetch'],
    ['X-Purpose', 'preview'],
    ['X-Sec-Purpose', 'prefetch'],
    ['X-Moz', 'prefetch'],
    ['Next-Router-Prefetch', '1'],
    ['Next-Router-Prefetch', '2'],
    ['Next-Router-Segment-Prefetch', '/_tree'],
    ['X-Middleware-Prefetch', '1'],
    ...['image', 'iframe', 'frame', 'script', 'style', 'font', 'video', 'object', 'embed', 'manifest', 'worker'].map(
      (dest) => ['Sec-Fetch-Dest', dest],
    ),
  ].map(([name, value]) => ({
    what: `${name}: ${value}`,
    headers: { 'Sec-Fetch-Site': 'same-origin', [name!]: value! },
  }))
  const all = [
    ...acts.map((row) => ({ ...row, status: 200 })),
    ...refused.map((row) => ({ ...row, status: 403 })),
    ...ahead.map((row) => ({ ...row, status: 204 })),
  ]

  it.for(all)('for $what answers $status (A-20a, ASVS 3.5.3)', async ({ headers: sent, status }, { expect }) => {
    const headers = sent as Record<string, string>
    const app = startApp({ vars })
    const session = await signedInUser(app)

    const answers = [
      await app.request('GET /api/auth/logout', { cookies: bothCookies(session), headers }),
      await app.request('GET /auth/logout', { cookies: bothCookies(session), headers }),
    ]

    expect(answers.map((answer) => answer.status)).toEqual([status, status])
    if (status !== 200) expect(answers.flatMap((answer) => answer.headers.getSetCookie())).toEqual([])
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
    const exposed = response.headers.get('Access-Control-Expose-Headers')?.split(',')
    expect(exposed).toEqual(expect.arrayContaining(['Retry-After', 'Content-Disposition']))
  })

  it('never allows every origin to send credentials (ASVS 3.4.2)', async ({ expect }) => {
    const app = startApp({ vars })

    const answers = [
      await app.call('GET /.well-known/jwks.json', { headers: { Origin: 'https://evil.example' } }),
      await app.call('GET /.well-known/jwks.json'),
      await app.call('GET /.well-known/oauth-authorization-server', { headers: { Origin: 'https://evil.example' } }),
      await app.call('GET /.well-known/openid-configuration', { headers: { Origin: 'https://evil.example' } }),
    ]

    for (const { headers } of answers) {
      expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
    }
  })
})
