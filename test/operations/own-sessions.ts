import type { World } from '../support/app/population.ts'
import { logIn, mailsTo } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { toldOfADevice } from '../support/faults/arranged.ts'
import { isLive, sidOf, someone, someoneSignedIn } from '../support/faults/fault-world.ts'
import { type Operations, pageOfLink } from './operation.ts'

/** Returns the link of the mail about a log-in from a new browser. */
const toldOf = async (world: World) => populated.newestLink(world, (await world.logIn()).email)

export const ownSessions: Operations = {
  'GET /api/user/sessions': {
    costs: {
      'signed in': { trips: 1, statements: 1, rows: [7, 0], request: populated.signedIn },
    },
    faults: [
      {
        name: 'list the sessions',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { access_token } = await someoneSignedIn(app)
          return { request: { bearer: access_token } }
        },
      },
    ],
  },
  'DELETE /api/user/sessions': {
    costs: {
      'one other session': {
        trips: 1,
        statements: 6,
        rows: [31, 5],
        kv: { puts: 2 },
        request: populated.signedInTwice,
      },
    },
    faults: [
      {
        name: 'end the other sessions',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = await someone(app)
          const [mine, other] = [await logIn(app, email), await logIn(app, email)]
          return {
            request: { bearer: mine.access_token },
            done: async (later) => !(await isLive(other)(later)),
            holds: isLive(mine),
          }
        },
      },
    ],
  },
  'DELETE /api/user/sessions/{id}': {
    costs: {
      'another session': {
        trips: 1,
        statements: 6,
        rows: [21, 4],
        kv: { puts: 1 },
        request: async (world) => {
          const { bearer } = await populated.signedInTwice(world)
          const list = await world.app.call('GET /api/user/sessions', { bearer })
          const { sessions } = (await list.json()) as { sessions: { id: string; current: boolean }[] }
          return { bearer, id: sessions.find(({ current }) => !current)!.id }
        },
      },
      'an unknown id': {
        status: 404,
        trips: 1,
        statements: 6,
        rows: [10, 0],
        request: async (world) => ({
          ...(await populated.signedIn(world)),
          id: 'A'.repeat(22),
        }),
      },
    },
    faults: [
      {
        name: 'end another session',
        status: 200,
        again: 404,
        arrange: async (app) => {
          const email = await someone(app)
          const [mine, other] = [await logIn(app, email), await logIn(app, email)]
          return {
            request: { id: sidOf(other), bearer: mine.access_token },
            done: async (later) => !(await isLive(other)(later)),
            holds: isLive(mine),
          }
        },
      },
      {
        name: 'end one’s current session',
        status: 200,
        again: 401,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          return {
            request: { id: sidOf(session), bearer: session.access_token },
            done: async (later) => !(await isLive(session)(later)),
          }
        },
      },
    ],
  },
  'POST /api/auth/end-session': {
    json: async (app) => ({ token: (await toldOfADevice(app)).token }),
    costs: {
      'the link': {
        trips: 1,
        statements: 6,
        rows: [15, 5],
        kv: { puts: 1 },
        request: async (world) => ({ json: await toldOf(world) }),
      },
      'a link used before': {
        trips: 1,
        statements: 6,
        rows: [8, 1],
        kv: { puts: 1 },
        request: async (world, operation) => populated.used(world, operation, await toldOf(world)),
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'end the session that a mail is about',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { session, other, token } = await toldOfADevice(app)
          if (mailsTo(app, session.email).length !== 1) throw new Error('no mail told of the device')
          return {
            request: { json: { token } },
            done: async (later) => !(await isLive(other)(later)),
            holds: isLive(session),
          }
        },
      },
    ],
  },
  'GET /api/auth/end-session': pageOfLink,
}
