import { chrome } from '../support/app/browsers.ts'
import { mailed, wrongOf } from '../support/app/mail-log-ins.ts'
import type { World } from '../support/app/population.ts'
import { linkIn, someAddress, startApp, type TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { newcomer, someoneWithFactors } from '../support/faults/arranged.ts'
import { isTrue, someone } from '../support/faults/fault-world.ts'
import { anyText, type Operations, pageOfLink } from './operation.ts'

const vars = { MAIL_LOGIN: 'signup', PASSWORDLESS: 'on', THROTTLE_FACTOR: '1000' }

/** The same service, where an address without an account may sign up by mail. */
const open = (app: TestApp) => {
  const other = startApp({ vars })
  other.wait({ seconds: (app.now().getTime() - other.now().getTime()) / 1000 })
  return other
}

const regulars = new WeakMap<World, ReturnType<World['logIn']>>()

/** A user with a known device, the same in all cases of a world. */
const regular = (world: World) => {
  const known = regulars.get(world) ?? world.logIn()
  regulars.set(world, known)
  return known
}

const onDevice = async (world: World) => {
  const { email, device } = await regular(world)
  return { ...(await mailed(world.app, email)), device, email }
}

const byCode = async (world: World) => {
  const { device, byCode } = await onDevice(world)
  return { json: byCode, cookies: { device } }
}

/** A sign-up by somebody who is new. */
const newbie = async ({ app, stranger }: World) => {
  const signUp = open(app)
  return { app: signUp, json: (await mailed(signUp, stranger())).byCode }
}

const ask = 'POST /api/auth/login/mail'

/** Anything but `false` means that the session is remembered. */
const anyRemember = ['remember number', 'remember array', 'remember object']

const hasSession = (email: string) => (app: TestApp) =>
  isTrue(app, 'select 1 from sessions join users on users.id = user_id where email = ?', email)

export const mailLogIns: Operations = {
  [ask]: {
    json: () => ({ email: someAddress() }),
    // A challenge that cannot be read has no effect: the mail is asked for anew.
    fine: [...anyText('challenge'), ...anyText('remember'), 'remember too long', ...anyRemember],
    costs: {
      'a known address': {
        trips: [1, 1],
        statements: [9, 3],
        rows: [24, 7],
        mails: 1,
        request: async (world) => ({ json: { email: (await regular(world)).email } }),
      },
      'an unknown address': {
        trips: 1,
        statements: 9,
        rows: [10, 1],
        request: ({ stranger }) => ({ json: { email: stranger() } }),
      },
      'an unknown address that may sign up': {
        trips: [1, 1],
        statements: [9, 3],
        rows: [12, 7],
        mails: 1,
        request: ({ app, stranger }) => ({ app: open(app), json: { email: stranger() } }),
      },
      'a known device': {
        trips: [1, 1],
        statements: [11, 3],
        rows: [42, 7],
        mails: 1,
        request: async (world) => {
          const { email, device } = await regular(world)
          return { json: { email }, cookies: { device } }
        },
      },
      'stopped by the shield': {
        status: 429,
        request: () => ({ ...populated.shut(), json: { email: someAddress() } }),
      },
    },
    faults: [
      {
        name: 'ask for a log-in mail',
        status: 200,
        again: 200,
        arrange: async (app) => ({ request: { json: { email: await someone(app) } } }),
      },
    ],
  },
  'POST /api/auth/login/mail/code': {
    json: async (app) => (await mailed(app, await someone(app))).byCode,
    arrange: async (app) => ({ json: (await mailed(app, await someone(app))).byCode }),
    costs: {
      'a right code, a known device': { trips: 1, statements: 24, rows: [80, 14], request: byCode },
      'a right code, a new device': {
        trips: [1, 1],
        statements: [24, 3],
        rows: [88, 20],
        mails: 1,
        request: async (world) => ({ json: (await onDevice(world)).byCode, headers: { 'User-Agent': chrome } }),
      },
      'a right code of somebody new': { trips: 1, statements: 19, rows: [64, 31], request: newbie },
      'a right code, without the second factor': {
        status: 403,
        trips: 1,
        statements: 24,
        rows: [68, 3],
        request: async (world) => {
          const { email } = await populated.withFactors(world)
          return { json: (await mailed(world.app, email)).byCode }
        },
      },
      'a wrong code': {
        status: 422,
        trips: [1, 1],
        statements: [2, 4],
        rows: [36, 7],
        request: async (world) => {
          const { challenge, code } = await onDevice(world)
          return { json: { challenge, code: wrongOf(code) } }
        },
      },
      'a challenge that is forged': {
        status: 400,
        request: () => ({ json: { challenge: 'forged', code: '12345678' } }),
      },
      'stopped by the shield': {
        status: 429,
        request: () => ({ app: populated.shut().app, json: { challenge: 'forged', code: '12345678' } }),
      },
    },
    faults: [
      {
        name: 'log in by the code of a mail',
        status: 200,
        again: 422,
        arrange: async (app) => {
          const email = await someone(app)
          return { request: { json: (await mailed(app, email)).byCode }, done: hasSession(email) }
        },
      },
      {
        name: 'log in for the first time by the code of a mail',
        status: 200,
        again: 422,
        arrange: async (app) => {
          const email = await newcomer(app)
          return { request: { json: (await mailed(app, email)).byCode }, done: hasSession(email) }
        },
      },
      {
        name: 'give the code of a mail without the second factor',
        status: 403,
        again: 403,
        arrange: async (app) => {
          const { email } = await someoneWithFactors(app)
          return { request: { json: (await mailed(app, email)).byCode } }
        },
      },
      {
        name: 'give a wrong code of a mail',
        status: 422,
        again: 422,
        arrange: async (app) => {
          const { challenge, code } = await mailed(app, await someone(app))
          return { request: { json: { challenge, code: wrongOf(code) } } }
        },
      },
    ],
  },
  'POST /api/auth/login/mail/link': {
    json: async (app) => (await mailed(app, await someone(app))).byLink,
    arrange: async (app) => ({ json: (await mailed(app, await someone(app))).byLink }),
    costs: {
      'the link, a known device': {
        trips: 1,
        statements: 22,
        rows: [66, 10],
        request: async (world) => {
          const { device, byLink } = await onDevice(world)
          return { json: byLink, cookies: { device } }
        },
      },
      'in another browser': {
        status: 409,
        request: async (world) => ({ json: { token: (await onDevice(world)).token } }),
      },
      'a link used before': {
        status: 400,
        trips: 1,
        statements: 22,
        rows: [50, 0],
        request: async (world, operation) => populated.used(world, operation, (await onDevice(world)).byLink),
      },
      'a forged link': { status: 400, request: () => ({ json: populated.forgedLink }) },
    },
    faults: [
      {
        name: 'log in by the link of a mail',
        status: 200,
        again: 400,
        arrange: async (app) => {
          const email = await someone(app)
          return { request: { json: (await mailed(app, email)).byLink }, done: hasSession(email) }
        },
      },
      {
        name: 'open the link of a log-in mail in another browser',
        status: 409,
        again: 409,
        arrange: async (app) => {
          const email = await someone(app)
          await mailed(app, email)
          return { request: { json: { token: linkIn(app, email, 'login/mail/link') } } }
        },
      },
    ],
  },
  'GET /api/auth/login/mail/link': pageOfLink,
}
