import { base64url } from 'jose'
import type { TokenKey } from '../setting-values.ts'

const utf8 = new TextEncoder()

/** Bytes of the initialisation vector of AES-GCM (NIST SP 800-38D §8.2.2). */
const ivBytes = 12

/** `kid.base64url`, at most as long as 128 encrypted characters need. A D1 bookmark has 59. */
const form = /^([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]{40,208})$/

export type Sealing = ReturnType<typeof createSealing>

/**
 * Encrypts values that a client keeps for us and must not read: AES-256-GCM under keys derived from TOKEN_KEYS for one
 * purpose (HKDF, RFC 5869). The first key encrypts, and all decrypt.
 */
export const createSealing = (keys: TokenKey[], purpose: 'bookmark' | 'registered') => {
  const derived = new Map<string, Promise<CryptoKey>>()
  const keyFor = ({ id, secret }: TokenKey) => {
    const known = derived.get(id)
    if (known) return known
    const key = derive(secret, purpose)
    derived.set(id, key)
    return key
  }
  const [first] = keys
  if (!first) throw new Error('no token key')

  return {
    seal: async (text: string): Promise<string> => {
      const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keyFor(first), utf8.encode(text))
      const bytes = new Uint8Array(ivBytes + sealed.byteLength)
      bytes.set(iv)
      bytes.set(new Uint8Array(sealed), ivBytes)
      return `${first.id}.${base64url.encode(bytes)}`
    },

    /** Undefined if none of the keys made the value. */
    open: async (text: string): Promise<string | undefined> => {
      const [, id, sealed] = form.exec(text) ?? []
      const key = keys.find((candidate) => candidate.id === id)
      if (!key || !sealed) return
      try {
        const bytes = Uint8Array.from(base64url.decode(sealed))
        const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, ivBytes) }
        return new TextDecoder().decode(
          await crypto.subtle.decrypt(algorithm, await keyFor(key), bytes.subarray(ivBytes)),
        )
      } catch {}
    },
  }
}

const derive = async (secret: Uint8Array, purpose: string) => {
  const material = await crypto.subtle.importKey('raw', Uint8Array.from(secret), 'HKDF', false, ['deriveKey'])
  const info = utf8.encode(`gatehouse ${purpose}`)
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}
