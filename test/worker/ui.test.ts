import { describe, it } from 'vitest'
import { accepted, languages, say } from '../../src/domain/languages.ts'
import { filled } from '../../src/routes/pages.ts'
import { returnTo } from '../../src/routes/return-to.ts'
import { hostedPages } from '../../src/routes/ui.ts'
import { codeOf, startApp } from '../support/app/support.ts'

/** The pages for people, and how their texts are made. */

const html = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const behind = {
  FRONTEND_URL: 'https://www.example.com/app',
  CORS_ORIGINS: 'https://shop.example.com https://*.pr.example.com',
}

const open = async (
  path: string,
  options: Parameters<typeof startApp>[0] = {},
  headers: Record<string, string> = {},
) => {
  const response = await startApp(options).request(`GET ${path}`, { headers: { ...html, ...headers } })
  return { response, text: await response.text() }
}

const policyOf = (response: Response) => response.headers.get('Content-Security-Policy')?.split('; ').sort()

describe('a hosted page', () => {
  it.for(hostedPages)('%s runs nothing but its own files, and turns no text into markup', async (name, { expect }) => {
    const { response, text } = await open(`/${name}`)

    expect(response.status).toBe(200)
    expect(policyOf(response)).toEqual(
      [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        `img-src 'self' data:${/^(?:account|console)\b/.test(name) ? ' blob: http://localhost:8787' : ''}`,
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
        ...(name === 'console/mails' ? ["frame-src 'self'"] : []),
      ].sort(),
    )
    expect(text).not.toMatch(/<style| style=| on\w+="|javascript:|https?:\/\//i)
    expect(text).not.toMatch(/\{\{|<!--/)
  })

  it.for(hostedPages)('%s has files that browsers may keep for ever', async (name, { expect }) => {
    const { text } = await open(`/${name}`)
    const files = [...text.matchAll(/(?:src|href)="(\/ui\/assets\/[^"]*)"/g)].map((m) => m[1]!)

    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const response = await startApp().request(`GET ${file}`)
      expect([response.status, response.headers.get('Cache-Control')]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ])
    }
  })

  it.for(hostedPages)('%s is kept by one browser only, and confirmed by its ETag', async (name, { expect }) => {
    const first = await open(`/${name}`)
    const etag = first.response.headers.get('ETag') ?? ''
    const again = await open(`/${name}`, {}, { 'If-None-Match': etag })
    const renamed = await open(`/${name}`, { vars: { APP_NAME: 'Another' } }, { 'If-None-Match': etag })

    expect(etag).toMatch(/^W\/"[\w+/]{16}"$/)
    expect(first.response.headers.get('Cache-Control')).toBe('private, no-cache')
    expect(first.response.headers.get('Vary')?.split(', ')).toEqual(
      expect.arrayContaining(['Accept', 'Accept-Language', 'Cookie']),
    )
    expect([again.response.status, renamed.response.status]).toEqual([304, 200])
    expect(again.response.headers.get('Vary')).toBe(first.response.headers.get('Vary'))
  })

  it.for(hostedPages)('%s is for people only', async (name, { expect }) => {
    const response = await startApp().request(`GET /${name}`, { headers: { Accept: 'application/json' } })

    expect(response.status).toBe(404)
    expect(await codeOf(response)).toBe('not_found')
  })

  it.for(hostedPages)('%s is not there if the settings say so', async (name, { expect }) => {
    const off = await open(`/${name}`, { vars: { PAGES: 'off', CONSOLE: 'off' } })
    const account = await open(`/${name}`, { vars: { PAGES: 'account' } })
    const body = await open(`/${name}`, { vars: { TOKEN_TRANSPORT: 'body' } })

    expect(off.response.status).toBe(404)
    expect(off.text).toContain('There is no page here')
    expect(body.response.status).toBe(404)
    expect(account.response.status).toBe(/^(account|console)\b/.test(name) ? 200 : 404)
  })

  it('shows the name of the deployment, escaped', async ({ expect }) => {
    const { text } = await open('/sign-in', { vars: { APP_NAME: `<b>Ada's & "$&"` } })

    expect(text).toContain('&lt;b&gt;Ada&#39;s &amp; &quot;$&amp;&quot;')
    expect(text).not.toContain('<b>Ada')
  })

  it('offers what the settings allow', async ({ expect }) => {
    const all = await open('/sign-in')
    const less = await open('/sign-in', { vars: { REGISTRATION: 'closed', PASSKEYS: 'off' } })

    expect(all.text).toMatch(/id="passkey"[\s\S]*href="\/sign-up"/)
    expect(less.text).not.toMatch(/id="passkey"|href="\/sign-up"/)
  })
})

describe('the language of a page', () => {
  it('is named in the page and in the reply', async ({ expect }) => {
    const { response, text } = await open('/sign-in', {}, { 'Accept-Language': 'xx-invalid, *;q=0.5' })

    expect(response.headers.get('Content-Language')).toBe('en')
    expect(text).toContain('<html lang="en" dir="ltr" data-theme="system">')
  })

  it('is kept if it was chosen in the menu, and only then', async ({ expect }) => {
    const menu = { 'Sec-Fetch-Site': 'same-origin' }
    const chosen = await open('/sign-in?lang=en', {}, menu)
    const unknown = await open('/sign-in?lang=en-XX%3B', {}, menu)
    const links = ['none', 'same-site', 'cross-site'].map((site) =>
      open('/sign-in?lang=en', {}, { 'Sec-Fetch-Site': site }),
    )

    expect(chosen.response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^lang=en; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
    for (const { response } of [unknown, await open('/sign-in?lang=en'), ...(await Promise.all(links))])
      expect(response.headers.getSetCookie()).toEqual([])
  })

  it.for([
    ['xx, en-gb;q=0.8, *;q=0.1', 'en'],
    ['EN-us', 'en'],
    ['en;q=0', undefined],
    ['en;q=high', undefined],
    ['*', undefined],
    ['__proto__', undefined],
    ['', undefined],
    [undefined, undefined],
    ['x'.repeat(9000), undefined],
  ] as const)('is read from Accept-Language: %s', ([header, language], { expect }) => {
    expect(accepted(header)).toBe(language)
  })

  it('is one of the first twenty of the header', ({ expect }) => {
    const others = (count: number) => 'xx,'.repeat(count)

    expect([accepted(`${others(19)}en`), accepted(`${others(20)}en`)]).toEqual(['en', undefined])
  })

  it('is one of the files of i18n', ({ expect }) => {
    const files = import.meta.glob('../../i18n/*.json', { query: '?raw', import: 'default', eager: true })
    const tags = Object.values(files).map((file) => (JSON.parse(file) as { $language: { tag: string } }).$language.tag)

    expect([...languages].sort()).toEqual(tags.sort())
  })
})

describe('a text', () => {
  it.for([
    ['{name} is here', { name: '{x} <b>' }, '{x} <b> is here'],
    ['{a}{b}', { a: '{b}', b: 'c' }, '{b}c'],
    ['{n, plural, one {# code} other {# codes}}', { n: 1 }, '1 code'],
    ['{n, plural, one {# code} other {# codes}}', { n: 2000 }, '2,000 codes'],
  ] as const)('gets its values: %s', ([text, values, said], { expect }) => {
    expect(say(text, values, 'en')).toBe(said)
  })
})

describe('a page that is filled', () => {
  it.for([
    ['<!--?a-->yes<!--:a-->no<!--/a-->', { a: '1' }, 'yes'],
    ['<!--?a-->yes<!--:a-->no<!--/a-->', { a: '' }, 'no'],
    ['<!--?a-->yes<!--/a-->', {}, ''],
    ['<!--?a--><!--?b-->both<!--/b--><!--/a-->', { a: '1', b: '1' }, 'both'],
    ['<!--?a--><!--?b-->both<!--:b-->one<!--/b--><!--:a-->none<!--/a-->', { a: '1', b: '' }, 'one'],
    ['{{a}}', { a: '{{b}} <!--?b-->', b: 'x' }, '{{b}} &lt;!--?b--&gt;'],
    ['{{a}}', { a: '$&$1' }, '$&amp;$1'],
  ] as const)('chooses and escapes: %s with %o', ([page, values, made], { expect }) => {
    expect(filled(page, values as unknown as Record<string, string>)).toBe(made)
  })
})

const settings = startApp({ vars: behind }).services.settings

/** Where nobody must be sent. */
const hostile = [
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '\n//evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/%2e//evil.example',
  'https://evil.example',
  'HTTPS://EVIL.EXAMPLE/',
  'https:/\\evil.example',
  'https://www.example.com@evil.example/',
  'https://evil.example\\@www.example.com/',
  'https://user@www.example.com/',
  'https://www.example.com.evil.example/',
  'https://wwww.example.com/',
  'https://www.example.com:8443/',
  'http://www.example.com/',
  'https://a.pr.example.com/',
  'https://*.pr.example.com/',
  'https://www.examp\u217ee.com/',
  'https://www.exаmple.com/',
  'javascript:alert(1)',
  'JavaScript:alert(1)//https://www.example.com',
  ' javascript:alert(1)',
  'data:text/html,x',
  'blob:https://www.example.com/x',
  'view-source:https://www.example.com/',
  'ftp://www.example.com/',
]

/** Addresses of ours that act. */
const acting = [
  '/api/auth/logout',
  '/logout',
  '/%6cogout',
  '/a/../logout',
  '/%61pi/auth/logout',
  '/users/logout',
  'https://www.example.com/api/auth/logout',
]

describe('where a visitor goes after the log-in', () => {
  it.for([...hostile, ...acting])('is never %j', (asked, { expect }) => {
    expect(returnTo(asked, settings)).toBe('')
  })

  it.for([
    ['/account/security?a=b#c', '/account/security?a=b#c'],
    ['/', '/'],
    ['account', '/account'],
    ['https:account', '/account'],
    ['https://www.example.com/app/x?y#z', 'https://www.example.com/app/x?y#z'],
    ['https://WWW.example.com:443/', 'https://www.example.com/'],
    ['https://shop.example.com', 'https://shop.example.com/'],
    ['http://localhost:8787/account', 'http://localhost:8787/account'],
    ['/search?q=//evil.example', '/search?q=//evil.example'],
    ['', ''],
    [undefined, ''],
  ] as const)('may be a path or a listed site: %s', ([asked, to], { expect }) => {
    expect(returnTo(asked, settings)).toBe(to)
  })

  it('is written into the page, which reads nothing from its address', async ({ expect }) => {
    const good = await open(`/sign-in?return_to=${encodeURIComponent('/account?a="><b>')}`)
    const bad = await open(`/sign-in?return_to=${encodeURIComponent('https://evil.example/"><b>')}`)

    expect(good.text).toContain('data-return-to="/account?a=%22%3E%3Cb%3E"')
    expect(good.text).toContain(`href="/sign-up?return_to=${encodeURIComponent('/account?a=%22%3E%3Cb%3E')}"`)
    expect(bad.text).toContain('data-return-to=""')
    expect(bad.text).not.toContain('evil')
  })
})
