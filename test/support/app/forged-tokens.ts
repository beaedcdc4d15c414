import { env } from 'cloudflare:workers'
import { base64url, decodeJwt, SignJWT } from 'jose'

type PrivateKey = JsonWebKey & { kid: string; alg: string }

/** The service's own signing keys, with which a test makes tokens that have exactly one fault. */
export const signingKeys: [PrivateKey, PrivateKey] = JSON.parse(env.SIGNING_KEYS).keys

/** RFC 7515 §4.1.11: a verifier that does not know the extension must refuse a token that marks it as critical. */
export const extension = 'urn:example:extension'

type Changes = {
  /** Members that replace those of the token; undefined removes one. */
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  key?: Parameters<SignJWT['sign']>[0]
}

/** Returns a genuine access token, changed and signed anew. */
export const resigned = (token: string, { claims = {}, header = {}, key = signingKeys[0] }: Changes = {}) => {
  const protectedHeader = { alg: 'ES256', typ: 'at+jwt', kid: signingKeys[0].kid, ...header }
  return new SignJWT({ ...decodeJwt(token), ...claims })
    .setProtectedHeader(protectedHeader)
    .sign(key, { crit: { [extension]: true } })
}

/** Returns a genuine token's claims with another header and any signature. */
export const withHeader = (token: string, header: Record<string, unknown>, signature = token.split('.')[2]) =>
  `${base64url.encode(JSON.stringify(header))}.${token.split('.')[1]}.${signature}`

/** Returns the token with one bit of one part flipped; it is still base64url of the same length. */
export const bitTurned = (token: string, part: 0 | 1 | 2) =>
  token
    .split('.')
    .map((text, index) => {
      if (index !== part) return text
      const bytes = base64url.decode(text)
      bytes[bytes.length >> 1]! ^= 1
      return base64url.encode(bytes)
    })
    .join('.')
