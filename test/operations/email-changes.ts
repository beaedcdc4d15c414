import type { World } from '../support/app/population.ts'
import { linkIn, logIn, register, somePassword } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { addressIs, changing, wishing } from '../support/faults/arranged.ts'
import { isLive, isTrue, rows } from '../support/faults/fault-world.ts'
import { linkTo } from '../support/way-back/way-back-world.ts'
import { type Operations, pageOfLink } from './operation.ts'

const confirmation = async (world: World, given?: object) => {
  const { confirm, bearer } = await populated.wishing(world, given)
  return { json: { token: confirm }, bearer }
}

/** The link to the current mailbox. */
const current = async (world: World) => populated.newestLink(world, (await populated.wishing(world)).a)

export const emailChanges: Operations = {
  'POST /api/auth/confirm-email': {
    json: async (app) => ({
      token: (await wishing(app, { current_password: somePassword })).confirm,
      password: somePassword,
    }),
    costs: {
      'the link': {
        trips: [1, 1],
        statements: [13, 3],
        rows: [83, 17],
        kv: { puts: 1 },
        mails: 1,
        request: (world) => confirmation(world),
      },
      'the link, with the password': {
        trips: [2, 2],
        statements: [17, 4],
        rows: [97, 19],
        kv: { puts: 1 },
        mails: 1,
        hashes: 1,
        request: async (world) => {
          const { json } = await confirmation(world)
          return { json: { ...json, password: somePassword } }
        },
      },
      'the link, of a change that is not approved': {
        trips: 1,
        statements: 13,
        rows: [32, 1],
        request: (world) => confirmation(world, {}),
      },
      'the link, with a wrong password': {
        status: 422,
        trips: 2,
        statements: 13,
        rows: [26, 6],
        hashes: 1,
        request: async (world) => {
          const { json } = await confirmation(world)
          return { json: { ...json, password: populated.wrongPassword } }
        },
      },
      'the link, without a session or the password': {
        status: 403,
        trips: 1,
        statements: 1,
        rows: [4, 0],
        request: async (world) => ({ json: (await confirmation(world)).json }),
      },
      'a link used before': {
        status: 400,
        trips: 1,
        statements: 13,
        rows: [46, 0],
        request: async (world, operation) => {
          const sent = await confirmation(world)
          await world.app.call(operation, sent)
          return sent
        },
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'confirm a new address',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { a, b, session, other, confirm } = await changing(app)
          return {
            request: { json: { token: confirm }, bearer: session.access_token },
            done: (later) => isTrue(later, 'select 1 from users where email = ? and pending_email is null', b),
            holds: async (later, done) =>
              (await isLive(session)(later)) &&
              (await isLive(other)(later)) === !done &&
              (await isTrue(later, 'select 1 from users where email = ?', a)) === !done,
          }
        },
      },
      {
        name: 'confirm an address that somebody registered and never read',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { id, b, session, confirm } = await changing(app)
          await register(app, b, 'a password of a squatter')
          return {
            request: { json: { token: confirm }, bearer: session.access_token },
            done: addressIs(id, b),
            holds: async (later) => (await rows(later, 'select 1 from users where email = ?', b)).length === 1,
          }
        },
      },
      {
        name: 'confirm a new address by the password',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { id, b, confirm } = await wishing(app, { current_password: somePassword })
          return {
            request: { json: { token: confirm, password: somePassword } },
            done: addressIs(id, b),
          }
        },
      },
      {
        name: 'confirm a new address that the current mailbox has not approved',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { id, a, confirm, session } = await wishing(app)
          return {
            request: { json: { token: confirm }, bearer: session.access_token },
            done: (later) =>
              isTrue(later, "select 1 from mail where user_id = ? and kind = 'confirm_email' and used_at > 0", id),
            holds: addressIs(id, a),
          }
        },
      },
    ],
  },
  'GET /api/auth/confirm-email': pageOfLink,
  'POST /api/auth/approve-email-change': {
    json: async (app) => ({ token: linkTo(app, (await wishing(app)).a, 'approve-email-change') }),
    costs: {
      'the link': {
        trips: 1,
        statements: 14,
        rows: [80, 4],
        request: async (world) => {
          const { a } = await populated.wishing(world, {})
          return { json: { token: linkTo(world.app, a, 'approve-email-change') } }
        },
      },
      'the link, of a change that is confirmed': {
        trips: [1, 1],
        statements: [14, 3],
        rows: [172, 20],
        kv: { puts: 1 },
        mails: 1,
        request: async (world) => {
          const { a, bearer, confirm } = await populated.wishing(world, {})
          await world.app.call('POST /api/auth/confirm-email', { bearer, json: { token: confirm } })
          return { json: { token: linkTo(world.app, a, 'approve-email-change') } }
        },
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'approve a new address',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { id, a } = await wishing(app)
          return {
            request: { json: { token: linkTo(app, a, 'approve-email-change') } },
            done: (later) =>
              isTrue(
                later,
                "select 1 from mail where user_id = ? and kind = 'confirm_email' and awaits_approval = 0",
                id,
              ),
            holds: addressIs(id, a),
          }
        },
      },
      {
        name: 'approve a new address that is confirmed',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { id, a, b, confirm, session } = await wishing(app)
          const other = await logIn(app, a)
          await app.call('POST /api/auth/confirm-email', { json: { token: confirm }, bearer: session.access_token })
          return {
            request: { json: { token: linkTo(app, a, 'approve-email-change') } },
            done: addressIs(id, b),
            holds: async (later, done) => (await isLive(session)(later)) && (await isLive(other)(later)) === !done,
          }
        },
      },
    ],
  },
  'GET /api/auth/approve-email-change': pageOfLink,
  'POST /api/auth/cancel-email-change': {
    json: async (app) => ({ token: linkIn(app, (await wishing(app, { current_password: somePassword })).a) }),
    costs: {
      'the link': {
        trips: 1,
        statements: 5,
        rows: [14, 6],
        kv: { puts: 1 },
        request: async (world) => ({ json: await current(world) }),
      },
      'a link used before': {
        trips: 1,
        statements: 5,
        rows: [9, 0],
        kv: { puts: 1 },
        request: async (world, operation) => populated.used(world, operation, await current(world)),
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'cancel a change of address',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { a, session, other, confirm } = await changing(app)
          const json = { token: confirm, password: somePassword }
          return {
            request: { json: { token: linkIn(app, a) } },
            done: (later) => isTrue(later, 'select 1 from users where email = ? and pending_email is null', a),
            holds: async (later, done) => {
              if (!done) return true
              const ended = !(await isLive(session)(later)) && (await isLive(other)(later))
              return ended && (await later.request('POST /api/auth/confirm-email', { json })).status === 400
            },
          }
        },
      },
      {
        name: 'cancel a change that waits for approval',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { id, a, session } = await wishing(app)
          return {
            request: { json: { token: linkTo(app, a, 'cancel-email-change') } },
            done: (later) => isTrue(later, 'select 1 from users where id = ? and pending_email is null', id),
            holds: async (later, done) => (await isLive(session)(later)) === !done,
          }
        },
      },
    ],
  },
  'GET /api/auth/cancel-email-change': pageOfLink,
}
