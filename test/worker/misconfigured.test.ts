import { env } from 'cloudflare:workers'
import { base64url, exportJWK, generateKeyPair, type JWK } from 'jose'
import { describe, it } from 'vitest'
import { readSettings } from '../../src/settings.ts'
import { logIn, member, profile, signedInUser, startApp } from '../support/app/support.ts'
import { logged } from './setup.ts'

const local = 'http://localhost:8787'
const deployed = { APP_URL: 'https://auth.example.com', PASSWORD_SCRYPT: undefined }

const random = (bytes = 32) => base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)))
const [key] = (JSON.parse(env.SIGNING_KEYS) as { keys: JWK[] }).keys as [JWK]
const jwks = (...keys: object[]) => JSON.stringify({ keys })
const without = (name: string) => Object.fromEntries(Object.entries(key).filter(([member]) => member !== name))
const secret = random()

type Row = { setting: string; why: string; value?: string; vars?: Record<string, string | undefined> }

const templates = [
  'VERIFY_EMAIL_URL',
  'REJECT_REGISTRATION_URL',
  'RESET_PASSWORD_URL',
  'CONFIRM_EMAIL_URL',
  'CANCEL_EMAIL_URL',
  'END_SESSION_URL',
]

const numbers = [
  { setting: 'ACCESS_TOKEN_EXPIRE_MINUTES', least: 1, most: 60 },
  { setting: 'REFRESH_TOKEN_EXPIRE_DAYS', least: 1, most: 365 },
  { setting: 'SESSION_MAX_DAYS', least: 1, most: 365 },
  { setting: 'REFRESH_GRACE_SECONDS', least: 0, most: 60 },
  { setting: 'PASSWORD_RESET_TOKEN_EXPIRE_MINUTES', least: 5, most: 1440 },
  { setting: 'EMAIL_VERIFICATION_EXPIRE_HOURS', least: 1, most: 168 },
  { setting: 'PASSWORD_MIN_LENGTH', least: 8, most: 64 },
  { setting: 'AUDIT_RETENTION_DAYS', least: 1, most: 3650 },
]

const wrong: Row[] = [
  { setting: 'SIGNING_KEYS', why: 'missing' },
  { setting: 'SIGNING_KEYS', why: 'empty', value: '' },
  { setting: 'SIGNING_KEYS', why: 'not JSON', value: 'your-secret-key' },
  { setting: 'SIGNING_KEYS', why: 'without a key', value: jwks() },
  { setting: 'SIGNING_KEYS', why: 'a key and not a set', value: JSON.stringify(key) },
  { setting: 'SIGNING_KEYS', why: 'public', value: jwks(without('d')) },
  { setting: 'SIGNING_KEYS', why: 'without a kid', value: jwks(without('kid')) },
  { setting: 'SIGNING_KEYS', why: 'without half of the public key', value: jwks(without('y')) },
  { setting: 'SIGNING_KEYS', why: 'two keys of one kid', value: jwks(key, key) },
  { setting: 'SIGNING_KEYS', why: 'a shared secret', value: jwks({ kty: 'oct', k: secret, kid: 'a', alg: 'HS256' }) },
  { setting: 'SIGNING_KEYS', why: 'of another curve', value: jwks({ ...key, crv: 'secp256k1' }) },
  { setting: 'SIGNING_KEYS', why: 'of a curve that its type does not have', value: jwks({ ...key, crv: 'Ed25519' }) },
  { setting: 'SIGNING_KEYS', why: 'for an algorithm that is not its own', value: jwks({ ...key, alg: 'EdDSA' }) },
  { setting: 'SIGNING_KEYS', why: 'for no algorithm', value: jwks({ ...key, alg: 'none' }) },
  { setting: 'SIGNING_KEYS', why: 'too short', value: jwks({ ...key, d: 'AQ' }) },
  { setting: 'TOKEN_KEYS', why: 'missing' },
  { setting: 'TOKEN_KEYS', why: 'empty', value: '' },
  { setting: 'TOKEN_KEYS', why: 'without an id', value: secret },
  { setting: 'TOKEN_KEYS', why: 'typed', value: 'a.your-secret-key' },
  { setting: 'TOKEN_KEYS', why: 'of 31 bytes', value: `a.${random(31)}` },
  { setting: 'TOKEN_KEYS', why: 'of one byte 32 times', value: `a.${'A'.repeat(43)}` },
  { setting: 'TOKEN_KEYS', why: 'two keys of one id', value: `a.${secret},a.${random()}` },
  { setting: 'TOKEN_KEYS', why: 'one key twice', value: `a.${secret},b.${secret}` },
  { setting: 'TOKEN_KEYS', why: 'one good and one weak', value: `a.${secret},b.abc` },
  { setting: 'TOKEN_KEYS', why: 'with a comma at its end', value: `a.${secret},` },
  { setting: 'TOKEN_KEYS', why: 'with an id that has a full stop', value: `a.b.${secret}` },
  { setting: 'APP_URL', why: 'missing' },
  { setting: 'APP_URL', why: 'empty', value: '' },
  { setting: 'APP_URL', why: 'without a scheme', value: 'auth.example.com' },
  { setting: 'APP_URL', why: 'with a path', value: 'https://auth.example.com/auth' },
  { setting: 'APP_URL', why: 'with a query', value: 'https://auth.example.com/?x=1' },
  { setting: 'APP_URL', why: 'with a user', value: 'https://sentinel@auth.example.com' },
  { setting: 'APP_URL', why: 'of another scheme', value: 'javascript:alert(1)' },
  { setting: 'APP_URL', why: 'http and not local', value: 'http://auth.example.com' },
  { setting: 'APP_URL', why: 'http and only looks local', value: 'http://localhost.evil.example' },
  { setting: 'FRONTEND_URL', why: 'without a scheme', value: 'www.example.com' },
  { setting: 'FRONTEND_URL', why: 'of another scheme', value: 'javascript:alert(1)' },
  { setting: 'FRONTEND_URL', why: 'with a query', value: 'https://www.example.com/?a=sentinel' },
  { setting: 'FRONTEND_URL', why: 'with a fragment', value: 'https://www.example.com/#sentinel' },
  {
    setting: 'FRONTEND_URL',
    why: 'http where APP_URL is not local',
    vars: { ...deployed, FRONTEND_URL: 'http://www.example.com' },
  },
  { setting: 'CORS_ORIGINS', why: 'any', value: '*' },
  { setting: 'CORS_ORIGINS', why: 'null', value: 'null' },
  ...[
    ['for any host of a suffix', 'https://*.com'],
    ['for any host of a suffix of two labels', 'https://*.co.uk'],
    ['below localhost', 'https://*.localhost:3000'],
    ['below a shared host', 'https://*.pages.dev'],
    ['below a shared host, in capitals', 'https://*.WORKERS.dev'],
    ['below a shared host, with a port', 'https://*.vercel.app:8443'],
    ['below a shared host, with a full stop at its end', 'https://*.netlify.app.'],
    ['below a shared host, with a slash', 'https://*.github.io/'],
    ['below a host of a region', 'https://*.s3.eu-west-1.amazonaws.com'],
    ['of two labels', 'https://*.*.example.com'],
    ['of a part of a label', 'https://pr-*.example.com'],
    ['in the middle', 'https://www.*.example.com'],
    ['over http', 'http://*.example.com'],
    ['of addresses', 'https://*.0.0.1'],
    ['of an app', 'chrome-extension://*'],
    ['of apps', 'tauri://*.localhost'],
  ].map(([why, value]) => ({ setting: 'CORS_ORIGINS', why: `a pattern ${why}`, value: value! })),
  { setting: 'CORS_ORIGINS', why: 'of a scheme that no app has', value: 'javascript://sentinel' },
  { setting: 'CORS_ORIGINS', why: 'of files', value: 'file://' },
  { setting: 'CORS_ORIGINS', why: 'of an app with a path', value: 'capacitor://localhost/sentinel' },
  { setting: 'CORS_ORIGINS', why: 'of an app without a host', value: 'capacitor://' },
  ...['APP_URL', 'FRONTEND_URL'].flatMap((setting) => [
    { setting, why: 'a pattern', value: 'https://*.sentinel.example' },
    { setting, why: 'of an app', value: 'capacitor://localhost' },
  ]),
  ...templates.map((setting) => ({ setting, why: 'of an app', value: 'capacitor://localhost/#{token}' })),
  { setting: 'CORS_ORIGINS', why: 'with a user', value: 'https://sentinel@www.example.com' },
  { setting: 'CORS_ORIGINS', why: 'with a path', value: 'https://www.example.com/sentinel' },
  { setting: 'CORS_ORIGINS', why: 'one good and one bad', value: 'https://www.example.com, sentinel' },
  { setting: 'MAIL_FROM', why: 'missing' },
  { setting: 'MAIL_FROM', why: 'empty', value: '' },
  { setting: 'MAIL_FROM', why: 'no address', value: 'sentinel' },
  { setting: 'MAIL_FROM', why: 'an address with a name', value: 'Sentinel <no-reply@example.com>' },
  { setting: 'MAIL_FROM', why: 'two lines', value: 'no-reply@example.com\r\nBcc: sentinel@example.com' },
  { setting: 'MAIL_FROM_NAME', why: 'too long', value: 'sentinel'.repeat(8) },
  { setting: 'APP_NAME', why: 'empty', value: ' ' },
  { setting: 'APP_NAME', why: 'too long', value: 'sentinel'.repeat(8) },
  { setting: 'REGISTRATION', why: 'unknown', value: 'sentinel' },
  { setting: 'REGISTRATION', why: 'empty', value: '' },
  { setting: 'REGISTRATION_DOMAINS', why: 'a pattern', value: '*.example.com' },
  { setting: 'REGISTRATION_DOMAINS', why: 'with an @', value: '@example.com' },
  { setting: 'REGISTRATION_DOMAINS', why: 'one good and one bad', value: 'example.com sentinel' },
  { setting: 'EMAIL_VERIFICATION', why: 'unknown', value: 'off' },
  { setting: 'EMAIL_VERIFICATION', why: 'empty', value: '' },
  { setting: 'TOKEN_TRANSPORT', why: 'unknown', value: 'cookies' },
  { setting: 'ACCESS_TOKEN_TYPE', why: 'unknown', value: 'sentinel' },
  { setting: 'ACCESS_TOKEN_TYPE', why: 'in other letters', value: 'jwt' },
  { setting: 'DOCS', why: 'unknown', value: 'false' },
  { setting: 'THROTTLE_FACTOR', why: 'no number', value: 'sentinel' },
  { setting: 'THROTTLE_FACTOR', why: 'nothing', value: '0' },
  { setting: 'THROTTLE_FACTOR', why: 'negative', value: '-1' },
  { setting: 'THROTTLE_FACTOR', why: 'without end', value: 'Infinity' },
  {
    setting: 'THROTTLE_FACTOR',
    why: 'above 1 where APP_URL is not local',
    vars: { ...deployed, THROTTLE_FACTOR: '1.1' },
  },
  { setting: 'PASSWORD_SCRYPT', why: 'unreadable', value: 'sentinel' },
  { setting: 'PASSWORD_SCRYPT', why: 'more than an isolate has', value: 'ln=16,r=8,p=2' },
  { setting: 'PASSWORD_SCRYPT', why: 'of another r', value: 'ln=15,r=16,p=3' },
  { setting: 'PASSWORD_SCRYPT', why: 'of no pass', value: 'ln=15,r=8,p=0' },
  ...['ln=15,r=8,p=2', 'ln=14,r=8,p=4', 'ln=13,r=8,p=9', 'ln=12,r=8,p=10', 'ln=1,r=8,p=1'].map((cost) => ({
    setting: 'PASSWORD_SCRYPT',
    why: `weak (${cost}) where APP_URL is not local (ASVS 11.4.2)`,
    vars: { ...deployed, PASSWORD_SCRYPT: cost },
  })),
  {
    setting: 'REFRESH_TOKEN_EXPIRE_DAYS',
    why: 'more than SESSION_MAX_DAYS',
    vars: { REFRESH_TOKEN_EXPIRE_DAYS: '31', SESSION_MAX_DAYS: '30' },
  },
  { setting: 'TOKENS_NOT_BEFORE', why: 'no time', value: 'sentinel' },
  { setting: 'TOKENS_NOT_BEFORE', why: 'a day', value: '2026-01-31' },
  { setting: 'TOKENS_NOT_BEFORE', why: 'without a zone', value: '2026-01-31T12:00:00' },
  { setting: 'PROXY_KEY', why: 'short', value: 'sentinel' },
  { setting: 'PROXY_KEY', why: 'empty', value: '' },
  { setting: 'CLOUDINARY_URL', why: 'of another scheme', value: 'https://sentinel.example.com' },
  { setting: 'CLOUDINARY_URL', why: 'without a secret', value: 'cloudinary://123456789@sentinel' },
  ...numbers.flatMap(({ setting, least, most }) =>
    [`${least - 1}`, `${most + 1}`, `${least}.5`, 'sentinel', '', ' ', '-1', 'NaN', '1e1', '0x10'].map((value) => ({
      setting,
      why: `"${value}"`,
      value,
    })),
  ),
  ...templates.flatMap((setting) => [
    { setting, why: 'without {token}', value: 'https://www.example.com/sentinel' },
    { setting, why: 'no URL', value: '/sentinel#{token}' },
    { setting, why: 'of another scheme', value: 'javascript:alert("{token}")' },
    {
      setting,
      why: 'http where APP_URL is not local',
      vars: { ...deployed, [setting]: 'http://www.example.com/#{token}' },
    },
  ]),
]

const settingOf = ({ setting, value, vars }: Row): Record<string, string | undefined> => vars ?? { [setting]: value }

const asked = [
  'GET /',
  'GET /health/ready',
  'GET /docs',
  'GET /.well-known/jwks.json',
  'GET /api/user/profile',
  'POST /api/auth/login',
  'GET /nothing',
]

/** The origin of an app, even if its APP_URL is what is wrong. */
const at = (vars: Record<string, string | undefined>) =>
  vars.APP_URL?.startsWith('https://auth') ? deployed.APP_URL : local

describe('a setting that is wrong', () => {
  it.for(wrong)(
    'stops the service: $setting, $why (A-37, ASVS 11.2.3, 13.2.3, 16.5.2, 16.5.3)',
    async (row, { expect }) => {
      const vars = settingOf(row)
      const app = startApp({ vars })

      const healthy = await app.request(`GET ${at(vars)}/health`)
      const refused = await app.request(`GET ${at(vars)}/api/user/profile`)

      const lines = logged()
      const text = await refused.text()
      const health = (await healthy.json()) as { status: string; settings: string[] }
      expect([healthy.status, health.status]).toEqual([503, 'misconfigured'])
      const named = health.settings.map((fault) => fault.split(/[.:]/)[0])
      expect(named).toContain(row.setting)
      // A developer is told what is wrong at a local service. A deployed one reveals only the names.
      expect(health.settings.some((fault) => fault.includes(': '))).toBe(at(vars) === local)
      expect(JSON.stringify(health)).not.toMatch(/sentinel/i)
      expect(refused.status).toBe(500)
      expect(JSON.parse(text)).toMatchObject({ code: 'misconfigured', status: 500 })
      expect(text).not.toContain(row.setting)
      expect(lines).toHaveLength(1)
      const line = JSON.parse(lines[0]!)
      expect(line).toMatchObject({ level: 'error', code: 'misconfigured' })
      expect(line.detail.split(/[.:]/)[0]).toBe(row.setting)
      expect(lines[0]).not.toMatch(/sentinel/i)
      expect(lines[0]).not.toContain(secret)
      expect(lines[0]).not.toContain(key.d)
      expect(lines[0]).not.toContain('your-secret-key')
      expect(app.counter.trips).toBe(0)
    },
  )

  it.for(asked)('answers nothing else either: %s (A-37)', async (operation, { expect }) => {
    const app = startApp({ vars: { TOKEN_KEYS: 'a.weak' } })

    const refused = await app.request(operation)

    expect(refused.status).toBe(500)
    expect(await refused.json()).toMatchObject({ code: 'misconfigured' })
    expect(refused.headers.get('Content-Type')).toBe('application/problem+json')
    expect(refused.headers.get('Strict-Transport-Security')).toMatch(/^max-age=63072000/)
    expect(logged()).toHaveLength(1)
  })

  it('is named together with the others that are wrong', async ({ expect }) => {
    const app = startApp({ vars: { TOKEN_KEYS: 'a.weak', MAIL_FROM: undefined, DOCS: 'maybe' } })

    await app.request('GET /')

    const [line, ...more] = logged()
    expect(JSON.parse(line!).detail).toMatch(/MAIL_FROM.*DOCS.*TOKEN_KEYS/)
    expect(more).toEqual([])
  })
})

describe('a setting that is right', () => {
  const { privateKey } = {
    privateKey: generateKeyPair('Ed25519', { extractable: true }).then((pair) => pair.privateKey),
  }
  const rows: Row[] = [
    { setting: 'APP_URL', why: 'on the machine itself', value: 'http://127.0.0.1:8787' },
    { setting: 'APP_URL', why: 'with a slash at its end', value: 'http://localhost:8787/' },
    { setting: 'APP_URL', why: 'of a deployment', vars: deployed },
    { setting: 'FRONTEND_URL', why: 'empty', value: '' },
    { setting: 'FRONTEND_URL', why: 'with a path', value: 'https://www.example.com/app/' },
    {
      setting: 'CORS_ORIGINS',
      why: 'several',
      value: 'https://www.example.com, https://app.example.com http://localhost:4321',
    },
    {
      setting: 'CORS_ORIGINS',
      why: 'patterns and apps',
      value:
        'https://*.site.pages.dev,https://*.example.com:8443 capacitor://localhost ionic://localhost tauri://localhost app://- chrome-extension://abcdefghijklmnopabcdefghijklmnop moz-extension://5f2b7f9c-0d5c-4f0e-9d46-1f0c8f6ff3a1 safari-web-extension://5F2B7F9C-0D5C-4F0E-9D46-1F0C8F6FF3A1',
    },
    { setting: 'REGISTRATION_DOMAINS', why: 'several', value: 'example.com,bücher.example' },
    { setting: 'TOKEN_KEYS', why: 'several', value: `a.${secret}, b.${random(64)}` },
    { setting: 'SIGNING_KEYS', why: 'without the algorithm', value: jwks(without('alg')) },
    { setting: 'THROTTLE_FACTOR', why: 'below 1', vars: { ...deployed, THROTTLE_FACTOR: '0.5' } },
    ...['ln=15,r=8,p=3', 'ln=14,r=8,p=5', 'ln=13,r=8,p=10'].map((cost) => ({
      setting: 'PASSWORD_SCRYPT',
      why: `of OWASP's (${cost})`,
      vars: { ...deployed, PASSWORD_SCRYPT: cost },
    })),
    { setting: 'TOKENS_NOT_BEFORE', why: 'empty', value: '' },
    { setting: 'TOKENS_NOT_BEFORE', why: 'a time with its zone', value: '2026-01-31T12:00:00+01:00' },
    { setting: 'PROXY_KEY', why: 'long', value: random() },
    {
      setting: 'CLOUDINARY_URL',
      why: "as Cloudinary's console has it",
      value: `cloudinary://123456789:${random(20)}@cloud`,
    },
    ...numbers.flatMap(({ setting, least, most }) => [
      { setting, why: `${least}`, value: `${least}` },
      { setting, why: `${most}`, value: `${most}` },
      { setting, why: 'left out' },
    ]),
    ...templates.flatMap((setting) => [
      { setting, why: 'https', vars: { ...deployed, [setting]: 'https://www.example.com/#{token}' } },
      { setting, why: 'http on the machine itself', value: 'http://localhost:4321/#{token}' },
      { setting, why: 'empty', value: '' },
    ]),
    { setting: 'ACCESS_TOKEN_TYPE', why: 'at+jwt', value: 'at+jwt' },
    { setting: 'ACCESS_TOKEN_TYPE', why: 'JWT', value: 'JWT' },
    ...[
      'MAIL_FROM_NAME',
      'REGISTRATION',
      'EMAIL_VERIFICATION',
      'TOKEN_AUDIENCE',
      'TOKEN_TRANSPORT',
      'ACCESS_TOKEN_TYPE',
      'DOCS',
    ].map((setting) => ({ setting, why: 'left out' })),
  ]

  // These two settings may contradict each other. With these values, any valid value of the other one is accepted.
  const apart = { REFRESH_TOKEN_EXPIRE_DAYS: '1', SESSION_MAX_DAYS: '365' }
  const alone = rows.map((row) => ({
    ...row,
    vars: { ...apart, ...settingOf(row) } as Record<string, string | undefined>,
  }))
  it.for(alone)('is accepted: $setting, $why', async ({ vars }, { expect }) => {
    const app = startApp({ vars })

    const reply = await app.request(`GET ${vars.APP_URL ?? local}${vars.APP_URL?.endsWith('/') ? '' : '/'}`)

    expect(reply.status).toBe(200)
  })

  it('is read once, into numbers, keys and booleans', async ({ expect }) => {
    const { publicJwk, privateJwk, ...signing } = readSettings(env).signingKeys[0]!

    const settings = readSettings({
      ...env,
      CORS_ORIGINS: 'https://www.example.com/',
      FRONTEND_URL: 'https://app.example.com/x/',
    })

    expect(settings).toMatchObject({
      appUrl: local,
      secure: false,
      frontendUrl: 'https://app.example.com/x',
      accessTokenSeconds: 900,
      refreshTokenSeconds: 604_800,
      sessionSeconds: 2_592_000,
      refreshGraceSeconds: 30,
      passwordResetSeconds: 1800,
      emailVerificationSeconds: 86_400,
      passwordMinLength: 8,
      docs: true,
      verificationRequired: true,
      tokenAudience: local,
    })
    const asked = [local, 'https://app.example.com', 'https://www.example.com', 'https://example.com', 'null', '']
    expect(asked.map((origin) => settings.origins.has(origin))).toEqual([true, true, true, false, false, false])
    expect(signing).toEqual({ kid: 'first', alg: 'ES256' })
    expect(Object.keys(publicJwk)).not.toContain('d')
    expect(privateJwk).toMatchObject({ ...publicJwk, d: key.d })
  })

  it('of an Ed25519 key signs tokens that this service accepts, and shows no private part', async ({ expect }) => {
    const jwk = { ...(await exportJWK(await privateKey)), kid: 'ed' }
    const app = startApp({ vars: { SIGNING_KEYS: jwks(jwk, key) } })
    const { access_token } = await signedInUser(app)

    const me = await profile(app, access_token)
    const { keys } = (await (await app.call('GET /.well-known/jwks.json')).json()) as { keys: JWK[] }

    expect(me.status).toBe(200)
    expect(keys.map(({ kid, alg }) => `${kid} ${alg}`)).toEqual(['ed EdDSA', 'first ES256'])
    expect(keys.flatMap(Object.keys)).not.toContain('d')
  })
})

describe('a service with an https APP_URL', () => {
  it.for(['GET /', 'POST /api/auth/login', 'GET /api/user/profile', 'GET /nothing'])(
    'refuses %s over plain http, without a redirect (ASVS 4.1.2, 12.2.1)',
    async (operation, { expect }) => {
      const email = await member(startApp())
      const { access_token } = await logIn(startApp(), email)
      const app = startApp({ vars: deployed })
      const [method, path] = operation.split(' ')

      const refused = await app.request(`${method} http://auth.example.com${path}`, { bearer: access_token })

      expect(refused.status).toBe(403)
      expect(await refused.json()).toMatchObject({ code: 'forbidden' })
      expect(refused.headers.get('Location')).toBeNull()
    },
  )

  it('reports over plain http that it is healthy', async ({ expect }) => {
    const app = startApp({ vars: deployed })

    const reply = await app.request('GET http://auth.example.com/health')

    expect(reply.status).toBe(200)
  })
})
