import { env } from 'cloudflare:workers'
import { beforeEach, describe, it } from 'vitest'
import { tokenOfStart, withoutAdmins } from '../support/app/first-admin.ts'
import {
  codeOf,
  logIn,
  member,
  type SessionBody,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

const operation = 'POST /api/auth/first-admin'

const bodyFor = (email = someAddress('chief'), token = tokenOfStart()) => ({ token, email, password: somePassword })

const admins = async (app: TestApp) =>
  (await app.db.prepare("select email from users where role = 'admin'").all<{ email: string }>()).results.map(
    ({ email }) => email,
  )

const start = (ends: Date, nonce = 'n'.repeat(22)) => `${nonce}.${ends.getTime()}`

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000)

let app: TestApp
beforeEach(async () => {
  app = startApp()
  await withoutAdmins(app)
})

describe('the link to the first admin', () => {
  it('makes an admin, who is logged in and may use the API of admins', async ({ expect }) => {
    const email = someAddress('chief')

    const response = await app.call(operation, { json: { ...bodyFor(email), name: 'Ada' } })

    expect(response.status).toBe(200)
    const { access_token: bearer, user } = (await response.json()) as SessionBody
    expect(user).toMatchObject({ email, name: 'Ada', role: 'admin', email_verified: true })
    const list = await app.call('GET /api/admin/users?search=Ada', { bearer })
    expect(list.status).toBe(200)
    expect(((await list.json()) as { total: number }).total).toBe(1)
    const { access_token } = await logIn(app, email)
    expect((await app.call('GET /api/admin/stats', { bearer: access_token })).status).toBe(200)
  })

  it('is on record in the audit, with the way by which the admin was made', async ({ expect }) => {
    const { access_token: bearer, user } = (await (
      await app.call(operation, { json: bodyFor() })
    ).json()) as SessionBody

    const audit = await app.call(`GET /api/admin/audit?user=${user.id}&event=user_created`, { bearer })

    const { entries } = (await audit.json()) as { entries: { detail: object }[] }
    expect(entries.map(({ detail }) => detail)).toEqual([{ role: 'admin', by: 'first-admin link' }])
  })

  it('works once (ASVS 6.4.1)', async ({ expect }) => {
    await app.call(operation, { json: bodyFor() })
    const before = await admins(app)

    const again = await app.call(operation, { json: bodyFor() })

    expect(again.status).toBe(404)
    expect(await admins(app)).toEqual(before)
  })

  it('makes one admin if it is used twice at the same time', async ({ expect }) => {
    const answers = await Promise.all([1, 2, 3].map(() => app.call(operation, { json: bodyFor() })))

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404])
    expect(await admins(app)).toHaveLength(1)
  })

  it('leaves an account alone that has the address', async ({ expect }) => {
    const email = await member(app)

    const response = await app.call(operation, {
      json: { ...bodyFor(email), password: 'a passphrase of somebody else' },
    })

    expect(response.status).toBe(409)
    expect(await codeOf(response)).toBe('email_taken')
    expect(await admins(app)).toEqual([])
    expect((await logIn(app, email)).user).toMatchObject({ role: 'user' })
  })

  it('refuses a password that is too common', async ({ expect }) => {
    const response = await app.call(operation, { json: { ...bodyFor(), password: 'password1234' } })

    expect(response.status).toBe(422)
    expect(await admins(app)).toEqual([])
  })
})

describe('nobody becomes an admin', () => {
  const twin = (token: string) => `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`

  const cases: { what: string; vars?: Record<string, string | undefined>; token?: string; url?: string }[] = [
    { what: 'with a forged token', token: twin(tokenOfStart()) },
    { what: 'with the name of the start in place of its token', token: env.FIRST_ADMIN },
    { what: 'with the token of another start', token: tokenOfStart(start(inMinutes(30))) },
    {
      what: 'with the token of a start that was 30 minutes ago (ASVS 6.4.1)',
      vars: { FIRST_ADMIN: start(inMinutes(0)) },
      token: tokenOfStart(start(inMinutes(0))),
    },
    { what: 'where the command line made no link', vars: { FIRST_ADMIN: undefined } },
    {
      what: 'where the service is deployed',
      vars: { APP_URL: 'https://auth.example.com', PASSWORD_SCRYPT: 'ln=13,r=8,p=10' },
      url: 'https://localhost/api/auth/first-admin',
    },
    { what: 'by another name of this computer', url: 'http://rebound.example:8787/api/auth/first-admin' },
  ]

  it.for(cases)('$what', async ({ vars, token, url }, { expect }) => {
    const other = startApp({ vars })

    const response = await other.request(url ? `POST ${url}` : operation, { json: bodyFor(undefined, token) })

    expect(response.status).toBe(404)
    expect(await codeOf(response)).toBe('not_found')
    expect(await admins(app)).toEqual([])
    // The link is good: it was what the case changed that made the difference.
    expect((await app.call(operation, { json: bodyFor() })).status).toBe(200)
  })

  it('but by every name that a browser has for this computer, the link works', async ({ expect }) => {
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      await withoutAdmins(app)

      const response = await app.request(`POST http://${host}:8787/api/auth/first-admin`, { json: bodyFor() })

      expect(response.status).toBe(200)
    }
  })
})
