import { fromBase64 } from './base64.ts'
import { digestBytes, type ForeignHash } from './format.ts'

const rounds = '([1-9]\\d{0,7})'
const passlib = new RegExp(
  `^\\$pbkdf2-(sha1|sha256|sha512)\\$${rounds}\\$([A-Za-z0-9./+]{0,172})\\$([A-Za-z0-9./+]{22,86})$`,
)
const django = new RegExp(`^pbkdf2_(sha256)\\$${rounds}\\$([!-#%-~]{1,128})\\$([A-Za-z0-9+/]{43}=)$`)
const utf8 = new TextEncoder()

/** Rounds per millisecond of CPU. */
const speed = { sha1: 700, sha256: 500, sha512: 300 }

/**
 * Reads PBKDF2 (RFC 8018 §5.2) as passlib writes it, `$pbkdf2-sha256$29000$salt$hash` in base64 with `.` for `+`, and
 * as Django writes it, `pbkdf2_sha256$600000$salt$hash`, where the salt is a text. A hash that is shorter than its
 * digest is compared at its own length. The import cuts a longer one to its first block, which is enough to verify a
 * password.
 *
 * noble computes it, because WebCrypto's native PBKDF2 refuses more than 100,000 rounds in production.
 */
export const pbkdf2 = (stored: string): ForeignHash | undefined => {
  const ofDjango = django.exec(stored)
  const [, name, c, saltText, hashText] = ofDjango ?? passlib.exec(stored) ?? []
  if (!name || !c || saltText === undefined || !hashText) return
  const digest = name as keyof typeof speed
  const salt = ofDjango ? utf8.encode(saltText) : fromBase64(saltText)
  const hash = fromBase64(hashText)
  if (!salt || !hash || hash.length > digestBytes[digest]) return
  return {
    load: async () => {
      const { pbkdf2, ...primitives } = await import('./primitives.ts')
      return (password) => pbkdf2(primitives[digest], utf8.encode(password), salt, { c: Number(c), dkLen: hash.length })
    },
    hash,
    workMs: Number(c) / speed[digest],
  }
}
