import { fromBase64 } from './base64.ts'
import type { Derive, ForeignHash } from './format.ts'

const form =
  /^\$(phpass|md5-crypt|sha256-crypt|sha512-crypt)\$([1-9]\d{0,8})(?:,(1|apr1))?\$([A-Za-z0-9+/]{2,128})\$([A-Za-z0-9+/]{22,86})$/
const utf8 = new TextEncoder()

type Hash = {
  (data: Uint8Array): Uint8Array
  create: () => { update: (data: Uint8Array) => unknown; digest: () => Uint8Array }
}

const hashed = (hash: Hash, parts: Uint8Array[]): Uint8Array => {
  const state = hash.create()
  for (const part of parts) state.update(part)
  return state.digest()
}

/** Repeats `bytes` to the given length. */
const repeated = (bytes: Uint8Array, length: number) =>
  Uint8Array.from({ length }, (_, at) => bytes[at % bytes.length]!)

/** Openwall's portable hashes: MD5 of salt and password, then repeatedly of the last digest and the password. */
const phpass =
  (hash: Hash, salt: Uint8Array, rounds: number): Derive =>
  (text) => {
    const password = utf8.encode(text)
    let digest = hashed(hash, [salt, password])
    for (let round = 0; round < rounds; round++) digest = hashed(hash, [digest, password])
    return digest
  }

/**
 * The rounds that crypt(3) with MD5 and with SHA-2 share: each hashes the password, the salt and the last digest, in an
 * order that depends on the number of the round.
 */
const stirred = (hash: Hash, first: Uint8Array, password: Uint8Array, salt: Uint8Array, rounds: number) => {
  let digest = first
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1
    const parts = [odd ? password : digest]
    if (round % 3 > 0) parts.push(salt)
    if (round % 7 > 0) parts.push(password)
    parts.push(odd ? digest : password)
    digest = hashed(hash, parts)
  }
  return digest
}

/** The bits of a length, the least significant first. Each selects one of two parts to hash. */
const bits = (length: number) => [...length.toString(2)].reverse().map((bit) => bit === '1')

/** Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512". */
const shaCrypt =
  (hash: Hash, salt: Uint8Array, rounds: number): Derive =>
  (text) => {
    const password = utf8.encode(text)
    const { length } = password
    const inner = hashed(hash, [password, salt, password])
    const first = hashed(hash, [
      password,
      salt,
      repeated(inner, length),
      ...(length === 0 ? [] : bits(length)).map((set) => (set ? inner : password)),
    ])
    const p = repeated(hashed(hash, Array<Uint8Array>(length).fill(password)), length)
    const s = repeated(hashed(hash, Array<Uint8Array>(16 + first[0]!).fill(salt)), salt.length)
    return stirred(hash, first, p, s, rounds)
  }

/** Poul-Henning Kamp's crypt of FreeBSD, and Apache's, which differs only in the name that it hashes. */
const md5Crypt =
  (hash: Hash, salt: Uint8Array, rounds: number, name: string): Derive =>
  (text) => {
    const password = utf8.encode(text)
    const { length } = password
    const inner = hashed(hash, [password, salt, password])
    const first = hashed(hash, [
      password,
      utf8.encode(`$${name}$`),
      salt,
      repeated(inner, length),
      ...(length === 0 ? [] : bits(length)).map((set) => (set ? new Uint8Array(1) : password.slice(0, 1))),
    ])
    return stirred(hash, first, password, salt, rounds)
  }

/**
 * Reads hashes made of many rounds of a digest, in one form for all: `$sha512-crypt$5000$salt$hash` in base64. The
 * source systems write `$6$`, `$5$`, `$1$`, `$apr1$`, `$P$` and `$H$`, each with its own variant of base64; the import
 * rewrites them.
 */
export const crypts = (stored: string): ForeignHash | undefined => {
  const [, kind, count, name = '1', saltText = '', hashText = ''] = form.exec(stored) ?? []
  const [salt, hash] = [saltText, hashText].map(fromBase64)
  if (!kind || !salt || !hash) return
  const rounds = Number(count)
  const long = kind === 'sha512-crypt'
  if (hash.length !== (kind === 'sha256-crypt' ? 32 : long ? 64 : 16)) return
  return {
    load: async () => {
      const { md5, sha256, sha512 } = await import('./primitives.ts')
      if (kind === 'phpass') return phpass(md5, salt, rounds)
      if (kind === 'md5-crypt') return md5Crypt(md5, salt, rounds, name)
      return shaCrypt(long ? sha512 : sha256, salt, rounds)
    },
    hash,
    workMs: rounds / (long ? 150 : 400),
  }
}
