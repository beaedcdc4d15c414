import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { mailWith } from '../../test/node/blackbox/visitor.ts'
import { look } from '../browser.ts'
import { browsing, errorOf, heading, linkTo, member, press, site } from './visit.ts'

/** Asks for a log-in mail, and returns its code. */
const ask = async (page: Page, email: string) => {
  await page.goto(`${site.url}/login`)
  await page.getByLabel('E-mail').fill(email)
  await press(page, 'Mail me a code')
  await heading(page, 'Look into your mailbox')
  const text = await mailWith(site.service, email, '/auth/log-in-by-mail#token=')
  return /^\d{4} \d{4}$/m.exec(text)![0]
}

export const mailLogIns = () =>
  describe('a log-in by mail on the example site', { concurrency: 1 }, () => {
    const { open, faults } = browsing()

    it('takes the code, and refuses a wrong one beside its field', async () => {
      const { email } = await member()
      const page = await open()
      const code = await ask(page, email)
      await look(page, 'site-mail-code')
      await page.getByLabel('Code from the mail').fill(code.startsWith('0') ? '1111 1111' : '0000 0000')
      await press(page, 'Log in')
      await errorOf(page, 'mail_code').waitFor()
      await look(page, 'site-mail-code-wrong')
      faults().length = 0
      await page.getByLabel('Code from the mail').fill(code)
      await press(page, 'Log in')
      await page.waitForURL(/\/account/)
    })

    it('takes the link in the same browser, by a click', async () => {
      const { email } = await member()
      const page = await open()
      await ask(page, email)
      await page.goto(await linkTo(email, 'log-in-by-mail'))
      await heading(page, 'Log in')
      assert.equal(page.url().includes('token'), false, 'the token is still in the address bar (A-13)')
      await look(page, 'site-mail-link')
      await press(page, 'Log in')
      await heading(page, 'You are logged in')
      await look(page, 'site-mail-link-done')
      await page.getByRole('link', { name: 'Go to your account' }).click()
      await page.waitForURL(/\/account/)
    })

    it('shows the code for the link in another browser, and logs nobody in there', async () => {
      const { email } = await member()
      const page = await open()
      const code = await ask(page, email)
      await page.context().clearCookies()
      await page.goto(await linkTo(email, 'log-in-by-mail'))
      await press(page, 'Log in')
      await heading(page, 'Type this code where you began')
      assert.equal(await page.locator('#code-to-type').textContent(), code)
      await look(page, 'site-mail-link-other-browser')
      faults().length = 0
      await page.goto(`${site.url}/account`)
      await page.waitForURL(/\/login/)
    })
  })
