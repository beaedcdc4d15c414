import { base64url } from 'jose'
import { decodeBase64url } from '../macs.ts'
import { type AuthenticatorData, readAuthenticatorData } from './authenticator-data.ts'
import { readCborMap } from './cbor.ts'
import { type CeremonyType, readClientData } from './client-data.ts'
import { readPublicKey } from './public-keys.ts'
import { type Bytes, must, sameBytes } from './refusal.ts'

/**
 * Verification of passkeys on the server, for attestation `none` (WebAuthn Level 3 §7.1, §7.2). Values are base64url, as
 * browsers send them (`PublicKeyCredential.toJSON`). One broken rule is enough to refuse.
 */

/** What this service asked for. */
export type Expected = {
  /** The challenge of the options. */
  challenge: string
  origins: string[]
  rpId: string
  /** Whether the authenticator must have verified the user, by a PIN or a biometric (UV). */
  verification: boolean
}

/** The answer of a browser to `navigator.credentials.create`. */
export type RegistrationResponse = {
  id: string
  response: { clientDataJSON: string; attestationObject: string }
}

/** The answer of a browser to `navigator.credentials.get`. */
export type AssertionResponse = {
  id: string
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string | null }
}

/** A passkey as registered. */
export type Registered = {
  credentialId: string
  /** COSE_Key in base64url. */
  publicKey: string
  alg: number
  signCount: number
  verified: boolean
  backupEligible: boolean
  backedUp: boolean
  /** The model of the authenticator, 32 hexadecimal digits. */
  aaguid: string
}

/** What a verified assertion says. */
export type Asserted = Pick<AuthenticatorData, 'verified' | 'backedUp' | 'signCount'>

const utf8 = new TextEncoder()

const decode = (text: string, reason: string): Bytes => {
  const bytes = decodeBase64url(text)
  must(bytes, reason)
  return Uint8Array.from(bytes)
}

const sha256 = async (bytes: Uint8Array): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

/**
 * Returns the challenge that the browser says it answered. It is not verified: it only tells which challenge to expect.
 * @throws CeremonyRefused
 */
export const challengeOf = async (clientDataJSON: string, type: CeremonyType): Promise<string> =>
  (await readClientData(decode(clientDataJSON, 'client data'), type)).challenge

const checkClientData = async (clientData: Bytes, type: CeremonyType, expected: Expected) => {
  const { challenge, origin } = await readClientData(clientData, type)
  must(challenge === expected.challenge, 'challenge')
  must(expected.origins.includes(origin), 'origin')
}

const checkAuthenticatorData = async (data: AuthenticatorData, expected: Expected) => {
  must(sameBytes(data.rpIdHash, await sha256(utf8.encode(expected.rpId))), 'rp id')
  must(data.verified || !expected.verification, 'user verification')
}

/**
 * Verifies the registration of a passkey. The attestation statement is not read: without trusted roots it proves nothing,
 * and the options ask for no attestation.
 * @param conditional whether the browser may have made the passkey without asking the user (conditional create): then the
 *   user need not have been present (WebAuthn Level 3 §7.1)
 * @throws CeremonyRefused
 */
export const verifyRegistration = async (
  { id, response }: RegistrationResponse,
  expected: Expected,
  conditional = false,
): Promise<Registered> => {
  await checkClientData(decode(response.clientDataJSON, 'client data'), 'webauthn.create', expected)
  const authData = readCborMap(decode(response.attestationObject, 'cbor')).get('authData')
  must(authData instanceof Uint8Array, 'authenticator data')
  const data = readAuthenticatorData(authData)
  await checkAuthenticatorData(data, expected)
  must(data.present || conditional, 'user presence')
  must(data.attested, 'authenticator data')
  const { aaguid, credentialId, publicKey } = data.attested
  must(base64url.encode(credentialId) === id, 'credential id')
  const { alg } = await readPublicKey(publicKey)
  return {
    credentialId: id,
    publicKey: base64url.encode(publicKey),
    alg,
    signCount: data.signCount,
    verified: data.verified,
    backupEligible: data.backupEligible,
    backedUp: data.backedUp,
    aaguid: [...aaguid].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  }
}

/**
 * Verifies that a registered passkey signed the challenge. The signature counter is not compared: one that does not rise
 * is a warning, and no reason to refuse (WebAuthn Level 3 §7.2).
 * @param passkey the passkey with this credential id
 * @param userHandle what its owner's authenticators have as `user.id`, in base64url
 * @throws CeremonyRefused
 */
export const verifyAssertion = async (
  { response }: AssertionResponse,
  passkey: Pick<Registered, 'publicKey' | 'backupEligible'> & { userHandle: string },
  expected: Expected,
): Promise<Asserted> => {
  const clientData = decode(response.clientDataJSON, 'client data')
  await checkClientData(clientData, 'webauthn.get', expected)
  const authenticatorData = decode(response.authenticatorData, 'authenticator data')
  const data = readAuthenticatorData(authenticatorData)
  await checkAuthenticatorData(data, expected)
  must(data.present, 'user presence')
  must(!data.attested, 'authenticator data')
  must(data.backupEligible === passkey.backupEligible, 'backup eligibility')
  must((response.userHandle ?? passkey.userHandle) === passkey.userHandle, 'user handle')

  const signed = new Uint8Array(authenticatorData.length + 32)
  signed.set(authenticatorData)
  signed.set(await sha256(clientData), authenticatorData.length)
  const { verify } = await readPublicKey(decode(passkey.publicKey, 'public key'))
  must(await verify(decode(response.signature, 'signature'), signed), 'signature')
  return { verified: data.verified, backedUp: data.backedUp, signCount: data.signCount }
}
