import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, it } from 'vitest'
import document from '../../docs/openapi.json'
import { errorCodes } from '../../src/domain/problems.ts'
import { documentOrigin } from '../../src/routes/assets.ts'
import { linkPages } from '../operations/index.ts'
import { codeOf, signedInUser, startApp, type TestApp } from '../support/app/support.ts'
import { logged } from './setup.ts'

/** The headers of a browser when a person opens a URL. */
const browser = { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }

/** Pages of links, with the operations that each posts to besides its own: those that send another link. */
const alsoAsks: Record<string, string[]> = {
  'verify-email': ['/api/auth/resend-verification'],
  'reset-password': ['/api/auth/forgot-password'],
  'cancel-email-change': ['/api/auth/forgot-password'],
  'end-session': ['/api/auth/forgot-password'],
  'login/mail/link': ['/api/auth/login/code'],
  'remove-factor': ['/api/auth/forgot-password'],
  'cancel-factor-recovery': ['/api/auth/forgot-password'],
  'undo-deletion': ['/api/auth/forgot-password'],
}
const asks = Object.fromEntries(linkPages.map((page) => [`/auth/${page}`, alsoAsks[page] ?? []]))
const links = Object.keys(asks)
const own = ['/', '/errors', ...links]
const pages = [...own, '/docs', '/redoc']

/** A deployment with the real cost of a hash; nothing is hashed here. */
const deployed = { APP_URL: 'https://auth.example.com', PASSWORD_SCRYPT: 'ln=15,r=8,p=3' }

const open = async (path: string, options: Parameters<typeof startApp>[0] = {}) => {
  const response = await startApp(options).call(`GET ${path}`, browser)
  return { response, html: await response.text() }
}

const attributes = (html: string, name: string) =>
  [...html.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map((m) => m[1]!)

describe('every page', () => {
  it.for(pages)('%s runs and shows only files of this service (ASVS 14.2.3)', async (path, { expect }) => {
    const { response, html } = await open(path)
    const policy = response.headers.get('Content-Security-Policy')
    const documentation = ['/docs', '/redoc'].includes(path)

    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toMatch(/^text\/html; charset=utf-8$/i)
    expect(policy?.split('; ').sort()).toEqual(
      [
        "default-src 'none'",
        "script-src 'self'",
        path === '/redoc' ? "style-src 'self' 'unsafe-inline'" : "style-src 'self'",
        ...(path === '/redoc' ? ['worker-src blob:'] : []),
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        // Swagger UI and ReDoc write markup.
        ...(documentation ? [] : ["require-trusted-types-for 'script'", "trusted-types 'none'"]),
      ].sort(),
    )
    // The only script without an address is data, which a browser does not run.
    expect(html.replace(/<script type="application\/json" id="words">/, '')).not.toMatch(
      /<style| style=|<script(?! src=)| on\w+="|javascript:/i,
    )
    expect([...html.matchAll(/(?:src|rel="stylesheet" href)="([^"]*)"/g)].map((m) => m[1])).not.toContainEqual(
      expect.stringMatching(/^(https?:)?\/\//),
    )
  })

  it.for(pages)('%s names files that exist, of the type they are used as', async (path, { expect }) => {
    const app = startApp()
    const html = await (await app.call(`GET ${path}`, browser)).text()
    const files = [...html.matchAll(/<(script|link|img)[^>]* (?:src|href)="([^"]*)"/g)].map((m) => m[2]!)

    const types = await Promise.all(
      files.map(async (file) => {
        const response = await app.request(`GET ${file}`)
        return `${response.status} ${file} ${response.headers.get('Content-Type')}`
      }),
    )

    expect(types.length).toBeGreaterThan(1)
    for (const type of types)
      expect(type).toMatch(/^200 \S+(\.js text\/javascript|\.css text\/css|\.svg image\/svg\+xml)/)
  })

  it.for(own)('%s is not stored and sends no referrer', async (path, { expect }) => {
    const { response } = await open(path)

    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      vary: expect.stringContaining('Accept'),
    })
  })

  it.for(own)('%s shows the name of the deployment, escaped', async (path, { expect }) => {
    const { html } = await open(path, { vars: { APP_NAME: '<b>Ada & Co</b>' } })

    expect(html).toMatch(/<title>[^<]*&lt;b&gt;Ada &amp; Co&lt;\/b&gt;<\/title>/)
    expect(html).not.toContain('<b>Ada')
  })
})

describe('the page of a link', () => {
  it.for(links)('%s is for people only', async (path, { expect }) => {
    const app = startApp()

    const answers = await Promise.all(
      ['*/*', 'application/json', undefined].map((accept) =>
        app.call(`GET ${path}`, { headers: accept === undefined ? {} : { Accept: accept } }),
      ),
    )

    for (const answer of answers) expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  })

  it.for(links)('%s posts to operations that exist', async (path, { expect }) => {
    const { html } = await open(path)
    const posted = attributes(html, 'data-post').map((address) => address.replace(/\?.*/, ''))

    expect([...new Set(posted)]).toEqual([`/api${path}`, ...asks[path]!])
    for (const operation of posted) expect(document.paths).toHaveProperty([operation, 'post'])
  })

  it.for(links)('%s contains nothing of its URL', async (path, { expect }) => {
    const { html } = await open(`${path}?token=sentinel"><i>`)

    expect(html).not.toContain('sentinel')
  })

  it.for(links)(
    '%s has a label for every field, and says what is missing without scripts',
    async (path, { expect }) => {
      const { html } = await open(path)
      const fields = [...html.matchAll(/<input [^>]*id="([^"]*)"/g)].map((m) => m[1])
      const ids = attributes(html, 'id')

      expect(fields.length).toBeGreaterThan(asks[path]!.length)
      expect(attributes(html, 'for').sort()).toEqual(fields.sort())
      expect(ids).toHaveLength(new Set(ids).size)
      for (const described of attributes(html, 'aria-describedby').flatMap((names) => names.split(' ')))
        expect(ids).toContain(described)
      expect(html).toMatch(/<noscript>.*needs scripts.*<\/noscript>/s)
    },
  )

  it('lets password managers make the new password, and asks for the length of the deployment (N13)', async ({
    expect,
  }) => {
    const { html } = await open('/auth/reset-password', { vars: { PASSWORD_MIN_LENGTH: '15' } })

    expect(html).toMatch(/<input [^>]*name="new_password"[^>]*type="password"[^>]*autocomplete="new-password"/)
    expect(html).toContain('data-min="15"')
    expect(html).toContain('At least 15 characters')
  })

  it.for(links)('%s leads on to the site in front of the service', async (path, { expect }) => {
    const alone = await open(path)
    const behind = await open(path, { vars: { FRONTEND_URL: 'https://www.example.com/app' } })

    expect(alone.html).not.toContain('Continue to')
    expect(behind.html).toContain('href="https://www.example.com/app"')
  })
})

describe('the index', () => {
  it('is data for programs', async ({ expect }) => {
    const response = await startApp().call('GET /', { headers: { Accept: '*/*' } })

    expect(await response.json()).toMatchObject({
      name: 'Gatehouse',
      version: document.info.version,
      links: { openapi: 'http://localhost:8787/openapi.json', jwks: 'http://localhost:8787/.well-known/jwks.json' },
    })
    expect(response.headers.get('Vary')).toContain('Accept')
  })

  it('leads to addresses that answer', async ({ expect }) => {
    const app = startApp()
    const html = await (await app.call('GET /', browser)).text()
    const targets = attributes(html, 'href').filter((href) => !/^(?:\/cdn-cgi\/|#|\?)/.test(href))

    const answers = await Promise.all(
      targets.map(async (href) => `${(await app.request(`GET ${href}`, browser)).status} ${href}`),
    )

    expect(answers.length).toBeGreaterThan(6)
    for (const answer of answers) expect(answer).toMatch(/^200 /)
  })

  it('names the local mailbox on localhost alone', async ({ expect }) => {
    const local = await open('/')
    const elsewhere = await open('/', { vars: deployed })

    expect(local.html).toContain('/cdn-cgi/local/explorer/email')
    expect(elsewhere.html).not.toContain('/cdn-cgi/')
  })
})

describe('the page of errors', () => {
  it('has every code at its anchor', async ({ expect }) => {
    const { html } = await open('/errors')

    const sections = [...html.matchAll(/<section [^>]*id="([^"]*)"/g)].map((m) => m[1])
    expect(sections).toEqual([...errorCodes])
  })

  it('is data for programs', async ({ expect }) => {
    const response = await startApp().call('GET /errors')
    const { errors } = (await response.json()) as { errors: { code: string; status: number }[] }

    expect(errors.map(({ code }) => code)).toEqual([...errorCodes])
    expect(errors).toContainEqual(expect.objectContaining({ code: 'rate_limited', status: 429 }))
  })
})

describe('the documentation', () => {
  const files = ['/docs', '/docs/', '/docs/init.js', '/redoc', '/redoc/', '/redoc/init.js', '/openapi.json']

  it.for(files)('%s answers itself, without a redirect', async (path, { expect }) => {
    const response = await startApp().request(`GET ${path}`)

    expect(response.status).toBe(200)
    expect(response.headers.get('Strict-Transport-Security')).toContain('includeSubDomains')
  })

  it.for(files)('%s is not there when it is switched off', async (path, { expect }) => {
    const app = startApp({ vars: { DOCS: 'off' } })

    const response = await app.request(`GET ${path}`)
    const { links } = (await (await app.call('GET /')).json()) as { links: object }

    expect(response.status).toBe(404)
    expect(await codeOf(response)).toBe('not_found')
    expect(Object.keys(links)).toEqual(['errors', 'health', 'jwks'])
    expect((await app.call('GET /', browser)).status).toBe(200)
  })

  it('is downloaded once: the ETag confirms the copy of a browser', async ({ expect }) => {
    const app = startApp()
    const etag = (await app.call('GET /docs')).headers.get('ETag')

    const again = await app.call('GET /docs', { headers: { 'If-None-Match': etag! } })
    const other = await app.call('GET /docs', { headers: { 'If-None-Match': '"another"' } })

    expect(etag).toBeTruthy()
    expect(again.status).toBe(304)
    expect(again.headers.get('Content-Security-Policy')).toContain("script-src 'self'")
    expect(other.status).toBe(200)
  })

  it.for([
    '/docs/nothing',
    '/docs/index.html',
    '/docs/../wrangler.toml',
    '/ui/assets/',
    '/ui/assets/nothing.js',
    '/ui/en/sign-in',
    '/ui/en/sign-in.html',
    '/redoc/%2e%2e/index.html',
  ])('has nothing at %s', async (path, { expect }) => {
    const response = await startApp().request(`GET ${path}`)

    expect(response.status).toBe(404)
    expect(await codeOf(response)).toBe('not_found')
  })

  const addressed = (address: string) => JSON.parse(JSON.stringify(document).replaceAll(documentOrigin, address))

  it('is the committed document, with the address of the deployment, whatever a request says', async ({ expect }) => {
    const app = startApp({ vars: { ...deployed, APP_URL: 'https://accounts.example.org' } })
    const evil = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' }

    const response = await app.request('GET /openapi.json', { headers: { ...evil, Origin: 'https://evil.example' } })

    const text = await response.text()
    expect(JSON.parse(text)).toEqual(addressed('https://accounts.example.org'))
    expect(JSON.parse(text)).toMatchObject({ servers: [{ url: 'https://accounts.example.org' }] })
    expect(text).not.toMatch(/evil|auth\.example\.com/)
  })

  it('is confirmed by the ETag of this address, and by that of no other', async ({ expect }) => {
    const [before, after] = ['https://old.example.org', 'https://new.example.org'].map((APP_URL) =>
      startApp({ vars: { ...deployed, APP_URL } }),
    ) as [TestApp, TestApp]
    const etag = (await before.request('GET /openapi.json')).headers.get('ETag') ?? ''
    const ask = (app: TestApp, known: string) =>
      app.request('GET /openapi.json', { headers: { 'If-None-Match': known } })

    const [same, weak, other] = [await ask(before, etag), await ask(before, `W/${etag}`), await ask(after, etag)]

    expect([same.status, weak.status, other.status]).toEqual([304, 304, 200])
    expect(same.headers.get('ETag')?.replace('W/', '')).toBe(etag.replace('W/', ''))
    expect(await other.json()).toEqual(addressed('https://new.example.org'))
  })

  it('asks no other server for a picture', async ({ expect }) => {
    const script = await (await startApp().request('GET /redoc/redoc.standalone.js')).text()

    expect(script).toContain('redocly logo')
    expect(script).not.toContain('cdn.redoc.ly')
  })

  it.for(['/favicon.ico', '/favicon.svg'])('has a picture at %s', async (path, { expect }) => {
    const response = await startApp().request(`GET ${path}`)

    expect(response.headers.get('Content-Type')).toBe('image/svg+xml')
  })
})

describe('what other services read', () => {
  it('are public keys that verify an access token, for pages of any origin', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const headers = { Origin: 'https://elsewhere.example' }

    const response = await app.call('GET /.well-known/jwks.json', { headers })
    const text = await response.text()
    const keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet)
    const verified = await jwtVerify(access_token, keys, { issuer: 'http://localhost:8787', typ: 'at+jwt' })

    expect(verified.protectedHeader.kid).toBe('first')
    expect((JSON.parse(text) as JSONWebKeySet).keys.map(({ kid }) => kid)).toEqual(['first', 'second'])
    expect(text).not.toContain('"d"')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=300',
    })
  })

  it('is the address of the keys, found by the issuer', async ({ expect }) => {
    const response = await startApp({ vars: deployed }).call(
      'GET https://auth.example.com/.well-known/oauth-authorization-server',
    )

    expect(await response.json()).toMatchObject({
      issuer: 'https://auth.example.com',
      jwks_uri: 'https://auth.example.com/.well-known/jwks.json',
      grant_types_supported: [],
    })
  })
})

describe('health', () => {
  const broken = { vars: { SIGNING_KEYS: undefined } }

  it('names what is missing, and to the developer in words', async ({ expect }) => {
    const local = await startApp(broken).call('GET /health')
    const deployed = await startApp(broken).request('GET https://auth.example.com/health')

    expect([local.status, deployed.status]).toEqual([503, 503])
    expect(await local.json()).toEqual({
      status: 'misconfigured',
      settings: [expect.stringMatching(/^SIGNING_KEYS: ./)],
    })
    expect(await deployed.json()).toEqual({ status: 'misconfigured', settings: ['SIGNING_KEYS'] })
  })

  it('does not report a service as ready that is not', async ({ expect }) => {
    const response = await startApp(broken).call('GET /health/ready')

    expect(response.status).toBe(500)
    expect(await codeOf(response)).toBe('misconfigured')
    expect(logged().join()).toContain('SIGNING_KEYS')
  })

  it('is ready when the database answers', async ({ expect }) => {
    const response = await startApp().call('GET /health/ready')

    expect(await response.json()).toEqual({ status: 'ready' })
  })

  const databases = {
    refuses: () => Promise.reject(new Error('D1_ERROR: overloaded')),
    'is silent': () => new Promise<never>(() => {}),
  }

  it.for(Object.entries(databases))('is not ready when the database %s', async ([, answer], { expect }) => {
    const statement = { bind: () => statement, all: answer, raw: answer, first: answer, run: answer }
    const DB = { prepare: () => statement, batch: answer } as unknown as D1Database
    const before = Date.now()

    const response = await startApp({ bindings: { DB } }).call('GET /health/ready')

    expect(response.status).toBe(503)
    expect(await codeOf(response)).toBe('dependency_unavailable')
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(Date.now() - before).toBeLessThan(2000)
  })
})

describe('an address without a page', () => {
  const html = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

  it.for([
    ['GET /nope', 404],
    ['GET /login', 405],
    ['GET /api/auth/nope', 404],
    ['GET /account/nothing', 404],
  ] as const)('is a page for a browser and a problem for a client: %s', async ([operation, status], { expect }) => {
    const app = startApp()

    const forPeople = await app.request(operation, { headers: html })
    const forClients = await app.request(operation, { headers: { Accept: '*/*' } })

    expect([forPeople.status, forClients.status]).toEqual([status, status])
    expect(forPeople.headers.get('Content-Type')).toContain('text/html')
    expect(forPeople.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    expect(forPeople.headers.get('Allow')).toBe(forClients.headers.get('Allow'))
    expect(await forPeople.text()).toContain('<h1>There is no page here</h1>')
    expect(forClients.headers.get('Content-Type')).toBe('application/problem+json')
  })

  it('is answered with problem details if a page posts to it', async ({ expect }) => {
    const response = await startApp().request('POST /nope', { headers: html })

    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
  })
})

describe('the way to a new password', () => {
  it('leads password managers to the site, by the W3C’s well-known address', async ({ expect }) => {
    const own = await startApp().call('GET /.well-known/change-password')
    const site = await startApp({ vars: { FRONTEND_URL: 'https://app.example.com/site/' } }).call(
      'GET /.well-known/change-password',
    )

    expect([own.status, own.headers.get('Location')]).toEqual([302, 'http://localhost:8787/account/security'])
    expect([site.status, site.headers.get('Location')]).toEqual([302, 'https://app.example.com/site/account/security'])
  })

  it('has a field for the name that a password manager files it under, which may stay empty', async ({ expect }) => {
    const page = await startApp().request('GET /api/auth/reset-password', { headers: { Accept: 'text/html' } })

    expect(await page.text()).toMatch(/<input id="username"[^>]* autocomplete="username"[^>]* data-optional/)
  })

  it.for(linkPages)('like every page of a mailed link accepts a pasted link: %s', async (name, { expect }) => {
    const page = await startApp().request(`GET /api/auth/${name}`, { headers: { Accept: 'text/html' } })

    expect(await page.text()).toMatch(/<form data-paste[\s\S]*name="link"/)
  })
})
