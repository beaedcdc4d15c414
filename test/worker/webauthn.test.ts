import { base64url } from 'jose'
import { describe, it } from 'vitest'
import { readCbor, readCborMap } from '../../src/domain/webauthn/cbor.ts'
import { challengeOf, verifyAssertion, verifyRegistration } from '../../src/domain/webauthn/ceremonies.ts'
import { ecdsaSignature } from '../../src/domain/webauthn/der.ts'
import { readPublicKey } from '../../src/domain/webauthn/public-keys.ts'
import { CeremonyRefused } from '../../src/domain/webauthn/refusal.ts'
import { type Ceremony, createPasskey, der, type SoftPasskey } from '../support/webauthn/authenticator.ts'
import { cbor, concat, hex, utf8 } from '../support/webauthn/cbor-writer.ts'

const asked: Ceremony = { challenge: 'c2VjcmV0', rpId: 'site.example', origin: 'https://login.site.example' }
const expected = { challenge: asked.challenge, rpId: asked.rpId, origins: [asked.origin], verification: true }
const userHandle = 'dXNlcg'

const register = ({ registration }: SoftPasskey, conditional = false, other: Partial<typeof expected> = {}) =>
  verifyRegistration(registration, { ...expected, ...other }, conditional)

const made = (ceremony: Partial<Ceremony> = {}, options?: Parameters<typeof createPasskey>[1]) =>
  createPasskey({ ...asked, ...ceremony }, { userHandle, ...options })

/** Registers a passkey as usual, and answers with it as stated. */
const assert = async (
  ceremony: Partial<Ceremony>,
  change: object = {},
  options?: Parameters<typeof createPasskey>[1],
) => {
  const passkey = await made({}, options)
  const registered = await register(passkey)
  const answer = await passkey.sign({ ...asked, ...ceremony })
  return verifyAssertion(
    { ...answer, response: { ...answer.response, ...change } },
    { ...registered, userHandle },
    expected,
  )
}

const changed = (at: number, to: (byte: number) => number) => (usual: Uint8Array) =>
  usual.map((byte, index) => (index === at ? to(byte) : byte)) as Uint8Array<ArrayBuffer>
const longer = (usual: Uint8Array) => concat(usual, Uint8Array.of(0))

/** What both ceremonies refuse, and under which reason. */
const faults: { what: string; reason: string; ceremony: Partial<Ceremony> }[] = [
  { what: 'another challenge', reason: 'challenge', ceremony: { challenge: 'b3RoZXJz' } },
  { what: 'the challenge in another spelling', reason: 'challenge', ceremony: { challenge: 'c2VjcmV0=' } },
  { what: 'another site', reason: 'origin', ceremony: { origin: 'https://login.site.example.evil.example' } },
  { what: 'http in place of https', reason: 'origin', ceremony: { origin: 'http://login.site.example' } },
  { what: 'another port', reason: 'origin', ceremony: { origin: 'https://login.site.example:8443' } },
  { what: 'the RP ID of another site', reason: 'rp id', ceremony: { rpId: 'login.site.example' } },
  { what: 'a frame of another site', reason: 'cross origin', ceremony: { clientData: { crossOrigin: true } } },
  { what: 'a frame, said oddly', reason: 'cross origin', ceremony: { clientData: { crossOrigin: 'false' } } },
  {
    what: 'the page around the frame',
    reason: 'cross origin',
    ceremony: { clientData: { topOrigin: 'https://login.site.example' } },
  },
  { what: 'a user who was not there', reason: 'user presence', ceremony: { present: false } },
  { what: 'a user who was not verified', reason: 'user verification', ceremony: { verified: false } },
  {
    what: 'a backup of what cannot be backed up',
    reason: 'backup state',
    ceremony: { backupEligible: false, backedUp: true },
  },
  {
    what: 'a byte after the authenticator data',
    reason: 'authenticator data',
    ceremony: { authenticatorData: longer },
  },
  {
    what: 'authenticator data that ends early',
    reason: 'authenticator data',
    ceremony: { authenticatorData: (usual) => usual.slice(0, 20) },
  },
  {
    what: 'extensions that are announced and absent',
    reason: 'cbor',
    ceremony: { authenticatorData: changed(32, (flags) => flags | 128) },
  },
  {
    what: 'extensions that are no map',
    reason: 'authenticator data',
    ceremony: { authenticatorData: (usual) => concat(changed(32, (flags) => flags | 128)(usual), cbor(1)) },
  },
  { what: 'client data that is no JSON', reason: 'client data', ceremony: { clientDataBytes: longer } },
  {
    what: 'client data with a byte order mark',
    reason: 'client data',
    ceremony: { clientDataBytes: (usual) => concat(hex('efbbbf'), usual) },
  },
  {
    what: 'client data that is no UTF-8',
    reason: 'client data',
    ceremony: { clientDataBytes: (usual) => concat(utf8('{"x":"'), hex('ff'), utf8('",'), usual.slice(1)) },
  },
  { what: 'client data that is null', reason: 'type', ceremony: { clientDataBytes: () => utf8('null') } },
]

describe('the registration of a passkey', () => {
  it.for([-7, -8, -257] as const)('is accepted, with the algorithm %i', async (alg, { expect }) => {
    const passkey = await made({ extensions: new Map([['credProtect', 2]]), signCount: 7 }, { alg, idLength: 1023 })

    expect(await register(passkey)).toEqual({
      ...{ credentialId: passkey.id, publicKey: passkey.publicKey, alg, signCount: 7, aaguid: '0'.repeat(32) },
      ...{ verified: true, backupEligible: true, backedUp: true },
    })
  })

  it.for(faults)('is refused: $what', async ({ ceremony, reason }, { expect }) => {
    await expect(register(await made(ceremony))).rejects.toThrow(new CeremonyRefused(reason))
  })

  it('is refused if it is an answer to a log-in', async ({ expect }) => {
    await expect(register(await made({ type: 'webauthn.get' }))).rejects.toThrow(new CeremonyRefused('type'))
  })

  it('may state nothing of the user only if the browser made the passkey by itself', async ({ expect }) => {
    const passkey = await made({ present: false, verified: false })

    expect(await register(passkey, true, { verification: false })).toMatchObject({ verified: false })
    await expect(register(passkey, true)).rejects.toThrow(new CeremonyRefused('user verification'))
    await expect(register(passkey, false, { verification: false })).rejects.toThrow(
      new CeremonyRefused('user presence'),
    )
  })

  it.for([
    { what: 'too long an id', options: { idLength: 1024 }, ceremony: {}, reason: 'credential id' },
    { what: 'no id', options: { idLength: 0 }, ceremony: {}, reason: 'credential id' },
    {
      what: 'no key',
      options: {},
      ceremony: { authenticatorData: (usual: Uint8Array<ArrayBuffer>) => changed(32, () => 5)(usual.slice(0, 37)) },
      reason: 'authenticator data',
    },
    {
      what: 'a key that is announced and absent',
      options: {},
      ceremony: { authenticatorData: (usual: Uint8Array<ArrayBuffer>) => usual.slice(0, 50) },
      reason: 'authenticator data',
    },
  ])('is refused with $what', async ({ options, ceremony, reason }, { expect }) => {
    await expect(register(await made(ceremony, options))).rejects.toThrow(new CeremonyRefused(reason))
  })

  it.for([{ authData: 'text' }, {}])(
    'is refused if its authenticator data are no bytes',
    async (members, { expect }) => {
      const { registration } = await made()
      const attestationObject = base64url.encode(cbor(new Map(Object.entries(members))))
      const response = { ...registration.response, attestationObject }

      await expect(verifyRegistration({ ...registration, response }, expected)).rejects.toThrow(
        new CeremonyRefused('authenticator data'),
      )
    },
  )

  it('is refused under the id of another passkey', async ({ expect }) => {
    const [passkey, other] = [await made(), await made()]
    const registration = { ...passkey.registration, id: other.id }

    await expect(verifyRegistration(registration, expected)).rejects.toThrow(new CeremonyRefused('credential id'))
  })
})

describe('an assertion', () => {
  it.for([-7, -8, -257] as const)('is accepted, with the algorithm %i', async (alg, { expect }) => {
    const ceremony = { extensions: new Map([['credProtect', 2]]), signCount: 2 ** 32 - 1, backedUp: false }

    expect(await assert(ceremony, {}, { alg })).toEqual({ verified: true, backedUp: false, signCount: 2 ** 32 - 1 })
  })

  it.for(faults)('is refused: $what', async ({ ceremony, reason }, { expect }) => {
    await expect(assert(ceremony)).rejects.toThrow(new CeremonyRefused(reason))
  })

  it.for([
    { what: 'an answer to a registration', reason: 'type', ceremony: { type: 'webauthn.create' } },
    {
      what: 'a passkey that could not be backed up and now can',
      reason: 'backup eligibility',
      ceremony: { backupEligible: false },
    },
    {
      what: 'a key in the authenticator data',
      reason: 'authenticator data',
      ceremony: {
        authenticatorData: (usual: Uint8Array<ArrayBuffer>) =>
          concat(changed(32, (flags) => flags | 64)(usual), new Uint8Array(16), hex('000100'), cbor(new Map())),
      },
    },
  ])('is refused: $what', async ({ ceremony, reason }, { expect }) => {
    await expect(assert(ceremony)).rejects.toThrow(new CeremonyRefused(reason))
  })

  it('is accepted without a user handle, and refused with that of somebody else', async ({ expect }) => {
    expect(await assert({}, { userHandle: null })).toMatchObject({ verified: true })
    await expect(assert({}, { userHandle: 'c29tZWJvZHk' })).rejects.toThrow(new CeremonyRefused('user handle'))
  })

  it.for([-7, -8, -257] as const)('is refused with the signature of another, %i', async (alg, { expect }) => {
    const { response } = await (await made({}, { alg })).sign(asked)

    await expect(assert({}, { signature: response.signature }, { alg })).rejects.toThrow('signature')
    await expect(assert({}, { signature: base64url.encode(Uint8Array.of(0)) }, { alg })).rejects.toThrow('signature')
    await expect(assert({}, { signature: '' }, { alg })).rejects.toThrow('signature')
  })

  it('is refused in another spelling of base64url', async ({ expect }) => {
    await expect(assert({}, { authenticatorData: '+/==' })).rejects.toThrow(new CeremonyRefused('authenticator data'))
    await expect(challengeOf('e30=', 'webauthn.get')).rejects.toThrow(new CeremonyRefused('client data'))
  })

  it.for([{ challenge: 1, origin: '' }, { challenge: '' }])(
    'has a challenge and an origin: %o',
    async (data, { expect }) => {
      const json = base64url.encode(JSON.stringify({ type: 'webauthn.get', ...data }))

      await expect(challengeOf(json, 'webauthn.get')).rejects.toThrow(new CeremonyRefused('client data'))
    },
  )
})

describe('a key', () => {
  const ec = async () => readCborMap(Uint8Array.from(base64url.decode((await made()).publicKey)))
  const rsa = (n: Uint8Array, e: Uint8Array = hex('010001')) =>
    cbor(
      new Map<number, number | Uint8Array>([
        [1, 3],
        [3, -257],
        [-1, n],
        [-2, e],
      ]),
    )
  const modulus = (bytes: number) => Uint8Array.from({ length: bytes }, () => 255)

  it.for<[string, [number, number | Uint8Array | undefined][]]>([
    [
      'of ES384',
      [
        [3, -35],
        [-1, 2],
      ],
    ],
    [
      'of ES512',
      [
        [3, -36],
        [-1, 3],
      ],
    ],
    [
      'of ES256K',
      [
        [3, -47],
        [-1, 8],
      ],
    ],
    ['of RS256 by its algorithm alone', [[3, -257]]],
    ['of EdDSA by its algorithm alone', [[3, -8]]],
    ['of another type', [[1, 1]]],
    ['without an algorithm', [[3, undefined]]],
    ['with a member more', [[2, 1]]],
    ['with a coordinate of 31 bytes', [[-2, new Uint8Array(31)]]],
    ['with a compressed point', [[-3, 1]]],
    ['with a point that is not on the curve', [[-3, new Uint8Array(32).fill(1)]]],
  ])('%s, is refused', async ([, members], { expect }) => {
    const key = new Map((await ec()) as Map<number, number | Uint8Array>)
    for (const [label, value] of members) value === undefined ? key.delete(label) : key.set(label, value)

    await expect(readPublicKey(cbor(key))).rejects.toThrow(new CeremonyRefused('public key'))
  })

  it.for<[string, Uint8Array, Uint8Array?]>([
    ['of 1,024 bits', modulus(128)],
    ['of 2,047 bits', concat(Uint8Array.of(127), modulus(255))],
    ['of 4,104 bits', modulus(513)],
    ['with a zero in front', concat(Uint8Array.of(0), modulus(256))],
    ['with the exponent 3', modulus(256), hex('000003')],
  ])('of RSA %s, is refused', async ([, n, e], { expect }) => {
    await expect(readPublicKey(rsa(n, e))).rejects.toThrow(new CeremonyRefused('public key'))
  })
})

describe('CBOR', () => {
  it.for([
    ['nothing', ''],
    ['an indefinite array', '9fff'],
    ['an indefinite map', 'bfff'],
    ['indefinite bytes', '5f4100ff'],
    ['a length of 64 bits', '5b000000000000000100'],
    ['a number of 64 bits', '1b0000000000000001'],
    ['a reserved length', '1c'],
    ['a tag', 'c000'],
    ['a float', 'f90000'],
    ['undefined', 'f7'],
    ['a key that occurs twice', 'a201000100'],
    ['a key that is an array', 'a18000'],
    ['text that is no UTF-8', '61ff'],
    ['bytes that end early', '420'.padEnd(4, '0')],
    ['an array of four billion items', '9affffffff00'],
    ['a map of four billion items', 'baffffffff0000'],
    ['nine levels', '818181818181818181'.concat('00')],
  ])('with %s, is refused', ([, bytes], { expect }) => {
    expect(() => readCbor(hex(bytes!))).toThrow(new CeremonyRefused('cbor'))
  })

  it('is read to the last byte, and no further', ({ expect }) => {
    const map = new Map<string | number, number | string | boolean>([
      ['a', 23],
      [-257, 'é'],
      [65_536 - 1, false],
    ])

    expect(readCborMap(cbor(map))).toEqual(map)
    expect(readCbor(concat(cbor([true]), Uint8Array.of(0)))).toEqual({ value: [true], end: 2 })
    expect(() => readCborMap(concat(cbor(map), Uint8Array.of(0)))).toThrow(new CeremonyRefused('cbor'))
    expect(() => readCborMap(cbor(1))).toThrow(new CeremonyRefused('cbor'))
  })
})

describe('a DER signature', () => {
  const [r, s] = [new Uint8Array(32).fill(0x11), new Uint8Array(32).fill(0x99)]
  const good = der(concat(r, s))
  const sequence = (...parts: Uint8Array[]) => concat(Uint8Array.of(0x30, concat(...parts).length), ...parts)
  const integer = (digits: string) => concat(Uint8Array.of(2, digits.length / 2), hex(digits))
  const one = integer('01')

  it('is read, however short its integers are', ({ expect }) => {
    expect(ecdsaSignature(good)).toEqual(concat(r, s))
    expect(ecdsaSignature(sequence(one, integer('0080')))).toEqual(
      concat(new Uint8Array(31), Uint8Array.of(1), new Uint8Array(31), Uint8Array.of(0x80)),
    )
  })

  it.for([
    ['nothing', new Uint8Array()],
    ['a byte after it', concat(good, Uint8Array.of(0))],
    ['a third integer', sequence(one, one, one)],
    ['one integer', sequence(one)],
    ['a long form of its length', concat(hex('3081'), good.slice(1))],
    ['a long form of the length of an integer', sequence(concat(hex('028101'), hex('01')), one)],
    ['a superfluous zero', sequence(integer('0001'), one)],
    ['a negative integer', sequence(integer('80'), one)],
    ['a zero', sequence(integer('00'), one)],
    ['an integer without digits', sequence(Uint8Array.of(2, 0), one)],
    ['an integer of 33 digits', sequence(integer('01'.repeat(33)), one)],
    ['an integer of another type', sequence(concat(Uint8Array.of(3, 1, 1)), one)],
    ['a sequence of another type', concat(Uint8Array.of(0x31), good.slice(1))],
    ['r ‖ s', concat(r, s)],
  ] as [string, Uint8Array<ArrayBuffer>][])('with %s, is refused', ([, bytes], { expect }) => {
    expect(() => ecdsaSignature(bytes)).toThrow(new CeremonyRefused('signature'))
  })
})
