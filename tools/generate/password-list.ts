import { dictionary } from '@zxcvbn-ts/language-common'

/**
 * ASVS 5.0 6.2.4 requires the 3,000 most common passwords that the policy would otherwise accept: at the default, 8
 * characters or more.
 */
const long = { from: 8, count: 5000 }
/** With a higher PASSWORD_MIN_LENGTH few of those remain, so every source entry of at least this length is included. */
const veryLong = 12
/** Words too short for a password, from which `Summer2026!` is made. */
const words = { pattern: /^[a-z]{4,7}$/, count: 1000 }

/** Most common first. A back-tick or backslash would end or change the literal that they are written into. */
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
