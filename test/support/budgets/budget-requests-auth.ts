import type { World } from '../app/population.ts'
import {
  alterUser,
  askForAddress,
  cookiesOf,
  fromOurPage,
  linkIn,
  somePassword,
  startApp,
  type TestApp,
} from '../app/support.ts'
import { forged, forgedLink, linkTo, newPassword, type Request, type Requests } from './budget-support.ts'

const password = somePassword

/** A user who has just registered and waits to be verified. */
export const registered = async (world: World) => {
  const email = world.stranger()
  await world.app.call('POST /api/auth/register', { json: { email, password } })
  return email
}

/** The same, as a page that wants more than the link. */
const onPage = async (world: World, more: object = {}) => {
  const { json } = linkTo(world, await registered(world))
  return { json: { ...json, require_proof: true, ...more } }
}

/** The second link of the mail, which disputes the registration. */
const disputed = async (world: World) => ({
  json: { token: linkIn(world.app, await registered(world), 'reject-registration') },
})

/** A link that was asked for by mail, and used. */
const used = async (world: World, operation: string, address: string, more: object = {}) => {
  const json = { token: linkIn(world.app, address), ...more }
  await world.app.call(operation, { json })
  return { json }
}

const forgotten = async ({ app, email }: World) => {
  const address = email()
  await app.call('POST /api/auth/forgot-password', { json: { email: address } })
  return address
}

/** A session whose refresh token was turned once. */
const turned = async ({ app, logIn }: World) => {
  const { refresh_token, access_token } = await logIn()
  await app.call('POST /api/auth/refresh', { json: { refresh_token } })
  return { refresh_token, bearer: access_token }
}

const ended = async ({ app, logIn }: World) => {
  const { refresh_token, access_token: bearer } = await logIn()
  await app.call('POST /api/auth/logout', { bearer })
  return { refresh_token, bearer }
}

/** A user who waits for a new address, which needs no approval where the password was given. */
const changing = async ({ app, logIn, stranger }: World, given: object = { current_password: password }) => {
  const { email, access_token: bearer } = await logIn()
  const next = stranger()
  await askForAddress(app, bearer, next, given)
  return { email, next, bearer }
}

const confirmation = async (world: World, given?: object) => {
  const { next, bearer } = await changing(world, given)
  return { ...linkTo(world, next), bearer }
}

/** The same link once more. */
const again = async (world: World, operation: string, sent: { json: object }) => {
  await world.app.call(operation, sent)
  return sent
}

/** A log-in that a mail told of, since the browser was new. */
const toldOf = async ({ logIn }: World) => (await logIn()).email

/** Copies a session of a user until there are the twenty that one may have, made in the seconds before. */
const fill = (app: TestApp, userId: string) =>
  app.db
    .prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n
        where i < 20 - (select count(*) from sessions where user_id = ?1))
       insert into sessions (id, user_id, nonce, created_at, rotated_at, auth_time, expires_at, ends_at)
       select substr(hex(randomblob(11)), 1, 22), user_id, nonce, created_at + i, rotated_at, auth_time, expires_at, ends_at
       from n, (select * from sessions where user_id = ?1 order by created_at limit 1)`,
    )
    .bind(userId)
    .run()

const shut: Request = () => ({
  app: startApp({ bindings: { SHIELD: { limit: async () => ({ success: false }) } } }),
  json: { email: 'somebody@example.com', password },
})

export const authRequests = {
  'POST /api/auth/register': {
    'a new address': ({ stranger }) => ({ json: { email: stranger(), password } }),
    verified: ({ email }) => ({ json: { email: email(), password } }),
    'not verified, the same password': async (world) => ({ json: { email: await registered(world), password } }),
    'not verified, another password': async (world) => ({
      json: { email: await registered(world), password: newPassword },
    }),
    'a password that may not be': ({ stranger }) => ({ json: { email: stranger(), password: 'password1234' } }),
    'stopped by the shield': shut,
  },
  'POST /api/auth/verify-email': {
    'the link': async (world) => linkTo(world, await registered(world)),
    'a link used before': async (world) => used(world, 'POST /api/auth/verify-email', await registered(world)),
    'a forged link': () => forgedLink,
    'a page, in the browser that registered': async (world) => {
      const email = world.stranger()
      const cookies = cookiesOf(await world.app.call('POST /api/auth/register', { json: { email, password } }))
      return { json: { ...linkTo(world, email).json, require_proof: true }, cookies }
    },
    'a page, in another one': (world) => onPage(world),
    'with the password': (world) => onPage(world, { password }),
    'with a wrong password': (world) => onPage(world, { password: 'a wrong passphrase' }),
  },
  'POST /api/auth/reject-registration': {
    'the link': disputed,
    'a link used before': async (world) => {
      const sent = await disputed(world)
      await world.app.call('POST /api/auth/reject-registration', sent)
      return sent
    },
    'a forged link': () => forgedLink,
  },
  'GET /api/auth/verify-email': {
    'its page': () => ({ headers: { Accept: 'text/html' } }),
    'the link, by another client': async (world) => ({
      path: `/api/auth/verify-email?token=${linkIn(world.app, await registered(world))}`,
    }),
  },
  'POST /api/auth/resend-verification': {
    'not verified': async (world) => {
      const email = await registered(world)
      world.app.wait({ minutes: 2 })
      return { json: { email } }
    },
    verified: ({ email }) => ({ json: { email: email() } }),
    unknown: ({ stranger }) => ({ json: { email: stranger() } }),
  },
  'POST /api/auth/forgot-password': {
    known: ({ email }) => ({ json: { email: email() } }),
    unknown: ({ stranger }) => ({ json: { email: stranger() } }),
  },
  'POST /api/auth/reset-password': {
    'the link': async (world) => {
      const { json } = linkTo(world, await forgotten(world))
      return { json: { ...json, new_password: newPassword } }
    },
    'the link that verifies': async (world) => {
      const { json } = linkTo(world, await registered(world))
      return { json: { ...json, new_password: newPassword } }
    },
    'a link used before': async (world) =>
      used(world, 'POST /api/auth/reset-password', await forgotten(world), { new_password: newPassword }),
    'a forged link': () => ({ json: { ...forgedLink.json, new_password: newPassword } }),
  },
  'POST /api/auth/login': {
    'right, a known device': async ({ logIn }) => {
      const { email, device } = await logIn()
      return { json: { email, password }, cookies: { device } }
    },
    'right, a new device': ({ email }) => ({ json: { email: email(), password } }),
    'right, the 21st session': async ({ app, logIn }) => {
      const { email, user, device } = await logIn()
      await fill(app, user.id)
      return { json: { email, password }, cookies: { device } }
    },
    'right, in place of a session': async ({ logIn }) => {
      const { email, device, refresh_token } = await logIn()
      return { json: { email, password }, cookies: { device, refresh_token }, headers: fromOurPage }
    },
    wrong: ({ email }) => ({ json: { email: email(), password: 'a wrong passphrase' } }),
    'wrong, a known device': async ({ logIn }) => {
      const { email, device } = await logIn()
      return { json: { email, password: 'a wrong passphrase' }, cookies: { device } }
    },
    unknown: ({ stranger }) => ({ json: { email: stranger(), password } }),
    'not verified': async (world) => ({ json: { email: await registered(world), password } }),
    disabled: async ({ app, email }) => {
      const address = email()
      await alterUser(app, address, { status: 'disabled' })
      return { json: { email: address, password } }
    },
    'too many attempts': async ({ strict, stranger }) => {
      const json = { email: stranger(), password }
      for (let n = 0; n < 10; n++) await strict.call('POST /api/auth/login', { json })
      return { app: strict, json }
    },
    'stopped by the shield': shut,
  },
  'POST /api/auth/refresh': {
    first: async ({ logIn }) => ({ json: { refresh_token: (await logIn()).refresh_token } }),
    'replay, within the grace time': async (world) => ({
      json: { refresh_token: (await turned(world)).refresh_token },
    }),
    'reused, after it': async (world) => {
      const { refresh_token } = await turned(world)
      world.app.wait({ minutes: 1 })
      return { json: { refresh_token } }
    },
    'an ended session': async (world) => ({ json: { refresh_token: (await ended(world)).refresh_token } }),
    'a forged token': async ({ logIn }) => ({ json: { refresh_token: forged((await logIn()).refresh_token) } }),
  },
  'POST /api/auth/logout': {
    'signed in': async ({ logIn }) => ({ bearer: (await logIn()).access_token }),
    'an ended session': async (world) => ({ bearer: (await ended(world)).bearer }),
    nobody: () => ({}),
  },
  'POST /api/auth/reauthenticate': {
    right: async ({ logIn }) => ({ json: { password }, bearer: (await logIn()).access_token }),
    wrong: async ({ logIn }) => ({
      json: { password: 'a wrong passphrase' },
      bearer: (await logIn()).access_token,
    }),
    'wrong for the tenth time': async ({ strict, logIn }) => {
      const call = { json: { password: 'a wrong passphrase' }, bearer: (await logIn()).access_token }
      for (let n = 0; n < 9; n++) await strict.call('POST /api/auth/reauthenticate', call)
      return { app: strict, ...call }
    },
  },
  'POST /api/auth/confirm-email': {
    'the link': (world) => confirmation(world),
    'the link, with the password': async (world) => {
      const { json } = await confirmation(world)
      return { json: { ...json, password } }
    },
    'the link, of a change to approve': (world) => confirmation(world, {}),
    'the link, with a wrong password': async (world) => {
      const { json } = await confirmation(world)
      return { json: { ...json, password: 'a wrong passphrase' } }
    },
    'the link, by nobody': async (world) => ({ json: (await confirmation(world)).json }),
    'a link used before': async (world) => again(world, 'POST /api/auth/confirm-email', await confirmation(world)),
    'a forged link': () => forgedLink,
  },
  'POST /api/auth/cancel-email-change': {
    'the link': async (world) => linkTo(world, (await changing(world)).email),
    'a link used before': async (world) =>
      used(world, 'POST /api/auth/cancel-email-change', (await changing(world)).email),
    'a forged link': () => forgedLink,
  },
  'POST /api/auth/end-session': {
    'the link': async (world) => linkTo(world, await toldOf(world)),
    'a link used before': async (world) => used(world, 'POST /api/auth/end-session', await toldOf(world)),
    'a forged link': () => forgedLink,
  },
} satisfies Partial<Requests>
