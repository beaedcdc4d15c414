import { fromBase64 } from './base64.ts'
import type { ForeignHash } from './format.ts'
import { affordable, deriveScrypt, milliseconds } from './scrypt-of-others.ts'

const number = '([1-9]\\d?)'
const base64 = '[A-Za-z0-9+/_-]'
const form = new RegExp(
  `^\\$fbscrypt\\$v=1,n=${number},r=${number},p=1,ss=(${base64}{0,22}={0,2}),sk=(${base64}{43,128}={0,2})\\$(${base64}{4,64}={0,2})\\$(${base64}{43,128}={0,2})$`,
)

/**
 * Reads Firebase Authentication's scrypt in the form that Supabase uses:
 * `$fbscrypt$v=1,n=14,r=8,p=1,ss=…,sk=…$salt$hash`. n is `mem_cost`, r is `rounds`, ss the salt separator and sk the
 * project's signer key, all in base64. scrypt over the salt and the separator derives a key, which encrypts the signer
 * key (AES-256 in counter mode from zero); the result is stored, so it is as long as the signer key.
 * https://github.com/firebase/scrypt
 */
export const firebase = (stored: string): ForeignHash | undefined => {
  const [, n, rounds, ...texts] = form.exec(stored) ?? []
  const [separator, signerKey, salt, hash] = texts.map(fromBase64)
  const [N, r] = [2 ** Number(n), Number(rounds)]
  if (!separator || !signerKey || !salt || !hash || !affordable(N, r)) return
  if (hash.length !== signerKey.length) return
  return {
    load: () => deriveScrypt(Uint8Array.from([...salt, ...separator]), { N, r, p: 1, length: 32 }),
    finish: async (derived) => {
      const key = await crypto.subtle.importKey('raw', derived, 'AES-CTR', false, ['encrypt'])
      const counter = { name: 'AES-CTR', counter: new Uint8Array(16), length: 64 }
      return new Uint8Array(await crypto.subtle.encrypt(counter, key, signerKey))
    },
    hash,
    workMs: milliseconds(N, r, 1),
  }
}
