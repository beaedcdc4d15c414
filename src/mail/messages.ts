import { say } from '../domain/languages.ts'
import type { LinkName } from '../domain/mails.ts'
import type { Letter } from '../domain/ports/mailer.ts'
import type { Settings } from '../settings.ts'
import { asHtml, asText, type Block } from './layout.ts'
import { removedByAdmin, structures, type TextKey, type TextKind } from './structures.ts'
import { codeIn, tokenOf, valuesOf, type Words } from './wording.ts'

export type Message = { subject: string; text: string; html: string }

/** The settings that a mail depends on. */
export type MessageSettings = Pick<Settings, 'appName' | 'appUrl' | 'frontendUrl' | 'links' | 'brand'>

/** Replaces line breaks, which would begin another header. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').trim()

/**
 * Composes the mail of a letter. Pure: the same letter, settings and words give the same mail, so that a mail sent twice
 * reads the same.
 * @throws {TypeError} if the token of one of its links is missing
 */
export const compose = (letter: Letter, settings: MessageSettings, words: Words): Message => {
  const { language, texts } = words
  const { frontendUrl, appUrl, links, brand } = settings
  const app = oneLine(settings.appName)
  const values = valuesOf(letter, app, words)
  const kind = (letter.detail.is === 'passkey' ? letter.kind.replace('factor', 'passkey') : letter.kind) as TextKind
  const byAdmin = letter.kind === 'factor_removed' && letter.detail.by === 'admin'
  const text = (name: string) => say(texts[`${kind}.${name}` as TextKey] ?? texts[name as TextKey], values, language)

  /**
   * The service's own pages open in the language of the mail. The URL of any other page stays as the operator set it.
   */
  const urlOf = (name: LinkName) => {
    const token = encodeURIComponent(tokenOf(letter, `link ${name}`))
    const url = links[name]
    const own = letter.locale && url.startsWith(`${appUrl}/auth/`) && !url.includes('?')
    return (own ? url.replace('#', `?lang=${language}#`) : url).replaceAll('{token}', () => token)
  }

  const whole = {
    language,
    heading: text('heading'),
    preview: text(byAdmin ? 'factors_reset.preview' : 'preview'),
    blocks: (byAdmin ? removedByAdmin : structures[kind]).map((part): Block => {
      if (part === 'site') return { url: frontendUrl }
      if (part === 'code_alone') return { code: codeIn(letter) }
      if (typeof part === 'string') return text(part)
      return 'link' in part
        ? { url: urlOf(part.link) }
        : { url: urlOf(part.button), label: text(part.says ?? 'button') }
    }),
    noButton: text('no_button'),
    sender: { name: app, url: frontendUrl },
    ends: [text('footer'), text('automatic')].filter(Boolean),
    links: brand.links.map(({ name, url }) => ({ label: text(name), url })),
    colours: brand.colours,
  }
  return { subject: text('subject'), text: asText(whole), html: asHtml(whole) }
}
