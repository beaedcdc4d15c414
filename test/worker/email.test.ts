import fc from 'fast-check'
import { describe, it } from 'vitest'
import { faultOf, parseEmail, parseNewEmail } from '../../src/domain/email.ts'
import { quickest } from '../support/app/fastest-of.ts'

const canonicalOf = (text: string) => parseEmail(text)?.canonical

describe('an e-mail address', () => {
  it.for([
    { text: 'ada@example.com', address: 'ada@example.com', canonical: 'ada@example.com' },
    { text: 'Ada.Lovelace@Example.COM', address: 'Ada.Lovelace@Example.COM', canonical: 'ada.lovelace@example.com' },
    { text: '  ada@example.com ', address: 'ada@example.com', canonical: 'ada@example.com' },
    { text: 'ada+1@example.com', address: 'ada+1@example.com', canonical: 'ada+1@example.com' },
    { text: "o'brien@example.com", address: "o'brien@example.com", canonical: "o'brien@example.com" },
    { text: 'a@x.io', address: 'a@x.io', canonical: 'a@x.io' },
    { text: 'Ada@Bücher.example', address: 'Ada@xn--bcher-kva.example', canonical: 'ada@xn--bcher-kva.example' },
    {
      text: 'ada@xn--bcher-kva.example',
      address: 'ada@xn--bcher-kva.example',
      canonical: 'ada@xn--bcher-kva.example',
    },
    {
      text: 'ada@straße.example',
      address: 'ada@xn--strae-oqa.example',
      canonical: 'ada@xn--strae-oqa.example',
    },
    { text: 'ada@a-b.co.uk', address: 'ada@a-b.co.uk', canonical: 'ada@a-b.co.uk' },
  ])('is $canonical when $text is typed (A-25)', ({ text, address, canonical }, { expect }) => {
    const email = parseEmail(text)

    expect(email).toEqual({ address, canonical })
  })

  it.for([
    { one: 'Ada@Example.com', other: 'aDA@eXAMPLE.COM' },
    { one: 'ada@bücher.example', other: 'ada@BÜCHER.example' },
    { one: 'ada@bücher.example', other: 'ada@xn--bcher-kva.example' },
  ])('is the same account as $one when written $other (A-25)', ({ one, other }, { expect }) => {
    const both = [canonicalOf(one), canonicalOf(other)]

    expect(both[0]).toBeDefined()
    expect(both[0]).toBe(both[1])
  })

  it.for([
    ['\tada@example.com', 'a tab'],
    ['ada@example.com\r\n', 'a line break'],
    ['\u00a0ada@example.com\u202f', 'spaces that do not break'],
    ['\u3000ada@example.com', 'an ideographic space'],
    ['\u200bada@example.com\ufeff', 'zero-width spaces'],
    ['\u2068ada@example.com\u2069', 'isolates, as a contact is copied'],
    ['ada@example.com\u200f', 'a right-to-left mark'],
    ['mailto:ada@example.com', 'the scheme of a link'],
    [' MailTo:ada@example.com?subject=Hello%20Ada', 'the scheme of a link and a subject'],
    ['mailto:ada%40example.com', 'the scheme of a link, and @ escaped'],
  ] as const)('is the same in %j, pasted with %s (A-25)', ([text], { expect }) => {
    expect(parseEmail(text)).toEqual({ address: 'ada@example.com', canonical: 'ada@example.com' })
  })

  it.for([
    ['ada@paral\u00b7lel.example', 'xn--parallel-koa.example', 'a middle dot between two l'],
    ['ada@نامه\u200cای.example', 'xn--mgba3gch31f060k.example', 'a Persian non-joiner'],
    ['ada@क्\u200dष.example', 'xn--11b2ezcw70k.example', 'a Devanagari joiner'],
    ['ada@נת\u05f4פ.example', 'xn--lebir4b.example', 'a Hebrew gershayim'],
    ['ada@ג\u05f3.example', 'xn--6db0e.example', 'a Hebrew geresh'],
    ['ada@ア\u30fbイ.example', 'xn--ccke4x.example', 'a katakana middle dot'],
    ['ada@Bu\u0308cher.example', 'xn--bcher-kva.example', 'a diaeresis of its own'],
    ['ada@α\u0375β.example', 'xn--wva3je.example', 'a Greek keraia'],
  ] as const)('is read as IDNA has it: %s is at %s, with %s (RFC 5892)', ([text, domain], { expect }) => {
    const email = parseEmail(text)

    expect(email?.canonical).toBe(`ada@${domain}`)
    expect(parseNewEmail(`ada@${domain}`)).toEqual(email)
  })

  it.for([
    ['ada@a\u00b7b.example', 'a middle dot between other letters'],
    ['ada@l\u00b7.example', 'a middle dot at the end'],
    ['ada@a\u200cb.example', 'a non-joiner between Latin letters'],
    ['ada@a\u200db.example', 'a joiner between Latin letters'],
    ['ada@a\u05f4b.example', 'a gershayim behind a Latin letter'],
    ['ada@a\u30fbb.example', 'a katakana middle dot among Latin letters'],
    ['ada@α\u0375.example', 'a keraia at the end'],
    ['ada@\u0661\u06f1.example', 'digits of two Arabic kinds'],
  ] as const)('is refused as IDNA has it: %s, with %s (RFC 5892)', ([text], { expect }) => {
    expect(parseEmail(text)).toBeUndefined()
  })

  it.for([
    ['=?utf-8?q?ada=40evil.example?=@example.com', 'an encoded word'],
    ['=?x@example.com', 'the beginning of one'],
    ['ada=40evil.example@example.com', 'a quoted-printable @'],
    ['ada=3Eeve@example.com', 'a quoted-printable bracket'],
    ['ada%evil.example@example.com', 'the percent hack'],
    ['ada%40evil.example@example.com', 'a percent escape'],
    ['evil.example!ada@example.com', 'a bang path'],
    ['|cat@example.com', 'a pipe'],
    ['ada|x@example.com', 'a pipe inside'],
    ['`id`@example.com', 'backticks'],
    ['${run{id}}@example.com', 'an expansion'],
    ['{ada,eve}@example.com'.replace(',', ''), 'braces'],
    ['-oQ@example.com', 'an option'],
    ['/dev/null@example.com', 'a file'],
    ['ada@xn--0.example', 'an A-label that stands for nothing'],
    ['ada@xn--xn---epa.example', 'an A-label that stands for an A-label'],
  ] as const)('that is %s may be on file and is never a new one: %s (ASVS 1.3.11)', ([text], { expect }) => {
    expect(parseEmail(text)?.address).toBe(text)
    expect(parseNewEmail(text)).toBeUndefined()
    expect(faultOf(text)).toMatch(/^is one that mail servers read differently/)
  })

  it.for([
    "o'brien@example.com",
    'r&d@example.com',
    'ada+tag@example.com',
    'a=b@example.com',
    'a-b@example.com',
    'a/b@example.com',
    '_ada_@example.com',
    '#1@example.com',
    '$ada@example.com',
    'who?@example.com',
    '*ada~^@example.com',
    'ada@xn--i-7iq.ws',
  ])('may be new: %s', (text, { expect }) => {
    expect(parseNewEmail(text)?.address).toBe(text)
  })

  it.for([
    ['jörg@example.com', /not supported/],
    ['李明@example.cn', /not supported/],
    ['\u212aate@example.com', /not supported/],
    ['ada@exa mple.com', /^is not an e-mail address$/],
    ['ada', /^is not an e-mail address$/],
    ['jörg', /^is not an e-mail address$/],
    ['Jörg <j@example.com>', /^is not an e-mail address$/],
  ] as const)('is refused for what it is: %s, %s', ([text, sentence], { expect }) => {
    expect(parseEmail(text)).toBeUndefined()
    expect(faultOf(text)).toMatch(sentence)
  })

  it.for([
    { one: 'ada@example.com', other: 'ada+1@example.com' },
    { one: 'ada@example.com', other: 'a.da@example.com' },
    { one: 'ada@example.com', other: 'ada@ex\u0430mple.com', why: 'a Cyrillic a' },
    { one: 'ada@example.com', other: 'ada@\u0435xample.com', why: 'a Cyrillic e' },
    { one: 'ada@strasse.example', other: 'ada@straße.example' },
    { one: 'ada@mike.example', other: 'ada@m\u0131ke.example', why: 'a dotless i' },
  ])('$one is another account than $other (A-25)', ({ one, other }, { expect }) => {
    const both = [canonicalOf(one), canonicalOf(other)]

    expect(both).not.toContain(undefined)
    expect(both[0]).not.toBe(both[1])
  })

  it.for([
    { text: '\u212aate@example.com', why: 'a Kelvin sign for k' },
    { text: 'm\u0131ke@example.com', why: 'a dotless i' },
    { text: '\u0130da@example.com', why: 'a dotted capital I' },
    { text: '\ufb01ona@example.com', why: 'a ligature for fi' },
    { text: 'ada\uff20example.com', why: 'a fullwidth @' },
    { text: 'ada@example.com\uff20example.org', why: 'a fullwidth @ in the domain' },
    { text: 'ada@\u212aelvin.example', why: 'a Kelvin sign in the domain' },
    { text: 'ada@exam\u200bple.com', why: 'a zero-width space' },
    { text: 'ada\u200d@example.com', why: 'a zero-width joiner' },
    { text: 'ada@example\u00ad.com', why: 'a soft hyphen' },
    { text: '\u202eada@example.com', why: 'a right-to-left override' },
    { text: 'jörg@example.com', why: 'a local part beyond ASCII' },
    { text: 'ada@example\u3002com', why: 'an ideographic full stop' },
    { text: 'ada@example\uff0ecom', why: 'a fullwidth full stop' },
  ])('with $why is refused (A-25)', ({ text }, { expect }) => {
    const email = parseEmail(text)

    expect(email).toBeUndefined()
  })

  it.for([
    { text: 'a@evil.example,v@example.com', why: 'a comma' },
    { text: 'a@evil.example;v@example.com', why: 'a semicolon' },
    { text: '"v@example.com x"@evil.example', why: 'a quoted local part' },
    { text: '"ada"@example.com', why: 'quotes' },
    { text: 'v@example.com<a@evil.example>', why: 'angle brackets' },
    { text: '<ada@example.com>', why: 'angle brackets around it' },
    { text: 'Ada <ada@example.com>', why: 'a name before it' },
    { text: 'ada(comment)@example.com', why: 'a comment' },
    { text: 'ada@(comment)example.com', why: 'a comment in the domain' },
    { text: 'ada@example.com.', why: 'a full stop at its end' },
    { text: 'ada@.example.com', why: 'an empty label' },
    { text: 'ada@example..com', why: 'two full stops in the domain' },
    { text: '.ada@example.com', why: 'a full stop at its start' },
    { text: 'ada.@example.com', why: 'a full stop before the @' },
    { text: 'a..da@example.com', why: 'two full stops' },
    { text: 'ada@[127.0.0.1]', why: 'an address literal' },
    { text: 'ada@[IPv6:::1]', why: 'an IPv6 literal' },
    { text: 'ada@127.0.0.1', why: 'an IPv4 address' },
    { text: 'ada@0x7f.1', why: 'a number that is an IPv4 address' },
    { text: 'ada@localhost', why: 'a domain without a full stop' },
    { text: 'ada@-example.com', why: 'a hyphen before the label' },
    { text: 'ada@example-.com', why: 'a hyphen after the label' },
    { text: 'ada@exa_mple.com', why: 'an underscore in the domain' },
    { text: 'ada@example.com:25', why: 'a port' },
    { text: 'ada@example.com/x', why: 'a path' },
    { text: 'ada@example.com?x', why: 'a query' },
    { text: 'ada@example.com#x', why: 'a fragment' },
    { text: 'ada@exa%6dple.com', why: 'a percent escape' },
    { text: 'ada@user@example.com', why: 'two @' },
    { text: '@example.com', why: 'no local part' },
    { text: 'ada@', why: 'no domain' },
    { text: 'ada', why: 'no @' },
    { text: 'a da@example.com', why: 'a space' },
    { text: 'ada @example.com', why: 'a space before the @' },
    { text: 'mailto:', why: 'a scheme and nothing else' },
    { text: 'mailto:ada%0A@example.com', why: 'a line break behind a scheme' },
    { text: 'mailto:a%4@example.com', why: 'half an escape behind a scheme' },
    { text: 'http:ada@example.com', why: 'another scheme' },
    { text: '', why: 'nothing' },
    { text: '@', why: 'an @ alone' },
  ])('with $why is refused (A-25a)', ({ text }, { expect }) => {
    const email = parseEmail(text)

    expect(email).toBeUndefined()
  })

  it.for([
    { text: 'ada@example.com\r\nBcc: v@example.com', why: 'a line break' },
    { text: 'ada\u0000@example.com', why: 'a NUL' },
    { text: 'ada@example.com\u0000.org', why: 'a NUL in the domain' },
    { text: 'ada\t@example.com', why: 'a tab' },
    { text: 'ada\u00a0@example.com', why: 'a no-break space' },
    { text: 'ada@example.com\u0000', why: 'a NUL at its end' },
    { text: 'ada@example\u0085.com', why: 'a next line' },
    { text: 'ada\ud800@example.com', why: 'half a surrogate pair' },
    { text: 'ada@exa\ud800mple.com', why: 'half a surrogate pair in the domain' },
  ])('with $why is refused (A-26, ASVS 1.3.11)', ({ text }, { expect }) => {
    const email = parseEmail(text)

    expect(email).toBeUndefined()
  })

  it.for([
    { what: 'a local part of 64 characters', text: `${'a'.repeat(64)}@example.com`, accepted: true },
    { what: 'a local part of 65 characters', text: `${'a'.repeat(65)}@example.com`, accepted: false },
    { what: 'a label of 63 characters', text: `ada@${'a'.repeat(63)}.com`, accepted: true },
    { what: 'a label of 64 characters', text: `ada@${'a'.repeat(64)}.com`, accepted: false },
    { what: '254 characters', text: `ada@${'a.'.repeat(123)}comm`, accepted: true },
    { what: '255 characters', text: `ada@${'a.'.repeat(123)}commm`, accepted: false },
    {
      what: '200 characters whose A-label form has more than 254',
      text: `ada@${'ü.'.repeat(96)}example`,
      accepted: false,
    },
  ])('with $what is accepted: $accepted (A-25a)', ({ text, accepted }, { expect }) => {
    const email = parseEmail(text)

    expect(email !== undefined).toBe(accepted)
  })

  it('is read in no time, however hostile (ASVS 1.3.12)', async ({ expect }) => {
    const hostile = ['a'.repeat(50_000), 'a.'.repeat(25_000), `${'a'.repeat(50_000)}!`, `a@${'a-'.repeat(25_000)}`]
    let read: unknown

    const took = await quickest(50, () => {
      read = hostile.map(parseEmail)
    })

    expect(read).toEqual([undefined, undefined, undefined, undefined])
    expect(took).toBeLessThan(50)
  })

  it('has one form, however it is written (A-25)', ({ expect }) => {
    const local = fc.string({ unit: fc.constantFrom(...'abzABZ019.+-_'), minLength: 1, maxLength: 8 })
    const label = fc.string({ unit: fc.constantFrom(...'abzABZ019ßüÜ\u0430\u0131\u674e'), minLength: 1, maxLength: 8 })
    const written = fc.tuple(local, label, label).map(([name, sub, top]) => `${name}@${sub}.${top}`)
    let read = 0

    fc.assert(
      fc.property(written, (text) => {
        const email = parseEmail(text)
        if (!email) return
        read++
        expect(parseEmail(email.address)).toEqual(email)
        expect(parseEmail(email.canonical)).toEqual({ address: email.canonical, canonical: email.canonical })
        expect(email.canonical).toMatch(/^[a-z0-9.+_-]+@[a-z0-9.-]+$/)
      }),
      { numRuns: 1000 },
    )
    expect(read).toBeGreaterThan(200)
  })

  it('is never made of text that has what parsers trip over (A-25a, A-26)', ({ expect }) => {
    const unit = fc.constantFrom(...'aA1.-@ ,;<>"()[]:\\\r\n\0\u200b\u212a\uff20')
    const around = fc.string({ unit, maxLength: 6 })
    const written = fc.tuple(around, around, around).map(([one, two, three]) => `${one}a@${two}x${three}.io`)

    fc.assert(
      fc.property(written, (text) => {
        const email = parseEmail(text)
        expect(email?.address ?? 'a@x.io').toMatch(/^[A-Za-z0-9.-]+@[A-Za-z0-9.-]+$/)
      }),
      { numRuns: 1000 },
    )
  })
})
