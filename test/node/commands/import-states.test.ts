import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { importUsers } from '../../../cli/import.ts'
import { makeDatabase, read } from './databases.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

const past = '2024-05-01T10:20:30Z'
const future = '2999-01-01T00:00:00Z'

/** Ways in which systems mark an account that nobody may log in to. */
const off: Record<string, unknown>[] = [
  { status: 'LOCKED_OUT' },
  { status: 0 },
  { status: false },
  { status: '0' },
  { status: 'closed' },
  { status: 'DEPROVISIONED' },
  { status: 'Suspended' },
  { status: 'locked out' },
  { state: 'USER_STATE_LOCKED' },
  { state: 'inactive' },
  { account_status: 'deactivated' },
  { userStatus: 'ARCHIVED' },
  { blocked_at: past },
  { suspended_at: past },
  { suspended: true },
  { is_suspended: 't' },
  { is_locked: 1 },
  { locked: 'yes' },
  { locked_at: past },
  { banned_at: '2024-05-01' },
  { Banned_At: '1714558830' },
  { disabledAt: past },
  { deactivated_at: past },
  { archived_at: past },
  { is_blocked: 'Y' },
  { blocked: true },
  { isDisabled: true },
  { account_locked: true },
  { is_active: 'f' },
  { active: 0 },
  { enabled: false },
  { isEnabled: 'no' },
  { accountNonLocked: false },
  { is_approved: false },
  { locked_until: future },
  { lockUntil: Date.parse(future) },
  { LockoutEnd: '9999-12-31 23:59:59 +00:00' },
  { banned_until: 'infinity' },
  { ban_expires: future },
  { status: 'active', blocked: true },
]

const on: Record<string, unknown>[] = [
  {},
  { status: 'ACTIVE' },
  { status: 'RECOVERY' },
  { status: true },
  { status: 1 },
  { status: '' },
  { state: 'USER_STATE_ACTIVE' },
  { locked_at: null },
  { locked_at: '\\N' },
  { locked_at: '0000-00-00 00:00:00' },
  { locked_until: past },
  { locked_until: '-infinity' },
  { lockout_end: '' },
  { lockout_enabled: true },
  { lock_version: 3 },
  { failed_attempts: 9 },
  { is_active: 't' },
  { blocked: 'false' },
  { deleted_at: null },
  { deleted: false },
  { deleted_at: '\\N' },
  { user_state_of_mind: 'unhappy' },
]

const gone: Record<string, unknown>[] = [
  { deleted: true },
  { deleted_at: past },
  { isDeleted: 1 },
  { removed_at: '1714558830' },
  { status: 'deleted' },
  { state: 'USER_STATE_DELETED' },
]

/** Words whose meaning only the operator can know. */
const unclear: Record<string, unknown>[] = [
  { status: 'pending' },
  { status: 'STAGED' },
  { state: 'CA' },
  { status: 7 },
  { is_active: 'perhaps' },
  { blocked: 'perhaps' },
  { locked_until: 'next week' },
  { status: { code: 1 } },
]

let files = 0
const fileOf = (people: Record<string, unknown>[]) => {
  const path = join(folder, `${++files}.json`)
  writeFileSync(
    path,
    JSON.stringify(people.map((fields, at) => ({ email: `p${at}@example.com`, password: null, ...fields }))),
  )
  return path
}

describe('a user who may not log in at the source', () => {
  let state = ''
  before(async () => {
    state = await makeDatabase(folder)
  })
  const run = (people: Record<string, unknown>[], ...args: string[]) =>
    inside(importUsers, [fileOf(people), '--persist-to', state, ...args])
  const dry = (fields: Record<string, unknown>, ...args: string[]) => run([fields], '--dry-run', ...args)

  for (const fields of off)
    it(`is disabled: ${JSON.stringify(fields)}`, async () => {
      const said = await dry(fields)

      assert.match(said.output, /^Disabled users: 1\.$/m, said.output)
      assert.equal(said.status, 0)
    })

  for (const fields of on)
    it(`is not disabled if they may: ${JSON.stringify(fields)}`, async () => {
      const said = await dry(fields)

      assert.match(said.output, /^Disabled users: 0\.$/m, said.output)
      assert.equal(said.status, 0)
    })

  for (const fields of gone)
    it(`is not imported if deleted there: ${JSON.stringify(fields)}`, async () => {
      const said = await run([fields, {}], '--dry-run')

      assert.match(said.output, /^Entries: 2\. Users: 1\. Refused: 1\.$/m)
    })

  for (const fields of unclear)
    it(`stops the run if a word is not known: ${JSON.stringify(fields)}`, async () => {
      const said = await run([{ email: 'nobody@example.com', ...fields }])

      assert.equal(said.status, 1)
      assert.match(said.lines.at(-1)!, /^Unknown words say whether somebody may log in: /)
      assert.ok(said.lines.at(-1)!.includes(Object.keys(fields)[0]!))
      assert.deepEqual(read(state, "select id from users where email = 'nobody@example.com'"), [])
    })

  it('is what the operator says of a word, or of a column that means something else', async () => {
    const people = [
      { status: 'pending' },
      { status: 'STAGED' },
      { status: 'left us' },
      { status: 'active', state: 'CA' },
    ]

    const told = await run(
      people,
      '--state',
      'pending=disabled',
      '--state',
      'staged=active',
      '--state',
      'left us=deleted',
      '--ignore',
      'state',
    )

    assert.equal(told.status, 0, told.output)
    assert.deepEqual(read(state, 'select email, status from users order by email'), [
      { email: 'p0@example.com', status: 'disabled' },
      { email: 'p1@example.com', status: 'active' },
      { email: 'p3@example.com', status: 'active' },
    ])
  })
})

describe('the role of somebody elsewhere', () => {
  const roles = [
    { role: 'owner' },
    { role: 'admin' },
    { role: 'editor' },
    { is_admin: true },
    { roles: ['user', 'Admin'] },
  ]
  const admins = async (...args: string[]) => {
    const said = await inside(importUsers, [fileOf(roles), '--dry-run', ...args])
    return { ...said, count: /^Users who become admins: (\d+)\.$/m.exec(said.output)?.[1] }
  }

  it('makes nobody an admin here, and is reported', async () => {
    const said = await admins()

    assert.equal(said.count, '0')
    assert.match(said.output, /^Roles in role: 1 owner, 1 admin, 1 editor\.$/m)
    assert.match(said.output, /^Roles in roles: 1 user, 1 admin\.$/m)
    assert.match(said.output, /^No role makes anybody an admin by itself\. .*: --admins role=owner$/m)
  })

  it('is not suggested for an admin if it is the role of ordinary users', async () => {
    const file = fileOf([{ role: 'user' }, { role: 'Super Admin' }])
    const said = await inside(importUsers, [file, '--dry-run'])

    assert.match(said.output, /: --admins role=super_admin$/m)
  })

  it('may be in an object, as Django writes it, and the suggestion is accepted', async () => {
    const file = fileOf([{ model: 'auth.user', pk: 1, fields: { email: 'ada@example.com', is_superuser: true } }])
    const said = await inside(importUsers, [file, '--dry-run', '--without-passwords'])
    const [, suggestion] = /: --admins (\S+)$/m.exec(said.output) ?? []
    const admin = await inside(importUsers, [file, '--dry-run', '--without-passwords', '--admins', suggestion!])

    assert.equal(admin.status, 0, admin.output)
    assert.match(admin.output, /^Users who become admins: 1\.$/m)
  })

  it('makes an admin if --admins names it, and only then', async () => {
    assert.equal((await admins('--admins', 'role=admin')).count, '1')
    assert.equal((await admins('--admins', 'is_admin')).count, '1')
    assert.equal((await admins('--admins', 'roles=admin', '--admins', 'role=ADMIN', '--admins', 'is_admin')).count, '3')
    assert.equal((await admins('--admins', 'role=adm')).count, '0')
    const lost = await admins('--admins', 'rank=admin')
    assert.equal(lost.status, 1)
    assert.match(lost.lines.at(-1)!, /^--admins names rank, which the file does not have\. The columns are: /)
  })
})

describe('what an import stops for', () => {
  const stops = async (people: Record<string, unknown>[], ...args: string[]) => {
    const said = await inside(importUsers, [fileOf(people), '--dry-run', ...args])
    return [said.status, said.lines.at(-1)!] as const
  }
  const mapping = join(folder, 'typo')
  writeFileSync(mapping, JSON.stringify({ email: 'Emial' }))

  it('is a file without a column of addresses, or of passwords unless that is intended', async () => {
    const [status, words] = await stops([{ email: undefined, Anschrift: 'a@b.example' }])
    assert.equal(status, 1)
    assert.match(words, /^No column of e-mail addresses was found\. The columns are: password, Anschrift\. Name it/)
    const without = [{ password: undefined, Kennwort: 'x' }]
    assert.match(
      (await stops(without))[1],
      /^No column of password hashes was found\. The columns are: email, Kennwort\./,
    )
    assert.equal((await stops(without, '--without-passwords'))[0], 0)
  })

  it('is a mapping that names what is not there, and a file of which nobody would come', async () => {
    assert.match(
      (await stops([{}], '--mapping', mapping))[1],
      /^The mapping names Emial, which the file does not have\./,
    )
    for (const path of ['Email', 'person.email', 'email.address', 'constructor']) {
      writeFileSync(mapping, JSON.stringify({ name: path }))
      const [status, words] = await stops([{ person: { name: 'x' } }], '--mapping', mapping)
      assert.equal(status, 1)
      assert.ok(words.startsWith(`The mapping names ${path}, which the file does not have. `), words)
    }
    const [status, words] = await stops([{ email: 'nobody' }])
    assert.equal(status, 1)
    assert.match(words, /^No user in the file can be imported: .+\.import-report\.ndjson says why\.$/)
  })

  for (const fields of [
    { localId: 'x', emailVerified: true, salt: 'AA==' },
    { user_id: 'auth0|1', email_verified: true },
    { profile: { login: 'ada@example.com' }, status: 'ACTIVE' },
    { username: 'ada', createdTimestamp: 1683800430000, enabled: true },
    { id: 'x', insertInstant: 1683800430000, active: true },
  ])
    it(`is an export without hashes: ${Object.keys(fields)[0]}`, async () => {
      const people = [{ password: undefined, ...fields }]

      assert.match((await stops(people))[1], /^No column of password hashes was found\. /)
      assert.deepEqual(await stops(people, '--without-passwords'), [0, 'Nothing was imported.'])
    })

  it('is a file without entries, or without one that can be read', async () => {
    const path = join(folder, 'entries.csv')
    const said = async (text: string) => {
      writeFileSync(path, text)
      const { status, lines } = await inside(importUsers, [path, '--dry-run'])
      return [status, lines.at(-1)!] as const
    }

    assert.deepEqual(await said('email,password\n'), [1, 'The file has no entries.'])
    assert.match((await said('email,password\nlonely\n'))[1], /^No user in the file can be imported: /)
  })

  it('is an option that names a column which the file does not have', async () => {
    assert.match((await stops([{}], '--ignore', 'sate'))[1], /^--ignore names sate, which the file does not have\. /)
    assert.equal((await stops([{ state: 'CA' }], '--ignore', 'STATE'))[0], 0)
  })

  it('names an option that settles it, as a shell takes it', async () => {
    assert.match((await stops([{ status: "didn't pay" }]))[1], / --state 'didn'\\''t pay=disabled' .* --ignore status /)
    const [, words] = await stops([{ status: { code: 1 } }])
    assert.match(words, / Pass --ignore status if the column means something else\.$/)
    assert.doesNotMatch(words, /--state/)
  })
})
