import { describe, it } from 'vitest'
import { signedInAdmin } from '../support/app/administrators.ts'
import { attempt, right, statuses } from '../support/app/attempts.ts'
import { linkIn, logIn, mailsTo, signedInUser, someAddress, startApp, type TestApp } from '../support/app/support.ts'

const entries = async (app: TestApp) =>
  (await app.db.prepare('select coalesce(sum(count), 0) as n from audit').first<{ n: number }>())!.n

/** Returns the status of each act, and how many entries the audit has after it. */
const told = async (app: TestApp, act: () => Promise<Response>) => {
  await app.settled()
  const before = await entries(app)
  const { status } = await act()
  return [status, (await entries(app)) - before]
}

type People = Awaited<ReturnType<typeof people>>

const people = async (app: TestApp) => ({ app, admin: await signedInAdmin(app), user: await signedInUser(app) })

describe('what changes nothing leaves nothing in the audit:', () => {
  const own =
    (path: string, json?: object) =>
    ({ app, user }: People) =>
      app.call(path, { bearer: user.access_token, json })
  const admins = (method: string, path: string, json?: (user: People['user']) => object) => (p: People) =>
    p.app.call(`${method} /api/admin/users/${p.user.user.id}${path}`, {
      bearer: p.admin.access_token,
      json: json?.(p.user),
    })
  const profile = { name: 'Ada', phone: '+442079460958' }
  const cases: [string, (p: People) => Promise<Response>, first?: number][] = [
    ['a profile that says nothing', own('PATCH /api/user/profile', {}), 0],
    ['the same profile', own('PUT /api/user/profile', profile)],
    ['a part of it', own('PATCH /api/user/profile', { name: null }), 0],
    ['the address one has', (p) => own('PATCH /api/user/profile', { email: p.user.email })(p), 0],
    ['no picture in place of none', own('DELETE /api/user/avatar'), 0],
    ['ending other sessions where there are none', own('DELETE /api/user/sessions'), 0],
    ['a role one has', admins('PUT', '/role', () => ({ role: 'user' })), 0],
    ['another role, twice', admins('PUT', '/role', () => ({ role: 'admin' }))],
    ['a status one has', admins('PUT', '/status', () => ({ status: 'active' })), 0],
    ['disabling twice', admins('PUT', '/status', () => ({ status: 'disabled' }))],
    ['an edit that says nothing', admins('PATCH', '', () => ({})), 0],
    ['the same edit', admins('PATCH', '', () => profile)],
    ['vouching for what is verified', admins('PATCH', '', () => ({ email_verified: true })), 0],
    ['the address on file', admins('PATCH', '', ({ email }) => ({ email })), 0],
    ['an edit of all one has', admins('PUT', '', ({ email }) => ({ ...profile, email, email_verified: true }))],
    ['ending all sessions twice', admins('DELETE', '/sessions')],
  ]

  it.for(cases)('%s (ASVS 2.4.1)', async ([, act, first = 1], { expect }) => {
    const p = await people(startApp())

    const once = await told(p.app, () => act(p))
    const again = [await told(p.app, () => act(p)), await told(p.app, () => act(p))]

    expect([once, ...again]).toEqual([
      [200, first],
      [200, 0],
      [200, 0],
    ])
  })

  it('a link that was followed before (ASVS 2.4.1)', async ({ expect }) => {
    const { app, user } = await people(startApp())
    const json = { email: someAddress('next') }
    await app.call('PATCH /api/user/profile', { bearer: user.access_token, json })
    const token = linkIn(app, user.email, 'cancel-email-change')
    const cancel = () => app.call('POST /api/auth/cancel-email-change', { json: { token } })

    expect([await told(app, cancel), await told(app, cancel)]).toEqual([
      [200, 1],
      [200, 0],
    ])
  })

  it('a session that has ended (ASVS 2.4.1)', async ({ expect }) => {
    const { app, user } = await people(startApp())
    const { access_token: bearer } = await logIn(app, user.email)
    const out = () => app.call('POST /api/auth/logout', { bearer })

    expect([await told(app, out), await told(app, out)]).toEqual([
      [200, 1],
      [200, 0],
    ])
  })
})

describe('what is done often', () => {
  it('counts on the newest of twenty entries in an hour, and has its own again after it (ASVS 2.4.1)', async ({
    expect,
  }) => {
    const app = startApp()
    const { email, access_token: bearer } = await signedInUser(app)
    const rename = (n: number) => app.call('PATCH /api/user/profile', { bearer, json: { name: `Ada ${n}` } })
    const counts = async () => {
      const sql = `select count from audit where event = ? and user_id = (select id from users where email = ?) order by id`
      const { results } = await app.db.prepare(sql).bind('profile_updated', email).all<{ count: number }>()
      return results.map(({ count }) => count)
    }

    await statuses(20, rename)
    app.wait({ minutes: 10 })
    await Promise.all([20, 21, 22].map(rename))
    const full = await counts()
    app.wait({ minutes: 51 })
    const { access_token } = await logIn(app, email)
    await app.call('PATCH /api/user/profile', { bearer: access_token, json: { name: 'Ada' } })

    expect(full).toEqual([...Array(19).fill(1), 4])
    expect(await counts()).toEqual([...Array(19).fill(1), 4, 1])
  })

  it('is mailed to the owner five times in an hour', async ({ expect }) => {
    const app = startApp()
    const { email } = await signedInUser(app)

    for (let n = 0; n < 7; n++) {
      const { refresh_token } = (await (await attempt(app, email, right)).json()) as { refresh_token: string }
      await app.call('POST /api/auth/refresh', { json: { refresh_token } })
      app.wait({ seconds: 31 })
      await app.call('POST /api/auth/refresh', { json: { refresh_token } })
    }

    expect(
      mailsTo(app, email).filter(({ text }) => /token/i.test(text) || /copy|copied/i.test(text)).length,
    ).toBeGreaterThan(0)
    const { n } = (await app.db
      .prepare("select count(*) as n from mail where kind = 'refresh_reuse'")
      .first<{ n: number }>())!
    expect(n).toBe(5)
  })

  it('by an admin is refused from the limit on, also at once, and goes on an hour later (ASVS 2.4.1)', async ({
    expect,
  }) => {
    const app = startApp({ vars: { LIMIT_ADMIN_WRITES: '5/1h' } })
    const { admin, user } = await people(app)
    const bearer = admin.access_token
    const rename = (n: number) =>
      app.request(`PATCH /api/admin/users/${user.user.id}`, { bearer, json: { name: `Ada ${n}` } })
    const others: [string, object?][] = [
      [`PUT /api/admin/users/${user.user.id}/role`, { role: 'admin' }],
      [`PUT /api/admin/users/${user.user.id}/status`, { status: 'disabled' }],
      [`POST /api/admin/users/${user.user.id}/password-reset`],
      [`DELETE /api/admin/users/${user.user.id}/sessions`],
      ['POST /api/admin/users', { email: someAddress('made') }],
    ]

    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => rename(n)))
    const refused = await Promise.all(others.map(([path, json]) => app.call(path, { bearer, json })))
    const read = await app.call(`GET /api/admin/users/${user.user.id}`, { bearer })
    app.wait({ minutes: 61 })
    const { access_token } = await logIn(app, admin.email)
    const later = await app.call(others[0]![0], { bearer: access_token, json: { role: 'admin' } })

    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(5).fill(200), ...Array(7).fill(429)])
    expect(refused.map(({ status }) => status)).toEqual(others.map(() => 429))
    expect(refused[0]!.headers.get('Retry-After')).toBe('3600')
    expect([read.status, later.status]).toEqual([200, 200])
  })
})
