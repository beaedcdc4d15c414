import { scrypt as noble } from '@noble/hashes/scrypt.js'
import type { ScryptCost } from '../setting-values.ts'

/** Computes scrypt (RFC 7914 §2) with N, r and p, and returns `dkLen` bytes. */
export type Scrypt = (
  password: Uint8Array,
  salt: Uint8Array,
  cost: { N: number; r: number; p: number; dkLen: number },
) => Uint8Array

/** A stored hash in the PHC string format: `$scrypt$ln=15,r=8,p=3$salt$hash`, base64 without padding. */
type Phc = ScryptCost & { salt: Uint8Array<ArrayBuffer>; hash: Uint8Array<ArrayBuffer> }

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replace(/=+$/, '')
const bytes = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
const utf8 = new TextEncoder()

export const saltBytes = 16
const hashBytes = 32
const number = '(0|[1-9]\\d?)'
const form = new RegExp(`^\\$scrypt\\$ln=${number},r=8,p=${number}\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{43})$`)

/**
 * Parses one of our own hashes. Undefined for any other format, and for parameters that need more than 32 MiB (ln > 15)
 * or more than ten times the work of one pass. Nothing is computed before this check: a manipulated row must cost
 * nothing.
 */
export const parseScrypt = (phc: string): Phc | undefined => {
  const [, ln, p, salt, hash] = form.exec(phc) ?? []
  if (!ln || !p || !salt || !hash) return
  const cost = { ln: Number(ln), r: 8, p: Number(p) }
  if (cost.ln < 1 || cost.ln > 15 || cost.p < 1 || cost.p > 10) return
  try {
    return { ...cost, salt: bytes(salt), hash: bytes(hash) }
  } catch {}
}

const derive = (scrypt: Scrypt, password: string, salt: Uint8Array, { ln, r, p }: ScryptCost) =>
  scrypt(utf8.encode(password), salt, { N: 2 ** ln, r, p, dkLen: hashBytes })

/** Hashes with scrypt (RFC 7914). With the salt and the cost of an earlier hash, the same password gives that hash again. */
export const hashScrypt = (
  password: string,
  cost: ScryptCost,
  salt = crypto.getRandomValues(new Uint8Array(saltBytes)),
  scrypt: Scrypt = noble,
): string =>
  `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${base64(salt)}$${base64(derive(scrypt, password, salt, cost))}`

/** Whether the password matches the hash, compared in constant time (ASVS 11.2.4). */
export const verifyScrypt = (password: string, phc: Phc, scrypt: Scrypt = noble): boolean =>
  crypto.subtle.timingSafeEqual(derive(scrypt, password, phc.salt, phc), phc.hash)
