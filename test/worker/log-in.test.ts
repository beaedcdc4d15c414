import { env } from 'cloudflare:workers'
import { desc, eq } from 'drizzle-orm'
import { describe, it } from 'vitest'
import { createDatabase } from '../../src/storage/database.ts'
import { audit, users } from '../../src/storage/schema.ts'
import { seen } from '../support/app/equal-replies.ts'
import { countHashes } from '../support/app/hashes.ts'
import {
  alterUser,
  codeOf,
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
  type TestApp,
} from '../support/app/support.ts'
import { faulty } from '../support/faults/faulty.ts'
import { logged } from './setup.ts'

const wrong = 'not the passphrase at all'

const attempt = (app: TestApp, email: string, password = somePassword) =>
  app.call('POST /api/auth/login', { json: { email, password }, headers: { 'CF-Ray': 'the-same-for-all' } })

describe('logging in', () => {
  it('gives tokens for the right password', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)

    const session = await logIn(app, email)

    const me = await profile(app, session.access_token)
    expect(session).toMatchObject({ token_type: 'bearer', expires_in: 900, refresh_expires_in: 604_800 })
    expect(await me.json()).toMatchObject({ email, email_verified: true, last_login_at: app.now().toISOString() })
  })

  it.for([
    ['by the name OAuth2 gives it', (email: string) => ({ json: { username: email, password: somePassword } })],
    ['in capitals (A-04d)', (email: string) => ({ json: { email: email.toUpperCase(), password: somePassword } })],
    ['with spaces around it (A-04d)', (email: string) => ({ json: { email: ` ${email} `, password: somePassword } })],
    ['in a form', (email: string) => ({ form: { username: email, password: somePassword } })],
    [
      'in a form with all that OAuth2 adds',
      (email: string) => ({ form: { grant_type: 'password', username: email, password: somePassword, scope: '' } }),
    ],
    [
      'beside members it does not know',
      (email: string) => ({ json: { email, password: somePassword, remember_me: true } }),
    ],
  ] as const)('takes the address %s', async ([, body], { expect }) => {
    const app = startApp()
    const email = await member(app)

    const response = await app.call('POST /api/auth/login', body(email))

    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ user: { email } })
  })

  it.for([
    ['case', 'A passphrase, É included', 'a passphrase, É included'],
    ['a space at the end', 'a passphrase, É included', 'a passphrase, É included '],
    ['a space at the beginning', 'a passphrase, É included', ' a passphrase, É included'],
    ['two spaces for one', 'a passphrase, É included', 'a  passphrase, É included'],
    ['an accent', 'a passphrase, É included', 'a passphrase, E included'],
    ['what follows a NUL', 'a passphrase\0, first', 'a passphrase\0, other'],
    ['the 65th character', `${'a phrase'.repeat(8)}1`, `${'a phrase'.repeat(8)}2`],
    ['the 73rd byte', `${'a phrase'.repeat(9)}1`, `${'a phrase'.repeat(9)}2`],
    ['the 256th character', `${'a phrase'.repeat(31)}1234567x`, `${'a phrase'.repeat(31)}1234567y`],
    ['width, which NFKC would fold (N5)', 'A passphrase of letters', 'Ａ passphrase of letters'],
  ])('tells passwords apart by %s (ASVS 6.2.8, N9)', async ([, set, given], { expect }) => {
    const app = startApp()
    const email = await member(app, someAddress(), set)

    const near = await attempt(app, email, given)
    const exact = await attempt(app, email, set)

    expect(near.status).toBe(401)
    expect(exact.status).toBe(200)
  })

  it('accepts the same password typed on another keyboard (N5)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app, someAddress(), 'caf\u00e9 au lait, s\u2019il vous pla\u00eet')

    const response = await attempt(app, email, 'cafe\u0301 au lait, s\u2019il vous plai\u0302t')

    expect(response.status).toBe(200)
  })
})

describe('a log-in that is refused', () => {
  const cases: [string, (app: TestApp) => Promise<{ email: string; password: string }>][] = [
    ['an unknown address', async () => ({ email: someAddress(), password: somePassword })],
    ['a wrong password', async (app) => ({ email: await member(app), password: wrong })],
    [
      'an address not verified, and a wrong password',
      async (app) => {
        const email = someAddress()
        await register(app, email)
        return { email, password: wrong }
      },
    ],
    [
      'an address not verified, and the right password',
      async (app) => {
        const email = someAddress()
        await register(app, email)
        return { email, password: somePassword }
      },
    ],
    [
      'an account disabled',
      async (app) => {
        const email = await member(app)
        await alterUser(app, email, { status: 'disabled' })
        return { email, password: somePassword }
      },
    ],
    [
      'an account without a password',
      async (app) => {
        const email = await member(app)
        await alterUser(app, email, { passwordHash: null })
        return { email, password: somePassword }
      },
    ],
    [
      'a hash that nobody can read (ASVS 11.2.5)',
      async (app) => {
        const email = await member(app)
        await alterUser(app, email, { passwordHash: '$scrypt$ln=31,r=8,p=1$AAAAAAAAAAA$AAAA' })
        return { email, password: somePassword }
      },
    ],
    ['what is no address', async () => ({ email: 'ada', password: somePassword })],
  ]

  it.for(cases)('looks the same for %s (A-01, ASVS 6.3.8)', async ([, arrange], { expect }) => {
    const app = startApp()
    const plain = await attempt(app, someAddress('nobody'))
    const { email, password } = await arrange(app)

    const response = await attempt(app, email, password)

    expect(response.status).toBe(401)
    expect(await codeOf(response)).toBe('invalid_credentials')
    expect(await seen(response)).toBe(await seen(plain))
    // The operator is informed of a hash that cannot be read.
    expect(logged().filter((line) => !line.includes('"at":"a stored password"'))).toEqual([])
  })

  it.for(cases)('costs one hash and one round trip for %s (A-03)', async ([, arrange], { expect }) => {
    const app = startApp()
    const { email, password } = await arrange(app)
    const hashes = countHashes()

    const { trips } = await app.cost('POST /api/auth/login', { json: { email, password } })

    expect({ hashes: hashes(), trips }).toEqual({ hashes: 1, trips: 1 })
    expect(logged().filter((line) => !line.includes('"at":"a stored password"'))).toEqual([])
  })

  it('costs one hash like one that succeeds, which makes two round trips (A-03)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const hashes = countHashes()

    const { trips } = await app.cost('POST /api/auth/login', { json: { email, password: somePassword } })

    expect({ hashes: hashes(), trips }).toEqual({ hashes: 1, trips: 2 })
  })

  it('starts no session and sets no cookie', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)

    const response = await attempt(app, email, wrong)

    expect(response.headers.getSetCookie()).toEqual([])
    expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer/)
    expect((await profile(app, access_token)).status).toBe(200)
  })

  it('mails a fresh link to whoever gave the right password of an address not verified', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    const first = linkIn(app, email)

    app.wait({ minutes: 2 })
    await attempt(app, email)
    await attempt(app, email)
    await attempt(app, email, wrong)

    expect(mailsTo(app, email)).toHaveLength(2)
    expect(linkIn(app, email)).not.toBe(first)
    await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })
    expect((await attempt(app, email)).status).toBe(200)
  })

  it('mails nothing after a wrong password', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)

    app.wait({ minutes: 2 })
    await attempt(app, email, wrong)

    expect(mailsTo(app, email)).toHaveLength(1)
  })

  it('is one row of the audit for all failures of a quarter of an hour (ASVS 16.3.1)', async ({ expect }) => {
    const app = startApp()
    const { email, user } = await signedInUser(app)

    for (let n = 0; n < 3; n++) await attempt(app, email, wrong)

    const rows = await createDatabase(app.db)
      .select()
      .from(audit)
      .where(eq(audit.userId, user.id))
      .orderBy(desc(audit.id))
    expect(rows.filter((row) => row.event === 'log_in_failed').map((row) => row.count)).toEqual([3])
    expect(rows.filter((row) => row.event === 'logged_in')).toHaveLength(1)
  })

  it.for([
    ['nothing', {}],
    ['no password', { email: 'ada@example.com' }],
    ['no address', { password: somePassword }],
    ['null', { email: null, password: null }],
    ['a list of addresses', { email: ['ada@example.com'], password: somePassword }],
    ['an object for a password (ASVS 15.3.5)', { email: 'ada@example.com', password: { $ne: 1 } }],
    ['a number for a password', { email: 'ada@example.com', password: 12345678 }],
    ['half a surrogate pair (A-26)', { email: 'ada@example.com', password: 'a passphrase \ud800' }],
    ['more than anybody types (A-30)', { email: 'ada@example.com', password: 'a'.repeat(5000) }],
  ])('answers 422 to %s, and hashes nothing', async ([, json], { expect }) => {
    const app = startApp()
    const hashes = countHashes()

    const response = await app.call('POST /api/auth/login', { json })

    expect(response.status).toBe(422)
    expect(await codeOf(response)).toBe('validation_failed')
    expect(hashes()).toBe(0)
  })

  it('reads nothing from the query (ASVS 14.2.1, 15.3.7)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const query = new URLSearchParams({ email, username: email, password: somePassword })

    const response = await app.call(`POST /api/auth/login?${query}`, { json: {} })

    expect(response.status).toBe(422)
  })
})

describe('an address that folds to another in some alphabets only', () => {
  it('is not that other one (A-25)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app, someAddress('kate'))

    const kelvin = await attempt(app, email.replace('k', '\u212a'))
    const latin = await attempt(app, email)

    expect(kelvin.status).toBe(401)
    expect(latin.status).toBe(200)
  })
})

describe('the sessions of a user', () => {
  it('are two after two log-ins', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)

    const first = await logIn(app, email)
    const second = await logIn(app, email)

    expect((await profile(app, first.access_token)).status).toBe(200)
    expect((await profile(app, second.access_token)).status).toBe(200)
  })

  it('are twenty, and one more ends the oldest (ASVS 7.1.2)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const tokens: string[] = []

    for (let n = 0; n <= 20; n++) {
      tokens.push((await logIn(app, email)).access_token)
      app.wait({ seconds: 1 })
    }

    const answers = await Promise.all(tokens.map(async (token) => (await profile(app, token)).status))
    expect(answers).toEqual([401, ...Array(20).fill(200)])
  })

  it('end for a new one even if its clock is behind (ASVS 7.1.2)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const tokens: string[] = []

    for (let n = 0; n <= 20; n++) {
      tokens.push((await logIn(app, email)).access_token)
      app.wait({ seconds: -1 })
    }

    const answers = await Promise.all(tokens.map(async (token) => (await profile(app, token)).status))
    expect(answers.filter((status) => status === 200)).toHaveLength(20)
    expect(answers.at(-1)).toBe(200)
  })

  it('lose the one that the cookies of a new log-in name (ASVS 7.2.4)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const other = await logIn(app, email)
    const first = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
    const before = cookiesOf(first)

    const again = await app.call('POST /api/auth/login', {
      json: { email, password: somePassword },
      cookies: before,
      headers: fromOurPage,
    })

    expect(again.status).toBe(200)
    expect((await profile(app, before.token!)).status).toBe(401)
    expect((await refresh(app, before.refresh_token!)).status).toBe(401)
    expect((await profile(app, other.access_token)).status).toBe(200)
    expect((await profile(app, cookiesOf(again).token!)).status).toBe(200)
  })

  it('keep the one that the cookies name when the new log-in fails', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const first = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
    const cookies = cookiesOf(first)

    await app.call('POST /api/auth/login', { json: { email, password: wrong }, cookies, headers: fromOurPage })

    expect((await profile(app, cookies.token!)).status).toBe(200)
  })
})

describe('a deployment without verification', () => {
  it('lets in whoever has registered', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)

    const session = await logIn(app, email)

    expect(session.user).toMatchObject({ email, email_verified: false })
  })
})

describe('a hash of an older cost', () => {
  /** A D1 that lets something else happen just before a session starts, once. */
  const justBefore = (happens: () => Promise<unknown>) => {
    let waiting = true
    return faulty(env.DB, async ({ sql }, go) => {
      if (waiting && sql.some((statement) => /^insert into "sessions"/.test(statement))) {
        waiting = false
        await happens()
      }
      return go()
    })
  }
  const dearer = { PASSWORD_SCRYPT: 'ln=2,r=8,p=1' }

  it('keeps nobody out whose password was being checked while another log-in replaced it (N14)', async ({ expect }) => {
    const email = await member(startApp())
    const other = startApp({ vars: dearer })
    const app = startApp({ vars: dearer, bindings: { DB: justBefore(() => logIn(other, email)) } })

    const response = await attempt(app, email)

    const [user] = await createDatabase(app.db).select().from(users).where(eq(users.email, email))
    expect(user?.passwordHash).toMatch(/^\$scrypt\$ln=2,/)
    expect(response.status).toBe(200)
    expect((await profile(app, ((await response.json()) as SessionBody).access_token)).status).toBe(200)
  })

  it('is replaced by many log-ins at once, which all succeed (N14)', async ({ expect }) => {
    const email = await member(startApp())
    const app = startApp({ vars: dearer })

    const answers = await Promise.all(Array.from({ length: 9 }, () => attempt(app, email)))

    expect(answers.map((answer) => answer.status)).toEqual(Array(9).fill(200))
  })

  it.for([
    [
      'is another now',
      { passwordHash: '$scrypt$ln=1,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    ],
    ['was taken away', { passwordHash: null }],
    ['is that of a user disabled meanwhile', { status: 'disabled' }],
  ] as const)('lets nobody in where the password %s (R9)', async ([, meanwhile], { expect }) => {
    const healthy = startApp()
    const email = await member(healthy)
    const app = startApp({ bindings: { DB: justBefore(() => alterUser(healthy, email, meanwhile)) } })

    const response = await attempt(app, email)

    const sql = 'select count(*) as n from sessions where user_id = (select id from users where email = ?)'
    expect([response.status, await codeOf(response)]).toEqual([401, 'invalid_credentials'])
    expect(await healthy.db.prepare(sql).bind(email).first('n')).toBe(0)
  })

  it('is replaced when its password is given, and only then (N14)', async ({ expect }) => {
    const older = startApp()
    const email = await member(older)
    const app = startApp({ vars: { PASSWORD_SCRYPT: 'ln=2,r=8,p=1' } })
    const stored = async () =>
      (await createDatabase(app.db).select().from(users).where(eq(users.email, email)))[0]!.passwordHash!.slice(0, 20)

    await attempt(app, email, wrong)
    const afterWrong = await stored()
    await logIn(app, email)

    expect(afterWrong).toBe('$scrypt$ln=1,r=8,p=1')
    expect(await stored()).toBe('$scrypt$ln=2,r=8,p=1')
    expect((await attempt(app, email)).status).toBe(200)
    expect((await attempt(app, email, wrong)).status).toBe(401)
  })
})
