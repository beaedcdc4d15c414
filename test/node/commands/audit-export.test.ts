import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readAudit } from '../../../cli/audit-export/read.ts'
import { auditExport } from '../../../cli/audit-export.ts'
import { closeDatabases, localBindings, type Place } from '../../../cli/lib/database.ts'
import { readDeployment } from '../../../cli/lib/deployment.ts'
import { createAuditArchive } from '../../../src/domain/audit-archive.ts'
import { leastId, newId } from '../../../src/domain/ids.ts'
import { createMacs } from '../../../src/domain/macs.ts'
import { createArchiveVault, createAuditArchiveStore } from '../../../src/storage/audit-archive.ts'
import { createDatabase } from '../../../src/storage/database.ts'
import { makeDatabase } from './databases.ts'
import { alone, inside } from './inside.ts'
import { project } from './project.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
const made = project((toml) =>
  toml.replace(/^\[images\]$/m, '[[r2_buckets]]\nbinding = "AUDIT_ARCHIVE"\nbucket_name = "archive"\n\n[images]'),
)
after(() => {
  made.remove()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
})

const now = new Date('2026-11-30T12:00:00Z')
const [ada, grace] = ['ada', 'grace'].map((name) => ({ name, id: newId(now) })) as [
  { name: string; id: string },
  { name: string; id: string },
]
const macs = createMacs([{ id: 'a', secret: randomBytes(32) }])

let place: Place
const deployment = () => readDeployment(undefined, made.config)

type Entry = {
  id: string
  at: string
  user_id: string
  ip: string
  user_agent: string
  detail: unknown
  sealed: boolean
}

/** Runs the cron's part for the archive on the local files. */
const archiveAll = async (afterDays: number) => {
  const { DB, AUDIT_ARCHIVE } = await localBindings(place)
  const archive = createAuditArchive({
    auditArchiveStore: createAuditArchiveStore(createDatabase(DB as never)),
    archiveVault: createArchiveVault(AUDIT_ARCHIVE as never),
    macs,
    settings: { auditArchiveAfterDays: afterDays, auditRetentionDays: 90 },
    now: () => now,
  })
  while ((await archive.run()) > 0);
}

const entry = (at: string, user: string | null, agent: string) =>
  `insert into audit (id, at, event, user_id, ip, user_agent, detail) values
    ('${newId(new Date(at))}', ${Date.parse(at)}, 'logged_in', ${user ? `'${user}'` : 'null'}, '203.0.113.9', '${agent}', '{"a":1}')`

/** The days 1 to 29 have an entry of each person; the 20th has 2,500 more. */
const statements = [
  ...[ada, grace].map(
    ({ id, name }) =>
      `insert into users (id, email, email_canonical, created_at, updated_at) values ('${id}', '${name}@gatehouse.test', '${name}@gatehouse.test', 1, 1)`,
  ),
  ...Array.from({ length: 29 }, (_, index) => `2026-11-${String(index + 1).padStart(2, '0')}T10:00:00Z`).flatMap(
    (at) => [entry(at, ada.id, '=1+1, "quoted"'), entry(at, grace.id, 'Firefox'), entry(at, null, 'curl')],
  ),
  `insert into audit (id, at, event, ip) with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500)
    select substr('${leastId(new Date('2026-11-20T11:00:00Z'))}', 1, 24) || printf('%012d', i), ${Date.parse('2026-11-20T11:00:00Z')}, 'log_in_failed', '203.0.113.10' from n`,
]

const run = (...args: string[]) =>
  inside(auditExport, [...args, '--config', made.config, '--persist-to', place.persistTo])
const file = (name: string) => join(folder, name)
const read = (name: string): Entry[] =>
  readFileSync(file(name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('npm run audit-export', { timeout: 240_000 }, () => {
  before(async () => {
    const persistTo = await makeDatabase(folder, ...statements)
    place = { remote: false, env: undefined, persistTo, config: made.config }
  })

  /** Reads all days, while the cron moves entries once this many have been read. */
  const readWhile = async (count: number, afterDays: number) => {
    const ids: string[] = []
    await alone(async () => {
      for await (const { id } of readAudit('2026-11-01', '2026-11-30', deployment(), place)) {
        ids.push(id)
        if (ids.length === count) await archiveAll(afterDays)
      }
      await closeDatabases()
    })
    return ids
  }

  it('writes the same file whether entries are archived or not, oldest first', async () => {
    const whole = await run('2026-11-01', '2026-11-30', '--out', file('before.ndjson'))
    // The first entries were read from the database, and the rest has left it.
    const inPages = await readWhile(100, 8)
    // The first entries were read from the archive, and more have come into it.
    const inPortions = await readWhile(2550, 2)
    const joined = await run('2026-11-01', '2026-11-30', '--out', file('after.ndjson'))

    assert.equal(whole.status, 0, whole.output)
    assert.equal(joined.status, 0, joined.output)
    assert.match(joined.output, /after\.ndjson: 2,587 entries of 2026-11-01 to 2026-11-30\.$/)
    const entries = read('after.ndjson')
    assert.equal(entries.length, 2587)
    assert.deepEqual(entries, read('before.ndjson'))
    assert.deepEqual(
      entries.map(({ id }) => id),
      entries.map(({ id }) => id).sort(),
    )
    assert.deepEqual(
      inPages,
      entries.map(({ id }) => id),
    )
    assert.deepEqual(inPortions, inPages)
    assert.equal(statSync(file('after.ndjson')).mode & 0o077, process.platform === 'win32' ? 0o066 : 0)
  })

  it('includes both days, and with --user only entries of that user', async () => {
    await run('2026-11-10', '2026-11-11', '--out', file('two.ndjson'))
    await run('2026-11-01', '2026-11-30', '--user', ada.id, '--out', file('ada.ndjson'))

    const days = read('two.ndjson').map(({ at }) => at.slice(0, 10))
    assert.deepEqual([...new Set(days)], ['2026-11-10', '2026-11-11'])
    assert.equal(days.length, 6)
    assert.equal(read('ada.ndjson').length, 29)
  })

  it('writes CSV in which no field is a formula', async () => {
    await run('2026-11-10', '2026-11-10', '--csv', '--out', file('day.csv'))

    const lines = readFileSync(file('day.csv'), 'utf8').split('\r\n')
    assert.equal(lines[0], 'id,at,event,user_id,actor_id,ip,user_agent,detail,count,sealed')
    assert.equal(lines.length, 5)
    const [line = ''] = lines.filter((text) => text.includes(ada.id))
    assert.ok(line.endsWith(`,${ada.id},,203.0.113.9,"'=1+1, ""quoted""","{""a"":1}",1,false`), line)
  })

  it('leaves sealed what was archived about an account that has been deleted', async () => {
    await alone(async () => {
      const { DB } = await localBindings(place)
      await DB.prepare('delete from users where id = ?').bind(grace.id).run()
      await closeDatabases()
    })
    const { output } = await run('2026-11-10', '2026-11-10', '--out', file('sealed.ndjson'))
    const [entry, ...more] = read('sealed.ndjson').filter(({ sealed }) => sealed)

    assert.match(output, /3 entries of .* 1 of them are about deleted accounts and stay sealed\.$/)
    assert.equal(more.length, 0)
    assert.deepEqual([entry!.ip, entry!.user_agent, entry!.detail], [null, null, null])
    assert.notEqual(entry!.user_id, grace.id)
    assert.equal(entry!.user_id.length, 43)
  })

  it('refuses an archive in which an object was changed or is missing, and leaves no file', async () => {
    const changing = async (change: (name: string, bytes: Uint8Array) => Promise<unknown>) => {
      await alone(async () => {
        const { AUDIT_ARCHIVE } = await localBindings(place)
        const { objects } = await AUDIT_ARCHIVE!.list({ prefix: '2026-11-12/0' })
        const { key } = objects[0]!
        await change(key, new Uint8Array(await (await AUDIT_ARCHIVE!.get(key))!.arrayBuffer()))
        await closeDatabases()
      })
      return run('2026-11-12', '2026-11-12', '--out', file('broken.ndjson'))
    }
    const changed = await changing(async (name, bytes) => {
      bytes[bytes.length - 1]! ^= 1
      await (await localBindings(place)).AUDIT_ARCHIVE!.put(name, bytes)
    })
    const missing = await changing(async (name) => (await localBindings(place)).AUDIT_ARCHIVE!.delete(name))

    assert.match(changed.output, /^2026-11-12\/000000-\S+ was changed: its digest is not the one in its name\.$/)
    assert.match(missing.output, /^2026-11-12\/000000-\S+ is missing from the archive\.$/)
    assert.deepEqual([changed.status, missing.status], [1, 1])
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('broken')),
      [],
    )
  })

  const wrong: [string, string[], RegExp][] = [
    ['no days', [], /^Two days are needed: npm run audit-export -- 2026-01-01 2026-01-31$/],
    ['one day', ['2026-01-01'], /^Two days are needed/],
    ['a third day', ['2026-01-01', '2026-01-02', '2026-01-03'], /^Two days are needed/],
    ['a day that does not exist', ['2026-02-30', '2026-03-01'], /^2026-02-30 is no day\. Days look like 2026-01-31\.$/],
    ['another spelling of a day', ['2026-01-01', '31.1.2026'], /^31\.1\.2026 is no day/],
    ['days in the wrong order', ['2026-01-31', '2026-01-01'], /^2026-01-31 is after 2026-01-01/],
    ['a place twice', ['2026-01-01', '2026-01-01', '--remote'], /^--persist-to is for the local database/],
    ['a file that exists', ['2026-01-01', '2026-01-01', '--out', made.config], /wrangler\.toml already exists\.$/],
    [
      'an unknown option',
      ['2026-01-01', '2026-01-01', '--json'],
      /^Unknown option '--json'\. See npm run audit-export/,
    ],
  ]
  for (const [what, args, words] of wrong)
    it(`says what is wrong with ${what}`, async () => {
      const { status, output } = await run(...args)

      assert.equal(status, 1)
      assert.match(output, words)
    })

  it('names the bucket that is missing', async () => {
    const plain = project()
    const args = ['2026-11-12', '2026-11-12', '--config', plain.config, '--persist-to', place.persistTo]
    const { output } = await inside(auditExport, [...args, '--out', file('unbound.ndjson')])
    plain.remove()

    assert.match(output, /in the archive, and wrangler\.toml binds no bucket AUDIT_ARCHIVE here\.$/)
    assert.ok(!existsSync(file('unbound.ndjson')))
  })
})
