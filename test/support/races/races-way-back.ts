import { expect } from 'vitest'
import { addApp } from '../app/second-factors.ts'
import { logIn, newPassword, type SessionBody, someAddress, somePassword, type TestApp } from '../app/support.ts'
import { frozen, leaving, moved, wishing } from '../faults/arranged.ts'
import { passwordIs, rows } from '../faults/fault-world.ts'
import { age } from '../way-back/way-back-factors.ts'
import { linkTo } from '../way-back/way-back-world.ts'
import type { Race, Start } from './race-runs.ts'
import { forgotten, replacePassword, reset, statusesOf, times } from './races-sessions.ts'

const thiefs = 'the passphrase of the thief'

const follow =
  (page: string, token: string, more: object = {}, bearer?: string): Start =>
  (app) =>
    app.call(`POST /api/auth/${page}`, { json: { token, ...more }, ...(bearer && { bearer }) })

const leave =
  ({ access_token: bearer }: SessionBody, json?: object): Start =>
  (app) =>
    app.call('DELETE /api/user/account', { bearer, ...(json && { json }) })

/** A run of the cron in the form of a reply: it may find the database down. */
const running =
  (work: (app: TestApp) => Promise<unknown>): Start =>
  (app) =>
    work(app).then(
      () => new Response(),
      () => new Response(null, { status: 503 }),
    )

const accountOf = async (app: TestApp, id: string) =>
  (await rows(app, 'select email, status, password, pending_email, frozen_until from users where id = ?', id))[0]

/**
 * Takes the account back with the old mailbox and the password, however the race ended; then it has address A and
 * nobody else is logged in.
 */
const endsAt = async (app: TestApp, { id, a, b, link }: { id: string; a: string; b: string; link: string }) => {
  app.wait({ minutes: 2 })
  await follow('revert-email-change', link, { password: somePassword })(app)
  expect(await accountOf(app, id)).toMatchObject({ email: a, status: 'active', password: null, frozen_until: null })
  expect(await rows(app, 'select 1 from sessions where user_id = ?', id)).toEqual([])
  expect(await rows(app, 'select 1 from mail where user_id = ? and password is not null', id)).toEqual([])
  for (const address of [a, b])
    for (const password of [somePassword, thiefs, newPassword])
      expect(await passwordIs(app, address, password)).toBe(false)
}

/** The owner takes the account back at once, while the thief does something else at the same moment. */
const against = (
  name: string,
  beside: (app: TestApp, of: Awaited<ReturnType<typeof moved>>) => Promise<Start[]>,
): Race => ({
  name: `taking an account back during ${name} ends with the owner`,
  arrange: async (app) => {
    const account = await moved(app)
    const others = await beside(app, account)
    return {
      starts: [follow('revert-email-change', account.link, { password: somePassword }), ...others],
      check: async ({ answers: [taken] }) => {
        // Nothing deletes the account for good while the link is valid.
        expect(taken!.status).toBe(200)
        await endsAt(app, account)
      },
    }
  },
})

export const wayBackRaces: Race[] = [
  against('its deletion, by the password', async (_app, { session }) => [
    leave(session, { current_password: somePassword }),
  ]),
  against('its deletion, by a token', async (_app, { session }) => [leave(session)]),
  against('another change of the address', async (app, { session, b }) => {
    const next = someAddress('c')
    app.wait({ minutes: 2 })
    const json = { email: next, current_password: somePassword }
    await app.call('PATCH /api/user/profile', { bearer: session.access_token, json })
    expect(b).not.toBe(next)
    return [follow('confirm-email', linkTo(app, next, 'confirm-email'), {}, session.access_token)]
  }),
  against('a reset by the new mailbox', async (app, { b }) => [reset(await forgotten(app, b), thiefs)]),
  against('a new password', async (_app, { session }) => [replacePassword(session, thiefs)]),
  against('a log-in', async (_app, { b }) => [
    (a) => a.call('POST /api/auth/login', { json: { email: b, password: somePassword } }),
  ]),
  against('a freeze by the same link', async (_app, { link }) => times(3, follow('revert-email-change', link))),
  against('itself', async (_app, { link }) => [
    (a) => a.call('POST /api/auth/revert-email-change', { json: { token: link } }),
  ]),
  against('a registration of the old address', async (_app, { a: email }) =>
    times(2, (a) => a.call('POST /api/auth/register', { json: { email, password: thiefs } })),
  ),
  {
    name: 'eight requests at once take the account back once',
    arrange: async (app) => {
      const account = await moved(app)
      return {
        starts: times(8, follow('revert-email-change', account.link, { password: somePassword })),
        check: async ({ answers, mails }) => {
          expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
          expect(answers.filter(({ status }) => [200, 400, 503].includes(status))).toHaveLength(8)
          expect(mails.filter(({ to, subject }) => to === account.a && subject.includes('is back'))).toHaveLength(1)
          expect(await accountOf(app, account.id)).toMatchObject({ email: account.a, password: null })
        },
      }
    },
  },
  {
    name: 'a code of an app takes an account back or logs in, if both use it at once',
    arrange: async (app) => {
      const { id, a, b, link } = await moved(app)
      const { code } = await addApp(app, id)
      await age(app, id, 100)
      const json = { email: b, password: somePassword, otp: await code() }
      return {
        starts: [
          ...times(3, follow('revert-email-change', link, { otp: json.otp })),
          (other) => other.call('POST /api/auth/login', { json }),
        ],
        check: async ({ answers }) => {
          expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
          const back = answers[3]!.status !== 200
          expect(await accountOf(app, id)).toMatchObject({ email: back ? a : b })
          expect(await rows(app, 'select 1 from sessions where user_id = ?', id)).toHaveLength(back ? 0 : 2)
        },
      }
    },
  },
  {
    name: 'eight requests at once freeze the account once',
    arrange: async (app) => {
      const { id, a, link } = await moved(app)
      return {
        starts: times(8, follow('revert-email-change', link)),
        check: async ({ answers, mails }) => {
          expect(statusesOf(answers)).toEqual(Array(8).fill(200))
          expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1)
          expect(mails.filter(({ to, subject }) => to === a && subject.includes('is frozen'))).toHaveLength(1)
          expect(
            await rows(app, "select 1 from audit where user_id = ? and event = 'account_frozen'", id),
          ).toHaveLength(1)
        },
      }
    },
  },
  {
    name: 'the end of a freeze during the way back: one of them holds',
    arrange: async (app) => {
      const { id, a, b, link, end } = await frozen(app)
      return {
        starts: [
          follow('end-freeze', end, { password: somePassword }),
          follow('revert-email-change', link, { password: somePassword }),
        ],
        check: async ({ answers: [ended, taken] }) => {
          expect(statusesOf([ended!, taken!])).toEqual([200, 400])
          const account = await accountOf(app, id)
          expect(account).toMatchObject({ email: ended!.status === 200 ? b : a, status: 'active', frozen_until: null })
          expect(account!.password === null).toBe(taken!.status === 200)
        },
      }
    },
  },
  {
    name: 'a freeze during a deletion and its undoing leaves the account to its owner',
    arrange: async (app) => {
      const account = await moved(app)
      await leave(account.session)(app)
      return {
        starts: [
          follow('revert-email-change', account.link),
          follow('undo-deletion', linkTo(app, account.b, 'undo-deletion')),
          follow('revert-email-change', account.link),
        ],
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual([200, 200, 200])
          expect(await accountOf(app, account.id)).toMatchObject({ status: 'disabled' })
          await endsAt(app, account)
        },
      }
    },
  },
  {
    name: 'the end of a freeze by the cron while the owner ends it: one of them holds',
    arrange: async (app) => {
      const { id, a, b, end } = await frozen(app)
      app.wait({ hours: 72, seconds: -1 })
      const cron = running((other) => other.services.wayBack.endDue())
      return {
        starts: [
          follow('end-freeze', end, { password: somePassword }),
          async (other) => {
            other.wait({ seconds: 1 })
            return cron(other)
          },
          cron,
        ],
        check: async ({ answers: [ended] }) => {
          app.wait({ seconds: 2 })
          await app.services.wayBack.endDue()
          expect(await accountOf(app, id)).toMatchObject({
            email: ended!.status === 200 ? b : a,
            status: 'active',
            frozen_until: null,
          })
        },
      }
    },
  },
  {
    name: 'a confirmation during an approval makes the change once',
    arrange: async (app) => {
      const { id, a, b, session, confirm } = await wishing(app)
      return {
        starts: [
          follow('confirm-email', confirm, {}, session.access_token),
          follow('approve-email-change', linkTo(app, a, 'approve-email-change')),
        ],
        check: async ({ answers, mails }) => {
          expect(statusesOf(answers)).toEqual([200, 200])
          expect(await accountOf(app, id)).toMatchObject({ email: b, pending_email: null })
          expect(mails.filter(({ to, text }) => to === a && text.includes('/revert-email-change#'))).toHaveLength(1)
        },
      }
    },
  },
  ...(['confirm-email', 'approve-email-change'] as const).map(
    (last): Race => ({
      name: `a cancellation during the last step of a change, ${last}: one of them holds`,
      arrange: async (app) => {
        const { id, a, b, session, confirm } = await wishing(app)
        const starts = {
          'confirm-email': follow('confirm-email', confirm, {}, session.access_token),
          'approve-email-change': follow('approve-email-change', linkTo(app, a, 'approve-email-change')),
        }
        await starts[last === 'confirm-email' ? 'approve-email-change' : 'confirm-email'](app)
        return {
          starts: [starts[last], follow('cancel-email-change', linkTo(app, a, 'cancel-email-change'))],
          check: async ({ answers: [made, cancelled] }) => {
            expect([made!.status === 200, cancelled!.status === 200].filter(Boolean)).toHaveLength(1)
            const email = made!.status === 200 ? b : a
            expect(await accountOf(app, id)).toMatchObject({ email, pending_email: null })
            const live = await rows(app, 'select 1 from sessions where user_id = ?', id)
            expect(live).toHaveLength(made!.status === 200 ? 1 : 0)
          },
        }
      },
    }),
  ),
  {
    name: 'a deletion by a token during one by the password leaves the account disabled or gone',
    arrange: async (app) => {
      const { session, a } = await wishing(app)
      return {
        starts: [leave(session), leave(session, { current_password: somePassword })],
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual([200, 401])
          const found = await rows(app, 'select status from users where email = ?', a)
          expect(found).toEqual(answers[0]!.status === 200 ? [{ status: 'disabled' }] : [])
        },
      }
    },
  },
  {
    name: 'an undoing during the erasure keeps the account or finds it gone',
    arrange: async (app) => {
      const { session, undo } = await leaving(app)
      app.wait({ hours: 24 * 7, seconds: -1 })
      const erase: Start = (other) => {
        other.wait({ seconds: 1 })
        return running(({ services }) => services.accountDeletion.eraseDue())(other)
      }
      return {
        starts: [follow('undo-deletion', undo), erase, erase],
        check: async ({ answers: [undone] }) => {
          const found = await rows(app, 'select status from users where email = ?', session.email)
          expect(found).toEqual(undone!.status === 200 ? [{ status: 'active' }] : [])
        },
      }
    },
  },
  {
    name: 'of twenty uses of one proof, one works',
    arrange: async (app) => {
      const { a } = await wishing(app)
      const { access_token: bearer, proof } = (await logIn(app, a)) as SessionBody & { proof: string }
      const headers = { 'Gatehouse-Proof': proof }
      return {
        starts: Array.from(
          { length: 20 },
          (_, n) => (other: TestApp) =>
            other.call('PATCH /api/user/profile', { bearer, headers, json: { email: someAddress(`p${n}`) } }),
        ),
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual([200, ...Array(19).fill(403)])
        },
      }
    },
  },
]
