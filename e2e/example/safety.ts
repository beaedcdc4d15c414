import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { request } from 'node:http'
import { describe, it } from 'node:test'
import { call, someone } from '../../test/node/blackbox/visitor.ts'
import { fill, heading, press, toast } from '../steps.ts'
import { arrived, browsing, logIn, member, site } from './visit.ts'

/** Returns the status that the site's server answers when a request announces so many bytes but has sent none. */
const announced = (bytes: number) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(site.url)
    const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes }
    const sent = request({ hostname, port, path: '/api/user/upload-avatar', method: 'POST', headers }, (response) => {
      resolve(response.statusCode)
      sent.destroy()
    })
    sent.on('error', reject)
    sent.flushHeaders()
  })

export const safety = () =>
  describe('an attacker', { concurrency: 1 }, () => {
    const { open, faults } = browsing()

    for (const next of ['/.//evil.example/x', '//[', '/api/auth/logout', '//evil.example']) {
      it(`cannot redirect a visitor to another site by next=${next} (CWE-601)`, async () => {
        const somebody = await member()
        const page = await open()
        await page.goto(`${site.url}/login?next=${encodeURIComponent(next)}`)
        await fill(page, somebody)
        await press(page, 'Log in')
        await arrived(page, somebody)
      })

      it(`cannot redirect a visitor to another site by return_to=${next} (CWE-601)`, async () => {
        const somebody = await member()
        const page = await open()
        await page.goto(`${site.url}/sign-in?return_to=${encodeURIComponent(next)}`)
        await heading(page, 'Log in')
        await fill(page, somebody)
        await press(page, 'Log in')
        await page.waitForURL(`${site.url}/`)
        await page.getByRole('button', { name: 'Log out' }).waitFor()
      })
    }

    it('does not stop a log-in from returning to a page with its query and fragment', async () => {
      const somebody = await member()
      const page = await open()
      await page.goto(`${site.url}/login?next=${encodeURIComponent('/members?a=b#name')}`)
      await fill(page, somebody)
      await press(page, 'Log in')
      await page.waitForURL(`${site.url}/members?a=b#name`)
    })

    it('cannot make a tab write into the account of a user who logged in meanwhile in another tab', async () => {
      const [ada, bob] = [await member(), await member()]
      const page = await open()
      await logIn(page, ada)
      await page.getByText(ada.email).waitFor()
      // Bob logs in without the client, so the open tab does not learn that the cookies are his.
      const headers = { Origin: site.url }
      const answer = await page.context().request.post(`${site.url}/api/auth/login`, { data: bob, headers })
      assert.equal(answer.status(), 200)

      await page.getByLabel('Name').fill('Ada Lovelace')
      await press(page, 'Save')
      await page.getByText('Somebody else has logged in in the meantime.').waitFor()

      const { body } = await call(site.service, 'POST /api/auth/login', { json: bob })
      const profile = await call(site.service, 'GET /api/user/profile', { token: body.access_token })
      assert.equal(profile.body.name, null)
      // The browser reports the refusal in its console.
      faults().splice(0)
    })

    it('cannot see the account of the previous user in a tab: it follows log-outs and log-ins in other tabs', async () => {
      const [ada, bob] = [await member(), await member()]
      const page = await open()
      await logIn(page, ada)
      await page.getByText(ada.email).waitFor()
      const other = await page.context().newPage()
      await other.goto(site.url)
      await press(other, 'Log out')
      await toast(other, 'You are logged out.')
      await page.waitForURL(/\/sign-in\?return_to=/)

      // Opened before Ada logs in: signed-in users do not see the log-in form.
      await other.goto(`${site.url}/login`)
      await logIn(page, ada)
      await fill(other, bob)
      await press(other, 'Log in')
      await page.getByText(bob.email).waitFor()
      assert.equal(await page.getByText(ada.email).count(), 0)
      await other.close()
    })

    it('cannot send a larger body than the service accepts, announced or not', async () => {
      assert.equal(await announced(60_000_000), 413)
      let sent = 0
      const body = new ReadableStream({
        pull: (controller) => {
          sent += 65_536
          if (sent > 60_000_000) controller.close()
          else controller.enqueue(new Uint8Array(65_536))
        },
      })
      const init = { method: 'POST', body, duplex: 'half', headers: { 'Content-Type': 'application/octet-stream' } }
      const answer = await fetch(`${site.url}/api/user/upload-avatar`, init as RequestInit).then(
        ({ status }) => status,
        () => undefined,
      )
      assert.ok(answer === undefined || answer >= 400, `${answer}`)
      assert.equal((await fetch(`${site.url}/sign-in`, { headers: { Accept: 'text/html' } })).status, 200)
    })

    it('finds no key in the command lines of running processes', { skip: process.platform === 'win32' }, () => {
      assert.doesNotMatch(execFileSync('ps', ['-ewwo', 'args'], { encoding: 'utf8' }), /PROXY_KEY[:=]/)
    })

    it('cannot hide the cookies of a signed-in user by a password in front of the site', async () => {
      const somebody = { ...someone(), ...(await member()) }
      const page = await open()
      await logIn(page, somebody)
      const status = await page.evaluate(
        async () => (await fetch('/api/user/profile', { headers: { Authorization: 'Basic eDp5' } })).status,
      )
      assert.equal(status, 200)
    })
  })
