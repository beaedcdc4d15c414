import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import { bodyOf, refusalOf } from '../support/app/administrators.ts'
import {
  beginTotp,
  codeFor,
  confirmTotp,
  type Enrolment,
  enrol,
  factorsOf,
  proofBy,
} from '../support/app/enrolments.ts'
import { addApp, addRecoveryCodes, wrongCode } from '../support/app/second-factors.ts'
import {
  codeOf,
  cookiesOf,
  logIn,
  mailsTo,
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
import { rows } from '../support/faults/fault-world.ts'
import { eventsOf, linksIn, proofHeader } from '../support/way-back/way-back-world.ts'

const rightPassword = { current_password: somePassword }

const begun = async (app: TestApp) => {
  const user = await signedInUser(app)
  const enrolment = await beginTotp(app, user.access_token)
  return { ...user, ...enrolment, id: user.user.id, code: await codeFor(app, enrolment.secret) }
}

/** Returns what is stored of a user's factors. */
const stored = async (app: TestApp, id: string) => [
  ...(await rows(app, 'select id from totp where user_id = ?', id)),
  ...(await rows(app, 'select set_id from recovery_codes where user_id = ?', id)),
]

describe('an authenticator app', () => {
  it('is begun with a seed, and nothing is stored', async ({ expect }) => {
    const app = startApp()
    const { email, access_token, user } = await signedInUser(app)

    const { secret, otpauth_uri, enrolment, expires_in } = await beginTotp(app, access_token)

    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(otpauth_uri).toBe(`otpauth://totp/Gatehouse:${encodeURIComponent(email)}?secret=${secret}&issuer=Gatehouse`)
    expect(enrolment).not.toContain(secret)
    expect(expires_in).toBe(600)
    expect(await stored(app, user.id)).toEqual([])
  })

  it('is added by its first code, with recovery codes that are shown once (ASVS 6.4.4)', async ({ expect }) => {
    const app = startApp()
    const { access_token, enrolment, code, email } = await begun(app)

    const added = await bodyOf<Awaited<ReturnType<typeof enrol>>>(
      await confirmTotp(app, access_token, { enrolment, code, name: 'Old phone', ...rightPassword }),
      201,
    )

    const { factor, recovery_codes = [] } = added
    expect(factor).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      name: 'Old phone',
      created_at: app.now().toISOString(),
      last_used_at: null,
    })
    expect(new Set(recovery_codes).size).toBe(10)
    expect(await factorsOf(app, added.access_token)).toMatchObject({
      totp: [factor],
      passkeys: [],
      recovery_codes: { left: 10, created_at: app.now().toISOString() },
    })
    expect(await bodyOf(await profile(app, added.access_token))).toMatchObject({ second_factor: true })
    expect(mailsTo(app, email).at(-1)?.subject).toBe('An authenticator app was added at Gatehouse')
    expect(linksIn(app, email)).toHaveProperty('remove-factor')
  })

  it('stores no seed or code that can be read (ASVS 6.5.2)', async ({ expect }) => {
    const app = startApp()
    const { access_token, id } = await signedInUser(app).then((user) => ({ ...user, id: user.user.id }))
    const { secret, recovery_codes = [] } = await enrol(app, access_token)

    const all = JSON.stringify([
      await rows(app, 'select * from totp where user_id = ?', id),
      await rows(app, 'select * from recovery_codes where user_id = ?', id),
      await rows(app, 'select * from audit'),
      await rows(app, 'select * from mail'),
    ])
    for (const text of [secret, ...recovery_codes, ...recovery_codes.map((code) => code.replaceAll('-', ''))])
      expect(all).not.toContain(text)
  })

  it('ends the other sessions, and this one continues as one with two factors (ASVS 7.2.4, ASVS 7.4.3)', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token, refresh_token, email, user } = await signedInUser(app)
    const other = await logIn(app, email)

    const added = await enrol(app, access_token)

    expect((await profile(app, other.access_token)).status).toBe(401)
    expect((await refresh(app, other.refresh_token)).status).toBe(401)
    expect(decodeJwt(added.access_token)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], fresh: true })
    expect(added.refresh_token).not.toBe(refresh_token)
    expect((await refresh(app, added.refresh_token)).status).toBe(200)
    expect(await rows(app, 'select mfa_at from sessions where user_id = ?', user.id)).toEqual([
      { mfa_at: app.now().getTime() },
    ])
  })

  it('sends the tokens the way they came: as cookies', async ({ expect }) => {
    const app = startApp()
    const { email } = await signedInUser(app)
    const loggedIn = await app.call('POST /api/auth/login?transport=cookie', {
      json: { email, password: somePassword },
    })
    const cookies = cookiesOf(loggedIn)
    const headers = { Origin: 'http://localhost:8787' }
    const reply = await app.call('POST /api/user/factors/totp', { cookies, headers })
    const { secret, enrolment } = await bodyOf<Enrolment>(reply)

    const json = { enrolment, code: await codeFor(app, secret), ...rightPassword }
    const added = await app.call('POST /api/user/factors/totp/confirm', { cookies, headers, json })

    expect(await bodyOf<object>(added, 201)).not.toHaveProperty('access_token')
    const next = cookiesOf(added)
    expect(next.refresh_token).not.toBe(cookies.refresh_token)
    expect((await app.call('GET /api/user/profile', { cookies: next })).status).toBe(200)
  })

  it('is refused with a wrong code', async ({ expect }) => {
    const app = startApp()
    const { access_token, enrolment, secret, id } = await begun(app)
    const code = await wrongCode((steps) => codeFor(app, secret, steps))

    const refused = await confirmTotp(app, access_token, { enrolment, code, ...rightPassword })

    expect(await refusalOf(refused)).toEqual({ status: 422, code: 'wrong_code', fields: ['code wrong_code'] })
    expect(await stored(app, id)).toEqual([])
  })

  it('is refused ten minutes later', async ({ expect }) => {
    const app = startApp()
    const { access_token, enrolment, secret, id } = await begun(app)
    app.wait({ minutes: 10 })

    const json = { enrolment, code: await codeFor(app, secret), ...rightPassword }
    const refused = await confirmTotp(app, access_token, json)

    expect(await refusalOf(refused)).toMatchObject({ status: 400, code: 'invalid_token' })
    expect(await stored(app, id)).toEqual([])
  })

  it('is refused in another session of the user, and for another user', async ({ expect }) => {
    const app = startApp()
    const { email, enrolment, code, id } = await begun(app)
    const others = [await logIn(app, email), await signedInUser(app)]

    for (const { access_token } of others) {
      const refused = await confirmTotp(app, access_token, { enrolment, code, ...rightPassword })
      expect(await refusalOf(refused)).toMatchObject({ status: 400, code: 'invalid_token' })
    }
    expect(await stored(app, id)).toEqual([])
  })

  it('is added once by one enrolment', async ({ expect }) => {
    const app = startApp()
    const { access_token, enrolment, code, secret, id } = await begun(app)
    const added = await bodyOf<SessionBody>(
      await confirmTotp(app, access_token, { enrolment, code, ...rightPassword }),
      201,
    )
    const headers = proofHeader(await proofBy(app, added.access_token, secret))

    const again = await confirmTotp(app, added.access_token, { enrolment, code }, headers)

    expect(await refusalOf(again)).toMatchObject({ status: 400, code: 'invalid_token' })
    expect(await rows(app, 'select id from totp where user_id = ?', id)).toHaveLength(1)
  })

  it('is not offered without DATA_KEYS', async ({ expect }) => {
    const app = startApp({ vars: { DATA_KEYS: undefined } })
    const { access_token } = await signedInUser(app)

    const replies = [
      await app.call('POST /api/user/factors/totp', { bearer: access_token }),
      await confirmTotp(app, access_token, { enrolment: 'd.x', code: '123456', ...rightPassword }),
    ]

    for (const reply of replies) expect(await refusalOf(reply)).toMatchObject({ status: 404, code: 'not_found' })
  })

  it('needs a verified address: a stranger must not bind a factor to somebody’s address', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)
    const { access_token, user } = await logIn(app, email)

    expect(await refusalOf(await app.call('POST /api/user/factors/totp', { bearer: access_token }))).toMatchObject({
      status: 403,
      code: 'forbidden',
    })

    // The condition is in the database too, for an address that loses its verification meanwhile.
    await app.db.prepare('update users set email_verified_at = 1 where id = ?').bind(user.id).run()
    const { enrolment, secret } = await beginTotp(app, access_token)
    await app.db.prepare('update users set email_verified_at = null where id = ?').bind(user.id).run()
    const json = { enrolment, code: await codeFor(app, secret), ...rightPassword }
    expect(await codeOf(await confirmTotp(app, access_token, json))).toBe('forbidden')
    expect(await stored(app, user.id)).toEqual([])
  })

  it('may be the second one, with the same recovery codes, but not the third', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInUser(app)
    const first = await enrol(app, access_token)
    const third = await beginTotp(app, first.access_token)

    const proof = await proofBy(app, first.access_token, first.secret)
    const second = await enrol(app, first.access_token, { proof })
    const again = await proofBy(app, second.access_token, first.secret)
    const json = { enrolment: third.enrolment, code: await codeFor(app, third.secret) }
    const refused = await confirmTotp(app, second.access_token, json, proofHeader(again))

    expect(second.recovery_codes).toBeUndefined()
    expect(await refusalOf(refused)).toMatchObject({ status: 409, code: 'factor_limit' })
    expect(await codeOf(await app.call('POST /api/user/factors/totp', { bearer: second.access_token }))).toBe(
      'factor_limit',
    )
    expect(await rows(app, 'select id from totp where user_id = ?', user.id)).toHaveLength(2)
  })

  it('gets a name, and none of another user’s does', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInUser(app)
    const { id } = await addApp(app, user.id, 'Old phone')
    const stranger = await signedInUser(app)
    const rename = (bearer: string, name: string | null) =>
      app.call(`PATCH /api/user/factors/totp/${id}`, { bearer, json: { name } })

    expect(await codeOf(await rename(stranger.access_token, 'Mine'))).toBe('not_found')
    expect(await bodyOf(await rename(access_token, 'New phone'))).toMatchObject({ id, name: 'New phone' })
    await bodyOf(await rename(access_token, 'New phone'))
    expect(await bodyOf(await rename(access_token, null))).toMatchObject({ name: null })
    expect((await eventsOf(app, user.id)).filter((event) => event === 'factor_renamed')).toHaveLength(2)
  })
})

/** Every change, arranged so that it succeeds with full proof. */
const changes: Record<
  string,
  (app: TestApp, bearer: string, id: string) => Promise<{ operation: string; json: object }>
> = {
  'another app': async (app, bearer) => {
    const { enrolment, secret } = await beginTotp(app, bearer)
    const json = { enrolment, code: await codeFor(app, secret) }
    return { operation: 'POST /api/user/factors/totp/confirm', json }
  },
  removal: async (_, __, id) => ({ operation: `DELETE /api/user/factors/totp/${id}`, json: {} }),
  'new recovery codes': async () => ({ operation: 'POST /api/user/factors/recovery-codes', json: {} }),
}

describe.for(Object.entries(changes))('a change of factors: %s', ([, arrange]) => {
  const arranged = async () => {
    const app = startApp()
    const user = await signedInUser(app)
    const added = await enrol(app, user.access_token)
    const proof = await proofBy(app, added.access_token, added.secret)
    const { operation, json } = await arrange(app, added.access_token, added.factor.id)
    const act = (headers = {}, more = {}) =>
      app.call(operation, { bearer: added.access_token, json: { ...json, ...more }, headers })
    const before = await stored(app, user.user.id)
    return { app, user, proof, act, before }
  }

  it('needs more than a recent token (ASVS 7.5.1)', async ({ expect }) => {
    const { app, act, before, user } = await arranged()

    expect(await refusalOf(await act())).toMatchObject({ status: 403, code: 'reauthentication_required' })
    expect(await stored(app, user.user.id)).toEqual(before)
  })

  it('refuses the password alone, whether it is right or not', async ({ expect }) => {
    const { app, act, before, user } = await arranged()

    for (const current_password of [somePassword, 'not the passphrase'])
      expect(await refusalOf(await act({}, { current_password }))).toMatchObject({
        status: 403,
        code: 'second_factor_required',
      })
    expect(await stored(app, user.user.id)).toEqual(before)
  })

  it('uses a proof up', async ({ expect }) => {
    const { app, act, proof, before, user } = await arranged()
    await app.db.prepare('update sessions set proof = null where user_id = ?').bind(user.user.id).run()

    expect(await codeOf(await act(proofHeader(proof)))).toBe('reauthentication_required')
    expect(await stored(app, user.user.id)).toEqual(before)
  })

  it('happens with a proof, once, is mailed and recorded', async ({ expect }) => {
    const { app, act, proof, before, user } = await arranged()
    const [mails, events] = [mailsTo(app, user.email).length, (await eventsOf(app, user.user.id)).length]

    const done = await act(proofHeader(proof))

    expect(done.ok).toBe(true)
    expect(await stored(app, user.user.id)).not.toEqual(before)
    expect(mailsTo(app, user.email)).toHaveLength(mails + 1)
    expect(await eventsOf(app, user.user.id)).toHaveLength(events + 1)
    expect(await rows(app, 'select 1 from sessions where user_id = ? and proof is not null', user.user.id)).toEqual([])
  })

  it('is limited by the hour, all changes together', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_FACTOR_CHANGE: '1/1h' } })
    const user = await signedInUser(app)
    const { id, seed } = await addApp(app, user.user.id)
    await addRecoveryCodes(app, user.user.id)
    const made = await app.call('POST /api/user/factors/recovery-codes', {
      bearer: user.access_token,
      headers: proofHeader(await proofBy(app, user.access_token, seed)),
    })
    expect(made.status).toBe(200)
    const proof = await proofBy(app, user.access_token, seed)
    const { operation, json } = await arrange(app, user.access_token, id)
    const act = () => app.call(operation, { bearer: user.access_token, json, headers: proofHeader(proof) })
    const before = await stored(app, user.user.id)

    const refused = await act()

    expect(refused.status).toBe(429)
    expect(await stored(app, user.user.id)).toEqual(before)
    // The refusal did not use the proof up.
    await app.db.prepare('delete from throttles').run()
    expect((await act()).ok).toBe(true)
  })
})

describe('recovery codes', () => {
  it('are replaced all at once: none of the earlier set counts', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const { secret, recovery_codes, access_token } = await enrol(app, user.access_token)
    await app.db.prepare('update recovery_codes set used = 5 where user_id = ?').bind(user.user.id).run()
    const headers = proofHeader(await proofBy(app, access_token, secret))

    const reply = await app.call('POST /api/user/factors/recovery-codes', { bearer: access_token, headers })

    const made = await bodyOf<{ recovery_codes: string[] }>(reply)
    expect(made.recovery_codes).toHaveLength(10)
    expect(made.recovery_codes.some((code) => recovery_codes!.includes(code))).toBe(false)
    expect((await factorsOf(app, access_token)).recovery_codes).toMatchObject({ left: 10 })
    expect(await stored(app, user.user.id)).toHaveLength(2)
  })

  it('are not made for a user without a factor', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInUser(app)

    const refused = await app.call('POST /api/user/factors/recovery-codes', {
      bearer: access_token,
      json: rightPassword,
    })

    expect(await refusalOf(refused)).toMatchObject({ status: 404, code: 'not_found' })
    expect(await stored(app, user.id)).toEqual([])
  })
})

describe('the removal of an app', () => {
  it('ends the other sessions, and the last one takes the recovery codes along', async ({ expect }) => {
    const app = startApp()
    const { access_token, user, email } = await signedInUser(app)
    const [first, second] = [await addApp(app, user.id), await addApp(app, user.id)]
    await addRecoveryCodes(app, user.id)
    const other = (await rows(app, 'select id from sessions where user_id = ?', user.id)).length
    const remove = async (id: string, seed: string) =>
      app.call(`DELETE /api/user/factors/totp/${id}`, {
        bearer: access_token,
        headers: proofHeader(await proofBy(app, access_token, seed)),
      })

    await bodyOf(await remove(first.id, second.seed))
    expect(await factorsOf(app, access_token)).toMatchObject({
      totp: [{ id: second.id }],
      recovery_codes: { left: 10 },
    })
    await bodyOf(await remove(second.id, second.seed))

    expect(await factorsOf(app, access_token)).toMatchObject({ totp: [], passkeys: [], recovery_codes: null })
    expect(await bodyOf(await profile(app, access_token))).toMatchObject({ second_factor: false })
    expect(mailsTo(app, email).at(-1)?.subject).toBe('An authenticator app was removed at Gatehouse')
    expect(other).toBe(1)
  })

  it('is refused for an app of another user', async ({ expect }) => {
    const app = startApp()
    const owner = await signedInUser(app)
    const { id } = await addApp(app, owner.user.id)
    const thief = await signedInUser(app)

    const refused = await app.call(`DELETE /api/user/factors/totp/${id}`, {
      bearer: thief.access_token,
      headers: proofHeader(thief.proof),
    })

    expect(await refusalOf(refused)).toMatchObject({ status: 404, code: 'not_found' })
    expect((await factorsOf(app, owner.access_token)).totp).toHaveLength(1)
  })
})
