import { describe, it } from 'vitest'
import { bodyOf } from '../support/app/administrators.ts'
import { addPasskey, answer, asksForPasskey, logInByPasskey, type Requested } from '../support/app/passkeys.ts'
import {
  codeOf,
  logInWith,
  mailsTo,
  signedInUser,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { rows } from '../support/faults/fault-world.ts'
import { faulty } from '../support/faults/faulty.ts'
import type { Ceremony, SoftPasskey } from '../support/webauthn/authenticator.ts'

/** A passkey counts its uses, so that one which was copied can be noticed (WebAuthn Level 3 §6.1.1). */

const onOneDevice = { backupEligible: false }

/** A user whose passkey was seen with this count. */
const seenWith = async (app: TestApp, count: number, flags: Partial<Ceremony> = onOneDevice) => {
  const { email, user, access_token } = await signedInUser(app)
  const { soft, added } = await addPasskey(app, access_token, { differs: flags })
  await app.db.prepare('update passkeys set sign_count = ? where user_id = ?').bind(count, user.id).run()
  return { email, id: user.id, soft, added, flags }
}

const entries = (app: TestApp, id: string) =>
  rows(app, "select ip, detail from audit where user_id = ? and event = 'passkey_count_regressed'", id)
const mails = (app: TestApp, email: string) =>
  mailsTo(app, email).filter(({ subject }) => subject === 'A passkey at Gatehouse may have been copied')
const highest = async (app: TestApp, id: string) =>
  (await rows(app, 'select sign_count from passkeys where user_id = ?', id))[0]?.sign_count

describe('the count of a passkey', () => {
  it.for([
    { what: 'lower', stored: 9, count: 3, told: true },
    { what: 'the same', stored: 9, count: 9, told: true },
    { what: 'gone', stored: 9, count: 0, told: true },
    { what: 'higher', stored: 9, count: 10, told: false },
    { what: 'the first', stored: 0, count: 1, told: false },
    { what: 'none, as ever', stored: 0, count: 0, told: false },
    { what: 'lower, of a synced passkey', stored: 9, count: 3, flags: { backupEligible: true }, told: false },
  ])('that is $what lets the log-in go on, and the owner is told: $told', async (row, { expect }) => {
    const { stored, count, flags, told } = row
    const app = startApp()
    const { id, email, soft, added, ...who } = await seenWith(app, stored, flags)

    const reply = await logInByPasskey(app, soft, { differs: { ...who.flags, signCount: count } })

    expect(reply.status).toBe(200)
    expect(await highest(app, id)).toBe(Math.max(stored, count))
    expect(mails(app, email)).toHaveLength(Number(told))
    const detail = { id: added.passkey.id, highest: stored, count }
    expect((await entries(app, id)).map((entry) => JSON.parse(String(entry.detail)))).toEqual(told ? [detail] : [])
  })

  it.for<[string, (app: TestApp, who: Awaited<ReturnType<typeof seenWith>>, count: number) => Promise<Response>]>([
    [
      'after the password',
      async (app, { email, soft, flags }, signCount) => {
        const { challenge } = (await (await logInWith(app, email, somePassword)).json()) as { challenge: string }
        return logInByPasskey(app, soft, { challenge, differs: { ...flags, signCount } })
      },
    ],
    [
      'for a re-authentication',
      async (app, { added, soft, flags }, signCount) =>
        stepUp(app, {
          bearer: added.access_token,
          json: { credential: await again(app, { added, soft, flags }, signCount) },
        }),
    ],
    [
      'for a re-authentication after the password',
      async (app, { added, soft, flags }, signCount) => {
        const json = { password: somePassword, credential: await again(app, { added, soft, flags }, signCount) }
        return stepUp(app, { bearer: added.access_token, json })
      },
    ],
  ])('is looked at wherever it is used: %s', async ([, use], { expect }) => {
    const app = startApp()
    const who = await seenWith(app, 9)

    expect((await use(app, who, 10)).status).toBe(200)
    const quiet = [await entries(app, who.id), mails(app, who.email)]
    expect((await use(app, who, 4)).status).toBe(200)

    expect(quiet).toEqual([[], []])
    expect(await entries(app, who.id)).toHaveLength(1)
    expect(mails(app, who.email)).toHaveLength(1)
  })

  it('counts for nothing unless the passkey signed it', async ({ expect }) => {
    const app = startApp()
    const { id, email, soft, flags } = await seenWith(app, 9)
    const credential = await answer(soft, await asksForPasskey(app), { ...flags, signCount: 3 })
    const signature = `${credential.response.signature.slice(0, -8)}AAAAAAAA`

    const json = { credential: { ...credential, response: { ...credential.response, signature } } }
    const reply = await app.call('POST /api/auth/login/passkey', { json })

    expect(await codeOf(reply)).toBe('passkey_refused')
    expect(await entries(app, id)).toEqual([])
    expect(mails(app, email)).toEqual([])
  })

  it('is reported only if the log-in happens', async ({ expect }) => {
    const app = startApp()
    const { id, email, soft, flags } = await seenWith(app, 9)
    const disabled = faulty(app.db, async ({ sql }, go) => {
      if (sql.some((text) => text.includes('insert into "sessions"')))
        await app.db.prepare("update users set status = 'disabled' where id = ?").bind(id).run()
      return go()
    })

    const late = startApp({ bindings: { DB: disabled } })
    const reply = await logInByPasskey(late, soft, { differs: { ...flags, signCount: 3 } })

    expect(reply.status).toBe(400)
    expect(await entries(app, id)).toEqual([])
    expect([...mails(app, email), ...mails(late, email)]).toEqual([])
  })

  it('fills neither the mailbox nor the audit, however often it goes back', async ({ expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '100' } })
    const { id, email, soft, flags } = await seenWith(app, 99)
    const times = 24

    for (let i = 0; i < times; i++)
      expect((await logInByPasskey(app, soft, { differs: { ...flags, signCount: 3 } })).status).toBe(200)

    expect(mails(app, email)).toHaveLength(5)
    const counted = await rows(
      app,
      "select count(*) as entries, sum(count) as events from audit where user_id = ? and event = 'passkey_count_regressed'",
      id,
    )
    expect(counted).toEqual([{ entries: 20, events: times }])
  })

  it('costs an ordinary log-in nothing', async ({ expect }) => {
    const app = startApp()
    const cost = async (stored: number, signCount: number) => {
      const { soft, flags } = await seenWith(app, stored)
      const json = { credential: await answer(soft, await asksForPasskey(app), { ...flags, signCount }) }
      const { statements, whole } = await app.cost('POST /api/auth/login/passkey', { json })
      return [statements, whole.rowsWritten]
    }

    const [none, higher, lower] = [await cost(0, 0), await cost(9, 10), await cost(9, 9)]

    expect(higher).toEqual(none)
    expect(lower[0]).toBe(none[0]! + 2)
  })
})

/** Answers the options of a re-authentication. */
const again = async (
  app: TestApp,
  { added, soft, flags }: { added: { access_token: string }; soft: SoftPasskey; flags: Partial<Ceremony> },
  signCount: number,
) => {
  const call = app.call('POST /api/auth/reauthenticate/passkey/options', { bearer: added.access_token })
  return answer(soft, await bodyOf<Requested>(await call), { ...flags, signCount })
}
