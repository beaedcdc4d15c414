import { base64url } from 'jose'
import type { TokenKey } from '../settings.ts'

const utf8 = new TextEncoder()

/** Bytes of the initialisation vector that AES-GCM takes (NIST SP 800-38D §8.2.2). */
const ivBytes = 12

/** `kid.base64url`, and no longer than what is made of a bookmark of 128 characters. D1's have 59. */
const form = /^([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]{40,208})$/

export type Bookmarks = ReturnType<typeof bookmarks>

/**
 * How far the database had come when a client wrote to it, in a form that tells nobody: AES-256-GCM under keys derived
 * from TOKEN_KEYS (HKDF, RFC 5869), of which the first makes and all open. In clear, two of them would show how much was
 * written in between, and so whether somebody else's request had found an account.
 */
export const bookmarks = (keys: TokenKey[]) => {
  const derived = new Map<string, Promise<CryptoKey>>()
  const keyFor = ({ id, secret }: TokenKey) => {
    const known = derived.get(id)
    if (known) return known
    const key = derive(secret)
    derived.set(id, key)
    return key
  }
  const [first] = keys
  if (!first) throw new Error('no token key')

  return {
    seal: async (bookmark: string): Promise<string> => {
      const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keyFor(first), utf8.encode(bookmark))
      const bytes = new Uint8Array(ivBytes + sealed.byteLength)
      bytes.set(iv)
      bytes.set(new Uint8Array(sealed), ivBytes)
      return `${first.id}.${base64url.encode(bytes)}`
    },

    /** Undefined for whatever none of the keys has made. */
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

const derive = async (secret: Uint8Array) => {
  const material = await crypto.subtle.importKey('raw', Uint8Array.from(secret), 'HKDF', false, ['deriveKey'])
  const purpose = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8.encode('gatehouse bookmark') }
  return crypto.subtle.deriveKey(purpose, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}
