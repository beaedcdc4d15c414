import { fromBase64 } from './base64.ts'
import type { ForeignHash } from './format.ts'

/** The largest N × r. It needs 64 MiB, which is exactly passlib's default. */
const mostMemory = 2 ** 19

const number = '([1-9]\\d?)'
const form = new RegExp(
  `^\\$scrypt(?:-imported)?\\$ln=${number},r=${number},p=${number}\\$([A-Za-z0-9+/.]{2,172})\\$([A-Za-z0-9+/.]{22,86})$`,
)
const utf8 = new TextEncoder()

/** Whether an isolate has enough memory for scrypt with these parameters. */
export const affordable = (N: number, r: number) => N * r <= mostMemory

/** Estimates the CPU milliseconds of scrypt with these parameters. */
export const milliseconds = (N: number, r: number, p: number) => (N * r * p) / 2700

/**
 * Returns a function that computes scrypt (RFC 7914) with any parameters, for formats of other systems. The module is
 * already loaded for our own hashes.
 */
export const deriveScrypt = async (
  salt: Uint8Array,
  { N, r, p, length }: { N: number; r: number; p: number; length: number },
) => {
  const { scrypt } = await import('./primitives.ts')
  return (password: string) => scrypt(utf8.encode(password), salt, { N, r, p, dkLen: length })
}

/**
 * Reads scrypt in the same PHC form as ours, `$scrypt$ln=16,r=8,p=1$salt$hash`, but with parameters that ours never
 * has: passlib and other systems write it. `ln` is the logarithm of N; Kratos writes N itself, which the import
 * converts. A foreign hash with parameters of ours is stored as `$scrypt-imported$`, since its password need not be in
 * NFC.
 */
export const scryptOfOthers = (stored: string): ForeignHash | undefined => {
  const [, ln, ...rest] = form.exec(stored) ?? []
  const [r, p] = rest.map(Number)
  if (!ln || !r || !p || Number(ln) > 20) return
  const N = 2 ** Number(ln)
  const salt = fromBase64(rest[2]!)
  const hash = fromBase64(rest[3]!)
  if (!salt || !hash || !affordable(N, r)) return
  return {
    load: () => deriveScrypt(salt, { N, r, p, length: hash.length }),
    hash,
    workMs: milliseconds(N, r, p),
  }
}
