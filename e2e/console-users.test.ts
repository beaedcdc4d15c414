import assert from 'node:assert/strict'
import { afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { root, runNode } from '../cli/lib/process.ts'
import { call, member, someone } from '../test/node/blackbox/visitor.ts'
import { look } from './browser.ts'
import { useService } from './site.ts'
import { type Credentials, codeOf, fill, heading, press, toast } from './steps.ts'

/** What admins do to users in the console. */
describe('an admin in the console', { concurrency: 1 }, () => {
  const service = useService()
  let boss: Credentials
  let user: Credentials

  before(async () => {
    boss = await member(service.url)
    user = await member(service.url)
    const { status, output } = await runNode([`${root}/cli/admin.ts`, boss.email, '--persist-to', service.place.state])
    assert.equal(status, 0, output)
  })
  afterEach(service.close)

  /** Logs the admin in, and opens a view of the console. */
  const open = async (path: string, title: string) => {
    const page = await service.open()
    await page.goto(`${service.url}/sign-in?return_to=${encodeURIComponent(path)}`)
    await heading(page, 'Log in')
    await fill(page, boss)
    await press(page, 'Log in')
    await heading(page, title)
    return page
  }
  const confirm = (page: Page, name: string) =>
    page.locator('#confirm-dialog').getByRole('button', { name, exact: true }).click()
  /** Waits for the page of a user, whose heading also has the state. */
  const titled = (page: Page, name: string) => page.getByRole('heading', { name }).first().waitFor()
  const statusOf = async (json: Credentials) => (await call(service.url, 'POST /api/auth/login', { json })).status

  it('goes through more users than one page has, with names as long as they may be', async () => {
    const { body } = await call(service.url, 'POST /api/auth/login', { json: boss })
    const invite = async (name: string) => {
      const email = `${'a-long-mailbox-'.repeat(2)}${someone().email}`
      const json = { email, name }
      const { status } = await call(service.url, 'POST /api/admin/users', { token: body.access_token, json })
      assert.equal(status, 201)
    }
    const long = 'Wolfeschlegelsteinhausenbergerdorff'.padEnd(100, 'x')
    for (const name of [long, 'Ana María '.repeat(10).trim()]) await invite(name)
    for (let i = 0; i < 24; i++) await invite(`Guest ${i}`)
    const page = await open('/console/users', 'Users')
    await page.getByRole('link', { name: 'Guest 23' }).waitFor()
    assert.equal(await page.getByRole('link', { name: long }).count(), 0)
    await press(page, 'Show more')
    await page.getByRole('link', { name: long }).waitFor()
    await look(page, 'console-users-long')
    await page.getByRole('link', { name: long }).click()
    await titled(page, long)
    await look(page, 'console-user-long')
  })

  it('finds a user, and changes role, state and sessions', async () => {
    const session = await call(service.url, 'POST /api/auth/login', { json: user })
    const profile = async () =>
      (await call(service.url, 'GET /api/user/profile', { token: session.body.access_token })).status
    const page = await open('/console/users', 'Users')
    await page.getByLabel('Search').fill('nobody has this name')
    await page.getByText('Nobody was found.').waitFor()
    await page.getByLabel('Search').fill(user.email)
    await page.getByText('1 user', { exact: true }).waitFor()
    await page.getByRole('link', { name: user.email }).click()
    await titled(page, user.email)

    await press(page, 'Make admin')
    await look(page, 'console-user-question')
    await confirm(page, 'Make admin')
    await toast(page, 'The user was changed.')
    await press(page, 'Take the admin role')
    await confirm(page, 'Take the admin role')
    await page.getByRole('button', { name: 'Make admin', exact: true }).first().waitFor()

    assert.equal(await profile(), 200)
    await press(page, 'Disable')
    await confirm(page, 'Disable')
    await page.getByRole('button', { name: 'Enable', exact: true }).waitFor()
    assert.equal(await profile(), 401)
    assert.equal(await statusOf(user), 401)
    await press(page, 'Enable')
    await page.getByRole('button', { name: 'Disable', exact: true }).first().waitFor()
    const again = await call(service.url, 'POST /api/auth/login', { json: user })
    assert.equal(again.status, 200)
    await page.reload()
    await titled(page, user.email)
    await press(page, 'End all sessions')
    await toast(page, 'All sessions of this user have ended.')
    const { status } = await call(service.url, 'GET /api/user/profile', { token: again.body.access_token })
    assert.equal(status, 401)
  })

  it('removes one second factor of a user', async () => {
    const holder = await member(service.url)
    const { body } = await call(service.url, 'POST /api/auth/login', { json: holder })
    const token: string = body.access_token
    const begun = await call(service.url, 'POST /api/user/factors/totp', { token, json: {} })
    const { secret, enrolment } = begun.body
    const json = { enrolment, code: await codeOf(secret, 0), name: 'Old phone', current_password: holder.password }
    const { status } = await call(service.url, 'POST /api/user/factors/totp/confirm', { token, json })
    assert.equal(status, 201)
    assert.equal(await statusOf(holder), 403)
    const page = await open('/console/users', 'Users')
    await page.getByLabel('Search').fill(holder.email)
    await page.getByRole('link', { name: holder.email }).click()
    await titled(page, holder.email)

    await press(page, 'Remove Old phone')
    await page.getByText('They can no longer log in with it').waitFor()
    await look(page, 'console-user-remove-factor')
    await confirm(page, 'Remove')

    await toast(page, 'The user was changed.')
    await page.getByText('No second factor.').waitFor()
    await page.locator('#factors-title:focus').waitFor()
    assert.equal(await statusOf(holder), 200)
  })

  it('reads in the audit who changed a role, and deletes a user', async () => {
    const page = await open('/console/audit', 'Audit')
    await page.getByLabel('Event').selectOption('role_changed')
    await page.locator('#rows tr').nth(1).waitFor()
    await page.getByRole('link', { name: user.email }).first().click()
    await titled(page, user.email)
    await press(page, 'Delete user')
    await look(page, 'console-user-deletion')
    await confirm(page, 'Delete user')
    await page.waitForURL(/\/console\/users$/)
    assert.equal(await statusOf(user), 401)
  })
})
