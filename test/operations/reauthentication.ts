import { addApp, inAMinute } from '../support/app/second-factors.ts'
import { newPassword, somePassword } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { isLive, someoneSignedIn } from '../support/faults/fault-world.ts'
import type { Operations } from './operation.ts'

export const reauthentication: Operations = {
  'POST /api/auth/reauthenticate': {
    json: () => ({ password: somePassword }),
    fine: ['otp missing', 'otp null', 'otp empty'],
    costs: {
      right: {
        trips: 2,
        statements: 9,
        rows: [24, 6],
        hashes: 1,
        request: async ({ logIn }) => ({ json: { password: somePassword }, bearer: (await logIn()).access_token }),
      },
      wrong: {
        status: 422,
        trips: 2,
        statements: 13,
        rows: [19, 5],
        hashes: 1,
        request: async ({ logIn }) => ({
          json: { password: populated.wrongPassword },
          bearer: (await logIn()).access_token,
        }),
      },
      'right, with a code': {
        trips: 2,
        statements: 13,
        rows: [36, 7],
        hashes: 1,
        request: async (world) => {
          const { access_token: bearer, code } = await populated.withFactors(world)
          return { json: { password: somePassword, otp: await code() }, bearer }
        },
      },
      'wrong for the tenth time': {
        status: 422,
        trips: [2, 1],
        statements: [13, 3],
        rows: [38, 14],
        kv: { puts: 1 },
        mails: 1,
        hashes: 1,
        request: async ({ strict, logIn }, operation) => {
          const call = { json: { password: populated.wrongPassword }, bearer: (await logIn()).access_token }
          for (let n = 0; n < 9; n++) await strict.call(operation, call)
          return { app: strict, ...call }
        },
      },
    },
    faults: [
      {
        name: 'give the password again',
        status: 200,
        // The session was renewed, and the older token still names it.
        again: 200,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          return {
            request: { json: { password: somePassword }, bearer: session.access_token },
            holds: isLive(session),
          }
        },
      },
      {
        name: 'give the password again, and a code',
        byTheClock: true,
        status: 200,
        again: 422,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          const { code } = await addApp(app, session.user.id)
          return {
            request: { json: { password: somePassword, otp: await code(inAMinute) }, bearer: session.access_token },
            holds: isLive(session),
          }
        },
      },
      {
        name: 'give a wrong password again in a session',
        status: 422,
        again: 422,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          return {
            request: { json: { password: newPassword }, bearer: session.access_token },
            holds: isLive(session),
          }
        },
      },
    ],
  },
}
