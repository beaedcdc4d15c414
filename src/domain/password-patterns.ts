/**
 * What a guesser tries besides lists: repetitions, runs of keys, and words that belong to the account. Nothing here is
 * a rule of composition (NIST SP 800-63B-4 §3.1.1.2 forbids those): a password is judged as a whole.
 * At the longest password all of it takes a few milliseconds; no regular expression here can backtrack.
 */

/** Keys that lie side by side, and characters that follow each other in counting or in the alphabet. */
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
  // Shorter ones stand in ordinary words: `street` has `tre`, `bookkeeper` has two of a kind three times.
  return Math.max(same - start >= 3 ? same - start : 0, walk - start >= 4 ? walk - start : 0)
}

/** What is left without runs: `aaa`, `1234`, `qwerty`, either way round. */
const outsideRuns = (characters: string[]): string[] => {
  const others: string[] = []
  for (let at = 0; at < characters.length; ) {
    const length = runFrom(characters, at)
    if (length === 0) others.push(characters[at]!)
    at += length || 1
  }
  return others
}

/** More than half of it is runs, and what is left would be too short to be a password. */
export const isRun = (characters: string[], shortest: number): boolean => {
  const others = outsideRuns(characters)
  return others.length < characters.length / 2 && others.length < shortest
}

/** The shortest piece that the whole repeats, the last time perhaps cut (`letmein letmein`); the whole if there is none. */
export const repeatedPart = (characters: string[]): string[] => {
  // The failure function of Knuth, Morris and Pratt: how much of the beginning comes again at each end.
  const borders = [0]
  for (let at = 1, border = 0; at < characters.length; at++) {
    while (border > 0 && characters[at] !== characters[border]) border = borders[border - 1]!
    if (characters[at] === characters[border]) border++
    borders.push(border)
  }
  const period = characters.length - (borders.at(-1) ?? 0)
  return period * 2 <= characters.length + 1 ? characters.slice(0, period) : characters
}

/** A date with its dots or a telephone number about a word still leaves the word. Runs and repetitions do not count. */
const mostDecoration = 10

const isLetter = (character: string) => /^\p{L}$/u.test(character)

/** What stands for a letter; `1` and `!` for i or for l, so that there are two readings. */
const disguises = ['oieastbgasit', 'oleastbgaslt'].map(
  (letters) => new Map([...'01345789@$!+'].map((sign, at) => [sign, letters[at]!])),
)

/**
 * The words that the password may be a decorated form of: digits and signs before, after and between its letters left
 * out, or read as the letters they look like. None where what is left out is too much to be decoration.
 */
export const wordsWithin = (characters: string[]): string[] => {
  const first = characters.findIndex(isLetter)
  const last = characters.findLastIndex(isLetter)
  const words: string[] = []
  if (first < 0) return words
  // A disguised letter may be the word's first or last ones: `$1lver`, `@dmin`, `hell0`.
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

/** What is compared: without case, accents and other marks. */
export const fold = (text: string): string => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')

/** The words of some texts: each whole, and its parts of three letters and more. */
export const wordsOf = (texts: string[]): string[] => {
  const words = texts.map(fold).flatMap((text) => [text.replace(/\P{L}/gu, ''), ...text.split(/\P{L}+/u)])
  return [...new Set(words.filter((word) => [...word].length >= 3).map(withoutDoubles))]
}

const isMadeOf = (text: string, words: string[]): boolean => {
  const reached = new Set([0])
  for (const end of reached) for (const word of words) if (text.startsWith(word, end)) reached.add(end + word.length)
  return reached.has(text.length)
}

/** Nothing but these words, one or several, decorated as `wordsWithin` says or by repeated characters. */
export const isDecorated = (characters: string[], words: string[]): boolean =>
  [characters, outsideRuns(characters)].flatMap(wordsWithin).some((word) => isMadeOf(withoutDoubles(word), words))
