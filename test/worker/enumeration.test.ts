import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { someNetwork } from '../support/app/attempts.ts'
import { seen } from '../support/app/equal-replies.ts'
import { countHashes } from '../support/app/hashes.ts'
import { askForMail } from '../support/app/mail-log-ins.ts'
import {
  linkIn,
  logIn,
  mailsTo,
  member,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { faulty } from '../support/faults/faulty.ts'
import { reported } from './setup.ts'

/**
 * What time and work reveal about an address, in addition to the tests of each operation. `npm run timing` measures it.
 */

describe('an address whose account was deleted', () => {
  it('looks like one that never had any to whoever logs in, and costs the same (A-01, A-03, ASVS 6.3.8)', async ({
    expect,
  }) => {
    const app = startApp()
    const { email, access_token } = await signedInUser(app)
    await app.call('DELETE /api/user/account', { bearer: access_token, json: { current_password: somePassword } })
    const attempt = (address: string) =>
      app.cost('POST /api/auth/login', { json: { email: address, password: somePassword } })
    const hashes = countHashes()

    const deleted = await attempt(email)
    const forDeleted = hashes()
    const unknown = await attempt(someAddress())

    expect(await seen(deleted.response)).toBe(await seen(unknown.response))
    expect(deleted.response.status).toBe(401)
    expect([forDeleted, hashes() - forDeleted]).toEqual([1, 1])
    expect([deleted.trips, deleted.statements]).toEqual([unknown.trips, unknown.statements])
  })
})

describe('registering and then logging in', () => {
  it('counts the same against the network, whether the address was known or not (A-02, decision 21)', async ({
    expect,
  }) => {
    const linksLeft = async (app: TestApp, email: string, ip: string) => {
      await app.call('POST /api/auth/register', { json: { email, password: 'typed by a stranger' }, ip })
      await app.call('POST /api/auth/login', { json: { email, password: 'typed by a stranger' }, ip })
      for (let asked = 0; ; asked++)
        if ((await app.call('POST /api/auth/forgot-password', { json: { email: someAddress() }, ip })).status === 429)
          return asked
    }
    const app = startApp({ vars: { LIMIT_LINK_NETWORK: '3/5m' } })

    const known = await linksLeft(app, await member(app), someNetwork())
    const unknown = await linksLeft(app, someAddress(), someNetwork())

    expect([known, unknown]).toEqual([3, 3])
  })
})

describe('asking for another address', () => {
  it.for([
    ['full proof', { current_password: somePassword }],
    ['a recent token', {}],
  ] as const)(
    'makes the same statements for one that is taken and one that is not: %s (A-03)',
    async ([, given], { expect }) => {
      const told = async (address: string) => {
        const said: string[][] = []
        const { access_token: bearer } = await signedInUser(startApp())
        const DB = faulty(env.DB, ({ sql }, go) => {
          said.push(sql)
          return go()
        })
        const app = startApp({ bindings: { DB } })
        const reply = await app.request('PATCH /api/user/profile', { bearer, json: { email: address, ...given } })
        const untilReply = [...said]
        await app.settled()
        return { status: reply.status, untilReply }
      }
      const taken = await told(await member(startApp()))

      const free = await told(someAddress())

      expect(taken.status).toBe(200)
      expect(taken.untilReply.length).toBeGreaterThan(0)
      expect(taken).toEqual(free)
    },
  )
})

describe('asking for a log-in mail', () => {
  it.for(['on', 'signup'])(
    'makes the same statements for an address with an account and one without: MAIL_LOGIN=%s (A-01, A-02, A-03)',
    async (MAIL_LOGIN, { expect }) => {
      const told = async (address: string) => {
        const said: string[][] = []
        const DB = faulty(env.DB, ({ sql }, go) => {
          said.push(sql)
          return go()
        })
        const app = startApp({ bindings: { DB }, vars: { MAIL_LOGIN } })
        const reply = await app.request('POST /api/auth/login/mail', { json: { email: address } })
        const untilReply = [...said]
        await app.settled()
        return { status: reply.status, untilReply }
      }
      const known = await told(await member(startApp()))

      const unknown = await told(someAddress())

      expect(known.status).toBe(200)
      expect(known.untilReply).toHaveLength(1)
      expect(known).toEqual(unknown)
    },
  )

  it('makes the same statements for a wrong code of either (A-03)', async ({ expect }) => {
    const tried = async (email: string) => {
      const app = startApp()
      const { challenge } = await askForMail(app, email)
      const { response, trips, statements } = await app.cost('POST /api/auth/login/mail/code', {
        json: { challenge, code: '00000000' },
      })
      return { seen: await seen(response), trips, statements }
    }
    const known = await tried(await member(startApp()))

    const unknown = await tried(someAddress())

    expect(known.seen).toContain('wrong_code')
    expect(known).toEqual(unknown)
  })
})

describe('a mail', () => {
  it.for(['forgot-password', 'resend-verification', 'register', 'login/mail'])(
    'that %s causes is not begun before the reply (A-03)',
    async (operation, { expect }) => {
      const app = startApp()
      const email = ['forgot-password', 'login/mail'].includes(operation) ? await member(app) : someAddress()
      if (operation === 'resend-verification')
        await app.call('POST /api/auth/register', { json: { email, password: somePassword } })
      app.wait({ minutes: 2 })
      const before = mailsTo(app, email).length

      const reply = await app.request(`POST /api/auth/${operation}`, { json: { email, password: somePassword } })
      const untilReply = mailsTo(app, email).length
      await app.settled()

      expect(reply.ok).toBe(true)
      expect([untilReply, mailsTo(app, email).length]).toEqual([before, before + 1])
      expect(linkIn(app, email)).toMatch(/\./)
    },
  )

  it.for(['forgot-password', 'resend-verification', 'register', 'login/mail'])(
    'that nobody gets keeps a request open as long as one that somebody gets: %s (A-02, A-03)',
    async (path, { expect }) => {
      const app = startApp()
      const known = someAddress()
      await (path === 'resend-verification' ? register(app, known) : member(app, known))
      // Registering causes a mail for known and unknown addresses, until an address has had what an hour allows.
      for (let mails = 1; path === 'register' && mails < 6; mails++) {
        app.wait({ minutes: 2 })
        await register(app, known)
      }
      const linesAtReply: number[] = []
      for (const email of [known, someAddress()]) {
        app.wait({ minutes: 2 })
        reported()
        await app.request(`POST /api/auth/${path}`, { json: { email, password: somePassword } })
        linesAtReply.push(reported().length)
        await app.settled()
      }

      // Its line is written when all work has ended, so a line before the reply would be time that the reply takes.
      expect(linesAtReply).toEqual([0, 0])
    },
  )

  it('is not sent for a log-in, even if a wrong password was given for a known address (A-02)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await logIn(app, email)
    const before = app.mailbox.length

    await app.call('POST /api/auth/login', { json: { email, password: 'a wrong passphrase' } })

    expect(app.mailbox).toHaveLength(before)
  })
})
