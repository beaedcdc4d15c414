import assert from 'node:assert/strict'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { root, runNode } from '../cli/lib/process.ts'
import { errorList } from '../src/domain/problems.ts'
import { call, member, someone } from '../test/node/blackbox/visitor.ts'
import { foreignIn, pseudo, pseudoTexts } from '../test/support/words/pseudo.ts'
import { readLanguages, uiFiles } from '../tools/generate/ui.ts'
import { output } from './browser.ts'
import { useService } from './site.ts'
import { type Credentials, codeOf } from './steps.ts'

/**
 * The pages in the pseudo-language of test/support/words/pseudo.ts, in the place of English: a word without accents and
 * brackets stands in the source, and a longer language would break what does not fit here.
 */

const name = pseudo('Ada Lovelace')

/** Writes what the build would put into public/. */
const build = async (folder: string) => {
  const [english, ...others] = readLanguages()
  const files = await uiFiles(errorList(), [{ ...english!, texts: pseudoTexts(english!.texts) }, ...others])
  files.set(join('ui', 'favicon.svg'), readFileSync(join(root, 'ui', 'files', 'favicon.svg')))
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/**
 * Returns the visible texts of the page, those of attributes too. Left out is what is no word of ours: code, texts with
 * a language of their own, and values.
 */
const textsOf = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('body *')].flatMap((element) => {
    if (element.closest('script, code, bdi, time, svg, [lang]:not(html)') || !element.checkVisibility()) return []
    const texts = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data)
    const attributes = ['aria-label', 'title', 'placeholder', 'alt', 'data-label'].map((name) => element.getAttribute(name) ?? '')
    return [...texts, ...attributes]
  })`)

/** Ids, addresses, and days and times as `Intl` writes them. */
const values =
  /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[\w.+-]+@[\w.-]+|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b|\bUTC\b/g

/** Returns which elements do not fit: into the window, or into the box that hides what sticks out. */
const stickingOut = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('body *')].flatMap((element) => {
    if (!element.checkVisibility() || element.closest('.visually-hidden, .skip, .scroll, pre, svg, thead, option')) return []
    const { left, right } = element.getBoundingClientRect()
    const clipped = getComputedStyle(element).overflowX !== 'visible' && !element.matches('input, select, textarea') &&
      element.scrollWidth > element.clientWidth + 1
    return left < -0.5 || right > innerWidth + 0.5 || clipped ? element.outerHTML.slice(0, 120) : []
  })`)

const check = async (page: Page, what: string) => {
  const foreign = (await textsOf(page)).map((text) => foreignIn(text.replace(values, ''))).filter(Boolean)
  assert.deepEqual([...new Set(foreign)], [], `${what}: words that are not in i18n/`)
  assert.deepEqual(await stickingOut(page), [], `${what}: does not fit`)
  const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  assert.ok(wider <= 0, `${what}: ${wider} px wider than the window`)
  mkdirSync(output, { recursive: true })
  await page.screenshot({ path: join(output, `pseudo-${what.replaceAll('/', '-')}.png`), fullPage: true })
}

const submit = (page: Page, form = 'form:visible') => page.locator(`${form} [type=submit]:visible`).first().click()

/** The paths of all pages. The list of errors is for developers, and is in English in every language. */
const paths = globSync('**/*.tsx', { cwd: join(root, 'ui', 'pages') })
  .map((path) => path.replaceAll('\\', '/').replace(/\.tsx$/, ''))
  .map((path) => (path === 'index' ? '' : path))
  .filter((path) => path !== 'errors')
  .sort()

describe('in a longer language', { concurrency: 1 }, () => {
  const assets = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  before(() => build(assets))
  const service = useService('--assets', assets, '--var', `APP_NAME:${pseudo('Gatehouse')}`)
  let boss: Credentials
  before(async () => {
    boss = await member(service.url)
    const { status, output } = await runNode([`${root}/cli/admin.ts`, boss.email, '--persist-to', service.place.state])
    assert.equal(status, 0, output)
  })
  after(() => rmSync(assets, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  afterEach(service.close)

  const open = async () => {
    const page = await service.open()
    await page.setViewportSize({ width: 390, height: 844 })
    return page
  }

  /** Opens a page and waits until its script has what it asks for. */
  const go = async (page: Page, path: string) => {
    await page.goto(`${service.url}/${path}`, { waitUntil: 'networkidle' })
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
  }

  it('the pages for everybody say nothing of their own, and fit a phone', async () => {
    const page = await open()
    for (const path of paths.filter((path) => !/^(?:account|console)\b/.test(path))) {
      await go(page, path)
      await check(page, path || 'index')
    }
    for (const path of ['sign-in', 'sign-up', 'forgot-password']) {
      await go(page, path)
      await submit(page)
      await page.locator('[aria-invalid=true]').first().waitFor()
      await check(page, `${path}-refused`)
    }
    await go(page, 'sign-in')
    await page.locator('#email').fill(boss.email)
    await page.locator('#password').fill('not the password')
    await submit(page)
    await page.getByRole('alert').filter({ hasText: '⟦' }).first().waitFor()
    await check(page, 'sign-in-wrong-password')
  })

  it('the pages of the account and the console say nothing of their own, and fit a phone', async () => {
    const page = await open()
    const { body } = await call(service.url, 'POST /api/auth/login', { json: boss })
    const invited = { email: someone().email, name }
    const created = await call(service.url, 'POST /api/admin/users', { token: body.access_token, json: invited })
    assert.equal(created.status, 201)
    await call(service.url, 'PATCH /api/user/profile', { token: body.access_token, json: { name } })
    await go(page, 'sign-in')
    await page.locator('#email').fill(boss.email)
    await page.locator('#password').fill(boss.password)
    await submit(page)
    await page.waitForURL(/\/account$/)
    for (const path of paths.filter((path) => /^(?:account|console)\b/.test(path))) {
      await go(page, path === 'console/user' ? `${path}#${created.body.id}` : path)
      await check(page, path)
    }

    await go(page, 'account/security')
    await page.locator('#add-app').click()
    await page.locator('#qr svg').waitFor()
    await check(page, 'account-security-app')
    const secret = (await page.locator('#secret').textContent())!
    await page.locator('#enrol #code').fill(await codeOf(secret, 0))
    await submit(page, '#enrol')
    await page.locator('#password-dialog[open]').waitFor()
    await check(page, 'account-security-dialog')
    await page.locator('#password-dialog [type=password]').fill(boss.password)
    await submit(page, '#password-dialog')
    await page.locator('#codes:visible').waitFor()
    await check(page, 'account-security-codes')
  })
})
