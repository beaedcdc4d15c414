import type { Mail } from '../model.ts'
import type { FactorChange, Unchanged } from './factors.ts'

export type PasswordRemovalStore = {
  /**
   * Removes the password of the session's user and ends all other sessions, if another way in stays: a passkey that is
   * enough alone, or `byMail`. Undefined if the session has ended.
   */
  remove(input: FactorChange & { byMail: boolean }): Promise<Unchanged | { ended: string[]; mails: Mail[] } | undefined>
}
