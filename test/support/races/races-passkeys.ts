import { expect } from 'vitest'
import { addPasskey, answer, asksForPasskey, beginPasskey, logInByPasskey, made } from '../app/passkeys.ts'
import { profile, type SessionBody, somePassword, type TestApp } from '../app/support.ts'
import { rows, someoneSignedIn } from '../faults/fault-world.ts'
import { proofHeader } from '../way-back/way-back-world.ts'
import type { Race, Start } from './race-runs.ts'
import { asAdmin, statusesOf, times } from './races-sessions.ts'

const passkeysOf = (app: TestApp, id: string) => rows(app, 'select id from passkeys where user_id = ?', id)

const count = (answers: Response[], status: number) => answers.filter((reply) => reply.status === status).length

/** A user with a passkey, in the session that a log-in with it started. */
const owner = async (app: TestApp) => {
  const user = await someoneSignedIn(app)
  const { soft, added } = await addPasskey(app, user.access_token)
  const session = (await (await logInByPasskey(app, soft)).json()) as SessionBody
  return { ...user, ...session, email: user.email, soft, passkey: added.passkey.id }
}

type Owner = Awaited<ReturnType<typeof owner>>

/** Answers options that are asked for now, so that the log-in itself is one request. */
const enter = async (app: TestApp, { soft }: Owner): Promise<Start> => {
  const credential = await answer(soft, await asksForPasskey(app))
  return (a) => a.call('POST /api/auth/login/passkey', { json: { credential } })
}

/** The sessions of these log-ins are over, if they began. */
const allOver = async (app: TestApp, logIns: Response[]) => {
  for (const reply of logIns) {
    expect([200, 400, 422]).toContain(reply.status)
    if (reply.status !== 200) continue
    const { access_token } = (await reply.clone().json()) as SessionBody
    expect((await profile(app, access_token)).status).toBe(401)
  }
}

export const passkeyRaces: Race[] = [
  {
    name: 'twenty log-ins with one answer of a passkey start one session',
    arrange: async (app) => {
      const user = await owner(app)
      const before = await rows(app, 'select id from sessions where user_id = ?', user.user.id)
      return {
        starts: times(20, await enter(app, user)),
        check: async ({ answers }) => {
          expect(count(answers, 200)).toBe(1)
          expect(await rows(app, 'select id from sessions where user_id = ?', user.user.id)).toHaveLength(
            before.length + 1,
          )
        },
      }
    },
  },
  {
    name: 'a passkey that is registered five times at once is added once, and recovery codes are shown once',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const { registration } = await made(await beginPasskey(app, session.access_token))
      const json = { credential: registration, current_password: somePassword }
      return {
        starts: times(5, (a) => a.call('POST /api/user/passkeys', { bearer: session.access_token, json })),
        check: async ({ answers }) => {
          expect(count(answers, 201)).toBe(1)
          expect(await passkeysOf(app, session.user.id)).toHaveLength(1)
        },
      }
    },
  },
  {
    name: 'one proof adds one of two passkeys',
    arrange: async (app) => {
      const user = await owner(app)
      const begun = [await beginPasskey(app, user.access_token), await beginPasskey(app, user.access_token)]
      const answered = await Promise.all(begun.map((options) => made(options)))
      const asked = { bearer: user.access_token, headers: proofHeader(user.proof) }
      return {
        starts: answered.map(
          ({ registration }): Start =>
            (a) =>
              a.call('POST /api/user/passkeys', { ...asked, json: { credential: registration } }),
        ),
        check: async ({ answers }) => {
          expect(count(answers, 201)).toBe(1)
          expect(await passkeysOf(app, user.user.id)).toHaveLength(2)
        },
      }
    },
  },
  ...(['its removal', 'an admin who disables the user', 'an admin who removes the factors'] as const).map(
    (name): Race => ({
      name: `log-ins with a passkey during ${name} leave no session (ASVS 7.4.2)`,
      arrange: async (app) => {
        const user = await owner(app)
        const { access_token: bearer } = await asAdmin(app)
        const ways: Record<typeof name, Start> = {
          'its removal': (a) =>
            a.call(`DELETE /api/user/passkeys/${user.passkey}`, {
              bearer: user.access_token,
              headers: proofHeader(user.proof),
            }),
          'an admin who disables the user': (a) =>
            a.call(`PUT /api/admin/users/${user.user.id}/status`, { bearer, json: { status: 'disabled' } }),
          'an admin who removes the factors': (a) =>
            a.call(`DELETE /api/admin/users/${user.user.id}/factors`, { bearer }),
        }
        return {
          starts: [await enter(app, user), ways[name], await enter(app, user)],
          check: async ({ answers: [one, end, other] }) => {
            expect(statusesOf([end!])).toEqual([200])
            await allOver(app, [one!, other!])
          },
        }
      },
    }),
  ),
]
