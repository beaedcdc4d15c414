import { describe, it } from 'vitest'
import { coloursOf } from '../../src/domain/brand.ts'
import { type LinkName, links, type MailKind, mailKinds, purposesOf } from '../../src/domain/mails.ts'
import type { Letter } from '../../src/domain/ports/mailer.ts'
import english from '../../src/mail/english.json' with { type: 'json' }
import { createMailer } from '../../src/mail/mailer.ts'
import { compose as composeIn, type MessageSettings } from '../../src/mail/messages.ts'

const settings = {
  appName: 'Gatehouse',
  appUrl: 'https://auth.example.com',
  brand: { colour: undefined, colours: coloursOf(undefined), links: [] },
  defaultLanguage: 'en' as const,
  frontendUrl: 'https://app.example.com',
  mailFrom: { email: 'no-reply@example.com', name: 'Gatehouse' },
  links: Object.fromEntries(
    Object.entries(links).map(([name, { page }]) => [name, `https://app.example.com/auth/${page}#token={token}`]),
  ) as Record<LinkName, string>,
}

const words = { language: 'en', texts: english } as const

const compose = (letter: Letter, settings: MessageSettings) => composeIn(letter, settings, words)

const mailerFor = (email: SendEmail, sender: Parameters<typeof createMailer>[1] = settings) =>
  createMailer(email, sender, async () => words)

const minute = 60_000
const createdAt = new Date('2026-11-21T14:05:09Z')

const tokensOf = (kind: MailKind, token: string): Letter['tokens'] =>
  Object.fromEntries(purposesOf(kind).map((purpose) => [purpose, token]))

const letter = (
  kind: MailKind,
  {
    minutes = 30,
    token = 'abc.DEF-_9',
    detail = {},
  }: { minutes?: number; token?: string; detail?: Letter['detail'] } = {},
): Letter => ({
  kind,
  to: 'zq73-kim@example.net',
  tokens: tokensOf(kind, token),
  code: '40719266',
  createdAt,
  expiresAt: new Date(createdAt.getTime() + minutes * minute),
  detail,
  locale: null,
})

const addressesIn = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, address]) => address)

const site = 'https://app.example.com'

/**
 * The links of each mail: pages with a token behind a button, pages of links that are only text, and then the site, as
 * often as it is named.
 */
const withLink: { kind: MailKind; pages: string[]; plain?: string[]; after: string[] }[] = [
  { kind: 'verify_email', pages: ['verify-email'], plain: ['reject-registration'], after: [site] },
  { kind: 'set_password', pages: ['reset-password'], after: [site] },
  { kind: 'invite', pages: ['reset-password'], after: [site] },
  { kind: 'reset_password', pages: ['reset-password'], after: [site] },
  { kind: 'log_in', pages: ['login/mail/link'], after: [site] },
  { kind: 'sign_up', pages: ['login/mail/link'], after: [site] },
  { kind: 'log_in_paused', pages: ['reset-password'], after: [site] },
  { kind: 'password_removed', pages: ['end-sessions'], after: [site] },
  { kind: 'account_restored', pages: ['reset-password'], after: [site] },
  { kind: 'confirm_email', pages: ['confirm-email'], after: [site] },
  { kind: 'email_change', pages: ['cancel-email-change'], after: [site] },
  { kind: 'approve_email_change', pages: ['approve-email-change', 'cancel-email-change'], after: [site] },
  { kind: 'revert_email_change', pages: ['revert-email-change'], after: [site] },
  { kind: 'end_freeze', pages: ['end-freeze'], after: [site] },
  { kind: 'password_changed', pages: ['end-sessions'], after: [site] },
  { kind: 'factor_added', pages: ['remove-factor'], after: [site, site] },
  { kind: 'factor_recovery', pages: ['cancel-factor-recovery'], after: [site, site] },
  {
    kind: 'factor_recovery_ready',
    pages: ['confirm-factor-recovery'],
    plain: ['cancel-factor-recovery'],
    after: [site],
  },
  { kind: 'deletion_requested', pages: ['undo-deletion'], after: [site] },
  { kind: 'new_device', pages: ['end-session'], after: [site, site] },
  { kind: 'recovery_code_used', pages: ['end-session'], after: [site, site] },
]
const notices: MailKind[] = [
  'account_exists',
  'email_changed',
  'refresh_reuse',
  'second_factor_failed',
  'email_change_reverted',
  'password_guessed',
  'factor_removed',
  'factor_copied',
  'recovery_codes_made',
  'factors_reset',
  'factors_recovered',
  'enrolment_code',
]
/** Mails after which there is nothing to do: they name only the site, below. */
const farewells: MailKind[] = ['account_deleted', 'account_frozen', 'address_reserved', 'factors_changed']
const kinds: MailKind[] = [...withLink.map(({ kind }) => kind), ...notices, ...farewells]

it('the tests below cover every kind of mail', ({ expect }) => {
  expect([...kinds].sort()).toEqual([...mailKinds].sort())
})

const linkTo = (page: string) => `${site}/auth/${page}#token=abc.DEF-_9`

describe('a mail with a code', () => {
  const withCode = ['log_in', 'sign_up'] as const

  it.for(withCode)('of kind %s has it in both parts, in groups that are easy to type', (kind, { expect }) => {
    const { subject, text, html } = compose(letter(kind), settings)

    expect(text.split('\n').filter((line) => line === '4071 9266')).toHaveLength(1)
    expect(html).toContain('>4071 9266</p>')
    // A locked phone shows subjects.
    expect(subject).not.toMatch(/\d/)
  })

  it.for(withCode)('of kind %s is not made without it', (kind, { expect }) => {
    expect(() => compose({ ...letter(kind), code: undefined }, settings)).toThrow('needs its code')
  })
})

describe('a mail with a link', () => {
  it.for(withLink)(
    'of kind $kind has each as a button, as text, and on a line of the text part',
    ({ kind, pages, plain = [], after }, { expect }) => {
      const { text, html } = compose(letter(kind), settings)
      const links = pages.map(linkTo)
      const others = plain.map(linkTo)

      for (const link of [...links, ...others]) {
        expect(text.split('\n').filter((line) => line === link)).toHaveLength(1)
        expect(html).toContain(`>${link}</a>`)
      }
      expect(addressesIn(html)).toEqual([...links.flatMap((link) => [link, link]), ...others, ...after])
    },
  )

  it.for(withLink)('of kind $kind carries the token encoded (ASVS 1.2.2)', ({ kind }, { expect }) => {
    const { text, html } = compose(letter(kind, { token: `a b&"<'/?#$&` }), settings)

    expect(text).toContain("#token=a%20b%26%22%3C'%2F%3F%23%24%26\n")
    expect(html).toContain('#token=a%20b%26%22%3C&#39;%2F%3F%23%24%26"')
  })

  const purposes = withLink.flatMap(({ kind }) => purposesOf(kind).map((purpose) => ({ kind, purpose })))

  it.for(purposes)('of kind $kind is not made without the token of its $purpose', ({ kind, purpose }, { expect }) => {
    const { [purpose]: _, ...others } = letter(kind).tokens

    expect(() => compose({ ...letter(kind), tokens: others }, settings)).toThrow(`the token of its ${purpose}`)
  })

  it.for(purposes)(
    'of kind $kind does not use for its $purpose the token of another',
    ({ kind, purpose }, { expect }) => {
      const tokens = { ...letter(kind, { token: 'of-another' }).tokens, [purpose]: 'of-this' }
      const { text } = compose({ ...letter(kind), tokens }, settings)

      expect(text.match(/of-this/g)).toHaveLength(1)
    },
  )

  it('fills every place of a template that names the token twice', ({ expect }) => {
    const links = { ...settings.links, verify_email: 'myapp://verify/{token}?again={token}' }

    expect(compose(letter('verify_email'), { ...settings, links }).text).toContain(
      '\nmyapp://verify/abc.DEF-_9?again=abc.DEF-_9\n',
    )
  })

  it.for([
    { minutes: 30, words: 'for 30 minutes, until 21 Nov 2026 at 14:35 UTC' },
    { minutes: 60, words: 'for 1 hour, until' },
    { minutes: 90, words: 'for 90 minutes, until' },
    { minutes: 1440, words: 'for 24 hours, until 22 Nov 2026 at 14:05 UTC' },
    { minutes: 1500, words: 'for 25 hours, until' },
    { minutes: 10_080, words: 'for 7 days, until 28 Nov 2026 at 14:05 UTC' },
  ])('says how long it works: $words', ({ minutes, words }, { expect }) => {
    const { text, html } = compose(letter('reset_password', { minutes }), settings)

    expect(text.replaceAll('\n', ' ')).toContain(words)
    expect(html).toContain(words)
  })
})

describe('a notice', () => {
  it.for(notices)('of kind %s leads to the site and contains no link with a token', (kind, { expect }) => {
    const { text, html } = compose(letter(kind), settings)

    expect(addressesIn(html)).toEqual([site, site])
    expect(text).toContain('\nhttps://app.example.com\n')
    expect(text + html).not.toContain('abc.DEF-_9')
    expect(html).not.toContain('class="button"')
  })

  it.for(farewells)(
    'of kind %s contains no link except that of the site, and none with a token',
    (kind, { expect }) => {
      const { text, html } = compose(letter(kind), settings)

      expect(addressesIn(html)).toEqual([site])
      expect(text + html).not.toContain('abc.DEF-_9')
      expect(html).not.toContain('class="button"')
    },
  )

  it.for<MailKind>([
    'email_changed',
    'password_changed',
    'refresh_reuse',
    'revert_email_change',
    'email_change_reverted',
    'account_frozen',
    'end_freeze',
    'deletion_requested',
    'account_deleted',
    'password_guessed',
    'factor_added',
    'factor_removed',
    'factor_copied',
    'recovery_codes_made',
    'factors_reset',
    'factors_recovered',
    'factors_changed',
    'email_change',
    'approve_email_change',
    'confirm_email',
  ])('of kind %s says when it happened', (kind, { expect }) => {
    const { text, html } = compose(letter(kind), settings)

    expect(text.replaceAll('\n', ' ')).toContain('on 21 Nov 2026 at 14:05 UTC')
    expect(html).toContain('on 21 Nov 2026 at 14:05 UTC')
  })
})

describe('a mail about a new device', () => {
  it.for<{ detail: Letter['detail']; words: string }>([
    {
      detail: { browser: 'Firefox', os: 'Linux', city: 'Berlin', country: 'DE' },
      words: 'Firefox on Linux, near Berlin, DE.',
    },
    { detail: { browser: 'Firefox', country: 'DE' }, words: 'Firefox, near DE.' },
    { detail: { os: 'Linux' }, words: 'Linux.' },
    { detail: { city: 'Berlin' }, words: 'near Berlin.' },
    { detail: {}, words: 'not known.' },
  ])('says what is known of it: $words', ({ detail, words }, { expect }) => {
    const { text, html } = compose(letter('new_device', { detail }), settings)

    expect(text).toContain(`\nThe device: ${words}\n`)
    expect(html).toContain(`>The device: ${words}<`)
  })

  it('shows hostile names as they are written (ASVS 1.2.1, 1.3.10)', ({ expect }) => {
    const { html } = compose(letter('new_device', { detail: { browser: '<i>x', city: '"><i>' } }), settings)

    expect(html).toContain('&lt;i&gt;x, near &quot;&gt;&lt;i&gt;.')
    expect(html).not.toContain('<i>')
  })
})

describe('a mail that a request causes', () => {
  const caused = ['verify_email', 'set_password', 'reset_password', 'account_exists'] as const
  const from = { browser: 'Firefox', os: 'Linux', city: 'Berlin', country: 'DE' }

  it.for(caused)('of kind %s says when, and from where', (kind, { expect }) => {
    const { text, html } = compose(letter(kind, { detail: from }), settings)
    const words = 'on 21 Nov 2026 at 14:05 UTC, from this device: Firefox on Linux, near Berlin, DE.'

    expect(text.replaceAll('\n', ' ')).toContain(words)
    expect(html).toContain(words)
    expect(compose(letter(kind), settings).text.replaceAll('\n', ' ')).toContain('from this device: not known.')
  })

  it.for(caused)('of kind %s names no device of an admin', (kind, { expect }) => {
    const { text } = compose(letter(kind, { detail: { by: 'admin', ...from } }), settings)

    expect(text.replaceAll('\n', ' ')).toContain('An administrator of Gatehouse caused this message, on 21 Nov 2026')
    expect(text).not.toContain('Berlin')
  })
})

describe('a mail about a change of address', () => {
  const detail = { browser: 'Firefox', os: 'Linux', city: 'Berlin', country: 'DE' }

  it.for([
    { kind: 'email_change', member: 'address' },
    { kind: 'approve_email_change', member: 'address' },
    { kind: 'confirm_email', member: 'account' },
  ] as const)('of kind $kind says for which account, when, and from what device', ({ kind, member }, { expect }) => {
    const { text, html } = compose(letter(kind, { detail: { ...detail, [member]: 'n…t@example.net' } }), settings)

    for (const part of [text.replaceAll('\n', ' '), html]) {
      expect(part).toContain('on 21 Nov 2026 at 14:05 UTC, from Firefox on Linux, near Berlin, DE')
      expect(part).toContain('n…t@example.net')
    }
  })

  it.for(['email_change', 'approve_email_change', 'confirm_email'] as const)(
    'of kind %s shows hostile names as they are written (ASVS 1.2.1, 1.3.10)',
    (kind, { expect }) => {
      const hostile = { browser: '<i>x', city: '"><i>', address: '<i>@', account: '<i>@' }
      const { html } = compose(letter(kind, { detail: hostile }), settings)

      expect(html).toContain('&lt;i&gt;x, near &quot;&gt;&lt;i&gt;')
      expect(html).not.toContain('<i>')
    },
  )
})

describe('every mail', () => {
  it.for(kinds)('of kind %s names the service in its subject and in both parts', (kind, { expect }) => {
    const { subject, text, html } = compose(letter(kind), { ...settings, appName: 'Orchard Books' })

    expect(subject).toContain('Orchard Books')
    expect(text.replaceAll('\n', ' ')).toContain('Orchard Books')
    expect(html).toContain('Orchard Books')
    expect(subject + text + html).not.toContain('Gatehouse')
  })

  it.for(kinds)('of kind %s says the same in both parts', (kind, { expect }) => {
    const { text, html } = compose(letter(kind), settings)
    const paragraphs = [...html.matchAll(/<(?:p|h1) class="text"[^>]*>([^<]+)</g)].map(([, words]) => words)

    expect(paragraphs.length).toBeGreaterThan(2)
    expect(paragraphs.filter((words) => !text.replaceAll('\n', ' ').includes(words!))).toEqual([])
  })

  it.for(kinds)(
    'of kind %s shows hostile settings as they are written (ASVS 1.1.2, 1.2.1, 1.3.7)',
    (kind, { expect }) => {
      const hostile = `x:"><i>{token}`
      const links = Object.fromEntries(
        Object.keys(settings.links).map((name) => [name, hostile]),
      ) as typeof settings.links
      const { html, text } = compose(letter(kind), {
        ...settings,
        appName: `<b>&"'`,
        frontendUrl: `https://a.example/?"'><i>&`,
        links,
      })

      expect(html).not.toMatch(/<[bi]>/)
      expect(html).toContain('&lt;b&gt;&amp;&quot;&#39;')
      expect(html).toContain('href="https://a.example/?&quot;&#39;&gt;&lt;i&gt;&amp;"')
      expect(text).toContain(`<b>&"'`)
    },
  )

  it.for(kinds)(
    'of kind %s keeps a line break of the settings out of its subject (ASVS 1.3.11)',
    (kind, { expect }) => {
      const { subject } = compose(letter(kind), { ...settings, appName: 'Gate\r\nBcc: v@example.org\u0000' })

      expect(subject).toContain('Gate Bcc: v@example.org')
      expect(subject).not.toMatch(/\p{Cc}/u)
    },
  )

  it.for(kinds)('of kind %s has lines of at most 72 characters, except for URLs', (kind, { expect }) => {
    const lines = compose(letter(kind), settings).text.split('\n')

    expect(lines.filter((line) => line.length > 72 && !/^https:\S+$/.test(line))).toEqual([])
  })

  it.for(kinds)('of kind %s loads nothing', (kind, { expect }) => {
    const { html } = compose(letter(kind), settings)

    expect(html).not.toMatch(/<(img|link|script|iframe|table)|url\(|@import|src=/i)
    expect(html).toMatch(/^<!doctype html>\n<html lang="en"/)
  })

  it.for(kinds)('of kind %s does not contain the address it goes to', (kind, { expect }) => {
    const { subject, text, html } = compose(letter(kind), settings)

    expect(subject + text + html).not.toContain('zq73')
  })
})

/** A binding that records mails, and answers as told. */
const binding = (answer: () => Promise<EmailSendResult> = async () => ({ messageId: '<1@example.com>' })) => {
  const sent: unknown[] = []
  const send = (message: unknown) => {
    sent.push(message)
    return answer()
  }
  return { sent, email: { send } as SendEmail }
}

const failing = (code: unknown) =>
  binding(() => Promise.reject(Object.assign(new Error('zq73-kim@example.net is bad'), { code })))

describe('the mailer', () => {
  it('hands both parts to the binding, marked as automatic', async ({ expect }) => {
    const { email, sent } = binding()

    const result = await mailerFor(email)(letter('verify_email'))

    expect(result).toBe('sent')
    expect(sent).toEqual([
      {
        from: { email: 'no-reply@example.com', name: 'Gatehouse' },
        to: 'zq73-kim@example.net',
        ...compose(letter('verify_email'), settings),
        headers: { 'Auto-Submitted': 'auto-generated' },
      },
    ])
  })

  it.for([
    { code: 'E_RATE_LIMIT_EXCEEDED', final: false, rest: 60_000 },
    { code: 'E_INTERNAL_SERVER_ERROR', final: false },
    { code: 'E_DELIVERY_FAILED', final: false },
    { code: 'E_SENDER_NOT_VERIFIED', final: false },
    { code: 'E_SENDER_DOMAIN_NOT_AVAILABLE', final: false },
    { code: 'E_DAILY_LIMIT_EXCEEDED', final: false, rest: 3_600_000 },
    { code: 'E_VALIDATION_ERROR', final: false },
    { code: 'E_RECIPIENT_SUPPRESSED', final: true },
  ])('passes $code on, final: $final', async (failure, { expect }) => {
    expect(await mailerFor(failing(failure.code).email)(letter('verify_email'))).toEqual(failure)
  })

  it.for([undefined, 500, 'ECONNRESET', 'E_TO zq73-kim@example.net', { code: 'E_X' }])(
    'knows nothing of a failure with the code %s',
    async (code, { expect }) => {
      expect(await mailerFor(failing(code).email)(letter('verify_email'))).toEqual({
        code: 'unknown',
        final: false,
      })
    },
  )

  it('does not reject when the binding throws something else, or at once', async ({ expect }) => {
    const { email } = binding(() => {
      throw 'no error at all'
    })

    expect(await mailerFor(email)(letter('verify_email'))).toEqual({ code: 'unknown', final: false })
  })

  it('sends no mail whose link is missing', async ({ expect }) => {
    const { email, sent } = binding()

    expect(await mailerFor(email)({ ...letter('reset_password'), tokens: {} })).toEqual({
      code: 'unknown',
      final: false,
    })
    expect(sent).toEqual([])
  })

  it.for([
    'a@b.example\r\nBcc: v@example.org',
    'a@b.example, v@example.org',
    '"v@example.org x"@b.example',
    'v@x.io<a@e>',
  ])('does not send to %j', async (to, { expect }) => {
    const { email, sent } = binding()

    expect(await mailerFor(email)({ ...letter('verify_email'), to })).toEqual({
      code: 'unsafe_address',
      final: true,
    })
    expect(sent).toEqual([])
  })

  it('keeps a line break out of the name of the sender', async ({ expect }) => {
    const { email, sent } = binding()

    await mailerFor(email, { ...settings, mailFrom: { email: 'a@b.example', name: 'Gate\r\nBcc: v@example.org' } })(
      letter('verify_email'),
    )

    expect(sent).toMatchObject([{ from: { email: 'a@b.example', name: 'Gate Bcc: v@example.org' } }])
  })
})
