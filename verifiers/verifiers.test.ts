import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { exportJWK, generateKeyPair } from 'jose'
import { byBearer, close, holds, localized, origin, token } from '../test/node/client/access-tokens.ts'
import { serve, snippet } from '../test/node/client/snippets.ts'

/** Runs the snippets of docs/guides/verify-tokens.md that need packages from this folder. */

const page = 'guides/verify-tokens.md'
/** Below node_modules, where the imports of a snippet are resolved. */
const folder = mkdtempSync(join(import.meta.dirname, 'node_modules', '.snippets-'))
after(() => {
  close()
  rmSync(folder, { recursive: true, force: true })
})

const load = async (name: string, code: string) => {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, localized(code))
  return import(pathToFileURL(file).href)
}

const listen = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A test that fails does not close the server, which would keep the process alive.
  server.unref()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('the snippet for Express', () => {
  holds(async (tokens) => {
    const { app } = await load('express', snippet(page, 'Express', 'js'))
    const url = await listen(app)
    return Promise.all(tokens.map((jwt) => byBearer((init) => fetch(`${url}/me`, init), jwt)))
  })
})

/** What Fastify answers, without a server. */
const inject = async (
  app: { inject: (request: object) => Promise<{ statusCode: number; body: string }> },
  jwt: string,
) =>
  byBearer(async ({ headers }) => {
    const { statusCode, body } = await app.inject({ url: '/me', headers })
    return new Response(body, { status: statusCode })
  }, jwt)

describe('the snippet for Fastify', () => {
  const code = snippet(page, 'Fastify', 'js')

  holds(async (tokens) => {
    const { app } = await load('fastify', code)
    return Promise.all(tokens.map((jwt) => inject(app, jwt)))
  })

  it('finds the keys by discovery too', async () => {
    const { app } = await load('fastify-discovery', code.replace(/jwksPath: '[^']+'/, 'providerDiscovery: true'))

    assert.equal(await inject(app, await token()), true)
  })
})

describe('the snippet for Next', () => {
  holds(async (tokens) => {
    const { proxy } = await load('next', snippet(page, 'Next', 'js').replace("'next/server'", "'next/server.js'"))
    const { NextRequest } = await import('next/server.js')
    const one = async (jwt: string) => {
      const headers = { Cookie: `__Host-token=${jwt}` }
      const response: Response = await proxy(new NextRequest('https://www.example.com/account', { headers }))
      if (response.headers.get('x-middleware-next') === '1') return true
      assert.equal(response.headers.get('Location'), 'https://www.example.com/auth/login')
      return false
    }
    return Promise.all(tokens.map(one))
  })

  it('answers 503 while the keys are missing, and does not redirect to the log-in', async () => {
    const gone = await serve(() => undefined)
    gone.close()
    const code = snippet(page, 'Next', 'js').replace("'next/server'", "'next/server.js'")
    const file = join(folder, 'next-without-keys.mjs')
    writeFileSync(file, code.replaceAll('https://auth.example.com', gone.origin))
    const { proxy } = await import(pathToFileURL(file).href)
    const { NextRequest } = await import('next/server.js')
    const headers = { Cookie: `__Host-token=${await token()}` }

    const response: Response = await proxy(new NextRequest('https://www.example.com/account', { headers }))

    assert.equal(response.status, 503)
  })
})

describe('Ed25519 keys', () => {
  it('are refused by get-jwks and accepted by Auth0’s library, as the page says', async () => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA')
    const jwk = { ...(await exportJWK(publicKey)), kid: 'first', alg: 'EdDSA', use: 'sig' }
    const keys = await serve((_, response) => response.end(JSON.stringify({ keys: [jwk] })))
    const code = (heading: string) => snippet(page, heading, 'js').replaceAll('ES256', 'EdDSA')
    const at = (heading: string) => code(heading).replaceAll('https://auth.example.com', keys.origin)
    writeFileSync(join(folder, 'fastify-ed.mjs'), at('Fastify'))
    writeFileSync(join(folder, 'express-ed.mjs'), at('Express'))
    const { app: fastify } = await import(pathToFileURL(join(folder, 'fastify-ed.mjs')).href)
    const { app: express } = await import(pathToFileURL(join(folder, 'express-ed.mjs')).href)
    const jwt = await token({
      header: { alg: 'EdDSA' },
      claims: { iss: keys.origin, aud: keys.origin },
      key: privateKey,
    })

    const refused = await fastify.inject({ url: '/me', headers: { Authorization: `Bearer ${jwt}` } })
    const url = await listen(express)
    const taken = await byBearer((init) => fetch(`${url}/me`, init), jwt)
    keys.close()

    assert.equal(refused.statusCode, 503)
    assert.equal(taken, true)
  })
})

describe('Hono with its defaults', () => {
  it('refuses the type of our tokens, as the page says', async () => {
    const { Hono } = await import('hono')
    const { jwk } = await import('hono/jwk')
    const plain = jwk({ jwks_uri: `${origin}/.well-known/jwks.json`, alg: ['ES256'] })
    const app = new Hono<{ Variables: { jwtPayload: { sub: string } } }>()
    app.get('/me', plain, (c) => c.json({ id: c.get('jwtPayload').sub }))
    const ask = (jwt: string) => byBearer((init) => app.request('/me', init), jwt)

    assert.equal(await ask(await token()), false)
    assert.equal(await ask(await token({ header: { typ: 'JWT' } })), true)
  })
})
