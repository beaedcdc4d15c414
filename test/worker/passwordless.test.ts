import { describe, it } from 'vitest'
import { bodyOf } from '../support/app/administrators.ts'
import { logInByMail, mailed } from '../support/app/mail-log-ins.ts'
import { addPasskey, givePasskey, logInByPasskey } from '../support/app/passkeys.ts'
import { addRecoveryCodes } from '../support/app/second-factors.ts'
import {
  alterUser,
  codeOf,
  linkIn,
  logIn,
  logInWith,
  mailsTo,
  newPassword,
  profile,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import {
  accountOf,
  freeze,
  linkTo,
  moveTo,
  ownerOf,
  proofHeader,
  resetBy,
  revert,
} from '../support/way-back/way-back-world.ts'

const remove = (app: TestApp, bearer: string, more: object = { json: { current_password: somePassword } }) =>
  app.call('DELETE /api/user/password', { bearer, ...more })

const lastSubject = (app: TestApp, email: string) => mailsTo(app, email).at(-1)!.subject

describe('removing the password', () => {
  it('ends the other sessions, and the password opens nothing (ASVS 7.4.3)', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    const other = await logIn(app, email)

    const reply = await remove(app, access_token)

    expect(reply.status).toBe(200)
    expect((await (await profile(app, access_token)).json()) as object).toMatchObject({ has_password: false })
    expect((await profile(app, other.access_token)).status).toBe(401)
    expect((await logInWith(app, email, somePassword)).status).toBe(401)
    const byMail = await bodyOf<SessionBody>(await logInByMail(app, email))
    const again = await remove(app, byMail.access_token, { headers: proofHeader(byMail.proof) })
    expect(await codeOf(again)).toBe('not_found')
  })

  it('mails a link that ends everything', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    await remove(app, access_token)
    const subject = lastSubject(app, email)

    const ended = await app.call('POST /api/auth/end-sessions', { json: { token: linkIn(app, email) } })

    expect([subject, ended.status]).toEqual(['Your password for Gatehouse was removed', 200])
    expect((await profile(app, access_token)).status).toBe(401)
    expect(lastSubject(app, email)).toBe('Choose a new password for Gatehouse')
  })

  it.for([
    ['a recent token alone', {}, 403, 'reauthentication_required'],
    ['a wrong password', { json: { current_password: newPassword } }, 422, 'wrong_password'],
    ['a forged proof', { headers: proofHeader('forged') }, 403, 'reauthentication_required'],
  ] as const)('is refused with %s (ASVS 7.5.1)', async ([, more, status, code], { expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)

    const reply = await remove(app, access_token, more)

    expect([reply.status, await codeOf(reply)]).toEqual([status, code])
    expect((await logInWith(app, email, somePassword)).status).toBe(200)
  })

  it('takes the proof of a log-in, once', async ({ expect }) => {
    const app = startApp()
    const { access_token, proof } = await signedInUser(app)

    const replies = [
      await remove(app, access_token, { headers: proofHeader(proof) }),
      await remove(app, access_token, { headers: proofHeader(proof) }),
    ]

    expect(replies.map(({ status }) => status)).toEqual([200, 403])
  })

  it('leaves a way in: without log-in by mail, a passkey that is enough alone', async ({ expect }) => {
    const app = startApp({ vars: { MAIL_LOGIN: 'off' } })
    const { email, access_token, proof } = await signedInUser(app)
    const without = await remove(app, access_token, { headers: proofHeader(proof) })
    const { soft, added } = await addPasskey(app, (await logIn(app, email)).access_token)
    await app.db.prepare('update passkeys set uv = 0 where id = ?').bind(added.passkey.id).run()
    const { challenge } = (await (await logInWith(app, email, somePassword)).json()) as { challenge: string }
    const second = await logInByPasskey(app, soft, { challenge, differs: { verified: false } })
    const after = await bodyOf<SessionBody>(second)
    const secondOnly = await remove(app, after.access_token, { headers: proofHeader(after.proof) })
    await app.db.prepare('update passkeys set uv = 1 where id = ?').bind(added.passkey.id).run()
    const alone = await bodyOf<SessionBody>(await logInByPasskey(app, soft))
    const removed = await remove(app, alone.access_token, { headers: proofHeader(alone.proof) })

    expect([without.status, await codeOf(without)]).toEqual([409, 'last_factor'])
    expect([secondOnly.status, await codeOf(secondOnly)]).toEqual([409, 'last_factor'])
    expect(removed.status).toBe(200)
    expect((await logInByPasskey(app, soft)).status).toBe(200)
  })

  it('is not possible unless PASSWORDLESS is on', async ({ expect }) => {
    const app = startApp({ vars: { PASSWORDLESS: 'off' } })
    const { email, access_token } = await signedInUser(app)

    expect((await remove(app, access_token)).status).toBe(404)
    expect((await logInWith(app, email, somePassword)).status).toBe(200)
  })

  it('voids the links that would set one', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const token = linkIn(app, email)
    await remove(app, access_token)

    const reply = await app.call('POST /api/auth/reset-password', { json: { token, new_password: newPassword } })

    expect(reply.status).toBe(400)
  })
})

/** A user who has removed the password, and has just logged in by mail. */
const mailOnly = async (app: TestApp, address?: string) => {
  const user = await signedInUser(app, address)
  await bodyOf(await remove(app, user.access_token))
  app.wait({ minutes: 2 })
  const session = await bodyOf<SessionBody>(await logInByMail(app, user.email))
  return { ...session, email: user.email }
}

describe('an account without a password and a passkey', () => {
  it('proves itself by a log-in by mail, whose proof counts once and for five minutes', async ({ expect }) => {
    const app = startApp()
    const { access_token, proof, email } = await mailOnly(app)
    const next = someAddress('next')
    await moveTo(app, access_token, next, '', async () => proof)
    const later = await bodyOf<SessionBody>(await logInByMail(app, next))
    app.wait({ minutes: 5 })

    const late = await app.call('PATCH /api/user/profile', {
      bearer: later.access_token,
      json: { email: someAddress('late') },
      headers: proofHeader(later.proof),
    })

    expect(await ownerOf(app, next)).toMatchObject({ status: 'active' })
    expect(mailsTo(app, email).at(-1)!.text).toContain('/revert-email-change#token=')
    expect(late.status).toBe(403)
  })

  it('gets a password again by "Forgot password"', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await mailOnly(app)

    const set = await resetBy(app, email, newPassword)

    expect(set).toBe(true)
    expect((await logInWith(app, email, newPassword)).status).toBe(200)
    expect((await profile(app, access_token)).status).toBe(401)
  })

  it('may remove its last passkey, since the mailbox stays', async ({ expect }) => {
    const app = startApp()
    const { access_token, proof } = await mailOnly(app)
    const { soft, added } = await addPasskey(app, access_token, { proof })
    const session = await bodyOf<SessionBody>(await logInByPasskey(app, soft))

    const removed = await app.call(`DELETE /api/user/passkeys/${added.passkey.id}`, {
      bearer: session.access_token,
      headers: proofHeader(session.proof),
    })

    expect(removed.status).toBe(200)
  })
})

describe('an account with nothing but a passkey that was lost', () => {
  const lost = async (app: TestApp) => {
    const { user, email } = await signedInUser(app)
    await givePasskey(app, user.id)
    await alterUser(app, email, { passwordHash: null })
    return { email, recoveryCodes: await addRecoveryCodes(app, user.id) }
  }
  const withCode = (app: TestApp, challenge: string, recovery_code?: string) =>
    app.call('POST /api/auth/login/code', { json: { challenge, recovery_code } })

  it('comes back by a mail and a recovery code', async ({ expect }) => {
    const app = startApp()
    const { email, recoveryCodes } = await lost(app)
    const { challenge } = (await (await logInByMail(app, email)).json()) as { challenge: string }

    const wrong = await withCode(app, challenge, 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA')
    const session = await bodyOf<SessionBody>(await withCode(app, challenge, recoveryCodes[0]))
    const { added } = await addPasskey(app, session.access_token, { proof: session.proof })

    expect(wrong.status).toBe(422)
    expect(added.accepted_credentials).toHaveLength(2)
  })

  it('comes back by a new password and a recovery code while log-in by mail is off', async ({ expect }) => {
    const app = startApp({ vars: { MAIL_LOGIN: 'off' } })
    const { email, recoveryCodes } = await lost(app)
    await resetBy(app, email, newPassword)
    const { challenge } = (await (await logInWith(app, email, newPassword)).json()) as { challenge: string }

    expect((await withCode(app, challenge, recoveryCodes[0])).status).toBe(200)
  })

  it('is not opened by its mailbox alone (ASVS 6.4.3)', async ({ expect }) => {
    const app = startApp()
    const { email } = await lost(app)

    const byMail = await logInByMail(app, email)
    await resetBy(app, email, newPassword)
    const byPassword = await logInWith(app, email, newPassword)

    expect([byMail.status, byPassword.status]).toEqual([403, 403])
  })
})

describe('a mailbox alone takes no account without a password within 72 hours', () => {
  const disputed = async (app: TestApp) => {
    const { access_token, proof, email: a, user } = await mailOnly(app, someAddress('a'))
    const b = someAddress('b')
    await moveTo(app, access_token, b, '', async () => proof)
    const end = await freeze(app, b, linkTo(app, a, 'revert-email-change'))
    return { id: user.id, a, b, end }
  }
  const logsIn = async (app: TestApp, email: string) => {
    app.wait({ minutes: 2 })
    return logInByMail(app, email).then(
      ({ status }) => status,
      () => 'no mail',
    )
  }

  it('the old one: the account is frozen, then it is back', async ({ expect }) => {
    const app = startApp()
    const { id, a, b } = await disputed(app)
    const during = [await logsIn(app, a), await logsIn(app, b)]
    app.wait({ hours: 71 })
    await app.cron()
    const shortly = await accountOf(app, id)
    app.wait({ hours: 1 })
    await app.cron()

    expect(during).toEqual(['no mail', 'no mail'])
    expect(shortly).toMatchObject({ status: 'disabled', email: b })
    expect(await accountOf(app, id)).toMatchObject({ status: 'active', email: a })
    expect([await logsIn(app, b), await logsIn(app, a)]).toEqual(['no mail', 200])
  })

  it('the new one: it cannot end the freeze, by the link, by mail or by a new password', async ({ expect }) => {
    const app = startApp()
    const { id, b, end } = await disputed(app)

    const ended = await app.call('POST /api/auth/end-freeze', { json: { token: end, password: somePassword } })
    const reset = await resetBy(app, b, newPassword)

    expect([ended.status, reset, await logsIn(app, b)]).toEqual([422, false, 'no mail'])
    expect(await accountOf(app, id)).toMatchObject({ status: 'disabled' })
  })

  it('the new one: a mail from before the freeze opens nothing during it or after it', async ({ expect }) => {
    const app = startApp()
    const { access_token, proof, email: a } = await mailOnly(app, someAddress('a'))
    const b = someAddress('b')
    await moveTo(app, access_token, b, '', async () => proof)
    const { byCode, byLink } = await mailed(app, b)
    await freeze(app, b, linkTo(app, a, 'revert-email-change'))

    const replies = [
      await app.call('POST /api/auth/login/mail/code', { json: byCode }),
      await app.call('POST /api/auth/login/mail/link', { json: byLink }),
    ]

    expect(replies.map(({ status }) => status)).toEqual([422, 400])
  })

  it('the old one, with the password that was removed before the change: it still waits', async ({ expect }) => {
    const app = startApp()
    const { access_token, proof, email: a, user } = await mailOnly(app, someAddress('a'))
    const b = someAddress('b')
    await moveTo(app, access_token, b, '', async () => proof)

    const reply = await revert(app, linkTo(app, a, 'revert-email-change'), somePassword)

    expect(reply.status).toBe(422)
    expect(await accountOf(app, user.id)).toMatchObject({ status: 'active', email: b })
  })
})
