import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { makePlace } from '../test/node/blackbox/service.ts'
import { call, member as memberOf } from '../test/node/blackbox/visitor.ts'
import { look, useBrowser, visits } from './browser.ts'
import { type Site, startExample } from './site.ts'
import { addApp, type Credentials, codeOf, fill, giveDevice, givePassword, heading, press } from './steps.ts'

/** The single-page app: bearer tokens, and a service at another origin. */
describe('the single-page app', { concurrency: 1 }, () => {
  const place = makePlace()
  let app: Site
  /** The service as the app calls it. */
  let api: string
  const visit = visits(useBrowser(), () => [new URL(app.url).host, new URL(api).host])

  before(async () => {
    app = await startExample('spa', place, '--built', '--var', 'TRUSTED_DEVICE_DAYS:30')
    api = app.service.replace('127.0.0.1', 'localhost')
  })
  after(async () => {
    await app?.stop()
    place.remove()
  })
  afterEach(visit.close)

  const open = async () => {
    const page = await visit.open()
    await page.goto(`${app.url}/#/members`)
    return page
  }
  const member = () => memberOf(api)

  const give = async (page: Page, { email, password }: Credentials) => {
    await heading(page, 'Log in')
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(password)
    await press(page, 'Log in')
  }
  const logIn = async (page: Page, credentials: Credentials) => {
    await give(page, credentials)
    await heading(page, 'Members')
    await page.getByText(credentials.email).waitFor()
  }

  const tokensOf = async (page: Page) => {
    const kept = await page.evaluate<string | null>("localStorage.getItem('tokens')")
    return kept === null ? undefined : (JSON.parse(kept) as { accessToken: string; refreshToken: string })
  }
  /** What an access token is after its time is over: one that the service refuses. */
  const expire = (page: Page) =>
    page.evaluate(`{
      const tokens = JSON.parse(localStorage.getItem('tokens'))
      localStorage.setItem('tokens', JSON.stringify({ ...tokens, accessToken: tokens.accessToken.slice(0, -8) }))
    }`)
  const refreshesOf = (context: BrowserContext) => {
    const seen: number[] = []
    context.on('response', (answer) => {
      if (answer.url().includes('/api/auth/refresh') && answer.request().method() === 'POST') seen.push(answer.status())
    })
    return seen
  }

  it('logs in, keeps the session over a reload, shows it in a second tab, and logs both out', async () => {
    const somebody = await member()
    const page = await open()
    await look(page, 'spa-log-in')
    await give(page, { ...somebody, password: 'not the password' })
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor()
    await look(page, 'spa-log-in-refused')
    await logIn(page, somebody)
    await look(page, 'spa-members')
    assert.deepEqual(await page.context().cookies(), [], 'the app uses bearer tokens alone')

    await page.reload()
    await page.getByText(somebody.email).waitFor()
    const second = await page.context().newPage()
    await second.goto(`${app.url}/#/members`)
    await second.getByText(somebody.email).waitFor()

    const { accessToken, refreshToken } = (await tokensOf(page))!
    await press(second, 'Log out')
    await heading(second, 'Log in')
    await heading(page, 'Log in')
    assert.equal(await page.getByText(somebody.email).count(), 0)
    assert.equal(await tokensOf(page), undefined)
    assert.equal((await call(api, 'GET /api/user/profile', { token: accessToken })).status, 401)
    const json = { refresh_token: refreshToken }
    assert.equal((await call(api, 'POST /api/auth/refresh?transport=body', { json })).status, 401)
  })

  it('refreshes once for two tabs whose access token has expired', async () => {
    const somebody = await member()
    const page = await open()
    await logIn(page, somebody)
    const second = await page.context().newPage()
    await second.goto(`${app.url}/#/members`)
    await second.getByText(somebody.email).waitFor()
    const seen = refreshesOf(page.context())
    await expire(page)
    await Promise.all([page.reload(), second.reload()])
    for (const tab of [page, second]) await tab.getByText(somebody.email).waitFor()
    assert.deepEqual(seen, [200])
  })

  it('shows the next user to a tab of the user before, without a reload', async () => {
    const [ada, bob] = [await member(), await member()]
    const page = await open()
    await logIn(page, ada)
    const second = await page.context().newPage()
    await second.goto(`${app.url}/#/members`)
    await press(second, 'Log out')
    await logIn(second, bob)
    await page.getByText(bob.email).waitFor()
    assert.equal(await page.getByText(ada.email).count(), 0)
  })

  it('asks for the second factor, and takes a code of the app or a recovery code', async () => {
    const somebody = await member()
    const { secret, recoveryCodes } = await addApp(api, somebody)
    const page = await open()
    await give(page, somebody)
    await heading(page, 'One more step')
    assert.equal(await tokensOf(page), undefined)
    await look(page, 'spa-code')
    await page.getByLabel('Code of your authenticator app').fill('000000')
    await press(page, 'Continue')
    await page.getByRole('alert').filter({ hasText: /./ }).waitFor()
    assert.equal(await tokensOf(page), undefined)
    await page.getByLabel('Code of your authenticator app').fill(await codeOf(secret, 1))
    await press(page, 'Continue')
    await page.getByText(somebody.email).waitFor()

    await press(page, 'Log out')
    await give(page, somebody)
    await heading(page, 'One more step')
    await press(page, 'Use a recovery code instead')
    await page.getByLabel('Recovery code').fill(recoveryCodes[0]!)
    await press(page, 'Continue')
    await page.getByText(somebody.email).waitFor()
  })

  it('asks a trusted device for the second factor no more', async () => {
    const somebody = await member()
    const { secret } = await addApp(api, somebody)
    const page = await open()
    await give(page, somebody)
    await page.getByLabel('Do not ask again on this device for 30 days').check()
    await page.getByLabel('Code of your authenticator app').fill(await codeOf(secret, 1))
    await press(page, 'Continue')
    await page.getByText(somebody.email).waitFor()

    await press(page, 'Log out')
    await logIn(page, somebody)
  })

  it('takes a passkey in place of the password, and as the second factor', async () => {
    const somebody = await member()
    const page = await open()
    await giveDevice(page, { conditional: false })
    await press(page, 'Log in with a passkey')
    await page.getByText('No passkey was used.').waitFor()
    await page.goto(`${api}/sign-in?return_to=/account/security`)
    await heading(page, 'Log in')
    await fill(page, somebody)
    await press(page, 'Log in')
    await press(page, 'Add a passkey')
    await givePassword(page, somebody.password)
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()

    await page.goto(`${app.url}/#/members`)
    await press(page, 'Log in with a passkey')
    await page.getByText(somebody.email).waitFor()
    assert.ok(await tokensOf(page))
    await press(page, 'Log out')
    await give(page, somebody)
    await heading(page, 'One more step')
    await look(page, 'spa-second-passkey')
    assert.equal(await tokensOf(page), undefined)
    await press(page, 'Use a passkey')
    await page.getByText(somebody.email).waitFor()
  })

  it('signs nobody out while the service cannot be reached', async () => {
    const somebody = await member()
    const page = await open()
    await logIn(page, somebody)
    await page.route(`${api}/**`, (route) => route.abort())
    await page.reload()
    await heading(page, 'Back in a moment')
    await look(page, 'spa-unreachable')
    // The browser reports the requests that the test broke off.
    visit.faults().splice(0)
    assert.ok(await tokensOf(page))
    await page.unroute(`${api}/**`)
    await press(page, 'Try again')
    await page.getByText(somebody.email).waitFor()
  })

  it('asks for the log-in when the session was ended elsewhere, and leads to the account of the service', async () => {
    const somebody = await member()
    const page = await open()
    await logIn(page, somebody)
    const { body } = await call(api, 'POST /api/auth/login', { json: somebody })
    await call(api, 'DELETE /api/user/sessions', { token: body.access_token })
    await page.reload()
    await heading(page, 'Log in')
    assert.equal(await tokensOf(page), undefined)
    assert.equal(page.url(), `${app.url}/#/members`)

    await logIn(page, somebody)
    await page.getByRole('link', { name: 'Your account' }).click()
    // The pages of the service have a session of their own, in cookies.
    await page.waitForURL(/\/sign-in\?return_to=/)
    assert.equal(new URL(page.url()).origin, api)
    await page.goto(app.url)
    await heading(page, 'A single-page app')
    await look(page, 'spa-home')
  })
})
