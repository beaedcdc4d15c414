import assert from 'node:assert/strict'
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { sourceNames } from '../../../cli/import/sources/sources.ts'
import { importUsers } from '../../../cli/import.ts'
import { root } from '../../../cli/lib/process.ts'
import imported from '../../support/app/imported-hashes.json' with { type: 'json' }
import { freePort, makePlace, type Service, startService } from '../blackbox/service.ts'
import { read, write } from './databases.ts'
import { inside } from './inside.ts'

/**
 * Files in the shape in which each source writes its users. All hashes are of one password. They were made by Python's
 * hashlib, bcrypt 5.0.0, argon2-cffi 25.1.0 and passlib 1.7.4, by glibc's crypt, and for WordPress by PHP 8.2.
 */
const folder = join(root, 'test', 'support', 'import-sources')
const password = imported.passwords['letters of all kinds']
const place = makePlace()

type Case = {
  file: string
  /** The source that the file is recognised as. */
  as: string
  args?: string[]
  /** Who logs in, who is disabled, and who comes without a password: the part of each address before `@example.com`. */
  enter: string[]
  disabled?: string[]
  without?: string[]
}

const cases: Case[] = [
  {
    file: 'keycloak.json',
    as: 'keycloak',
    enter: ['argon2', 'sha1', 'sha256', 'sha512'].map((kind) => `keycloak-${kind}`),
    disabled: ['keycloak-off'],
  },
  { file: 'wordpress.sql', as: 'wordpress', args: ['--verified'], enter: ['wordpress-phpass', 'wordpress-bcrypt'] },
  { file: 'asp.net.csv', as: 'asp.net', enter: ['aspnet-v2', 'aspnet-v3', 'aspnet-net8'], disabled: ['aspnet-off'] },
  {
    file: 'spring.csv',
    as: 'spring',
    args: ['--verified'],
    enter: ['spring-bcrypt', 'spring-argon2', 'spring-pbkdf2', 'spring-scrypt'],
    without: ['spring-noop'],
  },
  {
    file: 'devise.sql',
    as: 'devise',
    args: ['--pepper', join(folder, 'devise.pepper')],
    enter: ['devise'],
    disabled: ['devise-off'],
  },
  { file: 'laravel.json', as: 'laravel', enter: ['laravel'] },
  { file: 'cognito.csv', as: 'cognito', args: ['--without-passwords'], enter: [], without: ['cognito'] },
  {
    file: 'cognito-list.json',
    as: 'cognito',
    args: ['--without-passwords'],
    enter: [],
    without: ['cognito-list'],
    disabled: ['cognito-off'],
  },
  {
    file: 'okta.json',
    as: 'okta',
    args: ['--verified'],
    enter: ['okta-bcrypt', 'okta-sha512', 'okta-pbkdf2'],
    disabled: ['okta-off'],
  },
  {
    file: 'fusionauth.json',
    as: 'fusionauth',
    enter: ['fusionauth-pbkdf2', 'fusionauth-bcrypt'],
    disabled: ['fusionauth-off'],
  },
  { file: 'supabase.csv', as: 'supabase', enter: ['supabase'], disabled: ['supabase-off'] },
  { file: 'supertokens.json', as: 'supertokens', enter: ['supertokens'] },
  { file: 'appwrite.json', as: 'appwrite', enter: ['appwrite'], disabled: ['appwrite-off'] },
  { file: 'pocketbase.json', as: 'pocketbase', enter: ['pocketbase'] },
  { file: 'strapi.csv', as: 'strapi', enter: ['strapi'], disabled: ['strapi-off'] },
  { file: 'payload.ndjson', as: 'payload', enter: ['payload'] },
  {
    file: 'logto.csv',
    as: 'logto',
    args: ['--verified'],
    enter: ['logto-argon2', 'logto-legacy', 'logto-md5'],
    disabled: ['logto-off'],
  },
  { file: 'zitadel.json', as: 'zitadel', enter: ['zitadel', 'zitadel-two'] },
  { file: 'auth.js.csv', as: 'auth.js', enter: ['authjs'] },
  { file: 'meteor.ndjson', as: 'meteor', enter: ['meteor'] },
  {
    file: 'auth0.json',
    as: 'auth0',
    enter: ['pbkdf2', 'md5', 'ldap', 'scrypt', 'hmac'].map((kind) => `auth0-${kind}`),
  },
  { file: 'kratos.json', as: 'kratos', enter: ['kratos'] },
  { file: 'clerk.json', as: 'clerk', args: ['--without-passwords'], enter: [], without: ['clerk'] },
  {
    file: 'dovecot.csv',
    as: 'table',
    args: ['--verified', '--mapping', join(folder, 'dovecot.mapping.json')],
    enter: ['ldap', 'dovecot'],
  },
  { file: 'django.json', as: 'django', args: ['--verified'], enter: ['django-bcrypt', 'django-argon2', 'django-sha1'] },
]

const row = (name: string) =>
  read(
    place.state,
    'select password, status, email_verified_at from users where email_canonical = ?',
    `${name}@example.com`,
  )[0]

describe('users of each source', () => {
  let service: Service | undefined
  before(async () => {
    service = await startService(place, await freePort())
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })
  const enter = async (name: string, tried: string) => {
    const response = await fetch(`${service!.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: `${name}@example.com`, password: tried }),
    })
    await response.text()
    return response.status
  }

  for (const { file, as, args = [], enter: people, disabled = [], without = [] } of cases)
    it(`${as}: ${file} is recognised, and whoever may log in does so with the password they had`, {
      timeout: 120_000,
    }, async () => {
      const path = join(place.folder, file)
      copyFileSync(join(folder, file), path)

      // Several systems have the same ids, so external ids are cleared, as if each were imported into its own database.
      write(place.state, 'update users set external_id = null')
      const said = await inside(importUsers, [path, '--persist-to', place.state, ...args])
      const entered: Record<string, number> = {}
      for (const name of [...people, ...disabled]) entered[name] = await enter(name, password)

      assert.equal(said.status, 0, said.output)
      const { sources } = await import('../../../cli/import/sources/sources.ts')
      assert.equal(said.lines[0], `Read as ${sources[as as 'table'].title}.`)
      assert.match(
        said.lines.at(-1)!,
        new RegExp(`^New users: ${people.length + disabled.length + without.length}. Known users, left unchanged: 0.`),
      )
      assert.deepEqual(
        entered,
        Object.fromEntries([...people.map((name) => [name, 200]), ...disabled.map((name) => [name, entered[name]])]),
      )
      for (const name of people)
        assert.deepEqual([row(name)!.status, row(name)!.email_verified_at === null], ['active', false], name)
      for (const name of disabled) {
        assert.equal(row(name)!.status, 'disabled', name)
        assert.notEqual(entered[name], 200)
      }
      for (const name of without) assert.equal(row(name)!.password, null, name)
    })

  it('does not let anybody in with another password', async () => {
    for (const name of ['wordpress-phpass', 'devise', 'meteor'])
      assert.equal(await enter(name, `${password}!`), 401, name)
  })

  it('are there for every source, and every file is of one', () => {
    const elsewhere = ['firebase', 'better-auth']
    const tried = new Set<string>([...cases.map(({ as }) => as), ...elsewhere])
    assert.deepEqual(
      sourceNames.filter((name) => !tried.has(name)),
      [],
    )
    const files = readdirSync(folder).filter((name) => !/\.(?:pepper|mapping\.json)$/.test(name))
    assert.deepEqual(files.sort(), cases.map(({ file }) => file).sort())
  })
})
