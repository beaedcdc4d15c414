import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { aliases } from '../../src/aliases.ts'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import { enrol, factorsOf, proofBy } from '../support/app/enrolments.ts'
import { memberWhoMustEnrol, refusedUntilEnrolled } from '../support/app/log-in-enrolments.ts'
import { addPasskey, proofByPasskey } from '../support/app/passkeys.ts'
import { addApp, userWithFactors } from '../support/app/second-factors.ts'
import {
  alterUser,
  codeOf,
  cookiesOf,
  logInWith,
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

const password = somePassword

const requiring = (policy: 'none' | 'admins' | 'all') => startApp({ vars: { MFA_REQUIRED: policy } })

/** The database, with something that happens after each batch. */
const afterBatch = (happens: () => Promise<void>) =>
  new Proxy(env.DB, {
    get: (db, name) => {
      if (name === 'batch')
        return async (statements: D1PreparedStatement[]) => {
          const results = await db.batch(statements)
          await happens()
          return results
        }
      const value = Reflect.get(db, name)
      return typeof value === 'function' ? value.bind(db) : value
    },
  })

const sessionsOf = (app: TestApp, email: string) =>
  app.db
    .prepare('select count(*) as n from sessions where user_id = (select id from users where email = ?)')
    .bind(email)
    .first<number>('n')

describe('a second factor is required', () => {
  it.for([
    { policy: 'none', role: 'user', flag: false, status: 200 },
    { policy: 'none', role: 'admin', flag: false, status: 200 },
    { policy: 'none', role: 'user', flag: true, status: 403 },
    { policy: 'admins', role: 'user', flag: false, status: 200 },
    { policy: 'admins', role: 'user', flag: true, status: 403 },
    { policy: 'admins', role: 'admin', flag: false, status: 403 },
    { policy: 'all', role: 'user', flag: false, status: 403 },
    { policy: 'all', role: 'admin', flag: false, status: 403 },
  ] as const)(
    'of a person with the role $role, if MFA_REQUIRED is $policy and mfa_required $flag: $status (ASVS 6.3.3)',
    async ({ policy, role, flag, status }, { expect }) => {
      const app = requiring(policy)
      const email = await member(app)
      await alterUser(app, email, { role, mfaRequired: flag })

      const reply = await logInWith(app, email, password)

      expect(reply.status).toBe(status)
      expect(await sessionsOf(app, email)).toBe(status === 200 ? 1 : 0)
    },
  )

  it('and without one, a log-in gets a challenge and no token (ASVS 6.3.3)', async ({ expect }) => {
    const app = requiring('all')
    const email = await member(app)

    const reply = await logInWith(app, email, password)

    const body = (await reply.clone().json()) as object
    expect(body).toMatchObject({
      code: 'enrolment_required',
      methods: ['passkey', 'totp'],
      expires_in: 600,
      detail:
        'This account needs a second factor. Log in at http://localhost:8787 to add one, and then log in here again.',
    })
    expect(JSON.stringify(body)).not.toMatch(/access_token|refresh_token|"proof"/)
    expect(Object.keys(cookiesOf(reply))).toEqual(['login'])
  })

  it('but a wrong password gets the usual refusal', async ({ expect }) => {
    const app = requiring('all')

    const reply = await logInWith(app, await member(app), 'a wrong passphrase')

    expect(await refusalOf(reply)).toMatchObject({ status: 401, code: 'invalid_credentials' })
  })

  it('and an otp that belongs to nothing does not replace it', async ({ expect }) => {
    const app = requiring('all')
    const email = await member(app)

    const reply = await app.call('POST /api/auth/login', { json: { email, password, otp: '123456' } })

    expect([reply.status, await codeOf(reply)]).toEqual([403, 'enrolment_required'])
  })

  const older = Object.entries(aliases).flatMap(([path, ours]) => (ours === '/api/auth/login' ? [path] : []))

  it.for(older)('and at %s the refusal has a sentence that says where to add it', async (path, { expect }) => {
    const app = requiring('all')
    const email = await member(app)

    const byForm = await app.call(`POST ${path}`, { form: { username: email, password, grant_type: 'password' } })
    const byJson = await app.call(`POST ${path}`, { json: { email, password } })

    const text = expect.stringContaining('Log in at http://localhost:8787 to add one')
    expect([byForm.status, byJson.status]).toEqual([403, 403])
    expect(await byForm.json()).toMatchObject({ error: 'mfa_required', detail: text })
    expect(await byJson.json()).toMatchObject({ code: 'enrolment_required', detail: text })
  })

  it('and an account that has one logs in as before', async ({ expect }) => {
    const app = requiring('all')
    const email = await member(app)
    const { id } = (await app.db.prepare('select id from users where email = ?').bind(email).first<{ id: string }>())!
    const { code } = await addApp(app, id)

    const first = await logInWith(app, email, password)
    const both = await app.call('POST /api/auth/login', { json: { email, password, otp: await code() } })

    expect([await codeOf(first), both.status]).toEqual(['second_factor_required', 200])
  })

  it('and an address that nobody verified is verified first, also where that is optional', async ({ expect }) => {
    const app = startApp({ vars: { MFA_REQUIRED: 'all', EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)
    app.wait({ minutes: 2 })

    const reply = await logInWith(app, email, password)

    expect(await refusalOf(reply)).toMatchObject({ status: 401, code: 'invalid_credentials' })
    expect(mailsTo(app, email)).toHaveLength(2)
    expect(await sessionsOf(app, email)).toBe(0)
  })

  it('is decided by the statement that starts the session, not only before it', async ({ expect }) => {
    const email = await member(startApp())
    // An admin requires a factor after the log-in has read the user.
    const requires = async () => void (await alterUser(startApp(), email, { mfaRequired: true }))
    const app = startApp({ bindings: { DB: afterBatch(requires) } })

    const reply = await logInWith(app, email, password)

    expect([reply.status, await codeOf(reply)]).toEqual([403, 'enrolment_required'])
    expect(await sessionsOf(app, email)).toBe(0)
  })
})

describe('a session from before a second factor was required', () => {
  const olderSession = async (app: TestApp) => {
    const user = await signedInUser(app)
    await alterUser(app, user.email, { mfaRequired: true })
    return user
  }

  it('goes on, and says aal1', async ({ expect }) => {
    const app = startApp()
    const { refresh_token, access_token } = await olderSession(app)

    const next = await bodyOf<SessionBody>(await refresh(app, refresh_token))

    expect((await profile(app, access_token)).status).toBe(200)
    expect(decodeJwt(next.access_token)).toMatchObject({ acr: 'aal1', amr: ['pwd'] })
    expect(decodeJwt(next.access_token)).not.toHaveProperty('fresh')
  })

  it('gets no fresh token and no proof by the password (ASVS 7.5.3)', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await olderSession(app)

    const reply = await stepUp(app, { bearer, json: { password } })

    expect(await refusalOf(reply)).toMatchObject({ status: 403, code: 'enrolment_required' })
    expect(reply.headers.get('WWW-Authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="phr aal2"',
    )
    expect(await reply.json()).toMatchObject({ methods: ['passkey', 'totp'] })
  })

  it('can add one there, with the password, and then has both', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await olderSession(app)

    const added = await enrol(app, bearer)

    expect(decodeJwt(added.access_token)).toMatchObject({ acr: 'aal2' })
    expect(added.recovery_codes).toHaveLength(10)
  })

  it('of an admin reaches no operation for admins (ASVS 8.4.2)', async ({ expect }) => {
    const app = requiring('admins')
    const calm = startApp()
    const admin = await signedInAdmin(calm)

    const reply = await app.call('GET /api/admin/users', { bearer: admin.access_token })
    const added = await enrol(app, admin.access_token)
    const after = await app.call('GET /api/admin/users', { bearer: added.access_token })

    expect(await refusalOf(reply)).toMatchObject({ status: 403, code: 'enrolment_required' })
    expect(after.status).toBe(200)
  })
})

describe('admins require a second factor of one user', () => {
  const setBy = (app: TestApp, bearer: string, id: string, mfa_required: boolean) =>
    app.call(`PATCH /api/admin/users/${id}`, { bearer, json: { mfa_required } })

  it('and may lift it again; the audit says who did which', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const email = await member(app)
    const { id } = (await app.db.prepare('select id from users where email = ?').bind(email).first<{ id: string }>())!

    const set = await bodyOf<{ mfa_required: boolean }>(await setBy(app, admin.access_token, id, true))
    const refused = await logInWith(app, email, password)
    app.wait({ seconds: 1 })
    const lifted = await bodyOf<{ mfa_required: boolean }>(await setBy(app, admin.access_token, id, false))
    const allowed = await logInWith(app, email, password)

    expect([set.mfa_required, lifted.mfa_required]).toEqual([true, false])
    expect([refused.status, allowed.status]).toEqual([403, 200])
    const { results } = await app.db
      .prepare(
        "select actor_id, detail ->> 'mfa_required' as required from audit where user_id = ? and event = 'user_updated' order by id",
      )
      .bind(id)
      .all()
    expect(results).toEqual([
      { actor_id: admin.user.id, required: 1 },
      { actor_id: admin.user.id, required: 0 },
    ])
  })

  it('but not of themselves, and cannot free themselves', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    await enrol(app, admin.access_token).then((added) => Object.assign(admin, added))
    await alterUser(app, admin.email, { mfaRequired: true })

    const lifted = await setBy(app, admin.access_token, admin.user.id, false)
    const same = await setBy(app, admin.access_token, admin.user.id, true)

    expect(await refusalOf(lifted)).toMatchObject({ status: 409, code: 'own_account' })
    expect(same.status).toBe(200)
  })

  it('but not while users can add no factor, or nobody could log in', async ({ expect }) => {
    const app = startApp({ vars: { DATA_KEYS: undefined, PASSKEYS: 'off' } as never })
    const admin = await signedInAdmin(app)
    const email = await member(app)
    const { id } = (await app.db.prepare('select id from users where email = ?').bind(email).first<{ id: string }>())!

    const reply = await setBy(app, admin.access_token, id, true)

    expect(await refusalOf(reply)).toEqual({
      status: 422,
      code: 'validation_failed',
      fields: ['mfa_required no_factor'],
    })
  })

  it('and list these users, also among those that a search finds', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const [one, two] = [await memberWhoMustEnrol(app, someAddress('zuse')), await memberWhoMustEnrol(app)]
    await member(app, someAddress('zuse'))
    type Page = { users: { email: string; mfa_required: boolean }[]; total: number; next_cursor: string | null }
    const list = async (query: string) =>
      bodyOf<Page>(await app.call(`GET /api/admin/users?${query}`, { bearer: admin.access_token }))

    const all = await list('mfa_required=true')
    const found = await list('mfa_required=true&search=zuse')
    const first = await list('mfa_required=true&per_page=1')
    const second = await list(`mfa_required=true&per_page=1&cursor=${first.next_cursor}`)

    expect(all.users.every(({ mfa_required }) => mfa_required)).toBe(true)
    expect(all.users.map(({ email }) => email).slice(0, 2)).toEqual([two, one])
    expect(found.users.map(({ email }) => email)).toEqual([one])
    expect([first.users[0]!.email, second.users[0]!.email]).toEqual([two, one])
  })

  it('and see, as the owner does, whether one is required', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const user = await signedInUser(app)
    const required = async () => {
      const read = await app.call(`GET /api/admin/users/${user.user.id}/factors`, { bearer: admin.access_token })
      const own = await app.call('GET /api/user/factors', { bearer: user.access_token })
      return [await read.json(), await own.json()].map((body) => (body as { required: boolean }).required)
    }

    const no = await required()
    await alterUser(app, user.email, { mfaRequired: true })

    expect([no, await required()]).toEqual([
      [false, false],
      [true, true],
    ])
  })
})

describe('the last factor of a user who must have one', () => {
  const someone = async (app: TestApp) => {
    const user = await signedInUser(app)
    await alterUser(app, user.email, { mfaRequired: true })
    const { access_token: bearer, secret, factor } = await enrol(app, user.access_token)
    const remove = async (operation: string) =>
      app.call(operation, { bearer, headers: { 'Gatehouse-Proof': await proofBy(app, bearer, secret) } })
    return { ...user, bearer, secret, factor, remove }
  }

  it('cannot be removed by its owner, and stays with its recovery codes', async ({ expect }) => {
    const app = startApp()
    const { bearer, factor, remove } = await someone(app)

    const reply = await remove(`DELETE /api/user/factors/totp/${factor.id}`)

    expect(await refusalOf(reply)).toMatchObject({ status: 409, code: 'last_factor' })
    expect(await factorsOf(app, bearer)).toMatchObject({ totp: [{ id: factor.id }], recovery_codes: { left: 10 } })
  })

  it('is exchanged by adding the next one first, of either kind', async ({ expect }) => {
    const app = startApp()
    const { bearer, secret, factor, remove } = await someone(app)
    const { soft, added } = await addPasskey(app, bearer, { proof: await proofBy(app, bearer, secret) })

    const removed = await remove(`DELETE /api/user/factors/totp/${factor.id}`)
    const last = await app.call(`DELETE /api/user/passkeys/${added.passkey.id}`, {
      bearer: added.access_token,
      headers: { 'Gatehouse-Proof': await proofByPasskey(app, added.access_token, soft) },
    })

    expect(removed.status).toBe(200)
    expect(await refusalOf(last)).toMatchObject({ status: 409, code: 'last_factor' })
  })

  it('can be removed where none is required, by MFA_REQUIRED or an admin', async ({ expect }) => {
    const app = startApp()
    const { email, factor, remove } = await someone(app)
    await alterUser(app, email, { mfaRequired: false })

    expect((await remove(`DELETE /api/user/factors/totp/${factor.id}`)).status).toBe(200)
  })

  it('can be removed by an admin, and the next log-in adds one', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const { email, user } = await someone(app)

    const reply = await app.call(`DELETE /api/admin/users/${user.id}/factors`, { bearer: admin.access_token })

    expect(reply.status).toBe(200)
    expect((await refusedUntilEnrolled(app, email)).code).toBe('enrolment_required')
  })
})

describe('what a deployment can check', () => {
  it.for([
    { what: 'passkeys are off', vars: { PASSKEYS: 'off' }, methods: ['totp', 'recovery_code'] },
    { what: 'DATA_KEYS is missing', vars: { DATA_KEYS: undefined }, methods: ['passkey', 'recovery_code'] },
    { what: 'both', vars: { DATA_KEYS: undefined, PASSKEYS: 'off' }, methods: ['recovery_code'] },
  ])('is all that a log-in offers: $what', async ({ vars, methods }, { expect }) => {
    const app = startApp()
    const user = await userWithFactors(app)
    await addPasskey(app, user.access_token, { proof: await proofBy(app, user.access_token, user.seed) })
    const lacking = startApp({ vars: vars as never })

    const reply = await logInWith(lacking, user.email, password)

    expect(await reply.json()).toMatchObject({ code: 'second_factor_required', methods })
  })

  it('may be nothing that the owner has: then the refusal says whom to ask, and nothing opens', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    await addPasskey(app, user.access_token)
    await app.db.prepare('delete from recovery_codes where user_id = ?').bind(user.user.id).run()
    const lacking = startApp({ vars: { PASSKEYS: 'off' } })

    const reply = await logInWith(lacking, user.email, password)

    expect(await reply.clone().json()).toMatchObject({
      code: 'second_factor_required',
      methods: [],
      detail: 'Your second factor cannot be checked here at present. Ask the operator of the service.',
    })
    expect((await logInWith(app, user.email, password)).status).toBe(403)
  })

  it('decides what can be added, too', async ({ expect }) => {
    const app = startApp({ vars: { PASSKEYS: 'off' } })
    const email = await memberWhoMustEnrol(app)

    expect((await refusedUntilEnrolled(app, email)).methods).toEqual(['totp'])
  })
})
