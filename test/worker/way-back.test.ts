import { describe, it } from 'vitest'
import { randomId } from '../../src/domain/ids.ts'
import { createDatabase } from '../../src/storage/database.ts'
import { createWayBackStore } from '../../src/storage/way-back.ts'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import { firefox } from '../support/app/browsers.ts'
import {
  alterUser,
  cookiesOf,
  linkIn,
  logIn,
  mailsTo,
  newPassword,
  profile,
  refresh,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { rows } from '../support/faults/fault-world.ts'
import {
  accountOf,
  ask,
  eventsOf,
  follow,
  linkTo,
  moveTo,
  opens,
  ownerOf,
  registers,
  resetBy,
  revert,
  taken,
} from '../support/way-back/way-back-world.ts'

const days = 24

/** The owner chooses a password with the link in the mail about the returned account, and logs in. */
const isBack = async (app: TestApp, address: string, id: string) => {
  if ((await ownerOf(app, address))?.id !== id) return false
  await follow(app, 'reset-password', linkTo(app, address, 'reset-password'), { new_password: newPassword })
  return (await opens(app, address, newPassword))?.user.id === id
}

describe('the way back with the password that was valid before the change', () => {
  it('gives the account back at once, and nothing made since works', async ({ expect }) => {
    const app = startApp()
    const { id, a, b, thief, link } = await taken(app)
    expect(await resetBy(app, b, 'the passphrase of the thief')).toBe(true)
    const login = await app.call('POST /api/auth/login', {
      json: { email: b, password: 'the passphrase of the thief' },
      headers: { 'User-Agent': firefox },
    })
    const again = await bodyOf<typeof thief>(login.clone() as Response)
    const cookies = cookiesOf(login)
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/forgot-password', { json: { email: b } })
    const thiefsLink = linkIn(app, b)
    await ask(app, again.access_token, someAddress('c'))

    const reply = await revert(app, link, somePassword)

    expect(await bodyOf(reply)).toEqual({ message: expect.stringContaining('old address again') })
    for (const { access_token, refresh_token } of [thief, again]) {
      expect((await profile(app, access_token)).status).toBe(401)
      expect((await refresh(app, refresh_token)).status).toBe(401)
    }
    expect((await follow(app, 'reset-password', thiefsLink, { new_password: newPassword })).status).toBe(400)
    expect(await accountOf(app, id)).toMatchObject({ email: a, status: 'active', password: null, pending_email: null })
    expect(await rows(app, 'select 1 from devices where user_id = ? and name like ?', id, '%Firefox%')).toEqual([])
    expect(await rows(app, 'select 1 from mail where user_id = ? and password is not null', id)).toEqual([])
    expect(mailsTo(app, b).at(-1)?.subject).toContain('no longer has your address')
    for (const password of [somePassword, 'the passphrase of the thief'])
      for (const address of [a, b]) expect(await opens(app, address, password)).toBeUndefined()
    expect(await isBack(app, a, id)).toBe(true)
    // The thief's device is no longer known: its failures count with those of all strangers, whose limit is reached
    // first.
    for (let n = 0; n < 10; n++)
      await app.call('POST /api/auth/login', { json: { email: a, password: 'wrong, wrong' } })
    const device = { device: cookies.device! }
    const tried = await app.call('POST /api/auth/login', {
      json: { email: a, password: 'wrong, wrong' },
      cookies: device,
    })
    expect(tried.status).toBe(429)
  })

  it('refuses another password, counts it, and stays valid', async ({ expect }) => {
    const app = startApp()
    const { id, a, link } = await taken(app)

    for (let n = 0; n < 9; n++) {
      const wrong = await revert(app, link, 'not the passphrase')
      expect(await refusalOf(wrong)).toEqual({
        status: 422,
        code: 'wrong_password',
        fields: ['password wrong_password'],
      })
    }

    expect(
      await rows(app, "select count from audit where user_id = ? and event = 'reauthentication_failed'", id),
    ).toEqual([{ count: 9 }])
    expect((await revert(app, link, 'not the passphrase')).status).toBe(422)
    expect((await revert(app, link, somePassword)).status).toBe(429)
    app.wait({ minutes: 16 })
    expect((await revert(app, link, somePassword)).status).toBe(200)
    expect(await isBack(app, a, id)).toBe(true)
  })

  it('works for seven days and not longer, and then nothing of it is kept', async ({ expect }) => {
    const app = startApp()
    const { id, a, link } = await taken(app)
    app.wait({ hours: 7 * days, minutes: -2, seconds: -1 })
    expect((await registers(app, a)).status).toBe(201)
    expect((await ownerOf(app, a))?.id).toBeUndefined()
    app.wait({ seconds: 2 })

    expect((await revert(app, link, somePassword)).status).toBe(400)
    expect((await revert(app, link)).status).toBe(400)
    await app.cron()
    expect(await rows(app, 'select 1 from mail where password is not null and user_id = ?', id)).toEqual([])
    await registers(app, a)
    expect((await ownerOf(app, a))?.id).not.toBe(id)
    expect((await ownerOf(app, a))?.id).toBeDefined()
  })

  it('works once: the second time the link is refused', async ({ expect }) => {
    const app = startApp()
    const { link } = await taken(app)

    expect((await revert(app, link, somePassword)).status).toBe(200)
    expect((await revert(app, link, somePassword)).status).toBe(400)
    expect((await revert(app, link)).status).toBe(400)
  })

  it('is not for another purpose, nor another link for it', async ({ expect }) => {
    const app = startApp()
    const { a, b, link } = await taken(app)
    for (const page of ['end-freeze', 'undo-deletion', 'end-sessions', 'cancel-email-change', 'approve-email-change'])
      expect((await follow(app, page, link, page === 'end-freeze' ? { password: somePassword } : {})).status).toBe(400)
    await resetBy(app, b, newPassword)

    expect((await revert(app, linkIn(app, b), somePassword)).status).toBe(400)
    expect((await revert(app, link, somePassword)).status).toBe(200)
    expect(await ownerOf(app, a)).toBeDefined()
  })
})

describe('the way back by the mailbox alone', () => {
  it('freezes the account for 72 hours, informs both addresses, and then gives it back', async ({ expect }) => {
    const app = startApp()
    const { id, a, b, thief, link } = await taken(app)

    const { frozen_until } = await bodyOf<{ frozen_until: string }>(await revert(app, link))

    expect(new Date(frozen_until).getTime() - app.now().getTime()).toBe(72 * 3_600_000)
    expect(mailsTo(app, a).at(-1)?.subject).toContain('is frozen')
    expect(mailsTo(app, b).at(-1)?.subject).toContain('is frozen')
    expect((await profile(app, thief.access_token)).status).toBe(401)
    expect((await refresh(app, thief.refresh_token)).status).toBe(401)
    for (const address of [a, b]) {
      expect(await opens(app, address, somePassword)).toBeUndefined()
      expect(await resetBy(app, address, newPassword)).toBe(false)
    }
    const left = 72 * 3_600_000 - (app.now().getTime() - (new Date(frozen_until).getTime() - 72 * 3_600_000))
    app.wait({ seconds: left / 1000 - 1 })
    await app.cron()
    expect((await ownerOf(app, b))?.id).toBe(id)
    app.wait({ seconds: 1 })
    await app.cron()
    expect(await isBack(app, a, id)).toBe(true)
    expect(await eventsOf(app, id)).toContain('email_change_reverted')
    expect(await ownerOf(app, b)).toBeUndefined()
  })

  it('answers the same when it is followed again, and does not extend the freeze', async ({ expect }) => {
    const app = startApp()
    const { a, b, link } = await taken(app)
    const first = await bodyOf(await revert(app, link))
    const mails = [mailsTo(app, a).length, mailsTo(app, b).length]
    app.wait({ hours: 10 })

    expect(await bodyOf(await revert(app, link))).toEqual(first)
    expect([mailsTo(app, a).length, mailsTo(app, b).length]).toEqual(mails)
  })

  it('gives nothing back if an admin ended the freeze after the cron had read it', async ({ expect }) => {
    const app = startApp()
    const { id, b, link } = await taken(app)
    await revert(app, link)
    await alterUser(app, b, { status: 'active', frozenUntil: null })
    const at = app.now()
    const entry = { id: randomId(), at, ip: null, userAgent: null }
    const letter = () => ({ id: randomId(), lifetimeMs: 60_000 })
    const restore = (now: Date) =>
      createWayBackStore(createDatabase(app.db), new Date(0)).restore({
        linkId: link.split('.')[0]!,
        by: 'freeze is over',
        letter: letter(),
        notice: letter(),
        audit: entry,
        now,
      })

    expect(await restore(at)).toBeUndefined()
    expect((await ownerOf(app, b))?.id).toBe(id)
    // The same call returns the account once the freeze is over.
    await alterUser(app, b, { status: 'disabled', frozenUntil: new Date(at.getTime() - 1) })
    expect(await restore(at)).toMatchObject({ ended: [] })
    expect(await ownerOf(app, b)).toBeUndefined()
  })

  it('gives way to the password, from either side', async ({ expect }) => {
    const app = startApp()
    const one = await taken(app)
    await revert(app, one.link)
    expect((await revert(app, one.link, somePassword)).status).toBe(200)
    expect(await isBack(app, one.a, one.id)).toBe(true)

    const two = await taken(app)
    await revert(app, two.link)
    const end = linkTo(app, two.b, 'end-freeze')
    const wrong = await follow(app, 'end-freeze', end, { password: 'not the passphrase' })
    expect(wrong.status).toBe(422)
    expect((await follow(app, 'end-freeze', end, { password: somePassword })).status).toBe(200)
    expect((await opens(app, two.b, somePassword))?.user.id).toBe(two.id)
    // The freeze has ended for good.
    expect((await revert(app, two.link)).status).toBe(400)
    expect((await revert(app, two.link, somePassword)).status).toBe(400)
    expect((await follow(app, 'end-freeze', end, { password: somePassword })).status).toBe(400)
    app.wait({ hours: 80 })
    await app.cron()
    expect((await ownerOf(app, two.b))?.id).toBe(two.id)
    expect(await rows(app, 'select 1 from mail where password is not null and user_id = ?', two.id)).toEqual([])
  })

  it('ends with the password from before the change, not with one that the new mailbox set', async ({ expect }) => {
    const app = startApp()
    const { id, a, b, link } = await taken(app)
    await resetBy(app, b, 'the passphrase of the thief')
    await revert(app, link)
    const end = linkTo(app, b, 'end-freeze')

    const thiefs = await follow(app, 'end-freeze', end, { password: 'the passphrase of the thief' })

    expect(thiefs.status).toBe(422)
    app.wait({ hours: 72 })
    await app.cron()
    expect(await isBack(app, a, id)).toBe(true)
  })

  it('comes back although the cron did not run for days', async ({ expect }) => {
    const app = startApp()
    const { id, a, link } = await taken(app)
    app.wait({ hours: 6 * days })
    await revert(app, link)
    app.wait({ hours: 8 * days })

    await app.cron()

    expect((await ownerOf(app, a))?.id).toBe(id)
  })

  it('leaves an admin the last word', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const one = await taken(app)
    await revert(app, one.link)
    await bodyOf(await app.call(`PUT /api/admin/users/${one.id}/status`, { bearer, json: { status: 'active' } }))
    expect((await opens(app, one.b, somePassword))?.user.id).toBe(one.id)
    expect((await revert(app, one.link)).status).toBe(400)
    app.wait({ hours: 80 })
    await app.cron()
    expect((await ownerOf(app, one.b))?.id).toBe(one.id)

    const admin = await logIn(
      app,
      (await rows(app, 'select email from users where role = ?', 'admin'))[0]!.email as string,
    )
    const two = await taken(app)
    await app.call(`PUT /api/admin/users/${two.id}/status`, {
      bearer: admin.access_token,
      json: { status: 'disabled' },
    })
    expect((await revert(app, two.link, somePassword)).status).toBe(400)
    expect((await revert(app, two.link)).status).toBe(400)
    expect(await rows(app, 'select 1 from mail where password is not null and user_id = ?', two.id)).toEqual([])
  })
})

describe('a chain of changes', () => {
  const chain = async (app: TestApp) => {
    const first = await taken(app)
    const c = someAddress('c')
    await moveTo(app, first.thief.access_token, c)
    return { ...first, c, second: linkTo(app, first.b, 'revert-email-change') }
  }

  it('is undone whole from its beginning: A, B, C and back to A', async ({ expect }) => {
    const app = startApp()
    const { id, a, b, c, link, second } = await chain(app)

    expect((await revert(app, link, somePassword)).status).toBe(200)
    for (const password of [undefined, somePassword]) expect((await revert(app, second, password)).status).toBe(400)
    expect(await ownerOf(app, b)).toBeUndefined()
    expect(await ownerOf(app, c)).toBeUndefined()
    expect(await isBack(app, a, id)).toBe(true)
  })

  it('is undone by the first address even after the second one took the account back', async ({ expect }) => {
    const app = startApp()
    const { id, a, b, link, second } = await chain(app)
    expect((await revert(app, second, somePassword)).status).toBe(200)
    expect((await ownerOf(app, b))?.id).toBe(id)

    expect((await revert(app, link, somePassword)).status).toBe(200)

    expect(await isBack(app, a, id)).toBe(true)
  })

  it('keeps every address of it for its link', async ({ expect }) => {
    const app = startApp()
    const { id, a, b } = await chain(app)

    for (const address of [a, b]) {
      await registers(app, address)
      expect(await ownerOf(app, address)).toBeUndefined()
    }
    const other = await signedInUser(app)
    for (const address of [a, b]) {
      app.wait({ minutes: 2 })
      await bodyOf(await ask(app, other.access_token, address, { current_password: somePassword }))
      const confirmed = await follow(app, 'confirm-email', linkTo(app, address, 'confirm-email'), {
        password: somePassword,
      })
      expect(await refusalOf(confirmed)).toMatchObject({ status: 409, code: 'email_taken' })
    }
    expect(await accountOf(app, id)).toMatchObject({ status: 'active' })
  })

  it('gives an address in the middle no part in the freeze that the first address requested', async ({ expect }) => {
    const app = startApp()
    const { id, a, b, link, second } = await chain(app)
    await revert(app, second)
    app.wait({ hours: 71 })
    // A mailbox alone cannot take the account within 72 hours of its request.
    const { frozen_until } = await bodyOf<{ frozen_until: string }>(await revert(app, link))
    expect(new Date(frozen_until).getTime() - app.now().getTime()).toBe(72 * 3_600_000)
    app.wait({ hours: 2 })
    await app.cron()
    expect([await ownerOf(app, a), await ownerOf(app, b)]).toEqual([undefined, undefined])
    app.wait({ hours: 70 })
    await app.cron()
    expect(await isBack(app, a, id)).toBe(true)
  })

  it('that returns to A leaves nobody a claim', async ({ expect }) => {
    const app = startApp()
    const { id, a, b, c, thief, link, second } = await chain(app)
    await moveTo(app, thief.access_token, a)
    expect(mailsTo(app, c).at(-1)?.text).not.toContain('#token=')

    for (const token of [link, second])
      for (const password of [undefined, somePassword]) expect((await revert(app, token, password)).status).toBe(400)

    expect((await ownerOf(app, a))?.id).toBe(id)
    expect(await rows(app, 'select 1 from mail where password is not null and user_id = ?', id)).toEqual([])
    await registers(app, b)
    expect((await ownerOf(app, b))?.id).not.toBe(id)
  })
})

describe('while the link back is valid', () => {
  it('deletion only disables, with any proof, and the link undoes it', async ({ expect }) => {
    for (const json of [{ current_password: somePassword }, undefined]) {
      const app = startApp()
      const { id, a, thief, link } = await taken(app)

      const reply = await app.call('DELETE /api/user/account', { bearer: thief.access_token, ...(json && { json }) })

      expect(await bodyOf(reply)).toMatchObject({ erases_at: expect.any(String) })
      expect(await accountOf(app, id)).toMatchObject({ status: 'disabled' })
      app.wait({ hours: 6 * days })
      await app.cron()
      expect((await revert(app, link, somePassword)).status).toBe(200)
      expect(await isBack(app, a, id)).toBe(true)
      app.wait({ hours: 10 * days })
      await app.cron()
      expect(await accountOf(app, id)).toMatchObject({ email: a, status: 'active' })
    }
  })

  it('deletion waits for the end of a freeze, which gives the account back', async ({ expect }) => {
    const app = startApp()
    const { id, a, thief, link } = await taken(app)
    await app.call('DELETE /api/user/account', { bearer: thief.access_token })
    app.wait({ hours: 6 * days })
    await revert(app, link)
    app.wait({ hours: 2 * days })
    await app.cron()
    expect(await accountOf(app, id)).toBeDefined()
    app.wait({ hours: 1 * days })
    await app.cron()

    expect(await isBack(app, a, id)).toBe(true)
  })

  it('deletion that nobody undoes is carried out when the link is gone', async ({ expect }) => {
    const app = startApp()
    const { id, a, b, thief } = await taken(app)
    await app.call('DELETE /api/user/account', { bearer: thief.access_token })
    app.wait({ hours: 7 * days, seconds: 1 })

    await app.cron()

    expect(await accountOf(app, id)).toBeUndefined()
    for (const address of [a, b]) expect(await ownerOf(app, address)).toBeUndefined()
  })

  it('nobody is invited or moved to the old address by an admin', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const { id, a, b } = await taken(app)
    const other = await signedInUser(app)

    const moved = await app.call(`PATCH /api/admin/users/${other.user.id}`, { bearer, json: { email: a } })

    expect(await refusalOf(moved)).toMatchObject({ status: 409, code: 'email_taken' })
    // The account itself may return to the address if an admin sets it.
    await bodyOf(await app.call(`PATCH /api/admin/users/${id}`, { bearer, json: { email: a, email_verified: true } }))
    expect((await ownerOf(app, a))?.id).toBe(id)
    expect(await ownerOf(app, b)).toBeUndefined()
    expect(await rows(app, 'select 1 from mail where password is not null and user_id = ?', id)).toEqual([])
  })

  it('an account without a password is frozen and nothing else', async ({ expect }) => {
    const app = startApp()
    const owner = await signedInUser(app)
    const next = someAddress('b')
    await ask(app, owner.access_token, next)
    await alterUser(app, owner.email, { passwordHash: null })
    await follow(app, 'confirm-email', linkTo(app, next, 'confirm-email'), {}, owner.access_token)
    await follow(app, 'approve-email-change', linkTo(app, owner.email, 'approve-email-change'))
    const link = linkTo(app, owner.email, 'revert-email-change')

    expect((await revert(app, link, '')).status).toBe(422)
    expect((await revert(app, link, somePassword)).status).toBe(422)
    await revert(app, link)
    const ended = await follow(app, 'end-freeze', linkTo(app, next, 'end-freeze'), { password: somePassword })
    expect(ended.status).toBe(422)
  })
})
