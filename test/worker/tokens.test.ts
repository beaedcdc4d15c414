import { env } from 'cloudflare:workers'
import {
  base64url,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
  jwtVerify,
} from 'jose'
import { describe, it, vi } from 'vitest'
import type { SignedIn } from '../../src/domain/model.ts'
import { bitTurned, extension, resigned, signingKeys, withHeader } from '../support/app/forged-tokens.ts'
import {
  codeOf,
  linkIn,
  logIn,
  member,
  profile,
  refresh,
  register,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'

const url = 'http://localhost:8787'
const utf8 = new TextEncoder()
const publicJwk = async (app: TestApp) =>
  ((await (await app.call('GET /.well-known/jwks.json')).json()) as { keys: JsonWebKey[] }).keys[0]!

type Tokens = { access: string; refresh: string; verify: string; reset: string }

/** One token of each kind, all valid at this moment. */
const oneOfEach = async (app: TestApp): Promise<Tokens> => {
  const session = await signedInUser(app)
  const waiting = someAddress()
  await register(app, waiting)
  const forgetful = await member(app)
  app.wait({ minutes: 2 })
  await app.call('POST /api/auth/forgot-password', { json: { email: forgetful } })
  return {
    access: session.access_token,
    refresh: session.refresh_token,
    verify: linkIn(app, waiting),
    reset: linkIn(app, forgetful),
  }
}

/** Returns the same bytes with spare bits of the last character set, if there are any. */
const respelled = (part: string) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return part.length % 4 === 0 ? undefined : part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)!) + 1]
}

describe('an access token', () => {
  it('has one spelling of its bytes, before and after it was verified once', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const parts = access_token.split('.')
    const spellings = parts.flatMap((part, at) => {
      const other = respelled(part)
      return other === undefined ? [] : [parts.with(at, other).join('.')]
    })

    const before = await Promise.all(spellings.map((token) => profile(app, token)))
    const genuine = await profile(app, access_token)
    const after = await Promise.all(spellings.map((token) => profile(app, token)))

    expect(spellings.length).toBeGreaterThan(0)
    expect(spellings.map((token) => base64url.decode(token.split('.')[2]!))).toEqual(
      spellings.map(() => base64url.decode(parts[2]!)),
    )
    expect([...before, ...after].map(({ status }) => status)).toEqual([...spellings, ...spellings].map(() => 401))
    expect(genuine.status).toBe(200)
    expect([genuine.headers.get('Gatehouse-User'), genuine.headers.get('Gatehouse-Role')]).toEqual([
      decodeJwt(access_token).sub,
      'user',
    ])
  })

  it('has what RFC 9068 requires, and nothing else', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInUser(app)
    const seconds = Math.floor(app.now().getTime() / 1000)

    const [header, claims] = [decodeProtectedHeader(access_token), decodeJwt(access_token)]

    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: 'first' })
    expect(claims).toEqual({
      iss: url,
      aud: url,
      client_id: 'gatehouse',
      sub: user.id,
      sid: expect.stringMatching(/^[\w-]{22}$/),
      jti: expect.any(String),
      iat: seconds,
      exp: seconds + 900,
      auth_time: seconds,
      amr: ['pwd'],
      acr: 'aal1',
      role: 'user',
      fresh: true,
    })
  })

  it('is fresh in the reply of a log-in or a re-authentication alone, and not after a refresh (ASVS 7.5.1)', async ({
    expect,
  }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const again = await stepUp(app, {
      bearer: user.access_token,
      json: { password: somePassword },
    })
    const reauthenticated = (await again.json()) as SessionBody

    const refreshed = (await (await refresh(app, reauthenticated.refresh_token)).json()) as SessionBody
    const replayed = (await (await refresh(app, reauthenticated.refresh_token)).json()) as SessionBody
    const crossed = (await (await refresh(app, refreshed.refresh_token)).json()) as SessionBody

    const claims = [user, reauthenticated, refreshed, replayed, crossed].map((reply) => decodeJwt(reply.access_token))
    expect(claims.map(({ fresh }) => fresh)).toEqual([true, true, undefined, undefined, undefined])
    expect(claims[2]).toEqual({ ...claims[1], fresh: undefined, jti: expect.any(String) })
  })

  it('is verified elsewhere with nothing but the JWKS', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInUser(app)
    const jwks = await app.call('GET /.well-known/jwks.json')
    const keys = createLocalJWKSet(await jwks.json())

    const { payload } = await jwtVerify(access_token, keys, { issuer: url, audience: url, typ: 'at+jwt' })

    expect(payload.sub).toBe(user.id)
    expect(jwks.headers.get('Cache-Control')).toBe('public, max-age=300')
  })

  it('names nobody, and is small enough for a cookie (N19, ASVS 3.3.5)', async ({ expect }) => {
    const app = startApp()
    const email = `${'a'.repeat(60)}@${'example.'.repeat(20)}com`
    await member(app, email)

    const { access_token } = await logIn(app, email)

    expect(JSON.stringify(decodeJwt(access_token))).not.toContain('example.')
    expect(access_token.length).toBeLessThan(1000)
  })

  it('has an id of its own each time, and so has its session (ASVS 7.2.2, 7.2.3)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)

    const claims = [
      decodeJwt((await logIn(app, email)).access_token),
      decodeJwt((await logIn(app, email)).access_token),
    ]

    expect(claims[0]!.jti).not.toBe(claims[1]!.jti)
    expect(claims[0]!.sid).not.toBe(claims[1]!.sid)
  })

  it.for(['at+jwt', 'JWT'])('is of the type %s if that is set, and of no other', async (type, { expect }) => {
    const other = type === 'JWT' ? 'at+jwt' : 'JWT'
    const app = startApp({ vars: { ACCESS_TOKEN_TYPE: type } })
    const changed = startApp({ vars: { ACCESS_TOKEN_TYPE: other } })

    const { access_token, refresh_token } = await signedInUser(app)
    const next = (await (await refresh(changed, refresh_token)).json()) as SessionBody

    expect(decodeProtectedHeader(access_token)).toEqual({ alg: 'ES256', typ: type, kid: 'first' })
    expect((await profile(app, access_token)).status).toBe(200)
    // The setting changes while sessions are live: earlier tokens are refused, and a refresh returns one that is
    // accepted.
    const refused = await profile(changed, access_token)
    expect([refused.status, await codeOf(refused)]).toEqual([401, 'invalid_token'])
    expect(decodeProtectedHeader(next.access_token).typ).toBe(other)
    expect((await profile(changed, next.access_token)).status).toBe(200)
  })

  it('is for the audience that is set (ASVS 9.2.3, 9.2.4, 10.3.1)', async ({ expect }) => {
    const app = startApp({ vars: { TOKEN_AUDIENCE: 'https://api.example.com' } })

    const { access_token } = await signedInUser(app)

    expect(decodeJwt(access_token).aud).toBe('https://api.example.com')
    expect((await profile(app, access_token)).status).toBe(200)
    expect((await profile(startApp(), access_token)).status).toBe(401)
  })

  it.for([
    { seconds: 904, status: 200, known: 'new to the isolate' },
    { seconds: 905, status: 401, known: 'new to the isolate' },
    { seconds: 904, status: 200, known: 'verified before' },
    { seconds: 905, status: 401, known: 'verified before' },
  ])(
    'answers $status after $seconds seconds, $known: 15 minutes and 5 for clocks (A-34, ASVS 9.2.1)',
    async (row, { expect }) => {
      const app = startApp()
      const { access_token } = await signedInUser(app)
      const iat = decodeJwt(access_token).iat! * 1000
      if (row.known === 'verified before') expect((await profile(app, access_token)).status).toBe(200)

      app.wait({ seconds: (iat - app.now().getTime()) / 1000 + row.seconds })
      const response = await profile(app, access_token)

      expect(response.status).toBe(row.status)
    },
  )

  it('expires by the clock of the service, not by the Date of the request (A-34)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const signedIn = app.now().toUTCString()

    app.wait({ hours: 1 })
    const response = await app.call('GET /api/user/profile', { bearer: access_token, headers: { Date: signedIn } })

    expect(response.status).toBe(401)
  })

  it('does not become valid again when the clock is set back after the session has ended (A-34, F16)', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token, refresh_token } = await signedInUser(app)
    app.wait({ minutes: 10 })
    await app.call('POST /api/auth/logout', { bearer: access_token })

    app.wait({ hours: -1 })

    expect((await refresh(app, refresh_token)).status).toBe(401)
  })
})

describe('access tokens that an isolate remembers', () => {
  it('are the newest thousand, and their content never changes', async ({ expect }) => {
    const { accessTokens, now } = startApp().services
    const issue = (n: number) => {
      const at = now()
      const session = { id: `session-${n}`, authTime: at, amr: 'pwd', mfaAt: null }
      return accessTokens.issue({ user: { id: `user-${n}`, role: 'user' }, session } as SignedIn, at)
    }
    const tokens = await Promise.all(Array.from({ length: 1001 }, (_, n) => issue(n)))
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const read = async (n: number) => (await accessTokens.read(tokens[n]!, now()))?.userId

    for (const n of tokens.keys()) await read(n)
    const once = verify.mock.calls.length
    const newest = [await read(1000), await read(1)]
    const asked = verify.mock.calls.length
    const oldest = await read(0)

    expect([once, asked, verify.mock.calls.length]).toEqual([1001, 1001, 1002])
    expect([...newest, oldest]).toEqual(['user-1000', 'user-1', 'user-0'])
    verify.mockRestore()
  })
})

describe('an access token that is signed', () => {
  const inAnHour = () => Math.floor(Date.now() / 1000) + 3600

  it.for([
    ['as it was (so that all below had something to refuse)', 200, {}],
    ['by the second key', 200, { key: signingKeys[1], header: { kid: 'second' } }],
    ['by the second key in the name of the first', 401, { key: signingKeys[1] }],
    ['by a key that is unknown', 401, { header: { kid: 'third' } }],
    ['without naming a key', 401, { header: { kid: undefined } }],
    ['for another issuer (ASVS 9.2.3)', 401, { claims: { iss: 'https://evil.example' } }],
    ['for another audience (ASVS 9.2.3)', 401, { claims: { aud: 'https://evil.example' } }],
    ['for ours and another audience (ASVS 9.2.4)', 401, { claims: { aud: [url, 'https://evil.example'] } }],
    ['for no audience (ASVS 9.2.3)', 401, { claims: { aud: undefined } }],
    ['as a JWT of another type (ASVS 9.2.2)', 401, { header: { typ: 'JWT' } }],
    ['as a JWT of no type (ASVS 9.2.2)', 401, { header: { typ: undefined } }],
    ['without an end (ASVS 9.2.1)', 401, { claims: { exp: undefined } }],
    ['with words for an end (ASVS 9.2.1)', 401, { claims: { exp: 'tomorrow' } }],
    ['with a string of digits for an end (ASVS 9.2.1)', 401, { claims: { exp: String(inAnHour()) } }],
    ['not to be used yet (ASVS 9.2.1)', 401, { claims: { nbf: inAnHour() } }],
    ['without a session', 401, { claims: { sid: undefined } }],
    ['with a number for a session', 401, { claims: { sid: 7 } }],
    ['with a session that never was', 401, { claims: { sid: 'A'.repeat(22) } }],
    ['without a subject', 401, { claims: { sub: undefined } }],
    ['without an id', 401, { claims: { jti: undefined } }],
    ['with a critical extension (A-08)', 401, { header: { crit: [extension], [extension]: 1 } }],
  ] as const)('%s answers %i (ASVS 9.2.1, 9.2.2, 9.2.3)', async ([, status, changes], { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await profile(app, await resigned(access_token, changes))

    expect(response.status).toBe(status)
  })

  it('does not decide the role, which is read from the database (ASVS 8.3.1)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await profile(app, await resigned(access_token, { claims: { role: 'admin' } }))

    expect(await response.json()).toMatchObject({ role: 'user' })
  })

  it('outlives a new key in front of its own, and not its own (F15, ASVS 11.2.2)', async ({ expect }) => {
    const { keys } = JSON.parse(env.SIGNING_KEYS)
    const { access_token } = await signedInUser(startApp())

    const rotated = startApp({ vars: { SIGNING_KEYS: JSON.stringify({ keys: [keys[1], keys[0]] }) } })
    const removed = startApp({ vars: { SIGNING_KEYS: JSON.stringify({ keys: [keys[1]] }) } })

    expect((await profile(rotated, access_token)).status).toBe(200)
    expect((await profile(removed, access_token)).status).toBe(401)
  })
})

describe('an access token that is forged', () => {
  it.for(['none', 'None', 'nOnE', 'NONE'])(
    'with alg %s is refused, with and without a signature (A-07)',
    async (alg, { expect }) => {
      const app = startApp()
      const { access_token } = await signedInUser(app)
      const header = { alg, typ: 'at+jwt', kid: 'first' }

      const answers = await Promise.all(
        ['', undefined].map(async (part) => (await profile(app, withHeader(access_token, header, part))).status),
      )

      expect(answers).toEqual([401, 401])
    },
  )

  it('with the public key as an HMAC secret is refused, in each of its forms (A-07, ASVS 9.1.2)', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const jwk = await publicJwk(app)
    const secrets = [JSON.stringify(jwk), `${jwk.x}${jwk.y}`, jwk.x!].map((text) => utf8.encode(text.padEnd(32)))

    const answers = await Promise.all(
      [...secrets, base64url.decode(jwk.x!)].map(async (key) => {
        const forged = await resigned(access_token, { key, header: { alg: 'HS256' } })
        return (await profile(app, forged)).status
      }),
    )

    expect(answers).toEqual([401, 401, 401, 401])
  })

  it.for([0, 1, 2] as const)('by one bit of part %i is refused (ASVS 9.1.1)', async (part, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await profile(app, bitTurned(access_token, part))

    expect(response.status).toBe(401)
    expect((await profile(app, access_token)).status).toBe(200)
  })

  it.for(['../../dev/null', "' OR 1=1--", '__proto__', 'constructor', '', 'first\0', 'x'.repeat(10_000)])(
    'with the kid %j is refused (A-08)',
    async (kid, { expect }) => {
      const app = startApp()
      const { access_token } = await signedInUser(app)

      const response = await profile(app, await resigned(access_token, { header: { kid } }))

      expect(response.status).toBe(401)
    },
  )

  it('that brings its key, or says where it lies, is refused and nothing is fetched (A-08, ASVS 9.1.3)', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = await crypto.subtle.exportKey('jwk', publicKey)
    const fetched = vi.spyOn(globalThis, 'fetch')
    const headers = [
      { jwk },
      { jku: 'https://evil.example/jwks' },
      { x5u: 'https://evil.example/x5u' },
      { x5c: ['AAAA'] },
    ]

    const answers = await Promise.all(
      headers.map(async (header) => {
        const forged = await resigned(access_token, { key: privateKey, header: { ...header, kid: 'first' } })
        return (await profile(app, forged)).status
      }),
    )

    expect(answers).toEqual([401, 401, 401, 401])
    expect(fetched).not.toHaveBeenCalled()
  })

  it('as an encrypted one that costs much to open is refused unopened (A-08)', async ({ expect }) => {
    const app = startApp()
    const header = { alg: 'PBES2-HS256+A128KW', enc: 'A128CBC-HS256', p2c: 2 ** 31, p2s: 'AAAA', kid: 'first' }
    const jwe = `${base64url.encode(JSON.stringify(header))}.AAAA.AAAA.AAAA.AAAA`

    const response = await profile(app, jwe)

    expect(response.status).toBe(401)
  })
})

describe('a token', () => {
  const doors = {
    access: (app: TestApp, token: string) => app.call('GET /api/user/profile', { bearer: token }),
    refresh: (app: TestApp, token: string) => app.call('POST /api/auth/refresh', { json: { refresh_token: token } }),
    verify: (app: TestApp, token: string) => app.call('POST /api/auth/verify-email', { json: { token } }),
    reset: (app: TestApp, token: string) =>
      app.call('POST /api/auth/reset-password', { json: { token, new_password: 'another fine passphrase' } }),
  }
  const kinds = ['access', 'refresh', 'verify', 'reset'] as const
  // A verification link also opens the reset: until the address is verified, the reader of its mail may choose the
  // password.
  const also = (kind: string, door: string) => kind === 'verify' && door === 'reset'
  const pairs = kinds.flatMap((door) => kinds.map((kind) => ({ door, kind, opens: door === kind || also(kind, door) })))

  it.for(pairs)(
    'of kind $kind at the door for $door: opens it, $opens (A-09, R11, ASVS 9.2.2)',
    async (row, { expect }) => {
      const app = startApp()
      const tokens = await oneOfEach(app)

      const response = await doors[row.door](app, tokens[row.kind])

      expect(response.ok).toBe(row.opens)
      expect(response.status).toBeLessThan(500)
    },
  )
})

describe('a link of one kind', () => {
  it('is refused by the operation of another, without asking the database (A-09)', async ({ expect }) => {
    const app = startApp()
    const tokens = await oneOfEach(app)

    // A verification link is not tried at the reset: for an unverified address, its reader may choose the password.
    const others = ['confirm-email', 'approve-email-change', 'end-sessions', 'undo-deletion']
    const pairs = [['verify-email', tokens.reset], ...others.map((door) => [door, tokens.verify])]

    for (const [door, token] of pairs) {
      const { response, trips } = await app.cost(`POST /api/auth/${door}`, { json: { token } })
      expect([response.status, trips], door).toEqual([400, 0])
    }
  })
})

describe('the server metadata', () => {
  it('leads a library to the issuer and the keys', async ({ expect }) => {
    const app = startApp()

    const response = await app.call('GET /.well-known/oauth-authorization-server')

    expect(await response.json()).toMatchObject({ issuer: url, jwks_uri: `${url}/.well-known/jwks.json` })
  })

  it('says the same where OpenID Connect looks, with what else that requires and what is true', async ({ expect }) => {
    const app = startApp()

    const plain = await app.call('GET /.well-known/oauth-authorization-server')
    const openId = await app.call('GET /.well-known/openid-configuration')

    expect(await openId.json()).toEqual({
      ...((await plain.json()) as object),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    })
    for (const { headers } of [plain, openId]) expect(headers.get('Cache-Control')).toBe('public, max-age=300')
  })

  it('names each algorithm of the keys once', async ({ expect }) => {
    const { privateKey } = await generateKeyPair('EdDSA', { extractable: true })
    const { keys } = JSON.parse(env.SIGNING_KEYS) as { keys: JWK[] }
    const mixed = [...keys, { ...(await exportJWK(privateKey)), kid: 'third', alg: 'EdDSA' }]
    const app = startApp({ vars: { SIGNING_KEYS: JSON.stringify({ keys: mixed }) } })

    const openId = await app.call('GET /.well-known/openid-configuration')

    expect(await openId.json()).toMatchObject({ id_token_signing_alg_values_supported: ['ES256', 'EdDSA'] })
  })

  it('contains no part of a private key', async ({ expect }) => {
    const app = startApp()

    const keys = ((await (await app.call('GET /.well-known/jwks.json')).json()) as { keys: JsonWebKey[] }).keys

    expect(keys.map(({ d, ...rest }) => ({ d, ...rest }))).toMatchObject([
      { d: undefined, kid: 'first', alg: 'ES256', use: 'sig' },
      { d: undefined, kid: 'second', alg: 'ES256', use: 'sig' },
    ])
    expect(await codeOf(await app.call('GET /.well-known/keys'))).toBe('not_found')
  })
})
