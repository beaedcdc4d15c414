import { base64url } from 'jose'
import { describe, it } from 'vitest'
import { verifyAssertion, verifyRegistration } from '../../src/domain/webauthn/ceremonies.ts'
import { readPublicKey } from '../../src/domain/webauthn/public-keys.ts'
import { CeremonyRefused } from '../../src/domain/webauthn/refusal.ts'
import { concat } from '../support/webauthn/cbor-writer.ts'
import { type Vector, vectorOrigin, vectorRpId, vectors } from '../support/webauthn/vectors.ts'

const all = await vectors()
const accepted = all.filter(({ refused }) => !refused)
/** The authenticators of the vectors verified the user in some of them only. */
const expected = { origins: [vectorOrigin], rpId: vectorRpId, verification: false }

const register = ({ registration, registrationChallenge }: Vector) =>
  verifyRegistration(registration, { ...expected, challenge: registrationChallenge })

const assert = async (vector: Vector, response: Partial<Vector['assertion']['response']> = {}) =>
  verifyAssertion(
    { ...vector.assertion, response: { ...vector.assertion.response, ...response } },
    { ...(await register(vector)), userHandle: 'nobody' },
    { ...expected, challenge: vector.assertionChallenge },
  )

const bytesOf = (text: string) => Uint8Array.from(base64url.decode(text))

/** Each is a part of an assertion that a signature protects, or the signature itself. */
const parts = ['authenticatorData', 'clientDataJSON', 'signature'] as const

/** Changes one bit of an assertion. The bits are spread evenly over its parts. */
const flipped = ({ assertion }: Vector, which: number, of: number) => {
  const values = parts.map((name) => bytesOf(assertion.response[name]))
  const whole = concat(...values)
  const bit = Math.floor((which * whole.length * 8) / of)
  whole[bit >> 3]! ^= 1 << (bit & 7)
  let start = 0
  return Object.fromEntries(
    values.map(({ length }, index) => {
      start += length
      return [parts[index]!, base64url.encode(whole.subarray(start - length, start))]
    }),
  )
}

describe('the test vectors of WebAuthn Level 3 §16', () => {
  it('are put together as they are published', ({ expect }) => {
    const hex = [...bytesOf(all[0]!.registration.response.attestationObject)]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('')

    expect(hex).toBe(
      'a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220',
    )
    expect(accepted).toHaveLength(10)
  })

  it.for(accepted)('$name, is accepted', async (vector, { expect }) => {
    const registered = await register(vector)

    expect(registered.credentialId).toBe(vector.registration.id)
    expect(registered.publicKey).toBe(base64url.encode(vector.publicKey))
    expect(await assert(vector)).toMatchObject({ signCount: 0 })
  })

  it.for(all.filter(({ refused }) => refused))('$name, is refused in both ceremonies', async (vector, { expect }) => {
    const { authenticatorData, clientDataJSON, signature } = vector.assertion.response
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(clientDataJSON)))
    const { verify } = await readPublicKey(vector.publicKey)

    // Nothing else is wrong with it.
    expect(await verify(bytesOf(signature), concat(bytesOf(authenticatorData), hash))).toBe(true)
    await expect(register(vector)).rejects.toThrow('cross origin')
    const passkey = { publicKey: base64url.encode(vector.publicKey), backupEligible: false, userHandle: 'nobody' }
    const asked = { ...expected, challenge: vector.assertionChallenge }
    await expect(verifyAssertion(vector.assertion, passkey, asked)).rejects.toThrow('cross origin')
  })

  it.for(accepted)('$name, is refused with any of 120 bits changed', async (vector, { expect }) => {
    for (let which = 0; which < 120; which += 1) {
      const changed = flipped(vector, which, 120)

      const outcome = await assert(vector, changed).catch((error) => error)

      expect(outcome, `bit ${which}`).toBeInstanceOf(CeremonyRefused)
    }
  })
})
