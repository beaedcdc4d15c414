import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { serve, snippet } from '../test/node/client/snippets.ts'

/** Runs the proxies that are installed, with their configurations from docs/guides/verify-tokens.md. */

const page = 'guides/verify-tokens.md'
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-proxies-'))
const user = '019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c'

/**
 * What a proxy sees of Gatehouse's profile. For the token `older` it answers like an older release, without the headers
 * that name the user.
 */
const service = await serve((request, response) => {
  const older = request.headers.authorization === 'Bearer older'
  const known =
    older || request.headers.authorization === 'Bearer genuine' || request.headers.cookie === 'token=genuine'
  if (request.url !== '/api/user/profile' || request.method !== 'GET') response.statusCode = 404
  else if (!known) response.statusCode = 401
  else if (!older) response.setHeader('Gatehouse-User', user).setHeader('Gatehouse-Role', 'user')
  response.end('{}')
})

/** The site behind the proxy. Its answer contains what the proxy told it about the visitor. */
const site = await serve((request, response) => {
  const { 'gatehouse-user': id, 'gatehouse-role': role } = request.headers
  response.end(JSON.stringify({ id, role, method: request.method }))
})

after(() => {
  service.close()
  site.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The headers of a visitor who sends the token: as a bearer token, or in the cookie. */
const signedIn = (token: string): Record<string, string>[] => [
  { Authorization: `Bearer ${token}` },
  { Cookie: `token=${token}` },
]

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const localized = (configuration: string) =>
  configuration
    .replaceAll('https://auth.example.com', service.origin)
    .replace('127.0.0.1:3000', new URL(site.origin).host)

type Proxy = { name: string; command: string; version: string; start: (port: number) => string[] }

const proxies: Proxy[] = [
  {
    name: 'nginx',
    command: process.env.NGINX ?? 'nginx',
    version: '-v',
    start: (port) => {
      const file = join(folder, 'nginx.conf')
      const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`)
      const server = `server { listen 127.0.0.1:${port};\n${localized(snippet(page, 'nginx', 'nginx'))}}`
      const http = `http { access_log off; ${places.join(' ')}\n${server}\n}`
      writeFileSync(file, `daemon off; pid ${folder}/pid; error_log stderr;\nevents {}\n${http}\n`)
      return ['-e', 'stderr', '-p', folder, '-c', file]
    },
  },
  {
    name: 'Caddy',
    command: process.env.CADDY ?? 'caddy',
    version: 'version',
    start: (port) => {
      const file = join(folder, 'Caddyfile')
      const all = localized(snippet(page, 'Caddy', 'caddyfile')).replace('app.example.com', `http://127.0.0.1:${port}`)
      writeFileSync(file, `{\n\tadmin off\n}\n${all}`)
      return ['run', '--adapter', 'caddyfile', '--config', file]
    },
  },
]

for (const { name, command, version, start } of proxies) {
  const missing = spawnSync(command, [version]).status !== 0
  describe(`${name}, configured as the page says`, { skip: missing ? `no ${name} here` : false }, () => {
    let proxy: ChildProcess
    let url: string

    before(async () => {
      const port = await freePort()
      url = `http://127.0.0.1:${port}`
      let said = ''
      proxy = spawn(command, start(port), { env: { ...process.env, HOME: folder }, stdio: ['ignore', 'pipe', 'pipe'] })
      for (const stream of [proxy.stdout, proxy.stderr]) stream?.on('data', (text) => (said += text))
      for (let tries = 0; tries < 100; tries++) {
        if (proxy.exitCode !== null) break
        if (await fetch(url).catch(() => undefined)) return
        await wait(100)
      }
      assert.fail(`${name} did not start: ${said}`)
    })
    after(() => proxy?.kill())

    it('lets a genuine token pass, and tells the site whose token it is', async () => {
      for (const headers of signedIn('genuine')) {
        const reply = await fetch(`${url}/page`, { headers })

        assert.equal(reply.status, 200)
        assert.deepEqual(await reply.json(), { id: user, role: 'user', method: 'GET' })
      }
    })

    it('asks Gatehouse by GET, also for a POST of the visitor', async () => {
      const reply = await fetch(`${url}/page`, {
        method: 'POST',
        body: 'x=y',
        headers: { Authorization: 'Bearer genuine' },
      })

      assert.deepEqual(await reply.json(), { id: user, role: 'user', method: 'POST' })
    })

    it('refuses a missing or forged token', async () => {
      for (const headers of [{}, ...signedIn('forged')])
        assert.equal((await fetch(`${url}/page`, { headers })).status, 401)
    })

    it('passes on no headers in which a visitor claims to be a user', async () => {
      const claims = { 'Gatehouse-User': 'another', 'Gatehouse-Role': 'admin' }

      const refused = await fetch(`${url}/page`, { headers: claims })
      const passed = await fetch(`${url}/page`, { headers: { ...claims, Authorization: 'Bearer genuine' } })

      const unnamed = await fetch(`${url}/page`, { headers: { ...claims, Authorization: 'Bearer older' } })

      assert.equal(refused.status, 401)
      assert.deepEqual(await passed.json(), { id: user, role: 'user', method: 'GET' })
      // The proxies differ in what they send instead: nothing, or the name of a variable (Caddy 2.6).
      assert.doesNotMatch(await unnamed.text(), /another|admin/)
    })
  })
}
