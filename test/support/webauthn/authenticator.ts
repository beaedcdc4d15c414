import { base64url } from 'jose'
import type { AssertionResponse, RegistrationResponse } from '../../../src/domain/webauthn/ceremonies.ts'
import type { Bytes } from '../../../src/domain/webauthn/refusal.ts'
import { cbor, concat, utf8, type Writable } from './cbor-writer.ts'

/**
 * An authenticator and its browser, in software: makes passkeys with attestation `none`, and signs with them. Every part
 * of a ceremony can be given otherwise, as a fault or an attacker would.
 */

/** COSE identifiers of the algorithms that the authenticator knows. */
export type Algorithm = -7 | -8 | -257

/** How a ceremony differs from a usual one. */
export type Ceremony = {
  challenge: string
  rpId: string
  origin: string
  type?: string
  /** More members of the client data. */
  clientData?: Record<string, unknown>
  /** The user was there, was verified; the passkey may be synced, and is. */
  present?: boolean
  verified?: boolean
  backupEligible?: boolean
  backedUp?: boolean
  signCount?: number
  extensions?: Map<Writable, Writable>
  /** The bytes of the client data and of the authenticator data as they are to be sent and signed. */
  clientDataBytes?: (usual: Bytes) => Bytes
  authenticatorData?: (usual: Bytes) => Bytes
}

const parameters = {
  '-7': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  '-8': { name: 'Ed25519' },
  '-257': {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
}

const coseKey = async (alg: Algorithm, key: CryptoKey) => {
  const jwk = (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey
  const bytes = (value: string | undefined) => base64url.decode(value!)
  const members: Record<Algorithm, () => [Writable, Writable][]> = {
    [-7]: () => [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(jwk.x)],
      [-3, bytes(jwk.y)],
    ],
    [-8]: () => [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(jwk.x)],
    ],
    [-257]: () => [
      [1, 3],
      [3, -257],
      [-1, bytes(jwk.n)],
      [-2, bytes(jwk.e)],
    ],
  }
  return cbor(new Map(members[alg]()))
}

/** Converts r ‖ s, as WebCrypto signs, to DER, as authenticators send it. */
export const der = (raw: Uint8Array): Bytes => {
  const integer = (value: Uint8Array) => {
    const start = value.findIndex((byte) => byte !== 0)
    const digits = value.subarray(start)
    const signed = digits[0]! >= 128 ? concat(Uint8Array.of(0), digits) : digits
    return concat(Uint8Array.of(2, signed.length), signed)
  }
  const both = concat(integer(raw.subarray(0, 32)), integer(raw.subarray(32)))
  return concat(Uint8Array.of(0x30, both.length), both)
}

const clientDataOf = ({ challenge, origin, clientData, clientDataBytes }: Ceremony, type: string) => {
  const usual = utf8(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...clientData }))
  return clientDataBytes?.(usual) ?? usual
}

const sha256 = async (bytes: Bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

const dataOf = async (ceremony: Ceremony, attested: Bytes | undefined, count: number) => {
  const { present = true, verified = true, backupEligible = true, backedUp = backupEligible, extensions } = ceremony
  const flags =
    (present ? 1 : 0) |
    (verified ? 4 : 0) |
    (backupEligible ? 8 : 0) |
    (backedUp ? 16 : 0) |
    (attested ? 64 : 0) |
    (extensions ? 128 : 0)
  const counted = new Uint8Array(4)
  new DataView(counted.buffer).setUint32(0, ceremony.signCount ?? count)
  const usual = concat(
    ...[await sha256(utf8(ceremony.rpId)), Uint8Array.of(flags), counted],
    ...[attested ?? new Uint8Array(), extensions ? cbor(extensions) : new Uint8Array()],
  )
  return ceremony.authenticatorData?.(usual) ?? usual
}

export type SoftPasskey = Awaited<ReturnType<typeof createPasskey>>

/**
 * Makes a passkey as `navigator.credentials.create` does.
 * @param userHandle `user.id` of the options
 */
export const createPasskey = async (
  ceremony: Ceremony,
  { alg = -7 as Algorithm, idLength = 16, userHandle = undefined as string | undefined } = {},
) => {
  const algorithm = parameters[String(alg) as keyof typeof parameters]
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const publicKey = await coseKey(alg, pair.publicKey)
  const credentialId = crypto.getRandomValues(new Uint8Array(idLength))
  const id = base64url.encode(credentialId)
  const attested = concat(new Uint8Array(16), Uint8Array.of(idLength >> 8, idLength & 255), credentialId, publicKey)
  const authData = await dataOf(ceremony, attested, 0)
  const members: [Writable, Writable][] = [
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', authData],
  ]
  const registration: RegistrationResponse & { type: string; rawId: string; clientExtensionResults: object } = {
    ...{ id, rawId: id, type: 'public-key', clientExtensionResults: { credProps: { rk: true } } },
    response: {
      clientDataJSON: base64url.encode(clientDataOf(ceremony, ceremony.type ?? 'webauthn.create')),
      attestationObject: base64url.encode(cbor(new Map(members))),
    },
  }
  let count = 0

  return {
    ...{ id, alg, publicKey: base64url.encode(publicKey), registration },

    /** Signs as `navigator.credentials.get` does. The sign count goes up by one each time. */
    sign: async (asked: Ceremony): Promise<typeof registration & AssertionResponse> => {
      count += 1
      const clientData = clientDataOf(asked, asked.type ?? 'webauthn.get')
      const authenticatorData = await dataOf(asked, undefined, count)
      const signed = concat(authenticatorData, await sha256(clientData))
      const raw = new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, signed))
      return {
        ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
        response: {
          clientDataJSON: base64url.encode(clientData),
          authenticatorData: base64url.encode(authenticatorData),
          signature: base64url.encode(alg === -7 ? der(raw) : raw),
          ...(userHandle !== undefined && { userHandle }),
        },
      } as typeof registration & AssertionResponse
    },
  }
}
