import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { runCron } from '../../src/cron.ts'
import { newId } from '../../src/domain/ids.ts'
import { startApp, type TestApp } from '../support/app/support.ts'
import { logged, reported } from './setup.ts'

type Posted = { url: string; body: { text: string; alert: string; service: string; at: string } }

const hook = 'https://hooks.example.com/sentinel'
let posted: Posted[] = []
let answer = () => new Response('ok')
beforeEach(async () => {
  posted = []
  answer = () => new Response('ok')
  vi.spyOn(globalThis, 'fetch').mockImplementation((async (url: string, init: RequestInit) => {
    posted.push({ url, body: JSON.parse(String(init.body)) })
    return answer()
  }) as typeof fetch)
  for (const table of ['mail', 'throttles', 'audit', 'users', 'daily']) await env.DB.exec(`delete from ${table}`)
})
afterEach(() => vi.restoreAllMocks())

type Sent = { to: string; subject: string; text: string }

const start = (
  vars: Record<string, string> = { ALERT_WEBHOOK: hook, ALERT_MAIL: 'ops@example.com' },
  refuses = false,
) => {
  const mails: Sent[] = []
  const send = async (mail: Sent) => {
    if (refuses) throw Object.assign(new Error(`no mail to ${mail.to}`), { code: 'E_SENDER_NOT_VERIFIED' })
    mails.push(mail)
  }
  const app = startApp({ vars, bindings: { EMAIL: { send } as unknown as SendEmail } })
  return { app, mails, alerts: () => posted.map(({ body }) => body.alert) }
}

const event = (app: TestApp, name: string, minutesAgo: number) => {
  const at = new Date(app.now().getTime() - minutesAgo * 60_000)
  return env.DB.prepare('insert into audit (id, at, event) values (?, ?, ?)').bind(newId(at), at.getTime(), name).run()
}

/** Stores mails with so many attempts, due so many minutes from now. */
const mails = async (app: TestApp, count: number, attempts: number, minutes: number, error: string | null) => {
  for (let n = 0; n < count; n++)
    await env.DB.prepare(
      `insert into mail (id, kind, address, address_canonical, created_at, expires_at, attempts, next_attempt_at, last_error)
        values (?, 'notice', 'person@example.com', 'person@example.com', 1, 9e15, ?, ?, ?)`,
    )
      .bind(`m${n} ${Math.random()}`, attempts, app.now().getTime() + minutes * 60_000, error)
      .run()
}

const raise = (app: TestApp, bytes = 0, sent = 0, late = false) => app.services.alerts.raise(bytes, sent, late)

describe('an alert', () => {
  const table: { alert: string; holds: (app: TestApp) => Promise<unknown>; not: (app: TestApp) => Promise<unknown> }[] =
    [
      {
        alert: 'outbox',
        holds: (app) => mails(app, 1, 1, -16, null),
        not: (app) => mails(app, 100, 1, -14, null),
      },
      {
        alert: 'outbox',
        holds: (app) => mails(app, 3, 2, 5, 'E_SENDER_NOT_VERIFIED'),
        not: async (app) => {
          await mails(app, 2, 2, 5, 'E_SENDER_NOT_VERIFIED')
          await mails(app, 50, 1, 1, 'unknown')
          await mails(app, 50, 0, 60, null)
        },
      },
      {
        alert: 'outbox',
        holds: (app) => mails(app, 3, 0, 60, 'E_DAILY_LIMIT_EXCEEDED'),
        not: (app) => mails(app, 3, 0, 60, null),
      },
      {
        alert: 'spraying',
        holds: (app) => event(app, 'spray_suspected', 14),
        not: (app) => event(app, 'spray_suspected', 16),
      },
      {
        alert: 'mail_quota',
        holds: (app) => event(app, 'mail_quota_near', 0),
        not: (app) => event(app, 'mail_quota_near', 24 * 60),
      },
      {
        alert: 'spraying',
        holds: (app) => event(app, 'spray_suspected', 0),
        not: (app) => event(app, 'log_in_failed', 0),
      },
    ]
  for (const [index, { alert, holds, not }] of table.entries())
    it(`is sent while its problem exists, and not before: ${alert} ${index}`, async ({ expect }) => {
      const { app, alerts } = start()

      await not(app)
      const before = await raise(app)
      await holds(app)
      const after = await raise(app)

      expect(before).toEqual({ sent: 0, failed: 0 })
      expect(after).toEqual({ sent: 1, failed: 0 })
      expect(alerts()).toEqual([alert])
    })

  it('is sent once 80 % of the database is used', async ({ expect }) => {
    const { app, alerts } = start()

    expect(await raise(app, 7_999_999_999)).toEqual({ sent: 0, failed: 0 })
    expect(await app.services.alerts.raise(undefined, 0, false)).toEqual({ sent: 0, failed: 0 })
    expect(await raise(app, 8_000_000_000)).toEqual({ sent: 1, failed: 0 })
    expect(alerts()).toEqual(['database'])
  })

  it('is not sent about an outbox that sends mails', async ({ expect }) => {
    const { app } = start()
    await mails(app, 1, 1, -16, null)

    expect(await raise(app, 0, 1)).toEqual({ sent: 0, failed: 0 })
    expect(await raise(app, 0, 0)).toEqual({ sent: 1, failed: 0 })
  })

  it('says what, where and when, and contains no personal data, by mail and by webhook', async ({ expect }) => {
    const { app, mails: sent } = start()
    await mails(app, 1, 1, -16, null)

    await raise(app)

    const text = expect.stringMatching(/Mails are waiting and none are being sent\./)
    expect(posted).toEqual([
      {
        url: hook,
        body: { alert: 'outbox', text, service: app.services.settings.appUrl, at: app.now().toISOString() },
      },
    ])
    expect(sent).toEqual([expect.objectContaining({ to: 'ops@example.com', subject: text, text })])
    expect(JSON.stringify([posted, sent])).not.toContain('person@')
  })

  it('is sent once a day for each state, also by two runs at once', async ({ expect }) => {
    const { app, alerts } = start()
    await mails(app, 1, 1, -16, null)

    await Promise.all([raise(app), raise(app), raise(app)])
    app.wait({ hours: 23 })
    await raise(app, 9e9)
    const day = alerts()
    app.wait({ hours: 1, seconds: 1 })
    await raise(app)

    expect(day).toEqual(['outbox', 'database'])
    expect(alerts()).toEqual(['outbox', 'database', 'outbox'])
  })

  it('is tried again after ten minutes if no channel worked, and the address is in no log', async ({ expect }) => {
    const { app, alerts } = start(undefined, true)
    answer = () => new Response('no', { status: 404 })
    await mails(app, 1, 1, -16, null)

    const failed = await raise(app)
    app.wait({ minutes: 9 })
    await raise(app)
    const meanwhile = alerts().length
    app.wait({ minutes: 1, seconds: 1 })
    answer = () => new Response('ok')
    const again = await raise(app)

    expect(failed).toEqual({ sent: 0, failed: 1 })
    expect(meanwhile).toBe(1)
    expect(again).toEqual({ sent: 1, failed: 0 })
    const lines = logged()
      .map((line) => JSON.stringify(line))
      .join()
    expect(lines).toMatch(/webhook/)
    expect(lines).not.toMatch(/sentinel|ops@/)
  })

  it('counts as sent if one of two channels worked', async ({ expect }) => {
    const { app } = start(undefined, true)
    await mails(app, 1, 1, -16, null)

    expect(await raise(app)).toEqual({ sent: 1, failed: 0 })
    logged()
  })

  it('reads few rows, however many entries the audit has today', async ({ expect }) => {
    const { app } = start()
    await env.DB.prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)
       insert into audit (id, at, event) select ?1 || printf('%012d', i), i, 'log_in_failed' from n`,
    )
      .bind(newId(app.now()).slice(0, 24))
      .run()
    app.counter.rowsRead = 0

    await raise(app)

    expect(app.counter.rowsRead).toBeGreaterThan(0)
    expect(app.counter.rowsRead).toBeLessThan(20)
  })

  it('costs no query if nobody wants it', async ({ expect }) => {
    const { app, mails: sent } = start({ ALERT_WEBHOOK: '', ALERT_MAIL: '' })
    await mails(app, 1, 1, -16, null)

    const { trips } = app.counter
    await raise(app, 9e9)

    expect(app.counter.trips).toBe(trips)
    expect([posted, sent]).toEqual([[], []])
  })

  it('is part of the cron, whose line counts it', async ({ expect }) => {
    const { app, alerts } = start()
    await event(app, 'spray_suspected', 1)
    reported()

    await runCron(app.services)

    expect(alerts()).toEqual(['spraying'])
    expect(reported().map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ at: 'cron', alerts: 1 }),
    )
  })
})
