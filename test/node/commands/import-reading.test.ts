import assert from 'node:assert/strict'
import { scryptSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { createColumns } from '../../../cli/import/columns.ts'
import { hashOf } from '../../../cli/import/hashes/hash-of.ts'
import { type Person, personOf } from '../../../cli/import/person.ts'
import { openEntries } from '../../../cli/import/reading/entries.ts'
import type { Entry, Fields } from '../../../cli/import/reading/entry.ts'
import { readAdmins } from '../../../cli/import/roles.ts'
import type { Source } from '../../../cli/import/sources/source.ts'
import { recognise, type SourceName, sources } from '../../../cli/import/sources/sources.ts'
import { importing } from '../../../cli/import/statements.ts'
import type { State } from '../../../cli/import/states.ts'
import { isNo, isYes, timeOf } from '../../../cli/import/values.ts'
import { formsOf, readForeign } from '../../../src/domain/hashes/foreign.ts'
import imported from '../../support/app/imported-hashes.json' with { type: 'json' }
import { migrations } from './databases.ts'

const now = new Date('2026-11-21T12:00:00Z')
const bcrypt = '$2b$12$SCO36h/pkBtak18QbRs0UeXqQP4muYhTPK8nPUl.McJs3WTV3jGaK'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

let files = 0
const all = async (entries: AsyncIterable<Entry>) => {
  const list: Entry[] = []
  for await (const entry of entries) list.push(entry)
  return list
}
const read = async (text: string): Promise<Entry[]> => {
  const path = join(folder, `${++files}`)
  writeFileSync(path, text)
  return all((await openEntries(path, { mapping: {} }))())
}

const personFrom = async (given: Fields, name = recognise(given), admins: string[] = []): Promise<Person> => {
  const source: Source = sources[name]
  const options = {
    source: name,
    columns: createColumns(source.mapping ?? {}, new Set(source.ignores?.map((one) => one.replaceAll('_', '')))),
    firebase: undefined,
    hashing: {},
    verified: false,
    admins: readAdmins(admins),
    states: new Map<string, State>(),
    keepIds: false,
    metadata: [],
    bridge: false,
    rpId: undefined,
    now,
  }
  const result = await personOf(source.flatten?.(given) ?? given, options)
  assert.ok('person' in result, JSON.stringify(result))
  assert.deepEqual(result.notes, [])
  return result.person
}

describe('a time in a file', () => {
  const at = (value: unknown) => timeOf(value, now)?.toISOString()

  it('is read however databases write it', () => {
    const same = [
      '2024-05-01T10:20:30.500Z',
      '2024-05-01 10:20:30.5+00',
      '2024-05-01 12:20:30.500000+02',
      '2024-05-01 05:50:30.5-0430',
      '2024-05-01 10:20:30.5',
      '2024-05-01 10:20:30.500 UTC',
      '1714558830500',
      1714558830500,
      '1714558830.5',
      1714558830500000,
    ]
    for (const value of same) assert.equal(at(value), '2024-05-01T10:20:30.500Z', String(value))
    assert.equal(at('2024-05-01'), '2024-05-01T00:00:00.000Z')
  })

  it('is refused where it has not passed, or is not a time', () => {
    for (const value of [
      '2026-11-21T12:00:01Z',
      '1999',
      'yesterday',
      '0',
      0,
      '-5',
      true,
      null,
      {},
      '2024-13-01',
      '1960-01-01',
    ])
      assert.equal(at(value), undefined, String(value))
  })
})

describe('yes and no', () => {
  it('are read however databases write them', () => {
    for (const value of [true, 1, 't', 'TRUE', ' yes ', '1']) assert.ok(isYes(value) && !isNo(value), String(value))
    for (const value of [false, 0, null, undefined, '', 'f', 'False', 'no', '0', 'NULL'])
      assert.ok(!isYes(value) && isNo(value ?? ''), String(value))
  })

  const given = (fields: Fields) => personFrom({ email: 'ada@example.com', ...fields })

  it('are told apart, and a word that is neither gives nobody a right', async () => {
    const odd = await given({ is_admin: 'perhaps', is_verified: 'pending', is_active: 'perhaps' })
    const banned = await given({ banned: '2024-05-01', verified: '2999-01-01' })

    assert.deepEqual([odd.role, odd.emailVerifiedAt, odd.status], ['user', null, 'disabled'])
    assert.deepEqual([banned.status, banned.emailVerifiedAt], ['disabled', null])
  })
})

describe('a file', () => {
  const people = [
    { email: 'a@example.com', name: 'A' },
    { email: 'b@example.com', name: 'B' },
  ]
  const ndjson = people.map((person) => JSON.stringify(person))
  const csv = ['email,name', 'a@example.com,A', 'b@example.com,B']

  for (const [what, text, first] of [
    ['CSV', csv.join('\n'), 2],
    ['CSV of Windows, with a byte order mark', `\uFEFF${csv.join('\r\n')}\r\n`, 2],
    ['CSV with semicolons', csv.join('\n').replaceAll(',', ';'), 2],
    ['CSV with tabs', csv.join('\n').replaceAll(',', '\t'), 2],
    ['NDJSON', ndjson.join('\n'), 1],
    ['NDJSON of Windows, with a byte order mark', `\uFEFF${ndjson.join('\r\n')}\r\n`, 1],
    ['a JSON array', JSON.stringify(people, null, 2), 1],
    ["a JSON array in Firebase's way", JSON.stringify({ users: people }), 1],
  ] as const)
    it(`of ${what} is read`, async () => {
      assert.deepEqual(
        await read(text),
        people.map((fields, index) => ({ line: first + index, fields })),
      )
    })

  it('with bad lines is read except for those', async () => {
    assert.deepEqual(await read(`${ndjson[0]}\n{"email":\n\n[1]\n${ndjson[1]}`), [
      { line: 1, fields: people[0] },
      { line: 2, error: 'is not JSON' },
      { line: 4, error: 'is not a JSON object' },
      { line: 5, fields: people[1] },
    ])
    assert.deepEqual(await read(`${csv[0]}\n${csv[1]}\nlonely\n${csv[2]}`), [
      { line: 2, fields: people[0] },
      { line: 3, error: 'does not have as many columns as the header' },
      { line: 4, fields: people[1] },
    ])
  })

  it('may have line breaks within quotes', async () => {
    const [first, second] = await read('email,name\na@example.com,"A\nB"\nb@example.com,B')

    assert.deepEqual(first, { line: 2, fields: { email: 'a@example.com', name: 'A\nB' } })
    assert.equal(second!.line, 4)
  })
})

describe('an export', () => {
  const cases: { of: SourceName; named?: boolean; fields: Fields; is: Partial<Person> }[] = [
    {
      of: 'django',
      fields: {
        id: '1',
        password: `bcrypt$${bcrypt}`,
        last_login: '',
        is_superuser: 't',
        username: 'ada',
        first_name: 'Ada',
        last_name: 'L',
        email: 'ada@example.com',
        is_staff: 't',
        is_active: 'f',
        date_joined: '2024-05-01 10:20:30+00',
      },
      is: {
        password: bcrypt,
        name: 'Ada L',
        role: 'user',
        status: 'disabled',
        createdAt: new Date('2024-05-01T10:20:30Z'),
        emailVerifiedAt: null,
      },
    },
    {
      of: 'django',
      fields: {
        model: 'auth.user',
        pk: 1,
        fields: {
          password: '!unusable',
          email: 'ada@example.com',
          is_superuser: false,
          is_staff: true,
          is_active: true,
          date_joined: '2024-05-01T10:20:30Z',
        },
      },
      is: { password: null, role: 'user', status: 'active' },
    },
    {
      of: 'supabase',
      fields: {
        id: 'x',
        aud: 'authenticated',
        role: 'authenticated',
        email: 'ada@example.com',
        encrypted_password: bcrypt,
        email_confirmed_at: '2024-05-02 10:20:30+00',
        phone: '442079460958',
        raw_user_meta_data: '{"full_name":"Ada L","avatar_url":"https://x.example/a.png"}',
        is_super_admin: '',
        banned_until: '2999-01-01 00:00:00+00',
        created_at: '2024-05-01 10:20:30+00',
        last_sign_in_at: '2024-05-03 10:20:30+00',
        deleted_at: '',
      },
      is: {
        password: bcrypt,
        name: 'Ada L',
        avatar: 'https://x.example/a.png',
        phone: '+442079460958',
        role: 'user',
        status: 'disabled',
        emailVerifiedAt: new Date('2024-05-02T10:20:30Z'),
        lastLoginAt: new Date('2024-05-03T10:20:30Z'),
      },
    },
    {
      of: 'clerk',
      fields: {
        id: 'user_1',
        first_name: 'Ada',
        last_name: '',
        username: '',
        primary_email_address: 'ada@example.com',
        primary_phone_number: '+442079460958',
        verified_email_addresses: 'x@example.com, ada@example.com',
        unverified_email_addresses: '',
        password_digest: bcrypt,
        password_hasher: 'bcrypt',
      },
      is: { password: bcrypt, name: 'Ada', phone: '+442079460958', emailVerifiedAt: now },
    },
    {
      of: 'clerk',
      fields: {
        primary_email_address: 'ada@example.com',
        verified_email_addresses: 'canada@example.com',
        password_digest: '',
      },
      is: { password: null, emailVerifiedAt: null },
    },
    {
      of: 'auth0',
      fields: {
        user_id: 'auth0|1',
        email: 'ada@example.com',
        email_verified: true,
        name: 'Ada',
        picture: 'https://x.example/a.png',
        blocked: true,
        created_at: '2024-05-01T10:20:30.000Z',
        last_login: '2024-05-03T10:20:30.000Z',
      },
      is: {
        password: null,
        name: 'Ada',
        avatar: 'https://x.example/a.png',
        status: 'disabled',
        lastLoginAt: new Date('2024-05-03T10:20:30Z'),
      },
    },
    {
      of: 'auth0',
      fields: { _id: { $oid: '1' }, email: 'ada@example.com', email_verified: true, passwordHash: bcrypt, tenant: 'x' },
      is: { password: bcrypt, emailVerifiedAt: now },
    },
    {
      of: 'better-auth',
      fields: {
        id: 'x',
        name: 'Ada',
        email: 'ada@example.com',
        emailVerified: 1,
        image: null,
        createdAt: 1714558830500,
        updatedAt: 1714558830500,
        role: 'editor,admin',
        banned: 0,
        password: `${'ab'.repeat(16)}:${'cd'.repeat(64)}`,
      },
      is: {
        role: 'user',
        status: 'active',
        createdAt: new Date(1714558830500),
        password: `${'ab'.repeat(16)}:${'cd'.repeat(64)}`,
      },
    },
    {
      of: 'kratos',
      named: true,
      fields: {
        id: 'x',
        state: 'inactive',
        traits: { email: 'ada@example.com', name: { first: 'Ada', last: 'L' } },
        verifiable_addresses: [{ value: 'ada@example.com', verified: true }],
        credentials: { password: { config: { hashed_password: bcrypt } } },
        created_at: '2024-05-01T10:20:30.000Z',
      },
      is: { password: bcrypt, name: 'Ada L', status: 'disabled', emailVerifiedAt: new Date('2024-05-01T10:20:30Z') },
    },
  ]

  for (const { of, named, fields, is } of cases)
    it(`of ${of} is ${named ? 'read' : 'recognised'}: ${Object.keys(fields).slice(0, 3).join(', ')}`, async () => {
      if (!named) assert.equal(recognise(fields), of)
      const person = await personFrom(fields, named ? of : undefined)

      assert.equal(person.email, 'ada@example.com')
      assert.deepEqual(Object.fromEntries(Object.keys(is).map((key) => [key, person[key as keyof Person]])), is)
    })

  it('from an unknown system is a table', () => {
    assert.equal(recognise({ id: 1, email: 'ada@example.com', hashed_password: bcrypt }), 'table')
  })
})

describe('the statements of an import', () => {
  const person: Person = {
    email: 'ada@example.com',
    emailCanonical: 'ada@example.com',
    password: bcrypt,
    name: null,
    phone: null,
    locale: null,
    role: 'user',
    status: 'active',
    emailVerifiedAt: now,
    avatar: null,
    seeds: [],
    passkeys: [],
    createdAt: now,
    lastLoginAt: null,
    id: null,
    externalId: null,
    metadata: null,
    bridged: false,
  }
  const ran = (people: Person[]) => {
    const database = new DatabaseSync(':memory:')
    for (const sql of migrations) database.exec(sql)
    const statements = importing(people, now, 'a run')
    for (const sql of statements) database.exec(sql)
    return {
      statements,
      all: (sql: string) =>
        database
          .prepare(sql)
          .all()
          .map((row) => ({ ...row })),
    }
  }

  it('keep every text as it is, and look like nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        fc.pre(!name.includes('\0'))
        const { statements, all } = ran([{ ...person, name }])

        assert.equal(all('select name from users')[0]!.name, name)
        assert.match(statements.join(), /^[\t\n -~]*$/)
      }),
      { numRuns: 20, examples: [['BEGIN TRANSACTION; COMMIT;'], ["o'hara'); --"], ['\\u0027 \\ "'], ['李🔑\u2028']] },
    )
    assert.doesNotMatch(ran([{ ...person, name: 'BEGIN TRANSACTION;' }]).statements.join(), /BEGIN TRANSACTION/)
  })

  it('are as short as D1 requires, and create every user', () => {
    const people = Array.from({ length: 1000 }, (_, at) => ({
      ...person,
      email: `ada${at}@example.com`,
      emailCanonical: `ada${at}@example.com`,
      name: '李'.repeat(100),
    }))

    const { statements, all } = ran(people)

    assert.ok(statements.length > 2)
    for (const sql of statements) assert.ok(Buffer.byteLength(sql) <= 100_000)
    assert.deepEqual(all('select count(*) as n from users'), [{ n: 1000 }])
    assert.deepEqual(all('select count(*) as n, count(distinct id) as ids from audit'), [{ n: 1000, ids: 1000 }])
    assert.deepEqual(all('select * from totals'), [{ role: 'user', status: 'active', verified: 1, count: 1000 }])
  })
})

describe('a hash in a form of its own', () => {
  const password = imported.passwords['letters of all kinds']
  const fits = async (stored: string, typed: string) => {
    const hash = readForeign(stored)!
    const derive = await hash.load()
    return formsOf(typed, hash).some((form) => Buffer.from(derive(form)).equals(Buffer.from(hash.hash)))
  }
  const native = (N: number, r: number, p: number, salt: string | Buffer, length: number) =>
    scryptSync(password, salt, length, { N, r, p, maxmem: 2 ** 28 })
  const salt = Buffer.from('sixteenbytessalt')
  const plain = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

  for (const [what, hash, source] of [
    ['Django 3.2.25 bcrypt', 'bcrypt$$2b$04$qiHzWgNFsybvvETbrMNhGOcwOQF2X3xWqdJOLKzkx9/2SeK1BWEu2'],
    [
      'Werkzeug 2.2.2 pbkdf2:sha256',
      'pbkdf2:sha256:1000$VVfhFdVzszIMeGOg$e0b10310c13f12f40c6e552df7a01990e4b044895bcabad85ba52b6ffb55b445',
    ],
    [
      'Werkzeug 2.2.2 pbkdf2:sha512',
      'pbkdf2:sha512:1000$9cb5xp5fpqkzCMel$05159aa8413b2c6c134d146d244e4c7679e4dac8177d223316b1e8b2272d3fda9cbac5de6675fd9e6d1d10181c787295dbfec3108c40ef1b38eb1a9bace5e520',
    ],
    ["Werkzeug's scrypt", `scrypt:1024:8:1$abcDEF123$${native(1024, 8, 1, 'abcDEF123', 64).toString('hex')}`],
    ["Django's scrypt", `scrypt$1024$abcDEF123$8$5$${native(1024, 8, 5, 'abcDEF123', 64).toString('base64')}`],
    ["Kratos's scrypt", `$scrypt$ln=1024,r=8,p=1$${plain(salt)}$${plain(native(1024, 8, 1, salt, 32))}`, 'kratos'],
  ] as [string, string, SourceName?][])
    it(`of ${what} is kept in one that is verified`, async () => {
      const found = hashOf(hash, {}, { source: source ?? 'table', firebase: undefined, hashing: {} })

      assert.ok('stored' in found, JSON.stringify(found))
      assert.ok(await fits(found.stored, password))
      assert.ok(!(await fits(found.stored, `${password}!`)))
    })

  it("of Django's argon2 loses only its first word", () => {
    const argon2 = '$argon2id$v=19$m=256,t=2,p=2$NjlQb1NIaXFRT1FqUldwZzd6UUtqag$MjGNsTfJ66tdPKAGmdusKw'

    assert.deepEqual(hashOf(`argon2${argon2}`, {}, { source: 'django', firebase: undefined, hashing: {} }), {
      stored: argon2,
      written: argon2,
    })
  })

  it('of Kratos is refused unless the source is named', () => {
    const hash = `$scrypt$ln=1024,r=8,p=1$${plain(salt)}$${plain(native(1024, 8, 1, salt, 32))}`

    assert.ok('why' in hashOf(hash, {}, { source: 'table', firebase: undefined, hashing: {} }))
  })

  for (const N of ['1000', '131072', '0'])
    it(`of Kratos with N = ${N} is refused`, () => {
      const hash = `$scrypt$ln=${N},r=8,p=1$${plain(salt)}$${'A'.repeat(43)}`

      assert.ok('why' in hashOf(hash, {}, { source: 'kratos', firebase: undefined, hashing: {} }))
    })
})
