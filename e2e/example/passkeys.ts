import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { look } from '../browser.ts'
import { browsing, givePassword, logIn, member, press, site, toast } from './visit.ts'

/**
 * Gives the page a device that makes passkeys and confirms every request for one at once (WebAuthn Level 3 §11).
 * @param conditional whether the browser says that it can offer passkeys in a field
 */
const giveDevice = async (page: Page, { conditional }: { conditional: boolean }) => {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await page.addInitScript(`PublicKeyCredential.isConditionalMediationAvailable = async () => ${conditional}`)
  return async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials
}

/** Adds a passkey on the security page, and puts the recovery codes away. */
const addPasskey = async (page: Page, { password }: { password: string }) => {
  await page.goto(`${site.url}/account/security`)
  await press(page, 'Add a passkey')
  await givePassword(page, password)
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
  await press(page, 'I have saved them')
}

const logOut = async (page: Page) => {
  await press(page, 'Log out')
  await page.waitForURL(/\/(login)?$/)
}

export const passkeys = () =>
  describe('a passkey on the example site', { concurrency: 1 }, () => {
    const { open, faults } = browsing()

    it('logs in by a button, stands beside the password, and is removed', async ({ assert }) => {
      const somebody = await member()
      const page = await open()
      const credentials = await giveDevice(page, { conditional: false })
      await logIn(page, somebody)
      await addPasskey(page, somebody)
      await look(page, 'site-passkeys')
      assert.equal((await credentials()).length, 1)

      await logOut(page)
      await page.goto(`${site.url}/login`)
      await look(page, 'site-log-in-passkey')
      await press(page, 'Log in with a passkey')
      await page.waitForURL(/\/account/)

      await logOut(page)
      await page.goto(`${site.url}/login`)
      await page.getByLabel('E-mail').fill(somebody.email)
      await page.getByLabel('Password', { exact: true }).fill(somebody.password)
      await press(page, 'Log in')
      await page.getByRole('heading', { name: 'One more step' }).waitFor()
      await look(page, 'site-second-step-passkey')
      await press(page, 'Use a passkey')
      await page.waitForURL(/\/account/)
      // The browser reports the refusal of the password without a second factor.
      faults().length = 0

      await page.goto(`${site.url}/account/security`)
      await page.getByRole('button', { name: /^Remove / }).click()
      await page.locator('#confirm-dialog').getByRole('button', { name: 'Remove' }).click()
      await givePassword(page, somebody.password)
      await press(page, 'Use a passkey')
      await toast(page, 'was removed. Your other sessions have ended.')
      faults().length = 0
      await logOut(page)
      await logIn(page, somebody)
    })

    it('is offered in the field for the address', async () => {
      const somebody = await member()
      const page = await open()
      await giveDevice(page, { conditional: true })
      await logIn(page, somebody)
      await addPasskey(page, somebody)
      await logOut(page)
      await page.goto(`${site.url}/login`)
      await page.waitForURL(/\/account/)
    })
  })
