import fc from 'fast-check'
import { expect } from 'vitest'
import { purposesOf } from '../../../src/domain/mails.ts'
import english from '../../../src/mail/english.json' with { type: 'json' }
import { compose } from '../../../src/mail/messages.ts'
import { bodyOf } from '../app/administrators.ts'
import { alterUser, profile, type SessionBody, stepUpOperation, type TestApp } from '../app/support.ts'
import {
  type Letter,
  type Link,
  lifeCycle,
  type Model,
  type Outcome,
  type Person,
  type Session,
} from './life-cycle-model.ts'

export const addresses = ['ann', 'bob', 'cy', 'dee', 'eve'].map((name) => `${name}@life.example`)

export const passwords = ['a passphrase for tests', 'another fine passphrase', 'seven brass lanterns at dusk']

/** The service, and what a client would remember: ids, tokens, links. */
type Real = {
  app: TestApp
  ids: Map<Person, string>
  tokens: Map<Session, { access: string; refresh: string; sid: string }>
  links: Map<Link, string>
  /** The second link of a mail: it disputes a registration, or cancels a change of address. */
  disputes: Map<Link, string>
  cancels: Map<Link, string>
  seenDead: Set<Session>
}

const auth = 'POST /api/auth'

type World = { model: Model; real: Real }

/** Kind of mail → its subject in the service's words. */
const subjects = (app: TestApp) => {
  const tokensOf = (kind: Letter['kind']) => Object.fromEntries(purposesOf(kind).map((purpose) => [purpose, 'x']))
  const letter = { to: '', createdAt: new Date(0), expiresAt: new Date(1), detail: {}, locale: null }
  const words = { language: 'en', texts: english } as const
  return (kind: Letter['kind']) =>
    compose({ ...letter, kind, tokens: tokensOf(kind) }, app.services.settings, words).subject
}

const sidOf = (access: string) => (JSON.parse(atob(access.split('.')[1]!)) as { sid: string }).sid

/** Sends a request and checks that status, code and mails are what the model expects. */
const agree = async (
  { real }: World,
  expected: Outcome,
  operation: string,
  call: { json?: unknown; bearer?: string } = {},
) => {
  const { app, links, disputes, cancels, tokens } = real
  const before = app.mailbox.length
  const response = await app.call(operation, call)
  const body = (await response.clone().json()) as { code?: string }

  expect({ status: response.status, code: body.code }, operation).toEqual({
    status: expected.status,
    code: expected.code,
  })
  const subjectOf = subjects(app)
  const sent = app.mailbox.slice(before)
  const letters = expected.letters ?? []
  expect(sent.map((mail) => `${mail.to}: ${mail.subject}`).sort(), operation).toEqual(
    letters.map(({ kind, to }) => `${to}: ${subjectOf(kind)}`).sort(),
  )
  for (const { kind, to, link } of letters) {
    const mail = sent.find((mail) => mail.to === to && mail.subject === subjectOf(kind))
    const [token, second] = [...(mail?.text ?? '').matchAll(/#token=([\w.-]+)/g)].map(([, found]) => found!)
    if (link) links.set(link, token ?? 'no link')
    const other = /reject-registration#token=([\w.-]+)/.exec(mail?.text ?? '')?.[1]
    if (link && other) disputes.set(link, other)
    else if (link && second) cancels.set(link, second)
  }
  if (expected.session) {
    const { access_token, refresh_token } = await bodyOf<SessionBody>(response)
    tokens.set(expected.session, { access: access_token, refresh: refresh_token, sid: sidOf(access_token) })
  }
}

/**
 * Checks that service and model have the same users under the same ids, and the same live sessions.
 * @param all also checks sessions that were already seen to have ended
 */
export const same = async ({ model, real }: World, all = false) => {
  const { results } = await real.app.db
    .prepare(
      `select id, email, email_verified_at, role, status, name, pending_email,
        erases_at is not null as erasing, frozen_until is not null as frozen from users`,
    )
    .all<{ id: string; email: string; email_verified_at: number | null; erasing: number; frozen: number }>()
  const found = results.map(({ email, email_verified_at, erasing, frozen, ...row }) => [
    email,
    { ...row, verified: email_verified_at !== null, erasing: erasing === 1, frozen: frozen === 1 },
  ])
  const expected = model.present().map((person) => {
    const { address, verified, role, status, name, pending, erasing, frozen } = person
    const id = real.ids.get(person) ?? expect.any(String)
    return [address, { id, verified, role, status, name, pending_email: pending, erasing, frozen }]
  })
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
  for (const { id, email } of results) real.ids.set(model.find(email)!, id)

  const now = real.app.now().getTime()
  const asked = model.sessions.filter((session) => all || !real.seenDead.has(session))
  const seen = await Promise.all(
    asked.map(async (session) => (await profile(real.app, real.tokens.get(session)!.access)).status),
  )
  expect(seen, 'sessions').toEqual(asked.map(({ ended, until }) => (ended || now > until ? 401 : 200)))
  for (const session of asked) if (session.ended) real.seenDead.add(session)
}

/** Three people, verified and logged in; the first is an admin. */
export const beginning = async (app: TestApp): Promise<World> => {
  await app.db.prepare('delete from users').run()
  const model = lifeCycle(() => app.now().getTime())
  const world = {
    model,
    real: {
      app,
      ids: new Map(),
      tokens: new Map(),
      links: new Map(),
      disputes: new Map(),
      cancels: new Map(),
      seenDead: new Set<Session>(),
    },
  }
  const password = passwords[0]!
  for (const email of addresses.slice(0, 3)) {
    const json = { email, password }
    await agree(world, model.register(email, password), `${auth}/register`, { json })
    const link = model.links.at(-1)!
    const token = world.real.links.get(link)
    await agree(world, model.verify(link), `${auth}/verify-email`, { json: { token } })
    if (model.people.length === 1) {
      await alterUser(app, email, { role: 'admin' })
      model.people[0]!.role = 'admin'
    }
    await agree(world, model.logIn(email, password), `${auth}/login`, { json })
  }
  await same(world)
  return world
}

/** Returns the nth from the newest, starting over at the end. */
const pick = <T>(all: T[], n: number): T | undefined => all.at(-1 - (n % Math.max(1, all.length)))

type Step = fc.AsyncCommand<Model, Real>

const step = (
  name: string,
  details: unknown,
  check: (model: Model) => boolean,
  run: (world: World) => Promise<void>,
): Step => ({
  check,
  run: async (model, real) => {
    await run({ model, real })
    await same({ model, real })
  },
  toString: () => `${name}(${JSON.stringify(details)})`,
})

const address = fc.constantFrom(...addresses)
const password = fc.constantFrom(...passwords)
const nth = fc.nat(5)
const anyone = fc.record({ nth, address, password, other: nth, right: fc.boolean(), yes: fc.boolean() })
type Chosen = { nth: number; address: string; password: string; other: number; right: boolean; yes: boolean }

const path = (real: Real, person: Person, rest = '') => `/api/admin/users/${real.ids.get(person)}${rest}`

const bySession = (
  name: string,
  run: (
    world: World,
    session: Session,
    tokens: { access: string; refresh: string; sid: string },
    chosen: Chosen,
  ) => Promise<void>,
) =>
  anyone.map((chosen) =>
    step(
      name,
      chosen,
      (model) => model.sessions.length > 0,
      (world) => {
        // Mostly a live session: an ended one shows little.
        const live = world.model.sessions.filter(({ ended }) => !ended)
        const session = pick(chosen.other > 0 && live.length > 0 ? live : world.model.sessions, chosen.nth)!
        return run(world, session, world.real.tokens.get(session)!, chosen)
      },
    ),
  )

const byLink = (
  name: string,
  kinds: Letter['kind'][],
  run: (world: World, link: Link, token: string, chosen: Chosen) => Promise<void>,
) =>
  anyone.map((chosen) =>
    step(
      name,
      chosen,
      (model) => model.links.some(({ kind }) => kinds.includes(kind)),
      (world) => {
        const all = world.model.links.filter(({ kind }) => kinds.includes(kind))
        const good = all.filter(world.model.works)
        const link = pick(chosen.right && good.length > 0 ? good : all, chosen.nth)!
        return run(world, link, world.real.links.get(link)!, chosen)
      },
    ),
  )

const byAnybody = (name: string, run: (world: World, chosen: Chosen) => Promise<void>) =>
  anyone.map((chosen) =>
    step(
      name,
      chosen,
      () => true,
      (world) => run(world, chosen),
    ),
  )

/** An operation on a user who exists or existed, mostly by an admin. */
const byAdmin = (
  name: string,
  run: (world: World, session: Session, bearer: string, target: Person, chosen: Chosen) => Promise<void>,
) =>
  bySession(name, (world, session, { access }, chosen) => {
    const admin = world.model.sessions.findLast(({ person, ended }) => !ended && person.role === 'admin')
    const by = chosen.right && admin ? admin : session
    const bearer = by === session ? access : world.real.tokens.get(by)!.access
    const others = world.model.present().filter((person) => person !== by.person)
    const target = pick(chosen.nth > 0 && others.length > 0 ? others : world.model.people, chosen.other)!
    return run(world, by, bearer, target, chosen)
  })

/** Every operation on accounts, with its weight. */
export const steps: [weight: number, fc.Arbitrary<Step>][] = [
  [
    3,
    byAnybody('register', (w, { address: email, password }) =>
      agree(w, w.model.register(email, password), `${auth}/register`, { json: { email, password } }),
    ),
  ],
  [
    1,
    byAnybody('resend', (w, { address: email }) =>
      agree(w, w.model.resend(email), `${auth}/resend-verification`, { json: { email } }),
    ),
  ],
  [
    2,
    byAnybody('forgot', (w, { address: email }) =>
      agree(w, w.model.forgot(email), `${auth}/forgot-password`, { json: { email } }),
    ),
  ],
  [
    6,
    byAnybody('logIn', (w, { nth, right, password }) => {
      const person = pick(w.model.people, nth)!
      const json = { email: person.address, password: right ? (person.password ?? password) : password }
      return agree(w, w.model.logIn(json.email, json.password), `${auth}/login`, { json })
    }),
  ],
  [1, byAnybody('wait', async (w, { nth }) => w.real.app.wait({ minutes: [7, 7, 7, 14, 21, 35][nth] }))],
  [
    4,
    byLink('verify', ['verify_email'], (w, link, token) =>
      agree(w, w.model.verify(link), `${auth}/verify-email`, { json: { token } }),
    ),
  ],
  [
    1,
    byLink('reject', ['verify_email'], (w, link) =>
      agree(w, w.model.reject(link), `${auth}/reject-registration`, { json: { token: w.real.disputes.get(link) } }),
    ),
  ],
  [
    4,
    byLink(
      'reset',
      ['reset_password', 'set_password', 'invite', 'account_restored', 'verify_email'],
      (w, link, token, { password: new_password }) =>
        agree(w, w.model.reset(link, new_password), `${auth}/reset-password`, { json: { token, new_password } }),
    ),
  ],
  [
    6,
    byLink('confirm', ['confirm_email'], (w, link, token, { nth, right, password: guess }) => {
      // With the session that requested it, with the password, with anybody's session, or with nothing.
      const session = nth < 2 ? link.asker : nth === 2 ? pick(w.model.sessions, nth) : undefined
      const password = nth > 3 ? (right ? (link.person.password ?? guess) : guess) : undefined
      const bearer = session && w.real.tokens.get(session)!.access
      const expected = w.model.confirm(link, { session, password })
      return agree(w, expected, `${auth}/confirm-email`, { bearer, json: { token, password } })
    }),
  ],
  [
    3,
    byLink('approve', ['approve_email_change'], (w, link, token) =>
      agree(w, w.model.approve(link), `${auth}/approve-email-change`, { json: { token } }),
    ),
  ],
  [
    2,
    byLink('cancel', ['email_change', 'approve_email_change'], (w, link, token) =>
      agree(w, w.model.cancel(link), `${auth}/cancel-email-change`, {
        json: { token: w.real.cancels.get(link) ?? token },
      }),
    ),
  ],
  [
    2,
    byLink('revert', ['revert_email_change'], (w, link, token, { yes, right, password: guess }) => {
      const password = yes ? (right ? (link.password ?? guess) : guess) : undefined
      return agree(w, w.model.revert(link, { password }), `${auth}/revert-email-change`, { json: { token, password } })
    }),
  ],
  [
    1,
    byLink('endFreeze', ['end_freeze'], (w, link, token, { password }) =>
      agree(w, w.model.endFreeze(link, password), `${auth}/end-freeze`, { json: { token, password } }),
    ),
  ],
  [
    1,
    byLink('disown', ['password_changed'], (w, link, token) =>
      agree(w, w.model.disown(link), `${auth}/end-sessions`, { json: { token } }),
    ),
  ],
  [
    2,
    byLink('undo', ['deletion_requested'], (w, link, token) =>
      agree(w, w.model.undo(link), `${auth}/undo-deletion`, { json: { token } }),
    ),
  ],
  [
    2,
    bySession('refresh', (w, session, { refresh: refresh_token }) =>
      agree(w, w.model.refresh(session), `${auth}/refresh`, { json: { refresh_token } }),
    ),
  ],
  [
    1,
    bySession('stepUp', (w, session, { access: bearer }, { right, password: other }) => {
      const password = right ? (session.person.password ?? other) : other
      return agree(w, w.model.stepUp(session, password), stepUpOperation, {
        bearer,
        json: { password },
      })
    }),
  ],
  [
    1,
    bySession('logOut', (w, session, { access: bearer }) =>
      agree(w, w.model.logOut(session), `${auth}/logout`, { bearer }),
    ),
  ],
  [
    1,
    bySession('rename', (w, session, { access: bearer }, { nth }) => {
      const name = nth ? `Name ${nth}` : null
      return agree(w, w.model.rename(session, name), 'PATCH /api/user/profile', { bearer, json: { name } })
    }),
  ],
  [
    2,
    bySession('changePassword', (w, session, { access: bearer }, { right, password: new_password }) => {
      const current_password = right ? (session.person.password ?? new_password) : passwords[0]!
      const expected = w.model.changePassword(session, current_password, new_password)
      return agree(w, expected, 'POST /api/user/change-password', { bearer, json: { current_password, new_password } })
    }),
  ],
  [
    6,
    bySession('askForAddress', (w, session, { access: bearer }, { address: email, yes, nth, password: guess }) => {
      const password = yes ? (nth > 0 ? (session.person.password ?? guess) : guess) : undefined
      const json = { email, current_password: password }
      const expected = w.model.askForAddress(session, email, { password })
      return agree(w, expected, 'PATCH /api/user/profile', { bearer, json })
    }),
  ],
  [
    2,
    bySession('endOne', (w, session, { access: bearer }, { other }) => {
      const ended = pick(w.model.sessions, other)!
      const { sid } = w.real.tokens.get(ended)!
      return agree(w, w.model.endOne(session, ended), `DELETE /api/user/sessions/${sid}`, { bearer })
    }),
  ],
  [
    1,
    bySession('endOthers', (w, session, { access: bearer }) =>
      agree(w, w.model.endOthers(session), 'DELETE /api/user/sessions', { bearer }),
    ),
  ],
  [
    1,
    bySession('leave', (w, session, { access: bearer }, { yes, password: guess }) => {
      const password = yes ? (session.person.password ?? guess) : undefined
      const json = { current_password: password }
      return agree(w, w.model.leave(session, { password }), 'DELETE /api/user/account', { bearer, json })
    }),
  ],
  [
    2,
    byAdmin('invite', (w, session, bearer, _target, { address: email, yes }) => {
      const role = yes ? 'admin' : 'user'
      return agree(w, w.model.invite(session, email, role), 'POST /api/admin/users', { bearer, json: { email, role } })
    }),
  ],
  [
    2,
    byAdmin('setRole', (w, session, bearer, target, { yes }) => {
      const role = yes ? 'admin' : 'user'
      return agree(w, w.model.setRole(session, target, role), `PUT ${path(w.real, target, '/role')}`, {
        bearer,
        json: { role },
      })
    }),
  ],
  [
    2,
    byAdmin('setStatus', (w, session, bearer, target, { yes }) => {
      const status = yes ? 'active' : 'disabled'
      return agree(w, w.model.setStatus(session, target, status), `PUT ${path(w.real, target, '/status')}`, {
        bearer,
        json: { status },
      })
    }),
  ],
  [
    1,
    byAdmin('setVerified', (w, session, bearer, target, { yes: email_verified }) =>
      agree(w, w.model.setVerified(session, target, email_verified), `PATCH ${path(w.real, target)}`, {
        bearer,
        json: { email_verified },
      }),
    ),
  ],
  [
    2,
    byAdmin('move', (w, session, bearer, target, { address: email }) =>
      agree(w, w.model.move(session, target, email), `PATCH ${path(w.real, target)}`, { bearer, json: { email } }),
    ),
  ],
  [
    1,
    byAdmin('haveReset', (w, session, bearer, target) =>
      agree(w, w.model.haveReset(session, target), `POST ${path(w.real, target, '/password-reset')}`, { bearer }),
    ),
  ],
  [
    1,
    byAdmin('endSessions', (w, session, bearer, target) =>
      agree(w, w.model.endSessions(session, target), `DELETE ${path(w.real, target, '/sessions')}`, { bearer }),
    ),
  ],
  [
    1,
    byAdmin('remove', (w, session, bearer, target) =>
      agree(w, w.model.remove(session, target), `DELETE ${path(w.real, target)}`, { bearer }),
    ),
  ],
]
