import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { seedsOf } from '../../../cli/import/seeds.ts'
import { importUsers } from '../../../cli/import.ts'
import { base32, oneTimePassword, stepOf } from '../../../src/domain/totp.ts'
import imported from '../../support/app/imported-hashes.json' with { type: 'json' }
import { freePort, makePlace, type Service, startService } from '../blackbox/service.ts'
import { read } from './databases.ts'
import { inside } from './inside.ts'

const place = makePlace()
const password = imported.passwords['letters of all kinds']
const hash = imported.vectors.find(
  (vector) => vector.source.startsWith('passlib 1.7.4 CryptContext') && vector.password === 'letters of all kinds',
)!.hash

/** The seed of RFC 6238 Appendix B: the bytes of "12345678901234567890". */
const plain = '12345678901234567890'
const seed = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

const csv = (columns: string, ...values: string[]) => `email,password,email_verified,${columns}\n${values.join('\n')}\n`

/** Exports as the systems write them, each with one user whose app has that seed. */
const exports = [
  {
    of: 'Clerk, or any table with a column of seeds',
    file: 'clerk.csv',
    text: csv('totp_secret', `clerk@example.com,${hash},t,${seed}`),
    email: 'clerk@example.com',
  },
  {
    of: 'ASP.NET Identity, in small letters with spaces',
    file: 'asp.csv',
    text: csv('AuthenticatorKey', `asp@example.com,${hash},t,${seed.toLowerCase().replace(/(.{4})/g, '$1 ')}`),
    email: 'asp@example.com',
  },
  {
    of: 'Supabase, with its table of factors',
    file: 'supabase.ndjson',
    text: `${JSON.stringify({
      id: '9b6f1c8e-6f6e-4a53-9d5c-0d1a8d7b6f11',
      email: 'supabase@example.com',
      encrypted_password: hash,
      email_confirmed_at: '2023-05-11T10:20:30Z',
      raw_user_meta_data: {},
      mfa_factors: [
        { factor_type: 'totp', status: 'unverified', secret: 'A'.repeat(32) },
        { factor_type: 'totp', status: 'verified', secret: seed, friendly_name: 'Phone' },
      ],
    })}\n`,
    email: 'supabase@example.com',
    name: 'Phone',
  },
  {
    of: 'Logto',
    file: 'logto.ndjson',
    text: `${JSON.stringify({
      id: 'abc',
      primary_email: 'logto@example.com',
      password_encrypted: hash,
      password_encryption_method: 'Bcrypt',
      mfa_verifications: [
        { id: 'x', type: 'Totp', key: seed, createdAt: '2024-01-01T00:00:00Z' },
        { id: 'y', type: 'BackupCode', codes: [{ code: 'abcdefgh' }] },
      ],
    })}\n`,
    email: 'logto@example.com',
    args: ['--verified'],
  },
  {
    of: 'Keycloak, which stores the bytes of a text',
    file: 'keycloak.json',
    text: JSON.stringify({
      users: [
        {
          username: 'ada',
          email: 'keycloak@example.com',
          emailVerified: true,
          createdTimestamp: 1_683_800_430_000,
          credentials: [
            {
              type: 'otp',
              userLabel: 'My phone',
              secretData: JSON.stringify({ value: plain }),
              credentialData: JSON.stringify({
                ...{ subType: 'totp', period: 30, digits: 6, algorithm: 'HmacSHA1', counter: 0 },
              }),
            },
          ],
        },
      ],
    }),
    email: 'keycloak@example.com',
    name: 'My phone',
    args: ['--without-passwords'],
    passwordless: true,
  },
  {
    of: 'Ory Kratos, as a URI',
    file: 'kratos.json',
    text: JSON.stringify([
      {
        id: 'x',
        schema_id: 'default',
        traits: { email: 'kratos@example.com' },
        verifiable_addresses: [{ via: 'email', value: 'kratos@example.com', verified: true }],
        credentials: {
          password: { config: { hashed_password: hash } },
          totp: {
            config: { totp_url: `otpauth://totp/Us:ada?algorithm=SHA1&digits=6&issuer=Us&period=30&secret=${seed}` },
          },
        },
      },
    ]),
    email: 'kratos@example.com',
  },
  {
    of: 'FusionAuth, in base64',
    file: 'fusionauth.json',
    text: JSON.stringify({
      users: [
        {
          active: true,
          email: 'fusion@example.com',
          verified: true,
          insertInstant: 1_683_800_430_000,
          encryptionScheme: '',
          password: hash,
          twoFactor: {
            methods: [
              {
                method: 'authenticator',
                secret: Buffer.from(plain).toString('base64'),
                authenticator: { algorithm: 'HmacSHA1', codeLength: 6, timeStep: 30 },
              },
              { method: 'sms', mobilePhone: '+15555555555' },
            ],
          },
        },
      ],
    }),
    email: 'fusion@example.com',
  },
]

const codeNow = (steps = 0) => oneTimePassword(base32.decode(seed)!, stepOf(new Date()) + steps)

const reportOf = (path: string) => readFileSync(`${path}.import-report.ndjson`, 'utf8')

describe('users of another system who have an authenticator app', () => {
  let service: Service | undefined
  before(async () => {
    service = await startService(place, await freePort())
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })

  const run = async (file: string, text: string, ...args: string[]) => {
    const path = join(place.folder, file)
    writeFileSync(path, text)
    const said = await inside(importUsers, [path, '--persist-to', place.state, ...args])
    return { path, said }
  }
  const enter = async (email: string, otp?: string) => {
    const reply = await fetch(`${service!.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email, password, ...(otp !== undefined && { otp }) }),
    })
    const { code } = (await reply.json()) as { code?: string }
    return code ?? reply.status
  }
  const appsOf = (email: string) =>
    read(
      place.state,
      'select totp.name, totp.secret, users.factors from users left join totp on totp.user_id = users.id where email_canonical = ?',
      email,
    )

  for (const { of, file, text, email, name = null, args = [], passwordless } of exports)
    it(`of ${of}: a log-in asks for its code, and the seed is nowhere in the clear`, async () => {
      const { path, said } = await run(file, text, '--secrets', place.secrets, ...args)

      assert.match(said.output, /^New users: 1\. Known users, left unchanged: 0\./m, said.output)
      assert.match(said.output, /^Users with an authenticator app: 1\./m)
      assert.equal(appsOf(email)[0]?.factors, 1)
      assert.equal(appsOf(email)[0]?.name, name)
      for (const text of [said.output, reportOf(path), JSON.stringify(read(place.state, 'select * from totp'))])
        assert.doesNotMatch(text, new RegExp(`${seed}|${plain}`, 'i'))
      if (passwordless) return
      assert.equal(await enter(email), 'second_factor_required')
      assert.equal(await enter(email, '000000'), 'wrong_code')
      assert.equal(await enter(email, await codeNow()), 200)
    })

  it('are imported without it, and reported, if its codes could not be checked or nobody verified the address', async () => {
    const { path, said } = await run(
      'unusual.csv',
      csv(
        'totp_secret',
        `eight@example.com,${hash},t,otpauth://totp/a?secret=${seed}&digits=8`,
        `slow@example.com,${hash},t,otpauth://totp/a?secret=${seed}&period=60`,
        `counting@example.com,${hash},t,otpauth://hotp/a?secret=${seed}&counter=1`,
        `sealed@example.com,${hash},t,eyJpdiI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9PSJ9`,
        `short@example.com,${hash},t,GEZDGNBV`,
        `unverified@example.com,${hash},f,${seed}`,
      ),
    )

    assert.match(said.output, /^New users: 6\./m, said.output)
    assert.doesNotMatch(said.output, /authenticator app/)
    const told = reportOf(path)
    assert.equal(told.match(/"left_out":"totp_secret"/g)?.length, 6, told)
    assert.doesNotMatch(told, new RegExp(seed))
    for (const email of ['eight', 'slow', 'counting', 'sealed', 'short', 'unverified'])
      assert.equal(appsOf(`${email}@example.com`)[0]?.factors, 0)
  })

  it('are not imported while the keys are missing, or are others than the database uses', async () => {
    const other = join(place.folder, 'other-secrets')
    const text = csv('totp_secret', `later@example.com,${hash},t,${seed}`)
    writeFileSync(other, '')
    const none = await run('later.csv', text, '--secrets', other)
    writeFileSync(other, `DATA_KEYS='stranger.${randomBytes(32).toString('base64url')}'\n`)
    const foreign = await run('later.csv', text, '--secrets', other)
    const without = await run('later.csv', text, '--ignore', 'totp_secret')

    assert.match(none.said.output, /has no DATA_KEYS/)
    assert.match(foreign.said.output, /which DATA_KEYS in .* lacks/)
    assert.deepEqual([none.said.status, foreign.said.status, without.said.status], [1, 1, 0])
    assert.equal(appsOf('later@example.com')[0]?.factors, 0)
  })

  it('and were here before keep what they have here', async () => {
    const text = csv('totp_secret', `later@example.com,${hash},t,${seed}`)
    const { said } = await run('again.csv', text, '--secrets', place.secrets, '--update')

    assert.equal(said.status, 0, said.output)
    assert.equal(appsOf('later@example.com')[0]?.factors, 0)
  })
})

describe('seeds of authenticator apps', () => {
  const read = (value: unknown) => {
    const notes: string[] = []
    const found = seedsOf(value, (field) => {
      notes.push(field)
      return null
    })
    return [found.map((one) => one.seed), notes.length]
  }

  it('are at most two for a user', () => {
    assert.deepEqual(read([seed, seed, seed].map((secret) => ({ secret }))), [[seed, seed], 1])
  })

  it('may be a list in JSON', () => {
    assert.deepEqual(read(JSON.stringify([{ secret: seed, digits: 6, period: '30', algorithm: 'SHA1' }])), [[seed], 0])
  })

  for (const [what, value] of [
    ['of another algorithm', { secret: seed, algorithm: 'SHA256' }],
    ['with other digits', { secret: seed, digits: 8 }],
    ['that is no text', { secret: 5 }],
    ['that is empty', { secret: '' }],
    ['in hexadecimal', '3132333435363738393031323334353637383930'],
  ] as const)
    it(`are left out if there is one ${what}`, () => {
      assert.deepEqual(read(value), [[], 1])
    })
})
