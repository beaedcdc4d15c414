import type { Texts } from '../../../cli/words/faults.ts'

/**
 * The pseudo-language `en-XA` of CLDR: English with accents, longer, and in brackets. A page in it shows which words do
 * not come from `i18n/`, and what a longer language would push out of the window.
 */

const plain = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const accented = 'áƀçđéƒĝĥíĵķļɱñöþǫŕšţûṽŵẋýžÁƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ'

const withAccents = (text: string) => text.replace(/[a-z]/gi, (letter) => accented[plain.indexOf(letter)]!)

/** Places of a text, as `say` in src/domain/languages.ts reads them. */
const place = /\{\w+(?:, plural,(?: \w+ \{[^{}]*\})+)?\}/g

/** How much longer than English a text of any length may be (W3C, "Text size in translation"). */
const longer = 0.4

/** Returns a text of the catalogue in the pseudo-language. Its places and plural forms stay. */
export const pseudo = (text: string): string => {
  if (text === '') return ''
  const places = [...text.matchAll(place)].map(([whole]) =>
    whole.replace(/(\w+) \{([^{}]*)\}/g, (_, form: string, said: string) => `${form} {${withAccents(said)}}`),
  )
  const words = text.split(place).map((part, at) => withAccents(part) + (places[at] ?? ''))
  const more = ' ẋẋẋẋ'.repeat(Math.ceil((text.length * longer) / 5))
  return `⟦${words.join('')}${more}⟧`
}

export const pseudoTexts = (texts: Texts): Texts =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, pseudo(text)]))

/** A text of the catalogue, which may have others in its places. */
const known = /⟦[^⟦⟧]*⟧/g

/** Returns what is left of a text without the parts that came from the catalogue; nothing if no letter is left. */
export const foreignIn = (text: string): string => {
  let left = text
  while (known.test(left)) left = left.replace(known, '')
  return /\p{L}/u.test(left) ? left.trim() : ''
}
