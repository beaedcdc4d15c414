import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { addMissingSecrets } from '../../../cli/lib/dev-vars.ts'
import { end, run, start } from '../../../cli/lib/process.ts'
import { publishedFor } from '../../../cli/lib/rotation.ts'
import { rotate as rotateCommand } from '../../../cli/rotate.ts'
import { eventually, freePort } from '../blackbox/service.ts'
import { project } from './project.ts'

type Tokens = { access_token: string; refresh_token: string }

const port = await freePort()
const url = `http://127.0.0.1:${port}`
const settings = [`APP_URL = "${url}"`, 'PASSWORD_SCRYPT = "ln=1,r=8,p=1"', 'THROTTLE_FACTOR = "1000"'].join('\n')
const made = project((toml) =>
  toml
    .replace(/^APP_URL = "http:.*$/m, settings)
    .replace('EMAIL_VERIFICATION = "required"', 'EMAIL_VERIFICATION = "optional"')
    .replace(/^limit = 20/m, 'limit = 1000'),
)
const file = made.file('.dev.vars')

const post = async (path: string, json: object) => {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(json) })
  return { status: response.status, body: (await response.json()) as Tokens }
}
const person = { email: 'ada@gatehouse.test', password: 'correct horse battery staple' }
const logIn = async () => (await post('/api/auth/login?transport=body', person)).body
const refresh = (token: string) => post('/api/auth/refresh?transport=body', { refresh_token: token })
const profile = async (token: string) =>
  (await fetch(`${url}/api/user/profile`, { headers: { Authorization: `Bearer ${token}` } })).status
const jwks = async () => (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid as string

/** Sends requests until it is stopped: for each session with its newest tokens, and with its first access token. */
const traffic = (sessions: Tokens[]) => {
  const wrong: string[] = []
  let stopped = false
  let sent = 0
  const one = async (session: Tokens) => {
    const { access_token: first } = session
    while (!stopped) {
      // The local server drops connections when it restarts; a lost reply is requested again, as any client does.
      const statuses = await (async () => {
        const next = await refresh(session.refresh_token)
        const all = [next.status, await profile(first), await profile(next.body.access_token)]
        if (next.status === 200) Object.assign(session, next.body)
        return all
      })().catch(() => undefined)
      if (!statuses) continue
      if (statuses.some((status) => status !== 200)) wrong.push(statuses.join())
      sent += statuses.length
      await sleep(20)
    }
  }
  const done = Promise.all(sessions.map(one))
  return {
    sent: () => sent,
    stop: async () => {
      stopped = true
      await done
      return wrong
    },
  }
}

/** Changes the record as if ten minutes had passed. */
const turnBack = () =>
  writeFileSync(file, readFileSync(file, 'utf8').replace(/((?:publish|use) )\S+Z$/gm, '$12026-01-01T00:00:00.000Z'))

describe('rotating keys of a service that is in use', () => {
  let service: ReturnType<typeof start>

  before(async () => {
    addMissingSecrets([file])
    appendFileSync(file, '\n')
    const place = ['--config', made.config, '--persist-to', made.file('state')]
    const { status, output } = await run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--local', ...place])
    assert.equal(status, 0, output)
    service = start('wrangler', ['dev', '--port', `${port}`, '--ip', '127.0.0.1', ...place], { stdio: 'ignore' })
    await eventually('the service', 120_000, () => jwks().catch(() => undefined))
    await post('/api/auth/register', person)
  })
  after(() => {
    end(service)
    made.remove()
  })

  it('keeps every token valid that was made before, between and after (F15)', { timeout: 240_000 }, async () => {
    const early = await logIn()
    const using = traffic([await logIn(), await logIn()])
    const rotate = async (...args: string[]) => {
      const { status, output } = await made.command(rotateCommand, args)
      assert.equal(status, 0, output)
      // A running `wrangler dev` rereads .dev.vars when its configuration has changed.
      writeFileSync(made.config, `${readFileSync(made.config, 'utf8')}\n`)
    }
    const [old] = (await jwks()).keys

    await rotate('signing')
    const known = await eventually('two published keys', 60_000, async () => {
      const set = await jwks().catch(() => undefined)
      return set?.keys.length === 2 ? set : undefined
    })
    const between = await logIn()
    turnBack()
    await rotate('signing', '--finish')
    const late = await eventually('the new key in use', 60_000, async () => {
      const tokens = await logIn().catch(() => undefined)
      return tokens && kidOf(tokens.access_token) !== old!.kid ? tokens : undefined
    })
    await rotate('tokens')
    turnBack()
    await rotate('tokens', '--finish')
    const last = await eventually('the new token key in use', 60_000, async () => {
      const tokens = await logIn().catch(() => undefined)
      return tokens && tokens.refresh_token.split('.')[0] !== early.refresh_token.split('.')[0] ? tokens : undefined
    })
    await eventually('30 requests', 60_000, async () => using.sent() > 30 || undefined)
    const wrong = await using.stop()

    assert.deepEqual(wrong, [])
    assert.equal(kidOf(between.access_token), old!.kid)
    for (const tokens of [early, between, late, last]) {
      assert.equal(await profile(tokens.access_token), 200)
      const next = await refresh(tokens.refresh_token)
      assert.equal(next.status, 200)
      // A session keeps the key of its refresh tokens, so that a repeated refresh gets the same bytes.
      assert.equal(next.body.refresh_token.split('.')[0], tokens.refresh_token.split('.')[0])
      // Whoever fetched the keys when the new one was published need not fetch them again.
      await jwtVerify(tokens.access_token, createLocalJWKSet(known), { issuer: url })
    }
  })

  it('publishes a key for as long as others may keep the previous keys (F15)', async () => {
    const response = await fetch(`${url}/.well-known/jwks.json`)

    const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('Cache-Control')!)![1])
    const joseKeeps = 600
    assert.ok(publishedFor >= Math.max(maxAge, joseKeeps) * 1000)
  })
})
