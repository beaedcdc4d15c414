import assert from 'node:assert/strict'
import { it } from 'node:test'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { serve } from './snippets.ts'

/** Access tokens as the service makes them, a server with their keys, and tokens that no verifier may take. */

const ours = await generateKeyPair('ES256', { extractable: true })
const others = await generateKeyPair('ES256', { extractable: true })
const jwk = { ...(await exportJWK(ours.publicKey)), kid: 'first', alg: 'ES256', use: 'sig' }

export const { origin, close } = await serve((request, response) => {
  const documents: Record<string, object> = {
    '/.well-known/jwks.json': { keys: [jwk] },
    '/.well-known/openid-configuration': { issuer: origin, jwks_uri: `${origin}/.well-known/jwks.json` },
  }
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(documents[request.url ?? ''] ?? {}))
})

type Change = {
  header?: Record<string, unknown>
  claims?: JWTPayload
  without?: string
  key?: CryptoKey | Uint8Array
}

/** Returns a token as the service makes it (src/domain/tokens.ts), with some changes. */
export const token = ({ header, claims, without, key = ours.privateKey }: Change = {}) => {
  const now = Math.floor(Date.now() / 1000)
  const payload: JWTPayload = {
    iss: origin,
    aud: origin,
    client_id: 'gatehouse',
    sub: '019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c',
    sid: 'Xq1b5n0l3Hc2y0m1Kk9d0w',
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 900,
    auth_time: now,
    role: 'user',
    ...claims,
  }
  if (without) delete payload[without]
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'first', ...header }).sign(key)
}

const past = Math.floor(Date.now() / 1000) - 60
const publicKeyAsSecret = new TextEncoder().encode(JSON.stringify(jwk))
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

export const refused: { what: string; token: () => Promise<string> }[] = [
  { what: 'of another type', token: () => token({ header: { typ: 'JWT' } }) },
  { what: 'without a type', token: () => token({ header: { typ: undefined } }) },
  { what: 'signed with another key', token: () => token({ key: others.privateKey }) },
  { what: 'that names a key nobody knows', token: () => token({ header: { kid: 'another' }, key: others.privateKey }) },
  {
    what: 'signed with the public key as a secret',
    token: () => token({ header: { alg: 'HS256' }, key: publicKeyAsSecret }),
  },
  {
    what: 'that says it needs no signature',
    token: async () => {
      const [, payload] = (await token()).split('.')
      return `${encode({ alg: 'none', typ: 'at+jwt', kid: 'first' })}.${payload}.`
    },
  },
  { what: 'of another issuer', token: () => token({ claims: { iss: 'https://auth.example.org' } }) },
  { what: 'for somebody else', token: () => token({ claims: { aud: 'https://api.example.org' } }) },
  { what: 'that has expired', token: () => token({ claims: { exp: past } }) },
  { what: 'that never expires', token: () => token({ without: 'exp' }) },
  { what: 'of nobody', token: () => token({ without: 'sub' }) },
  { what: 'of no session', token: () => token({ without: 'sid' }) },
]

/** Returns the code with this server in place of the service. */
export const localized = (code: string) => {
  const here = code.replaceAll('https://auth.example.com', origin)
  assert.notEqual(here, code)
  return here
}

/** Returns, for each of these tokens in order, whether a snippet accepts it. */
export type Verifier = (tokens: string[]) => Promise<boolean[]>

export const holds = (verify: Verifier) => {
  it('takes a genuine token, and no other (ASVS 9.1.1, 9.1.2, 9.2.1, 9.2.2, 9.2.3)', async () => {
    const tokens = [await token(), ...(await Promise.all(refused.map((other) => other.token())))]

    const answers = await verify(tokens)

    const what = ['a genuine one', ...refused.map((other) => other.what)]
    assert.deepEqual(
      answers.map((answer, i) => [what[i], answer]),
      what.map((name, i) => [name, i === 0]),
    )
  })
}

/** Whether a service accepts the token and knows whose it is. It must refuse with 401 only. */
export const byBearer = async (ask: (init: RequestInit) => Response | Promise<Response>, jwt: string) => {
  const response = await ask({ headers: { Authorization: `Bearer ${jwt}` } })
  if (response.status === 401) return false
  assert.equal(response.status, 200, await response.clone().text())
  return ((await response.json()) as { id: string }).id.length === 36
}
