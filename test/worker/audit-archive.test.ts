import { env } from 'cloudflare:workers'
import { beforeEach, describe, it } from 'vitest'
import { runCron } from '../../src/cron.ts'
import { pseudonym } from '../../src/domain/account-deletion.ts'
import { createMacs } from '../../src/domain/macs.ts'
import { signedInAdmin } from '../support/app/administrators.ts'
import { archive, archived, bytesOf, days, empty, kept, objects, shown, write } from '../support/app/archived.ts'
import { signedInUser, somePassword, startApp } from '../support/app/support.ts'
import { failingAt } from '../support/faults/failing-bucket.ts'
import { type Between, faulty } from '../support/faults/faulty.ts'
import { reported } from './setup.ts'

const start = (vars: Record<string, string> = {}, bucket: R2Bucket = archive, between?: Between) =>
  startApp({
    vars: { AUDIT_ARCHIVE_AFTER_DAYS: '7', ...vars },
    bindings: { AUDIT_ARCHIVE: bucket, ...(between && { DB: faulty(env.DB, between) }) } as Partial<Env>,
  })

const daysAgo = (app: ReturnType<typeof start>, days: number) => new Date(app.now().getTime() - days * 86_400_000)
const dayOf = (time: Date) => time.toISOString().slice(0, 10)

/** Runs the archive until nothing is due. */
const complete = async (app: ReturnType<typeof start>) => {
  for (let run = 1; run < 50; run++) if ((await app.services.auditArchive.run()) === 0) return run
  throw new Error('it never ends')
}

beforeEach(empty)

describe('the archive of the audit', () => {
  it('is written only if it is asked for', async ({ expect }) => {
    const app = start({ AUDIT_ARCHIVE_AFTER_DAYS: '0' })
    await write(daysAgo(app, 80))
    await runCron(app.services)

    expect(await objects()).toEqual([])
    expect(await kept()).toHaveLength(1)
    expect(() => startApp({ vars: { AUDIT_ARCHIVE_AFTER_DAYS: '7' } }).services).toThrow(
      'AUDIT_ARCHIVE: must be bound to a bucket if AUDIT_ARCHIVE_AFTER_DAYS is set',
    )
    expect(() => start({ AUDIT_RETENTION_DAYS: '7' }).services).toThrow(
      'AUDIT_ARCHIVE_AFTER_DAYS: must be less than AUDIT_RETENTION_DAYS',
    )
  })

  it('gets whole days that are old enough, each entry once, with a manifest', async ({ expect }) => {
    const app = start()
    const older = await write(daysAgo(app, 9), 2500)
    const full = await write(daysAgo(app, 8.001), 1000)
    const recent = [...(await write(daysAgo(app, 7), 3)), ...(await write(app.now()))]

    const first = await app.services.auditArchive.run()
    const open = await days()
    await complete(app)

    expect(first).toBe(2500)
    expect(open.map(({ portions, manifest }) => [portions.length, manifest !== null])).toEqual([[3, true]])
    expect((await archived()).map(({ id }) => id)).toEqual([...older, ...full])
    expect(await kept()).toEqual(recent.sort())
    for (const { day, entries, bytes, portions, manifest } of await days()) {
      expect(JSON.parse(new TextDecoder().decode(await bytesOf(manifest!)))).toEqual({ day, portions })
      const sizes = await Promise.all(portions.map(async ({ name }) => (await bytesOf(name)).length))
      expect(portions.map((portion) => portion.bytes)).toEqual(sizes)
      expect(bytes).toBe(sizes.reduce((sum, size) => sum + size, 0))
      expect(entries).toBe(portions.reduce((sum, portion) => sum + portion.entries, 0))
    }
    expect((await objects()).length).toBe(3 + 1 + 2)
  })

  it('takes a bounded part of each run, and tells the log', async ({ expect }) => {
    const app = start()
    await write(daysAgo(app, 20), 4000)
    await runCron(app.services)
    const [line] = reported()
      .map((text) => JSON.parse(text))
      .filter(({ at }) => at === 'cron')

    expect(line.archived).toBe(3000)
    expect(await days()).toMatchObject([{ manifest: null, entries: 3000 }])
    expect(await kept()).toHaveLength(1000)
  })

  it('keeps an entry in the database if its object does not come back whole', async ({ expect }) => {
    const torn = new Proxy(archive, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
        return name === 'put'
          ? (key: string, bytes: Uint8Array) => target.put(key, bytes.subarray(0, bytes.length - 1))
          : method.bind(target)
      },
    })
    const app = start({}, torn)
    const ids = await write(daysAgo(app, 9), 3)

    await expect(app.services.auditArchive.run()).rejects.toThrow('does not come back whole')

    expect(await kept()).toEqual(ids)
    expect(await days()).toEqual([])
    await complete(start())
    expect((await archived()).map(({ id }) => id)).toEqual(ids)
  })
})

describe('people in the archive', () => {
  it('are named by pseudonyms, and what is said about them is sealed (ASVS 14.2.4)', async ({ expect }) => {
    const app = start()
    const [{ user }, { user: admin }] = [await signedInUser(app), await signedInUser(app)]
    await write(daysAgo(app, 9), 1, { user: user.id })
    await write(daysAgo(app, 9), 1, { user: user.id, actor: admin.id, event: 'user_updated' })
    await write(daysAgo(app, 9), 1, { actor: admin.id, event: 'users_listed' })
    await write(daysAgo(app, 9), 1, { event: 'log_in_failed' })
    await write(daysAgo(app, 9), 1, { event: 'mail_quota_near', ip: null })
    await complete(app)

    const entries = await archived()
    const text = JSON.stringify(entries)
    const names = new Set(entries.flatMap(({ user_id, actor_id }) => [user_id, actor_id]))

    for (const secret of [user.id, admin.id, '203.0.113.9', 'Secret Browser', 'secret detail'])
      expect(text).not.toContain(secret)
    expect(names.size).toBe(3)
    const full = { ip: '203.0.113.9', user_agent: 'Secret Browser', detail: { why: 'secret detail' } }
    for (const entry of entries)
      expect(await shown(entry)).toEqual(entry.event === 'mail_quota_near' ? undefined : full)
    expect(await shown({ ...entries[0]!, id: entries[1]!.id })).toBeUndefined()
    const { results } = await env.DB.prepare('select user_id from audit_keys').all<{ user_id: string }>()
    expect(results.map(({ user_id }) => user_id).sort()).toEqual([user.id, admin.id, null].sort())
  })

  it('stay readable by nobody once they delete their account, and no object is rewritten (ASVS 14.2.7)', async ({
    expect,
  }) => {
    const app = start()
    const { user, access_token: bearer } = await signedInUser(app)
    const other = await signedInUser(app)
    await write(daysAgo(app, 9), 2, { user: user.id })
    await write(daysAgo(app, 9), 1, { user: other.user.id, actor: user.id })
    await complete(app)
    const before = await Promise.all((await objects()).map(bytesOf))
    const readable = await Promise.all((await archived()).map(shown))

    const gone = await app.call('DELETE /api/user/account', { bearer, json: { current_password: somePassword } })
    const entries = await archived()
    const left = await Promise.all(entries.map(shown))

    expect(gone.status).toBe(200)
    expect(readable).not.toContain(undefined)
    expect(left.map((one) => one !== undefined)).toEqual(entries.map(({ actor_id }) => actor_id !== null))
    expect(await Promise.all((await objects()).map(bytesOf))).toEqual(before)
    const [own] = entries.filter(({ actor_id }) => actor_id === null)
    expect(own!.user_id).toBe(pseudonym(createMacs(app.services.settings.tokenKeys), user.id))
    const { results } = await env.DB.prepare('select * from audit_keys where user_id = ?').bind(user.id).all()
    expect(results).toEqual([])
  })

  it('are named as in the database if they were deleted before, and never by an id', async ({ expect }) => {
    const app = start()
    const { user, access_token: bearer } = await signedInUser(app)
    await write(daysAgo(app, 9), 1, { user: user.id })
    await app.call('DELETE /api/user/account', { bearer, json: { current_password: somePassword } })
    const removed = crypto.randomUUID()
    await write(daysAgo(app, 9), 1, { user: removed })
    await complete(app)
    const entries = await archived()
    const { tokenKeys } = app.services.settings

    expect(entries.map(({ user_id }) => user_id).sort()).toEqual(
      [user.id, removed].map((id) => pseudonym(createMacs(tokenKeys), id)).sort(),
    )
  })

  it('are not kept if they are deleted while their entries are being moved', async ({ expect }) => {
    const { user } = await signedInUser(start())
    let deleted = 0
    const app = start({}, archive, async ({ sql }, go) => {
      if (sql.some((text) => text.includes('insert into "audit_days"'))) {
        await env.DB.prepare('delete from users where id = ?').bind(user.id).run()
        deleted++
      }
      return go()
    })
    await write(daysAgo(app, 9), 3, { user: user.id })
    await complete(app)
    const entries = await archived()

    expect(deleted).toBe(1)
    expect(entries).toHaveLength(3)
    expect(JSON.stringify(entries)).not.toContain(user.id)
    expect(await Promise.all(entries.map(shown))).toEqual([undefined, undefined, undefined])
  })

  it('have their own keys even if the page moves on between two reads', async ({ expect }) => {
    const { user } = await signedInUser(start())
    const first = start()
    await write(daysAgo(first, 10), 1, { event: 'log_in_failed' })
    await write(daysAgo(first, 9), 1001, { event: 'log_in_failed' })
    await write(daysAgo(first, 8.9), 1, { user: user.id })
    let reads = 0
    const app = start({}, archive, async ({ sql }, go) => {
      const answer = await go()
      // As if the retention removed everything but the last entry after the first read.
      if (sql.some((text) => text.includes('audit_keys')) && ++reads === 1)
        await env.DB.prepare('delete from audit where user_id is null').run()
      return answer
    })
    await complete(app)
    const [entry] = await archived()
    const { secret } = (await env.DB.prepare('select secret from audit_keys where user_id = ?')
      .bind(user.id)
      .first<{ secret: string }>())!

    expect(secret).toHaveLength(43)
    await env.DB.prepare('delete from users where id = ?').bind(user.id).run()
    expect(await shown(entry!)).toBeUndefined()
  })
})

describe('a day of the archive', () => {
  it('goes as a whole after AUDIT_RETENTION_DAYS, also if nothing is archived any more', async ({ expect }) => {
    const app = start({ AUDIT_RETENTION_DAYS: '30' })
    const [old, young] = [daysAgo(app, 20), daysAgo(app, 10)]
    await write(old, 1200)
    await write(young)
    await complete(app)
    await archive.put(`${dayOf(old)}/000007-left-in-vain.ndjson.gz`, 'x')
    await archive.put('notes', 'x')
    app.wait({ days: 10 })
    await app.services.auditArchive.run()
    const before = await days()
    const off = start({ AUDIT_RETENTION_DAYS: '30', AUDIT_ARCHIVE_AFTER_DAYS: '0' })
    off.wait({ days: 11 })
    await off.services.auditArchive.run()

    expect(before.map(({ day }) => day)).toEqual([dayOf(old), dayOf(young)])
    expect((await days()).map(({ day }) => day)).toEqual([dayOf(young)])
    expect((await objects()).filter((name) => !name.startsWith(dayOf(young)))).toEqual(['notes'])
  })
})

describe('the archive that is interrupted', { timeout: 240_000 }, () => {
  const fill = async (app: ReturnType<typeof start>) => {
    await empty()
    await env.DB.exec(`insert into audit_days (day, entries, bytes, portions) values ('2020-01-01', 0, 0, '[]')`)
    await archive.put('2020-01-01/000000-x.ndjson.gz', 'x')
    return [...(await write(daysAgo(app, 9), 1100)), ...(await write(daysAgo(app, 8.001), 2))]
  }
  const whole = async () => ({
    archived: (await archived()).map(({ id }) => id),
    kept: await kept(),
    days: (await days()).map(({ portions, manifest }) => [portions.length, manifest !== null]),
    expired: await archive.head('2020-01-01/000000-x.ndjson.gz'),
  })
  /** What `whole` returns when the archive is complete. */
  const allOf = (ids: string[]) => ({
    archived: ids,
    kept: [],
    days: [
      [2, true],
      [1, true],
    ],
    expired: null,
  })

  it.for([
    ['R2', 'before'],
    ['R2', 'after'],
    ['D1', 'before'],
    ['D1', 'after'],
  ] as const)(
    'loses and repeats nothing, whichever call of %s fails %s it took effect',
    async ([which, when], { expect }) => {
      let tried = 0
      for (let number = 1; ; number++) {
        const ids = await fill(start())
        const { proxy, reached } = failingAt(archive, number, when)
        let failed = false
        const between: Between = async (call, go) => {
          if (call.number !== number) return go()
          failed = true
          if (when === 'after') await go()
          throw new Error('D1_ERROR: fails')
        }
        const app = which === 'R2' ? start({}, proxy) : start({}, archive, between)
        for (let run = 0; run < 4; run++) {
          await app.services.auditArchive.run().catch(() => {})
          const found = [...(await archived()).map(({ id }) => id), ...(await kept())].sort()
          expect(found, `call ${number}, run ${run}`).toEqual(ids)
        }

        expect(await whole(), `call ${number}`).toEqual(allOf(ids))
        if (which === 'R2' ? !reached() : !failed) break
        tried++
      }
      expect(tried).toBeGreaterThan(9)
    },
  )

  it('repeats nothing if another run overtakes it between two reads', async ({ expect }) => {
    const ids = await fill(start())
    let overtaken = 0
    const app = start({}, archive, async ({ sql }, go) => {
      if (sql[0]!.startsWith('select "portions"') && overtaken++ === 0) await start().services.auditArchive.run()
      return go()
    })
    await app.services.auditArchive.run()
    await complete(app)

    expect(overtaken).toBeGreaterThan(0)
    expect(await whole()).toEqual(allOf(ids))
  })

  it('loses and repeats nothing if two runs work at once', async ({ expect }) => {
    const ids = await fill(start())
    const [one, other] = [start(), start()]
    for (let run = 0; run < 5; run++)
      await Promise.all([one.services.auditArchive.run(), other.services.auditArchive.run()])

    expect(await whole()).toEqual(allOf(ids))
  })
})

describe('admins', () => {
  it('learn from when on the audit is complete, and which days are archived', async ({ expect }) => {
    const app = start()
    const { access_token: bearer } = await signedInAdmin(app)
    const read = async (path: string) => (await app.call(`GET /api/admin/${path}`, { bearer })).json()
    const nothing = (await read('audit')) as { complete_from: unknown }
    const times = [12, 11, 10].map((ago) => daysAgo(app, ago))
    for (const at of times) await write(at, 2)
    await complete(app)
    const [oldest, middle, newest] = times.map(dayOf)
    const from = new Date(Date.parse(newest!) + 86_400_000).toISOString()

    const first = (await read('audit/archive?per_page=2')) as { days: object[]; next_cursor: string }
    const second = await read(`audit/archive?per_page=2&cursor=${first.next_cursor}`)

    expect(nothing.complete_from).toBeNull()
    expect(await read('audit')).toMatchObject({ complete_from: from })
    expect(await read('audit?event=logged_in')).toMatchObject({ complete_from: from })
    expect(first).toMatchObject({
      days: [
        { day: newest, entries: 2, complete: true },
        { day: middle, entries: 2, complete: true },
      ],
      next_cursor: middle,
    })
    expect(second).toMatchObject({ days: [{ day: oldest }], next_cursor: null })
  })
})
