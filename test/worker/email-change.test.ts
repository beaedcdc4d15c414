import { describe, it } from 'vitest'
import { bodyOf, refusalOf, signedInAdmin, type UserBody } from '../support/app/administrators.ts'
import { seen } from '../support/app/equal-replies.ts'
import {
  alterUser,
  approveChange,
  askForAddress,
  codeOf,
  confirmEmail,
  fromOurPage,
  linkIn,
  logIn,
  mailsTo,
  member,
  profile,
  refresh,
  register,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'

/** Requests a change with the proof of the token alone, which is that of a log-in unless the test gives more. */
const change = (app: TestApp, bearer: string, email: string, values = {}) => askForAddress(app, bearer, email, values)

const withPassword = { current_password: somePassword }

/** Confirms with the password of the account. */
const confirm = (app: TestApp, token: string) => confirmEmail(app, token, { password: somePassword })

const cancel = (app: TestApp, token: string) => app.call('POST /api/auth/cancel-email-change', { json: { token } })

const attempt = (app: TestApp, email: string, password = somePassword) =>
  app.call('POST /api/auth/login', { json: { email, password } })

const forget = (app: TestApp, email: string) => app.call('POST /api/auth/forgot-password', { json: { email } })

const addressOf = async (app: TestApp, bearer: string) => {
  const { email, email_verified, pending_email } = await bodyOf(await profile(app, bearer))
  return { email, email_verified, pending_email }
}

/** How a change is requested: with full proof, or with a recent token alone, so that it also needs an approval. */
const ways = ['full proof', 'a recent token'] as const

/** A user with a pending address, and the links of both mails. */
const waiting = async (app: TestApp, way: (typeof ways)[number] = 'full proof') => {
  const user = await signedInUser(app)
  const next = someAddress('next')
  await bodyOf(await change(app, user.access_token, next, way === 'full proof' ? withPassword : {}))
  const cancelLink = linkIn(app, user.email, 'cancel-email-change')
  return { ...user, next, link: linkIn(app, next), cancelLink }
}

/** The same, approved by the current mailbox if that is required. */
const approved = async (app: TestApp, way: (typeof ways)[number]) => {
  const user = await waiting(app, way)
  if (way === 'a recent token') await approveChange(app, linkIn(app, user.email, 'approve-email-change'))
  return user
}

describe('asking for another address (A-16)', () => {
  it.for([
    ['full proof', withPassword],
    ['a recent token', {}],
  ] as const)('leaves the old one in force until the link is followed: %s (N17)', async ([, given], { expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const next = someAddress('next')

    const asked = await bodyOf(await change(app, user.access_token, next, given))

    expect(asked).toMatchObject({ email: user.email, email_verified: true, pending_email: next })
    expect((await attempt(app, user.email)).status).toBe(200)
    expect((await attempt(app, next)).status).toBe(401)
  })

  it('mails a link to the new address and a notice with a way back to the old one (ASVS 6.3.7)', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const next = someAddress('next')

    await change(app, user.access_token, next, withPassword)

    expect(mailsTo(app, next).map(({ subject }) => subject)).toEqual(['Confirm your new e-mail address for Gatehouse'])
    expect(mailsTo(app, user.email).at(-1)).toMatchObject({
      subject: 'Your e-mail address for Gatehouse is about to change',
      text: expect.stringContaining('/auth/cancel-email-change#token='),
    })
    expect(mailsTo(app, user.email).at(-1)?.text).not.toContain('/auth/approve-email-change')
  })

  it('without the password mails the old address a request for approval, and a way to cancel (ASVS 6.3.7)', async ({
    expect,
  }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const next = someAddress('next')

    await change(app, user.access_token, next)

    expect(mailsTo(app, next).map(({ subject }) => subject)).toEqual(['Confirm your new e-mail address for Gatehouse'])
    const asked = mailsTo(app, user.email).at(-1)!
    expect(asked.subject).toBe('Approve the new e-mail address for Gatehouse')
    expect(asked.text).toContain('/auth/approve-email-change#token=')
    expect(asked.text).toContain('/auth/cancel-email-change#token=')
  })

  it.for(ways)('mails nothing that the requester typed: %s', async (way, { expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const next = someAddress('next')
    const given = way === 'full proof' ? withPassword : {}

    await change(app, user.access_token, next, { name: 'Sentinel https://evil.example', ...given })

    const mails = JSON.stringify([...mailsTo(app, next), ...mailsTo(app, user.email)])
    expect(mails).not.toMatch(/Sentinel|evil/)
    expect(JSON.stringify(mailsTo(app, user.email))).not.toContain(next)
    expect(JSON.stringify(mailsTo(app, next))).not.toContain(user.email)
  })

  it('mails a link for passwords only to the old address', async ({ expect }) => {
    const app = startApp()
    const { email, next } = await waiting(app)
    const before = mailsTo(app, next).length
    app.wait({ minutes: 2 })

    await forget(app, next)
    await forget(app, email)

    expect(mailsTo(app, next).length).toBe(before)
    expect(mailsTo(app, email).at(-1)?.subject).toContain('new password')
  })

  it('can be combined with name and phone, which change at once', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const next = someAddress('next')

    const asked = await change(app, user.access_token, next, { name: 'Ada', phone: '+442079460958' })

    expect(await bodyOf(asked)).toMatchObject({ name: 'Ada', phone: '+442079460958', pending_email: next })
  })

  it.for(['PUT', 'PATCH'])(
    'is refused in a session whose password was given long ago: %s (ASVS 7.5.1)',
    async (method, { expect }) => {
      const app = startApp()
      const user = await signedInUser(app)
      const next = someAddress('next')
      app.wait({ minutes: 15 })
      const { access_token } = await bodyOf<SessionBody>(await refresh(app, user.refresh_token))
      app.wait({ seconds: 1 })

      const response = await app.call(`${method} /api/user/profile`, { bearer: access_token, json: { email: next } })

      expect([response.status, await codeOf(response)]).toEqual([403, 'reauthentication_required'])
      expect(mailsTo(app, next)).toEqual([])
      expect(await addressOf(app, access_token)).toMatchObject({ pending_email: null })
    },
  )

  it('with a token that a refresh gave is refused however young it is (ASVS 7.5.1)', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const next = someAddress('next')
    const { access_token } = await bodyOf<SessionBody>(await refresh(app, user.refresh_token))

    const response = await change(app, access_token, next)

    expect([response.status, await codeOf(response)]).toEqual([403, 'reauthentication_required'])
    expect(mailsTo(app, next)).toEqual([])
    expect((await change(app, user.access_token, next)).status).toBe(200)
  })

  it('is allowed there with the current password, and not with another (ASVS 7.5.1)', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const next = someAddress('next')
    app.wait({ minutes: 16 })
    const { access_token } = await bodyOf<SessionBody>(await refresh(app, user.refresh_token))

    const wrong = await change(app, access_token, next, { current_password: 'not the passphrase' })
    const sent = mailsTo(app, next).length
    const right = await change(app, access_token, next, { current_password: somePassword })

    expect(await refusalOf(wrong)).toEqual({
      status: 422,
      code: 'wrong_password',
      fields: ['current_password wrong_password'],
    })
    expect(sent).toBe(0)
    expect(await bodyOf(right)).toMatchObject({ pending_email: next })
  })

  it('lets a session guess the password ten times, and another session still try', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const other = await logIn(app, user.email)
    const guess = (bearer: string) => change(app, bearer, someAddress('next'), { current_password: 'a wrong guess' })

    const statuses = []
    for (let n = 0; n < 11; n++) statuses.push((await guess(user.access_token)).status)

    // The tenth ends the session: whoever guesses has probably stolen it.
    expect(statuses).toEqual([...Array(10).fill(422), 401])
    expect((await profile(app, user.access_token)).status).toBe(401)
    expect((await guess(other.access_token)).status).toBe(422)
    expect((await profile(app, other.access_token)).status).toBe(200)
  })

  it.for([
    'no address',
    'a@x.example\r\nBcc: v@x.example',
    'a@x.example,v@x.example',
    '"v@x.example x"@evil.example',
    'm\u0131ke@example.com',
    '\u212aate@example.com',
    '',
    null,
    ['a@x.example'],
    { address: 'a@x.example' },
  ])('refuses %j', async (email, { expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const before = app.mailbox.length

    const response = await app.call('PATCH /api/user/profile', { bearer: user.access_token, json: { email } })

    expect(response.status).toBe(422)
    expect(app.mailbox.length).toBe(before)
    expect(await addressOf(app, user.access_token)).toMatchObject({ pending_email: null })
  })

  it('can be done five times an hour (ASVS 2.3.2)', async ({ expect }) => {
    const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
    const user = await signedInUser(app)

    const statuses = []
    for (let n = 0; n < 6; n++) statuses.push((await change(app, user.access_token, someAddress('next'))).status)
    app.wait({ minutes: 59 })
    const soon = await change(app, user.access_token, someAddress('next'), { current_password: somePassword })
    app.wait({ minutes: 1 })
    const { access_token } = await logIn(app, user.email)
    const later = await change(app, access_token, someAddress('next'))

    expect(statuses).toEqual([...Array(5).fill(200), 429])
    expect(soon.status).toBe(429)
    expect(later.status).toBe(200)
  })

  it('sends one address one mail a minute, whoever asks (A-06)', async ({ expect }) => {
    const app = startApp()
    const [one, two] = [await signedInUser(app), await signedInUser(app)]
    const next = someAddress('next')

    const replies = [await change(app, one.access_token, next), await change(app, two.access_token, next)]

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(mailsTo(app, next).length).toBe(1)
  })
})

describe('an address that is taken', () => {
  it('can be requested like any other: same reply, and a mail to its owner (A-02)', async ({ expect }) => {
    const app = startApp()
    const [one, two] = [await signedInUser(app), await signedInUser(app)]
    const taken = await member(app)
    const free = someAddress()
    app.wait({ minutes: 2 })

    const replies = [await change(app, one.access_token, taken), await change(app, two.access_token, free)]

    const [first, second] = await Promise.all(
      replies.map(async (reply, n) => {
        const { id, email } = (await reply.clone().json()) as UserBody
        const text = await seen(reply, n ? free : taken)
        return text
          .replaceAll(id, 'ID')
          .replaceAll(email, 'OLD')
          .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      }),
    )
    expect(first).toContain('ADDRESS')
    expect(first).toBe(second)
    expect(mailsTo(app, taken).at(-1)?.subject).toBe(mailsTo(app, free).at(-1)?.subject)
  })

  it('is not given away by the link: whoever follows it learns that it is taken, and nothing changes', async ({
    expect,
  }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const owner = await signedInUser(app)
    app.wait({ minutes: 2 })
    await change(app, user.access_token, owner.email)

    await approveChange(app, linkIn(app, user.email))
    const response = await confirm(app, linkIn(app, owner.email))

    expect([response.status, await codeOf(response)]).toEqual([409, 'email_taken'])
    expect(await addressOf(app, user.access_token)).toMatchObject({ email: user.email })
    expect(await addressOf(app, owner.access_token)).toMatchObject({ email: owner.email, email_verified: true })
  })

  it('goes to one of two users who wait for it, whoever is first (A-16)', async ({ expect }) => {
    const app = startApp()
    const [one, two] = [await signedInUser(app), await signedInUser(app)]
    const wanted = someAddress('wanted')
    await change(app, one.access_token, wanted, withPassword)
    const first = linkIn(app, wanted)
    app.wait({ minutes: 2 })
    await change(app, two.access_token, wanted, withPassword)
    const second = linkIn(app, wanted)

    const responses = await Promise.all([
      confirmEmail(app, first, { bearer: one.access_token }),
      confirmEmail(app, second, { bearer: two.access_token }),
    ])

    expect(responses.map(({ status }) => status).sort()).toEqual([200, 409])
    const [winner, loser] = responses[0]!.status === 200 ? [one, two] : [two, one]
    expect(await addressOf(app, winner.access_token)).toMatchObject({ email: wanted })
    expect(await addressOf(app, loser.access_token)).toMatchObject({ email: loser.email })
    expect((await attempt(app, wanted)).status).toBe(200)
  })

  it('goes to one of eight who follow their links at once', async ({ expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '100' } })
    const wanted = someAddress('wanted')
    const links: { link: string; bearer: string }[] = []
    for (let n = 0; n < 8; n++) {
      const { access_token: bearer } = await signedInUser(app)
      await change(app, bearer, wanted, withPassword)
      links.push({ link: linkIn(app, wanted), bearer })
    }

    const responses = await Promise.all(links.map(({ link, bearer }) => confirmEmail(app, link, { bearer })))

    expect(responses.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)])
  })

  it('goes to one of eight who confirmed, and whose approvals come at once', async ({ expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '100' } })
    const wanted = someAddress('wanted')
    const approvals: string[] = []
    for (let n = 0; n < 8; n++) {
      const { access_token: bearer, email } = await signedInUser(app)
      await change(app, bearer, wanted)
      const confirmed = await confirmEmail(app, linkIn(app, wanted), { bearer })
      expect(confirmed.status).toBe(200)
      approvals.push(linkIn(app, email, 'approve-email-change'))
    }

    const responses = await Promise.all(approvals.map((token) => approveChange(app, token)))

    expect(responses.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)])
    expect((await attempt(app, wanted)).status).toBe(200)
  })

  it('is not blocked by an account that was registered with it and never verified, which gives way (A-35)', async ({
    expect,
  }) => {
    const app = startApp()
    const wanted = someAddress('wanted')
    await register(app, wanted, 'the password of a squatter')
    const squatterLink = linkIn(app, wanted)
    app.wait({ minutes: 2 })
    const user = await signedInUser(app)
    await change(app, user.access_token, wanted, withPassword)

    const response = await confirm(app, linkIn(app, wanted))

    expect(response.status).toBe(200)
    expect((await attempt(app, wanted)).status).toBe(200)
    expect((await attempt(app, wanted, 'the password of a squatter')).status).toBe(401)
    const verified = await app.call('POST /api/auth/verify-email', { json: { token: squatterLink } })
    expect(verified.status).toBe(400)
  })

  it.for([
    ['an account that was imported', { origin: 'imported' }],
    ['one from before origins were recorded', { origin: null }],
    ['one whose owner was invited', { origin: 'invited' }],
    ['one that an admin made', { origin: 'created' }],
    ['one that is disabled', { status: 'disabled' }],
    ['one that was used', { lastLoginAt: new Date() }],
    ['one that is verified', { emailVerifiedAt: new Date() }],
  ] as [string, Parameters<typeof alterUser>[2]][])(
    'is not given away if it belongs to %s, although nobody else verified it (A-35)',
    async ([, values], { expect }) => {
      const app = startApp()
      const wanted = someAddress('wanted')
      await register(app, wanted)
      await alterUser(app, wanted, values)
      const before = await app.db.prepare('select * from users where email = ?').bind(wanted).first()
      app.wait({ minutes: 2 })
      const user = await signedInUser(app)
      await change(app, user.access_token, wanted, withPassword)

      const response = await confirm(app, linkIn(app, wanted))

      expect([response.status, await codeOf(response)]).toEqual([409, 'email_taken'])
      expect(await app.db.prepare('select * from users where email = ?').bind(wanted).first()).toEqual(before)
      expect(await addressOf(app, user.access_token)).toMatchObject({ email: user.email, pending_email: wanted })
    },
  )

  it('can be registered by somebody else while it is only pending', async ({ expect }) => {
    const app = startApp()
    const { access_token, next, link, email } = await waiting(app)
    app.wait({ minutes: 2 })
    await member(app, next)

    const response = await confirm(app, link)

    expect(response.status).toBe(409)
    expect(await addressOf(app, access_token)).toMatchObject({ email })
  })
})

describe('following the link (A-16)', () => {
  it.for(ways)(
    'switches to the verified address, and notifies the old one: %s (ASVS 6.3.7)',
    async (way, { expect }) => {
      const app = startApp()
      const { access_token, email, next, link } = await approved(app, way)

      const response = await confirm(app, link)

      expect(response.status).toBe(200)
      expect(await addressOf(app, access_token)).toEqual({ email: next, email_verified: true, pending_email: null })
      expect((await attempt(app, next)).status).toBe(200)
      expect((await attempt(app, email)).status).toBe(401)
      expect(mailsTo(app, email).at(-1)).toMatchObject({
        subject: 'Your e-mail address for Gatehouse was changed',
        text: expect.stringContaining('/auth/revert-email-change#token='),
      })
    },
  )

  it('without any proof is refused, and the link stays valid: a typing error gives nobody the account', async ({
    expect,
  }) => {
    const app = startApp()
    const user = await waiting(app)
    const stranger = await signedInUser(app)

    const refused = [
      await confirmEmail(app, user.link),
      await confirmEmail(app, user.link, { bearer: 'no.token.of-ours' }),
      await confirmEmail(app, user.link, { bearer: stranger.access_token }),
    ]
    const guessed = await confirmEmail(app, user.link, { password: 'a wrong guess' })

    for (const response of refused) expect([response.status, await codeOf(response)]).toEqual([403, 'proof_required'])
    expect(await refusalOf(guessed)).toEqual({
      status: 422,
      code: 'wrong_password',
      fields: ['password wrong_password'],
    })
    expect(await addressOf(app, user.access_token)).toMatchObject({ email: user.email, pending_email: user.next })
    expect((await confirmEmail(app, user.link, { bearer: user.access_token })).status).toBe(200)
  })

  it.for([
    ['the token of another session of the account', (session: SessionBody) => ({ bearer: session.access_token })],
    ['its cookie', (session: SessionBody) => ({ cookies: { token: session.access_token } })],
  ] as const)('is enough with %s', async ([, by], { expect }) => {
    const app = startApp()
    const user = await waiting(app)
    const other = await logIn(app, user.email)

    const response = await app.call('POST /api/auth/confirm-email', {
      json: { token: user.link },
      headers: fromOurPage,
      ...by(other),
    })

    expect(response.status).toBe(200)
    expect(await addressOf(app, user.access_token)).toMatchObject({ email: user.next })
  })

  it('changes nothing without the approval of the current mailbox, if the password was not given', async ({
    expect,
  }) => {
    const app = startApp()
    const user = await waiting(app, 'a recent token')

    const confirmed = await confirm(app, user.link)

    expect(confirmed.status).toBe(200)
    expect(await addressOf(app, user.access_token)).toMatchObject({ email: user.email, pending_email: user.next })
    expect((await attempt(app, user.next)).status).toBe(401)

    const done = await approveChange(app, linkIn(app, user.email, 'approve-email-change'))

    expect(done.status).toBe(200)
    expect(await addressOf(app, user.access_token)).toMatchObject({ email: user.next, pending_email: null })
  })

  it('changes nothing by the approval alone, which can be given twice', async ({ expect }) => {
    const app = startApp()
    const user = await waiting(app, 'a recent token')
    const approval = linkIn(app, user.email, 'approve-email-change')

    const replies = [await approveChange(app, approval), await approveChange(app, approval)]

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(await addressOf(app, user.access_token)).toMatchObject({ email: user.email, pending_email: user.next })
    expect((await confirm(app, user.link)).status).toBe(200)
    expect((await approveChange(app, approval)).status).toBe(400)
  })

  it('starts no session (ASVS 7.6.2), ends the others, and keeps the one that requested it', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const other = await logIn(app, user.email)
    const next = someAddress('next')
    await change(app, user.access_token, next, withPassword)

    const response = await confirm(app, linkIn(app, next))

    expect(response.headers.getSetCookie()).toEqual([])
    expect(Object.keys(await bodyOf<object>(response))).toEqual(['message'])
    expect((await profile(app, other.access_token)).status).toBe(401)
    expect((await refresh(app, other.refresh_token)).status).toBe(401)
    expect((await profile(app, user.access_token)).status).toBe(200)
  })

  it.for(ways)('voids links mailed to the old address: %s (A-14)', async (way, { expect }) => {
    const app = startApp()
    const { email, link, cancelLink } = await approved(app, way)
    app.wait({ minutes: 2 })
    await forget(app, email)
    const reset = linkIn(app, email)

    await confirm(app, link)

    const new_password = 'another fine passphrase'
    const response = await app.call('POST /api/auth/reset-password', { json: { token: reset, new_password } })
    expect(response.status).toBe(400)
    expect((await cancel(app, cancelLink)).status).toBe(400)
  })

  it('works once, also for many requests at once (A-15)', async ({ expect }) => {
    const app = startApp()
    const { link, access_token: bearer } = await waiting(app)

    const responses = await Promise.all(Array.from({ length: 16 }, () => confirmEmail(app, link, { bearer })))

    expect(responses.map(({ status }) => status).sort()).toEqual([200, ...Array(15).fill(400)])
  })

  it.for([
    { hours: 23.99, status: 200 },
    { hours: 24, status: 400 },
  ])('is answered by $status after $hours hours', async ({ hours, status }, { expect }) => {
    const app = startApp()
    const { link } = await waiting(app)

    app.wait({ hours })
    const response = await confirm(app, link)

    expect(response.status).toBe(status)
  })

  it.for([
    ['garbage', async () => `${'x'.repeat(22)}.${'y'.repeat(43)}`],
    ['a cancel link', async (_app, { cancelLink }) => cancelLink],
    [
      'a link that approves a change',
      async (app) => {
        const { email } = await waiting(app, 'a recent token')
        return linkIn(app, email, 'approve-email-change')
      },
    ],
    [
      'a link that verifies an address',
      async (app) => {
        const email = someAddress()
        await register(app, email)
        return linkIn(app, email)
      },
    ],
    [
      'a link that sets a password',
      async (app, { email }) => {
        app.wait({ minutes: 2 })
        await forget(app, email)
        return linkIn(app, email)
      },
    ],
    ['one with a letter changed', async (_app, { link }) => `${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`],
  ] as [string, (app: TestApp, user: Awaited<ReturnType<typeof waiting>>) => Promise<string>][])(
    'accepts no other link: %s (A-09, A-38)',
    async ([, token], { expect }) => {
      const app = startApp()
      const user = await waiting(app)

      const response = await confirm(app, await token(app, user))

      expect([response.status, await codeOf(response)]).toEqual([400, 'invalid_token'])
      expect(await addressOf(app, user.access_token)).toMatchObject({ email: user.email, pending_email: user.next })
      expect((await confirm(app, user.link)).status).toBe(200)
    },
  )
})

describe('a link to a new address is void', () => {
  const otherSession = (app: TestApp, user: { email: string }) => logIn(app, user.email)

  type Waiting = Awaited<ReturnType<typeof waiting>>
  const ends: [string, (app: TestApp, user: Waiting) => Promise<unknown>][] = [
    [
      'when the password is changed',
      (app, { access_token }) =>
        app.call('POST /api/user/change-password', {
          bearer: access_token,
          json: { current_password: somePassword, new_password: 'another fine passphrase' },
        }),
    ],
    [
      'when the password is reset',
      async (app, { email }) => {
        app.wait({ minutes: 2 })
        await forget(app, email)
        await app.call('POST /api/auth/reset-password', {
          json: { token: linkIn(app, email), new_password: 'another fine passphrase' },
        })
      },
    ],
    ['when it is cancelled', (app, { cancelLink }) => cancel(app, cancelLink)],
    [
      'when the new password is disowned',
      async (app, user) => {
        const bearer = (await otherSession(app, user)).access_token
        await app.call('POST /api/user/change-password', {
          bearer,
          json: { current_password: somePassword, new_password: 'another fine passphrase' },
        })
        await app.call('POST /api/auth/end-sessions', { json: { token: linkIn(app, user.email) } })
      },
    ],
    [
      'when the requesting session guesses the password',
      async (app, { access_token }) => {
        for (let n = 0; n < 10; n++) await stepUp(app, { bearer: access_token, json: { password: 'a wrong guess' } })
      },
    ],
    [
      'when the requesting session is ended from another',
      async (app, user) => {
        const { access_token } = await otherSession(app, user)
        const { sessions } = await bodyOf<{ sessions: { id: string; current: boolean }[] }>(
          await app.call('GET /api/user/sessions', { bearer: access_token }),
        )
        const asked = sessions.find(({ current }) => !current)!
        await app.call(`DELETE /api/user/sessions/${asked.id}`, { bearer: access_token })
      },
    ],
    [
      'when all others are ended from another',
      async (app, user) =>
        app.call('DELETE /api/user/sessions', { bearer: (await otherSession(app, user)).access_token }),
    ],
    [
      'when the requesting session logs out',
      (app, { access_token }) => app.call('POST /api/auth/logout', { bearer: access_token }),
    ],
    [
      'when the requesting session turns out to be stolen',
      async (app, { refresh_token }) => {
        await refresh(app, refresh_token)
        app.wait({ minutes: 1 })
        await refresh(app, refresh_token)
      },
    ],
    [
      'when an admin ends all sessions',
      async (app, { user }) =>
        app.call(`DELETE /api/admin/users/${user.id}/sessions`, { bearer: (await signedInAdmin(app)).access_token }),
    ],
    [
      'when an admin disables the account',
      async (app, { user }) => {
        const bearer = (await signedInAdmin(app)).access_token
        for (const status of ['disabled', 'active'])
          await app.call(`PUT /api/admin/users/${user.id}/status`, { bearer, json: { status } })
      },
    ],
    [
      'when an admin sets another address',
      async (app, { user }) =>
        app.call(`PATCH /api/admin/users/${user.id}`, {
          bearer: (await signedInAdmin(app)).access_token,
          json: { email: someAddress('set'), email_verified: true },
        }),
    ],
    [
      'when the account is deleted',
      (app, { access_token }) => app.call('DELETE /api/user/account', { bearer: access_token, json: withPassword }),
    ],
    [
      'when the account waits to be erased, and when that is undone',
      async (app, { access_token, email }) => {
        await app.call('DELETE /api/user/account', { bearer: access_token })
        await app.call('POST /api/auth/undo-deletion', { json: { token: linkIn(app, email) } })
      },
    ],
    [
      'when the current address is sent',
      (app, { access_token, email }) => change(app, access_token, email.toUpperCase()),
    ],
    ['when another address is requested', (app, { access_token }) => change(app, access_token, someAddress('other'))],
    [
      'when the change is requested again, and a newer link is sent',
      (app, { access_token, next }) => {
        app.wait({ minutes: 2 })
        return change(app, access_token, next)
      },
    ],
  ]

  it.for(ends)('%s, and so is its approval (A-16)', async ([, end], { expect }) => {
    const app = startApp()
    const user = await waiting(app, 'a recent token')
    const approval = linkIn(app, user.email, 'approve-email-change')

    await end(app, user)
    const response = await approveChange(app, approval)

    expect([response.status, await codeOf(response)]).toEqual([400, 'invalid_token'])
  })

  it.for(ends)('%s (A-16)', async ([, end], { expect }) => {
    const app = startApp()
    const user = await waiting(app)

    await end(app, user)
    const response = await confirm(app, user.link)

    expect([response.status, await codeOf(response)]).toEqual([400, 'invalid_token'])
    const row = await app.db
      .prepare('select email from users where id = ?')
      .bind(user.user.id)
      .first<{ email: string }>()
    expect(row?.email).not.toBe(user.next)
    expect((await attempt(app, user.next)).status).toBe(401)
  })
})

describe('the way back', () => {
  it.for(ways)('drops the pending address, and can be followed twice: %s', async (way, { expect }) => {
    const app = startApp()
    const { email, cancelLink } = await waiting(app, way)
    const other = await logIn(app, email)

    const replies = [await cancel(app, cancelLink), await cancel(app, cancelLink)]

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(await addressOf(app, other.access_token)).toEqual({ email, email_verified: true, pending_email: null })
  })

  it.for(ways)('ends the requesting session, and no other: %s', async (way, { expect }) => {
    const app = startApp()
    const { access_token, refresh_token, email, cancelLink } = await waiting(app, way)
    const other = await logIn(app, email)

    await cancel(app, cancelLink)

    expect((await profile(app, access_token)).status).toBe(401)
    expect((await refresh(app, refresh_token)).status).toBe(401)
    expect((await profile(app, other.access_token)).status).toBe(200)
    expect((await attempt(app, email)).status).toBe(200)
  })

  it('does not stop a change that was requested later', async ({ expect }) => {
    const app = startApp()
    const { access_token, cancelLink } = await waiting(app)
    const later = someAddress('later')
    await change(app, access_token, later, withPassword)

    const response = await cancel(app, cancelLink)

    expect(response.status).toBe(400)
    expect(await addressOf(app, access_token)).toMatchObject({ pending_email: later })
    expect((await confirm(app, linkIn(app, later))).status).toBe(200)
  })

  it.for([
    { hours: 23.99, status: 200 },
    { hours: 24, status: 400 },
  ])('is answered by $status after $hours hours', async ({ hours, status }, { expect }) => {
    const app = startApp()
    const { cancelLink } = await waiting(app)

    app.wait({ hours })
    const response = await cancel(app, cancelLink)

    expect(response.status).toBe(status)
  })

  it.for(['garbage', `${'x'.repeat(22)}.${'y'.repeat(43)}`])('is refused by %s', async (token, { expect }) => {
    const app = startApp()
    const { access_token, next, link } = await waiting(app)

    const replies = [await cancel(app, token), await cancel(app, link)]

    expect(replies.map(({ status }) => status)).toEqual([400, 400])
    expect(await addressOf(app, access_token)).toMatchObject({ pending_email: next })
  })
})

describe('sending one’s current address', () => {
  it('is no change: it asks for no password and mails nothing', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    app.wait({ minutes: 15 })
    const { access_token } = await bodyOf<SessionBody>(await refresh(app, user.refresh_token))
    app.wait({ minutes: 10 })
    const before = app.mailbox.length

    const response = await app.call('PUT /api/user/profile', {
      bearer: access_token,
      json: { email: user.email, name: 'Ada', phone: null },
    })

    expect(await bodyOf(response)).toMatchObject({ email: user.email, name: 'Ada', pending_email: null })
    expect(app.mailbox.length).toBe(before)
  })

  it('cancels a pending change', async ({ expect }) => {
    const app = startApp()
    const { access_token, email, cancelLink } = await waiting(app)

    const response = await change(app, access_token, email)

    expect(await bodyOf(response)).toMatchObject({ email, pending_email: null })
    expect((await cancel(app, cancelLink)).status).toBe(400)
  })
})

describe('an address that nobody confirmed in time', () => {
  it('is dropped by the clean-up', async ({ expect }) => {
    const app = startApp()
    const { refresh_token, email } = await waiting(app)

    app.wait({ hours: 24.1 })
    await app.cron()

    const { access_token } = await bodyOf<SessionBody>(await refresh(app, refresh_token))
    expect(await addressOf(app, access_token)).toMatchObject({ email, pending_email: null })
  })

  it('stays pending if it was requested again', async ({ expect }) => {
    const app = startApp()
    const { refresh_token, next } = await waiting(app)
    app.wait({ hours: 12 })
    const first = await bodyOf<SessionBody>(await refresh(app, refresh_token))
    await change(app, first.access_token, next, { current_password: somePassword })

    app.wait({ hours: 13 })
    await app.cron()

    const { access_token } = await bodyOf<SessionBody>(await refresh(app, first.refresh_token))
    expect(await addressOf(app, access_token)).toMatchObject({ pending_email: next })
    expect((await confirm(app, linkIn(app, next))).status).toBe(200)
  })
})

describe('a link that verifies an address (A-10)', () => {
  it('does not verify another that took its place', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)
    const verify = linkIn(app, email)
    const { access_token, user } = await logIn(app, email)
    const admin = await signedInAdmin(app)
    const moved = someAddress('moved')
    await app.call(`PATCH /api/admin/users/${user.id}`, { bearer: admin.access_token, json: { email: moved } })

    const response = await app.call('POST /api/auth/verify-email', { json: { token: verify } })

    expect(response.status).toBe(400)
    expect((await logIn(app, moved)).user).toMatchObject({ email: moved, email_verified: false })
    expect((await profile(app, access_token)).status).toBe(401)
  })

  it('does not verify the pending one', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)
    const verify = linkIn(app, email)
    const { access_token } = await logIn(app, email)
    const next = someAddress('next')
    await change(app, access_token, next)

    await app.call('POST /api/auth/verify-email', { json: { token: verify } })

    expect(await addressOf(app, access_token)).toEqual({ email, email_verified: true, pending_email: next })
  })

  it('is void after the address was changed', async ({ expect }) => {
    const app = startApp({ vars: { EMAIL_VERIFICATION: 'optional' } })
    const email = someAddress()
    await register(app, email)
    const verify = linkIn(app, email)
    const { access_token } = await logIn(app, email)
    const next = someAddress('next')
    await change(app, access_token, next, withPassword)
    await confirm(app, linkIn(app, next))

    const response = await app.call('POST /api/auth/verify-email', { json: { token: verify } })

    expect(response.status).toBe(400)
  })

  it("acts on its own user, whoever's id or address is in the body", async ({ expect }) => {
    const app = startApp()
    const one = await waiting(app)
    const two = await waiting(app)

    await app.call('POST /api/auth/confirm-email', {
      json: { token: one.link, password: somePassword, user_id: two.user.id, id: two.user.id, email: two.next },
    })

    expect(await addressOf(app, one.access_token)).toMatchObject({ email: one.next })
    expect(await addressOf(app, two.access_token)).toMatchObject({ email: two.email, pending_email: two.next })
  })
})
