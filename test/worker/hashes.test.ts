import { hashSync } from 'bcryptjs'
import { describe, it, vi } from 'vitest'
import { rewritten } from '../../cli/import/hashes/written.ts'
import { createGate, type Gate } from '../../src/domain/gate.ts'
import { readForeign, storable } from '../../src/domain/hashes/foreign.ts'
import { createPasswords } from '../../src/domain/passwords.ts'
import * as scrypt from '../../src/domain/scrypt.ts'
import { quickest } from '../support/app/fastest-of.ts'
import written from '../support/app/hashes-as-written.json'
import imported from '../support/app/imported-hashes.json'

/** Hashes made by the libraries whose formats are read; each names its library and version. */
const known: Record<string, string> = imported.passwords
const vectors = imported.vectors.map((vector) => ({ ...vector, typed: known[vector.password]! }))
const vectorOf = (source: string, password = 'ascii') => {
  const found = vectors.find((vector) => vector.source.startsWith(source) && vector.password === password)
  if (!found) throw new Error(`no vector of ${source}`)
  return found.hash
}

const hashing = createPasswords({ ln: 1, r: 8, p: 1 }, createGate())

/** A gate that reports each job. */
const watchedGate = (tell: () => void): Gate => ({
  ...createGate(),
  enter: async (job) => {
    tell()
    return job()
  },
})

describe('a hash that another system made', () => {
  it.for(vectors)(
    'fits its password and no other: $password, $source (ASVS 11.4.2)',
    { timeout: 60_000 },
    async ({ hash, typed }, { expect }) => {
      const stored = storable(hash)

      const right = await hashing.verify(typed, stored)
      const wrong = await hashing.verify(`X${typed.slice(1)}`, stored)

      expect([right, wrong]).toEqual([true, false])
    },
  )

  const one = [...new Map(vectors.map((vector) => [vector.source.split(/[,(]/)[0]!, vector])).values()]
  it.for(one)('is no match for an empty password: $source', { timeout: 60_000 }, async ({ hash }, { expect }) => {
    expect([await hashing.verify('', storable(hash)), await hashing.verify('\0', storable(hash))]).toEqual([
      false,
      false,
    ])
  })

  it.for(one)('is stored as it came, unless it looks like ours: $source', ({ hash }, { expect }) => {
    const ours = scrypt.parseScrypt(hash) !== undefined

    expect(storable(hash)).toBe(ours ? hash.replace('$scrypt$', '$scrypt-imported$') : hash)
    expect(scrypt.parseScrypt(storable(hash)!)).toBeUndefined()
  })

  const others = written.vectors.map(({ of, ...vector }) => ({
    ...vector,
    typed: known[vector.password]!,
    stored: storable(rewritten(vector.hash, of)),
  }))
  it.for(others)(
    'fits its password in the form that the import makes of it, and no other: $source, $hash (ASVS 11.4.2)',
    { timeout: 60_000 },
    async ({ stored, typed }, { expect }) => {
      const right = await hashing.verify(typed, stored)
      const wrong = [await hashing.verify(`X${typed.slice(1)}`, stored), await hashing.verify('', stored)]

      expect([right, wrong]).toEqual([true, [false, false]])
    },
  )

  it('of Devise fits the password followed by the pepper, as the mapping says', async ({ expect }) => {
    const bcryptOf = (password: string) => hashSync(password, '$2b$04$qiHzWgNFsybvvETbrMNhGO')
    const stored = bcryptOf('a passwordthe pepper').replace(
      /^\$2b\$04\$(.{22})/,
      `$pre=append,${btoa('the pepper').replace(/=+$/, '')}$bcrypt$04$$$1$$`,
    )

    expect(await hashing.verify('a password', stored)).toBe(true)
    expect(await hashing.verify('a passwordthe pepper', stored)).toBe(false)
  })

  it('is computed instead of ours, not in addition (A-03)', async ({ expect }) => {
    const ours = [vi.spyOn(scrypt, 'hashScrypt'), vi.spyOn(scrypt, 'verifyScrypt')]
    const jobs = vi.fn()
    const counted = createPasswords({ ln: 1, r: 8, p: 1 }, watchedGate(jobs))

    await counted.verify('a wrong password', vectorOf('passlib 1.7.4 bcrypt'))

    expect(jobs).toHaveBeenCalledTimes(1)
    for (const spy of ours) expect(spy).not.toHaveBeenCalled()
  })

  it.for([
    { what: 'composed', typed: 'caf\u00e9 horse', jobs: 1 },
    { what: 'decomposed', typed: 'cafe\u0301 horse', jobs: 2 },
  ])('costs $jobs when a wrong password is $what (N5)', async ({ typed, jobs }, { expect }) => {
    const ran = vi.fn()
    const counted = createPasswords({ ln: 1, r: 8, p: 1 }, watchedGate(ran))

    const right = await counted.verify(typed, vectorOf('passlib 1.7.4 bcrypt'))

    expect(right).toBe(false)
    expect(ran).toHaveBeenCalledTimes(jobs)
  })

  it.for(['passlib 1.7.4 bcrypt', '@better-auth', 'Django', 'firebase-scrypt'])(
    'of a composed password matches its decomposed form: %s (N5)',
    { timeout: 60_000 },
    async (source, { expect }) => {
      const typed = known['letters of all kinds']!.normalize('NFD')
      expect(typed).not.toBe(known['letters of all kinds'])

      const right = await hashing.verify(typed, vectorOf(source, 'letters of all kinds'))

      expect(right).toBe(true)
    },
  )
})

describe('bcrypt', () => {
  const long = known['100 bytes']!
  const hash = vectorOf('passlib 1.7.4 bcrypt', '100 bytes')

  it.for([
    { what: 'the first 72 bytes alone', typed: long.slice(0, 72), right: true },
    { what: 'something else behind the 72nd byte', typed: `${long.slice(0, 72)}and so on`, right: true },
    { what: 'another 72nd byte', typed: `${long.slice(0, 71)}X${long.slice(72)}`, right: false },
    { what: 'the first 71 bytes', typed: long.slice(0, 71), right: false },
    { what: 'a NUL behind it', typed: `${long.slice(0, 71)}\0`, right: false },
  ])('of a password of 100 bytes, typed as $what: $right, as at its source', async ({ typed, right }, { expect }) => {
    expect(await hashing.verify(typed, hash)).toBe(right)
  })

  it('of a password whose 72nd byte is within a letter fits another letter with the same first half', async ({
    expect,
  }) => {
    // Both letters begin with the byte C3.
    const hash = vectorOf('passlib 1.7.4 bcrypt', 'cut within a letter')

    expect(await hashing.verify(`${'a'.repeat(71)}ö`, hash)).toBe(true)
    expect(await hashing.verify(`${'a'.repeat(71)}ō`, hash)).toBe(false)
  })

  it('of a password does not fit that password followed by a NUL and more (A-26)', async ({ expect }) => {
    const typed = known.ascii!

    expect(await hashing.verify(`${typed}\0X`, vectorOf('passlib 1.7.4 bcrypt'))).toBe(false)
  })
})

describe('a hash of another format', () => {
  const salt = 'c2l4dGVlbmJ5dGVzc2FsdA'
  const hash = 'A'.repeat(43)
  const ab = 'A'.repeat(22)
  const sk = `${'A'.repeat(86)}==`
  it.for([
    { stored: `$2b$19$${ab}${'A'.repeat(31)}`, why: 'half a minute of bcrypt' },
    { stored: `$2b$31$${ab}${'A'.repeat(31)}`, why: 'a day of bcrypt' },
    { stored: `$2b$03$${ab}${'A'.repeat(31)}`, why: 'fewer rounds than bcrypt has' },
    { stored: `$2x$10$${ab}${'A'.repeat(31)}`, why: 'the faulty bcrypt of 2011' },
    { stored: `$2b$1e1$${ab}${'A'.repeat(31)}`, why: 'an exponent' },
    { stored: `$2b$10$${ab}${'A'.repeat(30)}`, why: 'half of a bcrypt hash' },
    { stored: `$2b$10$${ab}${'A'.repeat(31)}\n`, why: 'a line break behind it' },
    { stored: `$argon2id$v=19$m=65537,t=1,p=1$${salt}$${hash}`, why: 'more than 64 MiB of argon2' },
    { stored: `$argon2id$v=19$m=999999,t=1,p=1$${salt}$${hash}`, why: 'a gigabyte of argon2' },
    { stored: `$argon2id$v=19$m=65536,t=230,p=1$${salt}$${hash}`, why: '230 passes of argon2' },
    { stored: `$argon2id$v=19$m=160,t=99999,p=1$${salt}$${hash}`, why: '99,999 passes of argon2' },
    { stored: `$argon2id$v=19$m=256,t=1,p=17$${salt}$${hash}`, why: 'seventeen lanes' },
    { stored: `$argon2id$v=19$m=31,t=1,p=4$${salt}$${hash}`, why: 'less memory than lanes need' },
    { stored: `$argon2id$v=19$m=256,m=256,t=1$${salt}$${hash}`, why: 'a parameter twice' },
    { stored: `$argon2id$v=18$m=256,t=1,p=1$${salt}$${hash}`, why: 'no version that there is' },
    { stored: `$argon2d$v=19$m=256,t=1,p=1$${salt}$${hash}`, why: 'argon2d' },
    { stored: `$argon2id$v=19$m=256,t=1,p=1,keyid=AAAA$${salt}$${hash}`, why: 'a keyed argon2' },
    { stored: `$argon2id$v=19$m=256,t=1,p=1$${'A'.repeat(13)}$${hash}`, why: 'a salt of no number of bytes' },
    { stored: `$pbkdf2-sha256$10000001$${salt}$${hash}`, why: 'too many rounds of SHA-256' },
    { stored: `$pbkdf2-sha512$6000001$${salt}$${'A'.repeat(86)}`, why: 'too many rounds of SHA-512' },
    { stored: `$pbkdf2-sha1$1000$${salt}$${'A'.repeat(28)}`, why: 'more than a SHA-1 has' },
    { stored: `$pbkdf2-sha256$99999999$${salt}$${hash}`, why: 'a minute of PBKDF2' },
    { stored: `$pbkdf2-sha256$0$${salt}$${hash}`, why: 'no round' },
    { stored: `$pbkdf2-sha512$25000$${salt}$${'A'.repeat(20)}`, why: 'fifteen bytes of a SHA-512' },
    { stored: `pbkdf2_sha256$10000001$salt$${hash}=`, why: 'too many rounds by Django' },
    { stored: `pbkdf2_sha256$1000$$${hash}=`, why: 'no salt by Django' },
    { stored: `$scrypt$ln=17,r=8,p=1$${salt}$${hash}`, why: '128 MiB of scrypt' },
    { stored: `$scrypt$ln=31,r=8,p=1$${salt}$${hash}`, why: '2 TiB of scrypt' },
    { stored: `$scrypt$ln=10,r=8,p=100$${salt}$${hash}`, why: 'a hundred times the work of scrypt' },
    { stored: `$scrypt$ln=65536,r=8,p=1$${salt}$${hash}`, why: 'N in place of its logarithm' },
    { stored: `${'a'.repeat(32)}:${'a'.repeat(127)}`, why: 'a digit less than Better Auth has' },
    { stored: `$fbscrypt$v=1,n=17,r=8,p=1,ss=Bw==,sk=${sk}$AAAA$${sk}`, why: '128 MiB by Firebase' },
    { stored: `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=${sk}$AAAA$${'A'.repeat(84)}`, why: 'a key of another length' },
    { stored: `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==$AAAA$${sk}`, why: 'no signer key' },
    { stored: `$2b$10$${'A'.repeat(600)}`, why: 'six hundred characters' },
    { stored: `$sha512-crypt$9999999$${ab}$${'A'.repeat(86)}`, why: 'a minute of crypt(3)' },
    { stored: `$sha512-crypt$5000$${ab}$${hash}`, why: 'half of what crypt(3) of SHA-512 makes' },
    { stored: `$digest$sha1,ps,1$${ab}$${hash}`, why: 'more than a digest of SHA-1' },
    { stored: `$digest$md4,ps,1$${ab}$${ab}`, why: 'a digest that there is not' },
    { stored: `$pre=hex-sha256$2b$10$${ab}${'A'.repeat(31)}`, why: 'bcrypt of something, with its salt not apart' },
    { stored: `$pre=hex$bcrypt$10$${ab}$${'A'.repeat(31)}`, why: 'a digest without a name' },
    { stored: `$pre=hex-sha256$pre=hex-sha256$bcrypt$10$${ab}$${'A'.repeat(31)}`, why: 'a digest of a digest' },
    { stored: '5f4dcc3b5aa765d61d8327deb882cf99', why: 'MD5' },
    { stored: 'correct horse battery staple', why: 'a password in the clear' },
  ])(
    'with $why is not read, costs nothing, and matches nothing (A-33, ASVS 11.2.5)',
    async ({ stored }, { expect }) => {
      let read: unknown
      const took = await quickest(50, () => {
        read = [readForeign(stored), storable(stored)]
      })

      expect(read).toEqual([undefined, undefined])
      expect(took).toBeLessThan(50)
      expect(await hashing.verify('correct horse battery staple', stored)).toBe(false)
    },
  )

  it('is logged by its name alone (ASVS 16.2.5)', async ({ expect }) => {
    const told: string[] = []
    const telling = createPasswords({ ln: 1, r: 8, p: 1 }, createGate(), (format) => told.push(format))

    for (const stored of [`$2x$10$${ab}`, 'md5:secret$secret', 'correct horse', '$secret secret$x'])
      await telling.verify('x', stored)

    expect(told).toEqual(['$2x', 'none', 'none', 'none'])
  })
})
