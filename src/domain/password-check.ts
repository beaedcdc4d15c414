import { AuthError, rateLimited } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Passwords } from './passwords.ts'
import type { Clock, Defer, Sessions, User } from './ports.ts'

type Needs = { sessions: Sessions; passwords: Passwords; limits: Limits; now: Clock; defer: Defer }

export type PasswordCheck = ReturnType<typeof passwordCheck>

/**
 * Asks for the password of a live session's user. Each session has a budget of failures of its own, reserved before the
 * hash; only a wrong password keeps its place, so that neither a full gate nor a refusal of something else uses it up.
 */
export const passwordCheck = ({ sessions, passwords, limits, now, defer }: Needs) => {
  const countersOf = (sid: string) => limits.passwordCheck(sid).map((limit) => limit.key)

  return {
    /** What `work` is to clear, where it writes. */
    countersOf,

    /**
     * Does the work if the password is right, which may clear the counters. Where it does not, the place stays taken.
     * @param field the member of the input that the password came in
     * @param refuse may refuse what else was sent, before anything is hashed
     * @throws AuthError `invalid_token`, `wrong_password`, `rate_limited`, `busy`, and what `refuse` and `work` throw
     */
    async check<T>(
      sid: string,
      { password, field, refuse }: { password: string; field: string; refuse?: (user: User) => Promise<void> },
      work: (user: User) => Promise<T>,
    ): Promise<T> {
      const at = now()
      const begun = await sessions.readLimited({ sid, limits: limits.passwordCheck(sid), now: at })
      if (!begun) throw new AuthError('invalid_token')
      if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, at)
      let wrong = false
      try {
        await refuse?.(begun.user)
        wrong = !(await passwords.verify(password, begun.user.password))
        if (wrong) throw wrongPassword(field)
        return await work(begun.user)
      } catch (error) {
        if (!wrong) defer(sessions.giveBack(limits.passwordCheck(sid), at))
        throw error
      }
    },
  }
}

/** 422 and not 401: clients refresh their tokens on a 401, which would not help. */
const wrongPassword = (field: string) =>
  new AuthError('wrong_password', {
    errors: [{ field, code: 'wrong_password', detail: 'The current password is wrong.' }],
  })
