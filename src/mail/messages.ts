import type { Letter } from '../domain/ports/mailer.ts'
import { asHtml, asText } from './layout.ts'
import type { MessageSettings } from './wording.ts'
import { words } from './words.ts'

export type Message = { subject: string; text: string; html: string }

/** A line break in a header would begin another header. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').trim()

/**
 * The mail of a letter. Pure: the same letter and settings give the same words, so that a mail sent twice is one mail.
 * @throws {TypeError} when a kind that has links comes without the token of one
 */
export const compose = (letter: Letter, settings: MessageSettings): Message => {
  const app = oneLine(settings.appName)
  const { subject, ...content } = words[letter.kind](app, letter, settings)
  const whole = { ...content, sender: { name: app, url: settings.frontendUrl } }
  return { subject, text: asText(whole), html: asHtml(whole) }
}
