import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { call, mailWith, member, someone } from '../test/node/blackbox/visitor.ts'
import { look, visits } from './browser.ts'
import { useService } from './site.ts'
import { becomeAdmin, fill, firstAdminLink, giveDevice, givePassword } from './steps.ts'

const admin = { email: 'ada@example.org', password: 'four words nobody guesses' }
const service = useService('--demo')
let page: Page

/** Texts that would run if a page parsed them, or would lead somewhere. */
const hostile = [
  '<img src=x onerror="window.ran=1">',
  '"><script>window.ran=1</script>',
  "{{constructor.constructor('window.ran=1')()}}",
  '=HYPERLINK("https://example.com")',
  'javascript:window.ran=1',
]

const open = async (path: string, heading: string) => {
  await page.goto(service.url + path)
  await page.getByRole('heading', { name: heading, exact: true, level: 1 }).waitFor()
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
  return page
}

const signOut = () => page.context().clearCookies()

const logIn = async () => {
  await signOut()
  await page.goto(service.url)
  const status = await page.evaluate<number>(`fetch('/api/auth/login?transport=cookie', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: ${JSON.stringify(JSON.stringify(admin))},
  }).then((reply) => reply.status)`)
  assert.equal(status, 200)
}

describe('the first minute and the console', () => {
  before(async () => {
    page = await service.open()
  })

  it('begins with the link that npm start prints, and plots', async () => {
    const link = await firstAdminLink(service)
    await page.goto(link)
    await page.getByRole('heading', { name: 'Make the first admin' }).waitFor()
    assert.equal(page.url().includes('token'), false, 'the token is still in the address bar')
    await look(page, 'console-first-admin')
    await becomeAdmin(page, admin)

    await page.locator('[data-stat=total_users]').filter({ hasText: '101' }).waitFor()
    const sum = await page.locator('[data-plot=logins] [data-sum]').textContent()
    assert.match(sum!, /^\d[\d,]* in all/)
    assert.ok((await page.locator('[data-plot=active_users] rect').count()) >= 30)
    await look(page, 'console-overview')

    // The link works once.
    await page.goto(link)
    await fill(page, { ...admin, email: 'eve@example.org' })
    await page.getByRole('button', { name: 'Become the admin' }).click()
    await page.getByRole('heading', { name: 'This link does not work any more' }).waitFor()
    await look(page, 'console-first-admin-void')
  })

  it('goes on with a second person, who signs up, follows the mail and adds a passkey', async () => {
    const second = visits(service.browser, () => [new URL(service.url).host])
    const page = await second.open()
    const person = someone()
    await page.goto(`${service.url}/sign-up`)
    await page.getByLabel('Name').fill('Grace Hopper')
    await fill(page, person)
    await page.getByRole('button', { name: 'Create the account' }).click()
    await page.waitForURL('**/check-your-mail')
    await page.goto(await service.linkTo(person.email, '/auth/verify-email'))
    await page.getByRole('button', { name: 'Verify my address' }).click()
    await page.getByRole('heading', { name: 'Your address is verified' }).waitFor()
    await page.getByRole('link', { name: 'Log in' }).click()
    await fill(page, person)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/account')

    await giveDevice(page, { conditional: false })
    await page.getByRole('link', { name: 'Security' }).click()
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await givePassword(page, person.password)
    await page.getByText('The passkey was added.').waitFor()
    await second.close()

    const admins = await open('/console', 'Overview')
    await admins.locator('[data-stat=passkey_users]').filter({ hasText: '1' }).waitFor()
  })

  it('shows texts of strangers as texts in every view', async () => {
    for (const [index, name] of hostile.entries()) {
      const credentials = { email: `hostile${index}@example.org`, password: 'some good words for it' }
      await call(service.url, 'POST /api/auth/register', {
        json: { ...credentials, name },
      })
    }
    const page = await open('/console/users?', 'Users')
    await page.getByLabel('Search').fill('hostile')
    await page.getByRole('link', { name: hostile[0]! }).waitFor()
    await page.getByText('5 users', { exact: true }).waitFor()
    for (const name of hostile) assert.equal(await page.getByRole('link', { name }).count(), 1, name)
    await look(page, 'console-users')
    await page.getByRole('link', { name: hostile[1]! }).click()
    await page.getByRole('heading', { name: hostile[1]! }).waitFor()
    await page.getByText('Verify the address').waitFor()
    await page.getByText('Account registered', { exact: true }).waitFor()
    await page.getByRole('combobox', { name: 'Language' }).selectOption('German')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The user was changed.').waitFor()
    await page.reload()
    await page.getByText('Verify the address').waitFor()
    assert.equal(await page.getByRole('combobox', { name: 'Language' }).inputValue(), 'de')
    await look(page, 'console-user')
    await open('/console/audit', 'Audit')
    await page.getByRole('link', { name: hostile[1]! }).first().waitFor()
    await look(page, 'console-audit')
    assert.equal(await page.evaluate("'ran' in window"), false)
  })

  it('exports what it lists, without formulas', async () => {
    const page = await open('/console/users', 'Users')
    await page.getByLabel('Search').fill('hostile3')
    await page.getByText('1 user', { exact: true }).waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV' }).click(),
    ])
    const text = readFileSync(await download.path(), 'utf8')
    assert.match(text, /"'=HYPERLINK\(""https:\/\/example\.com""\)"/)
    assert.equal(text.trim().split('\r\n').length, 2)
  })

  it('asks for the password before it changes a user, once the log-in is not recent', async () => {
    const page = await open('/console/users', 'Users')
    await page.getByLabel('Search').fill('hostile4')
    await page.getByRole('link', { name: hostile[4]! }).click()
    await page.getByRole('heading', { name: hostile[4]! }).waitFor()
    // A refreshed token is not recent.
    await page.evaluate("fetch('/api/auth/refresh', { method: 'POST' })")
    await page.getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    const dialog = page.getByRole('dialog', { name: 'Confirm it is you' })
    await dialog.waitFor()
    await look(page, 'console-proof')
    await dialog.getByLabel('Your password', { exact: true }).fill('not the password')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await dialog.getByText('This is not the current password.').waitFor()
    await dialog.getByLabel('Your password', { exact: true }).fill(admin.password)
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('The user was changed.').waitFor()
    await page.getByText('Account disabled or enabled').waitFor()
    await page.getByRole('button', { name: 'Enable' }).waitFor()
  })

  it('invites people line by line, and says which line is wrong', async () => {
    const page = await open('/console/invitations', 'Invitations')
    await page
      .getByLabel('Addresses')
      .fill('Grace Hopper <grace@example.org>\nAlan Turing alan@example.org\nno address')
    await page.getByRole('button', { name: 'Send invitations' }).click()
    await page.getByText('grace@example.org: invited').waitFor()
    await page.getByRole('link', { name: 'Grace Hopper' }).waitFor()
    await page.getByRole('link', { name: 'Alan Turing' }).waitFor()
    assert.equal(await page.getByLabel('Addresses').inputValue(), 'no address')
    await look(page, 'console-invitations')
    await mailWith(service.url, 'grace@example.org', 'token=')
  })

  it('lists mails and settings', async () => {
    const page = await open('/console/mails', 'Mails')
    await page.getByText('the address bounced or complained before').first().waitFor()
    const [html, text] = ['HTML part', 'Subject and text part'].map((title) => page.frameLocator(`[title="${title}"]`))
    await html!.getByRole('heading', { name: 'Confirm your e-mail address' }).waitFor()
    await look(page, 'console-mails')
    const steps = await page.evaluate<number>('history.length')
    await page.getByLabel('Mail', { exact: true }).selectOption('Second factor added (Passkey)')
    await page.getByRole('combobox', { name: 'Language' }).selectOption('ar')
    await html!.locator('html[dir=rtl]').waitFor()
    await text!.locator('html[dir=rtl] pre').waitFor()
    assert.equal(await page.evaluate<number>('history.length'), steps)
    await html!.getByRole('link').first().click()
    await html!.locator('html[dir=rtl] h1').waitFor()
    assert.equal(page.url(), `${service.url}/console/mails`)
    await look(page, 'console-mail-example-ar')
    await open('/console/settings', 'Settings')
    await page.getByText('MFA_REQUIRED', { exact: true }).waitFor()
    for (const name of ['secrets', 'bindings']) await page.locator(`#${name} dd`).nth(3).waitFor()
    await page.getByText('Limits', { exact: true }).click()
    await page.getByText('LIMIT_LOGIN_NETWORK', { exact: true }).waitFor()
    await look(page, 'console-settings')
  })

  it('shows nothing to a person who is no admin, and sends strangers to the log-in and back', async () => {
    await signOut()
    await page.goto(`${service.url}/console/users`)
    await page.waitForURL('**/sign-in?return_to=%2Fconsole%2Fusers')
    await fill(page, admin)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/console/users')
    await page.getByRole('heading', { name: 'Users', level: 1 }).waitFor()

    const person = await member(service.url)
    await signOut()
    await page.goto(service.url)
    await page.evaluate(`fetch('/api/auth/login?transport=cookie', { method: 'POST',
      headers: { 'Content-Type': 'application/json' }, body: ${JSON.stringify(JSON.stringify(person))} })`)
    await page.goto(`${service.url}/console/users`)
    await page.getByText('Only admins can see this.').waitFor()
    assert.equal(await page.locator('#rows tr').count(), 0)
    await look(page, 'console-forbidden')
    await logIn()
  })

  it('left no fault in any page', async () => {
    await service.close()
  })
})
