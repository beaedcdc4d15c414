import { describe, it } from 'vitest'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import {
  linkIn,
  logIn,
  mailsTo,
  member,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

type Profile = { email: string; name: string | null; phone: string | null; pending_email: string | null }

/** Gives an account such an address, as an import does, or as it was before such addresses were refused. */
const moved = async (app: TestApp, from: string, to: string) => {
  await app.db
    .prepare('update users set email = ?1, email_canonical = lower(?1) where email_canonical = ?2')
    .bind(to, from)
    .run()
  return to
}

const ambiguous = [
  ['an encoded word', '=?utf-8?q?eve?=@example.com'],
  ['the percent hack', 'eve%evil.example@example.com'],
  ['a bang path', 'evil.example!eve@example.com'],
  ['a pipe', '|eve@example.com'],
  ['an option', '-eve@example.com'],
  ['a quoted-printable @', 'eve=40evil.example@example.com'],
] as const

describe('an address that others read differently', () => {
  it.for(ambiguous)('is not registered: %s', async ([, email], { expect }) => {
    const app = startApp()

    const reply = await app.call('POST /api/auth/register', { json: { email, password: somePassword } })

    expect(await refusalOf(reply)).toMatchObject({ status: 422, fields: ['email invalid_email'] })
    expect(app.mailbox).toEqual([])
    expect(await app.db.prepare('select count(*) as n from users where email = ?').bind(email).first()).toEqual({
      n: 0,
    })
  })

  it.for(ambiguous)('cannot be set by an admin: %s', async ([, email], { expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const { user } = await signedInUser(app)

    const replies = [
      await app.call('POST /api/admin/users', { bearer, json: { email } }),
      await app.call(`PATCH /api/admin/users/${user.id}`, { bearer, json: { email, name: 'Eve' } }),
      await app.call(`PATCH /api/admin/users/${user.id}`, { bearer, json: { email, email_verified: true } }),
    ]

    for (const reply of replies)
      expect(await refusalOf(reply)).toMatchObject({ status: 422, fields: ['email invalid_email'] })
    const stays = await bodyOf<Profile>(await app.call(`GET /api/admin/users/${user.id}`, { bearer }))
    expect(stays).toMatchObject({ email: user.email, name: null })
  })

  it('reports first that the caller may not do this, or that there is no such user', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const { access_token: nobody, user } = await signedInUser(app)
    const json = { email: 'a%b@example.com' }

    const other = await app.call('PATCH /api/admin/users/00000000-0000-7000-8000-000000000000', { bearer, json })
    const refused = await app.call(`PATCH /api/admin/users/${user.id}`, { bearer: nobody, json })

    expect([other.status, refused.status]).toEqual([404, 403])
  })

  it.for(ambiguous)('continues to work if it is on file: %s', async ([, email], { expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    await moved(app, await member(app), email)

    const session = await logIn(app, email)
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const edited = await app.call(`PATCH /api/admin/users/${session.user.id}`, { bearer, json: { email, name: 'Eve' } })
    const own = await app.call('PATCH /api/user/profile', {
      bearer: session.access_token,
      json: { email, phone: null },
    })
    const found = await app.call(`GET /api/admin/users?search=${encodeURIComponent(email)}`, { bearer })

    expect(linkIn(app, email)).toBeDefined()
    expect(await bodyOf<Profile>(edited)).toMatchObject({ email, name: 'Eve' })
    expect(await bodyOf<Profile>(own)).toMatchObject({ email, pending_email: null })
    expect(await bodyOf<{ total: number }>(found)).toMatchObject({ total: 1 })
  })

  it('gets its verification mail if it is on file', async ({ expect }) => {
    const app = startApp()
    const registered = someAddress()
    await register(app, registered)
    const email = await moved(app, registered, 'ada!eve@example.com')
    app.wait({ hours: 1 })

    const reply = await app.call('POST /api/auth/resend-verification', { json: { email } })

    expect(reply.status).toBe(200)
    expect(mailsTo(app, email)).toHaveLength(1)
  })
})

describe('a pasted address', () => {
  it.for([
    ['a tab', (email: string) => `\t${email}`],
    ['a line break', (email: string) => `${email}\r\n`],
    ['a space that does not break', (email: string) => `\u00a0${email}`],
    ['a zero-width space', (email: string) => `${email}\u200b`],
    ['a byte order mark', (email: string) => `\ufeff${email}`],
    ['isolates', (email: string) => `\u2068${email}\u2069`],
    ['the scheme of a link', (email: string) => `mailto:${email}`],
    ['more space than an address may have', (email: string) => `${' '.repeat(300)}${email}`],
  ] as const)('with %s comes in everywhere', async ([, around], { expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const email = someAddress()
    await register(app, around(email))
    await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })

    const pasted = around(email)
    const replies = [
      await app.call('POST /api/auth/login', { json: { email: pasted, password: somePassword } }),
      await app.call('POST /api/auth/login', { json: { username: pasted, password: somePassword } }),
      await app.call('POST /api/auth/login', { form: { username: pasted, password: somePassword } }),
      await app.call('POST /api/auth/forgot-password', { json: { email: pasted } }),
      await app.call('POST /api/auth/resend-verification', { json: { email: pasted } }),
      await app.call('POST /api/admin/users', { bearer, json: { email: around(someAddress()) } }),
    ]

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 201])
    const failures = await app.call('GET /api/admin/audit?event=log_in_failed', { bearer })
    expect((await bodyOf<{ entries: unknown[] }>(failures)).entries).toEqual([])
  })

  it('of an international domain logs in, however its letters are composed', async ({ expect }) => {
    const app = startApp()
    const email = await member(app, 'ada@xn--bcher-kva.example')

    for (const typed of ['ada@bücher.example', 'ADA@Bu\u0308cher.example', email])
      expect((await logIn(app, typed)).user.email).toBe(email)
  })

  it('with letters that are not supported is refused with that reason', async ({ expect }) => {
    const app = startApp()

    const reply = await app.call('POST /api/auth/register', {
      json: { email: 'jörg@example.com', password: somePassword },
    })

    expect(await reply.json()).toMatchObject({
      errors: [{ field: 'email', detail: /not supported/ }].map(() => ({
        detail: expect.stringContaining('not supported'),
      })),
    })
  })
})

describe('the capitals of one’s own address', () => {
  it('change at once, without a mail, and the account stays the same', async ({ expect }) => {
    const app = startApp()
    const lower = someAddress('ivy')
    const typed = lower.replace('ivy', 'IVY').replace('example.com', 'Example.com')
    const { access_token: bearer, user } = await logIn(app, await member(app, typed))
    const before = app.mailbox.length

    const changed = await app.call('PATCH /api/user/profile', { bearer, json: { email: lower } })

    expect(user.email).not.toBe(lower)
    expect(await bodyOf<Profile>(changed)).toMatchObject({ email: lower, pending_email: null })
    expect((await logIn(app, typed)).user).toMatchObject({ id: user.id, email: lower })
    expect(app.mailbox.slice(before).filter(({ subject }) => !/device/i.test(subject))).toEqual([])
  })
})

describe('a name', () => {
  it.for([
    ['\u200b', 'a zero-width space'],
    ['\u2060', 'a word joiner'],
    ['\u00ad', 'a soft hyphen'],
    ['\u3164', 'a Hangul filler'],
    ['\u115f', 'a Hangul choseong filler'],
    ['\u200f', 'a mark of direction'],
    ['\u061c', 'an Arabic mark'],
    ['\u200d', 'a joiner'],
    ['\u034f', 'a grapheme joiner'],
    ['\ufe0f', 'a variation selector'],
    ['\u0301', 'an accent on nothing'],
    ['\u{e0041}', 'a tag'],
    ['\ufffe', 'a noncharacter'],
    ['\u{f0000}', 'a private character'],
    ['\u2800', 'a blank braille pattern'],
    ['\u3000\u00a0', 'spaces'],
    ['\ufeff\u2063 \u180e', 'several of them'],
    ['\uffa0', 'a half-width Hangul filler'],
    ['\u{13441}', 'a blank hieroglyph'],
    ['Ada\ufdd0', 'a noncharacter inside'],
  ] as const)('is something that is seen, not %j: %s', async ([name], { expect }) => {
    const app = startApp()
    const { access_token: bearer, user } = await signedInUser(app)
    const admin = await signedInAdmin(app)

    const replies = [
      await app.call('PATCH /api/user/profile', { bearer, json: { name, phone: '+442079460958' } }),
      await app.call('POST /api/auth/register', { json: { email: someAddress(), password: somePassword, name } }),
      await app.call('POST /api/admin/users', { bearer: admin.access_token, json: { email: someAddress(), name } }),
      await app.call(`PATCH /api/admin/users/${user.id}`, { bearer: admin.access_token, json: { name } }),
    ]

    for (const reply of replies) expect((await refusalOf(reply)).status).toBe(422)
    const stays = await bodyOf<Profile>(await app.call('GET /api/user/profile', { bearer }))
    expect(stays).toMatchObject({ name: null, phone: null })
  })

  it.for([
    [' Ada ', 'Ada'],
    ['\u200bAda\ufeff', 'Ada'],
    ['\u3000山田\u3000太郎\u3000', '山田\u3000太郎'],
    ['Jose\u0301', 'José'],
    ['\u1112\u1161\u11ab', '한'],
    ['نامه\u200cای', 'نامه\u200cای'],
    ['👩\u200d👧', '👩\u200d👧'],
    ['❤\ufe0f', '❤\ufe0f'],
    ['🏴\u{e0067}\u{e0062}\u{e007f}', '🏴\u{e0067}\u{e0062}\u{e007f}'],
    ['\u2068Ada Lovelace\u2069', 'Ada Lovelace'],
    [`${' '.repeat(500)}Ada`, 'Ada'],
    ['x', 'x'],
    ['.', '.'],
  ] as const)('that is sent as %j is kept as %j', async ([name, kept], { expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)

    const changed = await app.call('PATCH /api/user/profile', { bearer, json: { name } })

    expect(await bodyOf<Profile>(changed)).toMatchObject({ name: kept })
  })
})

describe('a phone number', () => {
  it.for([
    ['\u202d+44 20 7946 0958\u202c', '+442079460958', 'of an Apple contact'],
    ['\u2068+44 20 7946 0958\u2069', '+442079460958', 'between isolates'],
    ['\u200e+44 20 7946 0958', '+442079460958', 'behind a mark of direction'],
    ['+44\u202f20\u202f7946\u202f0958', '+442079460958', 'with narrow spaces'],
    ['+44\u00a020\u00a07946\u00a00958\n', '+442079460958', 'with spaces that do not break'],
    ['\uff0b81 3-1234-5678', '+81312345678', 'with a full-width plus'],
    ['\uff0b\uff18\uff11 3\uff0d1234\uff0d5678', '+81312345678', 'of full-width digits'],
    ['+44\u201320\u20137946\u20130958', '+442079460958', 'with dashes'],
    ['tel:+44-20-7946-0958', '+442079460958', 'of a link'],
    ['TEL:+442079460958', '+442079460958', 'of a link in capitals'],
    ['(+44) 20 7946 0958', '+442079460958', 'with the code in brackets'],
    ['\u2066+٤٤ ٢٠ ٧٩٤٦ ٠٩٥٨\u2069', '+442079460958', 'of Arabic digits'],
  ] as const)('%j is kept as %s: %s', async ([phone, kept], { expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)

    const changed = await app.call('PATCH /api/user/profile', { bearer, json: { phone } })

    expect(await bodyOf<Profile>(changed)).toMatchObject({ phone: kept })
  })

  it.for(['tel:020 7946 0958', 'tel:+44-20-7946-0958;ext=7', '\u202d020 7946 0958\u202c', 'sms:+442079460958'])(
    'may still not be %j',
    async (phone, { expect }) => {
      const app = startApp()
      const { access_token: bearer } = await signedInUser(app)

      const changed = await app.call('PATCH /api/user/profile', { bearer, json: { phone } })

      expect(await refusalOf(changed)).toMatchObject({ status: 422, fields: ['phone invalid_phone'] })
    },
  )

  it.for(['name', 'phone'])('or a name that is empty is refused with a sentence: %s', async (field, { expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)

    const reply = await app.call('PATCH /api/user/profile', { bearer, json: { [field]: '' } })

    expect(reply.status).toBe(422)
    expect(await reply.json()).toMatchObject({
      errors: [{ field, code: 'too_short', detail: 'is empty: leave it out, or send null to clear it' }],
    })
  })
})
