import { describe, it } from 'vitest'
import { pseudonym } from '../../src/domain/account-deletion.ts'
import { createMacs } from '../../src/domain/macs.ts'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import {
  askForAddress,
  codeOf,
  confirmEmail,
  cookiesOf,
  fromOurPage,
  linkIn,
  logIn,
  mailsTo,
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
import { faultyD1 } from '../support/faults/faults.ts'

const withPassword = { current_password: somePassword }

/** Deletes at once and for good: with full proof, unless the test gives something else. */
const remove = (app: TestApp, bearer: string, json: object = withPassword) =>
  app.call('DELETE /api/user/account', { bearer, json })

/** When a deletion takes effect, and what it is given for that. */
const deletions = [
  ['at once', withPassword],
  ['later', {}],
] as const

const undo = (app: TestApp, token: string) => app.call('POST /api/auth/undo-deletion', { json: { token } })

/** Returns every row of every table as text, including the full-text index and its blobs. */
const everyRow = async (app: TestApp): Promise<string[]> => {
  const { results: tables } = await app.db
    .prepare("select name from sqlite_master where type = 'table' and name not like '\\_cf\\_%' escape '\\'")
    .all<{ name: string }>()
  const rows: string[] = []
  for (const { name } of tables) {
    const { results } = await app.db.prepare(`select * from "${name}"`).all()
    for (const row of results) rows.push(`${name}: ${Object.values(row).map(asText).join(' | ')}`)
  }
  return rows
}

const rowOf = (app: TestApp, id: string) =>
  app.db
    .prepare('select status, erases_at from users where id = ?')
    .bind(id)
    .first<{ status: string; erases_at: number | null }>()

/** D1 gives a blob as an array of its bytes. */
const asText = (value: unknown) =>
  Array.isArray(value) ? String.fromCharCode(...(value as number[])) : typeof value === 'string' ? value : String(value)

const everyKey = async (app: TestApp): Promise<string[]> => {
  const { keys } = await app.kv.list()
  return Promise.all(keys.map(async ({ name }) => `${name}: ${await app.kv.get(name)}`))
}

const holding = (texts: string[], secrets: string[]) =>
  texts.filter((text) => secrets.some((secret) => text.toLowerCase().includes(secret.toLowerCase())))

/** Elsewhere three letters may occur in any random id. */
const ofTheIndex = (rows: string[]) => rows.filter((row) => row.startsWith('users_search'))

/** Three letters of these names and addresses belong to nobody else, so the index would reveal them. */
const someone = async (app: TestApp) => {
  const email = someAddress('Zqxjkv')
  const next = someAddress('Wqzpyx')
  const name = 'Xqjzwv 李明'
  const phone = '+442079460958'
  await app.call('POST /api/auth/register', { json: { email, password: somePassword, name, phone } })
  await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })
  const headers = { 'User-Agent': 'Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/140.0 Vkqxzj' }
  const client = { headers, ip: '203.0.113.77', cf: { city: 'Qwxzvile', country: 'DE' } }
  const json = { email, password: somePassword }
  await app.call('POST /api/auth/login', { json: { ...json, password: 'a wrong guess' }, ...client })
  const session = await bodyOf<SessionBody>(await app.call('POST /api/auth/login', { json, ...client }))
  await app.call('POST /api/auth/login', { json })
  await app.call('PATCH /api/user/profile', { bearer: session.access_token, json: { email: next }, ...client })
  app.wait({ minutes: 2 })
  await app.call('POST /api/auth/forgot-password', { json: { email }, ...client })
  const traces = [session.user.id, email, next, 'Xqjzwv', '李明', phone, '203.0.113.77', 'Vkqxzj', 'Qwxzvile']
  const trigrams = ['zqx', 'qxj', 'xjk', 'jkv', 'xqj', 'qjz', 'jzw', 'zwv', '李明']
  return { ...session, email, next, name, phone, traces, trigrams }
}

describe('after a deletion', () => {
  it('nothing of the user is left in any table, nor in KV (A-36)', async ({ expect }) => {
    const app = startApp()
    const user = await someone(app)
    await app.call('POST /api/auth/logout', { json: { refresh_token: (await logIn(app, user.email)).refresh_token } })
    const before = await everyRow(app)
    for (const trace of user.traces) expect(holding(before, [trace]), trace).not.toEqual([])
    for (const trace of ['zqx', 'xqj']) expect(holding(ofTheIndex(before), [trace]), trace).not.toEqual([])

    const response = await remove(app, user.access_token)

    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ message: expect.any(String) })
    const rows = await everyRow(app)
    expect(holding(rows, user.traces)).toEqual([])
    expect(holding(ofTheIndex(rows), user.trigrams)).toEqual([])
    expect(holding(await everyKey(app), user.traces)).toEqual([])
  })

  it('nothing is left of a user who asked without the password, once the week is over (A-36)', async ({ expect }) => {
    const app = startApp()
    const user = await someone(app)
    app.wait({ minutes: -2 })
    await remove(app, user.access_token, {})
    app.wait({ days: 6.99 })
    await app.cron()
    expect(holding(await everyRow(app), [user.user.id])).not.toEqual([])

    app.wait({ hours: 1 })
    await app.cron()

    const rows = await everyRow(app)
    expect(holding(rows, user.traces)).toEqual([])
    expect(holding(ofTheIndex(rows), user.trigrams)).toEqual([])
    expect(holding(await everyKey(app), user.traces)).toEqual([])
  })

  it('nothing is left after a deletion by an admin, nor of a user who is deleted together with others', async ({
    expect,
  }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const user = await someone(app)
    const twin = await someone(app)

    await app.call(`DELETE /api/admin/users/${user.user.id}`, { bearer: admin.access_token })

    const rows = await everyRow(app)
    expect(holding(rows, [user.user.id, user.email, user.next])).toEqual([])
    expect(holding(rows, [twin.email])).not.toEqual([])
    const { users } = await bodyOf<{ users: { id: string }[] }>(
      await app.call('GET /api/admin/users?search=Xqjzwv', { bearer: admin.access_token }),
    )
    expect(users.map(({ id }) => id)).toEqual([twin.user.id])
  })

  it('the full-text index matches the remaining users', async ({ expect }) => {
    const app = startApp()
    const user = await someone(app)
    await someone(app)

    await remove(app, user.access_token)

    const check = app.db.prepare("insert into users_search(users_search, rank) values ('integrity-check', 1)")
    await expect(check.run()).resolves.toMatchObject({ success: true })
  })

  it('the audit keeps what happened under a pseudonym that only the id leads to', async ({ expect }) => {
    const app = startApp()
    const user = await someone(app)
    const of = (id: string) =>
      app.db.prepare('select event, ip, user_agent, detail from audit where user_id = ?').bind(id).all()
    const { results: before } = await of(user.user.id)

    await remove(app, user.access_token)

    const { results: after } = await of(pseudonym(createMacs(app.services.settings.tokenKeys), user.user.id))
    expect(before.length).toBeGreaterThan(4)
    expect(after.map(({ event }) => event).sort()).toEqual(
      [...before.map(({ event }) => event), 'account_deleted'].sort(),
    )
    for (const entry of after) expect(entry).toMatchObject({ ip: null, user_agent: null, detail: null })
    expect((await of(user.user.id)).results).toEqual([])
  })

  it('the audit keeps as little of an account that was erased later', async ({ expect }) => {
    const app = startApp()
    const user = await someone(app)
    app.wait({ minutes: -2 })
    await remove(app, user.access_token, {})
    app.wait({ days: 7 })

    await app.cron()

    const subject = pseudonym(createMacs(app.services.settings.tokenKeys), user.user.id)
    const { results } = await app.db
      .prepare('select event, actor_id, ip, user_agent, detail from audit where user_id = ?')
      .bind(subject)
      .all()
    expect(results.map(({ event }) => event)).toEqual(expect.arrayContaining(['deletion_requested', 'account_deleted']))
    for (const entry of results)
      expect(entry).toMatchObject({ actor_id: null, ip: null, user_agent: null, detail: null })
  })

  it('nothing is added to it by attempts to log in again', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const fail = () =>
      app.call('POST /api/auth/login', { json: { email: user.email, password: 'a wrong guess' }, ip: '203.0.113.88' })
    // Failures within a quarter of an hour share an entry: both must be in the same one.
    app.wait({ seconds: (900_000 - (app.now().getTime() % 900_000)) / 1000 })
    const { access_token } = await logIn(app, user.email)
    await fail()
    await remove(app, access_token)

    await fail()

    const subject = pseudonym(createMacs(app.services.settings.tokenKeys), user.user.id)
    const { results } = await app.db
      .prepare("select ip, count from audit where user_id = ? and event = 'log_in_failed'")
      .bind(subject)
      .all()
    expect(results).toEqual([{ ip: null, count: 1 }])
  })

  it('an entry about somebody else keeps its content, and names its actor by the pseudonym', async ({ expect }) => {
    const app = startApp()
    const former = await signedInAdmin(app)
    await signedInAdmin(app)
    const user = await signedInUser(app)
    const path = `PUT /api/admin/users/${user.user.id}/role`
    await app.call(path, { bearer: former.access_token, json: { role: 'admin' } })

    await remove(app, former.access_token)

    const entry = await app.db
      .prepare("select user_id, actor_id, detail from audit where event = 'role_changed' and user_id = ?")
      .bind(user.user.id)
      .first()
    expect(entry).toEqual({
      user_id: user.user.id,
      actor_id: pseudonym(createMacs(app.services.settings.tokenKeys), former.user.id),
      detail: '{"role":"admin"}',
    })
  })

  it('tokens and links of every kind are void (ASVS 7.4.2)', async ({ expect }) => {
    const app = startApp()
    const user = await someone(app)
    const other = await logIn(app, user.email)
    const links = { reset: linkIn(app, user.email), confirm: linkIn(app, user.next) }

    await remove(app, user.access_token)

    for (const session of [user, other]) {
      expect((await profile(app, session.access_token)).status).toBe(401)
      expect((await refresh(app, session.refresh_token)).status).toBe(401)
    }
    const reset = { token: links.reset, new_password: 'another fine passphrase' }
    expect((await app.call('POST /api/auth/reset-password', { json: reset })).status).toBe(400)
    expect((await confirmEmail(app, links.confirm, { password: somePassword })).status).toBe(400)
    const { results } = await app.db.prepare('select id from sessions where user_id = ?').bind(user.user.id).all()
    expect(results).toEqual([])
  })

  it('tokens and links of every kind are void from the request on, except the link that undoes it (ASVS 7.4.2)', async ({
    expect,
  }) => {
    const app = startApp()
    const user = await someone(app)
    const other = await logIn(app, user.email)
    const links = { reset: linkIn(app, user.email), confirm: linkIn(app, user.next) }
    app.wait({ minutes: -2 })

    const asked = await remove(app, user.access_token, {})

    expect(asked.status).toBe(200)
    for (const session of [user, other]) {
      expect((await profile(app, session.access_token)).status).toBe(401)
      expect((await refresh(app, session.refresh_token)).status).toBe(401)
    }
    const reset = { token: links.reset, new_password: 'another fine passphrase' }
    expect((await app.call('POST /api/auth/reset-password', { json: reset })).status).toBe(400)
    expect((await confirmEmail(app, links.confirm, { password: somePassword })).status).toBe(400)
    const json = { email: user.email, password: somePassword }
    const login = await app.call('POST /api/auth/login', { json })
    expect([login.status, await codeOf(login)]).toEqual([401, 'invalid_credentials'])
    expect((await undo(app, linkIn(app, user.email, 'undo-deletion'))).status).toBe(200)
    expect((await app.call('POST /api/auth/login', { json })).status).toBe(200)
  })

  it('the address is free, for another user with another id (ASVS 10.3.3)', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    await app.call('PATCH /api/user/profile', { bearer: user.access_token, json: { name: 'Ada' } })
    await remove(app, user.access_token)
    app.wait({ minutes: 2 })

    const again = await signedInUser(app, user.email)

    expect(again.user.id).not.toBe(user.user.id)
    expect(again.user).toMatchObject({ email: user.email, name: null })
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect((await refresh(app, user.refresh_token)).status).toBe(401)
  })

  it('a log-in and a request for a link get the same answers as for an unknown address (A-01)', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    await remove(app, user.access_token)
    app.wait({ minutes: 2 })
    const before = app.mailbox.length

    const json = { email: user.email, password: somePassword }
    const login = await app.call('POST /api/auth/login', { json })
    const forgot = await app.call('POST /api/auth/forgot-password', { json: { email: user.email } })

    expect([login.status, await codeOf(login)]).toEqual([401, 'invalid_credentials'])
    expect(forgot.status).toBe(200)
    expect(app.mailbox.length).toBe(before)
  })
})

describe('deleting one’s account', () => {
  it.for(['/api/user/account', '/api/user/profile', '/me', '/users/me'])('works at %s', async (path, { expect }) => {
    const app = startApp()
    const user = await signedInUser(app)

    const response = await app.call(`DELETE ${path}`, { bearer: user.access_token, json: withPassword })

    expect(response.status).toBe(200)
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect(await rowOf(app, user.user.id)).toBeNull()
  })

  it.for(['/api/user/account', '/api/user/profile', '/me', '/users/me'])(
    'works without a body at %s: then it can be undone',
    async (path, { expect }) => {
      const app = startApp()
      const user = await signedInUser(app)

      const response = await app.call(`DELETE ${path}`, { bearer: user.access_token })

      expect(response.status).toBe(200)
      const erasesAt = new Date(app.now().getTime() + 7 * 86_400_000)
      expect(await response.json()).toEqual({ message: expect.any(String), erases_at: erasesAt.toISOString() })
      expect((await profile(app, user.access_token)).status).toBe(401)
      expect(await rowOf(app, user.user.id)).toMatchObject({ status: 'disabled', erases_at: erasesAt.getTime() })
    },
  )

  it('with a proof of a re-authentication is done at once, and the proof works once', async ({ expect }) => {
    const app = startApp()
    const { email } = await signedInUser(app)
    const user = await logIn(app, email)
    const again = await bodyOf<SessionBody>(
      await stepUp(app, {
        bearer: user.access_token,
        json: { password: somePassword },
      }),
    )
    const headers = { 'Gatehouse-Proof': again.proof }
    await app.call('PATCH /api/user/profile', {
      bearer: again.access_token,
      json: { email: someAddress('next') },
      headers,
    })

    const spent = await app.call('DELETE /api/user/account', { bearer: again.access_token, headers })
    const { proof, access_token } = await bodyOf<SessionBody>(
      await stepUp(app, {
        bearer: again.access_token,
        json: { password: somePassword },
      }),
    )
    const done = await app.call('DELETE /api/user/account', {
      bearer: access_token,
      headers: { 'Gatehouse-Proof': proof },
    })

    expect([spent.status, await codeOf(spent)]).toEqual([403, 'reauthentication_required'])
    expect(await done.json()).toEqual({ message: expect.any(String) })
    expect(await rowOf(app, user.user.id)).toBeNull()
  })

  it('expires the cookies', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const login = await app.call('POST /api/auth/login', {
      json: { email, password: somePassword },
      headers: fromOurPage,
    })

    const response = await app.call('DELETE /api/user/account', { cookies: cookiesOf(login), headers: fromOurPage })

    expect(response.status).toBe(200)
    expect(cookiesOf(response)).toEqual({ token: '', refresh_token: '' })
  })

  it.for([15.1, 0])(
    'is refused to a token that a refresh gave after %d minutes (ASVS 7.5.3)',
    async (minutes, { expect }) => {
      const app = startApp()
      const user = await signedInUser(app)
      app.wait({ minutes })
      const { access_token } = await bodyOf<SessionBody>(await refresh(app, user.refresh_token))

      const response = await remove(app, access_token, {})

      expect([response.status, await codeOf(response)]).toEqual([403, 'reauthentication_required'])
      expect((await profile(app, access_token)).status).toBe(200)
    },
  )

  it('is allowed there with the current password, and not with another', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    app.wait({ minutes: 16 })
    const { access_token } = await bodyOf<SessionBody>(await refresh(app, user.refresh_token))

    const wrong = await remove(app, access_token, { current_password: 'a wrong guess' })
    const between = await profile(app, access_token)
    const right = await remove(app, access_token, { current_password: somePassword })

    expect(await refusalOf(wrong)).toMatchObject({ status: 422, code: 'wrong_password' })
    expect(between.status).toBe(200)
    expect(await bodyOf<object>(right)).toEqual({ message: expect.any(String) })
    expect((await profile(app, access_token)).status).toBe(401)
  })

  it('refuses a wrong password even if none was needed', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)

    const response = await remove(app, user.access_token, { current_password: 'a wrong guess' })

    expect(response.status).toBe(422)
    expect((await profile(app, user.access_token)).status).toBe(200)
  })

  it.for(deletions)('deletes nobody else %s, whatever the body names (A-19)', async ([, given], { expect }) => {
    const app = startApp()
    const one = await signedInUser(app)
    const two = await signedInUser(app)

    await remove(app, one.access_token, { ...given, user_id: two.user.id, id: two.user.id, email: two.email })

    expect((await profile(app, two.access_token)).status).toBe(200)
    expect((await profile(app, one.access_token)).status).toBe(401)
  })

  it.for(deletions)('%s is 401 the second time (F12)', async ([, given], { expect }) => {
    const app = startApp()
    const user = await signedInUser(app)

    const statuses = []
    for (let n = 0; n < 2; n++) statuses.push((await remove(app, user.access_token, given)).status)

    expect(statuses).toEqual([200, 401])
  })

  it.for(deletions)('%s is done once of eight requests at once', async ([, given], { expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const before = mailsTo(app, user.email).length

    const responses = await Promise.all(Array.from({ length: 8 }, () => remove(app, user.access_token, given)))

    // The password of an account that is gone proves nothing any more. A request that found the session a moment
    // earlier gets 403.
    const statuses = responses.map(({ status }) => (status === 403 ? 401 : status)).sort()
    expect(statuses).toEqual([200, ...Array(7).fill(401)])
    expect(mailsTo(app, user.email)).toHaveLength(before + 1)
  })

  it.for(deletions)(
    '%s is done, and reported as done, if the answer of the database was lost (F3)',
    async ([, given], { expect }) => {
      const first = startApp()
      const user = await signedInUser(first)
      const d1 = faultyD1(first.db)
      const app = startApp({ bindings: { DB: d1.binding } })
      d1.fail('after')

      const response = await remove(app, user.access_token, given)

      expect(response.status).toBe(200)
      expect((await profile(first, user.access_token)).status).toBe(401)
    },
  )

  it('notifies the owner, and keeps the address no longer than that takes', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const before = mailsTo(app, user.email).length

    await remove(app, user.access_token)
    await app.cron()

    expect(mailsTo(app, user.email).slice(before)).toMatchObject([
      { subject: 'Your account at Gatehouse was deleted', text: expect.not.stringContaining('#token=') },
    ])
    expect(holding(await everyRow(app), [user.email])).toEqual([])
  })

  it('is no way to mail an address that nobody ever read', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)
    const { access_token } = await logIn(app, email)
    const before = mailsTo(app, email).length

    const response = await remove(app, access_token)
    await app.cron()

    expect(response.status).toBe(200)
    expect(mailsTo(app, email)).toHaveLength(before)
    expect(holding(await everyRow(app), [email])).toEqual([])
  })

  it('without the password mails a way to undo it, and no second mail when it is over', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const before = mailsTo(app, user.email).length
    await remove(app, user.access_token, {})

    app.wait({ days: 7 })
    await app.cron()
    await app.cron()

    expect(mailsTo(app, user.email).slice(before)).toMatchObject([
      {
        subject: 'Your account at Gatehouse will be erased',
        text: expect.stringContaining('/auth/undo-deletion#token='),
      },
    ])
    expect(await rowOf(app, user.user.id)).toBeNull()
    expect((await undo(app, linkIn(app, user.email))).status).toBe(400)
  })

  it('waits for as many days as DELETION_GRACE_DAYS says', async ({ expect }) => {
    const app = startApp({ vars: { DELETION_GRACE_DAYS: '2' } })
    const user = await signedInUser(app)
    const { erases_at } = await bodyOf<{ erases_at: string }>(await remove(app, user.access_token, {}))

    app.wait({ days: 1.99 })
    await app.cron()
    const before = await rowOf(app, user.user.id)
    app.wait({ hours: 1 })
    await app.cron()

    expect(before).toMatchObject({ status: 'disabled', erases_at: Date.parse(erases_at) })
    expect(await rowOf(app, user.user.id)).toBeNull()
  })
})

describe('the last admin', () => {
  it('cannot leave, and can once there is another (A-19a)', async ({ expect }) => {
    const app = startApp()
    await app.db.prepare("update users set role = 'user'").run()
    const admin = await signedInAdmin(app)

    const refused = await remove(app, admin.access_token)
    const later = await remove(app, admin.access_token, {})
    const between = await profile(app, admin.access_token)
    await signedInAdmin(app)
    const allowed = await remove(app, admin.access_token)

    expect([refused.status, await codeOf(refused)]).toEqual([409, 'last_admin'])
    expect([later.status, await codeOf(later)]).toEqual([409, 'last_admin'])
    expect(between.status).toBe(200)
    expect(allowed.status).toBe(200)
  })
})

describe('an account that nobody verified', () => {
  it('is removed after thirty days, and leaves nothing', async ({ expect }) => {
    const app = startApp()
    const email = someAddress('Zqxjkv')
    await register(app, email)
    const { id } = (await app.db.prepare('select id from users where email = ?').bind(email).first<{ id: string }>())!

    app.wait({ days: 29.9 })
    await app.cron()
    const before = await everyRow(app)
    app.wait({ days: 0.2 })
    await app.cron()

    expect(holding(before, [email, id])).not.toEqual([])
    expect(holding(await everyRow(app), [email, id])).toEqual([])
  })

  it('also leaves nothing if it gives way to the owner of its address', async ({ expect }) => {
    const app = startApp()
    const email = someAddress('Zqxjkv')
    await app.call('POST /api/auth/register', { json: { email, password: somePassword }, ip: '203.0.113.99' })
    const { id } = (await app.db.prepare('select id from users where email = ?').bind(email).first<{ id: string }>())!
    app.wait({ minutes: 2 })
    const user = await signedInUser(app)
    await askForAddress(app, user.access_token, email)

    await confirmEmail(app, linkIn(app, email), { bearer: user.access_token })

    expect(await bodyOf(await profile(app, user.access_token))).toMatchObject({ email })
    const rows = await everyRow(app)
    expect(holding(rows, ['203.0.113.99'])).toEqual([])
    // One entry records that a registration gave way, and to whom.
    expect(holding(rows, [id])).toHaveLength(1)
    const entry = await app.db
      .prepare('select event, actor_id, ip, detail from audit where user_id = ?')
      .bind(id)
      .first()
    expect(entry).toMatchObject({ event: 'registration_removed', actor_id: user.user.id })
  })
})
