import { logIn, refresh, type SessionBody, someAddress, somePassword, type TestApp } from '../app/support.ts'
import { linkTo } from '../way-back/way-back-world.ts'
import {
  isLive,
  isTrue,
  newPassword,
  type Operation,
  passwordIs,
  type Request,
  rows,
  someone,
  someoneSignedIn,
} from './fault-world.ts'

const thiefs = 'the passphrase of the thief'

type Moved = { id: string; a: string; b: string; session: SessionBody; link: string }

/** A wish for another address, by a recent token: `approve` is the link to the current one, `confirm` that to the next. */
export const wishing = async (app: TestApp, json: object = {}) => {
  const session = await someoneSignedIn(app)
  const [a, b] = [session.email, someAddress('next')]
  await app.call('PATCH /api/user/profile', { bearer: session.access_token, json: { email: b, ...json } })
  return { id: session.user.id, a, b, session, confirm: linkTo(app, b, 'confirm-email') }
}

/** An account that went from A to B, in the session that asked, and the link that undoes it. */
export const moved = async (app: TestApp): Promise<Moved> => {
  const { confirm, ...wish } = await wishing(app, { current_password: somePassword })
  const { access_token: bearer } = wish.session
  await app.call('POST /api/auth/confirm-email', { json: { token: confirm }, bearer })
  return { ...wish, link: linkTo(app, wish.a, 'revert-email-change') }
}

export const frozen = async (app: TestApp) => {
  const account = await moved(app)
  await app.call('POST /api/auth/revert-email-change', { json: { token: account.link } })
  return { ...account, end: linkTo(app, account.b, 'end-freeze') }
}

/** Disabled by its owner, or by somebody with a copy of a token. */
export const leaving = async (app: TestApp) => {
  const session = await someoneSignedIn(app)
  await app.call('DELETE /api/user/account', { bearer: session.access_token })
  return { session, undo: linkTo(app, session.email, 'undo-deletion') }
}

export const disownable = async (app: TestApp) => {
  const session = await someoneSignedIn(app)
  const json = { current_password: somePassword, new_password: thiefs }
  const reply = await app.call('POST /api/user/change-password', { bearer: session.access_token, json })
  return {
    email: session.email,
    thief: (await reply.json()) as SessionBody,
    link: linkTo(app, session.email, 'end-sessions'),
  }
}

const post = (page: string, json: object, bearer?: string): Request => ({
  operation: `POST /api/auth/${page}`,
  json,
  ...(bearer && { bearer }),
})

const addressIs = (id: string, email: string) => (app: TestApp) =>
  isTrue(app, 'select 1 from users where id = ? and email = ?', id, email)

const noHashLeft = async (app: TestApp, id: string) =>
  !(await isTrue(app, 'select 1 from mail where user_id = ? and password is not null', id))

export const wayBackOperations: Operation[] = [
  {
    name: 'confirm a new address by the password',
    operation: 'POST /api/auth/confirm-email',
    status: 200,
    again: 400,
    arrange: async (app) => {
      const { id, b, confirm } = await wishing(app, { current_password: somePassword })
      return {
        request: post('confirm-email', { token: confirm, password: somePassword }),
        done: addressIs(id, b),
      }
    },
  },
  {
    name: 'confirm a new address that the current mailbox has not approved',
    operation: 'POST /api/auth/confirm-email',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { id, a, confirm, session } = await wishing(app)
      return {
        request: post('confirm-email', { token: confirm }, session.access_token),
        done: (later) =>
          isTrue(later, "select 1 from mail where user_id = ? and kind = 'confirm_email' and used_at > 0", id),
        holds: addressIs(id, a),
      }
    },
  },
  {
    name: 'approve a new address',
    operation: 'POST /api/auth/approve-email-change',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { id, a } = await wishing(app)
      return {
        request: post('approve-email-change', { token: linkTo(app, a, 'approve-email-change') }),
        done: (later) =>
          isTrue(later, "select 1 from mail where user_id = ? and kind = 'confirm_email' and awaits_approval = 0", id),
        holds: addressIs(id, a),
      }
    },
  },
  {
    name: 'approve a new address that is confirmed',
    operation: 'POST /api/auth/approve-email-change',
    status: 200,
    again: 400,
    arrange: async (app) => {
      const { id, a, b, confirm, session } = await wishing(app)
      const other = await logIn(app, a)
      await app.call('POST /api/auth/confirm-email', { json: { token: confirm }, bearer: session.access_token })
      return {
        request: post('approve-email-change', { token: linkTo(app, a, 'approve-email-change') }),
        done: addressIs(id, b),
        holds: async (later, done) => (await isLive(session)(later)) && (await isLive(other)(later)) === !done,
      }
    },
  },
  {
    name: 'cancel a change that waits for approval',
    operation: 'POST /api/auth/cancel-email-change',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { id, a, session } = await wishing(app)
      return {
        request: post('cancel-email-change', { token: linkTo(app, a, 'cancel-email-change') }),
        done: (later) => isTrue(later, 'select 1 from users where id = ? and pending_email is null', id),
        holds: async (later, done) => (await isLive(session)(later)) === !done,
      }
    },
  },
  {
    name: 'take an account back with the password',
    operation: 'POST /api/auth/revert-email-change',
    status: 200,
    again: 400,
    arrange: async (app) => {
      const { id, a, session, link } = await moved(app)
      return {
        request: post('revert-email-change', { token: link, password: somePassword }),
        done: addressIs(id, a),
        holds: async (later, done) =>
          (await isLive(session)(later)) === !done && (!done || (await noHashLeft(later, id))),
      }
    },
  },
  {
    name: 'freeze an account',
    operation: 'POST /api/auth/revert-email-change',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { id, b, session, link } = await moved(app)
      return {
        request: post('revert-email-change', { token: link }),
        done: (later) =>
          isTrue(later, "select 1 from users where id = ? and frozen_until > 0 and status = 'disabled'", id),
        holds: async (later, done) =>
          (await isLive(session)(later)) === !done && (await passwordIs(later, b, somePassword)) === !done,
      }
    },
  },
  {
    name: 'say a wrong password to take an account back',
    operation: 'POST /api/auth/revert-email-change',
    status: 422,
    again: 422,
    arrange: async (app) => {
      const { id, b, link } = await moved(app)
      return {
        request: post('revert-email-change', { token: link, password: newPassword }),
        holds: addressIs(id, b),
      }
    },
  },
  {
    name: 'end a freeze',
    operation: 'POST /api/auth/end-freeze',
    status: 200,
    again: 400,
    arrange: async (app) => {
      const { id, b, end, link } = await frozen(app)
      return {
        request: post('end-freeze', { token: end, password: somePassword }),
        done: (later) =>
          isTrue(later, "select 1 from users where id = ? and frozen_until is null and status = 'active'", id),
        holds: async (later, done) =>
          (await addressIs(id, b)(later)) &&
          (!done ||
            (await later.request('POST /api/auth/revert-email-change', { json: { token: link } })).status === 400),
      }
    },
  },
  {
    name: 'end everything by the mail about a new password',
    operation: 'POST /api/auth/end-sessions',
    status: 200,
    again: 400,
    arrange: async (app) => {
      const { email, thief, link } = await disownable(app)
      return {
        request: post('end-sessions', { token: link }),
        done: (later) => isTrue(later, 'select 1 from users where email = ? and password is null', email),
        holds: async (later, done) => (await isLive(thief)(later)) === !done,
      }
    },
  },
  {
    name: 'undo a deletion',
    operation: 'POST /api/auth/undo-deletion',
    status: 200,
    again: 200,
    arrange: async (app) => {
      const { session, undo } = await leaving(app)
      return {
        request: post('undo-deletion', { token: undo }),
        done: (later) =>
          isTrue(
            later,
            "select 1 from users where email = ? and status = 'active' and erases_at is null",
            session.email,
          ),
      }
    },
  },
  {
    name: 'leave where somebody may still undo a change of the address',
    operation: 'DELETE /api/user/account',
    status: 200,
    again: 401,
    arrange: async (app) => {
      const { id, a, session, link } = await moved(app)
      return {
        request: {
          operation: 'DELETE /api/user/account',
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
    name: 'leave by a one-use proof',
    operation: 'DELETE /api/user/account',
    status: 200,
    again: 401,
    arrange: async (app) => {
      const email = await someone(app)
      const session = (await logIn(app, email)) as SessionBody & { proof: string }
      const { access_token } = (await (await refresh(app, session.refresh_token)).json()) as SessionBody
      return {
        request: {
          operation: 'DELETE /api/user/account',
          bearer: access_token,
          headers: { 'Gatehouse-Proof': session.proof },
        },
        done: async (later) => !(await isTrue(later, 'select 1 from users where email = ?', email)),
      }
    },
  },
  {
    name: 'say a wrong password again in a session',
    operation: 'POST /api/auth/reauthenticate',
    status: 422,
    again: 422,
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      return {
        request: post('reauthenticate', { password: newPassword }, session.access_token),
        holds: isLive(session),
      }
    },
  },
  {
    name: 'register an address that is kept',
    operation: 'POST /api/auth/register',
    status: 201,
    again: 201,
    // What was sent is forgotten, so whoever asks again is told again once the limit of the address opens.
    mailsAgain: true,
    arrange: async (app) => {
      const { a } = await moved(app)
      return {
        request: { operation: 'POST /api/auth/register', json: { email: a, password: newPassword } },
        holds: async (later) => (await rows(later, 'select 1 from users where email = ?', a)).length === 0,
      }
    },
  },
]
