import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { newId } from '../../src/domain/ids.ts'
import { bodyOf, signedInAdmin } from '../support/app/administrators.ts'
import { firefox } from '../support/app/browsers.ts'
import {
  codeOf,
  linkIn,
  member,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'

type Export = {
  user: Record<string, unknown>
  sessions: Record<string, unknown>[]
  devices: Record<string, unknown>[]
  mails: { kind: string; address: string }[]
  audit: { event: string; user_id: string; ip: string; user_agent: string; at: string }[]
}

const exported = (app: TestApp, bearer: string) => app.call('GET /api/user/export', { bearer })

/** A user who has something of every kind. */
const someone = async (app: TestApp) => {
  const email = await member(app)
  const client = { headers: { 'User-Agent': firefox }, ip: '203.0.113.77', cf: { city: 'Berlin', country: 'DE' } }
  await app.call('POST /api/auth/login', { json: { email, password: 'a wrong guess' }, ...client })
  const login = await app.call('POST /api/auth/login', { json: { email, password: somePassword }, ...client })
  const session = await bodyOf<SessionBody>(login)
  const next = someAddress('next')
  const json = { name: 'Ada', phone: '+442079460958', email: next }
  await app.call('PATCH /api/user/profile', { bearer: session.access_token, json, ...client })
  return { ...session, email, next }
}

/** Returns the names of all members and all texts, at any depth. */
const leaves = (value: unknown): string[] =>
  value === null || typeof value !== 'object'
    ? [String(value)]
    : Object.entries(value).flatMap(([name, inner]) => [name, ...leaves(inner)])

describe('the export of what is held on a user', () => {
  it('is a download', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await exported(app, access_token)

    expect(response.headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(response.headers.get('Content-Disposition')).toBe('attachment; filename="account.json"')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
  })

  it('contains profile, sessions, devices, mails and what happened', async ({ expect }) => {
    const app = startApp()
    const user = await someone(app)

    const held = await bodyOf<Export>(await exported(app, user.access_token))

    expect(held.user).toEqual(await bodyOf(await profile(app, user.access_token)))
    expect(held.sessions).toMatchObject([
      { current: true, ip: '203.0.113.77', city: 'Berlin', country: 'DE', browser: 'Firefox', os: 'Linux' },
    ])
    expect(held.devices).toEqual([
      {
        name: 'Firefox on Linux, DE',
        first_seen_at: app.now().toISOString(),
        last_seen_at: app.now().toISOString(),
      },
    ])
    expect(held.mails.map(({ kind, address }) => `${kind} ${address}`).sort()).toEqual([
      `approve_email_change ${user.email}`,
      `confirm_email ${user.next}`,
      `verify_email ${user.email}`,
    ])
    expect(held.audit.map(({ event }) => event).sort()).toEqual([
      'email_change_requested',
      'email_verified',
      'log_in_failed',
      'logged_in',
      'registered',
    ])
    expect(held.audit.find(({ event }) => event === 'logged_in')).toMatchObject({
      user_id: user.user.id,
      ip: '203.0.113.77',
      user_agent: firefox,
      at: app.now().toISOString(),
    })
  })

  it('contains nothing about anybody else', async ({ expect }) => {
    const app = startApp()
    const other = await someone(app)
    const user = await someone(app)

    const text = await (await exported(app, user.access_token)).text()

    for (const trace of [other.user.id, other.email, other.next]) expect(text).not.toContain(trace)
    expect(text).toContain(user.user.id)
  })

  it('contains no secret: no hash, no token, no link, and nothing from which one can be made (ASVS 14.2.6)', async ({
    expect,
  }) => {
    const app = startApp()
    const user = await someone(app)
    const links = [linkIn(app, user.email), linkIn(app, user.next)]

    const response = await exported(app, user.access_token)

    const found = leaves(await response.clone().json())
    // Whether there is a password is no secret.
    const told = found.filter((text) => text !== 'has_password')
    expect(told.filter((text) => /password|nonce|generation|hash|\$scrypt/i.test(text))).toEqual([])
    const text = await response.text()
    for (const secret of [...links, user.refresh_token, user.access_token]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(secret.split('.').at(-1))
    }
    for (const link of links) expect(text).not.toContain(link.split('.')[0])
  })

  it('is refused in a session whose password was given long ago, until it is given again', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    app.wait({ minutes: 15.1 })
    const { access_token } = await bodyOf<SessionBody>(await refresh(app, user.refresh_token))

    const refused = await exported(app, access_token)
    const again = await stepUp(app, {
      bearer: access_token,
      json: { password: somePassword },
    })
    const allowed = await exported(app, (await bodyOf<SessionBody>(again)).access_token)

    expect([refused.status, await codeOf(refused)]).toEqual([403, 'reauthentication_required'])
    expect(allowed.status).toBe(200)
  })

  it('is refused to a token that a refresh gave, however young it is (ASVS 7.5.3)', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const { access_token } = await bodyOf<SessionBody>(await refresh(app, user.refresh_token))

    const refused = await exported(app, access_token)

    expect([refused.status, await codeOf(refused)]).toEqual([403, 'reauthentication_required'])
    expect((await exported(app, user.access_token)).status).toBe(200)
  })

  it('is recorded in the audit, and is in the next export', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    await exported(app, access_token)

    const held = await bodyOf<Export>(await exported(app, access_token))

    expect(held.audit.filter(({ event }) => event === 'data_exported').length).toBe(1)
  })

  it('shows what admins did to the user, but not from where', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const admin = await signedInAdmin(app)
    await app.call(`GET /api/admin/users/${user.user.id}`, { bearer: admin.access_token, ip: '203.0.113.5' })

    const held = await bodyOf<Export>(await exported(app, user.access_token))

    expect(held.audit.find(({ event }) => event === 'user_read')).toMatchObject({
      actor_id: admin.user.id,
      ip: null,
      user_agent: null,
    })
  })
})

type Activity = {
  entries: { id: string; event: string; actor_id: string | null; ip: string | null; browser: string | null }[]
}

const activityOf = async (app: TestApp, bearer: string) =>
  bodyOf<Activity>(await app.call('GET /api/user/activity', { bearer }))

describe('the list of what happened lately', () => {
  it('has the user’s own entries, newest first, with the device', async ({ expect }) => {
    const app = startApp()
    const [mine, other] = [await someone(app), await someone(app)]

    const { entries } = await activityOf(app, mine.access_token)
    const others = await activityOf(app, other.access_token)

    const ids = entries.map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted().reverse())
    expect(entries.map(({ event }) => event)).toEqual(expect.arrayContaining(['email_change_requested', 'logged_in']))
    expect(entries).toContainEqual(
      expect.objectContaining({
        event: 'log_in_failed',
        ip: '203.0.113.77',
        browser: 'Firefox',
        os: expect.any(String),
      }),
    )
    expect(others.entries.map(({ id }) => id)).not.toContain(entries[0]!.id)
  })

  it('says that an admin acted, and not from where', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const { access_token, user } = await signedInUser(app)
    const json = { name: 'Another' }
    await app.call(`PATCH /api/admin/users/${user.id}`, { bearer: admin.access_token, json, ip: '203.0.113.99' })

    const { entries } = await activityOf(app, access_token)

    expect(entries).toContainEqual(
      expect.objectContaining({ event: 'user_updated', actor_id: admin.user.id, ip: null, browser: null }),
    )
    expect(leaves(entries)).not.toContain('203.0.113.99')
  })

  it('ends after thirty days, and after a hundred entries', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInUser(app)
    const before = (await activityOf(app, access_token)).entries.length
    const add = (days: number, count: number) =>
      env.DB.batch(
        Array.from({ length: count }, () =>
          env.DB.prepare('insert into audit (id, at, event, user_id) values (?, ?, ?, ?)').bind(
            newId(new Date(Date.now() - days * 86_400_000)),
            Date.now() - days * 86_400_000,
            'logged_in',
            user.id,
          ),
        ),
      )

    await add(31, 3)
    const old = (await activityOf(app, access_token)).entries.length
    await add(29, 3)
    const recent = (await activityOf(app, access_token)).entries.length
    await add(1, 100)
    const many = (await activityOf(app, access_token)).entries.length

    expect([old, recent, many]).toEqual([before, before + 3, 100])
  })

  it('is refused to a session that has ended', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    await app.call('POST /api/auth/logout', { bearer: access_token })

    const response = await app.call('GET /api/user/activity', { bearer: access_token })

    expect(response.status).toBe(401)
    expect(await codeOf(response)).toBe('invalid_token')
  })
})
