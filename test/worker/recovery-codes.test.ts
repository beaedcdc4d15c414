import { describe, it } from 'vitest'
import { codesLeft, matchingCode, newRecoveryCodes, typedRecoveryCode } from '../../src/domain/recovery-codes.ts'

describe('a set of recovery codes', () => {
  it('has ten codes of 120 bits in signs that nobody confuses, and no two are equal (ASVS 6.5.2, 6.5.3, 6.5.4)', ({
    expect,
  }) => {
    const { codes } = newRecoveryCodes()

    expect(codes).toHaveLength(10)
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/)
    // Every sign occurs: 240 of 32 signs leave out a given one with a probability of 1 in 2,000.
    const signs = new Set(Array.from({ length: 10 }, () => newRecoveryCodes().codes.join('')).join(''))
    expect(signs.size).toBe(33)
  })

  it('finds each of its codes at its place, and none of another set', ({ expect }) => {
    const [set, other] = [newRecoveryCodes(), newRecoveryCodes()]
    const typed = (code: string) => typedRecoveryCode(code)!

    expect(set.codes.map((code) => matchingCode({ ...set, used: 0 }, typed(code)))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
    expect(other.codes.map((code) => matchingCode({ ...set, used: 0 }, typed(code)))).toEqual(Array(10).fill(undefined))
    // The id of the set is part of what is hashed.
    expect(matchingCode({ ...set, setId: other.setId, used: 0 }, typed(set.codes[0]!))).toBeUndefined()
  })

  it('finds no code twice, and counts those that are left', ({ expect }) => {
    const set = newRecoveryCodes()
    const used = (1 << 3) | (1 << 9)

    const found = set.codes.map((code) => matchingCode({ ...set, used }, typedRecoveryCode(code)!))

    expect(found).toEqual([0, 1, 2, undefined, 4, 5, 6, 7, 8, undefined])
    expect([codesLeft(0), codesLeft(used), codesLeft(1023)]).toEqual([10, 8, 0])
  })

  it('is stored as hashes alone (ASVS 6.5.2)', ({ expect }) => {
    const { codes, hashes } = newRecoveryCodes()

    for (const hash of hashes) expect(hash).toMatch(/^[\w-]{43}$/)
    expect(hashes.join().toUpperCase()).not.toContain(codes[0]!.slice(0, 9))
  })
})

describe('a typed recovery code', () => {
  const code = '01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ'

  it.for([
    code,
    code.toLowerCase(),
    ` ${code.replaceAll('-', ' ')}\n`,
    'oIAB CDEF GHJK MNPQ RSTV WXYZ',
    'OLABCDEFGHJKMNPQRSTVWXYZ',
  ])('may be %j', (text, { expect }) => {
    expect(typedRecoveryCode(text)).toBe('01ABCDEFGHJKMNPQRSTVWXYZ')
  })

  it.for(['', '123456', code.slice(1), `${code}0`, code.replace('Z', 'U'), code.replace('A', 'Ä')])(
    'is refused if it is %j',
    (text, { expect }) => {
      expect(typedRecoveryCode(text)).toBeUndefined()
    },
  )
})
