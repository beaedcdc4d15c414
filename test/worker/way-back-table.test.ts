import { describe, it } from 'vitest'
import { bodyOf, signedInAdmin } from '../support/app/administrators.ts'
import { codeFor, enrol, proofBy } from '../support/app/enrolments.ts'
import {
  mailsTo,
  newPassword,
  profile,
  refresh,
  type SessionBody,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { someoneSignedIn } from '../support/faults/fault-world.ts'
import {
  accountOf,
  ask,
  follow,
  linkTo,
  moveTo,
  opens,
  ownerOf,
  registers,
  resetBy,
  revert,
} from '../support/way-back/way-back-world.ts'

const thiefs = 'the passphrase of the thief'

/** What the thief has at the moment, and every session and password that the thief ever had. */
type Theft = {
  app: TestApp
  id: string
  a: string
  /** The current address of the account, whose mailbox the thief reads. */
  at: string
  sessions: SessionBody[]
  passwords: string[]
  /** The seed of the app that the thief added. */
  secret?: string
}

const live = async ({ app, at, sessions, passwords, secret }: Theft): Promise<SessionBody | undefined> => {
  const last = sessions.at(-1)!
  if ((await profile(app, last.access_token)).status === 200) return last
  for (const password of passwords) {
    app.wait({ seconds: 30 })
    const session = await opens(app, at, password, secret && (await codeFor(app, secret)))
    if (session) {
      sessions.push(session)
      return session
    }
  }
}

/** Everything that may happen between the theft and the moment when the owner reads the mail. Each may be refused. */
const acts: Record<string, (theft: Theft) => Promise<unknown>> = {
  'moves it on': async (theft) => {
    const session = await live(theft)
    const next = someAddress('c')
    if (!session) return
    const { app, secret } = theft
    const password = theft.passwords.at(-1)!
    const prove = secret === undefined ? undefined : () => proofBy(app, session.access_token, secret, password)
    await moveTo(app, session.access_token, next, password, prove)
    theft.at = next
  },
  'sets a password by the new mailbox': async (theft) => {
    if (await resetBy(theft.app, theft.at, thiefs)) theft.passwords.push(thiefs)
  },
  'adds an app': async (theft) => {
    const session = await live(theft)
    if (!session || theft.secret !== undefined) return
    const added = await enrol(theft.app, session.access_token, { password: theft.passwords.at(-1)! })
    theft.secret = added.secret
    theft.sessions.push(added)
  },
  'deletes it by the password': async (theft) => {
    const session = await live(theft)
    const json = { current_password: theft.passwords.at(-1) }
    if (session) await theft.app.call('DELETE /api/user/account', { bearer: session.access_token, json })
  },
  'deletes it by a token': async (theft) => {
    const session = await live(theft)
    if (session) await theft.app.call('DELETE /api/user/account', { bearer: session.access_token })
  },
  'registers the freed address': async ({ app, a }) => registers(app, a),
  'changes another account to it': async ({ app, a }) => {
    const { access_token: bearer } = await someoneSignedIn(app)
    app.wait({ minutes: 2 })
    await ask(app, bearer, a, { current_password: somePassword })
    if (mailsTo(app, a).at(-1)?.text.includes('confirm-email'))
      await follow(app, 'confirm-email', linkTo(app, a, 'confirm-email'), {}, bearer)
  },
  'renews the session': async (theft) => {
    const renewed = await refresh(theft.app, theft.sessions.at(-1)!.refresh_token)
    if (renewed.status === 200) theft.sessions.push(await bodyOf<SessionBody>(renewed))
  },
  'has it edited by an admin': async ({ app, id }) => {
    const { access_token: bearer } = await signedInAdmin(app)
    await app.call(`PATCH /api/admin/users/${id}`, { bearer, json: { name: 'Somebody Else' } })
  },
}

/** The ways in which the owner takes the account back with the old mailbox. */
const ways: Record<string, (theft: Theft, link: string) => Promise<unknown>> = {
  'with the password of before': async ({ app }, link) => bodyOf(await revert(app, link, somePassword)),
  'with the link alone, and waits': async (theft, link) => {
    const { app } = theft
    await bodyOf(await revert(app, link))
    // Checks that nothing the thief has works any more.
    const session = await live(theft)
    if (session) throw new Error('the thief is in a frozen account')
    app.wait({ hours: 72 })
    await app.cron()
  },
}

const names = Object.keys(acts)
const orders = [[], ...names.map((name) => [name]), ...names.flatMap((one) => names.map((two) => [one, two]))]

/** Without the password, the thief has a session that the owner left open; the owner approves the change by mistake. */
const steal = async (knowsPassword: boolean) => {
  const app = startApp()
  const owner = await someoneSignedIn(app)
  const [a, at] = [owner.email, someAddress('b')]
  const { access_token: bearer } = owner
  if (knowsPassword) await moveTo(app, bearer, at)
  else {
    await bodyOf(await ask(app, bearer, at))
    await bodyOf(await follow(app, 'approve-email-change', linkTo(app, a, 'approve-email-change')))
    await bodyOf(await follow(app, 'confirm-email', linkTo(app, at, 'confirm-email'), {}, bearer))
  }
  const theft: Theft = {
    app,
    id: owner.user.id,
    a,
    at,
    sessions: [owner],
    passwords: knowsPassword ? [somePassword] : [],
  }
  if (!knowsPassword) await acts['sets a password by the new mailbox']!(theft)
  return { theft, link: linkTo(app, a, 'revert-email-change') }
}

describe('an account whose address a thief changed is back', () => {
  const cases = orders.flatMap((order, number) =>
    Object.keys(ways).flatMap((way, index) =>
      // Two ways, and a thief who knows the password or not: each pair of acts takes one of these four cases in turn.
      [true, false].flatMap((knows, other) =>
        order.length < 2 || number % 4 === index * 2 + other ? [{ order, way, knows }] : [],
      ),
    ),
  )

  it.for(cases)(
    '$way, the thief knows the password: $knows, after: $order',
    { timeout: 60_000 },
    async (given, { expect }) => {
      const { theft, link } = await steal(given.knows)
      const { app, id, a, sessions } = theft
      for (const name of given.order) await acts[name]!(theft)
      // A thief who knows the earlier password could end the freeze, but does not try.
      await ways[given.way]!(theft, link)

      expect((await ownerOf(app, a))?.id).toBe(id)
      expect(await accountOf(app, id)).toMatchObject({ status: 'active', erases_at: null, frozen_until: null })
      for (const { access_token, refresh_token } of sessions) {
        expect((await profile(app, access_token)).status).toBe(401)
        expect((await refresh(app, refresh_token)).status).toBe(401)
      }
      for (const password of [somePassword, thiefs])
        for (const address of new Set([a, theft.at])) expect(await opens(app, address, password)).toBeUndefined()
      expect((await revert(app, link, somePassword)).status).toBe(400)
      // The reader of the old mailbox chooses the next password, with that link or with another that they request.
      expect(await resetBy(app, a, newPassword)).toBe(true)
      expect((await opens(app, a, newPassword))?.user.id).toBe(id)
      expect(await resetBy(app, theft.at, thiefs)).toBe(false)
      app.wait({ hours: 24 * 8 })
      await app.cron()
      expect(await accountOf(app, id)).toMatchObject({ email: a, status: 'active' })
    },
  )
})

/** The owner moved from A to B. Somebody else reads the abandoned mailbox of A, and may have more. */
describe('an owner who moved keeps the account against whoever reads the old mailbox', () => {
  const has: Record<string, string[]> = {
    'the mailbox alone': [],
    'a stolen access token': ['token'],
    'a stolen refresh token': ['refresh'],
    both: ['token', 'refresh'],
  }
  const attacks = ['freezes', 'asks for a password', 'registers the old address', 'asks for the deletion', 'guesses']

  const cases = Object.keys(has).flatMap((what) => attacks.flatMap((one) => attacks.map((two) => ({ what, one, two }))))

  it.for(cases.filter((_, n) => n % 3 === 0))(
    '$what; $one, $two',
    { timeout: 60_000 },
    async ({ what, one, two }, { expect }) => {
      const app = startApp()
      const owner = await someoneSignedIn(app)
      const [id, a, b] = [owner.user.id, owner.email, someAddress('b')]
      const mine = (await opens(app, a, somePassword))!
      await moveTo(app, mine.access_token, b)
      const link = linkTo(app, a, 'revert-email-change')
      const loot = has[what]!
      // A token of the session that made the change, stolen after it.
      const bearer = loot.includes('token') ? mine.access_token : owner.access_token
      const refreshToken = loot.includes('refresh') ? mine.refresh_token : owner.refresh_token
      const act = async (name: string) => {
        if (name === 'freezes') await revert(app, link)
        if (name === 'asks for a password') expect(await resetBy(app, a, thiefs)).toBe(false)
        if (name === 'registers the old address') await registers(app, a)
        if (name === 'asks for the deletion') await app.call('DELETE /api/user/account', { bearer })
        if (name === 'guesses')
          for (let n = 0; n < 3; n++) expect((await revert(app, link, `${thiefs} ${n}`)).status).not.toBe(200)
        const renewed = await refresh(app, refreshToken)
        if (renewed.status === 200) expect(loot).toContain('refresh')
      }
      await act(one)
      await act(two)
      app.wait({ hours: 71 })
      await app.cron()

      expect(await accountOf(app, id)).toMatchObject({ email: b })
      expect(await ownerOf(app, a)).toBeUndefined()
      const mails = mailsTo(app, b).map(({ text }) => text)
      if (mails.some((text) => text.includes('/end-freeze#')))
        await bodyOf(await follow(app, 'end-freeze', linkTo(app, b, 'end-freeze'), { password: somePassword }))
      if (mails.some((text) => text.includes('/undo-deletion#')))
        await follow(app, 'undo-deletion', linkTo(app, b, 'undo-deletion'))
      expect((await opens(app, b, somePassword))?.user.id).toBe(id)
      app.wait({ hours: 24 * 8 })
      await app.cron()
      expect(await accountOf(app, id)).toMatchObject({ email: b, status: 'active' })
    },
  )
})
