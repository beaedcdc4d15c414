import type { World } from '../support/app/population.ts'
import {
  alterUser,
  cookiesOf,
  fromOurPage,
  linkIn,
  register,
  someAddress,
  somePassword,
} from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { attackers, newcomer, verified } from '../support/faults/arranged.ts'
import { isTrue } from '../support/faults/fault-world.ts'
import { type Operations, pageOfLink } from './operation.ts'

/** The body that a page sends if it requires more proof than the link. */
const onPage = async (world: World, more: object = {}) => {
  const link = populated.newestLink(world, await populated.registered(world))
  return { json: { ...link, require_proof: true, ...more } }
}

/** The second link of the mail, which disputes the registration. */
const disputed = async (world: World) => ({
  token: linkIn(world.app, await populated.registered(world), 'reject-registration'),
})

export const verification: Operations = {
  'POST /api/auth/verify-email': {
    json: async (app) => ({ token: linkIn(app, await newcomer(app)), password: somePassword, require_proof: true }),
    fine: ['password missing', 'require_proof missing'],
    costs: {
      'the link': {
        trips: 1,
        statements: 4,
        rows: [23, 7],
        request: async (world) => ({ json: populated.newestLink(world, await populated.registered(world)) }),
      },
      'a link used before': {
        trips: 1,
        statements: 4,
        rows: [15, 0],
        request: async (world, operation) =>
          populated.used(world, operation, populated.newestLink(world, await populated.registered(world))),
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
      'with require_proof, in the browser that registered': {
        trips: 1,
        statements: 4,
        rows: [23, 7],
        request: async (world) => {
          const email = world.stranger()
          const cookies = cookiesOf(await register(world.app, email))
          return { json: { ...populated.newestLink(world, email), require_proof: true }, cookies }
        },
      },
      'with require_proof, in another browser': {
        status: 403,
        trips: 1,
        statements: 4,
        rows: [18, 0],
        request: (world) => onPage(world),
      },
      'with the password': {
        trips: [2, 1],
        statements: [7, 1],
        rows: [31, 9],
        hashes: 1,
        request: (world) => onPage(world, { password: somePassword }),
      },
      'with a wrong password': {
        status: 422,
        trips: 2,
        statements: 5,
        rows: [10, 4],
        hashes: 1,
        request: (world) => onPage(world, { password: populated.wrongPassword }),
      },
    },
    faults: [
      {
        name: 'verify an address',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = await newcomer(app)
          const json = { token: linkIn(app, email) }
          return { request: { json }, done: verified(email) }
        },
      },
      {
        name: 'verify an address on a page, in the browser that registered',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = someAddress()
          const cookies = cookiesOf(await register(app, email))
          const json = { token: linkIn(app, email), require_proof: true }
          return {
            request: { json, cookies, headers: fromOurPage },
            done: verified(email),
          }
        },
      },
      {
        name: 'verify an address on a page, with the password',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = await newcomer(app)
          const json = { token: linkIn(app, email), require_proof: true, password: somePassword }
          return { request: { json }, done: verified(email) }
        },
      },
      {
        name: 'verify an address that somebody else registered, with a new password',
        status: 422,
        again: 422,
        arrange: async (app) => {
          const email = await newcomer(app, attackers)
          const json = { token: linkIn(app, email), require_proof: true, password: somePassword }
          return {
            request: { json },
            holds: async (later) => !(await verified(email)(later)),
          }
        },
      },
    ],
  },
  'GET /api/auth/verify-email': {
    costs: {
      'its page': { request: () => ({ headers: { Accept: 'text/html' } }) },
      'the link, by a client other than a browser': {
        trips: 1,
        statements: 4,
        rows: [23, 7],
        request: async (world) => ({ query: `?token=${linkIn(world.app, await populated.registered(world))}` }),
      },
    },
    faults: [
      ...pageOfLink.faults!,
      {
        name: 'verify an address by GET',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = await newcomer(app)
          return {
            request: { query: `?token=${linkIn(app, email)}` },
            done: verified(email),
          }
        },
      },
    ],
  },
  'POST /api/auth/resend-verification': {
    json: () => ({ email: someAddress() }),
    costs: {
      'not verified': {
        trips: [1, 1],
        statements: [5, 3],
        rows: [17, 7],
        mails: 1,
        request: async (world) => {
          const email = await populated.registered(world)
          world.app.wait({ minutes: 2 })
          return { json: { email } }
        },
      },
      verified: { trips: 1, statements: 5, rows: [7, 1], request: ({ email }) => ({ json: { email: email() } }) },
      unknown: { trips: 1, statements: 5, rows: [6, 1], request: ({ stranger }) => ({ json: { email: stranger() } }) },
    },
    faults: [
      {
        name: 'ask for the verification mail',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = await newcomer(app)
          return { request: { json: { email } } }
        },
      },
    ],
  },
  'POST /api/auth/reject-registration': {
    json: async (app) => ({ token: linkIn(app, await newcomer(app), 'reject-registration') }),
    costs: {
      'the link': {
        trips: 1,
        statements: 7,
        rows: [59, 9],
        request: async (world) => ({ json: await disputed(world) }),
      },
      'a link used before': {
        status: 400,
        trips: 1,
        statements: 7,
        rows: [6, 0],
        request: async (world, operation) => populated.used(world, operation, await disputed(world)),
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'say that somebody else registered',
        status: 200,
        again: 400,
        beside: [400],
        arrange: async (app) => {
          const email = await newcomer(app, attackers)
          const json = { token: linkIn(app, email, 'reject-registration') }
          return {
            request: { json },
            done: async (later) => !(await isTrue(later, 'select 1 from users where email = ?', email)),
          }
        },
      },
      {
        name: 'say that somebody else registered an imported address',
        status: 200,
        again: 400,
        beside: [400],
        arrange: async (app) => {
          const email = await newcomer(app, attackers)
          const [verifies, json] = [linkIn(app, email), { token: linkIn(app, email, 'reject-registration') }]
          await alterUser(app, email, { origin: 'imported' })
          return {
            request: { json },
            done: (later) => isTrue(later, 'select 1 from users where email = ? and password is null', email),
            holds: async (later, done) => {
              if (!done) return true
              return (await later.request('POST /api/auth/verify-email', { json: { token: verifies } })).status === 400
            },
          }
        },
      },
    ],
  },
  'GET /api/auth/reject-registration': pageOfLink,
}
