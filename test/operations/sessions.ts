import type { World } from '../support/app/population.ts'
import { cookiesOf, fromOurPage, refresh, type SessionBody, somePassword } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { isLive, someone, someoneSignedIn } from '../support/faults/fault-world.ts'
import type { Operations } from './operation.ts'

/** A session that was refreshed once. */
const turned = async ({ app, logIn }: World) => {
  const { refresh_token } = await logIn()
  await refresh(app, refresh_token)
  return refresh_token
}

const ended = async ({ app, logIn }: World) => {
  const { refresh_token, access_token: bearer } = await logIn()
  await app.call('POST /api/auth/logout', { bearer })
  return { refresh_token, bearer }
}

const unshielded = 'without it one stays logged in; garbage costs nothing, and an ended session one read'

export const sessions: Operations = {
  'POST /api/auth/refresh': {
    json: async (app) => ({ refresh_token: (await someoneSignedIn(app)).refresh_token }),
    costs: {
      first: {
        trips: 1,
        statements: 2,
        rows: [5, 1],
        kv: { gets: 1 },
        request: async ({ logIn }) => ({ json: { refresh_token: (await logIn()).refresh_token } }),
      },
      // The user, and the counts of the day, the week and the month: other first refreshes of a day write fewer.
      'the first of a month': {
        trips: 1,
        statements: 2,
        rows: [14, 5],
        kv: { gets: 1 },
        request: async ({ app, logIn }) => {
          const { refresh_token, user } = await logIn()
          await app.db.batch([
            app.db.prepare('update users set active_day = 0 where id = ?').bind(user.id),
            app.db.prepare('update sessions set rotated_at = rotated_at - 86400000 where user_id = ?').bind(user.id),
          ])
          return { json: { refresh_token } }
        },
      },
      'repeated, within the grace time': {
        trips: 1,
        statements: 2,
        rows: [4, 0],
        kv: { gets: 1 },
        request: async (world) => ({
          json: { refresh_token: await turned(world) },
        }),
      },
      'reused, after the grace time': {
        status: 401,
        trips: [2, 1],
        statements: [6, 3],
        rows: [19, 9],
        kv: { gets: 1, puts: 1 },
        mails: 1,
        request: async (world) => {
          const refresh_token = await turned(world)
          world.app.wait({ minutes: 1 })
          return { json: { refresh_token } }
        },
      },
      'an ended session': {
        status: 401,
        trips: 1,
        statements: 2,
        rows: [0, 0],
        kv: { gets: 1 },
        request: async (world) => ({ json: { refresh_token: (await ended(world)).refresh_token } }),
      },
      'a forged token': {
        status: 401,
        request: async ({ logIn }) => ({ json: { refresh_token: populated.forged((await logIn()).refresh_token) } }),
      },
    },
    faults: [
      {
        name: 'refresh',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { refresh_token } = await someoneSignedIn(app)
          return { request: { json: { refresh_token } } }
        },
      },
      {
        name: 'refresh by cookie',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = await someone(app)
          const reply = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
          const cookies = cookiesOf(reply)
          return { request: { cookies, headers: fromOurPage } }
        },
      },
      {
        name: 'refresh with a stolen token',
        status: 401,
        again: 401,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          await refresh(app, session.refresh_token)
          const live = isLive(session)
          return {
            request: { json: { refresh_token: session.refresh_token } },
            done: async (later) => !(await live(later)),
          }
        },
      },
    ],
  },
  'POST /api/auth/logout': {
    json: async (app) => ({ refresh_token: (await someoneSignedIn(app)).refresh_token }),
    fine: ['missing', 'null', 'empty', 'of a control character', 'of half a surrogate pair'].map(
      (how) => `refresh_token ${how}`,
    ),
    unshielded,
    costs: {
      'signed in': {
        trips: 1,
        statements: 3,
        rows: [9, 3],
        kv: { puts: 1 },
        request: async ({ logIn }) => ({ bearer: (await logIn()).access_token }),
      },
      'an ended session': {
        trips: 1,
        statements: 3,
        rows: [2, 0],
        request: async (world) => ({ bearer: (await ended(world)).bearer }),
      },
      'no token': { request: () => ({}) },
    },
    faults: [
      {
        name: 'log out',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          const live = isLive(session)
          return {
            request: { bearer: session.access_token },
            done: async (later) => !(await live(later)),
          }
        },
      },
    ],
  },
  'GET /api/auth/logout': {
    like: 'POST /api/auth/logout',
    unshielded,
    faults: [
      {
        name: 'log out by GET',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = await someone(app)
          const reply = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
          const cookies = cookiesOf(reply)
          const live = isLive((await reply.json()) as SessionBody)
          return {
            request: { cookies },
            done: async (later) => !(await live(later)),
          }
        },
      },
    ],
  },
}
