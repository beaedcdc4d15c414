import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { parseEnv } from 'node:util'
import { freePort, makePlace, type Service, startService } from './service.ts'
import { call, member, someone, tokenFor } from './visitor.ts'

/** Tests the whole product as a newcomer gets it, through HTTP and the local mailbox only. */
describe('what npm start runs', () => {
  const place = makePlace()
  let service: Service
  let port: number
  const at = (route: string, options?: Parameters<typeof call>[2]) => call(service.url, route, options)

  /**
   * All these tests are one network, and a fast computer reaches the limit at the edge. A factor above 1 switches that
   * limit off; below 2, an address still gets only one mail a minute.
   */
  const start = () => startService(place, port, '--var', 'THROTTLE_FACTOR:1.9')

  before(async () => {
    port = await freePort()
    service = await start()
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })

  it('answers under both names of the computer', async () => {
    for (const host of ['localhost', '127.0.0.1']) {
      const { status, body } = await call(`http://${host}:${port}`, 'GET /health/ready')
      assert.equal(status, 200, host)
      assert.deepEqual(body, { status: 'ready' })
    }
  })

  it('makes secrets that only their owner can read, and shows them to nobody', () => {
    const secrets = parseEnv(readFileSync(place.secrets, 'utf8'))
    const [key] = JSON.parse(secrets.SIGNING_KEYS!).keys
    const tokenKey = secrets.TOKEN_KEYS!.split('.')[1]!

    assert.ok(key.d.length >= 43 && tokenKey.length >= 43)
    assert.ok(!service.log().includes(key.d) && !service.log().includes(tokenKey), service.log())
    if (process.platform !== 'win32') assert.equal(statSync(place.secrets).mode & 0o777, 0o600)
  })

  it('takes a newcomer from registration to the profile', async () => {
    const { email, password } = someone()
    const registered = await at('POST /api/auth/register', { json: { email, password, name: 'Ada' } })
    assert.equal(registered.status, 201)

    const tooEarly = await at('POST /api/auth/login', { json: { email, password } })
    assert.equal(tooEarly.body.code, 'invalid_credentials')

    const token = await tokenFor(service.url, email, 'verify-email')
    const verified = await at('POST /api/auth/verify-email', { json: { token } })
    assert.equal(verified.status, 200)

    const loggedIn = await at('POST /api/auth/login', { json: { email, password } })
    assert.equal(loggedIn.status, 200)
    assert.match(loggedIn.headers.get('Set-Cookie') ?? '', /^token=[^;]+;.*HttpOnly/i)

    const refreshed = await at('POST /api/auth/refresh', { json: { refresh_token: loggedIn.body.refresh_token } })
    assert.equal(refreshed.status, 200)
    assert.notEqual(refreshed.body.refresh_token, loggedIn.body.refresh_token)

    const profile = await at('GET /api/user/profile', { token: refreshed.body.access_token })
    assert.equal(profile.status, 200)
    assert.deepEqual(
      { email: profile.body.email, name: profile.body.name, email_verified: profile.body.email_verified },
      { email, name: 'Ada', email_verified: true },
    )
  })

  it('sets another password, and ends what was open', async () => {
    const { email, password } = await member(service.url)
    const before = await at('POST /api/auth/login', { json: { email, password } })
    assert.equal((await at('GET /api/user/profile', { token: before.body.access_token })).status, 200)

    const forgot = await at('POST /api/auth/forgot-password', { json: { email } })
    assert.equal(forgot.status, 200)
    const token = await tokenFor(service.url, email, 'reset-password')
    const another = someone().password
    const reset = await at('POST /api/auth/reset-password', { json: { token, new_password: another } })
    assert.equal(reset.status, 200)

    assert.equal((await at('GET /api/user/profile', { token: before.body.access_token })).status, 401)
    const withOld = await at('POST /api/auth/login', { json: { email, password } })
    assert.equal(withOld.body.code, 'invalid_credentials')
    const withNew = await at('POST /api/auth/login', { json: { email, password: another } })
    assert.equal(withNew.status, 200)
  })

  it('refuses both tokens of a session that was logged out, and no other', async () => {
    const { email, password } = await member(service.url)
    const [left, kept] = [
      await at('POST /api/auth/login', { json: { email, password } }),
      await at('POST /api/auth/login', { json: { email, password } }),
    ]

    const loggedOut = await at('POST /api/auth/logout', { token: left.body.access_token })
    assert.equal(loggedOut.status, 200)

    const profile = await at('GET /api/user/profile', { token: left.body.access_token })
    assert.deepEqual([profile.status, profile.body.code], [401, 'invalid_token'])
    const refresh = await at('POST /api/auth/refresh', { json: { refresh_token: left.body.refresh_token } })
    assert.deepEqual([refresh.status, refresh.body.code], [401, 'invalid_token'])
    assert.equal((await at('GET /api/user/profile', { token: kept.body.access_token })).status, 200)
  })

  it('serves its documentation', async () => {
    const document = await at('GET /openapi.json')
    assert.equal(document.status, 200)
    assert.match(document.body.openapi, /^3\.1\./)
    assert.ok(document.body.paths['/api/auth/login'].post)

    for (const path of ['/docs', '/redoc']) {
      const page = await at(`GET ${path}`)
      assert.equal(page.status, 200, path)
      assert.match(page.headers.get('Content-Security-Policy') ?? '', /script-src 'self'/)
      const scripts = [...page.body.matchAll(/<script[^>]* src="([^"]+)"/g)].map(([, src]) => src)
      assert.ok(scripts.length > 0, path)
      for (const script of scripts) assert.equal((await at(`GET ${script}`)).status, 200, script)
    }
  })

  it('knows its users and their tokens after it was stopped and started again', async () => {
    const { email, password } = await member(service.url)
    const before = await at('POST /api/auth/login', { json: { email, password } })

    await service.stop()
    await assert.rejects(fetch(`${service.url}/health`))
    service = await start()

    assert.equal((await at('GET /api/user/profile', { token: before.body.access_token })).body.email, email)
    const refreshed = await at('POST /api/auth/refresh', { json: { refresh_token: before.body.refresh_token } })
    assert.equal(refreshed.status, 200)
    assert.equal((await at('POST /api/auth/login', { json: { email, password } })).status, 200)
  })
})
