import { addApp, addRecoveryCodes } from '../support/app/second-factors.ts'
import { alterUser, linkIn, someAddress, type TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { attackers, newcomer } from '../support/faults/arranged.ts'
import { endsSessions, has, onUser } from '../support/faults/arranged-admin.ts'
import { isLive, isTrue, someoneSignedIn, theAdmin } from '../support/faults/fault-world.ts'
import { hasFactors } from './factor-rows.ts'
import { either, type Operations } from './operation.ts'

const edited = {
  json: () => ({
    name: 'Ada',
    phone: '+442079460958',
    email: someAddress(),
    email_verified: true,
    mfa_required: true,
    locale: 'de',
  }),
  fine: [
    ...either('name'),
    ...either('phone'),
    ...either('locale'),
    ...either('external_id'),
    ...either('metadata'),
    'metadata object',
    'email missing',
    'email_verified missing',
    'mfa_required missing',
  ],
}

const squatter = async (app: TestApp) => {
  const email = await newcomer(app, attackers)
  const id = await app.db.prepare('select id from users where email = ?').bind(email).first<string>('id')
  return { email, id: id!, token: linkIn(app, email) }
}

export const administration: Operations = {
  'POST /api/admin/users': {
    json: () => ({ email: someAddress(), name: 'Ada', role: 'user' }),
    fine: [
      ...either('name'),
      ...either('locale'),
      ...either('external_id'),
      ...either('metadata'),
      'metadata object',
      'role missing',
    ],
    costs: {
      'a new address': {
        status: 201,
        trips: [2, 1],
        statements: [7, 3],
        rows: [96, 19],
        mails: 1,
        request: (world) => ({ ...populated.asAdmin(world), json: { email: world.stranger() } }),
      },
      'a known address': {
        status: 409,
        trips: 2,
        statements: 7,
        rows: [68, 0],
        request: (world) => ({ ...populated.asAdmin(world), json: { email: world.email() } }),
      },
      'an unverified address': {
        status: 201,
        trips: [3, 1],
        statements: [16, 3],
        rows: [228, 15],
        mails: 1,
        request: async (world) => ({
          ...populated.asAdmin(world),
          json: { email: await populated.registered(world) },
        }),
      },
    },
    faults: [
      {
        name: 'invite',
        status: 201,
        again: 409,
        arrange: async (app) => {
          const { access_token } = await theAdmin(app)
          const email = someAddress('guest')
          return {
            request: { json: { email, name: 'A guest' }, bearer: access_token },
            done: (later) => isTrue(later, 'select 1 from users where email = ?', email),
          }
        },
      },
      {
        name: 'invite an address that somebody registered',
        status: 201,
        again: 409,
        beside: [409],
        arrange: async (app) => {
          const { access_token } = await theAdmin(app)
          const { email, token } = await squatter(app)
          return {
            request: { json: { email, name: 'A guest' }, bearer: access_token },
            done: (later) =>
              isTrue(later, "select 1 from users where email = ? and name = 'A guest' and password is null", email),
            holds: async (later, done) => {
              if (!done) return true
              return (await later.request('POST /api/auth/verify-email', { json: { token } })).status === 400
            },
          }
        },
      },
    ],
  },
  'PATCH /api/admin/users/{id}': {
    ...edited,
    costs: {
      'another name': {
        trips: 2,
        statements: 13,
        rows: [146, 8],
        request: populated.onUser({ name: 'Somebody Else' }),
      },
      'another address': {
        trips: [2, 2],
        statements: [13, 6],
        rows: [178, 23],
        kv: { puts: 2 },
        mails: 2,
        request: (world) => populated.onUser({ email: world.stranger() })(world),
      },
      'marked as verified': {
        trips: [2, 1],
        statements: [13, 3],
        rows: [184, 16],
        mails: 1,
        request: async (world) => {
          const email = await populated.registered(world)
          const { results } = await world.app.db.prepare('select id from users where email = ?').bind(email).all()
          const [{ id } = {}] = results
          return { ...populated.asAdmin(world), id: String(id), json: { email_verified: true } }
        },
      },
    },
    faults: [
      {
        name: 'vouch for an address that somebody registered',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { access_token } = await theAdmin(app)
          const { email, id } = await squatter(app)
          return {
            request: { id, json: { email_verified: true }, bearer: access_token },
            done: (later) => isTrue(later, 'select 1 from users where email = ? and email_verified_at > 0', email),
            // The user never verified with that password, so a mail asks to choose another.
            holds: (later, done) =>
              isTrue(
                later,
                "select 1 from users where email = ? and (password is null) = ? and ? = (select count(*) from mail where user_id = users.id and kind = 'set_password')",
                email,
                Number(done),
                Number(done),
              ),
          }
        },
      },
      onUser('rename a user', { name: 'Grace' }, { done: has("name = 'Grace'") }),
      {
        name: 'give a user another address',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { access_token } = await theAdmin(app)
          const target = await someoneSignedIn(app)
          const email = someAddress('moved')
          return {
            request: { id: target.user.id, json: { email }, bearer: access_token },
            done: (later) => isTrue(later, 'select 1 from users where id = ? and email = ?', target.user.id, email),
            holds: async (later, done) =>
              (await endsSessions(later, done, target)) &&
              done === (await isTrue(later, 'select 1 from mail where address = ? and expires_at > created_at', email)),
          }
        },
      },
    ],
  },
  'PUT /api/admin/users/{id}': {
    like: 'PATCH /api/admin/users/{id}',
    ...edited,
    faults: [
      onUser(
        'withdraw the verification of a user',
        { email_verified: false },
        {
          done: has('email_verified_at is null'),
          holds: endsSessions,
        },
      ),
    ],
  },
  'DELETE /api/admin/users/{id}': {
    costs: {
      'a user': {
        trips: [2, 1],
        statements: [10, 3],
        rows: [66, 23],
        kv: { puts: 2 },
        mails: 1,
        request: populated.onUser(),
      },
    },
    faults: [
      onUser('delete a user', undefined, {
        again: 404,
        done: async (app, target) => !(await has('true')(app, target)),
      }),
    ],
  },
  'PUT /api/admin/users/{id}/role': {
    json: () => ({ role: 'admin' }),
    costs: {
      'made an admin': {
        trips: 2,
        statements: 7,
        rows: [146, 9],
        request: populated.onUser({ role: 'admin' }),
      },
    },
    faults: [
      onUser('make a user an admin', { role: 'admin' }, { done: has("role = 'admin'") }),
      onUser(
        'make an admin a user',
        { role: 'user' },
        { before: (app, { email }) => alterUser(app, email, { role: 'admin' }), done: has("role = 'user'") },
      ),
    ],
  },
  'PUT /api/admin/users/{id}/status': {
    json: () => ({ status: 'disabled' }),
    costs: {
      disabled: {
        trips: 2,
        statements: 7,
        rows: [175, 10],
        kv: { puts: 2 },
        request: populated.onUser({ status: 'disabled' }),
      },
    },
    faults: [
      onUser(
        'disable a user',
        { status: 'disabled' },
        {
          // From then on the user's link is void.
          before: (app, { email }) => app.call('POST /api/auth/forgot-password', { json: { email } }),
          done: has("status = 'disabled'"),
          holds: endsSessions,
        },
      ),
      onUser(
        'enable a user',
        { status: 'active' },
        {
          before: async (app, { user }) => {
            const { access_token } = await theAdmin(app)
            await app.call(`PUT /api/admin/users/${user.id}/status`, {
              bearer: access_token,
              json: { status: 'disabled' },
            })
          },
          done: has("status = 'active'"),
        },
      ),
    ],
  },
  'POST /api/admin/users/{id}/password-reset': {
    costs: {
      'a user': { trips: [2, 1], statements: [6, 3], rows: [160, 9], mails: 1, request: populated.onUser() },
    },
    faults: [onUser('mail a link for a new password', undefined, { mailsAgain: true })],
  },
  'DELETE /api/admin/users/{id}/factors': {
    costs: {
      'a user with an app': {
        trips: [2, 1],
        statements: [15, 3],
        rows: [241, 16],
        kv: { puts: 2 },
        mails: 1,
        request: async (world) => {
          const { user } = await world.logIn()
          await addApp(world.app, user.id)
          await addRecoveryCodes(world.app, user.id)
          return { ...populated.asAdmin(world), id: user.id }
        },
      },
      'a user without a factor': { trips: 2, statements: 15, rows: [136, 0], request: populated.onUser() },
    },
    faults: [
      onUser('remove the factors of a user', undefined, {
        before: async (app, { user }) => {
          await addApp(app, user.id)
          await addRecoveryCodes(app, user.id)
        },
        done: has('factors = 0'),
        holds: endsSessions,
      }),
    ],
  },
  'DELETE /api/admin/users/{id}/factors/{factor}': {
    arrange: async (app) => {
      const { user } = await someoneSignedIn(app)
      return { id: user.id, factor: (await addApp(app, user.id)).id, json: {} }
    },
    costs: {
      'the last app': {
        trips: [2, 1],
        statements: [15, 3],
        rows: [250, 16],
        kv: { puts: 2 },
        mails: 1,
        request: async (world) => {
          const { user } = await world.logIn()
          const { id: factor } = await addApp(world.app, user.id)
          await addRecoveryCodes(world.app, user.id)
          return { ...populated.asAdmin(world), id: user.id, factor }
        },
      },
      'an unknown id': {
        status: 404,
        trips: 2,
        statements: 15,
        rows: [180, 0],
        request: async (world) => ({ ...(await populated.onUser()(world)), factor: 'none' }),
      },
    },
    faults: [
      {
        name: 'remove one factor of a user',
        status: 200,
        again: 404,
        arrange: async (app) => {
          const { access_token: bearer } = await theAdmin(app)
          const target = await someoneSignedIn(app)
          const { id } = target.user
          const { id: factor } = await addApp(app, id)
          await addApp(app, id)
          await addRecoveryCodes(app, id)
          return {
            request: { id, factor, bearer },
            done: hasFactors('totp', id, 1),
            holds: async (later, done) =>
              (await endsSessions(later, done, target)) && (await has('factors = 9')(later, target)),
          }
        },
      },
    ],
  },
  'DELETE /api/admin/users/{id}/sessions': {
    costs: {
      'a user': { trips: 2, statements: 7, rows: [190, 7], kv: { puts: 2 }, request: populated.onUser() },
    },
    faults: [
      onUser('end the sessions of a user', undefined, {
        before: async (app, { access_token }) => {
          const next = someAddress('next')
          await app.call('PATCH /api/user/profile', { bearer: access_token, json: { email: next } })
          return linkIn(app, next)
        },
        done: async (app, target) => !(await isLive(target)(app)),
      }),
    ],
  },
}
