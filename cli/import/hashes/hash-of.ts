import { storable } from '../../../src/domain/hashes/foreign.ts'
import { Stop } from '../../lib/database.ts'
import type { Fields } from '../reading/entry.ts'
import type { SourceName } from '../sources/sources.ts'
import { digestOf, type Hashing, wrapped } from './hashing.ts'
import { whyNot } from './unusable.ts'
import { rewritten } from './written.ts'

/** The password hash parameters of a Firebase project, which all its users share. */
export type FirebaseConfig = { n: string; rounds: string; separator: string; signerKey: string }

/** Parses what the console shows under "Password hash parameters". @throws Stop if something is missing */
export const readFirebaseConfig = (text: string): FirebaseConfig => {
  const value = (name: string) => {
    const found = new RegExp(`${name}["']?\\s*[:=]\\s*["']?([A-Za-z0-9+/_=-]+)`).exec(text)?.[1]
    if (!found)
      throw new Stop(
        `The --hash-config file has no ${name}. Copy all of "Password hash parameters" from Firebase's console.`,
      )
    return found
  }
  return {
    n: value('mem_cost'),
    rounds: value('rounds'),
    separator: value('base64_salt_separator'),
    signerKey: value('base64_signer_key'),
  }
}

/** `written` is the text from which `kindOf` derives the kind of the hash. */
type Found = { none: true } | { stored: string; written: string } | { why: string; written?: string }

export type Passwords = { source: SourceName; firebase: FirebaseConfig | undefined; hashing: Hashing }

/** Returns a hash in a form that is verified here, if such a form exists; or why it cannot be verified. */
const written = (value: string, fields: Fields, { source, firebase, hashing }: Passwords): string | { why: string } => {
  const { digest } = hashing
  if (digest) {
    const salt = digest.salt === undefined ? '' : fields[digest.salt]
    return typeof salt === 'string' ? digestOf(value, salt, digest) : { why: `has no ${digest.salt}` }
  }
  if (source !== 'firebase') return wrapped(rewritten(value, source), hashing)
  if (!firebase)
    throw new Stop("Passwords of Firebase need --hash-config FILE, with the parameters that Firebase's console shows.")
  if (typeof fields.salt !== 'string') return { why: 'has no salt' }
  const { n, rounds, separator, signerKey } = firebase
  return `$fbscrypt$v=1,n=${n},r=${rounds},p=1,ss=${separator},sk=${signerKey}$${fields.salt}$${value}`
}

/** Returns what to store for a user's hash, or why it cannot be verified; `none` for a user without a hash. */
export const hashOf = (given: unknown, fields: Fields, passwords: Passwords): Found => {
  // Django and others write `!` or `*` for a user who cannot log in with a password.
  if (given === undefined || (typeof given === 'string' && /^[!*]/.test(given))) return { none: true }
  if (typeof given !== 'string') return { why: 'is not text' }
  const value = given.trim()
  const hash = written(value, fields, passwords)
  if (typeof hash !== 'string') return { ...hash, written: value }
  const stored = storable(hash)
  return stored ? { stored, written: hash } : { why: whyNot(hash), written: value }
}
