import type { Language } from '../../src/domain/languages.ts'

/** Name → text. */
export type Texts = Record<string, string>

const place = /\{(\w+)(?:, plural,((?: \w+ \{[^{}]*\})+))?\}/g

type Place = { name: string; forms: string[] | undefined }

const placesOf = (text: string): Place[] =>
  [...text.matchAll(place)].map(([, name, forms]) => ({
    name: name!,
    forms: forms && [...forms.matchAll(/(\w+) \{/g)].map(([, form]) => form!),
  })) as Place[]

const namesOf = (text: string) => [...new Set(placesOf(text).map(({ name }) => name))].sort()

/** Control characters, and marks that change the direction of text or are not visible. */
const hidden = /[\p{Cc}\p{Zl}\p{Zp}\u200b\u200e\u200f\u061c\u2060\u202a-\u202e\u2066-\u2069\ufeff]/u

/** A mail's subject should be seen whole in a list (RFC 5322 §2.1.1 recommends lines of 78); this is the most. */
const longestSubject = 120

/** Texts that may be empty: the operator fills them. */
const mayBeEmpty = new Set(['mail.footer'])

/** Words that a language may share with English. */
const fewWords = 4

/** Returns what is wrong with the form of a text; undefined if nothing is. */
const faultOf = (key: string, text: unknown, english: string, tag: Language): string | undefined => {
  if (typeof text !== 'string') return 'is not a text'
  if (text === '') return mayBeEmpty.has(key) ? undefined : 'is empty'
  if (text.trim() !== text) return 'begins or ends with white space'
  if (hidden.test(text) || !text.isWellFormed()) return 'contains a control character or an invisible mark'
  if (text.normalize('NFC') !== text) return 'is not in Unicode NFC'
  if (/[<>]/.test(text)) return 'contains < or >: texts are no markup'
  if (/[{}]/.test(text.replace(place, ''))) return 'has a brace that belongs to no place'
  if (namesOf(text).join() !== namesOf(english).join())
    return `must name {${namesOf(english).join('}, {')}} and no other place`
  const wanted = new Intl.PluralRules(tag).resolvedOptions().pluralCategories
  for (const { name, forms } of placesOf(text))
    if (forms && [...forms].sort().join() !== [...wanted].sort().join())
      return `needs the plural forms ${wanted.join(', ')} of {${name}}`
  if (key.endsWith('.subject') && text.length > longestSubject) return `is longer than ${longestSubject} characters`
  return undefined
}

/**
 * Returns what is wrong with the texts of a language, a line each.
 * @param english the texts of English, whose names and places count
 * @param whole whether every text must be there
 */
export const faultsOf = (texts: Texts, english: Texts, tag: Language, { whole }: { whole: boolean }): string[] => [
  ...(whole ? Object.keys(english).filter((key) => !(key in texts)) : []).map((key) => `${key}: is missing`),
  ...Object.entries(texts).flatMap(([key, text]) => {
    if (!Object.hasOwn(english, key)) return `${key}: is not a text of i18n/en.json`
    const fault = faultOf(key, text, english[key]!, tag)
    if (fault) return `${key}: ${fault}`
    const same = whole && tag !== 'en' && text === english[key] && text.split(' ').length > fewWords
    return same ? `${key}: is English` : []
  }),
]
