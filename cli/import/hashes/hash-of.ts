import { storable } from '../../../src/domain/hashes/foreign.ts'
import { Stop } from '../../lib/database.ts'
import type { Fields } from '../records.ts'
import type { SourceName } from '../sources.ts'
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

type Found = { none: true } | { stored: string } | { why: string }

/** What of a user's hash is kept: none where there was none, or why none can be. */
export const hashOf = (
  value: unknown,
  { source, fields, firebase }: { source: SourceName; fields: Fields; firebase: FirebaseConfig | undefined },
): Found => {
  // Django and others write `!` or `*` where nobody can log in with a password.
  if (value === undefined || (typeof value === 'string' && /^[!*]/.test(value))) return { none: true }
  if (typeof value !== 'string') return { why: 'is not text' }
  if (source === 'firebase') {
    if (!firebase)
      throw new Stop('Passwords of Firebase need --hash-config FILE: the parameters that its console shows.')
    if (typeof fields.salt !== 'string') return { why: 'has no salt' }
    const { n, rounds, separator, signerKey } = firebase
    return kept(`$fbscrypt$v=1,n=${n},r=${rounds},p=1,ss=${separator},sk=${signerKey}$${fields.salt}$${value}`)
  }
  return kept(rewritten(value.trim(), source))
}

const kept = (hash: string): Found => {
  const stored = storable(hash)
  return stored ? { stored } : { why: whyNot(hash) }
}
