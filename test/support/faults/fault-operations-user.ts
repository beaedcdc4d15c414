import { formWith } from '../app/avatar-support.ts'
import { twoColours } from '../app/pictures.ts'
import { linkIn, logIn, someAddress, somePassword, type TestApp } from '../app/support.ts'
import {
  isLive,
  isTrue,
  newPassword,
  type Operation,
  passwordIs,
  rows,
  sidOf,
  someone,
  someoneSignedIn,
} from './fault-world.ts'

const picture = twoColours(8, 8)

const withPicture = async (app: TestApp) => {
  const session = await someoneSignedIn(app)
  const reply = await app.call('POST /api/user/upload-avatar', {
    bearer: session.access_token,
    body: formWith(picture),
  })
  const { avatar_url } = (await reply.json()) as { avatar_url: string }
  return { session, key: avatar_url.split('/').at(-1)! }
}

const avatarOf = async (app: TestApp, email: string) =>
  (await rows(app, 'select avatar from users where email = ?', email))[0]?.avatar

const readProfile = async (app: TestApp) => {
  const { access_token } = await someoneSignedIn(app)
  return { request: { operation: 'GET /api/user/profile', bearer: access_token } }
}

const rename = (method: 'PUT' | 'PATCH'): Operation => ({
  name: `change the name by ${method}`,
  operation: `${method} /api/user/profile`,
  status: 200,
  again: 200,
  arrange: async (app) => {
    const { email, access_token } = await someoneSignedIn(app)
    return {
      request: { operation: `${method} /api/user/profile`, json: { name: 'Ada' }, bearer: access_token },
      done: (later) => isTrue(later, "select 1 from users where email = ? and name = 'Ada'", email),
    }
  },
})

const changeAddress = (name: string, more: object): Operation => ({
  name,
  operation: 'PATCH /api/user/profile',
  status: 200,
  again: 200,
  // A link for the newer wish comes a minute later, and the notice at once.
  mailsAgain: true,
  arrange: async (app) => {
    const { email, access_token } = await someoneSignedIn(app)
    const next = someAddress('next')
    return {
      request: { operation: 'PATCH /api/user/profile', json: { email: next, ...more }, bearer: access_token },
      done: (later) => isTrue(later, 'select 1 from users where email = ? and pending_email = ?', email, next),
    }
  },
})

const leaveLater: Operation = {
  name: 'leave without the password',
  operation: 'DELETE /api/user/account',
  status: 200,
  again: 401,
  arrange: async (app) => {
    const { email, access_token: bearer, ...session } = await someoneSignedIn(app)
    return {
      request: { operation: 'DELETE /api/user/account', bearer },
      done: (later) =>
        isTrue(later, "select 1 from users where email = ? and status = 'disabled' and erases_at > 0", email),
      holds: async (later, done) => (await isLive({ access_token: bearer, ...session })(later)) === !done,
    }
  },
}

const leave = (name: string, path: string): Operation => ({
  name,
  operation: `DELETE ${path}`,
  status: 200,
  again: 401,
  // The proof holds no more, and that may be seen before the end of the session.
  beside: [403],
  arrange: async (app) => {
    const { session, key } = await withPicture(app)
    return {
      request: {
        operation: `DELETE ${path}`,
        json: { current_password: somePassword },
        bearer: session.access_token,
      },
      done: async (later) => !(await isTrue(later, 'select 1 from users where email = ?', session.email)),
      // The picture goes last: it is there as long as the account is.
      holds: async (later, done) => done || (await later.request(`GET /avatars/${key}`)).status === 200,
    }
  },
})

const upload = (operation: string): Operation => ({
  name: operation === 'PUT /api/user/avatar' ? 'replace the picture' : 'send a picture',
  operation,
  status: 200,
  again: 200,
  arrange: async (app) => {
    const { session, key } =
      operation === 'PUT /api/user/avatar'
        ? await withPicture(app)
        : { session: await someoneSignedIn(app), key: undefined }
    return {
      request: { operation, bearer: session.access_token, body: formWith(picture) },
      done: async (later) => ![null, key].includes((await avatarOf(later, session.email)) as string | null),
    }
  },
})

const changePassword = (method: 'POST' | 'PUT'): Operation => ({
  name: `change the password by ${method}`,
  operation: `${method} /api/user/change-password`,
  status: 200,
  again: 401,
  beside: [401],
  arrange: async (app) => {
    const email = await someone(app)
    const [mine, other] = [await logIn(app, email), await logIn(app, email)]
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const json = { current_password: somePassword, new_password: newPassword }
    return {
      request: { operation: `${method} /api/user/change-password`, json, bearer: mine.access_token },
      done: (later) => passwordIs(later, email, newPassword),
      // One session goes on, under another id.
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

export const userOperations: Operation[] = [
  {
    name: 'read the profile',
    operation: 'GET /api/user/profile',
    status: 200,
    again: 200,
    arrange: readProfile,
  },
  rename('PUT'),
  rename('PATCH'),
  changeAddress('ask for a new address', {}),
  changeAddress('ask for a new address with the password', { current_password: somePassword }),
  {
    name: 'keep the address after all',
    operation: 'PATCH /api/user/profile',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { email, access_token } = await someoneSignedIn(app)
      const next = someAddress('next')
      await app.call('PATCH /api/user/profile', { bearer: access_token, json: { email: next } })
      const json = { token: linkIn(app, next), password: somePassword }
      return {
        request: { operation: 'PATCH /api/user/profile', json: { email }, bearer: access_token },
        done: (later) => isTrue(later, 'select 1 from users where email = ? and pending_email is null', email),
        holds: async (later, done) =>
          !done || (await later.request('POST /api/auth/confirm-email', { json })).status === 400,
      }
    },
  },
  leaveLater,
  leave('leave', '/api/user/account'),
  leave('leave by the older address', '/api/user/profile'),
  changePassword('POST'),
  changePassword('PUT'),
  {
    name: 'list the sessions',
    operation: 'GET /api/user/sessions',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { access_token } = await someoneSignedIn(app)
      return { request: { operation: 'GET /api/user/sessions', bearer: access_token } }
    },
  },
  {
    name: 'end the other sessions',
    operation: 'DELETE /api/user/sessions',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = await someone(app)
      const [mine, other] = [await logIn(app, email), await logIn(app, email)]
      return {
        request: { operation: 'DELETE /api/user/sessions', bearer: mine.access_token },
        done: async (later) => !(await isLive(other)(later)),
        holds: isLive(mine),
      }
    },
  },
  {
    name: 'end another session',
    operation: 'DELETE /api/user/sessions/{id}',
    status: 200,
    again: 404,
    arrange: async (app) => {
      const email = await someone(app)
      const [mine, other] = [await logIn(app, email), await logIn(app, email)]
      return {
        request: { operation: `DELETE /api/user/sessions/${sidOf(other)}`, bearer: mine.access_token },
        done: async (later) => !(await isLive(other)(later)),
        holds: isLive(mine),
      }
    },
  },
  {
    name: 'end the session one is in',
    operation: 'DELETE /api/user/sessions/{id}',
    status: 200,
    again: 401,
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      return {
        request: { operation: `DELETE /api/user/sessions/${sidOf(session)}`, bearer: session.access_token },
        done: async (later) => !(await isLive(session)(later)),
      }
    },
  },
  {
    name: 'export',
    operation: 'GET /api/user/export',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { access_token } = await someoneSignedIn(app)
      return { request: { operation: 'GET /api/user/export', bearer: access_token } }
    },
  },
  upload('POST /api/user/upload-avatar'),
  upload('PUT /api/user/avatar'),
  {
    name: 'remove the picture',
    operation: 'DELETE /api/user/avatar',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { session } = await withPicture(app)
      return {
        request: { operation: 'DELETE /api/user/avatar', bearer: session.access_token },
        done: async (later) => (await avatarOf(later, session.email)) === null,
      }
    },
  },
  {
    name: 'see a picture',
    operation: 'GET /avatars/{key}',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { key } = await withPicture(app)
      return { request: { operation: `GET /avatars/${key}` } }
    },
  },
]
