import { storable } from '../../../src/domain/hashes/foreign.ts'
import { Stop } from '../../lib/database.ts'
import type { Fields } from '../reading/entry.ts'
import type { SourceName } from '../sources/sources.ts'
import { digestOf, type Hashing, wrapped } from './hashing.ts'
import { whyNot } from './unusable.ts'
import { rewritten } from './written.ts'

/** What a Firebase project hashes with: the same for all its users. */
export type FirebaseConfig = { n: string; rounds: string; separator: string; signerKey: string }

/** As the console shows it ("Password hash parameters"). @throws Stop where something is missing */
export const readFirebaseConfig = (text: string): FirebaseConfig => {
  const value = (name: string) => {
    const found = new RegExp(`${name}["']?\\s*[:=]\\s*["']?([A-Za-z0-9+/_=-]+)`).exec(text)?.[1]
    if (!found) throw new Stop(`The hash config has no ${name}.`)
    return found
  }
  return {
    n: value('mem_cost'),
    rounds: value('rounds'),
    separator: value('base64_salt_separator'),
    signerKey: value('base64_signer_key'),
  }
}

/** `written` is the hash as it came, for its kind. */
type Found = { none: true } | { stored: string; written: string } | { why: string; written?: string }

export type Passwords = { source: SourceName; firebase: FirebaseConfig | undefined; hashing: Hashing }

const written = (value: string, fields: Fields, { source, firebase, hashing }: Passwords): string | { why: string } => {
  const { digest } = hashing
  if (digest) {
    const salt = digest.salt === undefined ? '' : fields[digest.salt]
    return typeof salt === 'string' ? digestOf(value, salt, digest) : { why: `has no ${digest.salt}` }
  }
  if (source !== 'firebase') return wrapped(rewritten(value, source), hashing)
  if (!firebase) throw new Stop('Passwords of Firebase need --hash-config FILE: the parameters that its console shows.')
  if (typeof fields.salt !== 'string') return { why: 'has no salt' }
  const { n, rounds, separator, signerKey } = firebase
  return `$fbscrypt$v=1,n=${n},r=${rounds},p=1,ss=${separator},sk=${signerKey}$${fields.salt}$${value}`
}

/** What of a user's hash is kept: none where there was none, or why none can be. */
export const hashOf = (given: unknown, fields: Fields, passwords: Passwords): Found => {
  // Django and others write `!` or `*` where nobody can log in with a password.
  if (given === undefined || (typeof given === 'string' && /^[!*]/.test(given))) return { none: true }
  if (typeof given !== 'string') return { why: 'is not text' }
  const value = given.trim()
  const hash = written(value, fields, passwords)
  if (typeof hash !== 'string') return { ...hash, written: value }
  const stored = storable(hash)
  return stored ? { stored, written: hash } : { why: whyNot(hash), written: value }
}
