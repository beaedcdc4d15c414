import { linkIn, newPassword, someAddress, somePassword } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { attackers, moved, newcomer } from '../support/faults/arranged.ts'
import { isTrue, passwordIs, rows, someone } from '../support/faults/fault-world.ts'
import { either, type Operations } from './operation.ts'

const password = somePassword

export const registration: Operations = {
  'POST /api/auth/register': {
    json: () => ({ email: someAddress(), password, name: 'Ada', phone: '+442079460958' }),
    fine: [...either('name'), ...either('phone'), ...either('locale')],
    costs: {
      'a new address': {
        status: 201,
        trips: [2, 1],
        statements: [11, 3],
        rows: [27, 17],
        mails: 1,
        hashes: 1,
        request: ({ stranger }) => ({ json: { email: stranger(), password } }),
      },
      'a verified address': {
        status: 201,
        trips: [2, 1],
        statements: [11, 3],
        rows: [25, 7],
        mails: 1,
        hashes: 1,
        request: ({ email }) => ({ json: { email: email(), password } }),
      },
      'an unverified address, the same password': {
        status: 201,
        trips: [2, 1],
        statements: [11, 3],
        rows: [28, 7],
        mails: 1,
        hashes: 1,
        request: async (world) => ({ json: { email: await populated.registered(world), password } }),
      },
      'an unverified address, another password': {
        status: 201,
        trips: [2, 1],
        statements: [11, 3],
        rows: [40, 12],
        mails: 1,
        hashes: 1,
        request: async (world) => ({
          json: { email: await populated.registered(world), password: newPassword },
        }),
      },
      'a password that is refused': {
        status: 422,
        request: ({ stranger }) => ({ json: { email: stranger(), password: 'password1234' } }),
      },
      'stopped by the shield': { status: 429, request: populated.shut },
    },
    faults: [
      {
        name: 'register',
        status: 201,
        again: 201,
        arrange: async () => {
          const email = someAddress()
          return {
            request: { json: { email, password } },
            done: (app) => isTrue(app, 'select 1 from users where email = ?', email),
          }
        },
      },
      {
        name: 'register an address that somebody else registered',
        status: 201,
        again: 201,
        arrange: async (app) => {
          const email = await newcomer(app, attackers)
          const token = linkIn(app, email)
          return {
            request: { json: { email, password } },
            done: (later) => isTrue(later, 'select 1 from users where email = ? and password is null', email),
            // Once it has taken effect, the attacker's link is void and opens nothing (A-17b).
            holds: async (later, done) => {
              if (!done) return true
              return (await later.request('POST /api/auth/verify-email', { json: { token } })).status === 400
            },
          }
        },
      },
      {
        name: 'register an address that is taken',
        status: 201,
        again: 201,
        arrange: async (app) => {
          const email = await someone(app)
          return {
            request: { json: { email, password: newPassword } },
            holds: (later) => passwordIs(later, email, somePassword),
          }
        },
      },
      {
        name: 'register an address that is reserved',
        status: 201,
        again: 201,
        // Nothing records what was sent, so a repeated request causes another mail once the limit of the address
        // reopens.
        mailsAgain: true,
        arrange: async (app) => {
          const { a } = await moved(app)
          return {
            request: { json: { email: a, password: newPassword } },
            holds: async (later) => (await rows(later, 'select 1 from users where email = ?', a)).length === 0,
          }
        },
      },
    ],
  },
}
