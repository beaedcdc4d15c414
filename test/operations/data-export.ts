import * as populated from '../support/budgets/populated.ts'
import { someoneSignedIn } from '../support/faults/fault-world.ts'
import type { Operations } from './operation.ts'

export const dataExport: Operations = {
  'GET /api/user/export': {
    costs: {
      'signed in': { trips: [1, 1], statements: [9, 1], rows: [36, 3], request: populated.signedIn },
    },
    faults: [
      {
        name: 'export',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { access_token } = await someoneSignedIn(app)
          return { request: { bearer: access_token } }
        },
      },
    ],
  },
  'GET /api/user/activity': {
    costs: {
      'signed in': { trips: 1, statements: 2, rows: [20, 0], request: populated.signedIn },
    },
    faults: [
      {
        name: 'list what happened lately',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { access_token } = await someoneSignedIn(app)
          return { request: { bearer: access_token } }
        },
      },
    ],
  },
}
