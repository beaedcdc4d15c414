import { addPasskey, answer, asksForPasskey } from '../support/app/passkeys.ts'
import type { World } from '../support/app/population.ts'
import { logInWith, type SessionBody, somePassword, type TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { someoneSignedIn } from '../support/faults/fault-world.ts'
import type { Operations } from './operation.ts'

/** The device cookie that a log-in sets, for the log-in after it. */
type Someone = SessionBody & { email: string; device?: string }

const withPasskey = async (app: TestApp, someone: Someone) => ({
  ...(await addPasskey(app, someone.access_token)),
  email: someone.email,
})

const challengeOf = async (app: TestApp, email: string) =>
  ((await (await logInWith(app, email, somePassword)).json()) as { challenge: string }).challenge

/** A log-in by a passkey, in the second step if it names one. */
const loggingIn = async (app: TestApp, someone: Someone, { second = false } = {}) => {
  const { soft, email } = await withPasskey(app, someone)
  const challenge = second ? await challengeOf(app, email) : undefined
  const credential = await answer(soft, await asksForPasskey(app, challenge))
  return { json: { credential, ...(challenge && { challenge }) } }
}

const knownIn = async (world: World, options?: { second: boolean }) => {
  const someone = await world.logIn()
  return { ...(await loggingIn(world.app, someone, options)), cookies: { device: someone.device } }
}

/** Anything but `false` means that the session is remembered. */
const anyRemember = [
  ...['missing', 'null', 'number', 'array', 'object', 'empty', 'too long'],
  ...['of a control character', 'of half a surrogate pair'],
].map((how) => `remember ${how}`)

const options = 'POST /api/auth/login/passkey/options'

export const passkeyLogIns: Operations = {
  [options]: {
    json: () => ({ second_step: false }),
    arrange: async () => ({ json: { second_step: false } }),
    fine: ['challenge missing', 'second_step missing'],
    costs: {
      'for anybody': { request: () => ({}) },
      'for the second step': {
        trips: 1,
        statements: 2,
        rows: [4, 0],
        request: async (world) => {
          const { email } = await withPasskey(world.app, await world.logIn())
          return { json: { challenge: await challengeOf(world.app, email) } }
        },
      },
      'stopped by the shield': { status: 429, request: () => ({ app: populated.shut().app }) },
    },
    faults: [
      {
        name: 'begin to log in with a passkey',
        status: 200,
        again: 200,
        arrange: async () => ({ request: {} }),
      },
      {
        name: 'begin the second step with a passkey',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { email } = await withPasskey(app, await someoneSignedIn(app))
          return { request: { json: { challenge: await challengeOf(app, email) } } }
        },
      },
    ],
  },
  'POST /api/auth/login/passkey': {
    json: async (app) => (await loggingIn(app, await someoneSignedIn(app))).json,
    arrange: async (app) => loggingIn(app, await someoneSignedIn(app)),
    fine: ['challenge missing', 'second_step missing', 'trust_device missing', ...anyRemember],
    costs: {
      'instead of a password': {
        trips: 2,
        statements: 22,
        rows: [55, 11],
        request: (world) => knownIn(world),
      },
      'after a password': {
        trips: 2,
        statements: 22,
        rows: [60, 12],
        request: (world) => knownIn(world, { second: true }),
      },
      'an answer that counted before': {
        status: 400,
        trips: 1,
        statements: 5,
        rows: [20, 3],
        request: async (world, operation) => {
          const call = await knownIn(world)
          await world.app.call(operation, call)
          return call
        },
      },
      'stopped by the shield': {
        status: 429,
        request: async (world) => ({ app: populated.shut().app, ...(await knownIn(world)) }),
      },
    },
    faults: [
      {
        name: 'log in with a passkey',
        status: 200,
        again: 400,
        arrange: async (app) => ({ request: await loggingIn(app, await someoneSignedIn(app)) }),
      },
      {
        name: 'finish a log-in with a passkey',
        status: 200,
        again: 400,
        arrange: async (app) => ({ request: await loggingIn(app, await someoneSignedIn(app), { second: true }) }),
      },
    ],
  },
}
