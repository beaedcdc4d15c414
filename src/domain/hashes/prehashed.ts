import { fromBase64 } from './base64.ts'
import type { ForeignHash, Format } from './format.ts'

const form =
  /^\$pre=(hex|base64|append|prepend)(?:-(md5|sha1|sha256|sha384|sha512))?(?:,(@salt|[A-Za-z0-9+/]{2,200}))?(\$[a-z].+)$/
const utf8 = new TextEncoder()

type Digest = (message: Uint8Array) => Uint8Array

const encoded = {
  hex: (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
  base64: (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)),
}

/**
 * Reads a hash whose source first derived something else from the password: `$pre=hex-sha256$bcrypt$12$salt$hash`. The
 * name gives the encoding (`hex`, `base64`) and the digest; a key after it, in base64, makes it an HMAC. `append` and
 * `prepend` put the key, a pepper, next to the password. The key `@salt` stands for the salt of the hash itself, as in
 * passlib.
 *
 * A pepper is therefore stored with the hashes, as Firebase's signer key is, and disappears with the last of them.
 */
export const prehashed =
  (within: Format[]): Format =>
  (stored) => {
    const [, how, digest, keyText, rest = ''] = form.exec(stored) ?? []
    const beside = how === 'append' || how === 'prepend'
    if (!how || beside === (digest !== undefined)) return
    const hash = within.reduce<ForeignHash | undefined>((found, read) => found ?? read(rest), undefined)
    const key = keyText === '@salt' ? utf8.encode(rest.split('$').at(-2)) : fromBase64(keyText ?? '')
    if (!hash || !key) return
    const load = async () => {
      const [derive, { hmac, ...primitives }] = await Promise.all([hash.load(), import('./primitives.ts')])
      if (beside) {
        const pepper = new TextDecoder().decode(key)
        return (password: string) => derive(how === 'append' ? password + pepper : pepper + password)
      }
      const make = primitives[digest as 'sha256']
      const digested: Digest = keyText === undefined ? make : (message) => hmac(make, key, message)
      return (password: string) => derive(encoded[how as 'hex'](digested(utf8.encode(password))))
    }
    return { ...hash, load }
  }
