import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { demo } from '../../../cli/dev/demo.ts'
import { fillWithDemo } from '../../../cli/dev/fill.ts'
import { firstMinute, newStart } from '../../../cli/dev/first-minute.ts'
import { greeting } from '../../../cli/dev/greeting.ts'
import { shortened } from '../../../cli/dev/output.ts'
import { closeDatabases, execute, type Place } from '../../../cli/lib/database.ts'
import { tokenKey } from '../../../cli/lib/dev-vars.ts'
import { run } from '../../../cli/lib/process.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(async () => {
  await closeDatabases()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
})

describe('the people of --demo', () => {
  const now = new Date('2026-11-30T12:00:00Z')
  const { rows, daily } = demo(now, 'a hash')

  it('are a hundred, with addresses of their own at example.com', () => {
    const addresses = new Set(rows.users.map(([, email]) => String(email)))

    assert.equal(rows.users.length, 100)
    assert.equal(addresses.size, 100)
    for (const address of addresses) assert.match(address, /^[a-z.]+@example\.com$/)
  })

  it('did everything in the last 90 days, and nothing later than now', () => {
    const times = rows.audit.map(([, at]) => Number(at))

    assert.ok(Math.max(...times) <= now.getTime())
    assert.ok(Math.min(...times) > now.getTime() - 91 * 86_400_000)
  })

  it('cause no mail to be sent', () => {
    for (const [, , , , , , , , sentAt, , error] of rows.mail) assert.ok(sentAt !== null || error !== null)
  })

  it('are counted by day as the triggers would count them', () => {
    const total = (metric: string) =>
      daily.filter(([name]) => name === metric).reduce((sum, [, , count]) => sum + Number(count), 0)
    const events = (event: string) => rows.audit.filter(([, , name]) => name === event)

    assert.equal(total('registrations'), 100)
    assert.equal(total('logins'), events('logged_in').length)
    assert.equal(
      total('failures'),
      events('log_in_failed').reduce((sum, row) => sum + Number(row.at(-1)), 0),
    )
    for (const metric of ['active', 'active_week', 'active_month']) assert.ok(total(metric) > 50, metric)
  })

  it('are the same in each run', () => {
    const names = (people: typeof rows) => people.users.map(([, email]) => email)

    assert.deepEqual(names(demo(now, 'another hash').rows), names(rows))
  })
})

describe('the first minute of a local database', () => {
  const place: Place = { remote: false, persistTo: join(folder, 'state'), env: undefined }
  const secrets = join(folder, 'secrets')
  const asked = { start: newStart(), envFiles: [secrets], persistTo: place.persistTo, demo: false }
  const appUrl = 'http://localhost:8787'

  before(async () => {
    writeFileSync(secrets, `TOKEN_KEYS='${tokenKey()}'\n`)
    const migrate = ['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', place.persistTo]
    assert.equal((await run('wrangler', migrate)).status, 0)
  })

  it('fills it, once', async () => {
    const password = await fillWithDemo(place, tokenKey())

    const [users] = await execute(['select count(*) as n from users'], place)
    assert.deepEqual(users, [{ n: 100 }])
    assert.match(password, /^[\w-]{12}$/)
    const [apps] = await execute(['select count(*) as n from users where factors = 1'], place)
    assert.ok(Number(apps![0]!.n) > 3)
    await assert.rejects(fillWithDemo(place, undefined), /--demo fills an empty database/)
    assert.deepEqual((await execute(['select count(*) as n from mail where next_attempt_at is not null'], place))[0], [
      { n: 0 },
    ])
  })

  it('has a link to the first admin, and another one at the next start', async () => {
    const { firstAdmin = '' } = await firstMinute({ ...asked, appUrl })
    const later = await firstMinute({ ...asked, appUrl, start: newStart() })

    assert.match(firstAdmin, /^http:\/\/localhost:8787\/console\/first-admin#token=[\w-]{43}$/)
    assert.notEqual(later.firstAdmin, firstAdmin)
  })

  it('has no link where browsers reach it by another name than that of this computer', async () => {
    assert.equal((await firstMinute({ ...asked, appUrl: 'https://a.example.com' })).firstAdmin, undefined)
  })

  it('has no link once there is an admin', async () => {
    await execute([`update users set role = 'admin' where id = (select min(id) from users)`], place)

    assert.equal((await firstMinute({ ...asked, appUrl })).firstAdmin, undefined)
  })
})

describe('what npm start prints', () => {
  it('has at most ten lines, and ends with addresses', () => {
    const all = {
      url: 'http://localhost:8787',
      here: 'http://localhost:8787',
      firstAdmin: 'LINK',
      demoPassword: 'SECRET',
    }
    for (const forwarded of [true, false]) {
      const lines = greeting({ ...all, forwarded })
        .trim()
        .split('\n')

      assert.ok(lines.length <= 10)
      assert.match(lines[0]!, /^Gatehouse is running/)
      assert.match(lines.join('\n'), /people have the password SECRET.*Console {2}http.*Admin {4}LINK/s)
    }
    assert.doesNotMatch(
      greeting({ ...all, forwarded: false, firstAdmin: undefined, demoPassword: undefined }),
      /undefined|Admin/,
    )
  })

  it('is one short line for a request', () => {
    const line = {
      level: 'info',
      at: 'reply',
      operation: 'POST /api/auth/login',
      status: 401,
      code: 'invalid_credentials',
    }
    assert.equal(
      shortened(JSON.stringify({ ...line, ms: 312 })),
      '401  POST /api/auth/login  312 ms  invalid_credentials',
    )
  })

  it('is nothing for a quiet run of the cron, and the whole line for one with a fault', () => {
    const quiet = JSON.stringify({ level: 'info', at: 'cron', operation: 'cron', ms: 3 })
    const loud = JSON.stringify({ level: 'info', at: 'cron', operation: 'cron', ms: 3, faults: 1 })

    assert.equal(shortened(quiet), undefined)
    assert.equal(shortened(loud), loud)
  })

  it('stays as it is for every other line', () => {
    for (const line of ['{"level":"error","at":"reply"}', '{"level":"info","at":"reply"', 'text'])
      assert.equal(shortened(line), line)
  })
})
