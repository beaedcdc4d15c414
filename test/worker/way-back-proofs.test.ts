import { describe, it } from 'vitest'
import { randomId } from '../../src/domain/ids.ts'
import { createDatabase } from '../../src/storage/database.ts'
import { createFreezeStore } from '../../src/storage/freezes.ts'
import { bodyOf, refusalOf } from '../support/app/administrators.ts'
import { answer, asksForPasskey, givePasskey } from '../support/app/passkeys.ts'
import { addApp, addRecoveryCodes, wrongCode } from '../support/app/second-factors.ts'
import {
  changePassword,
  codeOf,
  mailsTo,
  newPassword,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { rows, someoneSignedIn } from '../support/faults/fault-world.ts'
import { age, credentialOf, moveByMail, startOpenApp, thiefs } from '../support/way-back/way-back-factors.ts'
import {
  eventsOf,
  follow,
  freeze,
  linkTo,
  moveTo,
  opens,
  ownerOf,
  resetBy,
  revert,
} from '../support/way-back/way-back-world.ts'

/** An account that moved from A to B, with whatever `prepare` adds before the move. */
const moved = async <T>(prepare: (app: TestApp, id: string) => Promise<T>, app = startOpenApp()) => {
  const session = await someoneSignedIn(app)
  const [id, a, b] = [session.user.id, session.email, someAddress('b')]
  const has = await prepare(app, id)
  if (!(await moveByMail(app, session, a, b))) throw new Error('the account was not moved')
  const link = linkTo(app, a, 'revert-email-change')
  const revert = (given: object) => follow(app, 'revert-email-change', link, given)
  return { app, id, a, b, has, link, revert }
}

const frozen = async <T>(prepare: (app: TestApp, id: string) => Promise<T>) => {
  const account = await moved(prepare)
  const end = await freeze(account.app, account.b, account.link)
  return { ...account, end: (given: object) => follow(account.app, 'end-freeze', end, given) }
}

const withApp = async (app: TestApp, id: string) => {
  const { code } = await addApp(app, id)
  const codes = await addRecoveryCodes(app, id)
  await age(app, id, 100)
  return { code, codes }
}

const withPasskey = async (app: TestApp, id: string) => {
  const { soft, id: passkeyId } = await givePasskey(app, id)
  await age(app, id, 100)
  return { soft, passkeyId }
}

/** `moveByMail` waits for two minutes before it asks. */
const threeDays = 72 - 2 / 60

describe('a factor that proves who had an account before its address was changed', () => {
  it.for([
    ['is too young if it was added a second less than 72 hours before', -1, 422],
    ['counts if it was added 72 hours before', 0, 200],
  ] as const)('%s', async ([, seconds, status], { expect }) => {
    const kinds: Record<string, (app: TestApp, id: string) => Promise<() => Promise<object>>> = {
      app: async (app, id) => {
        const { code } = await addApp(app, id)
        return async () => ({ otp: await code() })
      },
      codes: async (app, id) => {
        await addApp(app, id)
        const codes = await addRecoveryCodes(app, id)
        return async () => ({ otp: codes[0]! })
      },
      passkey: async (app, id) => {
        const { soft } = await givePasskey(app, id)
        return () => credentialOf(app, soft)
      },
    }
    for (const kind of Object.keys(kinds)) {
      const { id, b, app, has, end } = await frozen(async (app, id) => {
        const proof = await kinds[kind]!(app, id)
        await age(app, id, threeDays + seconds / 3600)
        return proof
      })

      expect([kind, (await end(await has())).status]).toEqual([kind, status])

      expect(await ownerOf(app, b)).toMatchObject({ id, status: status === 200 ? 'active' : 'disabled' })
    }
  })

  it('is not the passkey of a thief who read the mailbox for a moment, added it and changed the address', async ({
    expect,
  }) => {
    const { app, id, a, has, end } = await frozen(async (app, id) => {
      await app.db.prepare('update users set password = null where id = ?').bind(id).run()
      return givePasskey(app, id)
    })

    expect(await codeOf(await end(await credentialOf(app, has.soft)))).toBe('passkey_refused')

    app.wait({ hours: 72 })
    await app.cron()
    expect((await ownerOf(app, a))?.id).toBe(id)
  })

  it('is a code that works once, also at the log-in', async ({ expect }) => {
    const { app, a, has, revert } = await moved(withApp)
    const otp = await has.code()
    await bodyOf(await revert({ otp }))
    const link = linkTo(app, a, 'reset-password')
    await bodyOf(await follow(app, 'reset-password', link, { new_password: somePassword }))

    const again = await app.call('POST /api/auth/login', { json: { email: a, password: somePassword, otp } })

    expect(await codeOf(again)).toBe('wrong_code')
  })

  it('is not a code that a log-in has used', async ({ expect }) => {
    const { app, b, has, revert } = await moved(withApp)
    const otp = await has.code()
    await bodyOf(await app.call('POST /api/auth/login', { json: { email: b, password: somePassword, otp } }))

    expect(await codeOf(await revert({ otp }))).toBe('wrong_code')
    app.wait({ seconds: 30 })
    expect((await revert({ otp: await has.code() })).status).toBe(200)
  })

  it('is a recovery code that works once, which the audit says', async ({ expect }) => {
    const { id, has, end, app } = await frozen(withApp)

    await bodyOf(await end({ otp: has.codes[3]! }))

    expect(await rows(app, 'select used from recovery_codes where user_id = ?', id)).toEqual([{ used: 8 }])
    expect(await eventsOf(app, id)).toEqual(expect.arrayContaining(['recovery_code_used', 'account_unfrozen']))
  })

  it('has the attempts of its link, whatever strangers try at the log-in', async ({ expect }) => {
    const { app, id, b, has, revert } = await moved(withApp, startApp())
    const wrong = await wrongCode(has.code)
    for (let n = 0; n < 10; n++)
      await app.call('POST /api/auth/login', { json: { email: b, password: somePassword, otp: wrong } })
    const closed = { email: b, password: somePassword, otp: await has.code() }
    expect((await app.call('POST /api/auth/login', { json: closed })).status).toBe(429)

    for (let n = 0; n < 9; n++)
      expect(await refusalOf(await revert({ otp: wrong }))).toEqual({
        ...{ status: 422, code: 'wrong_code' },
        fields: ['otp wrong_code'],
      })
    const tried = "select sum(count) as n from audit where user_id = ? and event = 'reauthentication_failed'"
    expect(await rows(app, tried, id)).toEqual([{ n: 9 }])
    await revert({ otp: wrong })
    expect((await revert({ otp: await has.code() })).status).toBe(429)
    app.wait({ minutes: 16 })
    expect((await revert({ otp: await has.code() })).status).toBe(200)
  })

  it('is a passkey of this account that verifies its user, and each challenge works once', async ({ expect }) => {
    const { app, id, has, end } = await frozen(withPasskey)
    const other = await withPasskey(app, (await someoneSignedIn(app)).user.id)
    const begun = await asksForPasskey(app)

    const refused = [
      await end({ credential: await answer(other.soft, begun) }),
      await end({ credential: await answer(has.soft, begun, { verified: false }) }),
      await end({ credential: await answer(has.soft, begun, { origin: 'https://evil.example' }) }),
    ]
    expect(await Promise.all(refused.map(codeOf))).toEqual(Array(3).fill('passkey_refused'))
    await app.db.prepare('update passkeys set uv = 0 where id = ?').bind(has.passkeyId).run()
    expect(await codeOf(await end({ credential: await answer(has.soft, begun) }))).toBe('passkey_refused')
    await app.db.prepare('update passkeys set uv = 1 where id = ?').bind(has.passkeyId).run()
    const used = await answer(other.soft, begun)
    await bodyOf(await app.call('POST /api/auth/login/passkey', { json: { credential: used } }))
    expect(await codeOf(await end({ credential: await answer(has.soft, begun) }))).toBe('invalid_token')

    await bodyOf(await end(await credentialOf(app, has.soft)))

    expect(await rows(app, 'select status from users where id = ?', id)).toEqual([{ status: 'active' }])
  })

  it('is not an answer to the challenge of another request', async ({ expect }) => {
    const { app, has, revert } = await moved(withPasskey)
    const { access_token: bearer } = await someoneSignedIn(app)
    const begun = await bodyOf<{ public_key: { challenge: string } }>(
      await app.call('POST /api/user/passkeys/options', { bearer }),
    )

    const reply = await revert({ credential: await answer(has.soft, begun as never) })

    expect(await codeOf(reply)).toBe('invalid_token')
    expect((await revert(await credentialOf(app, has.soft))).status).toBe(200)
  })

  it('ends a freeze about two changes for good if it is older than the first', async ({ expect }) => {
    const { app, id, a, b, has, link, revert } = await moved(withApp)
    const c = someAddress('c')
    const session = await bodyOf<{ access_token: string; refresh_token: string }>(
      await app.call('POST /api/auth/login', {
        json: { email: b, password: somePassword, otp: await has.code() },
      }),
    )
    await moveByMail(app, session as never, b, c)
    await freeze(app, c, linkTo(app, b, 'revert-email-change'))
    await bodyOf(await follow(app, 'revert-email-change', link))
    const end = linkTo(app, c, 'end-freeze')

    expect((await follow(app, 'end-freeze', end, { otp: has.codes[0]! })).status).toBe(200)

    expect((await revert({ password: somePassword })).status).toBe(400)
    expect(await ownerOf(app, a)).toBeUndefined()
    expect((await ownerOf(app, c))?.id).toBe(id)
    expect(mailsTo(app, a).some(({ text }) => text.includes('/end-freeze#'))).toBe(false)
  })

  it('is no longer enough if an older change is disputed between the check of its age and the end of the freeze', async ({
    expect,
  }) => {
    const { app, id, b, link } = await moved(withApp)
    const end = await freeze(app, b, link)
    const [codes] = await rows(app, 'select set_id from recovery_codes where user_id = ?', id)
    const [change] = await rows(app, 'select created_at from mail where id = ?', link.split('.')[0]!)
    const now = app.now()
    const entry = { id: randomId(), at: now, ip: null, userAgent: null }
    const factor = { recovery: { setId: String(codes!.set_id), index: 0 } }
    const told = { audit: { ...entry, id: randomId() }, mailId: randomId(), lifetimeMs: 0, detail: {} }
    const endFreeze = (changedAt: Date) =>
      createFreezeStore(createDatabase(app.db), new Date(0)).endFreeze({
        linkId: end.split('.')[0]!,
        by: { second: { factor, limits: [], left: undefined, told }, changedAt },
        audit: entry,
        now,
      })

    expect(await endFreeze(new Date(Number(change!.created_at) + 1))).toBe(false)

    expect(await rows(app, 'select used from recovery_codes where user_id = ?', id)).toEqual([{ used: 0 }])
    expect(await endFreeze(new Date(Number(change!.created_at)))).toBe(true)
    expect(await ownerOf(app, b)).toMatchObject({ id, status: 'active' })
  })

  it('counts as absent if its code is empty, so that a form may send both fields with only the password', async ({
    expect,
  }) => {
    const { end, revert } = await frozen(withApp)

    expect(await refusalOf(await end({ otp: '' }))).toMatchObject({ status: 422, fields: ['password invalid'] })
    expect((await end({ password: 'not the passphrase', otp: null })).status).toBe(422)
    expect((await end({ password: somePassword, otp: '' })).status).toBe(200)
    expect((await revert({ otp: '' })).status).toBe(400)
  })
})

describe('a password that proves who had an account before its address was changed', () => {
  /**
   * A thief who reads mailbox A sets a password, waits, and moves the account to B. Returns what the thief can do there.
   * @param again whether the thief then replaces that password, which needs no mailbox
   */
  const stolen = async (hours: number, again = false) => {
    const app = startApp()
    const { email: a, user } = await signedInUser(app)
    const b = someAddress('b')
    if (!(await resetBy(app, a, thiefs))) throw new Error('no password was set')
    app.wait({ hours, minutes: -2 })
    const thief = (await opens(app, a, thiefs))!
    if (again) await bodyOf(await changePassword(app, { bearer: thief.access_token }, thiefs, newPassword))
    const password = again ? newPassword : thiefs
    const bearer = again ? (await opens(app, a, newPassword))!.access_token : thief.access_token
    await moveTo(app, bearer, b, password)
    const link = linkTo(app, a, 'revert-email-change')
    return { app, id: user.id, a, b, link, password }
  }

  it.for([
    ['set by mail an hour before', 1, false],
    ['set by mail almost 72 hours before', 71.9, false],
    ['set by mail an hour before and replaced since', 1, true],
  ] as const)('is none if it was %s: a mailbox alone takes no account', async ([, hours, again], { expect }) => {
    const { app, id, a, b, link, password } = await stolen(hours, again)
    const end = await freeze(app, b, link)

    const objection = await follow(app, 'end-freeze', end, { password })

    expect([objection.status, await codeOf(objection)]).toEqual([422, 'wrong_password'])
    expect(await ownerOf(app, b)).toMatchObject({ id, status: 'disabled' })
    app.wait({ hours: 72 })
    await app.cron()
    expect((await ownerOf(app, a))?.id).toBe(id)
  })

  it('counts if it was set 72 hours before, also by mail', async ({ expect }) => {
    const { app, id, a, link, password } = await stolen(72)

    expect((await revert(app, link, password)).status).toBe(200)
    expect((await ownerOf(app, a))?.id).toBe(id)
  })
})
