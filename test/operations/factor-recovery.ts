import { lacksFactor, losesFactors, waited } from '../support/app/factor-recovery.ts'
import type { World } from '../support/app/population.ts'
import type { TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { someoneWithFactors } from '../support/faults/arranged.ts'
import { isTrue } from '../support/faults/fault-world.ts'
import { linkTo } from '../support/way-back/way-back-world.ts'
import { type Operations, pageOfLink } from './operation.ts'

const waits =
  "select 1 from mail join users on users.id = mail.user_id where email = ? and kind = 'factor_recovery_ready'"

/** Someone with factors who has lost them. */
const lost = async (app: TestApp) => {
  const { email } = await someoneWithFactors(app)
  await losesFactors(app, email)
  return email
}

const inWorld = async (world: World) => {
  const { email } = await populated.withFactors(world)
  await losesFactors(world.app, email)
  return email
}

export const factorRecovery: Operations = {
  'POST /api/auth/recover-factors': {
    json: async (app) => ({ challenge: await lacksFactor(app, (await someoneWithFactors(app)).email) }),
    fine: ['challenge missing'],
    costs: {
      'all factors are lost': {
        trips: [2, 1],
        statements: [13, 3],
        rows: [24, 30],
        mails: 1,
        request: async (world) => ({
          json: { challenge: await lacksFactor(world.app, (await populated.withFactors(world)).email) },
        }),
      },
      'a forged challenge': { status: 400, request: () => ({ json: { challenge: 'forged' } }) },
    },
    faults: [
      {
        name: 'say that all second factors are lost',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { email } = await someoneWithFactors(app)
          return {
            request: { json: { challenge: await lacksFactor(app, email) } },
            done: (later) => isTrue(later, waits, email),
            holds: async (later) => !(await isTrue(later, `${waits} limit 1 offset 1`, email)),
          }
        },
      },
    ],
  },
  'POST /api/auth/confirm-factor-recovery': {
    json: async (app) => ({ token: await waited(app, await lost(app)) }),
    costs: {
      'the link': {
        trips: [1, 1],
        statements: [13, 3],
        rows: [60, 25],
        kv: { puts: 2 },
        mails: 1,
        request: async (world) => ({ json: { token: await waited(world.app, await inWorld(world)) } }),
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'remove all second factors after the wait',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const email = await lost(app)
          const token = await waited(app, email)
          return {
            request: { json: { token } },
            done: (later) => isTrue(later, 'select 1 from users where email = ? and factors = 0', email),
          }
        },
      },
    ],
  },
  'GET /api/auth/confirm-factor-recovery': pageOfLink,
  'POST /api/auth/cancel-factor-recovery': {
    json: async (app) => ({ token: linkTo(app, await lost(app), 'cancel-factor-recovery') }),
    costs: {
      'the link': {
        trips: 1,
        statements: 3,
        rows: [20, 15],
        request: async (world) => ({
          json: { token: linkTo(world.app, await inWorld(world), 'cancel-factor-recovery') },
        }),
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'keep the second factors',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const email = await lost(app)
          return {
            request: { json: { token: linkTo(app, email, 'cancel-factor-recovery') } },
            done: async (later) => !(await isTrue(later, `${waits} and expires_at > ?`, email, later.now().getTime())),
          }
        },
      },
    ],
  },
  'GET /api/auth/cancel-factor-recovery': pageOfLink,
}
