import { describe, it } from 'vitest'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import { codeFor, enrol, type Factors, factorsOf, proofBy, withBoth } from '../support/app/enrolments.ts'
import { addApp, addRecoveryCodes, userWithFactors } from '../support/app/second-factors.ts'
import {
  alterUser,
  codeOf,
  logIn,
  mailsTo,
  member,
  newPassword,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { rows } from '../support/faults/fault-world.ts'
import {
  ask,
  eventsOf,
  follow,
  linkTo,
  moveTo,
  opens,
  ownerOf,
  proofHeader,
  resetBy,
  revert,
  taken,
} from '../support/way-back/way-back-world.ts'

const appsOf = (app: TestApp, id: string) => rows(app, 'select id from totp where user_id = ?', id)
const codesOf = (app: TestApp, id: string) => rows(app, 'select set_id from recovery_codes where user_id = ?', id)

/** A thief who knows the password of an owner and added an app. `link` is the one in the owner's mailbox. */
const thiefsApp = async (app: TestApp) => {
  const owner = await signedInUser(app)
  const thief = await logIn(app, owner.email)
  const added = await enrol(app, thief.access_token)
  return { owner, added, id: owner.user.id, link: linkTo(app, owner.email, 'remove-factor') }
}

describe('the link in the mail about a new factor', () => {
  it('removes that factor and its codes, and ends every session (ASVS 6.5.6)', async ({ expect }) => {
    const app = startApp()
    const { owner, added, id, link } = await thiefsApp(app)
    expect(await opens(app, owner.email, somePassword)).toBeUndefined()

    await bodyOf(await follow(app, 'remove-factor', link))

    expect(await appsOf(app, id)).toEqual([])
    expect(await codesOf(app, id)).toEqual([])
    expect((await profile(app, added.access_token)).status).toBe(401)
    expect((await refresh(app, added.refresh_token)).status).toBe(401)
    expect((await opens(app, owner.email, somePassword))?.user.id).toBe(id)
    expect(mailsTo(app, owner.email).map(({ subject }) => subject)).toContain(
      'An authenticator app was removed at Gatehouse',
    )
    expect(await rows(app, "select detail from audit where user_id = ? and event = 'factor_removed'", id)).toEqual([
      { detail: JSON.stringify({ factor: 'totp', id: added.factor.id, by: 'link' }) },
    ])
  })

  it('leaves the app of the owner and the codes that came with it', async ({ expect }) => {
    const app = startApp()
    const owner = await signedInUser(app)
    const first = await addApp(app, owner.user.id)
    const codes = await addRecoveryCodes(app, owner.user.id)
    const json = { email: owner.email, password: somePassword, otp: codes[0] }
    const thief = await bodyOf<SessionBody>(await app.call('POST /api/auth/login', { json }))
    await enrol(app, thief.access_token, { proof: thief.proof })

    await bodyOf(await follow(app, 'remove-factor', linkTo(app, owner.email, 'remove-factor')))

    expect(await appsOf(app, owner.user.id)).toEqual([{ id: first.id }])
    expect(await codesOf(app, owner.user.id)).toHaveLength(1)
  })

  it('works once', async ({ expect }) => {
    const app = startApp()
    const { owner, id, link } = await thiefsApp(app)
    await bodyOf(await follow(app, 'remove-factor', link))
    const mine = await enrol(app, (await logIn(app, owner.email)).access_token)

    expect(await refusalOf(await follow(app, 'remove-factor', link))).toMatchObject({
      status: 400,
      code: 'invalid_token',
    })
    expect(await appsOf(app, id)).toEqual([{ id: mine.factor.id }])
    expect((await profile(app, mine.access_token)).status).toBe(200)
  })

  it.for([
    ['after seven days', async (app: TestApp) => app.wait({ days: 7 })],
    [
      'while the account has another address',
      (app: TestApp, email: string) => alterUser(app, email, { email: someAddress(), emailCanonical: someAddress() }),
    ],
    ['while the account is disabled', (app: TestApp, email: string) => alterUser(app, email, { status: 'disabled' })],
  ] as const)('does nothing %s', async ([, change], { expect }) => {
    const app = startApp()
    const { owner, id, link } = await thiefsApp(app)

    await change(app, owner.email)

    expect(await codeOf(await follow(app, 'remove-factor', link))).toBe('invalid_token')
    expect(await appsOf(app, id)).toHaveLength(1)
  })

  it('is no other link, and no other link is it', async ({ expect }) => {
    const app = startApp()
    const { owner, id, link } = await thiefsApp(app)
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/forgot-password', { json: { email: owner.email } })

    const reset = linkTo(app, owner.email, 'reset-password')

    expect(await codeOf(await follow(app, 'remove-factor', reset))).toBe('invalid_token')
    expect(await codeOf(await follow(app, 'undo-deletion', link))).toBe('invalid_token')
    expect(await codeOf(await follow(app, 'reset-password', link, { new_password: newPassword }))).toBe('invalid_token')
    expect(await appsOf(app, id)).toHaveLength(1)
  })
})

describe('an admin', () => {
  const target = async (app: TestApp) => ({ admin: await signedInAdmin(app), user: await userWithFactors(app) })

  it('sees the names and times of factors, which is recorded', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await target(app)

    const reply = await app.call(`GET /api/admin/users/${user.user.id}/factors`, { bearer: admin.access_token })

    const text = await reply.clone().text()
    expect(await bodyOf<Factors>(reply)).toMatchObject({ totp: [{ id: user.appId }], recovery_codes: { left: 10 } })
    expect(text).not.toContain('secret')
    expect(text).not.toContain('hash')
    expect(await eventsOf(app, user.user.id)).toContain('user_read')
  })

  it('removes all factors of a user who lost them: the sessions end, and the owner is told (ASVS 6.4.4)', async ({
    expect,
  }) => {
    const app = startApp()
    const { admin, user } = await target(app)
    expect(await opens(app, user.email, somePassword)).toBeUndefined()

    await bodyOf(await app.call(`DELETE /api/admin/users/${user.user.id}/factors`, { bearer: admin.access_token }))

    expect(await appsOf(app, user.user.id)).toEqual([])
    expect(await codesOf(app, user.user.id)).toEqual([])
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect(mailsTo(app, user.email).at(-1)?.subject).toBe('Your second factors at Gatehouse were removed')
    expect((await opens(app, user.email, somePassword))?.user.id).toBe(user.user.id)
  })

  it('changes nothing of a user without a factor', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    const user = await signedInUser(app)
    const [mails, events] = [mailsTo(app, user.email).length, await eventsOf(app, user.user.id)]

    await bodyOf(await app.call(`DELETE /api/admin/users/${user.user.id}/factors`, { bearer: admin.access_token }))

    expect((await profile(app, user.access_token)).status).toBe(200)
    expect(mailsTo(app, user.email)).toHaveLength(mails)
    expect(await eventsOf(app, user.user.id)).toEqual(events)
  })

  it('cannot remove their own factors so, or those of nobody', async ({ expect }) => {
    const app = startApp()
    const admin = await signedInAdmin(app)
    await addApp(app, admin.user.id)
    const remove = (id: string) => app.call(`DELETE /api/admin/users/${id}/factors`, { bearer: admin.access_token })

    expect(await codeOf(await remove(admin.user.id))).toBe('own_account')
    expect(await codeOf(await remove('nobody'))).toBe('not_found')
    expect(await appsOf(app, admin.user.id)).toHaveLength(1)
  })

  it('counts the users with an app', async ({ expect }) => {
    const app = startApp()
    const { admin, user } = await target(app)
    const count = async () => {
      const reply = await app.call('GET /api/admin/stats', { bearer: admin.access_token })
      return (await bodyOf<{ totp_users: number }>(reply)).totp_users
    }
    const before = await count()
    await addApp(app, user.user.id)
    expect(await count()).toBe(before)

    await bodyOf(await app.call(`DELETE /api/admin/users/${user.user.id}/factors`, { bearer: admin.access_token }))

    expect(await count()).toBe(before - 1)
  })
})

describe('an account that left its address a few days ago', () => {
  const subjects = (app: TestApp, address: string) => mailsTo(app, address).map(({ subject }) => subject)
  const notice = 'An account at Gatehouse has changed'

  it('has notices of its factors mailed to the old address too, without a link', async ({ expect }) => {
    const app = startApp()
    const { a, b, thief } = await taken(app)

    await enrol(app, thief.access_token)

    expect(subjects(app, b)).toContain('An authenticator app was added at Gatehouse')
    expect(subjects(app, a)).toContain(notice)
    expect(mailsTo(app, a).at(-1)?.text).not.toContain('#token=')
  })

  it('has none mailed there once the change is settled', async ({ expect }) => {
    const app = startApp()
    const { a, b } = await taken(app)
    app.wait({ days: 7 })

    await enrol(app, (await logIn(app, b)).access_token)

    expect(subjects(app, b)).toContain('An authenticator app was added at Gatehouse')
    expect(subjects(app, a)).not.toContain(notice)
  })

  it('comes back without the factors that were added since', async ({ expect }) => {
    const app = startApp()
    const { id, a, b, thief, link } = await taken(app)
    app.wait({ minutes: 1 })
    await enrol(app, thief.access_token)

    await bodyOf(await revert(app, link, somePassword))

    expect(await appsOf(app, id)).toEqual([])
    expect(await codesOf(app, id)).toEqual([])
    expect(await resetBy(app, a, newPassword)).toBe(true)
    expect((await opens(app, a, newPassword))?.user.id).toBe(id)
    expect(await ownerOf(app, b)).toBeUndefined()
  })

  it('comes back with the factors that it had before, and without codes made since', async ({ expect }) => {
    const app = startApp()
    const { id, a, thief, link, mine } = await stolenWithFactor(app)
    const made = await app.call('POST /api/user/factors/recovery-codes', {
      bearer: thief.access_token,
      headers: proofHeader(thief.proof),
    })
    expect(made.status).toBe(200)
    expect(await codesOf(app, id)).toHaveLength(1)

    await bodyOf(await revert(app, link, somePassword))

    expect(await appsOf(app, id)).toEqual([{ id: mine.id }])
    expect(await codesOf(app, id)).toEqual([])
    expect(await resetBy(app, a, newPassword)).toBe(true)
    expect(await opens(app, a, newPassword)).toBeUndefined()
    app.wait({ seconds: 60 })
    const json = { email: a, password: newPassword, otp: await codeFor(app, mine.seed) }
    expect((await app.call('POST /api/auth/login', { json })).status).toBe(200)
  })

  it.for([
    ['with the password of before', somePassword],
    ['by the mailbox alone', undefined],
  ])(
    'comes back to an owner whom a thief kept out with an app from before the change: %s',
    async ([, password], { expect }) => {
      const app = startApp()
      const { owner, added, id, link } = await thiefsApp(app)
      const [a, b] = [owner.email, someAddress('b')]
      const { access_token: bearer } = added
      const proof = await proofBy(app, bearer, added.secret)
      await bodyOf(await ask(app, bearer, b, {}, proofHeader(proof)))
      await bodyOf(await follow(app, 'confirm-email', linkTo(app, b, 'confirm-email'), {}, bearer))
      // While the account is elsewhere, its old mailbox alone cannot strip it of a factor.
      expect(await codeOf(await follow(app, 'remove-factor', link))).toBe('invalid_token')

      await bodyOf(await revert(app, linkTo(app, a, 'revert-email-change'), password))
      if (!password) app.wait({ hours: 72 })
      await app.cron()
      expect(await resetBy(app, a, newPassword)).toBe(true)
      expect(await opens(app, a, newPassword)).toBeUndefined()
      await bodyOf(await follow(app, 'remove-factor', link))

      expect((await opens(app, a, newPassword))?.user.id).toBe(id)
      expect(await appsOf(app, id)).toEqual([])
    },
  )
})

/** An owner with an app and codes, and a thief who had both factors once and moved the account to another address. */
const stolenWithFactor = async (app: TestApp) => {
  const a = await member(app)
  const owner = await ownerOf(app, a)
  const id = String(owner!.id)
  const thief = await logIn(app, a)
  await moveTo(app, thief.access_token, someAddress('b'))
  const mine = await addApp(app, id)
  await app.db.prepare('update totp set created_at = created_at - 86400000 where id = ?').bind(mine.id).run()
  await addRecoveryCodes(app, id)
  await withBoth(app, thief)
  return { id, a, thief, mine, link: linkTo(app, a, 'revert-email-change') }
}

describe('the data of an account', () => {
  it('include its factors, and nothing that proves one', async ({ expect }) => {
    const app = startApp()
    const user = await userWithFactors(app)

    const reply = await app.call('GET /api/user/export', { bearer: user.access_token })

    const text = await reply.clone().text()
    const { totp, passkeys, recovery_codes } = await factorsOf(app, user.access_token)
    const { factors } = await bodyOf<{ factors: Factors }>(reply)
    expect(totp).toHaveLength(1)
    expect(factors).toEqual({ totp, passkeys, recovery_codes })
    const secrets = await rows(app, 'select secret from totp where user_id = ?', user.user.id)
    const hashes = await rows(app, 'select hashes from recovery_codes where user_id = ?', user.user.id)
    for (const each of [user.seed, secrets[0]!.secret, ...JSON.parse(hashes[0]!.hashes as string)])
      expect(text).not.toContain(each)
  })

  it('go with it', async ({ expect }) => {
    const app = startApp()
    const { user } = await userWithFactors(app)
    const admin = await signedInAdmin(app)

    await bodyOf(await app.call(`DELETE /api/admin/users/${user.id}`, { bearer: admin.access_token }))

    expect(await appsOf(app, user.id)).toEqual([])
    expect(await codesOf(app, user.id)).toEqual([])
  })
})
