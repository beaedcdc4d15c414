import { unicodeDomain } from '../domain/punycode.ts'

/**
 * Text that the search index holds besides address and name, so that people are found by another spelling. Its columns
 * begin with the original text: if an older release changes the original without the column, the column no longer
 * counts (view `users_text`), and the cron rewrites it (`search-upkeep.ts`).
 */

/** Letters that no Unicode decomposition splits, and signs that keyboards have in two forms. */
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

/** Accents and points of scripts that can be read without them; not Indic vowels or voiced kana. */
const accents = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/g

/**
 * Returns one spelling for all that people would consider the same: canonical and compatible equivalents, case (ß as
 * ss, dotless i as i), accents, kinds of spaces, hyphens and apostrophes. Invisible characters are removed.
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

/** Scripts in which one or two characters can be a name: a search may start at each of them. */
const dense = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u

/**
 * Returns a field of the index: two line feeds and the text (see migration 0001), and then, for each further dense
 * character, two line feeds, this character and the next one, so that a search can begin there.
 */
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

/** Returns the search columns for a new row or a change, for each member that is present. */
export const searchText = ({ email, emailCanonical, name, phone }: Searched) => ({
  ...(email !== undefined && emailCanonical !== undefined && { searchEmail: ofEmail(email, emailCanonical) }),
  ...(name !== undefined && { searchName: ofName(name) }),
  ...(phone !== undefined && { searchPhone: phone }),
})

const digits = (text: string) => text.replace(/[^+\d]/g, '')

/**
 * Returns the spellings of a phone number to search for: with `+` for a leading `00`, and without the leading 0 of a
 * national number. Empty for other text.
 */
const numbers = (text: string) =>
  /^\+?[\d ().\-/]+$/.test(text) && digits(text).length > 2
    ? [digits(text).replace(/^00/, '+'), digits(text).replace(/^0/, '')]
    : []

/**
 * Returns the FTS5 query: the words as given, in quotes; one or two letters match only at a beginning (see migration
 * 0001).
 */
const phrase = (text: string) => `"${'\n'.repeat(Math.max(0, 3 - [...text].length))}${text.replaceAll('"', '""')}"`

/** Returns the query for any spelling. The text as typed also finds rows whose search text was not folded yet. */
export const matching = (search: string): string => {
  const plain = folded(search)
  const spellings = new Set([search.toLowerCase(), plain, ...numbers(plain)])
  return [...spellings]
    .filter((text) => text !== '')
    .map(phrase)
    .join(' OR ')
}
