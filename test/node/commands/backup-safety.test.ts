import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { R2Bucket } from '@cloudflare/workers-types'
import { encryption } from '../../../cli/backup/encryption.ts'
import { check, openBackup } from '../../../cli/backup/file.ts'
import { backup } from '../../../cli/backup.ts'
import { localBindings } from '../../../cli/lib/database.ts'
import { root } from '../../../cli/lib/process.ts'
import { statement } from '../../../cli/lib/sql-literal.ts'
import { cloudflare } from './cloudflare.ts'
import { makeDatabase, migrations, read, write } from './databases.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
const path = (name: string) => join(folder, name)
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

const windows = process.platform === 'win32'
const passphrase = 'correct horse battery staple'
const withPassphrase = { BACKUP_PASSPHRASE: passphrase }
const pictureKey = 'A'.repeat(22)
const cloudinary = 'https://res.cloudinary.com/x.webp'
const picture = Buffer.concat([Buffer.from('RIFF\x00\x00\x00\x00WEBP'), Buffer.alloc(5000, 0xe9)])

const user = (id: string, avatar: string | null = null) =>
  statement`insert into users (id, email, email_canonical, password, avatar, created_at, updated_at)
    values (${id}, ${`${id}@example.com`}, ${`${id}@example.com`}, 'a hash', ${avatar}, 1700000000000, 1)`
const contents = [
  user('ada', pictureKey),
  user('grace', cloudinary),
  user('gone', 'B'.repeat(22)),
  `insert into devices (user_id, name, first_seen_at, last_seen_at) values ('ada', 'Firefox on Linux, DE', 1, 2)`,
  `insert into throttles (key, count, blocked_until, ends_at)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 30000) select 'key ' || i, i, 0, 9e15 from n`,
  `insert into daily (day, metric, count) values ('2020-01-01', 'registrations', 99)`,
]

let state = ''
const plain = path('plain.ndjson.gz')
const local = (where: string, args: string[], env?: NodeJS.ProcessEnv) =>
  inside(backup, [...args, '--persist-to', where], env)

/** Runs between commands, which close everything that is open when they end. */
const withPictures = (persistTo: string, act: (bucket: R2Bucket) => Promise<unknown>) =>
  inside(async () => {
    await act((await localBindings({ remote: false, persistTo, env: undefined })).AVATARS)
    return 0
  }, [])

before(async () => {
  state = await makeDatabase(path('from'), ...contents)
  await withPictures(state, (AVATARS) => AVATARS.put(pictureKey, picture))
  const { status, output } = await local(state, [plain])
  assert.equal(status, 0, output)
})

describe('a backup that cannot be written', () => {
  const broken: [string, () => string | undefined, RegExp][] = [
    ['its folder is missing', () => path('nope/x.gz'), /nope.* cannot be written: ENOENT/],
    [
      'a folder has its name',
      () => {
        mkdirSync(path('a-folder'))
        return path('a-folder')
      },
      /a-folder already exists\.$/,
    ],
    [
      'a file stands where its folder should be',
      () => {
        writeFileSync(path('a-file'), '')
        return path('a-file/x.gz')
      },
      /a-file\/x\.gz.* cannot be written: ENOTDIR|part of its path/,
    ],
    [
      'its place may only be read',
      () => {
        if (windows || process.getuid?.() === 0) return existsSync('/proc/self') ? '/proc/x.gz' : undefined
        mkdirSync(path('read-only'), { mode: 0o500 })
        return path('read-only/x.gz')
      },
      /x\.gz.* cannot be written: E(ACCES|NOENT|ROFS)/,
    ],
  ]
  for (const [why, prepare, words] of broken)
    it(`says so in one line if ${why}`, async (t) => {
      const file = prepare()
      if (!file) return t.skip('nothing here can only be read')

      const { status, lines } = await local(state, [file])

      assert.equal(status, 1)
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(lines[0]!, words)
    })

  it('says so if the disk is full, at the end or long before it', async (t) => {
    if (!existsSync('/dev/full')) return t.skip('there is no /dev/full')
    for (const [rows, secret] of [
      [1, undefined],
      [200_000, undefined],
      [200_000, passphrase],
    ] as const) {
      const target = path('full.gz')
      const full = await openBackup({ file: target, passphrase: secret }, () => openSync('/dev/full', 'w'))
      const writing = async () => {
        for (let row = 0; row < rows; row++) await full.write([row, `${Math.sin(row)}`])
        await full.close()
      }
      await assert.rejects(writing, { message: `${target} cannot be written: the disk is full (ENOSPC).` })
      full.discard()
      assert.ok(!existsSync(target))
    }
  })

  it('says so if a local database or Cloudflare does not answer, and ends what it started', async () => {
    const account = await cloudflare(undefined, { silent: /./ })

    const { status, lines } = await inside(backup, [path('late.gz'), '--remote'], {
      ...account.env(),
      GATEHOUSE_PATIENCE_SECONDS: '6',
    })
    const never = await local(state, [path('late.gz')], { GATEHOUSE_PATIENCE_SECONDS: '0.000001' })
    const odd = await local(state, [path('late.gz')], { GATEHOUSE_PATIENCE_SECONDS: 'soon' })

    account.close()
    assert.equal(status, 1)
    assert.deepEqual(lines, ['wrangler had no answer from Cloudflare in time, and was stopped.'])
    assert.match(never.output, /^The local database in .* did not answer in time\.$/)
    assert.match(odd.output, /^GATEHOUSE_PATIENCE_SECONDS must be a number/)
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('late')),
      [],
    )
  })

  it('leaves nothing behind if it is interrupted', { skip: windows }, async () => {
    const account = await cloudflare(undefined, { silent: /./ })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const child = spawn(process.execPath, [join(root, 'cli', 'backup.ts'), path('interrupted.gz'), '--remote'], {
        env: { ...process.env, ...account.env() },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const ended = once(child, 'exit')
      const begun = () => readdirSync(folder).some((name) => name.startsWith('interrupted'))
      for (const until = Date.now() + 30_000; !begun(); ) {
        assert.ok(Date.now() < until, 'it never began')
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      child.kill(signal)
      const [code] = await ended
      assert.equal(code, signal === 'SIGINT' ? 130 : 143)
      assert.ok(!begun())
    }
    account.close()
  })

  it('gets no final name if the disk did not keep it', async () => {
    const target = path('lossy.gz')
    const lossy = await openBackup({ file: target }, () => openSync('/dev/null', 'w'))
    await lossy.write({ backup: 1, at: '', migrations: [] })
    await lossy.close()

    await assert.rejects(check({ file: lossy.part }), /is not a complete backup: there is no such file/)
    lossy.discard()
    assert.ok(!existsSync(target))
  })
})

describe('a backup that cannot be read', () => {
  const broken: [string, () => string, RegExp][] = [
    ['is missing', () => path('nothing'), /^There is no file /],
    ['is a folder', () => folder, /cannot be read: it is a folder\.$/],
    ['is inside a file', () => join(plain, 'x'), /^There is no file |part of its path is not a folder/],
    [
      'is empty',
      () => {
        writeFileSync(path('empty.gz'), '')
        return path('empty.gz')
      },
      /empty\.gz (ends too early|is not a complete backup: unexpected end of file)\.$/,
    ],
    [
      'is no gzip',
      () => {
        writeFileSync(path('garbage.gz'), 'secret@example.com,$2b$10$abc')
        return path('garbage.gz')
      },
      /garbage\.gz is not a complete backup: incorrect header check\.$/,
    ],
    [
      'has other content',
      () => {
        writeFileSync(path('other.gz'), gzipSync('secret@example.com,$2b$10$abc'))
        return path('other.gz')
      },
      /other\.gz is not a complete backup: it has other content\.$/,
    ],
    [
      'has rows before any table',
      () => {
        writeFileSync(path('rows.gz'), gzipSync('["secret@example.com"]\n{"end":{}}\n'))
        return path('rows.gz')
      },
      /rows\.gz (is not a backup|lacks rows)\.$/,
    ],
    [
      'is null',
      () => {
        writeFileSync(path('null.gz'), gzipSync('null\n'))
        return path('null.gz')
      },
      /null\.gz is not a complete backup: it has other content\.$/,
    ],
  ]
  for (const [why, prepare, words] of broken)
    for (const way of ['--restore', '--verify'])
      it(`is reported in one line that shows nothing of it, with ${way}: it ${why}`, async () => {
        const file = prepare()

        const { status, lines } =
          way === '--verify' ? await inside(backup, [file, way]) : await local(state, [file, way])

        assert.equal(status, 1)
        assert.equal(lines.length, 1, lines.join('\n'))
        assert.match(lines[0]!, words)
        assert.doesNotMatch(lines[0]!, /secret@/)
      })
})

describe('npm run backup -- --verify', () => {
  it('restores into a database of its own and compares every total', async () => {
    const { status, output } = await inside(backup, [plain, '--verify'])

    assert.equal(status, 0, output)
    assert.match(output, /^throttles: 30,000$/m)
    assert.match(output, /^users: 3$/m)
    assert.match(output, /plain\.ndjson\.gz can be restored completely\.$/)
  })

  it('says what does not come back', async () => {
    // The same audit entry twice: no change while a backup is read explains that.
    const text = gunzipSync(readFileSync(plain)).toString()
    const columns = JSON.parse(/^\{"table":"audit".*$/m.exec(text)![0]).columns.length
    const entry = JSON.stringify(Array.from({ length: columns }, (_, index) => (index === 1 ? 1 : '1')))
    const twice = text
      .replace(/^\{"table":"audit".*\n/m, (header) => `${header}${entry}\n${entry}\n`)
      .replace('"audit":0', '"audit":2')
    writeFileSync(path('twice.gz'), gzipSync(twice))

    const { status, output } = await inside(backup, [path('twice.gz'), '--verify'])

    assert.equal(status, 1, output)
    assert.match(output, /twice\.gz cannot be restored completely: audit: 2, restored: 1\.$/)
  })

  it('passes if rows contradict each other because the database changed during the backup, and says so', async () => {
    const torn = gunzipSync(readFileSync(plain))
      .toString()
      .replace(/^\["ada",.*\n/m, '')
      .replace('"users":3', '"users":2')
    writeFileSync(path('torn.gz'), gzipSync(torn))

    const { status, output } = await inside(backup, [path('torn.gz'), '--verify'])

    assert.equal(status, 0, output)
    assert.match(output, /^devices: 1 \(1 left out: changed during the backup, or progress of another command\)$/m)
  })
})

describe('an encrypted backup', () => {
  const file = path('encrypted.gz')

  it('comes back with its passphrase', async () => {
    const target = await makeDatabase(path('decrypted'))

    const kept = await local(state, [file, '--encrypt'], withPassphrase)
    const verified = await inside(backup, [file, '--verify'], withPassphrase)
    const restored = await local(target, [file, '--restore'], withPassphrase)

    assert.equal(kept.status, 0, kept.output)
    assert.ok(!readFileSync(file).includes('ada'))
    assert.equal(readFileSync(file).subarray(0, 8).toString(), 'GHBACKUP')
    assert.equal(verified.status, 0, verified.output)
    assert.equal(restored.status, 0, restored.output)
    assert.deepEqual(read(target, 'select id from users order by id'), [{ id: 'ada' }, { id: 'gone' }, { id: 'grace' }])
  })

  it('is not restored without the passphrase, and the message says why', async () => {
    const another = await inside(backup, [file, '--verify'], { BACKUP_PASSPHRASE: `${passphrase}.` })
    const none = await inside(backup, [file, '--verify'])
    const short = await local(state, [path('short.gz'), '--encrypt'], { BACKUP_PASSPHRASE: 'too short' })

    assert.match(another.output, /^\S+ cannot be decrypted: the passphrase is wrong, or the file was changed\.$/)
    assert.match(none.output, /^The backup is encrypted, and nobody can be asked for the passphrase: set BACKUP_PASS/)
    assert.match(short.output, /^The passphrase must have at least 12 characters\.$/)
    assert.ok(!existsSync(path('short.gz')))
  })

  it('is refused if it was cut off at any part, or changed at any byte', async () => {
    // Three whole parts, so that after a cut between two of them all remaining parts are genuine.
    const rows = Array.from({ length: 4000 }, (_, row) => [`${row}`, 'x'.repeat(30)])
    const lines = [
      { backup: 1, at: '', migrations: [] },
      { table: 'x', columns: ['a', 'b'] },
      ...rows,
      { end: { x: rows.length }, pictures: 0 },
    ]
    const stream = await encryption(passphrase)
    stream.end(gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { level: 0 }))
    const whole = Buffer.concat(await stream.toArray())
    const header = 26
    const part = 65_536 + 16
    assert.ok(whole.length > header + 2 * part)
    const cuts = [header + part, header + 2 * part, whole.length - 1, header + 5, header, 10]
    const tryWith = async (bytes: Buffer) => {
      writeFileSync(path('tampered.gz'), bytes)
      return (await inside(backup, [path('tampered.gz'), '--verify'], withPassphrase)).lines
    }

    for (const cut of cuts) {
      const [line = '', ...more] = await tryWith(whole.subarray(0, cut))
      assert.deepEqual(more, [])
      assert.match(line, /ends too early|cut off|cannot be decrypted/, `cut at ${cut}: ${line}`)
    }
    for (const place of [8, 9, 12, header, header + part, whole.length - 1]) {
      const changed = Buffer.from(whole)
      changed[place]! ^= 1
      const [line = ''] = await tryWith(changed)
      assert.match(line, /another version|cannot be decrypted|was changed/, `changed at ${place}: ${line}`)
    }
    const moved = Buffer.concat([
      whole.subarray(0, header),
      whole.subarray(header + part, header + 2 * part),
      whole.subarray(header, header + part),
      whole.subarray(header + 2 * part),
    ])
    assert.match((await tryWith(moved))[0]!, /cannot be decrypted/)
    assert.match((await tryWith(Buffer.concat([whole, Buffer.from('more')])))[0]!, /was changed or cut off/)
  })
})

describe('the pictures of a backup', () => {
  it('come back from a local database', async () => {
    const target = await makeDatabase(path('with-pictures'))
    const file = path('pictures.gz')

    const kept = await local(state, [file, '--pictures'])
    const verified = await inside(backup, [file, '--verify'])
    const restored = await local(target, [file, '--restore'])

    let type: string | undefined
    let bytes = Buffer.alloc(0)
    await withPictures(target, async (AVATARS) => {
      const object = await AVATARS.get(pictureKey)
      type = object?.httpMetadata?.contentType
      bytes = Buffer.from((await object?.arrayBuffer()) ?? [])
    })
    // One key leads to no picture any more, and one picture is at Cloudinary.
    assert.match(kept.output, /, 1 pictures\.$/)
    assert.match(verified.output, /^pictures: 1$/m)
    assert.match(restored.output, /rows were restored, and 1 pictures\.$/)
    assert.deepEqual(bytes, picture)
    assert.equal(type, 'image/webp')
  })

  it('come back from a deployed one, read through the service and written through wrangler', async () => {
    const [from, to] = [new DatabaseSync(':memory:'), new DatabaseSync(':memory:')]
    for (const sql of [...migrations, ...contents]) from.exec(sql)
    for (const sql of migrations) to.exec(sql)
    const source = await cloudflare(from, { objects: new Map([[pictureKey, picture]]) })
    const target = await cloudflare(to)
    const file = path('remote-pictures.gz')

    const kept = await inside(backup, [file, '--pictures', '--remote'], source.env())
    const restored = await inside(backup, [file, '--restore', '--remote'], target.env())

    for (const account of [source, target]) account.close()
    assert.match(kept.output, /, 1 pictures\.$/)
    assert.match(restored.output, /rows were restored, and 1 pictures\./)
    assert.deepEqual([...target.account.objects], [[pictureKey, picture]])
  })

  it('never get a name that leads out of the folder', async () => {
    const text = gunzipSync(readFileSync(path('pictures.gz'))).toString()
    writeFileSync(path('traversal.gz'), gzipSync(text.replace(`"picture":"${pictureKey}"`, '"picture":"../../x"')))
    const target = await makeDatabase(path('traversal'))

    const { status, output } = await local(target, [path('traversal.gz'), '--restore'])

    assert.equal(status, 1)
    assert.match(output, /a picture whose name is not a valid key\.$/)
  })
})

describe('a restore that was cut off', () => {
  it('continues where it was, with the same file alone', async () => {
    const target = await makeDatabase(path('cut-restore'))
    // The second portion of rows is not written: its table is missing.
    write(
      target,
      `create trigger cut before insert on throttles when new.key = 'key 9999' begin select raise(abort, 'cut'); end`,
    )
    const first = await local(target, [plain, '--restore'])
    const [progress] = read(target, `select count from throttles where key like 'restored %'`)
    write(target, 'drop trigger cut')
    const other = path('other-backup.gz')
    await local(state, [other])

    const foreign = await local(target, [other, '--restore'])
    const second = await local(target, [plain, '--restore'])
    const third = await local(target, [plain, '--restore'])

    assert.equal(first.status, 1)
    assert.equal(progress?.count, 20_000)
    assert.match(foreign.output, /^A restore of another backup was cut off here/)
    assert.equal(second.status, 0, second.output)
    assert.match(second.output, /rows were restored, 20,000 of them by the run before\.$/)
    assert.match(third.output, /^The database has been restored from this backup already\.$/)
    assert.deepEqual(read(target, `select count(*) as n from throttles where key not like 'restored %'`), [
      { n: 30_000 },
    ])
    assert.deepEqual(read(target, 'select count(*) as n from users'), [{ n: 3 }])
    assert.deepEqual(read(target, `select count from daily where day = '2020-01-01'`), [{ count: 99 }])
  })
})
