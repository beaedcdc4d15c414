import { fromBase64 } from './base64.ts'
import type { Derive, ForeignHash } from './format.ts'

/**
 * The most memory in KiB. An isolate has 128 MB, and our own hash may need 32 MiB after this one. pwdlib and
 * argon2-cffi use exactly this much.
 */
const mostMemory = 65_536

const form =
  /^\$argon2(id|i)(?:\$v=(16|19))?\$([mtp]=[1-9]\d{0,5}(?:,[mtp]=[1-9]\d{0,5}){2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/
const utf8 = new TextEncoder()

type Parameters = { m: number; t: number; p: number; version: number; salt: Uint8Array; length: number }

/**
 * Computes any kind of Argon2. Used for the kinds that the WebAssembly version lacks, and where WebAssembly is missing.
 */
const inJavaScript = async (id: boolean, { m, t, p, version, salt, length }: Parameters): Promise<Derive> => {
  const { argon2i, argon2id } = await import('./primitives.ts')
  const derive = id ? argon2id : argon2i
  return (password) => derive(utf8.encode(password), salt, { m, t, p, version, dkLen: length })
}

/**
 * Computes Argon2id of version 19 with OpenPGP.js in WebAssembly, in a third of the time. It keeps 65 MiB from its
 * first use to the end of the isolate. It throws on an empty password and on some of one byte, so those are computed in
 * JavaScript.
 */
const inWasm = async (parameters: Parameters): Promise<Derive> => {
  const { m, t, p, salt, length } = parameters
  const [{ argon2idWasm }, short] = await Promise.all([import('./argon2id-wasm.ts'), inJavaScript(true, parameters)])
  const compute = await argon2idWasm()
  return (text) => {
    const password = utf8.encode(text)
    if (password.length < 2) return short(text)
    return compute({ password, salt, memorySize: m, passes: t, parallelism: p, tagLength: length })
  }
}

const parsed = (stored: string) => {
  const [, type, v = '16', list = '', saltText = '', hashText = ''] = form.exec(stored) ?? []
  const {
    m = 0,
    t = 0,
    p = 0,
  } = Object.fromEntries(list.split(',').map((part) => [part[0], Number(part.slice(2))])) as Record<string, number>
  // If a parameter occurs twice, another one is missing and is 0.
  if (!type || !m || !t || !p || m > mostMemory || p > 16 || m < 8 * p) return
  const salt = fromBase64(saltText)
  const hash = fromBase64(hashText)
  if (!salt || !hash) return
  return { id: type === 'id', hash, parameters: { m, t, p, version: Number(v), salt, length: hash.length } }
}

/**
 * Reads Argon2id and Argon2i (RFC 9106) as the reference implementation writes them:
 * `$argon2id$v=19$m=65536,t=3,p=4$salt$hash`. Node's argon2 package writes p before t. Without `v` the version is 16.
 * Keyed hashes, associated data and Argon2d are not read.
 */
export const argon2 = (stored: string): ForeignHash | undefined => {
  const read = parsed(stored)
  if (!read) return
  const { id, hash, parameters } = read
  const { m, t, version } = parameters
  const wasm = id && version === 19
  return {
    load: () => (wasm ? inWasm(parameters) : inJavaScript(id, parameters)),
    hash,
    workMs: (m * t) / (wasm ? 750 : 220),
  }
}

/** Reads a hash and computes it without WebAssembly, which Node and Workers load in different ways. */
export const argon2InJavaScript = async (stored: string): Promise<Derive | undefined> => {
  const read = parsed(stored)
  return read && inJavaScript(read.id, read.parameters)
}
