import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { idsOf } from '../../../cli/import/ids.ts'
import { metadataOf } from '../../../cli/import/metadata.ts'
import { importUsers } from '../../../cli/import.ts'
import { makeDatabase, read, write } from './databases.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

const bcrypt = '$2b$12$SCO36h/pkBtak18QbRs0UeXqQP4muYhTPK8nPUl.McJs3WTV3jGaK'
const [kept, future] = ['019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c', 'fffaa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c']
const now = new Date()

describe('an old id', () => {
  for (const [value, keepIds, is] of [
    [kept, true, { id: kept, externalId: null }],
    [kept.toUpperCase(), true, { id: kept, externalId: null }],
    [kept, false, { id: null, externalId: kept }],
    [future, true, { id: null, externalId: future }],
    ['99f1a1c0-6f5e-4f8e-9a53-0b3b5d5c6a77', true, { id: null, externalId: '99f1a1c0-6f5e-4f8e-9a53-0b3b5d5c6a77' }],
    [42, true, { id: null, externalId: '42' }],
    [undefined, true, { id: null, externalId: null }],
  ] as const)
    it(`${value} becomes ${JSON.stringify(is)}${keepIds ? ' with --keep-ids' : ''}`, () => {
      assert.deepEqual(idsOf(value, keepIds, now), is)
    })

  it('that cannot be stored is left out', () => {
    for (const value of ['a b', 'é', 'a'.repeat(256), {}, ''])
      assert.ok('why' in idsOf(value, true, now), String(value))
  })
})

describe('metadata of a file', () => {
  it('is nested by column, and JSON in a text is read', () => {
    const fields = { app_metadata: '{"plan":"pro"}', profile: { department: 'R&D' }, number: '007', none: null }

    assert.deepEqual(metadataOf(fields, ['app_metadata', 'profile.department', 'number', 'none']), {
      metadata: { app_metadata: { plan: 'pro' }, department: 'R&D', number: '007' },
    })
    assert.deepEqual(metadataOf(fields, ['none']), { metadata: null })
    assert.deepEqual(metadataOf(fields, []), { metadata: null })
  })

  it('that is too much is not stored', () => {
    assert.deepEqual(metadataOf({ a: 'ä'.repeat(2100) }, ['a']), { why: 'is more than 4 KiB of JSON' })
  })
})

describe('npm run import with ids, metadata and a bridge', () => {
  let state: string
  before(async () => {
    state = await makeDatabase(folder)
  })
  const run = (file: string, ...args: string[]) => inside(importUsers, [file, '--persist-to', state, ...args])
  const fileOf = (name: string, users: object[]) => {
    const path = join(folder, name)
    writeFileSync(path, users.map((user) => JSON.stringify(user)).join('\n'))
    return path
  }
  const rowOf = (email: string) =>
    read(
      state,
      'select id, external_id, metadata, migration_pending as mark, password, name from users where email = ?',
      email,
    )[0]
  const reportOf = (file: string) =>
    readFileSync(`${file}.import-report.ndjson`, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  it('keeps, stores and lists them, marks users without a password, and changes nothing the second time', async () => {
    const users = [
      { id: kept, email: 'kept@example.com', password: bcrypt, app_metadata: { plan: 'pro', "it's": 'ä' } },
      { id: 7, email: 'number@example.com', password: '' },
      { id: 'x,"y"', email: 'quoted@example.com', password: '{noop}clear' },
      { id: 8, email: 'blocked@example.com', password: '', blocked: true },
      { id: 7, email: 'again@example.com', password: '' },
      { id: 9, email: 'much@example.com', password: bcrypt, app_metadata: { text: 'a'.repeat(5000) } },
    ]
    const file = fileOf('users.ndjson', users)
    const ids = join(folder, 'ids.csv')
    const options = ['--format', 'table', '--keep-ids', '--metadata', 'app_metadata', '--bridge', '--verified']

    const { status, output } = await run(file, ...options, '--ids', ids)
    const report = reportOf(file)
    const before = read(state, 'select * from users order by id')
    const again = await run(file, ...options, '--ids', `${ids}.ndjson`)

    assert.equal(status, 0, output)
    assert.match(output, /^Old ids: 5\. Kept as ids: 1\. External ids: 4\.$/m)
    assert.match(output, /^Users with metadata: 1\. Left out, because it cannot be stored: 1\.$/m)
    assert.match(output, /^Users whose password the old system is asked for: 3\.$/m)
    assert.match(output, /^Users who are imported without their old id, because somebody else has it: 1\.$/m)
    assert.match(output, /^New users: 6\. Known users, left unchanged: 0\.$/m)
    assert.deepEqual(rowOf('kept@example.com'), {
      ...{ id: kept, external_id: null, mark: null, password: bcrypt, name: null },
      metadata: `{"app_metadata":{"plan":"pro","it's":"ä"}}`,
    })
    const marks = ['number', 'quoted', 'blocked', 'much'].map((name) => rowOf(`${name}@example.com`)!)
    assert.deepEqual(
      marks.map(({ external_id, mark }) => [external_id, mark]),
      [
        ['7', 1],
        ['x,"y"', 1],
        ['8', null],
        ['9', null],
      ],
    )
    assert.equal(rowOf('again@example.com')!.external_id, null)
    assert.deepEqual(
      report.filter(({ line }) => line === 5 || line === 6),
      [
        { line: 5, warned: 'id', why: 'is the same as in line 2: imported without it' },
        { line: 6, left_out: 'metadata', why: 'is more than 4 KiB of JSON' },
      ],
    )
    const listed = readFileSync(ids, 'utf8')
    assert.ok(listed.startsWith('old_id,new_id\n'))
    assert.ok(listed.includes(`${kept},${kept}\n`) && listed.includes(`"x,""y""",${marks[1]!.id}\n`))
    assert.equal(listed.trimEnd().split('\n').length, 6)
    assert.match(again.output, /^New users: 0\. Known users, left unchanged: 6\.$/m)
    assert.deepEqual(read(state, 'select * from users order by id'), before)
    assert.deepEqual(
      readFileSync(`${ids}.ndjson`, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).new_id)
        .sort(),
      before
        .filter(({ email }) => email !== 'again@example.com')
        .map(({ id }) => id)
        .sort(),
    )
    assert.deepEqual(read(state, "select format, count from password_formats where format = 'bridge'"), [
      { format: 'bridge', count: 3 },
    ])
  })

  it('imports those without their id whose id somebody else has, and says so before and after', async () => {
    const file = fileOf('moved.ndjson', [
      { id: kept, email: 'kept.elsewhere@example.com', password: bcrypt },
      { id: 7, email: 'number.elsewhere@example.com', password: bcrypt },
      { id: kept.toUpperCase(), email: 'third@example.com', password: bcrypt },
    ])

    const rehearsed = await run(file, '--format', 'table', '--keep-ids', '--dry-run')
    const { output } = await run(file, '--format', 'table', '--keep-ids')
    const report = reportOf(file)
    const addresses = ['kept', 'number'].map((name) => `${name}.elsewhere@example.com`)
    const made = [...addresses, 'third@example.com'].map((email) => rowOf(email)!)
    const again = await run(file, '--format', 'table', '--keep-ids')

    for (const said of [rehearsed.output, output])
      assert.match(said, /^Users who are imported without their old id, because somebody else has it: 3\.$/m)
    assert.match(output, /^New users: 3\. Known users, left unchanged: 0\.$/m)
    assert.match(again.output, /^New users: 0\. Known users, left unchanged: 3\.$/m)
    for (const { id, external_id, password } of made)
      assert.ok(id !== kept && external_id === null && password === bcrypt, String(id))
    assert.deepEqual(report.map(({ line, warned }) => [line, warned]).sort(), [
      [1, 'id'],
      [2, 'id'],
      [3, 'id'],
    ])
    write(state, `delete from audit where user_id in (${made.map(({ id }) => `'${id}'`).join()})`)
    write(state, `delete from users where id in (${made.map(({ id }) => `'${id}'`).join()})`)
  })

  it('takes five services that each count from 1', async () => {
    for (let service = 0; service < 5; service++) {
      const people = [1, 2, 3].map((id) => ({ id, email: `five${id}@service${service}.example.com`, password: bcrypt }))
      const { output } = await run(fileOf(`five${service}.ndjson`, people), '--format', 'table')
      assert.match(output, /^New users: 3\. /m, `service ${service}`)
    }
    const all = read(state, "select external_id from users where email like 'five%' order by email")
    const owned = all.flatMap(({ external_id }) => external_id ?? []).sort()
    write(state, "delete from audit where user_id in (select id from users where email like 'five%')")
    write(state, "delete from users where email like 'five%'")

    assert.equal(all.length, 15)
    assert.deepEqual(owned, ['1', '2', '3'])
  })

  it('changes metadata and marks with --update, and clears no mark by it', async () => {
    const file = fileOf('update.ndjson', [
      { id: 7, email: 'number@example.com', password: '', name: 'Ada', app_metadata: { plan: 'new' } },
      { id: 9, email: 'much@example.com', password: '' },
    ])

    const { output } = await run(
      file,
      '--format',
      'table',
      '--update',
      '--bridge',
      '--metadata',
      'app_metadata',
      '--verified',
    )

    assert.match(output, /^Users of an earlier import who were changed: 2\.$/m)
    const [one, other] = [rowOf('number@example.com')!, rowOf('much@example.com')!]
    assert.deepEqual([one.name, one.metadata, one.mark], ['Ada', '{"app_metadata":{"plan":"new"}}', 1])
    assert.deepEqual([other.password, other.mark], [null, 1])
  })

  it('is undone with kept ids too, and only by its own run', async () => {
    const runs = read(
      state,
      "select distinct detail ->> 'run' as run from audit where event = 'user_created' and detail ->> 'by' = 'import'",
    )
    assert.equal(runs.length, 1)
    write(state, "update users set name = 'by hand' where email = 'blocked@example.com'")

    const { output } = await inside(importUsers, ['--undo', String(runs[0]!.run), '--persist-to', state])

    assert.match(output, /^Users removed: 6\./m)
    assert.deepEqual(read(state, 'select id from users'), [])
    assert.deepEqual(read(state, 'select count(*) as n from password_formats')[0], { n: 0 })
  })

  it('reports which metadata of a file is not imported, and stops for a column that is not there', async () => {
    const file = fileOf('hint.ndjson', [{ user_id: 'auth0|1', email: 'hint@example.com', app_metadata: { a: 1 } }])

    const told = await run(file, '--dry-run', '--without-passwords')
    const absent = await run(file, '--dry-run', '--without-passwords', '--metadata', 'nope')
    const twice = await run(file, '--dry-run', '--metadata', 'a.plan,b.plan')

    assert.match(told.output, /^Metadata that is not imported: app_metadata\. .*--metadata app_metadata\.$/m)
    assert.match(absent.output, /^--metadata names nope, which the file does not have\./m)
    assert.match(twice.output, /two columns that would become the same member/)
  })
})
