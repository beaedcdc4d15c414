import { describe, it } from 'vitest'
import { asksByMail } from '../support/app/asked-by-mail.ts'
import { seen } from '../support/app/equal-replies.ts'
import { countHashes } from '../support/app/hashes.ts'
import {
  alterUser,
  codeOf,
  cookiesOf,
  linkIn,
  logIn,
  logInWith,
  mailsTo,
  member,
  newPassword,
  profile,
  refresh,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
  whichOpens,
} from '../support/app/support.ts'

const forgot = (app: TestApp, email: string, headers: Record<string, string> = {}) =>
  app.call('POST /api/auth/forgot-password', { json: { email }, headers })

const reset = (app: TestApp, token: string, new_password = newPassword) =>
  app.call('POST /api/auth/reset-password', { json: { token, new_password } })

const statusesOf = (replies: Response[]) => replies.map(({ status }) => status)

/** A verified user, and the token of the reset link that was mailed a minute later. */
const forgetful = async (app: TestApp) => {
  const email = await member(app)
  app.wait({ minutes: 1 })
  await forgot(app, email)
  return { email, token: linkIn(app, email) }
}

describe('resetting a password', () => {
  it('makes the new one work and the old one fail', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await forgetful(app)

    const done = await reset(app, token)

    expect(done.status).toBe(200)
    expect(await whichOpens(app, email)).toEqual({ old: false, new: true })
  })

  it('works once (A-14, ASVS 6.4.3, 6.5.1)', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await forgetful(app)
    await reset(app, token)

    const again = await reset(app, token, 'yet another passphrase')

    expect(again.status).toBe(400)
    expect(await codeOf(again)).toBe('invalid_token')
    expect(await whichOpens(app, email)).toEqual({ old: false, new: true })
  })

  it.for([
    { seconds: 30 * 60 - 0.001, status: 200 },
    { seconds: 30 * 60, status: 400 },
  ])('answers $status to a link of $seconds seconds (ASVS 6.5.5, N16)', async ({ seconds, status }, { expect }) => {
    const app = startApp()
    const { email, token } = await forgetful(app)

    app.wait({ seconds })
    const reply = await reset(app, token)

    expect(reply.status).toBe(status)
    expect(await whichOpens(app, email)).toEqual({ old: status !== 200, new: status === 200 })
  })

  it.for([
    { minutes: 9.9, status: 200 },
    { minutes: 10, status: 400 },
  ])('answers $status to a link of $minutes minutes where they live ten', async ({ minutes, status }, { expect }) => {
    const app = startApp({ vars: { PASSWORD_RESET_TOKEN_EXPIRE_MINUTES: '10' } })
    const { email, token } = await forgetful(app)

    app.wait({ minutes })
    const reply = await reset(app, token)

    expect(reply.status).toBe(status)
    expect(mailsTo(app, email).at(status === 200 ? -2 : -1)?.text).toContain('10 minutes')
  })

  it('ends all sessions at once (A-17, ASVS 7.4.3, I2, I3)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const sessions = [await logIn(app, email), await logIn(app, email), await logIn(app, email)]
    app.wait({ minutes: 1 })
    await forgot(app, email)

    await reset(app, linkIn(app, email))

    for (const { access_token, refresh_token } of sessions) {
      expect(await codeOf(await profile(app, access_token))).toBe('invalid_token')
      expect(await codeOf(await refresh(app, refresh_token))).toBe('invalid_token')
    }
  })

  it('informs other Workers which sessions ended', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    const { sid } = JSON.parse(atob(access_token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')))
    app.wait({ minutes: 1 })
    await forgot(app, email)

    await reset(app, linkIn(app, email))

    expect(await app.kv.get(`sid:${sid}`)).toBe(app.now().toISOString())
  })

  it('does not log in (A-17, ASVS 7.6.2)', async ({ expect }) => {
    const app = startApp()
    const { token } = await forgetful(app)

    const done = await reset(app, token)

    // From now on the device is known, which grants no access.
    expect(Object.keys(cookiesOf(done))).toEqual(['device'])
    expect(await done.json()).toEqual({ message: expect.any(String), device_token: cookiesOf(done).device })
  })

  it('verifies the address', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    app.wait({ minutes: 1 })
    await forgot(app, email)

    await reset(app, linkIn(app, email))

    expect(await logIn(app, email, newPassword)).toMatchObject({ user: { email_verified: true } })
  })

  it('ends the other links of the account (A-14)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    const verification = linkIn(app, email)
    app.wait({ minutes: 1 })
    await forgot(app, email)
    const [token, before] = [
      linkIn(app, email),
      await app.call('POST /api/auth/verify-email', { json: { token: verification } }),
    ]

    await reset(app, token)
    const after = await app.call('POST /api/auth/verify-email', { json: { token: verification } })

    expect([before.status, after.status]).toEqual([200, 400])
  })

  it('notifies the owner (ASVS 6.3.7)', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await forgetful(app)
    const before = mailsTo(app, email).length

    await reset(app, token)

    const [notice, ...more] = mailsTo(app, email).slice(before)
    expect(notice?.subject).toContain('password')
    expect(notice?.text).toContain('was changed')
    expect(notice?.text).not.toContain('a new passphrase')
    // The only link ends everything, and grants no access.
    expect(notice?.text.match(/\/[\w-]+#token=/g)).toEqual(['/end-sessions#token='])
    expect(more).toEqual([])
  })

  it('opens an account that wrong passwords have closed (A-05, N11)', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await forgetful(app)
    for (let time = 0; time < 10; time++) await logInWith(app, email, 'a wrong passphrase')
    const closed = await logInWith(app, email, somePassword)

    await reset(app, token)

    expect(closed.status).toBe(429)
    expect((await logInWith(app, email, newPassword)).status).toBe(200)
  })

  it('by sixteen requests at once sets one password, and sends one notice (A-15, ASVS 2.3.4, 15.4.2)', async ({
    expect,
  }) => {
    const app = startApp()
    const { email, token } = await forgetful(app)
    const before = mailsTo(app, email).length
    const passwords = Array.from({ length: 16 }, (_, at) => `${newPassword} no. ${at}`)

    const replies = await Promise.all(passwords.map((password) => reset(app, token, password)))

    const winner = passwords.filter((_, at) => replies[at]!.status === 200)
    expect(winner).toHaveLength(1)
    expect(statusesOf(replies).filter((status) => ![200, 400, 503].includes(status))).toEqual([])
    expect(mailsTo(app, email)).toHaveLength(before + 1)
    const entered = []
    for (const password of passwords.slice(0, 9)) entered.push((await logInWith(app, email, password)).status === 200)
    expect(entered).toEqual(passwords.slice(0, 9).map((password) => password === winner[0]))
    app.wait({ minutes: 15 })
    expect((await logInWith(app, email, winner[0]!)).status).toBe(200)
  })
})

describe('a link to set a password', () => {
  it.for<{ what: string; make: (app: TestApp) => Promise<{ email: string; token: string }> }>([
    { what: 'that is garbage', make: async (app) => ({ ...(await forgetful(app)), token: 'garbage' }) },
    {
      what: 'that is forged',
      make: async (app) => {
        const { email, token } = await forgetful(app)
        return { email, token: token.replace(/.(?=.$)/, (letter) => (letter === 'A' ? 'B' : 'A')) }
      },
    },
    {
      what: 'that has the MAC of another',
      make: async (app) => {
        const { email, token } = await forgetful(app)
        const other = await forgetful(app)
        return { email, token: `${token.split('.')[0]}.${other.token.split('.')[1]}` }
      },
    },
    {
      what: 'that is unknown',
      make: async (app) => {
        const made = await forgetful(app)
        await app.db.prepare('delete from mail where address = ?').bind(made.email).run()
        return made
      },
    },
    {
      what: 'that is too old',
      make: async (app) => {
        const made = await forgetful(app)
        app.wait({ minutes: 30 })
        return made
      },
    },
    {
      what: 'that was mailed before the password was changed',
      make: async (app) => {
        const made = await forgetful(app)
        let { access_token: bearer } = await logIn(app, made.email)
        const change = async (current_password: string, new_password: string) => {
          const json = { current_password, new_password }
          const reply = await app.call('POST /api/user/change-password', { bearer, json })
          bearer = ((await reply.json()) as { access_token: string }).access_token
        }
        await change(somePassword, 'a passphrase for a while')
        await change('a passphrase for a while', somePassword)
        return made
      },
    },
    {
      what: 'that was mailed to another address than the user has now (A-10)',
      make: async (app) => {
        const { email, token } = await forgetful(app)
        const moved = someAddress()
        await alterUser(app, email, { email: moved, emailCanonical: moved })
        return { email: moved, token }
      },
    },
    {
      what: 'of a user who was disabled since',
      make: async (app) => {
        const made = await forgetful(app)
        await alterUser(app, made.email, { status: 'disabled' })
        await reset(app, made.token)
        await alterUser(app, made.email, { status: 'active' })
        app.wait({ minutes: 30 })
        return made
      },
    },
    {
      what: 'that verifies an address (A-10)',
      make: async (app) => {
        const email = await member(app)
        return { email, token: linkIn(app, email) }
      },
    },
    {
      what: 'that is a refresh token (A-09)',
      make: async (app) => {
        const { email, refresh_token } = await signedInUser(app)
        return { email, token: refresh_token }
      },
    },
  ])('$what is refused like any other (A-14, A-38)', async ({ make }, { expect }) => {
    const app = startApp()
    const { email, token } = await make(app)

    const refused = await reset(app, token)

    expect(refused.status).toBe(400)
    expect(await seen(refused)).toBe(await seen(await reset(app, 'invalid')))
    expect(await whichOpens(app, email)).toEqual({ old: true, new: false })
  })

  it('that was used is refused like any other (A-38)', async ({ expect }) => {
    const app = startApp()
    const { token } = await forgetful(app)
    await reset(app, token)

    const refused = await reset(app, token)

    expect(await seen(refused)).toBe(await seen(await reset(app, 'invalid')))
  })

  it('that is invalid costs no hash, and a forged one no round trip (A-32)', async ({ expect }) => {
    const app = startApp()
    const { token } = await forgetful(app)
    const hashes = countHashes()

    const forged = await app.cost('POST /api/auth/reset-password', {
      json: { token: `${token.slice(0, -2)}AA`, new_password: newPassword },
    })
    app.wait({ minutes: 30 })
    const old = await app.cost('POST /api/auth/reset-password', { json: { token, new_password: newPassword } })

    expect(statusesOf([forged.response, old.response])).toEqual([400, 400])
    expect([forged.trips, old.trips]).toEqual([0, 1])
    expect(hashes()).toBe(0)
  })

  it('of a disabled user sets no password, also after they are enabled again', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await forgetful(app)
    await alterUser(app, email, { status: 'disabled' })

    const refused = await reset(app, token)
    await alterUser(app, email, { status: 'active' })

    expect(refused.status).toBe(400)
    expect(await whichOpens(app, email)).toEqual({ old: true, new: false })
  })

  it.for([
    { what: 'is too short', password: 'horse 7', code: 'password_too_short' },
    { what: 'is too long', password: `${'horse battery '.repeat(18)}12345`, code: 'password_too_long' },
    { what: 'is common', password: 'qwertyuiop', code: 'password_too_common' },
    { what: 'is the name of the service', password: 'Gatehouse-2026', code: 'password_too_common' },
    { what: 'is made of the name of the user', password: 'lovelace1815!', code: 'password_too_common' },
  ])('is not used up by a password that $what (ASVS 6.1.3)', async ({ password, code }, { expect }) => {
    const app = startApp()
    const { email, token } = await forgetful(app)
    await alterUser(app, email, { name: 'Augusta Lovelace' })
    const hashes = countHashes()

    const refused = await reset(app, token, password)
    const hashed = hashes()
    const taken = await reset(app, token)

    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ code, errors: [{ field: 'new_password', code }] })
    expect(hashed).toBe(0)
    expect(taken.status).toBe(200)
    expect(await whichOpens(app, email)).toEqual({ old: false, new: true })
  })

  it('acts on its own user, whatever else the body names (A-10, ASVS 2.2.3)', async ({ expect }) => {
    const app = startApp()
    const { email, token } = await forgetful(app)
    const other = await signedInUser(app)

    const done = await app.call('POST /api/auth/reset-password', {
      json: { token, new_password: newPassword, email: other.email, user_id: other.user.id, id: other.user.id },
    })

    expect(done.status).toBe(200)
    expect(await whichOpens(app, email)).toEqual({ old: false, new: true })
    expect(await whichOpens(app, other.email)).toEqual({ old: true, new: false })
  })
})

describe('the page of a link to set a password', () => {
  it('exists for browsers, sends no referrer, and loads nothing from another origin (A-13)', async ({ expect }) => {
    const app = startApp()

    const page = await app.call('GET /api/auth/reset-password', { headers: { Accept: 'text/html' } })

    const text = await page.text()
    expect(page.status).toBe(200)
    expect(page.headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(page.headers.get('Content-Security-Policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    // ASVS 6.2.7, N13: password managers know what the field is for.
    expect(text).toContain('autocomplete="new-password"')
    expect([...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).not.toContainEqual(
      expect.stringMatching(/^(https?:)?\/\//),
    )
  })

  it('does not exist for other clients', async ({ expect }) => {
    const app = startApp()

    const reply = await app.call('GET /api/auth/reset-password?token=x', { headers: { Accept: '*/*' } })

    expect(reply.status).toBe(404)
    expect(await codeOf(reply)).toBe('not_found')
  })
})

describe('forgetting a password', () => {
  asksByMail(forgot, {
    'is unknown': 0,
    'is verified': 1,
    'waits to be verified': 1,
    'lost its password to a second registration': 1,
    'is disabled': 0,
    'was disabled before it was verified': 0,
  })

  it('is mailed to the address on file, however it is asked for (A-25)', async ({ expect }) => {
    const app = startApp()
    const mike = await member(app, someAddress('mike'))
    app.wait({ minutes: 1 })
    const before = app.mailbox.length

    const lookAlike = await forgot(app, mike.replace('i', '\u0131'))
    const upper = await forgot(app, mike.toUpperCase())

    expect(statusesOf([lookAlike, upper])).toEqual([422, 200])
    expect(app.mailbox.slice(before).map(({ to }) => to)).toEqual([mike])
  })

  it.for([
    { seconds: 59.999, mails: 1 },
    { seconds: 60, mails: 2 },
  ])(
    'again after $seconds seconds has sent $mails mails, and the newest link works (A-06)',
    async ({ seconds, mails }, { expect }) => {
      const app = startApp()
      const { email } = await forgetful(app)
      const before = mailsTo(app, email).length - 1

      app.wait({ seconds })
      await forgot(app, email)

      expect(mailsTo(app, email)).toHaveLength(before + mails)
      expect((await reset(app, linkIn(app, email))).status).toBe(200)
    },
  )

  it('ten times in ten minutes sends three mails, and voids no link (A-06)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const before = mailsTo(app, email).length
    const replies: Response[] = []
    let first: string | undefined

    for (let time = 0; time < 10; time++) {
      app.wait({ minutes: 1 })
      replies.push(await forgot(app, email))
      first ??= linkIn(app, email)
    }

    expect(statusesOf(replies)).toEqual(Array(10).fill(200))
    expect(mailsTo(app, email)).toHaveLength(before + 3)
    expect((await reset(app, first!)).status).toBe(200)
  })

  it('is refused after thirty times in five minutes from one network (A-06)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    for (let time = 0; time < 30; time++) await forgot(app, someAddress())
    app.wait({ minutes: 1 })
    const before = mailsTo(app, email).length

    const refused = await forgot(app, email)
    app.wait({ minutes: 4 })
    const taken = await forgot(app, email)

    expect(statusesOf([refused, taken])).toEqual([429, 200])
    expect(refused.headers.get('Retry-After')).toBe('240')
    expect(mailsTo(app, email)).toHaveLength(before + 1)
  })

  it('logs nobody out and leaves the password as it is', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    app.wait({ minutes: 1 })

    await forgot(app, email)

    expect((await profile(app, access_token)).status).toBe(200)
    expect((await logInWith(app, email, somePassword)).status).toBe(200)
  })
})

describe('the link in the mail', () => {
  const evil = 'evil.example'

  it.for<{ what: string; url?: string; headers?: Record<string, string> }>([
    { what: 'Host', headers: { Host: evil } },
    { what: 'X-Forwarded-Host', headers: { 'X-Forwarded-Host': evil } },
    { what: 'X-Forwarded-Proto', headers: { 'X-Forwarded-Proto': 'http', 'X-Forwarded-Port': '666' } },
    { what: 'X-Original-Host', headers: { 'X-Original-Host': evil, 'X-Host': evil, 'X-Forwarded-Server': evil } },
    { what: 'Forwarded', headers: { Forwarded: `host=${evil};proto=http` } },
    { what: 'Referer', headers: { Referer: `http://${evil}/` } },
    { what: 'X-Original-URL', headers: { 'X-Original-URL': `http://${evil}/`, 'X-Rewrite-URL': '/' } },
    { what: 'the URL of the request', url: `http://${evil}` },
  ])('is made of the settings alone, not of $what (A-12)', async ({ url = '', headers = {} }, { expect }) => {
    const app = startApp({ vars: { FRONTEND_URL: 'https://www.example.com' } })
    const email = await member(app)
    app.wait({ minutes: 1 })

    const reply = await app.request(`POST ${url}/api/auth/forgot-password`, { json: { email }, headers })
    await app.settled()

    const [mail, ...more] = mailsTo(app, email).slice(1)
    expect(reply.status).toBe(200)
    expect(more).toEqual([])
    expect(mail!.text).toMatch(/^https:\/\/www\.example\.com\/auth\/reset-password#token=[\w-]{22}\.[\w-]{43}$/m)
    expect(JSON.stringify(mail)).not.toContain(evil)
  })

  it('is not mailed for a page of another site (A-12, A-20)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    app.wait({ minutes: 1 })
    const before = app.mailbox.length

    const reply = await forgot(app, email, { Origin: `http://${evil}` })

    expect(reply.status).toBe(403)
    expect(await codeOf(reply)).toBe('cross_site')
    expect(app.mailbox).toHaveLength(before)
  })

  it('does not mix simultaneous requests (A-12)', async ({ expect }) => {
    const app = startApp()
    const [one, two] = [await member(app), await member(app)]
    app.wait({ minutes: 1 })

    await Promise.all([
      app.request(`POST http://${evil}/api/auth/forgot-password`, { json: { email: one } }),
      app.request('POST /api/auth/forgot-password', { json: { email: two } }),
    ])
    await app.settled()

    const links = [one, two].map((email) => /https?:\/\/[^/]+/.exec(mailsTo(app, email).at(-1)!.text)?.[0])
    expect(links).toEqual(['http://localhost:8787', 'http://localhost:8787'])
    expect(linkIn(app, one)).not.toBe(linkIn(app, two))
  })

  it('is written by the template of the setting', async ({ expect }) => {
    const app = startApp({ vars: { RESET_PASSWORD_URL: 'https://www.example.com/new?x=1#{token}' } })
    const email = await member(app)
    app.wait({ minutes: 1 })

    await forgot(app, email)

    expect(mailsTo(app, email).at(-1)?.text).toMatch(/^https:\/\/www\.example\.com\/new\?x=1#[\w-]{22}\.[\w-]{43}$/m)
  })
})
