import { fromBase64 } from './base64.ts'
import { type Digest, digestBytes, type ForeignHash } from './format.ts'

const form =
  /^\$digest\$(md5|sha1|sha256|sha512),(ps|sp|hmac),([1-9]\d{0,6})\$(-|[A-Za-z0-9+/]{2,172})\$([A-Za-z0-9+/]{22,86})$/
const utf8 = new TextEncoder()

/**
 * Reads a digest of password and salt, as LDAP (`{SSHA}`) and many older systems store it:
 * `$digest$sha1,ps,1$salt$hash` in base64. With `ps` the password precedes the salt, with `sp` it follows, and with
 * `hmac` the salt is the key. The number counts the rounds; `-` means that there is no salt. Such a hash is weak, and
 * like all others it is replaced at the first log-in.
 */
export const digests = (stored: string): ForeignHash | undefined => {
  const [, name, order, count, saltText = '', hashText = ''] = form.exec(stored) ?? []
  const [salt, hash] = [saltText === '-' ? '' : saltText, hashText].map(fromBase64)
  const digest = name as Exclude<Digest, 'sha384'>
  if (!digest || !salt || hash?.length !== digestBytes[digest]) return
  return {
    load: async () => {
      const { hmac, ...primitives } = await import('./primitives.ts')
      const make = primitives[digest]
      return (text) => {
        const password = utf8.encode(text)
        let made =
          order === 'hmac'
            ? hmac(make, salt, password)
            : make(Uint8Array.from(order === 'ps' ? [...password, ...salt] : [...salt, ...password]))
        for (let round = 1; round < Number(count); round++) made = make(made)
        return made
      }
    },
    hash,
    workMs: Number(count) / 800,
  }
}
