import { chrome } from '../support/app/browsers.ts'
import { inAMinute, wrongCode } from '../support/app/second-factors.ts'
import {
  alterUser,
  cookiesOf,
  fromOurPage,
  member,
  newPassword,
  type SessionBody,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { trustedDevice } from '../support/app/trusted-devices.ts'
import * as populated from '../support/budgets/populated.ts'
import { newcomer, someoneWithFactors } from '../support/faults/arranged.ts'
import { isLive, isTrue, passwordIs, someone, someoneSignedIn } from '../support/faults/fault-world.ts'
import type { Operations } from './operation.ts'

const password = somePassword

/** Copies the user's oldest session until the user has 20, the maximum; each copy is dated some milliseconds later. */
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

export const logIn: Operations = {
  // The eight rows of `totals` are read to choose which hash is computed for an address without an account.
  'POST /api/auth/login': {
    json: () => ({ email: 'nobody@example.com', password }),
    // Anything but `false` means that the session is remembered.
    fine: ['remember number', 'remember array', 'remember object'],
    costs: {
      'right, a known device': {
        trips: 2,
        statements: 20,
        rows: [72, 9],
        hashes: 1,
        request: async ({ logIn }) => {
          const { email, device } = await logIn()
          return { json: { email, password }, cookies: { device } }
        },
      },
      'right, a new device': {
        trips: [2, 1],
        statements: [17, 3],
        rows: [65, 21],
        mails: 1,
        hashes: 1,
        request: ({ email }) => ({ json: { email: email(), password } }),
      },
      'right, checked by the old system at the first log-in': {
        trips: [2, 1],
        statements: [17, 3],
        rows: [90, 24],
        mails: 1,
        hashes: 1,
        request: populated.bridged,
      },
      'right, the 21st session': {
        trips: 2,
        statements: 20,
        rows: [112, 10],
        kv: { puts: 1 },
        hashes: 1,
        request: async ({ app, logIn }) => {
          const { email, user, device } = await logIn()
          await fill(app, user.id)
          return { json: { email, password }, cookies: { device } }
        },
      },
      'right, without the second factor': {
        status: 403,
        trips: 1,
        statements: 4,
        rows: [40, 4],
        hashes: 1,
        request: async (world) => ({ json: { email: (await populated.withFactors(world)).email, password } }),
      },
      'right, on a trusted device': {
        trips: 2,
        statements: 21,
        rows: [80, 9],
        hashes: 1,
        request: async (world) => {
          const { email, device, trust } = await populated.trusting(world)
          return { json: { email, password }, cookies: { device, trust } }
        },
      },
      'right, on a device that is no longer trusted': {
        status: 403,
        trips: 2,
        statements: 21,
        rows: [80, 9],
        hashes: 1,
        request: async (world) => {
          const { email, device, trust, access_token: bearer } = await populated.trusting(world)
          await world.app.call('DELETE /api/user/trusted-devices', { bearer })
          return { json: { email, password }, cookies: { device, trust } }
        },
      },
      'right, with a code, trusting the device': {
        trips: 2,
        statements: 28,
        rows: [98, 14],
        hashes: 1,
        request: async (world) => {
          const { email, device, code } = await populated.withFactors(world)
          return { json: { email, password, otp: await code(), trust_device: true }, cookies: { device } }
        },
      },
      'right, with a code': {
        trips: 2,
        statements: 25,
        rows: [88, 10],
        hashes: 1,
        request: async (world) => {
          const { email, device, code } = await populated.withFactors(world)
          return { json: { email, password, otp: await code() }, cookies: { device } }
        },
      },
      'right, with a wrong code': {
        status: 422,
        trips: [2, 1],
        statements: [11, 4],
        rows: [72, 9],
        hashes: 1,
        request: async (world) => {
          const { email, device, code } = await populated.withFactors(world)
          return { json: { email, password, otp: await wrongCode(code) }, cookies: { device } }
        },
      },
      'right, in place of a session': {
        trips: 2,
        statements: 20,
        rows: [79, 13],
        kv: { puts: 1 },
        hashes: 1,
        request: async ({ logIn }) => {
          const { email, device, refresh_token } = await logIn()
          return { json: { email, password }, cookies: { device, refresh_token }, headers: fromOurPage }
        },
      },
      wrong: {
        status: 401,
        trips: [1, 1],
        statements: [4, 4],
        rows: [32, 6],
        hashes: 1,
        request: async ({ email, app }) => {
          await populated.failedToday(app)
          return { json: { email: email(), password: populated.wrongPassword } }
        },
      },
      'wrong, a known device': {
        status: 401,
        trips: [1, 1],
        statements: [7, 4],
        rows: [40, 5],
        hashes: 1,
        request: async ({ logIn }) => {
          const { email, device } = await logIn()
          return { json: { email, password: populated.wrongPassword }, cookies: { device } }
        },
      },
      unknown: {
        status: 401,
        trips: [1, 1],
        statements: [4, 4],
        rows: [34, 6],
        hashes: 1,
        request: ({ stranger }) => ({ json: { email: stranger(), password } }),
      },
      'not verified': {
        status: 401,
        trips: [1, 3],
        statements: [4, 10],
        rows: [50, 12],
        mails: 1,
        hashes: 1,
        request: async (world) => ({ json: { email: await populated.registered(world), password } }),
      },
      disabled: {
        status: 401,
        trips: [1, 1],
        statements: [4, 4],
        rows: [35, 6],
        hashes: 1,
        request: async ({ app, email }) => {
          const address = email()
          await alterUser(app, address, { status: 'disabled' })
          return { json: { email: address, password } }
        },
      },
      'too many attempts': {
        status: 429,
        trips: 1,
        statements: 4,
        rows: [26, 0],
        request: async ({ strict, stranger }, operation) => {
          const json = { email: stranger(), password }
          for (let n = 0; n < 10; n++) await strict.call(operation, { json })
          return { app: strict, json }
        },
      },
      'stopped by the shield': { status: 429, request: populated.shut },
    },
    faults: [
      {
        name: 'log in',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = await someone(app)
          return { request: { json: { email, password } } }
        },
      },
      {
        name: 'log in while another session exists',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const email = await someone(app)
          const json = { email, password }
          const reply = await app.call('POST /api/auth/login', { json })
          const before = isLive((await reply.clone().json()) as SessionBody)
          const cookies = cookiesOf(reply)
          return {
            request: { json, cookies, headers: fromOurPage },
            done: async (later) => !(await before(later)),
          }
        },
      },
      {
        name: 'log in on a trusted device',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { email, ...user } = await someoneWithFactors(app)
          const { trust } = await trustedDevice(app, { email, ...user })
          return { request: { json: { email, password }, headers: { 'Gatehouse-Trust': trust } } }
        },
      },
      {
        name: 'log in with a code and trust the device',
        byTheClock: true,
        status: 200,
        again: 422,
        arrange: async (app) => {
          const { email, code } = await someoneWithFactors(app)
          const trusted = 'select 1 from trusted_devices where user_id = (select id from users where email = ?)'
          return {
            request: { json: { email, password, otp: await code(inAMinute), trust_device: true } },
            done: (later) => isTrue(later, trusted, email),
            holds: async (later, done) =>
              (await isTrue(later, `${trusted} limit 1 offset 1`, email)) === false || !done,
          }
        },
      },
      {
        name: 'log in with a hash of older settings',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const older = startApp({ vars: { PASSWORD_SCRYPT: 'ln=2,r=8,p=1' } })
          older.wait({ seconds: (app.now().getTime() - older.now().getTime()) / 1000 })
          const email = await member(older)
          return {
            request: { json: { email, password } },
            holds: (later) => passwordIs(later, email, somePassword),
          }
        },
      },
      {
        name: 'log in from a device that is new',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { email } = await someoneSignedIn(app)
          const json = { email, password }
          return { request: { json, headers: { 'User-Agent': chrome } } }
        },
      },
      {
        name: 'log in with a code in the same request',
        byTheClock: true,
        status: 200,
        again: 422,
        arrange: async (app) => {
          const { email, code } = await someoneWithFactors(app)
          return { request: { json: { email, password, otp: await code(inAMinute) } } }
        },
      },
      {
        name: 'log in without the second factor',
        status: 403,
        again: 403,
        arrange: async (app) => {
          const { email } = await someoneWithFactors(app)
          return { request: { json: { email, password } } }
        },
      },
      {
        name: 'log in with a wrong code',
        status: 422,
        again: 422,
        arrange: async (app) => {
          const { email, code } = await someoneWithFactors(app)
          return { request: { json: { email, password, otp: await wrongCode(code) } } }
        },
      },
      {
        name: 'fail to log in',
        status: 401,
        again: 401,
        arrange: async (app) => {
          const email = await someone(app)
          return { request: { json: { email, password: newPassword } } }
        },
      },
      {
        name: 'log in before the address is verified',
        status: 401,
        again: 401,
        arrange: async (app) => {
          const email = await newcomer(app)
          return { request: { json: { email, password } } }
        },
      },
    ],
  },
}
