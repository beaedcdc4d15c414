import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { root, runNode } from '../scripts/process.ts'
import { makePlace } from '../test/blackbox/service.ts'
import { call, mailWith, someone } from '../test/blackbox/visitor.ts'
import { look, type Opened, openBrowser, openPage } from './browser.ts'
import { type Site, startSite } from './site.ts'

const place = makePlace()
let site: Site
let browser: Browser
let opened: Opened

before(async () => {
  ;[site, browser] = await Promise.all([startSite(place, '--built'), openBrowser()])
})
after(async () => {
  await browser?.close()
  await site?.stop()
  place.remove()
})
// Nothing may have gone wrong unseen while pages were used.
afterEach(async () => {
  const faults = opened.faults.splice(0)
  await opened.close()
  assert.deepEqual(faults, [])
})

/** A browser of its own; pictures of users come from the service itself. */
const open = async (): Promise<Page> => {
  const servicePort = new URL(site.service).port
  opened = await openPage(browser, [new URL(site.url).host, `localhost:${servicePort}`, `127.0.0.1:${servicePort}`])
  return opened.page
}

/** The link in the newest mail to an address, as its reader clicks it: it leads to a page of the site. */
const linkTo = async (address: string, page: string) => {
  const text = await mailWith(site.service, address, `/auth/${page}#token=`)
  const link = text.split(/\s+/).find((word) => word.includes(`/auth/${page}#token=`))!
  assert.ok(link.startsWith(`${site.url}/auth/`), link)
  return link
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const toast = (page: Page, text: string) => page.locator('#toast', { hasText: text }).waitFor()
const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 }).waitFor()
const errorOf = (page: Page, field: string) => page.locator(`#${field}-error:visible`)

const logIn = async (page: Page, { email, password }: { email: string; password: string }) => {
  await page.goto(`${site.url}/login`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await press(page, 'Log in')
  await page.waitForURL(/\/account/)
}

/** Registered and verified, by requests. */
const member = async () => {
  const credentials = someone()
  await call(site.service, 'POST /api/auth/register', { json: credentials })
  const token = (await linkTo(credentials.email, 'verify-email')).split('token=')[1]
  await call(site.service, 'POST /api/auth/verify-email', { json: { token } })
  return credentials
}

describe('a visitor of the example site', () => {
  const { email, password } = someone()

  it('registers, is told what is wrong beside the field, and follows the link of the mail', async () => {
    const page = await open()
    await page.goto(site.url)
    await look(page, 'site-home')
    await page.goto(`${site.url}/register`)
    await look(page, 'site-register')
    await press(page, 'Create account')
    await errorOf(page, 'email').waitFor()
    await page.getByLabel('Name').fill('Ada Lovelace')
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password', { exact: true }).fill('password1')
    await press(page, 'Create account')
    await errorOf(page, 'password').waitFor()
    assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid'), 'true')
    await look(page, 'site-register-refused')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await press(page, 'Create account')
    await heading(page, 'Check your mail')
    await look(page, 'site-check-your-mail')

    await page.goto(await linkTo(email, 'verify-email'))
    await page.locator('#link-form button[type=submit]').waitFor()
    assert.equal(page.url().includes('token'), false, 'the token is still in the address bar')
    await look(page, 'site-verify-email')
    await page.locator('#link-form button[type=submit]').click()
    await page.locator('#done:visible').waitFor()
    await look(page, 'site-verify-email-done')
  })

  it('logs in, and the cookies are what docs/tokens-and-cookies.md says', async () => {
    const page = await open()
    await page.goto(`${site.url}/account`)
    assert.match(page.url(), /\/login\?next=%2Faccount$/)
    await look(page, 'site-login')
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password', { exact: true }).fill('not the password')
    await press(page, 'Log in')
    await page.locator('.form-message:visible, .error:visible').first().waitFor()
    await look(page, 'site-login-refused')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByLabel('Password', { exact: true }).press('Enter')
    await page.waitForURL(`${site.url}/account`)
    await page.getByText(email).first().waitFor()

    const cookies = await opened.context.cookies()
    const day = 86_400
    const lifetimes = { token: 900, refresh_token: 7 * day, device: 400 * day }
    assert.deepEqual(cookies.map(({ name }) => name).sort(), Object.keys(lifetimes).sort())
    for (const { name, domain, path, httpOnly, sameSite, secure, expires } of cookies) {
      assert.deepEqual(
        { domain, path, httpOnly, sameSite, secure },
        { domain: 'localhost', path: '/', httpOnly: true, sameSite: 'Lax', secure: false },
        name,
      )
      const left = expires - Date.now() / 1000
      const whole = lifetimes[name as keyof typeof lifetimes]
      assert.ok(left > whole - 60 && left < whole + 60, `${name} lives ${left} s`)
    }
    assert.equal(await page.evaluate('document.cookie'), '')
  })

  it('stays signed in when the access token has expired, on the server and in the page', async () => {
    const page = await open()
    await logIn(page, { email, password })
    await opened.context.clearCookies({ name: 'token' })
    await page.goto(`${site.url}/account/sessions`)
    await page.getByText('This one').waitFor()
    await opened.context.clearCookies({ name: 'token' })
    await page.getByRole('button', { name: 'End all others' }).click()
    await page.locator('#confirm-dialog').getByRole('button', { name: 'End all others' }).click()
    await toast(page, 'All other sessions have ended.')
  })

  it('keeps a profile and a picture', async () => {
    const page = await open()
    await logIn(page, { email, password })
    await page.locator('#profile-fields:enabled').waitFor()
    await look(page, 'site-profile')
    await page.getByLabel('Phone').fill('12')
    await press(page, 'Save changes')
    await errorOf(page, 'phone').waitFor()
    await look(page, 'site-profile-refused')
    await page.getByLabel('Phone').fill('+44 20 7946 0958')
    await press(page, 'Save changes')
    await toast(page, 'Your changes are saved.')

    const picture = { name: 'me.png', mimeType: 'image/png', buffer: await page.screenshot() }
    await page.locator('#file').setInputFiles(picture)
    await press(page, 'Use this picture')
    await toast(page, 'Your picture is saved.')
    await page.waitForFunction("document.querySelector('#avatar img')?.naturalWidth === 400")
    await look(page, 'site-profile-picture')
    await page.locator('#file').setInputFiles({ ...picture, buffer: Buffer.from('no picture') })
    await press(page, 'Use this picture')
    await page.locator('#file-error:visible, #picture .form-message:visible').first().waitFor()
  })

  it('sees where else the account is open, and ends that', async () => {
    const elsewhere = await call(site.service, 'POST /api/auth/login', { json: { email, password } })
    const page = await open()
    await logIn(page, { email, password })
    await page.goto(`${site.url}/account/sessions`)
    await page.getByText('This one').waitFor()
    await look(page, 'site-sessions')
    await page
      .getByRole('button', { name: /^End the session of/ })
      .first()
      .click()
    await toast(page, 'The session has ended.')
    await page.getByRole('button', { name: 'End all others' }).click()
    await page.locator('#confirm-dialog').waitFor()
    await look(page, 'site-confirm')
    await page.locator('#confirm-dialog').getByRole('button', { name: 'End all others' }).click()
    await page.getByText('You are logged in nowhere else.').waitFor()
    const { status } = await call(site.service, 'GET /api/user/profile', { token: elsewhere.body.access_token })
    assert.equal(status, 401)
  })

  it('changes the address and the password, and gives the password again where it is asked for', async () => {
    const page = await open()
    await logIn(page, { email, password })
    await page.goto(`${site.url}/account/security`)
    await page.getByText(email).waitFor()
    await look(page, 'site-security')

    // As if the log-in were long ago.
    let asked = 0
    await page.route('**/api/user/profile', (route) =>
      route.request().method() === 'PATCH' && asked++ === 0
        ? route.fulfill({
            status: 403,
            contentType: 'application/problem+json',
            json: { code: 'reauthentication_required', detail: 'Give the password again.', status: 403 },
          })
        : route.fallback(),
    )
    const next = someone().email
    await page.getByLabel('New e-mail').fill(next)
    await press(page, 'Change e-mail')
    const dialog = page.locator('#password-dialog')
    await dialog.waitFor()
    await look(page, 'site-password-dialog')
    await dialog.getByRole('textbox', { name: 'Your password' }).fill('not the password')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await errorOf(page, 'dialog-password').waitFor()
    await dialog.getByRole('textbox', { name: 'Your password' }).fill(password)
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await toast(page, `We sent a link to ${next}.`)
    await page.getByText('waits to be confirmed').waitFor()
    await look(page, 'site-security-pending')
    await page.goto(await linkTo(next, 'confirm-email'))
    await page.locator('#link-form button[type=submit]').click()
    await page.locator('#done:visible').waitFor()

    const another = someone().password
    await page.goto(`${site.url}/account/security`)
    await page.getByText(next).waitFor()
    await page.getByRole('textbox', { name: 'Present password' }).fill('not the password')
    await page.getByRole('textbox', { name: 'New password' }).fill(another)
    await press(page, 'Change password')
    await errorOf(page, 'current_password').waitFor()
    await page.getByRole('textbox', { name: 'Present password' }).fill(password)
    await press(page, 'Change password')
    await toast(page, 'The new password holds.')
    const back = await call(site.service, 'POST /api/auth/login', { json: { email: next, password: another } })
    assert.equal(back.status, 200)
  })

  it('forgets the password, and sets another by the link', async () => {
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
      (await opened.context.cookies()).map(({ name }) => name),
      ['device'],
    )
    await page.goto(`${site.url}/account`)
    assert.match(page.url(), /\/login/)
  })

  it('is told of a new device, and ends its session by the link of the mail', async () => {
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
    await page.waitForURL(`${site.url}/`)
    const { status } = await call(site.service, 'POST /api/auth/login', { json: somebody })
    assert.equal(status, 401)
  })

  it('is told that a page is not there, and sees nothing of the admins', async () => {
    const somebody = await member()
    const page = await open()
    await logIn(page, somebody)
    assert.equal((await page.goto(`${site.url}/no-such-page`))?.status(), 404)
    await look(page, 'site-404')
    assert.equal((await page.goto(`${site.url}/admin`))?.status(), 404)
  })
})

describe('an admin of the example site', () => {
  let boss: { email: string; password: string }
  let user: { email: string; password: string }

  it('sees how the site is doing', async () => {
    boss = await member()
    user = await member()
    const { status, output } = await runNode([join(root, 'scripts/admin.ts'), boss.email, '--persist-to', place.state])
    assert.equal(status, 0, output)
    const page = await open()
    await logIn(page, boss)
    await page.getByRole('link', { name: 'Admin' }).click()
    await heading(page, 'Statistics')
    await page.locator('[data-stat=total_users]', { hasText: /^[1-9]/ }).waitFor()
    await page.locator('#registrations-chart rect, #registrations-chart path').first().waitFor({ state: 'attached' })
    await look(page, 'site-admin')
    await page.getByText('Registrations as a table').click()
    await page.locator('#registrations-rows tr').first().waitFor()
  })

  it('finds a user, and changes role, state and sessions', async () => {
    const session = await call(site.service, 'POST /api/auth/login', { json: user })
    const page = await open()
    await logIn(page, boss)
    await page.goto(`${site.url}/admin/users`)
    await page.locator('#rows a').first().waitFor()
    await look(page, 'site-admin-users')
    await page.getByLabel('Search').fill('nobody has this name')
    await page.locator('#nobody:visible').waitFor()
    await look(page, 'site-admin-users-none')
    await page.getByLabel('Search').fill(user.email)
    await page.getByText('1 user', { exact: true }).waitFor()
    await page.getByRole('link', { name: user.email }).click()
    await page.locator('#user:not([aria-busy])').waitFor()
    await look(page, 'site-admin-user')

    await press(page, 'Make admin')
    await page.locator('#confirm-dialog').getByRole('button', { name: 'Make admin' }).click()
    await toast(page, 'The role is changed.')
    await press(page, 'Make ordinary user')
    await page.locator('#confirm-dialog').getByRole('button', { name: 'Take it' }).click()
    await page.getByRole('button', { name: 'Make admin' }).waitFor()

    await press(page, 'Disable')
    await page.locator('#confirm-dialog').getByRole('button', { name: 'Disable' }).click()
    await toast(page, 'The user is disabled.')
    const { status } = await call(site.service, 'GET /api/user/profile', { token: session.body.access_token })
    assert.equal(status, 401)
    await press(page, 'Enable')
    await toast(page, 'The user is enabled.')
    assert.equal((await call(site.service, 'POST /api/auth/login', { json: user })).status, 200)
  })

  it('invites somebody, and deletes somebody', async () => {
    const page = await open()
    await logIn(page, boss)
    await page.goto(`${site.url}/admin/users`)
    await page.locator('#rows a').first().waitFor()
    const guest = someone()
    await press(page, 'Invite somebody')
    await page.locator('#invite-dialog').waitFor()
    await look(page, 'site-admin-invite')
    await page.locator('#invite-email').fill(guest.email)
    await press(page, 'Send the invitation')
    await toast(page, 'is on its way')
    assert.ok(await linkTo(guest.email, 'reset-password'))

    await page.getByLabel('Search').fill(guest.email)
    await page.getByText('1 user', { exact: true }).waitFor()
    await page.getByRole('link', { name: guest.email }).click()
    await page.locator('#user:not([aria-busy])').waitFor()
    await press(page, 'Delete user')
    await page.locator('#confirm-dialog').getByRole('button', { name: 'Delete for good' }).click()
    await page.waitForURL(/\/admin\/users$/)
  })

  it('reads what happened', async () => {
    const page = await open()
    await logIn(page, boss)
    await page.goto(`${site.url}/admin/audit`)
    await page.locator('#rows tr:not(.waiting)').first().waitFor()
    await look(page, 'site-admin-audit')
    await page.getByLabel('Event').selectOption('role_changed')
    await page.waitForFunction("document.querySelectorAll('#rows tr').length >= 2")
  })
})
