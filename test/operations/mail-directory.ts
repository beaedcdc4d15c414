import { failedMail } from '../support/app/failed-mails.ts'
import * as populated from '../support/budgets/populated.ts'
import { read } from '../support/faults/arranged-admin.ts'
import { isTrue, theAdmin } from '../support/faults/fault-world.ts'
import type { Operations } from './operation.ts'

export const mailDirectory: Operations = {
  'GET /api/admin/mails': {
    costs: {
      'failed mails': { trips: [2, 1], statements: [3, 2], rows: [60, 4], request: populated.asAdmin },
      'waiting mails': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [60, 4],
        request: (world) => ({ ...populated.asAdmin(world), query: '?state=waiting' }),
      },
      'those of a user': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [60, 4],
        request: async (world) => ({
          ...populated.asAdmin(world),
          query: `?user=${(await world.logIn()).user.id}`,
        }),
      },
    },
    faults: [read()],
  },
  'POST /api/admin/mails/{id}/retry': {
    arrange: async (app) => ({ id: await failedMail(app), json: {} }),
    costs: {
      'a failed mail': {
        trips: [2, 1],
        statements: [5, 3],
        rows: [287, 8],
        mails: 1,
        request: async (world) => ({ ...populated.asAdmin(world), id: await failedMail(world.app) }),
      },
      'an unknown mail': {
        status: 404,
        trips: 2,
        statements: 5,
        rows: [143, 0],
        request: (world) => ({ ...populated.asAdmin(world), id: 'A'.repeat(22) }),
      },
    },
    faults: [
      {
        status: 200,
        again: 404,
        arrange: async (app) => {
          const { access_token: bearer } = await theAdmin(app)
          const id = await failedMail(app)
          return {
            request: { id, bearer },
            done: (later) =>
              isTrue(later, 'select 1 from mail where id = ? and coalesce(sent_at, next_attempt_at) is not null', id),
          }
        },
      },
    ],
  },
}
