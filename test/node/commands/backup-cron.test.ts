import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { backup } from '../../../cli/backup.ts'
import { addMissingSecrets, readVars } from '../../../cli/lib/dev-vars.ts'
import { end, run, start } from '../../../cli/lib/process.ts'
import { eventually, freePort } from '../blackbox/service.ts'
import { read, write } from './databases.ts'
import { inside } from './inside.ts'
import { project } from './project.ts'

type Tokens = { access_token: string; refresh_token: string }

const port = await freePort()
const url = `http://127.0.0.1:${port}`
const settings = [
  `APP_URL = "${url}"`,
  'PASSWORD_SCRYPT = "ln=1,r=8,p=1"',
  'THROTTLE_FACTOR = "1000"',
  'BACKUP_EVERY_HOURS = "1"',
].join('\n')
const made = project((toml) =>
  toml
    .replace(/^APP_URL = "http:.*$/m, settings)
    .replace('EMAIL_VERIFICATION = "required"', 'EMAIL_VERIFICATION = "optional"')
    .replace(
      /^required = \["SIGNING_KEYS", "TOKEN_KEYS", "DATA_KEYS"\]$/m,
      'required = ["SIGNING_KEYS", "TOKEN_KEYS", "DATA_KEYS", "BACKUP_KEYS"]',
    )
    .replace(/^\[images\]$/m, '[[r2_buckets]]\nbinding = "BACKUPS"\nbucket_name = "backups"\n\n[images]'),
)
const file = made.file('.dev.vars')
const state = made.file('state')

const post = async <T = Tokens>(path: string, json: object) => {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(json) })
  return { status: response.status, body: (await response.json()) as T }
}
const password = 'correct horse battery staple'
const person = (name: string) => ({ email: `${name}@gatehouse.test`, password })
const logIn = (name: string) => post('/api/auth/login?transport=body', person(name))
const cron = async () => {
  const response = await fetch(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent('* * * * *')}`)
  await response.body?.cancel()
}

const serve = async (persistTo: string) => {
  const place = ['--config', made.config, '--persist-to', persistTo]
  const { status, output } = await run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--local', ...place])
  assert.equal(status, 0, output)
  const service = start('wrangler', ['dev', '--port', `${port}`, '--ip', '127.0.0.1', ...place], { stdio: 'ignore' })
  await eventually('the service', 120_000, async () => {
    const response = await fetch(`${url}/health`).catch(() => undefined)
    await response?.body?.cancel()
    return response?.ok || undefined
  })
  return async () => {
    end(service)
    await new Promise((resolve) => service.once('exit', resolve))
  }
}

/** Registers, logs in, refreshes and logs out until it is stopped. */
const traffic = () => {
  let stopped = false
  let people = 0
  const one = async (name: string) => {
    for (let turn = 0; !stopped; turn++) {
      const email = `${name}-${turn}`
      const { status } = await post('/api/auth/register', person(email))
      if (status >= 300) throw new Error(`registering answers ${status}`)
      const { body } = await logIn(email)
      await post('/api/auth/refresh?transport=body', { refresh_token: body.refresh_token })
      if (turn % 2)
        await fetch(`${url}/api/auth/logout`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${body.access_token}` },
        })
      people++
      await sleep(10)
    }
  }
  const done = Promise.all(['a', 'b'].map(one))
  return {
    people: () => people,
    stop: async () => {
      stopped = true
      await done
    },
  }
}

describe('a backup that the cron writes while people register and log in', { timeout: 480_000 }, () => {
  const backups = (...args: string[]) => inside(backup, [...args, '--config', made.config])
  let stop: (() => Promise<void>) | undefined
  before(() => {
    addMissingSecrets([file])
    addMissingSecrets([file], ['BACKUP_KEYS'])
    appendFileSync(file, '\n')
    assert.ok(readVars([file]).BACKUP_KEYS)
  })
  after(async () => {
    await stop?.()
    made.remove()
  })

  it('is fetched, comes back whole, and lets in who had an account before it began', async () => {
    stop = await serve(state)
    const names = ['ada', 'grace', 'edsger']
    for (const name of names) await post('/api/auth/register', person(name))
    const [session] = await Promise.all(names.map(logIn))
    write(
      state,
      `insert into throttles (key, count, blocked_until, ends_at) with recursive n(i) as
        (select 1 union all select i + 1 from n where i < 45000) select 'key ' || i, i, 0, 9e15 from n`,
    )
    const using = traffic()
    await eventually('people', 60_000, async () => using.people() > 2 || undefined)
    const beside = using.people()
    const listed = await eventually('the backup', 240_000, async () => {
      await cron()
      // The service has the bucket open too: what is not there yet is asked for again.
      const said = await backups('--list', '--persist-to', state)
      return /rows, read from/.test(said.output) ? said : undefined
    })
    const met = using.people()
    await using.stop()
    await stop()
    stop = undefined

    const copy = made.file('copy.ndjson.gz')
    const fetched = await backups(copy, '--fetch', 'latest', '--persist-to', state)
    const verified = await backups(copy, '--verify')
    const target = made.file('target')
    stop = await serve(target)
    await stop()
    stop = undefined
    const restored = await backups(copy, '--restore', '--persist-to', target)

    assert.match(listed.output, /^\d{4}-\d\d-\d\dT\d{4}-[\w-]{22}: [\d,]+ rows, read from .* UTC to .* UTC/m)
    assert.ok(met > beside, `${met} people came while it was written`)
    assert.equal(fetched.status, 0, fetched.output)
    assert.match(fetched.output, /45,\d{3} throttles.* users/)
    assert.match(fetched.output, /not a snapshot of one moment\.$/)
    assert.equal(verified.status, 0, verified.output)
    assert.equal(restored.status, 0, restored.output)
    const [row] = read(
      target,
      "select count(*) as n from users where email in ('ada@gatehouse.test', 'grace@gatehouse.test', 'edsger@gatehouse.test')",
    )
    assert.equal(row!.n, 3)
    const [orphans] = read(target, 'select count(*) as n from sessions where user_id not in (select id from users)')
    assert.equal(orphans!.n, 0)

    stop = await serve(target)
    for (const name of names) assert.equal((await logIn(name)).status, 200, name)
    const refreshed = await post('/api/auth/refresh?transport=body', { refresh_token: session!.body.refresh_token })
    assert.equal(refreshed.status, 200)
  })

  it('is refused without its key, and by another name', async () => {
    const lost = made.file('lost')
    const nowhere = await backups(made.file('x.gz'), '--fetch', 'latest', '--persist-to', state, '--secrets', lost)
    addMissingSecrets([lost], ['BACKUP_KEYS'])
    const wrong = await backups(made.file('x.gz'), '--fetch', 'latest', '--persist-to', state, '--secrets', lost)
    const unknown = await backups(made.file('x.gz'), '--fetch', '2026-01-01T0000-x', '--persist-to', state)

    assert.match(nowhere.output, /BACKUP_KEYS is neither in the environment nor in /)
    assert.match(wrong.output, /BACKUP_KEYS does not open state/)
    assert.match(unknown.output, /There is no complete backup 2026-01-01T0000-x/)
    assert.deepEqual([nowhere.status, wrong.status, unknown.status], [1, 1, 1])
  })
})
