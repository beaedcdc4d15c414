import { newPassword, somePassword, type TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { addressIs, frozen, moved } from '../support/faults/arranged.ts'
import { isLive, isTrue, passwordIs } from '../support/faults/fault-world.ts'
import { type Operations, pageOfLink } from './operation.ts'

const noHashLeft = async (app: TestApp, id: string) =>
  !(await isTrue(app, 'select 1 from mail where user_id = ? and password is not null', id))

export const wayBack: Operations = {
  'POST /api/auth/revert-email-change': {
    json: async (app) => ({ token: (await moved(app)).link, password: somePassword }),
    fine: ['password missing'],
    costs: {
      'the link': {
        trips: [1, 2],
        statements: [10, 6],
        rows: [68, 21],
        kv: { puts: 1 },
        mails: 2,
        request: async (world) => ({ json: { token: (await populated.moved(world)).token } }),
      },
      'with the password': {
        trips: [2, 3],
        statements: [18, 7],
        rows: [98, 28],
        kv: { puts: 1 },
        mails: 2,
        hashes: 1,
        request: async (world) => ({ json: { token: (await populated.moved(world)).token, password: somePassword } }),
      },
      'with a wrong password': {
        status: 422,
        trips: 2,
        statements: 6,
        rows: [15, 4],
        hashes: 1,
        request: async (world) => ({
          json: { token: (await populated.moved(world)).token, password: populated.wrongPassword },
        }),
      },
      'a link used before': {
        status: 400,
        trips: 1,
        statements: 10,
        rows: [10, 0],
        request: async (world, operation) => {
          const { token } = await populated.moved(world)
          await world.app.call(operation, { json: { token, password: somePassword } })
          return { json: { token } }
        },
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'take an account back with the password',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { id, a, session, link } = await moved(app)
          return {
            request: { json: { token: link, password: somePassword } },
            done: addressIs(id, a),
            holds: async (later, done) =>
              (await isLive(session)(later)) === !done && (!done || (await noHashLeft(later, id))),
          }
        },
      },
      {
        name: 'freeze an account',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { id, b, session, link } = await moved(app)
          return {
            request: { json: { token: link } },
            done: (later) =>
              isTrue(later, "select 1 from users where id = ? and frozen_until > 0 and status = 'disabled'", id),
            holds: async (later, done) =>
              (await isLive(session)(later)) === !done && (await passwordIs(later, b, somePassword)) === !done,
          }
        },
      },
      {
        name: 'give a wrong password to take an account back',
        status: 422,
        again: 422,
        arrange: async (app) => {
          const { id, b, link } = await moved(app)
          return {
            request: { json: { token: link, password: newPassword } },
            holds: addressIs(id, b),
          }
        },
      },
    ],
  },
  'GET /api/auth/revert-email-change': pageOfLink,
  'POST /api/auth/end-freeze': {
    json: async (app) => ({ token: (await frozen(app)).end, password: somePassword }),
    costs: {
      'with the password': {
        trips: [2, 1],
        statements: [9, 1],
        rows: [40, 11],
        hashes: 1,
        request: async (world) => ({ json: { ...(await populated.frozen(world)), password: somePassword } }),
      },
      'with a wrong password': {
        status: 422,
        trips: 2,
        statements: 6,
        rows: [20, 4],
        hashes: 1,
        request: async (world) => ({ json: { ...(await populated.frozen(world)), password: populated.wrongPassword } }),
      },
      'a forged link': { status: 400, request: () => ({ json: { ...populated.forgedLink, password: somePassword } }) },
    },
    faults: [
      {
        name: 'end a freeze',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { id, b, end, link } = await frozen(app)
          return {
            request: { json: { token: end, password: somePassword } },
            done: (later) =>
              isTrue(later, "select 1 from users where id = ? and frozen_until is null and status = 'active'", id),
            holds: async (later, done) =>
              (await addressIs(id, b)(later)) &&
              (!done ||
                (await later.request('POST /api/auth/revert-email-change', { json: { token: link } })).status === 400),
          }
        },
      },
    ],
  },
  'GET /api/auth/end-freeze': pageOfLink,
}
