import { hc, type InferRequestType, type InferResponseType } from 'hono/client'
import type { JSONValue } from 'hono/utils/types'
import { describe, expectTypeOf, it } from 'vitest'
import type { App } from '../../src/app.ts'
import {
  member,
  profile,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

/** What a front end of ours writes; `fetch` leads into the app instead of the network. */
const clientOf = (app: TestApp) =>
  hc<App>('http://localhost:8787', {
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init)
      const { pathname, search } = new URL(request.url)
      const body = request.body ? await request.text() : undefined
      return app.call(`${request.method} ${pathname}${search}`, { body, headers: Object.fromEntries(request.headers) })
    },
  })

type Client = ReturnType<typeof clientOf>

describe('the typed client', () => {
  it('registers, logs in, reads the profile, refreshes and logs out', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const client = clientOf(app)

    const session = await client.api.auth.login.$post({ json: { email, password: somePassword }, query: {} })
    const { access_token, refresh_token } = await session.json()
    const me = await client.api.user.profile.$get(undefined, { headers: { Authorization: `Bearer ${access_token}` } })
    const renewed = await client.api.auth.refresh.$post({ json: { refresh_token }, query: { transport: 'body' } })
    const out = await client.api.auth.logout.$post({ json: { refresh_token: (await renewed.json()).refresh_token } })

    expect((await me.json()).email).toBe(email)
    expect(renewed.ok).toBe(true)
    expect(await out.json()).toEqual({ message: expect.any(String) })
  })

  it('registers', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()

    const response = await clientOf(app).api.auth.register.$post({ json: { email, password: somePassword } })

    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ email })
  })

  it('changes the password', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await clientOf(app).api.user['change-password'].$post(
      { json: { current_password: somePassword, new_password: 'another fine passphrase' } },
      { headers: { Authorization: `Bearer ${access_token}` } },
    )

    expect(response.ok).toBe(true)
    const next = (await response.json()) as { access_token?: string }
    expect(next.access_token).not.toBe(access_token)
    expect((await profile(app, next.access_token!)).status).toBe(200)
    expect((await profile(app, access_token)).status).toBe(401)
  })

  it('knows what each operation answers', () => {
    type Login = InferResponseType<Client['api']['auth']['login']['$post'], 200>
    type Profile = InferResponseType<Client['api']['user']['profile']['$get'], 200>
    type Message = InferResponseType<Client['api']['auth']['forgot-password']['$post'], 200>

    expectTypeOf<Profile>().toEqualTypeOf<{
      id: string
      email: string
      email_verified: boolean
      pending_email: string | null
      name: string | null
      phone: string | null
      locale: string | null
      avatar_url: string | null
      role: 'user' | 'admin'
      status: 'active' | 'disabled'
      created_at: string
      updated_at: string
      last_login_at: string | null
      external_id: string | null
      second_factor: boolean
      mfa_required: boolean
      has_password: boolean
      metadata: { [name: string]: JSONValue }
    }>()
    expectTypeOf<Login['user']>().toEqualTypeOf<Profile>()
    expectTypeOf<Login['access_token']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<Login['token_type']>().toEqualTypeOf<'bearer'>()
    expectTypeOf<Login['expires_in']>().toEqualTypeOf<number>()
    expectTypeOf<Message>().toEqualTypeOf<{ message: string }>()
  })

  it('knows what each operation is asked', () => {
    type Register = InferRequestType<Client['api']['auth']['register']['$post']>['json']
    type Login = InferRequestType<Client['api']['auth']['login']['$post']>
    type Change = InferRequestType<Client['api']['user']['change-password']['$post']>['json']

    expectTypeOf<Register>().toEqualTypeOf<{
      email: string
      password: string
      name?: string | null | undefined
      phone?: string | null | undefined
      locale?: string | null | undefined
    }>()
    expectTypeOf<Login['query']>().toEqualTypeOf<{ transport?: 'both' | 'body' | 'cookie' | undefined }>()
    expectTypeOf<Change>().toEqualTypeOf<{ current_password: string; new_password: string }>()
  })

  it('refuses to compile what the service would refuse to answer', () => {
    const client = clientOf(startApp())

    // @ts-expect-error there is no such operation
    expectTypeOf(client.api.auth.signin).toBeUnknown()
    // @ts-expect-error a password is no number
    expectTypeOf(client.api.auth.register.$post).toBeCallableWith({ json: { email: 'ada@example.com', password: 1 } })
    // @ts-expect-error there are three transports
    expectTypeOf(client.api.auth.refresh.$post).toBeCallableWith({ json: {}, query: { transport: 'pigeon' } })
  })
})
