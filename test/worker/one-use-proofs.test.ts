import { describe, it } from 'vitest'
import { bodyOf, refusalOf } from '../support/app/administrators.ts'
import {
  logIn,
  newPassword,
  refresh,
  type SessionBody,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { someoneSignedIn } from '../support/faults/fault-world.ts'
import { accountOf, ask, follow, linkTo, moveTo, proofHeader } from '../support/way-back/way-back-world.ts'

type Proven = SessionBody & { proof: string; proof_expires_in: number }

const reauthenticated = async (app: TestApp, bearer: string) =>
  bodyOf<Proven>(await stepUp(app, { bearer, json: { password: somePassword } }))

/** A user with a proof from a re-authentication, in a session that is not fresh. */
const proven = async (app: TestApp) => {
  const owner = await someoneSignedIn(app)
  const renewed = await reauthenticated(app, owner.access_token)
  const { access_token } = await bodyOf<SessionBody>(await refresh(app, renewed.refresh_token))
  return { ...renewed, email: owner.email, id: owner.user.id, bearer: access_token }
}

const leave = (app: TestApp, bearer: string, proof: string, json?: object) =>
  app.call('DELETE /api/user/account', { bearer, headers: proofHeader(proof), ...(json && { json }) })

const refused = { status: 403, code: 'reauthentication_required', fields: [] }

describe('a one-use proof', () => {
  it('counts as the password: the change of address needs no approval', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof, proof_expires_in, id } = await proven(app)
    const next = someAddress('next')
    expect(proof_expires_in).toBe(60)

    await bodyOf(await ask(app, bearer, next, {}, proofHeader(proof)))
    await bodyOf(await follow(app, 'confirm-email', linkTo(app, next, 'confirm-email'), {}, bearer))

    expect(await accountOf(app, id)).toMatchObject({ email: next })
  })

  it('deletes at once', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof, id } = await proven(app)

    expect(await bodyOf(await leave(app, bearer, proof))).toEqual({ message: expect.stringContaining('deleted') })
    expect(await accountOf(app, id)).toBeUndefined()
  })

  it('of a log-in is valid for five minutes', async ({ expect }) => {
    const app = startApp()
    const { email } = await someoneSignedIn(app)
    const { access_token, proof, proof_expires_in } = (await logIn(app, email)) as Proven
    expect(proof_expires_in).toBe(300)
    app.wait({ seconds: 299.999 })

    expect((await leave(app, access_token, proof)).status).toBe(200)
  })

  it('works once', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof, id } = await proven(app)
    await bodyOf(await ask(app, bearer, someAddress('one'), {}, proofHeader(proof)))

    expect(await refusalOf(await ask(app, bearer, someAddress('two'), {}, proofHeader(proof)))).toEqual(refused)
    expect(await refusalOf(await leave(app, bearer, proof))).toEqual(refused)
    expect(await accountOf(app, id)).toMatchObject({ status: 'active' })
  })

  it('works once if it is sent twenty times at once', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof } = await proven(app)

    const replies = await Promise.all(
      Array.from({ length: 20 }, () => ask(app, bearer, someAddress('many'), {}, proofHeader(proof))),
    )

    expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(403)])
  })

  it('is valid in no other session, and for no other user', async ({ expect }) => {
    const app = startApp()
    const { email, proof, id } = await proven(app)
    const second = await logIn(app, email)
    const stranger = await someoneSignedIn(app)

    for (const { access_token } of [second, stranger])
      expect(await refusalOf(await leave(app, access_token, proof))).toEqual(refused)
    expect(await accountOf(app, id)).toMatchObject({ status: 'active' })
  })

  it('ends with its last millisecond', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof } = await proven(app)
    app.wait({ seconds: 60 })
    expect(await refusalOf(await leave(app, bearer, proof))).toEqual(refused)
    app.wait({ seconds: -0.001 })

    expect((await leave(app, bearer, proof)).status).toBe(200)
  })

  it('cannot be made to last longer by whoever holds it', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof } = await proven(app)
    const [id, , mac] = proof.split('.')
    const later = (app.now().getTime() + 3_600_000).toString(36)
    app.wait({ seconds: 60 })

    expect(await refusalOf(await leave(app, bearer, `${id}.${later}.${mac}`))).toEqual(refused)
  })

  it('ends with the next one of its session', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof } = await proven(app)
    const next = await reauthenticated(app, bearer)

    expect(await refusalOf(await leave(app, next.access_token, proof))).toEqual(refused)
    expect((await leave(app, next.access_token, next.proof)).status).toBe(200)
  })

  it('ends with a new password', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof } = await proven(app)
    const json = { current_password: somePassword, new_password: newPassword }
    const changed = await bodyOf<SessionBody>(await app.call('POST /api/user/change-password', { bearer, json }))

    expect(await refusalOf(await leave(app, changed.access_token, proof))).toEqual(refused)
  })

  it('outlives a refresh, because it belongs to the session', async ({ expect }) => {
    const app = startApp()
    const { proof, refresh_token } = await proven(app)
    const { access_token } = await bodyOf<SessionBody>(await refresh(app, refresh_token))

    expect((await leave(app, access_token, proof)).status).toBe(200)
  })

  it('does not make a wrong password right, and is not used up by it', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof, id } = await proven(app)

    const reply = await leave(app, bearer, proof, { current_password: 'not the passphrase' })

    expect(await refusalOf(reply)).toMatchObject({ status: 422, code: 'wrong_password' })
    expect(await accountOf(app, id)).toMatchObject({ status: 'active' })
    expect((await leave(app, bearer, proof)).status).toBe(200)
  })

  it('is refused whatever else is sent in its place', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof, access_token, refresh_token, id } = await proven(app)
    const [one, two, mac] = proof.split('.') as [string, string, string]
    const garbage = [
      'x',
      proof.slice(0, -1),
      `${proof}A`,
      `${one}.${two}z.${mac}`,
      `${one}.${mac}`,
      `${one}.zzzzzzzzzz.${mac}`,
      `${one}.${two}.${'A'.repeat(43)}`,
      `${'A'.repeat(22)}.${two}.${mac}`,
      refresh_token,
      access_token,
    ]

    for (const value of garbage) expect(await refusalOf(await leave(app, bearer, value))).toEqual(refused)
    expect(await accountOf(app, id)).toMatchObject({ status: 'active' })
  })

  it('of a session that ended is 401, and says nothing of the last admin', async ({ expect }) => {
    const app = startApp()
    const { bearer, proof } = await proven(app)
    await app.call('POST /api/auth/logout', { bearer })

    expect((await leave(app, bearer, proof)).status).toBe(401)
  })

  it('deletes later if somebody may still undo a change of address, and once', async ({ expect }) => {
    const app = startApp()
    const owner = await someoneSignedIn(app)
    await moveTo(app, owner.access_token, someAddress('next'))
    const { access_token, proof } = await reauthenticated(app, owner.access_token)

    expect(await bodyOf(await leave(app, access_token, proof))).toMatchObject({ erases_at: expect.any(String) })
    expect(await accountOf(app, owner.user.id)).toMatchObject({ status: 'disabled' })
    expect((await leave(app, access_token, proof)).status).toBe(401)
  })
})
