import { readCbor } from './cbor.ts'
import { type Bytes, must } from './refusal.ts'

/** Bits of the flags (WebAuthn Level 3 §6.1). */
const flag = { present: 1, verified: 4, backupEligible: 8, backedUp: 16, attested: 64, extensions: 128 }

/** The longest credential id in bytes (WebAuthn Level 3 §7.1). */
const longestCredentialId = 1023

/** What an authenticator states about a ceremony. */
export type AuthenticatorData = ReturnType<typeof readAuthenticatorData>

/**
 * Reads authenticator data (WebAuthn Level 3 §6.1), to its last byte.
 * @throws CeremonyRefused `authenticator data`, `credential id`, `backup state`, `cbor`
 */
export const readAuthenticatorData = (bytes: Bytes) => {
  must(bytes.length >= 37, 'authenticator data')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const has = (bit: number) => (view.getUint8(32) & bit) !== 0
  let end = 37

  const readAttested = () => {
    must(bytes.length > 55, 'authenticator data')
    const length = view.getUint16(53)
    must(length > 0 && length <= longestCredentialId, 'credential id')
    const keyAt = 55 + length
    end = readCbor(bytes, keyAt).end
    return {
      aaguid: bytes.slice(37, 53),
      credentialId: bytes.slice(55, keyAt),
      /** As COSE_Key. */
      publicKey: bytes.slice(keyAt, end),
    }
  }
  const attested = has(flag.attested) ? readAttested() : undefined

  if (has(flag.extensions)) {
    const extensions = readCbor(bytes, end)
    must(extensions.value instanceof Map, 'authenticator data')
    end = extensions.end
  }
  must(end === bytes.length, 'authenticator data')
  must(has(flag.backupEligible) || !has(flag.backedUp), 'backup state')

  return {
    rpIdHash: bytes.subarray(0, 32),
    present: has(flag.present),
    verified: has(flag.verified),
    backupEligible: has(flag.backupEligible),
    backedUp: has(flag.backedUp),
    signCount: view.getUint32(33),
    attested,
  }
}
