import { type Language, say } from '../domain/languages.ts'
import type { LinkPurpose } from '../domain/mails.ts'
import type { Letter } from '../domain/ports/mailer.ts'
import type { TextKey } from './structures.ts'

/** All texts of mails in one language. */
export type Texts = Record<TextKey, string>

/** A language with its texts. */
export type Words = { language: Language; texts: Texts }

/** The place of a value in a text, and the value. */
export type Values = Record<string, string | number>

/** Returns `30 minutes`, `24 hours`, `7 days`: the largest unit without a remainder, and days only from two on. */
export const lifetime = ({ createdAt, expiresAt }: Pick<Letter, 'createdAt' | 'expiresAt'>, language: Language) => {
  const minutes = Math.round((expiresAt.getTime() - createdAt.getTime()) / 60_000)
  const [unit, size] =
    minutes % 1440 === 0 && minutes > 1440
      ? (['day', 1440] as const)
      : minutes % 60 === 0
        ? (['hour', 60] as const)
        : (['minute', 1] as const)
  const format = { style: 'unit', unit, unitDisplay: 'long', useGrouping: false } as const
  return new Intl.NumberFormat(language, format).format(minutes / size)
}

/**
 * Returns `21 Nov 2026 at 14:05 UTC`, or what the language has for it. ECMA-262 fixes the format of `toUTCString`; that
 * of `Intl` depends on the runtime's version of CLDR.
 */
export const atTime = (time: Date, language: Language): string => {
  const text = time.toUTCString()
  if (language === 'en') return `${text.slice(5, 16)} at ${text.slice(17, 22)} UTC`
  return new Intl.DateTimeFormat(language, {
    ...{ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ...{ timeZone: 'UTC', timeZoneName: 'short', calendar: 'gregory' },
  }).format(time)
}

/** Returns the code of the mail in two groups, which are easier to type. @throws {TypeError} if the mail has none */
export const codeIn = ({ kind, code }: Letter): string => {
  if (code === undefined) throw new TypeError(`A mail of kind ${kind} needs its code`)
  return code.replace(/(?=.{4}$)/, ' ')
}

/** Returns the link's token. @throws {TypeError} if the mail does not have it */
export const tokenOf = ({ kind, tokens }: Letter, purpose: LinkPurpose): string => {
  const token = tokens[purpose]
  if (token === undefined) throw new TypeError(`A mail of kind ${kind} needs the token of its ${purpose}`)
  return token
}

/** Returns `Firefox on Linux, near Berlin, DE`, as far as it is known. */
const device = ({ browser, os, city, country }: Letter['detail'], text: (key: TextKey, values: Values) => string) => {
  const what = browser && os ? text('device_on', { browser, os }) : (browser ?? os)
  const place = city && country ? text('place', { city, country }) : (city ?? country)
  if (!place) return what
  return what ? text('device_near', { device: what, place }) : text('near', { place })
}

/**
 * Returns the values that may stand in the texts of a mail, by name. The names are the same in every language.
 *
 * - `at`, `until`: when it was caused, and when its link or what it is about ends; `lifetime`: the time between
 * - `circumstances`: a sentence with the time and origin of the request. An admin's device is not disclosed
 * - `asked`: time and origin for the end of a sentence
 * - `address`, `account`: an address that src/domain has masked, because a requester chose it
 */
export const valuesOf = (letter: Letter, app: string, { language, texts }: Words): Values => {
  const { createdAt, expiresAt, detail } = letter
  const text = (key: TextKey, values: Values = {}) => say(texts[key], values, language)
  const at = atTime(createdAt, language)
  const whence = device(detail, text)
  const known = whence ?? text('device_unknown')
  return {
    app,
    at,
    until: atTime(detail.until ? new Date(Number(detail.until)) : expiresAt, language),
    lifetime: lifetime(letter, language),
    device: known,
    circumstances: detail.by === 'admin' ? text('by_admin', { app, at }) : text('by_visitor', { at, device: known }),
    asked: whence ? text('asked_from', { at, device: whence }) : text('asked', { at }),
    address: detail.address ?? text('address_hidden'),
    account: detail.account ?? text('account_hidden'),
    left: detail.left ?? '',
  }
}
