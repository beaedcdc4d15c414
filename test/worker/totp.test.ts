import fc from 'fast-check'
import { describe, it } from 'vitest'
import { base32, matchingStep, newSeed, oneTimePassword, otpauthUri, stepOf, typedCode } from '../../src/domain/totp.ts'

/** The secret of the RFCs: these digits, as often as the length needs. */
const secret = (bytes: number) => new TextEncoder().encode('1234567890'.repeat(7).slice(0, bytes))

const at = (seconds: number) => new Date(seconds * 1000)

describe('a one-time password', () => {
  it.for(
    '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'
      .split(' ')
      .map((code, counter) => ({ code, counter })),
  )('of the counter $counter is $code, as RFC 4226 Appendix D lists it', async ({ code, counter }, { expect }) => {
    expect(await oneTimePassword(secret(20), counter)).toBe(code)
  })

  it.for(
    [
      { hash: 'SHA-1', bytes: 20, codes: '94287082 07081804 14050471 89005924 69279037 65353130' },
      { hash: 'SHA-256', bytes: 32, codes: '46119246 68084774 67062674 91819424 90698825 77737706' },
      { hash: 'SHA-512', bytes: 64, codes: '90693936 25091201 99943326 93441116 38618901 47863826' },
    ].flatMap(({ hash, bytes, codes }) =>
      [59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000].map((seconds, index) => ({
        ...{ hash, bytes, seconds },
        code: codes.split(' ')[index]!,
      })),
    ),
  )(
    'at $seconds seconds under $hash is $code, as RFC 6238 Appendix B lists it',
    async ({ hash, bytes, seconds, code }, { expect }) => {
      expect(await oneTimePassword(secret(bytes), stepOf(at(seconds)), 8, hash)).toBe(code)
    },
  )
})

describe('a step', () => {
  const now = at(1_800_000_015)
  const step = stepOf(now)
  const matching = async (of: number, lastStep = 0) =>
    matchingStep(secret(20), await oneTimePassword(secret(20), of), now, lastStep)

  it('is accepted if it is the present one, the one before or the one after (ASVS 6.5.5, 6.5.8)', async ({
    expect,
  }) => {
    const found = await Promise.all([-2, -1, 0, 1, 2].map((by) => matching(step + by)))

    expect(found).toEqual([undefined, step - 1, step, step + 1, undefined])
  })

  it('is refused if it is not newer than the last one (RFC 6238 §5.2, ASVS 6.5.1)', async ({ expect }) => {
    const found = await Promise.all([step - 1, step, step + 1].map((last) => matching(step, last)))

    expect(found).toEqual([step, undefined, undefined])
  })

  it('is the newest one if two have the same code', async ({ expect }) => {
    // A seed for which the steps 1 and 3 have the same code; it was found by trying.
    const seed = new TextEncoder().encode('seed number 1678823.')
    const [first, middle, third] = await Promise.all([1, 2, 3].map((n) => oneTimePassword(seed, n)))

    expect([first === third, first === middle]).toEqual([true, false])
    expect(await matchingStep(seed, first!, at(75), 0)).toBe(3)
    expect(await matchingStep(seed, first!, at(75), 3)).toBeUndefined()
  })
})

describe('a seed', () => {
  it.for([
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('%s is %s in base32, as RFC 4648 §10 lists it without padding', ([text, encoded], { expect }) => {
    expect(base32.encode(new TextEncoder().encode(text))).toBe(encoded)
    expect(new TextDecoder().decode(base32.decode(encoded!))).toBe(text)
  })

  it('is the same after base32, whatever its bytes', ({ expect }) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        expect([...base32.decode(base32.encode(bytes))!]).toEqual([...bytes])
      }),
    )
    for (const text of ['', 'MY======', 'my', 'M1', 'MÝ']) expect(base32.decode(text)).toBeUndefined()
  })

  it('has 160 random bits (RFC 4226 §4 R6)', ({ expect }) => {
    const [one, other] = [newSeed(), newSeed()]

    expect(one).toMatch(/^[A-Z2-7]{32}$/)
    expect(other).not.toBe(one)
  })
})

describe('a typed code', () => {
  it.for(['123456', ' 123 456 ', '12\u00a03456', '1 2 3 4 5 6\n'])('may be %j', (text, { expect }) => {
    expect(typedCode(text)).toBe('123456')
  })

  it.for(['', '12345', '1234567', '12345a', '１２３４５６', '123-456', '-12345', '123456,'])(
    'is refused if it is %j',
    (text, { expect }) => {
      expect(typedCode(text)).toBeUndefined()
    },
  )
})

it('the URI of a seed names the service and the account, percent-encoded', ({ expect }) => {
  const uri = otpauthUri('MZXW6', 'Ada & Co: shop', 'ada+1@example.com')

  expect(uri).toBe(
    'otpauth://totp/Ada%20%26%20Co%3A%20shop:ada%2B1%40example.com?secret=MZXW6&issuer=Ada%20%26%20Co%3A%20shop',
  )
})
