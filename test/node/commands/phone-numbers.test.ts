import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { parsePhone } from '../../../src/domain/phone.ts'

const { country_calling_codes, countries, nonGeographic } = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('libphonenumber-js/metadata.min.json'), 'utf8'),
) as Record<'country_calling_codes' | 'countries' | 'nonGeographic', Record<string, unknown[]>>

/** Parses with the whole of the library's metadata. */
const byAll = (text: string) => {
  const parsed = parsePhoneNumberFromString(text, { extract: false })
  return parsed?.isPossible() && !parsed.ext ? parsed.number : undefined
}

/** Digits that look random and are the same in every run: MINSTD. */
let seed = 1
const digits = (count: number) =>
  Array.from({ length: count }, () => {
    seed = (seed * 48271) % 2147483647
    return seed % 10
  }).join('')

/**
 * Returns what a number may begin with after its calling code: nothing, national prefixes, digits that identify a
 * country.
 */
const beginnings = (code: string) => {
  const plans = (country_calling_codes[code] ?? []).map((country) => countries[country as string]!)
  return new Set([
    '',
    '0',
    '1',
    '8',
    ...plans.flatMap((plan) => [plan[5], plan[10]]).filter((text) => /^\d+$/.test(`${text}`)),
  ])
}

const numbersOf = (code: string) =>
  [...beginnings(code)].flatMap((beginning) =>
    Array.from({ length: 16 }, (_, length) => `+${code}${beginning}${digits(length)}`),
  )

/**
 * Numbers for which the countries of one code differ in the allowed length: each country's first digits, and each
 * length.
 */
const contested = [
  '+1310',
  '+1268',
  '+4474576',
  '+441624',
  '+447524',
  '+441534',
  '+2908',
  '+2902',
  '+5993',
  '+5999',
  '+61891',
]

describe('a phone number', () => {
  const codes = [...Object.keys(country_calling_codes), ...Object.keys(nonGeographic)]

  it('is judged and stored as by the whole metadata of the library, in every country and length', async () => {
    const numbers = [
      ...codes.flatMap((code) => [...numbersOf(code), ...numbersOf(code)]),
      ...contested.flatMap((beginning) =>
        Array.from({ length: 600 }, (_, index) => `${beginning}${digits(1 + (index % 8))}`),
      ),
      ...Array.from({ length: 999 }, (_, code) => `+${code + 1}${digits(9)}`),
    ]
    const wrong: string[] = []
    let possible = 0
    for (const number of numbers) {
      const expected = byAll(number)
      if (expected) possible++
      if ((await parsePhone(number)) !== expected) wrong.push(number)
    }

    assert.ok(codes.length > 200)
    assert.ok(possible > 5_000 && numbers.length - possible > 10_000, `${possible} of ${numbers.length} are possible`)
    assert.deepEqual(wrong, [])
  })

  it('is read as by the library however it is written, and refused with an extension', async () => {
    const between = [
      '',
      '',
      '',
      ' ',
      '-',
      '.',
      '/',
      '(',
      ')',
      '~',
      '\u2013',
      '[',
      ']',
      '\uff5e',
      '\u223c',
      '\uff0e',
      '  ',
    ]
    const behind = [
      '',
      '',
      '',
      ' ext 12',
      '#12',
      'x3',
      ';ext=4',
      ',,5',
      ' 910#',
      ';isub=1',
      ' ~12',
      ' ~ .12345',
      '~',
      'a',
      '+',
    ]
    const zeros = [0x30, 0x30, 0x30, 0x30, 0xff10, 0x0660, 0x06f0]
    const one = <T>(all: T[]) => all[Number(digits(5)) % all.length]!
    const written = (number: string) =>
      `+${[...number].map((digit) => String.fromCharCode(one(zeros) + Number(digit)) + one(between)).join('')}${one(behind)}`.trim()
    const texts = codes.flatMap((code) => numbersOf(code).map((number) => written(number.slice(1))))
    const wrong: string[] = []
    let possible = 0
    for (const text of texts) {
      const expected = byAll(text)
      if (expected) possible++
      if ((await parsePhone(text)) !== expected) wrong.push(text)
    }

    assert.ok(possible > 1_000, `${possible} of ${texts.length} are possible`)
    assert.deepEqual(wrong, [])
  })
})
