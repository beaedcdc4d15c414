import { alterUser, linkIn, register, type SessionBody, someAddress, type TestApp } from '../app/support.ts'
import {
  type Arranged,
  isLive,
  isTrue,
  type Operation,
  type Request,
  someoneSignedIn,
  theAdmin,
} from './fault-world.ts'

type Target = SessionBody & { email: string }

/** An operation of the admin on a user who is there. */
const onUser = (
  name: string,
  [method, rest = '']: [method: string, rest?: string],
  json: unknown,
  {
    again = 200,
    beside,
    before,
    ...shows
  }: {
    again?: number
    beside?: number[]
    before?: (app: TestApp, target: Target) => Promise<unknown>
    done?: (app: TestApp, target: Target) => Promise<boolean>
    holds?: (app: TestApp, done: boolean, target: Target) => Promise<boolean>
  } = {},
): Operation => ({
  name,
  operation: `${method} /api/admin/users/{id}${rest}`,
  status: 200,
  again,
  beside,
  arrange: async (app): Promise<Arranged> => {
    const { access_token } = await theAdmin(app)
    const target = await someoneSignedIn(app)
    await before?.(app, target)
    const request: Request = { operation: `${method} /api/admin/users/${target.user.id}${rest}`, bearer: access_token }
    const { done, holds } = shows
    return {
      request: json === undefined ? request : { ...request, json },
      ...(done && { done: (later: TestApp) => done(later, target) }),
      ...(holds && { holds: (later: TestApp, took: boolean) => holds(later, took, target) }),
    }
  },
})

const read = (path: string): Operation => ({
  name: `read ${path}`,
  operation: `GET ${path.split('?')[0]}`,
  status: 200,
  again: 200,
  arrange: async (app) => ({ request: { operation: `GET ${path}`, bearer: (await theAdmin(app)).access_token } }),
})

const has =
  (condition: string) =>
  (app: TestApp, { user }: Target) =>
    isTrue(app, `select 1 from users where id = ? and ${condition}`, user.id)

/** Sessions live until it is done. */
const endsSessions = async (app: TestApp, done: boolean, target: Target) => (await isLive(target)(app)) === !done

const gone = async (app: TestApp, target: Target) => !(await isLive(target)(app))

const makeAdmin = (app: TestApp, { email }: Target) => alterUser(app, email, { role: 'admin' })

export const adminOperations: Operation[] = [
  read('/api/admin/users'),
  read('/api/admin/users?search=ada'),
  read('/api/admin/stats'),
  read('/api/admin/audit'),
  {
    name: 'invite',
    operation: 'POST /api/admin/users',
    status: 201,
    again: 409,
    arrange: async (app) => {
      const { access_token } = await theAdmin(app)
      const email = someAddress('guest')
      return {
        request: { operation: 'POST /api/admin/users', json: { email, name: 'A guest' }, bearer: access_token },
        done: (later) => isTrue(later, 'select 1 from users where email = ?', email),
      }
    },
  },
  {
    name: 'invite whom somebody registered',
    operation: 'POST /api/admin/users',
    status: 201,
    again: 409,
    beside: [409],
    arrange: async (app) => {
      const { access_token } = await theAdmin(app)
      const email = someAddress('squatted')
      await register(app, email, 'a password of an attacker')
      const attackers = linkIn(app, email)
      return {
        request: { operation: 'POST /api/admin/users', json: { email, name: 'A guest' }, bearer: access_token },
        done: (later) =>
          isTrue(later, "select 1 from users where email = ? and name = 'A guest' and password is null", email),
        holds: async (later, done) => {
          if (!done) return true
          return (await later.request('POST /api/auth/verify-email', { json: { token: attackers } })).status === 400
        },
      }
    },
  },
  {
    name: 'vouch for whom somebody registered',
    operation: 'PATCH /api/admin/users/{id}',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { access_token } = await theAdmin(app)
      const email = someAddress('squatted')
      await register(app, email, 'a password of an attacker')
      const id = await app.db.prepare('select id from users where email = ?').bind(email).first<string>('id')
      const request = {
        operation: `PATCH /api/admin/users/${id}`,
        json: { email_verified: true },
        bearer: access_token,
      }
      return {
        request,
        done: (later) => isTrue(later, 'select 1 from users where email = ? and email_verified_at > 0', email),
        // Never verified with that password, and then a mail is written to choose another.
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
  onUser('read a user', ['GET'], undefined),
  onUser('list the sessions of a user', ['GET', '/sessions'], undefined),
  onUser('rename a user', ['PATCH'], { name: 'Grace' }, { done: has("name = 'Grace'") }),
  onUser(
    'take the verification from a user',
    ['PUT'],
    { email_verified: false },
    {
      done: has('email_verified_at is null'),
      holds: endsSessions,
    },
  ),
  {
    name: 'give a user another address',
    operation: 'PATCH /api/admin/users/{id}',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { access_token } = await theAdmin(app)
      const target = await someoneSignedIn(app)
      const email = someAddress('moved')
      const operation = `PATCH /api/admin/users/${target.user.id}`
      return {
        request: { operation, json: { email }, bearer: access_token },
        done: (later) => isTrue(later, 'select 1 from users where id = ? and email = ?', target.user.id, email),
        holds: async (later, done) =>
          (await endsSessions(later, done, target)) &&
          done === (await isTrue(later, 'select 1 from mail where address = ? and expires_at > created_at', email)),
      }
    },
  },
  onUser('make a user an admin', ['PUT', '/role'], { role: 'admin' }, { done: has("role = 'admin'") }),
  onUser('make an admin a user', ['PUT', '/role'], { role: 'user' }, { before: makeAdmin, done: has("role = 'user'") }),
  onUser(
    'disable a user',
    ['PUT', '/status'],
    { status: 'disabled' },
    {
      // A link that the user has is dead from then on.
      before: (app, { email }) => app.call('POST /api/auth/forgot-password', { json: { email } }),
      done: has("status = 'disabled'"),
      holds: async (app, done, target) => (await isLive(target)(app)) === !done,
    },
  ),
  onUser(
    'enable a user',
    ['PUT', '/status'],
    { status: 'active' },
    {
      before: async (app, { user }) => {
        const { access_token } = await theAdmin(app)
        await app.call(`PUT /api/admin/users/${user.id}/status`, { bearer: access_token, json: { status: 'disabled' } })
      },
      done: has("status = 'active'"),
    },
  ),
  { ...onUser('mail a link for a new password', ['POST', '/password-reset'], undefined), mailsAgain: true },
  onUser('end the sessions of a user', ['DELETE', '/sessions'], undefined, {
    before: async (app, { access_token }) => {
      const next = someAddress('next')
      await app.call('PATCH /api/user/profile', { bearer: access_token, json: { email: next } })
      return linkIn(app, next)
    },
    done: gone,
  }),
  onUser('delete a user', ['DELETE'], undefined, {
    again: 404,
    done: async (app, target) => !(await has('true')(app, target)),
  }),
]
