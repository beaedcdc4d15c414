import { describe, expectTypeOf, it } from 'vitest'
import { type Client, type Code, createClient, GatehouseError, json, type User } from '../../client/dist/index.js'
import { signedInUser, someAddress, startApp } from '../support/app/support.ts'

const clientOf = (answer: (input: string, init: RequestInit) => Promise<Response>) =>
  createClient({ url: 'http://localhost:8787', fetch: answer })

/** Leads into the app instead of the network, for a client without cookies. */
const inside =
  (app: ReturnType<typeof startApp>) =>
  (input: string, { method, headers, body }: RequestInit) => {
    const { pathname, search } = new URL(input)
    const given = Object.fromEntries(new Headers(headers))
    return app.call(`${method} ${pathname}${search}`, { headers: given, body: body as string })
  }

const errorOf = async (promise: Promise<unknown>): Promise<GatehouseError> => {
  const error = await promise.then(
    () => 'no error',
    (thrown) => thrown,
  )
  if (error instanceof GatehouseError) return error
  throw new Error(`not a GatehouseError: ${error}`)
}

describe('what the client throws', () => {
  it('names each member that is wrong', async ({ expect }) => {
    const client = clientOf(inside(startApp()))
    const body = { email: 'nobody', password: 'a fine passphrase', phone: '12' }

    const error = await errorOf(client.api.auth.register.$post({ json: body }))

    expect(error).toMatchObject({ code: 'validation_failed', status: 422, requestId: expect.any(String) })
    expect(error.field('email')).toEqual({ field: 'email', code: 'invalid_email', detail: expect.any(String) })
    expect(error.field('phone')?.code).toBe('invalid_phone')
    expect(error.field('password')).toBeUndefined()
  })

  it('says why a log-in was refused, without trying to refresh', async ({ expect }) => {
    const app = startApp()
    const asked: string[] = []
    const client = clientOf((input, init) => {
      asked.push(input)
      return inside(app)(input, init)
    })

    const error = await errorOf(
      client.api.auth.login.$post({ json: { email: someAddress(), password: 'wrong' }, query: {} }),
    )

    expect(error).toMatchObject({ code: 'invalid_credentials', status: 401, errors: [] })
    expect(error.message).toMatch(/wrong/)
    expect(asked).toHaveLength(1)
  })

  it('says how long to wait', async ({ expect }) => {
    const problem = { code: 'rate_limited', detail: 'Too many attempts.' }
    const client = clientOf(async () => Response.json(problem, { status: 429, headers: { 'Retry-After': '90' } }))

    const error = await errorOf(client.api.auth.login.$post({ json: { email: 'a', password: 'b' }, query: {} }))

    expect(error).toMatchObject({ code: 'rate_limited', retryAfter: 90 })
  })

  it.for([
    { what: 'a page of something on the way', body: '<h1>Bad gateway</h1>' },
    { what: 'JSON that is no problem', body: '{"error":"upstream"}' },
    { what: 'nothing', body: '' },
  ])('knows $what from a refusal', async ({ body }, { expect }) => {
    const client = clientOf(async () => new Response(body, { status: 502 }))

    const error = await errorOf(client.api.user.profile.$get())

    expect(error).toMatchObject({ code: 'unexpected_reply', status: 502 })
  })

  it('distinguishes no answer from a refusal, and keeps the cause', async ({ expect }) => {
    const cause = new TypeError('fetch failed')
    const client = clientOf(() => Promise.reject(cause))

    const error = await errorOf(client.api.user.profile.$get())

    expect(error).toMatchObject({ code: 'unreachable', status: 0, cause })
  })

  it('is a type that a switch can be exhaustive over', () => {
    expectTypeOf<GatehouseError['code']>().toEqualTypeOf<Code>()
    expectTypeOf<'email_taken' | 'reauthentication_required' | 'unreachable'>().toExtend<Code>()
    expectTypeOf<string>().not.toExtend<Code>()
  })
})

describe('the published client', () => {
  it('sends tokens of its own as bearer', async ({ expect }) => {
    const app = startApp()
    const { access_token, refresh_token, user } = await signedInUser(app)
    const tokens = { get: () => ({ accessToken: access_token, refreshToken: refresh_token }), set: () => {} }
    const client = createClient({ url: 'http://localhost:8787/', tokens, fetch: inside(app) })

    const me = await json(client.api.user.profile.$get())

    expect(me.id).toBe(user.id)
  })

  it('knows the types of the service and no others', () => {
    type Api = Client['api']
    type Reply = Awaited<ReturnType<Api['user']['profile']['$get']>>

    expectTypeOf<Awaited<ReturnType<Reply['json']>>>().toEqualTypeOf<User>()
    expectTypeOf<User['role']>().toEqualTypeOf<'user' | 'admin'>()
    expectTypeOf<Parameters<Api['user']['upload-avatar']['$post']>[0]>().toEqualTypeOf<{ form: { file: File } }>()
    expectTypeOf<Parameters<Api['admin']['users'][':id']['role']['$put']>[0]>().toEqualTypeOf<
      { param: { id: string } } & { json: { role: 'user' | 'admin' } }
    >()
    // @ts-expect-error there is no such operation
    expectTypeOf<Api['auth']['signin']>().toBeUnknown()
  })
})
