import { env } from 'cloudflare:workers'
import { beforeEach, describe, it } from 'vitest'
import { runCron } from '../../src/cron.ts'
import type { BackupManifest, BackupPortion, BackupState } from '../../src/domain/ports/backups.ts'
import { createBackupSealing } from '../../src/domain/sealing.ts'
import { tokenKeys } from '../../src/setting-values.ts'
import { backupTables } from '../../src/storage/backup-tables.ts'
import { logIn, member, startApp } from '../support/app/support.ts'
import { failingAt } from '../support/faults/failing-bucket.ts'
import { logged, reported } from './setup.ts'

const keyOf = (id: string) =>
  `${id}.${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))).replace(/[+/=]/g, 'x')}`
const key = keyOf('one')
const bucket = env.AVATARS

const start = (vars: Record<string, string> = {}, backups: R2Bucket = bucket) =>
  startApp({
    vars: { BACKUP_EVERY_HOURS: '24', BACKUP_KEYS: key, ...vars },
    bindings: { BACKUPS: backups } as Partial<Env>,
  })

const names = async () => {
  const { objects } = await bucket.list()
  return objects.map(({ key }) => key)
}

const open = async <T>(name: string, keys = key): Promise<T> => {
  const object = await bucket.get(name)
  const bytes = new Uint8Array(await object!.arrayBuffer())
  return (await createBackupSealing(tokenKeys.parse(keys)).open(bytes, name)) as T
}

const state = () => open<BackupState>('state')

/** Everything that the newest backup has, by table. */
const contents = async () => {
  const { kept } = await state()
  const manifest = await open<BackupManifest>(`${kept.at(-1)!.name}/manifest`)
  const portions = await Promise.all(manifest.portions.map((name) => open<BackupPortion>(name)))
  const rows: Record<string, unknown[][]> = {}
  for (const portion of portions) rows[portion.table] = [...(rows[portion.table] ?? []), ...portion.rows]
  return { manifest, portions, rows }
}

const inDatabase = async (table: string) => {
  const { columns, by } = backupTables.find(({ name }) => name === table)!
  const list = columns.map((column) => `"${column}"`).join(', ')
  return env.DB.prepare(`select ${list} from "${table}" order by ${by.join(', ')}`).raw()
}

const fill = async (table: 'throttles' | 'devices', count: number) =>
  env.DB.exec(
    table === 'throttles'
      ? `insert into throttles (key, count, blocked_until, ends_at) with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count}) select 'key ' || i, i, 0, 9e15 from n`
      : `insert into devices (user_id, name, first_seen_at, last_seen_at) with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count}) select iif(i % 2, (select min(id) from users), (select max(id) from users)), 'Firefox ' || i, 1, 2 from n`,
  )

/** Runs until the backup is complete. */
const complete = async (app: ReturnType<typeof start>, keys = key, most = 60) => {
  for (let run = 1; run <= most; run++) {
    await app.services.backups.run()
    if ((await bucket.head('state')) && !(await open<BackupState>('state', keys)).running) return run
  }
  throw new Error('it never ends')
}

beforeEach(async () => {
  for (const table of ['devices', 'sessions', 'mail', 'users', 'throttles', 'audit', 'daily'])
    await env.DB.exec(`delete from ${table}`)
  await bucket.delete(await names())
})

describe('a backup by the cron', () => {
  it('is written only if it is asked for', async ({ expect }) => {
    const app = start({ BACKUP_EVERY_HOURS: '0' })
    await runCron(app.services)

    expect(await names()).toEqual([])
    expect(() => startApp({ vars: { BACKUP_EVERY_HOURS: '24' } }).services).toThrow(
      'BACKUP_KEYS: must be set if BACKUP_EVERY_HOURS is',
    )
    expect(() => startApp({ vars: { BACKUP_EVERY_HOURS: '24', BACKUP_KEYS: key } }).services).toThrow(
      'BACKUPS: must be bound to a bucket if BACKUP_EVERY_HOURS is set',
    )
  })

  it('has every row of every table as it is stored', async ({ expect }) => {
    const app = start()
    for (const email of [await member(app), await member(app)]) await logIn(app, email)
    await fill('devices', 4100)
    await fill('throttles', 2000)
    const pairs = backupTables.map(async ({ name }) => [name, await inDatabase(name)] as const)
    const wanted = Object.fromEntries(await Promise.all(pairs))

    const runs = await complete(app)
    const { manifest, rows } = await contents()

    expect(rows).toEqual(wanted)
    expect(manifest.counts).toEqual(Object.fromEntries(Object.entries(wanted).map(([name, all]) => [name, all.length])))
    expect(manifest.migrations.at(-1)).toBe(env.TEST_MIGRATIONS.at(-1)!.name)
    expect(manifest.portions).toHaveLength(backupTables.length + 2 + 1)
    expect(runs).toBeGreaterThan(1)
    expect((await state()).kept).toMatchObject([{ name: manifest.name, rows: expect.any(Number) }])
  })

  it('shows nobody without the key anything, and opens under no other name (ASVS 14.2.4)', async ({ expect }) => {
    const app = start()
    const email = await member(app)
    await complete(app)

    const all = await names()
    expect(all.length).toBeGreaterThan(8)
    for (const name of all) {
      const bytes = new Uint8Array(await (await bucket.get(name))!.arrayBuffer())
      const sealing = createBackupSealing(tokenKeys.parse(key))
      expect(new TextDecoder().decode(bytes)).not.toContain(email)
      expect(await sealing.open(bytes, `${name}x`)).toBeUndefined()
      expect(await createBackupSealing(tokenKeys.parse(keyOf('one'))).open(bytes, name)).toBeUndefined()
      bytes[bytes.length - 1]! ^= 1
      expect(await sealing.open(bytes, name)).toBeUndefined()
    }
  })

  it('opens with the key it was made with after a new one has come first', async ({ expect }) => {
    await complete(start())
    const before = await state()
    const both = `${keyOf('two')},${key}`
    const app = start({ BACKUP_KEYS: both })
    app.wait({ days: 1 })
    await complete(app, both)

    const { kept } = await open<BackupState>('state', both)
    expect(kept).toHaveLength(2)
    expect(kept[0]).toEqual(before.kept[0])
  })

  it('begins anew under a key that opens nothing from before', async ({ expect }) => {
    await complete(start())
    const other = keyOf('other')
    const app = start({ BACKUP_KEYS: other })
    for (let run = 0; run < 4; run++) await app.services.backups.run()

    expect((await open<BackupState>('state', other)).kept).toHaveLength(1)
  })

  it('takes a bounded part of each run, and tells the log', async ({ expect }) => {
    const app = start()
    await fill('throttles', 30_000)

    await runCron(app.services)
    const [line] = reported()
      .map((text) => JSON.parse(text))
      .filter(({ at }) => at === 'cron')

    expect(line.backup_portions).toBeGreaterThan(0)
    expect(line.backup_portions).toBeLessThanOrEqual(5)
    expect((await state()).running?.portions.length).toBeLessThanOrEqual(5)
  })

  it('is due once in BACKUP_EVERY_HOURS', async ({ expect }) => {
    const app = start({ BACKUP_EVERY_HOURS: '6' })
    await complete(app)
    app.wait({ hours: 5, minutes: 59 })
    await app.services.backups.run()
    const early = await state()
    app.wait({ minutes: 1 })
    await complete(app)

    expect(early.kept).toHaveLength(1)
    expect(early.running).toBeUndefined()
    expect((await state()).kept).toHaveLength(2)
  })

  it('is kept for BACKUP_KEEP_DAYS, until a later one is complete, and nothing else is removed', async ({ expect }) => {
    const foreign = ['2020-01-01.ndjson.gz', 'notes', 'AAAAAAAAAAAAAAAAAAAAAA']
    for (const name of foreign) await bucket.put(name, 'x')
    const app = start({ BACKUP_KEEP_DAYS: '3' })
    await complete(app)
    const first = (await state()).kept[0]!.name
    app.wait({ days: 2 })
    await complete(app)
    const both = await names()
    app.wait({ days: 30 })
    const whileRunning: boolean[] = []
    for (let run = 0; run < 10; run++) {
      const { portions } = await app.services.backups.run()
      if (portions > 0 && (await state()).running)
        whileRunning.push((await names()).some((name) => name.startsWith(first)))
    }
    const after = await names()
    const { kept } = await state()

    expect(both.some((name) => name.startsWith(first))).toBe(true)
    expect(whileRunning.length).toBeGreaterThan(0)
    expect(whileRunning).not.toContain(false)
    expect(kept).toHaveLength(1)
    expect(after.filter((name) => !name.startsWith(kept[0]!.name)).sort()).toEqual([...foreign, 'state'].sort())
  })

  it('is alerted if it takes longer than twice its time, or if it fails', async ({ expect }) => {
    const app = start()
    await complete(app)
    app.wait({ hours: 24 })
    const begun = await app.services.backups.run()
    app.wait({ hours: 48, seconds: 1 })
    await fill('throttles', 60_000)
    const late = await app.services.backups.run()
    const sent: unknown[] = []
    const broken = new Proxy(bucket, { get: () => async () => Promise.reject(new Error('no bucket')) })
    const mails = { send: async (mail: unknown) => void sent.push(mail) }
    const failing = startApp({
      vars: { BACKUP_EVERY_HOURS: '24', BACKUP_KEYS: key, ALERT_MAIL: 'ops@example.com' },
      bindings: { BACKUPS: broken, EMAIL: mails as unknown as SendEmail } as Partial<Env>,
    })
    await runCron(failing.services)

    expect([begun.late, late.late]).toEqual([false, true])
    expect(sent).toMatchObject([{ subject: expect.stringContaining('Backups fail, or the newest one takes longer') }])
    expect(logged().join()).toContain('scheduled')
  })
})

describe('a backup that is interrupted', () => {
  it.for(['before', 'after'] as const)(
    'goes on in the next run, %s whichever call of R2 it fails',
    { timeout: 240_000 },
    async (when, { expect }) => {
      await fill('throttles', 2100)
      const wanted = await inDatabase('throttles')
      const expired = `2020-01-01T0000-${'A'.repeat(22)}/manifest`
      let tried = 0
      for (let number = 1; ; number++) {
        await bucket.delete(await names())
        await bucket.put(expired, 'x')
        const { proxy, reached } = failingAt(bucket, number, when)
        const app = start({}, proxy)
        for (let run = 0; run < 5; run++) await app.services.backups.run().catch(() => {})
        const { manifest, rows } = await contents()
        expect(rows.throttles, `call ${number}`).toEqual(wanted)
        expect(manifest.counts.throttles).toBe(2100)
        expect((await state()).running, `call ${number}`).toBeUndefined()
        if (!reached()) break
        tried++
        // A retention that failed is made up for after the next backup.
        if (await bucket.head(expired)) {
          app.wait({ days: 2 })
          await complete(app)
        }
        expect(await bucket.head(expired), `call ${number}`).toBeNull()
      }
      // The state, eight portions with their states, the manifest, and what retention asks.
      expect(tried).toBeGreaterThan(20)
    },
  )

  it('loses and repeats no row that was there all the time, while others come and go', async ({ expect }) => {
    const app = start({ THROTTLE_FACTOR: '1000' })
    await member(app)
    await fill('throttles', 30_000)
    const always = (await inDatabase('throttles')).map(([name]) => name)
    for (let run = 0; run < 30; run++) {
      await app.services.backups.run()
      await env.DB.prepare(
        `insert into throttles (key, count, blocked_until, ends_at) values (?, 1, 0, 9e15), (?, 1, 0, 9e15)`,
      )
        .bind(`key ${Math.random()}`, `a ${run}`)
        .run()
      await member(app)
    }
    const { rows } = await contents()
    const found = rows.throttles!.map(([name]) => name)

    expect(new Set(found).size).toBe(found.length)
    expect(always.filter((name) => !found.includes(name))).toEqual([])
  })

  it('is right if two runs work at once', async ({ expect }) => {
    await fill('throttles', 12_000)
    const wanted = await inDatabase('throttles')
    const [one, other] = [start(), start()]
    for (let run = 0; run < 12; run++) await Promise.all([one.services.backups.run(), other.services.backups.run()])
    const { rows, manifest } = await contents()

    expect((await state()).kept).toHaveLength(1)
    expect(rows.throttles).toEqual(wanted)
    expect(new Set(manifest.portions).size).toBe(manifest.portions.length)
  })
})
