import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { readOptions } from '../../../cli/import/arguments.ts'
import { importUsers, sameness } from '../../../cli/import.ts'
import { root, runNode } from '../../../cli/lib/process.ts'
import { eventually } from '../blackbox/service.ts'
import { cloudflare } from './cloudflare.ts'
import { makeDatabase, migrations, read, write } from './databases.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
const windows = process.platform === 'win32'
const script = join(root, 'cli', 'import.ts')
const bcrypt = '$2b$12$SCO36h/pkBtak18QbRs0UeXqQP4muYhTPK8nPUl.McJs3WTV3jGaK'
let state = ''

const run = (args: string[], env?: NodeJS.ProcessEnv) => inside(importUsers, args, env)

let files = 0
const fileOf = (text: string, ending = 'csv') => {
  const path = join(folder, `users-${++files}.${ending}`)
  writeFileSync(path, text)
  return path
}
const local = (file: string, ...args: string[]) => run([file, '--persist-to', state, ...args])

const reportOf = (file: string) =>
  readFileSync(`${file}.import-report.ndjson`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as object)

const userOf = (canonical: string) => read(state, 'select * from users where email_canonical = ?', canonical)[0]
const everything = () =>
  ['users', 'audit', 'totals', 'daily'].map((table) => read(state, `select * from ${table} order by 1, 2, 3`))

describe('npm run import', () => {
  before(async () => {
    state = await makeDatabase(folder)
  })
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

  it('imports what the file says about a user', async () => {
    const file = fileOf(
      [
        'id,email,hashed_password,full_name,phone_number,is_active,is_superuser,is_verified,created_at,last_login,avatar_url,preferred_language',
        `1,Ada@Example.com,${bcrypt},Ada Lovelace,tel:+44-20-7946-0958,t,t,t,2023-05-11 10:20:30.123456+00,2024-01-02 03:04:05+02,https://pictures.example.com/ada.png,de_AT.UTF-8`,
        `2,grace@example.com,,"Hopper, ""Grace""",,f,f,f,2023-05-12T10:20:30Z,,,`,
      ].join('\n'),
    )

    const said = await local(file, '--admins', 'is_superuser')

    assert.equal(said.status, 0, said.lines.join('\n'))
    const { id, updated_at, ...ada } = userOf('ada@example.com')!
    assert.deepEqual(ada, {
      email: 'Ada@Example.com',
      email_canonical: 'ada@example.com',
      password: bcrypt,
      name: 'Ada Lovelace',
      phone: '+442079460958',
      role: 'admin',
      status: 'active',
      email_verified_at: Date.parse('2023-05-11T10:20:30.123Z'),
      origin: 'imported',
      erases_at: null,
      frozen_until: null,
      device_cookies_not_before: null,
      // The cron fills these.
      search_name: null,
      search_email: null,
      search_phone: null,
      pending_email: null,
      avatar: 'https://pictures.example.com/ada.png',
      created_at: Date.parse('2023-05-11T10:20:30.123Z'),
      last_login_at: Date.parse('2024-01-02T01:04:05Z'),
      external_id: '1',
      metadata: null,
      migration_pending: null,
      factors: 0,
      locale: 'de',
      active_day: 0,
      mfa_required: 0,
    })
    // RFC 9562 §5.7: the first 48 bits are the milliseconds.
    assert.equal(Number.parseInt(String(id).replace('-', '').slice(0, 12), 16), ada.created_at)
    assert.ok(Math.abs(Number(updated_at) - Date.now()) < 60_000)
    const grace = userOf('grace@example.com')!
    assert.deepEqual(
      [grace.password, grace.name, grace.phone, grace.role, grace.status, grace.email_verified_at, grace.last_login_at],
      [null, 'Hopper, "Grace"', null, 'user', 'disabled', null, null],
    )
    const [entry, ...more] = read(state, 'select * from audit where user_id = ?', String(id))
    assert.deepEqual(more, [])
    assert.equal(entry!.event, 'user_created')
    assert.match(String(entry!.detail), /^\{"by":"import","run":"[0-9a-f-]{36}"\}$/)
    assert.match(String(entry!.id), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.deepEqual(
      read(
        state,
        'select email from users_search join users on users.rowid = users_search.rowid where users_search match ?',
        '"lovelace"',
      ),
      [{ email: 'Ada@Example.com' }],
    )
    assert.deepEqual(said.lines.slice(1), [
      '  id             ← id',
      '  email          ← email',
      '  password       ← hashed_password',
      '  name           ← full_name',
      '  phone          ← phone_number',
      '  locale         ← preferred_language',
      '  email_verified ← is_verified',
      '  created_at     ← created_at',
      '  last_login_at  ← last_login',
      '  avatar_url     ← avatar_url',
      '  state          ← is_active',
      '  line 2: A•••@E•••.com, password ($2b$12), an external id, name A…, a phone number, language de, verified, admin, since 2023-05-11',
      '  line 3: g•••@e•••.com, no password, an external id, name H…, not verified, disabled, since 2023-05-12',
      'Entries: 2. Users: 2. Refused: 0.',
      'Passwords that can be verified here: 1 (1 $2b$12).',
      'Users who are imported without a password: 1. They set one with "Forgot password".',
      'Old ids: 2. Kept as ids: 0. External ids: 2.',
      'Users with a language: 1. Left out, because no mail is written in it: 0.',
      'Users with an unverified address: 1. They verify it at the first log-in.',
      'Disabled users: 1.',
      'Roles in is_superuser: 1 t, 1 f.',
      'Users who become admins: 1.',
      'New users: 2. Known users, left unchanged: 0.',
    ])
  })

  it('changes nothing when it is run again, nor for users who were there before', async () => {
    const file = fileOf(
      `email,password,name,role\nfirst@example.com,${bcrypt},First,user\nsecond@example.com,,Second,user`,
    )
    await local(file)
    const before = everything()
    const other = fileOf(`email,password,name,role\nFIRST@Example.com,,Somebody else,admin\n`)

    const again = await local(file)
    const changed = await local(other)

    assert.equal(again.lines.at(-1), 'New users: 0. Known users, left unchanged: 2.')
    assert.equal(changed.lines.at(-1), 'New users: 0. Known users, left unchanged: 1.')
    assert.deepEqual(everything(), before)
  })

  it('reports for each line what is not imported, without its value', async () => {
    const secret = 'Sentinel-4711'
    const file = fileOf(
      [
        'email,password,name,phone,role,created_at,last_login_at,avatar_url,deleted_at',
        'good1@example.com,,,,,,,,',
        `${secret},${bcrypt},,,,,,,`,
        ',,,,,,,,',
        'GOOD1@example.com,,,,,,,,',
        `gone@example.com,,,,,,,,2024-01-01 00:00:00+00`,
        `plain@example.com,${secret},,,,,,,`,
        `costly@example.com,${bcrypt.replace('$12$', '$31$')},,,,,,,`,
        `odd@example.com,,\u202e${secret},020 7946 0958,${secret},2999-01-01,${secret},http://pictures.example.com/${secret},`,
        `cloud@example.com,,,,,,,https://res.cloudinary.com/x/avatars/AAAAAAAAAAAAAAAAAAAAAA.webp,`,
        'short@example.com,',
        'good2@example.com,,,,,,,,',
      ].join('\n'),
    )

    const said = await local(file)

    assert.deepEqual(reportOf(file), [
      { line: 3, refused: 'email', why: 'is not an e-mail address' },
      { line: 4, refused: 'email', why: 'is missing' },
      { line: 5, refused: 'email', why: 'is the same as in line 2' },
      { line: 6, refused: 'deleted', why: 'was deleted in the old service' },
      {
        line: 7,
        left_out: 'password',
        why: 'has an unknown format, or needs more CPU time than any request may use',
      },
      {
        line: 8,
        left_out: 'password',
        why: 'has an unknown format, or needs more CPU time than any request may use',
      },
      { line: 9, left_out: 'created_at', why: 'is not a time between 1970 and now' },
      { line: 9, left_out: 'name', why: 'contains control characters' },
      { line: 9, left_out: 'phone', why: 'is not an international phone number' },
      { line: 9, left_out: 'avatar_url', why: 'is not an https URL that can be stored' },
      { line: 9, left_out: 'last_login_at', why: 'is not a time between 1970 and now' },
      { line: 10, left_out: 'avatar_url', why: 'is not an https URL that can be stored' },
      { line: 11, refused: 'line', why: 'does not have as many columns as the header' },
    ])
    assert.ok(!`${said.lines.join()}${JSON.stringify(reportOf(file))}`.includes(secret))
    assert.equal(said.lines.at(-1), 'New users: 6. Known users, left unchanged: 0.')
    const kept = ['plain', 'costly', 'odd', 'cloud'].map((name) => userOf(`${name}@example.com`)!)
    assert.deepEqual(
      kept.map(({ password, name, phone, role, avatar }) => [password, name, phone, role, avatar]),
      kept.map(() => [null, null, null, 'user', null]),
    )
    assert.equal(userOf('gone@example.com'), undefined)
  })

  it('reads languages as systems write them, and counts those in which no mail is written', async () => {
    const values: [value: unknown, locale: string | null][] = [
      ['pt_BR', 'pt-BR'],
      ['fr-CA', 'fr'],
      ['zh_TW.UTF-8', 'zh-Hans'],
      [['ja', 'en'], 'ja'],
      ['', null],
      [null, null],
      ['sv', null],
      ['english', null],
      ['<script>', null],
      [7, null],
      [{ tag: 'de' }, null],
    ]
    const people = values.map(([language], at) => ({ email: `tongue${at}@example.com`, language }))
    const file = fileOf(JSON.stringify(people), 'json')

    const said = await local(file, '--without-passwords')

    assert.equal(said.status, 0, said.lines.join('\n'))
    assert.deepEqual(
      values.map((_, at) => userOf(`tongue${at}@example.com`)!.locale),
      values.map(([, locale]) => locale),
    )
    assert.ok(said.lines.includes('Users with a language: 4. Left out, because no mail is written in it: 4.'))
    assert.deepEqual(
      reportOf(file).filter((line) => 'left_out' in line),
      [7, 8, 9, 10].map((line) => ({ line, left_out: 'locale', why: 'is not a language that mails are written in' })),
    )
    const again = fileOf(JSON.stringify(people.map((one) => ({ ...one, language: 'es' }))), 'json')
    await local(again, '--without-passwords', '--update')
    assert.equal(userOf('tongue0@example.com')!.locale, 'es')
  })

  it('keeps texts as they are, even if they look like SQL or commands of a tool', async () => {
    const names = [
      "o'hara'); drop table users; --",
      'BEGIN TRANSACTION; COMMIT;',
      'a "quoted" \\ name',
      '/* ein Ärger */ ; 李明 🔑',
      '$1 ? :name @x ${y} `z`',
    ]
    const people = names.map((name, at) => ({ email: `hard${at}'x@example.com`, name }))
    const file = fileOf(people.map((person) => JSON.stringify({ ...person, password: null })).join('\n'), 'ndjson')

    const said = await local(file)

    assert.equal(said.lines.at(-1), 'New users: 5. Known users, left unchanged: 0.')
    assert.deepEqual(
      people.map(({ email }) => userOf(email)!.name),
      names,
    )
  })

  it('changes nothing in a dry run, and needs no database', async () => {
    const slow = `pbkdf2_sha256$1000000$salt$${'A'.repeat(43)}=`
    const file = fileOf(`email,password,name\ndry@example.com,${bcrypt},Dry\nnone,,\nslow@example.com,${slow},`)
    const before = everything()

    const said = await run([file, '--dry-run', '--persist-to', join(folder, 'nowhere')])

    assert.equal(said.status, 0, said.lines.join('\n'))
    assert.equal(said.lines.at(-1), 'Nothing was imported.')
    assert.ok(said.lines.includes('Entries: 3. Users: 2. Refused: 1.'))
    assert.match(
      said.output,
      /^Passwords that need more CPU time than limits\.cpu_ms = 2000 allows: 1\. Set it to 5000 in wrangler\.toml/m,
    )
    assert.deepEqual(reportOf(file), [{ line: 3, refused: 'email', why: 'is not an e-mail address' }])
    assert.deepEqual(everything(), before)
  })

  it('reads columns where a mapping finds them', async () => {
    const file = fileOf('login,given,family,boss,pw\nmapped@example.com,Ma,Pped,yes,\n')
    const mapping = fileOf(
      JSON.stringify({
        email: 'login',
        name: ['given', 'family'],
        password: 'pw',
        email_verified: { value: true },
      }),
      'json',
    )

    const said = await local(file, '--mapping', mapping, '--admins', 'boss=yes')

    assert.equal(said.status, 0, said.lines.join('\n'))
    const { name, role, email_verified_at } = userOf('mapped@example.com')!
    assert.deepEqual([name, role, email_verified_at !== null], ['Ma Pped', 'admin', true])
  })

  it('continues where it was killed, and creates everybody once', { timeout: 240_000 }, async () => {
    const many = 12_000
    const rows = Array.from({ length: many }, (_, at) => `many${at}@example.com,Person ${at},`)
    const file = fileOf(['email,name,password', ...rows].join('\n'))
    const count = () => Number(read(state, `select count(*) as n from users where email like 'many%'`)[0]!.n)
    // The child gets its own process group, because what it starts would outlive it.
    const child = spawn(process.execPath, [script, file, '--persist-to', state], {
      stdio: 'ignore',
      detached: !windows,
    })
    const marks = () => read(state, "select key, count from throttles where key like 'import %'")
    await eventually('the first part', 120_000, async () => marks().length > 0 || undefined)
    if (windows) child.kill('SIGKILL')
    else process.kill(-child.pid!, 'SIGKILL')
    const stopped = Number(marks()[0]!.count)
    assert.ok(stopped > 0 && stopped < many)
    // A user who has been sent is not sent again.
    write(state, "delete from users where email = 'many0@example.com'")

    // From another computer, which has the file elsewhere.
    const said = await local(fileOf(readFileSync(file, 'utf8')))

    assert.equal(said.lines.at(-2), `Resuming after ${stopped.toLocaleString('en')} users that an earlier run sent.`)
    assert.equal(said.lines.at(-1), 'New users: 12,000. Known users, left unchanged: 0.')
    assert.equal(count(), many - 1)
    assert.equal(
      read(state, `select count(*) as n from audit join users on users.id = user_id where email like 'many%'`)[0]!.n,
      many - 1,
    )
    assert.equal(
      Number(read(state, 'select sum(count) as n from totals')[0]!.n),
      Number(read(state, 'select count(*) as n from users')[0]!.n),
    )
    assert.deepEqual(marks(), [])
  })

  it('is another one if an option changes how the file is read', () => {
    const file = fileOf('email,password\n')
    const config = (signerKey: string) =>
      fileOf(`mem_cost: 14, rounds: 8, base64_salt_separator: Bw==, base64_signer_key: ${signerKey}`, 'txt')
    const runOf = (...args: string[]) => {
      const options = readOptions([file, ...args])
      assert.ok(options?.what === 'import')
      return JSON.stringify(sameness(options))
    }
    const affecting = [
      ['--format', 'table'],
      ['--mapping', fileOf('{"email":"login"}', 'json')],
      ['--pepper', fileOf('pepper', 'txt')],
      ['--hash-config', config('AAAA')],
      ['--hash-config', config('BBBB')],
      ['--encoding', 'latin1'],
      ['--table', 'users'],
      ['--verified'],
      ['--admins', 'role=admin'],
      ['--state', 'pending=disabled'],
      ['--ignore', 'state'],
      ['--update'],
    ]
    const runs = [runOf(), ...affecting.map((args) => runOf(...args))]

    assert.deepEqual([...new Set(runs)], runs)
    // Where it goes is where its state is.
    for (const args of [
      ['--remote'],
      ['--persist-to', folder],
      ['--env', 'production'],
      ['--dry-run'],
      ['--try', 'ada@example.com'],
      ['--without-passwords'],
    ])
      assert.equal(runOf(...args), runOf(), args.join(' '))
  })

  it('does the same in the deployed database', async () => {
    using database = new DatabaseSync(':memory:')
    for (const sql of migrations) database.exec(sql)
    const account = await cloudflare(database)
    const file = fileOf(`email,password,name\nfar@example.com,${bcrypt},Far Away`)

    const first = await run([file, '--remote'], account.env())
    const again = await run([file, '--remote'], account.env())

    account.close()
    assert.equal(first.lines.at(-1), 'New users: 1. Known users, left unchanged: 0.', first.lines.join('\n'))
    assert.equal(again.lines.at(-1), 'New users: 0. Known users, left unchanged: 1.')
    assert.deepEqual(
      database
        .prepare('select email, password, name from users')
        .all()
        .map((row) => ({ ...row })),
      [{ email: 'far@example.com', password: bcrypt, name: 'Far Away' }],
    )
    assert.equal(account.uploads.length, 2)
  })

  it('says in one line why it did nothing', async () => {
    const good = fileOf('email,password\nnobody@example.com,\n')
    const firebase = fileOf(
      JSON.stringify([{ localId: 'a', email: 'f@example.com', passwordHash: 'AAAA', salt: 'AA==' }]),
      'json',
    )
    const refusals: [string[], RegExp][] = [
      [[], /^The command needs exactly one file: /],
      [[good, good], /^The command needs exactly one file: /],
      [[join(folder, 'nothing.csv')], /^There is no file /],
      [[fileOf(''), '--dry-run'], / is empty\.$/],
      [
        [fileOf('{"users": 1', 'json'), '--persist-to', state],
        /is neither NDJSON nor complete JSON with a list of users\.$/,
      ],
      [[good, '--format', 'nope'], /^--format must be one of firebase, /],
      [[good, '--loud'], /^Unknown option '--loud'/],
      [
        [good, '--mapping', fileOf('{"e-mail": "x"}', 'json')],
        /^The mapping is not a JSON object of columns \(Unrecognized key: "e-mail"\)\. It may name id, email, /,
      ],
      [[good, '--persist-to', join(folder, 'nowhere')], /^There is no local database in /],
      [[good, '--remote', '--persist-to', state], /^--persist-to names a local database/],
      [['--undo', 'x', '--dry-run', '--persist-to', state], /^--undo cannot be combined with --dry-run\. /],
      [[good, '--undo', 'x', '--persist-to', state], /^--undo cannot be combined with .+\.csv\. /],
      [['--runs', '--undo', 'x', '--persist-to', state], /^--runs cannot be combined with --undo\. /],
      [[good, '--persist-to', state, '--env', 'nope'], /^wrangler\.toml has no environment "nope"\.$/],
      [[firebase, '--dry-run', '--format', 'firebase'], /^Passwords of Firebase need --hash-config FILE/],
      [[firebase, '--hash-config', good], /^The --hash-config file has no mem_cost\. /],
    ]

    const said = await Promise.all(refusals.map(([args]) => run(args)))

    for (const [index, [args, words]] of refusals.entries()) {
      const { status, lines } = said[index]!
      assert.equal(status, 1, args.join(' '))
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(lines[0]!, words)
    }
    assert.equal(userOf('nobody@example.com'), undefined)
  })

  it('explains itself', async () => {
    const { status, output } = await runNode([script, '--help'])

    assert.equal(status, 0)
    assert.match(output, /npm run import -- FILE \[OPTIONS\][\s\S]*--dry-run[\s\S]*better-auth/)
  })
})
