import { describe, it } from 'vitest'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import { firefox } from '../support/app/browsers.ts'
import {
  alterUser,
  changePassword,
  codeOf,
  cookiesOf,
  fromOurPage,
  linkIn,
  logIn,
  mailsTo,
  member,
  newPassword,
  profile,
  refresh,
  register,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { endByLink } from '../support/faults/arranged.ts'
import { rows, someoneSignedIn } from '../support/faults/fault-world.ts'
import {
  accountOf,
  ask,
  eventsOf,
  follow,
  linkTo,
  opens,
  ownerOf,
  resetBy,
  revert,
} from '../support/way-back/way-back-world.ts'

const wrong = 'not the passphrase'

const giveAgain = (app: TestApp, bearer: string, password: string) => stepUp(app, { bearer, json: { password } })

describe('a stolen access token', () => {
  it('is void once the owner has changed the password, so the attack fails at its first step', async ({ expect }) => {
    const app = startApp()
    const owner = await signedInUser(app)
    const stolen = owner.access_token
    const mallory = someAddress('mallory')
    const changed = await bodyOf<SessionBody>(await changePassword(app, { bearer: stolen }))

    expect((await profile(app, stolen)).status).toBe(401)
    expect((await ask(app, stolen, mallory)).status).toBe(401)
    expect((await app.call('DELETE /api/user/account', { bearer: stolen })).status).toBe(401)
    expect((await app.call('GET /api/user/export', { bearer: stolen })).status).toBe(401)
    expect((await refresh(app, owner.refresh_token)).status).toBe(401)
    expect(mailsTo(app, mallory)).toEqual([])
    expect((await profile(app, changed.access_token)).status).toBe(200)
    expect((await refresh(app, changed.refresh_token)).status).toBe(200)
  })

  it('changes no address within its first minutes: the current mailbox has to approve', async ({ expect }) => {
    const app = startApp()
    const { email, access_token, user } = await signedInUser(app)
    const mallory = someAddress('mallory')

    expect(await bodyOf(await ask(app, access_token, mallory))).toMatchObject({ email, pending_email: mallory })
    const confirm = linkTo(app, mallory, 'confirm-email')
    expect(await bodyOf(await follow(app, 'confirm-email', confirm, {}, access_token))).toMatchObject({
      message: expect.stringContaining('approve the change'),
    })

    expect(await accountOf(app, user.id)).toMatchObject({ email, pending_email: mallory })
    expect(await resetBy(app, mallory, newPassword)).toBe(false)
    // The mail to the owner can still cancel it and end the session that requested it.
    expect((await follow(app, 'cancel-email-change', linkTo(app, email, 'cancel-email-change'))).status).toBe(200)
    expect((await profile(app, access_token)).status).toBe(401)
    expect((await follow(app, 'approve-email-change', linkTo(app, email, 'approve-email-change'))).status).toBe(400)
    expect((await follow(app, 'confirm-email', confirm, { password: somePassword })).status).toBe(400)
    expect(await ownerOf(app, mallory)).toBeUndefined()
  })

  it('deletes nothing for good, and the link of the mail undoes what it did', async ({ expect }) => {
    const app = startApp()
    const { email, access_token, user } = await signedInUser(app)

    const reply = await app.call('DELETE /api/user/account', { bearer: access_token })

    const { erases_at } = await bodyOf<{ erases_at: string }>(reply)
    expect(new Date(erases_at).getTime() - app.now().getTime()).toBe(7 * 86_400_000)
    expect(await opens(app, email, somePassword)).toBeUndefined()
    app.wait({ hours: 24 * 7, seconds: -1 })
    await app.cron()
    const undo = linkTo(app, email, 'undo-deletion')
    expect((await follow(app, 'undo-deletion', undo)).status).toBe(200)
    expect((await follow(app, 'undo-deletion', undo)).status).toBe(200)
    app.wait({ hours: 24 * 8 })
    await app.cron()
    expect((await opens(app, email, somePassword))?.user.id).toBe(user.id)
  })

  it('undoes one deletion by one link', async ({ expect }) => {
    const app = startApp()
    const { email, access_token, user } = await signedInUser(app)
    await app.call('DELETE /api/user/account', { bearer: access_token })
    const first = linkTo(app, email, 'undo-deletion')
    await follow(app, 'undo-deletion', first)
    app.wait({ minutes: 2 })
    const again = await logIn(app, email)
    await app.call('DELETE /api/user/account', { bearer: again.access_token })

    await follow(app, 'undo-deletion', first)

    expect(await accountOf(app, user.id)).toMatchObject({ status: 'disabled' })
    expect((await follow(app, 'undo-deletion', linkTo(app, email, 'undo-deletion'))).status).toBe(200)
    expect(await accountOf(app, user.id)).toMatchObject({ status: 'active', erases_at: null })
  })

  it('exports nothing, deletes nothing and changes nothing important with the tokens of a refresh', async ({
    expect,
  }) => {
    const app = startApp()
    const { refresh_token, user } = await signedInUser(app)
    const { access_token: bearer } = await bodyOf<SessionBody>(await refresh(app, refresh_token))

    for (const reply of [
      await ask(app, bearer, someAddress('mallory')),
      await app.call('DELETE /api/user/account', { bearer }),
      await app.call('DELETE /api/user/profile', { bearer }),
      await app.call('GET /api/user/export', { bearer }),
    ])
      expect([reply.status, await codeOf(reply)]).toEqual([403, 'reauthentication_required'])
    expect(await accountOf(app, user.id)).toMatchObject({ status: 'active', pending_email: null, erases_at: null })
  })

  it('loses everything by "end everything" of the mail about a new password', async ({ expect }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    const thief = await bodyOf<SessionBody>(await changePassword(app, { bearer: access_token }))
    await ask(app, thief.access_token, someAddress('mallory'))
    const link = linkTo(app, email, 'end-sessions')

    expect((await follow(app, 'end-sessions', link)).status).toBe(200)

    expect((await profile(app, thief.access_token)).status).toBe(401)
    expect(await opens(app, email, newPassword)).toBeUndefined()
    expect((await follow(app, 'end-sessions', link)).status).toBe(400)
    await follow(app, 'reset-password', linkIn(app, email), { new_password: 'the third passphrase of all' })
    expect(await opens(app, email, 'the third passphrase of all')).toBeDefined()
  })

  it('is ended by the mail about a new device, even under the id that a new password gave it', async ({ expect }) => {
    const app = startApp()
    const { email } = await signedInUser(app)
    const headers = { 'User-Agent': firefox }
    const json = { email, password: somePassword }
    const thief = await bodyOf<SessionBody>(await app.call('POST /api/auth/login', { json, headers }))
    const link = linkIn(app, email)
    const next = await bodyOf<SessionBody>(await changePassword(app, { bearer: thief.access_token }))

    expect((await endByLink(app, link)).status).toBe(200)

    expect((await profile(app, next.access_token)).status).toBe(401)
    expect((await refresh(app, next.refresh_token)).status).toBe(401)
  })
})

describe('an address that somebody else has', () => {
  const before = { last_login: new Date('2026-11-01') }

  const others: Record<string, (app: TestApp) => Promise<string>> = {
    imported: async (app) => {
      const email = someAddress('imported')
      await register(app, email)
      await alterUser(app, email, { origin: 'imported', lastLoginAt: before.last_login })
      return email
    },
    'imported and never used': async (app) => {
      const email = someAddress('imported')
      await register(app, email)
      await alterUser(app, email, { origin: 'imported' })
      return email
    },
    invited: async (app) => {
      const email = someAddress('invited')
      const { access_token: bearer } = await signedInAdmin(app)
      await bodyOf(await app.call('POST /api/admin/users', { bearer, json: { email } }), 201)
      return email
    },
    'from before origins were kept': async (app) => {
      const email = someAddress('before')
      await register(app, email)
      await alterUser(app, email, { origin: null })
      return email
    },
    'disabled by an admin': async (app) => {
      const email = someAddress('banned')
      await register(app, email)
      await alterUser(app, email, { status: 'disabled' })
      return email
    },
    'logged in once': async (app) => {
      const email = someAddress('used')
      await register(app, email)
      await alterUser(app, email, { lastLoginAt: before.last_login })
      return email
    },
    verified: (app) => member(app),
  }

  it.for(Object.keys(others))('is not given away by its mailbox: %s', async (whose, { expect }) => {
    const app = startApp()
    const address = await others[whose]!(app)
    const theirs = (await ownerOf(app, address))!
    const mallory = await signedInUser(app)
    app.wait({ minutes: 2 })
    await bodyOf(await ask(app, mallory.access_token, address, { current_password: somePassword }))
    const mail = mailsTo(app, address).at(-1)!
    const link = linkTo(app, address, 'confirm-email')

    const stranger = await follow(app, 'confirm-email', link)
    const confirmed = await follow(app, 'confirm-email', link, {}, mallory.access_token)

    expect([stranger.status, await codeOf(stranger)]).toEqual([403, 'proof_required'])
    expect([confirmed.status, await codeOf(confirmed)]).toEqual([409, 'email_taken'])
    expect(await ownerOf(app, address)).toEqual(theirs)
    // The mail says which account requested it, from where and when, and contains no text that the requester could
    // choose.
    expect(mail.text).toMatch(new RegExp(`the account ${mallory.email[0]}•••@e•••\\.com at Gatehouse`))
    expect(mail.text).not.toContain(mallory.email)
  })

  it('gives way if somebody registered it and never came, and the audit says so', async ({ expect }) => {
    const app = startApp()
    const address = someAddress('squatted')
    await register(app, address)
    const squatter = (await ownerOf(app, address))!
    const user = await signedInUser(app)
    app.wait({ minutes: 2 })
    await ask(app, user.access_token, address, { current_password: somePassword })

    const confirmed = await follow(app, 'confirm-email', linkTo(app, address, 'confirm-email'), {}, user.access_token)

    expect(confirmed.status).toBe(200)
    expect((await ownerOf(app, address))?.id).toBe(user.user.id)
    expect(await eventsOf(app, squatter.id as string)).toEqual(['registration_removed'])
  })

  it('is not taken from a user who is logged in, if verification is optional', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const [victim, mallory] = [someAddress('victim'), someAddress('mallory')]
    await register(app, victim)
    await register(app, mallory)
    const theirs = await logIn(app, victim)
    const { access_token } = await logIn(app, mallory)
    app.wait({ minutes: 2 })
    await ask(app, access_token, victim, { current_password: somePassword })

    const confirmed = await follow(app, 'confirm-email', linkTo(app, victim, 'confirm-email'), {}, access_token)

    expect(confirmed.status).toBe(409)
    expect((await profile(app, theirs.access_token)).status).toBe(200)
  })

  it('cannot be registered there while its previous account may come back', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const owner = await signedInUser(app)
    const next = someAddress('next')
    await ask(app, owner.access_token, next, { current_password: somePassword })
    await follow(app, 'confirm-email', linkTo(app, next, 'confirm-email'), {}, owner.access_token)
    const link = linkTo(app, owner.email, 'revert-email-change')

    const taken = await register(app, owner.email)

    expect([taken.status, await codeOf(taken)]).toEqual([409, 'email_taken'])
    expect((await revert(app, link, somePassword)).status).toBe(200)
  })

  it('informs whoever registers a reserved address until when, by mail alone', async ({ expect }) => {
    const app = startApp()
    const owner = await signedInUser(app)
    const next = someAddress('next')
    await ask(app, owner.access_token, next, { current_password: somePassword })
    await follow(app, 'confirm-email', linkTo(app, next, 'confirm-email'), {}, owner.access_token)
    app.wait({ minutes: 2 })

    const reply = await register(app, owner.email)
    const fresh = await register(app, someAddress('fresh'))

    const shape = async (answer: Response) => Object.keys((await answer.clone().json()) as object)
    expect([reply.status, await shape(reply)]).toEqual([fresh.status, await shape(fresh)])
    const mail = mailsTo(app, owner.email).at(-1)!
    expect(mail.subject).toBe('This address cannot be used at Gatehouse yet')
    expect(mail.text).toMatch(/until\s\d\d\s\w{3}\s20\d\d\sat\s\d\d:\d\d\sUTC/)
    expect(mail.text).not.toContain('#token=')
    expect(await rows(app, 'select 1 from mail where user_id is null and address = ?', owner.email)).toEqual([])
  })
})

describe('guessing from inside a session', () => {
  const forms: Record<string, (app: TestApp, bearer: string) => Promise<Response>> = {
    'to give the password again': (app, bearer) => giveAgain(app, bearer, wrong),
    'change the password': (app, bearer) =>
      app.call('POST /api/user/change-password', {
        bearer,
        json: { current_password: wrong, new_password: newPassword },
      }),
    'change the address': (app, bearer) => ask(app, bearer, someAddress('x'), { current_password: wrong }),
    delete: (app, bearer) => app.call('DELETE /api/user/account', { bearer, json: { current_password: wrong } }),
  }

  it.for(Object.keys(forms))('is recorded, and ends the session after ten: %s', async (form, { expect }) => {
    const app = startApp()
    const { email, access_token, refresh_token, user } = await signedInUser(app)
    for (let n = 0; n < 10; n++) expect((await forms[form]!(app, access_token)).status).toBe(422)

    expect((await forms[form]!(app, access_token)).status).toBe(401)

    expect((await refresh(app, refresh_token)).status).toBe(401)
    const counted = "select count from audit where user_id = ? and event = 'reauthentication_failed'"
    expect(await rows(app, counted, user.id)).toEqual([{ count: 10 }])
    expect(await eventsOf(app, user.id)).toContain('session_ended')
    expect(mailsTo(app, email).filter(({ text }) => /wrong\spassword\stoo\soften/.test(text))).toHaveLength(1)
    expect(await opens(app, email, somePassword)).toBeDefined()
  })

  it('counts with log-ins: a hundred in a row are all that an account allows', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_LOGIN_CONSECUTIVE: '12/400d' } })
    const { email } = await signedInUser(app)
    // A successful log-in clears the count, so both sessions began before the first guess.
    const [one, two] = [await logIn(app, email), await logIn(app, email)]
    for (let n = 0; n < 9; n++) await giveAgain(app, one.access_token, wrong)
    for (let n = 0; n < 3; n++) await giveAgain(app, two.access_token, wrong)
    app.wait({ minutes: 20 })

    expect((await app.call('POST /api/auth/login', { json: { email, password: somePassword } })).status).toBe(429)
  })

  it('by the link to a new address counts for the requesting session', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInUser(app)
    const next = someAddress('next')
    await ask(app, access_token, next)
    const link = linkTo(app, next, 'confirm-email')
    for (let n = 0; n < 10; n++)
      expect((await follow(app, 'confirm-email', link, { password: wrong })).status).toBe(422)

    expect((await follow(app, 'confirm-email', link, { password: somePassword })).status).not.toBe(200)
    expect((await profile(app, access_token)).status).toBe(401)
    expect(await accountOf(app, user.id)).toMatchObject({ pending_email: null })
  })
})

describe('freshness', () => {
  it('is not given to a replay of the previous token, at any second of the grace time', async ({ expect }) => {
    const app = startApp()
    const owner = await signedInUser(app)
    app.wait({ minutes: 20 })
    const { access_token, refresh_token } = await bodyOf<SessionBody>(await refresh(app, owner.refresh_token))
    const fresh = await bodyOf<SessionBody>(await giveAgain(app, access_token, somePassword))
    expect((await app.call('GET /api/user/export', { bearer: fresh.access_token })).status).toBe(200)

    for (let second = 0; second < 31; second += 3) {
      const replayed = await refresh(app, refresh_token)
      if (replayed.status === 200) {
        const { access_token: copy } = await bodyOf<SessionBody>(replayed)
        expect((await app.call('GET /api/user/export', { bearer: copy })).status).toBe(403)
        expect((await ask(app, copy, someAddress('m'))).status).toBe(403)
      }
      app.wait({ seconds: 3 })
    }
    expect((await app.call('GET /api/user/export', { bearer: access_token })).status).not.toBe(200)
  })

  it('is not given to a refresh of a fresh session, however many follow', async ({ expect }) => {
    const app = startApp()
    const owner = await signedInUser(app)
    let { refresh_token } = owner
    for (let n = 0; n < 4; n++) {
      const next = await bodyOf<SessionBody>(await refresh(app, refresh_token))
      expect((await app.call('DELETE /api/user/account', { bearer: next.access_token })).status).toBe(403)
      ;({ refresh_token } = next)
      app.wait({ seconds: 1 })
    }
    expect((await app.call('GET /api/user/export', { bearer: owner.access_token })).status).toBe(200)
    app.wait({ minutes: 15, seconds: 1 })
    expect((await app.call('GET /api/user/export', { bearer: owner.access_token })).status).not.toBe(200)
  })

  it('is not longer than a quarter of an hour, even if tokens are valid for longer', async ({ expect }) => {
    const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
    const { access_token: bearer } = await signedInUser(app)
    app.wait({ minutes: 14, seconds: 58 })
    expect((await app.call('GET /api/user/export', { bearer })).status).toBe(200)
    app.wait({ seconds: 3 })

    expect((await app.call('GET /api/user/export', { bearer })).status).toBe(403)
  })
})

describe('a typing error in a new address', () => {
  const typed = async (app: TestApp) => {
    const owner = await someoneSignedIn(app)
    const wrongMailbox = someAddress('exampel')
    await ask(app, owner.access_token, wrongMailbox, { current_password: somePassword })
    return { owner, wrongMailbox, link: linkTo(app, wrongMailbox, 'confirm-email') }
  }

  it('gives nothing to the owner of that mailbox, with whatever session or password', async ({ expect }) => {
    const app = startApp()
    const { owner, wrongMailbox, link } = await typed(app)
    const other = await someoneSignedIn(app)

    const bare = await follow(app, 'confirm-email', link)
    const theirs = await follow(app, 'confirm-email', link, {}, other.access_token)
    const guessed = await follow(app, 'confirm-email', link, { password: wrong })
    const both = await follow(app, 'confirm-email', link, { password: wrong }, other.access_token)
    const garbage = await follow(app, 'confirm-email', link, {}, 'garbage')

    expect([bare, theirs, garbage].map(({ status }) => status)).toEqual([403, 403, 403])
    expect([guessed, both].map(({ status }) => status)).toEqual([422, 422])
    expect(await accountOf(app, owner.user.id)).toMatchObject({ email: owner.email, pending_email: wrongMailbox })
    expect(await resetBy(app, wrongMailbox, newPassword)).toBe(false)
  })

  it('is not confirmed by the password of another account', async ({ expect }) => {
    const app = startApp()
    const { owner, link } = await typed(app)
    const other = await signedInUser(app)
    await changePassword(app, { bearer: other.access_token }, somePassword, 'the passphrase of another')

    const reply = await follow(app, 'confirm-email', link, { password: 'the passphrase of another' })

    expect(await refusalOf(reply)).toMatchObject({ status: 422, code: 'wrong_password' })
    expect(await accountOf(app, owner.user.id)).toMatchObject({ email: owner.email })
  })

  it.for(['bearer', 'cookie', 'password'])(
    'does not hinder a user who types it correctly: by %s',
    async (by, { expect }) => {
      const app = startApp()
      const { owner, wrongMailbox, link } = await typed(app)
      const cookies = cookiesOf(
        await app.call('POST /api/auth/login', { json: { email: owner.email, password: somePassword } }),
      )

      const reply =
        by === 'cookie'
          ? await app.call('POST /api/auth/confirm-email', { json: { token: link }, cookies, headers: fromOurPage })
          : await follow(
              app,
              'confirm-email',
              link,
              by === 'password' ? { password: somePassword } : {},
              by === 'bearer' ? owner.access_token : undefined,
            )

      expect(reply.status).toBe(200)
      expect(await accountOf(app, owner.user.id)).toMatchObject({ email: wrongMailbox })
    },
  )

  it('is not confirmed by a session that ended', async ({ expect }) => {
    const app = startApp()
    const { owner, link } = await typed(app)
    const second = await logIn(app, owner.email)
    await app.call('POST /api/auth/logout', { bearer: second.access_token })

    expect((await follow(app, 'confirm-email', link, {}, second.access_token)).status).toBe(403)
    expect((await follow(app, 'confirm-email', link, {}, owner.access_token)).status).toBe(200)
  })
})
