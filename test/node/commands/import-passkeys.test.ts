import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { passkeysOf } from '../../../cli/import/passkeys.ts'
import { importUsers } from '../../../cli/import.ts'
import imported from '../../support/app/imported-hashes.json' with { type: 'json' }
import { createPasskey, type SoftPasskey } from '../../support/webauthn/authenticator.ts'
import { freePort, makePlace, type Service, startService } from '../blackbox/service.ts'
import { call } from '../blackbox/visitor.ts'
import { read } from './databases.ts'
import { inside } from './inside.ts'

const place = makePlace()
const password = imported.passwords['letters of all kinds']
const hash = imported.vectors.find(
  (vector) => vector.source.startsWith('passlib 1.7.4 CryptContext') && vector.password === 'letters of all kinds',
)!.hash

/** The user's id that the old system gave the authenticator: a text, as Better Auth makes one. */
const oldHandle = Buffer.from('k3v0q8w1x7z5c2b9n4m6l8j1h3g5f7d9').toString('base64url')

/** Makes a passkey as the authenticator of a user of the old system did. */
const oldPasskey = (alg: -7 | -8 | -257 = -7) =>
  createPasskey({ rpId: 'localhost', origin: 'http://localhost', challenge: 'AAAA' }, { alg, userHandle: oldHandle })

/** Returns base64 in the standard alphabet, in which Better Auth stores keys. */
const standard = (text: string) => Buffer.from(text, 'base64url').toString('base64')

type Export = {
  of: string
  alg?: -7 | -8 | -257
  /** Returns what the system exports of a user with this passkey. */
  user: (soft: SoftPasskey, email: string) => object
  args?: string[]
  /** What is stored of the passkey besides the key. */
  stored: object
  /** Whether it is a second factor only. */
  second?: true
}

const exports: Export[] = [
  {
    of: 'Better Auth, which keeps no user handle',
    user: (soft, email) => ({
      ...{ id: 'a1', email, emailVerified: true, image: null, createdAt: '2025-01-01T00:00:00Z', password: hash },
      passkeys: [
        {
          ...{ id: 'p1', name: 'My phone', userId: 'a1', credentialID: soft.id, publicKey: standard(soft.publicKey) },
          ...{ counter: 0, deviceType: 'multiDevice', backedUp: true, transports: 'internal,hybrid' },
          ...{ createdAt: '2025-02-01T00:00:00Z', aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd' },
        },
      ],
    }),
    stored: {
      name: 'My phone',
      transports: '["internal","hybrid"]',
      aaguid: 'fbfc3007154e4ecc8c0b6e020557d7bd',
      user_handle: '',
      uv: 1,
      backup_eligible: 1,
      backed_up: 1,
      created_at: Date.parse('2025-02-01T00:00:00Z'),
    },
  },
  {
    of: 'Auth.js, with the table Authenticator',
    alg: -257,
    user: (soft, email) => ({
      ...{ id: 'a2', email, emailVerified: '2025-01-01T00:00:00Z', image: null, password: hash },
      authenticators: [
        {
          ...{ credentialID: standard(soft.id), credentialPublicKey: standard(soft.publicKey), counter: 0 },
          ...{ credentialDeviceType: 'multiDevice', credentialBackedUp: true, transports: 'usb,nfc' },
        },
      ],
    }),
    stored: { name: 'Passkey', transports: '["usb","nfc"]', aaguid: '0'.repeat(32), alg: -257 },
  },
  {
    of: 'Auth0, with the methods that its API lists',
    user: (soft, email) => ({
      ...{ user_id: 'auth0|a3', email, email_verified: true },
      authentication_methods: [
        { id: 'phone|x', type: 'phone', confirmed: true },
        {
          ...{ id: 'passkey|x', type: 'passkey', key_id: soft.id, public_key: standard(soft.publicKey) },
          ...{ credential_device_type: 'multi_device', credential_backed_up: true, user_handle: oldHandle },
        },
      ],
    }),
    args: ['--without-passwords'],
    stored: { user_handle: oldHandle, uv: 1 },
  },
  {
    of: 'Ory Kratos, as a second factor',
    alg: -8,
    user: (soft, email) => ({
      ...{ id: 'a4', schema_id: 'default', traits: { email } },
      verifiable_addresses: [{ via: 'email', value: email, verified: true }],
      credentials: {
        password: { config: { hashed_password: hash } },
        webauthn: {
          config: {
            user_handle: standard(oldHandle),
            credentials: [
              {
                ...{ id: standard(soft.id), public_key: standard(soft.publicKey), display_name: 'Blue key' },
                ...{ is_passwordless: false, flags: { backup_eligible: true, backup_state: true } },
                authenticator: { aaguid: Buffer.alloc(16, 7).toString('base64'), sign_count: 3 },
              },
            ],
          },
        },
      },
    }),
    stored: { name: 'Blue key', sign_count: 3, aaguid: '07'.repeat(16), user_handle: oldHandle, uv: 0 },
    second: true,
  },
]

const reportOf = (path: string) => readFileSync(`${path}.import-report.ndjson`, 'utf8')

describe('users of another system who have a passkey', () => {
  let service: Service | undefined
  before(async () => {
    service = await startService(place, await freePort())
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })

  const run = async (file: string, users: object[], ...args: string[]) => {
    const path = join(place.folder, file)
    writeFileSync(path, users.map((user) => `${JSON.stringify(user)}\n`).join(''))
    const said = await inside(importUsers, [path, '--persist-to', place.state, ...args])
    return { path, said }
  }

  const passkeysIn = (email: string) =>
    read(
      place.state,
      'select passkeys.*, users.factors from users left join passkeys on passkeys.user_id = users.id where email_canonical = ?',
      email,
    )

  /** Answers the options of a log-in as the browser would. */
  const answer = async (soft: SoftPasskey, step: object = {}, differs: object = {}) => {
    const { body } = await call(service!.url, 'POST /api/auth/login/passkey/options', { json: step })
    const { challenge, rpId } = body.public_key
    const credential = await soft.sign({ rpId, origin: service!.url, challenge, ...differs })
    return call(service!.url, 'POST /api/auth/login/passkey', { json: { ...step, credential } })
  }

  for (const [n, { of, alg, user, args = [], stored, second }] of exports.entries())
    it(`of ${of}: log in with it`, async () => {
      const [soft, email] = [await oldPasskey(alg), `passkey-${n}@example.com`]
      const { path, said } = await run(`passkey-${n}.ndjson`, [user(soft, email)], '--rp-id', 'localhost', ...args)

      assert.match(said.output, /^New users: 1\. Known users, left unchanged: 0\./m, said.output)
      assert.match(said.output, /^Users with a passkey: 1\./m)
      assert.equal(reportOf(path), '')
      const [row] = passkeysIn(email)
      assert.partialDeepStrictEqual(row, { ...stored, rp_id: 'localhost', credential_id: soft.id })
      assert.equal(row?.public_key, soft.publicKey)
      assert.equal(row?.factors, second ? 4 : 2)

      const alone = await answer(soft)
      if (!second) assert.equal(alone.body.user?.email, email, JSON.stringify(alone.body))
      else assert.equal(alone.body.code, 'passkey_refused')
      if (args.includes('--without-passwords')) return
      const first = await call(service!.url, 'POST /api/auth/login', { json: { email, password } })
      assert.equal(first.body.code, 'second_factor_required')
      assert.equal((await answer(soft, { challenge: first.body.challenge })).body.user?.email, email)
    })

  it('are refused with an assertion that differs from what the export says', async () => {
    const [soft, other, email] = [await oldPasskey(), await oldPasskey(), 'differs@example.com']
    const [, , auth0] = exports
    await run('differs.ndjson', [auth0!.user(soft, email)], '--rp-id', 'localhost', '--without-passwords')

    const handle = async () => {
      const { body } = await call(service!.url, 'POST /api/auth/login/passkey/options', { json: {} })
      const { challenge, rpId } = body.public_key
      const credential = await soft.sign({ rpId, origin: service!.url, challenge })
      credential.response.userHandle = Buffer.from('somebody else').toString('base64url')
      return call(service!.url, 'POST /api/auth/login/passkey', { json: { credential } })
    }
    const replies = [
      await handle(),
      await answer(soft, {}, { backupEligible: false }),
      await answer(soft, {}, { verified: false }),
      await answer({
        ...other,
        sign: async (asked) => ({ ...(await other.sign(asked)), id: soft.id, rawId: soft.id }),
      }),
    ]

    for (const { status, body } of replies) assert.deepEqual([status, body.code], [422, 'passkey_refused'])
    assert.equal((await answer(soft)).status, 200)
  })

  it('are not imported without the RP ID of the old system, which only an operator knows', async () => {
    const user = exports[0]!.user(await oldPasskey(), 'nowhere@example.com')
    const none = await run('nowhere.ndjson', [user])
    const dry = await run('nowhere.ndjson', [user], '--dry-run')
    const without = await run('nowhere.ndjson', [user], '--ignore', 'passkeys')

    assert.match(none.said.output, /which work for one RP ID only\. Name the RP ID of the old system with --rp-id/)
    assert.deepEqual([none.said.status, dry.said.status, without.said.status], [1, 1, 0])
    assert.deepEqual([passkeysIn('nowhere@example.com')[0]?.factors, without.said.status], [0, 0])
  })

  it('are imported without it, and reported, if it could not log in here', async () => {
    const soft = await oldPasskey()
    const usual = { credentialID: soft.id, publicKey: soft.publicKey, deviceType: 'singleDevice', counter: 0 }
    const faults: [string, object, object?][] = [
      ['an address that is not verified', usual, { emailVerified: false }],
      ['no id', { ...usual, credentialID: undefined }],
      ['an id of another alphabet', { ...usual, credentialID: '!!' }],
      ['no key', { ...usual, publicKey: undefined }],
      ['a key of another algorithm', { ...usual, publicKey: standard('pAEDAzknACFYIA') }],
      ['a counter that is none', { ...usual, counter: -1 }],
      ['nothing about backups', { ...usual, deviceType: undefined }],
      ['another RP ID', { ...usual, rpID: 'old.example.com' }],
      ['no passkey at all', 'a text' as unknown as object],
    ]
    const users = faults.map(([, passkey, more], n) => ({
      ...{ id: `f${n}`, email: `faulty-${n}@example.com`, emailVerified: true, image: null, password: hash },
      ...{ createdAt: '2025-01-01T00:00:00Z', passkeys: [passkey], ...more },
    }))
    const { path, said } = await run('faulty.ndjson', users, '--rp-id', 'localhost')

    assert.match(said.output, new RegExp(`^New users: ${faults.length}\\.`, 'm'), said.output)
    assert.doesNotMatch(said.output, /Users with a passkey/)
    const told = reportOf(path)
    assert.equal(told.match(/"left_out":"passkeys"/g)?.length, faults.length, told)
    assert.ok(!told.includes(soft.id) && !told.includes(soft.publicKey))
    for (const n of faults.keys()) assert.equal(passkeysIn(`faulty-${n}@example.com`)[0]?.factors, 0)
  })

  it('and share it with another user of the file: the first one has it', async () => {
    const soft = await oldPasskey()
    const [one, two] = ['one@example.com', 'two@example.com']
    const user = exports[0]!.user
    const users = [user(soft, one), { ...user(soft, two), id: 'a9' }]
    const { path } = await run('shared.ndjson', users, '--rp-id', 'localhost')

    assert.match(reportOf(path), /"left_out":"passkeys","why":"is the same as in line 1"/)
    assert.deepEqual([passkeysIn(one)[0]?.credential_id, passkeysIn(two)[0]?.credential_id], [soft.id, null])
  })

  it('and were here before keep what they have here', async () => {
    const user = exports[0]!.user(await oldPasskey(), 'nowhere@example.com')
    const { said } = await run('again.ndjson', [user], '--rp-id', 'localhost', '--update')

    assert.equal(said.status, 0, said.output)
    assert.equal(passkeysIn('nowhere@example.com')[0]?.factors, 0)
  })
})

describe('exports of passkeys', () => {
  const readAll = async (value: unknown) => {
    const notes: string[] = []
    const found = await passkeysOf(value, { rpId: 'localhost', now: new Date() }, (_, why) => {
      notes.push(why)
      return null
    })
    return { found, notes }
  }
  const one = async () => {
    const { id, publicKey } = await oldPasskey()
    return { credential_id: id, public_key: publicKey, backup_eligible: true }
  }

  it('have bytes as base64, hexadecimal, numbers or a Buffer of Node', async () => {
    const { credential_id, public_key } = await one()
    for (const write of [
      (bytes: Buffer) => bytes.toString('base64'),
      (bytes: Buffer) => `\\x${bytes.toString('hex')}`,
      (bytes: Buffer) => [...bytes],
      (bytes: Buffer) => bytes.toJSON(),
    ]) {
      const [id, key] = [credential_id, public_key].map((text) => write(Buffer.from(text, 'base64url')))
      const { found } = await readAll(JSON.stringify([{ id, publicKey: key, backedUp: 1 }]))
      assert.partialDeepStrictEqual(found, [{ credentialId: credential_id, publicKey: public_key, backedUp: true }])
    }
  })

  it('are a list in the form of PostgreSQL for transports', async () => {
    const { found } = await readAll([{ ...(await one()), transports: '{internal,hybrid}' }])
    assert.deepEqual(found[0]?.transports, ['internal', 'hybrid'])
  })

  it('give a user at most ten, and none twice', async () => {
    const eleven = await Promise.all(Array.from({ length: 11 }, one))
    const { found, notes } = await readAll([...eleven, eleven[0]])
    assert.deepEqual([found.length, notes.length], [10, 2])
  })
})
