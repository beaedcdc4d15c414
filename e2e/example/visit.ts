import assert from 'node:assert/strict'
import { after, afterEach, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { makePlace } from '../../test/node/blackbox/service.ts'
import { call, mailWith, someone } from '../../test/node/blackbox/visitor.ts'
import { type Opened, openBrowser, openPage } from '../browser.ts'
import { type Site, startExample } from '../site.ts'

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

/** Returns the link in the newest mail to an address; the link must lead to a page of the site. */
export const linkTo = async (address: string, page: string) => {
  const text = await mailWith(site.service, address, `/auth/${page}#token=`)
  const link = text.split(/\s+/).find((word) => word.includes(`/auth/${page}#token=`))!
  assert.ok(link.startsWith(`${site.url}/auth/`), link)
  return link
}

export const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
export const toast = (page: Page, text: string) => page.locator('#toast', { hasText: text }).waitFor()
export const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 }).waitFor()
export const errorOf = (page: Page, field: string) => page.locator(`#${field}-error:visible`)

/** Types the password into the dialog that asks for it. */
export const givePassword = async (page: Page, password: string) => {
  const dialog = page.locator('#password-dialog')
  await dialog.getByRole('textbox', { name: 'Your password' }).fill(password)
  await dialog.getByRole('button', { name: 'Continue' }).click()
}

export const logIn = async (page: Page, { email, password }: { email: string; password: string }) => {
  await page.goto(`${site.url}/login`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await press(page, 'Log in')
  await page.waitForURL(/\/account/)
}

/** Registers and verifies a user by requests. */
export const member = async () => {
  const credentials = someone()
  await call(site.service, 'POST /api/auth/register', { json: credentials })
  const token = (await linkTo(credentials.email, 'verify-email')).split('token=')[1]
  await call(site.service, 'POST /api/auth/verify-email', { json: { token } })
  return credentials
}
