import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort, makePlace, type Service, startService } from './service.ts'
import { call, someone } from './visitor.ts'

const root = join(import.meta.dirname, '../../..')

const smoke = async (args: string[], interruptAt?: RegExp) => {
  const child = spawn(process.execPath, [join(root, 'cli', 'smoke.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 180_000,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
      if (interruptAt?.test(output)) child.kill('SIGINT')
    })
  const [status] = await once(child, 'close')
  return { status, output }
}

describe('npm run smoke', () => {
  const place = makePlace()
  let service: Service
  before(async () => {
    service = await startService(place, await freePort(), '--var', 'THROTTLE_FACTOR:100')
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })

  /** Whether the address is free: its password opens nothing, and registering it causes the link of a new account. */
  const isGone = async (email: string, password: string) =>
    (await call(service.url, 'POST /api/auth/login', { json: { email, password } })).status === 401

  it('goes through a local service and leaves no account', async () => {
    const { status, output } = await smoke([service.url])

    assert.equal(status, 0, output)
    for (const step of ['register', 'verify-email', 'login', 'profile', 'refresh', 'avatar', 'account'])
      assert.match(output, new RegExp(`^200|201 .*${step}`, 'm'))
    assert.match(output, /^200 {6}DELETE \/api\/user\/account /m)
    assert.match(output, /^401 {6}POST \/api\/auth\/login /m)
    assert.match(output, /The test account is deleted\.$/m)
    assert.doesNotMatch(output, /^differs/m)
  })

  it('says what differs, and deletes the account where a step fails', async () => {
    // A proxy that drops a header, serves pictures under another type, and refuses refreshes.
    const proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { host: _, connection: __, ...headers } = request.headers
      const answer = await fetch(service.url + request.url, {
        method: request.method!,
        headers: headers as Record<string, string>,
        body: chunks.length > 0 ? Buffer.concat(chunks) : null,
      })
      if (request.url === '/api/auth/refresh') return response.writeHead(503).end()
      const kept = [...answer.headers].filter(
        ([name]) => !['x-content-type-options', 'content-encoding', 'content-length'].includes(name),
      )
      response.writeHead(answer.status, kept.flat())
      response.end(Buffer.from(await answer.arrayBuffer()))
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const url = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`

    const { status, output } = await smoke([url])

    proxy.close()
    assert.equal(status, 1, output)
    assert.match(output, /^differs {2}GET \/health: the header x-content-type-options is missing$/m)
    assert.match(output, /^differs {2}the mailed link leads to localhost:/m)
    assert.match(output, /^POST \/api\/auth\/refresh answers 503, not 200\.$/m)
    assert.match(output, /^200 {6}DELETE \/api\/user\/account /m)
  })

  it('deletes the account if it is interrupted', async () => {
    const { email } = someone()
    const { status, output } = await smoke([service.url, '--email', email], /^200 +GET \/api\/user\/profile/m)

    assert.equal(status, 130, output)
    assert.match(output, /^200 {6}DELETE \/api\/user\/account /m)
    assert.ok(await isGone(email, 'x'))
  })

  it('takes the link from a command, waits no longer than it is told to, and says what stays', async () => {
    const { email } = someone()
    const from = Date.now()
    const silent = await smoke([service.url, '--email', email, '--mailbox', 'echo nothing', '--seconds', '2'])
    const broken = await smoke([service.url, '--email', someone().email, '--mailbox', 'exit 3'])

    assert.ok(Date.now() - from < 90_000)
    assert.equal(silent.status, 1)
    assert.match(silent.output, /^No mail with a link came within 2 s\. The account of .* could not be deleted: /m)
    assert.match(broken.output, /^The command of --mailbox ended with 3\./m)
  })

  it('says in one line what is wrong with its arguments, or that nobody answers', async () => {
    const port = await freePort()
    const table: [string[], RegExp][] = [
      [[], /^One address is needed/],
      [['auth.example.com'], /^One address is needed/],
      [[`${service.url}/api`], /^One address is needed/],
      [['https://auth.example.com'], /^--email is needed/],
      [['https://auth.example.com', '--email', 'a@b.test'], /^--mailbox is needed/],
      [[service.url, '--seconds', 'x'], /^--seconds must be/],
      [[`http://127.0.0.1:${port}`], /^GET \/health cannot be reached: /],
    ]
    for (const [args, words] of table) {
      const { status, output } = await smoke(args)
      assert.equal(status, 1)
      assert.match(output, words)
      assert.equal(output.trim().split('\n').length, 1, output)
    }
  })
})
