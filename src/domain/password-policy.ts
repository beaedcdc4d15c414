import { AuthError } from './errors.ts'
import { fold, isDecorated, isRun, repeatedPart, wordsOf, wordsWithin } from './password-patterns.ts'
import type { ErrorCode } from './problems.ts'

/** In code points, like every password length here (NIST SP 800-63B-4 §3.1.1.2: each counts as one character). */
export const maxPasswordLength = 256

/**
 * NFC turns at most six UTF-16 units into one code point (U+16D6A), so a text with more units than this is too long.
 */
const maxUnits = maxPasswordLength * 6

/**
 * The least PASSWORD_MIN_LENGTH. A password that is mostly runs, or repeats a part, must have this many characters
 * without the runs, or in that part.
 */
const shortest = 8

/** The account the password is for: attackers try words of it first (ASVS 5.0 6.2.11). */
export type PasswordContext = { appName: string; email: string; name: string | null }

/**
 * Normalises a password to NFC before it is measured and hashed, so that the same characters typed on another keyboard
 * are the same password. NFKC would merge passwords that look different.
 */
export const normalizePassword = (password: string): string => password.normalize('NFC')

const readList = (text: string): ReadonlySet<string> => {
  const list = new Set<string>()
  let before = ''
  for (const [entry] of text.matchAll(/[A-Z][^A-Z]*/g)) {
    before = before.slice(0, entry.charCodeAt(0) - 'A'.charCodeAt(0)) + entry.slice(1)
    list.add(before)
  }
  return list
}

let common: Promise<ReadonlySet<string>> | undefined

/** Loaded when the first password is set, since most requests never need it. */
const commonPasswords = () => {
  common ??= import('./common-passwords.ts').then((module) => readList(module.commonPasswords))
  return common
}

const advice = 'Three or four unrelated words make a good password.'

const reasons = {
  listed: `This is one of the most common passwords, or little more than one. ${advice}`,
  pattern: `This is a repetition or a row of keys, letters or numbers. ${advice}`,
  context: `This is little more than your name, your e-mail address or the name of this service. ${advice}`,
}

/** The list and the words are compared without case: an attacker tries capital letters next. */
const tooCommon = async (password: string, context: PasswordContext): Promise<keyof typeof reasons | undefined> => {
  // ASVS 5.0 6.2.5: fifteen spaces or fifteen times the same emoji are allowed; no guessing list begins with them.
  if (!/[!-~\p{L}\p{N}]/u.test(password)) return undefined
  const whole = [...fold(password)]
  const part = repeatedPart(whole)
  const { appName, email, name } = context
  const own = [appName, name ?? '', email, email.slice(0, email.lastIndexOf('@'))]
  if (own.some((text) => fold(text) === part.join('')) || isDecorated(part, wordsOf(own))) return 'context'
  if (isRun(part, shortest) || (part.length < shortest && part.length < whole.length)) return 'pattern'
  const list = await commonPasswords()
  if ([part.join(''), ...wordsWithin(part)].some((word) => list.has(word))) return 'listed'
  return undefined
}

/**
 * Refuses a new password that breaks a rule. Every operation that sets a password calls this. Log-in does not, so that
 * passwords older than a rule keep working. The whole password is compared, never a part of it:
 * `my-qwerty-mug-fell-down` is fine.
 * @param field the member of the input that contains the password
 * @param minLength in code points
 * @throws AuthError `password_too_short`, `password_too_long` or `password_too_common`, each with its reason
 */
export const checkNewPassword = async (
  password: string,
  { field, minLength, context }: { field: string; minLength: number; context: PasswordContext },
): Promise<void> => {
  const refuse = (code: ErrorCode, detail: string) => new AuthError(code, { detail, errors: [{ field, code, detail }] })
  const tooLong = () => refuse('password_too_long', `Use at most ${maxPasswordLength} characters.`)

  if (password.length > maxUnits) throw tooLong()
  const normalized = normalizePassword(password)
  const length = [...normalized].length
  if (length > maxPasswordLength) throw tooLong()
  if (length < minLength) throw refuse('password_too_short', `Use at least ${minLength} characters. ${advice}`)
  const reason = await tooCommon(normalized, context)
  if (reason) throw refuse('password_too_common', reasons[reason])
}
