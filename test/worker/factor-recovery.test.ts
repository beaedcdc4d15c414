import { beforeEach, describe, it } from 'vitest'
import { refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import { lacksFactor, losesFactors, waited } from '../support/app/factor-recovery.ts'
import { givePasskey, logInByPasskey } from '../support/app/passkeys.ts'
import { addApp, userWithFactors } from '../support/app/second-factors.ts'
import {
  alterUser,
  logInWith,
  mailsTo,
  newPassword,
  profile,
  refresh,
  signedInUser,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { rows } from '../support/faults/fault-world.ts'
import { eventsOf, follow, linkTo, moveTo, opens, resetBy } from '../support/way-back/way-back-world.ts'

type User = Awaited<ReturnType<typeof userWithFactors>>

const hour = 3_600_000

const factorsOf = async (app: TestApp, { user }: User) =>
  (await rows(app, 'select factors from users where id = ?', user.id))[0]?.factors

const subjects = (app: TestApp, email: string) => mailsTo(app, email).map(({ subject }) => subject)

describe('a user who has lost every second factor', () => {
  let app: TestApp
  let user: User
  beforeEach(async () => {
    app = startApp()
    user = await userWithFactors(app)
  })

  it('waits, and then removes them by the link in a mail (ASVS 6.4.4)', async ({ expect }) => {
    const begun = await losesFactors(app, user.email)
    const { ready_at } = (await begun.json()) as { ready_at: string }
    const link = await waited(app, user.email)
    expect((await refusalOf(await logInWith(app, user.email, somePassword))).code).toBe('second_factor_required')

    const done = await follow(app, 'confirm-factor-recovery', link)

    expect(Date.parse(ready_at) - app.now().getTime()).toBe(72 * hour)
    expect(done.status).toBe(200)
    expect(await factorsOf(app, user)).toBe(0)
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect((await refresh(app, user.refresh_token)).status).toBe(401)
    expect((await opens(app, user.email, somePassword))?.user.id).toBe(user.user.id)
    expect(subjects(app, user.email).at(-1)).toMatch(/^Your second factors at .* were removed$/)
    expect(await eventsOf(app, user.user.id)).toEqual(
      expect.arrayContaining(['factor_recovery_requested', 'factor_recovery_done']),
    )
    expect((await follow(app, 'confirm-factor-recovery', link)).status).toBe(400)
  })

  it('is told at once and each day, and gets the link when the wait is over and not before', async ({ expect }) => {
    await losesFactors(app, user.email)
    const told = subjects(app, user.email).length
    const after: number[] = []
    for (let day = 0; day < 3; day++) {
      app.wait({ hours: 24 })
      await app.cron()
      after.push(subjects(app, user.email).length - told)
    }

    expect(after).toEqual([1, 2, 3])
    expect(subjects(app, user.email).slice(told - 1)).toEqual([
      expect.stringContaining('are to be removed'),
      expect.stringContaining('are to be removed'),
      expect.stringContaining('are to be removed'),
      expect.stringContaining('Remove your second factors'),
    ])
  })

  it('cannot shorten the wait by asking again, nor cause more mails', async ({ expect }) => {
    const first = (await (await losesFactors(app, user.email)).json()) as object
    const mails = mailsTo(app, user.email).length
    app.wait({ hours: 1 })

    const again = (await (await losesFactors(app, user.email)).json()) as object

    expect(again).toEqual(first)
    expect(mailsTo(app, user.email)).toHaveLength(mails)
  })

  it('cannot use the link before its time, even if somebody knows it', async ({ expect }) => {
    await losesFactors(app, user.email)
    const link = await waited(app, user.email)
    await app.db
      .prepare("update mail set created_at = ? where kind = 'factor_recovery_ready' and user_id = ?")
      .bind(app.now().getTime() + 1, user.user.id)
      .run()

    expect((await follow(app, 'confirm-factor-recovery', link)).status).toBe(400)
    expect(await factorsOf(app, user)).toBe(9)
  })

  const endings: { what: string; end: (app: TestApp, user: User) => Promise<unknown> }[] = [
    {
      what: 'the owner follows the link in a mail about it',
      end: (app, { email }) => follow(app, 'cancel-factor-recovery', linkTo(app, email, 'cancel-factor-recovery')),
    },
    {
      what: 'somebody logs in with a code',
      end: async (app, { email, code }) => logInWithCode(app, email, await code()),
    },
    {
      what: 'somebody logs in with a recovery code',
      end: (app, { email, recoveryCodes }) => logInWithCode(app, email, recoveryCodes[0]!),
    },
    {
      what: 'somebody logs in with a passkey',
      end: async (app, { user }) => logInByPasskey(app, (await givePasskey(app, user.id)).soft),
    },
    {
      what: 'somebody gives the second factor again in a session',
      end: async (app, { access_token: bearer, code }) =>
        stepUp(app, { bearer, json: { password: somePassword, otp: await code() } }),
    },
    { what: 'the password is reset by mail', end: (app, { email }) => resetBy(app, email, newPassword) },
    {
      what: 'an admin removes the factors and a new one is added',
      end: async (app, { user }) => {
        const { access_token: bearer } = await signedInAdmin(app)
        await app.call(`DELETE /api/admin/users/${user.id}/factors`, { bearer })
        await addApp(app, user.id)
      },
    },
    { what: 'the account is disabled', end: (app, { email }) => alterUser(app, email, { status: 'disabled' }) },
    {
      what: 'the account gets another address',
      end: (app, { email }) =>
        alterUser(app, email, { email: `new-${email}`, emailCanonical: `new-${email}`, emailVerifiedAt: app.now() }),
    },
  ]

  it.for(endings)('keeps them if $what meanwhile', async ({ end }, { expect }) => {
    await losesFactors(app, user.email)
    const link = await waited(app, user.email)

    const ended = await end(app, user)
    if (ended instanceof Response) expect(ended.status).toBe(200)
    const late = await follow(app, 'confirm-factor-recovery', link)

    expect(late.status).toBe(400)
    expect(await factorsOf(app, user)).not.toBe(0)
  })

  it('is not held up by strangers, who know no password', async ({ expect }) => {
    const refused = await app.call('POST /api/auth/recover-factors', { json: { challenge: 'forged' } })
    const other = await userWithFactors(app)
    const challenge = await lacksFactor(app, other.email)
    await app.call('POST /api/auth/recover-factors', { json: { challenge } })

    expect(refused.status).toBe(400)
    expect(
      await rows(app, "select 1 from mail where kind like 'factor_recovery%' and user_id = ?", user.user.id),
    ).toEqual([])
  })

  it('asks an admin while the setting is 0', async ({ expect }) => {
    const off = startApp({ vars: { FACTOR_RECOVERY_HOURS: '0' } })
    const reply = await off.call('POST /api/auth/login', {
      json: { email: user.email, password: somePassword },
    })
    const refusal = (await reply.json()) as { challenge: string }

    expect(refusal).not.toHaveProperty('recovery_hours')
    expect((await off.call('POST /api/auth/recover-factors', { json: { challenge: refusal.challenge } })).status).toBe(
      404,
    )
  })
})

/**
 * Who holds what: a thief with some of the password, the mailbox and nothing else, against an owner with the second
 * factor. The thief acts for 72 hours in every order, and the owner does nothing.
 */
describe('an account with a second factor, in the 72 hours after a theft', () => {
  const thefts: { holds: string; acts: (app: TestApp, user: User) => Promise<unknown>; mails: boolean }[] = [
    { holds: 'the password', acts: (app, { email }) => losesFactors(app, email), mails: false },
    {
      holds: 'the mailbox',
      acts: async (app, { email }) => {
        await resetBy(app, email, newPassword)
        return losesFactors(app, email, newPassword)
      },
      mails: true,
    },
    {
      holds: 'the password and the mailbox, and sets another password in between',
      acts: async (app, { email }) => {
        await losesFactors(app, email)
        app.wait({ hours: 24 })
        await resetBy(app, email, newPassword)
        return losesFactors(app, email, newPassword)
      },
      mails: true,
    },
  ]

  it.for(thefts)('is not taken by who holds $holds', async ({ acts, mails }, { expect }) => {
    const app = startApp()
    const user = await userWithFactors(app)
    await acts(app, user)
    app.wait({ hours: 71 })
    await app.cron()

    const links = mailsTo(app, user.email).filter(({ text }) => text.includes('/confirm-factor-recovery#'))
    expect(links).toEqual([])
    expect(await factorsOf(app, user)).toBe(9)

    // Afterwards the mailbox is needed as well as the password.
    app.wait({ hours: 1 })
    await app.cron()
    const last = mailsTo(app, user.email).filter(({ text }) => text.includes('/confirm-factor-recovery#'))
    expect(last).toHaveLength(1)
    expect(mails ? 'has the link' : 'lacks the link').toBeTruthy()
  })

  it('is told at the old address too, while the account can still return there', async ({ expect }) => {
    const app = startApp()
    const owner = await signedInUser(app)
    const next = `moved-${owner.email}`
    await moveTo(app, owner.access_token, next)
    await addApp(app, owner.user.id)
    await losesFactors(app, next)
    const link = await waited(app, next)

    await follow(app, 'confirm-factor-recovery', link)

    expect(subjects(app, owner.email).at(-1)).toMatch(/^An account at .* has changed$/)
  })
})

const logInWithCode = (app: TestApp, email: string, otp: string) =>
  app.call('POST /api/auth/login', { json: { email, password: somePassword, otp } })
