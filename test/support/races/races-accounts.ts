import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { formWith } from '../app/avatar-support.ts'
import { twoColours } from '../app/pictures.ts'
import {
  askForAddress,
  confirmEmail,
  linkIn,
  logIn,
  newPassword,
  register,
  someAddress,
  somePassword,
  type TestApp,
} from '../app/support.ts'
import { changing } from '../faults/arranged.ts'
import { passwordIs, rows, someone, someoneSignedIn } from '../faults/fault-world.ts'
import type { Race, Start } from './race-runs.ts'
import { asAdmin, forgotten, replacePassword, reset, statusesOf, times } from './races-sessions.ts'

const enrol =
  (email: string, password = somePassword): Start =>
  (app) =>
    register(app, email, password)

const follow =
  (operation: string, token: string): Start =>
  (app) =>
    app.call(`POST /api/auth/${operation}`, { json: { token } })

const addressOf = async (app: TestApp, id: string) =>
  (await rows(app, 'select email, pending_email as pending from users where id = ?', id))[0]

const usersOf = async (app: TestApp, email: string) =>
  rows(app, 'select id, password from users where email_canonical = ?', email)

const picture = twoColours(8, 8)
const keys = async () => (await env.AVATARS.list()).objects.map(({ key }) => key)

/**
 * A change of address is confirmed at the same time as something that forbids it. Either may come first, and both
 * replies must be true.
 */
const confirming = (
  name: string,
  ids: string,
  beside: (app: TestApp, of: Awaited<ReturnType<typeof changing>>) => Promise<Start>,
  /** Further statuses that are allowed. */
  also: number[] = [],
): Race => ({
  name: `a new address that is confirmed during ${name} is either confirmed or not (A-16${ids})`,
  arrange: async (app) => {
    const change = await changing(app)
    const token = linkIn(app, change.b)
    const other = await beside(app, change)
    const confirm: Start = (a) => confirmEmail(a, token, { password: somePassword })
    return {
      starts: [confirm, other],
      check: async ({ answers: [confirmed] }) => {
        expect([200, 400, ...also]).toContain(confirmed!.status)
        const email = confirmed!.status === 200 ? change.b : change.session.email
        const found = await addressOf(app, change.session.user.id)
        expect(found!.email).toBe(email)
        if (found!.pending === null) return
        // A log-out leaves the pending address, but its link is void all the same.
        expect((await confirm(app)).status).toBe(400)
      },
    }
  },
})

export const accountRaces: Race[] = [
  {
    name: 'sixteen registrations of one address make one user and send one mail (A-35, ASVS 15.4.2)',
    arrange: async (app) => {
      const email = someAddress()
      return {
        starts: times(16, enrol(email)),
        check: async ({ answers, mails }) => {
          const taken = answers.filter(({ status }) => status === 201)
          expect(statusesOf(answers).filter((status) => ![201, 503].includes(status))).toEqual([])
          expect(new Set(await Promise.all(taken.map((answer) => answer.text()))).size).toBe(1)
          expect(await usersOf(app, email)).toHaveLength(1)
          expect(mails.filter(({ to }) => to === email)).toHaveLength(1)
          const token = /#token=([\w.-]+)/.exec(mails[0]!.text)![1]!
          await app.call('POST /api/auth/verify-email', { json: { token } })
          expect(await passwordIs(app, email, somePassword)).toBe(true)
        },
      }
    },
  },
  {
    name: 'two registrations with different passwords leave neither password (A-17b)',
    arrange: async (app) => {
      const email = someAddress()
      return {
        starts: [enrol(email, 'the passphrase of the one'), enrol(email, 'the passphrase of the other')],
        check: async () => {
          app.wait({ minutes: 2 })
          await app.call('POST /api/auth/resend-verification', { json: { email } })
          // The mail of the second request was postponed and still waits.
          await app.services.mailDelivery.deliverDue()
          await reset(linkIn(app, email), newPassword)(app)
          expect(await passwordIs(app, email, 'the passphrase of the one')).toBe(false)
          expect(await passwordIs(app, email, 'the passphrase of the other')).toBe(false)
          expect(await passwordIs(app, email, newPassword)).toBe(true)
        },
      }
    },
  },
  {
    name: 'a link that is followed during a second registration verifies the first password or nothing (A-17b)',
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      const token = linkIn(app, email)
      app.wait({ minutes: 2 })
      return {
        starts: [follow('verify-email', token), enrol(email, newPassword)],
        check: async ({ answers: [verified] }) => {
          const opens = await passwordIs(app, email, somePassword)
          expect(opens).toBe(verified!.status === 200 && (await usersOf(app, email))[0]!.password !== null)
          expect(await passwordIs(app, email, newPassword)).toBe(false)
        },
      }
    },
  },
  {
    name: 'a link that is followed during “I did not register” verifies the account or finds it removed (A-17b)',
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      const [verifies, rejects] = [linkIn(app, email, 'verify-email'), linkIn(app, email, 'reject-registration')]
      return {
        starts: [
          follow('verify-email', verifies),
          (a) => a.call('POST /api/auth/reject-registration', { json: { token: rejects } }),
        ],
        check: async ({ answers }) => {
          expect(statusesOf(answers).sort()).toEqual([200, 400])
          expect(await usersOf(app, email)).toHaveLength(answers[0]!.status === 200 ? 1 : 0)
        },
      }
    },
  },
  {
    name: 'an admin who vouches during a log-in, a link and an invitation leaves no unproven password (A-17b, A-18)',
    vars: { EMAIL_VERIFICATION: 'optional' },
    arrange: async (app) => {
      const email = someAddress()
      await register(app, email)
      const { access_token: bearer } = await asAdmin(app)
      const [{ id } = {}] = await usersOf(app, email)
      const json = { token: linkIn(app, email, 'verify-email'), require_proof: true }
      return {
        starts: [
          (a) => a.call(`PATCH /api/admin/users/${id}`, { bearer, json: { email_verified: true } }),
          (a) => a.call('POST /api/auth/login', { json: { email, password: somePassword } }),
          (a) => a.call('POST /api/auth/verify-email', { json }),
          (a) => a.call('POST /api/admin/users', { bearer, json: { email } }),
        ],
        check: async ({ answers: [, , verified] }) => {
          expect([400, 403, 200]).toContain(verified!.status)
          expect((await usersOf(app, email)).map(({ password }) => password)).toEqual([null])
          expect(await rows(app, 'select id from sessions where user_id = ?', id)).toEqual([])
        },
      }
    },
  },
  {
    name: 'sixteen resets by one link set one password (A-15, ASVS 2.3.4, 15.4.2)',
    arrange: async (app) => {
      const email = await someone(app)
      const token = await forgotten(app, email)
      const passwordOf = (n: number) => `another fine passphrase, number ${n}`
      return {
        starts: Array.from({ length: 16 }, (_, n) => reset(token, passwordOf(n))),
        check: async ({ answers, mails }) => {
          const winners = answers.flatMap(({ status }, n) => (status === 200 ? [n] : []))
          expect(winners).toHaveLength(1)
          // The others had a link that was used up, or found the hashing busy.
          expect(answers.filter(({ status }) => [400, 503].includes(status))).toHaveLength(15)
          expect(await passwordIs(app, email, passwordOf(winners[0]!))).toBe(true)
          expect(await passwordIs(app, email, passwordOf((winners[0]! + 1) % 16))).toBe(false)
          expect(mails.filter(({ to, subject }) => to === email && subject.includes('was changed'))).toHaveLength(1)
        },
      }
    },
  },
  {
    name: 'a reset during a change of the password: one of them holds (A-15, R9)',
    arrange: async (app) => {
      const session = await someoneSignedIn(app)
      const token = await forgotten(app, session.email)
      const [one, other] = ['the passphrase of the one', 'the passphrase of the other'] as const
      return {
        starts: [reset(token, one), replacePassword(session, other)],
        check: async ({ answers }) => {
          const held = answers.map(({ status }) => status === 200)
          expect(held.filter(Boolean)).toHaveLength(1)
          expect([await passwordIs(app, session.email, one), await passwordIs(app, session.email, other)]).toEqual(held)
        },
      }
    },
  },
  {
    name: 'of two changes of the password by two sessions, one works (R9)',
    arrange: async (app) => {
      const first = await someoneSignedIn(app)
      const sessions = [first, await logIn(app, first.email)]
      const passwordOf = (n: number) => `another fine passphrase, number ${n}`
      return {
        starts: sessions.map((session, n) => replacePassword(session, passwordOf(n))),
        check: async ({ answers }) => {
          const held = answers.map(({ status }) => status === 200)
          expect(statusesOf(answers)).toEqual([200, 401])
          expect([
            await passwordIs(app, first.email, passwordOf(0)),
            await passwordIs(app, first.email, passwordOf(1)),
          ]).toEqual(held)
        },
      }
    },
  },
  {
    name: 'of forty guesses, ten at most are tried (A-04a, ASVS 6.3.1)',
    arrange: async (app) => {
      const email = await someone(app)
      return {
        starts: times(40, (a) => a.call('POST /api/auth/login', { json: { email, password: newPassword } })),
        check: async ({ answers }) => {
          const tried = answers.filter(({ status }) => status === 401)
          expect(tried.length).toBeLessThanOrEqual(10)
          expect(answers.filter(({ status }) => [401, 429, 503].includes(status))).toHaveLength(40)
        },
      }
    },
  },
  {
    name: 'ten requests for a link send one mail (A-06)',
    arrange: async (app) => {
      const email = await someone(app)
      return {
        starts: times(10, (a) => a.call('POST /api/auth/forgot-password', { json: { email } })),
        check: async ({ answers, mails }) => {
          expect(statusesOf(answers)).toEqual(Array(10).fill(200))
          expect(mails.filter(({ to }) => to === email)).toHaveLength(1)
        },
      }
    },
  },
  {
    name: 'of two users who confirm one address, one gets it (A-16)',
    arrange: async (app) => {
      const one = await changing(app)
      const first = linkIn(app, one.b)
      const other = await someoneSignedIn(app)
      app.wait({ minutes: 2 })
      await askForAddress(app, other.access_token, one.b)
      const second = linkIn(app, one.b)
      return {
        starts: [
          (a) => confirmEmail(a, first, { bearer: one.session.access_token }),
          (a) => confirmEmail(a, second, { bearer: other.access_token }),
        ],
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual([200, 409])
          const [owner] = await usersOf(app, one.b)
          expect(owner!.id).toBe((answers[0]!.status === 200 ? one.session : other).user.id)
        },
      }
    },
  },
  confirming(
    'the end of the session that requested it',
    '',
    async (_app, { session }) =>
      (a) =>
        a.call('POST /api/auth/logout', { bearer: session.access_token }),
  ),
  confirming('its cancellation', '', async (app, { session }) =>
    follow('cancel-email-change', linkIn(app, session.email)),
  ),
  // By then the password in the request is no longer that of the account.
  confirming('a new password', '', async (_app, { session }) => replacePassword(session, newPassword), [403]),
  {
    name: 'an approval and a confirmation at once make the change, whichever is first (A-16)',
    arrange: async (app) => {
      const { session, b: next } = await changing(app, {})
      const confirm = linkIn(app, next)
      return {
        starts: [
          follow('approve-email-change', linkIn(app, session.email, 'approve-email-change')),
          (a) => confirmEmail(a, confirm, { bearer: session.access_token }),
        ],
        check: async ({ answers, mails }) => {
          expect(statusesOf(answers)).toEqual([200, 200])
          expect(await addressOf(app, session.user.id)).toMatchObject({ email: next, pending: null })
          const back = mails.filter(({ text }) => text.includes('/auth/revert-email-change#token='))
          expect(back.map(({ to }) => to)).toEqual([session.email])
        },
      }
    },
  },
  {
    name: 'a proof that is used twice at once works once (ASVS 2.3.3)',
    arrange: async (app) => {
      const { email } = await someoneSignedIn(app)
      const { access_token: bearer, proof, user } = await logIn(app, email)
      const ask: Start = (a) =>
        a.call('PATCH /api/user/profile', {
          bearer,
          json: { email: someAddress('next') },
          headers: { 'Gatehouse-Proof': proof },
        })
      return {
        starts: times(4, ask),
        check: async ({ answers, mails }) => {
          expect(statusesOf(answers)).toEqual([200, 403, 403, 403])
          expect(mails.filter(({ to }) => to === email)).toHaveLength(1)
          expect((await addressOf(app, user.id))!.pending).not.toBeNull()
        },
      }
    },
  },
  {
    name: 'a deletion during its undoing leaves a whole account or one that waits to be erased (A-36)',
    arrange: async (app) => {
      const { email } = await someoneSignedIn(app)
      const [one, two] = [await logIn(app, email), await logIn(app, email)]
      await app.call('DELETE /api/user/account', { bearer: one.access_token })
      const undo = linkIn(app, email, 'undo-deletion')
      await follow('undo-deletion', undo)(app)
      const { access_token: bearer, user } = await logIn(app, email)
      return {
        starts: [(a) => a.call('DELETE /api/user/account', { bearer }), follow('undo-deletion', undo)],
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual([200, 200])
          expect(user.id).toBe(two.user.id)
          const [row] = await rows(app, 'select status, erases_at from users where id = ?', user.id)
          expect([row!.status, row!.erases_at === null]).toEqual(
            row!.erases_at === null ? ['active', true] : ['disabled', false],
          )
        },
      }
    },
  },
  confirming('an admin who ends the sessions', ', ASVS 7.4.5', async (app, { session }) => {
    const { access_token: bearer } = await asAdmin(app)
    return (a) => a.call(`DELETE /api/admin/users/${session.user.id}/sessions`, { bearer })
  }),
  {
    name: 'an address that is confirmed during its registration has one user (A-16, A-35, I6)',
    arrange: async (app) => {
      const { session, b: next } = await changing(app)
      const confirm = linkIn(app, next)
      return {
        starts: [(a) => confirmEmail(a, confirm, { bearer: session.access_token }), enrol(next), enrol(next)],
        check: async ({ answers: [confirmed] }) => {
          expect(confirmed!.status).toBe(200)
          expect((await usersOf(app, next)).map(({ id }) => id)).toEqual([session.user.id])
        },
      }
    },
  },
  {
    name: 'an invitation during another one and a registration makes one user (A-35, I6)',
    arrange: async (app) => {
      const { access_token: bearer } = await asAdmin(app)
      const email = someAddress()
      const invite: Start = (a) => a.call('POST /api/admin/users', { bearer, json: { email } })
      return {
        starts: [invite, invite, enrol(email)],
        check: async ({ answers: [one, two, registered] }) => {
          const statuses = [one!.status, two!.status]
          expect([registered!.status, ...statuses.filter((status) => ![201, 409].includes(status))]).toEqual([201])
          expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(1)
          expect(await usersOf(app, email)).toHaveLength(1)
        },
      }
    },
  },
  {
    name: 'of pictures that are uploaded at once, one is left (A-31, I8)',
    arrange: async (app) => {
      const { email, access_token: bearer } = await someoneSignedIn(app)
      const send: Start = (a) => a.call('POST /api/user/upload-avatar', { bearer, body: formWith(picture) })
      const before = new Set(await keys())
      return {
        starts: [send, send, send, (a) => a.call('DELETE /api/user/avatar', { bearer })],
        check: async ({ answers }) => {
          expect(statusesOf(answers)).toEqual([200, 200, 200, 200])
          const [user] = await rows(app, 'select avatar from users where email = ?', email)
          expect((await keys()).filter((key) => !before.has(key))).toEqual(user!.avatar === null ? [] : [user!.avatar])
        },
      }
    },
  },
  {
    name: 'a picture that is uploaded while the account is deleted is deleted too (A-31, A-36)',
    arrange: async (app) => {
      const { email, access_token: bearer } = await someoneSignedIn(app)
      const before = new Set(await keys())
      return {
        starts: [
          (a) => a.call('POST /api/user/upload-avatar', { bearer, body: formWith(picture) }),
          (a) => a.call('DELETE /api/user/account', { bearer, json: { current_password: somePassword } }),
        ],
        check: async ({ answers: [sent, gone] }) => {
          expect([gone!.status, [200, 401].includes(sent!.status)]).toEqual([200, true])
          expect(await usersOf(app, email)).toEqual([])
          expect((await keys()).filter((key) => !before.has(key))).toEqual([])
        },
      }
    },
  },
  {
    name: 'a user who is made an admin during the verification is one as soon as it is done, and not before (A-17b, A-18)',
    arrange: async (app) => {
      const { access_token: bearer } = await asAdmin(app)
      const email = someAddress()
      await register(app, email)
      const [found] = await usersOf(app, email)
      const verify = follow('verify-email', linkIn(app, email))
      return {
        starts: [
          async (a) => {
            await scheduler.wait(10)
            return verify(a)
          },
          (a) => a.call(`PUT /api/admin/users/${found!.id}/role`, { bearer, json: { role: 'admin' } }),
        ],
        check: async ({ answers: [verified, made] }) => {
          expect([verified!.status, [200, 403].includes(made!.status)]).toEqual([200, true])
          if (made!.status === 200) expect(await made!.json()).toMatchObject({ role: 'admin', email_verified: true })
          const role = made!.status === 200 ? 'admin' : 'user'
          expect(await rows(app, 'select role from users where email_canonical = ?', email)).toEqual([{ role }])
        },
      }
    },
  },
  ...(
    [
      ['demote', 'PUT', '/role', { role: 'user' }],
      ['disable', 'PUT', '/status', { status: 'disabled' }],
      ['delete', 'DELETE', '', undefined],
    ] as const
  ).map(
    ([verb, method, rest, json]): Race => ({
      name: `two admins who ${verb} each other while one leaves: one is left (A-19a, I5)`,
      arrange: async (app) => {
        await app.db.prepare("update users set role = 'user'").run()
        const [one, two] = [await asAdmin(app), await asAdmin(app)]
        const at = (by: string, whom: string): Start => {
          const path = `${method} /api/admin/users/${whom}${rest}`
          return (a) => a.call(path, { bearer: by, json })
        }
        return {
          starts: [
            at(one.access_token, two.user.id),
            at(two.access_token, one.user.id),
            (a) =>
              a.call('DELETE /api/user/account', {
                bearer: one.access_token,
                json: { current_password: somePassword },
              }),
          ],
          check: async ({ answers }) => {
            const [first, second, leaving] = answers.map(({ status }) => status === 200)
            expect(first && second).toBe(false)
            // The demoted admin keeps the session and may delete the account, because there is another admin.
            const done = verb === 'demote' && second && leaving ? 2 : 1
            expect([first, second, leaving].filter(Boolean)).toHaveLength(done)
            const left = await rows(app, "select id from users where role = 'admin' and status = 'active'")
            expect(left).toHaveLength(1)
          },
        }
      },
    }),
  ),
]
