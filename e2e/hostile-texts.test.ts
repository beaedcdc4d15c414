import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { call } from '../test/node/blackbox/visitor.ts'
import { useService } from './site.ts'
import { becomeAdmin, firstAdminLink } from './steps.ts'

/** Texts that would run if a page parsed them as HTML, as an address, as a script or as a template. */
const hostile = [
  '<script>ran=1</script>',
  '<script src=//evil.example/x.js></script>',
  '"><script>ran=1</script>',
  '</script><script>ran=1</script>',
  '</title><script>ran=1</script>',
  '</textarea><script>ran=1</script>',
  '--><script>ran=1</script>',
  ']]><script>ran=1</script>',
  '<img src=x onerror=ran=1>',
  '<img src=x onerror="ran=1">',
  '"><img src=x onerror=ran=1>',
  "'><img src=x onerror=ran=1>",
  '<img/src/onerror=ran=1>',
  '<IMG SRC=x ONERROR=ran=1//',
  '<svg onload=ran=1>',
  '<svg/onload=ran=1>',
  '<svg><script>ran=1</script></svg>',
  '<svg><animate onbegin=ran=1 attributeName=x dur=1s>',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=ran=1>',
  '<body onload=ran=1>',
  '<details open ontoggle=ran=1>',
  '<input autofocus onfocus=ran=1>',
  '<video><source onerror=ran=1>',
  '<iframe srcdoc="<script>parent.ran=1</script>">',
  '<iframe src=javascript:parent.ran=1>',
  '<object data=javascript:ran=1>',
  '<embed src=//evil.example/x>',
  '<a href=javascript:ran=1>press</a>',
  '<form action=//evil.example><button>press',
  '<base href=//evil.example/>',
  '<meta http-equiv=refresh content="0;url=//evil.example">',
  '<link rel=stylesheet href=//evil.example/x.css>',
  '<style>@import "//evil.example/x.css"</style>',
  '<marquee onstart=ran=1>',
  '" onmouseover="ran=1" autofocus onfocus="ran=1',
  "' style='animation-name:x' onanimationstart='ran=1",
  'javascript:ran=1//',
  'data:text/html,<script>ran=1</script>',
  "{{constructor.constructor('ran=1')()}}",
  `\${ran=1}#{ran=1}<%= ran=1 %>`,
  '&lt;script&gt;ran=1&lt;/script&gt;',
  '{{app}}{app}{n, plural, other {x}}$&$1',
]

const admin = { email: 'ada@example.org', password: 'four words nobody guesses' }
const service = useService('--var', `APP_NAME:${hostile[10]}`)
let page: Page
const ids: string[] = []

type Row = Record<string, string | number | null>

/** Copies a row once for each text, with these values in place of its own. */
const copy = (database: DatabaseSync, table: string, row: Row, change: (text: string) => Row) => {
  for (const text of hostile) {
    const made = { ...row, ...change(text) }
    const places = Object.keys(made).map(() => '?')
    database
      .prepare(`insert into ${table} (${Object.keys(made).join()}) values (${places.join()})`)
      .run(...Object.values(made))
  }
}

/** An id as the service makes one, of now. */
const newId = () => {
  const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** What a text that was parsed as HTML leaves behind. Pages have no such elements and attributes of their own. */
const traces = `[...document.querySelectorAll('*')].flatMap((element) => [
  ...(element.closest('body') && /^(script|iframe|object|embed|base|meta|link|style|math|marquee|animate|video)$/i.test(element.localName) &&
      !(element.localName === 'script' && (element.type === 'application/json' || element.src.startsWith(location.origin))) &&
      !element.matches('iframe[sandbox=""][src^="/ui/previews/"]')
    ? [element.outerHTML.slice(0, 100)] : []),
  ...[...element.attributes].flatMap(({ name, value }) =>
    /^on/i.test(name) || (/^(href|src|action|data|formaction)$/i.test(name) && /^\\s*(javascript|data):/i.test(value)) ? [name + '=' + value] : []),
])`

const views: [path: string, text: (at: number) => string | undefined][] = [
  ['/console', () => undefined],
  ['/console/users', (at) => (at < 25 ? hostile[hostile.length - 1 - at] : undefined)],
  ['/console/invitations', (at) => (at < 25 ? hostile[hostile.length - 1 - at] : undefined)],
  ['/console/audit', (at) => (at < 40 ? hostile[at] : undefined)],
  ['/console/mails', () => 'hostile41@example.org'],
  ['/console/settings', () => hostile[10]],
  ['/account', () => undefined],
  ['/account/security', (at) => hostile[at]],
  ['/account/sessions', (at) => hostile[at]],
  ['/account/activity', () => undefined],
  ['/account/data', () => undefined],
]

describe('hostile texts', () => {
  before(async () => {
    page = await service.open()
    await page.goto(await firstAdminLink(service))
    await becomeAdmin(page, admin)

    const { body } = await call(service.url, 'POST /api/auth/login', { json: admin })
    for (const [at, name] of hostile.entries()) {
      const json = {
        email: `hostile${at}@example.org`,
        name,
        metadata: { [name]: name },
        external_id: `${at}<svg/onload=ran=1>`,
      }
      const made = await call(service.url, 'POST /api/admin/users', { json, token: body.access_token })
      assert.equal(made.status, 201, name)
      ids.push(made.body.id)
    }
    // What no request can write: addresses, places and details that this service has checked or made itself.
    const files = join(service.place.state, 'v3', 'd1', 'miniflare-D1DatabaseObject')
    const file = readdirSync(files).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))!
    using database = new DatabaseSync(join(files, file), { timeout: 10_000 })
    const session = database.prepare('select * from sessions limit 1').get() as Row & { user_id: string }
    const entry = database.prepare("select * from audit where event = 'logged_in' limit 1").get() as Row
    for (const user_id of [session.user_id, ids[0]!]) {
      copy(database, 'sessions', session, (text) => ({
        ...{ id: randomBytes(16).toString('base64url'), user_id },
        ...{ user_agent: text, ip: text, city: text, country: text },
      }))
      copy(database, 'audit', entry, (text) => ({
        ...{
          id: newId(),
          user_id,
          actor_id: null,
          user_agent: text,
          ip: text,
          detail: JSON.stringify({ [text]: text }),
        },
      }))
      copy(database, 'totp', { secret: 'x', last_step: 0, created_at: 1 }, (text) => ({
        id: newId(),
        user_id,
        name: text,
      }))
    }
    database.exec("update mail set last_error = 'bounced', next_attempt_at = null, sent_at = null, attempts = 9")
  })

  const visit = async (path: string, ready: string) => {
    await page.goto(service.url + path)
    await page.locator(ready).first().waitFor()
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
    await page.waitForLoadState('networkidle')
    assert.deepEqual(await page.evaluate(traces), [], path)
    assert.equal(await page.evaluate("'ran' in window"), false, path)
    assert.deepEqual(service.faults(), [], path)
    return (await page.locator('main').textContent()) ?? ''
  }

  for (const [path, textAt] of views)
    it(`are texts in ${path}`, async () => {
      const shown = await visit(path, 'h1')
      for (const at of hostile.keys()) {
        const text = textAt(at)
        if (text !== undefined) assert.ok(shown.includes(text), `${path} does not show ${text}`)
      }
    })

  it('are texts on the page of each user', async () => {
    for (const [at, id] of ids.entries()) {
      // Only another fragment would not load the page.
      await page.goto('about:blank')
      const shown = await visit(`/console/user#${id}`, '#name')
      assert.ok(shown.includes(hostile[at]!), `the page of ${hostile[at]}`)
      if (at === 0)
        for (const text of hostile.slice(0, 20)) assert.ok(shown.includes(text), `the first user lacks ${text}`)
    }
  })

  it('are texts in the pages for everybody, whose title has the name of the service', async () => {
    await page.context().clearCookies()
    for (const path of ['/sign-in', '/sign-up', '/forgot-password', '/nowhere', '/']) await visit(path, 'h1')
  })
})
