import type { SessionBody, TestApp } from './support.ts'

/** A request as `TestApp.cost` takes it, and the status that shows that it did its work. */
export type Asked = { request: string; call?: NonNullable<Parameters<TestApp['cost']>[1]>; status?: number }

export type Place = { id: string; email: string; lastLogin: number; row: number }

export type World = {
  app: TestApp
  /** Logged in within the last minutes. */
  admin: SessionBody
  /** The next of the seeded users who is active, verified and no admin: nobody gets the same one twice. */
  email: () => string
  password: string
  logIn: (email?: string) => Promise<SessionBody & { email: string }>
  /** A seeded user in the middle of the list, and the next one who never logged in, as most others in the last third. */
  middle: Place
  silent: Place
}

export type Operation = (world: World) => Promise<Asked> | Asked

export const asAdmin =
  (query: string): Operation =>
  ({ admin }) => ({ request: `GET /api/admin/${query}`, call: { bearer: admin.access_token } })
