import * as populated from '../support/budgets/populated.ts'
import { onUser, read } from '../support/faults/arranged-admin.ts'
import type { Operations } from './operation.ts'

export const userDirectory: Operations = {
  'GET /api/admin/users': {
    costs: {
      'the newest 20': { trips: [2, 1], statements: [3, 2], rows: [35, 4], request: populated.asAdmin },
      '100, by e-mail': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [115, 4],
        request: (world) => ({ ...populated.asAdmin(world), query: '?sort=email&per_page=100' }),
      },
      '20 with a filter': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [71, 4],
        request: (world) => ({ ...populated.asAdmin(world), query: '?role=admin&status=active&email_verified=true' }),
      },
      'invited ones': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [41, 4],
        request: (world) => ({ ...populated.asAdmin(world), query: '?invited=true' }),
      },
      'a search': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [849, 4],
        request: (world) => ({ ...populated.asAdmin(world), query: '?search=person' }),
      },
      'an external id': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [12, 4],
        request: populated.byExternalId('external_id'),
      },
      'a search for an external id': {
        trips: [2, 1],
        statements: [3, 2],
        rows: [13, 4],
        request: populated.byExternalId('search'),
      },
    },
    faults: [read(), read('search', '?search=ada')],
  },
  'GET /api/admin/users/{id}': {
    costs: {
      'a user': { trips: [2, 1], statements: [2, 1], rows: [9, 4], request: populated.onUser() },
      'an unknown id': {
        status: 404,
        trips: 2,
        statements: 2,
        rows: [4, 0],
        request: (world) => ({ ...populated.asAdmin(world), id: '00000000-0000-7000-8000-000000000000' }),
      },
    },
    faults: [onUser('read a user')],
  },
  'GET /api/admin/users/{id}/sessions': {
    costs: {
      'a user': { trips: [2, 1], statements: [3, 1], rows: [14, 4], request: populated.onUser() },
    },
    faults: [onUser('list the sessions of a user')],
  },
  'GET /api/admin/users/{id}/factors': {
    costs: { 'a user': { trips: [2, 1], statements: [5, 1], rows: [8, 4], request: populated.onUser() } },
    faults: [onUser('read the factors of a user')],
  },
  'GET /api/admin/stats': {
    costs: {
      'asked by an admin': { trips: 2, statements: 4, rows: [146, 0], request: populated.asAdmin },
      'of 120 days': {
        trips: 2,
        statements: 4,
        rows: [324, 0],
        request: (world) => ({ ...populated.asAdmin(world), query: '?days=120' }),
      },
      'asked by another user': {
        status: 403,
        trips: 1,
        statements: 1,
        rows: [4, 0],
        request: async (world) => ({ bearer: (await world.logIn()).access_token }),
      },
    },
    faults: [read()],
  },
}
