import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { admin as makeAdmin } from '../../../cli/admin.ts'
import { root, runNode } from '../../../cli/lib/process.ts'
import { announce, retract } from '../../../cli/lib/running.ts'
import { statement } from '../../../cli/lib/sql-literal.ts'
import { cloudflare } from './cloudflare.ts'
import { makeDatabase, migrations, read as readFrom, write } from './databases.ts'
import { inside } from './inside.ts'

type Account = { email: string; status?: string; verified?: boolean; password?: string | null }

const insert = ({ email, status = 'active', verified = true, password = 'a hash' }: Account) =>
  statement`insert into users (id, email, email_canonical, password, status, email_verified_at, created_at, updated_at)
    values (${`id of ${email}`}, ${email}, ${email}, ${password}, ${status}, ${verified ? 1 : null}, 1, 1)`

/** An app, recovery codes and a session. */
const factorsOf = (id: string) => [
  statement`insert into totp (id, user_id, secret, last_step, created_at) values ('an app', ${id}, 'd.sealed', 0, 1)`,
  statement`insert into recovery_codes (user_id, set_id, hashes, created_at) values (${id}, 'a set', '[]', 1)`,
  statement`insert into sessions (id, user_id, nonce, created_at, rotated_at, auth_time, expires_at, ends_at)
    values ('a session', ${id}, 'a nonce', 1, 1, 1, 9000000000000, 9000000000000)`,
]

/** Returns the output without the last line of a success, which names the database. */
const told = ({ status, lines }: { status: number; lines: string[] }) => {
  if (status !== 0 || lines[0]!.startsWith('Makes')) return { status, lines }
  assert.match(lines.at(-1)!, /^Database: (the local one in .*state$|gatehouse-\w+, deployed \(\w+\)$)/)
  return { status, lines: lines.slice(0, -1) }
}

const admin = async (args: string[], env?: NodeJS.ProcessEnv) => told(await inside(makeAdmin, args, env))

/** Runs the command in its own process, so that two of them can meet. */
const adminApart = async (args: string[]) => {
  const { status, output } = await runNode([join(root, 'cli', 'admin.ts'), ...args])
  return told({ status, lines: output.trimEnd().split('\n') })
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
const state = join(folder, 'state')
const local = (email: string) => admin([email, '--persist-to', state])

const read = (sql: string, ...values: string[]) => readFrom(state, sql, ...values)

const roleOf = (email: string) => read('select role from users where email_canonical = ?', email)[0]?.role
const events = (email: string) =>
  read(
    `select event, actor_id, ip, audit.detail from audit join users on users.id = user_id where email_canonical = ?`,
    email,
  ).map(({ detail, ...entry }) => ({ ...entry, detail: JSON.parse(String(detail)) }))

const entry = (event: string) => ({
  event,
  actor_id: null,
  ip: null,
  detail: { role: 'admin', by: 'command line' },
})

describe('npm run admin', () => {
  before(async () => {
    const accounts = [
      { email: 'ada@example.com' },
      { email: 'grace@example.com' },
      { email: 'unverified@example.com', verified: false },
      { email: 'invited@example.com', verified: false, password: null },
      { email: 'disabled@example.com', status: 'disabled' },
      { email: "o'hara@example.com" },
    ]
    await makeDatabase(folder, ...accounts.map(insert))
  })
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

  it('makes a user an admin, once, whatever the case of the address', async () => {
    const first = await local('ada@example.com')
    const again = await local('ADA@Example.com')

    assert.deepEqual(first, { status: 0, lines: ['ada@example.com is an admin now.'] })
    assert.deepEqual(again, { status: 0, lines: ['ADA@Example.com is an admin already: nothing was changed.'] })
    assert.equal(roleOf('ada@example.com'), 'admin')
    assert.deepEqual(events('ada@example.com'), [entry('role_changed')])
    assert.equal(roleOf('grace@example.com'), 'user')
  })

  it('warns if the running service uses another database', async () => {
    announce(8787, join(folder, 'another'))
    try {
      const { status, lines } = await inside(makeAdmin, ['ada@example.com', '--persist-to', state])
      assert.equal(status, 0)
      assert.match(lines.at(-2)!, /^Database: the local one in .*state$/)
      assert.match(lines.at(-1)!, /^Warning: The running service uses another database: .*another \(port 8787\)/)
      announce(8787, state)
      const { lines: same } = await inside(makeAdmin, ['ada@example.com', '--persist-to', state])
      assert.match(same.at(-1)!, /^Database: /)
    } finally {
      retract()
    }
  })

  it('says what the account lacks', async () => {
    const lacks = [
      ['invited@example.com', /is an admin now\. No password has been set yet\./],
      ['disabled@example.com', /is an admin now\. The account is disabled/],
    ] as const

    const said = await Promise.all(lacks.map(([email]) => local(email)))

    for (const [index, [email, words]] of lacks.entries()) {
      assert.equal(said[index]!.status, 0, said[index]!.lines.join('\n'))
      assert.match(said[index]!.lines.join('\n'), words)
      assert.equal(roleOf(email), 'admin')
    }
  })

  it('makes no admin of an account that anybody may have registered', async () => {
    const { status, lines } = await local('unverified@example.com')

    assert.equal(status, 1)
    assert.match(lines.join(' '), /has not been verified.*nothing was changed/)
    assert.equal(roleOf('unverified@example.com'), 'user')
    assert.deepEqual(events('unverified@example.com'), [])
  })

  it('creates and invites a user who does not exist, once, even if two commands run at the same time', async () => {
    const email = "New.o'hara--/*$x?#@example.com"
    const canonical = email.toLowerCase()
    const from = Date.now()

    const said = await Promise.all([1, 2].map(() => adminApart([email, '--persist-to', state])))

    assert.deepEqual(
      said.map(({ lines }) => lines[0]!.replace(email, 'They')).sort(),
      [
        'They is a new admin.',
        'They is an admin already: nothing was changed. No password has been set yet. "Forgot password" mails a link that does it.',
      ].sort(),
    )
    const [user, ...others] = read('select * from users where email_canonical = ?', canonical)
    assert.deepEqual(others, [])
    assert.equal(user!.email, email)
    assert.deepEqual(
      [user!.role, user!.status, user!.password, user!.email_verified_at, user!.origin],
      ['admin', 'active', null, null, 'created'],
    )
    assert.match(String(user!.id), /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    assert.deepEqual(events(canonical), [entry('user_created')])
    const [letter, ...more] = read('select * from mail where user_id = ?', String(user!.id))
    assert.deepEqual(more, [])
    const { id, kind, address, address_canonical, created_at, next_attempt_at, expires_at, attempts, sent_at } = letter!
    assert.match(String(id), /^[\w-]{22}$/)
    assert.deepEqual([kind, address, address_canonical], ['invite', email, canonical])
    assert.ok(Number(created_at) >= from && next_attempt_at === created_at)
    assert.deepEqual([attempts, sent_at, Number(expires_at) - Number(created_at)], [0, null, 7 * 86_400_000])
    assert.equal(roleOf("o'hara@example.com"), 'user')
  })

  it('creates no account with an ambiguous address, and makes an admin of a user who has one', async () => {
    const [fresh, onFile] = ['a%b@example.com', '=?utf-8?q?x?=@example.com']
    write(state, insert({ email: onFile }))

    const refused = await local(fresh)
    const made = await local(onFile)

    assert.equal(refused.status, 1)
    assert.match(refused.lines.join(' '), /nothing was changed/)
    assert.deepEqual(read('select * from users where email_canonical = ?', fresh), [])
    assert.deepEqual(made, { status: 0, lines: [`${onFile} is an admin now.`] })
  })

  it('gives nobody an address while its previous owner may still undo a change of it', async () => {
    const email = 'kept@example.com'
    const keep = (id: string, expiresAt: number) =>
      write(
        state,
        statement`insert into mail (id, kind, address, address_canonical, created_at, expires_at)
          values (${id}, 'revert_email_change', ${email}, ${email}, 1, ${expiresAt})`,
      )
    keep('lives', Date.now() + 60_000)
    keep('lapsed', Date.now() - 60_000)

    const refused = await local(email)
    const nobody = read('select * from users where email_canonical = ?', email)
    write(state, "delete from mail where id = 'lives'")
    const made = await local(email)

    assert.equal(refused.status, 1)
    assert.match(refused.lines.join(' '), /is reserved for up to a week.*nothing was changed/)
    assert.deepEqual(nobody, [])
    assert.equal(made.lines[0], `${email} is a new admin.`)
  })

  it('removes the factors of somebody who lost them, once, and makes nobody an admin', async () => {
    const email = 'locked-out@example.com'
    const id = `id of ${email}`
    write(
      state,
      [
        insert({ email }),
        ...factorsOf(id),
        statement`insert into passkeys (id, credential_id, user_id, rp_id, public_key, alg, sign_count, uv, backup_eligible, backed_up, aaguid, name, created_at)
          values ('passkey', 'credential', ${id}, 'localhost', 'x', -7, 0, 1, 0, 0, '00', 'Phone', 1)`,
        statement`insert into mail (id, user_id, kind, address, address_canonical, created_at, expires_at)
          values ('revert', ${id}, 'revert_email_change', 'old@example.com', 'old@example.com', 1, 9000000000000)`,
      ].join(';\n'),
    )
    const remove = (who: string) => admin([who, '--remove-factors', '--persist-to', state])

    const [none, first, again] = [await remove('nobody@example.com'), await remove(email), await remove(email)]

    assert.equal(none.status, 1)
    assert.match(none.lines[0]!, /^Nobody has the address nobody@example\.com: nothing was changed\.$/)
    assert.match(
      first.lines[0]!,
      /^locked-out@example\.com has no second factor any more, and is logged out everywhere\./,
    )
    assert.deepEqual(again.lines, ['locked-out@example.com has no second factor: nothing was changed.'])
    assert.equal(roleOf(email), 'user')
    for (const table of ['totp', 'passkeys', 'recovery_codes', 'sessions'])
      assert.deepEqual(read(`select 1 from ${table} where user_id = ?`, id), [])
    assert.deepEqual(events(email), [
      { event: 'factors_reset', actor_id: null, ip: null, detail: { by: 'command line' } },
    ])
    assert.deepEqual(
      read("select kind, address from mail where user_id = ? and kind like 'factors%' order by kind", id),
      [
        { kind: 'factors_changed', address: 'old@example.com' },
        { kind: 'factors_reset', address: email },
      ],
    )
  })

  it('does the same in the deployed database', async () => {
    using database = new DatabaseSync(':memory:')
    for (const sql of [...migrations, insert({ email: 'ada@example.com' })]) database.exec(sql)
    const account = await cloudflare(database)

    const said = await admin(['ada@example.com', '--remote'], account.env())

    account.close()
    assert.deepEqual(said, { status: 0, lines: ['ada@example.com is an admin now.'] })
    assert.equal(database.prepare('select role from users').get()!.role, 'admin')
    assert.equal(database.prepare('select count(*) as n from audit').get()!.n, 1)
    assert.equal(account.queries.length, 1)
  })

  it('says in one line why it did nothing', async () => {
    using bare = new DatabaseSync(':memory:')
    const none = await cloudflare(undefined)
    const unmigrated = await cloudflare(bare)
    const refusals: [string[], RegExp, NodeJS.ProcessEnv?][] = [
      [[], /^One e-mail address is needed/],
      [['ada@example.com', 'grace@example.com'], /^One e-mail address is needed/],
      [["ada@example.com'; drop table users; --"], /is not an e-mail address\.$/],
      [['ada@example.com', '--loud'], /^Unknown option '--loud'/],
      [['ada@example.com', '--persist-to', join(folder, 'nowhere')], /^There is no local database in /],
      [['grace@example.com', '--persist-to', state, '--env', 'nope'], /^wrangler\.toml has no environment "nope"\.$/],
      [['ada@example.com', '--remote', '--persist-to', state], /^--persist-to is for the local database/],
      [['ada@example.com', '--remote'], /^wrangler is not logged in/, none.env('another token')],
      [['ada@example.com', '--remote'], /^There is no such database/, none.env()],
      [['ada@example.com', '--remote'], /has not been migrated yet: npx wrangler d1 migrations/, unmigrated.env()],
    ]

    const said = await Promise.all(refusals.map(([args, , env]) => admin(args, env)))

    for (const account of [none, unmigrated]) account.close()
    for (const [index, [args, words]] of refusals.entries()) {
      const { status, lines } = said[index]!
      assert.equal(status, 1, args.join(' '))
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(lines[0]!, words)
    }
    assert.equal(roleOf('grace@example.com'), 'user')
  })

  it('explains itself', async () => {
    const { status, lines } = await adminApart(['--help'])

    assert.equal(status, 0)
    assert.match(lines.join('\n'), /npm run admin -- EMAIL \[OPTIONS\]/)
  })
})
