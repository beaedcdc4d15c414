import { beginTotp, codeFor, proofBy, withBoth } from '../support/app/enrolments.ts'
import type { World } from '../support/app/population.ts'
import { addApp, addRecoveryCodes } from '../support/app/second-factors.ts'
import type { SessionBody, TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { isLive, isTrue, someoneSignedIn } from '../support/faults/fault-world.ts'
import { linkTo, proofHeader } from '../support/way-back/way-back-world.ts'
import { type FactorKind, hasFactors, removing, renaming, rightPassword } from './factor-rows.ts'
import { type Operations, pageOfLink } from './operation.ts'

/** Gives the caller an app, and gives all their factors again. */
const withApp = async (app: TestApp, bearer: string) => {
  const [, claims = ''] = bearer.split('.')
  const { sub } = JSON.parse(atob(claims)) as { sub: string }
  const { id, seed } = await addApp(app, sub)
  return { id, json: {}, headers: proofHeader(await proofBy(app, bearer, seed)) }
}

/** A user with an app and recovery codes who logged in with both factors. */
const holder = async (app: TestApp, session: SessionBody) => {
  const { id } = await addApp(app, session.user.id)
  await addRecoveryCodes(app, session.user.id)
  await withBoth(app, session)
  return { id, bearer: session.access_token, headers: proofHeader(session.proof) }
}

const inWorld = async (world: World) => holder(world.app, await world.logIn())

/** A confirmation that is sent a minute later. */
const confirming = async (app: TestApp, bearer: string, steps = 0) => {
  const { secret, enrolment } = await beginTotp(app, bearer)
  return { enrolment, code: await codeFor(app, secret, steps), ...rightPassword }
}

/** A user who added an app, and the link that removes it. */
const told = async (app: TestApp, session: SessionBody & { email: string }) => {
  const json = await confirming(app, session.access_token)
  const reply = await app.call('POST /api/user/factors/totp/confirm', { bearer: session.access_token, json })
  return { added: (await reply.json()) as SessionBody, token: linkTo(app, session.email, 'remove-factor') }
}

const app: FactorKind = {
  ...{ table: 'totp', what: 'an authenticator app', short: 'app', name: 'Old phone', bits: 9 },
  ...{ holder, give: withApp },
}

export const factors: Operations = {
  'GET /api/user/factors': {
    costs: {
      'signed in': { trips: 1, statements: 4, rows: [13, 0], request: inWorld },
    },
    faults: [
      {
        name: 'list the factors',
        status: 200,
        again: 200,
        arrange: async (app) => ({ request: { bearer: (await someoneSignedIn(app)).access_token } }),
      },
    ],
  },
  'POST /api/user/factors/totp': {
    costs: {
      'the first app': { trips: 1, statements: 4, rows: [10, 0], request: populated.signedIn },
    },
    faults: [
      {
        name: 'begin to add an authenticator app',
        status: 200,
        again: 200,
        arrange: async (app) => ({ request: { bearer: (await someoneSignedIn(app)).access_token } }),
      },
    ],
  },
  'POST /api/user/factors/totp/confirm': {
    json: () => ({ enrolment: 'd.none', code: '123456', ...rightPassword }),
    arrange: async (app, bearer) => ({ json: await confirming(app, bearer) }),
    costs: {
      'the first app': {
        status: 201,
        trips: [2, 1],
        statements: [22, 3],
        rows: [88, 24],
        kv: { puts: 2 },
        mails: 1,
        hashes: 1,
        request: async (world) => {
          const { email, access_token: bearer } = await world.logIn()
          await world.logIn(email)
          return { bearer, json: await confirming(world.app, bearer) }
        },
      },
      'a wrong code': {
        status: 422,
        trips: 1,
        statements: 4,
        rows: [9, 1],
        hashes: 1,
        request: async (world) => {
          const { bearer } = await populated.signedIn(world)
          return { bearer, json: { ...(await confirming(world.app, bearer)), code: 'none' } }
        },
      },
    },
    faults: [
      {
        name: 'add an authenticator app',
        byTheClock: true,
        status: 201,
        // The account has a second factor now, and the password alone is no longer full proof.
        again: 403,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          const { id } = session.user
          const json = await confirming(app, session.access_token, 2)
          return {
            request: { json, bearer: session.access_token },
            done: hasFactors('totp', id, 1),
            holds: (later, done) =>
              isTrue(
                later,
                'select 1 from users where id = ? and factors = ? and ? = (select count(*) from recovery_codes where user_id = users.id)',
                id,
                done ? 9 : 0,
                Number(done),
              ),
          }
        },
      },
    ],
  },
  'PATCH /api/user/factors/totp/{id}': renaming(app, ['name null']),
  'DELETE /api/user/factors/totp/{id}': removing(app, {
    last: { statements: [16, 3], rows: [62, 16] },
    unknown: { statements: 16, rows: [30, 0] },
  }),
  'POST /api/user/factors/recovery-codes': {
    json: () => rightPassword,
    arrange: withApp,
    costs: {
      'new codes': {
        trips: [1, 1],
        statements: [11, 3],
        rows: [45, 11],
        mails: 1,
        request: async (world) => {
          const { id: _, ...request } = await inWorld(world)
          return request
        },
      },
    },
    faults: [
      {
        name: 'make new recovery codes',
        status: 200,
        again: 403,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          const { id: _, ...request } = await holder(app, session)
          await app.db.prepare('update recovery_codes set used = 1 where user_id = ?').bind(session.user.id).run()
          return {
            request,
            done: (later) =>
              isTrue(later, 'select 1 from recovery_codes where user_id = ? and used = 0', session.user.id),
          }
        },
      },
    ],
  },
  'POST /api/auth/remove-factor': {
    json: async (app) => ({ token: (await told(app, await someoneSignedIn(app))).token }),
    costs: {
      'the link': {
        trips: [1, 1],
        statements: [13, 3],
        rows: [47, 15],
        kv: { puts: 1 },
        mails: 1,
        request: async (world) => ({ json: { token: (await told(world.app, await world.logIn())).token } }),
      },
      'a link used before': {
        status: 400,
        trips: 1,
        statements: 13,
        rows: [11, 0],
        request: async (world, operation) =>
          populated.used(world, operation, { token: (await told(world.app, await world.logIn())).token }),
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'remove a factor by the link about it',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          const { added, token } = await told(app, session)
          return {
            request: { json: { token } },
            done: hasFactors('totp', session.user.id, 0),
            holds: async (later, done) => (await isLive(added)(later)) === !done,
          }
        },
      },
    ],
  },
  'GET /api/auth/remove-factor': pageOfLink,
}
