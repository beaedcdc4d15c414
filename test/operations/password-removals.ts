import type { World } from '../support/app/population.ts'
import { logIn, somePassword } from '../support/app/support.ts'
import { isLive, isTrue, someone } from '../support/faults/fault-world.ts'
import type { Operations } from './operation.ts'

const rightPassword = { current_password: somePassword }

const signedIn = async ({ logIn }: World) => ({ bearer: (await logIn()).access_token, json: rightPassword })

export const passwordRemovals: Operations = {
  'DELETE /api/user/password': {
    json: () => rightPassword,
    arrange: async () => ({ json: rightPassword }),
    costs: {
      'by the password': {
        trips: [2, 1],
        statements: [20, 3],
        rows: [81, 15],
        kv: { puts: 1 },
        mails: 1,
        hashes: 1,
        request: signedIn,
      },
      'by a proof': {
        trips: [1, 1],
        statements: [16, 3],
        rows: [66, 14],
        kv: { puts: 1 },
        mails: 1,
        request: async ({ logIn }) => {
          const { access_token: bearer, proof } = await logIn()
          return { bearer, headers: { 'Gatehouse-Proof': proof } }
        },
      },
      'with a recent token alone': {
        status: 403,
        request: async (world) => ({ bearer: (await world.logIn()).access_token }),
      },
    },
    faults: [
      {
        name: 'remove the password',
        status: 200,
        again: 403,
        beside: [403],
        arrange: async (app) => {
          const email = await someone(app)
          const [mine, other] = [await logIn(app, email), await logIn(app, email)]
          return {
            request: { bearer: mine.access_token, headers: { 'Gatehouse-Proof': mine.proof } },
            done: (later) => isTrue(later, 'select 1 from users where email = ? and password is null', email),
            holds: async (later, done) => (await isLive(other)(later)) !== done && (await isLive(mine)(later)),
          }
        },
      },
    ],
  },
}
