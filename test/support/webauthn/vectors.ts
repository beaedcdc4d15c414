import { base64url } from 'jose'
import type { AssertionResponse, RegistrationResponse } from '../../../src/domain/webauthn/ceremonies.ts'
import type { Bytes } from '../../../src/domain/webauthn/refusal.ts'
import { cbor, concat, hex, utf8, type Writable } from './cbor-writer.ts'
import published from './vectors.json' with { type: 'json' }

/**
 * The test vectors of Web Authentication Level 3 §16 (https://www.w3.org/TR/webauthn-3/#sctn-test-vectors, W3C Software
 * and Document License) whose algorithm this service offers. vectors.json has their values; this file puts them together
 * as the specification describes, and the signatures show that the result is the specification's, byte for byte. Left out
 * are §16.8 (ES384), §16.9 (ES512) and §16.12 (Ed448): webauthn.test.ts refuses such keys.
 */

export const vectorRpId = 'example.org'
export const vectorOrigin = 'https://example.org'

type Part = { challenge: string; flags: string; crossOrigin?: boolean; topOrigin?: string; extra?: string }
type Published = {
  name: string
  /** Whether its client data says that the page was in a frame of another site. */
  refused?: boolean
  aaguid: string
  id: string
  key: string | string[]
  format?: string
  statement?: string
  create: Part
  get: Part
  signature: string
}

export type Vector = {
  name: string
  refused: boolean
  registration: RegistrationResponse
  registrationChallenge: string
  publicKey: Bytes
  assertion: AssertionResponse
  assertionChallenge: string
}

const clientData = (type: string, { challenge, crossOrigin = false, topOrigin, extra }: Part) =>
  JSON.stringify({
    ...{ type, challenge: base64url.encode(hex(challenge)), origin: vectorOrigin, crossOrigin, topOrigin },
    extraData:
      extra === undefined
        ? undefined
        : `clientDataJSON may be extended with additional fields in the future, such as this: ${extra}`,
  })

/** The product of the two smallest Mersenne primes beyond 1,024 bits is the modulus of §16.10. */
const modulus = () => hex((((1n << 1279n) - 1n) * ((1n << 2203n) - 1n)).toString(16).padStart(872, '0'))

const publicKeyOf = (key: string | string[]): Bytes => {
  const [x, y] = typeof key === 'string' ? [] : key.map(hex)
  const members: [Writable, Writable][] =
    x && y
      ? [
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, x],
          [-3, y],
        ]
      : x
        ? [
            [1, 1],
            [3, -8],
            [-1, 6],
            [-2, x],
          ]
        : [
            [1, 3],
            [3, -257],
            [-1, modulus()],
            [-2, hex('010001')],
          ]
  return cbor(new Map(members))
}

/** The credential id of §16.6 is the output of HKDF, as the specification states for every value of its vectors. */
const longId = async () => {
  const material = await crypto.subtle.importKey('raw', utf8('WebAuthn test vectors'), 'HKDF', false, ['deriveBits'])
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: hex('04'), info: utf8('none.ES256.long-credential-id') }
  return new Uint8Array(await crypto.subtle.deriveBits(derivation, material, 1023 * 8))
}

const vectorOf = async ({ create, get, ...made }: Published): Promise<Vector> => {
  const rpIdHash = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(vectorRpId)))
  const credentialId = made.id === 'long' ? await longId() : hex(made.id)
  const publicKey = publicKeyOf(made.key)
  const data = (flags: string) => concat(rpIdHash, hex(flags), new Uint8Array(4))
  const authData = concat(
    data(create.flags),
    hex(made.aaguid),
    Uint8Array.of(credentialId.length >> 8, credentialId.length & 255),
    credentialId,
    publicKey,
  )
  const attestationObject = concat(
    hex('a3'),
    ...[cbor('fmt'), cbor(made.format ?? 'none'), cbor('attStmt'), hex(made.statement ?? 'a0')],
    ...[cbor('authData'), cbor(authData)],
  )
  const id = base64url.encode(credentialId)
  return {
    name: made.name,
    refused: made.refused ?? false,
    registration: {
      id,
      response: {
        clientDataJSON: base64url.encode(clientData('webauthn.create', create)),
        attestationObject: base64url.encode(attestationObject),
      },
    },
    registrationChallenge: base64url.encode(hex(create.challenge)),
    publicKey,
    assertion: {
      id,
      response: {
        clientDataJSON: base64url.encode(clientData('webauthn.get', get)),
        authenticatorData: base64url.encode(data(get.flags)),
        signature: base64url.encode(hex(made.signature)),
      },
    },
    assertionChallenge: base64url.encode(hex(get.challenge)),
  }
}

export const vectors = (): Promise<Vector[]> => Promise.all((published as Published[]).map(vectorOf))
