import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { languages } from '../src/domain/languages.ts'
import { call, member, someone } from '../test/node/blackbox/visitor.ts'
import { look } from './browser.ts'
import { useService } from './site.ts'
import { type Credentials, codeOf, fill, giveDevice, givePassword, heading, loggedOut, press, toast } from './steps.ts'

/** The pages for people that the service has itself. */

const service = useService()
const { open, close, linkTo } = service

const logIn = async (page: Page, credentials: Credentials) => {
  await page.goto(`${service.url}/sign-in`)
  await fill(page, credentials)
  await press(page, 'Log in')
  await page.waitForURL(/\/account$/)
  await page.locator('#profile-fields:enabled').waitFor()
}

describe('somebody new', () => {
  it('signs up, opens the mail, logs in and comes to where they wanted to go, by keyboard alone', async () => {
    const { email, password } = someone()
    const page = await open()
    await page.goto(`${service.url}/sign-in?return_to=/account/sessions`)
    await look(page, 'hosted-sign-in')
    await page.getByRole('link', { name: 'Create an account' }).focus()
    await page.keyboard.press('Enter')
    await heading(page, 'Create your account')
    await look(page, 'hosted-sign-up')

    await page.getByLabel('E-mail address').fill('nobody')
    await page.keyboard.press('Enter')
    await page.locator('#email-problem:visible').waitFor()
    assert.equal(await page.evaluate('document.activeElement.id'), 'email')
    await look(page, 'hosted-sign-up-refused')
    await page.getByLabel('E-mail address').fill(email)
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await heading(page, 'Check your mail')
    assert.equal(await page.getByLabel('E-mail address').inputValue(), email)
    await look(page, 'hosted-check-your-mail')
    await page.getByRole('link', { name: 'Go to the log-in' }).click()
    await heading(page, 'Log in')
    assert.equal(await page.getByLabel('E-mail address').inputValue(), email)

    // Not verified yet: the page says what helps.
    await fill(page, { email, password })
    await page.keyboard.press('Enter')
    await page.getByText('Did you just register?').waitFor()
    await look(page, 'hosted-sign-in-not-verified')
    await press(page, 'Send the link again')
    await toast(page, 'a new link is on its way')

    const other = await page.context().newPage()
    await other.goto(await linkTo(email, '/auth/verify-email'))
    await press(other, 'Verify my address')
    await heading(other, 'Your address is verified')
    await other.close()

    await fill(page, { email, password })
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/account\/sessions$/)
    await heading(page, 'Sessions')
    await close()
  })

  it('is told by the sign-in that a wrong password is wrong, and gets a link to choose another', async () => {
    const { email } = await member(service.url)
    const page = await open()
    await page.goto(`${service.url}/sign-in`)
    await press(page, 'Log in')
    await page.locator('#email-problem:visible').waitFor()
    await fill(page, { email, password: 'not the password' })
    await press(page, 'Log in')
    await page.getByRole('alert').filter({ hasText: 'is wrong' }).waitFor()
    await page.getByRole('link', { name: 'Forgotten your password?' }).click()
    await heading(page, 'Forgotten your password?')
    assert.equal(await page.getByLabel('E-mail address').inputValue(), email)
    await look(page, 'hosted-forgot-password')
    await press(page, 'Mail me a link')
    await heading(page, 'Check your mailbox')
    await look(page, 'hosted-forgot-password-sent')

    const another = someone().password
    await page.goto(await linkTo(email, '/auth/reset-password'))
    await page.getByLabel('New password').fill(another)
    await press(page, 'Set the password')
    await heading(page, 'Your password is set')
    await page.getByRole('link', { name: 'Log in' }).click()
    await heading(page, 'Log in')
    await fill(page, { email, password: another })
    await press(page, 'Log in')
    await page.waitForURL(/\/account$/)
    await close()
  })

  it('reads the sign-in without scripts', async () => {
    const context = await service
      .browser()
      .newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } })
    const page = await context.newPage()
    await page.goto(`${service.url}/sign-in`)
    await heading(page, 'Log in')
    await page.getByLabel('E-mail address').waitFor()
    await context.close()
  })
})

describe('the sign-in', () => {
  it('says what helps when there were too many attempts', async () => {
    const { email } = await member(service.url)
    for (let tries = 0; tries < 30; tries++) {
      const { status } = await call(service.url, 'POST /api/auth/login', {
        json: { email, password: `wrong ${tries}` },
      })
      if (status === 429) break
    }
    const page = await open()
    await page.goto(`${service.url}/sign-in`)
    await fill(page, { email, password: 'wrong again' })
    await press(page, 'Log in')
    await page.getByRole('link', { name: 'Mail me a link' }).waitFor()
    await look(page, 'hosted-sign-in-locked')
    await page.getByRole('link', { name: 'Mail me a link' }).click()
    await heading(page, 'Forgotten your password?')
    assert.equal(await page.getByLabel('E-mail address').inputValue(), email)
    await close()
  })

  it('is in the language of the menu, which keeps where the visitor wanted to go', async () => {
    const page = await open()
    await page.goto(`${service.url}/sign-in?return_to=/account/data`)
    await page.getByRole('link', { name: 'Deutsch' }).click()
    await page.waitForURL(/lang=de/)
    assert.equal(await page.locator('html').getAttribute('lang'), 'de')
    assert.equal(await page.locator('#main').getAttribute('data-return-to'), '/account/data')
    await page.goto(`${service.url}/sign-up`)
    assert.equal(await page.locator('html').getAttribute('lang'), 'de')
    await page.goto(`${service.url}/sign-in?lang=ar`)
    assert.equal(await page.locator('html').getAttribute('dir'), 'rtl')
    assert.equal(await page.getByRole('textbox').first().getAttribute('dir'), 'ltr')
    await look(page, 'hosted-sign-in-ar')
    // A link from elsewhere has a language for its own page only.
    await page.goto(`${service.url}/sign-in`)
    assert.equal(await page.locator('html').getAttribute('lang'), 'de')
    await close()
  })

  it('fits the smallest phones in every language, as do the other pages for everybody', async () => {
    const page = await open()
    await page.setViewportSize({ width: 320, height: 640 })
    for (const language of languages)
      for (const path of ['sign-in', 'sign-up', 'forgot-password', 'check-your-mail', 'auth/reset-password']) {
        await page.goto(`${service.url}/${path}?lang=${language}`)
        assert.equal(await page.locator('html').getAttribute('lang'), language)
        const sticksOut = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
        assert.ok(sticksOut <= 0, `${path} in ${language}: ${sticksOut} px wider than the window`)
      }
    await close()
  })

  it('has the colours that the visitor chose, on every page and before its own script has come', async () => {
    const page = await open()
    const isDark = async () =>
      (await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')) === 'rgb(20, 21, 23)'
    const choose = async (on: typeof page, name: string) => {
      const kept = on.waitForResponse((response) => response.url().endsWith(`?theme=${name}`))
      const link = on.locator(`[data-theme-choice="${name}"]`)
      await link.click()
      await kept
      assert.equal(await link.getAttribute('aria-current'), 'true')
    }
    await page.goto(`${service.url}/sign-in`)
    await page.getByLabel('E-mail').fill('typed@example.com')
    assert.equal(await isDark(), false)
    await choose(page, 'dark')
    assert.equal(await isDark(), true)
    await look(page, 'hosted-sign-in-chosen-dark')

    const other = await page.context().newPage()
    await other.goto(`${service.url}/`)
    assert.equal(await other.locator('[aria-current=true][data-theme-choice]').textContent(), 'dark')
    assert.equal(await page.getByLabel('E-mail').inputValue(), 'typed@example.com')
    await page.route(/\.js$/, (route) => route.fulfill({ contentType: 'text/javascript', body: '' }))
    for (const path of ['sign-up', 'auth/verify-email', 'account', 'nothing-here']) {
      await page.goto(`${service.url}/${path}`)
      assert.equal(await isDark(), true, path)
    }

    // Without its script, the link asks for the page anew.
    await choose(page, 'system')
    assert.equal(await isDark(), false)
    await page.emulateMedia({ colorScheme: 'dark' })
    assert.equal(await isDark(), true)
    await choose(page, 'light')
    assert.equal(await isDark(), false)
    await close()
  })

  it('needs three requests before it can be used', async () => {
    const page = await open()
    const requests: string[] = []
    page.on('request', (request) => requests.push(new URL(request.url()).pathname))
    await page.goto(`${service.url}/sign-in`, { waitUntil: 'networkidle' })

    assert.deepEqual(
      requests
        .filter((path) => path !== '/favicon.svg' && !path.startsWith('/api/'))
        .map((path) => path.replace(/-\w+\./, '-#.')),
      ['/sign-in', '/ui/assets/narrow-#.css', '/ui/assets/sign-in-#.js'],
    )
    await close()
  })
})

describe('the account', () => {
  it('adds an app, asks for its code at log-in, and takes a recovery code instead', async () => {
    const somebody = await member(service.url)
    const page = await open()
    await logIn(page, somebody)
    await look(page, 'hosted-account')
    await page.getByRole('link', { name: 'Security' }).click()
    await press(page, 'Add an authenticator app')
    await page.locator('#qr svg').waitFor()
    await look(page, 'hosted-security-app')
    const secret = (await page.locator('#secret').textContent())!
    await page.getByLabel('Name of the app').fill('Old phone')
    await page.locator('#enrol #code').fill(await codeOf(secret, 0))
    await press(page, 'Add the app')
    await look(page, 'hosted-password-dialog')
    await givePassword(page, somebody.password)
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    await look(page, 'hosted-recovery-codes')
    const recovery = (await page.locator('#code-list code').allTextContents())[0]!
    await press(page, 'I have saved them')
    await press(page, 'Log out')
    await loggedOut(page)

    await fill(page, somebody)
    await press(page, 'Log in')
    await heading(page, 'One more step')
    await look(page, 'hosted-second-factor')
    await page.getByLabel('Code', { exact: true }).fill('000000')
    await press(page, 'Continue')
    await page.locator('#code-problem:visible').waitFor()
    await press(page, 'Use a recovery code instead')
    await look(page, 'hosted-recovery-code')
    await page.getByLabel('Recovery code', { exact: true }).fill(recovery.toLowerCase())
    await press(page, 'Continue')
    await page.waitForURL(/\/account$/)
    await toast(page, 'You have 9 recovery codes left.')
    await close()
  })

  it('makes a passkey that logs in by a button and in the field', async () => {
    const somebody = await member(service.url)
    const page = await open()
    await giveDevice(page, { conditional: false })
    await logIn(page, somebody)
    await page.goto(`${service.url}/account/security`)
    await press(page, 'Add a passkey')
    await givePassword(page, somebody.password)
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    await press(page, 'I have saved them')
    await look(page, 'hosted-security')
    await press(page, 'Log out')
    await loggedOut(page)
    await look(page, 'hosted-sign-in-passkey')
    await press(page, 'Log in with a passkey')
    await page.waitForURL(/\/account$/)

    await press(page, 'Log out')
    await loggedOut(page)
    await fill(page, somebody)
    await press(page, 'Log in')
    await heading(page, 'One more step')
    await look(page, 'hosted-second-passkey')
    await press(page, 'Use a passkey')
    await page.waitForURL(/\/account$/)
    await press(page, 'Log out')
    await loggedOut(page)
    await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => true')
    await page.goto(`${service.url}/sign-in`)
    await page.waitForURL(/\/account$/)
    await close()
  })

  it('changes profile, address and password, ends sessions, gives the data, and deletes', async () => {
    const somebody = await member(service.url)
    await call(service.url, 'POST /api/auth/login', { json: somebody })
    const page = await open()
    await logIn(page, somebody)
    await page.getByLabel('Name (optional)').fill('Ada <b>Lovelace</b>')
    await page.getByLabel('Phone (optional)').fill('12')
    await press(page, 'Save changes')
    await page.locator('#phone-problem:visible').waitFor()
    await look(page, 'hosted-account-refused')
    await page.getByLabel('Phone (optional)').fill('+44 20 7946 0958')
    await press(page, 'Save changes')
    await toast(page, 'Your changes are saved.')
    await page.locator('#file').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: picture })
    await press(page, 'Use this picture')
    await toast(page, 'Your picture is saved.')
    await look(page, 'hosted-account-picture')

    await page.getByRole('link', { name: 'Sessions' }).click()
    await page.getByRole('button', { name: /^End the session of/ }).click()
    await toast(page, 'The session has ended.')
    await page.getByText('You are logged in nowhere else.').waitFor()
    await look(page, 'hosted-sessions')

    await page.getByRole('link', { name: 'Security' }).click()
    const next = someone().email
    await page.getByLabel('New e-mail address').fill(next)
    await press(page, 'Change the address')
    await givePassword(page, somebody.password)
    await toast(page, `We mailed a link to ${next}.`)
    await look(page, 'hosted-security-pending')
    await press(page, 'Keep the current address')
    await toast(page, 'Your address stays as it is.')
    const another = someone().password
    await page.getByLabel('Current password').fill('not the password')
    await page.getByLabel('New password').fill(another)
    await press(page, 'Change the password')
    await page.locator('#current_password-problem:visible').waitFor()
    await page.getByLabel('Current password').fill(somebody.password)
    await press(page, 'Change the password')
    await toast(page, 'The password was changed.')

    await page.getByRole('link', { name: 'Your data' }).click()
    await look(page, 'hosted-data')
    const downloaded = page.waitForEvent('download')
    await press(page, 'Download my data')
    // The tokens that came with the new password are not those of a log-in.
    await givePassword(page, another)
    const download = await downloaded
    assert.equal(download.suggestedFilename(), 'my-data.json')
    await press(page, 'Delete my account')
    await look(page, 'hosted-delete-question')
    await press(page, 'Delete for good')
    await givePassword(page, another)
    await page.waitForURL(`${service.url}/`)
    const { status } = await call(service.url, 'POST /api/auth/login', {
      json: { email: somebody.email, password: another },
    })
    assert.equal(status, 401)
    await close()
  })

  it('tells what happened, and takes the account from somebody else', async () => {
    const somebody = await member(service.url)
    const thief = await call(service.url, 'POST /api/auth/login', { json: somebody })
    const page = await open()
    await logIn(page, somebody)
    await page.getByRole('link', { name: 'Activity' }).click()
    await page.getByText('Address verified').waitFor()
    await look(page, 'hosted-activity')
    await page
      .getByRole('button', { name: /^That was not me: Logged in/ })
      .last()
      .click()
    await look(page, 'hosted-activity-question')
    await page.locator('#confirm-dialog').getByRole('button', { name: 'That was not me' }).click()
    await toast(page, 'Your other sessions have ended.')
    const { status } = await call(service.url, 'GET /api/user/profile', { token: thief.body.access_token })
    assert.equal(status, 401)
    assert.ok(await linkTo(somebody.email, '/auth/reset-password'))
    await close()
  })

  it('asks for the log-in and leads back to the page', async () => {
    const somebody = await member(service.url)
    const page = await open()
    await page.goto(`${service.url}/account/data`)
    await page.waitForURL(/\/sign-in\?return_to=%2Faccount%2Fdata$/)
    await heading(page, 'Log in')
    await fill(page, somebody)
    await press(page, 'Log in')
    await page.waitForURL(/\/account\/data$/)
    await close()
  })
})

/** One transparent pixel. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
