import type { World } from '../support/app/population.ts'
import { logIn, refresh, type SessionBody, somePassword } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { leaving, moved, withPicture } from '../support/faults/arranged.ts'
import { isLive, isTrue, someone, someoneSignedIn } from '../support/faults/fault-world.ts'
import { linkTo } from '../support/way-back/way-back-world.ts'
import { type Fault, type Operations, pageOfLink } from './operation.ts'

/** The picture is removed after the account, so it exists as long as the account does. */
const leave = (name: string): Fault => ({
  name,
  status: 200,
  again: 401,
  // The proof is used up, which may be noticed before the end of the session is.
  beside: [403],
  arrange: async (app) => {
    const { session, key } = await withPicture(app)
    return {
      request: { json: { current_password: somePassword }, bearer: session.access_token },
      done: async (later) => !(await isTrue(later, 'select 1 from users where email = ?', session.email)),
      holds: async (later, done) => done || (await later.request(`GET /avatars/${key}`)).status === 200,
    }
  },
})

const undoable = async ({ app, logIn }: World) => {
  const { email, access_token: bearer } = await logIn()
  await app.call('DELETE /api/user/account', { bearer })
  return { token: linkTo(app, email, 'undo-deletion') }
}

const known = { json: () => ({ current_password: somePassword }), fine: ['current_password missing'] }

export const accountDeletion: Operations = {
  'DELETE /api/user/profile': {
    like: 'DELETE /api/user/account',
    ...known,
    faults: [leave('delete the account by the older path')],
  },
  'DELETE /api/user/account': {
    ...known,
    costs: {
      'just logged in': {
        trips: [1, 1],
        statements: [8, 3],
        rows: [46, 16],
        kv: { puts: 2 },
        mails: 1,
        request: populated.signedIn,
      },
      'with the password': {
        trips: [2, 1],
        statements: [13, 3],
        rows: [86, 23],
        kv: { puts: 2 },
        mails: 1,
        hashes: 1,
        request: async (world) => ({
          ...(await populated.signedIn(world)),
          json: { current_password: somePassword },
        }),
      },
      'with a proof': {
        trips: [1, 1],
        statements: [9, 3],
        rows: [68, 22],
        kv: { puts: 2 },
        mails: 1,
        request: async ({ logIn }) => {
          const { access_token: bearer, proof } = await logIn()
          return { bearer, headers: { 'Gatehouse-Proof': proof } }
        },
      },
      'with a picture': {
        trips: [2, 1],
        statements: [13, 3],
        rows: [89, 25],
        kv: { puts: 2 },
        r2: { deletes: 1 },
        mails: 1,
        hashes: 1,
        request: async (world) => ({
          bearer: (await populated.pictured(world)).bearer,
          json: { current_password: somePassword },
        }),
      },
    },
    faults: [
      {
        name: 'delete the account without the password',
        status: 200,
        again: 401,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          return {
            request: { bearer: session.access_token },
            done: (later) =>
              isTrue(
                later,
                "select 1 from users where email = ? and status = 'disabled' and erases_at > 0",
                session.email,
              ),
            holds: async (later, done) => (await isLive(session)(later)) === !done,
          }
        },
      },
      leave('delete the account'),
      {
        name: 'delete the account while a change of the address can be undone',
        status: 200,
        again: 401,
        arrange: async (app) => {
          const { id, a, session, link } = await moved(app)
          return {
            request: {
              bearer: session.access_token,
              json: { current_password: somePassword },
            },
            done: (later) => isTrue(later, 'select 1 from users where id = ? and erases_at > 0', id),
            holds: async (later, done) =>
              (await isTrue(later, 'select 1 from users where id = ?', id)) &&
              (!done ||
                (await isTrue(later, "select 1 from mail where address = ? and kind = 'revert_email_change'", a))) &&
              link !== '',
          }
        },
      },
      {
        name: 'delete the account by a one-use proof',
        status: 200,
        again: 401,
        arrange: async (app) => {
          const email = await someone(app)
          const session = await logIn(app, email)
          const { access_token } = (await (await refresh(app, session.refresh_token)).json()) as SessionBody
          return {
            request: {
              bearer: access_token,
              headers: { 'Gatehouse-Proof': session.proof },
            },
            done: async (later) => !(await isTrue(later, 'select 1 from users where email = ?', email)),
          }
        },
      },
    ],
  },
  'POST /api/auth/undo-deletion': {
    json: async (app) => ({ token: (await leaving(app)).undo }),
    costs: {
      'the link': {
        trips: 1,
        statements: 4,
        rows: [14, 8],
        request: async (world) => ({ json: await undoable(world) }),
      },
      'a link used before': {
        trips: 1,
        statements: 4,
        rows: [5, 0],
        request: async (world, operation) => populated.used(world, operation, await undoable(world)),
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'undo a deletion',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { session, undo } = await leaving(app)
          return {
            request: { json: { token: undo } },
            done: (later) =>
              isTrue(
                later,
                "select 1 from users where email = ? and status = 'active' and erases_at is null",
                session.email,
              ),
          }
        },
      },
    ],
  },
  'GET /api/auth/undo-deletion': pageOfLink,
}
