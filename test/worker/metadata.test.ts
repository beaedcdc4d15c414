import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { bodyOf, signedInAdmin, type UserBody } from '../support/app/administrators.ts'
import { logIn, member, profile, someAddress, startApp, type TestApp } from '../support/app/support.ts'

type Metadata = Record<string, unknown>

const edit = (app: TestApp, bearer: string, id: string, metadata: unknown) =>
  app.call(`PATCH /api/admin/users/${id}`, { bearer, json: { metadata } })

const two = async (app: TestApp) => {
  const { access_token: bearer } = await signedInAdmin(app)
  const email = await member(app)
  const { user, access_token } = await logIn(app, email)
  return { bearer, email, id: user.id, own: access_token }
}

const nested = (levels: number): unknown => (levels === 0 ? 'deep' : { a: nested(levels - 1) })

/** Returns an object of exactly so many bytes of JSON. */
const ofBytes = (bytes: number) => ({ a: 'ä'.repeat(Math.floor((bytes - 8) / 2)) + 'b'.repeat(bytes % 2) })

describe('metadata', () => {
  it('is merged by admins as RFC 7396 says, and read by its user, in the export too', async ({ expect }) => {
    const app = startApp()
    const { bearer, id, own } = await two(app)
    const steps: [unknown, Metadata][] = [
      [
        { plan: 'free', seats: { most: 5, used: 1 }, tags: ['a', null] },
        { plan: 'free', seats: { most: 5, used: 1 }, tags: ['a', null] },
      ],
      [
        { plan: 'pro', seats: { used: null }, tags: ['b'] },
        { plan: 'pro', seats: { most: 5 }, tags: ['b'] },
      ],
      [{}, { plan: 'pro', seats: { most: 5 }, tags: ['b'] }],
      [
        { 'a.b "c" €': '\u0000', seats: null },
        { plan: 'pro', tags: ['b'], 'a.b "c" €': '\u0000' },
      ],
      [null, {}],
    ]

    const first = await bodyOf<UserBody & { metadata: Metadata }>(await profile(app, own))
    for (const [patch, merged] of steps) {
      expect(await bodyOf(await edit(app, bearer, id, patch))).toMatchObject({ id, metadata: merged })
      expect((await bodyOf<{ metadata: Metadata }>(await profile(app, own))).metadata).toEqual(merged)
    }
    await edit(app, bearer, id, { plan: 'pro' })
    const exported = await bodyOf<{ user: { metadata: Metadata } }>(
      await app.call('GET /api/user/export', { bearer: own }),
    )

    expect(first.metadata).toEqual({})
    expect(exported.user.metadata).toEqual({ plan: 'pro' })
  })

  it('cannot be written by its user', async ({ expect }) => {
    const app = startApp()
    const { own } = await two(app)

    await app.call('PATCH /api/user/profile', { bearer: own, json: { metadata: { plan: 'pro' } } })

    expect(await bodyOf(await profile(app, own))).toMatchObject({ metadata: {} })
  })

  it('of two admins is kept if they write different members at once', async ({ expect }) => {
    const app = startApp()
    const { bearer, id } = await two(app)

    await Promise.all([1, 2, 3, 4].map((n) => edit(app, bearer, id, { [`member${n}`]: n })))

    expect(await bodyOf(await app.call(`GET /api/admin/users/${id}`, { bearer }))).toMatchObject({
      metadata: { member1: 1, member2: 2, member3: 3, member4: 4 },
    })
  })

  it('comes with an invitation', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const json = { email: someAddress(), metadata: { plan: 'pro', none: null } }

    const made = await bodyOf(await app.call('POST /api/admin/users', { bearer, json }), 201)

    expect(made).toMatchObject({ metadata: { plan: 'pro' } })
  })

  it.for<[string, string]>([
    ['a list', '[]'],
    ['a text', '"plan"'],
    ['9 levels', JSON.stringify(nested(9))],
    ['4,097 bytes', JSON.stringify(ofBytes(4097))],
    ['half a surrogate pair', '{"a":["\\ud800"]}'],
    ['half a surrogate pair in a name', '{"a":{"\\udc00":1}}'],
    ['__proto__', '{"__proto__":{"admin":true}}'],
    ['__proto__ inside', '{"a":[{"__proto__":{"admin":true}}]}'],
    ['a number beyond all', '{"a":1e999}'],
  ])('is not %s', async ([, text], { expect }) => {
    const app = startApp()
    const { bearer, id } = await two(app)

    const response = await app.call(`PATCH /api/admin/users/${id}`, {
      bearer,
      body: `{"name":"Changed","metadata":${text}}`,
      headers: { 'Content-Type': 'application/json' },
    })

    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ errors: [{ field: 'metadata', code: 'invalid_metadata' }] })
    expect(await bodyOf(await app.call(`GET /api/admin/users/${id}`, { bearer }))).toMatchObject({
      name: null,
      metadata: {},
    })
  })

  it('has at most 4 KiB together with the stored metadata, and 8 levels', async ({ expect }) => {
    const app = startApp()
    const { bearer, id } = await two(app)

    const most = await edit(app, bearer, id, ofBytes(4096))
    const more = await edit(app, bearer, id, { b: 1 })
    const less = await edit(app, bearer, id, { a: 'short', b: nested(7) })

    expect([most.status, more.status, less.status]).toEqual([200, 422, 200])
    expect(await more.json()).toMatchObject({ errors: [{ field: 'metadata', code: 'too_long' }] })
  })
})

describe('TOKEN_METADATA', () => {
  it('puts metadata of at most 1 KiB into access tokens', async ({ expect }) => {
    const app = startApp({ vars: { TOKEN_METADATA: 'on' } })
    const { bearer, id, email } = await two(app)
    const claims = async (metadata: unknown) => {
      await edit(app, bearer, id, metadata)
      return decodeJwt((await logIn(app, email)).access_token)
    }

    expect(await claims({})).not.toHaveProperty('metadata')
    expect(await claims({ plan: 'pro' })).toMatchObject({ metadata: { plan: 'pro' } })
    expect(await claims({ plan: null, ...ofBytes(1024) })).toMatchObject({ metadata: ofBytes(1024) })
    expect(await claims(ofBytes(1025))).not.toHaveProperty('metadata')
  })

  it('is off unless it is set', async ({ expect }) => {
    const app = startApp()
    const { bearer, id, email } = await two(app)
    await edit(app, bearer, id, { plan: 'pro' })

    expect(decodeJwt((await logIn(app, email)).access_token)).not.toHaveProperty('metadata')
  })
})
