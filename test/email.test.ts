import fc from 'fast-check'
import { describe, it } from 'vitest'
import { parseEmail } from '../src/domain/email.ts'
import { quickest } from './quickest.ts'

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
    { text: 'ada@example.com\u200f', why: 'a right-to-left mark' },
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
    { text: 'mailto:ada@example.com', why: 'a scheme' },
    { text: '', why: 'nothing' },
    { text: '@', why: 'an @ alone' },
  ])('with $why is refused (A-25a)', ({ text }, { expect }) => {
    const email = parseEmail(text)

    expect(email).toBeUndefined()
  })

  it.for([
    { text: 'ada@example.com\r\nBcc: v@example.com', why: 'a line break' },
    { text: 'ada@example.com\n', why: 'a line feed at its end' },
    { text: 'ada\u0000@example.com', why: 'a NUL' },
    { text: 'ada@example.com\u0000.org', why: 'a NUL in the domain' },
    { text: 'ada\t@example.com', why: 'a tab' },
    { text: '\u00a0ada@example.com', why: 'a no-break space before it' },
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
