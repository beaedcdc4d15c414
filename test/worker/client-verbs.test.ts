import { describe, expectTypeOf, it, vi } from 'vitest'
import * as published from '../../client/dist/index.js'
import {
  createClient,
  GatehouseError,
  memoryTokens,
  pages,
  type Words,
  words,
  wordsFor,
} from '../../client/dist/index.js'
import openApi from '../../docs/openapi.json'
import { errorCodes, problems } from '../../src/domain/problems.ts'
import { withoutVerb } from '../../tools/generate/client-tables.ts'
import { signedInAdmin } from '../support/app/administrators.ts'
import { codeOf, origin, wayTo } from '../support/app/client-support.ts'
import { twoColours } from '../support/app/pictures.ts'
import { userWithFactors } from '../support/app/second-factors.ts'
import { linkIn, member, somePassword as password, someAddress, startApp } from '../support/app/support.ts'

type Documented = {
  operationId: string
  parameters?: { in?: string; name?: string }[]
  requestBody?: { required?: boolean; content: Record<string, unknown> }
  responses: Record<string, { content?: Record<string, unknown> }>
}

const operations = Object.entries(openApi.paths)
  .filter(([path]) => path.startsWith('/api/'))
  .flatMap(([path, item]) =>
    Object.entries(item as unknown as Record<string, Documented>).map(([method, said]) => ({
      method: method.toUpperCase(),
      path,
      ...said,
    })),
  )

const isPage = ({ responses }: Documented) => 'text/html' in (responses[200]?.content ?? {})

/** A client whose requests go nowhere, and the requests that it sent. */
const recorded = () => {
  const sent: { method: string; path: string; search: string; type: string | null; body: unknown }[] = []
  const fetch = async (input: string, { method = '', headers, body }: RequestInit) => {
    const { pathname, search } = new URL(input)
    sent.push({ method, path: pathname, search, type: new Headers(headers).get('Content-Type'), body })
    return Response.json({})
  }
  return { auth: createClient({ url: origin, fetch }), sent }
}

type AnyVerb = (input?: object, options?: object) => Promise<unknown>
const verbsOf = (auth: ReturnType<typeof createClient>) => {
  const { admin, api: _, refresh: __, ...own } = auth
  return new Map(Object.entries({ ...own, ...admin }) as [string, AnyVerb][])
}

describe('the verbs of the client', () => {
  it('are the operations of the OpenAPI document, except those that are listed with a reason', ({ expect }) => {
    const named = operations.filter((operation) => !isPage(operation)).map(({ operationId }) => operationId)

    const verbs = [...verbsOf(recorded().auth).keys()]

    expect(verbs.sort()).toEqual(named.filter((id) => !(id in withoutVerb)).sort())
    for (const id of Object.keys(withoutVerb)) expect(named).toContain(id)
  })

  it.for(operations.filter((operation) => !isPage(operation) && !(operation.operationId in withoutVerb)))(
    '$operationId sends $method $path',
    async ({ operationId, method, path, parameters = [], requestBody }, { expect }) => {
      const { auth, sent } = recorded()
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name!)
      const input = Object.fromEntries(inPath.map((name) => [name, 'a b']))
      const content = requestBody?.content ?? {}
      const isForm = 'multipart/form-data' in content
      const more = method === 'GET' ? {} : isForm ? { file: new File([], 'a') } : requestBody ? { some: 'thing' } : {}

      await verbsOf(auth).get(operationId)!({ ...input, ...more })

      const [request] = sent
      expect(request).toMatchObject({ method, path: path.replaceAll(/\{\w+\}/g, 'a%20b') })
      if (isForm) expect(request!.body).toBeInstanceOf(FormData)
      else if (requestBody) expect(request).toMatchObject({ type: 'application/json', body: '{"some":"thing"}' })
      expect(auth.api).toBeDefined()
    },
  )

  it('put the other members of a read into the query, as text', async ({ expect }) => {
    const { auth, sent } = recorded()

    await auth.admin.listUsers({ search: 'a&b=ü', per_page: 50, email_verified: true, cursor: undefined })

    expect(sent[0]!.search).toBe('?search=a%26b%3D%C3%BC&per_page=50&email_verified=true')
  })

  it.for(['', '.', '..', undefined])('never send an id that would make another path: %j', async (id, { expect }) => {
    const { auth, sent } = recorded()

    await expect(auth.endSession({ id: id as string })).rejects.toThrow(TypeError)

    expect(sent).toEqual([])
  })

  it('refuse anything but a plain object, such as the event that a button passes', async ({ expect }) => {
    const { auth, sent } = recorded()

    await expect(auth.logOut(new Event('click') as object)).rejects.toThrow('logOut takes a plain object')

    expect(sent).toEqual([])
  })
})

describe('a life by verbs', () => {
  it('registers, verifies, logs in, changes and leaves', async ({ expect }) => {
    const app = startApp()
    const auth = createClient({ url: origin, fetch: wayTo(app).fetch, tokens: memoryTokens() })
    const email = someAddress()
    const [second, third] = ['a second fine passphrase', 'a third fine passphrase']

    await auth.register({ email, password, name: 'Ada' })
    await auth.verifyEmail({ token: linkIn(app, email) })
    const { user, proof } = await auth.logIn({ email, password })
    const changed = await auth.updateProfile({ name: 'Ada Lovelace', phone: null })
    await auth.uploadAvatar({ file: new File([await twoColours()], 'ada.png', { type: 'image/png' }) })
    await auth.deleteAvatar()
    // The session continues under another id, so these tokens are from the reply.
    await auth.changePassword({ current_password: password, new_password: second })
    const { sessions } = await auth.listSessions()
    app.wait({ minutes: 2 })
    await auth.forgotPassword({ email })
    await auth.resetPassword({ token: linkIn(app, email), new_password: third })
    const gone = await codeOf(auth.getProfile())
    await auth.logIn({ email, password: third })
    const exported = await auth.exportAccount()
    const again = await auth.reauthenticate({ password: third })
    const deleted = await auth.deleteAccount({}, { proof: again.proof })

    expect(proof).toEqual(expect.any(String))
    expect(changed).toMatchObject({ id: user.id, name: 'Ada Lovelace' })
    expect(sessions).toHaveLength(1)
    expect(gone).toBe('invalid_token')
    expect(exported.user.id).toBe(user.id)
    expect(deleted).not.toHaveProperty('erases_at')
    expect(await codeOf(auth.logIn({ email, password: third }))).toBe('invalid_credentials')
  })

  it('refreshes at once when asked to, and reports if there is nothing to refresh', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const way = wayTo(app)
    const tokens = memoryTokens()
    const auth = createClient({ url: origin, fetch: way.fetch, tokens })
    await auth.logIn({ email, password })
    const before = await tokens.get()

    await auth.refresh()
    const after = await tokens.get()
    await auth.logOut()

    expect(after!.refreshToken).not.toBe(before!.refreshToken)
    expect(after!.userId).toBe(before!.userId)
    expect(await codeOf(auth.refresh())).toBe('not_authenticated')
  })

  it('goes through all pages of a list', async ({ expect }) => {
    const app = startApp()
    const { email } = await signedInAdmin(app)
    await member(app)
    const auth = createClient({ url: origin, fetch: wayTo(app).fetch, tokens: memoryTokens() })
    await auth.logIn({ email, password })

    const sizes: number[] = []
    for await (const { users } of pages(auth.admin.listUsers, { per_page: 1 })) sizes.push(users.length)

    expect(sizes).toEqual(Array((await auth.admin.getStats()).total_users).fill(1))
    expect(sizes.length).toBeGreaterThan(1)
  })
})

describe('a log-in with a second factor', () => {
  it('throws what the second step needs, keeps nothing before it, and keeps the tokens after it', async ({
    expect,
  }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const tokens = memoryTokens()
    const auth = createClient({ url: origin, fetch: wayTo(app).fetch, tokens })
    const error = await auth.logIn({ email, password }).catch((thrown: unknown) => thrown)
    if (!(error instanceof GatehouseError)) throw error
    const before = await tokens.get()
    const { challenge, methods } = error.secondFactor!

    const { user } = await auth.logInWithCode({ challenge, code: await code() })

    expect([error.code, methods, before]).toEqual(['second_factor_required', ['totp', 'recovery_code'], undefined])
    expect(await tokens.get()).toMatchObject({ userId: user.id, accessToken: expect.any(String) })
    expect((await auth.getProfile()).email).toBe(email)
  })

  it('has no such member for other refusals', async ({ expect }) => {
    const app = startApp()
    const auth = createClient({ url: origin, fetch: wayTo(app).fetch })

    const error = await auth.logIn({ email: await member(app), password: 'wrong' }).catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({ code: 'invalid_credentials', secondFactor: undefined })
  })
})

describe('the words of the client', () => {
  it('has a sentence for each code, of the service and its own, in the service’s words', ({ expect }) => {
    const own = ['unreachable', 'unexpected_reply', 'user_changed']
    expect(Object.keys(words).sort()).toEqual([...errorCodes, ...own].sort())
    for (const code of errorCodes) expect(new GatehouseError(code).message).toBe(problems[code].detail)
    expect(new GatehouseError('unreachable').message).toMatch(/reached/)
    expectTypeOf(words).toExtend<Words>()
    // @ts-expect-error a translation of all codes has all codes
    expectTypeOf<{ unreachable: string }>().toExtend<Words>()
  })

  it.for([
    [1, 'Too many attempts. Try again in 1 second.'],
    [90, 'Too many attempts. Try again in 90 seconds.'],
    [91, 'Too many attempts. Try again in 2 minutes.'],
    [3600, 'Too many attempts. Try again in 60 minutes.'],
    [7200, 'Too many attempts. Try again in 2 hours.'],
    [undefined, problems.rate_limited.detail],
  ] as const)('say how long to wait: %s', ([retryAfter, sentence], { expect }) => {
    expect(wordsFor(new GatehouseError('rate_limited', { retryAfter }))).toBe(sentence)
  })

  it('keep a more specific sentence of the service', ({ expect }) => {
    const detail = 'Reset the password by mail, or wait.'
    expect(wordsFor(new GatehouseError('rate_limited', { detail, retryAfter: 5 }))).toBe(detail)
    expect(wordsFor(new GatehouseError('invalid_token', { detail }))).toBe(detail)
  })

  it('give way to a translation', ({ expect }) => {
    const german = { email_taken: 'Diese Adresse hat schon ein Konto.', busy: vi.fn(() => 'Gleich noch einmal.') }
    const busy = new GatehouseError('busy', { retryAfter: 7 })

    expect(wordsFor(new GatehouseError('email_taken'), german)).toBe('Diese Adresse hat schon ein Konto.')
    expect(wordsFor(busy, german)).toBe('Gleich noch einmal.')
    expect(german.busy).toHaveBeenCalledWith(busy)
    expect(wordsFor(new GatehouseError('forbidden'), german)).toBe(problems.forbidden.detail)
  })
})

it('exports what the page says and nothing else', ({ expect }) => {
  expect(Object.keys(published).sort()).toEqual(
    [
      ...['GatehouseError', 'createClient', 'json', 'memoryTokens', 'pages', 'words', 'wordsFor'],
      ...[
        'createPasskey',
        'enrolPasskey',
        'logInWithPasskey',
        'passkeysFillFields',
        'passkeysWork',
        'proveWithPasskey',
      ],
      'signalPasskeys',
    ].sort(),
  )
})
