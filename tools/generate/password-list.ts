import { dictionary } from '@zxcvbn-ts/language-common'

/** ASVS 5.0 6.2.4 asks for the 3,000 most common that the policy would let through; at the default, 8 characters and more. */
const long = { from: 8, count: 5000 }
/** Where PASSWORD_MIN_LENGTH is higher, few of those are left: from here on every one of the source. */
const veryLong = 12
/** Words too short to be a password, with which `Summer2026!` is made. */
const words = { pattern: /^[a-z]{4,7}$/, count: 1000 }

/** Most common first. A back-tick or backslash would end or change the literal they are written into. */
const ranked = [...new Set(dictionary['passwords-common'].map((entry) => entry.toLowerCase()))].filter((entry) =>
  /^[!-[\]-_a-~]+$/.test(entry),
)
const usable = ranked.filter((entry) => entry.length >= long.from)

/** The passwords and words that are refused as common. */
export const commonList: ReadonlySet<string> = new Set([
  ...usable.slice(0, long.count),
  ...usable.filter((entry) => entry.length >= veryLong),
  ...ranked.filter((entry) => words.pattern.test(entry)).slice(0, words.count),
])
