import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../../test/node/blackbox/service.ts'
import { call, someone } from '../../test/node/blackbox/visitor.ts'
import { look } from '../browser.ts'
import { browsing, errorOf, heading, linkTo, logIn, press, site, toast } from './visit.ts'

const devices = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0',
]

/** Logs in from another browser, as the service sees it. */
const logInFrom = async (userAgent: string, { email, password }: { email: string; password: string }) => {
  const { status } = await fetch(`${site.service}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'User-Agent': userAgent },
    body: JSON.stringify({ email, password }),
  })
  assert.equal(status, 200)
}

export const joining = () =>
  describe('a new user of the example site', { concurrency: 1 }, () => {
    const { open } = browsing()
    const { email, password } = someone()

    it('registers, sees what is wrong beside the field, and follows the link of the mail', async () => {
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

    it('opens the mail in another browser, and enters the password or chooses another', async () => {
      const [first, second] = [someone(), someone()]
      for (const json of [first, second]) await call(site.service, 'POST /api/auth/register', { json })
      const page = await open()
      await page.goto(await linkTo(first.email, 'verify-email'))
      await page.locator('#link-form button[type=submit]').click()
      await page.getByLabel(/^Password/).waitFor()
      await look(page, 'site-verify-email-proof')
      await page.getByLabel(/^Password/).fill('not the password')
      await page.locator('#link-form button[type=submit]').click()
      await errorOf(page, 'password').waitFor()
      await page.getByLabel(/^Password/).fill(first.password)
      await page.locator('#link-form button[type=submit]').click()
      await page.locator('#done:visible').waitFor()

      await page.goto(await linkTo(second.email, 'verify-email'))
      await page.locator('#link-form button[type=submit]').click()
      await page.getByRole('link', { name: /choose a new one/ }).click()
      const another = someone().password
      await page.getByRole('textbox', { name: 'New password' }).fill(another)
      await page.locator('#link-form button[type=submit]').click()
      await page.locator('#done:visible').waitFor()
      const json = { email: second.email, password: another }
      assert.equal((await call(site.service, 'POST /api/auth/login', { json })).status, 200)
    })

    it('reports that somebody else registered the address', async () => {
      const { email, password } = someone()
      await call(site.service, 'POST /api/auth/register', { json: { email, password } })
      const page = await open()
      await page.goto(await linkTo(email, 'reject-registration'))
      await page.locator('#link-form button[type=submit]').waitFor()
      await look(page, 'site-reject-registration')
      await page.locator('#link-form button[type=submit]').click()
      await page.locator('#done:visible').waitFor()
      assert.equal((await call(site.service, 'POST /api/auth/login', { json: { email, password } })).status, 401)
    })

    it('logs in, and the cookies are what docs/concepts/tokens-and-cookies.md says', async () => {
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

      const cookies = await page.context().cookies()
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
      await page.context().clearCookies({ name: 'token' })
      await page.goto(`${site.url}/account/sessions`)
      await page.getByText('This one').waitFor()
      await page.context().clearCookies({ name: 'token' })
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

      const choose = async (mimeType: string, buffer: Buffer) => {
        await page.locator('#file').setInputFiles({ name: 'me', mimeType, buffer })
        await press(page, 'Use this picture')
      }
      const refusal = page.locator('#file-error:visible, #picture .form-message:visible')
      for (const type of ['jpeg', 'png'] as const) {
        await choose(`image/${type}`, await page.screenshot({ type }))
        await toast(page, 'Your picture is saved.')
        await eventually('the picture', 10_000, () =>
          page.evaluate("document.querySelector('#avatar img')?.naturalWidth === 400 || undefined"),
        )
        await press(page, 'Remove')
        await toast(page, 'Your picture is removed.')
      }
      const webp = await page.evaluate<string>(`(() => {
        const canvas = document.createElement('canvas')
        const pen = canvas.getContext('2d')
        pen.fillStyle = '#d9a441'
        pen.fillRect(0, 0, canvas.width, canvas.height)
        return canvas.toDataURL('image/webp')
      })()`)
      await choose('image/webp', Buffer.from(webp.split(',')[1]!, 'base64'))
      await toast(page, 'Your picture is saved.')
      await look(page, 'site-profile-picture')
      await choose('image/png', Buffer.from('no picture'))
      await refusal.getByText('not a picture').waitFor()
      await choose('image/png', Buffer.alloc(6_000_000))
      await refusal.getByText('too large').waitFor()
      await look(page, 'site-profile-picture-refused')
      await press(page, 'Cancel')
      await refusal.waitFor({ state: 'detached' })
    })

    it('lists the other sessions, and ends them', async () => {
      const elsewhere = await call(site.service, 'POST /api/auth/login', { json: { email, password } })
      for (const userAgent of devices) await logInFrom(userAgent, { email, password })
      const page = await open()
      await logIn(page, { email, password })
      await page.goto(`${site.url}/account/sessions`)
      await page.getByText('This one').waitFor()
      await look(page, 'site-sessions')
      await page
        .getByRole('button', { name: /^End the session of Safari on iOS/ })
        .first()
        .click()
      await toast(page, 'The session has ended.')
      assert.equal(await page.getByText('Safari on iOS').count(), 0)
      await page.getByRole('button', { name: 'End all others' }).click()
      await page.locator('#confirm-dialog').waitFor()
      await look(page, 'site-confirm')
      await page.locator('#confirm-dialog').getByRole('button', { name: 'End all others' }).click()
      await page.getByText('You are logged in nowhere else.').waitFor()
      const { status } = await call(site.service, 'GET /api/user/profile', { token: elsewhere.body.access_token })
      assert.equal(status, 401)
    })

    it('changes the address and the password, and enters the present password again when asked', async () => {
      const page = await open()
      await logIn(page, { email, password })
      await page.goto(`${site.url}/account/security`)
      await page.getByText(email).waitFor()
      await look(page, 'site-security')

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
      await page.getByText('is not confirmed yet').waitFor()
      await look(page, 'site-security-pending')
      await page.goto(await linkTo(next, 'confirm-email'))
      await page.locator('#link-form button[type=submit]').click()
      await page.locator('#done:visible').waitFor()

      const another = someone().password
      await page.goto(`${site.url}/account/security`)
      await page.getByText(next).waitFor()
      await page.getByRole('textbox', { name: 'Current password' }).fill('not the password')
      await page.getByRole('textbox', { name: 'New password' }).fill(another)
      await press(page, 'Change password')
      await errorOf(page, 'current_password').waitFor()
      await page.getByRole('textbox', { name: 'Current password' }).fill(password)
      await press(page, 'Change password')
      await toast(page, 'The password was changed.')
      const back = await call(site.service, 'POST /api/auth/login', { json: { email: next, password: another } })
      assert.equal(back.status, 200)
    })
  })
