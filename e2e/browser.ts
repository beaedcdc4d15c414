import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before } from 'node:test'
import type { AxeResults } from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

/** The folder for screenshots of every page. */
export const output = join(import.meta.dirname, '../output/screenshots')

/**
 * Opens an installed Chrome, at CHROME_PATH or at its usual place. On Linux without one, it opens the Chromium of an npm
 * package.
 */
export const openBrowser = async (): Promise<Browser> => {
  const executablePath = process.env.CHROME_PATH
  if (executablePath) return chromium.launch({ executablePath })
  try {
    return await chromium.launch({ channel: 'chrome' })
  } catch (error) {
    if (process.platform !== 'linux')
      throw new Error('Install Google Chrome, or name a Chromium in CHROME_PATH.', { cause: error })
  }
  const packaged = (await import('@sparticuz/chromium')).default
  // Not with the arguments that the package suggests: they switch off the same-origin policy, which these tests need.
  return chromium.launch({ executablePath: await packaged.executablePath(), args: ['--no-sandbox', '--disable-gpu'] })
}

/**
 * Chrome reports every 4xx answer as an error of the page. Tests provoke such answers, so they count as faults only for
 * the parts of a page in this list.
 */
const parts = ['font', 'image', 'media', 'script', 'stylesheet']
const answered = /^Failed to load resource: the server responded with a status of 4\d\d/

/**
 * Opens a page in a browser profile of its own. `faults` collects what must not happen: exceptions, errors in the
 * console, violations of the Content-Security-Policy, answers of 5xx, missing pictures, styles and scripts, and
 * requests to other hosts than those named.
 */
export const openPage = async (browser: Browser, hosts: string[]) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' })
  const faults: string[] = []
  const page = await context.newPage()
  await context.exposeFunction('reportViolation', (text: string) => void faults.push(`CSP: ${text}`))
  await context.addInitScript(`addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    void reportViolation(violatedDirective + ' ' + blockedURI)
  })`)
  const watch = (watched: Page) => {
    watched.on('pageerror', (error) => faults.push(`exception: ${error.message}`))
    watched.on('console', (message) => {
      if (message.type() === 'error' && !answered.test(message.text())) faults.push(`console: ${message.text()}`)
    })
    watched.on('response', (response) => {
      const least = parts.includes(response.request().resourceType()) ? 400 : 500
      if (response.status() >= least) faults.push(`${response.status()} ${response.url()}`)
    })
    watched.on('request', (request) => {
      const url = new URL(request.url())
      if (/^https?:$/.test(url.protocol) && !hosts.includes(url.host)) faults.push(`a request to ${url.host}`)
    })
  }
  context.on('page', watch)
  watch(page)
  return { context, page, faults, close: () => context.close() }
}

/** Opens a browser for the tests around this call. Returns a function that returns it. */
export const useBrowser = () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser?.close())
  return () => browser
}

/**
 * One visitor after the other.
 * @param hosts returns the hosts to which a page may send requests
 * @returns `open` returns a page of a new visitor. `close` ends the visit, and fails if anything went wrong unseen.
 *   `faults` returns what went wrong so far
 */
export const visits = (browser: () => Browser, hosts: () => string[]) => {
  let opened: Awaited<ReturnType<typeof openPage>>
  return {
    open: async () => {
      opened = await openPage(browser(), hosts())
      return opened.page
    },
    close: async () => {
      await opened.close()
      assert.deepEqual(opened.faults, [])
    },
    faults: () => opened.faults,
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Returns what axe finds serious or critical, by WCAG 2.2 A and AA and its best practices. */
const accessibilityFaults = async (page: Page): Promise<string[]> => {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe)
  const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })")
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}

type View = readonly [width: number, scheme: 'light' | 'dark']

/** Whether somebody wants to look at everything. */
export const everyView = process.env.E2E_PICTURES === 'four'

/** No style depends on both width and colour scheme, so two views show as much as four would. */
const views: View[] = [
  [390, 'light'],
  [1280, 'dark'],
]
const otherViews: View[] = [
  [390, 'dark'],
  [1280, 'light'],
]

/**
 * Asserts that the page, on a phone and on a desktop, light and dark, has no serious accessibility fault and does not
 * scroll sideways; and takes screenshots.
 */
export const look = async (page: Page, name: string): Promise<void> => {
  mkdirSync(output, { recursive: true })
  const before = page.viewportSize()!
  for (const [width, colorScheme] of everyView ? [...views, ...otherViews] : views) {
    await page.setViewportSize({ width, height: 844 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const where = `${name} at ${width} px, ${colorScheme}`
    assert.deepEqual(await accessibilityFaults(page), [], where)
    const sticksOut = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    assert.ok(sticksOut <= 0, `${where}: ${sticksOut} px wider than the window`)
    await page.screenshot({ path: join(output, `${name}-${width}-${colorScheme}.png`), fullPage: true })
  }
  await page.setViewportSize(before)
  await page.emulateMedia({ colorScheme: 'light' })
}
