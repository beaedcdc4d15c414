import {
  alterUser,
  askForAddress,
  confirmEmail,
  cookiesOf,
  fromOurPage,
  linkIn,
  logIn,
  mailsTo,
  member,
  refresh,
  register,
  type SessionBody,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../app/support.ts'
import {
  isLive,
  isTrue,
  newPassword,
  type Operation,
  passwordIs,
  rows,
  someone,
  someoneSignedIn,
} from './fault-world.ts'

const verified = (email: string) => (app: TestApp) =>
  isTrue(app, 'select 1 from users where email = ? and email_verified_at > 0', email)

/** A user who waits for a new address, in the session that asked for it, with another one beside it. */
export const changing = async (app: TestApp, given?: object) => {
  const session = await someoneSignedIn(app)
  const other = await logIn(app, session.email)
  const next = someAddress('next')
  await askForAddress(app, session.access_token, next, given)
  return { session, other, next }
}

/** A user whose address was changed, and the link by which the old one undoes that. */
export const moved = async (app: TestApp) => {
  const { session, next } = await changing(app)
  await confirmEmail(app, linkIn(app, next), { bearer: session.access_token })
  return { session, next, token: linkIn(app, session.email, 'revert-email-change') }
}

const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'

/** A user, and a session of a device that was new, of which a mail tells. */
export const toldOfADevice = async (app: TestApp) => {
  const session = await someoneSignedIn(app)
  const json = { email: session.email, password: somePassword }
  const reply = await app.call('POST /api/auth/login', { json, headers: { 'User-Agent': chrome } })
  return { session, other: (await reply.json()) as SessionBody, token: linkIn(app, session.email) }
}

export const authOperations: Operation[] = [
  {
    name: 'register',
    operation: 'POST /api/auth/register',
    status: 201,
    again: 201,
    arrange: async () => {
      const email = someAddress()
      return {
        request: { operation: 'POST /api/auth/register', json: { email, password: somePassword } },
        done: (app) => isTrue(app, 'select 1 from users where email = ?', email),
      }
    },
  },
  {
    name: 'register what another registered',
    operation: 'POST /api/auth/register',
    status: 201,
    again: 201,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email, 'a password of an attacker')
      const attackers = linkIn(app, email)
      return {
        request: { operation: 'POST /api/auth/register', json: { email, password: somePassword } },
        done: (later) => isTrue(later, 'select 1 from users where email = ? and password is null', email),
        // After it took effect, the attacker's link is dead and opens nothing (A-17b).
        holds: async (later, done) => {
          if (!done) return true
          return (await later.request('POST /api/auth/verify-email', { json: { token: attackers } })).status === 400
        },
      }
    },
  },
  {
    name: 'register what somebody has',
    operation: 'POST /api/auth/register',
    status: 201,
    again: 201,
    arrange: async (app) => {
      const email = await someone(app)
      return {
        request: { operation: 'POST /api/auth/register', json: { email, password: newPassword } },
        holds: (later) => passwordIs(later, email, somePassword),
      }
    },
  },
  {
    name: 'log in',
    operation: 'POST /api/auth/login',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = await someone(app)
      return { request: { operation: 'POST /api/auth/login', json: { email, password: somePassword } } }
    },
  },
  {
    name: 'log in over a session',
    operation: 'POST /api/auth/login',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = await someone(app)
      const json = { email, password: somePassword }
      const reply = await app.call('POST /api/auth/login', { json })
      const before = isLive((await reply.clone().json()) as SessionBody)
      const cookies = cookiesOf(reply)
      return {
        request: { operation: 'POST /api/auth/login', json, cookies, headers: fromOurPage },
        done: async (later) => !(await before(later)),
      }
    },
  },
  {
    name: 'log in with a hash of before',
    operation: 'POST /api/auth/login',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const older = startApp({ vars: { PASSWORD_SCRYPT: 'ln=2,r=8,p=1' } })
      older.wait({ seconds: (app.now().getTime() - older.now().getTime()) / 1000 })
      const email = await member(older)
      return {
        request: { operation: 'POST /api/auth/login', json: { email, password: somePassword } },
        holds: (later) => passwordIs(later, email, somePassword),
      }
    },
  },
  {
    name: 'log in from a device that is new',
    operation: 'POST /api/auth/login',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { email } = await someoneSignedIn(app)
      const json = { email, password: somePassword }
      return { request: { operation: 'POST /api/auth/login', json, headers: { 'User-Agent': chrome } } }
    },
  },
  {
    name: 'fail to log in',
    operation: 'POST /api/auth/login',
    status: 401,
    again: 401,
    arrange: async (app) => {
      const email = await someone(app)
      return { request: { operation: 'POST /api/auth/login', json: { email, password: newPassword } } }
    },
  },
  {
    name: 'log in before the address is verified',
    operation: 'POST /api/auth/login',
    status: 401,
    again: 401,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      return { request: { operation: 'POST /api/auth/login', json: { email, password: somePassword } } }
    },
  },
  {
    name: 'refresh',
    operation: 'POST /api/auth/refresh',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { refresh_token } = await someoneSignedIn(app)
      return { request: { operation: 'POST /api/auth/refresh', json: { refresh_token } } }
    },
  },
  {
    name: 'refresh by cookie',
    operation: 'POST /api/auth/refresh',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = await someone(app)
      const reply = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
      const cookies = cookiesOf(reply)
      return { request: { operation: 'POST /api/auth/refresh', cookies, headers: fromOurPage } }
    },
  },
  {
    name: 'refresh with a stolen token',
    operation: 'POST /api/auth/refresh',
    status: 401,
    again: 401,
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      await refresh(app, session.refresh_token)
      const live = isLive(session)
      return {
        request: { operation: 'POST /api/auth/refresh', json: { refresh_token: session.refresh_token } },
        done: async (later) => !(await live(later)),
      }
    },
  },
  {
    name: 'verify an address',
    operation: 'POST /api/auth/verify-email',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      const json = { token: linkIn(app, email) }
      return { request: { operation: 'POST /api/auth/verify-email', json }, done: verified(email) }
    },
  },
  {
    name: 'verify an address on a page, in the browser that registered',
    operation: 'POST /api/auth/verify-email',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = someAddress()
      const cookies = cookiesOf(await register(app, email))
      const json = { token: linkIn(app, email), require_proof: true }
      return {
        request: { operation: 'POST /api/auth/verify-email', json, cookies, headers: fromOurPage },
        done: verified(email),
      }
    },
  },
  {
    name: 'verify an address on a page, with the password',
    operation: 'POST /api/auth/verify-email',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      const json = { token: linkIn(app, email), require_proof: true, password: somePassword }
      return { request: { operation: 'POST /api/auth/verify-email', json }, done: verified(email) }
    },
  },
  {
    name: 'verify what another registered, with a password of one’s own',
    operation: 'POST /api/auth/verify-email',
    status: 422,
    again: 422,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email, 'a password of an attacker')
      const json = { token: linkIn(app, email), require_proof: true, password: somePassword }
      return {
        request: { operation: 'POST /api/auth/verify-email', json },
        holds: async (later) => !(await verified(email)(later)),
      }
    },
  },
  {
    name: 'set a password with the link that verifies',
    operation: 'POST /api/auth/reset-password',
    status: 200,
    again: 400,
    beside: [400],
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email, 'a password of an attacker')
      const json = { token: linkIn(app, email), new_password: newPassword }
      return {
        request: { operation: 'POST /api/auth/reset-password', json },
        done: verified(email),
        holds: async (later, done) => !done || (await passwordIs(later, email, newPassword)),
      }
    },
  },
  {
    name: 'say that somebody else registered',
    operation: 'POST /api/auth/reject-registration',
    status: 200,
    again: 400,
    beside: [400],
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email, 'a password of an attacker')
      const json = { token: linkIn(app, email, 'reject-registration') }
      return {
        request: { operation: 'POST /api/auth/reject-registration', json },
        done: async (later) => !(await isTrue(later, 'select 1 from users where email = ?', email)),
      }
    },
  },
  {
    name: 'say that somebody else registered what was imported',
    operation: 'POST /api/auth/reject-registration',
    status: 200,
    again: 400,
    beside: [400],
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email, 'a password of an attacker')
      const [verifies, json] = [linkIn(app, email), { token: linkIn(app, email, 'reject-registration') }]
      await alterUser(app, email, { origin: 'imported' })
      return {
        request: { operation: 'POST /api/auth/reject-registration', json },
        done: (later) => isTrue(later, 'select 1 from users where email = ? and password is null', email),
        holds: async (later, done) => {
          if (!done) return true
          return (await later.request('POST /api/auth/verify-email', { json: { token: verifies } })).status === 400
        },
      }
    },
  },
  {
    name: 'verify an address by GET',
    operation: 'GET /api/auth/verify-email',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      return {
        request: { operation: `GET /api/auth/verify-email?token=${linkIn(app, email)}` },
        done: verified(email),
      }
    },
  },
  {
    name: 'ask for the verification mail',
    operation: 'POST /api/auth/resend-verification',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      return { request: { operation: 'POST /api/auth/resend-verification', json: { email } } }
    },
  },
  {
    name: 'forget a password',
    operation: 'POST /api/auth/forgot-password',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = await someone(app)
      return { request: { operation: 'POST /api/auth/forgot-password', json: { email } } }
    },
  },
  {
    name: 'reset a password',
    operation: 'POST /api/auth/reset-password',
    status: 200,
    again: 400,
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      await app.call('POST /api/auth/forgot-password', { json: { email: session.email } })
      const json = { token: linkIn(app, session.email), new_password: newPassword }
      return {
        request: { operation: 'POST /api/auth/reset-password', json },
        done: (later) => passwordIs(later, session.email, newPassword),
        // The session lives as long as the old password does (I2, I3).
        holds: async (later, done) => (await isLive(session)(later)) === !done,
      }
    },
  },
  {
    name: 'set a password after an invitation',
    operation: 'POST /api/auth/reset-password',
    status: 200,
    again: 400,
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email, 'a password of an attacker')
      app.wait({ minutes: 2 })
      await register(app, email)
      app.wait({ minutes: -2 })
      const json = { token: linkIn(app, email), new_password: newPassword }
      return {
        request: { operation: 'POST /api/auth/reset-password', json },
        done: (later) => passwordIs(later, email, newPassword),
        holds: async (later, done) => (await verified(email)(later)) === done,
      }
    },
  },
  {
    name: 'give the password again',
    operation: 'POST /api/auth/reauthenticate',
    status: 200,
    // The session was renewed: a token of before still names it.
    again: 200,
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const json = { password: somePassword }
      return {
        request: { operation: 'POST /api/auth/reauthenticate', json, bearer: session.access_token },
        holds: isLive(session),
      }
    },
  },
  {
    name: 'log out',
    operation: 'POST /api/auth/logout',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const live = isLive(session)
      return {
        request: { operation: 'POST /api/auth/logout', bearer: session.access_token },
        done: async (later) => !(await live(later)),
      }
    },
  },
  {
    name: 'log out by GET',
    operation: 'GET /api/auth/logout',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const email = await someone(app)
      const reply = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
      const cookies = cookiesOf(reply)
      const live = isLive((await reply.json()) as SessionBody)
      return {
        request: { operation: 'GET /api/auth/logout', cookies },
        done: async (later) => !(await live(later)),
      }
    },
  },
  {
    name: 'confirm a new address',
    operation: 'POST /api/auth/confirm-email',
    status: 200,
    again: 400,
    arrange: async (app) => {
      const { session, other, next } = await changing(app)
      const bearer = session.access_token
      return {
        request: { operation: 'POST /api/auth/confirm-email', json: { token: linkIn(app, next) }, bearer },
        done: (later) => isTrue(later, 'select 1 from users where email = ? and pending_email is null', next),
        holds: async (later, done) =>
          (await isLive(session)(later)) &&
          (await isLive(other)(later)) === !done &&
          (await isTrue(later, 'select 1 from users where email = ?', session.email)) === !done,
      }
    },
  },
  {
    name: 'confirm an address that somebody registered and never read',
    operation: 'POST /api/auth/confirm-email',
    status: 200,
    again: 400,
    arrange: async (app) => {
      const { session, next } = await changing(app)
      const json = { token: linkIn(app, next) }
      await register(app, next, 'a password of a squatter')
      return {
        request: { operation: 'POST /api/auth/confirm-email', json, bearer: session.access_token },
        done: (later) => isTrue(later, 'select 1 from users where email = ? and id = ?', next, session.user.id),
        holds: async (later) => (await rows(later, 'select 1 from users where email = ?', next)).length === 1,
      }
    },
  },
  {
    name: 'cancel a change of address',
    operation: 'POST /api/auth/cancel-email-change',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { session, other, next } = await changing(app)
      const confirm = { token: linkIn(app, next), password: somePassword }
      const json = { token: linkIn(app, session.email) }
      return {
        request: { operation: 'POST /api/auth/cancel-email-change', json },
        done: (later) => isTrue(later, 'select 1 from users where email = ? and pending_email is null', session.email),
        holds: async (later, done) => {
          if (!done) return true
          const ended = !(await isLive(session)(later)) && (await isLive(other)(later))
          return ended && (await later.request('POST /api/auth/confirm-email', { json: confirm })).status === 400
        },
      }
    },
  },
  {
    name: 'end a session that a mail told of',
    operation: 'POST /api/auth/end-session',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { session, other, token } = await toldOfADevice(app)
      if (mailsTo(app, session.email).length !== 1) throw new Error('no mail told of the device')
      return {
        request: { operation: 'POST /api/auth/end-session', json: { token } },
        done: async (later) => !(await isLive(other)(later)),
        holds: isLive(session),
      }
    },
  },
]
