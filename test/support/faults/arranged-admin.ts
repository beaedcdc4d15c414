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

/** What the admin asks about a user who is there. */
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

/** A list that the admin reads. */
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

/** Sessions live until it is done. */
export const endsSessions = async (app: TestApp, done: boolean, target: Target) => (await isLive(target)(app)) === !done
