import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { call, mailWith, member, someone } from '../test/node/blackbox/visitor.ts'
import { look, output } from './browser.ts'
import { useService } from './site.ts'

const service = useService('--var', 'MAIL_LOGIN:on')
const { open, close, linkTo } = service

/** The end of a link whose token nobody has. */
const unknown = `#token=${'A'.repeat(22)}.${'A'.repeat(43)}`

/** The pages that the service serves itself if no front end is configured. */
describe('the built-in pages', () => {
  const statusOf = async (credentials: { email: string; password: string }) =>
    (await call(service.url, 'POST /api/auth/login', { json: credentials })).status

  it('verify an address by a click, and not when the link is opened (A-17c)', async () => {
    const credentials = someone()
    await call(service.url, 'POST /api/auth/register', { json: credentials })
    const link = await linkTo(credentials.email, '/auth/verify-email')

    const page = await open()
    await page.goto(link)
    const button = page.getByRole('button', { name: 'Verify my address' })
    await button.waitFor()
    assert.equal(page.url().includes('token'), false, 'the token is still in the address bar (A-13)')
    assert.equal(await statusOf(credentials), 401)
    await look(page, 'verify-email')

    // This is not the browser that registered.
    await button.click()
    await page.getByRole('heading', { name: 'Was it you who registered?' }).waitFor()
    assert.equal(await statusOf(credentials), 401)
    await look(page, 'verify-email-proof')
    const field = page.getByLabel('Password', { exact: true })
    await field.fill('not the password')
    await field.press('Enter')
    await page.locator('[data-problem-of=password]').waitFor()
    await field.fill(credentials.password)
    await field.press('Enter')
    await page.getByRole('heading', { name: 'Your address is verified' }).waitFor()
    assert.equal(await statusOf(credentials), 200)
    await look(page, 'verify-email-done')
    await close()
  })

  it('verify an address by a click in the browser that registered', async () => {
    const credentials = someone()
    const page = await open()
    await page.goto(service.url)
    const status = await page.evaluate<number>(`fetch('/api/auth/register', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: ${JSON.stringify(JSON.stringify(credentials))},
    }).then((reply) => reply.status)`)
    assert.equal(status, 201)
    await page.goto(await linkTo(credentials.email, '/auth/verify-email'))
    await page.getByRole('button', { name: 'Verify my address' }).click()
    await page.getByRole('heading', { name: 'Your address is verified' }).waitFor()
    assert.equal(await statusOf(credentials), 200)
    await close()
  })

  it('let a reader who did not choose the password set another one with the same link', async () => {
    const credentials = someone()
    await call(service.url, 'POST /api/auth/register', { json: credentials })
    const page = await open()
    await page.goto(await linkTo(credentials.email, '/auth/verify-email'))
    await page.getByRole('button', { name: 'Verify my address' }).click()
    await page.getByRole('link', { name: /choose a new one/ }).click()
    const another = someone().password
    await page.getByLabel('New password').fill(another)
    await page.getByRole('button', { name: 'Set the password' }).click()
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor()
    assert.equal(page.url().includes('token'), false, 'the token is still in the address bar (A-13)')
    assert.equal(await statusOf(credentials), 401)
    assert.equal(await statusOf({ email: credentials.email, password: another }), 200)
    await close()
  })

  /** Asks for a log-in mail in the browser, and returns its link. */
  const askForMail = async (page: Page, email: string) => {
    await page.goto(service.url)
    const status = await page.evaluate<number>(`fetch('/api/auth/login/mail', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: ${JSON.stringify(JSON.stringify({ email }))},
    }).then((reply) => reply.status)`)
    assert.equal(status, 200)
    return linkTo(email, '/auth/login/mail/link')
  }

  it('log in by the link of a mail in the browser that asked for it, and not when it is opened', async () => {
    const { email } = await member(service.url)
    const page = await open()
    await page.goto(await askForMail(page, email))
    const button = page.getByRole('button', { name: 'Log in' })
    await button.waitFor()
    const signedIn = async () => (await page.context().cookies()).some(({ name }) => name === 'token')
    assert.equal(await signedIn(), false)
    await look(page, 'log-in-by-mail')
    await button.click()
    await page.getByRole('heading', { name: 'You are logged in' }).waitFor()
    assert.equal(await signedIn(), true)
    await look(page, 'log-in-by-mail-done')
    await page.getByRole('link', { name: 'Your account' }).click()
    await page.waitForURL(/\/account$/)
    await page.locator('#profile-fields:enabled').waitFor()
    await close()
  })

  it('show the code of a log-in mail in another browser, and log nobody in there', async () => {
    const { email } = await member(service.url)
    const page = await open()
    const link = await askForMail(page, email)
    await page.context().clearCookies()
    await page.goto(link)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { name: 'Type this code where you began' }).waitFor()
    const text = await mailWith(service.url, email, '/auth/login/mail/link')
    assert.equal(await page.locator('[data-code]').textContent(), /^\d{4} \d{4}$/m.exec(text)![0])
    const cookies = await page.context().cookies()
    assert.deepEqual(
      cookies.map(({ name }) => name).filter((name) => name !== 'lang'),
      [],
    )
    await look(page, 'log-in-by-mail-other-browser')
    await close()
  })

  it('take an account from whoever registered somebody else', async () => {
    const credentials = someone()
    await call(service.url, 'POST /api/auth/register', { json: credentials })
    const page = await open()
    await page.goto(await linkTo(credentials.email, '/auth/reject-registration'))
    const button = page.getByRole('button', { name: 'I did not register' })
    await button.waitFor()
    await look(page, 'reject-registration')
    await button.click()
    await page.getByRole('heading', { name: 'That is settled' }).waitFor()
    await page.goto(await linkTo(credentials.email, '/auth/verify-email'))
    await page.getByRole('button', { name: 'Verify my address' }).click()
    await page.getByRole('heading', { name: 'This link no longer works' }).waitFor()
    await close()
  })

  it('set a password by keyboard alone, and show beside the field why a password is refused', async () => {
    const { email, password } = await member(service.url)
    await call(service.url, 'POST /api/auth/forgot-password', { json: { email } })
    const page = await open()
    await page.goto(await linkTo(email, '/auth/reset-password'))

    const field = page.getByLabel('New password')
    await field.waitFor()
    assert.equal(await field.getAttribute('autocomplete'), 'new-password')
    assert.equal(await field.getAttribute('type'), 'password')
    await look(page, 'reset-password')

    await field.fill('password1')
    await field.press('Enter')
    const problem = page.locator('[data-problem-of=new_password]')
    await problem.waitFor()
    assert.match((await problem.textContent()) ?? '', /most common passwords/)
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    await look(page, 'reset-password-refused')

    const another = someone().password
    await field.fill(another)
    await field.press('Enter')
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor()
    assert.equal(await statusOf({ email, password }), 401)
    assert.equal(await statusOf({ email, password: another }), 200)
    await close()
  })

  it('send a new link after an expired one', async () => {
    const { email } = await member(service.url)
    const page = await open()
    await page.goto(`${service.url}/auth/reset-password#token=${'A'.repeat(22)}.${'A'.repeat(43)}`)
    await page.getByLabel('New password').fill(someone().password)
    await page.getByRole('button', { name: 'Set the password' }).click()

    await page.getByRole('heading', { name: 'This link no longer works' }).waitFor()
    await look(page, 'link-expired')
    await page.getByLabel('Your e-mail address').fill(email)
    await page.getByRole('button', { name: 'Send a new link' }).click()
    await page.getByRole('heading', { name: 'Check your mailbox' }).waitFor()
    assert.ok(await linkTo(email, '/auth/reset-password'))
    await look(page, 'link-sent')
    await close()
  })

  it('confirm a new address, or keep the old one', async () => {
    const { email, password } = await member(service.url)
    const { body } = await call(service.url, 'POST /api/auth/login', { json: { email, password } })
    const change = async () => {
      const next = someone().email
      const json = { email: next, current_password: password }
      const { status } = await call(service.url, 'PATCH /api/user/profile', { token: body.access_token, json })
      assert.equal(status, 200)
      return next
    }

    const unwanted = await change()
    const page = await open()
    await page.goto(await linkTo(email, '/auth/cancel-email-change'))
    await page.getByRole('button', { name: 'Keep my address' }).waitFor()
    await look(page, 'cancel-email-change')
    await page.getByRole('button', { name: 'Keep my address' }).click()
    await page.getByRole('heading', { name: 'Your address stays' }).waitFor()
    await look(page, 'cancel-email-change-done')
    await page.getByLabel('Your e-mail address').fill(email)
    await page.getByRole('button', { name: 'Send me a link' }).click()
    await page.getByRole('heading', { name: 'Check your mailbox' }).waitFor()
    assert.ok(await linkTo(email, '/auth/reset-password'))
    await page.goto(await linkTo(unwanted, '/auth/confirm-email'))
    await page.getByRole('button', { name: 'Use this address' }).click()
    await page.getByRole('heading', { name: 'This link no longer works' }).waitFor()
    await close()

    // An address gets one mail a minute, so this is another user.
    const other = await member(service.url)
    const session = await call(service.url, 'POST /api/auth/login', { json: other })
    const next = someone().email
    const json = { email: next, current_password: other.password }
    await call(service.url, 'PATCH /api/user/profile', { token: session.body.access_token, json })
    const second = await open()
    await second.goto(await linkTo(next, '/auth/confirm-email'))
    await second.getByRole('button', { name: 'Use this address' }).waitFor()
    await look(second, 'confirm-email')
    await second.getByRole('button', { name: 'Use this address' }).click()
    // This is not the browser that requested the change.
    await second.getByRole('heading', { name: 'Is the account yours?' }).waitFor()
    await look(second, 'confirm-email-proof')
    await second.getByLabel('Password', { exact: true }).fill('not the password')
    await second.getByRole('button', { name: 'Use this address' }).click()
    await second.locator('[data-problem-of=password]').waitFor()
    await second.getByLabel('Password', { exact: true }).fill(other.password)
    await second.getByRole('button', { name: 'Use this address' }).click()
    await second.getByRole('heading', { name: 'This is your address now' }).waitFor()
    assert.equal(await statusOf({ email: next, password: other.password }), 200)
    await close()

    const third = await open()
    await third.goto(await linkTo(other.email, '/auth/revert-email-change'))
    const byCode = third.locator('section form', { has: third.locator('[name=otp]') })
    await byCode.locator('[name=otp]').waitFor()
    await look(third, 'revert-email-change')
    await byCode.locator('[name=otp]').fill('123456')
    await byCode.locator('[name=otp]').press('Enter')
    await byCode.locator('[data-problem-of=otp]').waitFor()
    await look(third, 'revert-email-change-wrong-code')
    await third.locator('section form [name=password]').fill(other.password)
    await third.locator('section form [name=password]').press('Enter')
    await third.locator('[data-state=done] h1').waitFor()
    assert.equal(await statusOf({ email: next, password: other.password }), 401)
    await close()
  })

  for (const [name, path, heading] of [
    ['index', '/', /Accounts for your sites/],
    ['errors', '/errors', /Errors/],
    ['link-missing', '/auth/verify-email', /opens from a mail/],
    ['reset-password-asked', '/auth/reset-password', /Forgotten your password/],
    ['not-found', '/nowhere', /no page here/],
    ['approve-email-change', `/auth/approve-email-change${unknown}`, /Approve the change/],
    ['cancel-factor-recovery', `/auth/cancel-factor-recovery${unknown}`, /Keep your second factors/],
    ['confirm-factor-recovery', `/auth/confirm-factor-recovery${unknown}`, /Remove your second factors/],
    ['end-freeze', `/auth/end-freeze${unknown}`, /Open your account again/],
    ['end-session', `/auth/end-session${unknown}`, /End that session/],
    ['end-sessions', `/auth/end-sessions${unknown}`, /End everything/],
    ['remove-factor', `/auth/remove-factor${unknown}`, /Remove that factor/],
    ['undo-deletion', `/auth/undo-deletion${unknown}`, /Keep your account/],
  ] as const)
    it(`look finished: ${name}`, async () => {
      const page = await open()
      await page.goto(service.url + path)
      await page.getByRole('heading', { name: heading }).first().waitFor()
      await look(page, name)
      await close()
    })
})

describe('/docs', () => {
  it('lets a reader authorize with address and password, and send a request', async () => {
    const { email, password } = await member(service.url)
    const page = await open()
    await page.goto(`${service.url}/docs`)
    await page.getByRole('button', { name: 'Authorize' }).first().click()
    const dialog = page.locator('.modal-ux')
    assert.equal(
      await dialog.getByRole('heading', { level: 4 }).first().textContent(),
      'Log in with e-mail and password',
    )
    const useless = dialog.getByText(/client|scope|flow|cookieAuth/i).filter({ visible: true })
    assert.equal(await useless.count(), 0)

    await dialog.getByLabel('E-mail address').fill(email)
    await dialog.getByLabel('Password').fill('not the password')
    await dialog.getByRole('button', { name: 'Log in' }).click()
    const refusal = dialog.getByRole('alert').filter({ hasText: /./ })
    await refusal.waitFor()
    const refused = await call(service.url, 'POST /api/auth/login', { json: { email, password: 'nor this' } })
    assert.equal(await refusal.textContent(), refused.body.detail)
    // Not `look`: axe finds enough in Swagger UI itself.
    mkdirSync(output, { recursive: true })
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 })
      const { x, width: wide } = (await dialog.boundingBox())!
      assert.ok(x >= 0 && x + wide <= width, `the dialog sticks out at ${width} px`)
      await page.screenshot({ path: join(output, `docs-authorize-refused-${width}.png`) })
    }

    await dialog.getByLabel('Password').fill(password)
    await dialog.getByRole('button', { name: 'Log in' }).click()
    await dialog.getByText(`Requests of this page are sent as ${email}.`).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).first().click()

    const operation = page.locator('.opblock', { hasText: '/api/user/profile' }).first()
    await operation.locator('button').first().click()
    await operation.getByRole('button', { name: 'Execute' }).click()
    const answer = operation.locator('.live-responses-table .response-col_status')
    await answer.first().waitFor()
    assert.match((await operation.locator('.live-responses-table').textContent()) ?? '', new RegExp(email))
    await close()
  })

  it('shows the reference at /redoc too', async () => {
    const page = await open()
    await page.goto(`${service.url}/redoc`)
    await page.getByRole('heading', { name: 'Gatehouse' }).first().waitFor()
    await page.getByText('/api/auth/register').first().waitFor()
    await close()
  })
})
