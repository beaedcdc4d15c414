import { base64url } from 'jose'
import { type Cbor, readCborMap } from './cbor.ts'
import { ecdsaSignature } from './der.ts'
import { type Bytes, must, orRefuse } from './refusal.ts'

/**
 * The algorithms that a new passkey may have, the preferred one first: Ed25519, ES256, and RS256, which Windows Hello
 * needs (IANA, COSE Algorithms).
 */
export const offeredAlgorithms = [-8, -7, -257]

const named = {
  '-7': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  '-8': { name: 'Ed25519' },
  '-257': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
}

const isBytes = (value: Cbor | undefined, from: number, to = from): value is Bytes =>
  value instanceof Uint8Array && value.length >= from && value.length <= to

/**
 * Returns a COSE key as a JWK (RFC 9053 §7, RFC 8812 §2); undefined if a member is missing, wrong or superfluous: a
 * credential's key has `alg` and the required members only (WebAuthn Level 3 §6.5.1.1).
 */
const jwkOf = (key: Map<string | number, Cbor>): JsonWebKey | undefined => {
  const [kty, alg, first, second, third] = [1, 3, -1, -2, -3].map((label) => key.get(label))
  if (kty === 2 && alg === -7 && key.size === 5 && first === 1 && isBytes(second, 32) && isBytes(third, 32)) {
    return { kty: 'EC', crv: 'P-256', x: base64url.encode(second), y: base64url.encode(third) }
  }
  if (kty === 1 && alg === -8 && key.size === 4 && first === 6 && isBytes(second, 32)) {
    return { kty: 'OKP', crv: 'Ed25519', x: base64url.encode(second) }
  }
  // 2,048 to 4,096 bits, and the exponent 65,537 (FIPS 186-5 §5.1).
  if (kty === 3 && alg === -257 && key.size === 4 && isBytes(first, 256, 512) && isBytes(second, 3)) {
    const [n, e] = [base64url.encode(first), base64url.encode(second)]
    if (e === 'AQAB' && first[0]! >= (first.length === 256 ? 128 : 1)) return { kty: 'RSA', n, e }
  }
}

/** @returns the algorithm's COSE identifier, and a function that says whether the key made a signature over data */
export const readPublicKey = async (
  cose: Bytes,
): Promise<{ alg: number; verify: (signature: Bytes, data: Bytes) => Promise<boolean> }> => {
  const members = readCborMap(cose)
  const jwk = jwkOf(members)
  must(jwk, 'public key')
  const alg = members.get(3) as number
  const algorithm = named[String(alg) as keyof typeof named]
  // Refuses a point that is not on the curve.
  const key = await orRefuse('public key', () => crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify']))
  return {
    alg,
    verify: async (signature, data) => {
      const raw = alg === -7 ? ecdsaSignature(signature) : signature
      // workerd throws if an Ed25519 signature does not have 64 bytes.
      return orRefuse('signature', () => crypto.subtle.verify(algorithm, key, raw, data))
    },
  }
}
