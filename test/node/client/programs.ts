/** Programs that a user of the client might write, as text for the projects of the tests. */

/** Logs in, loses the access token, and still reads the profile. */
export const program = `import { createClient, GatehouseError, memoryTokens, wordsFor } from 'gatehouse-auth'

/** @param {{ url: string, email: string, password: string }} given */
export const live = async ({ url, email, password }) => {
  const tokens = memoryTokens()
  const auth = createClient({ url, tokens })
  const { user } = await auth.logIn({ email, password })
  const held = await tokens.get()
  await tokens.set({ ...held, accessToken: 'one that has expired' })
  const profile = await auth.getProfile()
  const renewed = await tokens.get()
  const { sessions } = await auth.listSessions()
  await auth.logOut()
  const refused = await auth.logIn({ email, password: 'wrong' }).catch((error) => error)
  return {
    same: profile.id === user.id,
    turned: renewed.refreshToken !== held.refreshToken && renewed.accessToken.startsWith('ey'),
    sessions: sessions.length,
    code: refused instanceof GatehouseError && refused.code,
    words: wordsFor(refused),
  }
}
`

/** The types of a site. Each line that must not compile is marked. */
export const typed = `import { type Client, createClient, GatehouseError, pages, type User, type Words, words } from 'gatehouse-auth'

export const auth: Client = createClient({ onUserChanged: (id: string) => id })

export const nameOf = async (): Promise<string | null> => {
  const user: User = await auth.getProfile()
  const reply = await auth.api.user.profile.$get()
  return (await reply.json()).name ?? user.name
}
export const count = async () => {
  let found = 0
  for await (const { users } of pages(auth.admin.listUsers, { per_page: 100, role: 'admin' })) found += users.length
  return found
}
export const isTaken = (error: unknown) => error instanceof GatehouseError && error.code === 'email_taken'
export const own: Words = { ...words, email_taken: (error) => error.message }
// @ts-expect-error a log-in has a password
auth.logIn({ email: 'ada@example.com' })
// @ts-expect-error there is no such function
auth.signIn
// @ts-expect-error there is no such code
export const wrong = (error: GatehouseError) => error.code === 'no_such_code'
// @ts-expect-error a translation has every code
export const part: Words = { unreachable: 'Niemand da.' }
`

/** A Worker that runs the program, and reports the result. */
export const worker = `import { live } from './app.js'
export default { fetch: async (request) => Response.json(await live(await request.json())) }
`
