import { describe, it } from 'vitest'
import { exampleOf, examples } from '../../cli/mail/letters.ts'
import { coloursOf } from '../../src/domain/brand.ts'
import { directionOf, type Language, languages } from '../../src/domain/languages.ts'
import { hasCode, type LinkName, links, mailKinds } from '../../src/domain/mails.ts'
import { createCatalogue } from '../../src/mail/catalogue.ts'
import english from '../../src/mail/english.json' with { type: 'json' }
import { compose } from '../../src/mail/messages.ts'
import { structures } from '../../src/mail/structures.ts'
import { atTime, lifetime, type Texts } from '../../src/mail/wording.ts'
import { newMeter, withMeter } from '../../src/meter.ts'

const files = import.meta.glob('../../i18n/*.json', { query: '?raw', import: 'default', eager: true })

const textsOf = (language: Language): Texts =>
  Object.fromEntries(
    Object.entries(JSON.parse(files[`../../i18n/${language}.json`]!) as Record<string, string>).flatMap(
      ([key, text]) => (key.startsWith('mail.') ? [[key.slice('mail.'.length), text]] : []),
    ),
  ) as Texts

const site = 'https://app.example.com'
const settings = {
  appName: 'Orchard Books',
  appUrl: 'https://auth.example.com',
  frontendUrl: site,
  brand: {
    colour: '#8a1c5b',
    colours: coloursOf('#8a1c5b'),
    links: [
      { name: 'privacy' as const, url: 'https://example.com/privacy' },
      { name: 'support' as const, url: 'https://example.com/help' },
    ],
  },
  links: Object.fromEntries(
    Object.entries(links).map(([name, { page }]) => [name, `https://auth.example.com/auth/${page}#token={token}`]),
  ) as Record<LinkName, string>,
}

const every = languages.flatMap((language) => examples.map((example) => ({ language, ...example })))
const made = ({ language, kind, more }: (typeof every)[number], texts = textsOf(language)) =>
  compose(exampleOf(kind, language, more), settings, { language, texts })

/** Takes off what plain text cannot show. */
const plain = (html: string) =>
  html
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

describe('a mail in every language', () => {
  it.for(every)('$language: $name says the same in both parts, and all of it', (mail, { expect }) => {
    const { subject, text, html } = made(mail)
    const said = text.replaceAll('\n', ' ')
    const paragraphs = [...html.matchAll(/<(?:p|h1) class="(?:text|soft)"[^>]*>([^<]+)<\/(?:p|h1)>/g)].map(
      ([, words]) => plain(words!),
    )
    const parts = structures[mail.name as keyof typeof structures]

    expect(
      paragraphs.filter((words) => words !== textsOf(mail.language).no_button && !said.includes(words.trim())),
    ).toEqual([])
    expect(html.match(/<p class="text"/g)).toHaveLength(
      parts.filter((part) => typeof part === 'string' || 'link' in part).length,
    )
    expect(subject + text + html.replace(/<style>.*<\/style>/s, '')).not.toMatch(/[{}]|undefined/)
    expect(subject).toContain('Orchard Books')
    expect(subject.length).toBeLessThan(100)
  })

  it.for(every)('$language: $name says its language and direction', (mail, { expect }) => {
    const { html, text } = made(mail)
    const direction = directionOf(mail.language)

    expect(html).toContain(`<html lang="${mail.language}" dir="${direction}">`)
    expect(html.includes('dir="ltr" href=')).toBe(direction === 'rtl')
    expect(text).not.toMatch(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/)
    expect(html).not.toMatch(/<(img|link|script|iframe|table)|url\(|@import|src=/i)
  })

  it.for(every.filter(({ language }) => language !== 'en'))(
    '$language: $name has lines that a mail may have (RFC 5322 §2.1.1)',
    (mail, { expect }) => {
      const octets = made(mail)
        .text.split('\n')
        .map((line) => new TextEncoder().encode(line).length)

      expect(Math.max(...octets)).toBeLessThan(998)
    },
  )

  it('uses every text of the mails, and no other', ({ expect }) => {
    const shared = [
      'automatic',
      'no_button',
      'lasts',
      'once',
      'by_admin',
      'by_operator',
      'by_visitor',
      'asked',
      'asked_from',
      'code_or_link',
      'code_limits',
      'footer',
    ]
    const about = [
      'device',
      'device_on',
      'device_near',
      'near',
      'place',
      'device_unknown',
      'address_hidden',
      'account_hidden',
    ]
    const used = Object.entries(structures).flatMap(([kind, parts]) => [
      ...['subject', 'heading', 'preview'].map((name) => `${kind}.${name}`),
      ...parts.flatMap((part) => {
        // The code on a line of its own has no words.
        if (part === 'code_alone') return []
        const name = typeof part === 'string' ? part : 'button' in part ? (part.says ?? 'button') : 'site'
        return name === 'site' || (name in english && !(`${kind}.${name}` in english)) ? [] : [`${kind}.${name}`]
      }),
    ])

    expect([...used, ...shared, ...about, 'privacy', 'terms', 'support'].sort()).toEqual(Object.keys(english).sort())
  })

  it.for(languages)('in %s inserts hostile values as they are', (language, { expect }) => {
    const letter = exampleOf('new_device', language, { browser: '{app}<b>', city: '$&' })
    const { html, text } = compose(letter, { ...settings, appName: '{at}<i>' }, { language, texts: textsOf(language) })

    expect(text).toContain('{app}<b>')
    expect(text).toContain('$&')
    expect(text).toContain('{at}<i>')
    expect(html).toContain('{at}&lt;i&gt;')
    expect(html).not.toMatch(/<[bi]>/)
  })
})

describe('a mail from right to left', () => {
  it('keeps an address in one piece, and shows it as it is written', ({ expect }) => {
    const letter = exampleOf('email_change', 'ar', { address: '<i>•••@e•••.net' })
    const { html, text } = compose(letter, settings, { language: 'ar', texts: textsOf('ar') })

    expect(html).toContain('<bdi dir="ltr">&lt;i&gt;•••@e•••.net</bdi> (')
    expect(text).toContain('<i>•••@e•••.net')
    expect(compose(letter, settings, { language: 'de', texts: textsOf('de') }).html).not.toContain('<bdi')
  })
})

describe('the code of a mail from right to left', () => {
  it.for(mailKinds.filter(hasCode))('keeps the order of its groups: %s', (kind, { expect }) => {
    const { html, text } = compose(exampleOf(kind, 'ar'), settings, { language: 'ar', texts: textsOf('ar') })

    expect(html).toContain('><bdi dir="ltr">1234 5678</bdi></p>')
    expect(text).toContain('\n1234 5678\n')
  })
})

describe('times and durations in a mail', () => {
  const time = new Date('2026-11-21T14:05:09Z')
  const lasting = (minutes: number) => ({ createdAt: time, expiresAt: new Date(time.getTime() + minutes * 60_000) })

  it('are in English what they were', ({ expect }) => {
    expect(atTime(time, 'en')).toBe('21 Nov 2026 at 14:05 UTC')
    expect([1, 30, 60, 90, 1440, 1500, 10_080].map((minutes) => lifetime(lasting(minutes), 'en'))).toEqual([
      ...['1 minute', '30 minutes', '1 hour', '90 minutes', '24 hours', '25 hours', '7 days'],
    ])
  })

  it.for(languages)('in %s name the day, the minute and UTC', (language, { expect }) => {
    const latin = atTime(time, language).replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))

    expect(latin).toContain('2026')
    expect(latin).toContain('21')
    expect(latin).toContain('14:05')
    expect(latin).toMatch(/UTC/)
  })

  it('have the plural of the language', ({ expect }) => {
    expect(lifetime(lasting(30), 'de')).toBe('30 Minuten')
    expect(lifetime(lasting(10_080), 'fr')).toMatch(/^7\sjours$/)
    expect(lifetime(lasting(1440), 'ja')).toContain('24')
  })

  it.for([
    { left: '1', says: 'Sie haben noch 1 Code.' },
    { left: '7', says: 'Sie haben noch 7 Codes.' },
  ])('count recovery codes: $left', ({ left, says }, { expect }) => {
    const letter = exampleOf('recovery_code_used', 'de', { left })

    expect(compose(letter, settings, { language: 'de', texts: textsOf('de') }).html).toContain(says)
  })
})

describe('the links of a mail', () => {
  const words = { language: 'de', texts: textsOf('de') } as const
  const letter = exampleOf('verify_email', 'de')

  it("name the language for the service's own pages", ({ expect }) => {
    expect(compose(letter, settings, words).text).toContain(
      '\nhttps://auth.example.com/auth/verify-email?lang=de#token=EXAMPLE\n',
    )
  })

  it.for([
    'https://app.example.com/auth/verify-email#token={token}',
    'https://auth.example.com.evil.example/auth/verify-email#token={token}',
    'https://auth.example.com/auth/verify-email?token={token}#x',
    'myapp://verify/{token}',
  ])('leave another URL as the operator wrote it: %s', (url, { expect }) => {
    const { text } = compose(letter, { ...settings, links: { ...settings.links, verify_email: url } }, words)

    expect(text).toContain(`\n${url.replace('{token}', 'EXAMPLE')}\n`)
  })

  it('name no language if nobody said one', ({ expect }) => {
    expect(compose({ ...letter, locale: null }, settings, words).text).not.toContain('lang=')
  })

  it('come with those of the operator', ({ expect }) => {
    const { html, text } = compose(letter, settings, words)

    expect(text).toContain('\nDatenschutz\nhttps://example.com/privacy\n')
    expect(html).toContain('href="https://example.com/help" style="color: #8a1c5b">Hilfe</a>')
    expect(html).toContain('background: #8a1c5b; color: #ffffff')
  })

  it("end with the operator's own words", ({ expect }) => {
    const { html, text } = compose(letter, settings, {
      ...words,
      texts: { ...words.texts, footer: 'Obsthof GmbH, Köln' },
    })

    expect(text).toMatch(/\n\nObsthof GmbH, Köln\n\nDiese Nachricht/)
    expect(html).toContain('>Obsthof GmbH, Köln</p>')
  })
})

describe('the catalogue', () => {
  const assets = (answer: (path: string) => Response | Promise<Response>) => {
    const asked: string[] = []
    const fetch = async (request: Request) => {
      asked.push(new URL(request.url).pathname)
      return answer(new URL(request.url).pathname)
    }
    return { asked, fetcher: { fetch } as unknown as Fetcher }
  }

  it('reads a language once', async ({ expect }) => {
    const { asked, fetcher } = assets(() => Response.json(textsOf('de')))
    const wordsOf = createCatalogue(fetcher)

    expect((await wordsOf('de')).texts['verify_email.button']).toBe('Adresse bestätigen')
    expect((await wordsOf('de')).language).toBe('de')
    expect(asked).toEqual(['/i18n/de/mail.json'])
  })

  it("takes the operator's words in English too, and English where a text is missing", async ({ expect }) => {
    const { fetcher } = assets(() => Response.json({ 'verify_email.button': 'Yes' }))

    for (const language of ['en', 'fr'] as const) {
      const { texts } = await createCatalogue(fetcher)(language)
      expect(texts['verify_email.button']).toBe('Yes')
      expect(texts['invite.button']).toBe(english['invite.button'])
    }
  })

  it.for([
    { what: 'there is no such file', answer: () => new Response(null, { status: 404 }) },
    { what: 'the file is not JSON', answer: () => new Response('<!doctype html>') },
    { what: 'the assets do not answer', answer: () => Promise.reject(new Error('down')) },
  ])('is English and counts it if $what, and asks again', async ({ answer }, { expect }) => {
    const { asked, fetcher } = assets(answer)
    const wordsOf = createCatalogue(fetcher)
    const meter = newMeter()

    await withMeter(meter, async () => {
      expect(await wordsOf('ar')).toEqual({ language: 'en', texts: english })
      expect(await wordsOf('en')).toEqual({ language: 'en', texts: english })
      await wordsOf('ar')
    })
    expect(meter.mailsUntranslated).toBe(2)
    expect(asked).toHaveLength(3)
  })
})
