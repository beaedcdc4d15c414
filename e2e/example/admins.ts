import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root, runNode } from '../../cli/lib/process.ts'
import { call, someone } from '../../test/node/blackbox/visitor.ts'
import { look } from '../browser.ts'
import { browsing, heading, linkTo, logIn, member, place, press, site, toast } from './visit.ts'

export const admins = () =>
  describe('an admin', { concurrency: 1 }, () => {
    const { open } = browsing()
    let boss: { email: string; password: string }
    let user: { email: string; password: string }

    it('sees how the site is doing', async () => {
      boss = await member()
      user = await member()
      const { status, output } = await runNode([join(root, 'cli/admin.ts'), boss.email, '--persist-to', place.state])
      assert.equal(status, 0, output)
      const page = await open()
      await logIn(page, boss)
      await page.getByRole('link', { name: 'Admin' }).click()
      await heading(page, 'Statistics')
      await page.locator('[data-stat=total_users]', { hasText: /^[1-9]/ }).waitFor()
      await page.locator('#registrations-chart rect, #registrations-chart path').first().waitFor({ state: 'attached' })
      await look(page, 'site-admin-first-day')
      await page.getByText('Registrations as a table').click()
      await page.locator('#registrations-rows tr').first().waitFor()

      // Tests cannot register users in the past, so this answer stands for some weeks of use.
      await page.route('**/api/admin/stats', async (route) => {
        const response = await route.fetch()
        const stats = await response.json()
        const busy = (most: number) => (day: { day: string }, i: number) => ({
          ...day,
          count: Math.round(most * (0.35 + i / 60 + 0.15 * Math.sin((i * 2 * Math.PI) / 7))),
        })
        const registrations = stats.registrations.map(busy(60))
        const logins = stats.logins.map(busy(1800))
        const totals = { total_users: 12_408, verified_users: 12_131, unverified_users: 277, active_sessions: 8964 }
        const recent = { recent_registrations: 331, disabled_users: 12 }
        await route.fulfill({ response, json: { ...stats, ...totals, ...recent, registrations, logins } })
      })
      await page.reload()
      await page.getByText('12,408').waitFor()
      await look(page, 'site-admin')
    })

    it('goes through pages of users, with names as long as they may be', async () => {
      const { body } = await call(site.service, 'POST /api/auth/login', { json: boss })
      const invite = async (name: string) => {
        const email = `${'a-long-mailbox-'.repeat(2)}${someone().email}`
        const { status } = await call(site.service, 'POST /api/admin/users', {
          token: body.access_token,
          json: { email, name },
        })
        assert.equal(status, 201)
      }
      for (const name of ['Wolfeschlegelsteinhausenbergerdorff'.padEnd(100, 'x'), 'Ana María '.repeat(10)])
        await invite(name)
      await Promise.all(Array.from({ length: 20 }, (_, i) => invite(`Guest ${i}`)))
      const page = await open()
      await logIn(page, boss)
      await page.goto(`${site.url}/admin/users`)
      await page.getByText('Page 1 of 2').waitFor()
      await press(page, 'Next')
      await page.getByText('Page 2 of 2').waitFor()
      assert.match(page.url(), /\?page=2$/)
      await page.getByRole('link', { name: /^Wolfeschlegel/ }).waitFor()
      await look(page, 'site-admin-users')
      await page.getByRole('link', { name: /^Wolfeschlegel/ }).click()
      await page.locator('#user:not([aria-busy])').waitFor()
      await look(page, 'site-admin-user-long')
      await page.goBack()
      await page.getByText('Page 2 of 2').waitFor()
      await press(page, 'Previous')
      await page.getByText('Page 1 of 2').waitFor()
    })

    it('finds a user, and changes role, state and sessions', async () => {
      const session = await call(site.service, 'POST /api/auth/login', { json: user })
      const page = await open()
      await logIn(page, boss)
      await page.goto(`${site.url}/admin/users`)
      await page.locator('#rows a').first().waitFor()
      await page.getByLabel('Search').fill('nobody has this name')
      await page.locator('#nobody:visible').waitFor()
      await look(page, 'site-admin-users-none')
      await page.getByLabel('Search').fill(user.email)
      await page.getByText('1 user', { exact: true }).waitFor()
      await page.getByRole('link', { name: user.email }).click()
      await page.locator('#user:not([aria-busy])').waitFor()
      await look(page, 'site-admin-user')

      await press(page, 'Make admin')
      await page.locator('#confirm-dialog').getByRole('button', { name: 'Make admin' }).click()
      await toast(page, 'The role was changed.')
      await press(page, 'Make ordinary user')
      await page.locator('#confirm-dialog').getByRole('button', { name: 'Take it' }).click()
      await page.getByRole('button', { name: 'Make admin' }).waitFor()

      await press(page, 'Disable')
      await page.locator('#confirm-dialog').getByRole('button', { name: 'Disable' }).click()
      await toast(page, 'The user was disabled.')
      const { status } = await call(site.service, 'GET /api/user/profile', { token: session.body.access_token })
      assert.equal(status, 401)
      await press(page, 'Enable')
      await toast(page, 'The user was enabled.')
      assert.equal((await call(site.service, 'POST /api/auth/login', { json: user })).status, 200)
    })

    it('invites somebody, and deletes somebody', async () => {
      const page = await open()
      await logIn(page, boss)
      await page.goto(`${site.url}/admin/users`)
      await page.locator('#rows a').first().waitFor()
      const guest = someone()
      await press(page, 'Invite somebody')
      await page.locator('#invite-dialog').waitFor()
      await look(page, 'site-admin-invite')
      await page.locator('#invite-email').fill(guest.email)
      await press(page, 'Send invitation')
      await toast(page, 'is on its way')
      assert.ok(await linkTo(guest.email, 'reset-password'))

      await page.getByLabel('Search').fill(guest.email)
      await page.getByText('1 user', { exact: true }).waitFor()
      await page.getByRole('link', { name: guest.email }).click()
      await page.locator('#user:not([aria-busy])').waitFor()
      await press(page, 'Delete user')
      await page.locator('#confirm-dialog').getByRole('button', { name: 'Delete for good' }).click()
      await page.waitForURL(/\/admin\/users$/)
    })

    it('reads what happened', async () => {
      const page = await open()
      await logIn(page, boss)
      await page.goto(`${site.url}/admin/audit`)
      await page.locator('#rows tr:not(.waiting)').first().waitFor()
      await look(page, 'site-admin-audit')
      await page.getByLabel('Event').selectOption('role_changed')
      await page.locator('#rows tr').nth(1).waitFor()
    })
  })
