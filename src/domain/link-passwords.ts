import { AuthError, InvalidLink, rateLimited } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Limit, Refused } from './model.ts'
import { wrongPassword } from './password-check.ts'
import type { Passwords } from './passwords.ts'
import type { LogInStore } from './ports/log-in.ts'
import type { Clock, Defer } from './ports/outside.ts'

type Needs = {
  logInStore: Pick<LogInStore, 'giveBack'>
  passwords: Passwords
  limits: Limits
  now: Clock
  defer: Defer
}

type Asked = { linkId: string; password: string }

export type LinkPasswords = ReturnType<typeof createLinkPasswords>

/**
 * Checks the password of somebody who follows a mailed link. Failures are counted by link, so that only a reader of the
 * mailbox can use up the attempts. While a link is valid, there are never more failures than NIST SP 800-63B-4 §3.2.2
 * allows.
 */
export const createLinkPasswords = ({ logInStore, passwords, limits, now, defer }: Needs) => ({
  /**
   * Runs `work` if the password is right. A right password gives its place under the limits back; a wrong one keeps it.
   * @param read reads the hash and takes a place under the limits; undefined if there is no such link
   * @throws InvalidLink, AuthError `wrong_password`, `rate_limited`, `busy`, and what `work` throws
   */
  async check<T extends { passwordHash: string | null }, R>(
    { linkId, password }: Asked,
    read: (counted: Limit[]) => Promise<Refused | T | undefined>,
    noteWrong: (found: T) => Promise<void>,
    work: (found: T & { passwordHash: string }) => Promise<R>,
  ): Promise<R> {
    const at = now()
    const counted = limits.linkPassword(linkId)
    const found = await read(counted)
    if (found === undefined) throw new InvalidLink()
    if ('refusedUntil' in found) throw rateLimited(found.refusedUntil, at)
    let wrong = false
    try {
      wrong = !(await passwords.verify(password, found.passwordHash)) || found.passwordHash === null
      if (!wrong) return await work({ ...found, passwordHash: found.passwordHash! })
    } finally {
      if (!wrong) defer(logInStore.giveBack(counted, at))
    }
    await noteWrong(found)
    throw wrongPassword('password')
  },
})

/** Refuses a link that comes without other proof. The status is 403, and the link stays valid. */
export const proofRequired = () => new AuthError('proof_required')
