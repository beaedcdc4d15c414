import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { coloursOf } from '../src/domain/brand.ts'
import { type LinkName, links, mailKinds, purposesOf } from '../src/domain/mails.ts'
import type { Letter } from '../src/domain/ports/mailer.ts'
import english from '../src/mail/english.json' with { type: 'json' }
import { compose } from '../src/mail/messages.ts'
import { look, openBrowser, openPage } from './browser.ts'

const settings = {
  appName: 'Gatehouse',
  appUrl: 'https://auth.example.com',
  brand: {
    colour: '#8a1c5b',
    colours: coloursOf('#8a1c5b'),
    links: [
      { name: 'privacy' as const, url: 'https://example.com/privacy' },
      { name: 'support' as const, url: 'https://example.com/help' },
    ],
  },
  frontendUrl: 'https://app.example.com',
  links: Object.fromEntries(
    Object.entries(links).map(([name, { page }]) => [name, `https://app.example.com/auth/${page}#token={token}`]),
  ) as Record<LinkName, string>,
}

const createdAt = new Date('2026-11-21T14:05:09Z')
const letter = (kind: Letter['kind']): Letter => ({
  kind,
  to: 'ada@example.net',
  tokens: Object.fromEntries(
    purposesOf(kind).map((purpose) => [purpose, `${'kP3x'.repeat(5)}kP.${'Zt9-qW'.repeat(7)}a`]),
  ),
  locale: null,
  code: '40719266',
  createdAt,
  expiresAt: new Date(createdAt.getTime() + 30 * 60_000),
  detail: {
    browser: 'Firefox',
    os: 'Linux',
    city: 'Lisbon',
    country: 'PT',
    account: 'a•••@e•••.net',
    address: 'a•••@l•••.example',
    until: String(createdAt.getTime()),
  },
})

/** Some mail programs break longer lines of the text part; a link may have any length. */
const longest = 78

/** Each mail as its reader sees it. The screenshots are in output/screenshots, named mail-…. */
describe('the mails', () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser?.close())

  for (const kind of mailKinds)
    it(`look finished, fetch nothing, and keep their text lines short: ${kind}`, async () => {
      const { subject, text, html } = compose(letter(kind), settings, { language: 'en', texts: english })
      const { page, faults, close } = await openPage(browser, [])
      await page.setContent(html)

      assert.ok(subject.length > 0 && subject.length <= longest, subject)
      assert.deepEqual(
        text.split('\n').filter((line) => line.length > longest && !line.startsWith('https://')),
        [],
      )
      assert.ok(await page.locator('h1').isVisible())
      await look(page, `mail-${kind.replaceAll('_', '-')}`)
      await close()
      assert.deepEqual(faults, [])
    })
})
