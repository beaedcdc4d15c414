import { beforeAll, describe, it } from 'vitest'
import openApi from '../../docs/openapi.json'
import { signedInAdmin } from '../support/app/administrators.ts'
import { codeOf, type SessionBody, signedInUser, startApp, type TestApp } from '../support/app/support.ts'

/** Every operation of the document, called by strangers, users and admins, with valid and invalid requests. */
const operations = Object.entries(openApi.paths).flatMap(([path, item]) =>
  Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/, 'nothing')}`),
)

/** Targets to which older or careless services redirect visitors. */
const elsewhere = [
  '//evil.example',
  '/\\evil.example',
  'https:evil.example',
  'javascript:alert(1)',
  'https://evil.example',
]

const files = ['/docs', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css', '/redoc', '/favicon.svg', '/favicon.ico']

const textual = /^(text\/|application\/javascript|image\/svg)/

describe('every reply', () => {
  let app: TestApp
  let people: (SessionBody | undefined)[]
  beforeAll(async () => {
    app = startApp()
    people = [undefined, await signedInUser(app), await signedInAdmin(app)]
  })

  const ask = async (operation: string, query = '') => {
    const replies: Response[] = []
    for (const person of people.slice(0, operation.includes('logout') || /DELETE/.test(operation) ? 1 : 3))
      for (const Accept of ['text/html', 'application/json'])
        replies.push(
          await app.request(`${operation}${query}`, {
            bearer: person?.access_token,
            headers: { Accept },
            json: operation.startsWith('GET') ? undefined : {},
          }),
        )
    return replies
  }

  it.for([...operations, ...files.map((path) => `GET ${path}`), 'GET /nothing', 'PUT /health'])(
    'declares its type, with the charset if it is text: %s (ASVS 4.1.1)',
    async (operation, { expect }) => {
      for (const reply of await ask(operation)) {
        const type = reply.headers.get('Content-Type')
        const text = await reply.text()
        if (text === '') continue
        expect(type).toMatch(/^[a-z]+\/[a-z0-9.+-]+/)
        if (textual.test(type!) && !type!.startsWith('image/')) expect(type).toMatch(/; charset=utf-8$/i)
        // RFC 8259 §11: JSON has no charset, it is UTF-8.
        if (type!.includes('json')) expect(() => JSON.parse(text)).not.toThrow()
        else expect(text).not.toMatch(/^\s*[{[]"/)
      }
    },
  )

  it('leads to the configured page, whoever asks for the password page (A-27, ASVS 3.7.2)', async ({ expect }) => {
    for (const to of elsewhere)
      for (const reply of await ask('GET /.well-known/change-password', `?next=${encodeURIComponent(to)}`)) {
        expect(reply.status).toBe(302)
        expect(reply.headers.get('Location')).toBe('http://localhost:8787/account/security')
        expect(reply.headers.get('Refresh')).toBeNull()
      }
  })

  const staying = operations.filter((operation) => operation !== 'GET /.well-known/change-password')
  it.for(staying)('redirects nowhere: %s (A-27, ASVS 3.7.2)', async (operation, { expect }) => {
    for (const to of elsewhere) {
      const target = encodeURIComponent(to)
      const query = `?redirect_to=${target}&redirect_uri=${target}&next=${target}&return_to=${target}&url=${target}`

      for (const reply of await ask(operation, query)) {
        expect(reply.status === 304 || reply.status < 300 || reply.status >= 400).toBe(true)
        expect(reply.headers.get('Location')).toBeNull()
        expect(reply.headers.get('Refresh')).toBeNull()
      }
    }
  })

  it.for(operations)(
    'reveals no versions and nothing internal: %s (ASVS 13.4.2, 13.4.6)',
    async (operation, { expect }) => {
      for (const reply of await ask(operation, '?debug=1&trace=true')) {
        for (const name of [
          'Server',
          'X-Powered-By',
          'X-AspNet-Version',
          'X-Runtime',
          'Via',
          'SourceMap',
          'X-SourceMap',
        ])
          expect(reply.headers.get(name), name).toBeNull()
        const text = reply.headers.get('Content-Type')?.includes('json') ? await reply.text() : ''
        expect(text).not.toMatch(
          /"stack"|node_modules|\bat \S+ \(|\b(hono|drizzle|workerd|miniflare|wrangler)\b(?!\.dev)/i,
        )
      }
    },
  )

  it('has its times in UTC, marked as such (ASVS 16.2.2)', async ({ expect }) => {
    const reading = operations.filter((operation) => operation.startsWith('GET /api/'))
    const texts = await Promise.all(reading.map(async (operation) => (await ask(operation)).at(-1)!.text()))

    const times = texts.join('\n').match(/"\d{4}-\d\d-\d\dT[^"]*"/g) ?? []
    expect(times.length).toBeGreaterThan(10)
    for (const time of times) expect(time).toMatch(/^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"$/)
  })
})

describe('a folder', () => {
  it.for([
    '/ui',
    '/ui/assets',
    '/ui/assets/',
    '/ui/en/',
    '/ui/previews/',
    '/ui/previews/en/',
    '/avatars',
    '/avatars/',
    '/docs/..%2f',
    '/redoc/assets/',
    '/.well-known',
    '/.well-known/',
  ])('is not listed: %s (ASVS 13.4.3)', async (path, { expect }) => {
    const app = startApp()

    const reply = await app.request(`GET ${path}`)

    expect(reply.status).toBe(404)
    expect(await reply.text()).not.toMatch(/\.(js|css|svg|webp)\b|index of/i)
  })
})

describe('the method TRACE', () => {
  it.for(['/', '/health', '/api/auth/login', '/api/user/profile', '/docs', '/nothing'])(
    'is not supported: %s (ASVS 13.4.4)',
    async (path, { expect }) => {
      const app = startApp()
      const headers = { Cookie: 'token=sentinel', 'X-Sentinel': 'sentinel' }

      const reply = await app.request(`TRACE ${path}`, { headers })

      // Below the account's own paths, a request without a valid session gets 401 before anything else is checked.
      expect(path === '/api/user/profile' ? [401] : [403, 404, 405]).toContain(reply.status)
      expect(await reply.text()).not.toContain('sentinel')
    },
  )
})

describe('grants of OAuth', () => {
  const grants = ['password', 'implicit', 'authorization_code', 'client_credentials', 'refresh_token']

  it.for([
    '/token',
    '/oauth/token',
    '/oauth2/token',
    '/api/auth/token',
    '/api/oauth/token',
    '/authorize',
    '/oauth/authorize',
  ])('have no endpoint: %s (ASVS 10.4.4)', async (path, { expect }) => {
    const app = startApp()

    for (const grant_type of grants) {
      const posted = await app.request(`POST ${path}`, {
        form: { grant_type, username: 'a@example.com', password: 'x' },
      })
      const asked = await app.request(`GET ${path}?response_type=token&client_id=x`)
      expect([posted.status, asked.status]).toEqual([404, 404])
      expect(await codeOf(posted)).toBe('not_found')
    }
  })

  it('are promised to no library (ASVS 10.4.4)', async ({ expect }) => {
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const metadata = await (await startApp().call(`GET /.well-known/${name}`)).json()

      expect(JSON.stringify(metadata)).not.toMatch(/_endpoint"|implicit|"password"|"token"/)
    }
  })
})
