import { it } from 'vitest'
import { aliases } from '../../../src/aliases.ts'
import { documented } from '../../operations/document.ts'
import { createPasskey } from '../webauthn/authenticator.ts'
import { asksForPasskey, ourSite } from './passkeys.ts'
import { cookiesOf, startApp, type TestApp } from './support.ts'

/** A request, and what it lacks to get tokens. */
export type Attempt<User> = {
  lacks: string
  status: number
  request: (app: TestApp, user: User) => Promise<object> | object
}

/** The attempt to log in with a passkey that nobody has added. */
export const strangePasskey: Attempt<unknown> = {
  lacks: 'a passkey of the service',
  status: 422,
  request: async (app) => {
    const ceremony = { ...ourSite, challenge: (await asksForPasskey(app)).public_key.challenge }
    const soft = await createPasskey(ceremony, { userHandle: 'AA' })
    return { json: { credential: await soft.sign(ceremony) } }
  },
}

/**
 * Tests that no attempt gets a token, at the path of its operation and at every older path; and that each operation that
 * can give tokens has an attempt or is one of the others.
 * @param arrange makes the user of an attempt
 * @param attempts by their operation
 */
export const testBypasses = <User>(
  arrange: (app: TestApp) => Promise<User>,
  attempts: Record<string, Attempt<User>[]>,
  others: string[],
) => {
  const older = Object.entries(aliases).flatMap(([address, path]) =>
    Object.keys(attempts)
      .filter((operation) => operation.endsWith(` ${path}`))
      .map((operation) => ({ operation, address: operation.replace(path, address) })),
  )
  const cases = [...Object.keys(attempts).map((operation) => ({ operation, address: operation })), ...older].flatMap(
    ({ operation, address }) => attempts[operation]!.map((attempt) => ({ address, ...attempt })),
  )

  it('by any operation: each that can give some is in the table (ASVS 6.3.4)', ({ expect }) => {
    const giving = documented.filter(({ givesTokens }) => givesTokens).map(({ operation }) => operation)

    expect([...Object.keys(attempts), ...others].sort()).toEqual(giving.sort())
  })

  it.for(cases)('by $address without $lacks (ASVS 6.3.3)', async ({ address, status, request }, { expect }) => {
    const app = startApp()
    const user = await arrange(app)
    const call = await request(app, user)

    const reply = await app.request(address, call)
    const text = await reply.text()

    expect([reply.status, text.match(/access_token|refresh_token|"proof"/)]).toEqual([status, null])
    expect(Object.keys(cookiesOf(reply)).filter((name) => name.endsWith('token'))).toEqual([])
  })
}
