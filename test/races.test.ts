import { decodeJwt } from 'jose'
import { describe, it } from 'vitest'
import {
  linkIn,
  logIn,
  mailsTo,
  member,
  profile,
  refresh,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from './support.ts'

/** Each race is run a few times: which of the requests is first is not ours to say. */
const runs = [1, 2, 3]

const together = <T>(times: number, ask: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: times }, (_, n) => ask(n)))

const generationOf = async (app: TestApp, session: SessionBody) => {
  const { sid } = decodeJwt<{ sid: string }>(session.access_token)
  return app.db.prepare('select generation from sessions where id = ?').bind(sid).first<number>('generation')
}

const forgotten = async (app: TestApp, email: string) => {
  app.wait({ minutes: 2 })
  await app.call('POST /api/auth/forgot-password', { json: { email } })
  return linkIn(app, email)
}

const reset = (app: TestApp, token: string, new_password: string) =>
  app.call('POST /api/auth/reset-password', { json: { token, new_password } })

const worksWith = async (app: TestApp, email: string, password: string) =>
  (await app.call('POST /api/auth/login', { json: { email, password } })).status === 200

describe('twenty refreshes of one token at once', () => {
  it.for(runs)('get one and the same successor, and turn the session once (R6), run %i', async (_, { expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const answers = await together(20, () => refresh(app, session.refresh_token))

    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as SessionBody[]
    expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(200))
    expect(new Set(bodies.map((body) => body.refresh_token)).size).toBe(1)
    expect(await generationOf(app, session)).toBe(1)
    expect((await refresh(app, bodies[7]!.refresh_token)).status).toBe(200)
  })

  it.for(runs)('without a grace time are one refresh and nineteen reuses (R7), run %i', async (_, { expect }) => {
    const app = startApp({ vars: { REFRESH_GRACE_SECONDS: '0' } })
    const session = await signedInUser(app)

    const answers = await together(20, () => refresh(app, session.refresh_token))

    const winners = answers.filter((answer) => answer.status === 200)
    expect(winners).toHaveLength(1)
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(19)
    expect((await refresh(app, ((await winners[0]!.json()) as SessionBody).refresh_token)).status).toBe(401)
    expect(mailsTo(app, session.email).filter((mail) => mail.subject.includes('logged out'))).toHaveLength(1)
  })
})

describe('a refresh beside what ends the session', () => {
  /** Starts both at once, in either order, and tries whatever the refresh gave away afterwards. */
  const race = async (app: TestApp, session: SessionBody, order: number, end: () => Promise<Response>) => {
    const renew = () => refresh(app, session.refresh_token)
    const [first, second] = order % 2 ? [renew, end] : [end, renew]
    const [a, b] = await Promise.all([first(), second()])
    const renewed = order % 2 ? a : b
    const body = renewed.status === 200 ? ((await renewed.json()) as SessionBody) : session
    return [
      (await profile(app, session.access_token)).status,
      (await profile(app, body.access_token)).status,
      (await refresh(app, body.refresh_token)).status,
      (await refresh(app, session.refresh_token)).status,
    ]
  }

  it.for([1, 2, 3, 4, 5, 6, 7, 8])('leaves nothing alive after a log-out (R8), run %i', async (run, { expect }) => {
    const app = startApp()
    const session = await signedInUser(app)

    const alive = await race(app, session, run, () =>
      app.call('POST /api/auth/logout', { json: { refresh_token: session.refresh_token } }),
    )

    expect(alive).toEqual([401, 401, 401, 401])
  })

  it.for([1, 2, 3, 4])('leaves nothing alive after a reset by mail (R9), run %i', async (run, { expect }) => {
    const app = startApp()
    const session = await signedInUser(app)
    const token = await forgotten(app, session.email)

    const alive = await race(app, session, run, () => reset(app, token, 'another fine passphrase'))

    expect(alive).toEqual([401, 401, 401, 401])
  })

  it.for([1, 2, 3, 4])(
    'leaves nothing alive after another session changed the password (R9), run %i',
    async (run, { expect }) => {
      const app = startApp()
      const session = await signedInUser(app)
      const other = await logIn(app, session.email)
      const json = { current_password: somePassword, new_password: 'another fine passphrase' }

      const alive = await race(app, session, run, () =>
        app.call('POST /api/user/change-password', { bearer: other.access_token, json }),
      )

      expect(alive).toEqual([401, 401, 401, 401])
      expect((await profile(app, other.access_token)).status).toBe(200)
    },
  )
})

describe('a log-in beside a reset by mail', () => {
  it.for(runs)('with the old password leaves no session, run %i (A-17)', async (_, { expect }) => {
    const app = startApp()
    const email = await member(app)
    const token = await forgotten(app, email)

    const [, signedIn] = await Promise.all([
      reset(app, token, 'another fine passphrase'),
      app.call('POST /api/auth/login', { json: { email, password: somePassword } }),
    ])

    const body = (await signedIn.json()) as Partial<SessionBody>
    expect([200, 401]).toContain(signedIn.status)
    expect((await profile(app, body.access_token ?? 'none')).status).toBe(401)
    expect(await worksWith(app, email, somePassword)).toBe(false)
  })
})

describe('sixteen resets by one link at once', () => {
  it.for(runs)('set one password (A-15, ASVS 15.4.2), run %i', async (_, { expect }) => {
    const app = startApp()
    const email = await member(app)
    const token = await forgotten(app, email)
    const passwordOf = (n: number) => `another fine passphrase, number ${n}`

    const answers = await together(16, (n) => reset(app, token, passwordOf(n)))

    const winners = answers.flatMap((answer, n) => (answer.status === 200 ? [n] : []))
    expect(winners).toHaveLength(1)
    // The others had a link that was gone, or found the hashing busy.
    expect(answers.filter((answer) => [400, 503].includes(answer.status))).toHaveLength(15)
    expect(await worksWith(app, email, passwordOf(winners[0]!))).toBe(true)
    expect(await worksWith(app, email, passwordOf((winners[0]! + 1) % 16))).toBe(false)
    expect(mailsTo(app, email).filter((mail) => mail.subject.includes('was changed'))).toHaveLength(1)
  })
})

describe('sixteen registrations of one address at once', () => {
  it.for(runs)('make one user and send one mail, run %i (A-35, ASVS 15.4.2)', async (_, { expect }) => {
    const app = startApp()
    const email = someAddress()

    const answers = await together(16, () =>
      app.call('POST /api/auth/register', { json: { email, password: somePassword } }),
    )

    const taken = answers.filter((answer) => answer.status === 201)
    const bodies = await Promise.all(taken.map((answer) => answer.text()))
    expect(answers.filter((answer) => [201, 503].includes(answer.status))).toHaveLength(16)
    expect(new Set(bodies).size).toBe(1)
    expect(mailsTo(app, email)).toHaveLength(1)
    await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })
    expect(await worksWith(app, email, somePassword)).toBe(true)
  })
})

describe('two registrations of one address at once, with different passwords', () => {
  it.for(runs)('leave neither, and the newest mail sets one (A-17b), run %i', async (_, { expect }) => {
    const app = startApp()
    const email = someAddress()
    const passwords = ['the passphrase of the one', 'the passphrase of the other']

    await Promise.all(passwords.map((password) => app.call('POST /api/auth/register', { json: { email, password } })))
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/resend-verification', { json: { email } })
    await reset(app, linkIn(app, email), 'the passphrase of who reads the mail')

    expect(await worksWith(app, email, passwords[0]!)).toBe(false)
    expect(await worksWith(app, email, passwords[1]!)).toBe(false)
    expect(await worksWith(app, email, 'the passphrase of who reads the mail')).toBe(true)
  })
})

describe('forty log-ins at once', () => {
  it('with the right password leave at most twenty sessions (ASVS 7.1.2)', async ({ expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '10' } })
    const email = await member(app)

    const answers = await together(40, () =>
      app.call('POST /api/auth/login', { json: { email, password: somePassword } }),
    )

    const bodies = await Promise.all(
      answers.filter((answer) => answer.status === 200).map((answer) => answer.json() as Promise<SessionBody>),
    )
    const alive = await Promise.all(bodies.map(async (body) => (await profile(app, body.access_token)).status))
    expect(alive.filter((status) => status === 200).length).toBe(Math.min(20, bodies.length))
  })
})

describe('two changes of one password at once', () => {
  it.for(runs)('from two sessions make one change, run %i', async (_, { expect }) => {
    const app = startApp()
    const first = await signedInUser(app)
    const second = await logIn(app, first.email)
    const passwordOf = (n: number) => `another fine passphrase, number ${n}`

    const answers = await Promise.all(
      [first, second].map(({ access_token }, n) =>
        app.call('POST /api/user/change-password', {
          bearer: access_token,
          json: { current_password: somePassword, new_password: passwordOf(n) },
        }),
      ),
    )

    const winner = answers.findIndex((answer) => answer.status === 200)
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401])
    expect(await worksWith(app, first.email, passwordOf(winner))).toBe(true)
    expect(await worksWith(app, first.email, passwordOf(1 - winner))).toBe(false)
  })
})
