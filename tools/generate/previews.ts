import { join } from 'node:path'
import { exampleOf, examples } from '../../cli/mail/letters.ts'
import type { Texts } from '../../cli/words/faults.ts'
import { directionOf, type Language } from '../../src/domain/languages.ts'
import { type LinkDefinition, type LinkName, links } from '../../src/domain/mails.ts'
import { compose, type MessageSettings } from '../../src/mail/messages.ts'
import type { Texts as MailTexts } from '../../src/mail/wording.ts'

/**
 * Examples of all mails for the console: public/ui/previews/TAG/NAME.html, and NAME-text.html with the subject and the
 * text part. The Worker fills the markers in them, as in pages (src/routes/pages.ts).
 */

/** The names of the examples: the kinds of mail, and two for mails about passkeys. */
export const exampleNames = examples.map(({ name }) => name)

/** Stands for the address of the site until the mail is composed, because composing escapes markup. */
const site = '{{front}}'

const offers = ['privacy', 'terms', 'support'] as const

const settings: MessageSettings = {
  appName: '{{app}}',
  appUrl: '{{url}}',
  frontendUrl: site,
  links: Object.fromEntries(
    Object.entries<LinkDefinition>(links).map(([name, { page, onSite }]) => [
      name,
      `${onSite ? site : '{{url}}'}/auth/${page}#token={token}`,
    ]),
  ) as Record<LinkName, string>,
  brand: {
    colour: undefined,
    colours: {
      ...{ button: '{{button}}', onButton: '{{onButton}}', link: '{{link}}' },
      ...{ dark: '{{dark}}', onDark: '{{onDark}}' },
    },
    links: offers.map((name) => ({ name, url: `{{${name}}}` })),
  },
}

type Offer = (typeof offers)[number]

const offerLink = /<a [^>]*href="\{\{(privacy|terms|support)\}\}"[^>]*>[^<]*<\/a>/g
const offerLine = new RegExp(`<p [^>]*>${offerLink.source}.*</p>\n`)
const offerInText = /\n\n[^\n]+\n\{\{(privacy|terms|support)\}\}/g

/** Leaves the links to the Worker for which the operator has set an address, and no line if there are none. */
const offered = (html: string) =>
  html.replace(offerLine, (line) => {
    const begin = line.slice(0, line.indexOf('<a '))
    const links = new Map([...line.matchAll(offerLink)].map(([link, name]) => [name as Offer, link]))
    const choose = (chosen: Offer[], [next, ...others]: Offer[]): string => {
      if (next !== undefined)
        return `<!--?${next}-->${choose([...chosen, next], others)}<!--:${next}-->${choose(chosen, others)}<!--/${next}-->`
      return chosen.length > 0 ? `${begin}${chosen.map((name) => links.get(name)).join(' · ')}</p>\n` : ''
    }
    return choose([], [...offers])
  })

/**
 * `{{site}}` has no value if there is no site besides the service. A page of the service then has the language in its
 * address, as in `compose`.
 */
const atSite = (html: string, tag: Language) =>
  html.replaceAll(/\{\{front\}\}(\/auth\/[\w-]+)?/g, (_, page = '') => {
    const own = page && `${page}?lang=${tag}`
    return `<!--?site-->{{site}}${page}<!--:site-->{{url}}${own}<!--/site-->`
  })

/** Links of an example lead nowhere: their addresses stand in the text. */
const withoutTargets = (html: string) => html.replaceAll(/ href="[^"]*"/g, ' href="#"')

const escaped = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** A page with the subject and the text part. */
const textPage = (tag: Language, subject: string, text: string) => `<!doctype html>
<html lang="${tag}" dir="${directionOf(tag)}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(subject)}</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif } h1 { font-size: 1rem } pre { font-size: 0.875rem; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext }</style>
<h1>${escaped(subject)}</h1>
<pre>${escaped(text).replaceAll(offerInText, '<!--?$1-->$&<!--/$1-->')}</pre>
</html>
`

/** Returns path under public/ → content for one language. */
export const previewsIn = (tag: Language, mailTexts: Texts): Map<string, Buffer> => {
  const words = { language: tag, texts: mailTexts as MailTexts }
  const files = examples.flatMap(({ name, kind, more }) => {
    const { subject, text, html } = compose(exampleOf(kind, tag, more), settings, words)
    return [
      [name, withoutTargets(offered(html))],
      [`${name}-text`, textPage(tag, subject, text)],
    ] as const
  })
  return new Map(
    files.map(([name, html]) => [join('ui', 'previews', tag, `${name}.html`), Buffer.from(atSite(html, tag))]),
  )
}
