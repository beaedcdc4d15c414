import type { World } from '../support/app/population.ts'
import {
  changePassword,
  linkIn,
  logIn,
  newPassword,
  register,
  someAddress,
  somePassword,
} from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { attackers, disownable, forgetful, newcomer, verified } from '../support/faults/arranged.ts'
import { isLive, isTrue, passwordIs, rows, someone } from '../support/faults/fault-world.ts'
import { linkTo } from '../support/way-back/way-back-world.ts'
import { type Fault, type Operations, pageOfLink } from './operation.ts'

const forgotten = async (world: World) => {
  const json = { email: world.email() }
  await world.app.call('POST /api/auth/forgot-password', { json })
  return populated.newestLink(world, json.email)
}

const changed = async ({ app, logIn }: World) => {
  const { email, access_token: bearer } = await logIn()
  await changePassword(app, { bearer })
  return { token: linkTo(app, email, 'end-sessions') }
}

const change = (name: string): Fault => ({
  name,
  status: 200,
  again: 401,
  beside: [401],
  arrange: async (app) => {
    const email = await someone(app)
    const [mine, other] = [await logIn(app, email), await logIn(app, email)]
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const json = { current_password: somePassword, new_password: newPassword }
    return {
      request: { json, bearer: mine.access_token },
      done: (later) => passwordIs(later, email, newPassword),
      // One session continues under another id.
      holds: async (later, done) => {
        const [live] = await rows(
          later,
          'select count(*) as n from sessions join users on users.id = user_id where email = ?',
          email,
        )
        const ids = [await isLive(mine)(later), await isLive(other)(later)]
        return done ? !ids.includes(true) && Number(live!.n) >= 1 : !ids.includes(false)
      },
    }
  },
})

export const passwordChanges: Operations = {
  'POST /api/auth/forgot-password': {
    json: () => ({ email: someAddress() }),
    costs: {
      known: {
        trips: [1, 1],
        statements: [5, 3],
        rows: [13, 7],
        mails: 1,
        request: ({ email }) => ({ json: { email: email() } }),
      },
      unknown: { trips: 1, statements: 5, rows: [6, 1], request: ({ stranger }) => ({ json: { email: stranger() } }) },
    },
    faults: [
      {
        name: 'ask for a new password',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = await someone(app)
          return { request: { json: { email } } }
        },
      },
    ],
  },
  'POST /api/auth/reset-password': {
    json: async (app) => ({ token: linkIn(app, (await forgetful(app)).email), new_password: newPassword }),
    costs: {
      'the link': {
        trips: [2, 1],
        statements: [10, 3],
        rows: [52, 13],
        kv: { puts: 1 },
        mails: 1,
        hashes: 1,
        request: async (world) => {
          return { json: { ...(await forgotten(world)), new_password: newPassword } }
        },
      },
      'the link that verifies': {
        trips: [2, 1],
        statements: [10, 3],
        rows: [50, 13],
        mails: 1,
        hashes: 1,
        request: async (world) => {
          const link = populated.newestLink(world, await populated.registered(world))
          return { json: { ...link, new_password: newPassword } }
        },
      },
      'a link used before': {
        status: 400,
        trips: 1,
        statements: 1,
        rows: [2, 0],
        request: async (world, operation) =>
          populated.used(world, operation, { ...(await forgotten(world)), new_password: newPassword }),
      },
      'a forged link': {
        status: 400,
        request: () => ({ json: { ...populated.forgedLink, new_password: newPassword } }),
      },
    },
    faults: [
      {
        name: 'set a password with the link that verifies',
        status: 200,
        again: 400,
        beside: [400],
        arrange: async (app) => {
          const email = await newcomer(app, attackers)
          const json = { token: linkIn(app, email), new_password: newPassword }
          return {
            request: { json },
            done: verified(email),
            holds: async (later, done) => !done || (await passwordIs(later, email, newPassword)),
          }
        },
      },
      {
        name: 'reset a password',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const session = await forgetful(app)
          const json = { token: linkIn(app, session.email), new_password: newPassword }
          return {
            request: { json },
            done: (later) => passwordIs(later, session.email, newPassword),
            // The session lasts as long as the old password (I2, I3).
            holds: async (later, done) => (await isLive(session)(later)) === !done,
          }
        },
      },
      {
        name: 'set a password after an invitation',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const email = await newcomer(app, attackers)
          app.wait({ minutes: 2 })
          await register(app, email)
          app.wait({ minutes: -2 })
          const json = { token: linkIn(app, email), new_password: newPassword }
          return {
            request: { json },
            done: (later) => passwordIs(later, email, newPassword),
            holds: async (later, done) => (await verified(email)(later)) === done,
          }
        },
      },
    ],
  },
  'GET /api/auth/reset-password': pageOfLink,
  'POST /api/user/change-password': {
    json: () => ({ current_password: somePassword, new_password: newPassword }),
    costs: {
      'right, with another session': {
        trips: [2, 1],
        statements: [15, 3],
        rows: [69, 17],
        kv: { puts: 3 },
        mails: 1,
        hashes: 2,
        request: async (world) => ({
          ...(await populated.signedInTwice(world)),
          json: { current_password: somePassword, new_password: newPassword },
        }),
      },
      wrong: {
        status: 422,
        trips: 2,
        statements: 13,
        rows: [19, 5],
        hashes: 1,
        request: async (world) => ({
          ...(await populated.signedIn(world)),
          json: { current_password: populated.wrongPassword, new_password: newPassword },
        }),
      },
    },
    faults: [change('change the password by POST')],
  },
  'PUT /api/user/change-password': {
    like: 'POST /api/user/change-password',
    json: () => ({ current_password: somePassword, new_password: newPassword }),
    faults: [change('change the password by PUT')],
  },
  'POST /api/auth/end-sessions': {
    json: async (app) => ({ token: (await disownable(app)).link }),
    costs: {
      'the link': {
        trips: [1, 1],
        statements: [8, 3],
        rows: [43, 13],
        kv: { puts: 1 },
        mails: 1,
        request: async (world) => ({ json: await changed(world) }),
      },
      'a link used before': {
        status: 400,
        trips: 1,
        statements: 8,
        rows: [13, 0],
        request: async (world, operation) => populated.used(world, operation, await changed(world)),
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'end everything by the mail about a new password',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { email, thief, link } = await disownable(app)
          return {
            request: { json: { token: link } },
            done: (later) => isTrue(later, 'select 1 from users where email = ? and password is null', email),
            holds: async (later, done) => (await isLive(thief)(later)) === !done,
          }
        },
      },
    ],
  },
  'GET /api/auth/end-sessions': pageOfLink,
}
