import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { registerHooks } from 'node:module'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { root } from '../../../cli/lib/process.ts'

/**
 * The server of the example site, run on Node. Its settings come from here instead of wrangler.toml, and the service is
 * a stand-in.
 */
const issuer = 'http://localhost:8787'
const site = 'http://localhost:4321'
const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
const jwk = await exportJWK(publicKey)
const env: Record<string, string> = { GATEHOUSE_ISSUER: issuer, PROXY_KEY: 'k'.repeat(40) }
Object.assign(globalThis, { exampleEnv: env })
registerHooks({
  resolve: (name, context, next) =>
    name === 'cloudflare:workers'
      ? { url: 'data:text/javascript,export const env = globalThis.exampleEnv', format: 'module', shortCircuit: true }
      : next(name, context),
})

// biome-ignore lint/suspicious/noExplicitAny: the types belong to another program, the site
const load = (name: string, fresh = ''): Promise<any> => import(`${root}/examples/astro/src/lib/${name}.ts${fresh}`)

const token = (id: string, key = privateKey, expires = '5m', typ: string | undefined = 'at+jwt') =>
  new SignJWT({ sid: 's', role: 'user' })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...(typ && { typ }) })
    .setSubject(id)
    .setIssuer(issuer)
    .setAudience(issuer)
    .setExpirationTime(expires)
    .sign(key)

const visit = (cookies: Record<string, string>, path = '/account', more: RequestInit = {}) =>
  new Request(site + path, {
    ...more,
    headers: {
      Cookie: Object.entries(cookies)
        .map(([name, value]) => `${name}=${value}`)
        .join('; '),
      ...more.headers,
    },
  })

describe('the server of the example site', () => {
  let keys: () => { status: number; body: string }
  const asked: { path: string; authorization: string | undefined; bytes: number }[] = []
  let refreshed: { status: number; cookies: string[] }
  let read = 0
  const service = createServer(async (request, response) => {
    let bytes = 0
    try {
      for await (const part of request) {
        bytes += (part as Buffer).length
        read += (part as Buffer).length
      }
    } catch {
      // The connection is cut, as expected for a body that is too large.
      return
    }
    const path = request.url!.split('?')[0]!
    asked.push({ path, authorization: request.headers.authorization, bytes })
    if (path === '/.well-known/jwks.json') {
      const { status, body } = keys()
      return response.writeHead(status, { 'Content-Type': 'application/json' }).end(body)
    }
    if (path === '/api/auth/refresh')
      return response.writeHead(refreshed.status, { 'Set-Cookie': refreshed.cookies }).end('{}')
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}')
  })
  const published = { status: 200, body: JSON.stringify({ keys: [{ ...jwk, alg: 'ES256', kid: 'one' }] }) }
  let fresh = 0
  /** Loads the module again, without cached keys. */
  const anew = () => load('visitor', `?${++fresh}`)

  before(async () => {
    service.listen(0, '127.0.0.1')
    await once(service, 'listening')
    env.GATEHOUSE_URL = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  })
  after(() => service.close())
  beforeEach(() => {
    asked.length = 0
    read = 0
    keys = () => published
    refreshed = { status: 401, cookies: ['token=; Max-Age=0'] }
  })

  it('knows who is signed in, and who is not', async () => {
    const { recognize } = await anew()
    const stranger = await generateKeyPair('ES256')

    assert.deepEqual(await recognize(visit({ token: await token('ada') }), '::1'), {
      visitor: { id: 'ada', role: 'user' },
      cookies: [],
    })
    for (const bad of ['x', 'a.b.c', await token('ada', stranger.privateKey), await token('ada', privateKey, '-1m')])
      assert.deepEqual(await recognize(visit({ token: bad }), '::1'), { cookies: [] })
  })

  it('takes access tokens of either ACCESS_TOKEN_TYPE, and no others', async () => {
    const { recognize } = await anew()
    const known = async (typ: string) =>
      (await recognize(visit({ token: await token('ada', privateKey, '5m', typ) }), '::1')).visitor?.id

    assert.deepEqual([await known('at+jwt'), await known('JWT')], ['ada', 'ada'])
    for (const other of ['', 'logout+jwt', 'dpop+jwt', 'jwt ']) assert.equal(await known(other), undefined, other)
  })

  const faults: Record<string, () => { status: number; body: string }> = {
    'answers 500': () => ({ status: 500, body: '' }),
    'answers 404': () => ({ status: 404, body: '{}' }),
    'sends no JSON': () => ({ status: 200, body: '<html>' }),
    'sends no keys': () => ({ status: 200, body: '{}' }),
  }
  for (const [what, answer] of Object.entries(faults))
    it(`says that nobody can tell, and refreshes nothing, if the server of the keys ${what}`, async () => {
      const { recognize } = await anew()
      keys = answer

      const found = await recognize(visit({ token: await token('ada'), refresh_token: 'r' }), '::1')

      assert.deepEqual(found, { cookies: [], unknown: true })
      assert.deepEqual(
        asked.filter(({ path }) => path === '/api/auth/refresh'),
        [],
      )
    })

  it('also says so if a refresh succeeded but its token cannot be verified, and passes the cookies on', async () => {
    const { recognize } = await anew()
    keys = faults['answers 500']!
    refreshed = { status: 200, cookies: [`token=${await token('ada')}; Path=/`, 'refresh_token=next; Path=/'] }

    const found = await recognize(visit({ refresh_token: 'r' }), '::1')

    assert.deepEqual(found, { cookies: refreshed.cookies, unknown: true })
  })

  it('removes no cookie if a refresh was refused: another tab may have logged in meanwhile', async () => {
    const { recognize } = await anew()

    assert.deepEqual(await recognize(visit({ refresh_token: 'r' }), '::1'), { cookies: [], unknown: false })
  })

  it('refuses what a page of one user asks with the cookies of another', async () => {
    const { unexpected } = await load('expected')
    const cookies = { token: await token('bob') }
    const status = async (path: string, expected?: string) =>
      (await unexpected(visit(cookies, path, expected === undefined ? {} : { headers: { 'Expected-User': expected } })))
        ?.status

    assert.deepEqual(
      [
        await status('/api/user/profile', 'ada'),
        await status('/api/user/account', ''),
        await status('/api/admin/users/x', 'ada'),
        await status('/api/auth/reauthenticate', 'ada'),
        await status('/api/user/profile', 'bob'),
        await status('/api/user/profile'),
        await status('/api/auth/logout', 'ada'),
      ],
      [409, 409, 409, 409, undefined, undefined, undefined],
    )
  })

  it('passes on a bearer, and no password that stands in front of the site', async () => {
    const { forward } = await load('gatehouse')
    for (const authorization of ['Bearer x', 'bearer x', 'Basic eDp5', 'Digest x'])
      await forward(visit({}, '/api/user/profile', { headers: { Authorization: authorization } }), '::1')

    assert.deepEqual(
      asked.map(({ authorization }) => authorization),
      ['Bearer x', 'bearer x', undefined, undefined],
    )
  })

  /** A body that records how much of it was read. */
  const body = (bytes: number) => {
    let made = 0
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (made >= bytes) return controller.close()
        made += 65_536
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    return { init: { method: 'POST', body: stream, duplex: 'half' } as RequestInit, made: () => made }
  }

  it('refuses a body by its length before it reads it, and breaks off one that does not say it', async () => {
    const { forward } = await load('gatehouse')
    const [told, silent, small] = [body(60_000_000), body(60_000_000), body(1_000_000)]
    const length = { headers: { 'Content-Length': '60000000' } }

    const early = await forward(visit({}, '/api/user/upload-avatar', { ...told.init, ...length }), '::1')
    const late = await forward(visit({}, '/api/user/upload-avatar', silent.init), '::1')
    assert.deepEqual([early.status, late.status], [413, 413])
    assert.equal((await late.json()).code, 'payload_too_large')
    assert.ok(told.made() <= 131_072, `${told.made()}`)
    assert.ok(silent.made() < 9_000_000, `${silent.made()}`)
    const whole = await forward(visit({}, '/api/user/upload-avatar', small.init), '::1')

    assert.equal(whole.status, 200)
    assert.equal(asked.at(-1)!.bytes, small.made())
  })

  it('sends a body on while it comes', async () => {
    const { forward } = await load('gatehouse')
    let go: () => void = () => {}
    const wait = new Promise<void>((resolve) => (go = resolve))
    const stream = new ReadableStream<Uint8Array>({
      start: async (controller) => {
        controller.enqueue(new Uint8Array(65_536))
        await wait
        controller.close()
      },
    })
    const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit
    const answer = forward(visit({}, '/api/user/upload-avatar', init), '::1')

    for (let tries = 0; read === 0 && tries < 500; tries++) await new Promise((resolve) => setTimeout(resolve, 20))
    const before = read
    go()

    assert.equal((await answer).status, 200)
    assert.equal(before, 65_536)
  })
})
