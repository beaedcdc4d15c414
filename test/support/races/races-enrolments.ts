import { expect } from 'vitest'
import {
  appConfirmed,
  codeAskedFor,
  enrolmentBegun,
  enrolOperation,
  memberWhoMustEnrol,
  optionsOperation,
  passkeyMade,
} from '../app/log-in-enrolments.ts'
import { linkIn, newPassword, type TestApp } from '../app/support.ts'
import { rows } from '../faults/fault-world.ts'
import type { Race, Start } from './race-runs.ts'
import { statusesOf, times } from './races-sessions.ts'

const held = (app: TestApp, email: string, table: 'sessions' | 'totp' | 'passkeys' | 'recovery_codes') =>
  rows(app, `select user_id from ${table} where user_id = (select id from users where email = ?)`, email)

const enrols =
  (json: object): Start =>
  (app) =>
    app.call(enrolOperation, { json })

/** One request added a factor and started the session, and neither exists without the other. */
const wonByOne = async (app: TestApp, email: string, answers: Response[]) => {
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(statusesOf(answers).filter((status) => ![200, 400].includes(status))).toEqual([])
  expect(await held(app, email, 'sessions')).toHaveLength(1)
  expect([...(await held(app, email, 'totp')), ...(await held(app, email, 'passkeys'))]).toHaveLength(1)
  expect(await held(app, email, 'recovery_codes')).toHaveLength(1)
}

export const enrolmentRaces: Race[] = [
  {
    name: 'twenty enrolments with one code of an app add one factor and start one session (ASVS 6.5.1)',
    arrange: async (app) => {
      const email = await memberWhoMustEnrol(app)
      const json = await appConfirmed(app, await enrolmentBegun(app, email))
      return { starts: times(20, enrols(json)), check: ({ answers }) => wonByOne(app, email, answers) }
    },
  },
  {
    name: 'an app and a passkey that are enrolled at once are one factor and one session',
    arrange: async (app) => {
      const email = await memberWhoMustEnrol(app)
      const begun = await enrolmentBegun(app, email)
      const json = { challenge: begun.challenge, type: 'passkey' }
      const other = (await (await app.call(optionsOperation, { json })).json()) as typeof begun
      const starts = [enrols(await appConfirmed(app, begun)), enrols((await passkeyMade(other)).json)]
      return { starts: [...starts, ...starts], check: ({ answers }) => wonByOne(app, email, answers) }
    },
  },
  {
    name: 'twenty requests with one mailed code: it counts once',
    arrange: async (app) => {
      const email = await memberWhoMustEnrol(app)
      const given = { ...(await codeAskedFor(app, email)), type: 'totp' }
      return {
        starts: times(20, (app) => app.call(optionsOperation, { json: given })),
        check: async ({ answers }) => {
          expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
          expect(statusesOf(answers).filter((status) => ![200, 422, 429].includes(status))).toEqual([])
        },
      }
    },
  },
  {
    name: 'an enrolment and a new password at once: one of them voids the other',
    arrange: async (app) => {
      const email = await memberWhoMustEnrol(app)
      const json = await appConfirmed(app, await enrolmentBegun(app, email))
      await app.call('POST /api/auth/forgot-password', { json: { email } })
      const token = linkIn(app, email, 'reset-password')
      const reset: Start = (app) =>
        app.call('POST /api/auth/reset-password', { json: { token, new_password: newPassword } })
      return {
        starts: [enrols(json), reset],
        check: async ({ answers: [enrolled, changed] }) => {
          expect(changed!.status).toBe(200)
          // The new password ends the session, or the enrolment came too late; the factor belongs to a finished one.
          expect(await held(app, email, 'sessions')).toHaveLength(0)
          expect(await held(app, email, 'totp')).toHaveLength(enrolled!.status === 200 ? 1 : 0)
        },
      }
    },
  },
]
