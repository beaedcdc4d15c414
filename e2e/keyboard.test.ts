import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { member, someone } from '../test/node/blackbox/visitor.ts'
import { enter, isFocused, staysInDialog, tabTo, type, walk } from './keyboard.ts'
import { useService } from './site.ts'
import { codeOf, heading, toast } from './steps.ts'

/** The pages for people without a mouse: nothing is clicked here. */
describe('by the keyboard alone, somebody', { concurrency: 1 }, () => {
  const service = useService()
  afterEach(service.close)

  const open = async (path: string) => {
    const page = await service.open()
    await page.goto(service.url + path)
    return page
  }
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

  it('skips the header, signs up, verifies the address and logs in', async () => {
    const { email, password } = someone()
    const page = await open('/sign-up')
    await walk(page)
    await enter(page, page.getByRole('link', { name: 'Skip to content' }))
    assert.equal(await page.evaluate('document.activeElement.id'), 'main')
    await page.keyboard.press('Tab')
    assert.ok(await isFocused(page.getByLabel('Name (optional)')))

    await page.keyboard.type('Grace Hopper')
    await type(page, page.getByLabel('E-mail address'), 'nobody')
    await type(page, page.getByLabel('Password', { exact: true }), password)
    await enter(page, button(page, 'Create the account'))
    await page.locator('#email-problem:visible').waitFor()
    assert.ok(await isFocused(page.getByLabel('E-mail address')), 'the wrong field has no focus')
    await type(page, page.getByLabel('E-mail address'), email)
    await page.keyboard.press('Enter')
    await heading(page, 'Check your mail')
    await walk(page)

    await page.goto(await service.linkTo(email, '/auth/verify-email'))
    await walk(page)
    await enter(page, button(page, 'Verify my address'))
    await heading(page, 'Your address is verified')
    await enter(page, page.getByRole('link', { name: 'Log in', exact: true }))
    await heading(page, 'Log in')
    await walk(page)
    await type(page, page.getByLabel('E-mail address'), email)
    await type(page, page.getByLabel('Password', { exact: true }), password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/account$/)
    await page.locator('#profile-fields:enabled').waitFor()
    assert.equal(await page.getByLabel('Name (optional)').inputValue(), 'Grace Hopper')
  })

  it('changes the name, adds an app in a dialog that keeps the focus and gives it back, and logs out', async () => {
    const { email, password } = await member(service.url)
    const page = await open('/sign-in')
    await type(page, page.getByLabel('E-mail address'), email)
    await type(page, page.getByLabel('Password', { exact: true }), password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/account$/)
    await page.locator('#profile-fields:enabled').waitFor()
    await walk(page)
    await type(page, page.getByLabel('Name (optional)'), 'Ada Lovelace')
    await enter(page, button(page, 'Save changes'))
    await toast(page, 'Your changes are saved.')
    assert.ok(await isFocused(button(page, 'Save changes')))

    await enter(page, page.getByRole('link', { name: 'Security', exact: true }))
    await heading(page, 'Security')
    const add = button(page, 'Add an authenticator app')
    await add.waitFor()
    await walk(page)
    await enter(page, add)
    await page.locator('#qr svg').waitFor()
    assert.ok(await isFocused(page.getByLabel('Name of the app')))
    await page.keyboard.type('Old phone')
    const secret = (await page.locator('#secret').textContent())!
    await type(page, page.locator('#enrol #code'), await codeOf(secret, 0))
    const confirm = button(page, 'Add the app')
    await enter(page, confirm)

    const dialog = page.locator('#password-dialog')
    const field = dialog.getByLabel('Your password', { exact: true })
    await field.waitFor()
    assert.ok(await isFocused(field), 'the focus is not in the dialog')
    await walk(page)
    await staysInDialog(page)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    assert.ok(await isFocused(confirm), 'the focus did not come back from the dialog')
    await page.locator('#enrol [type=submit][aria-busy=false]').waitFor()

    await page.keyboard.press('Enter')
    await field.waitFor()
    await page.keyboard.type('not the password')
    await page.keyboard.press('Enter')
    await dialog.locator('[aria-invalid=true]').waitFor()
    assert.ok(await isFocused(field))
    await type(page, field, password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    assert.equal(await page.evaluate('document.activeElement.id'), 'codes-title')
    await enter(page, button(page, 'I have saved them'))
    assert.equal(await page.evaluate('document.activeElement.id'), 'factors-title')
    await tabTo(page, button(page, 'Rename Old phone'))

    await enter(page, button(page, 'Log out'))
    await heading(page, 'Log in')
  })
})
