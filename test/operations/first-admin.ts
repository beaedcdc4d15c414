import { tokenOfStart } from '../support/app/first-admin.ts'
import { someAddress, somePassword } from '../support/app/support.ts'
import { theAdmin } from '../support/faults/fault-world.ts'
import { either, type Operations } from './operation.ts'

const json = () => ({ token: tokenOfStart(), email: someAddress('chief'), password: somePassword, name: 'Ada' })

export const firstAdmin: Operations = {
  'POST /api/auth/first-admin': {
    json,
    fine: either('name'),
    costs: {
      'there is an admin': {
        status: 404,
        trips: 1,
        statements: 4,
        rows: [6, 0],
        hashes: 1,
        request: () => ({ json: json() }),
      },
      'a forged link': { status: 404, request: () => ({ json: { ...json(), token: 'A'.repeat(43) } }) },
    },
    faults: [
      {
        status: 404,
        again: 404,
        arrange: async (app) => {
          await theAdmin(app)
          return { request: { json: json() } }
        },
      },
    ],
  },
}
