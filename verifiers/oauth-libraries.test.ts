import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { freePort, makePlace, type Service, startService } from '../test/node/blackbox/service.ts'
import { member } from '../test/node/blackbox/visitor.ts'
import { firstThat } from '../test/node/client/commands.ts'
import { run } from '../test/node/client/snippets.ts'

/**
 * Libraries of OAuth talk to the running service: they send its forms, and recognize a refusal by OAuth's rules. The
 * service publishes no `token_endpoint`, because login and refresh have different addresses, so each test names one.
 */

const pythons = ['python3', 'python', '/usr/bin/python3']
const python = await firstThat(pythons, ['-c', 'import authlib.integrations.requests_client'])

describe('a library of OAuth', () => {
  const place = makePlace()
  let service: Service
  let who: { email: string; password: string }

  before(async () => {
    service = await startService(place, await freePort(), '--var', 'THROTTLE_FACTOR:1.9')
    who = await member(service.url)
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })

  const server = (operation: 'login' | 'refresh') => ({
    issuer: service.url,
    token_endpoint: `${service.url}/api/auth/${operation}?transport=body`,
    jwks_uri: `${service.url}/.well-known/jwks.json`,
  })
  const nobody = { refresh_token: 'x' }

  it('logs in, refreshes, verifies a token, and recognizes refusals: oauth4webapi', async () => {
    const client = { client_id: 'an-app' }
    const local = { [oauth.allowInsecureRequests]: true }
    const ask = async (operation: 'login' | 'refresh', grant: string, members: Record<string, string>) => {
      const as = server(operation)
      const form = new URLSearchParams(members)
      const reply = await oauth.genericTokenEndpointRequest(as, client, oauth.None(), grant, form, local)
      return oauth.processGenericTokenEndpointResponse(as, client, reply)
    }
    const errorOf = (asked: Promise<unknown>) =>
      asked.then(
        () => 'nothing was refused',
        (error) => (error instanceof oauth.ResponseBodyError ? `${error.status} ${error.error}` : `${error}`),
      )

    const password = { username: who.email, password: who.password }
    const tokens = await ask('login', 'password', password)
    const as = server('refresh')
    const reply = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token!, local)
    const next = await oauth.processRefreshTokenResponse(as, client, reply)
    const headers = { Authorization: `Bearer ${next.access_token}` }
    const claims = await oauth.validateJwtAccessToken(as, new Request(service.url, { headers }), service.url, local)

    assert.notEqual(next.refresh_token, tokens.refresh_token)
    assert.equal(claims.sub.length, 36)
    assert.deepEqual(
      [
        await errorOf(ask('login', 'password', { ...password, password: 'a wrong one' })),
        await errorOf(ask('login', 'client_credentials', password)),
        await errorOf(ask('login', 'password', { username: who.email })),
        await errorOf(ask('refresh', 'refresh_token', nobody)),
        await errorOf(ask('refresh', 'authorization_code', { code: 'x' })),
      ],
      [
        '400 invalid_grant',
        '400 unsupported_grant_type',
        '422 invalid_request',
        '400 invalid_grant',
        '400 unsupported_grant_type',
      ],
    )
  })

  it('logs in, refreshes, and recognizes refusals: openid-client', async () => {
    const at = (operation: 'login' | 'refresh') => {
      const configuration = new openid.Configuration(server(operation), 'an-app', undefined, openid.None())
      openid.allowInsecureRequests(configuration)
      return configuration
    }
    const errorOf = (asked: Promise<unknown>) =>
      asked.then(
        () => 'nothing was refused',
        (error) => (error instanceof openid.ResponseBodyError ? error.error : `${error}`),
      )

    const password = { username: who.email, password: who.password }
    const tokens = await openid.genericGrantRequest(at('login'), 'password', password)
    const next = await openid.refreshTokenGrant(at('refresh'), tokens.refresh_token!)

    assert.notEqual(next.refresh_token, tokens.refresh_token)
    assert.deepEqual(
      [
        await errorOf(openid.genericGrantRequest(at('login'), 'password', { ...password, password: 'a wrong one' })),
        await errorOf(openid.genericGrantRequest(at('login'), 'client_credentials', password)),
        await errorOf(openid.refreshTokenGrant(at('refresh'), 'x')),
      ],
      ['invalid_grant', 'unsupported_grant_type', 'invalid_grant'],
    )
  })

  it('logs in, refreshes, and recognizes refusals: Authlib', {
    skip: python ? false : 'no Python with Authlib and requests here',
  }, async () => {
    const env = { EMAIL: who.email, PASSWORD: who.password }

    const { status, output } = await run(python!, [join(import.meta.dirname, 'authlib_client.py'), service.url], {
      env,
    })

    assert.equal(status, 0, output)
    assert.deepEqual(JSON.parse(output), {
      refreshed: true,
      profile: who.email,
      'wrong password': 'invalid_grant',
      'unsupported grant': 'unsupported_grant_type',
      'wrong token': 'invalid_grant',
      'after that': who.email,
    })
  })
})
