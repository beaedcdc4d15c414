/**
 * What an attacker tries besides lists: repetitions, runs of keys, and words that belong to the account. None of this
 * is a composition rule (NIST SP 800-63B-4 §3.1.1.2 forbids those): a password is judged as a whole. For the longest
 * password all checks take a few milliseconds; no regular expression here can backtrack.
 */

/** Keys next to each other, and characters that follow each other in counting or in the alphabet. */
const walks = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  '!@#$%^&*()',
  'qwertyuiop[]',
  'asdfghjkl;',
  'zxcvbnm,./',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik',
  'qazwsxedcrfvtgbyhnujmikolp',
]
const lanes = [...walks, ...walks.map((walk) => [...walk].reverse().join(''))].join('\n')

const runFrom = (characters: string[], start: number): number => {
  let same = start + 1
  while (same < characters.length && characters[same] === characters[start]) same++
  let walk = start + 1
  while (walk < characters.length && lanes.includes(characters.slice(start, walk + 1).join(''))) walk++
  // Shorter runs occur in ordinary words: `street` contains `tre`, `bookkeeper` has three double letters.
  return Math.max(same - start >= 3 ? same - start : 0, walk - start >= 4 ? walk - start : 0)
}

/** Returns the characters without runs such as `aaa`, `1234`, `qwerty`, in either direction. */
const outsideRuns = (characters: string[]): string[] => {
  const others: string[] = []
  for (let at = 0; at < characters.length; ) {
    const length = runFrom(characters, at)
    if (length === 0) others.push(characters[at]!)
    at += length || 1
  }
  return others
}

/** Whether more than half of the password is runs and the rest is too short for a password. */
export const isRun = (characters: string[], shortest: number): boolean => {
  const others = outsideRuns(characters)
  return others.length < characters.length / 2 && others.length < shortest
}

/**
 * Returns the shortest piece that the whole repeats, the last time possibly cut short (`letmein letmein`). A text
 * without repetition is returned whole.
 */
export const repeatedPart = (characters: string[]): string[] => {
  // The failure function of Knuth, Morris and Pratt: the length of the longest prefix that ends at each position.
  const borders = [0]
  for (let at = 1, border = 0; at < characters.length; at++) {
    while (border > 0 && characters[at] !== characters[border]) border = borders[border - 1]!
    if (characters[at] === characters[border]) border++
    borders.push(border)
  }
  const period = characters.length - (borders.at(-1) ?? 0)
  return period * 2 <= characters.length + 1 ? characters.slice(0, period) : characters
}

/**
 * The most characters around a word that count as its decoration: enough for a date with dots or a phone number. A
 * repeated part counts once, and runs do not count.
 */
const mostDecoration = 10

const isLetter = (character: string) => /^\p{L}$/u.test(character)

/** Signs that stand for a letter. `1` and `!` stand for i or l, hence two readings. */
const disguises = ['oieastbgasit', 'oleastbgaslt'].map(
  (letters) => new Map([...'01345789@$!+'].map((sign, at) => [sign, letters[at]!])),
)

/**
 * Returns the words that the password may decorate: digits and signs before, after and between the letters are left out
 * or read as the letters they resemble. Empty if more is left out than decoration would explain.
 */
export const wordsWithin = (characters: string[]): string[] => {
  const first = characters.findIndex(isLetter)
  const last = characters.findLastIndex(isLetter)
  const words: string[] = []
  if (first < 0) return words
  // A disguised letter may begin or end the word: `$1lver`, `@dmin`, `hell0`.
  for (let start = first; start >= Math.max(0, first - 3); start--)
    for (let end = last + 1; end <= Math.min(characters.length, last + 4); end++)
      for (const disguise of [undefined, ...disguises]) {
        const outside = [...characters.slice(0, start), ...characters.slice(end)]
        const word: string[] = []
        for (const character of characters.slice(start, end)) {
          if (isLetter(character)) word.push(character)
          else if (disguise?.has(character)) word.push(disguise.get(character)!)
          else outside.push(character)
        }
        if (outsideRuns(repeatedPart(outside)).length <= mostDecoration) words.push(word.join(''))
      }
  return words
}

const withoutDoubles = (word: string) => [...word].filter((letter, at, letters) => letter !== letters[at - 1]).join('')

/** Returns the text for comparison: without case, accents and other marks. */
export const fold = (text: string): string => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')

/** Returns the words in the texts: the letters of each whole text, and its parts of three letters or more. */
export const wordsOf = (texts: string[]): string[] => {
  const words = texts.map(fold).flatMap((text) => [text.replace(/\P{L}/gu, ''), ...text.split(/\P{L}+/u)])
  return [...new Set(words.filter((word) => [...word].length >= 3).map(withoutDoubles))]
}

const isMadeOf = (text: string, words: string[]): boolean => {
  const reached = new Set([0])
  for (const end of reached) for (const word of words) if (text.startsWith(word, end)) reached.add(end + word.length)
  return reached.has(text.length)
}

/** Whether the password is nothing but these words, decorated as in `wordsWithin` or with repeated characters. */
export const isDecorated = (characters: string[], words: string[]): boolean =>
  [characters, outsideRuns(characters)].flatMap(wordsWithin).some((word) => isMadeOf(withoutDoubles(word), words))
