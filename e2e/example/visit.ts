import assert from 'node:assert/strict'
import { after, afterEach, before } from 'node:test'
import type { Page } from 'playwright-core'
import { makePlace } from '../../test/node/blackbox/service.ts'
import { call, someone } from '../../test/node/blackbox/visitor.ts'
import { useBrowser, visits } from '../browser.ts'
import { type Site, startExample } from '../site.ts'
import { type Credentials, fill, heading, linkTo as linkIn, press } from '../steps.ts'

/** One site, one service and one browser for all suites of the example, and the actions of their visitors. */

export const place = makePlace()
export let site: Site
const browser = useBrowser()

before(async () => {
  site = await startExample('astro', place, '--built', '--var', 'TRUSTED_DEVICE_DAYS:30')
})
after(async () => {
  await site?.stop()
  place.remove()
})

/** Gives each test of a suite, one at a time, a browser of its own in which nothing may go wrong unseen. */
export const browsing = () => {
  const visit = visits(browser, () => {
    // Pictures of users come directly from the service.
    const { port } = new URL(site.service)
    return [new URL(site.url).host, `localhost:${port}`, `127.0.0.1:${port}`]
  })
  afterEach(visit.close)
  return visit
}

/**
 * Returns the link in the newest mail to an address; the link must lead to a page on the site.
 * @param page the path of the page, such as `/auth/verify-email`
 */
export const linkTo = async (address: string, page: string) => {
  const link = await linkIn(site.service, address, page)
  assert.ok(link.startsWith(site.url + page), link)
  return link
}

/** Logs in on the page of the service that the members' page leads to, and comes back. */
export const logIn = async (page: Page, credentials: Credentials) => {
  await page.goto(`${site.url}/members`)
  await page.waitForURL(`${site.url}/sign-in?return_to=%2Fmembers`)
  await heading(page, 'Log in')
  await fill(page, credentials)
  await press(page, 'Log in')
  await arrived(page, credentials)
}

/** Waits for the members' page of this user. */
export const arrived = async (page: Page, { email }: { email: string }) => {
  await page.waitForURL(`${site.url}/members`)
  await page.getByText(email).waitFor()
}

/** Registers and verifies a user by requests. */
export const member = async () => {
  const credentials = someone()
  await call(site.service, 'POST /api/auth/register', { json: credentials })
  const token = (await linkTo(credentials.email, '/auth/verify-email')).split('token=')[1]
  await call(site.service, 'POST /api/auth/verify-email', { json: { token } })
  return credentials
}
