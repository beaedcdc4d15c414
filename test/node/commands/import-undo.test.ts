import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import type { Person } from '../../../cli/import/person.ts'
import { fits, tryPassword } from '../../../cli/import/try.ts'
import { importUsers } from '../../../cli/import.ts'
import { root } from '../../../cli/lib/process.ts'
import { storable } from '../../../src/domain/hashes/foreign.ts'
import imported from '../../support/app/imported-hashes.json' with { type: 'json' }
import { cloudflare } from './cloudflare.ts'
import { makeDatabase, migrations, read, write } from './databases.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

const bcrypt = '$2b$12$SCO36h/pkBtak18QbRs0UeXqQP4muYhTPK8nPUl.McJs3WTV3jGaK'
let files = 0
const fileOf = (lines: string[]) => {
  const path = join(folder, `users-${++files}.csv`)
  writeFileSync(path, ['email,password,name,is_active', ...lines].join('\n'))
  return path
}

/** Changes after which a user counts as used, changed or written to. */
const uses: Record<string, string> = {
  session:
    "insert into sessions (id, user_id, nonce, created_at, rotated_at, auth_time, expires_at, ends_at) select 's ' || id, id, 'n', 1, 1, 1, 9, 9 from users where email = ?",
  entry: "insert into audit (id, at, event, user_id) select 'e ' || id, 1, 'logged_in', id from users where email = ?",
  change: 'update users set name = name, updated_at = updated_at + 1 where email = ?',
  letter:
    "insert into mail (id, user_id, kind, address, address_canonical, created_at, expires_at) select 'm ' || id, id, 'reset_password', 'x', 'x', 1, 9 from users where email = ?",
  pending: "update users set pending_email = 'x@example.com' where email = ?",
  origin: "update users set origin = 'created' where email = ?",
}
/** Changes that do not count. */
const idle: Record<string, string> = {
  failed:
    "insert into audit (id, at, event, user_id) select 'f ' || id, 1, 'log_in_failed', id from users where email = ?",
  read: "insert into audit (id, at, event, user_id) select 'r ' || id, 1, 'user_read', id from users where email = ?",
  indexed: "update users set search_name = 'x' where email = ?",
}
const act = (state: string, group: Record<string, string>) => {
  for (const [name, sql] of Object.entries(group)) write(state, sql.replace('?', `'${name}@example.com'`))
}
const all = (state: string) =>
  ['users', 'sessions', 'mail', 'audit', 'totals', 'password_formats'].map((table) =>
    read(state, `select * from ${table} order by 1, 2`),
  )
const names = [...Object.keys(uses), ...Object.keys(idle), 'plain']

describe('an import that is undone', () => {
  let state = ''
  before(async () => {
    state = await makeDatabase(folder)
  })
  const run = (...args: string[]) => inside(importUsers, [...args, '--persist-to', state])

  it('removes users whom nobody has used, and leaves everybody else', async () => {
    await run(fileOf(['other@example.com,,Other,t']))
    await run(fileOf(names.map((name) => `${name}@example.com,${bcrypt},Ada,t`)))
    act(state, uses)
    act(state, idle)
    const listed = await run('--runs')
    const [, id = '', made, unused] =
      /^(\S+) {2}\S+ \S+ UTC {2}users: (\d+), never used: (\d+)$/.exec(listed.lines[0]!) ?? []

    const said = await run('--undo', id)
    const again = await run('--undo', id)

    const gone = Object.keys(idle).length + 1
    assert.deepEqual([listed.lines.length, made, unused], [2, String(names.length), String(gone)])
    assert.equal(
      said.output,
      `Users removed: ${gone}. Users left, because they have been used or changed since: ${names.length - gone}.`,
    )
    assert.match(again.output, /^Users removed: 0\. /)
    assert.deepEqual(
      read(state, 'select email from users order by email').map(({ email }) => email),
      [...Object.keys(uses), 'other'].sort().map((name) => `${name}@example.com`),
    )
    const entries = read(state, "select detail from audit where event = 'account_deleted'")
    assert.deepEqual(
      entries.map(({ detail }) => detail),
      Array(gone).fill(JSON.stringify({ by: 'import', run: id, undone: true })),
    )
    assert.deepEqual(read(state, "select id from audit where event = 'log_in_failed' and user_id is not null"), [])
    assert.equal(read(state, 'select sum(count) as n from totals')[0]!.n, Object.keys(uses).length + 1)
  })

  it('may be imported again', async () => {
    const said = await run(fileOf([`plain@example.com,${bcrypt},Ada,t`]))

    assert.equal(said.lines.at(-1), 'New users: 1. Known users, left unchanged: 0.')
  })

  it('is refused if nobody knows it', async () => {
    const said = await run('--undo', 'nonsense')

    assert.deepEqual(
      [said.status, said.output],
      [1, 'The audit has no import nonsense. npm run import -- --runs lists the imports.'],
    )
  })

  it('does the same in the deployed database', async () => {
    using database = new DatabaseSync(':memory:')
    for (const sql of migrations) database.exec(sql)
    const account = await cloudflare(database)
    const remote = (...args: string[]) => inside(importUsers, [...args, '--remote'], account.env())
    await remote(fileOf([`far@example.com,${bcrypt},Far,t`]))
    const changed = await remote(fileOf([`far@example.com,${bcrypt},Farther,t`]), '--update')
    const listed = await remote('--runs')
    const said = await remote('--undo', listed.lines[0]!.split(' ')[0]!)
    account.close()

    assert.equal(changed.lines.at(-2), 'Users of an earlier import who were changed: 1.')
    assert.match(said.output, /^Users removed: 1\. Users left, .*: 0\.$/)
    assert.deepEqual(database.prepare('select id from users').all(), [])
  })
})

describe('an import that updates', () => {
  let state = ''
  before(async () => {
    state = await makeDatabase(join(folder, 'second'))
  })
  const run = (...args: string[]) => inside(importUsers, [...args, '--persist-to', state])
  const userOf = (name: string) => read(state, 'select * from users where email = ?', `${name}@example.com`)[0]!

  it('changes those who are as it left them, and nobody else, and nothing when run again', async () => {
    await run(fileOf(names.map((name) => `${name}@example.com,,Before,t`)))
    act(state, uses)
    act(state, idle)
    const ids = new Map(names.map((name) => [name, userOf(name).id]))
    const file = fileOf([...names.map((name) => `${name}@example.com,${bcrypt},After,f`), 'new@example.com,,New,t'])

    const without = await run(file)
    const said = await run(file, '--update', '--mapping', mapping)
    const before = all(state)
    const again = await run(file, '--update', '--mapping', mapping)

    const gone = Object.keys(idle).length + 1
    assert.equal(without.lines.at(-1), `New users: 1. Known users, left unchanged: ${names.length}.`)
    assert.deepEqual(said.lines.slice(-2), [
      `Users of an earlier import who were changed: ${gone}.`,
      `New users: 0. Known users, left unchanged: ${names.length + 1 - gone}.`,
    ])
    for (const name of names) {
      const { id, password, name: called, status } = userOf(name)
      const changed = name in idle || name === 'plain'
      assert.equal(id, ids.get(name))
      assert.deepEqual(
        [password, called, status],
        changed ? [bcrypt, 'After', 'disabled'] : [null, 'Before', 'active'],
        name,
      )
    }
    assert.deepEqual(all(state), before)
    assert.equal(again.lines.at(-1), `New users: 0. Known users, left unchanged: ${names.length + 1}.`)
    // The user was changed twice, and is still as an import left it.
    const third = await run(fileOf([`plain@example.com,${bcrypt},Third,t`]), '--update')
    assert.deepEqual(
      [third.lines.at(-2), userOf('plain').name],
      ['Users of an earlier import who were changed: 1.', 'Third'],
    )
  })
  const mapping = join(folder, 'mapping')
  writeFileSync(mapping, JSON.stringify({ name: 'name' }))
})

describe('a password that is tried first', () => {
  const typed = imported.passwords['letters of all kinds']
  const vectors = imported.vectors.filter(({ password }) => password === 'letters of all kinds')

  it('fits the hash of every format, and another one does not', async () => {
    for (const { hash, source } of vectors) {
      assert.equal(await fits(typed, storable(hash)!), true, source)
      assert.equal(await fits(`${typed}!`, storable(hash)!), false, source)
    }
  })

  const person = (password: string | null) => ({ emailCanonical: 'ada@example.com', password }) as Person
  const people = async function* (...all: Person[]) {
    yield* all
  }

  it('stops an import that would let nobody in', async () => {
    const asked = async () => 'a wrong one'
    await assert.rejects(
      tryPassword('Ada@Example.com', people(person(bcrypt)), asked),
      /^Error: The password does not match the hash of Ada@Example\.com\. .*--pepper/,
    )
    await assert.rejects(
      tryPassword('ada@example.com', people(person(null)), asked),
      /has no password that can be verified here/,
    )
    await assert.rejects(
      tryPassword('grace@example.com', people(person(bcrypt)), asked),
      /^Error: The file has no user with the address/,
    )
  })

  it('is asked for on the terminal or a pipe, and never on the command line', { timeout: 60_000 }, async () => {
    const file = fileOf([
      `ada@example.com,${vectors.find(({ source }) => source.startsWith('node bcrypt'))!.hash},Ada,t`,
    ])
    const child = spawn(process.execPath, [
      join(root, 'cli', 'import.ts'),
      file,
      '--dry-run',
      '--try',
      'ada@example.com',
    ])
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
    child.stdin.end(`${typed}\n`)
    const status = await new Promise((done) => child.on('close', done))

    assert.equal(status, 0, said)
    assert.match(said, /^The password of ada@example\.com matches its hash\.$/m)
    assert.ok(!said.includes(typed))
  })
})
