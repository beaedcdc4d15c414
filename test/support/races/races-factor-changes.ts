import { expect } from 'vitest'
import { beginTotp, codeFor, type Enrolment, withBoth } from '../app/enrolments.ts'
import { addApp, addRecoveryCodes } from '../app/second-factors.ts'
import { alterUser, logIn, newPassword, type SessionBody, somePassword, type TestApp } from '../app/support.ts'
import { rows, someoneSignedIn } from '../faults/fault-world.ts'
import { proofHeader } from '../way-back/way-back-world.ts'
import type { Race, Start } from './race-runs.ts'
import { asAdmin, replacePassword, times } from './races-sessions.ts'

const confirm =
  ({ access_token: bearer }: SessionBody, { enrolment, secret }: Enrolment): Start =>
  async (app) => {
    const json = { enrolment, code: await codeFor(app, secret), current_password: somePassword }
    return app.call('POST /api/user/factors/totp/confirm', { bearer, json })
  }

const appsOf = (app: TestApp, id: string) => rows(app, 'select id from totp where user_id = ?', id)

const count = (answers: Response[], status: number) => answers.filter((answer) => answer.status === status).length

/** Whether `factors` says what there is. */
const consistent = async (app: TestApp, id: string) => {
  const [user] = await rows(app, 'select factors from users where id = ?', id)
  const codes = await rows(app, 'select set_id from recovery_codes where user_id = ?', id)
  const apps = (await appsOf(app, id)).length
  expect(user?.factors).toBe((apps > 0 ? 1 : 0) + (codes.length > 0 ? 8 : 0))
  expect(codes).toHaveLength(apps > 0 ? 1 : 0)
}

/** A user with two apps who logged in with both factors. */
const holder = async (app: TestApp) => {
  const session = await someoneSignedIn(app)
  const apps = [await addApp(app, session.user.id), await addApp(app, session.user.id)]
  await addRecoveryCodes(app, session.user.id)
  await withBoth(app, session)
  return { session, apps }
}

/** The removal of one factor by an admin. */
const removeOne =
  (admin: SessionBody, id: string, factor: string): Start =>
  (app) =>
    app.call(`DELETE /api/admin/users/${id}/factors/${factor}`, { bearer: admin.access_token })

export const factorChangeRaces: Race[] = [
  {
    name: 'an enrolment that is confirmed five times at once adds one app, and its codes are shown once',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const enrolment = await beginTotp(app, session.access_token)
      return {
        starts: times(5, confirm(session, enrolment)),
        check: async ({ answers }) => {
          expect(count(answers, 201)).toBe(1)
          expect(await appsOf(app, session.user.id)).toHaveLength(1)
          await consistent(app, session.user.id)
        },
      }
    },
  },
  {
    name: 'the password adds one app, however many enrolments are confirmed with it at once',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const enrolments = [1, 2, 3].map(() => beginTotp(app, session.access_token))
      return {
        starts: (await Promise.all(enrolments)).map((enrolment) => confirm(session, enrolment)),
        check: async ({ answers }) => {
          expect(count(answers, 201)).toBe(1)
          expect(await appsOf(app, session.user.id)).toHaveLength(1)
          await consistent(app, session.user.id)
        },
      }
    },
  },
  {
    name: 'an app that is added during log-ins with the password alone leaves no session without it',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const enrolment = await beginTotp(app, session.access_token)
      const enter: Start = (a) =>
        a.call('POST /api/auth/login', { json: { email: session.email, password: somePassword } })
      return {
        starts: [...times(3, enter), confirm(session, enrolment)],
        check: async ({ answers }) => {
          const added = answers[3]!.status === 201
          const left = await rows(app, 'select id from sessions where user_id = ? and mfa_at is null', session.user.id)
          if (added) expect(left).toEqual([])
          await consistent(app, session.user.id)
        },
      }
    },
  },
  {
    name: 'an app that is added during a change of the password comes with the one or the other session',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const other = await logIn(app, session.email)
      const enrolment = await beginTotp(app, session.access_token)
      return {
        starts: [confirm(session, enrolment), replacePassword(other, newPassword)],
        check: async ({ answers: [added, changed] }) => {
          expect([added!.ok, changed!.ok].filter(Boolean)).toHaveLength(1)
          expect(await appsOf(app, session.user.id)).toHaveLength(added!.ok ? 1 : 0)
        },
      }
    },
  },
  {
    name: 'one proof removes one of two apps',
    arrange: async (app) => {
      const { session, apps } = await holder(app)
      const remove =
        (id: string): Start =>
        (a) =>
          a.call(`DELETE /api/user/factors/totp/${id}`, {
            bearer: session.access_token,
            headers: proofHeader(session.proof),
          })
      return {
        starts: apps.map(({ id }) => remove(id)),
        check: async ({ answers }) => {
          expect(count(answers, 200)).toBe(1)
          expect(await appsOf(app, session.user.id)).toHaveLength(1)
          await consistent(app, session.user.id)
        },
      }
    },
  },
  {
    name: 'two admins leave one of two apps to a user who must have one',
    arrange: async (app) => {
      const { session, apps } = await holder(app)
      const admins = [await asAdmin(app), await asAdmin(app)]
      await alterUser(app, session.email, { mfaRequired: true })
      return {
        starts: apps.map((one, i) => removeOne(admins[i]!, session.user.id, one.id)),
        check: async ({ answers }) => {
          expect(count(answers, 200)).toBe(1)
          expect(await appsOf(app, session.user.id)).toHaveLength(1)
          await consistent(app, session.user.id)
        },
      }
    },
  },
  {
    name: 'an admin and the owner leave one of two apps to an owner who must have one',
    arrange: async (app) => {
      const { session, apps } = await holder(app)
      const admin = await asAdmin(app)
      await alterUser(app, session.email, { mfaRequired: true })
      const own: Start = (a) =>
        a.call(`DELETE /api/user/factors/totp/${apps[0]!.id}`, {
          bearer: session.access_token,
          headers: proofHeader(session.proof),
        })
      return {
        starts: [own, removeOne(admin, session.user.id, apps[1]!.id)],
        check: async ({ answers }) => {
          expect(count(answers, 200)).toBe(1)
          expect(await appsOf(app, session.user.id)).toHaveLength(1)
          await consistent(app, session.user.id)
        },
      }
    },
  },
  {
    name: 'five removals of one app by an admin remove it once, and its owner gets one mail',
    arrange: async (app) => {
      const { session, apps } = await holder(app)
      const admin = await asAdmin(app)
      return {
        starts: times(5, removeOne(admin, session.user.id, apps[0]!.id)),
        check: async ({ answers, mails }) => {
          expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404, 404])
          expect(await appsOf(app, session.user.id)).toHaveLength(1)
          expect(mails.filter(({ subject }) => subject.startsWith('An authenticator app was removed'))).toHaveLength(1)
          await consistent(app, session.user.id)
        },
      }
    },
  },
  {
    name: 'the factors that an admin removes during a change of them are gone, with their codes',
    arrange: async (app) => {
      const { session } = await holder(app)
      const admin = await asAdmin(app)
      const codes: Start = (a) =>
        a.call('POST /api/user/factors/recovery-codes', {
          bearer: session.access_token,
          headers: proofHeader(session.proof),
        })
      const reset: Start = (a) =>
        a.call(`DELETE /api/admin/users/${session.user.id}/factors`, { bearer: admin.access_token })
      return {
        starts: [codes, reset],
        check: async ({ answers: [, removed] }) => {
          if (removed!.ok) expect(await appsOf(app, session.user.id)).toEqual([])
          await consistent(app, session.user.id)
        },
      }
    },
  },
]
