import { inAMinute, wrongCode } from '../support/app/second-factors.ts'
import { somePassword, type TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { someoneWithFactors } from '../support/faults/arranged.ts'
import type { Operations } from './operation.ts'

const challengeOf = async (app: TestApp, email: string) => {
  const first = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
  return ((await first.json()) as { challenge: string }).challenge
}

export const logInCodes: Operations = {
  'POST /api/auth/login/code': {
    json: async (app) => {
      const { email, code } = await someoneWithFactors(app)
      return { challenge: await challengeOf(app, email), code: await code() }
    },
    fine: ['recovery_code missing', 'recovery_code null', 'recovery_code empty', 'trust_device missing'],
    costs: {
      'a right code': {
        trips: 2,
        statements: 19,
        rows: [70, 15],
        request: async (world) => {
          const { email, device, code } = await populated.withFactors(world)
          return {
            json: { challenge: await challengeOf(world.app, email), code: await code() },
            cookies: { device },
          }
        },
      },
      'a recovery code': {
        trips: [2, 1],
        statements: [21, 3],
        rows: [70, 18],
        mails: 1,
        request: async (world) => {
          const { email, device, recoveryCodes } = await populated.withFactors(world)
          return {
            json: { challenge: await challengeOf(world.app, email), recovery_code: recoveryCodes[0] },
            cookies: { device },
          }
        },
      },
      'a wrong code': {
        status: 422,
        trips: [2, 1],
        statements: [5, 4],
        rows: [20, 5],
        request: async (world) => {
          const { email, code } = await populated.withFactors(world)
          return { json: { challenge: await challengeOf(world.app, email), code: await wrongCode(code) } }
        },
      },
      'a challenge that is forged': {
        status: 400,
        request: () => ({ json: { challenge: 'forged', code: '123456' } }),
      },
      'stopped by the shield': {
        status: 429,
        request: () => ({ app: populated.shut().app, json: { challenge: 'forged', code: '123456' } }),
      },
    },
    faults: [
      {
        name: 'finish a log-in by a code',
        byTheClock: true,
        status: 200,
        again: 422,
        arrange: async (app) => {
          const { email, code } = await someoneWithFactors(app)
          return { request: { json: { challenge: await challengeOf(app, email), code: await code(inAMinute) } } }
        },
      },
      {
        name: 'finish a log-in by a recovery code',
        status: 200,
        again: 422,
        arrange: async (app) => {
          const { email, recoveryCodes } = await someoneWithFactors(app)
          return { request: { json: { challenge: await challengeOf(app, email), recovery_code: recoveryCodes[0] } } }
        },
      },
      {
        name: 'fail to finish a log-in',
        status: 422,
        again: 422,
        arrange: async (app) => {
          const { email, code } = await someoneWithFactors(app)
          return { request: { json: { challenge: await challengeOf(app, email), code: await wrongCode(code) } } }
        },
      },
    ],
  },
}
