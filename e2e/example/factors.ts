import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { root, runNode } from '../../cli/lib/process.ts'
import { base32, oneTimePassword, stepOf } from '../../src/domain/totp.ts'
import { call, mailWith } from '../../test/node/blackbox/visitor.ts'
import { look } from '../browser.ts'
import { browsing, errorOf, givePassword, linkTo, logIn, member, place, press, site, toast } from './visit.ts'

/** Returns the code that an app shows now, or `steps` later. */
const codeOf = (secret: string, steps: number) =>
  oneTimePassword(base32.decode(secret.replaceAll(' ', ''))!, stepOf(new Date()) + steps)

type Member = Awaited<ReturnType<typeof member>>

/** Adds an app on the security page, and returns its key. */
const addApp = async (page: Page, somebody: Member) => {
  await page.goto(`${site.url}/account/security`)
  await press(page, 'Add an authenticator app')
  await page.locator('#qr svg').waitFor()
  await look(page, 'site-authenticator-app')
  const secret = (await page.locator('#secret').textContent())!
  await page.getByLabel('Name of the app').fill('Old phone')
  await page.locator('#enrol #code').fill(await codeOf(secret, 0))
  await press(page, 'Add the app')
  await givePassword(page, somebody.password)
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
  return secret
}

const logInWithPassword = async (page: Page, { email, password }: Member) => {
  await page.goto(`${site.url}/login`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await press(page, 'Log in')
  await page.getByRole('heading', { name: 'One more step' }).waitFor()
}

export const factors = () =>
  describe('a second factor on the example site', { concurrency: 1 }, () => {
    const { open, faults } = browsing()

    it('is added with its recovery codes, asked for at log-in, and removed', async () => {
      const somebody = await member()
      const page = await open()
      await logIn(page, somebody)
      const secret = await addApp(page, somebody)
      await look(page, 'site-recovery-codes')
      const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Download')])
      const codes = readFileSync(await download.path(), 'utf8').match(/^[0-9A-Z-]{29}$/gm)!
      assert.equal(codes.length, 10)
      await press(page, 'I have saved them')

      await press(page, 'Log out')
      await toast(page, 'You are logged out.')
      await logInWithPassword(page, somebody)
      await look(page, 'site-log-in-code')
      await page.getByLabel('Code', { exact: true }).fill('000000')
      await press(page, 'Continue')
      await errorOf(page, 'code').waitFor()
      // The browser reports the refusals: a password without a code, and a wrong code.
      faults().length = 0
      await page.getByLabel('Code', { exact: true }).fill(await codeOf(secret, 1))
      await press(page, 'Continue')
      await page.waitForURL(/\/account/)

      await press(page, 'Log out')
      await toast(page, 'You are logged out.')
      await logInWithPassword(page, somebody)
      await press(page, 'Use a recovery code instead')
      await page.getByLabel('Recovery code', { exact: true }).fill(codes[0]!.toLowerCase())
      await press(page, 'Continue')
      await page.waitForURL(/\/account/)
      await toast(page, 'You have 9 recovery codes left.')

      await page.goto(`${site.url}/account/security`)
      await page.getByText('Recovery codes left: 9.').waitFor()
      await page.getByRole('button', { name: 'Rename Old phone' }).click()
      await page.getByLabel('Name of Old phone').fill('Older phone')
      await press(page, 'Save')
      await page.getByRole('button', { name: 'Remove Older phone' }).click()
      await page.locator('#confirm-dialog').getByRole('button', { name: 'Remove' }).click()
      await givePassword(page, somebody.password)
      await page.locator('#dialog-otp').fill(codes[1]!)
      await page.locator('#password-dialog').getByRole('button', { name: 'Continue' }).click()
      await toast(page, 'Older phone was removed.')
      faults().length = 0
      await press(page, 'Log out')
      await toast(page, 'You are logged out.')
      await logIn(page, somebody)
    })

    it('is added at log-in by somebody who must have one, on a phone', async () => {
      const [boss, somebody] = [await member(), await member()]
      const { status, output } = await runNode([join(root, 'cli/admin.ts'), boss.email, '--persist-to', place.state])
      assert.equal(status, 0, output)
      const token = (await call(site.service, 'POST /api/auth/login', { json: boss })).body.access_token
      const found = await call(site.service, `GET /api/admin/users?search=${somebody.email}`, { token })
      const { id } = found.body.users[0]
      await call(site.service, `PATCH /api/admin/users/${id}`, { token, json: { mfa_required: true } })

      const page = await open()
      await page.setViewportSize({ width: 390, height: 844 })
      await page.goto(`${site.url}/login`)
      await page.getByLabel('E-mail').fill(somebody.email)
      await page.getByLabel('Password', { exact: true }).fill(somebody.password)
      await press(page, 'Log in')
      await page.getByRole('heading', { name: 'Add a second factor' }).waitFor()
      await look(page, 'site-enrol-code')
      await page.getByLabel('Code that we mailed').fill('00000000')
      await press(page, 'Continue')
      await errorOf(page, 'enrol-mail-code').waitFor()
      const mail = await mailWith(site.service, somebody.email, 'Your code')
      await page.getByLabel('Code that we mailed').fill(/^\d{4} \d{4}$/m.exec(mail)![0])
      await press(page, 'Continue')
      await page.locator('#qr svg').waitFor()
      await look(page, 'site-enrol-app')
      const secret = (await page.locator('#secret').textContent())!
      await page.getByLabel('Code of the app').fill(await codeOf(secret, 0))
      await press(page, 'Add the app')
      await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
      await look(page, 'site-enrol-recovery-codes')
      await press(page, 'I have saved them')
      await page.waitForURL(/\/account/)
      // The browser reports the refusals: a password without a second factor, and a wrong code.
      faults().length = 0
    })

    it('that somebody else added is removed by the link of the mail', async () => {
      const somebody = await member()
      const page = await open()
      await logIn(page, somebody)
      await addApp(page, somebody)
      await page.goto(await linkTo(somebody.email, 'remove-factor'))
      await page.locator('#link-form button[type=submit]').waitFor()
      await look(page, 'site-remove-factor')
      await page.locator('#link-form button[type=submit]').click()
      await page.locator('#done:visible').waitFor()
      faults().length = 0
      await logIn(page, somebody)
    })
  })
