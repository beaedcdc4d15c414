import type { Fault } from '../../operations/operation.ts'
import type { SessionBody, TestApp } from '../app/support.ts'
import { isLive, isTrue, someoneSignedIn, theAdmin } from './fault-world.ts'

export type Target = SessionBody & { email: string }

type More = {
  again?: number
  beside?: number[]
  mailsAgain?: boolean
  before?: (app: TestApp, target: Target) => Promise<unknown>
  done?: (app: TestApp, target: Target) => Promise<boolean>
  holds?: (app: TestApp, done: boolean, target: Target) => Promise<boolean>
}

/** A request of the admin about an existing user. */
export const onUser = (
  name: string,
  json?: object,
  { before, done, holds, again = 200, ...more }: More = {},
): Fault => ({
  name,
  status: 200,
  again,
  ...more,
  arrange: async (app) => {
    const { access_token: bearer } = await theAdmin(app)
    const target = await someoneSignedIn(app)
    await before?.(app, target)
    return {
      request: { id: target.user.id, bearer, ...(json && { json }) },
      ...(done && { done: (later) => done(later, target) }),
      ...(holds && { holds: (later, took) => holds(later, took, target) }),
    }
  },
})

/** A request of the admin for a list. */
export const read = (name?: string, query = ''): Fault => ({
  name,
  status: 200,
  again: 200,
  arrange: async (app) => ({ request: { query, bearer: (await theAdmin(app)).access_token } }),
})

export const has =
  (condition: string) =>
  (app: TestApp, { user }: Target) =>
    isTrue(app, `select 1 from users where id = ? and ${condition}`, user.id)

/** The user's sessions live exactly until the request has taken effect. */
export const endsSessions = async (app: TestApp, done: boolean, target: Target) => (await isLive(target)(app)) === !done
