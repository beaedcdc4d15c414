import { env } from 'cloudflare:workers'
import { beforeEach, describe, it } from 'vitest'
import { seen } from '../support/app/equal-replies.ts'
import {
  alterUser,
  linkIn,
  logIn,
  mailsTo,
  member,
  newPassword,
  register,
  signedInUser,
  someAddress,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { failing, faulty, overloaded } from '../support/faults/faulty.ts'

/** A mail that a limit refuses is sent once, when the limit reopens, if its reason still holds. */

const forgot = (app: TestApp, email: string) => app.call('POST /api/auth/forgot-password', { json: { email } })
const resend = (app: TestApp, email: string) => app.call('POST /api/auth/resend-verification', { json: { email } })
const verify = (app: TestApp, token: string) => app.call('POST /api/auth/verify-email', { json: { token } })
const reset = (app: TestApp, token: string, new_password = newPassword) =>
  app.call('POST /api/auth/reset-password', { json: { token, new_password } })

/** Runs the cron each minute for so many minutes. */
const minutes = async (app: TestApp, count: number) => {
  for (let n = 0; n < count; n++) {
    app.wait({ minutes: 1 })
    await app.services.mailDelivery.deliverDue()
  }
}

const subjects = (app: TestApp, email: string) => mailsTo(app, email).map(({ subject }) => subject)

const rowsOf = async (app: TestApp, email: string) =>
  (
    await app.db
      .prepare('select kind, attempts, created_at, expires_at, next_attempt_at from mail where address = ? order by id')
      .bind(email)
      .all<{ kind: string; attempts: number; created_at: number; expires_at: number; next_attempt_at: number | null }>()
  ).results

/** A verified user with one reset just mailed and another postponed. */
const waitingForReset = async (app: TestApp) => {
  const email = await member(app)
  app.wait({ minutes: 1 })
  await forgot(app, email)
  const first = linkIn(app, email)
  await forgot(app, email)
  return { email, first, sent: mailsTo(app, email).length }
}

beforeEach(async () => {
  await env.DB.batch(['mail', 'daily', 'throttles'].map((table) => env.DB.prepare(`delete from ${table}`)))
})

describe('a mail that a limit refuses', () => {
  it('is sent once when the limit opens, by the cron, and its link is valid from then on', async ({ expect }) => {
    const app = startApp()
    const { email, sent } = await waitingForReset(app)
    for (let time = 0; time < 5; time++) await forgot(app, email)
    app.wait({ seconds: 59.999 })
    await app.cron()
    const early = mailsTo(app, email).length
    app.wait({ seconds: 0.001 })

    await app.cron()
    await app.cron()
    const token = linkIn(app, email)
    app.wait({ minutes: 30, seconds: -0.001 })

    expect([early, mailsTo(app, email).length]).toEqual([sent, sent + 1])
    expect(mailsTo(app, email).at(-1)?.text).toContain('30 minutes')
    expect((await reset(app, token)).status).toBe(200)
  })

  it('is one row for a user and purpose, however often it is requested, even at once', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    app.wait({ minutes: 1 })
    await Promise.all(Array.from({ length: 16 }, () => forgot(app, email)))

    const rows = (await rowsOf(app, email)).filter(({ kind }) => kind === 'reset_password')

    expect(rows.map(({ attempts }) => attempts).sort()).toEqual([0, 1])
    const waiting = rows.find(({ attempts }) => attempts === 0)!
    expect(waiting.next_attempt_at).toBe(waiting.created_at)
    expect(waiting.created_at - app.now().getTime()).toBe(60_000)
  })

  it('takes its place in the window that opens, so that no hour has more than its mails', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_LINK_NETWORK: '1000/1m' } })
    const email = someAddress()
    await register(app, email)
    const times: number[] = []

    for (let minute = 0; minute < 120; minute++) {
      await resend(app, email)
      await minutes(app, 1)
      while (times.length < mailsTo(app, email).length) times.push(minute)
    }

    // Windows begin with the mail that opens them, so that no two of them overlap.
    for (const from of [0, 60]) expect(times.filter((at) => at >= from && at < from + 60).length).toBeLessThanOrEqual(6)
    expect(times.length).toBeGreaterThanOrEqual(9)
    expect(times.length).toBeLessThanOrEqual(11)
  })

  it('of a dispute is not lost: whoever registers again with another password gets a link that works', async ({
    expect,
  }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email, 'a first passphrase')
    await register(app, email, 'a second passphrase')
    const early = subjects(app, email)

    await minutes(app, 1)
    const done = await reset(app, linkIn(app, email))

    expect(early).toHaveLength(1)
    expect(subjects(app, email)[1]).toMatch(/Choose a password/)
    expect(done.status).toBe(200)
    expect(await logIn(app, email, newPassword)).toHaveProperty('access_token')
  })

  it('of a registration with a known address is sent too', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await register(app, email)
    const early = subjects(app, email).length

    await minutes(app, 1)

    expect(subjects(app, email).slice(early)).toEqual([expect.stringMatching(/already have an account/)])
  })

  it('that would only repeat that there is an account is not sent', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    app.wait({ minutes: 1 })
    for (let time = 0; time < 3; time++) await register(app, email)

    await minutes(app, 3)

    expect(subjects(app, email)).toHaveLength(2)
  })

  it.for<{ what: string; end: (app: TestApp, of: { email: string; first: string }) => Promise<unknown> }>([
    { what: 'another link was used', end: (app, { first }) => reset(app, first) },
    {
      what: 'the password was changed',
      end: async (app, { email }) =>
        app.call('POST /api/user/change-password', {
          bearer: (await logIn(app, email)).access_token,
          json: { current_password: 'a passphrase for tests', new_password: newPassword },
        }),
    },
    { what: 'the user was disabled', end: (app, { email }) => alterUser(app, email, { status: 'disabled' }) },
    {
      what: 'the address is another',
      end: (app, { email }) => alterUser(app, email, { email: `x${email}`, emailCanonical: `x${email}` }),
    },
    {
      what: 'the account is gone',
      end: async (app, { email }) =>
        app.call('DELETE /api/user/account', { bearer: (await logIn(app, email)).access_token }),
    },
  ])('is not sent where $what meanwhile', async ({ end }, { expect }) => {
    const app = startApp()
    const of = await waitingForReset(app)
    await end(app, of)
    const before = subjects(app, of.email)

    await minutes(app, 3)

    expect(subjects(app, of.email)).toEqual(before)
  })

  it('is not sent if the address was verified meanwhile, and makes room for mails that are due then', async ({
    expect,
  }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    await resend(app, email)
    await verify(app, linkIn(app, email))
    await register(app, email)

    await minutes(app, 3)

    expect(subjects(app, email)).toEqual([
      expect.stringMatching(/Confirm/),
      expect.stringMatching(/already have an account/),
    ])
  })

  it('does not change the reply or its cost between known and unknown addresses (A-02, A-03)', async ({ expect }) => {
    const app = startApp()
    const known = await member(app)
    const unknown = someAddress()
    app.wait({ minutes: 1 })
    for (const email of [known, unknown]) await forgot(app, email)

    const [one, other] = [
      await app.cost('POST /api/auth/forgot-password', { json: { email: known } }),
      await app.cost('POST /api/auth/forgot-password', { json: { email: unknown } }),
    ]

    expect(await seen(one.response)).toBe(await seen(other.response))
    expect([one.trips, one.statements, one.tripsAfter]).toEqual([other.trips, other.statements, other.tripsAfter])
  })

  it('is sent once though its sending could not be noted, and is no alarm while it waits (F9)', async ({ expect }) => {
    let broken = true
    const marking = ({ sql }: { sql: string[] }) =>
      broken && sql.some((text) => /^update "mail" set "sent_at"/.test(text))
    const healthy = startApp()
    const { email, sent } = await waitingForReset(healthy)
    const app = startApp({ bindings: { DB: faulty(env.DB, failing('before', marking, overloaded)) } })
    app.wait({ minutes: 1 })
    const quiet = await app.services.mailDelivery.deliverDue()
    app.wait({ minutes: 1 })
    const failed = await app.services.mailDelivery.deliverDue().catch(({ code }) => code)
    broken = false
    for (const wait of [1, 5, 30]) {
      app.wait({ minutes: wait })
      await app.services.mailDelivery.deliverDue()
    }

    expect(quiet).toEqual({ waiting: 0 })
    expect(failed).toBe('dependency_unavailable')
    const tokens = mailsTo(app, email).map(({ text }) => /#token=([\w.-]+)/.exec(text)?.[1])
    expect(mailsTo(healthy, email)).toHaveLength(sent)
    // The mail was sent but not recorded as sent, so it is sent again, with the same link.
    expect([tokens.length, new Set(tokens).size]).toEqual([2, 1])
  })
})

describe('resets', () => {
  it.for([5, 30])(
    'leave a valid link or allow a mail at every moment, if links are valid for %i minutes',
    async (lifetime, { expect }) => {
      const app = startApp({
        vars: { PASSWORD_RESET_TOKEN_EXPIRE_MINUTES: String(lifetime), LIMIT_LINK_NETWORK: '1000/1m' },
      })
      const email = await member(app)
      await forgot(app, email)
      const dead: number[] = []
      for (let step = 0; step < lifetime * 4; step++) {
        await forgot(app, email)
        app.wait({ seconds: 31 })
        await app.services.mailDelivery.deliverDue()
        const alive = await app.db
          .prepare(
            "select 1 from mail where kind = 'reset_password' and sent_at is not null and expires_at > ? and address = ?",
          )
          .bind(app.now().getTime(), email)
          .first()
        if (!alive) dead.push(step)
      }

      expect(dead).toEqual([])
      expect(mailsTo(app, email).length).toBeLessThanOrEqual(
        1 + 4 * Math.ceil((lifetime * 4 * 31) / 60 / (lifetime - 1)),
      )
    },
  )

  it('start again once a link was used: the next mail is sent at once', async ({ expect }) => {
    const app = startApp()
    const { email, first } = await waitingForReset(app)
    await reset(app, first)
    const before = mailsTo(app, email).length

    await forgot(app, email)

    expect(mailsTo(app, email)).toHaveLength(before + 1)
    expect((await reset(app, linkIn(app, email), 'yet another passphrase')).status).toBe(200)
  })
})

describe('sub-addresses of one mailbox', () => {
  const flood = async (app: TestApp, name: string) => {
    for (let n = 0; n < 30; n++) await register(app, `${name}+${n}@example.com`)
    return () => app.mailbox.filter(({ to }) => to.startsWith(`${name}+`)).length
  }

  it('have four times the mails of an address together, and none is lost', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_REGISTER_NETWORK: '1000/1m' } })
    const sent = await flood(app, 'target')
    const atOnce = sent()
    await minutes(app, 59)
    const inAnHour = sent()
    await minutes(app, 60)

    expect(atOnce).toBe(4)
    expect(inAnHour).toBeLessThanOrEqual(20)
    expect(sent()).toBe(30)
  })

  it('stay accounts of their own, and keep no reset from a verified one', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_REGISTER_NETWORK: '1000/1m', LIMIT_LINK_NETWORK: '1000/1m' } })
    const owner = await member(app, 'flooded+mine@example.com')
    await flood(app, 'flooded')
    for (let n = 0; n < 30; n++) await forgot(app, `flooded+${n}@example.com`)
    app.wait({ minutes: 1 })
    const before = mailsTo(app, owner).length

    await forgot(app, owner)

    expect(mailsTo(app, owner)).toHaveLength(before + 1)
  })
})

describe('the quota of the mail service', () => {
  const vars = { MAIL_DAILY_QUOTA: '10', LIMIT_REGISTER_NETWORK: '1000/1m' }

  it('when nearly used up, keeps the rest for existing accounts, and the audit records it once', async ({ expect }) => {
    const app = startApp({ vars })
    const email = await member(app)
    app.wait({ hours: 24 - app.now().getUTCHours() })
    for (let n = 0; n < 12; n++) await register(app, someAddress())
    const newcomer = someAddress()
    await register(app, newcomer)
    await forgot(app, email)
    const today = [mailsTo(app, newcomer).length, subjects(app, email).at(-1)]
    const { results } = await app.db.prepare("select detail from audit where event = 'mail_quota_near'").all()

    for (let n = 0; n < 24; n++) {
      app.wait({ hours: 1 })
      await app.services.mailDelivery.deliverDue()
    }

    expect(today).toEqual([0, expect.stringMatching(/new password/)])
    expect(results).toEqual([{ detail: '{"sent":8}' }])
    expect(mailsTo(app, newcomer)).toHaveLength(1)
    expect((await verify(app, linkIn(app, newcomer))).status).toBe(200)
  })

  it('limits nothing if it is not set, and every mail is counted', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_REGISTER_NETWORK: '1000/1m' } })
    for (let n = 0; n < 12; n++) await register(app, someAddress())

    expect(app.mailbox).toHaveLength(12)
    expect(await app.db.prepare("select sum(count) as n from daily where metric = 'mails_sent'").first('n')).toBe(12)
  })

  it('when used up, costs no attempt: each mail is sent when it is back, resets before registrations', async ({
    expect,
  }) => {
    let spent = true
    const tried: string[] = []
    const sent: { to: string; subject: string; text: string }[] = []
    const EMAIL = {
      send: async (letter: { to: string; subject: string; text: string }) => {
        tried.push(letter.to)
        if (spent) throw Object.assign(new Error('quota'), { code: 'E_DAILY_LIMIT_EXCEEDED' })
        sent.push(letter)
        return { messageId: '<1@example.com>' }
      },
    } as unknown as SendEmail
    const { email, access_token } = await signedInUser(startApp())
    const app = startApp({ bindings: { EMAIL } })
    app.wait({ minutes: 2 })
    const newcomer = someAddress()
    await register(app, newcomer)
    await app.call('POST /api/user/change-password', {
      bearer: access_token,
      json: { current_password: 'a passphrase for tests', new_password: newPassword },
    })
    await forgot(app, email)
    for (let n = 0; n < 20; n++) {
      app.wait({ hours: 1 })
      await app.services.mailDelivery.deliverDue()
    }
    spent = false
    app.wait({ hours: 1 })

    await app.services.mailDelivery.deliverDue()

    expect(tried.length).toBeGreaterThan(60)
    expect(sent.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/Choose a new password/),
      expect.stringMatching(/was changed/),
      expect.stringMatching(/Confirm your e-mail/),
    ])
    const token = /#token=([\w.-]+)/.exec(sent[0]!.text)![1]!
    expect((await reset(app, token, 'yet another passphrase')).status).toBe(200)
  })
})
