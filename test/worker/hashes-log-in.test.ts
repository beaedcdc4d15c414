import { describe, it } from 'vitest'
import { storable } from '../../src/domain/hashes/foreign.ts'
import imported from '../support/app/imported-hashes.json'
import {
  alterUser,
  logIn,
  logInWith,
  mailsTo,
  member,
  register,
  signedInUser,
  someAddress,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { faulty } from '../support/faults/faulty.ts'
import { logged } from './setup.ts'

const known: Record<string, string> = imported.passwords
const password = known.ascii!
/** One hash from each source, all of the same password. */
const sources = imported.vectors
  .filter((vector) => vector.password === 'ascii')
  .map(({ source, hash }) => ({ source, stored: storable(hash)! }))
const bcrypt = sources.find(({ source }) => source.includes('bcrypt'))!.stored

/** Creates a user who was imported with this hash. */
const importedUser = async (app: TestApp, stored: string) => {
  const email = await member(app)
  await alterUser(app, email, { passwordHash: stored })
  return email
}

const passwordOf = async (app: TestApp, email: string) =>
  app.db.prepare('select password from users where email = ?').bind(email).first<string | null>('password')

describe('an imported user', () => {
  it.for(sources)(
    'logs in with the old password, and the hash is ours then: $source (N14)',
    { timeout: 60_000 },
    async ({ stored }, { expect }) => {
      const app = startApp()
      const email = await importedUser(app, stored)

      const wrong = await logInWith(app, email, 'a wrong passphrase')
      const afterWrong = await passwordOf(app, email)
      const right = await logInWith(app, email, password)
      const afterRight = await passwordOf(app, email)
      const again = await logInWith(app, email, password)

      expect([wrong.status, right.status, again.status]).toEqual([401, 200, 200])
      expect(afterWrong).toBe(stored)
      expect(afterRight).toMatch(/^\$scrypt\$ln=1,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
      expect(await passwordOf(app, email)).toBe(afterRight)
    },
  )

  it('costs one trip with a wrong password and two with a right one, like everybody', async ({ expect }) => {
    const app = startApp()
    const email = await importedUser(app, bcrypt)

    const wrong = await app.cost('POST /api/auth/login', { json: { email, password: 'a wrong passphrase' } })
    const right = await app.cost('POST /api/auth/login', { json: { email, password } })

    expect([wrong.response.status, wrong.trips]).toEqual([401, 1])
    expect([right.response.status, right.trips]).toEqual([200, 2])
  })

  it('keeps a password that was changed while the hash was made anew', async ({ expect }) => {
    const before = startApp()
    const { email, access_token } = await signedInUser(before)
    await alterUser(before, email, { passwordHash: bcrypt })
    const { promise: changed, resolve: proceed } = Promise.withResolvers<void>()
    let upgrades = 0
    const slow = faulty(before.db, async ({ sql }, go) => {
      if (/^update "users" set "password" = \?/.test(sql[0]!)) {
        upgrades++
        await changed
      }
      return go()
    })
    const app = startApp({ bindings: { DB: slow } })
    const entered = await app.request('POST /api/auth/login', { json: { email, password } })

    const change = await before.call('POST /api/user/change-password', {
      bearer: access_token,
      json: { current_password: password, new_password: 'another passphrase' },
    })
    proceed()
    await app.settled()

    expect([entered.status, change.status, upgrades]).toEqual([200, 200, 1])
    expect((await logInWith(before, email, password)).status).toBe(401)
    expect(await logIn(before, email, 'another passphrase')).toHaveProperty('access_token')
  })

  it('is refused like anybody if the hash would cost too much, and the log says so (A-33)', async ({ expect }) => {
    const app = startApp()
    const poisoned = bcrypt.replace('$04$', '$31$')
    const email = await importedUser(app, poisoned)
    const other = await member(app)

    const refused = await logInWith(app, email, password)
    const wrong = await logInWith(app, other, password)

    expect(refused.status).toBe(401)
    const body = async (response: Response) => ({ ...((await response.json()) as object), request_id: '' })
    expect(await body(refused)).toEqual(await body(wrong))
    const [line, ...more] = logged()
    expect(more).toEqual([])
    expect(line).toContain('"format":"$2b"')
    expect(line).not.toContain(poisoned.slice(7))
    expect(await passwordOf(app, email)).toBe(poisoned)
  })

  it('who has not verified the address loses the imported password if somebody registers it again (A-17b)', async ({
    expect,
  }) => {
    const app = startApp()
    const email = someAddress()
    await register(app, email)
    await alterUser(app, email, { passwordHash: bcrypt })
    app.wait({ minutes: 2 })

    await register(app, email, 'another passphrase altogether')

    expect(await passwordOf(app, email)).toBeNull()
    expect(mailsTo(app, email).at(-1)!.text).toContain('/auth/reset-password')
  })
})
