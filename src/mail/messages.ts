import type { Letter } from '../domain/ports/mailer.ts'
import { asHtml, asText } from './layout.ts'
import type { MessageSettings } from './wording.ts'
import { words } from './words.ts'

export type Message = { subject: string; text: string; html: string }

/** Replaces line breaks, which would begin another header. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').trim()

/**
 * Composes the mail of a letter. Pure: the same letter and settings give the same words, so that a mail sent twice
 * reads the same.
 * @throws {TypeError} if the token of one of its links is missing
 */
export const compose = (letter: Letter, settings: MessageSettings): Message => {
  const app = oneLine(settings.appName)
  const { subject, ...content } = words[letter.kind](app, letter, settings)
  const whole = { ...content, sender: { name: app, url: settings.frontendUrl } }
  return { subject, text: asText(whole), html: asHtml(whole) }
}
