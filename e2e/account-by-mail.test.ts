import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { eventually } from '../test/node/blackbox/service.ts'
import { call, mailWith, member } from '../test/node/blackbox/visitor.ts'
import { look } from './browser.ts'
import { walk } from './keyboard.ts'
import { useService } from './site.ts'
import { codeOf, heading, press, toast } from './steps.ts'

/** The account of somebody who has neither a password nor a passkey. */
describe('an account that only a mailbox opens', { concurrency: 1 }, () => {
  // People do not confirm several changes in one minute.
  const settings = ['MAIL_LOGIN:on', 'PASSWORDLESS:on', 'LIMIT_MAIL_MINUTE:20/1m', 'LIMIT_MAIL_HOUR:20/1h']
  const service = useService(...settings.flatMap((setting) => ['--var', setting]))
  afterEach(service.close)

  /** Returns the code of the newest log-in mail, once it differs from the one before. */
  const codeFor = async (email: string, before = '') =>
    eventually('another code', 20_000, async () => {
      const text = await mailWith(service.url, email, 'type this code')
      const [code] = /^\d{4} \d{4}$/m.exec(text) ?? []
      return code !== before ? code : undefined
    })

  /** Logs somebody in who has just removed the password. Returns the address and the code that was used. */
  const begin = async () => {
    const somebody = await member(service.url)
    const { body } = await call(service.url, 'POST /api/auth/login', { json: somebody })
    const json = { current_password: somebody.password }
    const removed = await call(service.url, 'DELETE /api/user/password', { json, token: body.access_token })
    assert.equal(removed.status, 200)
    const page = await service.open()
    await page.goto(`${service.url}/sign-in?return_to=/account/security`)
    await page.getByLabel('E-mail address').fill(somebody.email)
    await press(page, 'Mail me a code')
    const code = await codeFor(somebody.email)
    await page.getByLabel('Code from the mail').fill(code)
    await press(page, 'Log in')
    await page.waitForURL(/\/account\/security$/)
    await heading(page, 'Security')
    return { page, email: somebody.email, code }
  }

  const inDialog = (page: Page, name: string) =>
    page.locator('#password-dialog').getByRole('button', { name, exact: true }).click()

  /** Confirms with the code of a mail. Returns the code. */
  const confirm = async (page: Page, email: string, before: string) => {
    await page.getByText(`Confirm with a code that we mail to ${email}.`).waitFor()
    await inDialog(page, 'Mail me a code')
    await page.getByText(`A mail with a code is on its way to ${email}.`).waitFor()
    const code = await codeFor(email, before)
    await page.locator('#dialog-mail-code').fill(code)
    await inDialog(page, 'Continue')
    return code
  }

  it('confirms changes with a code from its mailbox, which is read again for each', async () => {
    const { page, email, code } = await begin()
    await page.locator('#only-mailbox', { hasText: 'Only your mailbox proves' }).waitFor()
    await page.locator('#change-email #email').fill(`new-${email}`)
    await press(page, 'Change the address')
    await page.getByText(`Confirm with a code that we mail to ${email}.`).waitFor()
    await look(page, 'security-mail-dialog')
    await walk(page)
    await inDialog(page, 'Mail me a code')
    await page.locator('#dialog-mail-code:visible').waitFor()
    assert.equal(await page.evaluate('document.activeElement.id'), 'dialog-mail-code')
    await look(page, 'security-mailed-dialog')
    await page.locator('#dialog-mail-code').fill('0000 0000')
    await page.keyboard.press('Enter')
    await page.locator('#dialog-mail-code-problem:visible').waitFor()
    const second = await codeFor(email, code)
    await page.locator('#dialog-mail-code').fill(second)
    await page.keyboard.press('Enter')
    await toast(page, `We mailed a link to new-${email}.`)
    await page.locator('#pending-address', { hasText: `new-${email}` }).waitFor()
    assert.equal(await page.locator('#pending').isVisible(), true)

    await page.goto(`${service.url}/account/sessions`)
    await heading(page, 'Sessions')
    await page.goto(`${service.url}/account/data`)
    await press(page, 'Delete my account')
    await press(page, 'Delete for good')
    await confirm(page, email, second)
    await page.waitForURL((url) => url.pathname === '/')
  })

  it('asks for the code of an app after that of the mail, once it has an app', async () => {
    const { page, email, code } = await begin()
    await press(page, 'Add an authenticator app')
    await page.locator('#qr svg').waitFor()
    const secret = (await page.locator('#secret').textContent())!
    await page.locator('#enrol #code').fill(await codeOf(secret, 0))
    await press(page, 'Add the app')
    const second = await confirm(page, email, code)
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    const codes = await page.locator('#code-list code').allTextContents()
    await press(page, 'I have saved them')

    await press(page, 'Make new recovery codes')
    await page.locator('#confirm-dialog').getByRole('button', { name: 'Make new codes' }).click()
    await confirm(page, email, second)
    await page.locator('#dialog-otp:visible').waitFor()
    assert.equal(await page.evaluate('document.activeElement.id'), 'dialog-otp')
    await page.locator('#dialog-otp').fill('000 000')
    await page.keyboard.press('Enter')
    await page.locator('#dialog-otp-problem:visible').waitFor()
    await page.locator('#dialog-otp').fill(codes[0]!)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
  })

  it('learns at the link of a freeze that nothing but waiting is left', async () => {
    const page = await service.open()
    await page.goto(`${service.url}/auth/end-freeze#token=${'A'.repeat(22)}.${'A'.repeat(43)}`)
    await page.getByText('If your account had none of these before the change').waitFor()
    await look(page, 'end-freeze-without-proof')
  })
})
