import { fromBase64 } from './base64.ts'
import type { ForeignHash } from './format.ts'

/**
 * The most rounds that are computed. Django 6 uses 1,200,000 with SHA-256, passlib 25,000 with SHA-512. More than
 * 600,000 with SHA-256 need more CPU time than `limits.cpu_ms` in wrangler.toml gives a request.
 */
const mostRounds = { 256: 1_200_000, 512: 400_000 }

const rounds = '([1-9]\\d{0,6})'
const passlib = new RegExp(`^\\$pbkdf2-sha(256|512)\\$${rounds}\\$([A-Za-z0-9./+]{0,86})\\$([A-Za-z0-9./+]{43,86})$`)
const django = new RegExp(`^pbkdf2_sha(256)\\$${rounds}\\$([!-#%-~]{1,128})\\$([A-Za-z0-9+/]{43}=)$`)
const utf8 = new TextEncoder()

/**
 * Reads PBKDF2 (RFC 8018 §5.2) with SHA-256 or SHA-512 as passlib writes it, `$pbkdf2-sha256$29000$salt$hash` in base64
 * with `.` for `+`, and as Django does, `pbkdf2_sha256$600000$salt$hash` with a textual salt.
 *
 * noble computes it: WebCrypto's is native, but in production it refuses more than 100,000 rounds.
 */
export const pbkdf2 = (stored: string): ForeignHash | undefined => {
  const ofDjango = django.exec(stored)
  const [, digest, c, saltText, hashText] = ofDjango ?? passlib.exec(stored) ?? []
  if (!digest || !c || saltText === undefined || !hashText) return
  const bits = Number(digest) as 256 | 512
  const salt = ofDjango ? utf8.encode(saltText) : fromBase64(saltText)
  const hash = fromBase64(hashText)
  if (!salt || hash?.length !== bits / 8 || Number(c) > mostRounds[bits]) return
  return {
    load: async () => {
      const { pbkdf2, sha256, sha512 } = await import('./primitives.ts')
      const hashing = bits === 256 ? sha256 : sha512
      return (password) => pbkdf2(hashing, utf8.encode(password), salt, { c: Number(c), dkLen: bits / 8 })
    },
    hash,
    work: Number(c) / (bits === 256 ? 500 : 300),
  }
}
