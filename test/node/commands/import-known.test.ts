import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import type { Person } from '../../../cli/import/person.ts'
import { importing } from '../../../cli/import/statements.ts'
import { importUsers } from '../../../cli/import.ts'
import { statement } from '../../../cli/lib/sql-literal.ts'
import { cloudflare } from './cloudflare.ts'
import { makeDatabase, migrations, read, write } from './databases.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

const bcrypt = '$2b$12$SCO36h/pkBtak18QbRs0UeXqQP4muYhTPK8nPUl.McJs3WTV3jGaK'
const future = Date.now() + 86_400_000
const past = Date.now() - 86_400_000

let files = 0
const fileOf = (lines: string[]) => {
  const path = join(folder, `users-${++files}.csv`)
  writeFileSync(path, ['email,password,name,is_verified', ...lines].join('\n'))
  return path
}
const reportOf = (file: string) =>
  readFileSync(`${file}.import-report.ndjson`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { line: number } & Record<string, string>)

/** Inserts a user who registered the address, with everything that a row can have. */
const registration = (name: string, over: Record<string, string | number | null> = {}): string[] => {
  const columns = {
    id: `id of ${name}`,
    email: `${name}@example.com`,
    email_canonical: `${name}@example.com`,
    password: "the squatter's",
    name: 'Squatter',
    phone: '+15550100',
    avatar: 'AAAAAAAAAAAAAAAAAAAAAA',
    pending_email: 'elsewhere@example.com',
    origin: 'registered',
    created_at: past,
    updated_at: past,
    ...over,
  }
  const [names, values] = [Object.keys(columns), Object.values(columns)]
  const id = columns.id
  return [
    `insert into users (${names.join(', ')}) values (${values.map((value) => statement`${value}`).join(', ')})`,
    statement`insert into sessions (id, user_id, nonce, created_at, rotated_at, auth_time, expires_at, ends_at)
      values (${`session of ${name}`}, ${id}, 'n', ${past}, ${past}, ${past}, ${future}, ${future})`,
    statement`insert into mail (id, user_id, kind, address, address_canonical, created_at, expires_at)
      values (${`link of ${name}`}, ${id}, 'verify_email', 'x', 'x', ${past}, ${future})`,
    statement`insert into devices (user_id, name, first_seen_at, last_seen_at) values (${id}, 'Firefox', ${past}, ${past})`,
    statement`insert into audit (id, at, event, user_id, ip, user_agent) values (${`entry of ${name}`}, ${past}, 'registered', ${id}, '203.0.113.7', 'Firefox')`,
  ]
}

const wayBack = (id: string, address: string, expiresAt: number) =>
  statement`insert into mail (id, kind, address, address_canonical, created_at, expires_at)
    values (${id}, 'revert_email_change', ${address}, ${address}, ${past}, ${expiresAt})`

/** Users who stay, whatever the file says. Each differs in one thing from a registration that is replaced. */
const stay: Record<string, Record<string, string | number | null>> = {
  verified: { email_verified_at: past },
  'logged-in': { last_login_at: past },
  admin: { role: 'admin' },
  disabled: { status: 'disabled' },
  erasing: { status: 'disabled', erases_at: future },
  frozen: { status: 'disabled', frozen_until: future },
  invited: { origin: 'invited' },
  created: { origin: 'created' },
  imported: { origin: 'imported' },
  older: { origin: null },
}

const all = (state: string) =>
  ['users', 'sessions', 'mail', 'devices', 'audit'].map((table) => read(state, `select * from ${table} order by 1, 2`))

describe('npm run import, if somebody already has the address', () => {
  let state = ''
  before(async () => {
    state = await makeDatabase(folder)
  })
  const local = (file: string, ...args: string[]) => inside(importUsers, [file, '--persist-to', state, ...args])
  const userOf = (name: string) =>
    read(state, 'select * from users where email_canonical = ?', `${name}@example.com`)[0]!

  it('takes the place of a registration that nobody verified or used, of which nothing is left', async () => {
    for (const sql of [...registration('squatted'), ...registration('other')]) write(state, sql)
    const file = fileOf([`new@example.com,,,`, `Squatted@Example.com,${bcrypt},Rightful Owner,yes`])
    const before = read(state, 'select sum(count) as n from totals')[0]!.n

    const said = await local(file)

    assert.equal(said.status, 0, said.output)
    const { id, name, password, phone, avatar, pending_email, origin, email_verified_at } = userOf('squatted')
    assert.notEqual(id, 'id of squatted')
    assert.deepEqual(
      { name, password, phone, avatar, pending_email, origin },
      { name: 'Rightful Owner', password: bcrypt, phone: null, avatar: null, pending_email: null, origin: 'imported' },
    )
    assert.notEqual(email_verified_at, null)
    for (const table of ['sessions', 'mail', 'devices'])
      assert.deepEqual(read(state, `select user_id from ${table}`), [{ user_id: 'id of other' }], table)
    assert.deepEqual(
      read(
        state,
        'select email from users_search join users on users.rowid = users_search.rowid where users_search match ?',
        '"squatter"',
      ),
      [{ email: 'other@example.com' }],
    )
    assert.equal(read(state, 'select sum(count) as n from totals')[0]!.n, Number(before) + 1)
    // The entries about the replaced registration no longer name anybody, and the removal itself is recorded.
    assert.deepEqual(read(state, "select user_id, ip, user_agent from audit where id = 'entry of squatted'"), [
      { user_id: null, ip: null, user_agent: null },
    ])
    const [removal, ...more] = read(state, "select event, detail from audit where user_id = 'id of squatted'")
    assert.deepEqual(more, [])
    assert.equal(removal!.event, 'account_deleted')
    const { run, ...detail } = JSON.parse(String(removal!.detail)) as Record<string, string>
    assert.deepEqual(detail, { by: 'import', replaced_by: String(id) })
    assert.match(run!, /^[0-9a-f-]{36}$/)
    assert.deepEqual(reportOf(file), [
      { line: 3, replaced: 'email', why: 'had been registered, but nobody had verified it or logged in' },
    ])
    assert.deepEqual(said.lines.slice(-2), [
      'New users who replace a registration that nobody had verified or used: 1.',
      'New users: 2. Known users, left unchanged: 0.',
    ])
  })

  it('leaves everybody else as they are, and names the line of each', async () => {
    for (const [name, over] of Object.entries(stay)) for (const sql of registration(name, over)) write(state, sql)
    const names = Object.keys(stay)
    const file = fileOf(['fresh@example.com,,,', ...names.map((name) => `${name}@example.com,${bcrypt},Thief,yes`)])
    const before = all(state)

    const said = await local(file)

    assert.equal(said.lines.at(-1), `New users: 1. Known users, left unchanged: ${names.length}.`)
    assert.deepEqual(
      reportOf(file),
      names.map((_, index) => ({ line: index + 3, known: 'email', why: 'has an account, which stays unchanged' })),
    )
    write(state, "delete from users where email = 'fresh@example.com'")
    write(
      state,
      `delete from audit where event = 'user_created' and detail like '%import%' and user_id not in (select id from users)`,
    )
    assert.deepEqual(all(state), before)
  })

  it('imports nobody under an address that somebody may still take back, whether or not it is registered', async () => {
    for (const name of ['kept', 'lapsed']) for (const sql of registration(name)) write(state, sql)
    write(state, wayBack('back 1', 'kept@example.com', future))
    write(state, wayBack('back 2', 'nobody@example.com', future))
    write(state, wayBack('back 3', 'lapsed@example.com', past))
    write(state, wayBack('back 4', 'free@example.com', past))
    const file = fileOf(['kept', 'nobody', 'lapsed', 'free'].map((name) => `${name}@example.com,${bcrypt},Owner,yes`))

    const said = await local(file)

    assert.equal(said.lines.at(-1), 'New users: 2. Known users, left unchanged: 2.')
    assert.deepEqual([userOf('kept').id, userOf('nobody')], ['id of kept', undefined])
    assert.deepEqual([userOf('lapsed').name, userOf('free').name], ['Owner', 'Owner'])
    assert.deepEqual(reportOf(file), [
      { line: 4, replaced: 'email', why: 'had been registered, but nobody had verified it or logged in' },
      { line: 2, known: 'email', why: 'has an account, which stays unchanged' },
      {
        line: 3,
        known: 'email',
        why: 'is reserved for the owner of an account who can still undo a change of address',
      },
    ])
  })

  it('changes nothing more when it is run again', async () => {
    for (const sql of registration('twice')) write(state, sql)
    const file = fileOf([`twice@example.com,${bcrypt},Owner,`])
    await local(file)
    const before = all(state)

    const again = await local(file)

    assert.equal(again.lines.at(-1), 'New users: 0. Known users, left unchanged: 1.')
    assert.deepEqual(all(state), before)
  })

  it('reveals nothing of the database in a dry run', async () => {
    for (const sql of registration('dry')) write(state, sql)
    const file = fileOf([`dry@example.com,${bcrypt},Owner,`])
    const before = all(state)

    await local(file, '--dry-run')

    assert.deepEqual([all(state), reportOf(file)], [before, []])
  })

  it('takes addresses that no new account gets, and warns of each', async () => {
    const odd = [
      '=?utf-8?q?mallory=40evil.example=3e=00?=x@example.com',
      'mallory%evil.example@example.com',
      'evil.example!mallory@example.com',
      'a|b@example.com',
      'a`id`@example.com',
      'a{b}@example.com',
      '-oQ/tmp@example.com',
      'mallory=40evil.example@example.com',
      'x@xn--a.example.com',
    ]
    const plain = ["o'hara+tag@example.com", 'a=b@example.com', 'a?b@example.com', 'x#y$z&@example.com']
    const file = fileOf([...odd, ...plain].map((email) => `${email},${bcrypt},,yes`))

    const said = await local(file)

    assert.equal(said.lines.at(-1), `New users: ${odd.length + plain.length}. Known users, left unchanged: 0.`)
    assert.deepEqual(
      reportOf(file),
      odd.map((_, index) => ({
        line: index + 2,
        warned: 'email',
        why: 'may be read as another recipient by some mail servers, so no new account gets such an address',
      })),
    )
    for (const email of [...odd, ...plain])
      assert.equal(read(state, 'select count(*) as n from users where email = ?', email)[0]!.n, 1)
  })

  it('does the same in the deployed database', async () => {
    using database = new DatabaseSync(':memory:')
    for (const sql of [...migrations, ...registration('far'), ...registration('known', { role: 'admin' })])
      database.exec(sql)
    const account = await cloudflare(database)
    const file = fileOf([`far@example.com,${bcrypt},Owner,yes`, `known@example.com,${bcrypt},Thief,yes`])

    const said = await inside(importUsers, [file, '--remote'], account.env())

    account.close()
    assert.equal(said.status, 0, said.output)
    assert.deepEqual(
      database
        .prepare('select name from users order by email')
        .all()
        .map(({ name }) => name),
      ['Owner', 'Squatter'],
    )
    assert.deepEqual(
      reportOf(file).map(({ line, replaced, known }) => [line, replaced ?? known]),
      [
        [2, 'email'],
        [3, 'email'],
      ],
    )
  })
})

describe('the statements of an import', () => {
  const person = (index: number, length: number): Person => ({
    email: `${'e'.repeat(50)}${index}@${'d'.repeat(60)}.example.com`,
    emailCanonical: `${'e'.repeat(50)}${index}@${'d'.repeat(60)}.example.com`,
    password: bcrypt,
    name: '李'.repeat(length),
    phone: null,
    locale: null,
    role: 'user',
    status: 'active',
    emailVerifiedAt: null,
    avatar: null,
    seeds: [],
    passkeys: [],
    createdAt: new Date(1),
    lastLoginAt: null,
    id: null,
    externalId: null,
    metadata: null,
    bridged: false,
  })

  for (const length of [0, 1, 100])
    it(`are never longer than D1 takes, with ${length} signs in a name`, () => {
      const people = Array.from({ length: 2000 }, (_, index) => person(index, length))
      const longest = Math.max(...importing(people, new Date(), 'run').map((sql) => Buffer.byteLength(sql)))

      assert.ok(longest < 100_000, `${longest}`)
      assert.ok(longest > 60_000, `${longest}`)
    })

  it('have the same effect when they are sent twice, as after a lost answer', () => {
    using database = new DatabaseSync(':memory:')
    for (const sql of [...migrations, ...registration('lost')]) database.exec(sql)
    const [now, one] = [new Date(), { ...person(1, 3), email: 'lost@example.com', emailCanonical: 'lost@example.com' }]
    const state = () =>
      ['users', 'audit', 'totals', 'sessions', 'mail'].map((table) =>
        database
          .prepare(`select * from ${table} order by 1`)
          .all()
          .map((row) => ({ ...row })),
      )
    const sent = importing([one], now, 'run')

    for (const sql of sent) database.exec(sql)
    const once = state()
    for (const sql of sent) database.exec(sql)
    const twice = state()
    for (const sql of importing([one], now, 'run')) database.exec(sql)

    assert.deepEqual(twice, once)
    assert.deepEqual(state(), once)
  })
})
