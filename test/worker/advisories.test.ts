import { beforeAll, describe, it } from 'vitest'
import document from '../../docs/openapi.json'
import project from '../../package.json'
import { signedInAdmin } from '../support/app/administrators.ts'
import {
  askForAddress,
  confirmEmail,
  linkIn,
  member,
  profile,
  register,
  someAddress,
  somePassword,
  startApp,
} from '../support/app/support.ts'
// @ts-expect-error The types do not know files as text.
import own from './advisories.test.ts?raw'

/**
 * Faults of other services, each with a test that would fail if we had it too. docs/security/advisories.md says which
 * test, here or elsewhere, belongs to which fault.
 */

const [page = ''] = Object.values(
  import.meta.glob('../../docs/security/advisories.md', { query: '?raw', import: 'default', eager: true }),
)
const others = import.meta.glob('./*.test.ts', { query: '?raw', import: 'default', eager: true })
const parts = import.meta.glob('../support/*/*.ts', { query: '?raw', import: 'default', eager: true })
// A glob does not match its own file.
const tests = Object.entries({ ...others, ...parts, './advisories.test.ts': own as string })
const sources = import.meta.glob('../../src/**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true })

/** The advisories that were examined. */
const advisories = `
  CVE-2026-1035 CVE-2026-9802 CVE-2026-9798 CVE-2024-4629 CVE-2023-0105 CVE-2026-14781 CVE-2026-4634
  GHSA-xhpr-465j-7p9q GHSA-3529-5m8x-rpv3 CVE-2026-31813 supabase/auth#2600
  CVE-2025-61928 CVE-2026-45364 GHSA-x732-6j76-qmhm GHSA-392p-2q2v-4372 GHSA-pw9m-5jxm-xr6h GHSA-xg6x-h9c9-2m83
  GHSA-2vg6-77g8-24mp GHSA-qq9h-g4jm-xgf3 GHSA-569q-mpph-wgww CVE-2025-53535 CVE-2024-56734
  CVE-2026-22817 CVE-2026-24398 CVE-2026-24472 CVE-2026-29045 GHSA-v8w9-8mx6-g223 CVE-2026-39410 CVE-2026-56762
  CVE-2026-44456 CVE-2026-44457 CVE-2026-44459 CVE-2026-47673 CVE-2026-47674 CVE-2026-47675 CVE-2026-47676
  CVE-2026-54288 CVE-2026-54290 CVE-2025-62610 GHSA-q7jf-gf43-6x6p CVE-2024-43787 CVE-2024-48913 GHSA-69xw-7hcm-h432
  CVE-2022-36083 CVE-2024-28176 CVE-2024-33663 CVE-2024-33664 python-jose#413 python-jose#274
  CVE-2025-68481 CVE-2022-35924 CVE-2022-31127 GHSA-7rqj-j65f-68wh GHSA-xmf8-cvqr-rfgj GHSA-8fpg-xm3f-6cx3
  nodemailer<7.0.7 CVE-2026-19611
  CVE-2026-134800 CVE-2026-97367 CVE-2026-134315 better-auth#7196 CVE-2026-58272 CVE-2026-23849 CVE-2026-107269
  GHSA-xrw9-r35x-x878 CVE-2025-64102 CVE-2026-110861 CVE-2026-110862 CVE-2026-134314 CVE-2026-39356 CVE-2026-126357
  CVE-2026-69207 GHSA-3q28-qjrv-qr39 SA-CONTRIB-2023-030 better-auth#9552 CVE-2026-3429 CVE-2025-6015 CVE-2026-31875
  CVE-2026-56450 CVE-2026-8830 better-auth#11162 emdash#3298 supabase/auth#1214 better-auth#11023 CVE-2026-37982
  super-productivity#9032 kody#1977 CVE-2026-42349 xss-is-deadly-for-passkeys
`
  .trim()
  .split(/\s+/)

/** The rows of the page: the advisories, and `file: title` of each test. */
const rows = page.split('\n').flatMap((line) => {
  const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''))
  if (!line.startsWith('| ') || cells.length !== 4 || cells[0] === 'Advisory') return []
  return [
    {
      ids: cells[0]!.split(', '),
      shownBy: [...cells[3]!.matchAll(/`([a-z-]+): ([^`]+)`/g)].map(([, file, title]) => ({ file, title })),
    },
  ]
})

describe('the page of advisories', () => {
  it('has each examined advisory once', ({ expect }) => {
    expect(rows.flatMap(({ ids }) => ids).sort()).toEqual([...advisories].sort())
  })

  it.for(rows)('names tests that exist, for $ids', ({ shownBy }, { expect }) => {
    // The ids of requirements in a title may change without the page.
    const missing = shownBy.filter(({ file, title }) => {
      const [, text = ''] = tests.find(([path]) => new RegExp(`/${file}(\\.test)?\\.ts$`).test(path)) ?? []
      return !["'", '`', '"'].some(
        (quote) => text.includes(`${quote}${title}${quote}`) || text.includes(`${quote}${title} (`),
      )
    })

    expect(shownBy).not.toEqual([])
    expect(missing).toEqual([])
  })
})

describe('a dependency', () => {
  /** The first version without the faults on the page. */
  const floors = { hono: '4.12.25', jose: '4.15.5', 'drizzle-orm': '0.45.2' }

  it.for(Object.entries(floors))(
    '%s has a fixed version, %s or later (CVE-2026-54288, CVE-2024-28176)',
    ([name, floor], { expect }) => {
      const version = project.dependencies[name as keyof typeof floors]
      const newer = version.localeCompare(floor, 'en', { numeric: true }) >= 0

      expect(version).toMatch(/^\d+\.\d+\.\d+$/)
      expect(newer).toBe(true)
    },
  )

  it.for([
    'hono/cache',
    'hono/jwt',
    'hono/jwk',
    'hono/csrf',
    'hono/ip-restriction',
    'hono/basic-auth',
    'hono/serve-static',
  ])(
    'is not used for %s, which has had such faults and is done here in another way (CVE-2026-24472, CVE-2026-22817, CVE-2026-47674)',
    (module, { expect }) => {
      const users = Object.entries(sources).filter(([, text]) => text.includes(`'${module}`))

      expect(Object.keys(sources).length).toBeGreaterThan(50)
      expect(users.map(([file]) => file)).toEqual([])
    },
  )

  it('mounts no foreign app, whose prefix would be removed from an undecoded path (CVE-2026-47676)', ({ expect }) => {
    const users = Object.entries(sources).filter(([, text]) => /\.mount\(/.test(text))

    expect(users.map(([file]) => file)).toEqual([])
  })
})

type Operation = { security?: object[] }
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item as Record<string, Operation>).map(([method, { security = [] }]) => ({
    method: method.toUpperCase(),
    path: path.replace(/\{\w+\}/g, 'x'),
    guarded: security.length > 0 && security.every((scheme) => Object.keys(scheme).length > 0),
  })),
)

const app = startApp()
let bearer: string
let userId: string
beforeAll(async () => {
  const { access_token, user } = await signedInAdmin(app)
  bearer = access_token
  userId = user.id
})

describe('an open redirect', () => {
  const names = ['redirect_to', 'redirect', 'redirect_uri', 'callbackURL', 'next', 'returnTo', 'url', 'continue']
  const places = [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '%2f%2fevil.example',
    'https:evil.example',
  ]

  const changePassword = '/.well-known/change-password'

  it('is not possible through the redirect to the page of passwords, whose URL is a setting', async ({ expect }) => {
    for (const place of places) {
      const query = names.map((name) => `${name}=${encodeURIComponent(place)}`).join('&')
      const reply = await app.request(`GET ${changePassword}?${query}`, {
        headers: { Accept: 'text/html', 'X-Forwarded-Host': 'evil.example', Referer: 'https://evil.example/' },
      })

      expect(reply.status).toBe(302)
      expect(reply.headers.get('Location')).toBe('http://localhost:8787/account/security')
      expect(reply.headers.get('Refresh')).toBeNull()
      expect(await reply.text()).not.toContain('evil.example')
    }
  })

  it.for(operations.filter(({ method, path }) => method === 'GET' && path !== changePassword))(
    'is not possible at $path (A-27, CVE-2025-53535, CVE-2024-56734)',
    async ({ path }, { expect }) => {
      for (const place of places) {
        const query = names.map((name) => `${name}=${encodeURIComponent(place)}`).join('&')
        const headers = { Accept: 'text/html', 'X-Forwarded-Host': 'evil.example', Referer: 'https://evil.example/' }
        const reply = await app.request(`GET ${path}?${query}`, { headers, bearer })

        expect([301, 302, 303, 307, 308]).not.toContain(reply.status)
        expect(reply.headers.get('Location')).toBeNull()
        expect(reply.headers.get('Refresh')).toBeNull()
        expect(await reply.text()).not.toContain('evil.example')
      }
    },
  )
})

describe('a guard', () => {
  const spellings: ((path: string) => string)[] = [
    (path) => `/${path}`,
    (path) => path.replace('/api/', '/api//'),
    (path) => path.replace('/api/', '/api/./'),
    (path) => path.replace('/api/', '/api%2F'),
    (path) => path.replace('/api/', '/x/..%2fapi/'),
    (path) => path.replace('/api/', '/%61pi/'),
    (path) => path.replace('/api/', '/avatars/%2e%2e/api/'),
    (path) => path.replace(/\/(\w)/g, (_, letter: string) => `/${letter.toUpperCase()}`),
    (path) => `${path}/`,
    (path) => `${path}%00`,
    (path) => `${path};x=1`,
    (path) => `${path}%20`,
    (path) => path.replaceAll('/', '\\'),
    (path) => `${path}?/api/auth/login`,
    (path) => `${path}#/api/auth/login`,
  ]

  it.for(operations.filter(({ guarded }) => guarded))(
    'of $method $path holds however the path is written (A-04c, CVE-2026-29045, CVE-2026-47676, GHSA-x732-6j76-qmhm)',
    async ({ method, path }, { expect }) => {
      for (const spelled of spellings) {
        const reply = await app.request(
          `${method} ${spelled(path.replace('/x', `/${userId}`))}`,
          method === 'GET' ? {} : { json: {} },
        )

        expect([401, 404], spelled(path)).toContain(reply.status)
      }
    },
  )
})

describe('what a client sends along', () => {
  it('is not read at log-in: a scope of any length costs nothing (CVE-2026-4634)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const form = { username: email, password: somePassword, grant_type: 'password', scope: 'a '.repeat(7000) }
    const from = performance.now()

    const reply = await app.call('POST /api/auth/login', { form })
    const tooLong = await app.call('POST /api/auth/login', { form: { ...form, scope: 'a'.repeat(17_000) } })

    expect(reply.status).toBe(200)
    expect(await reply.text()).not.toContain('a a a')
    expect(tooLong.status).toBe(413)
    expect(performance.now() - from).toBeLessThan(2000)
  })

  it('does not say what a reply varies by (GHSA-q7jf-gf43-6x6p)', async ({ expect }) => {
    const app = startApp()
    const headers = { Vary: 'X-Evil', Origin: 'https://evil.example', 'Access-Control-Request-Method': 'PUT' }

    const replies = [
      await app.call('GET /api/user/profile', { headers }),
      await app.call('OPTIONS /api/user/profile', {
        headers: { ...headers, 'Access-Control-Request-Headers': 'x-evil' },
      }),
    ]

    for (const { headers } of replies) expect(headers.get('Vary')?.toLowerCase()).not.toMatch(/x-evil|\*/)
  })
})

describe('a new address where verification is optional', () => {
  it('waits for its link all the same (A-16, supabase/auth issue 2600)', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)
    const login = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
    const { access_token: bearer } = (await login.json()) as { access_token: string }
    const movedTo = someAddress()

    await askForAddress(app, bearer, movedTo)

    expect(await (await profile(app, bearer)).json()).toMatchObject({ email, pending_email: movedTo })
    await confirmEmail(app, linkIn(app, movedTo), { bearer })
    expect(await (await profile(app, bearer)).json()).toMatchObject({ email: movedTo, pending_email: null })
  })
})
