import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { call, mailWith, someone } from '../../test/node/blackbox/visitor.ts'
import { look } from '../browser.ts'
import { fill, givePassword, heading, press, toast } from '../steps.ts'
import { arrived, browsing, linkTo, logIn, site } from './visit.ts'

/** A new user, whose pages are those of the service on the site's own address. */
export const joining = () =>
  describe('a new user of the example site', { concurrency: 1 }, () => {
    const { open, faults } = browsing()
    const { email, password } = someone()

    it('registers, sees what is wrong beside the field, follows the link of the mail, and comes to where they wanted to go', async () => {
      const page = await open()
      await page.goto(site.url)
      await look(page, 'site-home')
      await page.getByRole('link', { name: 'Create an account' }).click()
      await page.waitForURL(`${site.url}/sign-up?return_to=%2Fmembers`)
      await heading(page, 'Create your account')
      assert.equal(await page.title(), 'Create your account · Meadow')
      await fill(page, { email, password: 'password1' })
      await press(page, 'Create the account')
      await page.locator('#password-problem:visible').waitFor()
      assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid'), 'true')
      await fill(page, { email, password })
      await press(page, 'Create the account')
      await heading(page, 'Check your mail')

      await page.goto(await linkTo(email, '/auth/verify-email'))
      await heading(page, 'Verify your address')
      assert.equal(page.url().includes('token'), false, 'the token is still in the address bar')
      await press(page, 'Verify my address')
      // The browser that registered needs no password: its proof is a cookie of the site.
      await heading(page, 'Your address is verified')

      await logIn(page, { email, password })
      await look(page, 'site-members')
      await page.getByLabel('Name').fill('x'.repeat(101))
      await page.evaluate("document.querySelector('#name').removeAttribute('maxlength')")
      await page.getByLabel('Name').fill('x'.repeat(101))
      await press(page, 'Save')
      await page.locator('#name-error:visible').waitFor()
      await look(page, 'site-members-refused')
      await page.getByLabel('Name').fill('Ada Lovelace')
      await press(page, 'Save')
      await toast(page, 'Your name is saved.')
    })

    it('logs in, and the cookies are what docs/concepts/tokens-and-cookies.md says', async () => {
      const page = await open()
      await logIn(page, { email, password })
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
      await page.goto(`${site.url}/members`)
      await arrived(page, { email })
      await page.context().clearCookies({ name: 'token' })
      await page.getByLabel('Name').fill('Ada')
      await press(page, 'Save')
      await toast(page, 'Your name is saved.')
    })

    it('logs in by the code of a mail, which is refused in its field if it is wrong, or by its link', async () => {
      const page = await open()
      const ask = async () => {
        await page.goto(`${site.url}/sign-in?return_to=/members`)
        await heading(page, 'Log in')
        await page.getByLabel('E-mail').fill(email)
        await press(page, 'Mail me a code')
        await page.getByLabel('Code from the mail').waitFor()
      }
      await ask()
      const text = await mailWith(site.service, email, '/auth/login/mail/link')
      const code = /^\d{4} \d{4}$/m.exec(text)![0]
      await page.getByLabel('Code from the mail').fill(code.startsWith('0') ? '1111 1111' : '0000 0000')
      await press(page, 'Log in')
      await page.locator('#mail_code-problem:visible').waitFor()
      await page.getByLabel('Code from the mail').fill(code)
      await press(page, 'Log in')
      await arrived(page, { email })
      faults().length = 0
    })

    it('logs in by the link of a mail in the same browser', async () => {
      const credentials = someone()
      await call(site.service, 'POST /api/auth/register', { json: credentials })
      const token = (await linkTo(credentials.email, '/auth/verify-email')).split('token=')[1]
      await call(site.service, 'POST /api/auth/verify-email', { json: { token } })
      const page = await open()
      await page.goto(`${site.url}/sign-in`)
      await heading(page, 'Log in')
      await page.getByLabel('E-mail').fill(credentials.email)
      await press(page, 'Mail me a code')
      await page.getByLabel('Code from the mail').waitFor()
      await page.goto(await linkTo(credentials.email, '/auth/login/mail/link'))
      await press(page, 'Log in')
      await heading(page, 'You are logged in')
      await page.goto(`${site.url}/members`)
      await arrived(page, credentials)
    })

    it('changes the address, and opens the link of the mail in the same browser', async () => {
      const page = await open()
      await logIn(page, { email, password })
      await page.goto(`${site.url}/account/security`)
      await page.getByText(email).waitFor()
      const next = someone().email
      await page.getByLabel('New e-mail address').fill(next)
      await press(page, 'Change the address')
      const dialog = page.locator('#password-dialog')
      await givePassword(page, 'not the password')
      await dialog.locator('#dialog-password-problem:visible').waitFor()
      await givePassword(page, password)
      await toast(page, `We mailed a link to ${next}.`)
      await page.goto(await linkTo(next, '/auth/confirm-email'))
      await press(page, 'Use this address')
      await heading(page, 'This is your address now')
      const back = await call(site.service, 'POST /api/auth/login', { json: { email: next, password } })
      assert.equal(back.status, 200)
    })
  })
