import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { base64url } from 'jose'
import type { TokenKey } from '../setting-values.ts'
import type { LinkPurpose } from './mails.ts'

const utf8 = new TextEncoder()

/** The purposes of keys. Each has its own key, so that a token for one purpose is never valid for another. */
export type Purpose =
  | 'refresh'
  | 'device'
  | 'throttle'
  | 'audit'
  | 'population'
  | 'salt'
  | 'proof'
  | 'log in'
  | 'passkey'
  | 'first admin'
  | 'trust'
  | 'mail code'
  | LinkPurpose

export type Macs = ReturnType<typeof createMacs>

/**
 * HMAC-SHA-256 under keys derived from TOKEN_KEYS (HKDF, RFC 5869). The first key signs and all verify, so that a new
 * key can be put first while tokens of the old one are still valid.
 */
export const createMacs = (keys: TokenKey[]) => {
  const derived = new Map<string, ReturnType<typeof hmac.create>>()
  /** Returns an HMAC that has its key but no message yet. */
  const keyed = (purpose: Purpose, { id, secret }: TokenKey) => {
    const name = `${id} ${purpose}`
    const known = derived.get(name)
    if (known) return known
    const made = hmac.create(sha256, hkdf(sha256, secret, undefined, utf8.encode(`gatehouse ${purpose}`), 32))
    derived.set(name, made)
    return made
  }
  const digest = (purpose: Purpose, key: TokenKey, text: string) =>
    keyed(purpose, key).clone().update(utf8.encode(text)).digest()
  const [first] = keys
  if (!first) throw new Error('no token key')

  return {
    firstKeyId: first.id,
    /**
     * Returns the MAC as unpadded base64url (43 characters), under the key `id` or the first key. Undefined if there is
     * no such key.
     */
    make: (purpose: Purpose, text: string, id = first.id): string | undefined => {
      const key = keys.find((candidate) => candidate.id === id)
      return key && base64url.encode(digest(purpose, key, text))
    },
    /** Returns the MAC under the first key. */
    sign: (purpose: Purpose, text: string): string => base64url.encode(digest(purpose, first, text)),
    /** Returns the MAC under each key: one of them matches a value written while another key was first. */
    signAll: (purpose: Purpose, text: string): string[] =>
      keys.map((key) => base64url.encode(digest(purpose, key, text))),
    /** Whether the MAC of the text was made with one of the keys, compared in constant time (ASVS 11.2.4). */
    verify: (purpose: Purpose, text: string, mac: string, id?: string): boolean => {
      const given = decodeBase64url(mac)
      return (
        given?.length === 32 &&
        keys.some(
          (key) => (id ?? key.id) === key.id && crypto.subtle.timingSafeEqual(digest(purpose, key, text), given),
        )
      )
    },
  }
}

/** Decodes base64url. Undefined also for another spelling of the same bytes: a token has exactly one form. */
export const decodeBase64url = (text: string): Uint8Array | undefined => {
  try {
    const bytes = base64url.decode(text)
    return base64url.encode(bytes) === text ? bytes : undefined
  } catch {}
}
