import type { User } from '../model.ts'

/** The system that an import came from, asked for a password that it did not hand over. */
export type MigrationHook = {
  /** Whether the password is right there, and the milliseconds that the answer took. `right`: undefined without one. */
  ask(user: Pick<User, 'email' | 'externalId'>, password: string): Promise<{ right: boolean | undefined; ms: number }>
}
