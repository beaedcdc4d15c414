import type { User } from '../model.ts'

/** Asks the old system about a password whose hash was not exported. */
export type MigrationHook = {
  /**
   * Returns whether the password is right, and the milliseconds that the answer took. `right` is undefined without an
   * answer.
   */
  ask(user: Pick<User, 'email' | 'externalId'>, password: string): Promise<{ right: boolean | undefined; ms: number }>
}
