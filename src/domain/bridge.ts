import { AuthError } from './errors.ts'
import type { User } from './model.ts'
import type { MigrationHook } from './ports/migration-hook.ts'

/** Milliseconds that an answer is assumed to take until the first one has been measured. */
const usualMs = 300

export type Bridge = ReturnType<typeof createBridge>

/**
 * The bridge to the old system, which checks the password of an imported user at the first log-in. A share of the unknown
 * addresses must look the same as imported ones. The old system is not asked about unknown addresses: the bridge waits
 * as long as the last answer took, and fails if that answer failed.
 */
export const createBridge = (hook: MigrationHook) => {
  let last: Awaited<ReturnType<MigrationHook['ask']>> = { right: false, ms: usualMs }

  const unavailable = () => new AuthError('migration_unavailable')

  return {
    /** Asks once whether the password is right. @throws AuthError `migration_unavailable` */
    async ask(user: User, password: string): Promise<boolean> {
      const answer = await hook.ask(user, password)
      last = answer
      if (answer.right === undefined) throw unavailable()
      return answer.right
    },

    /** Waits as if the old system had been asked and had refused. @throws AuthError `migration_unavailable` */
    async askForNobody(): Promise<false> {
      const { right, ms } = last
      await scheduler.wait(ms)
      if (right === undefined) throw unavailable()
      return false
    },
  }
}
