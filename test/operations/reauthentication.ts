import { decodeJwt } from 'jose'
import { mailed } from '../support/app/mail-log-ins.ts'
import { addPasskey, answer, givePasskey, type Requested } from '../support/app/passkeys.ts'
import { addApp, inAMinute } from '../support/app/second-factors.ts'
import { alterUser, newPassword, type SessionBody, somePassword, type TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { isLive, someoneSignedIn } from '../support/faults/fault-world.ts'
import { anyText, type Operations } from './operation.ts'

/** Somebody with a passkey, and a request that gives it again. */
const byPasskey = async (app: TestApp, session: SessionBody) => {
  const { soft, added } = await addPasskey(app, session.access_token)
  const bearer = added.access_token
  const begun = await app.call('POST /api/auth/reauthenticate/passkey/options', { bearer })
  return { bearer, json: { credential: await answer(soft, (await begun.json()) as Requested) }, session: added }
}

/** Somebody without a password, and a request that gives the code of a log-in mail. */
const byMail = async (app: TestApp, session: SessionBody) => {
  const { email } = session.user
  await alterUser(app, email, { passwordHash: null })
  const { challenge, code } = await mailed(app, email)
  return { bearer: session.access_token, json: { challenge, mail_code: code } }
}

export const reauthentication: Operations = {
  'POST /api/auth/reauthenticate/passkey/options': {
    arrange: async (app, bearer) => {
      await givePasskey(app, decodeJwt(bearer).sub ?? '')
      return { json: {} }
    },
    costs: {
      'one passkey': {
        trips: 1,
        statements: 2,
        rows: [7, 0],
        request: async (world) => ({ bearer: (await byPasskey(world.app, await world.logIn())).bearer }),
      },
    },
    faults: [
      {
        name: 'begin to use a passkey again',
        status: 200,
        again: 200,
        arrange: async (app) => ({ request: { bearer: (await byPasskey(app, await someoneSignedIn(app))).bearer } }),
      },
    ],
  },
  'POST /api/auth/reauthenticate': {
    json: () => ({ password: somePassword }),
    arrange: async () => ({ json: { password: somePassword } }),
    fine: [
      ...['credential missing', 'otp missing', 'otp null', 'otp empty'],
      // Without a mailed code, nothing reads the challenge.
      ...anyText('challenge'),
      'mail_code missing',
    ],
    costs: {
      right: {
        trips: 2,
        statements: 9,
        rows: [24, 6],
        hashes: 1,
        request: async ({ logIn }) => ({ json: { password: somePassword }, bearer: (await logIn()).access_token }),
      },
      wrong: {
        status: 422,
        trips: 2,
        statements: 13,
        rows: [19, 5],
        hashes: 1,
        request: async ({ logIn }) => ({
          json: { password: populated.wrongPassword },
          bearer: (await logIn()).access_token,
        }),
      },
      'right, with a code': {
        trips: 2,
        statements: 15,
        rows: [47, 7],
        hashes: 1,
        request: async (world) => {
          const { access_token: bearer, code } = await populated.withFactors(world)
          return { json: { password: somePassword, otp: await code() }, bearer }
        },
      },
      'wrong for the tenth time': {
        status: 422,
        trips: [2, 1],
        statements: [13, 3],
        rows: [38, 14],
        kv: { puts: 1 },
        mails: 1,
        hashes: 1,
        request: async ({ strict, logIn }, operation) => {
          const call = { json: { password: populated.wrongPassword }, bearer: (await logIn()).access_token }
          for (let n = 0; n < 9; n++) await strict.call(operation, call)
          return { app: strict, ...call }
        },
      },
      'the code of a mail': {
        trips: 2,
        statements: 10,
        rows: [26, 7],
        request: async (world) => byMail(world.app, await world.logIn()),
      },
      'a passkey': {
        trips: 2,
        statements: 14,
        rows: [34, 8],
        request: async (world) => {
          const { session: _, ...request } = await byPasskey(world.app, await world.logIn())
          return request
        },
      },
    },
    faults: [
      {
        name: 'use a passkey again',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const { session, ...request } = await byPasskey(app, await someoneSignedIn(app))
          return { request, holds: isLive(session) }
        },
      },
      {
        name: 'give the code of a mail',
        status: 200,
        again: 422,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          return { request: await byMail(app, session), holds: isLive(session) }
        },
      },
      {
        name: 'give the password again',
        status: 200,
        // The session was renewed, and the older token still names it.
        again: 200,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          return {
            request: { json: { password: somePassword }, bearer: session.access_token },
            holds: isLive(session),
          }
        },
      },
      {
        name: 'give the password again, and a code',
        byTheClock: true,
        status: 200,
        again: 422,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          const { code } = await addApp(app, session.user.id)
          return {
            request: { json: { password: somePassword, otp: await code(inAMinute) }, bearer: session.access_token },
            holds: isLive(session),
          }
        },
      },
      {
        name: 'give a wrong password again in a session',
        status: 422,
        again: 422,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          return {
            request: { json: { password: newPassword }, bearer: session.access_token },
            holds: isLive(session),
          }
        },
      },
    ],
  },
}
