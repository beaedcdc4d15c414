import { describe, it } from 'vitest'
import { bodyOf, signedInAdmin } from '../support/app/administrators.ts'
import {
  alterUser,
  codeOf,
  linkIn,
  logIn,
  member,
  newPassword,
  profile,
  register,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

const theirs = 'a password of an attacker'
const optional = { EMAIL_VERIFICATION: 'optional' }

const squatted = async (app: TestApp) => {
  const email = someAddress()
  await register(app, email, theirs)
  return { email, token: linkIn(app, email, 'reject-registration'), verify: linkIn(app, email, 'verify-email') }
}

const reject = (app: TestApp, token: string) => app.call('POST /api/auth/reject-registration', { json: { token } })

const attempt = async (app: TestApp, email: string, password = theirs) =>
  (await app.call('POST /api/auth/login', { json: { email, password } })).status

const rowOf = (app: TestApp, email: string) =>
  app.db
    .prepare('select id, password is not null as password, pending_email from users where email = ?')
    .bind(email)
    .first<{ id: string; password: number; pending_email: string | null }>()

const entriesOf = async (app: TestApp, id: string) =>
  (
    await app.db
      .prepare('select event, detail, ip from audit where user_id = ? order by id')
      .bind(id)
      .all<{ event: string; detail: string | null; ip: string | null }>()
  ).results

describe('“I did not register”', () => {
  it('removes an account that was registered and never used, and leaves an entry in the audit', async ({ expect }) => {
    const app = startApp()
    const { email, token, verify } = await squatted(app)
    const { id } = (await rowOf(app, email))!

    const reply = await reject(app, token)

    expect(reply.status).toBe(200)
    expect(await rowOf(app, email)).toBeNull()
    expect(await entriesOf(app, id)).toMatchObject([{ event: 'registration_rejected', detail: '{"removed":true}' }])
    const late = await app.call('POST /api/auth/verify-email', { json: { token: verify } })
    expect([late.status, await codeOf(late)]).toEqual([400, 'invalid_token'])
    app.wait({ minutes: 2 })
    await member(app, email, somePassword)
    expect([await attempt(app, email), await attempt(app, email, somePassword)]).toEqual([401, 200])
  })

  it.for<{ what: string; values: Parameters<typeof alterUser>[2] }>([
    { what: 'imported', values: { origin: 'imported' } },
    { what: 'invited', values: { origin: 'invited' } },
    { what: 'made before origins were kept', values: { origin: null } },
    { what: 'disabled by an admin', values: { status: 'disabled' } },
    { what: 'used before', values: { lastLoginAt: new Date() } },
  ])('takes password, sessions and links from one that was $what, and leaves it', async ({ values }, { expect }) => {
    const app = startApp({ vars: optional })
    const { email, token, verify } = await squatted(app)
    const { access_token } = await logIn(app, email, theirs)
    await app.call('PATCH /api/user/profile', { bearer: access_token, json: { email: someAddress('next') } })
    await alterUser(app, email, { lastLoginAt: null, ...values })
    const { id } = (await rowOf(app, email))!

    const reply = await reject(app, token)
    await alterUser(app, email, { status: 'active' })

    expect(reply.status).toBe(200)
    expect(await rowOf(app, email)).toEqual({ id, password: 0, pending_email: null })
    expect(await entriesOf(app, id)).toContainEqual(
      expect.objectContaining({ event: 'registration_rejected', detail: '{"removed":false}' }),
    )
    expect((await profile(app, access_token)).status).toBe(401)
    expect(await attempt(app, email)).toBe(401)
    expect((await app.call('POST /api/auth/verify-email', { json: { token: verify } })).status).toBe(400)
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/resend-verification', { json: { email } })
    const json = { token: linkIn(app, email, 'reset-password'), new_password: newPassword }
    expect((await app.call('POST /api/auth/reset-password', { json })).status).toBe(200)
    expect(await attempt(app, email, newPassword)).toBe(200)
  })

  it('does nothing once the address is verified', async ({ expect }) => {
    const app = startApp()
    const { email, token, verify } = await squatted(app)
    await app.call('POST /api/auth/verify-email', { json: { token: verify } })

    const reply = await reject(app, token)

    expect([reply.status, await codeOf(reply)]).toEqual([400, 'invalid_token'])
    expect(await attempt(app, email)).toBe(200)
  })

  it.for<{ what: string; make: (app: TestApp) => Promise<string> }>([
    { what: 'that verifies', make: async (app) => (await squatted(app)).verify },
    {
      what: 'that is forged',
      make: async (app) => (await squatted(app)).token.replace(/.(?=.$)/, (c) => (c === 'A' ? 'B' : 'A')),
    },
    {
      what: 'that is too old',
      make: async (app) => {
        const { token } = await squatted(app)
        app.wait({ hours: 24 })
        return token
      },
    },
    {
      what: 'of an address that the account no longer has',
      make: async (app) => {
        const { email, token } = await squatted(app)
        const moved = someAddress('moved')
        await alterUser(app, email, { email: moved, emailCanonical: moved })
        return token
      },
    },
  ])('takes no link $what', async ({ make }, { expect }) => {
    const app = startApp()

    const reply = await reject(app, await make(app))

    expect([reply.status, await codeOf(reply)]).toEqual([400, 'invalid_token'])
  })

  it('is known to admins by its event', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInAdmin(app)
    const { email, token } = await squatted(app)
    const { id } = (await rowOf(app, email))!

    await reject(app, token)

    const trail = await app.call(`GET /api/admin/audit?event=registration_rejected&user=${id}`, {
      bearer: access_token,
    })
    expect(await bodyOf(trail)).toMatchObject({ entries: [{ user_id: id, actor_id: null, detail: { removed: true } }] })
  })

  it('also works at the shorter path, like the other links', async ({ expect }) => {
    const app = startApp()
    const { token } = await squatted(app)

    expect((await app.request('POST /auth/reject-registration', { json: { token } })).status).toBe(200)
  })
})
