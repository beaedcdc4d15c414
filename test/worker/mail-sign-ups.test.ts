import { describe, it } from 'vitest'
import { bodyOf } from '../support/app/administrators.ts'
import { askForMail, logInByMail, mailed } from '../support/app/mail-log-ins.ts'
import {
  codeOf,
  logInWith,
  mailsTo,
  member,
  register,
  type SessionBody,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { rows } from '../support/faults/fault-world.ts'
import { taken } from '../support/way-back/way-back-world.ts'

const vars = { MAIL_LOGIN: 'signup', PASSWORDLESS: 'on' }

const usersOf = (app: TestApp, email: string) =>
  rows(app, 'select origin, password, email_verified_at from users where email = ?', email)

const finish = (app: TestApp, json: object) => app.call('POST /api/auth/login/mail/code', { json })

describe('signing up by mail', () => {
  it('makes the account when the code is given, and not before', async ({ expect }) => {
    const app = startApp({ vars })
    const email = someAddress()
    const { byCode } = await mailed(app, email)
    const before = await usersOf(app, email)

    const session = await bodyOf<SessionBody>(await finish(app, byCode))

    expect(before).toEqual([])
    expect(await usersOf(app, email)).toEqual([
      { origin: 'registered', password: null, email_verified_at: expect.any(Number) },
    ])
    expect(session).toMatchObject({
      proof: expect.any(String),
      user: { email, email_verified: true, has_password: false, role: 'user' },
    })
    expect(
      (await rows(app, 'select event from audit where user_id = ? order by event', session.user.id)).map(
        ({ event }) => event,
      ),
    ).toEqual(['logged_in', 'registered'])
  })

  it('works by the link too, and once', async ({ expect }) => {
    const app = startApp({ vars })
    const email = someAddress()
    const { byLink, byCode } = await mailed(app, email)

    const statuses = []
    for (const json of [byLink, byLink])
      statuses.push((await app.call('POST /api/auth/login/mail/link', { json })).status)
    statuses.push((await finish(app, byCode)).status)

    expect(statuses).toEqual([200, 400, 422])
    expect(await usersOf(app, email)).toHaveLength(1)
    expect((await logInByMail(app, email)).status).toBe(200)
  })

  it('of an address that was registered meanwhile opens nothing', async ({ expect }) => {
    const app = startApp({ vars })
    const email = someAddress()
    const { byCode } = await mailed(app, email)
    await register(app, email)

    const reply = await finish(app, byCode)

    expect([reply.status, await codeOf(reply)]).toEqual([422, 'wrong_code'])
    expect(await usersOf(app, email)).toEqual([expect.objectContaining({ email_verified_at: null })])
  })

  it('of an address that was registered before leads into that account', async ({ expect }) => {
    const app = startApp({ vars })
    const email = await member(app)

    expect((await logInByMail(app, email)).status).toBe(200)
    expect((await logInWith(app, email, somePassword)).status).toBe(200)
  })

  it.for([
    ['MAIL_LOGIN is on', { ...vars, MAIL_LOGIN: 'on' }],
    ['registration is by invitation', { ...vars, REGISTRATION: 'invite' }],
    ['registration is closed', { ...vars, REGISTRATION: 'closed' }],
    ['the domain is not among those allowed', { ...vars, REGISTRATION_DOMAINS: 'example.org' }],
  ] as const)('is not offered if %s, behind the same reply', async ([, settings], { expect }) => {
    const app = startApp({ vars: settings })
    const email = someAddress()

    await askForMail(app, email)

    expect(mailsTo(app, email)).toEqual([])
  })

  it('is not offered for an address that an account can still return to', async ({ expect }) => {
    const app = startApp({ vars })
    const { a } = await taken(app)
    const before = mailsTo(app, a).length

    await askForMail(app, a)

    expect(mailsTo(app, a)).toHaveLength(before)
  })

  it('is not offered for an address that mail servers read differently', async ({ expect }) => {
    const app = startApp({ vars })
    const email = 'a%b@example.com'

    await askForMail(app, email)

    expect(mailsTo(app, email)).toEqual([])
  })

  it('waits while most of the mails of the day are used, and logging in does not', async ({ expect }) => {
    const app = startApp({ vars: { ...vars, MAIL_DAILY_QUOTA: '10' } })
    const known = await member(startApp())
    await app.db
      .prepare(`insert into daily (day, metric, count) values (?, 'mails_sent', 8) on conflict do update set count = 8`)
      .bind(app.now().toISOString().slice(0, 10))
      .run()
    const email = someAddress()

    await askForMail(app, email)

    expect(mailsTo(app, email)).toEqual([])
    expect((await logInByMail(app, known)).status).toBe(200)
  })

  it('is bounded for all sub-addresses of a mailbox together', async ({ expect }) => {
    const app = startApp({ vars })
    const name = someAddress().replace('@example.com', '')
    for (let n = 0; n < 25; n++) {
      await askForMail(app, `${name}+${n}@example.com`, { ip: `10.9.0.${n}` })
      app.wait({ seconds: 90 })
    }

    expect(app.mailbox.filter(({ to }) => to.startsWith(`${name}+`)).length).toBeLessThanOrEqual(20)
  })

  it('leaves no row of an address that never came back', async ({ expect }) => {
    const app = startApp({ vars })
    const email = someAddress()
    await mailed(app, email)
    app.wait({ days: 2 })
    for (let n = 0; n < 3; n++) await app.cron()

    expect(await rows(app, 'select kind from mail where address = ?', email)).toEqual([])
  })
})
