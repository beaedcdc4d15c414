import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { hashSync } from 'bcryptjs'
import { readMapping } from '../../../cli/import/columns.ts'
import { hashOf } from '../../../cli/import/hashes/hash-of.ts'
import { kindOf, whyNot } from '../../../cli/import/hashes/unusable.ts'
import { fits } from '../../../cli/import/try.ts'
import { importUsers } from '../../../cli/import.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

const password = 'Zażółć gęślą jaźń'
const bcrypt = (text: string) => hashSync(text, 4)
const sha = (algorithm: string, text: string, as: 'hex' | 'base64' = 'hex') =>
  createHash(algorithm).update(text).digest(as)
const hmac = (algorithm: string, as: 'hex' | 'base64') =>
  createHmac(algorithm, 'the pepper').update(password).digest(as)

const stored = (hash: unknown, mapping: object, pepper?: string, fields = {}) => {
  const { hashing } = readMapping(JSON.stringify(mapping))
  return hashOf(hash, fields, { source: 'table', firebase: undefined, hashing: { ...hashing, pepper } })
}

describe('what a source did to a password before it hashed it', () => {
  for (const [what, hash, mapping, pepper] of [
    ['Devise: a pepper behind it', bcrypt(`${password}the pepper`), {}, 'the pepper'],
    ['a pepper before it', bcrypt(`the pepper${password}`), { prehash: 'prepend' }, 'the pepper'],
    [
      'Flask-Security: an HMAC in base64',
      bcrypt(hmac('sha512', 'base64')),
      { prehash: 'hmac-base64-sha512' },
      'the pepper',
    ],
    ['an HMAC in hexadecimal', bcrypt(hmac('sha256', 'hex')), { prehash: 'hmac-hex-sha256' }, 'the pepper'],
    ['SHA-256 in hexadecimal', bcrypt(sha('sha256', password)), { prehash: 'hex-sha256' }, undefined],
    [
      'SHA-512 in base64, of which bcrypt takes 72 bytes',
      bcrypt(sha('sha512', password, 'base64')),
      { prehash: 'base64-sha512' },
      undefined,
    ],
    ['MD5', bcrypt(sha('md5', password)), { prehash: 'hex-md5' }, undefined],
  ] as const)
    it(`is described in the mapping: ${what}`, async () => {
      const found = stored(hash, mapping, pepper)

      assert.ok('stored' in found, JSON.stringify(found))
      assert.equal(await fits(password, found.stored), true)
      assert.equal(await fits(`${password}!`, found.stored), false)
    })

  for (const [what, hash, digest, fields] of [
    ['MD5 without a salt', sha('md5', password), { of: 'md5' }, {}],
    [
      'SHA-256 with a salt before it',
      sha('sha256', `s4lt${password}`),
      { of: 'sha256', order: 'salt-password', salt: 'salt' },
      { salt: 's4lt' },
    ],
    [
      'SHA-1 with a salt behind it, in base64',
      sha('sha1', `${password}s4lt`, 'base64'),
      { of: 'sha1', salt: 'salt' },
      { salt: 's4lt' },
    ],
    [
      'SHA-512 of SHA-512',
      createHash('sha512').update(createHash('sha512').update(password).digest()).digest('hex'),
      { of: 'sha512', rounds: 2 },
      {},
    ],
  ] as const)
    it(`is a digest that does not name its format, and is described in the mapping: ${what}`, async () => {
      const found = stored(hash, { digest }, undefined, fields)

      assert.ok('stored' in found, JSON.stringify(found))
      assert.equal(await fits(password, found.stored), true)
      assert.equal(await fits(`${password}!`, found.stored), false)
    })

  it('is refused in a sentence if it makes no sense', async () => {
    const file = join(folder, 'users.csv')
    writeFileSync(file, 'email,password\na@example.com,\n')
    const pepper = join(folder, 'pepper')
    writeFileSync(pepper, 'the pepper\n')
    const said = async (mapping: object, ...args: string[]) => {
      const path = join(folder, 'mapping')
      writeFileSync(path, JSON.stringify(mapping))
      const { status, lines } = await inside(importUsers, [file, '--dry-run', '--mapping', path, ...args])
      return [status, lines.at(-1)]
    }

    assert.deepEqual(await said({ prehash: 'hmac-hex-sha256' }), [
      1,
      '"prehash": "hmac-hex-sha256" needs a key. Pass --pepper FILE.',
    ])
    assert.deepEqual(await said({ prehash: 'hex-sha256' }, '--pepper', pepper), [
      1,
      '"prehash": "hex-sha256" does not use a pepper, but "hmac-hex-sha256" does.',
    ])
    assert.match(
      String((await said({ prehash: 'rot13' }))[1]),
      /^The mapping is not a JSON object of columns \(prehash: .*"prehash" and "digest"/,
    )
    for (const args of [
      [{ digest: { of: 'md5' } }, '--pepper', pepper],
      [{ digest: { of: 'md5' }, prehash: 'hex-md5' }],
    ])
      assert.deepEqual(await said(...(args as [object, ...string[]])), [
        1,
        '"digest" cannot be combined with "prehash" or --pepper.',
      ])
    assert.match(
      String((await said({ digest: { of: 'md5', salt: 'slat' } }))[1]),
      /^The mapping names slat, which the file does not have\. /,
    )
    assert.deepEqual(await said({ prehash: 'append' }, '--pepper', pepper), [0, 'Nothing was imported.'])
  })
})

describe('a hash that cannot be verified here', () => {
  for (const [hash, kind, why] of [
    [
      '$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHRzb21l$AAAAAAAAAAAAAAAAAAAAAA',
      '$argon2id$ m=102400,t=2,p=8',
      /^needs 100 MiB of memory, but at most 64 MiB are available: .*Forgot password/,
    ],
    ['$scrypt$ln=17,r=8,p=1$c29tZXNhbHRzb21l$AAAAAAAAAAAAAAAAAAAAAA', '$scrypt$ln=17,r=8,p=1', /^needs 128 MiB/],
    ['{noop}Sentinel-4711', '{noop}', /^is the password itself/],
    ['{PLAIN}Sentinel-4711', '{PLAIN}', /^is the password itself/],
    ['$y$j9T$Sentinel4711$x', '$y', /^has an unknown format/],
    ['Sentinel-4711', 'another text', /^has an unknown format/],
    // A password may begin like the name of a format.
    ['sentinel:4711', 'another text', /^has an unknown format/],
    [sha('md5', 'x'), '32 hexadecimal digits', /^has the length of MD5 .*"digest" in the mapping/],
  ] as const)
    it(`is reported by its kind, which reveals nothing of it: ${kind}`, () => {
      assert.equal(kindOf(hash), kind)
      assert.match(whyNot(hash), why)
      assert.ok(!`${kindOf(hash)}${whyNot(hash)}`.toLowerCase().includes('sentinel'))
    })

  it('is counted by kind before anything is sent, with why', async () => {
    const file = join(folder, 'mixed.csv')
    const argon2 = '"$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHRzb21l$AAAAAAAAAAAAAAAAAAAAAA"'
    const django = `pbkdf2_sha256$1500000$salt$${'A'.repeat(43)}=`
    const rows = [argon2, argon2, bcrypt('x'), django, '', sha('sha1', 'x')]
    writeFileSync(file, `email,password\n${rows.map((hash, at) => `p${at}@example.com,${hash}\n`).join('')}`)

    const { lines } = await inside(importUsers, [file, '--dry-run'])

    assert.deepEqual(
      lines.slice(
        lines.findIndex((line) => line.includes('verified here')),
        -1,
      ),
      [
        'Passwords that can be verified here: 2 (1 $2b$04, 1 pbkdf2_sha256$1500000).',
        'Passwords that cannot be verified here: 2 ($argon2id$ m=102400,t=2,p=8). The hash needs 100 MiB of memory, but at most 64 MiB are available: its user sets a password with "Forgot password".',
        'Passwords that cannot be verified here: 1 (40 hexadecimal digits). The hash has the length of SHA-1 but does not name its format: describe it as "digest" in the mapping.',
        'Users who are imported without a password: 4. They set one with "Forgot password".',
        'Users with an unverified address: 6. They verify it at the first log-in.',
        'No column says which addresses are verified. If the old service verified all of them, add --verified.',
        'Disabled users: 0.',
        'Passwords that need more CPU time than limits.cpu_ms = 2000 allows: 1. Set it to 7000 in wrangler.toml and deploy before anybody logs in.',
      ],
    )
  })
})
