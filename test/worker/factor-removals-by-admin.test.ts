import { describe, it } from 'vitest'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import { enrol } from '../support/app/enrolments.ts'
import { addPasskey, givePasskey } from '../support/app/passkeys.ts'
import { addApp, addRecoveryCodes, userWithFactors } from '../support/app/second-factors.ts'
import {
  alterUser,
  codeOf,
  mailsTo,
  profile,
  refresh,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { logInTrusted, trustedDevice } from '../support/app/trusted-devices.ts'
import { rows } from '../support/faults/fault-world.ts'
import { linkTo, opens } from '../support/way-back/way-back-world.ts'

/** An admin, who has a second factor where one is required, and their request. */
const remover = async (app: TestApp) => {
  const admin = await signedInAdmin(startApp())
  if (app.services.settings.mfaRequired !== 'none') await addApp(app, admin.user.id)
  const remove = (id: string, factor: string) =>
    app.call(`DELETE /api/admin/users/${id}/factors/${factor}`, { bearer: admin.access_token })
  return { admin, remove }
}

const heldBy = async (app: TestApp, id: string) => {
  const held = 'select id from totp where user_id = ?1 union all select id from passkeys where user_id = ?1'
  const codes = await rows(app, 'select set_id from recovery_codes where user_id = ?', id)
  return { factors: (await rows(app, held, id)).map((row) => row.id).sort(), codes: codes.length }
}

const isRemoval = ({ subject }: { subject: string }) => subject.includes(' removed ')

const removals = (app: TestApp, id: string) =>
  rows(app, "select actor_id, detail from audit where user_id = ? and event = 'factor_removed'", id)

describe('the removal of one factor by an admin', () => {
  it('removes that factor alone, ends every session and leaves the password and the codes (ASVS 6.5.6)', async ({
    expect,
  }) => {
    const app = startApp()
    const { admin, remove } = await remover(app)
    const user = await userWithFactors(app)
    const { id } = user.user
    const lost = await addApp(app, id, 'Lost phone')

    await bodyOf(await remove(id, lost.id))

    expect(await heldBy(app, id)).toEqual({ factors: [user.appId], codes: 1 })
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect((await refresh(app, user.refresh_token)).status).toBe(401)
    expect(await opens(app, user.email, somePassword)).toBeUndefined()
    const json = { email: user.email, password: somePassword, otp: await user.code() }
    expect((await app.call('POST /api/auth/login', { json })).status).toBe(200)
    const [{ actor_id, detail } = {}, ...others] = await removals(app, id)
    expect(others).toEqual([])
    expect(actor_id).toBe(admin.user.id)
    expect(JSON.parse(String(detail))).toEqual({ factor: 'totp', id: lost.id, name: 'Lost phone', by: 'admin' })
  })

  it.for([
    ['an authenticator app', async (app: TestApp, id: string) => (await addApp(app, id)).id],
    ['a passkey', async (app: TestApp, id: string) => (await givePasskey(app, id)).id],
  ] as const)(
    'takes the recovery codes with the last one, and the owner is told: %s',
    async ([what, give], { expect }) => {
      const app = startApp()
      const { remove } = await remover(app)
      const { user, email } = await signedInUser(app)
      await addRecoveryCodes(app, user.id)

      await bodyOf(await remove(user.id, await give(app, user.id)))

      expect(await heldBy(app, user.id)).toEqual({ factors: [], codes: 0 })
      expect((await opens(app, email, somePassword))?.user.id).toBe(user.id)
      const { subject, text } = mailsTo(app, email).findLast(isRemoval)!
      const heading = `${what[0]!.toUpperCase()}${what.slice(1)} was removed`
      expect(subject).toBe(`${heading} at Gatehouse`)
      expect(text.replaceAll(/\s+/g, ' ')).toContain(`${heading} Somebody who runs Gatehouse did this on `)
      expect(text).not.toContain('If it was you')
    },
  )

  it('makes every device ask for the second factor again', async ({ expect }) => {
    const app = startApp({ vars: { TRUSTED_DEVICE_DAYS: '30' } })
    const { remove } = await remover(app)
    const user = await userWithFactors(app)
    const lost = await addApp(app, user.user.id)
    const { trust } = await trustedDevice(app, user)
    const enter = () => logInTrusted(app, user.email, trust)
    expect((await enter()).status).toBe(200)

    await bodyOf(await remove(user.user.id, lost.id))

    expect(await codeOf(await enter())).toBe('second_factor_required')
  })

  it.for(['somebody else', 'the admin', 'nobody'] as const)(
    'removes no factor that is not of the user in the path: %s',
    async (whose, { expect }) => {
      const app = startApp()
      const { admin, remove } = await remover(app)
      const target = await userWithFactors(app)
      const other = await userWithFactors(app)
      const own = await addApp(app, admin.user.id)
      const factor = { 'somebody else': other.appId, 'the admin': own.id, nobody: 'none' }[whose]

      const reply = await remove(target.user.id, factor)

      expect(await refusalOf(reply)).toMatchObject({ status: 404, code: 'not_found' })
      for (const { user, appId } of [target, other, { user: admin.user, appId: own.id }])
        expect((await heldBy(app, user.id)).factors).toEqual([appId])
      expect((await profile(app, target.access_token)).status).toBe(200)
      expect(mailsTo(app, target.email).filter(isRemoval)).toEqual([])
      expect(await removals(app, target.user.id)).toEqual([])
    },
  )

  it("is not for the admin's own factors, nor for those of an unknown user", async ({ expect }) => {
    const app = startApp()
    const { admin, remove } = await remover(app)
    const { id } = await addApp(app, admin.user.id)

    expect(await codeOf(await remove(admin.user.id, id))).toBe('own_account')
    expect(await codeOf(await remove('nobody', id))).toBe('not_found')
    expect((await heldBy(app, admin.user.id)).factors).toEqual([id])
  })

  it.for([
    ['MFA_REQUIRED', { MFA_REQUIRED: 'all' }, { role: 'user' }],
    ['an admin', {}, { mfaRequired: true }],
    ['the role', { MFA_REQUIRED: 'admins' }, { role: 'admin' }],
  ] as const)(
    'leaves the last one that %s requires, and all can be removed together',
    async ([, vars, set], { expect }) => {
      const app = startApp({ vars })
      const { user, email, appId } = await userWithFactors(startApp())
      await alterUser(app, email, set)
      const other = await addApp(app, user.id)
      const { admin, remove } = await remover(app)

      await bodyOf(await remove(user.id, other.id))
      const refused = await remove(user.id, appId)

      expect(await refusalOf(refused)).toMatchObject({ status: 409, code: 'last_factor' })
      expect(await heldBy(app, user.id)).toEqual({ factors: [appId], codes: 1 })
      await bodyOf(await app.call(`DELETE /api/admin/users/${user.id}/factors`, { bearer: admin.access_token }))
      expect(await heldBy(app, user.id)).toEqual({ factors: [], codes: 0 })
    },
  )

  it.for([
    { mail: 'off', uv: 0, status: 409 },
    { mail: 'off', uv: 1, status: 200 },
    { mail: 'on', uv: 0, status: 200 },
  ])(
    'leaves a way in to an account without a password: $status with MAIL_LOGIN=$mail and another passkey with uv $uv',
    async ({ mail, uv, status }, { expect }) => {
      const app = startApp({ vars: { MAIL_LOGIN: mail } })
      const { remove } = await remover(app)
      const { user, email } = await signedInUser(app)
      const [first, second] = [await givePasskey(app, user.id), await givePasskey(app, user.id)]
      await app.db.prepare('update passkeys set uv = ? where id = ?').bind(uv, second.id).run()
      await alterUser(app, email, { passwordHash: null })

      const reply = await remove(user.id, first.id)

      expect(reply.status).toBe(status)
      if (status === 409) expect(await codeOf(reply)).toBe('last_factor')
      expect((await heldBy(app, user.id)).factors).toEqual(status === 409 ? [first.id, second.id].sort() : [second.id])
    },
  )
})

describe('the mail about a factor that was removed by the link about it', () => {
  it.for([
    ['An authenticator app', (app: TestApp, bearer: string) => enrol(app, bearer)],
    ['A passkey', (app: TestApp, bearer: string) => addPasskey(app, bearer)],
  ] as const)('says what it was: %s', async ([what, add], { expect }) => {
    const app = startApp()
    const { access_token, email } = await signedInUser(app)
    await add(app, access_token)

    await bodyOf(
      await app.call('POST /api/auth/remove-factor', { json: { token: linkTo(app, email, 'remove-factor') } }),
    )

    expect(mailsTo(app, email).at(-1)?.subject).toBe(`${what} was removed at Gatehouse`)
  })
})
