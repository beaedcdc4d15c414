import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { createTestHarness } from 'wrangler'
import { signingKey, tokenKey } from '../../../cli/lib/dev-vars.ts'
import { root } from '../../../cli/lib/process.ts'
import { call, mailWith, someone } from '../blackbox/visitor.ts'
import { project } from './project.ts'

// As in cli/lib/process.ts: tools fetch nothing. Without the second variable, sent mails would be printed.
Object.assign(process.env, { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_LOG: 'none' })

type Release = { version: string; modules: string[]; migrations: string[] }

const folder = join(root, 'test', 'support', 'previous')
const previous = JSON.parse(readFileSync(join(folder, 'release.json'), 'utf8')) as Release

/** Applies the schema with which the last release was deployed. */
const previousSchema = (target: string) => {
  mkdirSync(target)
  for (const name of previous.migrations) copyFileSync(join(root, 'migrations', name), join(target, name))
  return target
}

/** Unpacks the Worker of the last release as deployed: its modules, which are not bundled again. */
const previousWorker = (target: string) => {
  mkdirSync(target)
  for (const name of previous.modules)
    writeFileSync(join(target, name), gunzipSync(readFileSync(join(folder, `${name}.gz`))))
  return join(target, 'index.js')
}

const made = project()
after(() => made.remove())

/** Runs the Worker of one release on the schema of another. */
const meet = async (name: string, which: { worker?: string; schema?: string }) => {
  const toml = readFileSync(made.config, 'utf8')
    .replace(JSON.stringify(join(root, 'src', 'index.ts')), (main) =>
      which.worker ? `${JSON.stringify(which.worker)}\nno_bundle = true` : main,
    )
    .replaceAll(JSON.stringify(join(root, 'migrations')), (all) => (which.schema ? JSON.stringify(which.schema) : all))
  const configPath = made.file(`${name}.toml`)
  writeFileSync(configPath, toml)
  const vars = { APP_URL: 'http://localhost:8787', PASSWORD_SCRYPT: 'ln=1,r=8,p=1', THROTTLE_FACTOR: '1000' }
  const secrets = { SIGNING_KEYS: JSON.stringify({ keys: [signingKey()] }), TOKEN_KEYS: tokenKey() }
  const server = createTestHarness({ workers: [{ configPath, vars, secrets }] })
  const { url } = await server.listen()
  const worker = server.getWorker()
  await worker.applyD1Migrations('DB')
  const { DB } = (await worker.getEnv()) as { DB: D1Database }
  return { url: url.origin, DB, migrate: () => worker.applyD1Migrations('DB'), close: () => server.close() }
}

/** Does as one user everything that each release supports, and checks each status. @throws at the first wrong one */
const everything = async ({ url, DB }: { url: string; DB: D1Database }) => {
  const step = async (route: string, status: number, options?: Parameters<typeof call>[2]) => {
    const reply = await call(url, route, options)
    assert.equal(reply.status, status, `${route}: ${reply.status} ${JSON.stringify(reply.body)}`)
    return reply.body
  }
  const { email, password } = someone()
  const link = async (page: string) => /#token=(\S+)/.exec(await mailWith(url, email, `/auth/${page}#token=`))?.[1]
  const logIn = (secret = password) => step('POST /api/auth/login', 200, { json: { email, password: secret } })
  const refresh = (token: string, status: number) =>
    step('POST /api/auth/refresh', status, { json: { refresh_token: token } })

  await step('POST /api/auth/register', 201, { json: { email, password, name: 'Ada Lovelace' } })
  await step('POST /api/auth/verify-email', 200, { json: { token: await link('verify-email') } })
  await step('POST /api/auth/login', 401, { json: { email, password: `${password}!` } })
  const first = await logIn()
  const second = await refresh(first.refresh_token, 200)
  const third = await refresh(second.refresh_token, 200)
  await step('GET /api/user/profile', 200, { token: third.access_token })
  // The token is two generations old, which is reuse: the session ends.
  await refresh(first.refresh_token, 401)
  await refresh(third.refresh_token, 401)
  await step('GET /api/user/profile', 401, { token: third.access_token })

  await step('POST /api/auth/forgot-password', 200, { json: { email } })
  const next = `${password} anew`
  await step('POST /api/auth/reset-password', 200, {
    json: { token: await link('reset-password'), new_password: next },
  })
  const { access_token: token } = await logIn(next)
  await step('PATCH /api/user/profile', 200, { token, json: { name: 'Augusta Ada King' } })
  await step('GET /api/user/sessions', 200, { token })
  await step('GET /api/user/export', 200, { token })
  await DB.prepare(`update users set role = 'admin' where email = ?`).bind(email).run()
  const found = await step('GET /api/admin/users?search=augusta', 200, { token })
  assert.equal(found.users[0]?.email, email)
  await step('GET /api/admin/stats', 200, { token })
  await step('GET /api/admin/audit', 200, { token })
  await step('POST /api/auth/logout', 200, { token })
  await step('GET /api/user/profile', 401, { token })
}

describe(`the Worker of ${previous.version}, the last release`, () => {
  it('still does everything on the current schema, and the check notices a missing column (F14)', async () => {
    const worker = previousWorker(made.file('previous'))
    const service = await meet('old-on-new', { worker })
    try {
      await everything(service)
      await service.DB.exec('alter table mail drop column detail')
      await assert.rejects(everything(service), /^AssertionError.*: POST \/api\/auth\/register: 503 /)
    } finally {
      await service.close()
    }
  })
})

describe('the current Worker', () => {
  it(`refuses without harm on the schema of ${previous.version}, and does all it does once that is migrated (F14)`, async () => {
    const schema = previousSchema(made.file('migrations'))
    const service = await meet('new-on-old', { schema })
    try {
      const { email, password } = someone()
      for (const [route, json] of [
        ['POST /api/auth/register', { email, password }],
        ['POST /api/auth/login', { email, password }],
        ['POST /api/auth/forgot-password', { email }],
      ] as const) {
        const reply = await call(service.url, route, { json })
        assert.equal(reply.status, 503, `${route}: ${reply.status} ${JSON.stringify(reply.body)}`)
      }
      const { results } = await service.DB.prepare('select id from users').all()
      assert.deepEqual(results, [])

      for (const name of readdirSync(join(root, 'migrations')).filter((one) => one.endsWith('.sql')))
        copyFileSync(join(root, 'migrations', name), join(schema, name))
      await service.migrate()
      await everything(service)
    } finally {
      await service.close()
    }
  })
})
