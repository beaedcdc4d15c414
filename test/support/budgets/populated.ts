import { keyOf } from '../app/avatar-support.ts'
import { twoColours } from '../app/pictures.ts'
import type { World } from '../app/population.ts'
import { addApp, addRecoveryCodes } from '../app/second-factors.ts'
import { alterUser, askForAddress, linkIn, somePassword, startApp } from '../app/support.ts'
import { trustedDevice } from '../app/trusted-devices.ts'
import { confirmMove, freeze, linkTo } from '../way-back/way-back-world.ts'

/** People of a populated database, for requests whose cost is measured. */

export const wrongPassword = 'a wrong passphrase'

/** A body with a well-formed token that belongs to no link. */
export const forgedLink = { token: `${'A'.repeat(22)}.${'A'.repeat(43)}` }

/** Returns the token with other last characters. */
export const forged = (token: string) => `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`

/** Returns the link of the newest mail to an address, as a body. */
export const newestLink = ({ app }: World, address: string) => ({ token: linkIn(app, address) })

/** Sends a body once, and returns it for the case to send again. */
export const used = async <Json extends object>({ app }: World, operation: string, json: Json) => {
  await app.call(operation, { json })
  return { json }
}

/** A day on which somebody failed to log in before: the very first failure of a day adds the row that counts them. */
export const failedToday = (app: World['app']) =>
  app.db
    .prepare("insert into daily (metric, day, count) values ('failures', ?, 1) on conflict do nothing")
    .bind(app.now().toISOString().slice(0, 10))
    .run()

/** A user who has just registered and waits to be verified. */
export const registered = async ({ app, stranger }: World) => {
  const email = stranger()
  await app.call('POST /api/auth/register', { json: { email, password: somePassword } })
  return email
}

export const signedIn = async ({ logIn }: World) => ({ bearer: (await logIn()).access_token })

/** A user with two sessions. */
export const signedInTwice = async ({ logIn }: World) => {
  const { email, access_token: bearer } = await logIn()
  await logIn(email)
  return { bearer }
}

/** A user with a picture; `key` is the picture's. */
export const pictured = async (world: World) => {
  const { bearer } = await signedIn(world)
  return { bearer, key: await keyOf(world.app, bearer, twoColours()) }
}

/** A requested change of address: with the password, so that it needs no approval, unless `given` says otherwise. */
export const wishing = async ({ app, logIn, stranger }: World, given?: object) => {
  const { email: a, access_token: bearer } = await logIn()
  const b = stranger()
  await askForAddress(app, bearer, b, given)
  return { a, b, bearer, confirm: linkTo(app, b, 'confirm-email') }
}

/** An account that moved to another address, and the link that undoes this. */
export const moved = async (world: World) => {
  const { a, b, bearer, confirm } = await wishing(world)
  return { a, b, token: await confirmMove(world.app, a, confirm, bearer) }
}

/** An account that was frozen from its old mailbox, and the link that ends the freeze. */
export const frozen = async (world: World) => {
  const { b, token } = await moved(world)
  return { b, token: await freeze(world.app, b, token) }
}

export const asAdmin = ({ admin }: World) => ({ bearer: admin.access_token })

/** A request of the admin about a user who has just logged in. */
export const onUser = (json?: object) => async (world: World) => ({
  ...asAdmin(world),
  json,
  id: (await world.logIn()).user.id,
})

/** A request for the user with an external id, by an admin who has read nothing in this hour. */
export const byExternalId = (parameter: 'external_id' | 'search') => async (world: World) => {
  const [admin, { email, user }] = [await world.logIn(), await world.logIn()]
  await alterUser(world.app, admin.email, { role: 'admin' })
  await alterUser(world.app, email, { externalId: `old|${user.id}` })
  return { bearer: admin.access_token, query: `?${parameter}=${encodeURIComponent(`old|${user.id}`)}` }
}

/** The first log-in of a user whose password only the old system knows. That system accepts it. */
export const bridged = async ({ app, email }: World) => {
  const address = email()
  await alterUser(app, address, { passwordHash: null })
  await alterUser(app, address, { migrationPending: true })
  const vars = {
    THROTTLE_FACTOR: '1000',
    MIGRATION_HOOK: 'https://old.example.com/check',
    MIGRATION_SECRET: 'a secret of 32 characters or more',
  }
  const fetch = async () => Response.json({ valid: true })
  const bridge = startApp({ vars, bindings: { MIGRATION: { fetch } } as never })
  bridge.wait({ seconds: (app.now().getTime() - bridge.now().getTime()) / 1000 })
  return { app: bridge, json: { email: address, password: somePassword } }
}

/** A user with an authenticator app, recovery codes and a known device. */
export const withFactors = async ({ app, logIn }: World) => {
  const session = await logIn()
  const { code } = await addApp(app, session.user.id)
  return { ...session, code, recoveryCodes: await addRecoveryCodes(app, session.user.id) }
}

/** A user with an app who trusts a known device. */
export const trusting = async (world: World) => {
  const { device, ...user } = await withFactors(world)
  return { ...(await trustedDevice(world.app, user)), email: user.email, device }
}

/** A service whose edge refuses every request. */
export const shut = () => ({
  app: startApp({ bindings: { SHIELD: { limit: async () => ({ success: false }) } } }),
  json: { email: 'somebody@example.com', password: somePassword },
})
