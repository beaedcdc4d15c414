import { describe, it } from 'vitest'
import { bodyOf, signedInAdmin, type UserBody } from '../support/app/administrators.ts'
import {
  alterUser,
  codeOf,
  logIn,
  profile,
  register,
  someAddress,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

/** How often a race is run. Each run is another order in which requests reach the database. */
const races = 10

/** The admins of other tests are no longer admins. */
const forgetAdmins = (app: TestApp) => app.db.prepare("update users set role = 'user'").run()

const twoAdmins = async (app: TestApp) => {
  await forgetAdmins(app)
  return [await signedInAdmin(app), await signedInAdmin(app)] as const
}

/** Returns the admins who count: active, with a verified address. */
const adminsLeft = async (app: TestApp) => {
  const { results } = await app.db
    .prepare("select id from users where role = 'admin' and status = 'active' and email_verified_at is not null")
    .all<{ id: string }>()
  return results.map(({ id }) => id)
}

const asks = {
  demotes: (app: TestApp, bearer: string, id: string) =>
    app.call(`PUT /api/admin/users/${id}/role`, { bearer, json: { role: 'user' } }),
  disables: (app: TestApp, bearer: string, id: string) =>
    app.call(`PUT /api/admin/users/${id}/status`, { bearer, json: { status: 'disabled' } }),
  deletes: (app: TestApp, bearer: string, id: string) => app.call(`DELETE /api/admin/users/${id}`, { bearer }),
  unverifies: (app: TestApp, bearer: string, id: string) =>
    app.call(`PATCH /api/admin/users/${id}`, { bearer, json: { email_verified: false } }),
  moves: (app: TestApp, bearer: string, id: string) =>
    app.call(`PATCH /api/admin/users/${id}`, { bearer, json: { email: someAddress('moved') } }),
}

const verbs = Object.keys(asks) as (keyof typeof asks)[]

const leave = (app: TestApp, bearer: string) => app.call('DELETE /api/user/account', { bearer })

describe('two admins at once', () => {
  it.for(verbs)(
    'each of whom %s the other: one is left, every time (A-19a, ASVS 2.3.4, I5)',
    { timeout: 60_000 },
    async (verb, { expect }) => {
      const app = startApp({ vars: { THROTTLE_FACTOR: '1000' } })
      for (let race = 0; race < races; race++) {
        const [one, two] = await twoAdmins(app)

        const responses = await Promise.all([
          asks[verb](app, one.access_token, two.user.id),
          asks[verb](app, two.access_token, one.user.id),
        ])

        const statuses = responses.map(({ status }) => status)
        expect(statuses.filter((status) => status === 200).length, `race ${race}: ${statuses}`).toBe(1)
        expect(await adminsLeft(app), `race ${race}: ${statuses}`).toEqual([
          statuses[0] === 200 ? one.user.id : two.user.id,
        ])
      }
    },
  )

  it.for(verbs.flatMap((first) => verbs.filter((second) => first < second).map((second) => [first, second] as const)))(
    'one of whom %s and the other %s: one is left',
    async ([first, second], { expect }) => {
      const app = startApp()
      const [one, two] = await twoAdmins(app)

      await Promise.all([
        asks[first](app, one.access_token, two.user.id),
        asks[second](app, two.access_token, one.user.id),
      ])

      expect((await adminsLeft(app)).length).toBe(1)
    },
  )

  it('who both delete their accounts: one always has to stay', { timeout: 60_000 }, async ({ expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '1000' } })
    for (let race = 0; race < races; race++) {
      const [one, two] = await twoAdmins(app)

      const responses = await Promise.all([leave(app, one.access_token), leave(app, two.access_token)])

      const codes = await Promise.all(responses.map(async (r) => (r.status === 200 ? 'gone' : codeOf(r))))
      expect(codes.toSorted(), `race ${race}`).toEqual(['gone', 'last_admin'])
      expect((await adminsLeft(app)).length, `race ${race}`).toBe(1)
    }
  })

  it.for(verbs)('one of whom leaves while the other %s them: one stays', async (verb, { expect }) => {
    const app = startApp()
    const [one, two] = await twoAdmins(app)

    await Promise.all([leave(app, one.access_token), asks[verb](app, two.access_token, one.user.id)])

    expect((await adminsLeft(app)).length).toBe(1)
  })

  it('of three who all demote the next, at least one is left', async ({ expect }) => {
    const app = startApp()
    const [one, two] = await twoAdmins(app)
    const ring = [one, two, await signedInAdmin(app)]

    await Promise.all(ring.map((admin, n) => asks.demotes(app, admin.access_token, ring[(n + 1) % 3]!.user.id)))

    expect((await adminsLeft(app)).length).toBeGreaterThanOrEqual(1)
  })
})

describe('an admin who does not count', () => {
  type Values = Parameters<typeof alterUser>[2]
  const others: [string, Values][] = [
    ['is not verified', { emailVerifiedAt: null }],
    ['is disabled', { status: 'disabled' }],
  ]

  it.for(others)('%s: the other one cannot leave', async ([, values], { expect }) => {
    const app = startApp()
    const [one, two] = await twoAdmins(app)
    await alterUser(app, two.email, values)

    const response = await leave(app, one.access_token)

    expect([response.status, await codeOf(response)]).toEqual([409, 'last_admin'])
    expect((await profile(app, one.access_token)).status).toBe(200)
  })

  it.for(others)('%s: one may be deleted or demoted, or may leave', async ([, values], { expect }) => {
    const app = startApp()
    const [one, two] = await twoAdmins(app)
    const three = await signedInAdmin(app)
    for (const { email } of [two, three]) await alterUser(app, email, values)

    const statuses = [
      (await asks.demotes(app, one.access_token, two.user.id)).status,
      (await asks.deletes(app, one.access_token, three.user.id)).status,
    ]

    expect(statuses).toEqual([200, 200])
    expect(await adminsLeft(app)).toEqual([one.user.id])
  })

  it.for(verbs)('cannot act on the last admin who counts: an unverified one %s', async (verb, { expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const [one] = await twoAdmins(app)
    await app.db.prepare("update users set role = 'user' where id <> ?").bind(one.user.id).run()
    const email = someAddress()
    await register(app, email)
    await alterUser(app, email, { role: 'admin' })
    const { access_token } = await logIn(app, email)

    const response = await asks[verb](app, access_token, one.user.id)

    expect([response.status, await codeOf(response)]).toEqual([409, 'last_admin'])
    expect(await adminsLeft(app)).toEqual([one.user.id])
    expect((await profile(app, one.access_token)).status).toBe(200)
  })

  it('counts again once enabled', async ({ expect }) => {
    const app = startApp()
    const [one, two] = await twoAdmins(app)
    await asks.disables(app, one.access_token, two.user.id)
    const path = `PUT /api/admin/users/${two.user.id}/status`
    await bodyOf<UserBody>(await app.call(path, { bearer: one.access_token, json: { status: 'active' } }))

    const response = await leave(app, one.access_token)

    expect(response.status).toBe(200)
    expect(await adminsLeft(app)).toEqual([two.user.id])
  })
})

describe('with a second admin', () => {
  it.for(verbs)('one %s the other', async (verb, { expect }) => {
    const app = startApp()
    const [one, two] = await twoAdmins(app)

    const response = await asks[verb](app, one.access_token, two.user.id)

    expect(response.status).toBe(200)
    expect(await adminsLeft(app)).toEqual([one.user.id])
  })

  it('one of them may leave', async ({ expect }) => {
    const app = startApp()
    const [one, two] = await twoAdmins(app)

    const response = await leave(app, one.access_token)

    expect(response.status).toBe(200)
    expect(await adminsLeft(app)).toEqual([two.user.id])
  })
})
