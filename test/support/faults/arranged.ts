import { keyOf } from '../app/avatar-support.ts'
import { chrome } from '../app/browsers.ts'
import { twoColours } from '../app/pictures.ts'
import { addApp, addRecoveryCodes } from '../app/second-factors.ts'
import {
  askForAddress,
  changePassword,
  linkIn,
  logIn,
  register,
  type SessionBody,
  someAddress,
  somePassword,
  type TestApp,
} from '../app/support.ts'
import { confirmMove, freeze, linkTo } from '../way-back/way-back-world.ts'
import { isTrue, rows, someone, someoneSignedIn } from './fault-world.ts'

/** People and accounts in a state that an operation starts from. */

/** Returns an address that was registered and not yet verified. */
export const newcomer = async (app: TestApp, password = somePassword) => {
  const email = someAddress()
  await register(app, email, password)
  return email
}

/** A password that somebody else chose for an address that is not theirs. */
export const attackers = 'a password of an attacker'

/** A user who requested a reset. */
export const forgetful = async (app: TestApp) => {
  const session = await someoneSignedIn(app)
  await app.call('POST /api/auth/forgot-password', { json: { email: session.email } })
  return session
}

/** A change of address requested with a recent token; `confirm` is the link to the new address. */
export const wishing = async (app: TestApp, json: object = {}) => {
  const session = await someoneSignedIn(app)
  const [a, b] = [session.email, someAddress('next')]
  await askForAddress(app, session.access_token, b, json)
  return { id: session.user.id, a, b, session, confirm: linkTo(app, b, 'confirm-email') }
}

/** A change of address requested with the password, and another session besides the one that requested it. */
export const changing = async (app: TestApp, given: object = { current_password: somePassword }) => {
  const wish = await wishing(app, given)
  return { ...wish, other: await logIn(app, wish.a) }
}

/** An account that moved from A to B, confirmed in the session that requested it, and the link that undoes this. */
export const moved = async (app: TestApp) => {
  const { confirm, ...wish } = await wishing(app, { current_password: somePassword })
  return { ...wish, link: await confirmMove(app, wish.a, confirm, wish.session.access_token) }
}

/** A moved account that was frozen through that link; `end` is the link that ends the freeze. */
export const frozen = async (app: TestApp) => {
  const account = await moved(app)
  return { ...account, end: await freeze(app, account.b, account.link) }
}

/** An account that was disabled to be erased, by its owner or by somebody with a copy of a token. */
export const leaving = async (app: TestApp) => {
  const session = await someoneSignedIn(app)
  await app.call('DELETE /api/user/account', { bearer: session.access_token })
  return { session, undo: linkTo(app, session.email, 'undo-deletion') }
}

/** An account whose password a thief changed, and the link with which its owner ends everything. */
export const disownable = async (app: TestApp) => {
  const session = await someoneSignedIn(app)
  const by = { bearer: session.access_token }
  const reply = await changePassword(app, by, somePassword, 'the passphrase of the thief')
  return {
    email: session.email,
    thief: (await reply.json()) as SessionBody,
    link: linkTo(app, session.email, 'end-sessions'),
  }
}

/** A user with a session on a new device, and the link in the mail about it. */
export const toldOfADevice = async (app: TestApp) => {
  const session = await someoneSignedIn(app)
  const json = { email: session.email, password: somePassword }
  const reply = await app.call('POST /api/auth/login', { json, headers: { 'User-Agent': chrome } })
  return { session, other: (await reply.json()) as SessionBody, token: linkIn(app, session.email) }
}

/** Ends that session through the link in the mail. */
export const endByLink = (app: Pick<TestApp, 'call'>, token: string, call: object = {}) =>
  app.call('POST /api/auth/end-session', { json: { token }, ...call })

/** A user with an authenticator app and recovery codes. */
export const someoneWithFactors = async (app: TestApp) => {
  const email = await someone(app)
  const id = (await rows(app, 'select id from users where email = ?', email))[0]!.id as string
  return { email, ...(await addApp(app, id)), recoveryCodes: await addRecoveryCodes(app, id) }
}

export const picture = twoColours(8, 8)

/** A user with a picture; `key` is the picture's. */
export const withPicture = async (app: TestApp) => {
  const session = await someoneSignedIn(app)
  return { session, key: await keyOf(app, session.access_token, picture) }
}

export const verified = (email: string) => (app: TestApp) =>
  isTrue(app, 'select 1 from users where email = ? and email_verified_at > 0', email)

export const addressIs = (id: string, email: string) => (app: TestApp) =>
  isTrue(app, 'select 1 from users where id = ? and email = ?', id, email)
