import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Page, Route } from 'playwright-core'
import { look } from './browser.ts'
import { walk } from './keyboard.ts'
import { useService } from './site.ts'
import { becomeAdmin, firstAdminLink } from './steps.ts'

const service = useService('--demo')
let page: Page
let user = ''

/** A word without a place to break it, as long as a name may be. */
const long = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3).slice(0, 100)
const longAddress = `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.example`

/** Members whose values people choose, and the longest ones that they can have. */
const longest: Record<string, string> = {
  ...{ name: long, email: longAddress, pending_email: longAddress, external_id: 'x'.repeat(255) },
  ...{
    ip: '2001:0db8:1234:5678:9abc:def0:1234:5678',
    city: 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch',
  },
  APP_NAME: 'n'.repeat(60),
  CORS_ORIGINS: Array(9)
    .fill(`https://${'d'.repeat(60)}.example`)
    .join(' '),
}

type Json = Record<string, unknown>

/** Returns an answer with its lists emptied, or with the longest texts. */
const changed = (value: unknown, how: 'empty' | 'long'): unknown => {
  if (Array.isArray(value)) return how === 'empty' ? [] : value.map((one) => changed(one, how))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      how === 'long' && name in longest ? longest[name] : changed(one, how),
    ]),
  )
}

const answer = (how: 'empty' | 'long') => async (route: Route) => {
  const response = await route.fetch()
  await route.fulfill({ response, json: changed(await response.json(), how) as Json })
}

const states: { state: string; query: string; meet?: (route: Route) => unknown }[] = [
  // Nobody answers while the picture is taken.
  { state: 'loading', query: '', meet: () => {} },
  {
    state: 'error',
    query: '',
    meet: (route) =>
      route.fulfill({
        status: 503,
        headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '2' },
        json: { type: 'about:blank', status: 503, code: 'dependency_unavailable', detail: 'Try again.' },
      }),
  },
  { state: 'empty', query: '', meet: answer('empty') },
  { state: 'long', query: '', meet: answer('long') },
  { state: 'arabic', query: '?lang=ar' },
  { state: 'german', query: '?lang=de' },
]

/** Texts that a card cuts off, because they are wider. */
const cut = `[...document.querySelectorAll('main .card *')].filter((element) => {
  if (!element.checkVisibility() || element.closest('svg, .scroll, thead, .visually-hidden')) return false
  const [own, card] = [element.getBoundingClientRect(), element.closest('.card').getBoundingClientRect()]
  return own.width > 0 && (own.right > card.right + 1 || own.left < card.left - 1)
}).map((element) => element.outerHTML.slice(0, 120))`

const views = ['overview', 'users', 'user', 'invitations', 'audit', 'mails', 'settings']

/** Returns the address of a view. The id of the user is in the fragment. */
const addressOf = (view: string, query: string) => {
  const [path, fragment = ''] =
    view === 'user' ? user.split('#') : [view === 'overview' ? '/console' : `/console/${view}`]
  return `${service.url}${path}${query}${fragment && `#${fragment}`}`
}

describe('the console', () => {
  before(async () => {
    page = await service.open()
    await page.goto(await firstAdminLink(service))
    await becomeAdmin(page, { email: 'ada@example.org', password: 'four words nobody guesses' })
    await page.goto(`${service.url}/console/users`)
    user = await page
      .locator('#rows a')
      .nth(3)
      .getAttribute('href')
      .then((href) => href!)
  })

  for (const { state, query, meet } of states)
    for (const view of views)
      it(`can be used in the view ${view}: ${state}`, async () => {
        await page.goto('about:blank')
        await page.unroute('**/api/admin/**')
        if (meet) await page.route('**/api/admin/**', (route) => meet(route) as Promise<void>)
        await page.goto(addressOf(view, query))
        await page.getByRole('heading', { level: 1 }).waitFor()
        if (state === 'loading') await page.locator('[aria-busy=true]').first().waitFor()
        else if (state === 'error') await page.locator('#page-error:visible').waitFor()
        else await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
        if (state !== 'loading') await page.waitForLoadState('networkidle')
        await page.setViewportSize({ width: 390, height: 844 })
        assert.deepEqual(await page.evaluate(cut), [])
        await look(page, `console-${view}-${state}`)
      })

  for (const view of views)
    it(`can be used by keyboard alone in the view ${view}`, async () => {
      await page.goto('about:blank')
      await page.unroute('**/api/admin/**')
      await page.goto(addressOf(view, ''))
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
      await page.waitForLoadState('networkidle')
      await walk(page)
    })
})
