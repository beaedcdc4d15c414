import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { call, mailWith, someone } from '../../test/node/blackbox/visitor.ts'
import { look } from '../browser.ts'
import { browsing, givePassword, linkTo, logIn, member, press, site, toast } from './visit.ts'

export const accounts = () =>
  describe('a user of the example site', { concurrency: 1 }, () => {
    const { open, faults } = browsing()

    it('sets another password by the link of a mail', async () => {
      const somebody = await member()
      const page = await open()
      await page.goto(`${site.url}/forgot-password`)
      await look(page, 'site-forgot-password')
      await page.getByLabel('E-mail').fill(somebody.email)
      await press(page, 'Send the link')
      await page.locator('#done:visible').waitFor()
      await look(page, 'site-forgot-password-done')
      await page.goto(await linkTo(somebody.email, 'reset-password'))
      await page
        .getByLabel(/password/i)
        .first()
        .waitFor()
      await look(page, 'site-reset-password')
      const another = someone().password
      await page.locator('#link-form input[type=password]').fill(another)
      await page.locator('#link-form button[type=submit]').click()
      await page.locator('#done:visible').waitFor()
      await logIn(page, { email: somebody.email, password: another })
      await press(page, 'Log out')
      await toast(page, 'You are logged out.')
      assert.deepEqual(
        (await page.context().cookies()).map(({ name }) => name),
        ['device'],
      )
      await page.goto(`${site.url}/account`)
      assert.match(page.url(), /\/login/)
    })

    it('gets a mail about a new device, and ends its session by the link', async () => {
      const somebody = await member()
      await call(site.service, 'POST /api/auth/login', { json: somebody })
      const page = await open()
      await logIn(page, somebody)
      await page.goto(await linkTo(somebody.email, 'end-session'))
      await page.locator('#link-form button[type=submit]').waitFor()
      await look(page, 'site-end-session')
      await page.locator('#link-form button[type=submit]').click()
      await page.locator('#done:visible').waitFor()
      await page.goto(`${site.url}/account/sessions`)
      await page.waitForURL(/\/login/)
    })

    it('downloads everything, and deletes the account', async () => {
      const somebody = await member()
      const page = await open()
      await logIn(page, somebody)
      await page.goto(`${site.url}/account/data`)
      await page.getByRole('button', { name: 'Download my data' }).waitFor()
      await look(page, 'site-data')
      const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Download my data')])
      const data = JSON.parse(readFileSync(await download.path(), 'utf8'))
      assert.equal(JSON.stringify(data).includes(somebody.email), true)
      await press(page, 'Delete my account')
      await page.locator('#confirm-dialog').getByRole('button', { name: 'Delete for good' }).click()
      await givePassword(page, somebody.password)
      await page.waitForURL(`${site.url}/`)
      const { status } = await call(site.service, 'POST /api/auth/login', { json: somebody })
      assert.equal(status, 401)
      assert.ok(await mailWith(site.service, somebody.email, 'was deleted'))
    })

    it('cancels a change of address', async () => {
      const somebody = await member()
      const page = await open()
      await logIn(page, somebody)
      await page.goto(`${site.url}/account/security`)
      await page.getByText(somebody.email).waitFor()
      await page.getByLabel('New e-mail').fill(someone().email)
      await press(page, 'Change e-mail')
      await givePassword(page, somebody.password)
      await press(page, 'Keep the current address')
      await toast(page, 'Your address stays as it is.')
      assert.equal(await page.locator('#pending').isVisible(), false)
    })

    it('logs in again and returns to the same page after the session was ended elsewhere', async () => {
      const somebody = await member()
      const page = await open()
      await logIn(page, somebody)
      const { body } = await call(site.service, 'POST /api/auth/login', { json: somebody })
      await call(site.service, 'DELETE /api/user/sessions', { token: body.access_token })
      await page.goto(`${site.url}/account/sessions`)
      await page.waitForURL(/\/login\?next=%2Faccount%2Fsessions$/)
      await page.getByLabel('E-mail').fill(somebody.email)
      await page.getByLabel('Password', { exact: true }).fill(somebody.password)
      await press(page, 'Log in')
      await page.waitForURL(`${site.url}/account/sessions`)
      await page.getByText('This one').waitFor()
      await press(page, 'Log out')
      await toast(page, 'You are logged out.')
      await page.goBack()
      await page.waitForURL(/\/login/)
    })

    it('logs in by keyboard alone, with one request for two presses of Enter, and sees an unreachable service', async () => {
      const somebody = await member()
      const page = await open()
      await page.goto(`${site.url}/login`)
      await page.keyboard.press('Tab')
      assert.equal(await page.locator(':focus').textContent(), 'Skip to content')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      await page.keyboard.type(somebody.email)
      await page.keyboard.press('Tab')
      await page.keyboard.type(somebody.password)

      const logIns = '**/api/auth/login?*'
      await page.route(logIns, (route) => route.abort())
      await page.keyboard.press('Enter')
      await page.getByText('We cannot be reached.').waitFor()
      faults().splice(0)
      await page.unroute(logIns)

      let sent = 0
      page.on('request', (request) => {
        if (request.url().includes('/api/auth/login')) sent++
      })
      await page.keyboard.press('Enter')
      await page.keyboard.press('Enter')
      await page.waitForURL(`${site.url}/account`)
      assert.equal(sent, 1)
    })

    it('sees a page for unknown addresses, and nothing of the admin pages', async () => {
      const somebody = await member()
      const page = await open()
      await logIn(page, somebody)
      assert.equal((await page.goto(`${site.url}/no-such-page`))?.status(), 404)
      await look(page, 'site-404')
      assert.equal((await page.goto(`${site.url}/admin`))?.status(), 404)
    })

    it('reaches no host but the service, whatever the path looks like', async () => {
      // `new URL('//api/health', base)` would name the host `api`.
      const reply = await fetch(`${site.url}//api/health`)
      assert.equal(reply.status, 404)
      assert.equal(((await reply.json()) as { code: string }).code, 'not_found')
    })
  })
