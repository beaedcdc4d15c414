import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { newId } from '../../src/domain/ids.ts'
import { bodyOf, refusalOf, signedInAdmin, type UserBody } from '../support/app/administrators.ts'
import {
  alterUser,
  logIn,
  member,
  profile,
  refresh,
  register,
  someAddress,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

const bySubject = { TOKEN_SUBJECT: 'external_id' }

let ids = 0
/** Returns an external id that is unique in this file. */
const someId = () => `auth0|${++ids}`

const edit = (app: TestApp, bearer: string, id: string, json: object) =>
  app.call(`PATCH /api/admin/users/${id}`, { bearer, json })

const found = async (app: TestApp, bearer: string, query: Record<string, string>) => {
  const page = await bodyOf<{ users: UserBody[]; total: number }>(
    await app.call(`GET /api/admin/users?${new URLSearchParams(query)}`, { bearer }),
  )
  return { emails: page.users.map(({ email }) => email), total: page.total }
}

/** An admin, and a user who has the external id. */
const two = async (app: TestApp, externalId: string) => {
  const { access_token: bearer, user: admin } = await signedInAdmin(app)
  const email = await member(app)
  const { user } = await logIn(app, email)
  await edit(app, bearer, user.id, { external_id: externalId })
  return { bearer, admin, email, id: user.id }
}

describe('an external id', () => {
  it('is set, changed and cleared by an admin, and shown to the user and in the export', async ({ expect }) => {
    const app = startApp()
    const externalId = someId()
    const { bearer, email, id } = await two(app, externalId)
    const { access_token, user } = await logIn(app, email)

    const own = await bodyOf(await profile(app, access_token))
    const exported = await bodyOf<{ user: UserBody }>(await app.call('GET /api/user/export', { bearer: access_token }))
    const forAdmins = await bodyOf(await app.call(`GET /api/admin/users/${id}`, { bearer }))
    const same = await bodyOf(await edit(app, bearer, id, { external_id: externalId }))
    const cleared = await bodyOf(await edit(app, bearer, id, { external_id: null }))

    for (const each of [user, own, exported.user, forAdmins, same])
      expect(each).toMatchObject({ id, external_id: externalId })
    expect(cleared).toMatchObject({ id, external_id: null })
    const { results } = await app.db
      .prepare(`select detail from audit where user_id = ? and event = 'user_updated'`)
      .bind(id)
      .all<{ detail: string }>()
    // Sending the same id changes nothing, and the audit does not record the ids.
    expect(results.map(({ detail }) => detail)).toEqual(
      Array(2).fill('{"name":false,"phone":false,"verified":null,"external_id":true,"email":false}'),
    )
  })

  it('cannot be set by its user', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await logIn(app, await member(app))

    await app.call('PATCH /api/user/profile', { bearer: access_token, json: { name: 'Ada', external_id: someId() } })

    expect(await bodyOf(await profile(app, access_token))).toMatchObject({ name: 'Ada', external_id: null })
  })

  it('cannot be changed by an admin for their own account', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInAdmin(app)

    const refused = await refusalOf(await edit(app, access_token, user.id, { external_id: someId(), name: 'Ada' }))

    expect(refused).toMatchObject({ status: 409, code: 'own_account' })
    expect(await bodyOf(await profile(app, access_token))).toMatchObject({ external_id: null, name: null })
  })

  it('belongs to one user, and is the id of nobody else', async ({ expect }) => {
    const app = startApp()
    const externalId = someId()
    const { bearer, email, id } = await two(app, externalId)
    const { user: other } = await logIn(app, await member(app))
    const invited = (json: object) => app.call('POST /api/admin/users', { bearer, json })

    const refusals = [
      await edit(app, bearer, other.id, { external_id: externalId, name: 'Changed' }),
      await edit(app, bearer, other.id, { external_id: id }),
      await edit(app, bearer, other.id, { external_id: id.toUpperCase() }),
      await invited({ email: someAddress(), external_id: externalId }),
      await invited({ email: someAddress(), external_id: id }),
    ]
    const own = await edit(app, bearer, id, { external_id: id })

    for (const refused of refusals)
      expect(await refusalOf(refused)).toMatchObject({ status: 409, code: 'external_id_taken' })
    expect(own.status).toBe(200)
    expect(await bodyOf(await app.call(`GET /api/admin/users/${other.id}`, { bearer }))).toMatchObject({
      name: null,
      external_id: null,
    })
    expect(await refusalOf(await invited({ email, external_id: someId() }))).toMatchObject({ code: 'email_taken' })
    expect(await refusalOf(await edit(app, bearer, newId(new Date()), { external_id: id }))).toMatchObject({
      status: 404,
    })
  })

  it('comes with an invitation, which replaces that of the account it takes over', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const [fresh, known] = [someAddress(), someAddress()]
    const [first, second] = [someId(), someId()]
    await register(app, known)
    await alterUser(app, known, { externalId: first })
    const invite = async (json: object) =>
      bodyOf<UserBody>(await app.call('POST /api/admin/users', { bearer, json }), 201)

    expect(await invite({ email: fresh, external_id: second })).toMatchObject({ external_id: second })
    // Whoever registered or owned that account before must not be this user for other services.
    expect(await invite({ email: known })).toMatchObject({ email: known, external_id: null })
    expect(
      await bodyOf<UserBody>(
        await app.call('POST /api/admin/users', { bearer, json: { email: someAddress(), external_id: first } }),
        201,
      ),
    ).toMatchObject({ external_id: first })
  })

  it('stays with an unverified user who is invited under it', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const [email, externalId] = [someAddress(), someId()]
    await register(app, email)
    await alterUser(app, email, { externalId, origin: 'imported' })

    const reply = await app.call('POST /api/admin/users', { bearer, json: { email, external_id: externalId } })

    expect(await bodyOf(reply, 201)).toMatchObject({ email, external_id: externalId })
  })

  it.for(['', ' ', 'a b', 'é', '\n', 'a'.repeat(256), 42, {}])('is not %j', async (external_id, { expect }) => {
    const app = startApp()
    const { bearer, id } = await two(app, someId())

    const response = await edit(app, bearer, id, { external_id })

    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ errors: [{ field: 'external_id' }] })
  })

  it.for(['42', 'a'.repeat(255), '{}[]%_*"\'', '99f1a1c0-6f5e-4f8e-9a53-0b3b5d5c6a77'])(
    'finds its user by its exact value, in a search and as a filter: %s',
    async (externalId, { expect }) => {
      const app = startApp()
      const { bearer, email } = await two(app, externalId)

      expect(await found(app, bearer, { external_id: externalId })).toEqual({ emails: [email], total: 1 })
      expect(await found(app, bearer, { external_id: externalId, role: 'admin' })).toEqual({ emails: [], total: 0 })
      expect(await found(app, bearer, { external_id: `${externalId}x`.slice(-255) })).toEqual({ emails: [], total: 0 })
      if (externalId.length < 255) expect((await found(app, bearer, { search: externalId })).emails).toContain(email)
      await app.db.prepare('update users set external_id = null where email = ?').bind(email).run()
    },
  )

  it('is found in addition to the matches of the text, and nobody twice', async ({ expect }) => {
    const app = startApp()
    const word = `zq${Date.now()}`
    const { bearer, email, id } = await two(app, word)
    const other = await member(app)
    await alterUser(app, other, { name: word })
    const apart = await found(app, bearer, { search: word })
    await edit(app, bearer, id, { name: word })

    const together = await found(app, bearer, { search: word })

    expect(apart).toEqual({ emails: [other, email], total: 2 })
    expect(together).toEqual({ emails: [other, email], total: 2 })
    const first = await bodyOf<{ users: UserBody[]; next_cursor: string }>(
      await app.call(`GET /api/admin/users?search=${word}&per_page=1`, { bearer }),
    )
    const second = await found(app, bearer, { search: word, cursor: first.next_cursor })
    expect([first.users[0]?.email, ...second.emails]).toEqual([other, email])
  })

  it('is a filter of its own', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)

    for (const query of ['external_id=a&search=b', 'external_id=a&sort=email'])
      expect((await app.call(`GET /api/admin/users?${query}`, { bearer })).status).toBe(422)
  })
})

describe('TOKEN_SUBJECT=external_id', () => {
  it('names the external id in tokens, and the id if there is none', async ({ expect }) => {
    const app = startApp({ vars: bySubject })
    const externalId = someId()
    const { email, id } = await two(app, externalId)
    const [named, nameless] = [await logIn(app, email), await logIn(app, await member(app))]
    const turned = (await (await refresh(app, named.refresh_token)).json()) as { access_token: string }

    for (const token of [named.access_token, turned.access_token])
      expect(decodeJwt(token)).toMatchObject({ sub: externalId, uid: id })
    expect(decodeJwt(nameless.access_token)).toMatchObject({ sub: nameless.user.id })
    expect(decodeJwt(nameless.access_token)).not.toHaveProperty('uid')
    expect((await profile(app, named.access_token)).headers.get('Gatehouse-User')).toBe(externalId)
    expect((await profile(app, nameless.access_token)).headers.get('Gatehouse-User')).toBe(nameless.user.id)
  })

  it('costs no additional trip, statement or row', async ({ expect }) => {
    const [plain, named] = [startApp(), startApp({ vars: bySubject })]
    const { email } = await two(plain, someId())
    const tokens = [await logIn(plain, email), await logIn(named, email)]

    const costs = [
      await plain.cost('GET /api/user/profile', { bearer: tokens[0]!.access_token }),
      await named.cost('GET /api/user/profile', { bearer: tokens[1]!.access_token }),
    ].map(({ response: _, ...cost }) => cost)

    expect(costs[1]).toEqual(costs[0])
  })

  it('lets every operation find its caller: the audit names ids, and admins are recognised', async ({ expect }) => {
    const app = startApp({ vars: bySubject })
    const externalId = someId()
    const { email, id } = await two(app, externalId)
    await alterUser(app, email, { role: 'admin' })
    const { access_token: bearer } = await logIn(app, email)
    const { user: other } = await logIn(app, await member(app))

    const replies = [
      await app.call('GET /api/user/sessions', { bearer }),
      await app.call('GET /api/user/export', { bearer }),
      await app.call('GET /api/admin/users', { bearer }),
      await app.call(`GET /api/admin/users/${other.id}`, { bearer }),
      await app.call(`GET /api/admin/audit?actor=${id}`, { bearer }),
      await edit(app, bearer, other.id, { name: 'Grace' }),
    ]
    const own = await app.call(`DELETE /api/admin/users/${id}`, { bearer })
    await app.settled()

    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200))
    expect(await refusalOf(own)).toMatchObject({ code: 'own_account' })
    const { results } = await app.db
      .prepare('select distinct actor_id from audit where actor_id = ?1 or actor_id = ?2')
      .bind(id, externalId)
      .all()
    expect(results).toEqual([{ actor_id: id }])
    expect((await app.call('POST /api/auth/logout', { bearer })).status).toBe(200)
    expect((await profile(app, bearer)).status).toBe(401)
  })

  it('accepts earlier tokens after the setting is changed, in either direction', async ({ expect }) => {
    const [plain, named] = [startApp(), startApp({ vars: bySubject })]
    const { email } = await two(plain, someId())
    const [before, after] = [await logIn(plain, email), await logIn(named, email)]

    expect((await profile(named, before.access_token)).status).toBe(200)
    expect((await profile(plain, after.access_token)).status).toBe(200)
  })

  it('is published where verifiers and the next deployment look', async ({ expect }) => {
    const metadata = async (app: TestApp) => (await app.call('GET /.well-known/oauth-authorization-server')).json()

    expect(await metadata(startApp({ vars: bySubject }))).toMatchObject({ gatehouse_token_subject: 'external_id' })
    expect(await metadata(startApp())).not.toHaveProperty('gatehouse_token_subject')
  })
})
