import { beforeAll, describe, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { AuthError } from '../../src/domain/errors.ts'
import { errorCodes } from '../../src/domain/problems.ts'
import { countHashes } from '../support/app/hashes.ts'
import {
  codeOf,
  cookiesOf,
  member,
  refresh,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { logged } from './setup.ts'

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }
const grant_type = 'refresh_token'

/** What RFC 6749 §5.2 allows in `error_description`. */
const oauthText = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/

describe('the form of a refresh (RFC 6749 §6)', () => {
  it.for<{ what: string; more: Record<string, string> }>([
    { what: 'as OAuth has it', more: { grant_type } },
    { what: 'without its grant', more: {} },
    { what: 'with an empty grant', more: { grant_type: '' } },
    { what: 'with what other servers want', more: { grant_type, scope: 'openid', client_id: 'a', client_secret: 'b' } },
  ])('$what gives the next tokens', async ({ more }, { expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)

    const reply = await app.call('POST /api/auth/refresh?transport=body', { form: { ...more, refresh_token } })

    const next = (await reply.json()) as SessionBody
    expect(reply.status).toBe(200)
    expect(next.refresh_token).not.toBe(refresh_token)
    expect((await refresh(app, next.refresh_token)).status).toBe(200)
  })

  it.for(['/auth/refresh', '/refresh'])('is taken at %s too', async (path, { expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)

    const reply = await app.call(`POST ${path}`, { form: { grant_type, refresh_token } })

    expect(reply.status).toBe(200)
  })

  it('that is empty is no body: the cookie is read', async ({ expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)

    const reply = await app.call('POST /api/auth/refresh', { body: '', headers: formType, cookies: { refresh_token } })

    expect(reply.status).toBe(200)
    expect(cookiesOf(reply).refresh_token).not.toBe(refresh_token)
  })

  it.for([
    { what: 'no token', body: `grant_type=${grant_type}` },
    { what: 'an empty token', body: `grant_type=${grant_type}&refresh_token=` },
    { what: 'two tokens', body: 'refresh_token=a&refresh_token=b' },
    { what: 'two grants', body: 'refresh_token=a&grant_type=refresh_token&grant_type=refresh_token' },
    { what: 'a list', body: 'refresh_token[]=a' },
    { what: 'JSON', body: '{"refresh_token":"a"}' },
  ])('with $what is refused, and no cookie is read in its place', async ({ body }, { expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)

    const refused = await app.call('POST /api/auth/refresh', { body, headers: formType, cookies: { refresh_token } })

    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ code: 'validation_failed', error: 'invalid_request' })
    expect(refused.headers.getSetCookie()).toEqual([])
    app.wait({ minutes: 1 })
    expect((await refresh(app, refresh_token)).status).toBe(200)
  })

  it('that is sent twice gets one successor, and ends the session if it comes late', async ({ expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)
    const form = { grant_type, refresh_token }
    const ask = () => app.call('POST /api/auth/refresh?transport=body', { form })

    const [first, again] = [(await (await ask()).json()) as SessionBody, (await (await ask()).json()) as SessionBody]
    app.wait({ minutes: 15 })
    const late = await ask()

    expect(again.refresh_token).toBe(first.refresh_token)
    expect(late.status).toBe(400)
    expect(await late.json()).toMatchObject({ code: 'invalid_token', error: 'invalid_grant' })
    expect((await refresh(app, first.refresh_token)).status).toBe(401)
  })
})

describe('a grant that is not the operation’s own', () => {
  const log_in = 'POST /api/auth/login'
  const again = 'POST /api/auth/refresh'
  const foreign = ['client_credentials', 'authorization_code', 'Password', ' password', 'urn:x', 'null']
  const rows = [
    ...[...foreign, 'refresh_token'].map((grant) => ({ operation: log_in, grant })),
    ...[...foreign, 'password'].map((grant) => ({ operation: again, grant })),
  ]

  it.for(rows)('is refused: “$grant” at $operation (ASVS 10.4.4)', async ({ operation, grant }, { expect }) => {
    const app = startApp()
    const { email, refresh_token } = await signedInUser(app)
    const form = { username: email, password: somePassword, refresh_token, grant_type: grant }

    const refused = await app.call(operation, { form })

    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({
      code: 'unsupported_grant_type',
      error: 'unsupported_grant_type',
      error_description: expect.stringMatching(oauthText),
    })
    expect(refused.headers.getSetCookie()).toEqual([])
    app.wait({ minutes: 1 })
    expect((await refresh(app, refresh_token)).status).toBe(200)
  })

  it.for([log_in, again])(
    'is the only fault that %s reports of a form with other faults',
    async (operation, { expect }) => {
      const app = startApp()
      const hashes = countHashes()

      const refused = await app.call(operation, { form: { grant_type: 'client_credentials' } })
      const oneOfTwo = await app.call(operation, {
        body: 'grant_type=password&grant_type=refresh_token',
        headers: formType,
      })

      expect([await codeOf(refused), await codeOf(oneOfTwo)]).toEqual(Array(2).fill('unsupported_grant_type'))
      expect(hashes()).toBe(0)
    },
  )

  it('is ignored in JSON, which has no grants', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)

    const reply = await app.call(log_in, { json: { email, password: somePassword, grant_type: 'client_credentials' } })

    expect(reply.status).toBe(200)
  })
})

describe('a refusal of a form, for libraries of OAuth (RFC 6749 §5.2)', () => {
  let user: Awaited<ReturnType<typeof signedInUser>>
  const app: TestApp = startApp()
  beforeAll(async () => {
    user = await signedInUser(app)
  })

  const rows: { code: string; error: string; status: number; ask: (type: Record<string, string>) => unknown }[] = [
    {
      code: 'invalid_credentials',
      error: 'invalid_grant',
      status: 401,
      ask: (headers) =>
        app.call('POST /api/auth/login', bodyOf(headers, { username: user.email, password: 'a wrong one' })),
    },
    {
      code: 'invalid_token',
      error: 'invalid_grant',
      status: 401,
      ask: (headers) => app.call('POST /api/auth/refresh', bodyOf(headers, { refresh_token: 'x' })),
    },
    {
      code: 'validation_failed',
      error: 'invalid_request',
      status: 422,
      ask: (headers) => app.call('POST /api/auth/login', bodyOf(headers, { username: user.email })),
    },
    {
      code: 'payload_too_large',
      error: 'invalid_request',
      status: 413,
      ask: (headers) => app.call('POST /api/auth/refresh', bodyOf(headers, { refresh_token: 'x'.repeat(17_000) })),
    },
    {
      code: 'cross_site',
      error: 'invalid_request',
      status: 403,
      ask: (headers) =>
        app.call('POST /api/auth/login', bodyOf({ ...headers, Origin: 'https://evil.example' }, { password: 'x' })),
    },
    {
      code: 'rate_limited',
      error: 'temporarily_unavailable',
      status: 429,
      ask: async (headers) => {
        const strict = startApp({ vars: { THROTTLE_FACTOR: '0.01' } })
        const call = bodyOf(headers, { username: 'nobody@example.com', password: 'x' })
        for (let tries = 0; tries < 20; tries++) await strict.call('POST /api/auth/login', call)
        return strict.call('POST /api/auth/login', call)
      },
    },
    {
      code: 'misconfigured',
      error: 'server_error',
      status: 500,
      ask: async (headers) => {
        const broken = startApp({ vars: { TOKEN_KEYS: undefined } })
        const refused = await broken.call('POST /api/auth/refresh', bodyOf(headers, { refresh_token: 'x' }))
        logged()
        return refused
      },
    },
  ]
  const bodyOf = (headers: Record<string, string>, members: Record<string, string>) => {
    const isForm = headers['Content-Type'] !== 'application/json'
    return { headers, body: isForm ? new URLSearchParams(members).toString() : JSON.stringify(members) }
  }

  it.for(rows)('with $code is $error, and $status as ever', async ({ code, error, status, ask }, { expect }) => {
    const refused = (await ask({ 'Content-Type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8' })) as Response

    expect(refused.status).toBe(status)
    const { detail, ...problem } = (await refused.json()) as { detail: string }
    expect(problem).toMatchObject({ code, error, error_description: detail.replace(/[“”]/g, "'") })
    expect(problem).toMatchObject({ error_description: expect.stringMatching(oauthText) })
    expect(refused.headers.get('WWW-Authenticate') !== null).toBe(status === 401)
  })

  it.for<{ what: string; operation: string; form: Record<string, string> }>([
    {
      what: 'a wrong password',
      operation: 'POST /api/auth/login',
      form: { grant_type: 'password', username: 'x@y.example', password: 'x' },
    },
    {
      what: 'a refresh token that does not hold',
      operation: 'POST /api/auth/refresh',
      form: { grant_type, refresh_token: 'x' },
    },
  ])('is 400 without a challenge where the form names its grant: $what', async ({ operation, form }, { expect }) => {
    const refused = await app.call(operation, { form })

    expect(refused.status).toBe(400)
    expect(refused.headers.get('Content-Type')).toBe('application/json')
    expect(refused.headers.get('WWW-Authenticate')).toBeNull()
    expect(await refused.json()).toMatchObject({ status: 400, error: 'invalid_grant' })
  })

  it('is of OAuth’s type at operations that take its forms, and of problems elsewhere', async ({ expect }) => {
    const form = { username: 'x@y.example', password: 'x' }
    const json = { email: 'x@y.example', password: 'x' }

    const types = await Promise.all(
      [
        app.call('POST /api/auth/login', { form }),
        app.call('POST /auth/refresh', { form: { refresh_token: 'x' } }),
        app.call('POST /api/auth/login', { json }),
        app.call('POST /api/auth/forgot-password', { form }),
      ].map(async (reply) => (await reply).headers.get('Content-Type')),
    )

    expect(types).toEqual([...Array(2).fill('application/json'), ...Array(2).fill('application/problem+json')])
  })

  it.for(rows)('is not what JSON gets: $code', async ({ code, status, ask }, { expect }) => {
    const refused = (await ask({ 'Content-Type': 'application/json' })) as Response

    const problem = (await refused.json()) as object
    expect(refused.status).toBe(status)
    expect(problem).toMatchObject({ code })
    expect(problem).not.toHaveProperty('error')
    expect(problem).not.toHaveProperty('error_description')
  })

  it('of an unknown type gets a message that says so', async ({ expect }) => {
    const refused = await app.call('POST /api/auth/forgot-password', { form: { email: user.email } })

    expect(refused.status).toBe(415)
    expect(await refused.json()).toMatchObject({ code: 'unsupported_media_type', error: 'invalid_request' })
  })

  it.for(['login', 'refresh'])('of another type names both that are taken: %s', async (operation, { expect }) => {
    const type = 'multipart/form-data; boundary=x'

    const refused = await app.call(`POST /api/auth/${operation}`, { body: '--x--', headers: { 'Content-Type': type } })

    expect(refused.status).toBe(415)
    expect(await refused.json()).toMatchObject({ detail: expect.stringMatching(/JSON.*x-www-form-urlencoded/) })
  })

  /** The service with an operation that always ends like this. */
  const failing = (error: AuthError) =>
    createApp(() => {
      throw error
    }).request('http://localhost/api/auth/login', { method: 'POST', headers: formType, body: 'x=y' }, {})

  it.for(errorCodes)('has one of the words of OAuth for %s', async (code, { expect }) => {
    const problem = await (await failing(new AuthError(code))).json()

    expect(problem).toMatchObject({
      code,
      // OAuth has no word for a second factor; `mfa_required` is the usual one.
      error: expect.stringMatching(
        /^(invalid_(request|grant)|mfa_required|unsupported_grant_type|temporarily_unavailable|server_error)$/,
      ),
      error_description: expect.stringMatching(oauthText),
    })
  })

  it('uses no characters that OAuth does not allow', async ({ expect }) => {
    const detail = 'Not "this" \\ and not “that”,\n für Ada.'

    const problem = await (await failing(new AuthError('forbidden', { detail }))).json()

    expect(problem).toMatchObject({ detail, error_description: "Not 'this' ' and not 'that',' f'r Ada." })
  })
})
