import { expect } from 'vitest'
import { mailed, wrongOf } from '../app/mail-log-ins.ts'
import { addApp, addRecoveryCodes } from '../app/second-factors.ts'
import { newPassword, profile, type SessionBody, someAddress, type TestApp } from '../app/support.ts'
import { rows, someone, someoneSignedIn } from '../faults/fault-world.ts'
import type { Race, Start } from './race-runs.ts'
import { asAdmin, forgotten, reset, statusesOf, times } from './races-sessions.ts'

/** The limits of log-ins are not those under test. */
const vars = { LIMIT_LOGIN_ACCOUNT: '99/15m', LIMIT_LOGIN_CONSECUTIVE: '99/400d', LIMIT_LOGIN_NETWORK: '999/5m' }

const signUp = { ...vars, MAIL_LOGIN: 'signup', PASSWORDLESS: 'on', LIMIT_MAIL_CODE: '99/10m' }

const byCode =
  (json: object): Start =>
  (app) =>
    app.call('POST /api/auth/login/mail/code', { json })

const byLink =
  (json: object): Start =>
  (app) =>
    app.call('POST /api/auth/login/mail/link', { json })

const right = (answers: Response[]) => answers.filter(({ status }) => status === 200)

const sessionsOf = (app: TestApp, email: string) =>
  rows(app, 'select sessions.id from sessions join users on users.id = user_id where email = ?', email)

const refusals = [400, 422, 429, 503]

/** One request got a session, and the others were refused. */
const wonByOne = async (app: TestApp, email: string, answers: Response[]) => {
  expect(right(answers)).toHaveLength(1)
  expect(statusesOf(answers).filter((status) => status !== 200 && !refusals.includes(status))).toEqual([])
  expect(await sessionsOf(app, email)).toHaveLength(1)
}

export const mailLogInRaces: Race[] = [
  {
    name: 'forty log-ins with one code of a mail start one session (ASVS 6.5.1)',
    vars: { ...vars, LIMIT_MAIL_CODE: '99/10m' },
    arrange: async (app) => {
      const email = await someone(app)
      const starts = times(40, byCode((await mailed(app, email)).byCode))
      return { starts, check: ({ answers }) => wonByOne(app, email, answers) }
    },
  },
  {
    name: 'the code and the link of one mail start one session',
    vars,
    arrange: async (app) => {
      const email = await someone(app)
      const { byCode: code, byLink: link } = await mailed(app, email)
      const starts = [...times(4, byCode(code)), ...times(8, byLink(link))]
      return { starts, check: ({ answers }) => wonByOne(app, email, answers) }
    },
  },
  {
    name: 'twenty wrong codes of a mail are counted, and the right one beside them wins once or not at all',
    vars,
    arrange: async (app) => {
      const email = await someone(app)
      const { challenge, code, byCode: json } = await mailed(app, email)
      const wrong = byCode({ challenge, code: wrongOf(code) })
      const starts = [...times(10, wrong), byCode(json), ...times(10, wrong)]
      return {
        starts,
        check: async ({ answers }) => {
          expect(answers.filter(({ status }) => status === 422).length).toBeLessThanOrEqual(5)
          expect(right(answers).length).toBeLessThanOrEqual(1)
          expect(await sessionsOf(app, email)).toHaveLength(right(answers).length)
        },
      }
    },
  },
  {
    name: 'forty sign-ups with one code make one account and one session',
    vars: signUp,
    arrange: async (app) => {
      const email = someAddress()
      const starts = times(40, byCode((await mailed(app, email)).byCode))
      return {
        starts,
        check: async ({ answers }) => {
          await wonByOne(app, email, answers)
          expect(await rows(app, 'select id from users where email = ?', email)).toHaveLength(1)
        },
      }
    },
  },
  {
    name: 'two second steps of one mail start one session',
    vars,
    arrange: async (app) => {
      const { email, user } = await someoneSignedIn(app)
      const { code } = await addApp(app, user.id)
      const [recoveryCode] = await addRecoveryCodes(app, user.id)
      await app.db.prepare('delete from sessions where user_id = ?').bind(user.id).run()
      const { byCode: json } = await mailed(app, email)
      const first = await app.call('POST /api/auth/login/mail/code', { json })
      const { challenge } = (await first.json()) as { challenge: string }
      const given = [{ code: await code() }, { recovery_code: recoveryCode }]
      const starts = given.map(
        (one): Start =>
          (a) =>
            a.call('POST /api/auth/login/code', { json: { challenge, ...one } }),
      )
      return { starts, check: ({ answers }) => wonByOne(app, email, answers) }
    },
  },
  ...(['a reset of the password', 'an admin who disables the user'] as const).map(
    (name): Race => ({
      name: `a log-in by mail during ${name} leaves no session (ASVS 7.4.2)`,
      vars,
      arrange: async (app) => {
        const user = await someoneSignedIn(app)
        const { byCode: code, byLink: link } = await mailed(app, user.email)
        const { access_token: bearer } = await asAdmin(app)
        const token = await forgotten(app, user.email)
        const ways: Record<typeof name, Start> = {
          'a reset of the password': reset(token, newPassword),
          'an admin who disables the user': (a) =>
            a.call(`PUT /api/admin/users/${user.user.id}/status`, { bearer, json: { status: 'disabled' } }),
        }
        return {
          starts: [byCode(code), ways[name], byLink(link)],
          check: async ({ answers: [one, end, other] }) => {
            expect(statusesOf([end!])).toEqual([200])
            for (const reply of [one!, other!]) {
              expect([200, ...refusals]).toContain(reply.status)
              if (reply.status !== 200) continue
              const { access_token } = (await reply.clone().json()) as SessionBody
              expect((await profile(app, access_token)).status).toBe(401)
            }
          },
        }
      },
    }),
  ),
]
