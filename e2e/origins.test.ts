import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { eventually, freePort, makePlace, type Service, startService } from '../test/node/blackbox/service.ts'
import { member } from '../test/node/blackbox/visitor.ts'
import { ask, followed, type Init, statusOf, submitted } from './asking.ts'
import { openPage, useBrowser } from './browser.ts'
import { type Pages, startPages } from './pages.ts'
import { patient } from './site.ts'

type Credentials = Awaited<ReturnType<typeof member>>

/**
 * Pages of several origins call one service. All their hosts are names of this computer: another port makes another
 * origin, and another name makes another site.
 */
describe('a page of another origin', () => {
  const place = makePlace()
  const browser = useBrowser()
  let service: Service
  let allowed: Pages
  let sister: Pages
  let stranger: Pages
  let preview: Pages
  let ada: Credentials
  let mallory: Credentials

  before(async () => {
    allowed = await startPages('localhost')
    sister = await startPages('localhost')
    stranger = await startPages('stranger.localhost')
    preview = await startPages('pr-12.localhost', () => service.url)
    service = await startService(place, await freePort(), ...patient, '--var', `CORS_ORIGINS:${allowed.origin}`)
    ada = await member(service.url)
    mallory = await member(service.url)
  })
  after(async () => {
    for (const pages of [allowed, sister, stranger, preview]) pages?.stop()
    await service?.stop()
    place.remove()
  })

  const opened = async (at: Pages, ...others: Pages[]) => {
    const hosts = [service.url, at.origin, ...others.map(({ origin }) => origin)].map((url) => new URL(url).host)
    const { page, ...rest } = await openPage(browser(), hosts)
    await page.goto(`${at.origin}/`)
    return { page, ...rest }
  }

  const cookies = async (context: BrowserContext) =>
    (await context.cookies()).map(({ name, value, domain }) => `${name} of ${domain}: ${value}`).sort()

  const through = async (page: Page, api: string) => {
    const at = (path: string, init?: Init) => ask(page, api + path, init)
    const loggedIn = await at('/api/auth/login', { method: 'POST', json: ada })
    const profile = await at('/api/user/profile')
    const refreshed = await at('/api/auth/refresh', { method: 'POST' })
    const changed = await at('/api/user/profile', { method: 'PATCH', json: { name: 'Ada' } })
    const loggedOut = await at('/api/auth/logout', { method: 'POST' })
    const end = await at('/api/user/profile')
    assert.deepEqual(
      [loggedIn, profile, refreshed, changed, loggedOut, end].map(statusOf),
      [200, 200, 200, 200, 200, 401],
    )
  }

  it('logs in, refreshes and logs out by cookies if its origin is allowed', async () => {
    const { page, faults, close } = await opened(allowed)

    await through(page, service.url)

    await close()
    assert.deepEqual(faults, [])
  })

  it('logs in, refreshes and logs out through its own /api proxy, without being allowed (a preview)', async () => {
    const { page, context, faults, close } = await opened(preview)

    await through(page, '')

    const domains = new Set((await context.cookies()).map(({ domain }) => domain))
    assert.deepEqual([...domains], ['pr-12.localhost'])
    await close()
    assert.deepEqual(faults, [])
  })

  it('shows a picture by every kind of request, also after a 304 answer', async () => {
    const { page, faults, close } = await opened(allowed)
    const at = (path: string, init?: Init) => ask(page, service.url + path, init)
    await at('/api/auth/login', { method: 'POST', json: ada })
    const uploaded = await page.evaluate<number>(`new Promise((done, fail) => {
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = 400
      canvas.getContext('2d').fillRect(0, 0, 200, 400)
      canvas.toBlob((file) => {
        const body = new FormData()
        body.set('file', file)
        const init = { method: 'POST', body, credentials: 'include' }
        fetch('${service.url}/api/user/upload-avatar', init).then(({ status }) => done(status), fail)
      })
    })`)
    assert.equal(uploaded, 200)
    const profile = await at('/api/user/profile')
    const url = (JSON.parse(profile === 'nothing' ? '{}' : profile.body) as { avatar_url: string }).avatar_url
    const width = async (path: string, crossorigin: boolean) => {
      await page.goto(allowed.origin + path)
      return page.evaluate<number>(`new Promise((done) => {
        const image = new Image()
        image.onload = image.onerror = () => done(image.naturalWidth)
        if (${crossorigin}) image.crossOrigin = 'anonymous'
        image.src = ${JSON.stringify(url)}
      })`)
    }
    const everywhere = async () => [await width('/', false), await width('/editor', true), await width('/', false)]
    const unchanged = () =>
      service
        .log()
        .split('\n')
        .filter((line) => /^304 /.test(line)).length

    assert.deepEqual(await everywhere(), [400, 400, 400])
    for (const mode of ['no-cors', 'cors']) {
      const before = unchanged()
      await page.evaluate(`fetch(${JSON.stringify(url)}, { mode: '${mode}', cache: 'no-cache' })`)
      await eventually('a 304', 5000, async () => unchanged() > before || undefined)
      assert.deepEqual(await everywhere(), [400, 400, 400], mode)
    }

    await close()
    assert.deepEqual(faults, [])
  })

  /** Requests that would take something from Ada, or sign her in as somebody else. */
  const attacks = (): { path: string; json?: object; form?: Record<string, string>; method?: string }[] => [
    { path: '/api/auth/logout' },
    { path: '/api/auth/refresh' },
    { path: '/api/auth/login', form: { username: mallory.email, password: mallory.password } },
    { path: '/api/auth/login', json: mallory },
    { path: '/api/user/profile', method: 'PATCH', json: { name: 'Mallory' } },
    { path: '/api/user/change-password', json: { current_password: ada.password, new_password: mallory.password } },
    { path: '/api/user/account', method: 'DELETE', json: { password: ada.password } },
  ]

  for (const [what, of] of [
    ['the same site', () => sister],
    ['another site', () => stranger],
  ] as const)
    it(`cannot harm a signed-in user if its origin is not allowed (a page of ${what})`, async () => {
      const { page, context, close } = await opened(allowed, of())
      await ask(page, `${service.url}/api/auth/login`, { method: 'POST', json: ada })
      const [before, id] = [await cookies(context), await whoAmI(context)]
      assert.equal(before.length, 3, String(before))
      const unharmed = async (what: string) => {
        assert.deepEqual(await cookies(context), before, what)
        assert.deepEqual(await whoAmI(context), id, what)
      }
      await page.goto(`${of().origin}/`)

      assert.equal(await ask(page, `${service.url}/api/user/profile`), 'nothing')
      for (const { path, method = 'POST', json, form } of attacks()) {
        const url = service.url + path
        const name = `${method} ${path}`
        assert.equal(await ask(page, url, { method, ...(json && { json }), ...(form && { form }) }), 'nothing', name)
        await unharmed(`${name}, with credentials`)
        const fields = form ?? (json as Record<string, string> | undefined) ?? {}
        assert.equal(await ask(page, url, { method: 'POST', mode: 'no-cors', form: fields }), 'nothing', name)
        await unharmed(`${name}, without CORS`)
        if (method !== 'POST') continue
        assert.equal(await submitted(page, url, fields), 403, name)
        await unharmed(`${name}, a form`)
        await page.goto(`${of().origin}/`)
      }
      assert.equal(await followed(page, `${service.url}/api/auth/logout`), 403)
      await unharmed('a link')

      await page.goto(`${allowed.origin}/`)
      assert.equal(statusOf(await ask(page, `${service.url}/api/auth/refresh`, { method: 'POST' })), 200)
      await close()
    })

  /** Returns the user to whom the browser's cookies belong, by a request outside the page. */
  const whoAmI = async (context: BrowserContext) => {
    const answer = await context.request.get(`${service.url}/api/user/profile`)
    assert.equal(answer.status(), 200)
    const { id, name, email } = (await answer.json()) as Record<string, string>
    return { id, name, email }
  }
})
