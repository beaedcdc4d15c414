import { beforeAll, describe, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { documented } from '../operations/document.ts'
import { addressed, operations as catalogue } from '../operations/index.ts'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import { failedMail } from '../support/app/failed-mails.ts'
import { addApp } from '../support/app/second-factors.ts'
import {
  alterUser,
  codeOf,
  logIn,
  profile,
  register,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { faulty } from '../support/faults/faulty.ts'

type Administered = {
  /** A body that the operation accepts. */
  json?: () => object
  /** The status of the answer to an admin. */
  status: number
}

/** Every operation for admins. The parameter is a user on whom the admin may act. */
const operations = documented
  .filter(({ access }) => access === 'admin')
  .map(({ operation, statuses }): [string, Administered] => {
    const { json } = catalogue[operation]!
    return [operation, { json: json && (() => json(startApp())), status: statuses.find((status) => status < 300)! }]
  })

const changing = operations.filter(([operation]) => !operation.startsWith('GET '))
const reading = operations.filter(([operation]) => operation.startsWith('GET '))

/** Everything about a user that an operation could change. */
const standing = async (app: TestApp, id: string) => {
  const rows = await Promise.all(
    ['users where id', 'sessions where user_id', 'mail where user_id', 'totp where user_id'].map((where) =>
      app.db.prepare(`select * from ${where} = ?`).bind(id).all(),
    ),
  )
  const { count } = (await app.db.prepare('select count(*) as count from users').first<{ count: number }>())!
  return { rows: rows.map(({ results }) => results), count }
}

const on = (operation: string, id: string) => addressed(operation, { id })

/** Returns method and path of the operation on this user, on a factor of theirs, or on a mail of theirs that failed. */
const about = async (app: TestApp, operation: string, userId: string) => {
  const factor = operation.includes('{factor}') ? (await addApp(app, userId)).id : undefined
  const id = operation.includes('/mails/') ? await failedMail(app, { userId }) : userId
  return addressed(operation, { id, factor })
}

it('the operations for admins are all that the app has (ASVS 8.2.1)', ({ expect }) => {
  const { routes } = createApp(() => {
    throw new Error('no request is made')
  })

  const found = routes
    .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/admin'))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)

  expect([...new Set(found)].sort()).toEqual(operations.map(([operation]) => operation).sort())
})

describe.for(operations)('%s', ([operation, { json, status }]) => {
  it('is for admins, and for nobody else (ASVS 8.2.1)', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const other = await signedInUser(app)
    const target = await signedInUser(app)
    const path = await about(app, operation, target.user.id)
    const ask = (bearer?: string) => app.call(path, { bearer, json: json?.() })
    const before = await standing(app, target.user.id)

    const stranger = await ask()
    const user = await ask(other.access_token)
    const after = await standing(app, target.user.id)
    const allowed = await ask(admin.access_token)

    expect([stranger.status, await codeOf(stranger)]).toEqual([401, 'not_authenticated'])
    expect([user.status, await codeOf(user)]).toEqual([403, 'forbidden'])
    expect(after).toEqual(before)
    expect(allowed.status).toBe(status)
  })

  it.for([
    ['demoted (A-19c)', { role: 'user' }, 403, 'forbidden'],
    ['disabled', { status: 'disabled' }, 401, 'invalid_token'],
  ] as const)('refuses an admin who was %s a moment ago', async ([, change, expected, code], { expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const former = await signedInAdmin(app)
    const target = await signedInUser(app)
    const [[member, value] = ['', '']] = Object.entries(change)
    const loss = `PUT /api/admin/users/${former.user.id}/${member}`
    const path = await about(app, operation, target.user.id)
    await bodyOf(await app.call(loss, { bearer: admin.access_token, json: { [member]: value } }))
    const before = await standing(app, target.user.id)

    const response = await app.call(path, { bearer: former.access_token, json: json?.() })

    expect([response.status, await codeOf(response)]).toEqual([expected, code])
    expect(await standing(app, target.user.id)).toEqual(before)
  })
})

describe.for(changing)('%s, by an admin who is demoted during the request', ([operation, { json }]) => {
  it.for([
    ['demoted', "update users set role = 'user' where id = ?"],
    ['disabled', "update users set status = 'disabled' where id = ?"],
    ['signed out', 'delete from sessions where user_id = ?'],
  ] as const)('does nothing: the write asks again (%s)', async ([, sql], { expect }) => {
    const first = startApp()
    const admin = await signedInAdmin(first)
    await signedInAdmin(first)
    const target = await signedInUser(first)
    // The guard sends a single statement; the write is a batch.
    const app = startApp({
      bindings: {
        DB: faulty(first.db, async ({ sql: statements }, go) => {
          if (statements.length > 1) await first.db.prepare(sql).bind(admin.user.id).run()
          return go()
        }),
      },
    })
    const path = await about(first, operation, target.user.id)
    const before = await standing(first, target.user.id)

    const response = await app.call(path, { bearer: admin.access_token, json: json?.() })

    expect([403, 404]).toContain(response.status)
    expect(await standing(first, target.user.id)).toEqual(before)
  })
})

describe.for(changing)('%s, long after the password was given', ([operation, { json, status }]) => {
  it('asks for the password again, and then works (ASVS 8.4.2, 10.3.4)', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const target = await signedInUser(app)
    const path = await about(app, operation, target.user.id)
    const ask = (bearer: string) => app.call(path, { bearer, json: json?.() })
    app.wait({ minutes: 10 })
    const { refresh_token } = await bodyOf<{ refresh_token: string }>(
      await app.call('POST /api/auth/refresh', { json: { refresh_token: admin.refresh_token } }),
    )
    app.wait({ minutes: 6 })
    const { access_token } = await bodyOf<{ access_token: string }>(
      await app.call('POST /api/auth/refresh', { json: { refresh_token } }),
    )
    const before = await standing(app, target.user.id)

    const refused = await ask(access_token)
    const after = await standing(app, target.user.id)
    const again = await stepUp(app, {
      bearer: access_token,
      json: { password: somePassword },
    })
    const allowed = await ask((await bodyOf<{ access_token: string }>(again)).access_token)

    expect([refused.status, await codeOf(refused)]).toEqual([403, 'reauthentication_required'])
    expect(after).toEqual(before)
    expect(allowed.status).toBe(status)
  })
})

describe.for(changing)(
  '%s requires several things, and each of them refuses alone',
  ([operation, { json, status }]) => {
    const required = { MFA_REQUIRED: 'admins' }
    const lacking: Record<string, (app: TestApp, admin: SessionBody & { email: string }) => Promise<unknown>> = {
      forbidden: (app, { email }) => alterUser(app, email, { role: 'user' }),
      enrolment_required: (app, { user }) => app.db.prepare('delete from totp where user_id = ?').bind(user.id).run(),
      reauthentication_required: async (app) => app.wait({ minutes: 15, seconds: 1 }),
      invalid_token: (app, { user }) => app.db.prepare('delete from sessions where user_id = ?').bind(user.id).run(),
    }

    it.for(Object.keys(lacking))('%s (ASVS 8.2.1, 8.4.2)', async (code, { expect }) => {
      const app = startApp({ vars: { ...required, ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
      const admin = await signedInAdmin(startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } }))
      await addApp(app, admin.user.id)
      const target = await signedInUser(startApp())
      const path = await about(app, operation, target.user.id)
      const ask = () => app.call(path, { bearer: admin.access_token, json: json?.() })
      const before = await standing(app, target.user.id)

      await lacking[code]!(app, admin)
      const refused = await ask()

      expect(await codeOf(refused)).toBe(code)
      expect(await standing(app, target.user.id)).toEqual(before)
    })

    it('and with all of them it works', async ({ expect }) => {
      const app = startApp({ vars: required })
      const admin = await signedInAdmin(startApp())
      await addApp(app, admin.user.id)
      const target = await signedInUser(startApp())
      const path = await about(app, operation, target.user.id)

      expect((await app.call(path, { bearer: admin.access_token, json: json?.() })).status).toBe(status)
    })
  },
)

describe.for(reading)('%s, long after the password was given', ([operation]) => {
  it('still answers', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    app.wait({ minutes: 14 })
    const { access_token } = await bodyOf<{ access_token: string }>(
      await app.call('POST /api/auth/refresh', { json: { refresh_token: admin.refresh_token } }),
    )
    app.wait({ minutes: 14 })

    const response = await app.call(on(operation, admin.user.id), { bearer: access_token })

    expect(response.status).toBe(200)
  })
})

describe('the password of an admin', () => {
  it.for([
    { minutes: 14.9, status: 200 },
    { minutes: 15.1, status: 403 },
  ])(
    'counts as just given for a quarter of an hour: $status after $minutes minutes',
    async ({ minutes, status }, { expect }) => {
      const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
      const admin = await signedInAdmin(app)
      const target = await signedInUser(app)

      app.wait({ minutes })
      const response = await app.call(`PUT /api/admin/users/${target.user.id}/role`, {
        bearer: admin.access_token,
        json: { role: 'admin' },
      })

      expect(response.status).toBe(status)
    },
  )
})

describe('a body for admins', () => {
  const unknown: object[] = [
    { role: 'admin' },
    { is_admin: true },
    { is_verified: true },
    { id: '00000000-0000-7000-8000-000000000000' },
    { password: 'a fine new passphrase' },
    { password_hash: '$scrypt$' },
    { status: 'disabled' },
    { disabled_at: null },
    { token_version: 1 },
    { created_at: '2020-01-01T00:00:00Z' },
    { avatar: 'x' },
    { avatar_url: 'http://169.254.169.254/' },
    { pending_email: 'next@example.com' },
    { constructor: { prototype: { role: 'admin' } } },
    { mane: 'a typo' },
  ]
  const bodies = operations.filter(([, { json }]) => json)

  it.for(
    bodies.flatMap(([operation, { json }]) =>
      unknown
        // A member that this operation does know, if only by an older name.
        .filter((member) => !Object.keys(json!()).some((known) => Object.hasOwn(member, known)))
        .filter((member) => !('is_verified' in member && operation.endsWith('/{id}')))
        .map((member) => ({ operation, json: json!, member, text: JSON.stringify(member) })),
    ),
  )('$operation refuses $text (A-18, A-19b)', async ({ operation, json, member }, { expect }) => {
    const app = await shared()
    const before = await standing(app.app, app.target.user.id)

    const response = await app.app.call(on(operation, app.target.user.id), {
      bearer: app.admin.access_token,
      json: { ...json(), ...member },
    })

    const { status, code, fields } = await refusalOf(response)
    expect({ status, code }).toEqual({ status: 422, code: 'validation_failed' })
    expect(fields).toEqual(Object.keys(member).map((name) => `${name} unknown_member`))
    expect(await standing(app.app, app.target.user.id)).toEqual(before)
  })

  it.for(['POST /api/admin/users', 'PUT /api/admin/users/{id}', 'PUT /api/admin/users/{id}/role'])(
    '%s does not treat __proto__ as a member (A-24)',
    async (operation, { expect }) => {
      const { app, admin, target } = await shared()
      const good = JSON.stringify(catalogue[operation]!.json!(startApp()))

      const response = await app.call(on(operation, target.user.id), {
        bearer: admin.access_token,
        body: `${good.slice(0, -1)},"__proto__":{"role":"admin"}}`,
        headers: { 'Content-Type': 'application/json' },
      })

      expect(({} as { role?: string }).role).toBeUndefined()
      expect(response.status).toBe(422)
    },
  )

  it.for(['superadmin', ['admin'], 'admin,user', 'Admin', ' admin', '', null, true, 1, { role: 'admin' }])(
    'has no role %o (A-19b)',
    async (role, { expect }) => {
      const { app, admin, target } = await shared()

      const set = await app.call(`PUT /api/admin/users/${target.user.id}/role`, {
        bearer: admin.access_token,
        json: { role },
      })
      const made = await app.call('POST /api/admin/users', {
        bearer: admin.access_token,
        json: { email: someAddress('new'), role },
      })

      expect(await refusalOf(set)).toMatchObject({ status: 422, code: 'validation_failed' })
      expect(await refusalOf(made)).toMatchObject({ status: 422, code: 'validation_failed' })
      expect(await bodyOf(await profile(app, target.access_token))).toMatchObject({ role: 'user' })
    },
  )

  it.for([{}, { status: 'banned' }, { status: null }, { status: ['disabled'] }])(
    'has no status %o',
    async (json, { expect }) => {
      const { app, admin, target } = await shared()

      const response = await app.call(`PUT /api/admin/users/${target.user.id}/status`, {
        bearer: admin.access_token,
        json,
      })

      expect(response.status).toBe(422)
    },
  )

  it.for([
    { email: null },
    { email: '' },
    { email: 'no address' },
    { email: 'a@example.com\r\nBcc: b@example.com' },
    { name: '' },
    { name: 'a\u0000b' },
    { name: 'x'.repeat(101) },
    { phone: '12345' },
    { email_verified: null },
    { email_verified: 'true' },
  ])('does not edit by %o', async (json, { expect }) => {
    const { app, admin, target } = await shared()
    const before = await standing(app, target.user.id)

    const response = await app.call(`PATCH /api/admin/users/${target.user.id}`, { bearer: admin.access_token, json })

    expect(response.status).toBe(422)
    expect(await standing(app, target.user.id)).toEqual(before)
  })

  it('makes admins in no other way than by the role (A-18)', async ({ expect }) => {
    const { app, target } = await shared()
    const email = someAddress()
    const grabs = { role: 'admin', is_admin: true, email_verified: true, status: 'active' }

    await app.call('POST /api/auth/register', { json: { email, password: somePassword, ...grabs } })
    await app.call('PATCH /api/user/profile', { bearer: target.access_token, json: { name: 'Eve', ...grabs } })

    const refused = await app.call('GET /api/admin/stats', { bearer: target.access_token })
    expect(refused.status).toBe(403)
    const row = await app.db.prepare('select role, email_verified_at from users where email = ?').bind(email).first()
    expect(row).toEqual({ role: 'user', email_verified_at: null })
  })

  const shared = () => (made ??= people())
  let made: ReturnType<typeof people> | undefined
  const people = async () => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '1000' } })
    return { app, admin: await signedInAdmin(app), target: await signedInUser(app) }
  }
})

describe('a path that resembles one for admins (A-04c)', () => {
  let app: TestApp
  let bearer: string
  beforeAll(async () => {
    app = startApp()
    bearer = (await signedInUser(app)).access_token
  })

  it.for([
    '//api/admin/users',
    '/api//admin/users',
    '/api/admin//users',
    '/api/admin%2Fusers',
    '/api/%61dmin/users',
    '/API/ADMIN/USERS',
    '/api/admin/users/',
    '/x/..%2fapi/admin/users',
    '/api/user/../admin/users',
    '/api/user/%2e%2e/admin/users',
    '/api/admin/users;x',
    '/api/admin/users%00',
    '/api/admin/users?role=admin',
  ])('%s is not open to a user', async (path, { expect }) => {
    const response = await app.request(`GET ${path}`, { bearer })

    expect([403, 404]).toContain(response.status)
  })
})

describe('an admin who is not verified', () => {
  it('can administer if verification is optional, and cannot get in if it is required', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)
    await alterUser(app, email, { role: 'admin' })

    const { access_token } = await logIn(app, email)
    const strict = startApp()
    const refused = await strict.call('POST /api/auth/login', { json: { email, password: somePassword } })

    expect((await app.call('GET /api/admin/stats', { bearer: access_token })).status).toBe(200)
    expect(refused.status).toBe(401)
  })
})
