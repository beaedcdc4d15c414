import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { member } from '../test/node/blackbox/visitor.ts'
import { useService } from './site.ts'
import { type Credentials, codeOf, fill, giveDevice, givePassword, heading, loggedOut, press, toast } from './steps.ts'

/** What happens to second factors after they were added. */
describe('a second factor of the account', { concurrency: 1 }, () => {
  const service = useService()
  afterEach(service.close)

  const begin = async () => ({ page: await service.open(), somebody: await member(service.url) })

  /** Logs in as far as the password leads. */
  const givePasswordAtLogIn = async (page: Page, credentials: Credentials) => {
    await page.goto(`${service.url}/sign-in?return_to=/account/security`)
    await heading(page, 'Log in')
    await fill(page, credentials)
    await press(page, 'Log in')
  }
  const logIn = async (page: Page, credentials: Credentials) => {
    await givePasswordAtLogIn(page, credentials)
    await page.waitForURL(/\/account\/security$/)
    await heading(page, 'Security')
  }

  const addApp = async (page: Page, { password }: Credentials) => {
    await press(page, 'Add an authenticator app')
    await page.locator('#qr svg').waitFor()
    const secret = (await page.locator('#secret').textContent())!
    await page.getByLabel('Name of the app').fill('Old phone')
    await page.locator('#enrol #code').fill(await codeOf(secret, 0))
    await press(page, 'Add the app')
    await givePassword(page, password)
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Download')])
    const codes = readFileSync(await download.path(), 'utf8').match(/^[0-9A-Z-]{29}$/gm)!
    assert.equal(codes.length, 10)
    await press(page, 'I have saved them')
    return { secret, codes }
  }

  const remove = async (page: Page, name: RegExp) => {
    await page.getByRole('button', { name }).click()
    await page.locator('#confirm-dialog').getByRole('button', { name: 'Remove' }).click()
  }

  it('is renamed, and an app is removed by the password and a recovery code', async () => {
    const { page, somebody } = await begin()
    await logIn(page, somebody)
    const { secret, codes } = await addApp(page, somebody)
    await page.getByRole('button', { name: 'Rename Old phone' }).click()
    await page.getByLabel('Name of Old phone').fill('Older phone')
    await press(page, 'Save')
    await toast(page, 'The new name is saved.')

    await press(page, 'Log out')
    await loggedOut(page)
    await givePasswordAtLogIn(page, somebody)
    await heading(page, 'One more step')
    await page.getByLabel('Code', { exact: true }).fill(await codeOf(secret, 1))
    await press(page, 'Continue')
    await page.waitForURL(/\/account\/security$/)

    await remove(page, /^Remove Older phone/)
    await givePassword(page, somebody.password)
    await page.locator('#dialog-otp').fill(codes[1]!)
    await page.locator('#password-dialog').getByRole('button', { name: 'Continue' }).click()
    await toast(page, 'Older phone was removed.')
    await press(page, 'Log out')
    await loggedOut(page)
    await logIn(page, somebody)
  })

  it('is removed by the passkey itself, and the password alone logs in again', async () => {
    const { page, somebody } = await begin()
    await giveDevice(page, { conditional: false })
    await logIn(page, somebody)
    await press(page, 'Add a passkey')
    await givePassword(page, somebody.password)
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    await press(page, 'I have saved them')
    await remove(page, /^Remove /)
    await givePassword(page, somebody.password)
    await press(page, 'Use a passkey')
    await toast(page, 'was removed. Your other sessions have ended.')
    await press(page, 'Log out')
    await loggedOut(page)
    await logIn(page, somebody)
  })

  it('that somebody else added is removed by the link of the mail', async () => {
    const { page, somebody } = await begin()
    await logIn(page, somebody)
    await addApp(page, somebody)
    await page.goto(await service.linkTo(somebody.email, '/auth/remove-factor'))
    await press(page, 'Remove it')
    await heading(page, 'That factor is removed')
    await logIn(page, somebody)
  })
})
