import { scryptSync } from 'node:crypto'
import { scrypt as noble } from '@noble/hashes/scrypt.js'
import fc from 'fast-check'
import { describe, inject, it, vi } from 'vitest'
import { hashScrypt, parseScrypt, verifyScrypt } from '../../src/domain/scrypt.ts'
import native from '../../src/native.ts'
import { nativeScrypt } from '../../src/native-scrypt.ts'
import { bytes, vectors } from '../support/app/scrypt-vectors.ts'
import { logIn, member, somePassword, startApp } from '../support/app/support.ts'

const utf8 = new TextEncoder()

describe('native scrypt', () => {
  it.for(vectors)(
    'derives what RFC 7914 §12 says of "$password" (ASVS 11.4.2)',
    ({ password, salt, cost: { ln, r, p }, derived }, { expect }) => {
      const key = nativeScrypt(utf8.encode(password), utf8.encode(salt), { N: 2 ** ln, r, p, dkLen: 64 })

      expect(new Uint8Array(key)).toEqual(bytes(derived))
    },
  )

  // workerd refuses more than 2^20 of N · r · p, and noble takes over.
  it.for([
    { ln: 15, r: 8, p: 3 },
    { ln: 15, r: 8, p: 4 },
    { ln: 15, r: 8, p: 5 },
    { ln: 10, r: 8, p: 10 },
  ])('computes ln=$ln, p=$p', (cost, { expect }) => {
    const stored = hashScrypt('correct horse', cost, undefined, nativeScrypt)

    expect(verifyScrypt('correct horse', parseScrypt(stored)!, noble)).toBe(true)
    expect(verifyScrypt('another horse', parseScrypt(stored)!, nativeScrypt)).toBe(false)
  })

  it('computes what the runtime computes, up to the highest cost that it accepts', ({ expect }) => {
    const [password, salt] = [utf8.encode('a'), new Uint8Array(16)]
    const native = (N: number, p: number) => scryptSync(password, salt, 32, { N, r: 8, p, maxmem: 2 ** 26 })

    expect(nativeScrypt(password, salt, { N: 2 ** 15, r: 8, p: 4, dkLen: 32 })).toEqual(native(2 ** 15, 4))
    expect(() => native(2 ** 15, 5)).toThrow('cost exceeds maximum')
  })

  it('makes the hashes that noble makes, and each verifies those of the other: a thousand passwords', ({ expect }) => {
    const cost = fc.record({ ln: fc.integer({ min: 1, max: 4 }), r: fc.constant(8), p: fc.integer({ min: 1, max: 3 }) })
    const password = fc.oneof(fc.string({ unit: 'binary', maxLength: 128 }), fc.string({ maxLength: 64 }))
    const salt = fc.uint8Array({ minLength: 16, maxLength: 16 })
    let tried = 0
    fc.assert(
      fc.property(password, cost, salt, (right, cost, salt) => {
        const ofNative = hashScrypt(right, cost, Uint8Array.from(salt), nativeScrypt)
        const ofNoble = hashScrypt(right, cost, Uint8Array.from(salt), noble)

        expect(ofNative).toBe(ofNoble)
        for (const scrypt of [noble, nativeScrypt]) {
          expect(verifyScrypt(right, parseScrypt(ofNative)!, scrypt)).toBe(true)
          expect(verifyScrypt(`${right}x`, parseScrypt(ofNative)!, scrypt)).toBe(false)
        }
        tried++
      }),
      { numRuns: 1000, seed: inject('seed') },
    )

    expect(tried).toBe(1000)
  })
})

describe('PASSWORD_ENGINE', () => {
  const counted = () => {
    const spy = vi.fn(nativeScrypt)
    const start = (PASSWORD_ENGINE: string) => startApp({ vars: { PASSWORD_ENGINE }, outside: { nativeScrypt: spy } })
    return { spy, start }
  }

  it('native: lets in who registered with noble, with one hash, and leaves their hash as it is', async ({ expect }) => {
    const { spy, start } = counted()
    const email = await member(startApp())
    const app = start('native')
    const hashOf = () => app.db.prepare('select password from users where email = ?').bind(email).first('password')
    const before = await hashOf()

    const refused = await app.call('POST /api/auth/login', { json: { email, password: `${somePassword}x` } })
    const wrong = spy.mock.calls.length
    await logIn(app, email)

    expect(refused.status).toBe(401)
    expect([wrong, spy.mock.calls.length]).toEqual([1, 2])
    expect(await hashOf()).toBe(before)
  })

  it('noble: lets in who registered with native, without native code', async ({ expect }) => {
    const { spy, start } = counted()
    const email = await member(start('native'))
    const before = spy.mock.calls.length

    await logIn(start('noble'), email)

    expect(before).toBe(1)
    expect(spy.mock.calls.length).toBe(before)
  })

  it('native: is refused by the default entry, which has no native code', ({ expect }) => {
    expect(() => startApp({ vars: { PASSWORD_ENGINE: 'native' } }).services).toThrow(
      'PASSWORD_ENGINE: native needs `main = "src/native.ts"` in wrangler.toml',
    )
  })

  it('native: has an entry with the handlers of the default one', ({ expect }) => {
    expect(Object.keys(native)).toEqual(['fetch', 'scheduled'])
  })
})
