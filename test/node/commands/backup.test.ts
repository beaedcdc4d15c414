import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { backup } from '../../../cli/backup.ts'
import { root, runNode } from '../../../cli/lib/process.ts'
import { statement } from '../../../cli/lib/sql-literal.ts'
import { cloudflare } from './cloudflare.ts'
import { makeDatabase, migrations, read, write } from './databases.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
const path = (name: string) => join(folder, name)

const name = `李明 O'Hara; BEGIN TRANSACTION; "--" \\ 🔑\nÄrger`
const user = (id: string, role: string, verified: number | null) =>
  statement`insert into users (id, email, email_canonical, password, name, role, email_verified_at, created_at, updated_at)
    values (${id}, ${`${id}@example.com`}, ${`${id}@example.com`}, 'a hash', ${name}, ${role}, ${verified}, 1700000000000, 1)`

/** Something in each table, more throttles than the first page, and gaps between rows. */
const contents = [
  user('gone', 'user', null),
  user('ada', 'admin', 1_700_000_000_123),
  user('grace', 'user', null),
  ...['a', 'b'].map(
    (id) =>
      statement`insert into sessions (id, user_id, generation, nonce, created_at, rotated_at, auth_time, expires_at, ends_at)
        values (${id}, 'ada', 7, 'n', 1700000000000, 1, 1, 9000000000000, 9000000000000)`,
  ),
  `insert into mail (id, user_id, kind, address, address_canonical, created_at, expires_at, used_at)
    values ('m', 'grace', 'verify_email', 'x', 'x', 1, 2, null), ('n', null, 'notice', 'x', 'x', 1, 2, 3)`,
  `insert into devices (user_id, name, first_seen_at, last_seen_at) values ('ada', 'Firefox on Linux, DE', 1, 2)`,
  `insert into audit (id, at, event, user_id, detail) values ('e', 1, 'logged_in', 'ada', '{"a":"b"}')`,
  `insert into throttles (key, count, blocked_until, ends_at)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 5500) select 'key ' || i, i, 0, 1 from n`,
  `insert into daily (day, metric, count) values ('2020-01-01', 'registrations', 99)`,
  `update daily set count = 5 where metric = 'logins'`,
  `delete from users where id = 'gone'`,
  `delete from sessions where id = 'b'`,
]

/** A restore leaves a mark among the counters, so that the cron removes no picture for a day. */
const unmarked = `where key not like 'restored %'`

/**
 * Returns the content of all tables, in the order of their rows. Every table is found by its name, so that none is
 * forgotten.
 */
const everything = (all: (sql: string) => Record<string, unknown>[]) =>
  all(`select name from pragma_table_list where schema = 'main' and type = 'table'
    and name not like 'sqlite%' and name not like '\\_cf%' escape '\\' and name <> 'd1_migrations' order by name`).map(
    ({ name }) => [
      name,
      all(
        `select * from "${name}" ${/^(daily|totals)$/.test(String(name)) ? 'order by 1, 2, 3' : name === 'throttles' ? unmarked : ''}`,
      ),
    ],
  )
const found = (all: (sql: string) => Record<string, unknown>[]) =>
  all(`select users.id from users_search join users on users.rowid = users_search.rowid
    where users_search match '"ärger"' order by users.rowid`)

describe('npm run backup', () => {
  let state = ''
  const file = path('local.ndjson.gz')
  const local = (where: string, ...args: string[]) => inside(backup, [...args, '--persist-to', where])
  const of = (where: string) => (sql: string) => read(where, sql)

  before(async () => {
    state = await makeDatabase(path('from'), ...contents)
  })
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

  it('brings back users, sessions, counters and search as they were', async () => {
    const target = await makeDatabase(path('to'))

    const kept = await local(state, file)
    const restored = await local(target, file, '--restore')

    assert.equal(kept.status, 0, kept.output)
    assert.match(
      kept.output,
      /: 1 audit, 0 audit_days, 5,500 throttles, 2 users, 1 devices, 2 mail, 0 totp, 0 passkeys, 0 recovery_codes, 0 trusted_devices, 1 sessions, 0 audit_keys, \d daily\.$/,
    )
    assert.equal(restored.status, 0, restored.output)
    assert.deepEqual(everything(of(target)), everything(of(state)))
    assert.deepEqual(found(of(target)), [{ id: 'ada' }, { id: 'grace' }])
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600)
  })

  it('brings back every column that the migrations make, whatever is in it', async () => {
    const source = await makeDatabase(path('full'))
    const target = await makeDatabase(path('full-again'))
    const names = everything(of(source)).map(([name]) => String(name))
    /** A value of the right type in each column; references lead to the one user. */
    const full = (table: string) => {
      const columns = read(source, 'select name, type from pragma_table_info(?) order by cid', table)
      const values = columns.map(({ name, type }, index) =>
        name === 'user_id'
          ? "'the id'"
          : name === 'id'
            ? "'the id'"
            : /int/i.test(String(type))
              ? index + 1
              : `'{"${name}":1}'`,
      )
      return `insert or replace into "${table}" (${columns.map(({ name }) => `"${name}"`).join(', ')}) values (${values.join(', ')})`
    }
    // Tables that triggers and the cron maintain are filled anew.
    const byTriggers = ['totals', 'password_formats', 'sweeps']
    const own = names.filter((name) => !byTriggers.includes(name) && !name.startsWith('users_search'))
    // Triggers change sessions when an app or a passkey is added.
    const first = ['users', 'totp', 'passkeys']
    for (const table of [...first, ...own.filter((name) => !first.includes(name))]) write(source, full(table))

    const kept = await local(source, path('full.ndjson.gz'))
    const restored = await local(target, path('full.ndjson.gz'), '--restore')

    assert.equal(kept.status, 0, kept.output)
    assert.equal(restored.status, 0, restored.output)
    for (const table of own) {
      const own = table === 'throttles' ? unmarked : ''
      const rows = read(target, `select * from "${table}" ${own} order by 1, 2`)
      assert.deepEqual(rows, read(source, `select * from "${table}" order by 1, 2`), table)
      const [row] = rows.filter((one) => Object.values(one).every((value) => value !== null))
      assert.ok(row, table)
    }
    const [user] = read(target, 'select origin, erases_at, frozen_until from users')
    assert.equal(user!.origin, '{"origin":1}')
  })

  it('does the same with a deployed database, page by page, and changes nothing in it', async () => {
    const [from, to] = [new DatabaseSync(':memory:'), new DatabaseSync(':memory:')]
    const of = (database: DatabaseSync) => (sql: string) =>
      database
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }))
    for (const sql of [...migrations, ...contents]) from.exec(sql)
    for (const sql of migrations) to.exec(sql)
    const before = everything(of(from))
    const [source, target] = [await cloudflare(from), await cloudflare(to)]

    const kept = await inside(backup, [path('remote.ndjson.gz'), '--remote'], source.env())
    const restored = await inside(backup, [path('remote.ndjson.gz'), '--restore', '--remote'], target.env())

    for (const account of [source, target]) account.close()
    assert.equal(kept.status, 0, kept.output)
    assert.equal(restored.status, 0, restored.output)
    assert.match(restored.output, /npm run rotate -- --emergency --env production$/)
    assert.deepEqual(source.changes, [])
    assert.equal(source.queries.filter((sql) => sql.includes('from "throttles"')).length, 2)
    assert.deepEqual(everything(of(from)), before)
    assert.deepEqual(everything(of(to)), before)
    assert.deepEqual(found(of(to)), found(of(from)))
  })

  it('leaves out what belongs to a user who was deleted while it was read', async () => {
    const lines = gunzipSync(readFileSync(file))
      .toString()
      .replace(/^\["grace",.*\n/m, '')
      .replace('"users":2', '"users":1')
    writeFileSync(path('torn.ndjson.gz'), gzipSync(lines))
    const target = await makeDatabase(path('torn'))

    const { status, output } = await local(target, path('torn.ndjson.gz'), '--restore')

    assert.equal(status, 0, output)
    assert.deepEqual(read(target, 'select id from mail'), [{ id: 'n' }])
  })

  it('comes back though a key or an address was given up and taken again while it was read', async () => {
    const lines = gunzipSync(readFileSync(file))
      .toString()
      .replace(/^\["grace",(.*)\n/m, '["grace",$1\n["heir",$1\n')
      .replace(/^\["key 1",.*\n/m, '$&$&')
      .replace('"users":2', '"users":3')
      .replace('"throttles":5500', '"throttles":5501')
    writeFileSync(path('taken.ndjson.gz'), gzipSync(lines))
    const target = await makeDatabase(path('taken'))

    const { status, output } = await local(target, path('taken.ndjson.gz'), '--restore')

    assert.equal(status, 0, output)
    assert.deepEqual(read(target, 'select id from users order by id'), [{ id: 'ada' }, { id: 'grace' }])
    assert.deepEqual(read(target, `select count(*) as n from throttles ${unmarked}`), [{ n: 5500 }])
  })

  it('says in one line why it did nothing', async () => {
    const empty = await makeDatabase(path('empty'))
    const ahead = await makeDatabase(path('ahead'))
    write(ahead, `delete from d1_migrations where name like '0001%'`)
    const text = gunzipSync(readFileSync(file))
    const cut = path('cut.ndjson.gz')
    writeFileSync(cut, readFileSync(file).subarray(0, -100))
    const short = path('short.ndjson.gz')
    writeFileSync(short, gzipSync(text.toString().replace(/^\["key 4711".*\n/m, '')))
    const open = path('open.ndjson.gz')
    writeFileSync(open, gzipSync(text.toString().replace(/^\{"end".*\n/m, '')))
    const refusals: [string, string[], RegExp][] = [
      [state, [], /^One file is needed/],
      [state, [file], /already exists\.$/],
      [state, [file, '--restore'], /^The database has users\./],
      [state, [file, '--remote'], /^--persist-to is for the local database/],
      [ahead, [file, '--restore'], /^The database lacks migrations that the backup has: 0001_/],
      [empty, [path('nothing'), '--restore'], /^There is no file /],
      [empty, [cut, '--restore'], /is not a complete backup: /],
      [empty, [short, '--restore'], /lacks rows\.$/],
      [empty, [open, '--restore'], /ends too early\.$/],
      [path('nowhere'), [path('new.ndjson.gz')], /^There is no local database in /],
    ]

    for (const [where, args, words] of refusals) {
      const { status, lines } = await local(where, ...args)
      assert.equal(status, 1, args.join(' '))
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(lines[0]!, words)
    }
    assert.deepEqual(read(empty, 'select * from users, throttles'), [])
  })

  it('explains itself', async () => {
    const { status, output } = await runNode([join(root, 'cli', 'backup.ts'), '--help'])

    assert.equal(status, 0)
    assert.match(output, /npm run backup -- FILE --restore/)
  })
})
