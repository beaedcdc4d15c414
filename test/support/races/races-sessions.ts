import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import {
  alterUser,
  approveChange,
  changePassword,
  confirmEmail,
  linkIn,
  logIn,
  member,
  newPassword,
  profile,
  refresh,
  type SessionBody,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../app/support.ts'
import { changing, endByLink, moved, toldOfADevice } from '../faults/arranged.ts'
import { isLive, passwordIs, rows, sidOf, someone, someoneSignedIn } from '../faults/fault-world.ts'
import type { Race, Start } from './race-runs.ts'

export const statusesOf = (answers: Response[]) => answers.map(({ status }) => status).sort()

const body = async (response: Response) => (await response.clone().json()) as SessionBody

export const times = (number: number, start: Start) => Array.from({ length: number }, () => start)

const renew =
  ({ refresh_token }: SessionBody): Start =>
  (app) =>
    refresh(app, refresh_token)

export const forgotten = async (app: TestApp, email: string) => {
  app.wait({ minutes: 2 })
  await app.call('POST /api/auth/forgot-password', { json: { email } })
  return linkIn(app, email)
}

export const reset =
  (token: string, new_password: string): Start =>
  (app) =>
    app.call('POST /api/auth/reset-password', { json: { token, new_password } })

export const replacePassword =
  ({ access_token: bearer }: SessionBody, fresh: string, current?: string): Start =>
  (app) =>
    changePassword(app, { bearer }, current, fresh)

export const asAdmin = async (app: TestApp) => {
  const admin = await someoneSignedIn(app)
  await alterUser(app, admin.email, { role: 'admin' })
  return admin
}

const generationOf = async (app: TestApp, session: SessionBody) =>
  (await rows(app, 'select generation from sessions where id = ?', sidOf(session)))[0]?.generation

/** Everything that ends a session: the session itself, another one of the user, the user's mailbox, an admin. */
const endings: {
  name: string
  ids: string
  arrange: (app: TestApp) => Promise<{ session: SessionBody; end: Start }>
}[] = [
  {
    name: 'a log-out by its refresh token',
    ids: 'R8',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      return {
        session,
        end: (a) => a.call('POST /api/auth/logout', { json: { refresh_token: session.refresh_token } }),
      }
    },
  },
  {
    name: 'a log-out by its access token',
    ids: 'R8',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      return { session, end: (a) => a.call('POST /api/auth/logout', { bearer: session.access_token }) }
    },
  },
  {
    name: 'a reset by mail',
    ids: 'R9, A-17',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      return { session, end: reset(await forgotten(app, session.email), newPassword) }
    },
  },
  {
    name: 'a new password, by another session',
    ids: 'R9',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      return { session, end: replacePassword(await logIn(app, session.email), newPassword) }
    },
  },
  {
    name: 'another session that ends it',
    ids: 'R9, ASVS 7.5.2',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const { access_token } = await logIn(app, session.email)
      return { session, end: (a) => a.call(`DELETE /api/user/sessions/${sidOf(session)}`, { bearer: access_token }) }
    },
  },
  {
    name: 'another session that ends all others',
    ids: 'R9, ASVS 7.4.3',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const { access_token } = await logIn(app, session.email)
      return { session, end: (a) => a.call('DELETE /api/user/sessions', { bearer: access_token }) }
    },
  },
  {
    name: 'the deletion of the account',
    ids: 'R9, A-36',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const { access_token } = await logIn(app, session.email)
      const json = { current_password: somePassword }
      return { session, end: (a) => a.call('DELETE /api/user/account', { bearer: access_token, json }) }
    },
  },
  {
    name: 'a scheduled deletion of the account',
    ids: 'R9, A-36',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const { access_token } = await logIn(app, session.email)
      return { session, end: (a) => a.call('DELETE /api/user/account', { bearer: access_token }) }
    },
  },
  {
    name: 'the approval of another address',
    ids: 'R9, A-16',
    arrange: async (app) => {
      const { session, other, b: next } = await changing(app, {})
      await confirmEmail(app, linkIn(app, next), { bearer: session.access_token })
      const token = linkIn(app, session.email, 'approve-email-change')
      return { session: other, end: (a) => approveChange(a, token) }
    },
  },
  {
    name: 'a change of address that is undone',
    ids: 'R9, A-16',
    arrange: async (app) => {
      const { session, link: token } = await moved(app)
      return { session, end: (a) => a.call('POST /api/auth/revert-email-change', { json: { token } }) }
    },
  },
  {
    name: 'the cancellation of a change of address that it requested',
    ids: 'R9, A-16',
    arrange: async (app) => {
      const { session } = await changing(app)
      const token = linkIn(app, session.email, 'cancel-email-change')
      return { session, end: (a) => a.call('POST /api/auth/cancel-email-change', { json: { token } }) }
    },
  },
  {
    name: 'a new password, by itself',
    ids: 'R9, ASVS 7.2.4',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      return { session, end: replacePassword(session, newPassword) }
    },
  },
  {
    name: 'the confirmation of another address',
    ids: 'R9, A-16',
    arrange: async (app) => {
      const { session, other, b: next } = await changing(app)
      const token = linkIn(app, next)
      return { session: other, end: (a) => confirmEmail(a, token, { bearer: session.access_token }) }
    },
  },
  {
    name: 'the link in a mail about it',
    ids: 'R9',
    arrange: async (app) => {
      const { other, token } = await toldOfADevice(app)
      return { session: other, end: (a) => endByLink(a, token) }
    },
  },
  ...(
    [
      ['deletes', 'DELETE', '', undefined],
      ['disables', 'PUT', '/status', { status: 'disabled' }],
      ['ends the sessions of', 'DELETE', '/sessions', undefined],
      ['takes the verification from', 'PATCH', '', { email_verified: false }],
    ] as const
  ).map(([verb, method, rest, json]) => ({
    name: `an admin who ${verb} the user`,
    ids: 'R9, ASVS 7.4.2, 7.4.5',
    arrange: async (app: TestApp) => {
      const session = await someoneSignedIn(app)
      const { access_token: bearer } = await asAdmin(app)
      const path = `${method} /api/admin/users/${session.user.id}${rest}`
      return { session, end: (a: TestApp) => a.call(path, { bearer, json }) }
    },
  })),
]

export const sessionRaces: Race[] = [
  {
    name: 'twenty refreshes of one token get the same successor, and advance the session once (R6)',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      return {
        starts: times(20, renew(session)),
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual(Array(20).fill(200))
          const bodies = await Promise.all(answers.map(body))
          expect(new Set(bodies.map(({ refresh_token }) => refresh_token)).size).toBe(1)
          expect(await generationOf(app, session)).toBe(1)
          expect((await refresh(app, bodies[7]!.refresh_token)).status).toBe(200)
        },
      }
    },
  },
  {
    name: 'of twenty refreshes without a grace time, one works and nineteen are reuse (R7)',
    vars: { REFRESH_GRACE_SECONDS: '0' },
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      return {
        starts: times(20, renew(session)),
        check: async ({ answers, mails }) => {
          expect(statusesOf(answers)).toEqual([200, ...Array(19).fill(401)])
          const winner = answers.find(({ status }) => status === 200)!
          expect((await refresh(app, (await body(winner)).refresh_token)).status).toBe(401)
          expect(mails.filter(({ subject }) => subject.includes('logged out'))).toHaveLength(1)
        },
      }
    },
  },
  {
    name: 'refreshes of one token while the keys change get the same successor (R6, R13, F15)',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const turned: Start = async (like) => {
        const vars = { TOKEN_KEYS: env.TOKEN_KEYS.split(',').toReversed().join() }
        const other = startApp({ vars })
        other.wait({ seconds: (like.now().getTime() - other.now().getTime()) / 1000 })
        return refresh(other, session.refresh_token)
      }
      return {
        starts: [...times(4, renew(session)), ...times(4, turned)],
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual(Array(8).fill(200))
          const bodies = await Promise.all(answers.map(body))
          expect(new Set(bodies.map(({ refresh_token }) => refresh_token)).size).toBe(1)
        },
      }
    },
  },
  {
    name: 'a stolen token that is sent ten times at once ends the session, and its owner gets one notice (R2, R4, R17)',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const child = await body(await refresh(app, session.refresh_token))
      const grandchild = await body(await refresh(app, child.refresh_token))
      return {
        starts: times(10, renew(session)),
        check: async ({ answers, mails }) => {
          expect(statusesOf(answers)).toEqual(Array(10).fill(401))
          expect((await refresh(app, grandchild.refresh_token)).status).toBe(401)
          expect(mails.filter(({ subject }) => subject.includes('logged out'))).toHaveLength(1)
        },
      }
    },
  },
  ...endings.map(
    ({ name, ids, arrange }): Race => ({
      name: `a refresh, and one more, during ${name} leave nothing alive (${ids})`,
      arrange: async (app) => {
        const { session, end } = await arrange(app)
        return {
          starts: [renew(session), renew(session), end],
          check: async ({ answers }) => {
            expect(answers[2]!.status).toBe(200)
            for (const answer of answers.slice(0, 2)) {
              expect([200, 401]).toContain(answer.status)
              const tokens = answer.status === 200 ? await body(answer) : session
              expect((await profile(app, tokens.access_token)).status).toBe(401)
              expect((await refresh(app, tokens.refresh_token)).status).toBe(401)
            }
          },
        }
      },
    }),
  ),
  {
    name: 'a re-authentication during a log-out leaves no session (R8)',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const bearer = session.access_token
      return {
        starts: [
          (a) => stepUp(a, { bearer, json: { password: somePassword } }),
          (a) => a.call('POST /api/auth/logout', { bearer }),
        ],
        check: async ({ answers: [again, out] }) => {
          expect(out!.status).toBe(200)
          const tokens = again!.status === 200 ? await body(again!) : session
          expect((await profile(app, tokens.access_token)).status).toBe(401)
          expect((await refresh(app, tokens.refresh_token)).status).toBe(401)
        },
      }
    },
  },
  ...(['a reset by mail', 'the deletion of the account', 'an admin who disables the user'] as const).map(
    (name): Race => ({
      name: `log-ins with the old password during ${name} leave no session (A-17, R9, ASVS 7.4.2)`,
      arrange: async (app) => {
        const { session, end } = await endings.find((ending) => ending.name === name)!.arrange(app)
        const { email } = session.user
        const enter: Start = (a) => a.call('POST /api/auth/login', { json: { email, password: somePassword } })
        return {
          starts: [enter, end, enter],
          check: async ({ answers }) => {
            for (const answer of [answers[0]!, answers[2]!]) {
              expect([200, 401]).toContain(answer.status)
              if (answer.status === 200)
                expect((await profile(app, (await body(answer)).access_token)).status).toBe(401)
            }
            expect(await passwordIs(app, email, somePassword)).toBe(false)
          },
        }
      },
    }),
  ),
  {
    name: 'eight log-ins added to eighteen sessions leave twenty (ASVS 7.1.2)',
    vars: { THROTTLE_FACTOR: '10' },
    arrange: async (app) => {
      const email = await someone(app)
      const json = { email, password: somePassword }
      for (let n = 0; n < 18; n++) await app.call('POST /api/auth/login', { json })
      return {
        starts: times(8, (a) => a.call('POST /api/auth/login', { json })),
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual(Array(8).fill(200))
          const live = await rows(
            app,
            'select 1 from sessions where user_id = (select id from users where email = ?)',
            email,
          )
          expect(live).toHaveLength(20)
        },
      }
    },
  },
  {
    name: 'simultaneous log-ins with a hash that is to be renewed all succeed',
    arrange: async (app) => {
      const older = startApp({ vars: { PASSWORD_SCRYPT: 'ln=2,r=8,p=1' } })
      const email = await member(older)
      return {
        starts: times(4, (a) => a.call('POST /api/auth/login', { json: { email, password: somePassword } })),
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual([200, 200, 200, 200])
          for (const answer of answers) expect(await isLive(await body(answer))(app)).toBe(true)
        },
      }
    },
  },
]
