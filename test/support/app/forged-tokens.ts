import { env } from 'cloudflare:workers'
import { base64url, decodeJwt, SignJWT } from 'jose'

type PrivateKey = JsonWebKey & { kid: string; alg: string }

/** The service's own signing keys: with them a test makes tokens that are genuine but for one thing. */
export const signingKeys: [PrivateKey, PrivateKey] = JSON.parse(env.SIGNING_KEYS).keys

/** Of RFC 7515 §4.1.11: who does not know it must refuse a token that says it is critical. */
export const extension = 'urn:example:extension'

type Changes = {
  /** Members that replace those of the token; undefined takes one out. */
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  key?: Parameters<SignJWT['sign']>[0]
}

/** A genuine access token signed anew, with some of it changed. */
export const resigned = (token: string, { claims = {}, header = {}, key = signingKeys[0] }: Changes = {}) => {
  const protectedHeader = { alg: 'ES256', typ: 'at+jwt', kid: signingKeys[0].kid, ...header }
  return new SignJWT({ ...decodeJwt(token), ...claims })
    .setProtectedHeader(protectedHeader)
    .sign(key, { crit: { [extension]: true } })
}

/** Any header over a genuine token's claims, with any third part. */
export const withHeader = (token: string, header: Record<string, unknown>, signature = token.split('.')[2]) =>
  `${base64url.encode(JSON.stringify(header))}.${token.split('.')[1]}.${signature}`

/** The token with one bit of one part turned: still base64url, still as long. */
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
