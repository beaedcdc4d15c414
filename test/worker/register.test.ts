import { describe, it } from 'vitest'
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
  profile,
  register,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

const optional = { EMAIL_VERIFICATION: 'optional' }

const verify = (app: TestApp, token: string) => app.call('POST /api/auth/verify-email', { json: { token } })

const setPassword = (app: TestApp, token: string, new_password: string) =>
  app.call('POST /api/auth/reset-password', { json: { token, new_password } })

const rowOf = (app: TestApp, email: string) =>
  app.db.prepare('select * from users where email = ?').bind(email).first<Record<string, unknown>>()

const usersOf = async (app: TestApp, email: string) =>
  app.db.prepare('select count(*) as n from users where lower(email) = lower(?)').bind(email).first<number>('n')

/** Each way in which an address can be known, and could be revealed. */
const known: Record<string, (app: TestApp) => Promise<string>> = {
  'is verified': (app) => member(app),
  'waits to be verified, with this password': async (app) => {
    const email = someAddress()
    await register(app, email, 'a password that was typed')
    return email
  },
  'waits to be verified, with another password': async (app) => {
    const email = someAddress()
    await register(app, email)
    return email
  },
  'lost its password to a second registration': async (app) => {
    const email = someAddress()
    await register(app, email, 'a first password')
    await register(app, email, 'a second password')
    return email
  },
  'is disabled': async (app) => {
    const email = await member(app)
    await alterUser(app, email, { status: 'disabled' })
    return email
  },
}

describe('registering', () => {
  it('mails a link that opens the account (ASVS 2.3.1, I1)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()

    const registered = await register(app, email)
    const early = await logInWith(app, email, somePassword)
    await verify(app, linkIn(app, email))
    const { user } = await logIn(app, email)

    expect(registered.status).toBe(201)
    expect(await registered.json()).toEqual({ message: expect.any(String), email })
    expect(await codeOf(early)).toBe('invalid_credentials')
    expect(user).toMatchObject({ email, email_verified: true, role: 'user', status: 'active' })
  })

  it('does not log in (ASVS 7.6.2)', async ({ expect }) => {
    const app = startApp()

    const required = await register(app, someAddress())
    const optionally = await register(startApp({ vars: optional }), someAddress())

    for (const reply of [required, optionally]) {
      expect(Object.keys(cookiesOf(reply))).toEqual(['registered'])
      expect(await reply.text()).not.toContain('token')
    }
  })

  it('keeps the name, and the phone number as E.164', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await app.call('POST /api/auth/register', {
      json: { email, password: somePassword, name: 'Ada Lovelace', phone: '+44 20 7946 0958' },
    })
    await verify(app, linkIn(app, email))

    const me = await profile(app, (await logIn(app, email)).access_token)

    expect(await me.json()).toMatchObject({ name: 'Ada Lovelace', phone: '+442079460958' })
  })

  it('keeps the address as it was typed, and recognises it in any letter case (A-25)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress('Grace.Hopper')
    await register(app, ` ${email} `)
    await verify(app, linkIn(app, email))

    const session = await logIn(app, email.toUpperCase())

    expect(session.user.email).toBe(email)
    expect(mailsTo(app, email)).toHaveLength(1)
  })

  it('uses the last of two members with the same name (ASVS 1.5.3)', async ({ expect }) => {
    const app = startApp()
    const [first, last] = [someAddress(), someAddress()]

    const reply = await app.call('POST /api/auth/register', {
      body: `{"email":"${first}","password":"${somePassword}","email":"${last}"}`,
      headers: { 'Content-Type': 'application/json' },
    })

    expect(await reply.json()).toMatchObject({ email: last })
    expect([await usersOf(app, first), await usersOf(app, last)]).toEqual([0, 1])
    expect(mailsTo(app, first)).toEqual([])
  })
})

describe('registering an address', () => {
  it.for(Object.keys(known))(
    'that %s answers as for an unknown one, byte for byte (A-02, ASVS 6.3.8)',
    async (how, { expect }) => {
      const app = startApp()
      const email = await known[how]!(app)
      const stranger = someAddress()

      const replies = [
        await register(app, email, 'a password that was typed'),
        await register(app, stranger, 'a password that was typed'),
      ]

      expect(await seen(replies[0]!, email)).toBe(await seen(replies[1]!, stranger))
      expect(replies[0]!.status).toBe(201)
    },
  )

  it.for(Object.keys(known))(
    'that %s, then logging in, answers as for an unknown one (A-02, decision 21)',
    async (how, { expect }) => {
      const app = startApp()
      const email = await known[how]!(app)
      const stranger = someAddress()
      const password = 'a password that was typed'
      await register(app, email, password)
      await register(app, stranger, password)

      const replies = [await logInWith(app, email, password), await logInWith(app, stranger, password)]

      expect(await seen(replies[0]!, email)).toBe(await seen(replies[1]!, stranger))
      expect(replies[0]!.status).toBe(401)
    },
  )

  it.for(Object.keys(known))('that %s costs one hash, as for an unknown one (A-03)', async (how, { expect }) => {
    const app = startApp()
    const email = await known[how]!(app)
    const hashes = countHashes()

    await register(app, email, 'a password that was typed')
    const forKnown = hashes()
    await register(app, someAddress(), 'a password that was typed')

    expect([forKnown, hashes() - forKnown]).toEqual([1, 1])
  })

  it('that is verified notifies its owner, and changes nothing', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const before = await rowOf(app, email)
    app.wait({ minutes: 1 })

    await app.call('POST /api/auth/register', { json: { email, password: 'another passphrase', name: 'Eve' } })

    const [, notice, ...more] = mailsTo(app, email)
    expect(notice?.subject).toContain('already have an account')
    expect(notice?.text).not.toContain('token')
    expect(more).toEqual([])
    expect(await rowOf(app, email)).toEqual(before)
    expect(await logIn(app, email)).toHaveProperty('access_token')
  })

  it('that is disabled mails nothing', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await alterUser(app, email, { status: 'disabled' })
    app.wait({ minutes: 1 })
    const before = mailsTo(app, email).length

    await register(app, email, 'another passphrase')

    expect(mailsTo(app, email)).toHaveLength(before)
  })

  it('again with the same password sends the link again, and the password holds (decision 21)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    const first = linkIn(app, email)
    app.wait({ minutes: 1 })

    await register(app, email.toUpperCase())
    const verified = [await verify(app, first), await verify(app, linkIn(app, email))]

    expect(verified.map(({ status }) => status)).toEqual([200, 200])
    expect(await usersOf(app, email)).toBe(1)
    expect(await logIn(app, email)).toHaveProperty('access_token')
  })

  it('twice within a minute sends one mail, whose link works (A-06)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)

    await register(app, email)

    expect(mailsTo(app, email)).toHaveLength(1)
    expect((await verify(app, linkIn(app, email))).status).toBe(200)
    expect(await logIn(app, email)).toHaveProperty('access_token')
  })

  it('ten times in an hour sends five mails at most (A-06)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()

    for (let time = 0; time < 10; time++) {
      await register(app, email)
      app.wait({ minutes: 5 })
    }

    expect(mailsTo(app, email)).toHaveLength(5)
    expect((await verify(app, linkIn(app, email))).status).toBe(200)
  })

  it('by sixteen requests at once makes one user and sends one mail (A-35, ASVS 2.3.4, I6)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()

    const replies = await Promise.all(Array.from({ length: 16 }, () => register(app, email)))

    const bodies = new Set(
      await Promise.all(replies.filter((reply) => reply.status === 201).map((reply) => reply.text())),
    )
    expect(bodies.size).toBe(1)
    expect(replies.filter((reply) => ![201, 503].includes(reply.status))).toEqual([])
    expect(await usersOf(app, email)).toBe(1)
    expect(mailsTo(app, email)).toHaveLength(1)
    await verify(app, linkIn(app, email))
    expect(await logIn(app, email)).toHaveProperty('access_token')
  })
})

describe('an address that two people register', () => {
  const attacker = 'a password of an attacker'
  const victim = 'a password of the victim'

  it.for([
    { order: 'the attacker first', passwords: [attacker, victim] },
    { order: 'the victim first', passwords: [victim, attacker] },
  ])(
    'belongs to neither password until its owner sets one, $order (A-17b)',
    async ({ passwords: [one, two] }, { expect }) => {
      const app = startApp()
      const email = someAddress()
      await register(app, email, one)
      const first = linkIn(app, email)
      app.wait({ minutes: 1 })

      await register(app, email, two)
      const second = linkIn(app, email)
      const withFirst = await verify(app, first)
      const withSecond = await verify(app, second)
      const before = [await logInWith(app, email, attacker), await logInWith(app, email, victim)]
      const set = await setPassword(app, second, 'a password of the owner')
      const after = [await logInWith(app, email, attacker), await logInWith(app, email, victim)]

      expect([withFirst.status, withSecond.status]).toEqual([400, 400])
      expect(before.map(({ status }) => status)).toEqual([401, 401])
      expect(set.status).toBe(200)
      expect(after.map(({ status }) => status)).toEqual([401, 401])
      expect(await logIn(app, email, 'a password of the owner')).toMatchObject({ user: { email_verified: true } })
    },
  )

  it.for([
    { what: 'the attacker', again: attacker },
    { what: 'the victim', again: victim },
  ])('belongs to neither when $what registers a third time (A-17b)', async ({ again }, { expect }) => {
    const app = startApp()
    const email = someAddress()
    for (const password of [attacker, victim, again]) {
      await register(app, email, password)
      app.wait({ minutes: 1 })
    }

    const opened = await verify(app, linkIn(app, email))
    const entered = [await logInWith(app, email, attacker), await logInWith(app, email, victim)]

    expect(opened.status).toBe(400)
    expect(entered.map(({ status }) => status)).toEqual([401, 401])
    expect((await setPassword(app, linkIn(app, email), 'a password of the owner')).status).toBe(200)
  })

  it('loses the first password even if no mail may be sent (A-17b, A-06)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email, attacker)
    const attackersLink = linkIn(app, email)

    await register(app, email, victim)
    const opened = await verify(app, attackersLink)
    app.wait({ minutes: 1 })
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const set = await setPassword(app, linkIn(app, email), 'a password of the owner')
    const entered = [await logInWith(app, email, attacker), await logInWith(app, email, victim)]

    expect(mailsTo(app, email)).toHaveLength(2 + 1)
    expect(opened.status).toBe(400)
    expect(set.status).toBe(200)
    expect(entered.map(({ status }) => status)).toEqual([401, 401])
    expect(await logIn(app, email, 'a password of the owner')).toHaveProperty('access_token')
  })

  it('gets a link to set a password by "resend" too (A-17b)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email, attacker)
    await register(app, email, victim)
    app.wait({ minutes: 1 })
    await app.services.mailDelivery.deliverDue()
    app.wait({ minutes: 1 })

    await app.call('POST /api/auth/resend-verification', { json: { email } })

    expect((await verify(app, linkIn(app, email))).status).toBe(400)
    expect((await setPassword(app, linkIn(app, email), 'a password of the owner')).status).toBe(200)
  })

  it('goes to the owner who resets the password of an account that an attacker made (A-17b)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email, attacker)
    const attackersLink = linkIn(app, email)
    app.wait({ minutes: 1 })

    await app.call('POST /api/auth/forgot-password', { json: { email } })
    await setPassword(app, linkIn(app, email), 'a password of the owner')
    await verify(app, attackersLink)

    expect((await logInWith(app, email, attacker)).status).toBe(401)
    expect(await logIn(app, email, 'a password of the owner')).toHaveProperty('access_token')
  })

  it('by both at once, many times, opens to neither password (A-17b, A-35)', async ({ expect }) => {
    const app = startApp()
    for (let run = 0; run < 10; run++) {
      const email = someAddress()

      await Promise.all([register(app, email, attacker), register(app, email, victim)])
      await verify(app, linkIn(app, email))

      const entered = [await logInWith(app, email, attacker), await logInWith(app, email, victim)]
      expect(entered.map(({ status }) => status)).toEqual([401, 401])
    }
  })
})

describe('mails to an address that nobody has verified', () => {
  const sentinel = 'BUY-NOW'
  const typed = { name: `${sentinel} <b>http://evil.example</b>`, phone: '+442079460958' }

  it('contain nothing that their requester typed (decision 20, ASVS 1.2.1)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    const headers = { Referer: 'http://evil.example/BUY-NOW', 'User-Agent': sentinel }
    const ask = (operation: string, json: object) => app.call(operation, { json: { email, ...json }, headers })

    await ask('POST /api/auth/register', { ...typed, password: 'a first password' })
    app.wait({ minutes: 1 })
    await ask('POST /api/auth/register', { ...typed, password: 'a second password' })
    app.wait({ minutes: 1 })
    await ask('POST /api/auth/resend-verification', typed)
    app.wait({ minutes: 1 })
    await ask('POST /api/auth/forgot-password', typed)
    const kinds = new Set(mailsTo(app, email).map((mail) => mail.subject))

    expect(mailsTo(app, email)).toHaveLength(4)
    expect(kinds.size).toBe(3)
    for (const mail of mailsTo(app, email)) expect(JSON.stringify(mail)).not.toMatch(/BUY-NOW|evil\.example|7946/)
  })

  it('go to the address alone, written as it was first registered (A-25a)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress('Ada.')
    await register(app, email)
    app.wait({ minutes: 1 })

    await app.call('POST /api/auth/forgot-password', { json: { email: email.toUpperCase() } })

    expect(app.mailbox.map(({ to }) => to)).toEqual([email, email])
  })
})

describe('members that a registration does not have', () => {
  const privileges = {
    role: 'admin',
    is_admin: true,
    isAdmin: true,
    is_verified: true,
    email_verified: true,
    email_verified_at: 1,
    emailVerifiedAt: '2026-01-01T00:00:00.000Z',
    id: '00000000-0000-7000-8000-000000000000',
    user_id: '00000000-0000-7000-8000-000000000000',
    password_hash: '$scrypt$ln=1,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    status: 'disabled',
    disabled_at: 1,
    created_at: 1,
    createdAt: 1,
    updated_at: 1,
    last_login_at: 1,
    pending_email: 'eve@example.com',
    avatar: 'x',
    avatar_url: 'http://169.254.169.254/',
    email_canonical: 'eve@example.com',
    emailCanonical: 'eve@example.com',
  }

  it.for([
    { what: 'required', vars: {} },
    { what: 'optional', vars: optional },
  ])('are ignored, with verification $what (A-18, ASVS 8.2.3)', async ({ vars }, { expect }) => {
    const app = startApp({ vars })
    const email = someAddress()

    const reply = await app.call('POST /api/auth/register', { json: { ...privileges, email, password: somePassword } })

    const row = await rowOf(app, email)
    expect(reply.status).toBe(201)
    expect(row).toMatchObject({
      email,
      email_canonical: email,
      role: 'user',
      status: 'active',
      email_verified_at: null,
      pending_email: null,
      avatar: null,
      last_login_at: null,
    })
    expect(row?.id).not.toBe(privileges.id)
    expect(row?.password).not.toBe(privileges.password_hash)
    expect(row?.created_at).toBe(app.now().getTime())
  })

  it.for([
    { body: '"__proto__":{"role":"admin","status":"disabled","emailVerifiedAt":1}' },
    { body: '"constructor":{"prototype":{"role":"admin"}}' },
  ])('do not reach a prototype: $body (A-24)', async ({ body }, { expect }) => {
    const app = startApp()
    const [email, next] = [someAddress(), someAddress()]

    await app.call('POST /api/auth/register', {
      body: `{"email":"${email}","password":"${somePassword}",${body}}`,
      headers: { 'Content-Type': 'application/json' },
    })
    await register(app, next)

    const rows = [await rowOf(app, email), await rowOf(app, next)]
    expect(rows).toMatchObject([
      { role: 'user', status: 'active', email_verified_at: null },
      { role: 'user', status: 'active', email_verified_at: null },
    ])
    expect(({} as { role?: string }).role).toBeUndefined()
  })

  it('in the address of the request are ignored too (ASVS 15.3.7)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()

    await app.call(`POST /api/auth/register?role=admin&email=${someAddress()}`, {
      json: { email, password: somePassword },
    })

    expect(await rowOf(app, email)).toMatchObject({ email, role: 'user' })
  })
})

describe('what cannot be registered', () => {
  it.for([
    { what: 'a comma', email: 'a@evil.example,v@example.com', id: 'A-25a' },
    { what: 'quotes', email: '"v@example.com x"@evil.example', id: 'A-25a' },
    { what: 'angle brackets', email: 'v@example.com<a@evil.example>', id: 'A-25a' },
    { what: 'a line break', email: 'ada@example.com\r\nBcc: v@example.com', id: 'ASVS 1.3.11' },
    { what: 'a Kelvin sign', email: '\u212aate@example.com', id: 'A-25' },
    { what: 'a fullwidth @', email: 'ada\uff20example.com', id: 'A-25' },
    { what: 'no full stop in its domain', email: 'ada@localhost', id: 'A-25a' },
    { what: 'an address literal', email: 'ada@[127.0.0.1]', id: 'A-25a' },
    { what: 'a NUL', email: 'ada\u0000@example.com', id: 'A-26' },
  ])('is an address with $what, and nothing is mailed ($id)', async ({ email }, { expect }) => {
    const app = startApp()

    const reply = await app.call('POST /api/auth/register', { json: { email, password: somePassword } })

    expect(reply.status).toBe(422)
    expect(await reply.json()).toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'email', code: 'invalid_email' }],
    })
    expect(app.mailbox).toEqual([])
    expect(app.counter.trips).toBe(0)
  })

  it.for([
    { what: 'a NUL', name: 'a\u0000b' },
    { what: 'a line break', name: 'Ada\r\nBcc: v@example.com' },
    { what: 'half a surrogate pair', name: 'Ada \ud800' },
    { what: 'a right-to-left override', name: 'Ada \u202egnp' },
    { what: '101 characters', name: '😀'.repeat(101) },
    { what: 'spaces alone', name: '   ' },
    { what: 'nothing', name: '' },
  ])('is a name with $what (A-26)', async ({ name }, { expect }) => {
    const app = startApp()

    const reply = await app.call('POST /api/auth/register', {
      json: { email: someAddress(), password: somePassword, name },
    })

    expect(reply.status).toBe(422)
    expect(await reply.json()).toMatchObject({ code: 'validation_failed', errors: [{ field: 'name' }] })
    expect(app.counter.trips).toBe(0)
  })

  it.for([
    { phone: '020 7946 0958', why: 'no country' },
    { phone: '+44', why: 'no number' },
    { phone: '+1234567890123456789', why: 'too many digits' },
    { phone: 'sms:+442079460958', why: 'a scheme that is not `tel:`' },
    { phone: '+442079460958\u0000', why: 'a NUL' },
    { phone: 'none', why: 'no digits' },
  ])('is a phone number with $why', async ({ phone }, { expect }) => {
    const app = startApp()

    const reply = await app.call('POST /api/auth/register', {
      json: { email: someAddress(), password: somePassword, phone },
    })

    expect(reply.status).toBe(422)
    expect(await reply.json()).toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'phone', code: 'invalid_phone' }],
    })
  })

  it.for([
    { what: 'seven characters', password: 'horse 7', code: 'password_too_short', id: 'ASVS 6.2.1' },
    { what: 'seven emoji', password: '😀🎈🌍🐎🔋📎🍕', code: 'password_too_short', id: 'N4' },
    { what: '257 characters', password: `${'horse battery '.repeat(18)}12345`, code: 'password_too_long', id: 'N2' },
    { what: 'a row of keys', password: 'qwertyuiop', code: 'password_too_common', id: 'ASVS 6.2.4' },
    { what: 'the name of the service', password: 'gatehouse2026!!', code: 'password_too_common', id: 'ASVS 6.2.11' },
    { what: 'half a surrogate pair', password: 'horse battery \ud800', code: 'validation_failed', id: 'A-26' },
  ])('is a password of $what: $code ($id)', async ({ password, code }, { expect }) => {
    const app = startApp()
    const email = someAddress()

    const reply = await app.call('POST /api/auth/register', { json: { email, password } })

    expect(reply.status).toBe(422)
    expect(await reply.json()).toMatchObject({ code, errors: [{ field: 'password' }] })
    expect(app.counter.trips).toBe(0)
    expect(mailsTo(app, email)).toEqual([])
  })

  it('is any address, after twenty in an hour from one network', async ({ expect }) => {
    const app = startApp()
    for (let time = 0; time < 20; time++) await register(app, someAddress())
    const late = someAddress()

    const refused = await register(app, late)
    app.wait({ minutes: 59, seconds: 59.9 })
    const stillRefused = await register(app, late)
    app.wait({ seconds: 0.1 })
    const taken = await register(app, late)

    expect([refused.status, stillRefused.status, taken.status]).toEqual([429, 429, 201])
    expect(await codeOf(refused)).toBe('rate_limited')
    expect(refused.headers.get('Retry-After')).toBe('3600')
    expect(mailsTo(app, late)).toHaveLength(1)
  })
})

describe('registration that is not open', () => {
  it.for([{ REGISTRATION: 'invite' }, { REGISTRATION: 'closed' }])(
    'refuses all, with $REGISTRATION',
    async (vars, { expect }) => {
      const open = startApp()
      const [email, stranger] = [await member(open), someAddress()]
      const app = startApp({ vars })

      const replies = [await register(app, email), await register(app, stranger)]

      expect(replies.map(({ status }) => status)).toEqual([403, 403])
      expect(await codeOf(replies[0]!)).toBe('registration_closed')
      expect(await seen(replies[0]!, email)).toBe(await seen(replies[1]!, stranger))
      expect(await usersOf(app, stranger)).toBe(0)
      expect(app.mailbox).toEqual([])
    },
  )

  it('still lets existing users in', async ({ expect }) => {
    const email = await member(startApp())
    const app = startApp({ vars: { REGISTRATION: 'closed' } })

    const session = await logIn(app, email)

    expect(session.user.email).toBe(email)
  })

  it.for([
    { domain: 'example.com', status: 201 },
    { domain: 'EXAMPLE.COM', status: 201 },
    { domain: 'example.org', status: 201 },
    { domain: 'bücher.example', status: 201 },
    { domain: 'xn--bcher-kva.example', status: 201 },
    { domain: 'example.net', status: 403 },
    { domain: 'sub.example.com', status: 403 },
    { domain: 'example.com.evil.example', status: 403 },
    { domain: 'notexample.com', status: 403 },
    { domain: 'ex\u0430mple.com', status: 403 },
  ])('to some domains answers $status to one of $domain', async ({ domain, status }, { expect }) => {
    const app = startApp({ vars: { REGISTRATION_DOMAINS: 'example.com, Example.ORG bücher.example' } })
    const [local] = someAddress('domains').split('@')

    const reply = await register(app, `${local}@${domain}`)

    expect(reply.status).toBe(status)
    expect(app.mailbox).toHaveLength(status === 201 ? 1 : 0)
  })
})

describe('registering where verification is optional', () => {
  it('answers with the user, who can log in at once', async ({ expect }) => {
    const app = startApp({ vars: optional })
    const email = someAddress()

    const reply = await app.call('POST /api/auth/register', { json: { email, password: somePassword, name: 'Ada' } })
    const session = await logIn(app, email)

    expect(reply.status).toBe(201)
    expect(await reply.json()).toMatchObject({ id: session.user.id, email, name: 'Ada', email_verified: false })
    expect(session.user).toMatchObject({ email_verified: false })
  })

  it('still mails a link, which verifies', async ({ expect }) => {
    const app = startApp({ vars: optional })
    const email = someAddress()
    await register(app, email)

    await verify(app, linkIn(app, email))

    expect(await logIn(app, email)).toMatchObject({ user: { email_verified: true } })
  })

  it.for([
    { what: 'verified', make: (app: TestApp) => member(app) },
    {
      what: 'not verified',
      make: async (app: TestApp) => {
        const email = someAddress()
        await register(app, email)
        return email
      },
    },
  ])('says that an address is taken that is $what, in any case, and changes nothing', async ({ make }, { expect }) => {
    const app = startApp({ vars: optional })
    const email = await make(app)
    const [before, mails] = [await rowOf(app, email), app.mailbox.length]
    app.wait({ minutes: 1 })

    const reply = await register(app, email.toUpperCase(), 'another passphrase')

    expect(reply.status).toBe(409)
    expect(await codeOf(reply)).toBe('email_taken')
    expect(await rowOf(app, email)).toEqual(before)
    expect(app.mailbox).toHaveLength(mails)
  })

  it('by sixteen requests at once makes one user, and informs the others (A-35)', async ({ expect }) => {
    const app = startApp({ vars: optional })
    const email = someAddress()

    const replies = await Promise.all(Array.from({ length: 16 }, () => register(app, email)))

    const statuses = replies.map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(1)
    expect(statuses.filter((status) => ![201, 409, 503].includes(status))).toEqual([])
    expect(await usersOf(app, email)).toBe(1)
    expect(mailsTo(app, email)).toHaveLength(1)
  })
})
