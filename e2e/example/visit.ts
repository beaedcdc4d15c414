import assert from 'node:assert/strict'
import { after, afterEach, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { makePlace } from '../../test/node/blackbox/service.ts'
import { call, mailWith, someone } from '../../test/node/blackbox/visitor.ts'
import { type Opened, openBrowser, openPage } from '../browser.ts'
import { type Site, startExample } from '../site.ts'
import { type Credentials, fill, heading, press } from '../steps.ts'

/** One site, one service and one browser for all suites of the example, and the actions of their visitors. */

export const place = makePlace()
export let site: Site
let browser: Browser

before(async () => {
  // `after` closes the browser, so it must be open even if the site does not start.
  browser = await openBrowser()
  site = await startExample('astro', place, '--built')
})
after(async () => {
  await browser?.close()
  await site?.stop()
  place.remove()
})

/** Gives each test of a suite, one at a time, a browser of its own in which nothing may go wrong unseen. */
export const browsing = () => {
  let opened: Opened
  afterEach(async () => {
    const faults = opened.faults.splice(0)
    await opened.close()
    assert.deepEqual(faults, [])
  })
  return {
    open: async (): Promise<Page> => {
      // Pictures of users come directly from the service.
      const servicePort = new URL(site.service).port
      opened = await openPage(browser, [new URL(site.url).host, `localhost:${servicePort}`, `127.0.0.1:${servicePort}`])
      return opened.page
    },
    faults: () => opened.faults,
  }
}

/**
 * Returns the link in the newest mail to an address; the link must lead to a page on the site.
 * @param page the path of the page, such as `/auth/verify-email`
 */
export const linkTo = async (address: string, page: string) => {
  const text = await mailWith(site.service, address, page)
  // A person who asked in a browser gets a link to the page in that language.
  const link = text.split(/\s+/).find((word) => word.includes(page) && word.includes('#token='))!
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
