import { type Language, say } from '../../src/domain/languages.ts'
import type { Key } from '../page.ts'

/** The texts that the build put into the page: those that its script names. */
const texts: Record<string, string> = JSON.parse(document.getElementById('words')?.textContent || '{}')

/** The language of the page. */
export const tag = document.documentElement.lang as Language

/** Returns a text. The build looks for calls with a literal key, and so finds the texts that a script needs. */
export const word = (key: Key, values: Record<string, string | number> = {}): string =>
  say(texts[key] ?? key, values, tag)

/**
 * Returns our own sentence about a code of the service, if the page has one. A page in English has none if the
 * service's own sentence is also clear to users.
 */
export const codeWord = (code: string): string | undefined => texts[`code.${code}`]

/** The same for the fault of one field. */
export const faultWord = (code: string): string | undefined => texts[`fault.${code}`]

/** Returns a text that the build put into the page for its whole group, such as the kinds of mail. */
export const textOf = (key: string): string | undefined => texts[key]

/** Returns the name of an event of the audit. */
export const eventWord = (event: string): string | undefined => texts[`event.${event}`]
