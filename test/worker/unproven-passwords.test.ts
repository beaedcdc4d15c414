import { describe, it } from 'vitest'
import { bodyOf, signedInAdmin, type UserBody } from '../support/app/administrators.ts'
import {
  alterUser,
  codeOf,
  cookiesOf,
  linkIn,
  logIn,
  mailsTo,
  newPassword,
  profile,
  register,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

/** What admins do to an account whose password may have been chosen by somebody who only typed the address. */

const theirs = 'a password of an attacker'
const optional = { EMAIL_VERIFICATION: 'optional' }

type Edited = UserBody & { password_dropped: boolean }

const idOf = async (app: TestApp, email: string) =>
  (await app.db.prepare('select id from users where email = ?').bind(email).first<string>('id'))!

const squatted = async (app: TestApp, email = someAddress('ceo')) => {
  const reply = await app.call('POST /api/auth/register', {
    json: { email, password: theirs, name: 'Mallory', phone: '+442079460958' },
  })
  return { email, id: await idOf(app, email), cookies: cookiesOf(reply), verify: linkIn(app, email, 'verify-email') }
}

const edit = (app: TestApp, bearer: string, id: string, json: object) =>
  app.call(`PATCH /api/admin/users/${id}`, { bearer, json })

const makeAdmin = (app: TestApp, bearer: string, id: string) =>
  app.call(`PUT /api/admin/users/${id}/role`, { bearer, json: { role: 'admin' } })

const invite = (app: TestApp, bearer: string, json: object) => app.call('POST /api/admin/users', { bearer, json })

const attempt = async (app: TestApp, email: string, password = theirs) =>
  (await app.call('POST /api/auth/login', { json: { email, password } })).status

const setPassword = (app: TestApp, token: string) =>
  app.call('POST /api/auth/reset-password', { json: { token, new_password: newPassword } })

const lastEntry = async (app: TestApp, bearer: string, id: string, event: string) => {
  const { entries } = await bodyOf<{ entries: { detail: object }[] }>(
    await app.call(`GET /api/admin/audit?user=${id}&event=${event}`, { bearer }),
  )
  return entries[0]?.detail
}

describe('an admin who vouches for an address that somebody registered', () => {
  it('drops the password that nobody proved, and mails a link to choose one', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { id, email, verify } = await squatted(app)

    const edited = await bodyOf<Edited>(await edit(app, access_token, id, { email_verified: true }))

    expect(edited).toMatchObject({ email, email_verified: true, password_dropped: true })
    expect(await lastEntry(app, access_token, id, 'user_updated')).toMatchObject({
      verified: true,
      password_dropped: true,
    })
    expect(await attempt(app, email)).toBe(401)
    expect((await app.call('POST /api/auth/verify-email', { json: { token: verify } })).status).toBe(400)
    expect((await setPassword(app, verify)).status).toBe(400)
    expect(mailsTo(app, email).at(-1)?.subject).toContain('Choose a password')
    expect((await setPassword(app, linkIn(app, email, 'reset-password'))).status).toBe(200)
    expect([await attempt(app, email), await attempt(app, email, newPassword)]).toEqual([401, 200])
  })

  it('ends the sessions that it opened, and a change of address that waits', async ({ expect }) => {
    const app = startApp({ vars: optional })
    const { access_token } = await signedInAdmin(app)
    const { id, email } = await squatted(app)
    const session = await logIn(app, email, theirs)
    await app.call('PATCH /api/user/profile', { bearer: session.access_token, json: { email: someAddress('evil') } })

    const edited = await bodyOf<Edited>(await edit(app, access_token, id, { email_verified: true }))

    expect(edited).toMatchObject({ pending_email: null, password_dropped: true })
    expect((await profile(app, session.access_token)).status).toBe(401)
    expect((await app.call('POST /api/auth/refresh', { json: { refresh_token: session.refresh_token } })).status).toBe(
      401,
    )
  })

  it.for<Parameters<typeof alterUser>[2]>([
    { origin: 'imported' },
    { origin: 'invited' },
    { origin: 'created' },
    { origin: null },
    { emailVerifiedAt: new Date() },
  ])('keeps the password where the account is %j', async (values, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { id, email } = await squatted(app)
    await alterUser(app, email, values)
    const before = app.mailbox.length

    const edited = await bodyOf<Edited>(await edit(app, access_token, id, { email_verified: true }))

    expect(edited).toMatchObject({ email_verified: true, password_dropped: false })
    // If the address was verified before, nothing changed, and there is no entry.
    expect((await lastEntry(app, access_token, id, 'user_updated')) ?? {}).not.toHaveProperty('password_dropped')
    expect(await attempt(app, email)).toBe(200)
    expect(app.mailbox.slice(before).map(({ subject }) => subject)).toEqual([])
  })

  it('and gives it another address also drops the password, and mails to the new address', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { id } = await squatted(app)
    const moved = someAddress('moved')

    const edited = await bodyOf<Edited>(await edit(app, access_token, id, { email: moved, email_verified: true }))

    expect(edited).toMatchObject({ email: moved, email_verified: true, password_dropped: true })
    expect(await attempt(app, moved)).toBe(401)
    expect(mailsTo(app, moved)).toHaveLength(1)
    expect((await setPassword(app, linkIn(app, moved, 'reset-password'))).status).toBe(200)
  })

  it('does not touch the password when editing other members', async ({ expect }) => {
    const app = startApp({ vars: optional })
    const { access_token } = await signedInAdmin(app)
    const { id, email } = await squatted(app)

    const edited = await bodyOf<Edited>(await edit(app, access_token, id, { name: 'Somebody' }))

    expect(edited).toMatchObject({ email_verified: false, password_dropped: false })
    expect(await attempt(app, email)).toBe(200)
  })

  it('may register twice at once: one mail, and a link that works', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { id, email } = await squatted(app)

    const replies = await Promise.all([1, 2].map(() => edit(app, access_token, id, { email_verified: true })))

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(mailsTo(app, email)).toHaveLength(2)
    expect((await setPassword(app, linkIn(app, email, 'reset-password'))).status).toBe(200)
  })
})

describe('no sequence of acts of admins makes an admin of somebody who only typed an address', () => {
  type Act = (app: TestApp, bearer: string, target: { id: string; email: string }) => Promise<unknown>
  const acts: Record<string, Act> = {
    vouch: (app, bearer, { id }) => edit(app, bearer, id, { email_verified: true }),
    unvouch: (app, bearer, { id }) => edit(app, bearer, id, { email_verified: false }),
    rename: (app, bearer, { id }) => edit(app, bearer, id, { name: 'Chief' }),
    disable: (app, bearer, { id }) =>
      app.call(`PUT /api/admin/users/${id}/status`, { bearer, json: { status: 'disabled' } }),
    enable: (app, bearer, { id }) =>
      app.call(`PUT /api/admin/users/${id}/status`, { bearer, json: { status: 'active' } }),
    reset: (app, bearer, { id }) => app.call(`POST /api/admin/users/${id}/password-reset`, { bearer }),
    promote: (app, bearer, { id }) => makeAdmin(app, bearer, id),
    demote: (app, bearer, { id }) => app.call(`PUT /api/admin/users/${id}/role`, { bearer, json: { role: 'user' } }),
    invite: (app, bearer, { email }) => invite(app, bearer, { email, role: 'admin' }),
    move: (app, bearer, { id }) => edit(app, bearer, id, { email: someAddress('moved') }),
    'move and vouch': (app, bearer, { id }) =>
      edit(app, bearer, id, { email: someAddress('moved'), email_verified: true }),
  }
  const names = Object.keys(acts)

  it.for([{}, optional])('of two acts and a promotion, with %j', { timeout: 120_000 }, async (vars, { expect }) => {
    const app = startApp({ vars: { ...vars, THROTTLE_FACTOR: '1000' } })
    const { access_token } = await signedInAdmin(app)
    const broken: string[] = []
    for (const first of names)
      for (const second of names) {
        const target = await squatted(app)
        for (const name of [first, second]) await acts[name]!(app, access_token, target)
        await makeAdmin(app, access_token, target.id)
        const row = await app.db
          .prepare("select email from users where id = ? and role = 'admin' and password is not null")
          .bind(target.id)
          .first<{ email: string }>()
        if (row) broken.push(`${first}, ${second}`)
      }

    expect(broken).toEqual([])
  })
})

describe('an invitation to an address that somebody registered', () => {
  it('takes the account over: nothing stays that its maker chose, and nothing lets them in', async ({ expect }) => {
    const app = startApp({ vars: optional })
    const { access_token } = await signedInAdmin(app)
    const { id, email, verify, cookies } = await squatted(app)
    const log = await app.call('POST /api/auth/login', { json: { email, password: theirs } })
    const { access_token: stolen, refresh_token } = await bodyOf<{ access_token: string; refresh_token: string }>(log)
    await app.call('PATCH /api/user/profile', { bearer: stolen, json: { email: someAddress('evil') } })
    await alterUser(app, email, { avatar: 'x'.repeat(22) })
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const reset = linkIn(app, email, 'reset-password')

    const reply = await invite(app, access_token, { email: email.toUpperCase(), name: 'The Chief', role: 'admin' })

    expect(await bodyOf(reply, 201)).toMatchObject({
      id,
      name: 'The Chief',
      phone: null,
      avatar_url: null,
      role: 'admin',
      email_verified: false,
      pending_email: null,
      last_login_at: null,
    })
    expect(await lastEntry(app, access_token, id, 'user_created')).toEqual({ role: 'admin', took_over: true })
    expect((await profile(app, stolen)).status).toBe(401)
    expect((await app.call('POST /api/auth/refresh', { json: { refresh_token } })).status).toBe(401)
    expect(await attempt(app, email)).toBe(401)
    for (const token of [verify, reset]) expect((await setPassword(app, token)).status).toBe(400)
    const json = { token: verify, require_proof: true }
    expect((await app.call('POST /api/auth/verify-email', { json, cookies })).status).toBe(400)
    const rows = await app.db.prepare('select count(*) as n from devices where user_id = ?').bind(id).first('n')
    expect(rows).toBe(0)

    const link = linkIn(app, email.toUpperCase(), 'reset-password')
    expect((await setPassword(app, link)).status).toBe(200)
    expect((await logIn(app, email, newPassword)).user).toMatchObject({ id, role: 'admin', email_verified: true })
    // The device that logged in as the earlier user is now a stranger's: ten wrong guesses from it close the address to
    // strangers.
    const device = cookiesOf(log).device!
    for (let n = 0; n < 10; n++)
      await app.call('POST /api/auth/login', { json: { email, password: `guess ${n}` }, cookies: { device } })
    const stranger = await app.call('POST /api/auth/login', { json: { email, password: 'a guess more' } })
    expect(stranger.status).toBe(429)
  })

  it.for<Parameters<typeof alterUser>[2]>([{ origin: 'imported' }, { origin: null }, { lastLoginAt: new Date() }])(
    'takes over one that is %j and not verified',
    async (values, { expect }) => {
      const app = startApp()
      const { access_token } = await signedInAdmin(app)
      const { id, email } = await squatted(app)
      await alterUser(app, email, values)

      expect(await bodyOf(await invite(app, access_token, { email }), 201)).toMatchObject({ id, name: null })
      expect((await setPassword(app, linkIn(app, email))).status).toBe(200)
      expect(await attempt(app, email)).toBe(401)
    },
  )

  it.for<{ what: string; arrange: (app: TestApp, email: string) => Promise<unknown> }>([
    { what: 'verified', arrange: (app, email) => alterUser(app, email, { emailVerifiedAt: app.now() }) },
    { what: 'disabled', arrange: (app, email) => alterUser(app, email, { status: 'disabled' }) },
    {
      what: 'invited before, with no password yet',
      arrange: (app, email) => alterUser(app, email, { origin: 'invited', passwordHash: null }),
    },
    {
      what: 'reserved for a user who may still undo a change of address',
      arrange: (app, email) =>
        app.db
          .prepare(
            "insert into mail (id, kind, address, address_canonical, created_at, expires_at) values ('r', 'revert_email_change', ?1, ?1, 0, ?2)",
          )
          .bind(email, app.now().getTime() + 1000)
          .run(),
    },
  ])('is refused where the account is $what', async ({ arrange }, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { id, email } = await squatted(app)
    await arrange(app, email)
    const row = () => app.db.prepare('select * from users where id = ?').bind(id).first()
    const before = await row()

    const refused = await invite(app, access_token, { email, role: 'admin' })

    expect([refused.status, await codeOf(refused)]).toEqual([409, 'email_taken'])
    expect(await row()).toEqual(before)
  })

  it('is refused for a free address that is reserved for somebody, until that is over', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const email = someAddress('kept')
    await app.db
      .prepare(
        "insert into mail (id, kind, address, address_canonical, created_at, expires_at) values ('k', 'revert_email_change', ?1, ?1, 0, ?2)",
      )
      .bind(email, app.now().getTime() + 60_000)
      .run()

    const [early] = [await invite(app, access_token, { email })]
    app.wait({ minutes: 1 })
    const late = await invite(app, access_token, { email })

    expect([early.status, late.status]).toEqual([409, 201])
  })

  it('cannot take over one’s own account', async ({ expect }) => {
    const app = startApp({ vars: optional })
    const { access_token, email } = await signedInAdmin(app)
    await alterUser(app, email, { emailVerifiedAt: null })

    const refused = await invite(app, access_token, { email })

    expect([refused.status, await codeOf(refused)]).toEqual([409, 'email_taken'])
    expect(await attempt(app, email, somePassword)).toBe(200)
  })

  it('makes one invitation of eight requests at once', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { email } = await squatted(app)
    const before = mailsTo(app, email).length

    const replies = await Promise.all(Array.from({ length: 8 }, () => invite(app, access_token, { email })))

    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)])
    expect(mailsTo(app, email)).toHaveLength(before + 1)
    expect((await setPassword(app, linkIn(app, email))).status).toBe(200)
  })

  it('is refused to anybody but an admin, and leaves the account alone', async ({ expect }) => {
    const app = startApp({ vars: optional })
    const { access_token, email: admin } = await signedInAdmin(app)
    await signedInAdmin(app)
    const { email } = await squatted(app)
    await alterUser(app, admin, { role: 'user' })

    expect((await invite(app, access_token, { email })).status).toBe(403)
    expect(await attempt(app, email)).toBe(200)
  })

  it('is refused where registration is closed', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    await register(app, someAddress())
    const { email } = await squatted(app)
    const closed = startApp({ vars: { REGISTRATION: 'closed' } })

    expect(await codeOf(await invite(closed, access_token, { email }))).toBe('registration_closed')
  })
})
