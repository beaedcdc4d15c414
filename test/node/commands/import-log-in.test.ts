import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { importUsers } from '../../../cli/import.ts'
import imported from '../../support/app/imported-hashes.json' with { type: 'json' }
import { eventually, freePort, makePlace, type Service, startService } from '../blackbox/service.ts'
import { read, write } from './databases.ts'
import { inside } from './inside.ts'

const place = makePlace()
const password = imported.passwords['letters of all kinds']
const hashOf = (source: string) =>
  imported.vectors.find((vector) => vector.source.startsWith(source) && vector.password === 'letters of all kinds')!
    .hash

/** `firebase auth:export` has salt and hash of each user; the other values belong to the project. */
const [, , parameters, salt, hash] = hashOf('firebase-scrypt').split('$')
const signerKey = /sk=([^$]+)/.exec(parameters!)![1]

/** Made by make_password of Django 3.2.25, with 260,000 rounds. */
const django = 'pbkdf2_sha256$260000$Tz1A8poMGlMkya5brFRkCU$n1fEye80z93MfoOGovJf9MvmvP2mS72Ix9ZGMb6P8ME='

/** One file of users with hashes from five systems; Firebase's in the form of Supabase. */
const mixed = {
  'bcrypt@example.com': hashOf('passlib 1.7.4 CryptContext'),
  'argon2id@example.com': hashOf('argon2-cffi 21.1.0 with the parameters of pwdlib'),
  'pbkdf2@example.com': django,
  'fbscrypt@example.com': hashOf('firebase-scrypt'),
  'scrypt@example.com': hashOf('@better-auth'),
}

/**
 * Exports as the systems write them, each with one user. The hashes were made by their libraries with default settings.
 */
const exports = [
  {
    of: 'a table of FastAPI with passlib',
    file: 'fastapi.csv',
    text: `id,email,hashed_password,is_active,is_superuser,is_verified\n1,passlib@example.com,${hashOf('passlib 1.7.4 CryptContext')},t,f,t\n`,
    emails: ['passlib@example.com'],
  },
  {
    of: 'a table of FastAPI with pwdlib',
    file: 'pwdlib.csv',
    text: `id,email,hashed_password,email_verified_at\n1,pwdlib@example.com,"${hashOf('argon2-cffi 21.1.0 with the parameters of pwdlib')}",2024-01-01 00:00:00+00\n`,
    emails: ['pwdlib@example.com'],
  },
  {
    of: 'Django',
    file: 'django.json',
    text: JSON.stringify([
      {
        model: 'auth.user',
        pk: 1,
        fields: {
          username: 'ada',
          email: 'django@example.com',
          password: django,
          is_superuser: false,
          is_active: true,
          date_joined: '2023-05-11T10:20:30Z',
          last_login: '2024-05-11T10:20:30Z',
        },
      },
    ]),
    emails: ['django@example.com'],
    args: ['--verified'],
  },
  {
    of: 'Firebase',
    file: 'firebase.json',
    text: JSON.stringify({
      users: [
        {
          localId: 'x',
          email: 'firebase@example.com',
          emailVerified: true,
          passwordHash: hash,
          salt,
          createdAt: '1683800430000',
          lastSignedInAt: '1715422830000',
          providerUserInfo: [],
        },
      ],
    }),
    emails: ['firebase@example.com'],
    args: ['--hash-config', join(place.folder, 'hash-config')],
  },
  {
    of: 'Better Auth',
    file: 'better-auth.ndjson',
    text: `${JSON.stringify({ id: 'x', name: 'Ada', email: 'better@example.com', emailVerified: true, image: null, createdAt: '2023-05-11T10:20:30.000Z', password: hashOf('@better-auth') })}\n`,
    emails: ['better@example.com'],
  },
  {
    of: 'five systems in one file',
    file: 'mixed.csv',
    text: `email,password\n${Object.entries(mixed)
      .map(([email, hash]) => `${email},"${hash}"\n`)
      .join('')}`,
    emails: Object.keys(mixed),
    args: ['--verified'],
  },
]

const passwordOf = (email: string) =>
  read(place.state, 'select password from users where email_canonical = ?', email)[0]?.password

describe('users of another system', () => {
  let service: Service | undefined
  before(async () => {
    writeFileSync(
      join(place.folder, 'hash-config'),
      `hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: ${signerKey},\n  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n`,
    )
    service = await startService(place, await freePort())
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })

  for (const { of, file, text, emails, args = [] } of exports)
    it(`of ${of} log in with the password they had, and every hash is ours then`, async () => {
      const path = join(place.folder, file)
      writeFileSync(path, text)
      // The files are from several systems, all of which count their users from 1.
      write(place.state, 'update users set external_id = null')
      const enter = async (email: string, tried: string) =>
        fetch(`${service!.url}/api/auth/login`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ email, password: tried }),
        })

      const said = await inside(importUsers, [path, '--persist-to', place.state, ...args])
      const before = emails.map(passwordOf)
      const wrong = await enter(emails[0]!, `${password}!`)
      const right: number[] = []
      for (const email of emails) right.push((await enter(email, password)).status)

      assert.match(said.output, new RegExp(`^New users: ${emails.length}. Known users, left unchanged: 0.`, 'm'))
      for (const hash of before) assert.doesNotMatch(String(hash), /^\$scrypt\$/)
      assert.equal(wrong.status, 401)
      assert.deepEqual(
        right,
        emails.map(() => 200),
      )
      await eventually(
        'hashes of ours',
        20_000,
        async () => emails.every((email) => /^\$scrypt\$ln=15,r=8,p=3\$/.test(String(passwordOf(email)))) || undefined,
      )
      assert.equal((await enter(emails[0]!, password)).status, 200)
    })
})
