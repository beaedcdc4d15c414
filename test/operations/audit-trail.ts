import * as populated from '../support/budgets/populated.ts'
import { read } from '../support/faults/arranged-admin.ts'
import type { Ask, Operations } from './operation.ts'

/** Reads the audit; `ID` is a user who has just logged in, and `ADMIN` is the admin who reads. */
const audit =
  (more = ''): Ask =>
  async (world) => {
    const id = more.includes('ID') ? (await world.logIn()).user.id : ''
    const query = `?per_page=100${more.replace('ADMIN', world.admin.user.id).replace('ID', id)}`
    return { ...populated.asAdmin(world), query }
  }

export const auditTrail: Operations = {
  'GET /api/admin/audit': {
    costs: {
      '100, the newest': { trips: [2, 1], statements: [3, 2], rows: [127, 4], request: audit() },
      // The newest entries are about up to two people each: how many depends on what ran before.
      '100, with names': {
        trips: [3, 1],
        statements: [4, 2],
        rows: [400, 4],
        request: audit('&names=true'),
      },
      'from the middle': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [140, 4],
        request: (world, operation) => audit(`&cursor=${world.middle.id}`)(world, operation),
      },
      'a common event': { trips: [2, 1], statements: [4, 2], rows: [921, 4], request: audit('&event=logged_in') },
      'a rare event': { trips: [2, 1], statements: [3, 2], rows: [33, 4], request: audit('&event=user_read') },
      'a user': { trips: [2, 1], statements: [3, 2], rows: [32, 4], request: audit('&user=ID') },
      'a user and an event': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [33, 4],
        request: audit('&user=ID&event=logged_in'),
      },
      'an actor': { trips: [2, 1], statements: [3, 2], rows: [57, 4], request: audit('&actor=ADMIN') },
      'an actor and an event': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [59, 4],
        request: audit('&actor=ADMIN&event=user_read'),
      },
      'a user and an actor': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [36, 4],
        request: audit('&user=ID&actor=ADMIN'),
      },
      'a month': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [135, 4],
        request: (world, operation) => {
          const at = Number.parseInt(world.middle.id.replace('-', '').slice(0, 12), 16)
          const [from, to] = [at, at + 30 * 86_400_000].map((time) => new Date(time).toISOString())
          return audit(`&from=${from}&to=${to}`)(world, operation)
        },
      },
    },
    faults: [read()],
  },
}
