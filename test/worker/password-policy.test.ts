import { dictionary } from '@zxcvbn-ts/language-common'
import { describe, it, vi } from 'vitest'
import { AuthError } from '../../src/domain/errors.ts'
import { checkNewPassword, normalizePassword } from '../../src/domain/password-policy.ts'

const anna = { appName: 'Gatehouse', email: 'anna.smith@mail.example.org', name: 'Anna-Maria Müller' }

type Options = { minLength?: number; context?: typeof anna | (Omit<typeof anna, 'name'> & { name: null }) }

/** Returns the refusal; undefined if the password may be set. */
const refusal = async (password: string, { minLength = 8, context = anna }: Options = {}) => {
  try {
    await checkNewPassword(password, { field: 'new_password', minLength, context })
  } catch (error) {
    if (error instanceof AuthError) return error
    throw error
  }
}
const codeFor = async (password: string, options?: Options) => (await refusal(password, options))?.code ?? 'accepted'

describe('the length of a new password', () => {
  it.for([
    { what: '7 characters', password: 'kT9#vqx', code: 'password_too_short' },
    { what: '8 characters', password: 'kT9#vqxw', code: 'accepted' },
    { what: '7 emoji of two UTF-16 units', password: '😀'.repeat(7), code: 'password_too_short' },
    { what: '8 emoji', password: '😀'.repeat(8), code: 'accepted' },
    { what: '8 letters, two of which become one in NFC', password: 'tromboe\u0301', code: 'password_too_short' },
    { what: 'nothing', password: '', code: 'password_too_short' },
  ])('is counted in code points: $what (ASVS 6.2.1, N4)', async ({ password, code }, { expect }) => {
    expect(await codeFor(password)).toBe(code)
  })

  it.for([
    { length: 64, code: 'accepted' },
    { length: 128, code: 'accepted' },
    { length: 256, code: 'accepted' },
    { length: 257, code: 'password_too_long' },
  ])('may be up to 256: $length (ASVS 6.2.9, N2)', async ({ length, code }, { expect }) => {
    const distinct = Array.from({ length }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 37) % 997))).join('')

    expect(await codeFor(distinct)).toBe(code)
  })

  it('is that after NFC: 256 letters of six units each still fit', async ({ expect }) => {
    const decomposed = `${'\u{16d6a}'.normalize('NFD').repeat(128)}${'\u1f87'.normalize('NFD').repeat(128)}`

    expect(decomposed.length).toBe(128 * 6 + 128 * 4)
    expect(await codeFor(decomposed, { context: { ...anna, name: null } })).not.toBe('password_too_long')
  })

  it('is refused before anything is computed when it cannot fit (A-30)', async ({ expect, onTestFinished }) => {
    const normalize = vi.spyOn(String.prototype, 'normalize')
    onTestFinished(() => normalize.mockRestore())

    expect(await codeFor('x'.repeat(16_000))).toBe('password_too_long')
    expect(normalize).not.toHaveBeenCalled()
  })

  it.for([
    { minLength: 15, password: 'brownmugsfalld', code: 'password_too_short' },
    { minLength: 15, password: 'brownmugsfalldo', code: 'accepted' },
  ])(
    'must be at least the setting of $minLength: $password (ASVS 6.2.1, N1)',
    async ({ minLength, password, code }, { expect }) => {
      expect(await codeFor(password, { minLength })).toBe(code)
    },
  )
})

describe('normalizing a password', () => {
  it('composes the same letter typed in two ways', ({ expect }) => {
    expect(normalizePassword('caf\u0065\u0301')).toBe('caf\u00e9')
  })

  it.for([
    { what: 'a full-width letter', password: '\uff21bcdefgh' },
    { what: 'a ligature', password: '\ufb01rst' },
    { what: 'spaces around', password: '  kT9#vqxw  ' },
    { what: 'capital letters', password: 'ABCdef' },
    { what: 'what follows a NUL', password: 'abc\u0000def' },
  ])('leaves $what as it is (ASVS 6.2.8, N5)', ({ password }, { expect }) => {
    expect(normalizePassword(password)).toBe(password)
  })
})

describe('a common password', () => {
  it('is refused, for each of the 3,000 most common of the policy’s length (ASVS 6.2.4, N10)', async ({ expect }) => {
    const most = dictionary['passwords-common'].filter((entry) => entry.length >= 8).slice(0, 3000)

    const accepted = []
    for (const entry of most) if ((await codeFor(entry)) !== 'password_too_common') accepted.push(entry)

    expect(most).toHaveLength(3000)
    expect(accepted).toEqual([])
  })

  it('is refused also if the policy asks for more characters', async ({ expect }) => {
    const most = dictionary['passwords-common'].filter((entry) => entry.length >= 15)

    const accepted = []
    for (const entry of most)
      if ((await codeFor(entry, { minLength: 15 })) !== 'password_too_common') accepted.push(entry)

    expect(most.length).toBeGreaterThan(20)
    expect(accepted).toEqual([])
  })

  it.for([
    ['in capital letters', 'PASSWORD'],
    ['in mixed case', 'TrustNo1'],
    ['with a year and a sign', 'Summer2026!'],
    ['with signs for letters', 'P@$$w0rd!'],
    ['with a sign as its first letter', '$unshine99'],
    ['with spaces', 'let me in 2026'],
    ['with more digits than there are', 'password1234567890123'],
    ['twice', 'passwordpassword'],
    ['twice with its digit', 'trustno1trustno1'],
    ['twice with a space', 'letmein letmein'],
  ])('is refused %s: %s', async ([, password], { expect }) => {
    expect(await codeFor(password!)).toBe('password_too_common')
  })
})

describe('a predictable password', () => {
  it.for([
    'aaaaaaaa',
    'abcabcabc',
    'ABCabcABCabc',
    '12345678',
    '98765432109',
    '123456789012345',
    'abcdefgh1234',
    'qwertyuiopasdfgh',
    'qwertyuiop!!!!!',
    'Qwertyuiop2024!',
    '!!!!!!!!qwerty!!',
    '!@#$%^&*',
    'monkey7monkey7',
    'x'.repeat(256),
  ])('is refused: %s', async (password, { expect }) => {
    expect(await codeFor(password)).toBe('password_too_common')
  })
})

describe('a password made of the account’s own words (ASVS 6.2.11)', () => {
  it.for([
    ['the name of the service', 'gatehouse'],
    ['… with a year and signs', 'gatehouse2026!!!!!!'],
    ['… with signs for letters', 'G4t3h0us3#1'],
    ['… with signs inside', 'gate-house-99'],
    ['… with digits inside', 'gate2026house'],
    ['… with repeated letters', 'gaaatehoussse'],
    ['… with repeated signs', 'gatehouse?????????????????????'],
    ['… with repeated other letters', 'gatehousexxxxxx'],
    ['… twice', 'gatehouse-gatehouse'],
    ['the whole address', 'Anna.Smith@mail.example.org'],
    ['the part before the @', 'anna.smith'],
    ['… padded with digits', 'anna.smith12345'],
    ['… padded with signs', 'anna.smith!!!!!'],
    ['… without its dot', 'annasmith2026'],
    ['a piece of it and a date', 'smith24.12.1987'],
    ['a part of the domain', 'example2026!'],
    ['the name', 'anna-maria müller'],
    ['… without accents', 'MULLER1987!'],
    ['pieces of it in another order', 'SmithAnna99'],
    ['a piece of it padded with one thing again and again', 'anna20262026202'],
  ])('is refused: %s, %s', async ([, password], { expect }) => {
    expect(await codeFor(password!)).toBe('password_too_common')
  })

  it.for([
    ['an address of digits', '49170421', '49170421'],
    ['a name of short pieces', 'li.na', 'LiNa2026!'],
  ])('is refused: %s', async ([, local, password], { expect }) => {
    const context = { appName: 'Gatehouse', email: `${local}@example.org`, name: null }

    expect(await codeFor(password!, { context })).toBe('password_too_common')
    expect(await codeFor(password!, { context: { ...context, email: 'kim@another.net' } })).toBe('accepted')
  })

  it.for(['anna.smith12345', 'muller1987!', 'example2026!'])(
    'is fine for somebody else: %s',
    async (password, { expect }) => {
      const context = { appName: 'Gatehouse', email: 'kim@another.net', name: null }

      expect(await codeFor(password, { context })).toBe('accepted')
    },
  )
})

describe('a password that is long and looks simple', () => {
  it.for([
    ['holds the name of a row of keys', 'my-qwerty-mug-fell-down'],
    ['holds the name of the service', 'my gatehouse has no roof'],
    ['holds a name', 'anna never liked the sea'],
    ['holds a common password', 'a password for the shed'],
    ['is four words', 'correct horse battery staple'],
    ['is fifteen lower-case letters', 'brownmugsfalldo'],
    ['is fifteen digits', '839201746582019'],
    ['is fifteen spaces', ' '.repeat(15)],
    ['is fifteen times the same emoji', '😀'.repeat(15)],
    ['is fifteen emoji', '😀🐙🌍🎺🧦🚲🍋🧊🎲🪁🦔🥁🗿🪴🧲'],
    [
      'is every sign of ASCII',
      Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + ((at * 37) % 95))).join(''),
    ],
    ['ends in a NUL and a letter', 'kT9#vqxw\u0000X'],
    ['is a name and a long number', 'anna839201746583'],
    ['is half a run', 'kT9#1234'],
    ['has a run beside words of its own', 'qwertyuiop brownmug'],
  ])('is accepted: it %s (ASVS 6.2.5, N3, N6, N10)', async ([, password], { expect }) => {
    expect(await codeFor(password!)).toBe('accepted')
  })
})

describe('a refusal of a password', () => {
  it.for([
    { password: 'short', code: 'password_too_short', words: /at least 8 characters/ },
    { password: 'x'.repeat(300), code: 'password_too_long', words: /at most 256 characters/ },
    { password: 'iloveyou', code: 'password_too_common', words: /most common passwords/ },
    { password: 'abcabcabc', code: 'password_too_common', words: /repetition/ },
    { password: 'gatehouse99', code: 'password_too_common', words: /name of this service/ },
  ])('gives its reason and the member it is about: $code (N10)', async ({ password, code, words }, { expect }) => {
    const error = await refusal(password)

    expect(error?.detail).toMatch(words)
    expect(error?.detail).not.toContain(password)
    expect(error?.errors).toEqual([{ field: 'new_password', code, detail: error?.detail }])
  })
})
