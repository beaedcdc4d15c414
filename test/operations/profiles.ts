import { someAddress, somePassword } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { wishing } from '../support/faults/arranged.ts'
import { isTrue, someoneSignedIn } from '../support/faults/fault-world.ts'
import { either, type Fault, type Operations } from './operation.ts'

const edited = {
  json: () => ({ name: 'Ada', phone: '+442079460958', email: someAddress(), current_password: somePassword }),
  fine: [...either('name'), ...either('phone'), ...either('locale'), 'email missing', 'current_password missing'],
}

const rename = (name: string): Fault => ({
  name,
  status: 200,
  again: 200,
  arrange: async (app) => {
    const { email, access_token } = await someoneSignedIn(app)
    return {
      request: { json: { name: 'Ada' }, bearer: access_token },
      done: (later) => isTrue(later, "select 1 from users where email = ? and name = 'Ada'", email),
    }
  },
})

const changeAddress = (name: string, more: object): Fault => ({
  name,
  status: 200,
  again: 200,
  // The second request sends its link a minute later, and its notice at once.
  mailsAgain: true,
  arrange: async (app) => {
    const { email, access_token } = await someoneSignedIn(app)
    const next = someAddress('next')
    return {
      request: { json: { email: next, ...more }, bearer: access_token },
      done: (later) => isTrue(later, 'select 1 from users where email = ? and pending_email = ?', email, next),
    }
  },
})

export const profiles: Operations = {
  'GET /api/user/profile': {
    costs: {
      'signed in': { trips: 1, statements: 1, rows: [2, 0], request: populated.signedIn },
      'an ended session': {
        status: 401,
        trips: 1,
        statements: 1,
        rows: [0, 0],
        request: async (world) => {
          const { bearer } = await populated.signedIn(world)
          await world.app.call('POST /api/auth/logout', { bearer })
          return { bearer }
        },
      },
      'a forged token': {
        status: 401,
        request: async (world) => ({ bearer: populated.forged((await populated.signedIn(world)).bearer) }),
      },
      'no token': { status: 401, request: () => ({}) },
    },
    faults: [
      {
        name: 'read the profile',
        status: 200,
        again: 200,
        arrange: async (app) => ({ request: { bearer: (await someoneSignedIn(app)).access_token } }),
      },
    ],
  },
  'PUT /api/user/profile': {
    like: 'PATCH /api/user/profile',
    ...edited,
    faults: [rename('change the name by PUT')],
  },
  'PATCH /api/user/profile': {
    ...edited,
    costs: {
      'another name': {
        trips: 1,
        statements: 4,
        rows: [18, 6],
        request: async (world) => ({ ...(await populated.signedIn(world)), json: { name: 'Somebody Else' } }),
      },
      'another address': {
        trips: [2, 2],
        statements: [15, 6],
        rows: [49, 16],
        mails: 2,
        request: async (world) => ({ ...(await populated.signedIn(world)), json: { email: world.stranger() } }),
      },
      'another address, with a proof': {
        trips: [2, 2],
        statements: [15, 6],
        rows: [53, 17],
        mails: 2,
        request: async ({ logIn, stranger }) => {
          const { access_token: bearer, proof } = await logIn()
          return { bearer, json: { email: stranger() }, headers: { 'Gatehouse-Proof': proof } }
        },
      },
      'another address, with the password': {
        trips: [3, 2],
        statements: [19, 6],
        rows: [64, 18],
        mails: 2,
        hashes: 1,
        request: async (world) => ({
          ...(await populated.signedIn(world)),
          json: { email: world.stranger(), current_password: somePassword },
        }),
      },
      'the current address': {
        trips: 2,
        statements: 5,
        rows: [17, 0],
        request: async ({ logIn }) => {
          const { email, access_token: bearer } = await logIn()
          return { bearer, json: { email } }
        },
      },
    },
    faults: [
      rename('change the name by PATCH'),
      changeAddress('ask for a new address', {}),
      changeAddress('ask for a new address with the password', { current_password: somePassword }),
      {
        name: 'cancel the change by sending the current address',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { a, confirm, session } = await wishing(app)
          const json = { token: confirm, password: somePassword }
          return {
            request: { json: { email: a }, bearer: session.access_token },
            done: (later) => isTrue(later, 'select 1 from users where email = ? and pending_email is null', a),
            holds: async (later, done) =>
              !done || (await later.request('POST /api/auth/confirm-email', { json })).status === 400,
          }
        },
      },
    ],
  },
}
