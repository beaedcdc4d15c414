import { givePasskey } from '../support/app/passkeys.ts'
import { addApp, addRecoveryCodes } from '../support/app/second-factors.ts'
import { newPassword, somePassword, type TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { addressIs, frozen, moved } from '../support/faults/arranged.ts'
import { isLive, isTrue, passwordIs, rows } from '../support/faults/fault-world.ts'
import { age, credentialOf } from '../support/way-back/way-back-factors.ts'
import { type Operations, pageOfLink } from './operation.ts'

const noHashLeft = async (app: TestApp, id: string) =>
  !(await isTrue(app, 'select 1 from mail where user_id = ? and password is not null', id))

/** Gives the account at an address a factor from long before its change of address. */
const older = async <T>(app: TestApp, email: string, add: (app: TestApp, id: string) => Promise<T>) => {
  const id = (await rows(app, 'select id from users where email = ?', email))[0]!.id as string
  const added = await add(app, id)
  await age(app, id, 100)
  return added
}

const codeBefore = async (app: TestApp, email: string) => ({ otp: await (await older(app, email, addApp)).code() })
/** The codes come with an app, because no code outlives the last factor. */
const recoveryCodeBefore = async (app: TestApp, email: string) => {
  await older(app, email, addApp)
  return { otp: (await older(app, email, addRecoveryCodes))[0]! }
}
const passkeyBefore = async (app: TestApp, email: string) =>
  credentialOf(app, (await older(app, email, givePasskey)).soft)

const fine = ['otp missing', 'otp null', 'otp empty', 'credential missing']

export const wayBack: Operations = {
  'POST /api/auth/revert-email-change': {
    json: async (app) => ({ token: (await moved(app)).link, password: somePassword }),
    arrange: async (app) => ({ json: { token: (await moved(app)).link, password: somePassword } }),
    fine: ['password missing', ...fine],
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
      'with a code of an app': {
        trips: [2, 3],
        statements: [22, 7],
        rows: [115, 29],
        kv: { puts: 1 },
        mails: 2,
        request: async (world) => {
          const { b, token } = await populated.moved(world)
          return { json: { token, ...(await codeBefore(world.app, b)) } }
        },
      },
      'with a passkey': {
        trips: [2, 3],
        statements: [23, 7],
        rows: [116, 32],
        kv: { puts: 1 },
        mails: 2,
        request: async (world) => {
          const { b, token } = await populated.moved(world)
          return { json: { token, ...(await passkeyBefore(world.app, b)) } }
        },
      },
      'with a wrong code': {
        status: 422,
        trips: 2,
        statements: 9,
        rows: [24, 4],
        request: async (world) => {
          const { b, token } = await populated.moved(world)
          await codeBefore(world.app, b)
          return { json: { token, otp: 'not a code' } }
        },
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
        name: 'take an account back with a recovery code',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { id, a, b, session, link } = await moved(app)
          return {
            request: { json: { token: link, ...(await recoveryCodeBefore(app, b)) } },
            done: addressIs(id, a),
            holds: async (later, done) =>
              (await isLive(session)(later)) === !done &&
              (await isTrue(later, 'select 1 from recovery_codes where user_id = ? and used = 1', id)) === done,
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
    arrange: async (app) => ({ json: { token: (await frozen(app)).end, password: somePassword } }),
    fine,
    costs: {
      'with the password': {
        trips: [2, 1],
        statements: [9, 1],
        rows: [41, 11],
        hashes: 1,
        request: async (world) => ({
          json: { token: (await populated.frozen(world)).token, password: somePassword },
        }),
      },
      'with a recovery code': {
        trips: [2, 1],
        statements: [14, 1],
        rows: [68, 18],
        request: async (world) => {
          const { b, token } = await populated.frozen(world)
          return { json: { token, ...(await recoveryCodeBefore(world.app, b)) } }
        },
      },
      'with a passkey': {
        trips: [2, 1],
        statements: [14, 1],
        rows: [60, 15],
        request: async (world) => {
          const { b, token } = await populated.frozen(world)
          return { json: { token, ...(await passkeyBefore(world.app, b)) } }
        },
      },
      'with a wrong password': {
        status: 422,
        trips: 2,
        statements: 6,
        rows: [23, 4],
        hashes: 1,
        request: async (world) => ({
          json: { token: (await populated.frozen(world)).token, password: populated.wrongPassword },
        }),
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
      {
        name: 'end a freeze with a passkey',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { id, b, end } = await frozen(app)
          return {
            request: { json: { token: end, ...(await passkeyBefore(app, b)) } },
            done: (later) =>
              isTrue(later, "select 1 from users where id = ? and frozen_until is null and status = 'active'", id),
            holds: async (later, done) =>
              (await isTrue(later, 'select 1 from passkeys where user_id = ? and last_used_at > 0', id)) === done,
          }
        },
      },
      {
        name: 'end a freeze with a recovery code',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { id, b, end } = await frozen(app)
          return {
            request: { json: { token: end, ...(await recoveryCodeBefore(app, b)) } },
            done: (later) =>
              isTrue(later, "select 1 from users where id = ? and frozen_until is null and status = 'active'", id),
            holds: async (later, done) =>
              (await isTrue(later, 'select 1 from recovery_codes where user_id = ? and used = 1', id)) === done,
          }
        },
      },
    ],
  },
  'GET /api/auth/end-freeze': pageOfLink,
}
