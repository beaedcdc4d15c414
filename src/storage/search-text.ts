import { unicodeDomain } from '../domain/punycode.ts'

/**
 * What the index of users holds besides address and name as they are written, so that people are found by another
 * spelling. It is kept in columns beside what it was made of and begins with that: where somebody who does not know of it
 * changes the one, the other no longer counts (view `users_text`), and the cron makes it anew (`search-upkeep.ts`).
 */

/** Letters that no decomposition takes apart, and signs that keyboards have two of. */
const plain: Record<string, string> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'ng',
  ς: 'σ',
  '’': "'",
  '‘': "'",
  ʼ: "'",
}

/** Accents and points of the scripts that are read without them as well; not the vowels of Indic ones, or voiced kana. */
const accents = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/g

/**
 * One spelling of all that a person would take for the same: canonical and compatible equivalents, case (ß as ss, a dotless
 * i as i), accents, kinds of spaces, hyphens and apostrophes; without characters that nobody sees.
 */
export const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(accents, '')
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(accents, '')
    .replace(/[æœøłđðþħŧŋς’‘ʼ]/g, (letter) => plain[letter]!)
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/\p{Zs}/gu, ' ')
    .normalize('NFC')

/** Scripts without spaces, where one or two characters are a name: each of them is the beginning of something. */
const dense = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u

/** As a field of the index: behind two line feeds (see migration 0001), and again from each dense character on. */
const entry = (text: string): string => {
  const letters = [...folded(text)]
  const starts = letters.flatMap((letter, at) =>
    at > 0 && dense.test(letter) ? `\n\n${letter}${letters[at + 1] ?? ''}` : [],
  )
  return `\n\n${letters.join('')}${starts.join('')}\n`
}

const ofName = (name: string | null) => (name === null || /^[ -~]*$/.test(name) ? null : name + entry(name))

const ofEmail = (email: string, canonical: string) => {
  const at = canonical.lastIndexOf('@')
  if (!canonical.includes('xn--')) return null
  const domain = unicodeDomain(canonical.slice(at + 1))
  return email + (domain ? entry(`${canonical.slice(0, at)}@${domain}`) : '\n')
}

type Searched = { email?: string; emailCanonical?: string; name?: string | null; phone?: string | null }

/** The columns of search that go with a row, or with a change: of each member that is there. */
export const searchText = ({ email, emailCanonical, name, phone }: Searched) => ({
  ...(email !== undefined && emailCanonical !== undefined && { searchEmail: ofEmail(email, emailCanonical) }),
  ...(name !== undefined && { searchName: ofName(name) }),
  ...(phone !== undefined && { searchPhone: phone }),
})

const digits = (text: string) => text.replace(/[^+\d]/g, '')

/** A number as it is dialled or written may have zeros before it that E.164 has not, or has a plus for. */
const numbers = (text: string) =>
  /^\+?[\d ().\-/]+$/.test(text) && digits(text).length > 2
    ? [digits(text).replace(/^00/, '+'), digits(text).replace(/^0/, '')]
    : []

/** What FTS5 is asked: the words as they are, in quotes; one or two letters only at a beginning (see migration 0001). */
const phrase = (text: string) => `"${'\n'.repeat(Math.max(0, 3 - [...text].length))}${text.replaceAll('"', '""')}"`

/** In any of its spellings. As it was typed it finds those too whose text was not folded yet. */
export const matching = (search: string): string => {
  const plain = folded(search)
  const spellings = new Set([search.toLowerCase(), plain, ...numbers(plain)])
  return [...spellings]
    .filter((text) => text !== '')
    .map(phrase)
    .join(' OR ')
}
