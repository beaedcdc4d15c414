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

/** Reads what the link is about and takes a place under each limit; undefined if there is no such link. */
type Read<T> = (counted: Limit[]) => Promise<Refused | T | undefined>

export type LinkPasswords = ReturnType<typeof createLinkPasswords>

/**
 * Checks the password or the factor of somebody who follows a mailed link. Failures are counted by link, so that only a
 * reader of the mailbox can use up the attempts. While a link is valid, there are never more failures than NIST SP
 * 800-63B-4 §3.2.2 allows.
 */
export const createLinkPasswords = ({ logInStore, passwords, limits, now, defer }: Needs) => {
  /** Returns the hash if the password matches it. Without a hash it takes the same time. */
  const match = async (password: string, hash: string | null): Promise<string | undefined> =>
    (await passwords.verify(password, hash)) ? (hash ?? undefined) : undefined

  /**
   * Runs `work` with what `prove` returns. A right proof gives its place under the limits back; a wrong one keeps it.
   * @param prove undefined if the proof is wrong
   * @param refuse records the wrong proof and throws
   * @throws InvalidLink, AuthError `rate_limited`, and what the functions throw
   */
  const attempt = async <T extends object, P, R>(
    linkId: string,
    read: Read<T>,
    prove: (found: T) => Promise<P | undefined>,
    work: (proof: P) => Promise<R>,
    refuse: (found: T) => Promise<never>,
  ): Promise<R> => {
    const at = now()
    const counted = limits.linkPassword(linkId)
    const found = await read(counted)
    if (found === undefined) throw new InvalidLink()
    if ('refusedUntil' in found) throw rateLimited(found.refusedUntil, at)
    let wrong = false
    try {
      const proof = await prove(found)
      wrong = proof === undefined
      if (proof !== undefined) return await work(proof)
    } finally {
      if (!wrong) defer(logInStore.giveBack(counted, at))
    }
    return refuse(found)
  }

  return {
    match,
    attempt,

    /**
     * Runs `work` with the hash if the password is right.
     * @throws InvalidLink, AuthError `wrong_password`, `rate_limited`, `busy`, and what `work` throws
     */
    check: <T extends { passwordHash: string | null }, R>(
      { linkId, password }: Asked,
      read: Read<T>,
      noteWrong: (found: T) => Promise<void>,
      work: (passwordHash: string) => Promise<R>,
    ): Promise<R> =>
      attempt(
        linkId,
        read,
        ({ passwordHash }) => match(password, passwordHash),
        work,
        async (found) => {
          await noteWrong(found)
          throw wrongPassword('password')
        },
      ),
  }
}

/** Refuses a link that comes without other proof. The status is 403, and the link stays valid. */
export const proofRequired = () => new AuthError('proof_required')
