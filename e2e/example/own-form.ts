import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { root, runNode } from '../../cli/lib/process.ts'
import { call } from '../../test/node/blackbox/visitor.ts'
import { look } from '../browser.ts'
import { addApp, type Credentials, codeOf, fill, giveDevice, givePassword, heading, press, toast } from '../steps.ts'
import { arrived, browsing, member, place, site } from './visit.ts'

const begin = async (page: Page, somebody: Credentials) => {
  await page.goto(`${site.url}/login`)
  await heading(page, 'Log in')
  await fill(page, somebody)
  await press(page, 'Log in')
}

const logOut = async (page: Page) => {
  await page.goto(site.url)
  await press(page, 'Log out')
  await toast(page, 'You are logged out.')
}

/** The log-in form that a site can copy. */
export const ownForm = () =>
  describe("the example site's own log-in", { concurrency: 1 }, () => {
    const { open, faults } = browsing()

    it('says what is wrong, and asks for a code of the app or a recovery code', async () => {
      const somebody = await member()
      const { secret, recoveryCodes } = await addApp(site.service, somebody)
      const page = await open()
      await begin(page, { ...somebody, password: 'not the password' })
      await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor()
      await look(page, 'site-login-refused')
      await page.getByLabel('Password', { exact: true }).fill(somebody.password)
      await press(page, 'Log in')
      await heading(page, 'One more step')
      await look(page, 'site-login-code')
      assert.equal(await page.getByRole('button', { name: 'Use a passkey' }).isVisible(), false)
      await page.getByLabel('Code', { exact: true }).fill('000000')
      await press(page, 'Continue')
      await page.locator('#code-error:visible').waitFor()
      await page.getByLabel('Code', { exact: true }).fill(await codeOf(secret, 1))
      await press(page, 'Continue')
      await arrived(page, somebody)

      await logOut(page)
      await begin(page, somebody)
      await press(page, 'Use a recovery code instead')
      await page.getByLabel('Recovery code', { exact: true }).fill(recoveryCodes[0]!.toLowerCase())
      await press(page, 'Continue')
      await arrived(page, somebody)
      await toast(page, 'You have 9 recovery codes left.')
    })

    it('asks a trusted device for the second factor no more', async () => {
      const somebody = await member()
      const { secret } = await addApp(site.service, somebody)
      const page = await open()
      await begin(page, somebody)
      await page.getByLabel('Do not ask again on this device for 30 days').check()
      await page.getByLabel('Code', { exact: true }).fill(await codeOf(secret, 1))
      await press(page, 'Continue')
      await arrived(page, somebody)

      await logOut(page)
      await begin(page, somebody)
      await arrived(page, somebody)
    })

    it('takes a passkey in place of the password, and as the second factor', async () => {
      const somebody = await member()
      const page = await open()
      await giveDevice(page, { conditional: false })
      await begin(page, somebody)
      await arrived(page, somebody)
      await page.goto(`${site.url}/account/security`)
      await press(page, 'Add a passkey')
      await givePassword(page, somebody.password)
      await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
      await press(page, 'I have saved them')

      await logOut(page)
      await page.goto(`${site.url}/login`)
      await press(page, 'Log in with a passkey')
      await arrived(page, somebody)
      await logOut(page)
      await begin(page, somebody)
      await press(page, 'Use a passkey')
      await arrived(page, somebody)

      await logOut(page)
      await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => true')
      await page.goto(`${site.url}/login`)
      await arrived(page, somebody)
    })

    it('works by keyboard alone, sends one request for two presses of Enter, and says that the service cannot be reached', async () => {
      const somebody = await member()
      const page = await open()
      await page.goto(`${site.url}/login`)
      await heading(page, 'Log in')
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
      await page.getByText('The service cannot be reached.').waitFor()
      faults().splice(0)
      await page.unroute(logIns)

      let sent = 0
      page.on('request', (request) => {
        if (request.url().includes('/api/auth/login')) sent++
      })
      await page.keyboard.press('Enter')
      await page.keyboard.press('Enter')
      await arrived(page, somebody)
      assert.equal(sent, 1)
    })

    it('leads somebody who must have a second factor and has none to the page that adds one', async () => {
      const [boss, somebody] = [await member(), await member()]
      const made = await runNode([join(root, 'cli/admin.ts'), boss.email, '--persist-to', place.state])
      assert.equal(made.status, 0, made.output)
      const token = (await call(site.service, 'POST /api/auth/login', { json: boss })).body.access_token
      const found = await call(site.service, `GET /api/admin/users?search=${somebody.email}`, { token })
      const json = { mfa_required: true }
      await call(site.service, `PATCH /api/admin/users/${found.body.users[0].id}`, { token, json })
      const page = await open()
      await begin(page, somebody)
      await page.getByRole('link', { name: 'Add one' }).click()
      await page.waitForURL(`${site.url}/sign-in?return_to=%2Fmembers`)
      await heading(page, 'Log in')
      await fill(page, somebody)
      await press(page, 'Log in')
      await page.waitForURL(/\/sign-in\/second-factor/)
      await heading(page, 'Add a second factor')
    })
  })
