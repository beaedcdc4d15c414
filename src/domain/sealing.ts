import { base64url } from 'jose'
import type { TokenKey } from '../setting-values.ts'

const utf8 = new TextEncoder()

/** Bytes of the initialisation vector of AES-GCM (NIST SP 800-38D §8.2.2). */
const ivBytes = 12

/**
 * AES-256-GCM under keys derived from others for one purpose (HKDF, RFC 5869). The first key encrypts, and all decrypt.
 * `about` is authenticated and not stored: what was sealed about one thing does not open as if it were about another.
 */
const createCipher = (keys: TokenKey[], purpose: string) => {
  const derived = new Map<string, Promise<CryptoKey>>()
  const keyFor = ({ id, secret }: TokenKey) => {
    const known = derived.get(id)
    if (known) return known
    const key = derive(secret, purpose)
    derived.set(id, key)
    return key
  }
  const algorithm = (iv: Uint8Array<ArrayBuffer>, about: string) => ({
    name: 'AES-GCM',
    iv,
    additionalData: utf8.encode(about),
  })
  const [first] = keys
  if (!first) throw new Error('no key')

  return {
    firstKeyId: first.id,

    encrypt: async (bytes: BufferSource, about = ''): Promise<Uint8Array<ArrayBuffer>> => {
      const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
      const sealed = await crypto.subtle.encrypt(algorithm(iv, about), await keyFor(first), bytes)
      const all = new Uint8Array(ivBytes + sealed.byteLength)
      all.set(iv)
      all.set(new Uint8Array(sealed), ivBytes)
      return all
    },

    /** Undefined if this key did not make it, or it was changed. */
    decrypt: async (
      id: string,
      sealed: Uint8Array<ArrayBuffer>,
      about = '',
    ): Promise<Uint8Array<ArrayBuffer> | undefined> => {
      const key = keys.find((candidate) => candidate.id === id)
      if (!key) return
      try {
        const iv = sealed.subarray(0, ivBytes)
        const opened = await crypto.subtle.decrypt(algorithm(iv, about), await keyFor(key), sealed.subarray(ivBytes))
        return new Uint8Array(opened)
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

/** `kid.base64url`, at most as long as 400 encrypted bytes need: an address has up to 254. A D1 bookmark has 59. */
const form = /^([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]{40,571})$/

export type Sealing = ReturnType<typeof createSealing>

/**
 * Encrypts short texts: the seeds of authenticator apps, stored or in an enrolment, under keys derived from DATA_KEYS,
 * and other texts that a client keeps for us and must not read, under keys derived from TOKEN_KEYS.
 */
export const createSealing = (
  keys: TokenKey[],
  purpose: 'bookmark' | 'registered' | 'mail log in' | 'totp' | 'enrolment',
) => {
  const cipher = createCipher(keys, purpose)
  return {
    /** @param about associated data: the value opens only with the same */
    seal: async (text: string, about = ''): Promise<string> =>
      `${cipher.firstKeyId}.${base64url.encode(await cipher.encrypt(utf8.encode(text), about))}`,

    /** Undefined if no key sealed the value with this `about`. */
    open: async (text: string, about = ''): Promise<string | undefined> => {
      const [, id, sealed] = form.exec(text) ?? []
      if (!id || !sealed) return
      const opened = await cipher.decrypt(id, Uint8Array.from(base64url.decode(sealed)), about)
      return opened && new TextDecoder().decode(opened)
    },
  }
}

export type EntrySealing = ReturnType<typeof createEntrySealing>

/**
 * Seals what an archived entry of the audit says about a user, under the user's own secret (32 bytes, base64url).
 * `about` is the id of the entry.
 */
export const createEntrySealing = (secret: string) => {
  const id = 'user'
  const cipher = createCipher([{ id, secret: base64url.decode(secret) }], 'audit archive')
  return {
    seal: async (value: unknown, about: string): Promise<string> =>
      base64url.encode(await cipher.encrypt(utf8.encode(JSON.stringify(value)), about)),

    /** Undefined if another secret sealed it, or it was changed. */
    open: async (sealed: string, about: string): Promise<unknown> => {
      const opened = await cipher.decrypt(id, Uint8Array.from(base64url.decode(sealed)), about)
      return opened && JSON.parse(new TextDecoder().decode(opened))
    },
  }
}

/** Passes a text or bytes through a stream that compresses or expands them. */
export const through = (body: string | Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream) =>
  new Response(new Response(body).body!.pipeThrough(stream)).arrayBuffer()

export type BackupSealing = ReturnType<typeof createBackupSealing>

/**
 * Seals what a backup stores under a name, as docs/operate/operations.md describes it: the length of the key's id, the
 * id, the initialisation vector, and gzipped JSON with its tag. The name is authenticated, so that objects can be
 * neither swapped nor renamed.
 */
export const createBackupSealing = (keys: TokenKey[]) => {
  const cipher = createCipher(keys, 'backup')
  const id = utf8.encode(cipher.firstKeyId)
  return {
    seal: async (value: unknown, name: string): Promise<Uint8Array<ArrayBuffer>> => {
      const packed = await through(JSON.stringify(value), new CompressionStream('gzip'))
      const sealed = await cipher.encrypt(packed, name)
      const all = new Uint8Array(1 + id.length + sealed.length)
      all[0] = id.length
      all.set(id, 1)
      all.set(sealed, 1 + id.length)
      return all
    },

    /** Undefined if none of the keys made it under this name. */
    open: async (bytes: Uint8Array<ArrayBuffer>, name: string): Promise<unknown> => {
      const start = 1 + (bytes[0] ?? 0)
      const packed = await cipher.decrypt(
        new TextDecoder().decode(bytes.subarray(1, start)),
        bytes.subarray(start),
        name,
      )
      if (!packed) return
      return JSON.parse(new TextDecoder().decode(await through(packed, new DecompressionStream('gzip'))))
    },
  }
}
