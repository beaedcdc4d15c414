import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import fc from 'fast-check'
import { base64url } from 'jose'
import {
  type Expected,
  type Registered,
  verifyAssertion,
  verifyRegistration,
} from '../../../src/domain/webauthn/ceremonies.ts'
import { CeremonyRefused } from '../../../src/domain/webauthn/refusal.ts'
import { type Algorithm, type Ceremony, createPasskey, type SoftPasskey } from '../../support/webauthn/authenticator.ts'
import { concat } from '../../support/webauthn/cbor-writer.ts'
import { vectorOrigin, vectorRpId, vectors } from '../../support/webauthn/vectors.ts'

/**
 * The same ceremonies to our verification and to that of @simplewebauthn/server: both accept or both refuse. Where ours
 * is stricter on purpose, test/worker/webauthn.test.ts has the refusals, and no ceremony here is of that kind.
 */

/** `CEREMONIES=10000 node --test test/node/commands/webauthn-oracle.test.ts` tries more, in about a minute. */
const ceremonies = Number(process.env.CEREMONIES ?? 400)

const asked: Ceremony = { challenge: 'c2VjcmV0', rpId: 'site.example', origin: 'https://site.example' }
const userHandle = 'dXNlcg'

/** Keys of RSA take long to make, so a few passkeys serve all ceremonies. */
const known = await Promise.all(
  ([-7, -7, -8, -8, -257] as const).map(async (alg: Algorithm) => {
    const passkey = await createPasskey(asked, { alg, userHandle })
    const expected = { challenge: asked.challenge, rpId: asked.rpId, origins: [asked.origin], verification: true }
    return { passkey, registered: await verifyRegistration(passkey.registration, expected) }
  }),
)

/** Whether a verification accepts. An error of ours that is no refusal fails the test. */
const ours = async (work: Promise<unknown>) => {
  try {
    await work
    return true
  } catch (error) {
    assert.ok(error instanceof CeremonyRefused, String(error))
    return false
  }
}
const theirs = (work: Promise<{ verified: boolean }>) =>
  work.then(
    ({ verified }) => verified,
    () => false,
  )

const bothRegister = async (registration: SoftPasskey['registration'], expected: Expected) => [
  await ours(verifyRegistration(registration, expected)),
  await theirs(
    verifyRegistrationResponse({
      response: registration as never,
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origins,
      expectedRPID: expected.rpId,
      requireUserVerification: expected.verification,
      supportedAlgorithmIDs: [-8, -7, -257],
    }),
  ),
]

const bothAssert = async (
  answer: Awaited<ReturnType<SoftPasskey['sign']>>,
  passkey: Registered,
  expected: Expected,
) => [
  await ours(verifyAssertion(answer, { ...passkey, userHandle }, expected)),
  await theirs(
    verifyAuthenticationResponse({
      response: answer as never,
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origins,
      expectedRPID: expected.rpId,
      requireUserVerification: expected.verification,
      credential: {
        id: passkey.credentialId,
        publicKey: Uint8Array.from(base64url.decode(passkey.publicKey)),
        counter: 0,
      },
    }),
  ),
]

const bit = fc.record({ byte: fc.nat(4000), bit: fc.nat(7) })
type Bit = { byte: number; bit: number }
const flip = (bytes: Uint8Array, { byte, bit }: Bit, from = 0, to = bytes.length) => {
  const changed = Uint8Array.from(bytes)
  changed[from + (byte % (to - from))]! ^= 1 << bit
  return changed
}

const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, { weight: 1, arbitrary })

/** Changes a bit of base64url at or after an offset; a negative offset counts from the end. */
const changedFrom = (text: string, at: Bit, from: number) => {
  const bytes = base64url.decode(text)
  return base64url.encode(flip(bytes, at, from < 0 ? bytes.length + from : from))
}

/** Half of the ceremonies are as they should be, or differ in what both allow. */
const differences = fc.oneof(
  { weight: 3, arbitrary: fc.record({ backedUp: fc.boolean(), signCount: fc.integer({ min: 1, max: 2 ** 32 - 1 }) }) },
  fc.constant({ extensions: new Map([['credProtect', 2]]) }),
  fc.constantFrom<Partial<Ceremony>[]>(
    { challenge: 'b3RoZXI' },
    { origin: 'https://evil.example' },
    { rpId: 'evil.example' },
    { type: 'payment.get' },
    { present: false },
    { verified: false },
    { backupEligible: false, backedUp: true },
    { authenticatorData: (usual) => concat(usual, Uint8Array.of(0)) },
    { authenticatorData: (usual) => usual.slice(0, 36) },
  ),
  // The RP ID's hash and the lower flags: beyond them, other bytes may be as good, or only ours reads them.
  bit.map((at) => ({ authenticatorData: (usual: Uint8Array) => flip(usual, { ...at, bit: at.bit % 3 }, 0, 33) })),
  bit.map((at) => ({ clientDataBytes: (usual: Uint8Array) => flip(usual, at, 0, 40) })),
)
const options = { numRuns: ceremonies / 2, seed: Number(process.env.SOAK_SEED ?? 20_261_130) }

test('registrations are accepted and refused as by another implementation', async () => {
  const seen = { accepted: 0, refused: 0 }
  const holds = fc.asyncProperty(
    fc.constantFrom<Algorithm[]>(-7, -8),
    differences,
    fc.boolean(),
    async (alg, difference, verification) => {
      const { registration } = await createPasskey({ ...asked, ...difference }, { alg })
      const expected = { challenge: asked.challenge, rpId: asked.rpId, origins: [asked.origin], verification }

      const [here, there] = await bothRegister(registration, expected)

      assert.equal(here, there)
      seen[here ? 'accepted' : 'refused'] += 1
    },
  )
  await fc.assert(holds, options)
  assert.ok(seen.accepted > ceremonies / 10 && seen.refused > ceremonies / 10, JSON.stringify(seen))
})

test('assertions are accepted and refused as by another implementation', async () => {
  const seen = { accepted: 0, refused: 0 }
  const changes = fc.record({
    which: fc.nat(known.length - 1),
    key: rarely(fc.nat(known.length - 1)),
    signature: rarely(bit),
    clientData: rarely(bit),
  })
  const holds = fc.asyncProperty(changes, differences, fc.boolean(), async (change, difference, verification) => {
    const { passkey, registered } = known[change.which]!
    const answer = await passkey.sign({ ...asked, ...difference })
    const sent = { ...answer, response: { ...answer.response } }
    const { clientDataJSON, signature } = answer.response
    // Not the lengths in a signature of ES256: the other implementation also reads some that are not DER.
    if (change.signature) sent.response.signature = changedFrom(signature, change.signature, -31)
    if (change.clientData) sent.response.clientDataJSON = changedFrom(clientDataJSON, change.clientData, 0)
    const checked = change.key === null ? registered : { ...known[change.key]!.registered, credentialId: passkey.id }
    const expected = { challenge: asked.challenge, rpId: asked.rpId, origins: [asked.origin], verification }

    const [here, there] = await bothAssert(sent, checked, expected)

    assert.equal(here, there)
    seen[here ? 'accepted' : 'refused'] += 1
  })
  await fc.assert(holds, options)
  assert.ok(seen.accepted > ceremonies / 10 && seen.refused > ceremonies / 10, JSON.stringify(seen))
})

test('the published vectors are read as by another implementation, which also verifies their attestations', async () => {
  for (const vector of (await vectors()).filter(({ refused }) => !refused)) {
    const { id } = vector.registration
    const expected = { rpId: vectorRpId, origins: [vectorOrigin], verification: false }
    const json = { id, rawId: id, type: 'public-key', clientExtensionResults: {} }
    const registration = { ...json, ...vector.registration }
    const asked = { ...expected, challenge: vector.registrationChallenge }
    // The oracle refuses four statements: their certificates do not chain to the roots that it knows, or lack what it
    // asks for. We read no statement.
    const [here, there] = await bothRegister(registration, asked)
    const registered = await verifyRegistration(registration, asked)
    const assertion = { ...json, ...vector.assertion }

    assert.deepEqual([here, there], [true, !/Android|Apple|TPM|U2F/.test(vector.name)], vector.name)
    assert.deepEqual(
      await bothAssert(assertion as never, registered, { ...expected, challenge: vector.assertionChallenge }),
      [true, true],
      vector.name,
    )
  }
})
