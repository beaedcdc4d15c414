import { auditEntry, failureEntry } from './audit.ts'
import { AuthError, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import type { Limit, User, Visitor } from './model.ts'
import { type MailDelivery, noticeLifetime } from './outbox.ts'
import type { Passwords } from './passwords.ts'
import type { Denylist } from './ports/denylist.ts'
import type { LogInStore } from './ports/log-in.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { ReauthenticationStore } from './ports/reauthentication.ts'

type Needs = {
  reauthenticationStore: ReauthenticationStore
  logInStore: LogInStore
  denylist: Denylist
  passwords: Passwords
  mailDelivery: MailDelivery
  limits: Limits
  macs: Macs
  now: Clock
  defer: Defer
}

export type PasswordCheck = ReturnType<typeof createPasswordCheck>

/**
 * Asks for the password of a live session's user. Each session has a budget of failures of its own, reserved before the
 * hash; only a wrong password keeps its place, so that neither a full gate nor a refusal of something else uses it up.
 * A wrong one is written to the audit and counts among the consecutive failures of the account (NIST SP 800-63B-4
 * §3.2.2), and the one that uses the budget up ends the session: who cannot say the password has it from somebody else.
 */
export const createPasswordCheck = (needs: Needs) => {
  const { reauthenticationStore, logInStore, denylist, passwords, mailDelivery, limits, macs, now, defer } = needs
  const countersOf = (sid: string) => limits.passwordCheck(sid).map((limit) => limit.key)

  const noteWrong = async (sid: string, user: User, visitor: Visitor, more: Limit[] = []) => {
    const at = now()
    const ended = await reauthenticationStore.noteWrongPassword({
      sid,
      counters: countersOf(sid),
      counted: [limits.passwordFailures(user.emailCanonical), ...more],
      failure: failureEntry(macs, 'reauthentication_failed', sid, user.id, visitor, at),
      ending: auditEntry(visitor, at),
      noticeId: randomId(),
      noticeLifetime,
      now: at,
    })
    if (!ended) return
    defer(denylist.add([sid], at))
    if (ended.mail) defer(mailDelivery.deliver(ended.mail))
  }

  return {
    /** What `work` is to clear, where it writes. */
    countersOf,

    /** A wrong password that came by a link which the session asked for counts like one given in the session. */
    noteWrongByLink: (sid: string, user: User, visitor: Visitor) =>
      noteWrong(sid, user, visitor, limits.passwordCheck(sid)),

    /**
     * Does the work if the password is right, which may clear the counters. Where it does not, the place stays taken.
     * @param field the member of the input that the password came in
     * @param refuse may refuse what else was sent, before anything is hashed
     * @throws AuthError `invalid_token`, `wrong_password`, `rate_limited`, `busy`, and what `refuse` and `work` throw
     */
    async check<T>(
      sid: string,
      asked: { password: string; field: string; visitor: Visitor; refuse?: (user: User) => Promise<void> },
      work: (user: User) => Promise<T>,
    ): Promise<T> {
      const { password, field, visitor, refuse } = asked
      const at = now()
      const begun = await reauthenticationStore.readLimited({ sid, limits: limits.passwordCheck(sid), now: at })
      if (!begun) throw new AuthError('invalid_token')
      if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, at)
      let wrong = false
      try {
        await refuse?.(begun.user)
        wrong = !(await passwords.verify(password, begun.user.passwordHash))
        if (!wrong) return await work(begun.user)
      } catch (error) {
        defer(logInStore.giveBack(limits.passwordCheck(sid), at))
        throw error
      }
      await noteWrong(sid, begun.user, visitor)
      throw wrongPassword(field)
    },
  }
}

/** 422 and not 401: clients refresh their tokens on a 401, which would not help. */
export const wrongPassword = (field: string) =>
  new AuthError('wrong_password', {
    errors: [{ field, code: 'wrong_password', detail: 'The current password is wrong.' }],
  })
