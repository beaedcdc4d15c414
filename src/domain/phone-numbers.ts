import { numberingPlans } from './phone-metadata.ts'

type Plan = [code: string, lengths: string, begins?: string, prefix?: string, whole?: string, replacement?: string]

const plansOf = new Map<string, Plan[]>()
for (const line of numberingPlans.split('\n')) {
  const plan = line.split(' ') as Plan
  plansOf.set(plan[0], [...(plansOf.get(plan[0]) ?? []), plan])
}

const beginning = (pattern: string) => new RegExp(`^(?:${pattern})`)

/**
 * Returns the possible lengths of a number, encoded as letters: `j` means ten digits. If countries share a calling
 * code, the country that claims the number decides.
 */
const lengthsFor = (plans: Plan[], national: string): string =>
  (plans.find(([, , begins]) => begins && beginning(begins).test(national)) ?? plans[0]!)[1]
const letterOf = (national: string) => String.fromCharCode(96 + national.length)

/**
 * Removes the trunk prefix, which many people write although it does not belong after a calling code: `+44 (0)20`. It
 * stays if the number is valid only with it, or too short without it.
 */
const withoutPrefix = (plans: Plan[], digits: string): string => {
  const [, , , prefix, whole, replacement] = plans[0]!
  const leading = prefix ? beginning(prefix) : undefined
  const found = leading?.exec(digits)
  if (!leading || !found) return digits
  // The last group is the rest of the number, for example after a carrier code.
  const replaces = replacement && found.length > 1 && found.at(-1)
  const national = replaces ? digits.replace(leading, replacement) : digits.slice(found[0].length)
  const isNumber = beginning(`(?:${whole})$`)
  if (isNumber.test(digits) && !isNumber.test(national)) return digits
  const lengths = lengthsFor(plans, national)
  const fits = lengths.includes(letterOf(national)) || letterOf(national) > lengths.at(-1)!
  return fits ? national : digits
}

/** Full-width digits and both kinds of Arabic digits. The last four bits of each are its value. */
const foreignDigit = /[\uff10-\uff19\u0660-\u0669\u06f0-\u06f9]/g
/** Allowed between digits: dashes, slashes, dots, spaces, brackets and tildes, also full-width ones. */
const form = /^\+[\d\-\u2010-\u2015\u2212\u30fc\uff0d\uff0f/\uff0e. ()\uff08\uff09\uff3b\uff3d[\]~\u2053\u223c\uff5e]*$/
/** A tilde before the last few digits begins an extension; a number with an extension is refused. */
const extension = /[~\uff5e][.\uff0e]?[ -]*\d{1,9}$/

/**
 * Returns the E.164 form of a number written internationally, with `+` and with spaces as its only white space.
 * Undefined if the text as a whole is not a number, or if no country of its calling code has numbers of that length.
 * libphonenumber calls such a number possible; new number ranges are therefore accepted.
 */
export const parseNumber = (text: string): string | undefined => {
  const written = text.replace(foreignDigit, (digit) => `${digit.charCodeAt(0) & 15}`)
  const digits = written.replace(/\D/g, '')
  if (text.length > 250 || digits.length < 3 || !form.test(written) || extension.test(written)) return
  const code = [1, 2, 3].map((length) => digits.slice(0, length)).find((start) => plansOf.has(start))
  const plans = code && plansOf.get(code)
  if (!plans) return
  const national = withoutPrefix(plans, digits.slice(code.length))
  if (national.length < 2 || !lengthsFor(plans, national).includes(letterOf(national))) return
  return `+${code}${national}`
}
