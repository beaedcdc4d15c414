import { beforeEach, describe, it } from 'vitest'
import { limits } from '../../src/domain/limits.ts'
import { almost, attempt, someNetwork, statuses, wrong } from '../support/app/attempts.ts'
import { seen } from '../support/app/equal-replies.ts'
import { countHashes } from '../support/app/hashes.ts'
import {
  codeOf,
  linkIn,
  logIn,
  mailsTo,
  member,
  profile,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'

describe('guessing the password of one account', () => {
  let app: TestApp
  let email: string
  beforeEach(async () => {
    app = startApp()
    email = await member(app)
  })

  it('ends after ten wrong passwords from any networks, and then even the right one is refused (A-04, ASVS 6.3.1)', async ({
    expect,
  }) => {
    const answers = await statuses(11, () => attempt(app, email))

    const right = await attempt(app, email, { password: somePassword })
    expect(answers).toEqual([...Array(10).fill(401), 429])
    expect(right.status).toBe(429)
    expect(await codeOf(right)).toBe('rate_limited')
  })

  it('ends after as many attempts for an unknown address, with the same words (A-04, A-01)', async ({ expect }) => {
    const unknown = someAddress('nobody')
    const headers = { 'CF-Ray': 'the-same-for-both' }
    const known: Response[] = []
    const other: Response[] = []
    for (let n = 0; n < 12; n++) {
      known.push(await attempt(app, email, { headers }))
      other.push(await attempt(app, unknown, { headers }))
    }

    expect(other.map((answer) => answer.status)).toEqual(known.map((answer) => answer.status))
    expect(await seen(other[11]!)).toBe(await seen(known[11]!))
    expect(other[11]!.headers.get('Retry-After')).toBe(known[11]!.headers.get('Retry-After'))
  })

  it('hashes nothing when it is refused (A-03, A-04)', async ({ expect }) => {
    await statuses(10, () => attempt(app, email))
    const hashes = countHashes()

    const answers = await statuses(3, () => attempt(app, email, { password: somePassword }))

    expect(answers).toEqual([429, 429, 429])
    expect(hashes()).toBe(0)
  })

  it('lets ten through of forty at once (A-04a)', async ({ expect }) => {
    const hashes = countHashes()

    const answers = await Promise.all(Array.from({ length: 40 }, () => attempt(app, email)))

    const count = (status: number) => answers.filter((answer) => answer.status === status).length
    expect(hashes()).toBe(count(401))
    expect(count(401)).toBeLessThanOrEqual(10)
    // The gate admits nine, so one of ten may be told to come back, and another request gets its place.
    expect(count(401)).toBeGreaterThanOrEqual(9)
    expect(count(401) + count(503) + count(429)).toBe(40)
    expect(await statuses(11 - count(401), () => attempt(app, email))).toEqual([
      ...Array(10 - count(401)).fill(401),
      429,
    ])
  })

  it('opens again when Retry-After says so, and no second before (A-04)', async ({ expect }) => {
    await statuses(10, () => attempt(app, email))
    app.wait({ seconds: 0.4 })
    const refused = await attempt(app, email, { password: somePassword })

    app.wait({ seconds: almost(refused) })
    const early = await attempt(app, email, { password: somePassword })
    app.wait({ seconds: 1 })
    const inTime = await attempt(app, email, { password: somePassword })

    expect(Number(refused.headers.get('Retry-After'))).toBe(limits.logInAccount.window / 1000)
    expect([early.status, inTime.status]).toEqual([429, 200])
  })

  it('starts again after the right one (N11)', async ({ expect }) => {
    const first = await statuses(9, () => attempt(app, email))
    const right = await attempt(app, email, { password: somePassword })
    const second = await statuses(9, () => attempt(app, email))

    expect([...first, ...second]).toEqual(Array(18).fill(401))
    expect(right.status).toBe(200)
  })

  it('counts every spelling of the address as one (A-04d)', async ({ expect }) => {
    const spellings = [email, email.toUpperCase(), ` ${email}`, email.replace('example', 'EXAMPLE'), `${email} `]

    await statuses(10, (n) => attempt(app, spellings[n % spellings.length]!))
    const answers = await statuses(spellings.length, (n) => attempt(app, spellings[n]!, { password: somePassword }))

    expect(answers).toEqual(Array(spellings.length).fill(429))
  })

  it('does not touch other accounts, nor sessions of this one (A-05)', async ({ expect }) => {
    const { access_token } = await logIn(app, email)
    const other = await member(app)

    await statuses(11, () => attempt(app, email))

    expect((await attempt(app, other, { password: somePassword })).status).toBe(200)
    expect((await profile(app, access_token)).status).toBe(200)
  })

  it('ends with a reset by mail, which stays open and clears the count (A-05)', async ({ expect }) => {
    for (let n = 0; n < 5; n++) {
      await statuses(10, () => attempt(app, email))
      app.wait({ minutes: 15 })
    }
    await statuses(10, () => attempt(app, email))

    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const json = { token: linkIn(app, email), new_password: 'another fine passphrase' }
    const reset = await app.call('POST /api/auth/reset-password', { json })

    expect(reset.status).toBe(200)
    expect((await attempt(app, email, { password: 'another fine passphrase' })).status).toBe(200)
  })

  it('ends for good after a hundred failures in a row, except for a reset by mail (N11)', async ({ expect }) => {
    for (let n = 0; n < 10; n++) {
      await statuses(10, () => attempt(app, email))
      app.wait({ minutes: 15 })
    }

    app.wait({ days: 300 })
    const right = await attempt(app, email, { password: somePassword })
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const json = { token: linkIn(app, email), new_password: 'another fine passphrase' }
    await app.call('POST /api/auth/reset-password', { json })
    const after = await attempt(app, email, { password: 'another fine passphrase' })

    expect(right.status).toBe(429)
    expect(after.status).toBe(200)
  })

  it('of somebody who is unknown does not keep them from registering (A-04)', async ({ expect }) => {
    const unknown = someAddress()

    await statuses(11, () => attempt(app, unknown))
    const response = await register(app, unknown)

    expect(response.status).toBe(201)
    expect(mailsTo(app, unknown)).toHaveLength(1)
  })
})

describe('trying many accounts from one network', () => {
  it('ends after thirty log-ins in five minutes, right or wrong (A-04)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const ip = someNetwork()

    const answers = await statuses(30, () => attempt(app, someAddress(), { ip }))
    const refused = await attempt(app, email, { ip, password: somePassword })
    app.wait({ seconds: almost(refused) })
    const early = await attempt(app, email, { ip, password: somePassword })
    app.wait({ seconds: 1 })
    const inTime = await attempt(app, email, { ip, password: somePassword })

    expect(answers).toEqual(Array(30).fill(401))
    expect([refused.status, early.status, inTime.status]).toEqual([429, 429, 200])
    expect(Number(refused.headers.get('Retry-After'))).toBe(300)
  })

  it('lets thirty through of forty at once, and counts none of the rest against an account (A-04a)', async ({
    expect,
  }) => {
    const app = startApp()
    const ip = someNetwork()
    const emails = Array.from({ length: 40 }, () => someAddress())

    const answers = await Promise.all(emails.map((email) => attempt(app, email, { ip })))

    const refused = emails.filter((_, n) => answers[n]!.status === 429)
    expect(refused).toHaveLength(10)
    expect(await statuses(11, () => attempt(app, refused[0]!))).toEqual([...Array(10).fill(401), 429])
  })

  it.for([
    ['X-Forwarded-For', '203.0.113.'],
    ['X-Real-IP', '203.0.113.'],
    ['True-Client-IP', '203.0.113.'],
    ['Forwarded', 'for=203.0.113.'],
    ['CF-Connecting-IPv6', '2001:db8::'],
    ['CF-Pseudo-IPv4', '240.0.0.'],
    ['X-Client-IP', '203.0.113.'],
    ['Gatehouse-Client-IP', '203.0.113.'],
  ] as const)('is not hidden by %s (A-04b, ASVS 4.1.3)', async ([name, start], { expect }) => {
    const app = startApp()
    const ip = someNetwork()

    await statuses(30, (n) => attempt(app, someAddress(), { ip, headers: { [name]: `${start}${n}` } }))
    const response = await attempt(app, someAddress(), { ip, headers: { [name]: `${start}99` } })

    expect(response.status).toBe(429)
  })

  it.for([
    [
      'the same /64',
      429,
      ['2001:db8:0:1::a', '2001:db8:0:1::b', '2001:DB8:0:1:FFFF::1', '2001:0db8:0000:0001:0:0:0:c'],
      '2001:db8:0:1::99',
    ],
    ['another /64', 401, ['2001:db8:1:1::a'], '2001:db8:1:2::a'],
    [
      'an IPv4 address in IPv6’s form',
      429,
      ['::ffff:198.51.100.7', '198.51.100.7', '::FFFF:c633:6407'],
      '198.51.100.7',
    ],
    ['another IPv4 address', 401, ['198.51.100.8'], '198.51.100.9'],
  ] as const)('that come from %s answers %i in the end (A-04b)', async ([, status, ips, last], { expect }) => {
    const app = startApp()

    await statuses(30, (n) => attempt(app, someAddress(), { ip: ips[n % ips.length]! }))
    const response = await attempt(app, someAddress(), { ip: last })

    expect(response.status).toBe(status)
  })

  it('is seen behind a whole /48 at ten times the limit (A-04b)', async ({ expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '0.1' } })
    const email = await member(app)

    const answers = await statuses(31, (n) => attempt(app, someAddress(), { ip: `2001:db8:48:${n.toString(16)}::1` }))
    const elsewhere = await attempt(app, email, { ip: '2001:db8:49:1::1', password: somePassword })

    expect(answers).toEqual([...Array(30).fill(401), 429])
    expect(elsewhere.status).toBe(200)
  })

  it.for(['', 'unknown', '999.1.1.1', 'localhost'])(
    'is one network for all whose address is “%s” (A-04b)',
    async (ip, { expect }) => {
      const app = startApp()
      await app.db.prepare('delete from throttles').run()

      await statuses(30, (n) => attempt(app, someAddress(), { ip: n % 2 ? ip : `nonsense${n}` }))
      const response = await attempt(app, someAddress(), { ip })

      expect(response.status).toBe(429)
    },
  )
})

describe('a site in front that knows PROXY_KEY', () => {
  const vars = { PROXY_KEY: 'a key that only the site in front knows' }

  it('names its visitor, who is then counted and not the site', async ({ expect }) => {
    const app = startApp({ vars })
    const ip = someNetwork()
    const asVisitor = (n: number) => ({
      'Gatehouse-Proxy-Key': vars.PROXY_KEY,
      'Gatehouse-Client-IP': `203.0.113.${n}`,
    })

    const many = await statuses(31, (n) => attempt(app, someAddress(), { ip, headers: asVisitor(n) }))
    const one = await statuses(30, () => attempt(app, someAddress(), { ip, headers: asVisitor(200) }))
    const more = await attempt(app, someAddress(), { ip, headers: asVisitor(200) })

    expect([...many, ...one]).toEqual(Array(61).fill(401))
    expect(more.status).toBe(429)
  })

  it.for(['a key that only the site in front knowz', vars.PROXY_KEY.slice(0, -1), `${vars.PROXY_KEY}s`, ''])(
    'is not recognised by the key “%s”',
    async (key, { expect }) => {
      const app = startApp({ vars })
      const ip = someNetwork()
      const headers = (n: number) => ({ 'Gatehouse-Proxy-Key': key, 'Gatehouse-Client-IP': `203.0.113.${n}` })

      await statuses(30, (n) => attempt(app, someAddress(), { ip, headers: headers(n) }))
      const response = await attempt(app, someAddress(), { ip, headers: headers(99) })

      expect(response.status).toBe(429)
    },
  )
})

describe('a limit by network', () => {
  const json = (email: string) => ({ email, password: somePassword })
  const cases: [string, number, number, (app: TestApp, ip: string) => Promise<Response>][] = [
    ['of registrations', 20, 3600, (app, ip) => app.call('POST /api/auth/register', { ip, json: json(someAddress()) })],
    [
      'of requests for a new password',
      30,
      300,
      (app, ip) => app.call('POST /api/auth/forgot-password', { ip, json: { email: someAddress() } }),
    ],
    [
      'of requests for another link',
      30,
      300,
      (app, ip) => app.call('POST /api/auth/resend-verification', { ip, json: { email: someAddress() } }),
    ],
  ]

  it.for(cases)('%s is %i in %i seconds, and ends when it says', async ([, limit, seconds, ask], { expect }) => {
    const app = startApp()
    const ip = someNetwork()

    const answers = await statuses(limit, () => ask(app, ip))
    const refused = await ask(app, ip)
    const elsewhere = await ask(app, someNetwork())
    app.wait({ seconds: almost(refused) })
    const early = await ask(app, ip)
    app.wait({ seconds: 1 })
    const inTime = await ask(app, ip)

    expect(new Set(answers)).toEqual(new Set([answers[0]]))
    expect(refused.status).toBe(429)
    expect(await codeOf(refused)).toBe('rate_limited')
    expect(Number(refused.headers.get('Retry-After'))).toBe(seconds)
    expect([elsewhere.ok, early.status, inTime.ok]).toEqual([true, 429, true])
  })

  it('refuses before it hashes or mails', async ({ expect }) => {
    const app = startApp()
    const ip = someNetwork()
    await statuses(20, () => app.call('POST /api/auth/register', { ip, json: json(someAddress()) }))
    const hashes = countHashes()
    const email = someAddress()

    const response = await app.call('POST /api/auth/register', { ip, json: json(email) })

    expect(response.status).toBe(429)
    expect(hashes()).toBe(0)
    expect(mailsTo(app, email)).toHaveLength(0)
  })
})

describe('guessing the password of a session', () => {
  const doors: [string, (app: TestApp, bearer: string, password: string) => Promise<Response>][] = [
    ['by reauthenticating', (app, bearer, password) => stepUp(app, { bearer, json: { password } })],
    [
      'by changing it',
      (app, bearer, password) =>
        app.call('POST /api/user/change-password', {
          bearer,
          json: { current_password: password, new_password: 'another fine passphrase' },
        }),
    ],
  ]

  it.for(doors)(
    '%s ends after ten wrong passwords, and the session with it (A-04, ASVS 6.2.3)',
    async ([, ask], { expect }) => {
      const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
      const { access_token } = await signedInUser(app)

      const answers = await statuses(10, () => ask(app, access_token, wrong))
      const refused = await ask(app, access_token, somePassword)
      app.wait({ minutes: 16 })
      const later = await ask(app, access_token, somePassword)

      expect(answers).toEqual(Array(10).fill(422))
      expect([refused.status, await codeOf(refused), later.status]).toEqual([401, 'invalid_token', 401])
    },
  )

  it.for(doors)(
    '%s continues after nine, a quarter of an hour later (A-04, ASVS 6.2.3)',
    async ([, ask], { expect }) => {
      const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
      const { access_token } = await signedInUser(app)

      const answers = await statuses(9, () => ask(app, access_token, wrong))
      app.wait({ minutes: 15 })
      const more = await statuses(9, () => ask(app, access_token, wrong))
      const right = await ask(app, access_token, somePassword)

      expect([...answers, ...more]).toEqual(Array(18).fill(422))
      expect(right.status).toBe(200)
    },
  )

  it('counts both operations together (A-04)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const wrongs = await statuses(10, (n) => doors[n % 2]![1](app, access_token, wrong))
    const answers = await statuses(2, (n) => doors[n]![1](app, access_token, somePassword))

    expect(wrongs).toEqual(Array(10).fill(422))
    expect(answers).toEqual([401, 401])
  })

  it('keeps nobody from logging in, and no other session from its own ten (A-05)', async ({ expect }) => {
    const app = startApp()
    const mine = await signedInUser(app)
    const other = await logIn(app, mine.email)

    await statuses(11, () => doors[0]![1](app, mine.access_token, wrong))

    expect((await attempt(app, mine.email, { password: somePassword })).status).toBe(200)
    expect((await doors[0]![1](app, other.access_token, somePassword)).status).toBe(200)
  })

  it('lets ten through of twenty at once (A-04a)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const answers = await Promise.all(Array.from({ length: 20 }, () => doors[0]![1](app, access_token, wrong)))

    const checked = answers.filter((answer) => answer.status === 422).length
    expect(checked).toBeLessThanOrEqual(10)
    expect(checked).toBeGreaterThanOrEqual(9)
    const later = await statuses(11 - checked, () => doors[0]![1](app, access_token, wrong))
    expect(later).toEqual([...Array(10 - checked).fill(422), 401])
  })
})

describe('more log-ins at once than one isolate hashes', () => {
  it('get a time to come back, while others are served (A-32, F19)', async ({ expect }) => {
    const app = startApp({ vars: { PASSWORD_SCRYPT: 'ln=10,r=8,p=1' } })

    const flood = Array.from({ length: 40 }, () => attempt(app, someAddress()))
    const health = await app.call('GET /health')
    const answers = await Promise.all(flood)

    const shed = answers.filter((answer) => answer.status === 503)
    expect(health.status).toBe(200)
    expect(shed.length).toBeGreaterThan(0)
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([401, 503]))
    expect(await codeOf(shed[0]!)).toBe('busy')
    expect(Number(shed[0]!.headers.get('Retry-After'))).toBeGreaterThan(0)
  })
})

describe('THROTTLE_FACTOR', () => {
  it('multiplies every limit', async ({ expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '2' } })
    const email = await member(app)

    const answers = await statuses(21, () => attempt(app, email))

    expect(answers).toEqual([...Array(20).fill(401), 429])
  })
})
