import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { eventually, makePlace } from '../test/node/blackbox/service.ts'
import { call, mailWith, someone } from '../test/node/blackbox/visitor.ts'
import { openPage, useBrowser } from './browser.ts'
import { type Site, startExample } from './site.ts'

/** The site without its proxy: its pages call the service at another origin of the same site, with its cookies. */
describe('the example site beside the service', () => {
  const place = makePlace()
  const credentials = someone()
  let site: Site
  const browser = useBrowser()
  let api: string

  before(async () => {
    site = await startExample('astro', place, '--same-site', '--built')
    api = site.service.replace('127.0.0.1', 'localhost')
    await call(site.service, 'POST /api/auth/register', { json: credentials })
    const text = await mailWith(site.service, credentials.email, '#token=')
    const token = /#token=(\S+)/.exec(text)?.[1]
    assert.equal((await call(site.service, 'POST /api/auth/verify-email', { json: { token } })).status, 200)
  })
  after(async () => {
    await site?.stop()
    place.remove()
  })

  const signedIn = async (...others: string[]) => {
    const opened = await openPage(browser(), [new URL(site.url).host, new URL(api).host, ...others])
    const { page } = opened
    await page.goto(`${site.url}/login`)
    await page.getByLabel('E-mail').fill(credentials.email)
    await page.getByLabel('Password', { exact: true }).fill(credentials.password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.waitForURL(`${site.url}/members`)
    await page.getByText(credentials.email).waitFor()
    return opened
  }

  it('signs in, reads, changes and signs out across origins (ASVS 3.4.2)', async () => {
    const { page, context, faults, close } = await signedIn()
    await page.getByLabel('Name').fill('Ada')
    const [response] = await Promise.all([
      page.waitForResponse((answer) => answer.request().method() === 'PATCH'),
      page.getByRole('button', { name: 'Save' }).click(),
    ])
    assert.equal(new URL(response.url()).origin, api)
    assert.equal(response.headers()['access-control-allow-origin'], site.url)
    assert.equal(response.headers()['access-control-allow-credentials'], 'true')
    await page.locator('#toast', { hasText: 'Your name is saved.' }).waitFor()

    await context.clearCookies({ name: 'token' })
    await page.goto(`${site.url}/members`)
    await page.getByText(credentials.email).waitFor()

    // The account is a page of the service, in the same session, and leads back.
    await page.getByRole('link', { name: 'Account', exact: true }).click()
    await page.locator('#profile-fields:enabled').waitFor()
    assert.equal(new URL(page.url()).origin, api)
    await page.goto(`${site.url}/members`)
    await page.getByText(credentials.email).waitFor()
    await page.getByRole('button', { name: 'Log out', exact: true }).click()
    await page.locator('#toast', { hasText: 'You are logged out.' }).waitFor()
    assert.deepEqual(
      (await context.cookies()).map(({ name }) => name),
      ['device'],
    )
    await page.goto(`${site.url}/members`)
    await page.waitForURL((url) => url.origin === api && url.pathname === '/sign-in')
    assert.equal(new URL(page.url()).searchParams.get('return_to'), `${site.url}/members`)
    assert.equal(await page.locator('#main').getAttribute('data-return-to'), `${site.url}/members`)
    await close()
    assert.deepEqual(faults, [])
  })

  it('is safe from every request of a page of another site (A-20, ASVS 3.5.1)', async (t) => {
    const target = `${api}/api/auth/logout`
    const html = `<!doctype html><title>elsewhere</title>
      <form id="form" method="post" action="${target}" enctype="text/plain" target="frame"><input name='{"a":"' value='"}'></form>
      <iframe name="frame"></iframe><img id="image" alt="">`
    const elsewhere = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(html))
    elsewhere.listen(0, '127.0.0.1')
    await once(elsewhere, 'listening')
    const host = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
    t.after(() => elsewhere.close())
    const { page, context, close } = await signedIn(host)
    const sessions = async () => (await context.request.get(`${api}/api/user/sessions`)).status()
    assert.equal(await sessions(), 200)

    await page.goto(`http://${host}/`)
    const answers: number[] = []
    let sent = 0
    page.on('request', (request) => {
      if (request.url().startsWith(target)) sent++
    })
    page.on('response', (response) => {
      if (response.url().startsWith(target)) answers.push(response.status())
    })
    await page.evaluate(
      `fetch('${target}', { method: 'POST', credentials: 'include', mode: 'no-cors' }).catch(() => {})`,
    )
    await page.evaluate(`document.getElementById('form').submit()`)
    await page.evaluate(`new Promise((done) => {
      const image = document.getElementById('image')
      image.onload = image.onerror = done
      image.src = '${target}'
    })`)
    const read = await page.evaluate(
      `fetch('${api}/api/user/profile', { credentials: 'include' }).then((answer) => answer.text(), () => 'refused')`,
    )

    assert.equal(read, 'refused')
    // Chrome does not report answers that it withholds from the page, so one answer is enough.
    await eventually('three requests and an answer', 5000, async () => (sent >= 3 && answers.length > 0) || undefined)
    assert.ok(
      answers.every((status) => status === 403),
      String(answers),
    )
    assert.equal(await sessions(), 200, 'the session has ended')
    await close()
  })
})
