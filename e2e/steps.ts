import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { base32, oneTimePassword, stepOf } from '../src/domain/totp.ts'
import { eventually } from '../test/node/blackbox/service.ts'
import { call, mailWith } from '../test/node/blackbox/visitor.ts'

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

/** Adds an authenticator app by requests. Returns its key, and the recovery codes. */
export const addApp = async (url: string, somebody: Credentials) => {
  const token = (await call(url, 'POST /api/auth/login', { json: somebody })).body.access_token
  const { secret, enrolment } = (await call(url, 'POST /api/user/factors/totp', { token, json: {} })).body
  const json = { enrolment, code: await codeOf(secret, 0), current_password: somebody.password }
  const { status, body } = await call(url, 'POST /api/user/factors/totp/confirm', { token, json })
  assert.equal(status, 201, JSON.stringify(body))
  return { secret: secret as string, recoveryCodes: body.recovery_codes as string[] }
}

/**
 * Returns the link in the newest mail to an address.
 * @param page the path of the page to which it leads, such as `/auth/verify-email`
 */
export const linkTo = async (url: string, address: string, page: string) => {
  const text = await mailWith(url, address, page)
  // A person who asked in a browser gets a link to the page in that language.
  return text.split(/\s+/).find((word) => word.includes(page) && word.includes('#token='))!
}

/** Returns the link to the first admin that `npm start` prints. */
export const firstAdminLink = (service: { log: () => string }) =>
  eventually(
    'the link to the first admin',
    10_000,
    async () => /Admin +(http\S+#token=[\w-]{43})/.exec(service.log())?.[1],
  )

/** Makes the first admin on the page of the link. The page is then the overview of the console. */
export const becomeAdmin = async (page: Page, credentials: Credentials) => {
  await fill(page, credentials)
  await press(page, 'Become the admin')
  await page.waitForURL('**/console')
}
