import type { Page } from 'playwright-core'
import { base32, oneTimePassword, stepOf } from '../src/domain/totp.ts'

/** What visitors do on the service's own pages. */

export const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
/** Waits for a page and its script. */
export const heading = async (page: Page, name: string) => {
  await page.getByRole('heading', { name, level: 1, exact: true }).waitFor()
  await page.waitForLoadState()
}
export const toast = (page: Page, text: string) => page.locator('#toast', { hasText: text }).waitFor()

export const loggedOut = async (page: Page) => {
  await toast(page, 'You are logged out.')
  await page.waitForLoadState()
}

export type Credentials = { email: string; password: string }

export const fill = async (page: Page, { email, password }: Credentials) => {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
}

export const givePassword = async (page: Page, password: string) => {
  const dialog = page.locator('#password-dialog')
  await dialog.getByLabel('Your password').fill(password)
  await dialog.getByRole('button', { name: 'Continue' }).click()
}

/** Gives the page a device that makes passkeys and confirms every request for one at once (WebAuthn Level 3 §11). */
export const giveDevice = async (page: Page, { conditional }: { conditional: boolean }) => {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
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
}

export const codeOf = (secret: string, steps: number) =>
  oneTimePassword(base32.decode(secret.replaceAll(' ', ''))!, stepOf(new Date()) + steps)
