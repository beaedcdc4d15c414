import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { aliases } from '../../src/aliases.ts'
import { addApp, addRecoveryCodes, userWithFactors, wrongCode } from '../support/app/second-factors.ts'
import {
  alterUser,
  codeOf,
  cookiesOf,
  fromOurPage,
  linkIn,
  mailsTo,
  member,
  newPassword,
  profile,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { endByLink } from '../support/faults/arranged.ts'
import { faulty } from '../support/faults/faulty.ts'
import { logged } from './setup.ts'

const password = somePassword
const logInOperation = 'POST /api/auth/login'
const codeOperation = 'POST /api/auth/login/code'

type Refusal = { code: string; challenge: string; methods: string[]; expires_in: number; detail: string }

const firstStep = async (app: TestApp, email: string, more: object = {}) => {
  const reply = await app.call(logInOperation, { json: { email, password, ...more } })
  return { reply, status: reply.status, ...((await reply.clone().json()) as Refusal) }
}

const secondStep = (app: TestApp, json: object, more: object = {}) => app.call(codeOperation, { json, ...more })

const sessionsOf = (app: TestApp, email: string) =>
  app.db
    .prepare('select count(*) as n from sessions where user_id = (select id from users where email = ?)')
    .bind(email)
    .first<number>('n')

const claimsOf = (token: string) => JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')))

describe('a log-in to an account with a second factor', () => {
  it('by the password alone is refused with a challenge, and starts no session (ASVS 6.3.3)', async ({ expect }) => {
    const app = startApp()
    const { email } = await userWithFactors(app)
    const before = await sessionsOf(app, email)

    const { reply, status, ...refusal } = await firstStep(app, email)

    expect([status, refusal.code, refusal.methods, refusal.expires_in]).toEqual([
      403,
      'second_factor_required',
      ['totp', 'recovery_code'],
      600,
    ])
    expect(refusal.challenge).toMatch(/^\w+\.[0-9a-f-]{36}\.r\./)
    expect(reply.headers.get('Content-Type')).toBe('application/problem+json')
    expect(reply.headers.get('Cache-Control')).toBe('no-store')
    expect(Object.keys(cookiesOf(reply))).toEqual(['login'])
    expect(await sessionsOf(app, email)).toBe(before)
  })

  it.for(['code', 'recovery_code'])(
    'is finished by the challenge and a %s (ASVS 6.4.4)',
    async (member, { expect }) => {
      const app = startApp()
      const { email, code, recoveryCodes } = await userWithFactors(app)
      const { challenge } = await firstStep(app, email)
      const given = member === 'code' ? await code() : recoveryCodes[4]

      const reply = await secondStep(app, { challenge, [member]: given })

      const body = (await reply.json()) as SessionBody & { recovery_codes_left?: number }
      expect(reply.status).toBe(200)
      expect((await profile(app, body.access_token)).status).toBe(200)
      expect(claimsOf(body.access_token)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'aal2', fresh: true })
      expect(body.recovery_codes_left).toBe(member === 'code' ? undefined : 9)
      expect(cookiesOf(reply)).toMatchObject({ token: body.access_token })
    },
  )

  it('takes the challenge from the cookie, which the reply then removes', async ({ expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const first = await app.request(`${logInOperation}?transport=cookie`, { json: { email, password } })
    const { challenge, methods } = (await first.clone().json()) as Refusal
    const { login } = cookiesOf(first)

    const reply = await app.request(`${codeOperation}?transport=cookie`, {
      json: { code: await code() },
      cookies: { login: login! },
      headers: fromOurPage,
    })

    expect([challenge, methods]).toEqual([undefined, ['totp', 'recovery_code']])
    expect(reply.status).toBe(200)
    expect(cookiesOf(reply)).toMatchObject({ login: '' })
    expect(Object.keys(cookiesOf(reply)).sort()).toEqual(['device', 'login', 'refresh_token', 'token'])
    expect(await reply.json()).not.toHaveProperty('access_token')
  })

  it('sets no cookie for a client that wants its tokens in the body', async ({ expect }) => {
    const app = startApp()
    const { email } = await userWithFactors(app)

    const reply = await app.request(`${logInOperation}?transport=body`, { json: { email, password } })

    expect(cookiesOf(reply)).toEqual({})
    expect(((await reply.json()) as Refusal).challenge).toBeTruthy()
  })

  it.for([
    { what: 'JSON', send: (json: object) => ({ json }) },
    { what: 'a form', send: (json: object) => ({ form: { ...json, grant_type: 'password' } as never }) },
  ])('is finished in one request by the member otp of $what', async ({ send }, { expect }) => {
    const app = startApp()
    const { email, code, recoveryCodes } = await userWithFactors(app)

    const byCode = await app.call(logInOperation, send({ username: email, password, otp: await code() }))
    const byRecovery = await app.call(logInOperation, send({ username: email, password, otp: recoveryCodes[0]! }))

    expect([byCode.status, byRecovery.status]).toEqual([200, 200])
    expect(claimsOf(((await byCode.json()) as SessionBody).access_token).acr).toBe('aal2')
    expect(await byRecovery.json()).toMatchObject({ recovery_codes_left: 9 })
  })

  const paths = Object.entries(aliases).flatMap(([older, ours]) => (ours === '/api/auth/login' ? [older] : []))

  it.for(paths)('is finished at %s by one more field of the form or of the JSON body', async (path, { expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const refused = await app.call(`POST ${path}`, { form: { username: email, password } })
    const byForm = await app.call(`POST ${path}`, { form: { username: email, password, otp: await code() } })
    app.wait({ seconds: 30 })
    const byJson = await app.call(`POST ${path}`, { json: { email, password, otp: await code() } })

    expect([refused.status, byForm.status, byJson.status]).toEqual([403, 200, 200])
    expect(await refused.json()).toMatchObject({
      error: 'mfa_required',
      detail: expect.stringMatching(/^A second factor/),
    })
  })

  it('tells nothing about a code that comes with a wrong password, nor counts it', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_FACTOR_ACCOUNT: '1/15m' } })
    const { email, code } = await userWithFactors(app)
    const right = await code()

    const wrong = await app.call(logInOperation, { json: { email, password: newPassword, otp: '000000' } })
    const withCode = await app.call(logInOperation, { json: { email, password: newPassword, otp: right } })
    const after = await app.call(logInOperation, { json: { email, password, otp: right } })

    expect([wrong.status, withCode.status, after.status]).toEqual([401, 401, 200])
    expect([await codeOf(wrong), await codeOf(withCode)]).toEqual(['invalid_credentials', 'invalid_credentials'])
  })

  it('ignores a code, and an empty one, for an account without a second factor', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)

    const replies = []
    for (const otp of ['', null, '123456', 'x'])
      replies.push(await app.call(logInOperation, { json: { email, password, otp } }))

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const { access_token } = (await replies[0]!.json()) as SessionBody
    expect(claimsOf(access_token)).toMatchObject({ amr: ['pwd'], acr: 'aal1' })
  })

  it('keeps what the first step asked for: a session that is not remembered', async ({ expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const { challenge } = await firstStep(app, email, { remember: false })

    const reply = await secondStep(app, { challenge, code: await code() })

    expect(((await reply.clone().json()) as SessionBody).refresh_expires_in).toBe(12 * 3600)
    expect(reply.headers.getSetCookie().join()).not.toMatch(/token=[^,]*Max-Age/)
  })

  it('ends the session that the cookies of the second step name', async ({ expect }) => {
    const app = startApp()
    const { email, code, access_token, refresh_token } = await userWithFactors(app)
    const cookies = { refresh_token }
    const first = await app.request(logInOperation, { json: { email, password }, cookies, headers: fromOurPage })
    const { challenge } = (await first.json()) as Refusal
    const between = await profile(app, access_token)

    await secondStep(app, { challenge, code: await code() }, { cookies, headers: fromOurPage })

    expect([between.status, (await profile(app, access_token)).status]).toEqual([200, 401])
  })
})

describe('a code', () => {
  it('works once, and so do those before it (RFC 6238 §5.2, ASVS 6.5.1)', async ({ expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const [earlier, now] = [await code(-1), await code()]
    const use = async (otp: string) => (await app.call(logInOperation, { json: { email, password, otp } })).status

    const first = await use(now)
    const again = await use(now)
    const before = await use(earlier)
    app.wait({ seconds: 30 })

    expect([first, again, before, await use(await code())]).toEqual([200, 422, 422, 200])
  })

  it('works once for the first step and the second together', async ({ expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const now = await code()
    const { challenge } = await firstStep(app, email)

    const first = await secondStep(app, { challenge, code: now })
    const again = await secondStep(app, { challenge, code: now })
    const other = await app.call(logInOperation, { json: { email, password, otp: now } })

    expect([first.status, again.status, other.status]).toEqual([200, 422, 422])
  })

  it('of one account opens no other account', async ({ expect }) => {
    const app = startApp()
    const [one, other] = [await userWithFactors(app), await userWithFactors(app)]
    const json = { email: other.email, password }

    const byCode = await app.call(logInOperation, { json: { ...json, otp: await one.code() } })
    const byRecovery = await app.call(logInOperation, { json: { ...json, otp: one.recoveryCodes[0] } })

    expect([byCode.status, byRecovery.status]).toEqual([422, 422])
    expect(await codeOf(byCode)).toBe('wrong_code')
  })

  it('of either of two apps opens the account', async ({ expect }) => {
    const app = startApp()
    const { email, code, user } = await userWithFactors(app)
    const second = await addApp(app, user.id)

    const statuses = []
    for (const otp of [await code(), await second.code()])
      statuses.push((await app.call(logInOperation, { json: { email, password, otp } })).status)

    expect(statuses).toEqual([200, 200])
  })

  it('cannot be checked under other DATA_KEYS: that is a fault of the service, not a wrong code', async ({
    expect,
  }) => {
    const app = startApp()
    const { email, code, recoveryCodes } = await userWithFactors(app)
    const later = startApp({ vars: { DATA_KEYS: undefined } })

    const byCode = await later.call(logInOperation, { json: { email, password, otp: await code() } })
    const byRecovery = await later.call(logInOperation, { json: { email, password, otp: recoveryCodes[0] } })

    expect([byCode.status, await codeOf(byCode), byRecovery.status]).toEqual([500, 'misconfigured', 200])
    expect(logged()).toEqual([expect.stringContaining('second-factors.ts')])
  })

  it('of a seed that was copied from another account is wrong: a seed opens for its own row and user', async ({
    expect,
  }) => {
    const app = startApp()
    const [victim, thief] = [await userWithFactors(app), await userWithFactors(app)]
    const copy = 'update totp set secret = (select secret from totp where user_id = ?) where user_id = ?'
    await app.db.prepare(copy).bind(thief.user.id, victim.user.id).run()

    const json = { email: victim.email, password, otp: await thief.code() }
    const reply = await app.call(logInOperation, { json })

    expect([reply.status, await codeOf(reply)]).toEqual([500, 'misconfigured'])
    expect(logged()).toHaveLength(1)
  })
})

describe('a recovery code', () => {
  it('works once, in any spelling, and its owner is mailed a link that ends the session', async ({ expect }) => {
    const app = startApp()
    const { email, recoveryCodes } = await userWithFactors(app)
    const typed = recoveryCodes[2]!.toLowerCase().replaceAll('-', ' ')
    const { challenge } = await firstStep(app, email)

    const first = await secondStep(app, { challenge, recovery_code: typed })
    const mail = mailsTo(app, email).at(-1)!
    const again = await secondStep(app, { challenge, recovery_code: recoveryCodes[2] })
    const { access_token } = (await first.json()) as SessionBody
    const before = await profile(app, access_token)
    await endByLink(app, linkIn(app, email))

    expect([first.status, again.status]).toEqual([200, 422])
    expect(mail.subject).toBe('A recovery code was used at Gatehouse')
    expect(mail.text).toContain('you have 9 left')
    expect([before.status, (await profile(app, access_token)).status]).toEqual([200, 401])
  })

  it('is counted down in each reply from three left on', async ({ expect }) => {
    const app = startApp()
    const { email, recoveryCodes, code } = await userWithFactors(app)
    const left = []
    for (const otp of recoveryCodes.slice(0, 7)) {
      const reply = await app.call(logInOperation, { json: { email, password, otp } })
      left.push(((await reply.json()) as { recovery_codes_left: number }).recovery_codes_left)
    }
    const byCode = await app.call(logInOperation, { json: { email, password, otp: await code() } })

    expect(left).toEqual([9, 8, 7, 6, 5, 4, 3])
    expect(await byCode.json()).toMatchObject({ recovery_codes_left: 3 })
  })

  it('is not offered once all are used', async ({ expect }) => {
    const app = startApp()
    const { email, recoveryCodes } = await userWithFactors(app)
    for (const otp of recoveryCodes) await app.call(logInOperation, { json: { email, password, otp } })

    const { methods } = await firstStep(app, email)

    expect(methods).toEqual(['totp'])
  })

  it('alone makes no account ask for a second factor', async ({ expect }) => {
    const app = startApp()
    const { email, user } = await signedInUser(app)
    await addRecoveryCodes(app, user.id)

    expect((await firstStep(app, email)).status).toBe(200)
  })
})

describe('wrong codes', () => {
  it('close the codes of the account after ten, in one step and in two, but not the recovery codes (ASVS 6.6.3)', async ({
    expect,
  }) => {
    // The limits of log-ins, which count the first steps, are not to be seen here.
    const app = startApp({ vars: { LIMIT_LOGIN_ACCOUNT: '99/15m', LIMIT_LOGIN_NETWORK: '99/5m' } })
    const { email, code, recoveryCodes } = await userWithFactors(app)
    const wrong = await wrongCode(code)
    const statuses = []
    for (let n = 0; n < 5; n++) {
      const { challenge } = await firstStep(app, email)
      statuses.push((await secondStep(app, { challenge, code: wrong })).status)
      statuses.push(
        (await app.call(logInOperation, { json: { email, password, otp: wrong }, ip: `203.0.113.${n}` })).status,
      )
    }
    const closed = await app.call(logInOperation, { json: { email, password, otp: await code() } })
    const byRecovery = await app.call(logInOperation, { json: { email, password, otp: recoveryCodes[0] } })
    const opened = await app.call(logInOperation, { json: { email, password, otp: await code() } })

    expect(statuses).toEqual(Array(10).fill(422))
    expect([closed.status, byRecovery.status, opened.status]).toEqual([429, 200, 200])
    expect(Number(closed.headers.get('Retry-After'))).toBeGreaterThan(0)
  })

  it('are counted across first steps: a right password clears nothing', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_FACTOR_ACCOUNT: '3/15m' } })
    const { email, code } = await userWithFactors(app)
    const wrong = await wrongCode(code)
    const statuses = []
    for (let n = 0; n < 4; n++) {
      const { challenge } = await firstStep(app, email)
      statuses.push((await secondStep(app, { challenge, code: wrong })).status)
    }
    app.wait({ minutes: 15 })
    const { challenge } = await firstStep(app, email)

    expect(statuses).toEqual([422, 422, 422, 429])
    expect((await secondStep(app, { challenge, code: await code() })).status).toBe(200)
  })

  it('are closed after a hundred in a row, whatever the time between them (NIST SP 800-63B-4 §3.2.2)', async ({
    expect,
  }) => {
    const app = startApp({ vars: { LIMIT_FACTOR_CONSECUTIVE: '3/400d' } })
    const { email, code, recoveryCodes } = await userWithFactors(app)
    const wrong = await wrongCode(code)
    const attempt = async (otp: string) => app.call(logInOperation, { json: { email, password, otp } })
    const statuses = []
    for (let n = 0; n < 3; n++) {
      statuses.push((await attempt(wrong)).status)
      app.wait({ days: 1 })
    }
    const closed = await attempt(await code())
    const byRecovery = await attempt(recoveryCodes[0]!)

    expect(statuses).toEqual([422, 422, 422])
    expect([closed.status, ((await closed.json()) as Refusal).detail]).toEqual([
      429,
      expect.stringContaining('recovery code'),
    ])
    expect([byRecovery.status, (await attempt(await code())).status]).toEqual([200, 200])
  })

  it('are recorded in one entry, and the owner is mailed at the third (ASVS 6.3.5)', async ({ expect }) => {
    const app = startApp()
    const { email, code, user } = await userWithFactors(app)
    const wrong = await wrongCode(code)
    const mails = []
    for (let n = 0; n < 5; n++) {
      await app.call(logInOperation, { json: { email, password, otp: wrong } })
      mails.push(
        mailsTo(app, email).filter(({ subject }) => subject.startsWith('Somebody may have your password')).length,
      )
    }
    const { results } = await app.db
      .prepare("select count from audit where user_id = ? and event = 'second_factor_failed'")
      .bind(user.id)
      .all()

    expect(mails).toEqual([0, 0, 1, 1, 1])
    expect(results).toEqual([{ count: 5 }])
  })

  it('neither come from strangers nor count for them: without the password nobody closes the codes', async ({
    expect,
  }) => {
    const app = startApp({ vars: { LIMIT_FACTOR_ACCOUNT: '1/15m' } })
    const { email, code, user } = await userWithFactors(app)
    const forged = `a.${user.id}.r.${app.now().getTime().toString(36)}.--------.${'d'.repeat(22)}.${'m'.repeat(43)}`

    const { response: reply, trips } = await app.cost(codeOperation, { json: { challenge: forged, code: '000000' } })
    const own = await app.call(logInOperation, { json: { email, password, otp: await code() } })

    expect([reply.status, await codeOf(reply), trips, own.status]).toEqual([400, 'invalid_token', 0, 200])
  })
})

describe('a challenge', () => {
  const spoilt: Record<string, (app: TestApp, user: Awaited<ReturnType<typeof userWithFactors>>) => Promise<unknown>> =
    {
      'ten minutes old': async (app) => app.wait({ minutes: 10 }),
      'given before a new password': async (app, { email }) => {
        await app.call('POST /api/auth/forgot-password', { json: { email } })
        const token = linkIn(app, email)
        await app.call('POST /api/auth/reset-password', { json: { token, new_password: newPassword } })
      },
      'of a disabled account': (app, { email }) => alterUser(app, email, { status: 'disabled' }),
      'of an account that lost its factors': (app, { user }) =>
        app.db.prepare('delete from totp where user_id = ?').bind(user.id).run(),
      'of an account that is gone': (app, { user }) =>
        app.db.prepare('delete from users where id = ?').bind(user.id).run(),
    }

  it.for(Object.keys(spoilt))('%s finishes no log-in', async (what, { expect }) => {
    const app = startApp()
    const user = await userWithFactors(app)
    const { challenge } = await firstStep(app, user.email)
    await spoilt[what]!(app, user)

    const reply = await secondStep(app, { challenge, code: await user.code() })

    expect([reply.status, await codeOf(reply)]).toEqual([400, 'invalid_token'])
  })

  it('is void after TOKENS_NOT_BEFORE', async ({ expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const { challenge } = await firstStep(app, email)
    const notBefore = new Date(app.now().getTime() + 1000).toISOString()
    const later = startApp({ vars: { TOKENS_NOT_BEFORE: notBefore } })
    later.wait({ seconds: 5 })

    expect((await secondStep(later, { challenge, code: await code() })).status).toBe(400)
  })

  it('that was changed anywhere is refused', async ({ expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const other = await userWithFactors(app)
    const { challenge } = await firstStep(app, email)
    const parts = challenge.split('.')
    const changes = [
      parts.with(1, other.user.id),
      parts.with(2, 's'),
      parts.with(3, (app.now().getTime() + 1000).toString(36)),
      parts.with(4, 'AAAAAAAA'),
      parts.with(5, 'A'.repeat(22)),
      parts.with(0, parts[0] === 'a' ? 'b' : 'a'),
      parts.slice(0, -1),
      [...parts, 'x'],
    ]
    const given = await code()
    const statuses = []
    for (const changed of changes)
      statuses.push((await secondStep(app, { challenge: changed.join('.'), code: given })).status)

    expect(statuses).toEqual(changes.map(() => 400))
    expect((await secondStep(app, { challenge, code: given })).status).toBe(200)
  })

  it('is no bearer of anything: neither an access token nor a refresh token', async ({ expect }) => {
    const app = startApp()
    const { email } = await userWithFactors(app)
    const { challenge } = await firstStep(app, email)

    const asBearer = await profile(app, challenge)
    const asCookie = await app.request('GET /api/user/profile', { cookies: { token: challenge, login: challenge } })
    const asRefresh = await app.call('POST /api/auth/refresh', { json: { refresh_token: challenge } })

    expect([asBearer.status, asCookie.status, asRefresh.status]).toEqual([401, 401, 401])
  })

  it.for([{}, { code: '' }, { code: null, recovery_code: '' }])('with %j lacks a code', async (given, { expect }) => {
    const app = startApp()
    const { email } = await userWithFactors(app)
    const { challenge } = await firstStep(app, email)

    const reply = await secondStep(app, { challenge, ...given })

    expect([reply.status, await codeOf(reply)]).toEqual([422, 'validation_failed'])
  })

  it('is needed: without it and without its cookie a code is refused', async ({ expect }) => {
    const app = startApp()
    const { code } = await userWithFactors(app)

    expect((await secondStep(app, { code: await code() })).status).toBe(400)
  })
})

describe('the second factor of a session', () => {
  it('counts for 24 hours, and for new tokens of the session (AAL2_HOURS)', async ({ expect }) => {
    const app = startApp()
    const { email, code } = await userWithFactors(app)
    const reply = await app.call(logInOperation, { json: { email, password, otp: await code() } })
    let { access_token, refresh_token } = (await reply.json()) as SessionBody
    const acrs = [claimsOf(access_token).acr]
    for (const hours of [23, 1]) {
      app.wait({ hours })
      const next = await app.call('POST /api/auth/refresh', { json: { refresh_token } })
      ;({ access_token, refresh_token } = (await next.json()) as SessionBody)
      acrs.push(claimsOf(access_token).acr)
    }
    const list = await app.call('GET /api/user/sessions', { bearer: access_token })

    expect(acrs).toEqual(['aal2', 'aal2', 'aal1'])
    expect(claimsOf(access_token).amr).toEqual(['pwd', 'otp', 'mfa'])
    expect(((await list.json()) as { sessions: object[] }).sessions).toContainEqual(
      expect.objectContaining({ current: true, amr: ['pwd', 'otp', 'mfa'], acr: 'aal1' }),
    )
  })
})

describe('a password whose hash the first step replaces', () => {
  const hashOf = (app: TestApp, email: string) =>
    app.db.prepare('select password from users where email = ?').bind(email).first<string>('password')

  it('by one of present settings is still that of the challenge', async ({ expect }) => {
    const [older, app] = [startApp({ vars: { PASSWORD_SCRYPT: 'ln=2,r=8,p=1' } }), startApp()]
    const { email, code } = await userWithFactors(older)
    const before = await hashOf(app, email)
    const { challenge } = await firstStep(app, email)
    const after = await hashOf(app, email)

    const reply = await secondStep(app, { challenge, code: await code() })

    expect([reply.status, before === after]).toEqual([200, false])
    expect(after).toMatch(/^\$scrypt\$ln=1,/)
  })

  it('because only the old system had it is stored, and the second factor is asked for all the same', async ({
    expect,
  }) => {
    const app = startApp({
      vars: { MIGRATION_HOOK: 'https://old.example.com/check', MIGRATION_SECRET: 'a secret of 32 characters or more' },
      bindings: { MIGRATION: { fetch: async () => Response.json({ valid: true }) } } as never,
    })
    const { email, code } = await userWithFactors(app)
    await alterUser(app, email, { passwordHash: null })
    await alterUser(app, email, { migrationPending: true })
    const before = await sessionsOf(app, email)
    const { status, challenge } = await firstStep(app, email)
    const [between, hash] = [await sessionsOf(app, email), await hashOf(app, email)]

    const reply = await secondStep(app, { challenge, code: await code() })

    expect([status, between, reply.status]).toEqual([403, before, 200])
    expect(hash).toMatch(/^\$scrypt/)
  })

  it('because only the old system had it starts a session with a code in the same request', async ({ expect }) => {
    const app = startApp({
      vars: { MIGRATION_HOOK: 'https://old.example.com/check', MIGRATION_SECRET: 'a secret of 32 characters or more' },
      bindings: { MIGRATION: { fetch: async () => Response.json({ valid: true }) } } as never,
    })
    const { email, code } = await userWithFactors(app)
    await alterUser(app, email, { passwordHash: null })
    await alterUser(app, email, { migrationPending: true })

    const reply = await app.call(logInOperation, { json: { email, password, otp: await code() } })

    expect([reply.status, await hashOf(app, email)]).toEqual([200, expect.stringMatching(/^\$scrypt/)])
  })
})

describe('what changes between the check and the write that starts the session', () => {
  /** A service in which `change` happens just before that write. */
  const meanwhile = (change: () => Promise<unknown>) =>
    startApp({
      bindings: {
        DB: faulty(env.DB, async ({ sql }, go) => {
          if (sql.some((text) => text.startsWith('insert into "sessions"'))) await change()
          return go()
        }),
      },
    })

  it('an app that is added makes the password alone too little', async ({ expect }) => {
    const app = startApp()
    const { email, user } = await signedInUser(app)
    const before = await sessionsOf(app, email)
    let added: Promise<unknown> | undefined

    const reply = await meanwhile(() => (added ??= addApp(app, user.id))).call(logInOperation, {
      json: { email, password },
    })

    expect([reply.status, await sessionsOf(app, email)]).toEqual([403, before])
  })

  it.for(['code', 'recovery code'])('a %s that somebody else uses is wrong', async (what, { expect }) => {
    const app = startApp()
    const { email, user, code, recoveryCodes } = await userWithFactors(app)
    const before = await sessionsOf(app, email)
    const otp = what === 'code' ? await code() : recoveryCodes[0]
    const used =
      what === 'code'
        ? 'update totp set last_step = 99999999 where user_id = ?'
        : 'update recovery_codes set used = 1 where user_id = ?'

    const reply = await meanwhile(() => app.db.prepare(used).bind(user.id).run()).call(logInOperation, {
      json: { email, password, otp },
    })

    expect([reply.status, await codeOf(reply), await sessionsOf(app, email)]).toEqual([422, 'wrong_code', before])
  })

  it('a new set of recovery codes makes those of the old one wrong', async ({ expect }) => {
    const app = startApp()
    const { email, user, recoveryCodes } = await userWithFactors(app)
    const anew = () => app.db.prepare("update recovery_codes set set_id = 'x' where user_id = ?").bind(user.id).run()

    const reply = await meanwhile(anew).call(logInOperation, { json: { email, password, otp: recoveryCodes[0] } })

    expect([reply.status, await codeOf(reply)]).toEqual([422, 'wrong_code'])
  })
})

describe('places of a network', () => {
  it('are given back by a finished log-in, and kept by one that was not', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_LOGIN_NETWORK: '2/5m' } })
    const user = await userWithFactors(app)
    await app.db.prepare('delete from throttles').run()

    const statuses = []
    for (let n = 0; n < 4; n++) {
      const { challenge } = await firstStep(app, user.email)
      statuses.push((await secondStep(app, { challenge, code: await user.code() })).status)
      app.wait({ seconds: 30 })
    }
    for (let n = 0; n < 3; n++) statuses.push((await firstStep(app, user.email)).status)

    expect(statuses).toEqual([200, 200, 200, 200, 403, 403, 429])
  })
})
