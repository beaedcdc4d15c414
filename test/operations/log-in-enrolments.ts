import {
  appConfirmed,
  codeAskedFor,
  enrolmentBegun,
  memberWhoMustEnrol,
  passkeyMade,
  refusedUntilEnrolled,
} from '../support/app/log-in-enrolments.ts'
import type { World } from '../support/app/population.ts'
import { inAMinute } from '../support/app/second-factors.ts'
import { alterUser, type TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import type { Operations } from './operation.ts'

/** A user of whom an admin requires a factor, with a known device, in a populated database. */
const knownIn = async ({ app, logIn }: World) => {
  const { email, device } = await logIn()
  await alterUser(app, email, { mfaRequired: true })
  return { email, cookies: { device } }
}

const requiredIn = async (world: World) => (await knownIn(world)).email

const refused = async (app: TestApp) => ({
  challenge: (await refusedUntilEnrolled(app, await memberWhoMustEnrol(app))).challenge,
})

const asked = async (app: TestApp) => ({ ...(await codeAskedFor(app, await memberWhoMustEnrol(app))), type: 'totp' })

const wrong = async (app: TestApp, email: string) => {
  const { challenge, mail_code } = await codeAskedFor(app, email)
  return { challenge, type: 'totp', mail_code: mail_code === '0000 0000' ? '1111 1111' : '0000 0000' }
}

const confirmed = async (app: TestApp, email: string, steps = 0) =>
  appConfirmed(app, await enrolmentBegun(app, email), steps)

export const logInEnrolments: Operations = {
  'POST /api/auth/login/enrol/mail': {
    json: refused,
    arrange: async (app) => ({ json: await refused(app) }),
    costs: {
      'a right challenge': {
        trips: [2, 1],
        statements: [7, 3],
        rows: [20, 6],
        mails: 1,
        request: async (world) => {
          const { challenge } = await refusedUntilEnrolled(world.app, await requiredIn(world))
          return { json: { challenge } }
        },
      },
      'a challenge that is forged': { status: 400, request: () => ({ json: { challenge: 'forged' } }) },
      'stopped by the shield': { status: 429, request: () => ({ app: populated.shut().app, json: {} }) },
    },
    faults: [
      {
        name: 'ask for the code of an enrolment',
        byTheClock: true,
        status: 200,
        // One mail in a minute.
        again: 429,
        arrange: async (app) => ({ request: { json: await refused(app) } }),
      },
    ],
  },
  'POST /api/auth/login/enrol/options': {
    json: asked,
    arrange: async (app) => ({ json: await asked(app) }),
    costs: {
      'the right code': {
        trips: 2,
        statements: 5,
        rows: [10, 2],
        request: async (world) => ({
          json: { ...(await codeAskedFor(world.app, await requiredIn(world))), type: 'passkey' },
        }),
      },
      'a wrong code': {
        status: 422,
        trips: [2, 1],
        statements: [5, 4],
        rows: [20, 5],
        request: async (world) => ({ json: await wrong(world.app, await requiredIn(world)) }),
      },
      'a challenge that has it': {
        trips: 1,
        statements: 3,
        rows: [8, 0],
        request: async (world) => {
          const { challenge } = await enrolmentBegun(world.app, await requiredIn(world))
          return { json: { challenge, type: 'passkey' } }
        },
      },
      'stopped by the shield': {
        status: 429,
        request: () => ({ app: populated.shut().app, json: { challenge: 'forged', type: 'totp' } }),
      },
    },
    faults: [
      {
        name: 'begin to enrol at log-in',
        status: 200,
        // The code works once.
        again: 422,
        arrange: async (app) => ({ request: { json: await asked(app) } }),
      },
      {
        name: 'give a wrong code at an enrolment',
        status: 422,
        again: 422,
        arrange: async (app) => ({ request: { json: await wrong(app, await memberWhoMustEnrol(app)) } }),
      },
    ],
  },
  'POST /api/auth/login/enrol': {
    json: async (app) => confirmed(app, await memberWhoMustEnrol(app)),
    arrange: async (app) => ({ json: await confirmed(app, await memberWhoMustEnrol(app)) }),
    fine: ['name missing', 'name null', 'credential missing'],
    costs: {
      'with an app': {
        trips: [2, 1],
        statements: [29, 3],
        rows: [110, 35],
        kv: { puts: 2 },
        mails: 1,
        request: async (world) => {
          const { email, cookies } = await knownIn(world)
          return { json: await confirmed(world.app, email), cookies }
        },
      },
      'with a passkey': {
        trips: [2, 1],
        statements: [30, 3],
        rows: [110, 35],
        kv: { puts: 2 },
        mails: 1,
        request: async (world) => {
          const { email, cookies } = await knownIn(world)
          return { json: (await passkeyMade(await enrolmentBegun(world.app, email, 'passkey'))).json, cookies }
        },
      },
      'stopped by the shield': {
        status: 429,
        request: () => ({
          app: populated.shut().app,
          json: { challenge: 'forged', enrolment: 'none', code: '123456' },
        }),
      },
    },
    faults: [
      {
        name: 'enrol an app at log-in',
        byTheClock: true,
        status: 200,
        // The account has a second factor now.
        again: 400,
        arrange: async (app) => ({
          request: { json: await confirmed(app, await memberWhoMustEnrol(app), inAMinute) },
        }),
      },
      {
        name: 'enrol a passkey at log-in',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const begun = await enrolmentBegun(app, await memberWhoMustEnrol(app), 'passkey')
          return { request: { json: (await passkeyMade(begun)).json } }
        },
      },
    ],
  },
}
