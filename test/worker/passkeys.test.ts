import { decodeJwt } from 'jose'
import { beforeAll, describe, it } from 'vitest'
import { bodyOf } from '../support/app/administrators.ts'
import {
  addPasskey,
  answer,
  asksForPasskey,
  beginPasskey,
  logInByPasskey,
  made,
  type PasskeyAdded,
  proofByPasskey,
  type Requested,
} from '../support/app/passkeys.ts'
import {
  alterUser,
  codeOf,
  logInWith,
  mailsTo,
  profile,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import type { SoftPasskey } from '../support/webauthn/authenticator.ts'

const factorsOf = (app: TestApp, id: string) =>
  app.db.prepare('select factors from users where id = ?').bind(id).first<number>('factors')
const rowOf = (app: TestApp, soft: SoftPasskey) =>
  app.db.prepare('select * from passkeys where credential_id = ?').bind(soft.id).first<Record<string, unknown>>()
const sessionsOf = (app: TestApp, id: string) =>
  app.db.prepare('select count(*) as n from sessions where user_id = ?').bind(id).first<number>('n')

/** A user with a passkey. */
const owner = async (app: TestApp, options: Parameters<typeof addPasskey>[2] = {}) => {
  const user = await signedInUser(app)
  const { soft, added } = await addPasskey(app, user.access_token, options)
  return { ...user, soft, added, bearer: added.access_token }
}

/** The refusal of a log-in by password that asks for a second factor. */
const firstStep = async (app: TestApp, email: string) => {
  const refused = await logInWith(app, email, somePassword)
  return (await refused.json()) as { code: string; challenge: string; methods: string[] }
}

describe('adding a passkey', () => {
  it('names the account, the site and the passkeys that it has', async ({ expect }) => {
    const app = startApp()
    const { soft, bearer, email, user } = await owner(app)

    const { public_key } = (await beginPasskey(app, bearer)) as unknown as { public_key: Record<string, unknown> }

    expect(public_key).toMatchObject({
      rp: { id: 'localhost', name: 'Gatehouse' },
      user: { name: email, displayName: email },
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: [{ type: 'public-key', id: soft.id }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
    })
    const handle = (public_key.user as { id: string }).id
    expect(Buffer.from(handle, 'base64url').toString('hex')).toBe(user.id.replaceAll('-', ''))
  })

  it.for([-7, -8, -257] as const)(
    'gives recovery codes and tokens of two factors, with the algorithm %i',
    async (alg, { expect }) => {
      const app = startApp()
      const { user, added, soft, email } = await owner(app, { alg })

      expect(await factorsOf(app, user.id)).toBe(2 | 8)
      expect(added.recovery_codes).toHaveLength(10)
      expect(added.passkey).toMatchObject({ synced: true, backed_up: true, second_factor_only: false })
      expect(added.accepted_credentials).toEqual([soft.id])
      expect(decodeJwt(added.access_token)).toMatchObject({ amr: ['pwd', 'pop', 'user', 'mfa'], acr: 'phr' })
      expect(mailsTo(app, email).at(-1)!.subject).toBe('A passkey was added at Gatehouse')
      expect(await rowOf(app, soft)).toMatchObject({
        alg,
        uv: 1,
        rp_id: 'localhost',
        transports: null,
        discoverable: 1,
      })
    },
  )

  it('ends all other sessions', async ({ expect }) => {
    const app = startApp()
    const { access_token, email, user } = await signedInUser(app)
    const other = await bodyOf<SessionBody>(await logInWith(app, email, somePassword))

    const { added } = await addPasskey(app, access_token)

    expect((await profile(app, other.access_token)).status).toBe(401)
    expect((await profile(app, added.access_token)).status).toBe(200)
    expect(await sessionsOf(app, user.id)).toBe(1)
  })

  it('needs the password or a proof of both factors, and not only a token (ASVS 7.5.1)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const soft = await made(await beginPasskey(app, access_token))
    const add = (json: object) => app.call('POST /api/user/passkeys', { bearer: access_token, json })

    expect(await codeOf(await add({ credential: soft.registration }))).toBe('reauthentication_required')
    expect(await codeOf(await add({ credential: soft.registration, current_password: 'not it' }))).toBe(
      'wrong_password',
    )
    expect((await add({ credential: soft.registration, current_password: somePassword })).status).toBe(201)
  })

  it('needs another factor where there is one', async ({ expect }) => {
    const app = startApp()
    const { bearer, soft, user } = await owner(app)
    const second = await made(await beginPasskey(app, bearer))
    const json = { credential: second.registration, current_password: somePassword }

    const refused = await app.call('POST /api/user/passkeys', { bearer, json })
    const proof = await proofByPasskey(app, bearer, soft)
    const { added } = await addPasskey(app, bearer, { proof })

    expect(await codeOf(refused)).toBe('second_factor_required')
    expect(await rowOf(app, second)).toBeNull()
    expect(added.recovery_codes).toBeUndefined()
    expect(added.accepted_credentials).toHaveLength(2)
    expect(await factorsOf(app, user.id)).toBe(10)
  })

  it.for<[string, (app: TestApp, bearer: string) => Promise<SoftPasskey>, string]>([
    [
      'the challenge of another session',
      async (app) => made(await beginPasskey(app, (await signedInUser(app)).access_token)),
      'invalid_token',
    ],
    [
      'the challenge of a log-in',
      async (app) =>
        made({
          public_key: { ...(await asksForPasskey(app)).public_key, user: { id: 'AA', name: '' }, rp: { id: '' } },
        }),
      'invalid_token',
    ],
    [
      'a challenge that is five minutes old',
      async (app, bearer) => {
        const soft = await made(await beginPasskey(app, bearer))
        app.wait({ seconds: 301 })
        return soft
      },
      'invalid_token',
    ],
    [
      'another origin',
      async (app, bearer) => made(await beginPasskey(app, bearer), { origin: 'http://localhost:9999' }),
      'passkey_refused',
    ],
    [
      'another RP ID',
      async (app, bearer) => made(await beginPasskey(app, bearer), { rpId: 'example.com' }),
      'passkey_refused',
    ],
    [
      'a user who was not verified',
      async (app, bearer) => made(await beginPasskey(app, bearer), { verified: false }),
      'passkey_refused',
    ],
  ])('is refused with %s', async ([, soft, code], { expect }) => {
    const app = startApp()
    const { access_token: bearer, user } = await signedInUser(app)
    const json = { credential: (await soft(app, bearer)).registration, current_password: somePassword }

    expect(await codeOf(await app.call('POST /api/user/passkeys', { bearer, json }))).toBe(code)
    expect(await factorsOf(app, user.id)).toBe(0)
  })

  it('happens once for each answer of a browser', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer, email } = await signedInUser(app)
    const json = {
      credential: (await made(await beginPasskey(app, bearer))).registration,
      current_password: somePassword,
    }
    const add = (by: string) => app.call('POST /api/user/passkeys', { bearer: by, json })
    const first = await bodyOf<PasskeyAdded>(await add(bearer), 201)
    // Without a factor the password would do.
    await app.db.prepare('delete from passkeys').run()

    expect(await codeOf(await add(first.access_token))).toBe('invalid_token')
    expect(mailsTo(app, email).filter(({ subject }) => /passkey was added/.test(subject))).toHaveLength(1)
  })

  it('waits for a verified address', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const { access_token: bearer, email } = await signedInUser(app)
    const soft = await made(await beginPasskey(app, bearer))
    await alterUser(app, email, { emailVerifiedAt: null })
    const json = { credential: soft.registration, current_password: somePassword }

    expect(await codeOf(await app.call('POST /api/user/passkeys/options', { bearer }))).toBe('forbidden')
    expect(await codeOf(await app.call('POST /api/user/passkeys', { bearer, json }))).toBe('forbidden')
  })

  it('stops at ten', async ({ expect }) => {
    const app = startApp()
    const { bearer, soft, user } = await owner(app)
    const late = await made(await beginPasskey(app, bearer))
    await app.db
      .prepare(
        `insert into passkeys select passkeys.id || n.value, credential_id || n.value, user_id, rp_id, public_key, alg, sign_count, uv,
         backup_eligible, backed_up, discoverable, transports, aaguid, name, created_at, last_used_at, user_handle
         from passkeys, json_each('[1,2,3,4,5,6,7,8,9]') as n where user_id = ?`,
      )
      .bind(user.id)
      .run()
    const headers = { 'Gatehouse-Proof': await proofByPasskey(app, bearer, soft) }
    const reply = await app.call('POST /api/user/passkeys', {
      bearer,
      headers,
      json: { credential: late.registration },
    })

    expect(await codeOf(await app.call('POST /api/user/passkeys/options', { bearer }))).toBe('factor_limit')
    expect(await codeOf(reply)).toBe('factor_limit')
  })
})

describe('a log-in by passkey', () => {
  it('needs nothing else, and reads nothing before it (ASVS 6.3.3)', async ({ expect }) => {
    const app = startApp()
    const { soft, user } = await owner(app)
    const before = app.counter.trips
    const options = await asksForPasskey(app)
    const trips = app.counter.trips - before

    const session = await bodyOf<PasskeyAdded>(
      await app.call('POST /api/auth/login/passkey', { json: { credential: await answer(soft, options) } }),
    )

    expect(trips).toBe(0)
    expect(options.public_key).toMatchObject({ rpId: 'localhost', allowCredentials: [], userVerification: 'required' })
    expect(session.user.id).toBe(user.id)
    expect(session.accepted_credentials).toEqual([soft.id])
    expect(decodeJwt(session.access_token)).toMatchObject({ amr: ['pop', 'user', 'mfa'], acr: 'phr' })
    expect(await rowOf(app, soft)).toMatchObject({ sign_count: 1, last_used_at: app.now().getTime() })
    // The session counts as one with both factors.
    expect((await addPasskey(app, session.access_token, { proof: session.proof })).added.passkey).toBeDefined()
  })

  it.for<[string, Parameters<typeof logInByPasskey>[2] & object]>([
    ['that did not verify its user', { differs: { verified: false } }],
    ['on another site', { differs: { origin: 'https://evil.example' } }],
    ['for another RP ID', { differs: { rpId: 'evil.example' } }],
    ['that cannot be backed up any more', { differs: { backupEligible: false } }],
  ])('is refused to a passkey %s', async ([, options], { expect }) => {
    const app = startApp()
    const { soft, user } = await owner(app)
    const before = await sessionsOf(app, user.id)

    const refused = await logInByPasskey(app, soft, options)

    expect([refused.status, await codeOf(refused)]).toEqual([422, 'passkey_refused'])
    expect((await refused.json()) as object).not.toHaveProperty('unknown_credential')
    expect(await sessionsOf(app, user.id)).toBe(before)
  })

  it('is refused to a key that is only a second factor', async ({ expect }) => {
    const app = startApp()
    const { soft, user } = await owner(app, { securityKey: true, differs: { verified: false } })

    expect(await factorsOf(app, user.id)).toBe(4 | 8)
    expect(await codeOf(await logInByPasskey(app, soft))).toBe('passkey_refused')
  })

  it('says which passkey the service does not have', async ({ expect }) => {
    const app = startApp()
    const { soft } = await owner(app)
    await app.db.prepare('delete from passkeys where credential_id = ?').bind(soft.id).run()

    expect(await (await logInByPasskey(app, soft)).json()).toMatchObject({ unknown_credential: true })
  })

  it.for([
    { what: 'is disabled', values: { status: 'disabled' as const } },
    { what: 'has an unverified address', values: { emailVerifiedAt: null } },
  ])('is refused if the account $what', async ({ values }, { expect }) => {
    const app = startApp()
    const { soft, email } = await owner(app)
    await alterUser(app, email, values)

    const refused = await logInByPasskey(app, soft)

    expect(await codeOf(refused)).toBe('passkey_refused')
    expect((await refused.json()) as object).not.toHaveProperty('unknown_credential')
  })

  it('happens once for each answer of a browser', async ({ expect }) => {
    const app = startApp()
    const { soft, user } = await owner(app)
    const json = { credential: await answer(soft, await asksForPasskey(app)) }
    const attempts = await Promise.all(
      Array.from({ length: 20 }, () => app.request('POST /api/auth/login/passkey', { json })),
    )
    await app.settled()
    const later = await app.call('POST /api/auth/login/passkey', { json })

    expect(attempts.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(attempts.map(({ status }) => status))).toEqual(new Set([200, 400]))
    expect(await codeOf(later)).toBe('invalid_token')
    expect(await sessionsOf(app, user.id)).toBe(2)
  })

  it.for<[string, (app: TestApp) => Promise<Requested>]>([
    [
      'of a second step',
      async (app) => asksForPasskey(app, (await firstStep(app, (await owner(app)).email)).challenge),
    ],
    ['that nobody gave', async () => ({ public_key: { challenge: 'A'.repeat(75), rpId: '', allowCredentials: [] } })],
    [
      'of five minutes ago',
      async (app) => {
        const options = await asksForPasskey(app)
        app.wait({ seconds: 301 })
        return options
      },
    ],
  ])('is refused with a challenge %s', async ([, options], { expect }) => {
    const app = startApp()
    const { soft } = await owner(app)
    const json = { credential: await answer(soft, await options(app)) }

    expect(await codeOf(await app.call('POST /api/auth/login/passkey', { json }))).toBe('invalid_token')
  })

  it('is refused without the user that the passkey is for', async ({ expect }) => {
    const app = startApp()
    const { soft } = await owner(app)
    const credential = await answer(soft, await asksForPasskey(app))
    const response = { ...credential.response, userHandle: undefined }

    const refused = await app.call('POST /api/auth/login/passkey', {
      json: { credential: { ...credential, response } },
    })

    expect(await codeOf(refused)).toBe('passkey_refused')
  })

  it.for([
    ['the user handle of the export', 'b2xkLW9uZQ', 'b2xkLW9uZQ', 200],
    ['another user handle than that of the export', 'b2xkLW9uZQ', 'YW5vdGhlcg', 422],
    ['the id of the user here instead of the user handle of the export', 'b2xkLW9uZQ', undefined, 422],
    ['any user handle if the export had none', '', 'b2xkLW9uZQ', 200],
    ['another user handle if it was made here', null, 'b2xkLW9uZQ', 422],
  ] as const)('is compared with its user handle: %s', async ([, stored, given, status], { expect }) => {
    const app = startApp()
    const { soft } = await owner(app)
    await app.db.prepare('update passkeys set user_handle = ?').bind(stored).run()
    const credential = await answer(soft, await asksForPasskey(app))
    if (given !== undefined) Object.assign(credential.response, { userHandle: given })

    expect((await app.call('POST /api/auth/login/passkey', { json: { credential } })).status).toBe(status)
  })
})

describe('a passkey after a password', () => {
  let app: TestApp
  beforeAll(() => {
    app = startApp()
  })

  it('is asked for, and is the second factor', async ({ expect }) => {
    const { soft, email } = await owner(app)
    const asked = await firstStep(app, email)
    const options = await asksForPasskey(app, asked.challenge)

    const session = await bodyOf<SessionBody>(await logInByPasskey(app, soft, { challenge: asked.challenge }))

    expect(asked).toMatchObject({ code: 'second_factor_required', methods: ['passkey', 'recovery_code'] })
    expect(options.public_key).toMatchObject({ allowCredentials: [{ id: soft.id }], userVerification: 'preferred' })
    expect(decodeJwt(session.access_token)).toMatchObject({ amr: ['pwd', 'pop', 'user', 'mfa'], acr: 'phr' })
  })

  it('becomes enough alone when it has verified its user', async ({ expect }) => {
    const { soft, email, user } = await owner(app, { securityKey: true, differs: { verified: false } })
    const second = async (verified: boolean) => {
      const { challenge } = await firstStep(app, email)
      return (await logInByPasskey(app, soft, { challenge, differs: { verified } })).status
    }

    const unverified = [await second(false), await factorsOf(app, user.id), (await logInByPasskey(app, soft)).status]
    const verified = [await second(true), await factorsOf(app, user.id), (await logInByPasskey(app, soft)).status]

    expect(unverified).toEqual([200, 12, 422])
    expect(verified).toEqual([200, 10, 200])
  })

  it('is refused to the passkey of somebody else, and after a new password', async ({ expect }) => {
    const [mine, other] = [await owner(app), await owner(app)]
    const { challenge } = await firstStep(app, mine.email)
    const options = await asksForPasskey(app, challenge)
    const send = async (soft: SoftPasskey) =>
      app.call('POST /api/auth/login/passkey', { json: { credential: await answer(soft, options), challenge } })

    const byOther = await send(other.soft)
    await alterUser(app, mine.email, { passwordHash: 'another' })
    const byMine = await send(mine.soft)

    expect([await codeOf(byOther), await codeOf(byMine)]).toEqual(['invalid_token', 'invalid_token'])
  })

  it('takes the challenge from the cookie if the request says so', async ({ expect }) => {
    const { soft, email } = await owner(app)
    const reply = await app.call('POST /api/auth/login?transport=cookie', { json: { email, password: somePassword } })
    const [cookie = ''] = reply.headers.getSetCookie()
    const cookies = cookie.split(';')[0]!
    const send = (operation: string, json: object) =>
      app.call(operation, { cookies, json, headers: { Origin: 'http://localhost:8787' } })

    const anybody = await bodyOf<Requested>(await send('POST /api/auth/login/passkey/options', {}))
    const options = await bodyOf<Requested>(await send('POST /api/auth/login/passkey/options', { second_step: true }))
    const credential = await answer(soft, options)
    const done = await send('POST /api/auth/login/passkey', { credential, second_step: true })

    expect(anybody.public_key.allowCredentials).toEqual([])
    expect(options.public_key.allowCredentials).toHaveLength(1)
    expect(done.status).toBe(200)
  })
})

describe('a passkey in a session', () => {
  it('is full proof alone, once', async ({ expect }) => {
    const app = startApp()
    const { soft, bearer } = await owner(app)
    const headers = { 'Gatehouse-Proof': await proofByPasskey(app, bearer, soft) }
    const replace = () => app.call('POST /api/user/factors/recovery-codes', { bearer, headers })

    expect([(await replace()).status, (await replace()).status]).toEqual([200, 403])
  })

  it('needs the password beside a key that did not verify its user', async ({ expect }) => {
    const app = startApp()
    const { soft, bearer } = await owner(app, { securityKey: true, differs: { verified: false } })
    const options = async () =>
      bodyOf<Requested>(await app.call('POST /api/auth/reauthenticate/passkey/options', { bearer }))
    const send = async (json: object) =>
      stepUp(app, {
        bearer,
        json: { credential: await answer(soft, await options(), { verified: false }), ...json },
      })

    expect(await codeOf(await send({}))).toBe('passkey_refused')
    expect(await codeOf(await send({ password: 'not it' }))).toBe('wrong_password')
    expect((await send({ password: somePassword })).status).toBe(200)
  })

  it('is refused if it is somebody else’s', async ({ expect }) => {
    const app = startApp()
    const [mine, other] = [await owner(app), await owner(app)]
    const options = await bodyOf<Requested>(
      await app.call('POST /api/auth/reauthenticate/passkey/options', { bearer: mine.bearer }),
    )
    const json = { credential: await answer(other.soft, options) }

    expect(await codeOf(await stepUp(app, { bearer: mine.bearer, json }))).toBe('passkey_refused')
  })
})

describe('removing a passkey', () => {
  it('takes the recovery codes with the last factor, and says what is left (ASVS 6.5.6)', async ({ expect }) => {
    const app = startApp()
    const { soft, bearer, added, user, email } = await owner(app)
    const headers = { 'Gatehouse-Proof': await proofByPasskey(app, bearer, soft) }

    const removed = await app.call(`DELETE /api/user/passkeys/${added.passkey.id}`, { bearer, headers })

    expect(await removed.json()).toMatchObject({ accepted_credentials: [], user_handle: added.user_handle })
    expect(await factorsOf(app, user.id)).toBe(0)
    expect(mailsTo(app, email).at(-1)!.subject).toBe('A passkey was removed at Gatehouse')
    expect((await logInWith(app, email, somePassword)).status).toBe(200)
  })

  it('is refused by the password alone, and to anybody else', async ({ expect }) => {
    const app = startApp()
    const { bearer, added, user } = await owner(app)
    const other = await signedInUser(app)
    const remove = (by: string) =>
      app.call(`DELETE /api/user/passkeys/${added.passkey.id}`, {
        bearer: by,
        json: { current_password: somePassword },
      })

    expect(await codeOf(await remove(bearer))).toBe('second_factor_required')
    expect(await codeOf(await remove(other.access_token))).toBe('not_found')
    expect(await factorsOf(app, user.id)).toBe(10)
  })

  it('never locks its user out', async ({ expect }) => {
    const app = startApp({ vars: { MAIL_LOGIN: 'off' } })
    const { soft, bearer, added, email } = await owner(app)
    const headers = { 'Gatehouse-Proof': await proofByPasskey(app, bearer, soft) }
    await alterUser(app, email, { passwordHash: null })

    const refused = await app.call(`DELETE /api/user/passkeys/${added.passkey.id}`, { bearer, headers })

    expect([refused.status, await codeOf(refused)]).toEqual([409, 'last_factor'])
    expect(await rowOf(app, soft)).not.toBeNull()
  })

  it('works by the link in the mail about it', async ({ expect }) => {
    const app = startApp()
    const { soft, email, user } = await owner(app)
    const token = /#token=([^\s"]+)/.exec(mailsTo(app, email).at(-1)!.text)![1]

    expect((await app.call('POST /api/auth/remove-factor', { json: { token } })).status).toBe(200)
    expect([await rowOf(app, soft), await factorsOf(app, user.id), await sessionsOf(app, user.id)]).toEqual([
      null,
      0,
      0,
    ])
  })
})

describe('while passkeys are off', () => {
  it('they can be listed, renamed and removed, and nothing else', async ({ expect }) => {
    const on = startApp()
    const { bearer, added, soft } = await owner(on)
    const proof = await proofByPasskey(on, bearer, soft)
    const app = startApp({ vars: { PASSKEYS: 'off' } })
    const path = `/api/user/passkeys/${added.passkey.id}`
    const status = async (operation: string, json?: object, headers = {}) =>
      (await app.call(operation, { bearer, headers, ...(json && { json }) })).status

    expect(await status('POST /api/user/passkeys/options')).toBe(404)
    expect(await status('POST /api/auth/login/passkey/options')).toBe(404)
    expect(await status('POST /api/auth/reauthenticate/passkey/options')).toBe(404)
    expect(
      await status('POST /api/auth/login/passkey', {
        credential: await soft.sign({ challenge: '', rpId: 'localhost', origin: '' }),
      }),
    ).toBe(404)
    expect(await status('GET /.well-known/passkey-endpoints')).toBe(404)
    expect(await status('GET /api/user/factors')).toBe(200)
    expect(await status(`PATCH ${path}`, { name: 'Old' })).toBe(200)
    expect(await status(`DELETE ${path}`, undefined, { 'Gatehouse-Proof': proof })).toBe(200)
  })
})
