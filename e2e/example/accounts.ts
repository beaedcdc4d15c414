import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { eventually } from '../../test/node/blackbox/service.ts'
import { call, mailWith, someone } from '../../test/node/blackbox/visitor.ts'
import { look } from '../browser.ts'
import { fill, givePassword, heading, press, toast } from '../steps.ts'
import { browsing, linkTo, logIn, member, site } from './visit.ts'

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

/** The account is a page of the service, which the site forwards. */
export const accounts = () =>
  describe('a user of the example site', { concurrency: 1 }, () => {
    const { open, faults } = browsing()

    it('sets another password by the link of a mail, logs out, and leaves only the device', async () => {
      const somebody = await member()
      const page = await open()
      await page.goto(`${site.url}/forgot-password`)
      await heading(page, 'Forgotten your password?')
      await page.getByLabel('E-mail').fill(somebody.email)
      await press(page, 'Mail me a link')
      await heading(page, 'Check your mailbox')
      await page.goto(await linkTo(somebody.email, '/auth/reset-password'))
      const another = someone().password
      await page.getByLabel('New password').fill(another)
      await press(page, 'Set the password')
      await heading(page, 'Your password is set')
      await logIn(page, { email: somebody.email, password: another })
      await press(page, 'Log out')
      await toast(page, 'You are logged out.')
      assert.deepEqual(
        (await page.context().cookies()).map(({ name }) => name),
        ['device'],
      )
      await page.goto(`${site.url}/members`)
      await page.waitForURL(/\/sign-in\?return_to=%2Fmembers$/)
      await page.goto(`${site.url}/account`)
      await page.waitForURL(/\/sign-in\?return_to=%2Faccount$/)
    })

    it('gets a mail about a new device, and ends its session by the link', async () => {
      const somebody = await member()
      await call(site.service, 'POST /api/auth/login', { json: somebody })
      const page = await open()
      await logIn(page, somebody)
      await page.goto(await linkTo(somebody.email, '/auth/end-session'))
      await heading(page, 'End that session')
      await look(page, 'site-end-session')
      await press(page, 'End the session')
      await heading(page, 'That session has ended')
      await page.goto(`${site.url}/members`)
      await page.waitForURL(/\/sign-in/)
    })

    it('keeps a picture: the site streams the upload', async () => {
      const somebody = await member()
      const page = await open()
      await logIn(page, somebody)
      await page.getByRole('link', { name: 'your account' }).click()
      await page.waitForURL(/\/account(\?|$)/)
      await page.locator('#profile-fields:enabled').waitFor()
      const choose = async (mimeType: string, buffer: Buffer) => {
        await page.locator('#file').setInputFiles({ name: 'me', mimeType, buffer })
        await press(page, 'Use this picture')
      }
      const refusal = page.locator('#file-problem:visible, #picture .note.bad:visible')
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
      await choose('image/png', Buffer.from('no picture'))
      await refusal.getByText(/picture|PNG/).waitFor()
      await choose('image/png', Buffer.alloc(6_000_000))
      await refusal.getByText('too large').waitFor()
      await press(page, 'Cancel')
      await refusal.waitFor({ state: 'detached' })
    })

    it('lists the other sessions, and ends them', async () => {
      const somebody = await member()
      const elsewhere = await call(site.service, 'POST /api/auth/login', { json: somebody })
      for (const userAgent of devices) await logInFrom(userAgent, somebody)
      const page = await open()
      await logIn(page, somebody)
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
      await page.locator('#confirm-dialog').getByRole('button', { name: 'End all others' }).click()
      await page.getByText('You are logged in nowhere else.').waitFor()
      const { status } = await call(site.service, 'GET /api/user/profile', { token: elsewhere.body.access_token })
      assert.equal(status, 401)
    })

    it('downloads everything, and deletes the account', async () => {
      const somebody = await member()
      const page = await open()
      await logIn(page, somebody)
      await page.goto(`${site.url}/account/data`)
      const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Download my data')])
      const data = JSON.parse(readFileSync(await download.path(), 'utf8'))
      assert.equal(JSON.stringify(data).includes(somebody.email), true)
      await press(page, 'Delete my account')
      await page.locator('#confirm-dialog').getByRole('button', { name: 'Delete for good' }).click()
      await givePassword(page, somebody.password)
      await page.waitForURL(`${site.url}/`)
      const { status } = await call(site.service, 'POST /api/auth/login', { json: somebody })
      assert.equal(status, 401)
      assert.ok(await mailWith(site.service, somebody.email, 'was deleted'))
    })

    it('logs in again and returns to the same page after the session was ended elsewhere', async () => {
      const somebody = await member()
      const page = await open()
      await logIn(page, somebody)
      const { body } = await call(site.service, 'POST /api/auth/login', { json: somebody })
      await call(site.service, 'DELETE /api/user/sessions', { token: body.access_token })
      await page.goto(`${site.url}/account/sessions`)
      await page.waitForURL(/\/sign-in\?return_to=%2Faccount%2Fsessions$/)
      await heading(page, 'Log in')
      await fill(page, somebody)
      await press(page, 'Log in')
      await page.waitForURL(`${site.url}/account/sessions`)
      await page.getByText('This one').waitFor()
      await press(page, 'Log out')
      await toast(page, 'You are logged out.')
      await page.goBack()
      await page.waitForURL(/\/sign-in/)
    })

    it('sees pages of the service with their own policy, and a page of the site for unknown addresses', async () => {
      const page = await open()
      const policyOf = async (path: string) => {
        const reply = await page.goto(site.url + path)
        return { status: reply?.status(), policy: (await reply?.allHeaders())?.['content-security-policy'] ?? '' }
      }
      for (const path of ['/sign-in', '/account', '/auth/verify-email']) {
        const { status, policy } = await policyOf(path)
        assert.equal(status, 200, path)
        assert.match(policy, /trusted-types 'none'/, path)
        assert.match(policy, /frame-ancestors 'none'/, path)
      }
      const own = await policyOf('/')
      assert.equal(own.status, 200)
      assert.match(own.policy, /script-src 'self';.*frame-ancestors 'none'/)
      for (const path of ['/no-such-page', '/ui', '/console/users']) {
        const { status } = await policyOf(path)
        assert.equal(status, 404, path)
      }
      await page.goto(`${site.url}/no-such-page`)
      await look(page, 'site-404')
      faults().length = 0
    })

    it('reaches no host but the service, whatever the path looks like', async () => {
      // `new URL('//api/health', base)` would name the host `api`.
      for (const path of ['//api/health', '//sign-in', '//account//evil.example']) {
        const reply = await fetch(site.url + path, { redirect: 'manual' })
        assert.equal(reply.status, 404, path)
      }
      const reply = await fetch(`${site.url}//api/health`)
      assert.equal(((await reply.json()) as { code: string }).code, 'not_found')
    })
  })
