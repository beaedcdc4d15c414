import { AuthError } from './errors.ts'
import type { User } from './model.ts'
import type { MigrationHook } from './ports/migration-hook.ts'

/** Before the first answer: milliseconds that one may take. */
const usualMs = 300

export type Bridge = ReturnType<typeof createBridge>

/**
 * The bridge to the old system, for users whom an import marked: at their first log-in that system checks the password.
 * An unknown address that is to look like one of them waits as long as the last answer took, and fails if that one did;
 * nobody is asked.
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

    /** Waits as if the old system had been asked, and said no. @throws AuthError `migration_unavailable` */
    async askForNobody(): Promise<false> {
      const { right, ms } = last
      await scheduler.wait(ms)
      if (right === undefined) throw unavailable()
      return false
    },
  }
}
