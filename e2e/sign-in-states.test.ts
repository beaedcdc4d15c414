import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { languages } from '../src/domain/languages.ts'
import { call, mailWith, member } from '../test/node/blackbox/visitor.ts'
import { look } from './browser.ts'
import { walk } from './keyboard.ts'
import { useService } from './site.ts'
import { type Credentials, codeOf, fill, giveDevice, givePassword, heading, loggedOut, press, toast } from './steps.ts'

/** The log-in and the account where everybody must have a second factor, and everything optional is on. */

const settings = [
  'MFA_REQUIRED:all',
  'TRUSTED_DEVICE_DAYS:30',
  'FACTOR_RECOVERY_HOURS:72',
  'MAIL_LOGIN:on',
  'PASSWORDLESS:on',
]
const service = useService(...settings.flatMap((setting) => ['--var', setting]))
const { open, close } = service

const view = async (page: Page, name: string) => {
  await look(page, name)
  await walk(page)
}

/** Logs in as far as the page that adds a factor. */
const beginEnrolment = async (page: Page, somebody: Credentials, to = '') => {
  await page.goto(`${service.url}/sign-in${to}`)
  await fill(page, somebody)
  await press(page, 'Log in')
  await page.waitForURL(/\/sign-in\/second-factor/)
  await heading(page, 'Add a second factor')
}

const giveMailedCode = async (page: Page, { email }: Credentials) => {
  await press(page, 'Mail me a code')
  await page.getByLabel('Code from the mail').waitFor()
  const text = await mailWith(service.url, email, 'add a second factor')
  await page.getByLabel('Code from the mail').fill(/^\d{4} \d{4}$/m.exec(text)![0])
  await press(page, 'Continue')
}

/** Returns somebody who has an app, with its key and the recovery codes. The page is logged in. */
const withApp = async (page: Page) => {
  const somebody = await member(service.url)
  await beginEnrolment(page, somebody)
  await giveMailedCode(page, somebody)
  await heading(page, 'Choose your second factor')
  await press(page, 'Add an authenticator app')
  await heading(page, 'Add an authenticator app')
  const secret = (await page.locator('#secret').textContent())!
  await page.getByLabel('Code', { exact: true }).fill(await codeOf(secret, 0))
  await press(page, 'Add the app')
  await heading(page, 'Your recovery codes')
  const codes = await page.locator('#code-list code').allTextContents()
  await press(page, 'I have saved them')
  await page.waitForURL(/\/account$/)
  await page.locator('#profile-fields:enabled').waitFor()
  return { somebody, secret, codes }
}

const logOut = async (page: Page) => {
  await press(page, 'Log out')
  await loggedOut(page)
}

const logInAsFarAsTheCode = async (page: Page, somebody: Credentials) => {
  await fill(page, somebody)
  await press(page, 'Log in')
  await heading(page, 'One more step')
}

describe('the log-in of somebody who must add a second factor', () => {
  it('mails a code, shows the key, keeps the recovery codes and goes on', async () => {
    const somebody = await member(service.url)
    const page = await open()
    await beginEnrolment(page, somebody, '?return_to=/account/sessions')
    await view(page, 'enrolment-mail')
    await press(page, 'Mail me a code')
    await page.getByLabel('Code from the mail').waitFor()
    assert.equal(await page.evaluate('document.activeElement.id'), 'mail_code')
    await view(page, 'enrolment-mailed')
    await press(page, 'Send another mail')
    await page.getByRole('alert').filter({ hasText: 'Too many attempts' }).waitFor()
    await page.getByLabel('Code from the mail').fill('0000 0000')
    await page.keyboard.press('Enter')
    await page.locator('#mail_code-problem:visible').waitFor()
    assert.equal(await page.evaluate('document.activeElement.id'), 'mail_code')
    const text = await mailWith(service.url, somebody.email, 'add a second factor')
    await page.getByLabel('Code from the mail').fill(/^\d{4} \d{4}$/m.exec(text)![0])
    await page.keyboard.press('Enter')
    await heading(page, 'Choose your second factor')
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Choose your second factor')
    await view(page, 'enrolment-choice')
    await press(page, 'Add an authenticator app')
    await page.locator('#qr svg').waitFor()
    await view(page, 'enrolment-app')
    const secret = (await page.locator('#secret').textContent())!
    await page.getByLabel('Code', { exact: true }).fill('000000')
    await page.keyboard.press('Enter')
    await page.locator('#code-problem:visible').waitFor()
    // Nobody is logged in until the factor is there.
    const { status } = await page.request
      .get(`${service.url}/api/user/profile`)
      .then((reply) => ({ status: reply.status() }))
    assert.equal(status, 401)
    await page.getByLabel('Code', { exact: true }).fill(await codeOf(secret, 0))
    await page.keyboard.press('Enter')
    await heading(page, 'Your recovery codes')
    await view(page, 'enrolment-codes')
    const codes = await page.locator('#code-list code').allTextContents()
    const downloaded = page.waitForEvent('download')
    await press(page, 'Download')
    const file = readFileSync(await (await downloaded).path(), 'utf8')
    assert.equal(codes.length, 10)
    for (const code of codes) assert.ok(file.includes(code))
    await press(page, 'I have saved them')
    await page.waitForURL(/\/account\/sessions$/)
    await heading(page, 'Sessions')
    await close()
  })

  it('takes a passkey', async () => {
    const somebody = await member(service.url)
    const page = await open()
    await giveDevice(page, { conditional: false })
    await beginEnrolment(page, somebody)
    await giveMailedCode(page, somebody)
    await heading(page, 'Choose your second factor')
    await view(page, 'enrolment-choice-passkey')
    await press(page, 'Add a passkey')
    await heading(page, 'Your recovery codes')
    await press(page, 'I have saved them')
    await page.waitForURL(/\/account$/)
    await page.locator('#profile-fields:enabled').waitFor()
    await logOut(page)
    await press(page, 'Log in with a passkey')
    await page.waitForURL(/\/account$/)
    await close()
  })

  it('begins again if the page is opened without a log-in', async () => {
    const page = await open()
    await page.goto(`${service.url}/sign-in/second-factor?return_to=/account/data`)
    await press(page, 'Mail me a code')
    await page.waitForURL(/\/sign-in\?return_to=\/account\/data$/)
    await toast(page, 'That took too long.')
    await close()
  })

  it('is in every language of the service, on the smallest phone too', async () => {
    const page = await open()
    await page.setViewportSize({ width: 320, height: 640 })
    for (const language of languages) {
      await page.goto(`${service.url}/sign-in/second-factor?lang=${language}`)
      assert.equal(await page.locator('html').getAttribute('lang'), language)
      // Every state that the page can have, shown at once.
      await page.evaluate("for (const part of document.querySelectorAll('[hidden]')) part.hidden = false")
      const sticksOut = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      assert.ok(sticksOut <= 0, `${language}: ${sticksOut} px wider than the window`)
      if (language === 'ar') await look(page, 'enrolment-ar')
    }
    await close()
  })
})

describe('the second step of a log-in', () => {
  it('asks a trusted device no more', async () => {
    const page = await open()
    const { somebody, secret } = await withApp(page)
    await logOut(page)
    await logInAsFarAsTheCode(page, somebody)
    await view(page, 'second-trust')
    await page.getByLabel('Do not ask again on this device for 30 days').check()
    await page.getByLabel('Code', { exact: true }).fill(await codeOf(secret, 1))
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/account$/)
    await page.locator('#profile-fields:enabled').waitFor()
    await logOut(page)
    await fill(page, somebody)
    await press(page, 'Log in')
    await page.waitForURL(/\/account$/)

    await page.goto(`${service.url}/account/security`)
    await page.getByRole('heading', { name: 'Trusted devices' }).waitFor()
    await view(page, 'security-trusted')
    await page.getByRole('button', { name: /^Forget Chrom/ }).click()
    await toast(page, 'The next log-in there asks for the second factor.')
    assert.equal(await page.locator('#trusted-card').isVisible(), false)
    await logOut(page)
    await logInAsFarAsTheCode(page, somebody)
    await close()
  })

  it('helps those who have lost their phone, by a recovery code or by waiting', async () => {
    const page = await open()
    const { somebody, codes } = await withApp(page)
    await logOut(page)
    await logInAsFarAsTheCode(page, somebody)
    await press(page, 'I have lost my phone')
    await heading(page, 'You have lost your phone')
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'You have lost your phone')
    await page.getByText('You have to wait for it: 3 days.').waitFor()
    await view(page, 'second-lost')
    await press(page, 'Have my second factors removed')
    await heading(page, 'We have sent you a mail')
    await view(page, 'second-waiting')
    await mailWith(service.url, somebody.email, 'cancel-factor-recovery')

    await page.getByRole('link', { name: 'Log in with another account' }).click()
    await heading(page, 'Log in')
    await logInAsFarAsTheCode(page, somebody)
    await press(page, 'I have lost my phone')
    await press(page, 'Use a recovery code instead')
    await page.getByLabel('Recovery code', { exact: true }).fill(codes[0]!)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/account$/)
    await close()
  })

  it('says what helps when there were too many wrong codes', async () => {
    const page = await open()
    const { somebody } = await withApp(page)
    await logOut(page)
    await logInAsFarAsTheCode(page, somebody)
    for (let tries = 0; tries < 25; tries++) {
      await page.getByLabel('Code', { exact: true }).fill('000000')
      await page.keyboard.press('Enter')
      const problem = page.locator('#code-problem:visible, #second [data-problem]:visible')
      await problem.waitFor()
      if ((await problem.textContent())?.includes('Too many')) break
    }
    await page.getByText('A recovery code still works').waitFor()
    await view(page, 'second-locked')
    await close()
  })

  it('leads from a mailed code to the password where a factor is missing', async () => {
    const somebody = await member(service.url)
    const page = await open()
    await page.goto(`${service.url}/sign-in`)
    await page.getByLabel('E-mail address').fill(somebody.email)
    await press(page, 'Mail me a code')
    await heading(page, 'Look into your mailbox')
    await view(page, 'mailed')
    const text = await mailWith(service.url, somebody.email, 'asked to log in')
    await page.getByLabel('Code from the mail').fill(/^\d{4} \d{4}$/m.exec(text)![0])
    await page.keyboard.press('Enter')
    await heading(page, 'Log in')
    await toast(page, 'Log in with your password to add one.')
    assert.equal(await page.evaluate('document.activeElement.id'), 'password')
    const { status } = await call(service.url, 'POST /api/auth/login', { json: somebody })
    assert.equal(status, 403)
    await close()
  })
})

/** Makes the browser say that a well-known password manager keeps each new passkey. The service does not read this. */
const inPasswordManager = `{
  const { toJSON } = PublicKeyCredential.prototype
  PublicKeyCredential.prototype.toJSON = function () {
    const json = toJSON.call(this)
    if (json.response.attestationObject) {
      const bytes = [...'x'.repeat(37), ...'bada5566a7aa401fbd9645619a55120d'.match(/../g).map((hex) => String.fromCharCode(parseInt(hex, 16)))]
      json.response.authenticatorData = btoa(bytes.join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    }
    return json
  }
}`

describe('the account of somebody with a passkey', () => {
  it('names the passkey, gives up the password, and confirms with the passkey from then on', async () => {
    const somebody = await member(service.url)
    const page = await open()
    await giveDevice(page, { conditional: false })
    await page.addInitScript(inPasswordManager)
    await beginEnrolment(page, somebody)
    await giveMailedCode(page, somebody)
    await press(page, 'Add a passkey')
    await heading(page, 'Your recovery codes')
    await press(page, 'I have saved them')
    await page.waitForURL(/\/account$/)
    await page.goto(`${service.url}/account/security`)
    await page.getByRole('button', { name: 'Rename 1Password' }).waitFor()

    await press(page, 'Remove the password')
    await view(page, 'security-remove-password')
    await page.keyboard.press('Escape')
    await page.locator('#confirm-dialog').waitFor({ state: 'hidden' })
    await press(page, 'Remove the password')
    await page.locator('#confirm-dialog').getByRole('button', { name: 'Remove the password' }).click()
    await givePassword(page, somebody.password)
    await press(page, 'Use a passkey')
    await toast(page, 'The password was removed.')
    await page.getByText('Your account has no password.').first().waitFor()
    await view(page, 'security-no-password')
    const { body } = await call(service.url, 'POST /api/auth/login', { json: somebody })
    assert.equal(body.code, 'invalid_credentials')

    await press(page, 'Make new recovery codes')
    await page.locator('#confirm-dialog').getByRole('button', { name: 'Make new codes' }).click()
    await page.getByText('Use your passkey to continue.').waitFor()
    await view(page, 'security-passkey-dialog')
    await press(page, 'Use a passkey')
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()

    await press(page, 'Mail me a link')
    await toast(page, `We mailed a link to ${somebody.email}.`)
    await mailWith(service.url, somebody.email, '/auth/reset-password')
    await close()
  })
})
