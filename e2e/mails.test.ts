import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { partOf, wordedCatalogues } from '../cli/words/catalogues.ts'
import { coloursOf } from '../src/domain/brand.ts'
import { type LinkName, links, mailKinds, purposesOf } from '../src/domain/mails.ts'
import type { Letter } from '../src/domain/ports/mailer.ts'
import english from '../src/mail/english.json' with { type: 'json' }
import { compose } from '../src/mail/messages.ts'
import type { Texts } from '../src/mail/wording.ts'
import { everyView, look, useBrowser, visits } from './browser.ts'

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

/** Long words, a script without spaces, and one that is written from right to left. */
const translations = wordedCatalogues().filter(({ about }) => ['de', 'ja', 'ar'].includes(about.tag))

/** Each mail as its reader sees it. The screenshots are in output/screenshots, named mail-…. */
describe('the mails', () => {
  const { open, close } = visits(useBrowser(), () => [])

  for (const kind of mailKinds)
    it(`look finished, fetch nothing, and keep their text lines short: ${kind}`, async () => {
      const { subject, text, html } = compose(letter(kind), settings, { language: 'en', texts: english })
      const page = await open()
      await page.setContent(html)

      assert.ok(subject.length > 0 && subject.length <= longest, subject)
      assert.deepEqual(
        text.split('\n').filter((line) => line.length > longest && !line.startsWith('https://')),
        [],
      )
      assert.ok(await page.locator('h1').isVisible())
      await look(page, `mail-${kind.replaceAll('_', '-')}`)
      await close()
    })

  if (everyView)
    for (const { about, texts } of translations)
      it(`look finished in ${about.tag}`, async () => {
        const words = { language: about.tag, texts: partOf(texts, 'mail') as Texts }
        const page = await open()
        for (const kind of mailKinds) {
          await page.setContent(compose(letter(kind), settings, words).html)
          await look(page, `mail-${kind.replaceAll('_', '-')}-${about.tag}`)
        }
        await close()
      })
})
