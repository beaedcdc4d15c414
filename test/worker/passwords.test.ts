import { scryptSync } from 'node:crypto'
import { scrypt } from '@noble/hashes/scrypt.js'
import { base64url } from 'jose'
import { describe, it } from 'vitest'
import { createGate } from '../../src/domain/gate.ts'
import { createPasswords } from '../../src/domain/passwords.ts'
import { hashScrypt, parseScrypt, verifyScrypt } from '../../src/domain/scrypt.ts'
import { bytes, vectors } from '../support/app/scrypt-vectors.ts'
import { codeOf, linkIn, logIn, member, register, signedInUser, someAddress, startApp } from '../support/app/support.ts'
import { faulty } from '../support/faults/faulty.ts'
import { logged } from './setup.ts'

const utf8 = new TextEncoder()
const cheap = { ln: 1, r: 8, p: 1 }
const full = { ln: 15, r: 8, p: 3 }
const salt = 'c2l4dGVlbmJ5dGVzc2FsdA'
const hash = 'A'.repeat(43)

/** Returns the stored password of the address. */
const stored = async (app: ReturnType<typeof startApp>, email: string) =>
  app.db.prepare('select password from users where email = ?').bind(email).first<string | null>('password')

describe('scrypt', () => {
  it.for(vectors)(
    'derives what RFC 7914 §12 says of "$password" (ASVS 11.4.2)',
    ({ password, salt, cost, derived }, { expect }) => {
      const key = scrypt(password, salt, { N: 2 ** cost.ln, r: cost.r, p: cost.p, dkLen: 64 })

      expect(key).toEqual(bytes(derived))
    },
  )

  // PBKDF2 with SHA-256 makes blocks of 32 bytes, so that a key of 32 is the first half of one of 64.
  it.for(vectors)(
    'verifies the vector of "$password", and no other password',
    ({ password, salt, cost, derived }, { expect }) => {
      const phc = { ...cost, salt: Uint8Array.from(utf8.encode(salt)), hash: bytes(derived.slice(0, 64)) }

      const right = verifyScrypt(password, phc)
      const wrong = verifyScrypt(`${password}x`, phc)

      expect([right, wrong]).toEqual([true, false])
    },
  )

  it('computes the same bytes as node:crypto', ({ expect }) => {
    const phc = parseScrypt(hashScrypt('correct horse', { ln: 10, r: 8, p: 3 }))!

    const native = scryptSync('correct horse', phc.salt, 32, { N: 2 ** 10, r: 8, p: 3 })

    expect(new Uint8Array(native)).toEqual(phc.hash)
  })
})

describe('a stored hash', () => {
  it('is a PHC string with sixteen bytes of salt, never the same twice (N14)', ({ expect }) => {
    const [one, other] = [hashScrypt('correct horse', cheap), hashScrypt('correct horse', cheap)]

    expect(one).toMatch(/^\$scrypt\$ln=1,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(other)
    expect(parseScrypt(one)?.salt).toHaveLength(16)
  })

  it('is read as it was written', ({ expect }) => {
    const phc = parseScrypt(`$scrypt$ln=15,r=8,p=3$${salt}$${hash}`)

    expect(phc).toEqual({ ...full, salt: utf8.encode('sixteenbytessalt'), hash: new Uint8Array(32) })
  })

  it.for([
    { stored: '', why: 'nothing' },
    { stored: 'correct horse', why: 'a password in the clear' },
    { stored: `$scrypt$ln=31,r=8,p=1$${salt}$${hash}`, why: '2 TiB of memory' },
    { stored: `$scrypt$ln=15,r=1024,p=1$${salt}$${hash}`, why: 'a large r' },
    { stored: `$scrypt$ln=15,r=1,p=1$${salt}$${hash}`, why: 'another r' },
    { stored: `$scrypt$ln=15,r=8,p=11$${salt}$${hash}`, why: 'eleven passes' },
    { stored: `$scrypt$ln=15,r=8,p=999$${salt}$${hash}`, why: '999 passes' },
    { stored: `$scrypt$ln=0,r=8,p=1$${salt}$${hash}`, why: 'an N of one' },
    { stored: `$scrypt$ln=15,r=8,p=0$${salt}$${hash}`, why: 'no pass' },
    { stored: `$scrypt$ln=015,r=8,p=3$${salt}$${hash}`, why: 'a leading zero' },
    { stored: `$scrypt$ln=-15,r=8,p=3$${salt}$${hash}`, why: 'a negative number' },
    { stored: `$scrypt$ln=1e1,r=8,p=3$${salt}$${hash}`, why: 'an exponent' },
    { stored: `$scrypt$ln=32768,r=8,p=3$${salt}$${hash}`, why: 'N in place of its logarithm' },
    { stored: `$scrypt$r=8,ln=15,p=3$${salt}$${hash}`, why: 'another order' },
    { stored: `$scrypt$ln=15,r=8$${salt}$${hash}`, why: 'a parameter missing' },
    { stored: `$scrypt$ln=15,r=8,p=3,x=1$${salt}$${hash}`, why: 'a parameter too many' },
    { stored: `$scrypt$ln=15,r=8,p=3$$${hash}`, why: 'no salt' },
    { stored: `$scrypt$ln=15,r=8,p=3$c2l4$${hash}`, why: 'a short salt' },
    { stored: `$scrypt$ln=15,r=8,p=3$${'A'.repeat(87)}$${hash}`, why: 'a long salt' },
    { stored: `$scrypt$ln=15,r=8,p=3$${'A'.repeat(13)}$${hash}`, why: 'a salt of no number of bytes' },
    { stored: `$scrypt$ln=15,r=8,p=3$${salt}==$${hash}`, why: 'padding' },
    { stored: `$scrypt$ln=15,r=8,p=3$${salt}`, why: 'no hash' },
    { stored: `$scrypt$ln=15,r=8,p=3$${salt}$${hash.slice(1)}`, why: 'a short hash' },
    { stored: `$scrypt$ln=15,r=8,p=3$${salt}$${hash}A`, why: 'a long hash' },
    { stored: `$scrypt$ln=15,r=8,p=3$${salt}$${hash.slice(1)}-`, why: 'base64url' },
    { stored: ` $scrypt$ln=15,r=8,p=3$${salt}$${hash}`, why: 'a space before it' },
    { stored: `$scrypt$ln=15,r=8,p=3$${salt}$${hash}\n`, why: 'a line break behind it' },
    { stored: `$SCRYPT$ln=15,r=8,p=3$${salt}$${hash}`, why: 'capitals' },
  ])('with $why is not read, and matches no password (A-33, ASVS 11.2.5)', async ({ stored }, { expect }) => {
    const hashing = createPasswords(cheap, createGate())

    const matches = [await hashing.verify('correct horse', stored), await hashing.verify('', stored)]

    expect(parseScrypt(stored)).toBeUndefined()
    expect(matches).toEqual([false, false])
  })

  it('that cannot be read is a wrong password to whoever logs in (A-33, ASVS 11.2.5)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    await app.db
      .prepare('update users set password = ? where email = ?')
      .bind(`$scrypt$ln=31,r=8,p=1$${salt}$${hash}`, email)
      .run()

    const refused = await app.call('POST /api/auth/login', { json: { email, password: 'correct horse' } })

    expect(refused.status).toBe(401)
    expect(await codeOf(refused)).toBe('invalid_credentials')
    expect(logged()).toEqual([expect.stringMatching(/"at":"a stored password".*"format":"\$scrypt"/)])
  })

  it('of nobody matches no password', async ({ expect }) => {
    const hashing = createPasswords(cheap, createGate())

    const matches = [await hashing.verify('', null), await hashing.verify('', undefined)]

    expect(matches).toEqual([false, false])
  })

  const seed = base64url.encode(new Uint8Array(32).fill(7))

  it('is the same for two who find none on file, as a double click does', async ({ expect }) => {
    const hashing = createPasswords(cheap, createGate())

    const [one, same] = [await hashing.hashLike('a horse', null, seed), await hashing.hashLike('a horse', null, seed)]
    const elsewhere = await hashing.hashLike('a horse', null, base64url.encode(new Uint8Array(32).fill(8)))

    expect(same).toBe(one)
    expect(elsewhere.split('$')[3]).not.toBe(one.split('$')[3])
  })

  it('is made again with the same salt to tell whether a password is the one on file', async ({ expect }) => {
    const hashing = createPasswords(cheap, createGate())
    const first = await hashing.hash('correct horse')

    const same = await hashing.hashLike('correct horse', first, seed)
    const other = await hashing.hashLike('another horse', first, seed)

    expect(same).toBe(first)
    expect(other).not.toBe(first)
  })
})

describe('a password at full cost', () => {
  it.for([
    { what: 'the setting left out', PASSWORD_SCRYPT: undefined },
    { what: 'the setting given', PASSWORD_SCRYPT: 'ln=15,r=8,p=3' },
  ])(
    'lets its owner in and nobody else, with $what (ASVS 11.4.2)',
    { timeout: 30_000 },
    async ({ PASSWORD_SCRYPT }, { expect }) => {
      const app = startApp({ vars: { PASSWORD_SCRYPT } })
      const email = someAddress()
      await register(app, email, 'correct horse battery')
      await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })

      const wrong = await app.call('POST /api/auth/login', { json: { email, password: 'correct horse batterx' } })
      const right = await app.call('POST /api/auth/login', { json: { email, password: 'correct horse battery' } })

      expect([wrong.status, right.status]).toEqual([401, 200])
      expect(await stored(app, email)).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    },
  )
})

describe('a password is taken as it was typed', () => {
  const ascii = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('')

  it.for([
    { what: 'all printing ASCII (N3)', password: ascii },
    { what: 'spaces at both ends (ASVS 6.2.8)', password: '  correct horse  ' },
    { what: 'fifteen spaces (ASVS 6.2.5)', password: ' '.repeat(15) },
    { what: 'fifteen emoji (N4)', password: '😀🎈🌍🐎🔋📎🍕🚲🎻🧊🌵🐙🪁🧭🎲' },
    { what: 'a NUL (A-26)', password: 'correct horse\u0000battery' },
    { what: '64 characters (ASVS 6.2.9)', password: `${'horse battery '.repeat(4)}staple!!` },
    { what: '256 code points beyond the BMP (ASVS 6.2.9)', password: '𝒽𝑜𝓇𝓈𝑒𝒷𝒶𝓉'.repeat(32).replace(/.$/u, '🐎') },
  ])('with $what', async ({ password }, { expect }) => {
    const app = startApp()
    const email = someAddress()
    const registered = await register(app, email, password)
    await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })

    const entered = await app.call('POST /api/auth/login', { json: { email, password } })

    expect([registered.status, entered.status]).toEqual([201, 200])
  })

  const long = (length: number, last: string) => `${'horse battery staple '.repeat(13).slice(0, length - 1)}${last}`
  it.for([
    { what: 'another case', set: 'Correct horse battery', tried: 'correct horse battery' },
    { what: 'a space behind it', set: 'correct horse battery', tried: 'correct horse battery ' },
    { what: 'no space behind it', set: 'correct horse battery ', tried: 'correct horse battery' },
    { what: 'another 65th character', set: long(65, 'x'), tried: long(65, 'y') },
    { what: 'another 73rd byte', set: long(73, 'x'), tried: long(73, 'y') },
    { what: 'another 129th character', set: long(129, 'x'), tried: long(129, 'y') },
    { what: 'another 256th character', set: long(256, 'x'), tried: long(256, 'y') },
    { what: 'only the first 72 bytes', set: long(100, 'x'), tried: long(100, 'x').slice(0, 72) },
    { what: 'something else behind a NUL', set: 'horse battery\u0000X', tried: 'horse battery\u0000Y' },
    { what: 'what stands before its NUL', set: 'horse battery\u0000X', tried: 'horse battery' },
    { what: 'fullwidth letters in ASCII (N5)', set: 'ＡＢＸＺ battery horse', tried: 'ABXZ battery horse' },
    { what: 'a ligature written apart (N5)', set: 'ﬁnd the battery horse', tried: 'find the battery horse' },
  ])('so $what is another one (ASVS 6.2.8, N9)', async ({ set, tried }, { expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email, set)
    await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })

    const wrong = await app.call('POST /api/auth/login', { json: { email, password: tried } })
    const right = await app.call('POST /api/auth/login', { json: { email, password: set } })

    expect([wrong.status, right.status]).toEqual([401, 200])
  })

  it('except that composed and decomposed letters are the same (N5)', async ({ expect }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email, 'caf\u00e9 horse battery')
    await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })

    const entered = await app.call('POST /api/auth/login', { json: { email, password: 'cafe\u0301 horse battery' } })

    expect(entered.status).toBe(200)
  })
})

describe('a hash of another cost', () => {
  const password = 'a passphrase for tests'

  it('is replaced at a log-in, and still fits the password (N14)', async ({ expect }) => {
    const before = startApp({ vars: { PASSWORD_SCRYPT: 'ln=1,r=8,p=1' } })
    const email = await member(before)
    const app = startApp({ vars: { PASSWORD_SCRYPT: 'ln=2,r=8,p=2' } })

    await logIn(app, email, password)

    expect(await stored(app, email)).toMatch(/^\$scrypt\$ln=2,r=8,p=2\$/)
    expect(await logIn(app, email, password)).toHaveProperty('access_token')
  })

  it('stays at a wrong password', async ({ expect }) => {
    const before = startApp()
    const email = await member(before)
    const app = startApp({ vars: { PASSWORD_SCRYPT: 'ln=2,r=8,p=2' } })

    const refused = await app.call('POST /api/auth/login', { json: { email, password: 'a wrong passphrase' } })

    expect(refused.status).toBe(401)
    expect(await stored(app, email)).toMatch(/^\$scrypt\$ln=1,r=8,p=1\$/)
  })

  it('is not put over a password that was changed meanwhile', async ({ expect }) => {
    const before = startApp()
    const { email, access_token } = await signedInUser(before)
    const { promise: changed, resolve: proceed } = Promise.withResolvers<void>()
    const upgrade = /^update "users" set "password" = \? where \("users"."id" = \? and "users"."password" = \?\)$/
    let upgrades = 0
    const slow = faulty(before.db, async ({ sql }, go) => {
      if (upgrade.test(sql[0]!)) {
        upgrades++
        await changed
      }
      return go()
    })
    const app = startApp({ vars: { PASSWORD_SCRYPT: 'ln=2,r=8,p=2' }, bindings: { DB: slow } })
    await app.request('POST /api/auth/login', { json: { email, password } })

    await before.call('POST /api/user/change-password', {
      bearer: access_token,
      json: { current_password: password, new_password: 'another passphrase' },
    })
    proceed()
    await app.settled()

    const old = await before.call('POST /api/auth/login', { json: { email, password } })
    expect(upgrades).toBe(1)
    expect(old.status).toBe(401)
    expect(await logIn(before, email, 'another passphrase')).toHaveProperty('access_token')
  })

  it('whose replacement fails does not keep its owner out', async ({ expect }) => {
    const before = startApp()
    const email = await member(before)
    const broken = faulty(before.db, async ({ sql }, go) => {
      if (/^update "users" set "password" = \? where/.test(sql[0]!)) throw new Error('D1_ERROR: overloaded')
      return go()
    })
    const app = startApp({ vars: { PASSWORD_SCRYPT: 'ln=2,r=8,p=2' }, bindings: { DB: broken } })

    const entered = await app.call('POST /api/auth/login', { json: { email, password } })

    expect(entered.status).toBe(200)
    expect(await stored(before, email)).toMatch(/^\$scrypt\$ln=1,/)
    expect(logged()).toHaveLength(1)
  })
})
