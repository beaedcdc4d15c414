import { storable } from '../../src/domain/hashes/foreign.ts'
import { Stop } from '../lib/database.ts'
import type { Fields } from './records.ts'
import type { SourceName } from './sources.ts'

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
const ab64 = (bytes: Buffer) => base64(bytes).replaceAll('+', '.')

/** The same hash in a form that is verified here, for systems that write it in one of their own. */
const rewrites: { form: RegExp; as: (...parts: string[]) => string; only?: SourceName }[] = [
  // Django puts a name before what others write.
  { form: /^bcrypt\$(\$2[aby]\$.+)$/, as: (hash) => hash! },
  { form: /^argon2(\$argon2.+)$/, as: (hash) => hash! },
  {
    form: /^scrypt\$(\d+)\$([^$]+)\$(\d+)\$(\d+)\$([A-Za-z0-9+/]+)=*$/,
    as: (N, salt, r, p, hash) => scrypt(N!, r!, p!, base64(Buffer.from(salt!)), hash!),
  },
  // Werkzeug, which Flask uses.
  {
    form: /^scrypt:(\d+):(\d+):(\d+)\$([^$]+)\$([0-9a-f]+)$/,
    as: (N, r, p, salt, hash) => scrypt(N!, r!, p!, base64(Buffer.from(salt!)), base64(Buffer.from(hash!, 'hex'))),
  },
  {
    form: /^pbkdf2:(sha256|sha512):(\d+)\$([^$]+)\$([0-9a-f]+)$/,
    as: (digest, rounds, salt, hash) =>
      `$pbkdf2-${digest}$${rounds}$${ab64(Buffer.from(salt!))}$${ab64(Buffer.from(hash!, 'hex'))}`,
  },
  {
    form: /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/,
    as: (N, r, p, salt, hash) => scrypt(N!, r!, p!, salt!.replace(/=+$/, ''), hash!.replace(/=+$/, '')),
    only: 'kratos',
  },
]

const scrypt = (N: string, r: string, p: string, salt: string, hash: string) =>
  `$scrypt-imported$ln=${Math.log2(Number(N))},r=${r},p=${p}$${salt}$${hash}`

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
  for (const { form, as, only } of rewrites) {
    const parts = only === undefined || only === source ? form.exec(value) : null
    if (parts) return kept(as(...parts.slice(1)))
  }
  return kept(value)
}

const kept = (hash: string): Found => {
  const stored = storable(hash)
  return stored ? { stored } : { why: 'is no hash that is verified here, or one that costs too much' }
}
