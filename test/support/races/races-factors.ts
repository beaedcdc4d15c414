import { expect } from 'vitest'
import { addApp, addRecoveryCodes, wrongCode } from '../app/second-factors.ts'
import { alterUser, profile, type SessionBody, somePassword, stepUp, type TestApp } from '../app/support.ts'
import { rows, someoneSignedIn } from '../faults/fault-world.ts'
import type { Race, Start } from './race-runs.ts'
import { asAdmin, forgotten, reset, statusesOf, times } from './races-sessions.ts'

const password = somePassword

/** The limits of log-ins are not those under test. */
const vars = { LIMIT_LOGIN_ACCOUNT: '99/15m', LIMIT_LOGIN_CONSECUTIVE: '99/400d', LIMIT_LOGIN_NETWORK: '999/5m' }

/** A user with an app, recovery codes and a session from before, and the challenge of a log-in. */
const arranged = async (app: TestApp) => {
  const user = await someoneSignedIn(app)
  const { code } = await addApp(app, user.user.id)
  const recoveryCodes = await addRecoveryCodes(app, user.user.id)
  const first = await app.call('POST /api/auth/login', { json: { email: user.email, password } })
  const { challenge } = (await first.json()) as { challenge: string }
  return { ...user, code, recoveryCodes, challenge }
}

type User = Awaited<ReturnType<typeof arranged>>

const enter =
  ({ email }: User, otp: string): Start =>
  (app) =>
    app.call('POST /api/auth/login', { json: { email, password, otp } })

const finish =
  ({ challenge }: User, given: object): Start =>
  (app) =>
    app.call('POST /api/auth/login/code', { json: { challenge, ...given } })

const right = (answers: Response[]) => answers.filter(({ status }) => status === 200)

/** Refusals of a wrong code, of too many, and of more hashes at once than the service computes. */
const refusals = [422, 429, 503]

/** One request got a session, and the others were refused. */
const wonByOne = async (app: TestApp, { user }: User, answers: Response[]) => {
  expect(right(answers)).toHaveLength(1)
  expect(statusesOf(answers).filter((status) => status !== 200 && !refusals.includes(status))).toEqual([])
  expect(answers.filter(({ status }) => status === 422).length).toBeLessThanOrEqual(10)
  // One is the session from before.
  expect(await rows(app, 'select id from sessions where user_id = ?', user.id)).toHaveLength(2)
}

export const factorRaces: Race[] = [
  {
    name: 'forty log-ins with one code start one session (ASVS 6.5.1)',
    vars,
    arrange: async (app) => {
      const user = await arranged(app)
      const starts = times(40, enter(user, await user.code()))
      return { starts, check: ({ answers }) => wonByOne(app, user, answers) }
    },
  },
  {
    name: 'forty second steps with one challenge and one code start one session',
    vars,
    arrange: async (app) => {
      const user = await arranged(app)
      const starts = times(40, finish(user, { code: await user.code() }))
      return { starts, check: ({ answers }) => wonByOne(app, user, answers) }
    },
  },
  {
    name: 'twenty log-ins with one recovery code start one session, and its owner gets one mail',
    vars,
    arrange: async (app) => {
      const user = await arranged(app)
      const starts = times(20, finish(user, { recovery_code: user.recoveryCodes[0] }))
      return {
        starts,
        check: async ({ answers, mails }) => {
          await wonByOne(app, user, answers)
          expect(mails.filter(({ subject }) => subject.startsWith('A recovery code was used'))).toHaveLength(1)
        },
      }
    },
  },
  {
    name: 'twenty wrong codes are counted, and no more than ten are looked at (ASVS 6.6.3)',
    vars,
    arrange: async (app) => {
      const user = await arranged(app)
      const code = await wrongCode(user.code)
      return {
        starts: times(20, finish(user, { code })),
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual([...Array(10).fill(422), ...Array(10).fill(429)])
          const after = await finish(user, { code: await user.code() })(app)
          expect(after.status).toBe(429)
        },
      }
    },
  },
  {
    name: 'a code for a log-in and a re-authentication at once works for one of them',
    vars,
    arrange: async (app) => {
      const user = await arranged(app)
      const otp = await user.code()
      return {
        starts: [enter(user, otp), (a) => stepUp(a, { bearer: user.access_token, json: { password, otp } })],
        check: async ({ answers }) => expect(statusesOf(answers)).toEqual([200, 422]),
      }
    },
  },
  ...(['a reset by mail', 'an admin who disables the user'] as const).map(
    (name): Race => ({
      name: `second steps during ${name} leave no session (ASVS 7.4.2)`,
      vars,
      arrange: async (app) => {
        const user = await arranged(app)
        const token = await forgotten(app, user.email)
        const { access_token: bearer } = await asAdmin(app)
        const ways: Record<typeof name, Start> = {
          'a reset by mail': reset(token, 'another fine passphrase'),
          'an admin who disables the user': (a) =>
            a.call(`PUT /api/admin/users/${user.user.id}/status`, { bearer, json: { status: 'disabled' } }),
        }
        const given = await user.code()
        const first = finish(user, { code: given })
        const second = finish(user, { recovery_code: user.recoveryCodes[0] })
        return {
          starts: [first, ways[name], second],
          check: async ({ answers: [one, end, other] }) => {
            expect(end!.status).toBe(200)
            for (const answer of [one!, other!]) {
              expect([200, 400, 422]).toContain(answer.status)
              if (answer.status !== 200) continue
              const { access_token } = (await answer.clone().json()) as SessionBody
              expect((await profile(app, access_token)).status).toBe(401)
            }
          },
        }
      },
    }),
  ),
  {
    name: 'log-ins by the password while an app is added start no session after it',
    vars,
    arrange: async (app) => {
      const user = await someoneSignedIn(app)
      await alterUser(app, user.email, { name: 'Ada' })
      const added: Start = (a) =>
        addApp(a, user.user.id).then(
          () => new Response(),
          () => new Response(null, { status: 503 }),
        )
      const byPassword: Start = (a) => a.call('POST /api/auth/login', { json: { email: user.email, password } })
      return {
        starts: [byPassword, byPassword, added, byPassword, byPassword],
        check: async ({ answers }) => {
          for (const { status } of answers) expect([200, 403]).toContain(status)
          expect((await byPassword(app)).status).toBe(403)
        },
      }
    },
  },
]
